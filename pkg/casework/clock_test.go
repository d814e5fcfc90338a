package casework_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// mentioned is a line of mentions, with which a reminder begins and nothing else of
// ours.
var mentioned = regexp.MustCompile(`^@[a-z-]+(?: @[a-z-]+)*\n\n`)

// answers is what was said in a placement's issue besides reminders, reminders is
// those.
func (w *world) answers(c coc.Case, n int) []string {
	w.Helper()
	return slices.DeleteFunc(slices.Clone(w.issueOf(c, n).comments), mentioned.MatchString)
}

func (w *world) reminders(c coc.Case, n int) []string {
	w.Helper()
	return slices.DeleteFunc(slices.Clone(w.issueOf(c, n).comments), func(s string) bool { return !mentioned.MatchString(s) })
}

// wound: exactly one job that counts is to come for each case of which something is
// due, and it is not late.
func (w *world) wound() {
	w.Helper()
	jobs := map[coc.CaseID]int{}
	for _, j := range w.st.jobs {
		if j.Kind == coc.JobClock && j.Revision == w.caseOf(j.Case).Clock.Turn {
			jobs[j.Case]++
		}
	}
	for _, id := range w.st.ids() {
		c := w.caseOf(id)
		next, want := stage.NextStroke(c), 1
		looks := stage.Looks(c, w.clock.Now())
		if next.IsZero() {
			want = 0
		}
		if jobs[id] != want || !next.Equal(c.Clock.Next) || want == 1 && looks.Before(w.clock.Now()) {
			w.Errorf("case %s: %d jobs look at what is due at %s, at %s", id, jobs[id], next, c.Clock.Next)
		}
	}
}

const day = 24 * time.Hour

// alternates gives the project's committee an alternate, and the time that it takes
// to be silent.
const withAlternate = `
version: 1
screen_within: 1 month
members:
  - {login: ada-river}
  - {login: ben-river}
  - {login: cy-river, role: alternate}
`

// slow is a world in which silence on conflicts moves no case before its clocks do.
func slow(t *testing.T) *world {
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withAlternate
	return w
}

func TestNobodyAcknowledgesSoTheAlternatesAreAskedAndThenTheParentHasIt(t *testing.T) {
	t.Parallel()
	w := slow(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt) // Monday, nine o'clock
	for _, step := range []struct {
		passes  time.Duration
		to, has string // whom the new reminder is for, and what it says; "": there is none
		late    bool
	}{
		{day - time.Minute, "", "", false},
		{time.Minute, "@ada-river @ben-river", "hoped for by Tuesday 4 March 2025, 09:00 UTC, and is due Thursday 6 March 2025, 09:00 UTC. `/coc ack`", false},
		{day, "", "", false},
		{day, "@ada-river @ben-river @cy-river", "A first answer to the reporter was due Thursday 6 March 2025, 09:00 UTC.", true},
		{day, "@ada-river @ben-river @cy-river", "If nobody does by Monday 10 March 2025, 09:00 UTC, the next committee up is given the case", true},
		{2 * day, "", "", true}, // a weekend
	} {
		before := len(w.reminders(c, 0))
		w.pass(step.passes)
		c = w.caseOf(c.ID)
		fresh := w.reminders(c, 0)[before:]
		if step.to == "" && len(fresh) != 0 || step.to != "" && (len(fresh) != 1 || !strings.HasPrefix(fresh[0], step.to+"\n") || !strings.Contains(fresh[0], step.has)) {
			t.Errorf("%s: %q, want one for %s that says %q", w.clock.Now(), fresh, step.to, step.has)
		}
		if got := slices.Contains(w.issueOf(c, 0).Labels, "flag/overdue"); got != step.late || strings.Contains(w.issueOf(c, 0).Body, "**Overdue**") != step.late {
			t.Errorf("%s: overdue %v\n%s", w.clock.Now(), got, w.issueOf(c, 0).Body)
		}
		w.invariants()
		w.wound()
	}
	w.pass(day)
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key != "foundation" || slices.Contains(c.Flags, coc.FlagOverdue) || len(w.alarms) != 0 {
		t.Fatalf("it is with %s, %q, alarms %q", c.Home().Committee.Name, c.Flags, w.alarms)
	}
	if !c.Clock.Reminded.IsZero() || !c.Clock.Asked.IsZero() {
		t.Errorf("its clocks do not begin anew: %+v", c.Clock)
	}
	if body := w.issueOf(c, 1).Body; !strings.Contains(body, "Nobody of River Committee had acknowledged the case in time") || strings.Contains(body, "-river`") {
		t.Errorf("the next committee reads\n%s", body)
	}
	if p, err := w.Progress(t.Context(), receipt); err != nil || !p.Late || !p.Passed.Equal(c.Home().PlacedAt) || p.Stage != coc.StageReceived {
		t.Errorf("the reporter sees %+v, %v", p, err)
	}
	w.invariants()
	w.wound()
}

func TestWhoAcknowledgesIsRemindedNoMore(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.pass(3*day + time.Hour)
	before := w.reminders(c, 0)
	c = w.says(c, "cy-river", "/coc ack\n/coc investigate")
	if slices.Contains(w.issueOf(c, 0).Labels, "flag/overdue") || !c.Clock.Asked.IsZero() {
		t.Errorf("labels %q, asked %s", w.issueOf(c, 0).Labels, c.Clock.Asked)
	}
	w.pass(3 * day)
	if c = w.caseOf(c.ID); len(w.reminders(c, 0)) != len(before) || len(c.Placements) != 1 {
		t.Errorf("%d placements, reminded of %q", len(c.Placements), w.reminders(c, 0)[len(before):])
	}
	w.wound()
}

// What is done in time costs nothing.
func TestCaseThatMovesInTimeIsNeverRemindedAndCostsNoWrite(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	shows := w.gh.shows
	steps := [][2]string{
		{"ada-river", "/coc ack"}, {"ada-river", "/coc screen"}, {"ada-river", "/coc investigate"}, {"ada-river", "/coc propose warning Talked."},
		{"ben-river", "/coc agree"}, {"ada-river", "/coc resolve"}, {"ada-river", "/coc close"},
	}
	for i, s := range steps {
		w.pass(5 * time.Hour)
		c = w.says(c, coc.Login(s[0]), s[1])
		if w.gh.shows != shows+i+1 {
			t.Errorf("%s: %d writes", s[1], w.gh.shows-shows)
		}
	}
	w.pass(60 * day)
	// The one comment says that the proposal is carried.
	if n := len(w.issueOf(c, 0).comments); n != 1 || w.gh.shows != shows+len(steps) || w.st.waiting(coc.JobClock) != 0 {
		t.Errorf("%d comments, %d writes, %d jobs", n, w.gh.shows-shows, w.st.waiting(coc.JobClock))
	}
	w.wound()
}

func TestReminderGoesToWhoeverHasTheCase(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.says(w.report(account), "ben-river", "/coc claim")
	w.pass(day)
	if got := w.reminders(c, 0); len(got) != 1 || !strings.HasPrefix(got[0], "@ben-river\n") {
		t.Errorf("%q", got)
	}
}

// A reminder waits in the store until it is written, and somebody may be recused
// meanwhile.
// Whoever has the case may have left the committee.
func TestReminderGoesToTheOthersWhereWhoHasTheCaseIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ben-river", "/coc ack\n/coc clear\n/coc claim")
	c = w.says(w.says(c, "ada-river", "/coc clear"), "cy-river", "/coc clear")
	delete(w.at(riverRoom).readers, "ben-river")
	w.pass(3 * day)
	if got := w.reminders(c, 0); len(got) == 0 || !strings.HasPrefix(got[0], "@ada-river @cy-river\n") {
		t.Errorf("%q", got)
	}
	w.invariants()
}

func TestReminderMentionsNobodyWhoIsRecusedByNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.allClear(w.report(account))
	w.gh.failing["reply"] = coc.Later{Cause: "status 502"}
	w.pass(7*day + time.Minute) // the next word to the reporter is due
	delete(w.at(riverRoom).readers, "ben-river")
	w.pass(time.Minute) // and so the case stays
	if c = w.says(c, "ben-river", "/coc recuse hard"); len(c.Placements) != 1 || coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("%d placements, %q", len(c.Placements), c.Home().Responders)
	}
	delete(w.gh.failing, "reply")
	w.pass(2 * time.Hour)
	if got := w.reminders(c, 0); len(got) == 0 || !strings.HasPrefix(got[0], "@ada-river @cy-river\n") {
		t.Errorf("%q", w.issueOf(c, 0).comments)
	}
	w.always()
}

// Whatever was missed is one reminder: a week without the machine, a queue that
// brings one job twice, a clock that jumps.
func TestWeekOfDowntimeIsOneReminder(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	c = w.says(c, "ada-river", "/coc ack\n/coc investigate") // an update in a week, an outcome in two
	w.clock.set(start.Add(28*day + time.Hour))
	w.rest()
	c = w.caseOf(c.ID)
	got := w.reminders(c, 0)
	if len(got) != 1 || !strings.Contains(got[0], "The next word to the reporter was due Monday 10 March 2025") || !strings.Contains(got[0], "An outcome was due Monday 17 March 2025") {
		t.Errorf("after a month: %q", got)
	}
	again := coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: c.Clock.Turn}
	if err := w.Do(t.Context(), again, true); err == nil {
		t.Error("a job before its time counts as done")
	}
	for turn := range c.Clock.Turn {
		if err := w.Do(t.Context(), coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: turn}, true); err != nil {
			t.Error(err)
		}
	}
	w.clock.set(start.Add(27 * day)) // and back
	w.rest()
	w.pass(2 * time.Hour)
	if n := len(w.reminders(c, 0)); n != 1 {
		t.Errorf("%d reminders", n)
	}
	w.wound()
}

// Nobody was asked while the machine was off: the alternates have their two days all
// the same.
func TestDowntimeTakesNoTimeFromTheAlternates(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.clock.set(start.Add(9*day + time.Hour)) // Wednesday
	w.rest()
	if c = w.caseOf(c.ID); len(c.Placements) != 1 || len(w.reminders(c, 0)) != 1 || !c.Clock.Asked.Equal(w.clock.Now()) {
		t.Fatalf("%d placements, %q, asked %s", len(c.Placements), w.reminders(c, 0), c.Clock.Asked)
	}
	w.pass(2*day - time.Minute)
	if c = w.caseOf(c.ID); len(c.Placements) != 1 {
		t.Error("the alternates had less than two days")
	}
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("it is with %s", c.Home().Committee.Name)
	}
	w.wound()
}

func TestFrozenRoomGetsItsReminderWhenItThaws(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.at(riverRoom).readers["stan-stranger"] = true // GitHub's delivery is lost
	w.pass(day + time.Minute)
	c = w.caseOf(c.ID)
	if len(w.issueOf(c, 0).comments) != 0 || c.Home().Frozen == "" {
		t.Fatalf("frozen %q, comments %q", c.Home().Frozen, w.issueOf(c, 0).comments)
	}
	w.pass(3 * day)
	c = w.caseOf(c.ID)
	if len(w.issueOf(c, 0).comments) != 0 || !slices.Contains(c.Flags, coc.FlagOverdue) || c.Clock.Asked.IsZero() {
		t.Errorf("comments %q, flags %q, asked %s", w.issueOf(c, 0).comments, c.Flags, c.Clock.Asked)
	}
	w.wound()
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	c = w.caseOf(c.ID)
	if got := w.reminders(c, 0); len(got) != 1 || !strings.Contains(got[0], "If nobody does by Monday 10 March") || !slices.Contains(w.issueOf(c, 0).Labels, "flag/overdue") {
		t.Errorf("after the thaw: %q, labels %q", got, w.issueOf(c, 0).Labels)
	}
	w.invariants()
	w.wound()
}

func TestNobodyAboveAlarmsOnceAndTheCaseStays(t *testing.T) {
	t.Parallel()
	w := slow(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).Visibility = "public"
	}
	c := w.report(account)
	w.pass(30 * day)
	c = w.caseOf(c.ID)
	alarms := 0
	for _, a := range w.alarms {
		if strings.Contains(a, "A case waits at River Committee for longer than it promised") {
			alarms++
		}
	}
	if len(c.Placements) != 1 || alarms != 1 {
		t.Errorf("%d placements, %d alarms: %q", len(c.Placements), alarms, w.alarms)
	}
	last := w.reminders(c, 0)
	if got := last[len(last)-1]; !strings.Contains(got, "Nobody further up can take the case") {
		t.Errorf("they are told %q", got)
	}
	if n := len(last); n < 8 || n > 10 { // the target, a week of working days, and then once a week
		t.Errorf("%d reminders in a month", n)
	}
	w.wound()
}

func TestWordToTheReporterIsDueAgainOnceItWasGiven(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc investigate")
	now := w.clock.Now()
	got := stage.Met(c.Home().Committee, c.Due, stage.DueUpdate, now.Add(3*day))
	if i := slices.IndexFunc(got, func(d coc.Due) bool { return d.What == stage.DueUpdate }); i < 0 || !got[i].At.Equal(now.Add(10*day)) || len(got) != len(c.Due) {
		t.Errorf("%v", got)
	}
	if got := stage.Met(c.Home().Committee, c.Due, stage.DueDecide, now); len(got) != len(c.Due)-1 {
		t.Errorf("%v", got)
	}
	if got := stage.Met(c.Home().Committee, nil, stage.DueUpdate, now); got != nil {
		t.Errorf("what was not due became due: %v", got)
	}
}

// A room that could not be opened for a week has not been silent for a week.
func TestTimeToAnswerBeginsWhenTheCaseCanBeRead(t *testing.T) {
	t.Parallel()
	w := slow(t)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	receipt := w.file("token", says(account))
	w.pass(7 * day)
	delete(w.gh.failing, "open")
	w.pass(2 * time.Hour)
	c := w.of(receipt)
	if len(w.issueOf(c, 0).comments) != 0 || slices.Contains(c.Flags, coc.FlagOverdue) || strings.Contains(w.issueOf(c, 0).Body, "Overdue") || !c.Due[0].At.After(w.clock.Now()) {
		t.Errorf("comments %q, flags %q, due %v", w.issueOf(c, 0).comments, c.Flags, c.Due)
	}
	w.invariants()
	w.wound()
}

// The machine comes back on a Saturday: the case shows what is late at once, and
// nobody is told before Monday.
func TestNobodyIsRemindedOnAFreeDayAfterDowntime(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.clock.set(start.Add(5 * day))
	w.rest()
	if c = w.caseOf(c.ID); len(w.reminders(c, 0)) != 0 || !slices.Contains(w.issueOf(c, 0).Labels, "flag/overdue") {
		t.Errorf("on Saturday: %q, %q", w.reminders(c, 0), w.issueOf(c, 0).Labels)
	}
	w.wound()
	w.pass(2 * day)
	if c = w.caseOf(c.ID); len(w.reminders(c, 0)) != 1 || !c.Clock.Asked.Equal(start.Add(7*day)) {
		t.Errorf("on Monday: %q, asked %s", w.reminders(c, 0), c.Clock.Asked)
	}
	w.wound()
	w.invariants()
}

// Nobody agrees on a proposal in a week: the case goes up, also on a free day.
func TestCaseThatIsNotDecidedGoesToTheCommitteeAbove(t *testing.T) {
	t.Parallel()
	for _, above := range []bool{true, false} {
		w := slow(t)
		receipt := w.file("token", says(account))
		w.pass(time.Second)
		c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc investigate")
		if !above {
			w.at(baseRoom).Visibility, w.at(topRoom).Visibility = "public", "public"
		}
		c.Stage = coc.StageDeciding
		c.Due = []coc.Due{{What: stage.DueDeadlock, At: start.Add(5 * day)}}
		c.Clock.Next, c.Clock.Turn = start.Add(5*day), c.Clock.Turn+1
		w.keep(c, coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: c.Clock.Turn, At: c.Clock.Next})
		w.pass(5*day - time.Hour)
		if c = w.caseOf(c.ID); len(c.Placements) != 1 {
			t.Fatal("it left before its time")
		}
		w.pass(2 * time.Hour)
		c = w.caseOf(c.ID)
		p, err := w.Progress(t.Context(), receipt)
		if err != nil || p.Late != above || (len(c.Placements) == 2) != above {
			t.Errorf("above %v: %d placements, %+v, %v", above, len(c.Placements), p, err)
		}
		if above && (c.Trace[len(c.Trace)-2].Rule != "committee/undecided" || c.Stage != coc.StageReceived) {
			t.Errorf("%s, %+v", c.Stage, c.Trace)
		}
		if !above {
			w.pass(10 * day)
			if c = w.caseOf(c.ID); len(w.reminders(c, 0)) == 0 || w.heard(0, "A case waits at River Committee") != 1 {
				t.Errorf("reminders %q, alarms %q", w.reminders(c, 0), w.alarms)
			}
		}
		w.invariants()
		w.wound()
	}
}

// The time for screening and that for the next word to the reporter were both over
// while nothing ran:
// those who lose the case for their silence are not reminded of it.
func TestSilenceComesBeforeTheReminder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack")
	w.clock.set(start.Add(8 * day))
	if err := w.Do(t.Context(), coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: c.Clock.Turn}, false); err != nil {
		t.Error(err)
	}
	w.rest()
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || len(w.reminders(c, 0)) != 0 {
		t.Errorf("it is with %s, reminders %q", c.Home().Committee.Name, w.reminders(c, 0))
	}
	w.wound()
}

// The room froze when the reminder was to be written, and thaws on the same day.
func TestReminderThatCouldNotBeWrittenIsNotTakenForWritten(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.pass(day - time.Minute)
	w.at(riverRoom).readers["stan-stranger"] = true
	w.pass(2 * time.Minute)
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || len(w.reminders(c, 0)) != 1 {
		t.Errorf("frozen %q, reminders %q", c.Home().Frozen, w.reminders(c, 0))
	}
}

// GitHub took no comments for two days: of the reminders that wait only the newest is
// written.
func TestOfRemindersThatWaitOnlyTheNewestIsWritten(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.gh.failing["reply"] = coc.Later{Cause: "status 502"}
	w.pass(3*day + time.Hour)
	delete(w.gh.failing, "reply")
	w.pass(2 * time.Hour)
	if got := w.reminders(c, 0); len(got) != 1 || !strings.Contains(got[0], "was due Thursday") {
		t.Errorf("%q", got)
	}
}

// What a clock that was a year ahead has put off for a year comes when it is right
// again: the queue brings it early, and the case looks what time it is.
func TestClockThatWasAheadLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc investigate")
	c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
	was := w.clock.Now()
	w.clock.set(was.AddDate(1, 0, 0))
	w.rest()
	if n := len(w.reminders(c, 0)); n != 1 {
		t.Fatalf("a year late there are %d reminders", n)
	}
	w.clock.set(was.Add(time.Hour))
	for _, j := range w.st.jobs {
		j.due = w.clock.Now()
	}
	w.rest()
	if c = w.caseOf(c.ID); slices.Contains(c.Flags, coc.FlagOverdue) || len(w.reminders(c, 0)) != 1 {
		t.Errorf("the clock is right again: %q, %d reminders", c.Flags, len(w.reminders(c, 0)))
	}
	w.wound()
	w.pass(8 * day)
	if c = w.caseOf(c.ID); !slices.Contains(c.Flags, coc.FlagOverdue) || len(w.reminders(c, 0)) != 3 {
		t.Errorf("for two days a word to the reporter is late: %q, %d reminders", c.Flags, len(w.reminders(c, 0)))
	}
	w.wound()
	w.invariants()
}
