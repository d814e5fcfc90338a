package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What a member wrote before they were removed from committee and repository counts as
// it was written, however late it arrives; and what GitHub would not let them write any
// more is nobody's.
func TestQueuedCommentOfARemovedMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := func(members string) {
		w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nescalate_to: foundation\nmembers: [" + members + "]\n"
	}
	file("ada-river, ben-river, cy-river")
	c := w.report(account)
	queued := w.comment(c, "cy-river", "/coc ack\n/coc claim\n/coc close")
	w.clock.set(w.clock.Now().Add(time.Minute))
	delete(w.at(riverRoom).readers, "cy-river")
	file("ada-river, ben-river")
	w.tell(rosterOf("river"))
	w.pass(10 * time.Minute)
	w.tell(queued)
	c = w.caseOf(c.ID)
	if c.Stage != coc.StageAcknowledged || c.Holder != "cy-river" || c.Home().Frozen != "" {
		t.Errorf("it is %s with %q, frozen for %q", c.Stage, c.Holder, c.Home().Frozen)
	}
	if said := w.issueOf(c, 0).comments; len(said) != 1 || strings.Contains(said[0], canary) {
		t.Errorf("it was answered %d times: %q", len(said), said)
	}
	if c = w.says(c, "ada-river", "/coc claim"); c.Holder != "ada-river" {
		t.Errorf("nobody else can take it: %q has it", c.Holder)
	}
	w.invariants()
}
