package conflict

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Of is what was declared in a case as it counts in one of its placements. Where
// members are asked in private, whoever was not let in is away and silence counts from
// the beginning.
func Of(c coc.Case, p coc.Placement) Record {
	r := Known(c, p)
	r.Over = p.Screened || !p.Asked.IsZero()
	return r
}

// Known is the same with silence left out.
func Known(c coc.Case, p coc.Placement) Record {
	r := Record{Declarations: c.Declarations, Deciders: c.Deciders(p)}
	if !p.Asked.IsZero() {
		r.Away = outside(p)
	}
	return r
}

// outside is who on a placement's committee is not in.
func outside(p coc.Placement) []coc.Login {
	return slices.DeleteFunc(p.Committee.Logins(), func(l coc.Login) bool { return coc.HasLogin(p.Responders, l) })
}

// Inquiry is a placement whose members are asked in private. The zero value asks
// nobody.
type Inquiry struct {
	Home    coc.Placement
	Parties []coc.Party
	Record  Record // of Known
}

// Ask is the inquiry of a case in one of its placements.
func Ask(c coc.Case, p coc.Placement) Inquiry { return Inquiry{p, c.Parties, Known(c, p)} }

// over reports whether nobody is asked any more, or ever was.
func (q Inquiry) over() bool { return q.Home.Asked.IsZero() || q.Home.Screened }

// Waits is who is asked and has not answered, in the order of the roster.
func (q Inquiry) Waits() []coc.Login {
	if q.over() {
		return nil
	}
	return q.open(func(m coc.Member) bool {
		if m.Role == coc.MemberAlternate {
			return !q.Home.Asked.Alternates.IsZero()
		}
		return !q.Home.Asked.Passed
	})
}

// open is who is neither in nor recused, of those to whom it applies.
func (q Inquiry) open(applies func(coc.Member) bool) []coc.Login {
	r := q.Record
	r.Away = nil
	s := r.Screen(q.Home.Committee, q.Parties)
	var out []coc.Login
	for _, m := range people(q.Home.Committee) {
		if applies(m) && coc.HasLogin(s.Responders, m.Login) && !coc.HasLogin(q.Home.Responders, m.Login) {
			out = append(out, m.Login)
		}
	}
	return out
}

// later is the alternates who may still be asked.
func (q Inquiry) later() []coc.Login {
	if q.over() || !q.Home.Asked.Alternates.IsZero() {
		return nil
	}
	return q.open(func(m coc.Member) bool { return m.Role == coc.MemberAlternate })
}

// MayAnswer reports whether somebody is let in by their own answer: they are asked, or
// may still be.
func (q Inquiry) MayAnswer(who coc.Login) bool {
	return coc.HasLogin(slices.Concat(q.Waits(), q.later()), who)
}

// Becomes is the committee as it could still become: everybody who may still answer as
// if they were clear, but for those who are away. Once nobody is asked any more, it is
// the committee as it is.
func (q Inquiry) Becomes(away ...coc.Login) Screening {
	return q.with(slices.Concat(q.Waits(), q.later()), away)
}

// with is the committee if these come in as well, and those who are away do not count.
func (q Inquiry) with(come, away []coc.Login) Screening {
	r := q.Record
	r.Over = q.over()
	r.Away = slices.Clone(away)
	for _, l := range q.Home.Committee.Logins() {
		if !coc.HasLogin(q.Home.Responders, l) && !coc.HasLogin(come, l) {
			r.Away = append(r.Away, l)
		}
	}
	return r.Screen(q.Home.Committee, q.Parties)
}

// vacant reports whether a seat is held by nobody who has a vote and is in.
func (q Inquiry) vacant() bool {
	s := q.with(nil, nil)
	return slices.ContainsFunc(people(q.Home.Committee), func(m coc.Member) bool { return m.Decides() && !coc.HasLogin(s.Voters, m.Login) })
}

// Goes is how the asking goes on at a moment, and whether it is over with that. until
// is how long the alternates would have, if they were asked now. An answer, what somebody
// says of themself later, and the end of somebody's time, are when to ask.
func (q Inquiry) Goes(now, until time.Time) (next coc.Asking, over bool) {
	next = q.Home.Asked
	if q.over() {
		return next, true
	}
	next.Passed = next.Passed || !now.Before(next.By)
	q.Home.Asked.Passed = next.Passed
	if !q.Becomes().Stands {
		return next, true // whoever were asked now could change nothing
	}
	waits := len(q.Waits()) > 0
	if !next.Alternates.IsZero() {
		return next, !waits || !now.Before(next.Alternates)
	}
	if waits && q.with(q.Waits(), nil).Stands {
		return next, false
	}
	if len(q.later()) > 0 && q.vacant() {
		next.Alternates = until
		return next, false
	}
	return next, true
}

// Deadline is when somebody's time is over next, or when the last one's was, until
// somebody has seen that; zero: nobody is asked. Who has a vote is not settled before.
func (q Inquiry) Deadline() time.Time {
	switch a := q.Home.Asked; {
	case q.over():
		return time.Time{}
	case !a.Passed, a.Alternates.IsZero():
		return a.By
	default:
		return a.Alternates
	}
}

// AnswersBy is until when somebody may answer; zero: they are not asked.
func (q Inquiry) AnswersBy(who coc.Login) time.Time {
	if !coc.HasLogin(q.Waits(), who) {
		return time.Time{}
	}
	for _, m := range people(q.Home.Committee) {
		if m.Login.Is(who) && m.Role == coc.MemberAlternate {
			return q.Home.Asked.Alternates
		}
	}
	return q.Home.Asked.By
}

// Accused is whom a case accuses, which is all that somebody who is asked sees of it.
// Whoever reported themself is not among them: that would show who reported.
func Accused(c coc.Case) []coc.Party {
	var out []coc.Party
	for _, p := range c.Parties {
		if p.Role == coc.RoleAccused && !p.Login.Is(c.Report.Author()) {
			out = append(out, coc.Party{Login: p.Login, Name: p.Name, Role: p.Role})
		}
	}
	return out
}

// Question is somebody who comes to answer, and what is known at that moment. The zero
// value is nobody, and is asked nothing.
type Question struct {
	Who coc.Person
	Inquiry
	// Roster is the committee as it is written down now, and Known whether that could
	// be read.
	Roster coc.Committee
	Known  bool
	// Account is the number of the account that GitHub knows by that login now; 0: of
	// none, or it could not be told.
	Account int64
}

// WhyNotAsked is why a member is asked nothing: they answered, their time is over, or
// it has not come.
const WhyNotAsked = "not-asked"

// questionRules are asked in this order, like those of a Visit.
var questionRules = []struct {
	why   string
	holds func(Question) bool
}{
	{WhyNobodyKnown, func(q Question) bool { return !q.Who.IsZero() && !q.Who.Login.IsBot() }},
	{WhyConflicted, func(q Question) bool { return !q.recused(q.Home.Committee) }},
	{WhyNotAsked, func(q Question) bool { return coc.HasLogin(q.Waits(), q.Who.Login) }},
	{WhyRosterUnread, func(q Question) bool { return q.Known }},
	{WhyNotOnRoster, func(q Question) bool { return onRoster(q.Roster, q.Who.Login) && !q.recused(q.Roster) }},
	{WhyOtherAccount, func(q Question) bool { return q.Account > 0 && q.Account == q.Who.Account }},
}

// earlyQuestions is how many of the rules ask nothing of GitHub.
const earlyQuestions = 3

// Worth reports whether it is worth asking GitHub: false means that Asked says no.
func (q Question) Worth() bool {
	_, ok := q.by(earlyQuestions)
	return ok
}

// Asked reports whether somebody is asked whether they are clear, and why not.
// Whoever is not gets the answer of a stranger; the reason is for nobody but us.
func (q Question) Asked() (why string, ok bool) { return q.by(len(questionRules)) }

func (q Question) by(rules int) (why string, ok bool) {
	for _, r := range questionRules[:rules] {
		if !r.holds(q) {
			return r.why, false
		}
	}
	return "", true
}

func (q Question) recused(c coc.Committee) bool {
	return Visit{Who: q.Who, Parties: q.Parties, Record: q.Record}.recused(c)
}
