package notice

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Go converts between struct types of identical structure, also from outside
// the package and also with unexported fields.
func TestNoTextConvertsIntoAnother(t *testing.T) {
	t.Parallel()
	kinds := []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[coc.Prose](), reflect.TypeFor[Public](), reflect.TypeFor[Private](), reflect.TypeFor[Operator](), reflect.TypeFor[Letter]()}
	for _, a := range kinds {
		for _, b := range kinds {
			if a != b && a.ConvertibleTo(b) {
				t.Errorf("%s converts into %s", a, b)
			}
		}
	}
}

// Whatever returns Public or Operator is listed here with what it is given. A
// new one has to be thought about.
func TestOnlyListedSentencesArePublicOrForOperators(t *testing.T) {
	t.Parallel()
	listed := map[string]string{
		"LinkSentence": "(formURL string) Public", "TakenSentence": "(formURL string) Public", "Alarm": "(r coc.Reason) Operator",
		"Aside": "(intake int64) Operator", "Undelivered": "(reference string) Operator", "Public.Marked": "(marker string) Public",
	}
	found := 0
	declared := regexp.MustCompile(`(?m)^func (?:\(\w+ (\w+)\) )?([A-Z]\w*)(\(.*\) \(?.*\b(?:Public|Operator)\b.*?) \{`)
	for _, source := range sources(t) {
		for _, m := range declared.FindAllStringSubmatch(source, -1) {
			name := strings.TrimPrefix(m[1]+"."+m[2], ".")
			if found++; listed[name] != m[3] {
				t.Errorf("%s%s", name, m[3])
			}
		}
	}
	if found != len(listed) {
		t.Errorf("found %d of %d", found, len(listed))
	}
}

func sources(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func TestPrivateAndOperatorPrintAsWithheld(t *testing.T) {
	t.Parallel()
	word := "heliotrope"
	for _, v := range []any{private(word), Alarm(coc.Reason{Rule: "x", Place: word}), struct{ p Private }{private(word)}, &struct{ o Operator }{Operator{&word}}, []any{private(word)}, Shown{Body: private(word), More: []Private{private(word)}}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, word) || strings.Contains(got, fmt.Sprintf("%x", word)) {
				t.Errorf("%T prints as %q", v, got)
			}
		}
		b, _ := json.Marshal(v)
		if strings.Contains(string(b), word) {
			t.Errorf("%T marshals as %s", v, b)
		}
	}
	if got := fmt.Sprint(private(word)); got != "[withheld]" {
		t.Errorf("prints as %q", got)
	}
}

func TestZeroValuesSayNothing(t *testing.T) {
	t.Parallel()
	if (Public{}).Markdown() != "" || (Private{}).Markdown() != "" || (Operator{}).Text() != "" || !(Private{}).IsZero() || fmt.Sprint(Private{}, Operator{}) != " " {
		t.Error("a zero value says something")
	}
	if got := Case(coc.Case{}, 0, time.Time{}); !reflect.DeepEqual(got, Shown{}) {
		t.Error("a case without a placement shows something")
	}
	if !Status(coc.Case{}, time.Time{}).IsZero() || !Refused(coc.Refusal{}).IsZero() || !Join().IsZero() || Comments(Private{}) != nil {
		t.Error("nothing says something")
	}
	if title, body := CommitteeChange(coc.Standing{}); title != "" || !body.IsZero() {
		t.Error("no change says something")
	}
	if ChangeVerdict(coc.Standing{}, "", time.Time{}).IsZero() {
		t.Error("a vote got no answer")
	}
	if !ChangeOutcome(coc.Standing{}, coc.Standing{}).IsZero() {
		t.Error("a change that never waited has an outcome")
	}
}

func TestMarkingTwiceIsMarkingOnce(t *testing.T) {
	t.Parallel()
	m := Marker("k3y", 2, 1)
	p := private("words").Marked(m)
	if p.Markdown() != "words\n\n"+m || p.Marked(m).Markdown() != p.Markdown() {
		t.Errorf("%q", p.Marked(m).Markdown())
	}
	q := LinkSentence("https://conduct.example/report/a/b").Marked(m)
	if q.Marked(m) != q || !strings.HasSuffix(q.Markdown(), "\n\n"+m) {
		t.Errorf("%q", q.Markdown())
	}
	if id, ok := CaseOf(Keep(p)); !ok || id != "k3y" {
		t.Errorf("the marker gives %q", id)
	}
	for _, s := range []string{"", "words", PublicMarker("k3y"), Defuse(coc.NewProse(m))} {
		if id, ok := CaseOf(coc.NewProse(s)); ok {
			t.Errorf("%q gives %q", s, id)
		}
	}
}

// A public sentence is one sentence, with the address of the form in it, and
// neither mentions nor refers to anything.
func TestPublicSentencesSayOneNeutralThing(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://conduct.example/report/example-org/project", "http://127.0.0.1:8080/report/a/b", "https://x.example/a@b#7?c=d> @kim", "javascript:alert(1)", "", "nonsense @kim-example\n/coc close"} {
		for _, p := range []Public{LinkSentence(url), TakenSentence(url)} {
			text := p.Markdown()
			if strings.Contains(text, "\n") || strings.Count(strings.ReplaceAll(text, url, ""), ". ") > 0 {
				t.Errorf("more than a sentence: %q", text)
			}
			if got := linkless(t, text); loose.MatchString(got) {
				t.Errorf("%q leaves %q", text, got)
			}
		}
	}
	if got := LinkSentence("https://conduct.example/report/example-org/project").Markdown(); !strings.Contains(got, "<https://conduct.example/report/example-org/project>") {
		t.Errorf("no address in %q", got)
	}
}

func TestVerdictsAreToldApart(t *testing.T) {
	t.Parallel()
	st := standingOf(canary)
	st.Pointer, st.Waiting.Pointer = "one", "two"
	said := map[string]bool{}
	for _, v := range []ballot.Verdict{ballot.Waiting, ballot.Held} {
		said[ChangeVerdict(st, v, wednesday).Markdown()] = true
	}
	for _, now := range []coc.Standing{
		{Pointer: st.Waiting.Pointer}, {Pointer: st.Pointer}, st,
		{Pointer: st.Pointer, Waiting: &coc.Waiting{Pointer: "another"}},
	} {
		said[ChangeOutcome(st, now).Markdown()] = true
	}
	if len(said) != 6 {
		t.Errorf("%d answers for two verdicts and four outcomes", len(said))
	}
}
