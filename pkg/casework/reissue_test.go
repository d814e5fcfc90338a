package casework_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// convert makes a discussion of the issue of a case's home, as GitHub leaves it.
func (w *world) convert(c coc.Case) {
	w.Helper()
	i := w.issueOf(c, len(c.Placements)-1)
	w.gh.mu.Lock()
	defer w.gh.mu.Unlock()
	i.Open, i.Locked, i.Converted = false, true, true
}

// Nothing tells of it: what is to be said next finds it out, is said in the next
// issue, and takes with it all that was decided and is due.
func TestCaseWhoseIssueBecameADiscussionGoesOnInAnother(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(*world, coc.Case) coc.Case{
		"an answer": func(w *world, c coc.Case) coc.Case { return w.says(c, "ben-river", "/coc close") },
		"a drawing": func(w *world, c coc.Case) coc.Case { return w.says(c, "ben-river", "/coc claim") },
		"a close": func(w *world, c coc.Case) coc.Case {
			w.tell(w.inRoom(c, 0, coc.EventClosed, "ben-river"))
			return w.caseOf(c.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc propose warning They apologise.")
			c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
			w.convert(c)
			c = next(w, c)
			if len(c.Placements) != 2 || c.Home().Issue == 0 || c.Home().Committee.Key != c.Placements[0].Committee.Key {
				t.Fatalf("%d homes, the last is %+v", len(c.Placements), c.Home())
			}
			if p, stands := c.Standing(); !stands || p.By != "ada-river" || c.Stage != coc.StageDeciding {
				t.Errorf("it is %s, and the proposal %+v stands: %v", c.Stage, p, stands)
			}
			if body := w.issueOf(c, 1).Body; !strings.Contains(body, "work on in this one") || !strings.Contains(body, canary) {
				t.Errorf("the new issue shows\n%s", body)
			}
			if said := w.issueOf(c, 0).comments; len(said) != 0 {
				t.Errorf("the old issue was told %q", said)
			}
			if name == "an answer" && len(w.issueOf(c, 1).comments) == 0 {
				t.Error("what was to be said is not said in the new one")
			}
			if n := len(slices.DeleteFunc(slices.Clone(w.alarms), func(a string) bool { return !strings.Contains(a, "discussion") })); n != 1 {
				t.Errorf("operators heard of it %d times: %q", n, w.alarms)
			}
			for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
				c = w.says(c, who, "/coc clear\n/coc agree")
			}
			if p, _ := c.Standing(); p.State != coc.ProposalCarried {
				t.Errorf("the votes of both issues are %q", p.State)
			}
			w.invariants()
		})
	}
}

// Silence on conflicts counts at its time in the new issue, too.
func TestScreeningGoesOnInTheNextIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear")
	c = w.says(c, "ben-river", "/coc clear")
	w.convert(c)
	c = w.says(c, "cy-river", "/coc close")
	w.pass(5 * 24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) != 2 || !c.Home().Screened {
		t.Errorf("%d homes, screened: %v", len(c.Placements), c.Home().Screened)
	}
}

// A reminder is owed to nobody for later: it is written anew.
func TestReminderFindsTheNextIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.convert(c)
	w.pass(50 * time.Hour)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 2 || len(w.reminders(c, 0)) != 0 || len(w.reminders(c, 1)) == 0 {
		t.Errorf("%d homes: %q", len(c.Placements), w.issueOf(c, len(c.Placements)-1).comments)
	}
	w.invariants()
}

// Whoever has the case could read it before, so nothing that they owe begins anew.
func TestConversionGivesNobodyMoreTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		begins func(*world) coc.Case
		passes time.Duration
		owes   string
	}{
		"an answer":       {func(w *world) coc.Case { return w.report(account) }, 3*day + time.Hour, "acknowledge 03-06"},
		"the next update": {func(w *world) coc.Case { return w.says(w.report(account), "ada-river", "/coc ack") }, 8 * day, "update 03-10"},
		"a look at a remedy": {func(w *world) coc.Case {
			return w.says(w.resolved("warning So."), "ada-river", "/coc remedy They talk.")
		}, 8 * day, "follow-up 03-10, follow-up 03-17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := slow(t)
			c := tc.begins(w)
			w.convert(c)
			w.pass(tc.passes)
			c = w.caseOf(c.ID)
			if len(c.Placements) != 2 || c.Home().Committee.Key != c.Placements[0].Committee.Key {
				t.Fatalf("%d homes, the last is %+v", len(c.Placements), c.Home())
			}
			if !strings.Contains(dues(c), tc.owes) || !slices.Contains(c.Flags, coc.FlagOverdue) {
				t.Errorf("due are %s, flags %v", dues(c), c.Flags)
			}
			if len(w.reminders(c, 1)) == 0 {
				t.Errorf("nobody is reminded: %q", w.issueOf(c, 1).comments)
			}
			w.invariants()
			w.wound()
		})
	}
}

func TestClosedCaseGetsAnotherIssueThatIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.decides(w.of(receipt), "ada-river", "/coc ack\n/coc resolve warning So."), "ada-river", "/coc close")
	w.pass(2 * day)
	w.convert(c)
	if err := w.sends(receipt, "one", coc.MessageAnswer, "It went on."); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 2 || c.Stage != coc.StageClosed || w.issueOf(c, 1).Open || len(w.issueOf(c, 1).comments) != 1 {
		t.Errorf("%d homes, it is %s and shows %+v", len(c.Placements), c.Stage, w.issueOf(c, len(c.Placements)-1))
	}
	if n := w.st.waiting(coc.JobSurvey); n != 0 {
		t.Errorf("%d looks at a room without an open case are to come", n)
	}
	w.invariants()
}

// numbers calls f with every number of a value that was made from a case, and with
// whose field it is.
func numbers(v reflect.Value, f func(of reflect.Value, name string, n int)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			numbers(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			numbers(v.Index(i), f)
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[coc.Case]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).Kind() == reflect.Int {
				f(v, v.Type().Name()+"."+name, int(v.Field(i).Int()))
			} else if v.Type().Field(i).IsExported() {
				numbers(v.Field(i), f)
			}
		}
	}
}

// Whatever says in which home something was done says so of the next issue, too. A
// number that a case comes to have is known here, as that or as something else.
func TestWhateverTellsItsHomeGoesToTheNextIssue(t *testing.T) {
	t.Parallel()
	others := []string{
		"Case.Revision", "Proposal.Number", "Invitation.Revision", "Invitation.Came", "Minimum.Clear", "Minimum.WithoutHardConflict", "Span.N",
		"Rota.OnDuty", "Placement.Issue", "Placement.Before", "Placement.Shown", "Clock.Turn", "Entry.Revision", "Entry.Proposal", "Effect.Revision",
		"Effect.N", "Message.Revision", "Index.Issue", "Duty.Heard",
	}
	homes := map[string]int{"Proposal.Placement": 0, "Invitation.Placement": 0, "Measure.Home": 0, "Effect.Placement": 0}
	w := newWorld(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc accused link Were you there?\n/coc interim I muted them.\n/coc propose warning They apologise.")
	w.convert(c)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	c = w.says(c, "ben-river", "/coc close")
	if len(c.Placements) != 2 {
		t.Fatalf("%d homes", len(c.Placements))
	}
	numbers(reflect.ValueOf(c), func(of reflect.Value, name string, n int) {
		_, home := homes[name]
		if e, is := of.Interface().(coc.Effect); is && e.Done {
			return
		}
		switch {
		case home && n != 1:
			t.Errorf("%s is %d", name, n)
		case home:
			homes[name]++
		case !slices.Contains(others, name):
			t.Errorf("nobody knows what %s is the number of", name)
		}
	})
	for name, seen := range homes {
		if seen == 0 {
			t.Errorf("no %s was seen", name)
		}
	}
	delete(w.gh.failing, "open")
	w.pass(time.Hour)
	if body := w.issueOf(w.caseOf(c.ID), 1).Body; !strings.Contains(body, "I muted them.") {
		t.Errorf("the measure is not told where it was taken:\n%s", body)
	}
	w.invariants()
}

// What waits for its turn when the issue is converted is done for the next one.
func TestJobOfAnIssueIsOneOfTheIssueThatFollowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear")
	c = w.says(c, "ben-river", "/coc clear")
	w.convert(c)
	c = w.says(c, "ben-river", "/coc claim")
	screens := func(c coc.Case, of ...int) bool {
		w.clock.set(c.Home().ScreenBy.Add(time.Second))
		for _, n := range of {
			if err := w.Do(t.Context(), coc.Job{Kind: coc.JobScreen, Case: c.ID, N: n}, false); err != nil {
				t.Fatal(err)
			}
		}
		c = w.caseOf(c.ID)
		return c.Home().Screened
	}
	if len(c.Placements) != 2 || !screens(c, 0) {
		t.Errorf("in %d homes nobody's silence counts", len(c.Placements))
	}
	w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Minute)
	c = w.says(w.caseOf(c.ID), "fay-foundation", "/coc ack")
	if len(c.Placements) != 3 || screens(c, 0, 1) {
		t.Errorf("in %d homes the time of the first committee counts", len(c.Placements))
	}
}

// A reminder that was owed to the old issue waits until there is a new one.
func TestReminderWaitsForTheNextIssue(t *testing.T) {
	t.Parallel()
	w := slow(t)
	c := w.report(account)
	w.convert(c)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	w.pass(day + time.Minute)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 2 || c.Home().Issue != 0 || !slices.ContainsFunc(c.Effects, func(e coc.Effect) bool { return len(e.To) > 0 && !e.Done }) {
		t.Fatalf("%d homes, owed is %+v", len(c.Placements), c.Effects)
	}
	delete(w.gh.failing, "open")
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); len(w.st.failed) != 0 || len(w.reminders(c, 1)) != 1 {
		t.Errorf("given up: %q; reminders: %q", w.st.failed, w.reminders(c, 1))
	}
	w.invariants()
	w.wound()
}

// What is owed to an issue that never comes to be is not tried for ever.
func TestWordsForAnIssueThatIsNeverOpenedEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt)
	w.convert(c)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	c = w.says(c, "ada-river", "/coc close")
	if len(c.Placements) != 2 || w.st.waiting(coc.JobEffect) != 1 {
		t.Fatalf("%d homes, %d answers wait", len(c.Placements), w.st.waiting(coc.JobEffect))
	}
	more := says("It was them.")
	more.Involved = []coc.Party{{Login: "cy-river", Role: coc.RoleAccused}}
	w.file("token", more)
	delete(w.gh.failing, "open")
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key == riverRoom.Key() || c.Placements[1].Issue != 0 || w.st.waiting(coc.JobEffect) != 0 {
		t.Errorf("it is with %s, and %d answers wait for #%d", c.Home().Committee.Key, w.st.waiting(coc.JobEffect), c.Placements[1].Issue)
	}
	w.invariants()
}

// The room of all that was written so far keeps the case, and everybody in it.
func TestNextIssueThatCannotBeOpenedWaitsInItsRoom(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*world) coc.Case{
		"of a committee": func(w *world) coc.Case { return w.report(account) },
		"of its own": func(w *world) coc.Case {
			w.administers()
			return w.accuse("ada-river")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.says(begin(w), "ben-river", "/coc ack")
			p := w.at(c.Home().Room.Repo)
			before := reads(p)
			w.convert(c)
			w.gh.failing["open"] = coc.ErrDenied
			w.says(c, "ben-river", "/coc close")
			w.pass(3 * time.Hour)
			c = w.caseOf(c.ID)
			if len(c.Placements) != 2 || c.Home().Committee.Key != riverRoom.Key() || c.Home().Frozen == "" || p.Archived {
				t.Fatalf("%d homes, the last is %+v", len(c.Placements), c.Home())
			}
			if now := reads(p); !slices.Equal(now, before) {
				t.Errorf("it was read by %v, and now by %v", before, now)
			}
			if n := len(w.alarms); w.gh.calls["open"] > 6 || n != 2 {
				t.Errorf("tried %d times, operators heard %q", w.gh.calls["open"], w.alarms)
			}
			delete(w.gh.failing, "open")
			w.pass(3 * time.Hour)
			if c = w.caseOf(c.ID); c.Home().Issue == 0 || c.Home().Frozen != "" || len(w.answers(c, 1)) != 1 {
				t.Errorf("it is in #%d, which is frozen for %q", c.Home().Issue, c.Home().Frozen)
			}
			w.invariants()
			w.watched()
		})
	}
}

// Nobody waits for ever for a room that takes no issue: operators hear of it every day,
// and after three the case goes up, where there is somebody.
func TestNextIssueThatIsNeverOpenedIsNotWaitedForInVain(t *testing.T) {
	t.Parallel()
	for name, above := range map[string]bool{"the foundation can take it": true, "nobody above can": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.says(w.report(account), "ben-river", "/coc ack\n/coc clear")
			c = w.says(w.says(c, "ada-river", "/coc clear"), "cy-river", "/coc clear")
			w.convert(c)
			w.at(riverRoom).refuses = coc.ErrDenied
			if !above {
				w.at(baseRoom).problem, w.at(topRoom).problem = coc.ErrDenied, coc.ErrDenied
			}
			w.says(c, "ben-river", "/coc close")
			w.alarms = nil
			w.pass(71 * time.Hour)
			if c = w.caseOf(c.ID); len(c.Placements) != 2 || len(w.alarms) != 4 { // the discussion, the room, and twice the room again
				t.Fatalf("%d homes before three days, operators heard %q", len(c.Placements), w.alarms)
			}
			w.pass(4 * time.Hour)
			c = w.caseOf(c.ID)
			if moved := c.Home().Committee.Key == "foundation" && c.Home().Issue != 0; moved != above || c.Home().Sealed() {
				t.Fatalf("after three days its home is %+v", c.Home())
			}
			w.alarms = nil
			w.pass(7 * 24 * time.Hour)
			if n := len(w.alarms); !above && n != 7 {
				t.Errorf("in another week operators heard %d times: %q", n, w.alarms)
			}
			if c = w.caseOf(c.ID); !above && len(c.Placements) != 2 {
				t.Errorf("it has %d homes by then", len(c.Placements))
			}
			w.always()
		})
	}
}

// A room of its own is looked after once its case is closed, whichever of its issues
// that was closed in. Whoever reads an open case there keeps their access.
func TestNobodyIsPutOutOfTheNextIssueOfAnOpenCase(t *testing.T) {
	t.Parallel()
	for name, reopened := range map[string]bool{"closed": false, "reopened at that moment": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.administers("olga-owner")
			const file = "version: 1\ncustodians: [olga-owner]\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: ["
			w.at(riverRoom).files[".github/coc-committee.yaml"] = file + "ada-river, ben-river, cy-river]\n"
			c := w.says(w.accuse("ada-river"), "ben-river", "/coc ack")
			p := w.separate(c)
			w.convert(c)
			w.says(c, "ben-river", "/coc claim")
			c = w.decides(w.caseOf(c.ID), "ben-river", "/coc resolve warning They apologised.")
			c = w.says(c, "ben-river", "/coc close")
			w.pass(2 * time.Hour)
			if c = w.caseOf(c.ID); len(c.Placements) != 2 || c.Stage != coc.StageClosed || w.st.waiting(coc.JobSurvey) != 0 {
				t.Fatalf("%s in %d homes, %d looks go on", c.Stage, len(c.Placements), w.st.waiting(coc.JobSurvey))
			}
			w.at(riverRoom).files[".github/coc-committee.yaml"] = file + "ada-river, ben-river]\n"
			w.take(rosterOf("river"))
			w.rest()
			w.pass(time.Minute)
			if reopened {
				w.st.afterOpenCases = func() {
					c := w.caseOf(c.ID)
					c.Stage, c.Revision = coc.StageReopened, c.Revision+1
					if err := w.st.Commit(t.Context(), coc.Change{Cases: []coc.Case{c}}); err != nil {
						t.Error(err)
					}
				}
			}
			w.pass(10 * time.Minute)
			if got := reads(p); slices.Contains(got, "cy-river") != reopened || !slices.Contains(got, "ben-river") {
				t.Errorf("it is read by %v", got)
			}
		})
	}
}

// An answer of two comments, of which one was written when the issue was converted, is
// read as a whole in the next one.
func TestLongAnswerIsWholeInTheNextIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	first := w.issueOf(w.of(receipt), 0)
	w.gh.after = func(call string) error {
		if call == "reply" {
			first.Open, first.Locked, first.Converted = false, true, true
		}
		return nil
	}
	long := "The first line of it.\n" + strings.Repeat("And another line, of very many.\n", 2020) + "The last line of it."
	w.replies(receipt, "one", long)
	w.pass(time.Minute)
	c := w.of(receipt)
	if len(first.comments) != 1 || len(c.Placements) != 2 || c.Home().Issue == 0 {
		t.Fatalf("%d comments, %d homes", len(first.comments), len(c.Placements))
	}
	next := w.issueOf(c, 1)
	all := next.Body + strings.Join(next.comments, "\n")
	for _, part := range []string{"The first line of it.", "The last line of it."} {
		if !strings.Contains(all, part) {
			t.Errorf("the next issue lacks %q", part)
		}
	}
	if n := strings.Count(all, "And another line, of very many."); n < 2020 {
		t.Errorf("%d of 2,020 lines are there", n)
	}
	w.invariants()
}

// A case that is closed waits for nobody.
func TestClosedCaseIsNotGivenAwayBecauseItsNextIssueCannotBeOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ben-river", "/coc ack\n/coc clear")
	c = w.says(w.says(c, "ada-river", "/coc clear"), "cy-river", "/coc clear")
	c = w.says(w.decides(c, "ben-river", "/coc resolve no-action Nothing happened."), "ben-river", "/coc close")
	w.convert(c)
	w.at(riverRoom).refuses = coc.ErrDenied
	w.replies(receipt, "one", "Thank you.")
	w.pass(80 * time.Hour)
	if c = w.caseOf(c.ID); c.Stage != coc.StageClosed || c.Home().Committee.Key != riverRoom.Key() {
		t.Errorf("closed, it is given to %s as %s", c.Home().Committee.Key, c.Stage)
	}
}

// Where there is no issue, nobody can object, so silence there is no consent: in the
// next issue everybody has the whole window once more.
func TestSilenceIsNoConsentWhileThereIsNoIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nescalate_to: foundation\ndecide_by: consensus\nconsent_window: 24h\nmembers: [ada-river, ben-river, cy-river]\n"
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc clear\n/coc propose warning They apologise.")
	c = w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
	c = w.says(c, "ben-river", "/coc agree")
	w.convert(c)
	w.gh.failing["open"] = coc.Later{After: w.clock.Now().Add(26 * time.Hour), Cause: "limits", Ours: true}
	w.replies(receipt, "one", "Thank you.")
	w.pass(25 * time.Hour)
	state := func() coc.ProposalState { t.Helper(); p, _ := w.caseOf(c.ID).Standing(); return p.State }
	if c = w.caseOf(c.ID); len(c.Placements) != 2 || c.Home().Issue != 0 || state() != coc.ProposalOpen {
		t.Fatalf("%d homes, the last %+v; it is %s", len(c.Placements), c.Home(), state())
	}
	delete(w.gh.failing, "open")
	w.pass(5 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Issue == 0 || state() != coc.ProposalOpen {
		t.Fatalf("its issue is %d, and it is %s", c.Home().Issue, state())
	}
	if w.pass(25 * time.Hour); state() != coc.ProposalCarried {
		t.Errorf("after a whole window of silence it is %s", state())
	}
	w.invariants()
}
