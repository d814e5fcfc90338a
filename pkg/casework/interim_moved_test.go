package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The others have 24 hours from when they can read of a measure, and nothing is overdue
// the moment that a case arrives.
func TestNextCommitteeHasItsOwnTimeForAMeasure(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc interim I muted them.")
	w.pass(3 * day)
	c = w.says(c, "ben-river", "/coc escalate We know them.")
	until := w.clock.Now().Add(day - time.Minute)
	if c.Home().Committee.Key != "foundation" || c.Measures[0].Until.Before(until) || slices.Contains(c.Flags, coc.FlagOverdue) || len(w.reminders(c, 1)) != 0 {
		t.Errorf("with %s until %s, %q, %q", c.Home().Committee.Name, c.Measures[0].Until, c.Flags, w.reminders(c, 1))
	}
	w.pass(25 * time.Hour)
	if c = w.caseOf(c.ID); !slices.Contains(c.Flags, coc.FlagOverdue) || len(w.reminders(c, 1)) != 1 {
		t.Errorf("%q, %q", c.Flags, w.reminders(c, 1))
	}
	w.invariants()
	w.wound()
}
