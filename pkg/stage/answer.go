package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// How long a committee has to answer a reporter who says that it has become urgent,
// or that they withdraw the report. Neither is any committee's to lengthen: the page
// says so to whoever presses the button.
var (
	urgentWithin    = coc.Span{N: 1, Unit: coc.BusinessDays}
	withdrawnWithin = coc.Span{N: 3, Unit: coc.BusinessDays}
)

// asksFor is what is due after those of the reporter's messages that are to be answered.
var asksFor = []struct {
	kind   coc.MessageKind
	what   string
	within coc.Span
}{
	{coc.MessageUrgent, DueUrgent, urgentWithin},
	{coc.MessageWithdrawn, DueWithdrawn, withdrawnWithin},
}

// UrgentBy is when a committee has answered at the latest that something has become
// urgent, which was said at said.
func UrgentBy(c coc.Committee, said time.Time) time.Time {
	return Add(urgentWithin, said, c.Timezone, c.Holidays)
}

// WithReporter is what is due in a case, with what its reporter waits for in place of
// whatever was due of that: it begins now, or when it began where it was due before.
// A closed case owes nothing, and begins anew when it is taken up again.
func WithReporter(c coc.Case, due, before []coc.Due, now time.Time) []coc.Due {
	home := c.Home()
	out := slices.DeleteFunc(slices.Clone(due), func(d coc.Due) bool { return d.What == DueUrgent || d.What == DueWithdrawn })
	for _, asks := range asksFor {
		if _, waits := c.Waits(asks.kind); !waits || home == nil || Closed(c.Stage) {
			continue
		}
		at := Add(asks.within, now, home.Committee.Timezone, home.Committee.Holidays)
		if i := slices.IndexFunc(before, func(d coc.Due) bool { return d.What == asks.what }); i >= 0 {
			at = before[i].At
		}
		out = append(out, coc.Due{What: asks.what, At: at})
	}
	sortDue(out)
	return out
}
