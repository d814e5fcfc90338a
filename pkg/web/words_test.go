package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// english is what the pages say in English, where something is counted of many.
var english = func() map[string]string {
	out := map[string]string{}
	for key, m := range fallback.Words {
		out[key] = m["other"]
	}
	return out
}()

// values are how many values a text takes; -1 where it has a "%" that is none.
func values(text string) int {
	highest := 0
	for i, m := range valueIn.FindAllStringSubmatch(text, -1) {
		n := i + 1
		if m[1] != "" {
			n = int(m[1][0] - '0')
		}
		highest = max(highest, n)
	}
	if strings.Contains(valueIn.ReplaceAllString(text, ""), "%") {
		return -1
	}
	return highest
}

// A template that asks for words there are not, or gives them another number of
// values than they take, must not wait for somebody to meet it.
func TestTemplatesAskForWordsThatAreThereWithTheValuesTheyTake(t *testing.T) {
	t.Parallel()
	asked := 0
	for name, v := range views {
		for _, part := range v.Templates() {
			for _, call := range calls(part.Tree.Root) {
				asked++
				m, ok := fallback.Words[call.key]
				if !ok {
					t.Errorf("%s: no words for %q", name, call.key)
				}
				for form, text := range m {
					if got := values(text); got != call.values && (form == "other" || got > call.values) {
						t.Errorf("%s: %q takes %d values, and is given %d", name, call.key, got, call.values)
					}
				}
			}
		}
	}
	if asked < 100 {
		t.Fatalf("%d calls were found", asked)
	}
}

// called is one call of say with a key that stands in the template.
type called struct {
	key    string
	values int
}

// calls finds every call of say, also where a test would never come.
func calls(n parse.Node) (out []called) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, m := range n.Nodes {
			out = append(out, calls(m)...)
		}
	case *parse.ActionNode:
		out = calls(n.Pipe)
	case *parse.TemplateNode:
		out = calls(n.Pipe)
	case *parse.PipeNode:
		if n == nil {
			return nil
		}
		for _, c := range n.Cmds {
			out = append(out, calls(c)...)
		}
	case *parse.CommandNode:
		if f, ok := n.Args[0].(*parse.IdentifierNode); ok && f.Ident == "say" && len(n.Args) > 1 {
			if key, ok := n.Args[1].(*parse.StringNode); ok {
				out = append(out, called{key.Text, len(n.Args) - 2})
			}
		}
		for _, a := range n.Args {
			out = append(out, calls(a)...)
		}
	case *parse.IfNode:
		out = branch(&n.BranchNode)
	case *parse.RangeNode:
		out = branch(&n.BranchNode)
	case *parse.WithNode:
		out = branch(&n.BranchNode)
	}
	return out
}

func branch(n *parse.BranchNode) []called {
	return append(append(calls(n.Pipe), calls(n.List)...), calls(n.ElseList)...)
}

// The language goes along with every link and form of ours.
func TestLinksAndFormsKeepTheLanguage(t *testing.T) {
	t.Parallel()
	files, _ := fs.Glob(pages, "pages/*.html")
	for _, f := range files {
		b, _ := fs.ReadFile(pages, f)
		for _, m := range regexp.MustCompile(`(?:href|action)="(/[^"]*|\{\{[^}]*\}\})`).FindAllStringSubmatch(string(b), -1) {
			get := strings.Contains(string(b), `action="`+m[1]+`" method="get">`+"\n"+`{{template "kept"}}`)
			if !strings.HasPrefix(m[1], "{{to ") && !strings.HasPrefix(m[1], "/assets/") && m[1] != "{{.Exit.Address}}" && m[1] != "{{.URL}}" && !get {
				t.Errorf("%s: %s leads to a page in another language", f, m[0])
			}
		}
	}
}

// someWords is a language of two words, right to left.
func someWords(t *testing.T, text string) (*catalogue, error) {
	t.Helper()
	return readCatalogue(fstest.MapFS{"words/ar.yaml": {Data: []byte(text)}}, "words/ar.yaml")
}

func TestWhatACatalogueLacksIsSaidInEnglish(t *testing.T) {
	t.Parallel()
	c, err := someWords(t, "language: ar\nname: Arabic\nwords:\n  send: \"A\"\n  span.days: {two: \"B\", few: \"%v C\", other: \"%v D\"}\n")
	if err != nil {
		t.Fatal(err)
	}
	w := words{catalogue: c}
	for key, want := range map[string]string{"send": "A", "start": english["start"]} {
		if got, err := w.Say(key); got != want || err != nil {
			t.Errorf("%s is %q, %v", key, got, err)
		}
	}
	if _, err := w.Say("no.such.key"); err == nil {
		t.Error("a key that nobody has is no error")
	}
	one := words{catalogue: fallback}
	if got, _ := one.Span(coc.Span{N: 1, Unit: coc.Days}); got != "1 day" {
		t.Errorf("one day is %q", got)
	}
	for n, want := range map[int]string{1: "1 D", 2: "B", 3: "3 C", 11: "11 D"} {
		if got, err := w.Span(coc.Span{N: n, Unit: coc.Days}); got != want || err != nil {
			t.Errorf("%d days are %q, %v", n, got, err)
		}
	}
	if got, _ := w.Span(coc.Span{N: 2, Unit: coc.BusinessDays}); got != "2 business days" {
		t.Errorf("two business days are %q", got)
	}
	if got, _ := w.Span(coc.Span{N: 2, Unit: "moons"}); got != "" {
		t.Errorf("a unit that is none is %q", got)
	}
	if w.Dir() != "rtl" || (words{catalogue: fallback}).Dir() != "ltr" {
		t.Error("the direction is wrong")
	}
}

func TestValuesStandWhereALanguageWantsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"%v of %v": "a of 2", "%[2]v: %[1]v": "2: a", "%[2]v, %[1]v, %v": "2, a, 2", "%v %v %v": "a 2 %v", "100 %, %d": "100 %, %d", "none": "none",
	} {
		if got := filled(text, []any{"a", 2}); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestCatalogueWithAMistakeIsNotRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a key twice":        "language: ar\nwords:\n  send: \"A\"\n  send: \"B\"\n",
		"a field of no use":  "language: ar\ncolour: red\n",
		"no language":        "language: \"?\"\n",
		"words in no order":  "language: ar\nwords: [a]\n",
		"months of no year":  "language: ar\ndates: {months: [a]}\n",
		"a list for a plura": "language: ar\nwords:\n  send: [a]\n",
	} {
		if c, err := someWords(t, text); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}

// Catalogues are merged line by line (words/.gitattributes), so that an entry
// must not go over several.
func TestEveryEntryOfACatalogueIsOneLine(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("words/*.yaml")
	line := regexp.MustCompile(`^(#.*|  "?[a-z0-9.-]+"?: (".*"|\{.*\})|)$`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, entries, _ := strings.Cut(string(b), "\nwords:\n")
		for l := range strings.Lines(entries) {
			if l = strings.TrimSuffix(l, "\n"); !line.MatchString(l) {
				t.Errorf("%s: %s", f, l)
			}
		}
	}
	if len(files) != len(catalogues) {
		t.Errorf("%d files, %d languages", len(files), len(catalogues))
	}
}

func TestLanguageIsTheChosenOneThenTheBrowsersThenEnglish(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ query, accept, lang, to string }{
		{"", "", "en", "/receipt"},
		{"lang=en", "", "en", "/receipt?lang=en"},
		{"lang=xx", "en-GB", "en", "/receipt"},
		{"lang=%FF%00", "tlh, *;q=0.1", "en", "/receipt"},
		{"", strings.Repeat("en,", maxAsked), "en", "/receipt"},
		{"", ";;q=,", "en", "/receipt"},
		{"lang=ar", "de", "ar", "/receipt?lang=ar"},
		{"lang=zh-Hans", "", "zh-Hans", "/receipt?lang=zh-Hans"},
		{"lang=DE", "fr-CA;q=0.5, de-AT", "de", "/receipt"},
		{"", "de;q=0.4, fr-CA, en;q=0.3", "fr", "/receipt"},
		{"", "tlh, es-419;q=0.2", "es", "/receipt"},
		{"", "pt-PT", "pt", "/receipt"}, {"", "zh-CN", "zh-Hans", "/receipt"}, {"", "zh", "zh-Hans", "/receipt"}, {"", "ar-EG", "ar", "/receipt"}, {"", "ja-JP", "ja", "/receipt"},
		{"", "zh-TW", "zh-Hans", "/receipt"}, // what can be read with some trouble is better than what cannot
	} {
		r := httptest.NewRequest("POST", "/receipt?"+tc.query, strings.NewReader("lang=en"))
		r.Header.Set("Accept-Language", tc.accept)
		if w := speak(r); w.Lang() != tc.lang || w.To("/receipt") != tc.to {
			t.Errorf("%q and %.20q: %s, %s", tc.query, tc.accept, w.Lang(), w.To("/receipt"))
		}
	}
	w := newWorld()
	a := w.get(path + "?lang=en")
	want(t, a, 200, `action="`+path+`?lang=en"`, `href="/receipt?lang=en"`)
	if a.Header.Get("Content-Language") != "en" || a.Header.Get("Vary") != "Accept-Language" {
		t.Errorf("the headers are %v", a.Header)
	}
	if to := w.get("/report?lang=en&repository=example-org/project").Header.Get("Location"); to != path+"?lang=en" {
		t.Errorf("it leads to %s", to)
	}
	want(t, w.get("/report?lang=en"), 200, `<input type="hidden" name="lang" value="en">`)
}

// A key that code passes on to a template must be one, too: a page that cannot be made
// is found here and not by somebody who reports.
func TestCodePassesOnKeysThatAreThere(t *testing.T) {
	t.Parallel()
	first := map[string]bool{} // the first words of keys
	for key := range fallback.Words {
		if kind, _, ok := strings.Cut(key, "."); ok {
			first[kind] = true
		}
	}
	found := 0
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(lit.Value)
			kind, rest, ok := strings.Cut(text, ".")
			if !ok || rest == "" || !first[kind] || strings.HasSuffix(text, ".html") || strings.HasSuffix(text, ".js") {
				return true // the beginning of a key, or none
			}
			found++
			_, ok = fallback.Words[text]
			if _, message := fallback.Words[text+".title"]; !ok && !message {
				t.Errorf("%s: no words for %q", f, text)
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("%d keys were found", found)
	}
}

// What is due and has no word would stand there as a key, in every language.
func TestWhateverIsDueHasWords(t *testing.T) {
	t.Parallel()
	day, now := coc.Span{N: 1, Unit: coc.Days}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	k := coc.Committee{Clocks: coc.Clocks{
		AcknowledgeTarget: day, AcknowledgeWithin: day, ScreenWithin: day, UpdateEvery: day, DecideWithin: day,
		DeadlockAfter: day, MediateWithin: day, FollowUp: []coc.Span{day},
	}}
	dues := []coc.Due{{What: stage.DueInterim}, {What: stage.DueUrgent}, {What: stage.DueWithdrawn}}
	for _, s := range coc.Stages() {
		for _, remedies := range [][]coc.Remedy{{{Until: now, Checks: []time.Time{now}}}, nil} {
			dues = append(dues, stage.WithRemedies(k, stage.Due(k, s, now), s, remedies, now)...)
		}
	}
	for _, due := range dues {
		if _, ok := fallback.Words["due."+due.What]; !ok {
			t.Errorf("%q has no word", due.What)
		}
	}
}
