package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// resolved is a case with an outcome.
func (w *world) resolved(outcome string) coc.Case {
	w.Helper()
	c := w.report(account)
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve "+outcome)
	if c.Stage != coc.StageResolved {
		w.Fatalf("the case is %s: %q", c.Stage, w.issueOf(c, 0).comments)
	}
	return c
}

// dues is what is due, with its day.
func dues(c coc.Case) string {
	var out []string
	for _, d := range c.Due {
		out = append(out, d.What+" "+d.At.Format("01-02"))
	}
	return strings.Join(out, ", ")
}

func TestRemediesComeBackAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // a Monday, 3 March
	c := w.resolved("warning They were told.")
	for _, step := range []struct {
		say   string
		stage coc.Stage
		dues  string
	}{
		{"/coc remedy done 1", coc.StageResolved, "carry-out 03-10"}, // there is none
		{"/coc remedy They apologise until 2025-03-02", coc.StageResolved, "carry-out 03-10"},
		{"/coc remedy They apologise until 9999-12-31", coc.StageResolved, "carry-out 03-10"},
		{"/coc remedy They apologise until 2025-03-07", coc.StageFollowUp, "remedy 03-07, follow-up 03-14, follow-up 03-21"},
		{"/coc remedy They take a course.", coc.StageFollowUp, "remedy 03-07, follow-up 03-10, follow-up 03-14, follow-up 03-17, follow-up 03-21"},
		{"/coc close", coc.StageFollowUp, "remedy 03-07, follow-up 03-10, follow-up 03-14, follow-up 03-17, follow-up 03-21"},
		{"/coc remedy checked 2", coc.StageFollowUp, "remedy 03-07, follow-up 03-14, follow-up 03-17, follow-up 03-21"},
		{"/coc remedy done 1 They did.", coc.StageFollowUp, "follow-up 03-14, follow-up 03-17, follow-up 03-21"},
		{"/coc remedy done 1", coc.StageFollowUp, "follow-up 03-14, follow-up 03-17, follow-up 03-21"},
		{"/coc remedy lapsed 2 There is no course.", coc.StageFollowUp, "follow-up 03-14, follow-up 03-21"},
		{"/coc remedy checked 2", coc.StageFollowUp, "follow-up 03-14, follow-up 03-21"},
		{"/coc remedy done 3", coc.StageFollowUp, "follow-up 03-14, follow-up 03-21"},
		{"/coc close", coc.StageClosed, ""},
		{"/coc reopen It went on.", coc.StageReopened, "acknowledge 03-06"},
		{"/coc remedy They apologise again.", coc.StageReopened, "acknowledge 03-06"},
	} {
		c = w.says(c, "ada-river", step.say)
		if c.Stage != step.stage || step.dues != "acknowledge 03-06" && dues(c) != step.dues {
			t.Fatalf("after %q: %s, %s; %q", step.say, c.Stage, dues(c), w.issueOf(c, 0).comments)
		}
		w.pass(time.Second)
		w.invariants()
	}
	said := strings.Join(w.issueOf(c, 0).comments, "")
	for _, want := range []string{"That day is over already", "more than 100 years", "what became: 1, 2", "said already", "no remedy of that number", "still to come: 2"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody was told %q", want)
		}
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: They apologise, until 7 March 2025; done, 3 March 2025 (They did.)\n") || !strings.Contains(body, "2: They take a course.; **lapsed**") {
		t.Errorf("the body does not tell what became of them:\n%s", body)
	}
}

// A comment that is sent twice, or two members who look at once, leave the later looks
// as they are.
func TestCopiesOfALookAreOneLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.resolved("warning They were told."), "ada-river", "/coc remedy They take a course.")
	w.pass(7*24*time.Hour + time.Hour)
	for range 100 {
		w.take(w.comment(c, "ada-river", "/coc remedy checked 1 They do."))
	}
	if c = w.says(c, "ben-river", "/coc remedy checked 1"); dues(c) != "follow-up 03-17" {
		t.Errorf("still to come: %s", dues(c))
	}
	w.pass(time.Hour) // somebody looks again before it is due
	if c = w.says(c, "ada-river", "/coc remedy checked 1 They did."); dues(c) != "close 03-17" {
		t.Errorf("still to come: %s", dues(c))
	}
	w.invariants()
}

// Of an outcome nobody is to forget that it was decided.
func TestOutcomeThatNobodyCarriesOutIsRemindedOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		say  string
		late bool
	}{
		"nobody does anything":       {"/coc status", true},
		"it is said what is to do":   {"/coc remedy They take a course until 2025-06-01", false},
		"nothing is left to be done": {"/coc close", false},
	} {
		w := newWorld(t)
		c := w.says(w.resolved("warning They were told."), "ada-river", tc.say)
		w.pass(8 * 24 * time.Hour)
		c = w.caseOf(c.ID)
		reminders := w.reminders(c, 0)
		if late := slices.Contains(c.Flags, coc.FlagOverdue); late != tc.late || late != (len(reminders) > 0) {
			t.Errorf("%s: %s, overdue %v, %q", name, c.Stage, late, reminders)
		}
		if tc.late && !strings.Contains(reminders[0], "`/coc remedy TEXT` says what is left to do") {
			t.Errorf("%s: %q", name, reminders)
		}
		w.invariants()
	}
}

// A case in which nothing is left to do does not stay open because nobody thinks of it.
func TestFollowUpThatNobodyClosesIsRemindedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.resolved("warning They were told."), "ada-river", "/coc remedy They take a course.")
	w.pass(15 * 24 * time.Hour)
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc remedy done 1\n/coc remedy checked 1 All is calm.")
	before := len(w.reminders(c, 0))
	if got := dues(c); got != "close 03-25" || slices.Contains(c.Flags, coc.FlagOverdue) {
		t.Errorf("due is %q, flags %v", got, c.Flags)
	}
	w.pass(8 * 24 * time.Hour)
	c = w.caseOf(c.ID)
	reminders := w.reminders(c, 0)[before:]
	if !slices.Contains(c.Flags, coc.FlagOverdue) || len(reminders) == 0 || !strings.Contains(reminders[0], "`/coc close` closes it") {
		t.Errorf("flags %v, %q", c.Flags, reminders)
	}
	c = w.says(c, "ada-river", "/coc remedy They write an apology until 2025-04-01")
	if got := dues(c); strings.Contains(got, "close") || slices.Contains(c.Flags, coc.FlagOverdue) {
		t.Errorf("due is %q, flags %v", got, c.Flags)
	}
	w.invariants()
}

func TestRemedyWhoseDayPassesIsSeenToBeOverdue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.resolved("other So.")
	w.says(c, "ada-river", "/coc remedy They apologise until 2025-03-07")
	w.pass(5 * 24 * time.Hour)
	c = w.says(c, "ben-river", "/coc claim")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**overdue**: nobody has said") {
		t.Errorf("it is not seen:\n%s", body)
	}
	w.says(c, "ada-river", "/coc remedy done 1")
	if body := w.issueOf(c, 0).Body; strings.Contains(body, "**overdue**") || !strings.Contains(body, "to be looked at again by 14 March 2025") {
		t.Errorf("it is not over:\n%s", body)
	}
	w.invariants()
}

func TestSuspensionIsLookedAtOnTheReturn(t *testing.T) {
	t.Parallel()
	for _, tc := range [][2]string{
		{"suspension They pause.", "They stay away until 2025-04-01"},
		{"other So.", "Suspended from the chat until 2025-04-01"},
	} {
		w := newWorld(t)
		c := w.resolved(tc[0])
		c = w.says(c, "ada-river", "/coc remedy "+tc[1])
		if got := dues(c); got != "remedy 04-01, follow-up 04-08, follow-up 04-15, follow-up 05-01, follow-up 07-01" {
			t.Errorf("%s: %s", tc, got)
		}
		// One look serves all that were due.
		w.pass(45 * 24 * time.Hour)
		c = w.says(w.caseOf(c.ID), "ada-river", "/coc remedy done 1\n/coc remedy checked 1")
		if got := dues(c); got != "follow-up 05-01, follow-up 07-01" {
			t.Errorf("%s, later: %s", tc, got)
		}
		w.invariants()
	}
}

func TestWhatIsWrittenTwiceIsOneRemedy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.resolved("warning So.")
	c = w.says(c, "ada-river", strings.Repeat("/coc remedy They apologise until 2025-03-07\n", 15))
	c = w.says(c, "ben-river", "/coc remedy They apologise until 7 March 2025\n/coc remedy They apologise until 2025-03-08\n/coc remedy They apologise")
	if len(c.Remedies) != 3 {
		t.Errorf("%d remedies", len(c.Remedies))
	}
	c = w.says(c, "ben-river", "/coc remedy done 1\n/coc remedy They apologise until 2025-03-07")
	if len(c.Remedies) != 4 {
		t.Errorf("%d remedies, once the first is done", len(c.Remedies))
	}
}

// What was asked for before the case was taken up again is asked for once more when
// it is decided anew, and for nothing meanwhile.
func TestRemediesWaitWhileACaseIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.resolved("warning So.")
	w.says(c, "ada-river", "/coc remedy They apologise until 2025-03-07")
	c = w.says(c, "ada-river", "/coc reopen It went on.")
	if c.Stage != coc.StageReopened || strings.Contains(dues(c), "remedy") || strings.Contains(dues(c), "follow-up") {
		t.Fatalf("%s, %s", c.Stage, dues(c))
	}
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning So.")
	if dues(c) != "remedy 03-07, follow-up 03-14, follow-up 03-21" {
		t.Errorf("due are %s", dues(c))
	}
	if c = w.says(c, "ada-river", "/coc close"); c.Stage != coc.StageResolved {
		t.Errorf("it is %s", c.Stage)
	}
	if c = w.says(c, "ada-river", "/coc remedy done 1\n/coc close"); c.Stage != coc.StageClosed {
		t.Errorf("it is %s", c.Stage)
	}
	w.invariants()
}

// A label cannot say what is asked for, and the button does not close what is open.
func TestFollowUpIsNotBegunOrEndedByHandAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.resolved("warning So.")
	said := len(w.issueOf(c, 0).comments)
	w.tell(w.byHand(c, coc.EventLabeled, "ada-river", "status/follow-up"))
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Stage != coc.StageResolved || w.marked(c, "status/") != "status/resolved" {
		t.Errorf("it is %s and shows %s", c.Stage, w.marked(c, "status/"))
	}
	c = w.says(c, "ada-river", "/coc remedy They apologise.")
	w.tell(w.byHand(c, coc.EventClosed, "ada-river", ""))
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Stage != coc.StageFollowUp || !w.issueOf(c, 0).Open {
		t.Errorf("it is %s, open %t", c.Stage, w.issueOf(c, 0).Open)
	}
	w.says(c, "ada-river", "/coc remedy done 1")
	w.tell(w.byHand(c, coc.EventClosed, "ada-river", ""))
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Stage != coc.StageClosed || len(w.issueOf(c, 0).comments) != said+3 { // what was put back is told of
		t.Errorf("it is %s; %q", c.Stage, w.issueOf(c, 0).comments)
	}
	w.invariants()
}

// What became of the remedies of an outcome that does not hold any more says nothing of
// whether the next one is carried out.
func TestOutcomeOfACaseTakenUpAgainIsCarriedOutToo(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]string{
		"carried out": "/coc remedy done 1\n/coc remedy checked 1\n/coc remedy checked 1",
		"lapsed":      "/coc remedy lapsed 1 They would not.",
	} {
		w := newWorld(t)
		c := w.resolved("warning So.")
		w.says(c, "ada-river", "/coc remedy They apologise.")
		w.pass(15 * 24 * time.Hour)
		c = w.says(c, "ada-river", ended+"\n/coc close")
		if c.Stage != coc.StageClosed {
			t.Fatalf("%s: it is %s: %q", name, c.Stage, w.issueOf(c, 0).comments)
		}
		w.says(c, "ada-river", "/coc reopen It went on.")
		c = w.decides(c, "ada-river", "/coc ack\n/coc resolve other They leave the chat.")
		if got := dues(c); got != "carry-out 03-25" {
			t.Errorf("%s: due are %q in a case that is %s", name, got, c.Stage)
		}
		w.pass(9 * 24 * time.Hour)
		if c = w.caseOf(c.ID); !slices.Contains(c.Flags, coc.FlagOverdue) {
			t.Errorf("%s: nobody is reminded of what was decided", name)
		}
		c = w.says(c, "ada-river", "/coc remedy They leave the chat.")
		if got := dues(c); strings.Contains(got, "carry-out") || !strings.Contains(got, "follow-up") {
			t.Errorf("%s: due are %q once it is said", name, got)
		}
		w.invariants()
	}
}

// The end of a suspension is what was voted on, whatever else the outcome asks for.
func TestSuspensionThatWasVotedOnIsLookedAtOnTheReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve suspension until 2025-04-01 Four weeks.")
	if c.Stage != coc.StageResolved {
		t.Fatalf("it is %s: %q", c.Stage, w.issueOf(c, 0).comments)
	}
	c = w.says(c, "ada-river", "/coc remedy They write an apology until 2025-03-07\n/coc remedy They cannot push.")
	if got := dues(c); got != "remedy 03-07, follow-up 03-10, follow-up 03-14, follow-up 03-17, follow-up 03-21, follow-up 05-01, follow-up 05-01, follow-up 07-01, follow-up 07-01" {
		t.Errorf("due are %s", got)
	}
}

// Nobody has to record a remedy, and then nobody looks at the return; but it is said.
func TestSuspensionThatIsClosedBeforeItsEndSaysThatNobodyLooks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		later time.Duration
		by    func(*world, coc.Case) coc.Case
		told  int
	}{
		"by command":      {time.Hour, func(w *world, c coc.Case) coc.Case { return w.says(c, "ada-river", "/coc close") }, 1},
		"once it is over": {30 * 24 * time.Hour, func(w *world, c coc.Case) coc.Case { return w.says(c, "ada-river", "/coc close") }, 0},
		"with looks, of which": {time.Hour, func(w *world, c coc.Case) coc.Case {
			return w.says(c, "ada-river", "/coc remedy So.\n/coc remedy done 1\n/coc close")
		}, 0},
	} {
		w := newWorld(t)
		c := w.decides(w.report(account), "ada-river", "/coc ack\n/coc resolve suspension until 2025-04-01 Four weeks.")
		w.pass(tc.later)
		c = tc.by(w, w.caseOf(c.ID))
		said := strings.Join(w.issueOf(c, 0).comments, "\n")
		if told := strings.Count(said, "suspension lasts until 1 April 2025, and nobody looks at the return"); c.Stage != coc.StageClosed || told != tc.told {
			t.Errorf("%s: it is %s, and that was told %d times: %s", name, c.Stage, told, said)
		}
		w.invariants()
	}
}
