package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// lastAnswer is the newest comment of ours in a placement's issue.
func (w *world) lastAnswer(c coc.Case, n int) string {
	w.Helper()
	said := w.issueOf(c, n).comments
	if len(said) == 0 {
		return ""
	}
	return said[len(said)-1]
}

func acts(c coc.Case) string {
	var out []string
	for _, e := range c.Journal {
		out = append(out, strings.Join(strings.Fields(string(e.Actor)+" "+e.Act+" "+string(e.Whom)+" "+string(e.Kind)), " "))
	}
	return strings.Join(out, ", ")
}

func TestWhoRecusesThemselfReadsNothingMoreAndCommandsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ben-river", "/coc claim")
	c = w.says(c, "ben-river", "/coc recuse hard personal we share a flat, "+canary+"\n/coc ack")
	if c.Home().Committee.Key != "foundation" || c.Stage != coc.StageReceived || c.Holder != "" {
		t.Fatalf("it is with %q, %s, held by %q", c.Home().Committee.Name, c.Stage, c.Holder)
	}
	if got, want := acts(c), "opened, ben-river claim, ben-river recuse ben-river hard, moved on"; got != want {
		t.Errorf("journal: %s", got)
	}
	if e := c.Journal[2]; e.Text.IsBlank() || c.Declarations[0].Basis != coc.BasisPersonal {
		t.Errorf("%+v, %+v", e, c.Declarations)
	}
	old := w.issueOf(c, 0)
	if old.Open || strings.Contains(old.Body, canary) || strings.Contains(old.Body, "ben-river") {
		t.Errorf("the old issue, open %v, says\n%s", old.Open, old.Body)
	}
	now := w.issueOf(c, 1)
	if strings.Contains(now.Body, "ben-river") || strings.Contains(now.Body, "flat") {
		t.Errorf("the next committee is told who it was:\n%s", now.Body)
	}
	if len(w.alarms) != 0 {
		t.Errorf("operators heard %q", w.alarms)
	}
	w.invariants()
}

func TestWhoRecusesThemselfAndDoesNotReadLeavesTheCaseThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	delete(w.at(riverRoom).readers, "ben-river")
	w.pass(time.Minute)
	c = w.says(c, "ben-river", "/coc recuse hard")
	if len(c.Placements) != 1 || coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Errorf("%d placements, responders %q", len(c.Placements), c.Home().Responders)
	}
	c = w.says(c, "ben-river", "/coc ack")
	if c.Stage != coc.StageReceived || !strings.Contains(w.lastAnswer(c, 0), "Only the responders") {
		t.Errorf("%s: %s", c.Stage, w.lastAnswer(c, 0))
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "takes no part**: `ben-river`") {
		t.Errorf("the others are not told:\n%s", body)
	}
	w.invariants()
}

func TestSoftConflictReadsOnAndASecondOneIsHard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ben-river", "/coc recuse soft comment I wrote about it")
	if len(c.Placements) != 1 || !coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("%d placements, responders %q", len(c.Placements), c.Home().Responders)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "has no vote**: `ben-river`") || strings.Contains(body, "I wrote") {
		t.Errorf("the body:\n%s", body)
	}
	c = w.says(c, "ben-river", "/coc recuse soft comment once more")
	if !strings.Contains(w.lastAnswer(c, 0), "You have said so already.") {
		t.Errorf("answer: %s", w.lastAnswer(c, 0))
	}
	c = w.says(c, "ben-river", "/coc clear\n/coc recuse soft employer")
	if len(c.Placements) != 1 {
		t.Fatal("one conflict, taken back, and another one are not two")
	}
	c = w.says(c, "ben-river", "/coc recuse soft interest")
	if c.Home().Committee.Key != "foundation" {
		t.Errorf("two soft conflicts left it with %q", c.Home().Committee.Name)
	}
	w.invariants()
}

func TestAnothersWordNeedsMostOfTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc recuse @ben-river hard they are close")
	if len(c.Placements) != 1 || !coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("one word of two was enough: %+v", c.Declarations)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "`ben-river`, hard, says `ada-river`") || strings.Contains(body, "close") {
		t.Errorf("the body:\n%s", body)
	}
	for _, refused := range []struct {
		who         coc.Login
		words, says string
	}{
		{"ada-river", "/coc confirm-conflict @ben-river", "You have said so already."},
		{"ada-river", "/coc recuse @ben-river hard line", "You have said so already."},
		{"ben-river", "/coc confirm-conflict @ben-river", "Nobody confirms what is said of themself."},
		{"ada-river", "/coc confirm-conflict @cy-river", "Nothing that was said of that person waits"},
		{"ada-river", "/coc recuse @omar-outsider hard", "neither a responder nor a custodian"},
		{"omar-outsider", "/coc recuse @ben-river hard", "Only the responders"},
	} {
		if c = w.says(c, refused.who, refused.words); !strings.Contains(w.lastAnswer(c, 0), refused.says) {
			t.Errorf("%s: %s is answered with %s", refused.who, refused.words, w.lastAnswer(c, 0))
		}
	}
	c = w.says(c, "cy-river", "/coc confirm-conflict @BEN-river")
	if c.Home().Committee.Key != "foundation" || !c.Declarations[0].Settled {
		t.Errorf("confirmed, and it is with %q: %+v", c.Home().Committee.Name, c.Declarations)
	}
	if !strings.Contains(acts(c), "ada-river recuse ben-river hard, cy-river confirm-conflict BEN-river hard, moved on") {
		t.Errorf("journal: %s", acts(c))
	}
	w.invariants()
}

// The one who is named cannot clear the room of everybody else.
func TestAccusedWhoCallsEverybodyConflictedIsNotHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	delete(w.at(riverRoom).readers, "cy-river")
	receipt := w.file("token", says("@cy-river did it, "+canary))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "cy-river", "/coc recuse @ada-river hard\n/coc recuse @ben-river hard\n/coc clear")
	if len(c.Declarations) != 0 || len(c.Placements) != 1 || strings.Count(w.lastAnswer(c, 0), "Not done") != 1 {
		t.Errorf("%+v, %d placements, %s", c.Declarations, len(c.Placements), w.lastAnswer(c, 0))
	}
	w.invariants()
}

func TestHardConflictDoesNotReadOnWhereNobodyElseCanTakeTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(baseRoom).Visibility, w.at(topRoom).Visibility = "public", "public"
	c := w.says(w.report(account), "ben-river", "/coc recuse hard")
	if !c.Home().Sealed() || len(w.alarms) == 0 {
		t.Fatalf("home %+v, alarms %q", c.Home(), w.alarms)
	}
	w.invariants()
	w.at(baseRoom).Visibility = "private"
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("it is with %q", c.Home().Committee.Name)
	}
	w.invariants()
}

// A word that comes while GitHub is down holds at once; what follows from it,
// when GitHub is back.
func TestRecusalInAnOutageHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.gh.down = coc.Later{Cause: "status 502"}
	c = w.says(c, "ben-river", "/coc recuse hard")
	if len(c.Declarations) != 1 || coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("%+v, responders %q", c.Declarations, c.Home().Responders)
	}
	w.file("token", says("More of the "+canary))
	w.pass(3 * time.Hour)
	w.gh.down = nil
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("it is with %q", c.Home().Committee.Name)
	}
	w.invariants()
}

func TestTwoWordsAtTheSameMomentAreBothKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.take(w.comment(c, "ada-river", "/coc clear"))
	w.take(w.comment(c, "ben-river", "/coc recuse hard"))
	w.take(w.comment(c, "cy-river", "/coc clear"))
	for i := range 6 { // another lane
		w.file("token", says(fmt.Sprintf("Addition %d with a %s.", i, canary)))
	}
	for w.clock.Now().Before(start.Add(time.Hour)) {
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
	if len(c.Declarations) != 2 || len(c.Report.Added) != 6 || c.Placements[1].Committee.Key != "foundation" {
		t.Errorf("%+v, %d additions, %s", c.Declarations, len(c.Report.Added), acts(c))
	}
	w.invariants()
}

func TestClearAndThenAccusedInALaterMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ben-river", "/coc clear")
	w.file("token", says("It was @ben-river, "+canary))
	w.pass(time.Second)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("it is with %q", c.Home().Committee.Name)
	}
	w.invariants()
}

// What the reporter adds may give a second soft conflict to somebody who has
// declared one: their employer is that of somebody who is named.
func TestAdditionThatMakesASoftConflictHardMovesTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [{login: ada-river}, {login: ben-river, employer: Acme}, {login: cy-river, employer: acme}]\n"
	delete(w.at(riverRoom).readers, "cy-river")
	c := w.says(w.report(account), "ben-river", "/coc recuse soft comment")
	if len(c.Placements) != 1 {
		t.Fatal("one soft conflict moved it")
	}
	w.file("token", says("@cy-river was in it, "+canary))
	w.pass(time.Second)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("it is with %q, responders %q", c.Home().Committee.Name, c.Home().Responders)
	}
	w.invariants()
}

func TestNobodyDeclaresInAClosedCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.decides(w.report(account), "ada-river", "/coc ack\n/coc resolve\n/coc close")
	c = w.says(c, "ben-river", "/coc recuse hard")
	if len(c.Declarations) != 0 || !strings.Contains(w.lastAnswer(c, 0), "`/coc reopen`") {
		t.Errorf("%+v, %s", c.Declarations, w.lastAnswer(c, 0))
	}
	w.invariants()
}

// --- silence

func clearAll(w *world, c coc.Case, who ...coc.Login) coc.Case {
	for _, l := range who {
		c = w.says(c, l, "/coc clear")
	}
	return c
}

func TestSilenceCountsWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := clearAll(w, w.report(account), "ada-river", "ben-river")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "The time for that begins with `/coc ack`") || !c.Home().ScreenBy.IsZero() {
		t.Errorf("until %s, the body:\n%s", c.Home().ScreenBy, body)
	}
	c = w.says(c, "cy-river", "/coc ack")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "said nothing by Wednesday 5 March 2025, 09:00 UTC") {
		t.Errorf("the body:\n%s", body)
	}
	w.pass(49 * time.Hour)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 1 || !c.Home().Screened || !strings.Contains(acts(c), "screened") {
		t.Fatalf("%d placements, %s", len(c.Placements), acts(c))
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "has no vote and does not count until they do") {
		t.Errorf("the body:\n%s", body)
	}
	if c = w.says(c, "cy-river", "/coc screen"); c.Stage != coc.StageScreening {
		t.Error("a silent member may work the case all the same")
	}
	c = clearAll(w, c, "cy-river")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Clear**: `ada-river`, `ben-river`, `cy-river`") {
		t.Errorf("the body:\n%s", body)
	}
	w.invariants()
}

func TestCommitteeThatSaysNothingLosesTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := clearAll(w, w.says(w.report(account), "ben-river", "/coc ack"), "ada-river")
	w.pass(49 * time.Hour)
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key != "foundation" || c.Home().Screened || len(w.alarms) != 0 {
		t.Fatalf("it is with %q, screened %v, alarms %q", c.Home().Committee.Name, c.Home().Screened, w.alarms)
	}
	body := w.issueOf(c, 1).Body
	if !strings.Contains(body, "Too few of River Committee have said in time") || strings.Contains(body, "-river`") {
		t.Errorf("the body:\n%s", body)
	}
	// The clock begins anew, and at the end of the way the case stays.
	for range 2 {
		c = w.says(c, c.Home().Responders[0], "/coc ack")
		w.pass(5 * 24 * time.Hour)
		c = w.caseOf(c.ID)
	}
	if c.Home().Committee.Key != "summit" || !slices.Contains(c.Flags, coc.FlagNoQuorum) {
		t.Fatalf("it is with %q, %q", c.Home().Committee.Name, c.Flags)
	}
	if len(w.alarms) != 1 || !strings.Contains(w.alarms[0], "Summit Committee has too few members left") {
		t.Errorf("alarms %q", w.alarms)
	}
	if c = clearAll(w, c, "sam-summit", "sue-summit"); slices.Contains(c.Flags, coc.FlagNoQuorum) {
		t.Errorf("both have answered, and still %q", c.Flags)
	}
	w.invariants()
}

func TestSilenceInACaseThatIsSettledMovesNothing(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"/coc ack\n/coc resolve warning Talked.", "/coc ack\n/coc resolve\n/coc close"} {
		w := newWorld(t)
		c := w.decides(w.report(account), "ada-river", words)
		w.pass(200 * time.Hour)
		if c = w.caseOf(c.ID); len(c.Placements) != 1 || c.Home().Screened || w.st.waiting(coc.JobScreen) != 0 {
			t.Errorf("%q: %d placements, screened %v", words, len(c.Placements), c.Home().Screened)
		}
		// Taken up again, there is a new time for it.
		c = w.says(c, "ben-river", "/coc reopen It came back.")
		if at := c.Home().ScreenBy; !at.IsZero() {
			t.Errorf("%q: reopened, the time is %s", words, at)
		}
		c = w.says(c, "ben-river", "/coc ack")
		if at := c.Home().ScreenBy; !at.After(w.clock.Now().Add(40 * time.Hour)) {
			t.Errorf("%q: acknowledged again, the time is %s", words, at)
		}
		w.pass(100 * time.Hour)
		if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
			t.Errorf("%q: it is with %q", words, c.Home().Committee.Name)
		}
		w.invariants()
	}
}

func TestSilenceBeforeAnybodyAnswersIsTheClocksToMind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.pass(60 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) != 1 || c.Home().Screened || w.st.waiting(coc.JobScreen) != 0 {
		t.Errorf("%d placements, screened %v", len(c.Placements), c.Home().Screened)
	}
	w.invariants()
}

func TestCommitteeTooSmallByDeclarationsStaysWhereNobodyElseCan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(baseRoom).Visibility, w.at(topRoom).Visibility = "public", "public"
	c := w.report(account)
	for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		c = w.says(c, l, "/coc recuse soft")
	}
	if len(c.Placements) != 1 || !slices.Contains(c.Flags, coc.FlagNoQuorum) {
		t.Fatalf("%d placements, %q", len(c.Placements), c.Flags)
	}
	alarms := len(w.alarms)
	w.file("token", says("More of the "+canary))
	w.pass(100 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Placements) != 1 || len(w.alarms) != alarms {
		t.Errorf("%d placements, alarms %q", len(c.Placements), w.alarms)
	}
	w.invariants()
}

func TestCaseThatNobodyIsLeftInGoesOnAlthoughNobodyElseCouldTakeItBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(baseRoom).Visibility, w.at(topRoom).Visibility = "public", "public"
	c := w.report(account)
	for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		c = w.says(c, l, "/coc recuse soft")
	}
	if len(c.Placements) != 1 || !slices.Contains(c.Flags, coc.FlagNoQuorum) {
		t.Fatalf("%d placements, %q", len(c.Placements), c.Flags)
	}
	for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		delete(w.at(riverRoom).readers, l) // meanwhile
		c = w.says(c, l, "/coc recuse hard")
	}
	if !c.Home().Sealed() {
		t.Errorf("it is with %q, whose responders are %q", c.Home().Committee.Name, c.Home().Responders)
	}
	w.at(baseRoom).Visibility = "private"
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("it is with %q", c.Home().Committee.Name)
	}
	w.invariants()
}

// Who has left the committee keeps their vote in an open case, until the others take it
// away: nothing has to wait for somebody who cannot read the case any more.
func TestVoteOfSomebodyWhoHasLeftIsTakenAwayByTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ndecide_by: unanimous\nmembers: [ada-river, ben-river, cy-river]\n"
	c := w.report(account)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ndecide_by: unanimous\nmembers: [ada-river, ben-river]\n"
	delete(w.at(riverRoom).readers, "cy-river")
	w.says(c, "ada-river", "/coc ack\n/coc propose warning They apologise.")
	w.says(c, "ben-river", "/coc agree")
	c = w.says(c, "ada-river", "/coc recuse @cy-river soft They have left us.")
	if p, _ := c.Standing(); p.State != coc.ProposalOpen {
		t.Fatalf("it is %s", p.State)
	}
	c = w.says(c, "ben-river", "/coc confirm-conflict @cy-river")
	if p, _ := c.Standing(); p.State != coc.ProposalCarried {
		t.Errorf("it is %s; %q", p.State, w.issueOf(c, 0).comments)
	}
	w.invariants()
}
