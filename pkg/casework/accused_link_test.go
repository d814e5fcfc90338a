package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What the accused point to can be deleted by whoever would rather not have it seen.
func TestWhatTheAccusedPointToIsCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("It was heliotrope who began.", "ben-river")
	secret := coc.Repo{Owner: "river-project", Name: "secret"}
	w.repo(secret, "private")
	w.gh.talks[coc.Talk{Kind: coc.TalkIssue, Repo: secret, Number: 3}] = words("a secret", "kim-example")
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack")
	c, token := w.invites(c, "ada-river", " What was it like for you?")
	if err := w.accounts(token, "a form", "See "+saidAt+" and "+gitHubWeb+"/river-project/secret/issues/3 and https://chat.example/1."); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	body := w.issueOf(c, 0).Body
	for _, want := range []string{
		"1: `" + saidAt + "`, from whoever is accused; captured as ",
		"/secret/issues/3`, from whoever is accused; not captured: cocrouter can see no public repository there",
		"`https://chat.example/1`, from whoever is accused; not captured: it is on another site",
		"evidence-volatile",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	// Who wrote it is not accused by that: the accused could take the case from anybody.
	if c.Home().Committee.Key != "river/conduct" || !coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Errorf("it is with %s: %v", c.Home().Committee.Key, c.Home().Responders)
	}
	w.proven(c)
	w.invariants()
}

func TestTheAccusedTakeNoRoomFromTheReporter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	f := accused("omar-outsider")
	receipt := w.file("token", f)
	w.pass(time.Minute)
	c := w.says(w.of(receipt), "ada-river", "/coc ack")
	for i := range 8 {
		text := "See"
		for n := range 60 {
			text += fmt.Sprintf(" %s/issues/7#issuecomment-%d", gitHubWeb+"/"+source.String(), 1000*i+100+n)
		}
		var token string
		c, token = w.invites(c, "ada-river", fmt.Sprint(" What was it like, number ", i, "?"))
		if err := w.accounts(token, fmt.Sprint("form ", i), text); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		c = w.caseOf(c.ID)
	}
	w.replies(receipt, "one", "And at "+saidAt)
	w.pass(time.Minute)
	kept := 0
	for _, e := range w.caseOf(c.ID).Evidence {
		if e.Kind == coc.EvidenceCapture && !e.Content.IsZero() {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("%d are captured", kept)
	}
	w.proven(c)
	w.invariants()
}
