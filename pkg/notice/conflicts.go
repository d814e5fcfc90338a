package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// What bounds the part about conflicts, in bytes: each of its lists, and what
// waits for a confirmation.
const (
	maxConflicted = 100
	maxWaiting    = 250
)

// conflicts is who has said what of conflicts, as far as it concerns this
// committee: what was declared in another is that one's affair. The reasons stay
// in the journal.
func conflicts(c coc.Case, p coc.Placement) string {
	r := conflict.Of(c, p).Settle(p.Committee, c.Parties)
	s := r.Screen(p.Committee, c.Parties)
	var lines []string
	list := func(label string, who []coc.Login) {
		if len(who) > 0 {
			lines = append(lines, "- **"+label+"**: "+logins(who, maxConflicted)+"\n")
		}
	}
	var declared []coc.Login
	for _, l := range s.Clear {
		if !coc.HasLogin(s.Silent, l) {
			declared = append(declared, l)
		}
	}
	list("Clear", declared)
	list("Soft conflict, reads and has no vote", whose(s.Limited))
	list("Hard conflict, takes no part", whose(s.Recused))
	over := stage.Closed(c.Stage)
	if !over {
		lines = append(lines, unconfirmed(r.Declarations, p)...)
	}
	list("Has said nothing yet", s.Silent)
	for _, f := range c.Flags {
		if f == coc.FlagNoQuorum {
			lines = append(lines, "\nToo few are left to decide, and no committee further up can take the case. The operators know.\n")
		}
	}
	if !over && !p.Sealed() {
		lines = append(lines, invitation(p))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n### Conflicts of interest\n\n" + strings.Join(lines, "")
}

// whose leaves out the parties of the case, who are listed as such.
func whose(found []conflict.Finding) []coc.Login {
	var out []coc.Login
	for _, f := range found {
		switch f.Why {
		case conflict.WhyAccused, conflict.WhyHarmed, conflict.WhyUnset, conflict.WhyKeptOut:
		default:
			out = append(out, f.Login)
		}
	}
	return out
}

// unconfirmed is what members said of others and what too few have confirmed.
func unconfirmed(said []coc.Declaration, p coc.Placement) []string {
	var out []string
	size, over := 0, 0
	for _, d := range said {
		here := coc.HasLogin(p.Responders, d.Login) || coc.HasLogin(p.Committee.Custodians, d.Login)
		if d.Own() || d.Settled || !here {
			continue
		}
		kind := string(coc.ConflictHard)
		if d.Kind == coc.ConflictSoft {
			kind = string(coc.ConflictSoft)
		}
		line := "- **Waits for** `/coc confirm-conflict` **by most of the others**: " + codeSpan(string(d.Login)) + ", " + kind + ", says " +
			logins(append([]coc.Login{d.By}, d.Confirmed...), maxConflicted) + "\n"
		if size += len(line); size > maxWaiting {
			over++
			continue
		}
		out = append(out, line)
	}
	if over > 0 {
		out = append(out, "- "+count(over, "more word waits", "more words wait")+" for most of the others\n")
	}
	return out
}

// invitation is what silence means, and when.
func invitation(p coc.Placement) string {
	say := "\nWrite `/coc clear`, `/coc recuse soft` or `/coc recuse hard`; no reason is needed."
	switch {
	case !p.Asked.IsZero() && p.Screened:
		say += " Each member was asked in private. Whoever did not answer in time does not read here, unless `/coc admit` lets them in.\n"
	case !p.Asked.IsZero():
		say += " Each of the others is asked in private, and let in when they answer that they are clear.\n"
	case p.Screened:
		say += " Whoever has said nothing can read, but has no vote and does not count until they do.\n"
	case !p.ScreenBy.IsZero():
		say += " Whoever has said nothing by " + at(p.ScreenBy, p.Committee.Timezone) + " can still read, but has no vote and does not count.\n"
	case !p.Committee.Clocks.ScreenWithin.IsZero():
		say += " The time for that begins with `/coc ack`: whoever has said nothing when it is over can still read, but has no vote and does not count.\n"
	default:
		say += "\n"
	}
	return say
}
