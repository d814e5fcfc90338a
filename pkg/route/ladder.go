package route

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// ladder is the way up: from the committee that was pointed to over those that
// each leads on to, then the directory's fallback and its own way up. Nobody
// stands on it twice, so every loop is cut.
type ladder struct {
	directory policy.Directory
	pinned    bool            // the rungs were fixed when the report was filed
	rest      []coc.Committee // those of which it is known that they come next
	seen      map[string]bool
	trace     []coc.Reason // loops, names that lead nowhere
}

// ladderFrom begins with these rungs, and goes on above the last of them;
// without any it begins at the fallback.
func ladderFrom(d policy.Directory, rungs []coc.Committee) *ladder {
	l := &ladder{directory: d, seen: map[string]bool{}, rest: slices.Clone(rungs)}
	if len(rungs) == 0 {
		l.fallBack()
	}
	return l
}

func pinnedLadder(chain []coc.Committee) *ladder {
	return &ladder{pinned: true, rest: slices.Clone(chain), seen: map[string]bool{}}
}

// next is the next rung, if there is one.
func (l *ladder) next() (coc.Committee, bool) {
	for len(l.rest) > 0 {
		c := l.rest[0]
		l.rest = l.rest[1:]
		if !l.been(c) {
			l.seen["key "+c.Key] = true
			if !c.Incidents.IsZero() {
				l.seen["room "+c.Incidents.Key()] = true
			}
			return c, true
		}
	}
	return coc.Committee{}, false
}

// been reports whether the committee, or another with the same room, was on
// the ladder already.
func (l *ladder) been(c coc.Committee) bool {
	return l.seen["key "+c.Key] || !c.Incidents.IsZero() && l.seen["room "+c.Incidents.Key()]
}

// climb finds the rung above c, which is known as well as it will be: its own
// file may have named another one than the directory.
func (l *ladder) climb(c coc.Committee) {
	if l.pinned || len(l.rest) > 0 {
		return
	}
	parent, known := l.directory.Committee(c.EscalateTo)
	switch {
	case c.EscalateTo == "":
	case !known:
		l.say("chain/unknown", c)
	case parent.Key == c.Key || parent.Incidents.Is(c.Incidents):
		l.say("chain/self", c)
	case l.been(parent):
		l.say("chain/loop", c)
	default:
		l.rest = []coc.Committee{parent}
		return
	}
	l.fallBack()
}

// divert goes on at the committee with this key, if nobody has been there yet,
// and above c otherwise. A pinned ladder knows no directory, and stays as it is.
func (l *ladder) divert(key string, c coc.Committee) {
	to, known := l.directory.Committee(key)
	if !known || l.been(to) {
		l.climb(c)
		return
	}
	l.rest = []coc.Committee{to}
}

func (l *ladder) fallBack() {
	c, ok := l.directory.Committee(l.directory.Fallback())
	switch {
	case !ok:
		l.say("chain/no-fallback", coc.Committee{})
	case !l.been(c):
		l.say("chain/fallback", c)
		l.rest = []coc.Committee{c}
	}
}

func (l *ladder) say(rule string, c coc.Committee) {
	l.trace = append(l.trace, about(rule, c, ""))
}

// told hands over what the ladder had to say since it was last asked.
func (l *ladder) told() []coc.Reason {
	out := l.trace
	l.trace = nil
	return out
}

// above is the rest of the way, as far as it is known without asking any
// committee for its own file.
func (l *ladder) above(c coc.Committee) []coc.Committee {
	var out []coc.Committee
	for {
		l.climb(c)
		var ok bool
		if c, ok = l.next(); !ok {
			return out
		}
		out = append(out, c)
	}
}
