package web

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/casework"
	committee "github.com/cocrouter/cocrouter/pkg/policy"
)

func TestCommitteesOwnWordsStandAboveTheFormAndBesideTheReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	g := w.guides["example-org/project"]
	g.Words = map[string]committee.Words{
		"en":    {Before: "We are few.\n\nSee https://a.example & <b>wait</b>", After: "Thank you."},
		"de-AT": {Before: "Grüß Gott."},
		"fa":    {Before: "سلام"},
	}
	w.guides["example-org/project"] = g
	a := w.get(path)
	want(t, a, 200, `<h2>A word from the Example Conduct Committee</h2>`, `<p class="said" lang="en" dir="auto">`+"We are few.\n\nSee https://a.example &amp; &lt;b&gt;wait&lt;/b&gt;</p>")
	if strings.Index(a.body, "We are few") > strings.Index(a.body, "<textarea") || strings.Contains(a.body, "Thank you.") {
		t.Error("the words stand in the wrong place")
	}
	want(t, w.get(path+"?lang=de"), 200, `<p class="said" lang="de-AT" dir="auto">Grüß Gott.</p>`)
	want(t, w.get(path+"?lang=ja"), 200, `<p class="said" lang="en" dir="auto">We are few.`)

	form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}
	for _, lang := range []string{"", "?lang=de", "?lang=ar"} {
		a := w.post(path+lang, form)
		want(t, a, 200, `<p class="said" lang="en" dir="auto">Thank you.</p>`)
		if strings.Contains(a.body, "We are few") {
			t.Error("what stands above the form stands beside the receipt too")
		}
	}
	g.Words = map[string]committee.Words{"pl": {Before: "Cześć"}, "nl": {Before: "Hallo"}, "sv": {After: "Tack"}}
	w.guides["example-org/project"] = g
	want(t, w.get(path+"?lang=fr"), 200, `<p class="said" lang="nl" dir="auto">Hallo</p>`)
}

func TestReceiptDoesNotWaitForAGuide(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.astray = errors.New("cache broken")
	w.guides["example-org/project"] = casework.Guide{Words: map[string]committee.Words{"en": {After: "Thank you."}}}
	a := w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}})
	want(t, a, 200, english["receipt.title"])
	if strings.Contains(a.body, "Thank you.") {
		t.Error("words stand there that cannot be relied on")
	}
}
