package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWhatAMemberDidByHandIsPutBackWithTheRuleAndTheNextStep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind       coc.EventKind
		label      string
		rule, next string
	}{
		"a stage that is further on":   {coc.EventLabeled, "status/resolved", "From received, nothing that a label can say leads there.", "`/coc ack`"},
		"a stage that needs words":     {coc.EventLabeled, "status/deciding", "it needs words", "`/coc propose`"},
		"a close that comes too early": {coc.EventClosed, "", "`/coc close` needs a case that is resolved or follow-up", "Possible now"},
		"a flag of cocrouter's own":    {coc.EventLabeled, "flag/overdue", "`flag/overdue` is set and taken away by cocrouter alone.", ""},
		"a flag that is taken away":    {coc.EventUnlabeled, "flag/anonymous", "`flag/anonymous` is set and taken away by cocrouter alone.", ""},
		"a label of what is decided":   {coc.EventLabeled, "outcome/ban", "`outcome/ban` shows what is decided in the case", "`/coc help`"},
		"a stage that there is not":    {coc.EventLabeled, "status/invented", "nothing that a label can say leads there", "Possible now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			if tc.rule == "it needs words" {
				c = w.says(c, "ada-river", "/coc ack")
			}
			w.tell(w.byHand(c, tc.kind, "ben-river", tc.label))
			said := w.answers(c, 0)
			if len(said) != 1 || !strings.Contains(said[0], "**Put back.**") || !strings.Contains(said[0], tc.rule) || !strings.Contains(said[0], tc.next) {
				t.Errorf("told %q", said)
			}
			w.invariants()
		})
	}
}

func TestNothingIsSaidOfWhatIsPutBackWhereItHelpsNobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind  coc.EventKind
		who   coc.Login
		label string
	}{
		"an outsider":                     {coc.EventLabeled, "omar-outsider", "status/resolved"},
		"the old label of a move":         {coc.EventUnlabeled, "ben-river", "status/received"},
		"the old severity of another one": {coc.EventUnlabeled, "ben-river", "severity/low"},
		"what is so already":              {coc.EventLabeled, "ben-river", "status/received"},
		"a label that is not ours":        {coc.EventLabeled, "ben-river", "ask-a-lawyer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			if tc.label == "status/received" && tc.kind == coc.EventLabeled {
				ev := w.inRoom(c, 0, tc.kind, tc.who)
				ev.Label = tc.label
				w.tell(ev)
			} else {
				w.tell(w.byHand(c, tc.kind, tc.who, tc.label))
			}
			if said := w.answers(c, 0); len(said) != 0 {
				t.Errorf("told %q", said)
			}
			w.invariants()
		})
	}
}

func TestAnAppThatMovesLabelsGetsNoWordHoweverItIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	ev := w.byHand(c, coc.EventLabeled, "ben-river", "status/resolved")
	ev.ActorBot = true
	w.tell(ev)
	if said := w.answers(c, 0); len(said) != 0 || len(w.issueOf(c, 0).Labels) == 0 {
		t.Errorf("an App is told %q", said)
	}
	w.invariants()
}

func TestAStormOfLabelsIsOneReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for _, l := range []string{"status/resolved", "status/closed", "outcome/ban", "flag/overdue", "status/deciding", "escalation/legal"} {
		w.take(w.byHand(c, coc.EventLabeled, "ben-river", l))
	}
	w.pass(time.Minute)
	if said := w.answers(c, 0); len(said) != 1 {
		t.Errorf("told %q", said)
	}
	w.pass(time.Hour)
	w.tell(w.byHand(w.caseOf(c.ID), coc.EventLabeled, "ben-river", "status/resolved"))
	if said := w.answers(c, 0); len(said) != 2 {
		t.Errorf("an hour later, told %q", said)
	}
	w.invariants()
}

// "Close with comment": the comment was answered already.
func TestACloseBesideARefusedCommandIsOneReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ben-river", "/coc close")
	w.tell(w.byHand(c, coc.EventClosed, "ben-river", ""))
	if said := w.answers(c, 0); len(said) != 1 || !w.issueOf(c, 0).Open {
		t.Errorf("told %q", said)
	}
	w.invariants()
}
