package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

const sample = `package sample

import (
	"slices"
	"strings"
)

var words = []string{"one", "two words"}

type list []int

func (l list) take(a, b bool, rest ...int) ([]int, bool) {
	switch {
	case a && !b:
		return slices.Clone(rest), true
	}
	for _, n := range l {
		if n < 3 {
			continue
		}
		rest = append(rest, n)
	}
	return rest, false
}

func rule(s string, _ int) string {
	switch s {
	case "a", "b":
		return "room/public"
	case "c":
		return "room/archived"
	}
	return strings.ToLower(s)
}

func note(to *[]string, s string) {
	*to = append(*to, s)
}
`

func TestOneThingIsBrokenAtATime(t *testing.T) {
	t.Parallel()
	mutants, err := mutantsIn("sample.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range mutants {
		names = append(names, strings.TrimPrefix(m.name, "sample.go:"))
		if bytes.Equal(m.source(), m.original) {
			t.Errorf("%s breaks nothing", m.name)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", m.source(), parser.SkipObjectResolution); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
	want := []string{
		`words: "one" is gone`,
		`words: "one" → "mutated"`,
		"take: a && !b never",
		"take: a && !b always",
		"take: a && !b → a || !b",
		"take: !b → b",
		"take: return slices.Clone(rest) is zero",
		"take: slices.Clone(rest) → rest",
		"take: true → false",
		"take: n < 3 never",
		"take: n < 3 always",
		"take: n < 3 → n <= 3",
		"take: n < 3 → n >= 3",
		"take: 3 → 4",
		"take: continue → {}",
		"take: rest = append(rest, n) is not kept",
		"take: return rest is zero",
		"take: false → true",
		`rule: "a" is gone`,
		`rule: "b" is gone`,
		`rule: case "c" is gone`,
		`rule: "a" → "mutated"`,
		`rule: "b" → "mutated"`,
		`rule: return "room/public" is zero`,
		`rule: "room/public" → "room/archived"`,
		`rule: "c" → "mutated"`,
		`rule: return "room/archived" is zero`,
		`rule: "room/archived" → "room/public"`,
		"rule: return strings.ToLower(s) is zero",
		"rule: strings.ToLower(s) → s",
		"note: *to = append(*to, s) is not kept",
	}
	slices.Sort(names)
	slices.Sort(want)
	for _, n := range names {
		if !slices.Contains(want, n) {
			t.Errorf("unexpected: %s", n)
		}
	}
	for _, n := range want {
		if !slices.Contains(names, n) {
			t.Errorf("missing: %s", n)
		}
	}
}

// A package of which one rule is tested and another is not.
func packageToBreak(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod": "module sample\n\ngo 1.26\n",
		"kept/kept.go": `package kept

// Fits is tested, and its mutants die.
func Fits(n int) bool { return n > 3 }

// Lost is not.
func Lost(_ string, n int) bool { return n > 3 }

// Count hangs where it does not count.
func Count(to int) int {
	n := 0
	for n < to {
		n++
	}
	return n
}

// Unused does not compile where its variable is not used.
func Unused(n int) int {
	if m := n; n > 0 {
		Note(m)
	}
	return n
}

func Note(int) {}

var table = []string{"a", "b"}

// Known is tested by one of its words.
func Known() []string { return table }
`,
		"kept/kept_test.go": `package kept

import "testing"

func TestFits(t *testing.T) {
	if Fits(3) || !Fits(4) || Fits(2) || Count(2) != 2 || Unused(1) != 1 || Known()[1] != "b" {
		t.Error("wrong")
	}
}
`,
	} {
		if err := os.MkdirAll("kept", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMutantThatLivesFailsTheRun(t *testing.T) {
	packageToBreak(t)
	before, err := os.ReadFile("kept/kept.go")
	if err != nil {
		t.Fatal(err)
	}
	mutate := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(append(append([]string{"-patience", "1s"}, args...), "./kept"), &out)
		return code, out.String()
	}
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a rule that is tested":                       {[]string{"-only", "Fits"}, 0, "100.0 %     4 killed    0 lived"},
		"a rule that is not, in a function by itself": {[]string{"-only", "Lost"}, 1, "lives: line 7 of kept/kept.go:Lost: return n > 3 is the opposite"},
		"a word of a table":                           {[]string{"-only", "table: \"a\" →"}, 1, "lives: line 28 of kept/kept.go:table: \"a\" → \"mutated\""},
		"another":                                     {[]string{"-only", "table: \"b\""}, 0, "2 killed"},
		"one that hangs is killed":                    {[]string{"-only", `n\+\+`}, 0, "1 killed"},
		"one that does not compile proves nothing":    {[]string{"-only", `Note\(m\)`}, 1, "1 did not compile"},
		"none at all is a mistake":                    {[]string{"-only", "nothing"}, 1, "no mutant to try"},
		"a folder without a package":                  {[]string{"-only", "("}, 2, "name packages"},
	} {
		if code, said := mutate(tc.args...); code != tc.code || !strings.Contains(said, tc.want) {
			t.Errorf("%s: exit %d, want %d with %q:\n%s", name, code, tc.code, tc.want, said)
		}
	}
	_, once := mutate("-list", "-sample", "5", "-seed", "7")
	if _, again := mutate("-list", "-sample", "5", "-seed", "7"); once != again || strings.Count(once, "\n") != 6 {
		t.Errorf("one seed draws\n%sand\n%s", once, again)
	}
	if after, err := os.ReadFile("kept/kept.go"); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the tree was touched: %v", err)
	}
	if entries, err := os.ReadDir("kept"); err != nil || len(entries) != 2 {
		t.Errorf("the tree was touched: %v, %v", entries, err)
	}
	if err := os.WriteFile("kept/kept_test.go", []byte("package kept\n\nimport \"testing\"\n\nfunc TestFits(t *testing.T) { t.Error() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := mutate(); code != 1 || !strings.Contains(said, "fail before anything is broken") {
		t.Errorf("tests that fail anyway kill everything: exit %d\n%s", code, said)
	}
}

func TestTheListOfEquivalentMutantsIsHeldToWhatThereIs(t *testing.T) {
	t.Parallel()
	all := []mutant{{name: "pkg/a/a.go:f: x never"}, {name: "pkg/a/a.go:f: y never"}}
	for name, tc := range map[string]struct {
		text string
		same int
		want string
	}{
		"a reason":                         {"# a comment\n\npkg/a/a.go:f: x never\n    it is never asked\n    for two lines\n", 1, ""},
		"no reason":                        {"pkg/a/a.go:f: x never\npkg/a/a.go:f: y never\n    because\n", 2, "no reason follows: pkg/a/a.go:f: x never"},
		"no reason at the end":             {"pkg/a/a.go:f: x never\n", 1, "no reason follows"},
		"a mutant that is gone":            {"pkg/a/a.go:f: z never\n    because\n", 1, "there is no such mutant any more: pkg/a/a.go:f: z never"},
		"of a package that nobody asks of": {"pkg/b/b.go:f: z never\n    because\n", 1, ""},
	} {
		same, complaints := equivalent(tc.text, []string{"./pkg/a/"}, all)
		if said := strings.Join(complaints, "\n"); len(same) != tc.same || !strings.Contains(said, tc.want) || (tc.want == "") != (said == "") {
			t.Errorf("%s: %d, %q", name, len(same), said)
		}
	}
}
