package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestEvidenceIsKeptOnceAndMarksTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.says(c, "omar-outsider", "/coc evidence https://chat.example/0")
	c = w.says(c, "ada-river", "/coc evidence https://chat.example/1#a The first, by @ben-river and #7\n/coc evidence HTTPS://Chat.Example:443/1#a\n/coc evidence https://chat.example/1")
	w.pass(time.Minute)
	if len(c.Evidence) != 2 || w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" {
		t.Fatalf("%d kept, %s", len(c.Evidence), w.marked(c, "flag/"))
	}
	body := w.issueOf(c, 0).Body
	for _, want := range []string{"1: `https://chat.example/1#a`, The first, by `@ben-river` and `#7`; not captured: it is on another site", "2: `https://chat.example/1`;", "can still change or vanish"} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	said := w.issueOf(c, 0).comments
	if len(said) != 2 || !strings.Contains(said[1], "evidence 1") || !strings.Contains(said[1], "already, as evidence 1") || !strings.Contains(said[1], "not what stands there") {
		t.Errorf("%q", said)
	}
	c = w.says(c, "ben-river", "/coc unflag evidence-volatile")
	if w.marked(c, "flag/") != "flag/anonymous" {
		t.Error("a member cannot say that it is safe")
	}
	c = w.says(c, "ben-river", "/coc evidence http://chat.example/1")
	w.pass(time.Minute)
	if len(c.Evidence) != 3 || w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" {
		t.Error("another place is none, or is thought to be safe")
	}
	w.invariants()
}

// The next committee reads what is kept, so whoever of them it names may not.
func TestEvidenceGoesWithTheCaseAndNamesWhomItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.says(c, "ada-river", "/coc evidence https://chat.example/1 By fay-foundation")
	c = w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	if key := c.Home().Committee.Key; key != "summit" {
		t.Fatalf("it is with %s", key)
	}
	if !strings.Contains(w.issueOf(c, len(c.Placements)-1).Body, "`https://chat.example/1`") {
		t.Error("the next committee does not read it")
	}
	w.invariants()
}

func TestCaseKeepsSoMuchEvidenceAndNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for range 200 {
		c.Evidence = append(c.Evidence, coc.Evidence{Kind: coc.EvidenceAddress, URL: coc.NewProse("https://a.example/")})
	}
	c.Revision++
	w.st.cases[c.ID], w.st.revisions[c.ID] = w.st.pack(c), c.Revision
	if c = w.says(c, "ada-river", "/coc evidence https://b.example/"); len(c.Evidence) != 200 {
		t.Errorf("%d are kept", len(c.Evidence))
	}
}
