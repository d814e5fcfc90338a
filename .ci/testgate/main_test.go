package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

const module = `"Package":"github.com/cocrouter/cocrouter/pkg/route"`

func TestGateStaysShut(t *testing.T) {
	t.Parallel()
	passing := `{"Action":"pass",` + module + `,"Test":"TestA"}` + "\n"
	for name, c := range map[string]struct {
		stream   string
		required []string
		want     string
	}{
		"when a test skips":               {passing + `{"Action":"skip",` + module + `,"Test":"TestB"}`, nil, "skipped, and nothing may be: pkg/route.TestB"},
		"when a test fails":               {passing + `{"Action":"fail",` + module + `,"Test":"TestB"}`, nil, "failed: pkg/route.TestB"},
		"when a test never ends":          {passing + `{"Action":"run",` + module + `,"Test":"TestB"}`, nil, "began and never ended: pkg/route.TestB"},
		"when a package does not build":   {passing + `{"Action":"fail",` + module + `}`, nil, "failed: github.com/cocrouter/cocrouter/pkg/route (the package as a whole)"},
		"when a required test is missing": {passing, []string{"pkg/route.TestGone"}, "must pass and was not seen passing: pkg/route.TestGone"},
		"when nothing ran":                {"", nil, "no test ran"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := read(strings.NewReader(c.stream), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.complaints(c.required); !slices.Contains(got, c.want) {
				t.Errorf("complaints are %q, want %q among them", got, c.want)
			}
		})
	}
}

func TestGateOpensAndCounts(t *testing.T) {
	t.Parallel()
	stream := `{"Action":"run",` + module + `,"Test":"TestA"}
{"Action":"pass",` + module + `,"Test":"TestA"}
{"Action":"pass",` + module + `,"Test":"TestA/sub"}
{"Action":"skip","Package":"github.com/cocrouter/cocrouter/pkg/empty"}
`
	r, err := read(strings.NewReader(stream), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.complaints(requiredTests("# a comment\n\npkg/route.TestA/sub # why\n")); got != nil {
		t.Errorf("the gate complains of %q", got)
	}
	if got, want := r.line(), "2 passed, 0 failed, 0 skipped"; got != want {
		t.Errorf("the closing line is %q, want %q", got, want)
	}
}

func TestOutputOfAFailingTestIsShownAndOfAPassingOneIsNot(t *testing.T) {
	t.Parallel()
	stream := `{"Action":"output",` + module + `,"Test":"TestA","Output":"quiet\n"}
{"Action":"pass",` + module + `,"Test":"TestA"}
{"Action":"output",` + module + `,"Test":"TestB","Output":"loud\n"}
{"Action":"fail",` + module + `,"Test":"TestB"}
{"Action":"output",` + module + `,"Output":"FAIL\n"}
`
	var out strings.Builder
	if _, err := read(strings.NewReader(stream), &out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "loud\nFAIL\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}
