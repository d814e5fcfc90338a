package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The way out is a plain link, the first thing that the keyboard reaches, and the
// page says what it cannot do. It holds on the pages too that answer a form.
func TestEveryPageHasAWayOutThatNeedsNoScript(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.WithCommittee, Stage: coc.StageReceived, FiledAt: noon}
	link := `<a class="exit" id="exit" href="` + UsualExit + `" rel="noreferrer">` + english["exit.now"] + `</a>`
	for name, a := range map[string]answer{
		"ask": w.get("/report"), "form": w.get(path), "lookup": w.get("/receipt"), "missing": w.get("/x"),
		"problems": w.post(path, url.Values{"account": {""}}), "filed": w.post(path, url.Values{"account": {"x"}, "token": {w.token(t, path)}}),
		"progress": w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}), "unknown": w.post("/receipt", nil),
	} {
		at := strings.Index(a.body, link)
		if first := strings.Index(a.body, "<a "); at < 0 || at != first {
			t.Errorf("%s: the way out is at %d, the first link at %d", name, at, first)
		}
		if !strings.Contains(a.body, english["exit.cannot"]) || !strings.Contains(a.body, "timeanddate.com. If JavaScript") {
			t.Errorf("%s: it does not say what the way out can and cannot do", name)
		}
		if answers := name == "problems" || name == "filed" || name == "progress" || name == "unknown"; strings.Contains(a.body, `href="?lang=`) == answers {
			t.Errorf("%s: links to other languages, which would lose what a form was answered with: %t", name, answers)
		}
	}
}

func TestOperatorChoosesWhereTheWayOutLeads(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.Handler = New(Options{Desk: w.desk, Exit: "https://www.weather.example/today", Log: zerolog.New(w.log)})
	want(t, w.get("/report"), 200, `href="https://www.weather.example/today"`, "opens another page, weather.example.")
}

func TestBrowserThatAsksForAnIconGetsNone(t *testing.T) {
	t.Parallel()
	if a := newWorld().get("/favicon.ico"); a.StatusCode != 204 || a.body != "" {
		t.Errorf("answered %d", a.StatusCode)
	}
}
