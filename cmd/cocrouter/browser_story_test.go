package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// The whole story, on one phone: somebody reports, the committee asks, they answer,
// the committee decides and closes the case, and each time they look their receipt
// shows how it stands.
func TestSomebodyReportsAnswersAndReadsThatTheCaseIsClosed(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, 2*demoPatience)
	tab := browsertest.Open(t, s.address, browsertest.Phone{})
	wantPage(t, tab, tab.Visit("/report/"+toolsRepo), http.StatusOK)
	words := "In the review of my first pull request they called me names, and again when I asked them to stop."
	tab.Write("#account", words)
	tab.Write("#who1", talker)
	tab.Choose("#role1", "accused")
	tab.Look("1 the form")
	wantPage(t, tab, tab.Press(send), http.StatusOK)
	receipt := strings.Join(strings.Fields(tab.Text(".receipt .code")), "")
	tab.Hide(receipt, strings.ReplaceAll(receipt, "-", ""), foundationRoom)
	tab.Look("2 the receipt")

	number := p.caseSaying(t, foundationCommittee[0], foundationRoom, words).Number
	say := func(login, words, label string) {
		if _, err := s.sim.Comment(login, foundationRoom, number, words); err != nil {
			t.Fatal(err)
		}
		eventually(t, p, "the case is "+label, func() bool {
			var i ghIssue
			_, err := p.ask(t.Context(), foundationCommittee[0], http.MethodGet, fmt.Sprintf("/repos/%s/issues/%d", foundationRoom, number), nil, &i)
			return err == nil && (label == "" || slices.Contains(i.labels(), label))
		})
	}
	shows := func(what string) {
		eventually(t, p, "the receipt shows: "+what, func() bool {
			wantPage(t, tab, tab.Visit("/receipt"), http.StatusOK)
			tab.Write("#receipt", receipt)
			wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
			return strings.Contains(tab.Text("main"), what)
		})
	}
	say(foundationCommittee[0], "/coc ack\n/coc ask Is it still going on?", "status/acknowledged")
	shows("Is it still going on?")
	tab.Look("3 the committee asks")
	tab.Write("#answer", "No, it ended on Monday.")
	wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
	tab.Look("4 answered")

	say(foundationCommittee[0], "/coc claim\n/coc screen\n/coc investigate\n/coc propose no-action They have talked it over.", "status/deciding")
	for _, other := range foundationCommittee[1:] {
		say(other, "/coc agree", "")
	}
	say(foundationCommittee[0], "/coc accused notified\n/coc resolve", "status/resolved")
	say(foundationCommittee[0], "/coc update We have spoken with everybody, and the case is closed now.\n/coc close", "status/closed")
	shows("The case is closed.")
	if text := tab.Text("main"); !strings.Contains(text, "We have spoken with everybody") {
		t.Errorf("what the committee said at the end is not there:\n%s", text)
	}
	tab.Look("5 closed")
}
