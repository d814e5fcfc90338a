package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// interimWithin is how long the others have to confirm an interim measure or to
// reverse it (CC). It is no committee's to lengthen: nobody has decided yet.
var interimWithin = coc.Span{N: 24, Unit: coc.Hours}

// InterimUntil is when the others are to have spoken of a measure that is taken now.
func InterimUntil(c coc.Committee, now time.Time) time.Time {
	return Add(interimWithin, now, c.Timezone, c.Holidays)
}

// WithInterim is what is due, and the earliest measure that waits for the others.
// It follows from the measures alone, whatever was due of them before: no stage
// begins it or ends it, and no time that passes.
func WithInterim(due []coc.Due, measures []coc.Measure) []coc.Due {
	out := slices.DeleteFunc(slices.Clone(due), func(d coc.Due) bool { return d.What == DueInterim })
	var first time.Time
	for _, m := range measures {
		if m.State == coc.MeasureWaits && !m.Until.IsZero() && (first.IsZero() || m.Until.Before(first)) {
			first = m.Until
		}
	}
	if !first.IsZero() {
		out = append(out, coc.Due{What: DueInterim, At: first})
	}
	sortDue(out)
	return out
}
