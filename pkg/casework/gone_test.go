package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// begun is a case that everybody is clear in, is being looked into and in which
// something is proposed: no silence moves it.
func begun(t *testing.T) (*world, coc.Case) {
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc propose warning They apologise.")
	c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
	return w, c
}

// Nobody waits for an issue that is not there any more: not the members, and not who
// reported.
func TestCaseWhoseIssueIsGoneGoesOnInAnother(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*world, coc.Case){
		"GitHub tells of it": func(w *world, c coc.Case) {
			w.tell(w.byHand(c, coc.EventDeleted, "ada-river", ""))
		},
		"nobody tells of it, and a member asks something": func(w *world, c coc.Case) {
			w.issueOf(c, 0).gone = true
			w.take(w.comment(c, "ben-river", "/coc status"))
			w.pass(2 * time.Hour)
		},
		"nobody tells of it, and a member does something": func(w *world, c coc.Case) {
			w.issueOf(c, 0).gone = true
			w.take(w.comment(c, "ben-river", "/coc claim"))
			w.pass(2 * time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := begun(t)
			lose(w, c)
			c = w.caseOf(c.ID)
			if len(c.Placements) != 2 || c.Home().Issue == 0 || c.Home().Committee.Key != c.Placements[0].Committee.Key || c.Home().Frozen != "" {
				t.Fatalf("%d homes, the last is %+v", len(c.Placements), c.Home())
			}
			if body := w.issueOf(c, 1).Body; !strings.Contains(body, "deleted or moved away by hand, with what was written in it: work on in this one") || !strings.Contains(body, canary) {
				t.Errorf("the new issue shows\n%s", body)
			}
			if p, stands := c.Standing(); !stands || c.Stage != coc.StageDeciding || p.By != "ada-river" {
				t.Errorf("it is %s, and %+v stands: %v", c.Stage, p, stands)
			}
			if said := strings.Join(w.issueOf(c, 1).comments, "\n"); strings.Contains(name, "asks") && !strings.Contains(said, "**Stage**") {
				t.Errorf("the answer is not in the new issue: %q", said)
			}
			if n := len(slices.DeleteFunc(slices.Clone(w.alarms), func(a string) bool { return !strings.Contains(a, "deleted") })); n != 1 {
				t.Errorf("operators heard of it %d times: %q", n, w.alarms)
			}
			if c = w.says(c, "ben-river", "/coc agree"); len(w.issueOf(c, 1).comments) == 0 && c.Proposals[0].State != coc.ProposalOpen {
				t.Errorf("no vote is heard in the new issue: %+v", c.Proposals)
			}
			w.invariants()
		})
	}
}

// What is due finds it out, and is spoken of where somebody reads it.
func TestWhatIsLateIsSaidInTheNextIssueWhereOneIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc investigate")
	c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
	w.issueOf(c, 0).gone = true
	w.pass(20 * 24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) != 2 || c.Home().Committee.Name != "River Committee" || len(w.reminders(c, 1)) == 0 {
		t.Errorf("%d homes, the last is %+v", len(c.Placements), c.Home())
	}
	w.invariants()
}

// A bot that deletes what it does not know gets one an hour.
func TestIssueThatIsDeletedAgainAndAgainIsMadeOnceAnHour(t *testing.T) {
	t.Parallel()
	w, c := begun(t)
	for end := w.clock.Now().Add(5 * time.Hour); w.clock.Now().Before(end); w.pass(time.Minute) {
		c = w.caseOf(c.ID)
		if home := c.Home(); home.Issue != 0 && !w.issueOf(c, len(c.Placements)-1).gone {
			w.tell(w.byHand(c, coc.EventDeleted, "ada-river", ""))
		}
	}
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) < 3 || len(c.Placements) > 8 || c.Home().Frozen != "" {
		t.Errorf("%d issues in five hours, and the last is %+v", len(c.Placements), c.Home())
	}
	w.invariants()
}

// What was put away stays so.
func TestClosedCaseGetsNoOtherIssueWhenItsOwnIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.decides(w.says(w.report(account), "ada-river", "/coc ack"), "ada-river", "/coc resolve warning They apologised.\n/coc close")
	if c.Stage != coc.StageClosed {
		t.Fatal(c.Stage)
	}
	w.tell(w.byHand(c, coc.EventDeleted, "ada-river", ""))
	w.pass(40 * 24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) != 1 || len(w.alarms) != 1 {
		t.Errorf("%d homes, alarms %q", len(c.Placements), w.alarms)
	}
	w.invariants()
}
