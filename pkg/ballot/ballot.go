// Package ballot counts the votes that a rule asks for, and holds what waits
// for somebody's word: what is proposed as the outcome of a case (proposal.go) and
// when the case may be resolved with it (resolve.go), which waits for the accused
// (accused.go), and for those who are still asked (asked.go); what one member has done
// for now (interim.go); the 72 hours that a working committee has when a push replaces
// it, the acts that wait for counsel, and the grounds of an appeal (gate.go).
//
// # How a proposal is carried
//
// Who has a vote is conflict's to say, and by what is known now: a proposal is
// counted again whenever it is asked. So a member who is recused or limited after
// voting has not voted, and whoever steps in has not voted yet. A voter's last word
// counts, once, as of when it was written. Who says it again has said it since the
// first time: an objection that is repeated once the window is over was made in time.
// Whoever proposes agrees, if they have a vote. In every rule the quorum must have
// voted, yes or no: a majority of those who have a vote, or the number that the
// committee's file gives. Where fewer have a vote than that number, nothing is carried.
//
//   - majority: more than half of all who have a vote agree, not of those who voted
//     (CP and CC, "a majority of non-conflicted members"; KC, whose quorum it is).
//   - two-thirds: at least two thirds of all who have a vote agree (PSF, "of the
//     non-conflicted"; OT states two thirds as its quorum only, and less would let
//     fewer decide than must be there).
//   - unanimous: all who have a vote agree (OJ, whose handlers are unanimous; KC
//     aims for it). Silence is no yes.
//   - consensus (CC): all agree, and it is carried at once. Or by its written action:
//     a majority agrees, the window is over (24 h), and nobody objects. Or, as CC
//     says, "else a majority": where somebody objects, silence carries nothing, as
//     long as the objection stands. Then everybody who has a vote must have voted, and
//     a majority of them agree.
//
// What is none of the four is read as unanimous.
//
// # Why silence never overrules an objection
//
// CC sends what is objected to from writing to a meeting. There is no meeting here, so
// what a meeting would give is asked for: that all were heard. Counting a majority
// over somebody's objection while others have not looked yet would make the quickest
// members the committee. A member who never answers can hold it up that way, and
// then the case goes up as deadlocked; that is better than a decision over an
// objection that nobody answered.
//
// An objection that is written when silence has carried the proposal comes too late
// for that, and counts as what it is: one agreement less, if they had agreed. The
// moment is computed from when the words were written, so it is the same in whatever
// order they come and however late the timer runs. Once a moment was counted, an
// earlier one is not any more (Proposal.Counted): a clock that is set back undoes
// nothing.
//
// # Why nothing is carried while members are asked
//
// Where a committee asks its members in private, those who are in are voters before the
// others have answered: the first of them would be all the voters there are, and decide
// alone. So a proposal is made and voted on, and is neither carried nor failed before
// nobody is asked any more. Silence becomes consent then at the earliest, so that an
// objection counts that is written before.
//
// # Why a proposal is not pushed aside
//
// At most one stands. Whoever made it can take it back, by objecting to it, until it
// is carried; and another takes its place when it has failed. If anybody could replace
// it at any time, one member could keep the others from ever deciding. For the same
// reason what is carried is not taken back by whoever proposed it: they have one vote
// like the others, and if it is needed their changing it opens the proposal again.
//
// # The 72 hours
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
