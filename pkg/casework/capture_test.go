package casework_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	said   = coc.Talk{Kind: coc.TalkComment, Repo: source, Number: 7, ID: 12}
	saidAt = gitHubWeb + "/" + source.String() + "/issues/7#issuecomment-12"
)

func words(text string, by coc.Login) coc.Captured {
	return coc.Captured{Said: coc.Said{ID: 12, Author: by, Account: 5, Text: coc.NewProse(text)}, Title: coc.NewProse("A thread")}
}

// read is what a responder is shown of an item.
func (w *world) read(c coc.Case, number int, by coc.Login) (string, error) {
	w.Helper()
	e, err := w.Desk.Exhibit(w.Context(), w.person(by), c.ID, number)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(e.Content)
	return string(b), err
}

func (w *world) proven(c coc.Case) {
	w.Helper()
	if found, err := w.Desk.ProveEvidence(w.Context(), w.caseOf(c.ID)); err != nil || len(found) != 0 {
		w.Errorf("the evidence does not hold: %v, %v", found, err)
	}
}

func TestLinkInAReportIsCapturedAndOutlivesItsDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	c := w.report("He wrote " + saidAt + " and again: " + saidAt + ".")
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if len(c.Evidence) != 2 || c.Evidence[1].Of != 1 || c.Evidence[1].Content.IsZero() || c.Evidence[0].As != coc.RoleReporter {
		t.Fatalf("%+v", c.Evidence)
	}
	if w.marked(c, "flag/") != "flag/anonymous" {
		t.Errorf("it is marked %s although nothing can vanish", w.marked(c, "flag/"))
	}
	c = w.says(c, "ada-river", "/coc ack")
	w.pass(time.Minute)
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: `"+saidAt+"`; captured as 2 (") || strings.Contains(body, "heliotrope") {
		t.Errorf("the body tells otherwise:\n%s", body)
	}
	delete(w.gh.talks, said)
	text, err := w.read(c, 2, "ada-river")
	if err != nil || !strings.Contains(text, "kim-example (account 5)") || !strings.Contains(text, "  | You are heliotrope.\n") {
		t.Errorf("%q, %v", text, err)
	}
	c = w.says(c, "ada-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if len(c.Evidence) != 3 || c.Evidence[2].Why != coc.GoneThere || w.marked(c, "flag/") != "flag/anonymous" {
		t.Fatalf("%+v", c.Evidence)
	}
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "**Evidence 1** is gone there: since then it was deleted, or moved to another repository. What was captured as 2 (") {
		t.Errorf("%s", answer)
	}
	if text, err = w.read(c, 2, "ben-river"); err != nil || !strings.Contains(text, "heliotrope") {
		t.Errorf("its deletion destroyed it: %v", err)
	}
	w.proven(c)
	w.invariants()
}

// A link of the body is one of our pages, and leads nowhere where nobody can sign in:
// TestLinkInAReportIsCapturedAndOutlivesItsDeletion is told there.
func TestBodyAndStatusLeadToWhatWasCapturedWherePeopleSignIn(t *testing.T) {
	t.Parallel()
	w, _ := door(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	c := w.report("He wrote " + saidAt)
	w.pass(time.Minute)
	c = w.says(c, "ada-river", "/coc ack\n/coc status")
	w.pass(time.Minute)
	at := "; captured as [2](<https://coc.example/cases/" + string(c.ID) + "/evidence/2>) ("
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, at) {
		t.Errorf("the body tells otherwise:\n%s", body)
	}
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, at) {
		t.Errorf("the status tells otherwise:\n%s", answer)
	}
	w.invariants()
}

// Of a discussion what is asked for is the number in the address, and whatever comes
// of it is kept or said.
func TestDiscussionIsCapturedOrItIsSaidWhyNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	at := coc.Talk{Kind: coc.TalkDiscussion, Repo: source, Number: 8, ID: 15}
	told := words("You are heliotrope.", "kim-example")
	told.Thread = []coc.Said{{ID: 14, Text: coc.NewProse("A question")}, {ID: 16, Under: 15, Text: coc.NewProse("Please do not.")}}
	w.gh.talks[at] = told
	c := w.report(account)
	url := gitHubWeb + "/" + source.String() + "/discussions/8#discussioncomment-15"
	c = w.says(c, "ada-river", "/coc evidence "+url)
	w.pass(time.Minute)
	if text, err := w.read(c, 2, "ada-river"); err != nil || !strings.Contains(text, "  | You are heliotrope.\n") || !strings.Contains(text, ", in answer to a comment before:\n  | Please do not.") {
		t.Errorf("%q, %v", text, err)
	}
	w.gh.failing = map[string]error{"capture": coc.ErrTooLarge}
	c = w.says(c, "ada-river", "/coc evidence "+url)
	w.pass(time.Minute)
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "could not be captured again: the discussion is so long that it was not found in it. What was captured as 2") {
		t.Errorf("%s", answer)
	}
	w.proven(c)
	w.invariants()
}

func TestCaptureOfAnAddressAgainShowsDifferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("one", "kim-example")
	c := w.report(account)
	c = w.says(c, "ada-river", "/coc evidence "+saidAt+" His words")
	w.pass(time.Minute)
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "Kept as evidence 1: the address. What stands there is being captured") {
		t.Errorf("%s", answer)
	}
	if c = w.caseOf(c.ID); len(c.Evidence) != 2 || w.marked(c, "flag/") != "flag/anonymous" {
		t.Fatalf("%d items, %s", len(c.Evidence), w.marked(c, "flag/"))
	}
	c = w.says(c, "ada-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "captured again, as 3. Nothing is other than it was in 2") {
		t.Errorf("%s", answer)
	}
	changed := words("two", "kim-example")
	changed.Thread = []coc.Said{{ID: 13, Text: coc.NewProse("more")}}
	w.gh.talks[said] = changed
	c = w.says(c, "ben-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "- the text is another\n- 1 comment around it is new") || strings.Contains(answer, "two") {
		t.Errorf("%s", answer)
	}
	// Edited back, with what it said meanwhile taken out of its history.
	changed.Said.Edits = []coc.Edit{{At: w.clock.Now(), Deleted: true}}
	w.gh.talks[said] = changed
	c = w.says(c, "ben-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "- it was edited, or something was taken out of its history\n") || strings.Contains(answer, "the text") {
		t.Errorf("%s", answer)
	}
	w.proven(c)
	w.invariants()
}

func TestWhatCannotBeCapturedSaysWhyAndMarksTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	secret := coc.Repo{Owner: "river-project", Name: "secret"}
	w.repo(secret, "private")
	at := coc.Talk{Kind: coc.TalkIssue, Repo: secret, Number: 3}
	w.gh.talks[at] = words("a secret", "kim-example")
	c := w.report(account)
	for _, a := range []struct {
		url string
		why coc.Uncaptured
	}{
		{gitHubWeb + "/river-project/secret/issues/3", coc.NoAccess},
		{gitHubWeb + "/river-project/nothing/issues/3", coc.NoAccess},
		{gitHubWeb + "/river-project/river/blob/main/README.md", coc.NoTalk},
		{"https://gist.github.example/kim/1", coc.Elsewhere},
		{"http://localhost:8080/issues/7", coc.Elsewhere},
		{saidAt, coc.GoneThere},
	} {
		c = w.says(c, "ada-river", "/coc evidence "+a.url)
		w.pass(time.Minute)
		c = w.caseOf(c.ID)
		if last := c.Evidence[len(c.Evidence)-1]; last.Why != a.why || !last.Content.IsZero() {
			t.Errorf("%s: %+v", a.url, last)
		}
	}
	if w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" {
		t.Errorf("marked %s", w.marked(c, "flag/"))
	}
	body := w.issueOf(c, 0).Body
	// A private repository and one that is not there are told of in the same words.
	if strings.Count(body, "not captured: cocrouter can see no public repository there; it can still change or vanish") != 2 {
		t.Errorf("%s", body)
	}
	w.proven(c)
	w.invariants()
}

// A link alone may be all that somebody dares to say.
func TestWhoeverWroteWhatAReportPointsToMayNotReadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "Ben-River")
	c := w.report("Look at " + saidAt + " (" + canary + ")")
	w.pass(2 * time.Hour)
	c = w.caseOf(c.ID)
	if !slices.ContainsFunc(c.Parties, func(p coc.Party) bool { return p.Login.Is("ben-river") }) {
		t.Errorf("they are not named: %v", c.Parties)
	}
	if c.Home().Committee.Key != "foundation" || coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("they read it still, with %s: %v", c.Home().Committee.Key, c.Home().Responders)
	}
	if !strings.Contains(w.issueOf(c, 1).Body, canary) || c.Placements[0].Issue != 0 {
		t.Error("the report is not where it went, or was where they read")
	}
	if _, err := w.read(c, 2, "ben-river"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("they see what they wrote as evidence: %v", err)
	}
	w.proven(c)
	w.invariants()
}

func TestGitHubThatIsAwayIsAskedLaterAndGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	w.gh.talks[said] = words("one", "kim-example")
	c := w.report("See " + saidAt)
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); len(c.Evidence) != 1 || w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" {
		t.Fatalf("%+v, %s", c.Evidence, w.marked(c, "flag/"))
	}
	w.gh.failing = nil
	w.pass(24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Evidence) != 2 || c.Evidence[1].Content.IsZero() {
		t.Errorf("%+v", c.Evidence)
	}
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	c = w.says(c, "ada-river", "/coc evidence "+gitHubWeb+"/river-project/river/issues/8")
	w.pass(5 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Evidence[len(c.Evidence)-1].Why != coc.GaveUp {
		t.Errorf("%+v", c.Evidence)
	}
	w.invariants()
}

func TestCaptureAgainHasItsOwnPatience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("one", "kim-example")
	c := w.says(w.report("See "+saidAt), "ada-river", "/coc ack\n/coc clear")
	for _, who := range []coc.Login{"ben-river", "cy-river"} {
		c = w.says(c, who, "/coc clear")
	}
	w.pass(4 * 24 * time.Hour)
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	c = w.says(c, "ada-river", "/coc evidence "+saidAt)
	w.pass(2 * 24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Evidence) != 2 {
		t.Fatalf("it was given up before three days were over: %+v", c.Evidence)
	}
	w.pass(3 * 24 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Evidence) != 3 || c.Evidence[2].Why != coc.GaveUp || c.Evidence[2].At.Sub(c.Evidence[1].At) < 7*24*time.Hour {
		t.Errorf("%+v", c.Evidence)
	}
	w.proven(c)
	w.invariants()
}

func TestLookIsRecordedBeforeAnythingIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("one", "kim-example")
	c := w.report("See " + saidAt)
	w.pass(time.Minute)
	for _, who := range []coc.Login{"omar-outsider", "fay-foundation", ""} {
		if _, err := w.read(c, 2, who); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%q reads it: %v", who, err)
		}
	}
	for _, n := range []int{0, 1, 3, -1} {
		if _, err := w.read(c, n, "ada-river"); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("item %d: %v", n, err)
		}
	}
	for range 3 {
		if _, err := w.read(c, 2, "ada-river"); err != nil {
			t.Fatal(err)
		}
	}
	clear(v.kept)
	if _, err := w.read(c, 2, "ben-river"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("what is away is shown: %v", err)
	}
	looks, err := w.st.Looks(w.Context(), c.ID)
	if err != nil || !slices.ContainsFunc(looks, func(l coc.Look) bool { return l.By == "ben-river" && l.What == "evidence 2" }) {
		t.Errorf("%+v, %v", looks, err)
	}
	c = w.caseOf(c.ID)
	found, err := w.Desk.ProveEvidence(w.Context(), c)
	if err != nil || len(found) != 1 || found[0].String() != "item 2: its content is missing" {
		t.Errorf("%v, %v", found, err)
	}
	w.invariants()
}
