package stage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// returned is when somebody who was suspended is looked after once it is over (MZ).
var returned = []coc.Span{{N: 1, Unit: coc.Months}, {N: 3, Unit: coc.Months}}

// Checks is when a remedy is looked at again: after the committee's spans, counted
// from the end of its last day, or from when it was recorded where it has none; and
// after a suspension, on the return. Zero: nobody returns.
func Checks(k coc.Committee, r coc.Remedy, back time.Time) []time.Time {
	from := r.At
	if !r.Until.IsZero() {
		from = r.Until
	}
	var out []time.Time
	add := func(spans []coc.Span, from time.Time) {
		for _, span := range spans {
			if at := Add(span, from, k.Timezone, k.Holidays); !at.IsZero() && !slices.ContainsFunc(out, at.Equal) {
				out = append(out, at)
			}
		}
	}
	add(k.Clocks.FollowUp, from)
	if !back.IsZero() {
		add(returned, back)
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// Back is when whoever is suspended returns by what was decided in a case: as the first
// day begins on which that does not last any more. Zero: nobody does, or nobody has said
// when.
func Back(c coc.Case) time.Time {
	p, ok := c.LastDecided()
	if !ok || c.Outcome != coc.OutcomeSuspension || p.Until.IsZero() {
		return time.Time{}
	}
	day := p.Until
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zoneOf(c.Home().Committee.Timezone)).UTC()
}

// WithRemedies is what is due at a stage, with what the remedies ask for in place of
// what they asked for before: that each that is open is carried out by its day, and
// that each that has not lapsed is looked at again. As long as they ask for something it
// is said what the outcome asks for; in a follow-up in which they ask for nothing any more
// the case is to be closed. While the outcome itself is not certain, and when the case is
// over, they ask for nothing.
func WithRemedies(k coc.Committee, due []coc.Due, s coc.Stage, remedies []coc.Remedy, now time.Time) []coc.Due {
	if s != coc.StageResolved && s != coc.StageFollowUp {
		return due
	}
	out := slices.DeleteFunc(slices.Clone(due), func(d coc.Due) bool {
		return d.What == DueRemedy || d.What == DueFollowUp
	})
	before := len(out)
	for _, r := range remedies {
		if r.State == coc.RemedyOpen && !r.Until.IsZero() {
			out = append(out, coc.Due{What: DueRemedy, At: r.Until})
		}
		for _, at := range r.Checks {
			out = append(out, coc.Due{What: DueFollowUp, At: at})
		}
	}
	toClose := func(d coc.Due) bool { return d.What == DueClose }
	switch {
	case len(out) > before:
		out = slices.DeleteFunc(out, func(d coc.Due) bool { return d.What == DueCarryOut || toClose(d) })
	case s == coc.StageFollowUp && !slices.ContainsFunc(out, toClose):
		if by := Add(firstLook(k.Clocks), now, k.Timezone, k.Holidays); !by.IsZero() {
			out = append(out, coc.Due{What: DueClose, At: by})
		}
	}
	sortDue(out)
	return out
}

// MayClose refuses to close a case of whose remedies nobody has said what became.
// The error is always a coc.Refusal.
func MayClose(remedies []coc.Remedy) error {
	var open []string
	for i, r := range remedies {
		if r.State == coc.RemedyOpen {
			open = append(open, fmt.Sprint(i+1))
		}
	}
	if open == nil {
		return nil
	}
	return coc.Refusal{
		What: "Of remedies of this case nobody has said what became: " + strings.Join(open, ", ") + ".",
		Next: "Write `/coc remedy done N`, or `/coc remedy lapsed N REASON` where it will not be carried out, and close it then.", Rule: "remedy/open",
	}
}

// farthest is how many years ahead a day may be.
const farthest = 100

// EndOf is when a day is over in a zone: its last second there, whatever the clocks
// do on that day. The error is always a coc.Refusal: the day is over already, or so
// far away that it was not meant. The zero day is the zero time.
func EndOf(day time.Time, timezone string, now time.Time) (time.Time, error) {
	if day.IsZero() {
		return time.Time{}, nil
	}
	zone, err := time.LoadLocation(timezone)
	if err != nil || timezone == "Local" {
		zone = time.UTC
	}
	end := time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, zone)
	if again := end.Add(time.Hour); again.Day() == end.Day() {
		end = again // its last hour comes twice
	}
	end = end.UTC()
	switch {
	case end.Before(now):
		return time.Time{}, coc.Refusal{What: "That day is over already.", Next: "Write a day that is still to come, like " + now.In(zone).AddDate(0, 1, 0).Format(time.DateOnly) + ".", Rule: "remedy/day"}
	case end.After(now.AddDate(farthest, 0, 0)):
		return time.Time{}, coc.Refusal{What: "That day is more than 100 years away.", Next: "Leave `until` and the day out if there is none.", Rule: "remedy/day"}
	}
	return end, nil
}
