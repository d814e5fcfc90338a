package route

import (
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// ReplaceAfter is how long a working committee that is replaced has to answer.
const ReplaceAfter = 72 * time.Hour

// Change is a replacement that was not waiting yet.
type Change struct {
	Pointer   string
	Committee coc.Committee // as far as it is known; without a roster where it has none
	EffectAt  time.Time
}

// nearness is how near to the source something points to a committee: the
// nearer wins.
type nearness string

const (
	nearSource    nearness = "" // the source's own file
	nearCommunity nearness = "community:"
	nearDirectory nearness = "directory:"
)

var nearest = []nearness{nearSource, nearCommunity, nearDirectory}

// written is what Standing.Pointer holds: nearness and canonical form.
func written(n nearness, p policy.Pointer) string {
	if canonical := p.Canonical(); canonical != "" {
		return string(n) + canonical
	}
	return ""
}

// read takes a Standing.Pointer apart again. far counts away from the source.
func read(pointer string) (far int, canonical string) {
	for i, n := range nearest {
		if rest, ok := strings.CutPrefix(pointer, string(n)); ok && n != nearSource {
			return i, rest
		}
	}
	return 0, pointer
}

// settle compares what was found with what is in force, and gives the
// committee that serves: the one found, or the one in force while a change
// waits.
func (p *Pointed) settle(w World, f found) (*coc.Committee, *Need) {
	next, problem, need := w.resolve(f.base)
	if need != nil {
		return nil, need
	}
	p.serve(next, problem)
	adopt := f.sure && problem == nil
	if w.Standing == nil || w.Standing.Pointer == "" {
		if w.Standing, need = w.inherited(f); need != nil {
			return nil, need
		}
		if w.Standing == nil {
			p.Adopt = adopt
			return &f.base, nil
		}
	}
	p.Standing = w.Standing
	st := w.Standing
	far, canonical := read(p.Pointer)
	wasFar, was := read(st.Pointer)
	switch {
	case far > wasFar && (f.near == nearDirectory || canonical == was):
		return &f.base, nil // the nearer file is gone: further up, and no change
	case far == wasFar && canonical == was:
		return &f.base, nil
	case canonical == was, f.near == nearDirectory, !working(st.Committee):
		p.Adopt = adopt // the same in a nearer place, the operator's word, or nobody is replaced
		return &f.base, nil
	case w.verdict(p.Pointer) == ballot.InForce:
		p.Trace = append(p.Trace, coc.Reason{Rule: "change/in-force", Committee: next.Name, Place: f.at.String()})
		p.Adopt = adopt
		return &f.base, nil
	}
	return p.hold(w, f, next)
}

// inherited is what is in force for a source by its owner's .github alone, as
// the source's own standing would hold it: one step farther away. nil: nothing
// is known there, or a nearer or farther place is what counts, or the committee
// has not accepted this source.
func (w World) inherited(f found) (*coc.Standing, *Need) {
	if w.Community == nil || w.Community.Pointer == "" || f.near != nearCommunity {
		return nil, nil
	}
	far, canonical := read(w.Community.Pointer)
	if far > 0 {
		return nil, nil // not by a file of its own
	}
	st := *w.Community
	if !strings.EqualFold(st.Committee.Incidents.Owner, w.Source.Repo.Owner) {
		if _, listed := w.Directory.Committee(st.Committee.Key); !listed {
			answer, need := w.accepts(st.Committee)
			if need != nil {
				return nil, need
			}
			if answer == refused {
				return nil, nil
			}
		}
	}
	st.ID, st.Source, st.Settings = w.Source.ID, w.Source.Repo, coc.Settings{}
	st.Pointer = string(nearCommunity) + canonical
	if st.Waiting != nil {
		wait := *st.Waiting
		if far, canonical = read(wait.Pointer); far == 0 {
			wait.Pointer = string(nearCommunity) + canonical
		}
		st.Waiting = &wait
	}
	return &st, nil
}

// verdict is where a change to pointer stands, "" where none waits.
func (w World) verdict(pointer string) ballot.Verdict {
	st := w.Standing
	if st.Waiting == nil || st.Waiting.Pointer != pointer {
		return ""
	}
	return ballot.Replacement(*st.Waiting, st.Committee.Logins(), st.Waiting.Committee.Logins(), w.Now)
}

// hold lets the committee in force serve while it has time to answer. What
// only shows because a nearer file is broken for now is no change that anybody
// made, and is not put before it.
func (p *Pointed) hold(w World, f found, next coc.Committee) (*coc.Committee, *Need) {
	st := w.Standing
	old, problem, need := w.resolve(st.Committee)
	if need != nil {
		return nil, need
	}
	rule := "change/waiting"
	switch w.verdict(p.Pointer) {
	case ballot.Held:
		rule = "change/held"
	case "":
		if f.sure {
			p.Change = &Change{Pointer: p.Pointer, Committee: next, EffectAt: w.Now.Add(ReplaceAfter)}
		}
	}
	p.Held, p.Committee = true, nil
	p.Trace = append(p.Trace, coc.Reason{Rule: rule, Committee: old.Name, Place: f.at.String()})
	p.serve(old, problem)
	return &st.Committee, nil
}

// serve notes who is in force, unless they could take no case at all.
func (p *Pointed) serve(c coc.Committee, problem *coc.Reason) {
	if problem == nil {
		p.Committee = &c
	}
}

// working reports whether a committee had people and a place, so that there
// was somebody to be replaced.
func working(c coc.Committee) bool { return !c.Incidents.IsZero() && len(c.Members) > 0 }
