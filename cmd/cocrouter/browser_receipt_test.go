package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// On a phone somebody reads the committee's question with their receipt, answers it,
// and finds at the same place how to say that it is urgent and how to withdraw.
func TestReporterAnswersTheCommitteeOnAPhone(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	onPhones(t, s.address, func(t *testing.T, tab *browsertest.Tab, name string, phone browsertest.Phone) {
		words := "They called me names in the chat. " + name
		wantPage(t, tab, tab.Visit("/report/"+toolsRepo), http.StatusOK)
		tab.Write("#account", words)
		wantPage(t, tab, tab.Press(send), http.StatusOK)
		receipt := receiptOn(tab)
		tab.Touch(".receipt summary")
		tab.Look("receipt read out")
		if buttons := tab.Count(".receipt button"); (buttons > 0) == phone.NoScript {
			t.Errorf("there are %d buttons that only a script makes", buttons)
		}
		found := p.caseSaying(t, foundationCommittee[0], foundationRoom, words)
		if _, err := p.sim.Comment(foundationCommittee[0], foundationRoom, found.Number, "/coc ack\n/coc ask When did it begin?"); err != nil {
			t.Fatal(err)
		}
		answer := "It began on a Monday. " + name
		tab.Hide(receipt, strings.ReplaceAll(receipt, "-", ""), answer)

		eventually(t, p, "the question is on the page", func() bool {
			looksUp(t, tab, strings.ReplaceAll(receipt, "-", " "), http.StatusOK)
			return strings.Contains(tab.Text("main"), "When did it begin?")
		})
		tab.Touch("#is-urgent summary")
		tab.Touch("#to-withdraw summary")
		tab.Look("the reporter's page")
		tab.Write("#answer", answer)
		wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
		if text := tab.Text("main"); !strings.Contains(text, "It is saved") || strings.Count(text, answer) != 1 || tab.Value("#answer") != "" {
			t.Errorf("after the answer the page says\n%s", text)
		}
		tab.Look("answered")
		eventually(t, p, "the answer is in the room", func() bool {
			var said []ghIssue
			if _, err := p.ask(t.Context(), foundationCommittee[0], http.MethodGet, fmt.Sprintf("/repos/%s/issues/%d/comments", foundationRoom, found.Number), nil, &said); err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(said, func(c ghIssue) bool {
				return strings.HasSuffix(c.User.Login, "[bot]") && strings.Contains(c.Body, answer)
			})
		})

		tab.Touch("#to-withdraw summary")
		wantPage(t, tab, tab.Press("#to-withdraw button"), http.StatusOK)
		if text := tab.Text("main"); !strings.Contains(text, "Nothing was deleted") {
			t.Errorf("after withdrawing the page says\n%s", text)
		}
		tab.Look("withdrawn")
	})
}

// receiptOn is the receipt on the page that shows it once.
func receiptOn(tab *browsertest.Tab) string {
	return strings.Join(strings.Fields(tab.Text(".receipt .code")), "")
}

// looksUp asks with a receipt, as somebody wrote it down, how the report stands.
func looksUp(t *testing.T, tab *browsertest.Tab, receipt string, want int) {
	t.Helper()
	wantPage(t, tab, tab.Visit("/receipt"), http.StatusOK)
	tab.Write("#receipt", receipt)
	wantPage(t, tab, tab.Press("main form button"), want)
}

// eventually waits until something is so.
func eventually(t *testing.T, p *play, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), p.patience)
	defer cancel()
	if err := p.await(ctx, what, func() (bool, error) { return so(), nil }); err != nil {
		t.Fatal(err)
	}
}
