package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// phones are the ways in which somebody looks at the pages.
var phones = map[string]browsertest.Phone{"with scripts": {}, "without scripts": {NoScript: true}}

// onPhones does something in each of these ways, at once.
func onPhones(t *testing.T, address string, do func(t *testing.T, tab *browsertest.Tab, name string, phone browsertest.Phone)) {
	t.Helper()
	for name, phone := range phones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, browsertest.Open(t, address, phone), name, phone)
		})
	}
}

// Somebody who has never been here finds the form, reports on a phone without an
// account, and reads with the receipt how the case stands.
func TestSomebodyReportsOnAPhoneAndReadsHowItStands(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	onPhones(t, s.address, func(t *testing.T, tab *browsertest.Tab, name string, _ browsertest.Phone) {
		wantPage(t, tab, tab.Visit("/report"), http.StatusOK)
		tab.Look("ask")
		tab.Touch("#space-repository")
		tab.Write("#repository", toolsRepo)
		wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
		if at := tab.At(); at != "/report/"+toolsRepo {
			t.Errorf("the form is at %s", at)
		}
		words := "They called me names in the review. " + name
		tab.Hide(words, url.QueryEscape(words), tab.Value("[name=token]"))
		tab.Look("form")
		tab.Write("#account", words)
		tab.Write("#who1", talker)
		tab.Choose("#role1", "accused")
		wantPage(t, tab, tab.Press(send), http.StatusOK)
		receipt := receiptOn(tab)
		tab.Hide(receipt, strings.ReplaceAll(receipt, "-", ""))
		tab.Look("receipt")

		p.caseSaying(t, foundationCommittee[0], foundationRoom, words)
		wantPage(t, tab, tab.Press("a.button"), http.StatusOK)
		if tab.Value("#receipt") != "" {
			t.Error("the receipt is filled in already")
		}
		tab.Look("look-up")
		tab.Write("#receipt", strings.ToLower(strings.ReplaceAll(receipt, "-", " ")))
		wantPage(t, tab, tab.Press("main form button"), http.StatusOK)
		tab.Look("progress")
		tab.Hide(foundationRoom)
	})
}

// send is the button of the form that sends it; the other one shows who would read it.
const send = "form button:not(.quiet)"

// Who would read a report is shown while somebody fills in the form, or when they ask.
// The script sends for it whom they name, and nothing of what they tell; that nothing is
// saved of it, whoever sends it, pkg/web holds.
func TestSomebodySeesWhoWouldReadItBeforeTheySendAnything(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	onPhones(t, s.address, func(t *testing.T, tab *browsertest.Tab, _ string, phone browsertest.Phone) {
		wantPage(t, tab, tab.Visit("/report/"+riverRepo), http.StatusOK)
		tab.Hide("Something that nobody is to know yet")
		tab.Write("#account", "Something that nobody is to know yet")
		for _, folded := range []string{"#when", "#event", "#touches", "#safe", "#reach"} {
			tab.Touch("details:has(" + folded + ") > summary")
		}
		tab.Choose("#safe", "no")
		tab.Write("#reach", "nell@mail.example")
		tab.Write("#keepout", riverCommittee[0])
		if phone.NoScript {
			wantPage(t, tab, tab.Press("button.quiet"), http.StatusOK)
		}
		for till := time.Now().Add(demoPatience); !strings.Contains(tab.Text("#now"), riverCommittee[0]); {
			if time.Now().After(till) {
				t.Fatalf("it shows %q", tab.Text("#now"))
			}
			time.Sleep(50 * time.Millisecond)
		}
		for field, typed := range map[string]string{"#account": "Something that nobody is to know yet", "#reach": "nell@mail.example", "#keepout": riverCommittee[0], "#safe": "no"} {
			if got := tab.Value(field); got != typed {
				t.Errorf("%s holds %q", field, got)
			}
		}
		if sent := strings.Join(tab.Sent(), "\n"); !phone.NoScript {
			for _, told := range []string{"nobody+is+to+know", "nobody is to know", "nell", "safe=", "account"} {
				if strings.Contains(sent, told) {
					t.Errorf("the script sends %q", told)
				}
			}
			if !strings.Contains(sent, riverCommittee[0]) {
				t.Errorf("nobody saw what the script sends: %q", sent)
			}
		}
		tab.Look("who would read it")
		wantPage(t, tab, tab.Visit("/report/elsewhere?space=event"), http.StatusOK)
		tab.Look("form about no repository")
	})
}

// Whatever goes wrong is a page like any other, and keeps what was typed.
func TestPagesThatRefuseAreAsGoodAsTheOthers(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	onPhones(t, s.address, func(t *testing.T, tab *browsertest.Tab, _ string, _ browsertest.Phone) {
		wantPage(t, tab, tab.Visit("/nowhere"), http.StatusNotFound)
		tab.Look("no such page")
		wantPage(t, tab, tab.Visit("/report?repository=that+project"), http.StatusUnprocessableEntity)
		tab.Look("no such repository")
		wantPage(t, tab, tab.Visit("/report/somebody/elsewhere"), http.StatusOK)
		tab.Write("#account", "   ")
		tab.Touch("details:has(#where) summary")
		tab.Write("#where", "in the chat")
		wantPage(t, tab, tab.Press(send), http.StatusUnprocessableEntity)
		if tab.Value("#where") != "in the chat" {
			t.Error("what was typed is lost")
		}
		tab.Look("nothing told")
		tab.Hide("ABCDE")
		looksUp(t, tab, "ABCDE-FGHJK", http.StatusNotFound)
		tab.Look("no such receipt")
	})
}

func wantPage(t *testing.T, tab *browsertest.Tab, status, want int) {
	t.Helper()
	if status != want {
		t.Fatalf("%s is answered with %d, want %d:\n%s", tab.At(), status, want, tab.Text("body"))
	}
}

// caseSaying is the case whose report says these words, as a responder finds it.
func (p *play) caseSaying(t *testing.T, responder, room, words string) (found ghIssue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), p.patience)
	defer cancel()
	err := p.await(ctx, responder+" finds the case in "+room, func() (bool, error) {
		var all []ghIssue
		_, err := p.ask(ctx, responder, http.MethodGet, "/repos/"+room+"/issues?state=all", nil, &all)
		for _, i := range all {
			if strings.Contains(i.Body, words) {
				found = i
			}
		}
		return found.Number != 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
