package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// adds sends a text as a member does on a case's page.
func (w *world) adds(c coc.Case, by coc.Login, name, what string) error {
	w.Helper()
	return w.Desk.AddFiles(w.Context(), w.person(by), c.ID, []coc.Upload{w.uploads(name, what, false)})
}

func TestFilesOfAMemberAreEvidenceAndTheIssueTellsWhose(t *testing.T) {
	t.Parallel()
	w, _ := door(t)
	v := w.keeping(casework.EvidenceLimits{})
	c := w.report(account)
	c = w.says(c, "ada-river", "/coc ack")
	w.pass(time.Minute)
	if err := w.MayAdd(w.Context(), w.person("ada-river"), c.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.adds(c, "ada-river", "../chat [x](y).txt", "what he said"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if e := c.Evidence[0]; len(c.Evidence) != 1 || e.By != "ada-river" || e.Kind != coc.EvidenceFile || e.At.IsZero() {
		t.Fatalf("%+v", c.Evidence)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "(1 KB, added by `ada-river`)") || !strings.Contains(body, `[chat \[x\](y).txt](<https://coc.example/cases/`) {
		t.Errorf("the body tells otherwise:\n%s", body)
	}
	if answer := w.lastAnswer(c, 0); !strings.HasPrefix(answer, "`ada-river` added evidence on the case's page:") || !strings.Contains(answer, "/evidence/1>)") {
		t.Errorf("%s", answer)
	}
	if text, err := w.read(c, 1, "ben-river"); err != nil || text != "what he said" {
		t.Errorf("%q, %v", text, err)
	}
	r, err := w.Record(w.Context(), w.person("ben-river"), c.ID)
	if err != nil || r.Steps[0].Act != "evidence" || r.Steps[0].Actor != "ada-river" {
		t.Errorf("%+v, %v", r.Steps, err)
	}
	// The same is not added again, by nobody, and what was sent for it is given up.
	kept := len(v.kept)
	again := w.uploads("again.txt", "what he said", false)
	err = w.Desk.AddFiles(w.Context(), w.person("ben-river"), c.ID, []coc.Upload{again})
	if w.Discard(w.Context(), []coc.Upload{again}); !errors.Is(err, evidence.Known) || len(w.caseOf(c.ID).Evidence) != 1 || len(v.kept) != kept {
		t.Errorf("%v, %d items, %d contents", err, len(w.caseOf(c.ID).Evidence), len(v.kept))
	}
	w.proven(c)
	w.invariants()
}

func TestNobodyAddsToACaseThatTheyMayNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	c := w.report(account)
	for _, login := range []coc.Login{"omar-outsider", "fay-foundation"} {
		if err := w.MayAdd(w.Context(), w.person(login), c.ID); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%s may add: %v", login, err)
		}
		if err := w.adds(c, login, "a.txt", "from "+string(login)); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%s adds: %v", login, err)
		}
	}
	if err := w.MayAdd(w.Context(), w.person("ada-river"), "another"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("to no case: %v", err)
	}
	// Whoever may when they begin to send and may not when they have ended adds nothing.
	sent := w.uploads("a.txt", "sent for half an hour", false)
	c = w.says(c, "ada-river", "/coc recuse hard")
	if err := w.Desk.AddFiles(w.Context(), w.person("ada-river"), c.ID, []coc.Upload{sent}); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("who is recused meanwhile adds: %v", err)
	}
	if c = w.caseOf(c.ID); len(c.Evidence) != 0 {
		t.Errorf("%+v", c.Evidence)
	}
	w.Options.Vault = nil
	w.Desk = casework.New(w.Options)
	if err := w.MayAdd(w.Context(), w.person("ben-river"), c.ID); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("where nothing is kept: %v", err)
	}
}

func TestCaseThatIsFullTakesNoneOfTheFilesOfAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{Items: 3, Case: 100})
	c := w.report(account)
	two := []coc.Upload{w.uploads("a.txt", strings.Repeat("a", 60), false), w.uploads("b.txt", strings.Repeat("b", 60), false)}
	if err := w.Desk.AddFiles(w.Context(), w.person("ada-river"), c.ID, two); !errors.Is(err, evidence.CaseFull) || len(w.caseOf(c.ID).Evidence) != 0 {
		t.Errorf("%v, %d items", err, len(w.caseOf(c.ID).Evidence))
	}
	w.Discard(w.Context(), two)
	for _, text := range []string{"one", "two", "three"} {
		if err := w.adds(c, "ada-river", text+".txt", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.MayAdd(w.Context(), w.person("ada-river"), c.ID); !errors.Is(err, evidence.CaseFull) {
		t.Errorf("%v", err)
	}
	w.proven(c)
	w = newWorld(t)
	v := w.keeping(casework.EvidenceLimits{Instance: 1000})
	c = w.report(account)
	v.kept["much"] = make([]byte, 1000)
	if err := w.MayAdd(w.Context(), w.person("ada-river"), c.ID); !errors.Is(err, evidence.NoSpace) {
		t.Errorf("where this server is full: %v", err)
	}
}

// What a member calls a file moves nobody who is there, and keeps out who would come.
func TestNameOfAMembersFileKeepsOutWhoeverWouldComeLater(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	w.keeping(casework.EvidenceLimits{})
	c := w.report(account)
	if err := w.adds(c, "ada-river", "what-dee-river-and_fay-foundation-and-ben-river-said.txt", "words"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "river/conduct" || !coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Fatalf("it is with %s, read by %v", c.Home().Committee.Key, c.Home().Responders)
	}
	w.joins(dee)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
	if c = w.says(c, "ada-river", "/coc admit @dee-river"); coc.HasLogin(c.Home().Responders, dee) {
		t.Error("they were let in")
	}
	c = w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "summit" {
		t.Errorf("it went to %s", c.Home().Committee.Key)
	}
	w.invariants()
}

// Who of a committee before added something is told by nobody.
func TestNextCommitteeLearnsNotWhoAddedAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	c := w.report(account)
	if err := w.adds(c, "ada-river", "a.txt", "words"); err != nil {
		t.Fatal(err)
	}
	c = w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	if body := w.issueOf(c, 1).Body; !strings.Contains(body, "a.txt (1 KB)") || strings.Contains(body, "ada-river") {
		t.Errorf("%s", body)
	}
	r, err := w.Record(w.Context(), w.person("fay-foundation"), c.ID)
	if err != nil || len(r.Evidence) != 1 || r.Evidence[0].By != "" {
		t.Errorf("%+v, %v", r.Evidence, err)
	}
	w.invariants()
}

func TestPictureIsKeptOnceMoreWithoutWhatItsFileTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.keeping(casework.EvidenceLimits{})
	c := w.report(account)
	files := []coc.Upload{w.uploads("street.png", string(picture(t)), false), w.uploads("notes.txt", "words", false)}
	if err := w.Desk.AddFiles(w.Context(), w.person("ada-river"), c.ID, files); err != nil {
		t.Fatal(err)
	}
	for range 2 { // asked twice it is done once
		if err := w.Clean(w.Context(), w.person("ben-river"), c.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if len(c.Evidence) != 3 || c.Evidence[2].Of != 1 || c.Evidence[2].By != "ben-river" || !c.Evidence[2].Content.Redrawn || c.Evidence[2].Title.Reveal() != "street.png" {
		t.Fatalf("%+v", c.Evidence)
	}
	for n, tells := range map[int]bool{0: true, 2: false} {
		if strings.Contains(string(v.kept[c.Evidence[n].Content.ID]), "heliotrope") != tells {
			t.Errorf("item %d tells of the place: %v", n+1, !tells)
		}
	}
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "`ben-river` added evidence") || !strings.Contains(answer, "drawn anew without what its file told of place and time; it is 1)") {
		t.Errorf("%s", answer)
	}
	before := len(v.kept)
	for name, of := range map[string]struct {
		by     coc.Login
		number int
	}{
		"no picture": {"ada-river", 2}, "one that was drawn anew": {"ada-river", 3}, "nothing": {"ada-river", 4}, "nothing at all": {"ada-river", 0}, "a stranger": {"omar-outsider", 1},
	} {
		if err := w.Clean(w.Context(), w.person(of.by), c.ID, of.number); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(v.kept) != before || len(w.caseOf(c.ID).Evidence) != 3 {
		t.Errorf("%d contents, %d items", len(v.kept), len(w.caseOf(c.ID).Evidence))
	}
	if !slices.ContainsFunc(c.Journal, func(e coc.Entry) bool { return e.Act == "evidence" && e.Actor == "ben-river" }) {
		t.Error("the journal does not tell of it")
	}
	w.proven(c)
	w.invariants()
}
