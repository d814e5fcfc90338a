package web

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// The pages of somebody who is signed in, in every language. GitHub agrees at once.
func TestPagesBehindTheSignInCanBeReadAndUsedInEveryLanguage(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	d.github = newSignedUp()
	d.github.at = origin + "/auth/github/callback?state=st&code=kim-responder"
	tab := browsertest.Open(t, origin, browsertest.Phone{Cookies: true})
	plain := browsertest.Open(t, origin, browsertest.Phone{Cookies: true, NoScript: true})
	for _, c := range catalogues {
		lang := c.Language.String()
		t.Run(lang, func(t *testing.T) { // not in parallel: they share a tab
			tab := tab
			if lang == "fr" {
				tab = plain
			}
			tab.In(t, lang)
			tab.Visit("/cases/" + caseID)
			tab.Look("sign in " + lang)
			tab.Press("main a.button")
			if at := tab.At(); at != "/cases/"+caseID || tab.Count(`html[lang="`+lang+`"]`) != 1 {
				t.Fatalf("they are at %s", at)
			}
			tab.Look("case " + lang)
			tab.Visit("/cases")
			tab.Look("cases " + lang)
			tab.Press(".cases a")
			if at := tab.At(); !strings.HasPrefix(at, "/cases/"+caseID) {
				t.Errorf("the list leads to %s", at)
			}
			if lang == "de" {
				tab.Visit("/cases?closed")
				tab.Look("closed cases " + lang)
			}
			tab.Visit("/receipt")
			tab.Look("own reports " + lang)
			tab.Visit(path)
			tab.Look("form of somebody signed in " + lang)
			tab.Visit("/cases/" + strings.Repeat("a", 26))
			tab.Look("no such case " + lang)
			tab.Visit("/cases")
			tab.Press(".signed-in button")
			tab.Look("signed out " + lang)
			tab.Visit("/cases")
			if tab.Count(".cases") != 0 {
				t.Error("they are still signed in")
			}
		})
	}
}
