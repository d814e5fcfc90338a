package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The committee takes the case along into a room of its own, because somebody may not
// read on, and nobody votes twice.
func TestVotesGoAlongIntoAnotherRoomOfTheSameCommittee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nescalate_to: foundation\ncustodians: [cass-custodian]\nmembers: [ada-river, ben-river, cy-river]\n"
	w.at(riverRoom).readers["cass-custodian"] = true
	w.also = map[string][]coc.Login{riverRoom.Key(): {"cass-custodian"}}
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc claim\n/coc propose warning They apologise.\n/coc interim I muted them.")
	for _, who := range []coc.Login{"ben-river", "cy-river"} {
		c = w.says(c, who, "/coc clear")
	}
	c = w.says(c, "ben-river", "/coc agree")
	due, next := c.Due, c.Clock.Next
	c = w.says(w.says(c, "ada-river", "/coc recuse @cass-custodian hard"), "ben-river", "/coc confirm-conflict @cass-custodian")
	w.separate(c)
	if got := reads(w.at(c.Home().Room.Repo)); slices.Contains(got, "cass-custodian") {
		t.Errorf("it is read by %q", got)
	}
	p, stands := c.Standing()
	if !stands || len(p.Votes) != 2 || c.Stage != coc.StageDeciding || c.Holder != "ada-river" {
		t.Fatalf("it is %s with %q, and the proposal %+v stands: %v", c.Stage, c.Holder, p, stands)
	}
	if !slices.Equal(c.Due, due) || !c.Clock.Next.Equal(next) {
		t.Errorf("due is %v, and was %v; the clock strikes at %s, not %s", c.Due, due, c.Clock.Next, next)
	}
	if c = w.says(c, "cy-river", "/coc agree\n/coc interim confirm"); c.Proposals[0].State != coc.ProposalCarried {
		t.Errorf("with the last vote it is %+v", c.Proposals)
	}
	if c = w.says(c, "ben-river", "/coc interim confirm\n/coc resolve"); c.Stage != coc.StageResolved {
		t.Errorf("it is %s", c.Stage)
	}
	w.invariants()
}

// Whoever is recused takes their own vote with them, and nobody else's.
func TestVoteOfWhoeverIsRecusedDoesNotGoAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc propose warning They apologise.")
	c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc agree\n/coc claim")
	c = w.says(c, "cy-river", "/coc recuse hard")
	w.separate(c)
	p, stands := c.Standing()
	if !stands || c.Stage != coc.StageDeciding || p.State != coc.ProposalOpen || c.Holder != "" {
		t.Errorf("it is %s with %q, and the proposal %+v stands: %v", c.Stage, c.Holder, p, stands)
	}
	if _, answer := w.writes(c, "ben-river", "/coc resolve"); !strings.Contains(answer, "Not done") {
		t.Errorf("one of two resolves it: %s", answer)
	}
	if c = w.says(w.caseOf(c.ID), "ben-river", "/coc agree"); c.Proposals[0].State != coc.ProposalCarried {
		t.Errorf("with both votes it is %+v", c.Proposals)
	}
	w.pass(time.Hour)
	w.invariants()
}
