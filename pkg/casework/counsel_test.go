package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Where there is a legal risk, nobody decides before counsel was consulted, with
// whichever outcome and whichever way they ask for it (row 4).
func TestLegalRiskIsNotDecidedOnWithoutCounsel(t *testing.T) {
	t.Parallel()
	for name, raise := range map[string]func(*world) coc.Case{
		"told by the reporter": func(w *world) coc.Case { return w.around(coc.Circumstances{Risks: []coc.Risk{coc.RiskAttorney}}) },
		"flagged by a member":  func(w *world) coc.Case { return w.says(w.report(account), "ben-river", "/coc flag legal-risk") },
		"and the flag is gone": func(w *world) coc.Case {
			return w.says(w.report(account), "ben-river", "/coc flag legal-risk\n/coc unflag legal-risk")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := raise(w)
			c = w.says(c, "ada-river", "/coc ack\n/coc propose no-action It was nothing.")
			c = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
			for _, say := range []string{"/coc resolve", "/coc resolve no-action", "/coc legal\n/coc resolve"} {
				if c = w.says(c, "ada-river", say); c.Stage != coc.StageDeciding || !strings.Contains(w.last(c), "(row 4)") {
					t.Errorf("%q: it is %s: %s", say, c.Stage, w.last(c))
				}
			}
			w.tell(w.byHand(c, coc.EventLabeled, "ada-river", "status/resolved"))
			if c = w.caseOf(c.ID); c.Stage != coc.StageDeciding {
				t.Fatalf("by hand it is %s", c.Stage)
			}
			if i := w.issueOf(c, 0); !strings.Contains(i.Body, "**Waits for counsel**") || !slices.Contains(i.Labels, "escalation/legal") {
				t.Errorf("labelled %q, the issue shows\n%s", i.Labels, i.Body)
			}
			c = w.says(c, "cy-river", "/coc legal consulted by mail")
			if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Counsel was consulted** on the legal risk, says `cy-river`") || strings.Contains(body, "Waits for counsel") {
				t.Errorf("the issue shows\n%s", body)
			}
			if c = w.says(c, "ada-river", "/coc resolve"); c.Stage != coc.StageResolved || c.Outcome != coc.OutcomeNoAction {
				t.Errorf("counsel was consulted, and it is %s: %s", c.Stage, w.last(c))
			}
			w.invariants()
		})
	}
}

// Counsel may be consulted before anything is proposed, by whoever decides alone, too;
// and once is enough, also where what is proposed waits by row 12.
func TestCounselIsConsultedOnceAndAtAnyTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc flag legal-risk")
	c = w.says(c, "ada-river", "/coc ack\n/coc legal consulted")
	if c = w.says(c, "ben-river", "/coc legal consulted"); !strings.Contains(w.last(c), "recorded already") || len(c.Advice) != 1 {
		t.Errorf("%+v: %s", c.Advice, w.last(c))
	}
	c = w.says(c, "ada-river", "/coc propose ban For ever.")
	c = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
	if c = w.says(c, "ada-river", "/coc resolve"); c.Stage != coc.StageDeciding {
		t.Error("what counsel said of the risk says something of a ban")
	}
	c = w.says(c, "ada-river", "/coc legal consulted\n/coc resolve")
	if c.Stage != coc.StageResolved || len(c.Advice) != 1 || c.Proposals[0].Consulted == "" {
		t.Errorf("it is %s, %+v: %s", c.Stage, c.Advice, w.last(c))
	}

	receipt := w.file("another", says(account+" again"))
	w.pass(time.Second)
	both := w.says(w.of(receipt), "ada-river", "/coc flag legal-risk\n/coc ack\n/coc propose ban For ever.")
	both = w.says(w.says(both, "ben-river", "/coc agree"), "cy-river", "/coc agree")
	if both = w.says(both, "ada-river", "/coc legal consulted\n/coc resolve"); both.Stage != coc.StageResolved {
		t.Errorf("with both it is %s: %s", both.Stage, w.last(both))
	}
}

// The next committee consults counsel itself: what it was told nobody there has read.
func TestNextCommitteeConsultsCounselItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc flag legal-risk\n/coc ack\n/coc legal consulted")
	c = w.says(c, "ada-river", "/coc escalate Counsel says that it is yours.")
	w.pass(time.Minute)
	c = w.says(w.caseOf(c.ID), "fay-foundation", "/coc ack\n/coc propose no-action It was nothing.")
	c = w.says(w.says(c, "finn-foundation", "/coc agree"), "farah-foundation", "/coc agree")
	if c = w.says(c, "fay-foundation", "/coc resolve"); c.Stage != coc.StageDeciding {
		t.Errorf("it is %s", c.Stage)
	}
	if c = w.says(c, "fay-foundation", "/coc legal consulted\n/coc resolve"); c.Stage != coc.StageResolved {
		t.Errorf("it is %s: %s", c.Stage, w.last(c))
	}
}
