package web

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// FuzzForm sends whatever bytes to the form, as nobody's browser would.
func FuzzForm(f *testing.F) {
	const token = "token=ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, body := range []string{
		"", token, token + "&account=words", "account=words&account=more", token + "&account=%FF%C0&where=%00&when=%0D%0A&links=a%0D%0Ab%0A%0A+c",
		token + "&account=x&who1=%40kim-example&role1=accused&who2=Kim+%40kim+and+%40lee&role2=reporter&who10=-&role10=witness&who11=x",
		token + "&account=%E2%80%8B%E3%85%A4%EF%BF%BD", token + "&account=%3C%2Ftextarea%3E%3Cscript%3E", "token=abc&account=a%0Ab&who1=%3C&where=%22%3E",
		token + ";account=x", token + "&account=%zz", "%", "&&==&", token + "&account=x&who1=https%3A%2F%2Fgithub.example%2Fkim-example",
		token + "&account=x&space=own-event&event=%FF&day=2026-02-30&touches=a%2Fb%0A..%2F..&here=&danger=no&risk=injury&risk=king",
		token + "&account=x&keepout=%40kim%0A%FF%2C%3B%0Ab+c&ongoing=ask&safe=no&safety=%C0&retaliation=&identity=ask&elsewhere=%00&reach=a%40b&project=x",
		token + "&show=&account=x&keepout=" + strings.Repeat("a%0A", maxKeptOut+1), token + "&show=readers&who1=%3C",
		token + "&account=x&who3=" + strings.Repeat("%40a", maxWho), token + "&account=x&links=" + strings.Repeat("a%0A", maxLinks+1),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld()
		a := w.do(posts(path, string(body)))
		sent, err := url.ParseQuery(string(body))
		if w.log.Len() > 0 {
			t.Errorf("it logs %s", w.log)
		}
		switch a.StatusCode {
		case http.StatusOK:
			if sent.Has("show") { // it comes back as it was, and nothing is saved
				if kept := written(a.body, "account"); w.calls != 0 || kept != shown(sent.Get("account")) {
					t.Errorf("shown again with %q, %d saved", kept, w.calls)
				}
				return
			}
			if w.calls != 1 {
				t.Fatalf("a receipt for %d reports", w.calls)
			}
			for _, filing := range w.filed {
				takeable(t, sent, filing)
			}
			return
		case http.StatusBadRequest:
			if err == nil {
				t.Error("a form that can be read was not")
			}
		case http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
			for _, name := range []string{"account", "links", "touches"} {
				if kept := written(a.body, name); kept != shown(sent.Get(name)) {
					t.Errorf("of %s %q came back %q", name, sent.Get(name), kept)
				}
			}
		default:
			t.Errorf("answered %d", a.StatusCode)
		}
		if w.calls != 0 {
			t.Errorf("answered %d, and saved", a.StatusCode)
		}
	})
}

// takeable fails unless a report holds what was sent, within bounds, and nobody
// in it has a part that the form does not offer.
func takeable(t *testing.T, sent url.Values, filing coc.Filing) {
	t.Helper()
	if account := filing.Account.Reveal(); account != strings.ToValidUTF8(sent.Get("account"), "\uFFFD") || blank(account) || len(account) > maxAccount {
		t.Errorf("%q was taken for %q", account, sent.Get("account"))
	}
	if len(filing.Links) > maxLinks || filing.Where.Len() > maxField || filing.When.Len() > maxField+maxEvent+1 {
		t.Errorf("longer than a report may be: %d links, %d, %d", len(filing.Links), filing.Where.Len(), filing.When.Len())
	}
	around := filing.Around
	if around.Event.Len() > maxEvent || around.Touches.Len() > maxField || len(around.Also) > maxAlso || len(around.Risks) > len(coc.Risks()) {
		t.Errorf("more than may be said: %+v", around)
	}
	for _, repo := range around.Also {
		if parsed, err := coc.ParseRepo(repo.String()); err != nil || parsed != repo {
			t.Errorf("%+v is no repository", repo)
		}
	}
	if around.Space != "" && !slices.Contains(coc.Spaces(), around.Space) {
		t.Errorf("%q is no place", around.Space)
	}
	n := filing.Needs
	all := []coc.Prose{filing.Account, filing.Where, filing.When, around.Event, around.Touches, n.Safety, n.Elsewhere, n.Reach}
	if n.Safety.Len() > maxField || n.Elsewhere.Len() > maxField || n.Reach.Len() > maxField || n.Ongoing == coc.ReplyAsk || n.Safe == coc.ReplyAsk ||
		n.Ongoing.Validate() != nil || n.Safe.Validate() != nil || n.Identity.Validate() != nil {
		t.Errorf("more than may be said: %+v", n)
	}
	for _, p := range filing.Involved {
		all = append(all, p.Name)
		if login, err := coc.ParseLogin(string(p.Login)); p.Login != "" && (err != nil || login != p.Login) || p.Login == "" && p.Name.IsBlank() {
			t.Errorf("%+v is nobody", p)
		}
		if p.Role.Validate() != nil || p.Role == coc.RoleReporter || p.Name.Len() > maxWho {
			t.Errorf("%+v", p)
		}
	}
	for _, p := range append(all, filing.Links...) {
		if !utf8.ValidString(p.Reveal()) {
			t.Errorf("%q is not text", p.Reveal())
		}
	}
}

// written is what stands in a field of many lines.
func written(page, name string) string {
	_, rest, _ := strings.Cut(page, `<textarea id="`+name+`"`)
	_, rest, _ = strings.Cut(rest, ">\n")
	text, _, _ := strings.Cut(rest, "</textarea>")
	return html.UnescapeString(text)
}

// shown is a text as a page can hold it.
func shown(typed string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(typed, "\uFFFD"), "\x00", "\uFFFD")
}

// FuzzAsk asks for the form of whatever somebody pasted.
func FuzzAsk(f *testing.F) {
	for _, typed := range []string{
		"example-org/project", " https://github.example/example-org/project.git ", "github.example/a/b/issues/1", "//a/b", "a/..", "../../etc", "https://", "a.b",
		"a/b?x#y", "javascript://x/y/z", "a/%2e%2e", "\x00/b", "a/b\r\nLocation: x", "git@github.example:a/b", "A_/b", "a/.git", "@kim/x", "://a/b",
	} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		w := newWorld()
		a := w.get("/report?repository=" + url.QueryEscape(typed))
		switch a.StatusCode {
		case http.StatusUnprocessableEntity:
		case http.StatusSeeOther:
			to, err := a.Location()
			if err != nil || to.Host != "" && to.Host != "example.com" || !strings.HasPrefix(to.Path, "/report/") {
				t.Fatalf("%q leads to %v, %v", typed, to, err)
			}
			repo, err := coc.ParseRepo(strings.TrimPrefix(to.Path, "/report/"))
			if err != nil || !strings.Contains(typed, repo.Owner+"/"+repo.Name) {
				t.Errorf("%q leads to the form of %q", typed, to.Path)
			}
			if form := w.get(to.RequestURI()); form.StatusCode != http.StatusOK {
				t.Errorf("the form of %q answers %d", to.Path, form.StatusCode)
			}
		default:
			t.Errorf("%q: answered %d", typed, a.StatusCode)
		}
	})
}
