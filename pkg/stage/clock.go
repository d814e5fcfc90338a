package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What a case's clocks do, all of them: what is overdue is reminded of and shows,
// and these do more, or less.
//
//   - The target of a first answer is only hoped for: it is reminded of once, and
//     does not make a case overdue.
//   - Where nobody has answered in time, the alternates are asked with the next
//     reminder, and patience later the case goes to the committee above.
//   - At the end of a turn of the rota the case goes to whoever is on duty next.
//   - Where they have not agreed in time, it goes there at once. What is carried
//     waits only to be recorded, and they are reminded of that.
//
// # Why a stroke has a time of its own
//
// NextStroke is asked of a case and not of the present: it is the same until
// something was done, and so it may be asked as often as anybody likes. Whatever
// was missed, by a machine that was off or a clock that jumped, is one stroke then,
// and one reminder; on a free day it waits for the next working one.

// patience is how long the alternates have, in the committee's business days.
var patience = coc.Span{N: 2, Unit: coc.BusinessDays}

// insistent is how long something overdue is reminded of every business day. After
// that it is once in as long: by then it is not for want of knowing.
const insistent = 7 * 24 * time.Hour

// Stroke is what is to happen in a case at one moment. The zero value: nothing.
type Stroke struct {
	// Up is what was not done in time, so that the case goes to the committee above;
	// "": it stays.
	Up string
	// Remind is what to remind of now, in the order of Due; nil: of nothing.
	Remind []coc.Due
	// Ask: from now on the alternates are asked, too, whether or not they can be
	// reminded.
	Ask bool
	// HandOver: the turn of the point of contact is over.
	HandOver bool
}

// Strike is what the clocks of a case want now, on this very day. A case that nobody
// above could take is struck for that no more.
func Strike(c coc.Case, now time.Time) Stroke {
	if !watched(c) {
		return Stroke{}
	}
	var s Stroke
	for _, d := range c.Due {
		if at := rises(c, d); !at.IsZero() && !at.After(now) {
			return Stroke{Up: d.What}
		}
	}
	today := func(at time.Time, once bool) bool {
		return !at.IsZero() && !at.After(now) && workday(c, now, once).Equal(now)
	}
	if today(reminds(c), true) {
		s.Remind = Late(c, now)
	}
	s.Ask = today(asks(c), speaks(c))
	s.HandOver = today(HandsOver(c), false)
	return s
}

// Looks is when to look at a case next: at its next stroke, or now where that is past,
// unless nothing but a free day is in the way; and now where it is marked as overdue and
// is not, because the clock was ahead. Zero: never, as things are.
func Looks(c coc.Case, now time.Time) time.Time {
	if Overdue(c, now) != slices.Contains(c.Flags, coc.FlagOverdue) {
		return now
	}
	next := NextStroke(c)
	if next.IsZero() || next.After(now) {
		return next
	}
	if s := Strike(c, now); s.Up != "" || s.Remind != nil || s.Ask || s.HandOver {
		return now
	}
	return workday(c, now, speaks(c))
}

// NextStroke is when the clocks of a case want something next, which may be past;
// zero: never, as things are.
func NextStroke(c coc.Case) time.Time {
	if !watched(c) {
		return time.Time{}
	}
	next := soonest(soonest(reminds(c), asks(c)), HandsOver(c))
	for _, d := range c.Due {
		next = soonest(next, rises(c, d))
		if isPromise(d) && !slices.Contains(c.Flags, coc.FlagOverdue) {
			next = soonest(next, d.At)
		}
	}
	return next
}

// Late is what should have been done by now, in the order of Due. The target of a
// first answer is among it, unless the answer itself is late.
func Late(c coc.Case, now time.Time) []coc.Due {
	late := slices.DeleteFunc(slices.Clone(c.Due), func(d coc.Due) bool { return d.At.After(now) })
	if slices.ContainsFunc(late, func(d coc.Due) bool { return d.What == DueAcknowledge }) {
		late = slices.DeleteFunc(late, func(d coc.Due) bool { return d.What == DueAcknowledgeTarget })
	}
	return late
}

// Overdue reports whether something that was promised in a case is late.
func Overdue(c coc.Case, now time.Time) bool {
	return watched(c) && slices.ContainsFunc(c.Due, func(d coc.Due) bool { return isPromise(d) && !d.At.After(now) })
}

// GivesUp is when the case goes to the committee above, if the alternates were asked
// at asked and nobody answers.
func GivesUp(c coc.Committee, asked time.Time) time.Time {
	return Add(patience, asked, c.Timezone, c.Holidays)
}

// Wind is a case's clock with what does not concern it any more left out: the
// alternates were asked for an answer that is not owed now, or what was done lies
// ahead, because the machine's clock was ahead then.
func Wind(c coc.Case, now time.Time) coc.Clock {
	k := c.Clock
	if !slices.ContainsFunc(c.Due, func(d coc.Due) bool { return d.What == DueAcknowledge }) {
		k.Asked = time.Time{}
	}
	for _, at := range []*time.Time{&k.Reminded, &k.Duty, &k.Asked, &k.Tried} {
		if at.After(now) {
			*at = now
		}
	}
	return k
}

// watched reports whether anybody owes anything in a case: not while nobody can read
// it, and not in a notice.
func watched(c coc.Case) bool {
	home := c.Home()
	return home != nil && home.Issue != 0 && c.Notice == nil && !Closed(c.Stage)
}

// speaks reports whether the room of a case takes words.
func speaks(c coc.Case) bool { return c.Home().Frozen == "" }

func isPromise(d coc.Due) bool { return d.What != DueAcknowledgeTarget }

// rises is when a case goes to the committee above for the sake of what is due; zero:
// not for this, or it was tried in vain.
func rises(c coc.Case, d coc.Due) time.Time {
	if tried := c.Clock.Tried; !tried.IsZero() && !tried.Before(d.At) {
		return time.Time{}
	}
	switch {
	case d.What == DueDeadlock && !carried(c):
		return d.At
	case d.What == DueAcknowledge && asked(c, d):
		return GivesUp(c.Home().Committee, c.Clock.Asked)
	}
	return time.Time{}
}

// carried reports whether a proposal has enough votes.
func carried(c coc.Case) bool {
	p, ok := c.Standing()
	return ok && p.State == coc.ProposalCarried
}

func asked(c coc.Case, d coc.Due) bool { return !c.Clock.Asked.IsZero() && !c.Clock.Asked.Before(d.At) }

// asks is when the alternates are asked: with a reminder, as far as there can be one.
func asks(c coc.Case) time.Time {
	for _, d := range c.Due {
		if d.What == DueAcknowledge && !asked(c, d) {
			return workday(c, d.At, speaks(c))
		}
	}
	return time.Time{}
}

// reminds is when the next reminder is written: on a working day of the committee, at
// most one a day, and none into a room that takes no words.
func reminds(c coc.Case) time.Time {
	if !speaks(c) {
		return time.Time{}
	}
	next, last := time.Time{}, c.Clock.Reminded
	for _, d := range c.Due {
		at := d.At
		switch {
		case d.What == DueDeadlock && !rises(c, d).IsZero():
			continue // it goes up instead
		case last.IsZero() || last.Before(d.At):
		case !isPromise(d):
			continue
		case last.Before(d.At.Add(insistent)):
			at = last // and so the day after
		default:
			at = last.Add(insistent)
		}
		next = soonest(next, workday(c, at, true))
	}
	return next
}

// workday is at, or the same time of day on the next working day of the committee.
// once: also where a reminder was written on that day.
func workday(c coc.Case, at time.Time, once bool) time.Time {
	k := c.Home().Committee
	calendar, zone := workdays(k.Holidays), zoneOf(k.Timezone)
	begins, last := at.In(zone), c.Clock.Reminded.In(zone)
	taken := func(day time.Time) bool {
		return once && !c.Clock.Reminded.IsZero() && day.Format(time.DateOnly) <= last.Format(time.DateOnly)
	}
	day := 0
	for taken(noon(begins, day)) || !calendar.IsWorkday(noon(begins, day)) {
		day++
	}
	if day == 0 {
		return at.UTC() // an hour that comes twice is not the other one
	}
	return begins.AddDate(0, 0, day).UTC()
}

// soonest is the earlier of two moments, of which zero is never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
