package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Who proposes something and votes for it in one comment votes for that, and not for
// what stands in its place because theirs was refused.
func TestVoteBehindARefusedProposalIsNotForAnother(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		say   string
		rules []string
	}{
		"another stands":               {"/coc propose no-action It was nothing.\n/coc agree", []string{"proposal/open", "vote/refused"}},
		"it cannot be read":            {"/coc propose nothing It was nothing.\n/coc agree", []string{"command/propose", "vote/refused"}},
		"its verb is misspelt":         {"/coc propse no-action It was nothing.\n/coc agree", []string{"command/unknown", "vote/refused"}},
		"it is over before":            {"/coc propose ban until 2024-01-01 Short.\n/coc agree", []string{"proposal/until", "vote/refused"}},
		"an objection":                 {"/coc propose no-action It was nothing.\n/coc object", []string{"proposal/open", "vote/refused"}},
		"counsel was asked of it":      {"/coc propose ban For ever.\n/coc legal consulted", []string{"proposal/open", "vote/refused"}},
		"and it is to be resolved":     {"/coc propose no-action It was nothing.\n/coc agree\n/coc resolve", []string{"proposal/open", "vote/refused", "vote/refused"}},
		"something else is still done": {"/coc propose no-action It was nothing.\n/coc claim", []string{"proposal/open"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, told := refusing(t)
			c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose suspension They were warned before.")
			*told = nil
			c = w.says(c, "ben-river", tc.say)
			p, stands := c.Standing()
			if !stands || p.State != coc.ProposalOpen || len(p.Votes) != 1 || p.Consulted != "" || c.Stage != coc.StageDeciding {
				t.Errorf("%s, %+v", c.Stage, p)
			}
			if !slices.Equal(*told, tc.rules) {
				t.Errorf("refused by %q", *told)
			}
			if n := len(w.issueOf(c, 0).comments); n != 1 {
				t.Errorf("%d answers", n)
			}
			// In a comment of its own it is a vote.
			if c = w.says(c, "ben-river", "/coc agree"); len(c.Proposals[0].Votes) != 2 {
				t.Errorf("%+v", c.Proposals[0].Votes)
			}
			w.invariants()
		})
	}
}

// Of two proposals in one comment the second may be meant instead of the first.
func TestProposalBehindARefusedOneIsVotedOn(t *testing.T) {
	t.Parallel()
	w, _ := refusing(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose ban until 2024-01-01 Short.\n/coc propose ban until 2025-04-01 Short.\n/coc agree")
	if p, ok := c.Standing(); !ok || len(p.Votes) != 1 {
		t.Errorf("%+v", c.Proposals)
	}
	if n := len(w.issueOf(c, 0).comments); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// An objection that comes late takes back the proposal that it was written about, and
// none that was made since.
func TestObjectionThatIsOlderThanAProposalDoesNotTakeItBack(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.report(account), "ben-river", "/coc ack\n/coc propose no-action It was nothing.")
	late := w.comment(c, "ada-river", "/coc object It was something.")
	w.pass(time.Minute)
	c = w.says(c, "ben-river", "/coc object")
	c = w.says(c, "ada-river", "/coc propose warning They apologise.")
	*told = nil
	w.tell(late)
	c = w.caseOf(c.ID)
	if p, ok := c.Standing(); !ok || p.Outcome != coc.OutcomeWarning || !slices.Equal(*told, []string{"vote/before"}) {
		t.Errorf("%v, refused by %q", states(c), *told)
	}
}
