package casework_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
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

func TestEveryLinkOfAReportIsCapturedOrSaidNotToBe(t *testing.T) {
	t.Parallel()
	elsewhere := "See"
	for i := range 60 {
		elsewhere += fmt.Sprintf(" https://chat.example/%d", i)
	}
	many := func(n int) (out string) {
		for i := range n {
			out += fmt.Sprintf(" %s/issues/7#issuecomment-%d", gitHubWeb+"/"+source.String(), 100+i)
		}
		return out
	}
	for name, tc := range map[string]struct {
		text  string
		items int
		kept  int  // addresses that are captured
		full  bool // one more is said to have no room
	}{
		"behind many of other sites":    {text: elsewhere + many(1), kept: 1},
		"as many as the form takes":     {text: many(50), kept: 50},
		"more than that":                {text: many(53), kept: 50, full: true},
		"more than a case has room for": {text: many(5), items: 3, kept: 3, full: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.keeping(casework.EvidenceLimits{Items: tc.items})
			c := w.report(tc.text)
			kept, full := 0, 0
			for _, e := range w.caseOf(c.ID).Evidence {
				switch {
				case e.Kind != coc.EvidenceAddress:
				case e.Why == "":
					kept++
				case e.Why == coc.NoRoom:
					full++
				}
			}
			if kept != tc.kept || full != 0 != tc.full || full > 1 {
				t.Errorf("%d are captured, and %d have no room", kept, full)
			}
			if tc.full && !strings.Contains(w.marked(c, "flag/"), "evidence-volatile") {
				t.Errorf("marked %s", w.marked(c, "flag/"))
			}
			if tc.full && !strings.Contains(w.issueOf(c, 0).Body, "there is no more room for evidence") {
				t.Error("the body does not tell")
			}
			w.proven(c)
			w.invariants()
		})
	}
}

// What had no room is captured once a member asks for it, where there is some by then.
func TestLinkThatHadNoRoomIsCapturedOnceAMemberAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	text := ""
	for i := range 50 {
		text += fmt.Sprintf(" %s/issues/7#issuecomment-%d", gitHubWeb+"/"+source.String(), 100+i)
	}
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	c := w.report(text + " " + saidAt)
	w.pass(time.Minute)
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if last := c.Evidence[len(c.Evidence)-1]; last.Of != 51 || last.Content.IsZero() {
		t.Errorf("%+v", last)
	}
	c = w.says(c, "ada-river", "/coc status")
	w.pass(time.Minute)
	if told := strings.Join(w.issueOf(c, 0).comments, "\n"); !strings.Contains(told, "51: `"+saidAt+"`; captured as ") {
		t.Errorf("the status tells otherwise:\n%s", told)
	}
	w.invariants()
}

func TestFilesBeyondWhatACaseHasRoomForAreSaidNotToBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{Items: 2})
	send := func(names ...string) coc.Case {
		f := says(account)
		for _, name := range names {
			f.Files = append(f.Files, w.uploads(name, "the file "+name, true))
		}
		receipt := w.file("token", f)
		w.pass(time.Minute)
		return w.of(receipt)
	}
	send("a.txt", "b.txt", "c.txt", "d.txt")
	c := send("e.txt")
	if len(c.Evidence) != 3 || c.Evidence[2].Why != coc.NoRoom || !c.Evidence[2].Content.IsZero() {
		t.Errorf("%+v", c.Evidence)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "3: a file, c.txt, which was not kept: there is no more room for evidence") {
		t.Errorf("%s", body)
	}
	w.proven(c)
	w.invariants()
}

// A record of the version before is opened with what it had.
func TestAddressFromBeforeThereWereChainsIsOneStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	c := w.report(account)
	var before []coc.Evidence
	record := `[{"url": "` + saidAt + `", "at": "2025-03-03T09:00:00Z", "by": "ada-river"}, {"url": "https://chat.example/1", "at": "2025-03-03T09:00:00Z", "by": "ada-river"}]`
	if err := json.Unmarshal([]byte(record), &before); err != nil {
		t.Fatal(err)
	}
	c.Evidence, c.Flags = before, append(c.Flags, coc.FlagEvidenceVolatile)
	c.Revision++
	w.st.cases[c.ID], w.st.revisions[c.ID] = w.st.pack(c), c.Revision
	w.proven(c)
	c = w.says(c, "ada-river", "/coc evidence https://github.example/river/main/issues/9")
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); !strings.Contains(w.marked(c, "flag/"), "evidence-volatile") {
		t.Error("what is there from before cannot vanish any more")
	}
	c = w.says(c, "ada-river", "/coc evidence "+saidAt)
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if last := c.Evidence[len(c.Evidence)-1]; len(c.Evidence) != 5 || last.Of != 1 || last.Content.IsZero() {
		t.Errorf("%+v", c.Evidence)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: `"+saidAt+"`; captured as 5") {
		t.Errorf("%s", body)
	}
	w.proven(c)
	w.invariants()
}

// Whoever is told that there is no room must know that nothing of it is safe.
func TestEvidenceBeyondWhatACaseKeepsIsRefusedInPlainWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{Items: 1})
	const at = "https://github.example/river/code/issues/7"
	c := w.says(w.report(account), "ada-river", "/coc evidence "+at)
	for url, want := range map[string]string{
		at: "That address is kept already, as evidence 1. The case has as much evidence as is kept for one, so it is not captured again.",
		"https://github.example/river/code/issues/8": "the address was not added, and nothing that stands there is captured.",
	} {
		c = w.says(c, "ada-river", "/coc evidence "+url)
		if said := w.lastAnswer(c, 0); !strings.Contains(said, want) || !strings.Contains(said, "save a copy of") {
			t.Errorf("%s: %s", url, said)
		}
	}
	w.invariants()
}
