package ballot

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Sanction is what a committee means to do. Only a ban and a suspension last:
// without an Until they last for ever.
type Sanction struct {
	Outcome     coc.Outcome
	From, Until time.Time
	Naming      bool // the accused is named in public
}

// Gate reports whether a committee may do it, with what is recorded of having
// consulted counsel (jurisdiction row 12), and the rule that says no if it may
// not. What lasts exactly as long as the gate allows passes.
func Gate(g coc.Gate, s Sanction, consulted bool) (why coc.Reason, ok bool) {
	lasts := s.Outcome == coc.OutcomeBan || s.Outcome == coc.OutcomeSuspension
	switch {
	case consulted:
	case lasts && g.LongerThan.N > 0 && (s.Until.IsZero() || s.Until.After(end(s.From, g.LongerThan))):
		return coc.Reason{Rule: "gate/long", Row: "12", Detail: g.Counsel}, false
	case g.Naming && s.Naming:
		return coc.Reason{Rule: "gate/naming", Row: "12", Detail: g.Counsel}, false
	}
	return coc.Reason{}, true
}

// end is when a span is over by the calendar. A month that begins on a day
// which its last month does not have ends on that month's last day. A unit that
// is none of ours is over at once, so that everything is longer.
func end(from time.Time, s coc.Span) time.Time {
	switch s.Unit {
	case coc.Hours:
		return from.Add(time.Duration(s.N) * time.Hour)
	case coc.Days, coc.BusinessDays:
		return from.AddDate(0, 0, s.N)
	case coc.Weeks:
		return from.AddDate(0, 0, 7*s.N)
	case coc.Months:
		to := from.AddDate(0, s.N, 0)
		if to.Day() != from.Day() {
			to = to.AddDate(0, 0, -to.Day())
		}
		return to
	}
	return from
}

// Appeal reports whether a decision of a committee at this level can be
// appealed on this ground (jurisdiction row 11), and the rule that says no if
// it cannot.
func Appeal(a coc.Appeals, of coc.Level, on coc.Ground) (why coc.Reason, ok bool) {
	switch {
	case a.Committee == "" || !slices.Contains(a.Levels, of):
		return coc.Reason{Rule: "appeal/none", Row: "11"}, false
	case !slices.Contains(a.Grounds, on):
		return coc.Reason{Rule: "appeal/ground", Row: "11"}, false
	}
	return coc.Reason{}, true
}
