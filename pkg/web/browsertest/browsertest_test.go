package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// recorder is a test that takes down what is said against it.
type recorder struct {
	*testing.T
	said   []string
	ending []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Cleanup(f func())  { r.ending = append(r.ending, f) }

// end is the end of the recorded test.
func (r *recorder) end() string {
	for _, f := range r.ending {
		f()
	}
	r.ending = nil
	return strings.Join(r.said, "\n")
}

const sound = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title></head><body><main><h1>A page</h1>%s</main></body></html>`

// A browser that never objects would prove nothing: each thing that a page must
// not do is done once.
func TestWhatAPageMustNotDoIsNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path, body string
		header           [2]string
		want             string // "": nothing
		phone            Phone
	}{
		{name: "nothing wrong", body: `<p>All is well.</p>`},
		{name: "nothing wrong, without scripts", body: `<p>All is well.</p><script>localStorage.a = 1; console.error("no")</script>`, phone: Phone{NoScript: true}},
		{name: "a picture from elsewhere", body: `<img alt="" src="http://elsewhere.example/x.png">`, want: "asks somebody else: http://elsewhere.example/x.png"},
		{name: "against the policy", body: `<p style="color: red">Red</p>`, header: [2]string{"Content-Security-Policy", "default-src 'none'"}, want: "Content Security Policy"},
		{name: "an error in a script", body: `<script>nothing.at.all()</script>`, want: "exception"},
		{name: "an error on the console", body: `<script>console.error("broken")</script>`, want: "console: "},
		{name: "a cookie", header: [2]string{"Set-Cookie", "a=b"}, want: "there are cookies"},
		{name: "a cookie that is allowed", header: [2]string{"Set-Cookie", "a=b"}, phone: Phone{Cookies: true}},
		{name: "something stored", body: `<script>sessionStorage.draft = "it"</script>`, want: "sessionStorage draft"},
		{name: "a database", body: `<script>indexedDB.open("drafts")</script>`, want: "indexedDB drafts"},
		{name: "an address that tells", path: "/?receipt=ABCD", want: `the history holds "ABCD"`},
		{name: "a field without a label", body: `<input>`, want: "label"},
		{name: "grey on grey", body: `<p style="color: #999; background: #aaa">Hard to read</p>`, want: "color-contrast"},
		{name: "grey on grey in the dark", body: `<style>@media (prefers-color-scheme: dark) { p { color: #999; background: #aaa } }</style><p>Hard to read</p>`, want: "dark: color-contrast"},
		{name: "too wide", body: `<div style="width: 600px">Wide</div>`, want: "at 320 pixels it is 6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				if c.header[0] != "" {
					w.Header().Set(c.header[0], c.header[1])
				}
				_, _ = fmt.Fprintf(w, sound, c.body)
			}))
			defer server.Close()
			r := &recorder{T: t}
			tab := Open(r, server.URL, c.phone)
			tab.Hide("ABCD")
			if status := tab.Visit("/" + strings.TrimPrefix(c.path, "/")); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			tab.Look("page")
			said := r.end()
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("it says %q, want %q", said, c.want)
			}
		})
	}
}

func TestWhatIsWrongInAPartOfATestIsSaidAgainstIt(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, sound, `<p lang="`+r.Header.Get("Accept-Language")+`">All is well.</p><input>`)
	}))
	t.Cleanup(server.Close)
	whole, part := &recorder{T: t}, &recorder{T: t}
	tab := Open(whole, server.URL, Phone{Language: "de"})
	tab.In(part, "ja")
	tab.Visit("/")
	if tab.Count(`p[lang="ja"]`) != 1 {
		t.Error("it does not speak the language of the part")
	}
	tab.Look("page")
	if said := part.end(); !strings.Contains(said, "label") || len(whole.said) != 0 {
		t.Errorf("against the part it says %q, and against the whole %q", said, whole.said)
	}
	tab.Look("page")
	if said := whole.end(); !strings.Contains(said, "label") {
		t.Errorf("after the part it says %q", said)
	}
}
