package coc_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const canary = "kestrel-canary"

// Everything by which a value gets into a log, an error or a page by accident.
func TestProseIsWithheldHoweverItIsPrinted(t *testing.T) {
	t.Parallel()
	p := coc.NewProse(canary)
	nested := struct {
		Words  coc.Prose
		Many   []coc.Prose
		ByName map[string]coc.Prose
		Case   coc.Case
	}{p, []coc.Prose{p}, map[string]coc.Prose{"a": p}, coc.Case{
		Report:  coc.Report{Account: p, Links: []coc.Prose{p}, Involved: []coc.Party{{Name: p}}},
		Journal: []coc.Entry{{Text: p}},
	}}
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s"} {
		out = append(out, fmt.Sprintf(verb, p), fmt.Sprintf(verb, &p), fmt.Sprintf(verb, nested))
	}
	out = append(out, fmt.Sprint(p), errors.Join(fmt.Errorf("of %w and %v", coc.ErrGone, p)).Error())
	for name, marshal := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "YAML": yaml.Marshal} {
		b, err := marshal(nested)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		out = append(out, string(b))
	}
	b, err := xml.Marshal(p)
	if err != nil {
		t.Error(err)
	}
	for _, s := range append(out, string(b)) {
		if strings.Contains(s, canary) || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", canary)) {
			t.Errorf("printed the words: %s", s)
		}
	}
	if fmt.Sprint(p) != "[withheld]" || fmt.Sprint(coc.Prose{}) != "" {
		t.Errorf("prints as %v, and empty as %v", p, coc.Prose{})
	}
	if p.Reveal() != canary || p.Len() != len(canary) || p.IsBlank() || !coc.NewProse(" \n\u00a0").IsBlank() {
		t.Error("the words themselves are lost, or blank is not blank")
	}
}

func TestProseIsReadFromText(t *testing.T) {
	t.Parallel()
	var v struct{ Words coc.Prose }
	if err := json.Unmarshal([]byte(`{"Words":"`+canary+`"}`), &v); err != nil || v.Words.Reveal() != canary {
		t.Errorf("read %q, %v", v.Words.Reveal(), err)
	}
}
