package casework_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// A machine that was asleep may be hours behind. When its clock is put right, those who
// said nothing have had their whole window all the same.
func TestClockThatIsBehindTakesNothingFromTheWindow(t *testing.T) {
	t.Parallel()
	w := slow(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nscreen_within: 1 month\nmembers: [ada-river, ben-river, cy-river]\n"
	c := w.says(w.report(account), "ada-river", "/coc ack")
	written := w.clock.Now().Add(20 * time.Hour) // by GitHub's clock
	proposes := w.comment(c, "ada-river", "/coc propose warning They apologise.")
	proposes.CommentAt = written
	w.tell(proposes)
	w.clock.set(written.Add(time.Minute))
	c = w.says(w.caseOf(c.ID), "ben-river", "/coc agree")
	w.pass(22 * time.Hour)
	if c = w.caseOf(c.ID); c.Proposals[0].State != coc.ProposalOpen {
		t.Errorf("after 22 hours it is %s", c.Proposals[0].State)
	}
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Proposals[0].State != coc.ProposalCarried {
		t.Errorf("after 24 hours it is %s", c.Proposals[0].State)
	}
	w.invariants()
}
