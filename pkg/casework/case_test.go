package casework_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

const account = "It was about the " + canary + "."

func TestReportBecomesAnIssueAndItsLabelsFollowTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	if c.Home().Committee.Name != "River Committee" || c.Home().Issue != 1 {
		t.Fatalf("home is %s#%d", c.Home().Committee.Name, c.Home().Issue)
	}
	for _, step := range []struct {
		words string
		stage coc.Stage
	}{
		{"/coc ack", coc.StageAcknowledged}, {"/coc screen", coc.StageScreening}, {"/coc close", coc.StageScreening},
		{"/coc resolve warning They apologised.", coc.StageResolved}, {"/coc close", coc.StageClosed},
		{"/coc reopen New facts.", coc.StageReopened},
	} {
		if c = w.decides(c, "ada-river", step.words); c.Stage != step.stage {
			t.Errorf("after %q the case is %s, want %s", step.words, c.Stage, step.stage)
		}
		w.invariants()
	}
	if n := len(w.issueOf(c, 0).comments); n != 2 {
		t.Errorf("%d replies, want one for the one refusal and one for the vote that carried the proposal", n)
	}
}

func TestWhoeverIsNoResponderMovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	before := c.Stage
	for _, who := range []coc.Login{"omar-outsider", "fay-foundation", "helper[bot]", ""} {
		for _, act := range []func() coc.Event{
			func() coc.Event { return w.comment(c, who, "/coc ack") },
			func() coc.Event { return w.byHand(c, coc.EventLabeled, who, "status/acknowledged") },
			func() coc.Event { return w.byHand(c, coc.EventClosed, who, "") },
			func() coc.Event { return w.byHand(c, coc.EventUnlabeled, who, "status/received") },
		} {
			ev := act()
			w.tell(ev)
			if c = w.caseOf(c.ID); c.Stage != before {
				t.Fatalf("%s by %q moved the case to %s", ev.Kind, who, c.Stage)
			}
			w.invariants()
		}
	}
}

// byHand does something on GitHub and gives the event that tells of it.
func (w *world) byHand(c coc.Case, kind coc.EventKind, who coc.Login, label string) coc.Event {
	n := len(c.Placements) - 1
	ev, i := w.inRoom(c, n, kind, who), w.issueOf(c, n)
	ev.Label = label
	w.gh.mu.Lock()
	defer w.gh.mu.Unlock()
	switch kind {
	case coc.EventLabeled:
		i.Labels = append(i.Labels, label)
	case coc.EventUnlabeled:
		i.Labels = slices.DeleteFunc(i.Labels, func(l string) bool { return l == label })
	case coc.EventClosed, coc.EventReopened:
		i.Open = kind == coc.EventReopened
	case coc.EventDeleted:
		i.gone = true
	}
	return ev
}

func TestStatusMovedByHandDoesTheSameOrIsPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for _, step := range []struct {
		kind  coc.EventKind
		label string
		stage coc.Stage
		open  bool
	}{
		{coc.EventLabeled, "status/resolved", coc.StageReceived, true},
		{coc.EventClosed, "", coc.StageReceived, true}, // may not be closed yet
		{coc.EventLabeled, "Status/Acknowledged", coc.StageAcknowledged, true},
		{coc.EventUnlabeled, "status/acknowledged", coc.StageAcknowledged, true},
		{coc.EventLabeled, "status/deciding", coc.StageAcknowledged, true}, // with which outcome?
		{coc.EventLabeled, "status/resolved", coc.StageAcknowledged, true},
		{"", "", coc.StageDeciding, true},
		{coc.EventLabeled, "status/resolved", coc.StageResolved, true},
		{coc.EventClosed, "", coc.StageClosed, false},
		{coc.EventReopened, "", coc.StageReopened, true},
		{coc.EventLabeled, "flag/overdue", coc.StageReopened, true},
		{coc.EventLabeled, "status/invented", coc.StageReopened, true},
		{coc.EventLabeled, "somebody's own", coc.StageReopened, true},
	} {
		if step.kind == "" { // what a hand cannot say
			c = w.says(c, "ada-river", "/coc propose warning They apologise.")
			c = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
		} else {
			w.tell(w.byHand(c, step.kind, "ben-river", step.label))
			c = w.caseOf(c.ID)
		}
		if c.Stage != step.stage || w.issueOf(c, 0).Open != step.open {
			t.Errorf("%s %s: %s, open %v", step.kind, step.label, c.Stage, w.issueOf(c, 0).Open)
		}
		w.invariants()
	}
	labels := w.issueOf(c, 0).Labels
	if !slices.Contains(labels, "somebody's own") || slices.Contains(labels, "status/invented") {
		t.Errorf("labels are %q", labels)
	}
}

func TestNothingAfterAnEscalationIsObeyedInTheSameComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.issueOf(c, 0).Body += "\n\nWhat a member wrote below."
	c = w.says(c, "ada-river", "/coc escalate We know everybody.\n/coc ack\n/coc claim\n/coc status")
	if c.Home().Committee.Key != "foundation" || c.Stage != coc.StageReceived || c.Holder != "" {
		t.Errorf("home %s, stage %s, holder %q", c.Home().Committee.Key, c.Stage, c.Holder)
	}
	for _, said := range w.issueOf(c, 0).comments {
		if strings.Contains(said, "Foundation") {
			t.Errorf("the room that the case left was told where it went:\n%s", said)
		}
	}
	if left := w.issueOf(c, 0); left.Open || strings.Contains(left.Body, canary) || !strings.Contains(left.Body, "moved") ||
		!strings.Contains(left.Body, "What a member wrote below.") {
		t.Errorf("the issue that was left is open %v and says:\n%s", left.Open, left.Body)
	}
	w.invariants()
	// And the old committee has no say any more.
	ev := w.inRoom(c, 0, coc.EventComment, "ada-river")
	ev.Comment, ev.CommentBody = 999, coc.NewProse("/coc ack")
	w.tell(ev)
	if c = w.caseOf(c.ID); c.Stage != coc.StageReceived {
		t.Errorf("the former committee moved the case to %s", c.Stage)
	}
}

// The next committee reads why it was passed on, and so would whoever the reason
// is about.
func TestWhoeverTheReasonOfAnEscalationNamesDoesNotGetIt(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"@fay-foundation is involved.":                       "summit",
		"FAY-foundation is involved.":                        "summit",
		"See https://github.com/fay-foundation":              "summit",
		"foundation fay-foundation is involved.":             "summit", // by the committee's name
		"@fay-foundation is involved, and sam-summit.":       "river/conduct",
		"We are too few, now that @cy-river is involved.":    "foundation",
		"We know @omar-outsider, and fay-foundations do not": "foundation",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.says(w.report(account), "ada-river", "/coc escalate "+words)
			if got := c.Home().Committee.Key; got != want {
				t.Errorf("%s has it, want %s", got, want)
			}
			if want != "river/conduct" && w.issueOf(c, 0).Open {
				t.Error("the issue that was left is still open")
			}
			w.invariants()
		})
	}
}

func TestReasonOfAnEscalationIsRememberedWhenTheCaseMovesOn(t *testing.T) {
	t.Parallel()
	for name, further := range map[string]func(*world, coc.Case){
		"its room fails before the issue is there": func(w *world, c coc.Case) {
			looks := 0
			w.gh.before = func(op string) {
				if op == "readers" {
					if looks++; looks == 2 {
						w.at(baseRoom).readers["stan-stranger"] = true
					}
				}
			}
			w.says(c, "ada-river", "/coc escalate sam-summit is involved.")
		},
		"the reporter names somebody there": func(w *world, c coc.Case) {
			w.says(c, "ada-river", "/coc escalate sam-summit is involved.")
			w.file("token", says("And @fay-foundation: "+canary))
			w.pass(time.Second)
		},
		"it is escalated once more": func(w *world, c coc.Case) {
			c = w.says(c, "ada-river", "/coc escalate sam-summit is involved.")
			w.says(c, "fay-foundation", "/coc escalate We are too few.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			w.pass(time.Minute)
			further(w, c)
			if c = w.caseOf(c.ID); c.Home().Committee.Key == "summit" {
				t.Error("whoever is named in the reason has the case")
			}
			for _, x := range w.gh.writes {
				if x.repo == topRoom.Key() {
					t.Errorf("%s: something was written where they read", x.op)
				}
			}
			w.always()
		})
	}
}

func TestAdditionThatNamesAReaderMovesTheCaseAndTellsTheReporterNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc investigate")
	before, _ := w.Progress(t.Context(), receipt)

	w.file("token", says("And @ben-river was there: "+canary))
	w.pass(time.Second)
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Fatalf("home is %s", c.Home().Committee.Key)
	}
	if !slices.ContainsFunc(c.Trace, func(r coc.Reason) bool { return r.Rule == "room/conflicted-reads" }) {
		t.Errorf("the trace does not say why: %+v", c.Trace)
	}
	w.invariants()
	left := w.issueOf(c, 0)
	if left.Open || strings.Contains(left.Body, canary) || !strings.Contains(left.Body, "moved") {
		t.Errorf("the issue that was left is open %v and says:\n%s", left.Open, left.Body)
	}
	if len(left.comments) != 0 {
		t.Errorf("the addition went to the room that was left: %q", left.comments)
	}
	if !strings.Contains(w.issueOf(c, 1).Body, "And") {
		t.Error("the new home does not have the addition")
	}
	if after, _ := w.Progress(t.Context(), receipt); !reflect.DeepEqual(after, before) {
		t.Errorf("the receipt shows %+v, before it was %+v", after, before)
	}
	c = w.says(c, "fay-foundation", "/coc ack")
	if p, _ := w.Progress(t.Context(), receipt); p.Stage != coc.StageAcknowledged {
		t.Errorf("the receipt shows %s", p.Stage)
	}
}

// However long GitHub takes, the journal tells by the time why a case left.
func TestAdditionAndTheMoveThatFollowsHaveOneTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.gh.before = func(string) { w.clock.set(w.clock.Now().Add(time.Second)) }
	w.file("token", says("And @ben-river was there."))
	w.rest()
	w.gh.before = nil
	c := w.of(receipt)
	if len(c.Placements) != 2 {
		t.Fatalf("it has been in %d places", len(c.Placements))
	}
	i := slices.IndexFunc(c.Journal, func(e coc.Entry) bool { return e.Act == "added" })
	if !c.Journal[i].At.Equal(c.Placements[1].PlacedAt) {
		t.Errorf("added %s, moved %s", c.Journal[i].At, c.Placements[1].PlacedAt)
	}
}

func TestAdditionThatNamesNobodyHereIsACommentAtHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.file("token", says("One more "+canary+" about @omar-outsider."))
	w.pass(time.Second)
	c = w.caseOf(c.ID)
	if i := w.issueOf(c, 0); len(c.Placements) != 1 || len(i.comments) != 1 || !strings.Contains(i.Body, "omar-outsider") {
		t.Errorf("%d placements, %d comments, body names the new party: %v", len(c.Placements), len(i.comments), strings.Contains(i.Body, "omar-outsider"))
	}
	w.file("token", says("One more "+canary+" about @omar-outsider."))
	w.pass(time.Second)
	if n := len(w.issueOf(c, 0).comments); n != 1 {
		t.Errorf("the same words sent again made %d comments", n)
	}
	w.invariants()
}

func TestAdditionInAnOutageOrIntoAFrozenRoomDoesNotTakeTheCaseAway(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string]struct{ do, mend func(*world) }{
		"github is down": {
			func(w *world) { w.gh.down = coc.Later{Cause: "status 502"} }, func(w *world) { w.gh.down = nil },
		},
		"a stranger reads": {
			func(w *world) { w.at(riverRoom).readers["stan-stranger"] = true },
			func(w *world) { delete(w.at(riverRoom).readers, "stan-stranger") },
		},
		"the committee's file is broken": {
			func(w *world) { w.at(riverRoom).files[".github/coc-committee.yaml"] = "members: 7" },
			func(w *world) { clear(w.at(riverRoom).files) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			hurt.do(w)
			w.file("token", says("More of the "+canary))
			w.pass(5 * time.Hour)
			hurt.mend(w)
			w.pass(3 * time.Hour)
			c = w.caseOf(c.ID)
			if len(c.Placements) != 1 {
				t.Fatalf("the case went to %s", c.Home().Committee.Name)
			}
			if n := len(w.issueOf(c, 0).comments); n != 1 {
				t.Errorf("%d comments, want the addition", n)
			}
			if c.Home().Frozen != "" {
				t.Errorf("the room is still frozen: %s", c.Home().Frozen)
			}
			if len(w.alarms) > 1 {
				t.Errorf("operators heard %d times: %q", len(w.alarms), w.alarms)
			}
			w.invariants()
		})
	}
}

func TestResponderNamedLaterWhoCannotReadIsNoResponderAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	delete(w.at(riverRoom).readers, "cy-river")
	c := w.says(w.report(account), "ada-river", "/coc claim @cy-river")
	w.file("token", says("@cy-river did it, "+canary))
	w.pass(time.Second)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 1 || coc.HasLogin(c.Home().Responders, "cy-river") || c.Holder != "" {
		t.Errorf("%d placements, responders %q, holder %q", len(c.Placements), c.Home().Responders, c.Holder)
	}
	if c = w.says(c, "cy-river", "/coc ack"); c.Stage != coc.StageReceived {
		t.Error("somebody whom the report accuses moved its case")
	}
	w.invariants()
}

func TestFrozenRoomTakesCommandsAndThaws(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.at(riverRoom).readers["stan-stranger"] = true
	w.pass(11 * time.Second)
	c = w.says(c, "ada-river", "/coc ack\n/coc status")
	if c.Stage != coc.StageAcknowledged || c.Home().Frozen == "" {
		t.Fatalf("stage %s, frozen %q", c.Stage, c.Home().Frozen)
	}
	w.pass(26 * time.Hour)
	if len(w.alarms) != 1 || len(w.issueOf(c, 0).comments) != 0 {
		t.Errorf("%d comments, alarms %q", len(w.issueOf(c, 0).comments), w.alarms)
	}
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || len(w.issueOf(c, 0).comments) != 1 {
		t.Errorf("frozen %q, %d comments", c.Home().Frozen, len(w.issueOf(c, 0).comments))
	}
	w.invariants()
	if n := w.st.waiting(coc.JobShow) + w.st.waiting(coc.JobEffect); n != 0 {
		t.Errorf("%d jobs go on", n)
	}
}

func TestLookThatComesAMomentEarlyIsNotTheLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.at(riverRoom).readers["stan-stranger"] = true
	w.pass(11 * time.Second)
	c = w.says(c, "ada-river", "/coc ack")
	at, _ := w.st.nextTime()
	w.clock.set(at)
	job, _ := w.st.next()
	w.clock.set(at.Add(-time.Millisecond)) // the queue's milliseconds
	w.work(job)
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "" {
		t.Errorf("still frozen: %s", c.Home().Frozen)
	}
	w.invariants()
}

func TestSealedCaseFindsItsWayToWhomItWasMeantFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).readers["stan-stranger"] = true
	}
	// The nearest room fails between the decision and the words.
	looks := 0
	w.gh.before = func(op string) {
		if op == "readers" {
			if looks++; looks == 2 {
				w.at(riverRoom).readers["stan-stranger"] = true
			}
		}
	}
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	if c := w.of(receipt); !c.Home().Sealed() {
		t.Fatalf("home is %s", c.Home().Committee.Name)
	}
	if p, _ := w.Progress(t.Context(), receipt); p.State != casework.Sealed || p.Contact == "" {
		t.Errorf("the receipt shows %+v", p)
	}
	first := len(w.alarms)
	w.pass(12 * time.Hour)
	if len(w.alarms) != first {
		t.Errorf("operators hear the same again within a day: %q", w.alarms[first:])
	}
	w.pass(36 * time.Hour)
	if len(w.alarms) == first {
		t.Error("operators are not reminded of a case that nobody has")
	}
	if n := w.st.waiting(coc.JobOpen); n != 1 {
		t.Errorf("%d jobs try it again", n)
	}
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	if c := w.of(receipt); c.Home().Committee.Name != "River Committee" || c.Home().Issue == 0 {
		t.Errorf("home is %q, sealed %v", c.Home().Committee.Name, c.Home().Sealed())
	}
	w.invariants()
}

// The issue is there, its answer is lost, and before anybody knows of it the
// room fails: the committee has not had the case, and gets it when it can.
func TestSealedCaseGoesBackToWhereItsIssueWasUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).readers["stan-stranger"] = true
	}
	w.gh.after = func(op string) error {
		if op != "open" || len(w.at(riverRoom).issues) > 1 {
			return nil
		}
		w.at(riverRoom).readers["stan-stranger"] = true
		return errors.New("the line broke")
	}
	receipt := w.file("token", says(account))
	w.pass(time.Minute)
	if c := w.of(receipt); !c.Home().Sealed() || c.Placements[0].Issue == 0 {
		t.Fatalf("home is %q, and the first issue %d", c.Home().Committee.Name, c.Placements[0].Issue)
	}
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(3 * time.Hour)
	if c := w.of(receipt); c.Home().Committee.Name != "River Committee" || c.Home().Issue == 0 {
		t.Errorf("home is %q, sealed %v", c.Home().Committee.Name, c.Home().Sealed())
	}
	w.invariants()
}

// GitHub also hides what is there: for as long as our patience lasts.
func TestAdditionWhileTheRoomIsHiddenForAWhileStaysAtHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.at(riverRoom).problem = coc.ErrInaccessible
	w.file("token", says("More of the "+canary))
	w.pass(8 * time.Minute)
	w.at(riverRoom).problem = nil
	w.pass(2 * time.Minute)
	c := w.of(receipt)
	if n := len(w.issueOf(c, 0).comments); len(c.Placements) != 1 || n != 1 {
		t.Errorf("it has been in %d places, and the first has %d comments", len(c.Placements), n)
	}
	w.invariants()
}

// What the reporter adds while nobody's room can be seen takes the case away from
// its committee, which gets it back when it can.
func TestSealedCaseGoesBackToTheCommitteeThatLostItsRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).readers["stan-stranger"] = true
	}
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.at(riverRoom).problem = coc.ErrInaccessible
	w.file("token", says("More of the "+canary))
	w.pass(11 * time.Minute)
	if c := w.of(receipt); !c.Home().Sealed() || c.Placements[0].Issue == 0 {
		t.Fatalf("home is %q", c.Home().Committee.Name)
	}
	w.at(riverRoom).problem = nil
	w.pass(3 * time.Hour)
	c := w.of(receipt)
	if c.Home().Committee.Name != "River Committee" || c.Home().Issue == 0 {
		t.Fatalf("home is %q, sealed %v", c.Home().Committee.Name, c.Home().Sealed())
	}
	if body := w.issueOf(c, len(c.Placements)-1).Body; !strings.Contains(body, "More of the "+canary) {
		t.Errorf("the issue does not say what was added:\n%s", body)
	}
	w.invariants()
}

func TestFormerRoomUnderTheSameNameIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	other := w.repo(coc.Repo{Owner: "river", Name: "elsewhere"}, "private", "ada-river", "ben-river", "cy-river")
	other.Repo, other.issues = riverRoom, []*issue{{Issue: casework.Issue{Number: 1, Title: "Not ours", Body: "theirs", Open: true}}}
	// The room is deleted and another made under its name, right when the
	// case leaves it.
	w.pass(11 * time.Second)
	ev := w.comment(c, "ada-river", "/coc escalate We know everybody.")
	w.gh.repos[riverRoom.Key()] = other
	w.tell(ev)
	if i := other.issues[0]; i.Title != "Not ours" || i.Body != "theirs" || !i.Open || len(i.Labels) != 0 {
		t.Errorf("somebody else's issue became %+v", i.Issue)
	}
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("home is %s", c.Home().Committee.Key)
	}
}

func TestFormerRoomThatIsArchivedFreezes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.gh.before = func(op string) {
		if op == "labels" {
			w.at(riverRoom).Archived = true
		}
	}
	c = w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(6 * time.Hour)
	if len(w.st.failed) != 0 {
		t.Errorf("given up: %q", w.st.failed)
	}
	w.gh.before = nil
	w.at(riverRoom).Archived = false
	w.pass(2 * time.Hour)
	if w.issueOf(c, 0).Open {
		t.Error("the issue that was left is not closed")
	}
	w.invariants()
}

// Whether GitHub told us of the deletion or not.
func TestAdditionAfterTheIssueWasDeletedOpensTheCaseAgain(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]bool{"heard of": true, "not heard of": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			receipt := w.file("token", says(account))
			w.pass(time.Second)
			c := w.of(receipt)
			w.issueOf(c, 0).gone = true
			if heard {
				w.take(w.byHand(c, coc.EventDeleted, "ada-river", ""))
			}
			w.file("token", says("One thing more: "+canary))
			w.pass(time.Second)
			w.file("token", says("And another."))
			w.pass(time.Second)
			c = w.of(receipt)
			if c.Home().Committee.Name != "River Committee" || c.Home().Issue == 0 || len(c.Placements) != 2 {
				t.Fatalf("home is %+v", c.Home())
			}
			all := w.issueOf(c, 1).Body + strings.Join(w.issueOf(c, 1).comments, "\n")
			if !strings.Contains(all, "One thing more") || !strings.Contains(all, "And another") {
				t.Errorf("the new issue does not say all:\n%s", all)
			}
			if len(w.alarms) == 0 {
				t.Error("no operator heard of it")
			}
		})
	}
}

func TestIssueThatGitHubMissesForAWhileIsShownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.issueOf(c, 0).gone = true
	w.take(w.comment(c, "ada-river", "/coc ack"))
	w.take(w.comment(c, "ada-river", "/coc status"))
	w.pass(10 * time.Minute)
	if c = w.caseOf(c.ID); c.Home().Frozen == "" || len(w.alarms) != 1 {
		t.Errorf("frozen: %q, alarms: %q", c.Home().Frozen, w.alarms)
	}
	w.issueOf(c, 0).gone = false
	w.pass(2 * time.Hour)
	if n := len(w.issueOf(c, 0).comments); n != 1 {
		t.Errorf("%d replies", n)
	}
	w.invariants()
}

func TestHundredLabelEventsAreDrawnAFewTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	before := w.gh.shows
	for range 100 {
		w.take(w.byHand(c, coc.EventLabeled, "omar-outsider", "severity/high"))
		w.take(w.byHand(c, coc.EventUnlabeled, "omar-outsider", "severity/high"))
	}
	w.byHand(c, coc.EventLabeled, "omar-outsider", "severity/high")
	w.pass(time.Minute)
	if n := w.gh.shows - before; n > 3 {
		t.Errorf("drawn %d times", n)
	}
	w.invariants()
}

func TestTwoMembersAtOnceAreBothJournaled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.take(w.comment(c, "ada-river", "/coc claim"))
	w.take(w.comment(c, "ben-river", "/coc ack"))
	for i := range 6 { // another lane
		w.file("token", says(fmt.Sprintf("Addition %d with a %s.", i, canary)))
	}
	for range 400 {
		var all sync.WaitGroup
		for {
			job, ok := w.st.next()
			if !ok {
				break
			}
			all.Go(func() { w.work(job) })
		}
		all.Wait()
		at, ok := w.st.nextTime()
		if !ok {
			break
		}
		w.clock.set(at)
	}
	c = w.caseOf(c.ID)
	acts := map[string]int{}
	for _, e := range c.Journal {
		acts[e.Act]++
	}
	if acts["claim"] != 1 || acts["ack"] != 1 || acts["added"] != 6 {
		t.Errorf("the journal has %v", acts)
	}
	if n := len(w.issueOf(c, 0).comments); n != 6 {
		t.Errorf("%d comments, want 6", n)
	}
	w.invariants()
}

func TestCreationThatLostItsAnswerHappensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := map[string]bool{}
	w.gh.after = func(op string) error {
		if lost[op] {
			return nil
		}
		lost[op] = true
		return errors.New("the line broke")
	}
	c := w.report(account)
	w.pass(time.Hour)
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc status")
	w.pass(time.Hour)
	if n := len(w.at(riverRoom).issues); n != 1 {
		t.Errorf("%d issues", n)
	}
	if n := len(w.issueOf(c, 0).comments); n != 1 {
		t.Errorf("%d replies", n)
	}
	w.invariants()
}

func TestUnreadableGitHubIsWaitedForAndThenTheReportGoesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.failing["file"] = coc.Later{After: start.Add(40 * time.Minute), Cause: "status 429"}
	receipt := w.file("token", says(account))
	w.pass(9 * time.Minute)
	if p, _ := w.Progress(t.Context(), receipt); p.State != casework.TakenIn {
		t.Errorf("within our patience the receipt shows %s", p.State)
	}
	w.pass(90 * time.Second) // and not after the forty minutes that GitHub asked for
	hash, _ := w.keys.ReceiptHash(receipt)
	if _, err := w.st.CaseByReceipt(t.Context(), hash); err != nil {
		t.Fatalf("our patience is over and the report is nowhere: %v", err)
	}
	c := w.of(receipt)
	if !slices.ContainsFunc(c.Trace, func(r coc.Reason) bool { return strings.HasSuffix(r.Rule, "unreadable") }) {
		t.Errorf("the trace does not say why: %+v", c.Trace)
	}
	delete(w.gh.failing, "file")
	w.pass(2 * time.Hour)
	if c = w.of(receipt); c.Home().Issue == 0 {
		t.Errorf("GitHub is back and the case has no issue, sealed %v", c.Home().Sealed())
	}
	w.invariants()
}

func TestOurOwnPaceSendsNoReportUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.failing["file"] = coc.Later{After: start.Add(40 * time.Minute), Cause: "held back", Ours: true}
	receipt := w.file("token", says(account))
	w.pass(39 * time.Minute)
	if p, _ := w.Progress(t.Context(), receipt); p.State != casework.TakenIn {
		t.Errorf("while it waits for its turn the receipt shows %s", p.State)
	}
	delete(w.gh.failing, "file")
	w.pass(2 * time.Minute)
	if c := w.of(receipt); c.Home().Room.Repo != riverRoom || slices.ContainsFunc(c.Trace, func(r coc.Reason) bool { return strings.HasSuffix(r.Rule, "unreadable") }) {
		t.Errorf("it is in %v: %+v", c.Home().Room.Repo, c.Trace)
	}
	w.invariants()
}

func TestCommandBeforeTheIssueNumberIsRecordedIsHeard(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]time.Duration{"a moment": 30 * time.Second, "an outage of hours": 5 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var early *coc.Event
			w.gh.after = func(op string) error {
				if op == "open" && early == nil {
					p := w.at(riverRoom)
					early = &coc.Event{
						Kind: coc.EventComment, Repo: p.RepoFacts, Issue: 1, Actor: "ada-river", Comment: 1,
						IssueBody: coc.NewProse(p.issues[0].Body), CommentBody: coc.NewProse("/coc ack"),
					}
					return coc.Later{After: w.clock.Now().Add(outage), Cause: "status 502"}
				}
				return nil
			}
			receipt := w.file("token", says(account))
			w.rest()
			w.take(*early)
			w.pass(outage + 20*time.Minute)
			if c := w.of(receipt); c.Stage != coc.StageAcknowledged {
				t.Errorf("stage is %s", c.Stage)
			}
			w.invariants()
		})
	}
}

// losesTheFirstAnswer makes an issue whose number is known a minute later.
func (w *world) losesTheFirstAnswer() {
	lost := false
	w.gh.after = func(op string) error {
		if op == "open" && !lost {
			lost = true
			return coc.Later{After: w.clock.Now().Add(time.Minute), Cause: "no answer"}
		}
		return nil
	}
}

// What was added while nobody knew that the issue was there is not in it: it
// shows the report as it was when it was made.
func TestIssueThatIsFoundGetsWhatWasAddedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.losesTheFirstAnswer()
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.file("token", says("One more "+canary+" about @omar-outsider."))
	w.pass(time.Hour)
	c := w.of(receipt)
	if i := w.issueOf(c, 0); len(w.at(riverRoom).issues) != 1 || !strings.Contains(i.Body, "One more") || !strings.Contains(i.Body, "omar-outsider") {
		t.Errorf("%d issues, and the first does not have the addition:\n%s", len(w.at(riverRoom).issues), i.Body)
	}
	w.invariants()
}

func TestIssueThatIsFoundAfterTheCaseLeftIsMarkedAsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.losesTheFirstAnswer()
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.file("token", accused("ben-river"))
	w.pass(time.Hour)
	c := w.of(receipt)
	if len(c.Placements) != 2 || c.Placements[0].Issue == 0 {
		t.Fatalf("%d placements, the first in issue %d", len(c.Placements), c.Placements[0].Issue)
	}
	if i := w.issueOf(c, 0); i.Open || !slices.Contains(i.Labels, "status/transferred") {
		t.Errorf("what it left is open: %t, labelled %v", i.Open, i.Labels)
	}
	w.invariants()
}

func TestIssueInARoomThatIsHiddenForAWhileIsMarkedAsLeftLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.after = func(op string) error {
		if op == "open" && w.at(riverRoom).problem == nil {
			w.at(riverRoom).problem = coc.ErrInaccessible
			return coc.Later{Cause: "no answer"}
		}
		return nil
	}
	receipt := w.file("token", says(account))
	w.pass(time.Minute)
	if c := w.of(receipt); c.Home().Committee.Name != "Foundation Committee" || c.Home().Issue == 0 {
		t.Fatalf("home is %s", c.Home().Committee.Name)
	}
	w.gh.after = nil
	w.at(riverRoom).problem = nil
	w.pass(time.Hour)
	c := w.of(receipt)
	if i := w.issueOf(c, 0); i.Open || !slices.Contains(i.Labels, "status/transferred") {
		t.Errorf("what it left is open: %t, labelled %v", i.Open, i.Labels)
	}
	w.invariants()
}
