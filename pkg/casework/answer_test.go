package casework_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// sends writes something with a receipt.
func (w *world) sends(receipt, token string, kind coc.MessageKind, words string) error {
	w.Helper()
	err := w.Write(w.Context(), receipt, token, coc.FromReporter{Kind: kind, Text: coc.NewProse(words)})
	w.rest()
	return err
}

// replies is sends of an answer that is taken.
func (w *world) replies(receipt, token, words string) {
	w.Helper()
	if err := w.sends(receipt, token, coc.MessageAnswer, words); err != nil {
		w.Fatal(err)
	}
}

// counted is how often words stand in what the room of one of a case's homes shows now:
// the body and the comments.
func (w *world) counted(c coc.Case, n int, words string) (body, comments int) {
	w.Helper()
	i := w.issueOf(c, n)
	return strings.Count(i.Body, words), strings.Count(strings.Join(i.comments, "\n"), words)
}

// stranger lets somebody into a room who may not be there, or out again, and waits
// until that was noticed.
func (w *world) stranger(room coc.Repo, in bool) {
	w.Helper()
	if delete(w.at(room).readers, "stan-stranger"); in {
		w.at(room).readers["stan-stranger"] = true
	}
	w.pass(time.Minute)
}

// once checks that words of the reporter are where a case lives, once.
func (w *world) once(c coc.Case, words string) {
	w.Helper()
	n := len(c.Placements) - 1
	if body, comments := w.counted(c, n, words); body+comments != 1 {
		w.Errorf("%q is in the body %d times and in comments %d times", words, body, comments)
	}
}

func TestReporterAnswersWithTheReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc ask When was it?")
	before, due := len(w.gh.writes), dues(c)
	w.pass(time.Hour)
	w.replies(receipt, "one", "On Monday, <b>@ben-river</b> saw it.\n/coc close")
	w.replies(strings.ToLower(receipt), "one", "On Monday, <b>@ben-river</b> saw it.\n/coc close") // the button, twice
	w.replies(receipt, "two", "On Monday, <b>@ben-river</b> saw it.\n/coc close")                  // from another page
	c = w.caseOf(c.ID)
	if n := len(w.gh.writes) - before; n != 1 {
		t.Errorf("one answer is %d writes", n)
	}
	said := w.issueOf(c, 0).comments
	if last := said[len(said)-1]; !strings.Contains(last, "**The reporter has written** (") || !strings.Contains(last, "> On Monday, `<b>@ben-river</b>` saw it.\n> \\/coc close\n") ||
		!strings.Contains(last, "`/coc update TEXT` answers them") {
		t.Errorf("the room reads\n%s", last)
	}
	if len(c.Placements) != 1 || len(c.Home().Responders) != 3 || c.Stage != coc.StageAcknowledged || dues(c) != due {
		t.Errorf("an answer moved the case: %d homes, %v, %s, due %s", len(c.Placements), c.Home().Responders, c.Stage, dues(c))
	}
	if got := w.told(receipt); !slices.Equal(got, []string{"answer: On Monday, <b>@ben-river</b> saw it.\n/coc close", "asked: When was it?"}) {
		t.Errorf("the receipt shows %q", got)
	}
	// The same words again, after the committee has asked again, are another answer.
	w.says(c, "ada-river", "/coc ask And the second time?")
	w.replies(receipt, "three", "On Monday, <b>@ben-river</b> saw it.\n/coc close")
	if got := w.told(receipt); len(got) != 4 {
		t.Errorf("the receipt shows %q", got)
	}
	// And so are they where nobody has answered for longer than a slow page takes.
	w.pass(10 * time.Minute)
	w.replies(receipt, "four", "On Monday, <b>@ben-river</b> saw it.\n/coc close")
	if got := w.told(receipt); len(got) != 5 {
		t.Errorf("the receipt shows %q", got)
	}
	w.invariants()
}

func TestReceiptThatNobodyHasTakesNoWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("token", says(account))
	w.rest()
	taken := len(w.st.intakes)
	for _, receipt := range []string{"", "malformed", "AAAAA-AAAAA-AAAAA-AAAAA", strings.Repeat("A", 5000)} {
		if err := w.sends(receipt, "one", coc.MessageAnswer, "It was me."); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%.30q: %v", receipt, err)
		}
	}
	if err := w.sends(w.keys.Receipt("token"), "one", coc.MessageUpdate, "I am the committee."); err == nil {
		t.Error("the reporter wrote as the committee")
	}
	if got := len(w.st.intakes); got != taken {
		t.Errorf("%d intakes for nobody", got-taken)
	}
}

// An answer that comes before the case has a room, or before the report is placed at
// all, is read with the report.
func TestAnswerBeforeThereIsAnIssueIsReadWithTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	// Nothing was worked yet: the report is durable, and that is all.
	if err := w.Write(t.Context(), receipt, "one", coc.FromReporter{Kind: coc.MessageAnswer, Text: coc.NewProse("tourmaline")}); err != nil {
		t.Fatal(err)
	}
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	w.rest()
	if err := w.Write(t.Context(), receipt, "two", coc.FromReporter{Kind: coc.MessageUrgent, Text: coc.NewProse("obsidian")}); err != nil {
		t.Fatal(err)
	}
	w.rest()
	delete(w.gh.failing, "open")
	w.pass(time.Hour)
	c := w.of(receipt)
	w.once(c, "tourmaline")
	w.once(c, "obsidian")
	if !strings.Contains(dues(c), "urgent 03-04") {
		t.Errorf("due: %s", dues(c))
	}
	w.invariants()
}

func TestWhatTheReporterWroteGoesWithTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc ask When was it?")
	w.replies(receipt, "one", "tourmaline")
	w.stranger(riverRoom, true)
	w.replies(receipt, "two", "obsidian") // kept, because somebody reads there
	if _, comments := w.counted(c, 0, "obsidian"); comments != 0 {
		t.Error("it was written where a stranger reads")
	}
	c = w.caseOf(c.ID)
	w.stranger(riverRoom, false)
	w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.replies(receipt, "three", "carnelian") // on its way
	w.pass(2 * time.Hour)
	c = w.caseOf(c.ID)
	for _, words := range []string{"tourmaline", "obsidian", "carnelian", "When was it?"} {
		w.once(c, words)
	}
	for _, words := range []string{"obsidian", "carnelian"} {
		if _, comments := w.counted(c, 0, words); comments != 0 {
			t.Errorf("%s was written where the case is not any more", words)
		}
	}
	if got := w.told(receipt); len(got) != 4 {
		t.Errorf("the receipt shows %q", got)
	}
	w.invariants()
}

// An answer to a case whose issue is gone would be read by nobody there. It opens the
// case again where somebody reads it, unless the case was closed.
func TestAnswerToACaseWhoseIssueIsGoneIsReadByWhoeverTakesIt(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		w := newWorld(t)
		receipt := w.file("token", says(account))
		w.pass(time.Second)
		c := w.of(receipt)
		if closed {
			c = w.decides(w.says(c, "ada-river", "/coc ack"), "ada-river", "/coc resolve warning They apologised.\n/coc close")
		}
		w.issueOf(c, 0).gone = true
		w.tell(w.inRoom(c, 0, coc.EventDeleted, "ada-river"))
		w.replies(receipt, "one", "tourmaline")
		w.pass(2 * time.Hour)
		if c = w.caseOf(c.ID); closed != (len(c.Placements) == 1) || closed != (c.Stage == coc.StageClosed) {
			t.Errorf("closed %v: %d homes, %s", closed, len(c.Placements), c.Stage)
		}
		if !closed {
			w.once(c, "tourmaline")
		}
		if got := w.told(receipt); len(got) != 1 {
			t.Errorf("closed %v: the receipt shows %q", closed, got)
		}
	}
}

func TestAnswerIsKeptWhileTheRoomIsFrozenAndShownThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt)
	w.stranger(riverRoom, true)
	w.replies(receipt, "one", "tourmaline")
	w.pass(3 * time.Hour)
	if body, comments := w.counted(c, 0, "tourmaline"); body+comments != 0 {
		t.Error("a stranger reads it")
	}
	if got := w.told(receipt); len(got) != 1 {
		t.Errorf("the receipt shows %q", got)
	}
	w.stranger(riverRoom, false)
	w.pass(2 * time.Hour)
	w.once(w.caseOf(c.ID), "tourmaline")
	w.invariants()
}

// Whom an answer names is held against those who would read the case next: they have
// no part in it yet.
func TestWhomAnAnswerNamesIsNotAmongThoseWhoReadItNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.replies(receipt, "one", "Ask @fay-foundation about it.")
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc escalate We know everybody.")
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	if len(c.Placements) < 2 || coc.HasLogin(c.Home().Responders, "fay-foundation") {
		t.Errorf("%d homes, responders %v", len(c.Placements), c.Home().Responders)
	}
	w.invariants()
}

func TestAnswerToAClosedCaseOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack")
	c = w.decides(c, "ada-river", "/coc resolve warning They apologised.\n/coc close")
	w.replies(receipt, "one", "It goes on, tourmaline.")
	if err := w.sends(receipt, "two", coc.MessageUrgent, ""); err != nil {
		t.Fatal(err)
	}
	c = w.caseOf(c.ID)
	w.once(c, "tourmaline")
	last := strings.Join(w.issueOf(c, 0).comments, "\n")
	if c.Stage != coc.StageClosed || len(c.Due) != 0 || !strings.Contains(last, "This case is closed, and nothing opens it by itself") || !strings.Contains(last, "`/coc reopen REASON`") {
		t.Errorf("%s, due %s:\n%s", c.Stage, dues(c), last)
	}
	c = w.says(c, "ada-river", "/coc reopen There is more.")
	if !strings.Contains(dues(c), "urgent") {
		t.Errorf("taken up again, due are %s", dues(c))
	}
	w.invariants()
}

func TestAnswerToACaseThatNobodyCanTakeIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, room := range []coc.Repo{riverRoom, baseRoom, topRoom} {
		w.at(room).Visibility = "public"
	}
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	if c := w.of(receipt); !c.Home().Sealed() {
		t.Fatalf("the case is in %s", c.Home().Room.Repo)
	}
	w.replies(receipt, "one", "tourmaline")
	if p, err := w.Progress(t.Context(), receipt); err != nil || p.State != casework.Sealed || len(p.Messages) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	w.at(baseRoom).Visibility = "private"
	w.pass(25 * time.Hour)
	c := w.of(receipt)
	w.once(c, "tourmaline")
	w.invariants()
}

func TestUrgentIsDueWithinABusinessDayAndAWordAnswersIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack")
	err := w.Write(t.Context(), receipt, "one", coc.FromReporter{Kind: coc.MessageUrgent, Text: coc.NewProse("They stand before my door."), Danger: true})
	if err != nil {
		t.Fatal(err)
	}
	w.rest()
	c = w.caseOf(c.ID)
	body, said := w.issueOf(c, 0).Body, w.issueOf(c, 0).comments
	if last := said[len(said)-1]; !strings.Contains(last, "**The reporter says that this has become urgent**") || !strings.Contains(last, "somebody may be in danger") ||
		!strings.Contains(last, "`/coc interim ACTION`") || !strings.Contains(last, "an answer by Tuesday 4 March 2025") {
		t.Errorf("the room reads\n%s", last)
	}
	if !strings.Contains(body, "**Urgent**: the reporter says so, 3 March 2025; they had no answer yet") || !slices.Contains(c.Flags, coc.FlagSafetyRisk) || !strings.Contains(dues(c), "urgent 03-04") {
		t.Errorf("flags %v, due %s:\n%s", c.Flags, dues(c), body)
	}
	w.pass(25 * time.Hour)
	said = w.issueOf(c, 0).comments
	if last := said[len(said)-1]; !strings.Contains(last, "has become urgent, and an answer was due") || !strings.Contains(last, "@ada-river") {
		t.Errorf("reminded:\n%s", last)
	}
	if p, err := w.Progress(t.Context(), receipt); err != nil || p.Silent.IsZero() || p.Urgent.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	// Moving the case on is no answer.
	c = w.says(w.caseOf(c.ID), "ben-river", "/coc investigate")
	if !strings.Contains(dues(c), "urgent 03-04") {
		t.Errorf("due: %s", dues(c))
	}
	c = w.says(c, "ben-river", "/coc update Somebody is on the way to you.")
	if body := w.issueOf(c, 0).Body; strings.Contains(dues(c), "urgent") || slices.Contains(c.Flags, coc.FlagOverdue) || !strings.Contains(body, "; answered 4 March 2025") {
		t.Errorf("due %s, %v:\n%s", dues(c), c.Flags, body)
	}
	if p, err := w.Progress(t.Context(), receipt); err != nil || !p.Silent.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	w.invariants()
}

// That something is urgent says nothing of danger: only who says so marks the case.
func TestUrgentAloneMarksNoDanger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	if err := w.sends(receipt, "one", coc.MessageUrgent, ""); err != nil {
		t.Fatal(err)
	}
	if c := w.of(receipt); slices.Contains(c.Flags, coc.FlagSafetyRisk) || !strings.Contains(dues(c), "urgent") {
		t.Errorf("%v, %s", c.Flags, dues(c))
	}
}

func TestWithdrawingDeletesNothingAndIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack")
	if err := w.sends(receipt, "one", coc.MessageWithdrawn, "I cannot go on."); err != nil {
		t.Fatal(err)
	}
	c = w.caseOf(c.ID)
	body, said := w.issueOf(c, 0).Body, w.issueOf(c, 0).comments
	if last := said[len(said)-1]; !strings.Contains(last, "**The reporter withdraws the report**") || !strings.Contains(last, "Nothing is deleted") || !strings.Contains(last, "by Thursday 6 March 2025") {
		t.Errorf("the room reads\n%s", last)
	}
	if c.Stage != coc.StageAcknowledged || !strings.Contains(body, "**Withdrawn by the reporter**: 3 March 2025") || !strings.Contains(body, account[:10]) {
		t.Errorf("%s:\n%s", c.Stage, body)
	}
	// Whoever has it next has as long.
	w.pass(48 * time.Hour)
	w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if !strings.Contains(dues(c), "withdrawn 03-10") || !strings.Contains(w.issueOf(c, 1).Body, "**Withdrawn by the reporter**") {
		t.Errorf("due %s:\n%s", dues(c), w.issueOf(c, 1).Body)
	}
	c = w.says(c, "fay-foundation", "/coc ack\n/coc ask Are you safe?")
	if strings.Contains(dues(c), "withdrawn") {
		t.Errorf("due: %s", dues(c))
	}
	w.invariants()
}

func TestCaseKeepsSoManyWordsAndThenStillWhatCannotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	kept := 0
	for n := range 120 {
		err := w.sends(receipt, "token"+string(rune('A'+n)), coc.MessageAnswer, strings.Repeat("x", n+1))
		switch {
		case err == nil:
			kept++
		case !errors.Is(err, casework.ErrFull):
			t.Fatal(err)
		}
	}
	if p, err := w.Progress(t.Context(), receipt); err != nil || kept != 90 || !p.Full {
		t.Errorf("%d are kept, full: %v, %v", kept, p.Full, err)
	}
	if err := w.sends(receipt, "last", coc.MessageUrgent, "Please."); err != nil {
		t.Error(err)
	}
	big := newWorld(t)
	receipt = big.file("token", says(account))
	big.pass(time.Second)
	for n := range 9 {
		err := big.sends(receipt, "token"+string(rune('A'+n)), coc.MessageAnswer, strings.Repeat("<a>", 64<<10/3-n))
		if full := n == 8; errors.Is(err, casework.ErrFull) != full {
			t.Errorf("answer %d: %v", n, err)
		}
	}
	c := big.of(receipt)
	for part := 1; part <= 2; part++ {
		if _, comments := big.counted(c, 0, "Part "+strconv.Itoa(part)+" of"); comments != 8 {
			t.Errorf("%d of 8 long answers have a part %d there", comments, part)
		}
	}
	big.invariants()
}
