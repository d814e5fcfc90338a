package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

func TestPageForTheAccusedCanBeReadAndUsedInEveryLanguage(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	d.invites = map[string]*invitation{}
	tab := browsertest.Open(t, origin, browsertest.Phone{})
	for _, c := range catalogues {
		lang := c.Language.String()
		d.invites[lang] = &invitation{Invited: casework.Invited{Committee: "Example Conduct Committee", Text: coc.NewProse("Dear Tom,\n\nwhat happened on Monday?"), Until: noon.Add(48 * time.Hour)}}
		t.Run(lang, func(t *testing.T) { // not in parallel: they share a tab
			tab.In(t, lang)
			tab.Visit("/answer/" + lang)
			if tab.Count(`html[lang="`+lang+`"]`) != 1 {
				t.Fatal("it is in another language")
			}
			tab.Look("hearing " + lang)
			tab.Write("#words", " ")
			if status := tab.Press("main form button"); status != http.StatusUnprocessableEntity {
				t.Fatalf("a blank answer is answered with %d", status)
			}
			tab.Look("hearing again " + lang)
			tab.Write("#words", "It was a joke.")
			if tab.Press("main form button"); tab.Count(".saved") != 1 {
				t.Fatal("it is not saved")
			}
			tab.Look("hearing saved " + lang)
		})
	}
}
