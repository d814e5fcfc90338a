// Package ballot counts the votes that a rule asks for, and holds what waits
// for somebody's word: the 72 hours that a working committee has when a push
// replaces it (here), the acts that wait for counsel and the grounds of an appeal
// (gate.go), and the decisions that wait for the accused (accused.go).
//
// The committee that is being replaced is told, and each of its members can
// agree or object. Silence lets the change through when the time is over; one
// member's agreement lets it through at once; one member's objection holds it,
// however much time passes, until a person of the new and another of the old
// committee have agreed. The votes of everybody else count for nothing, so
// that whoever can push a file cannot also wave it through.
//
// # Why two people must lift an objection
//
// Somebody who edits the file can put a friend of the old committee onto the
// new one. If that friend's single vote counted for both sides, an objection
// would be worth nothing.
package ballot

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Verdict is where a vote stands.
type Verdict string

// The verdicts. Only InForce lets a change through.
const (
	Waiting Verdict = "waiting"
	InForce Verdict = "in-force"
	Held    Verdict = "held"
)

// Replacement says whether a waiting change of committee takes effect. old and
// new are the two rosters, resolved. A change without a time to take effect,
// such as the zero Waiting, waits for an agreement.
//
// After an objection was answered by an agreement on both sides, the change
// still waits for the rest of its time: only an undisputed agreement shortens
// it.
func Replacement(w coc.Waiting, old, new []coc.Login, now time.Time) Verdict {
	agreedOld := voters(w.Agreed, old)
	disputed := len(voters(w.Objected, old)) > 0
	switch {
	case disputed && !twoPeople(agreedOld, voters(w.Agreed, new)):
		return Held
	case !disputed && len(agreedOld) > 0:
		return InForce
	case w.EffectAt.IsZero() || now.Before(w.EffectAt):
		return Waiting
	}
	return InForce
}

// voters keeps the votes of those who are on the roster.
func voters(votes, roster []coc.Login) []coc.Login {
	var out []coc.Login
	for _, v := range votes {
		if coc.HasLogin(roster, v) {
			out = append(out, v)
		}
	}
	return out
}

// twoPeople reports whether one of a and a different one of b exist.
func twoPeople(a, b []coc.Login) bool {
	for _, x := range a {
		for _, y := range b {
			if !x.Is(y) {
				return true
			}
		}
	}
	return false
}

// Vote records somebody's word, which replaces what they said before. It
// returns a new value and leaves w as it was. Nobody ("") has no vote.
func Vote(w coc.Waiting, who coc.Login, agree bool) coc.Waiting {
	if who == "" {
		return w
	}
	theirs := func(l coc.Login) bool { return l.Is(who) }
	w.Agreed = slices.DeleteFunc(slices.Clone(w.Agreed), theirs)
	w.Objected = slices.DeleteFunc(slices.Clone(w.Objected), theirs)
	if agree {
		w.Agreed = append(w.Agreed, who)
	} else {
		w.Objected = append(w.Objected, who)
	}
	return w
}
