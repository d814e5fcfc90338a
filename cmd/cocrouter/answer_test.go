package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAccusedAnswersAtTheAddressFromTheCaseAndAStrangerFindsNothing(t *testing.T) {
	t.Parallel()
	w, id := reported(t)
	if _, err := w.Comment("rosa-responder", riverRoom, 1, "/coc ack\n/coc accused link Dear Tom,\n<b>what</b> happened?"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	all := w.addresses()
	if len(all) != 1 {
		t.Fatalf("%d addresses", len(all))
	}
	tom, stranger := w.browser(), w.browser()
	for range 3 {
		status, page := tom.get(all[0])
		if status != http.StatusOK || !strings.Contains(page, "&lt;b&gt;what&lt;/b&gt; happened?") {
			t.Fatalf("%d %s", status, page)
		}
		for _, never := range []string{canary, string(id), "rosa-responder", "tom-talker", "river-conduct"} {
			if strings.Contains(page, never) {
				t.Errorf("the accused reads %q", never)
			}
		}
	}
	_, page := tom.get(all[0])
	m := hiddenToken.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("there is no form")
	}
	form := url.Values{"token": {m[1]}, "words": {"It was a joke, I say."}}
	_, none := stranger.post("/answer/"+strings.Repeat("A", 92), form)
	if status, page := stranger.post(all[0][:len(all[0])-1]+"-", form); status != http.StatusNotFound || page != none {
		t.Errorf("a token that was made up: %d", status)
	}
	for range 2 { // the button, pressed twice
		if status, page := tom.post(all[0], form); status != http.StatusOK || !strings.Contains(page, "It is saved") {
			t.Fatalf("%d %s", status, page)
		}
		w.rest()
	}
	whole, err := w.ViewIssue("rosa-responder", riverRoom, 1)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, c := range comments(whole) {
		said += c.Body
	}
	if strings.Count(said, "It was a joke, I say.") != 1 || !strings.Contains(said, "An answer for `tom-talker`") || !strings.Contains(whole.Body, "account given on") {
		t.Errorf("the case says %s and %s", whole.Body, said)
	}
	form.Set("words", "Somebody else says more.")
	if status, page := stranger.post(all[0], form); status != http.StatusNotFound || page != none {
		t.Errorf("it was used: %d", status)
	}
	if log := w.log.String(); strings.Contains(log, "joke") || strings.Contains(log, strings.TrimPrefix(all[0], "/answer/")) {
		t.Error("the log has what was answered, or where")
	}
}
