package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// served is a server with its Desk for a browser, and a page of its own to leave to.
func served(t *testing.T) (*desk, string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	d := newDesk()
	mux.HandleFunc("GET /weather", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "<!doctype html><title>Weather</title><h1>Sunny</h1>")
	})
	mux.Handle("/", New(Options{Desk: d, PublicURL: server.URL, Exit: server.URL + "/weather", Log: zerolog.Nop()}))
	return d, server.URL
}

// send is the button that sends a report; another one shows who would read it.
const send = "main form button:not(.quiet)"

// The longest pages, in every language: what is too long for the narrowest screen,
// hard to see or not said to a screen reader is so in one language and not in another.
func TestPagesCanBeReadAndUsedInEveryLanguage(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	d.stands["AAAA-BBBB"] = casework.Progress{
		State: casework.WithCommittee, Stage: coc.StageMediation, FiledAt: noon, Changed: noon, Passed: noon.Add(time.Hour), Late: true, Silent: noon,
		Messages: []casework.Said{{At: noon, Kind: coc.MessageQuestion, Text: coc.NewProse("When was it?")}},
	}
	tab := browsertest.Open(t, origin, browsertest.Phone{})
	for _, c := range catalogues {
		lang := c.Language.String()
		t.Run(lang, func(t *testing.T) { // not in parallel: they share a tab
			tab.In(t, lang)
			tab.Visit(path)
			if tab.Count(`html[lang="`+lang+`"]`) != 1 {
				t.Fatal("it is in another language")
			}
			tab.Write("#account", " ")
			if status := tab.Press(send); status != http.StatusUnprocessableEntity {
				t.Fatalf("a blank report is answered with %d", status)
			}
			tab.Look("form " + lang)
			tab.Write("#account", "it happened")
			if tab.Press(send); tab.Count(".receipt") != 1 {
				t.Fatal("there is no receipt")
			}
			tab.Look("filed " + lang)
			tab.Press("a.button")
			tab.Write("#receipt", "AAAA-BBBB")
			tab.Press("form button")
			tab.Look("progress " + lang)
		})
	}
}

// Whoever has a keyboard and nothing else reaches everything in the order in which it
// stands, sees each time where they are, and sends the report.
func TestReportIsWrittenAndSentByKeyboardAlone(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	tab := browsertest.Open(t, origin, browsertest.Phone{})
	tab.Visit(path)
	for last, all := -1, tab.Reachable(); ; {
		tab.Keys("\t")
		at := tab.Focused()
		if at.Name == "" {
			t.Fatalf("the button that sends it is not among the %d that can be reached", all)
		}
		if at.At != last+1 || !at.Seen {
			t.Errorf("after %d of %d comes %d, %q, which is to be seen: %v", last, all, at.At, at.Name, at.Seen)
		}
		if last = at.At; at.Name == english["send"] {
			break
		}
		if at.Name == "account" {
			tab.Keys("it happened")
		}
	}
	if status := tab.Enter(); status != http.StatusOK || tab.Count(".receipt") != 1 {
		t.Errorf("it is answered with %d", status)
	}
	for _, f := range d.filed {
		if f.Account.Reveal() != "it happened" {
			t.Errorf("filed as %q", f.Account.Reveal())
		}
	}
}

// A browser that is answered before it has sent everything shows the answer all the
// same, with the words in it.
func TestBrowserShowsTheAnswerToFilesThatAreNotReadToTheEnd(t *testing.T) {
	t.Parallel()
	d, origin := served(t)
	d.stands[theReceipt] = withCommittee
	long := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(long, make([]byte, 3*maxDropped), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, origin, browsertest.Phone{})
	tab.Visit("/receipt")
	tab.Write("#receipt", theReceipt)
	tab.Press("main form button")
	tab.Write("#answer", "On a Monday.")
	tab.Upload("#files", long)
	d.mu.Lock()
	delete(d.stands, theReceipt)
	d.mu.Unlock()
	if status := tab.Press("form[enctype] button"); status != http.StatusNotFound || !strings.Contains(tab.Text("main"), "On a Monday.") {
		t.Errorf("%d, and the page says\n%s", status, tab.Text("main"))
	}
	if d.uploads != 0 {
		t.Errorf("%d files are taken", d.uploads)
	}
}

func TestLeavingQuicklyTakesTheFormOutOfTheHistory(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*browsertest.Tab){
		"by the link": func(tab *browsertest.Tab) {
			tab.Type("#who1", "\x1b\x1b") // twice is not enough
			if at := tab.At(); at != path {
				t.Errorf("pressing Escape twice leads to %s", at)
			}
			tab.Press("#exit")
		},
		"by Escape, three times": func(tab *browsertest.Tab) { tab.Type("#who1", "\x1b\x1b\x1b") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, origin := served(t)
			tab := browsertest.Open(t, origin, browsertest.Phone{})
			tab.Visit("/report")
			tab.Visit(path)
			tab.Write("#account", "heliotrope")
			leave(tab)
			tab.Await("/weather")
			tab.Hide("example-org") // the history has the other page in the place of the form
		})
	}
}

func TestLeavingQuicklyIsALinkWhereNoScriptRuns(t *testing.T) {
	t.Parallel()
	_, origin := served(t)
	tab := browsertest.Open(t, origin, browsertest.Phone{NoScript: true})
	tab.Visit(path)
	tab.Press("#exit")
	if at := tab.At(); at != "/weather" {
		t.Errorf("it leads to %s", at)
	}
}
