package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Silence had carried it long before the time to agree was over. Which of the two is
// looked at first, once the machine is back, changes nothing.
func TestWhatSilenceCarriedIsNotUndecidedAfterDowntime(t *testing.T) {
	t.Parallel()
	w := slow(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nscreen_within: 1 month\nmembers: [ada-river, ben-river, cy-river]\n"
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose warning They apologise.")
	c = w.says(c, "ben-river", "/coc agree")
	w.clock.set(start.Add(9*day + time.Hour))
	if err := w.Do(t.Context(), coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: c.Clock.Turn}, false); err != nil {
		t.Fatal(err)
	}
	w.rest()
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key == "foundation" || c.Proposals[0].State != coc.ProposalCarried || did(c, "carried") != 1 || len(c.Placements) != 1 {
		t.Errorf("it is with %s, %v, %d times carried", c.Home().Committee.Name, states(c), did(c, "carried"))
	}
	if got := w.reminders(c, 0); len(got) != 1 {
		t.Errorf("%q", got)
	}
	w.invariants()
	w.wound()
}

// What is done for want of a word waits until what was written has come in, and what
// brings it in does not.
func TestOnlyWhatActsOnSilenceWaitsToHear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Heard = func(context.Context) bool { return false }
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose warning They apologise.")
	if c.Stage != coc.StageDeciding {
		t.Fatalf("%s: %s", c.Stage, w.last(c))
	}
	for _, k := range []coc.JobKind{coc.JobClock, coc.JobScreen, coc.JobConsent, coc.JobStanding} {
		if err := w.Do(t.Context(), coc.Job{Kind: k, Case: c.ID, Revision: c.Clock.Turn, N: 1}, false); !errors.Is(err, coc.ErrBusy) {
			t.Errorf("%s: %v", k, err)
		}
	}
}
