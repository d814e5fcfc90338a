package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What was carried in time waits for counsel as long as it takes. If it is not carried
// any more then, the committee has its time to agree anew, and does not lose the case at
// that moment.
func TestCommitteeWhoseDecisionIsUndoneLateHasItsTimeAgain(t *testing.T) {
	t.Parallel()
	for name, undo := range map[string]func(w *world, c coc.Case) coc.Case{
		"somebody changes their mind": func(w *world, c coc.Case) coc.Case { return w.says(c, "ben-river", "/coc object It is too long.") },
		"somebody is recused":         func(w *world, c coc.Case) coc.Case { return w.says(c, "ben-river", "/coc recuse soft") },
		"somebody joins": func(w *world, c coc.Case) coc.Case {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ndecide_by: majority\nscreen_within: 1 month\nmembers: [ada-river, ben-river, cy-river, dee-river]\n"
			w.joins(dee)
			return w.says(c, "ada-river", "/coc admit @dee-river")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ndecide_by: majority\nscreen_within: 1 month\nmembers: [ada-river, ben-river, cy-river]\n"
			c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose ban Never again.")
			c = w.says(c, "ben-river", "/coc agree")
			w.pass(10 * day)
			if c = w.caseOf(c.ID); len(c.Placements) != 1 || c.Proposals[0].State != coc.ProposalCarried {
				t.Fatalf("%d placements, %v", len(c.Placements), states(c))
			}
			c = undo(w, c)
			undone := w.clock.Now()
			w.pass(time.Hour)
			c = w.caseOf(c.ID)
			if len(c.Placements) != 1 || c.Proposals[0].State != coc.ProposalOpen {
				t.Fatalf("%d placements, %v: %s", len(c.Placements), states(c), w.last(c))
			}
			i := slices.IndexFunc(c.Due, func(d coc.Due) bool { return d.What == "deadlock" })
			if i < 0 || c.Due[i].At.Sub(undone) < 6*day || !strings.Contains(w.issueOf(c, 0).Body, c.Due[i].At.Format("2 January 2006")) {
				t.Errorf("due: %s", dues(c))
			}
			w.pass(8 * day)
			if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
				t.Errorf("a week later it is with %s", c.Home().Committee.Name)
			}
			w.wound()
		})
	}
}

// Whoever is let into all cases at once has a vote in each, and each is counted anew.
func TestAdmissionToAllCountsTheVotesOfEachAnew(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account, "More "+canary)
	for i, c := range cases {
		c = w.says(c, "ada-river", "/coc ack\n/coc propose warning They apologise.")
		cases[i] = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
	w.joins(dee)
	w.says(cases[0], "ada-river", "/coc admit @dee-river all")
	for _, c := range cases {
		c = w.caseOf(c.ID)
		if c.Proposals[0].State != coc.ProposalOpen || did(c, "not carried any more") != 1 || !strings.Contains(strings.Join(w.answers(c, 0), "\n"), "Proposal 1 is open") {
			t.Errorf("%v: %q", states(c), w.answers(c, 0))
		}
	}
}
