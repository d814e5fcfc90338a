package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWhereItHappenedLeadsToItsForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ query, to string }{
		"a repository":                    {"space=repository&repository=example-org/project", path},
		"its address":                     {"space=repository&repository=https://github.example/example-org/project/issues/7", path},
		"a repository and no place":       {"repository=example-org/project", path},
		"a project by its name":           {"space=repository&repository=The+River", "/report/elsewhere?project=The+River"},
		"a chat of a repository":          {"space=chat&repository=example-org/project", path + "?space=chat"},
		"a chat of a project":             {"space=chat&repository=the+river", "/report/elsewhere?project=the+river&space=chat"},
		"a chat of no project":            {"space=chat", "/report/elsewhere?space=chat"},
		"a chat of a project in words":    {"space=chat&repository=the+knitting+club", "/report/elsewhere?project=the+knitting+club&space=chat"},
		"an event":                        {"space=event&event=River+Days", "/report/elsewhere?event=River+Days&space=event"},
		"an event of a repository":        {"space=event&event=River+Days&repository=example-org/project", path + "?event=River+Days&space=event"},
		"an event that is not named":      {"space=event&event=+", "/report/elsewhere?space=event"},
		"somewhere else":                  {"space=elsewhere&event=left+over", "/report/elsewhere?space=elsewhere"},
		"nobody knows":                    {"space=unsure", "/report/elsewhere"},
		"nobody knows, but the project":   {"space=unsure&repository=a+club", "/report/elsewhere?project=a+club"},
		"a repository, of nothing known":  {"space=repository&repository=a+club", ""},
		"nothing chosen, nothing written": {"space=&repository=", ""},
		"a place that is none":            {"space=king&repository=example-org/project", ""},
		"far too long":                    {"space=chat&repository=" + strings.Repeat("x", maxField+1), ""},
		"an event far too long":           {"space=event&event=" + strings.Repeat("x", maxEvent+1), ""},
	} {
		w := newWorld()
		a := w.get("/report?" + tc.query)
		if tc.to == "" {
			want(t, a, 422, english["error.title"], "<form", `class="problem"`)
			continue
		}
		if got := a.Header.Get("Location"); a.StatusCode != 303 || got != tc.to {
			t.Errorf("%s: %d to %s", name, a.StatusCode, got)
		}
		want(t, w.get(tc.to), 200, `<textarea id="account"`)
	}
}

// The form takes over what was answered, and shows at once who would read it.
func TestFormTakesOverWhereItHappened(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.preview = casework.Preview{Committee: "River Committee", Known: true}
	a := w.get("/report/elsewhere?space=event&event=River+Days&project=the+river&account=forged&keepout=kim")
	want(t, a, 200, english["form.place"], `<option value="event" selected>`, `value="River Days"`, `value="the river"`, "the River Committee", english["readers.place"])
	if strings.Contains(a.body, "forged") || strings.Contains(a.body, "kim\n") {
		t.Error("an address fills in what somebody says of others")
	}
	if f := w.asked[0]; !f.Repo.IsZero() || f.Around.Project != "river" || f.Around.Known != "River Days" {
		t.Errorf("asked for %+v", f)
	}
}

func TestReportAboutNoRepositoryIsFiled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		project, touches string
		key              string
		also             int
	}{
		"of a project that is known": {"The River", "", "river", 0},
		"of a repository":            {"https://github.example/example-org/project", "", "", 1},
		"of a club":                  {"the knitting club", "a/b", "", 1},
		"of none":                    {"", "", "", 0},
	} {
		w := newWorld()
		a := w.post("/report/elsewhere", url.Values{"token": {w.token(t, "/report/elsewhere")}, "account": {"x"}, "space": {"chat"}, "project": {tc.project}, "touches": {tc.touches}})
		want(t, a, 200, english["receipt.title"])
		f := w.only(t)
		if !f.Repo.IsZero() || f.Around.Space != coc.SpaceChat || f.Around.Project != tc.key || len(f.Around.Also) != tc.also {
			t.Errorf("%s: filed as %+v", name, f.Around)
		}
		if tc.key == "" && !strings.Contains(f.Around.Touches.Reveal(), tc.project) {
			t.Errorf("%s: its name is lost: %q", name, f.Around.Touches.Reveal())
		}
	}
}
