package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// An operator at a terminal is told every step, those with a conflict among them.
func TestEveryStepIsExplainedOnOneLine(t *testing.T) {
	t.Parallel()
	for _, r := range route.Rules() {
		for _, reason := range []coc.Reason{reasonFor(r.Key), {Rule: r.Key, Row: r.Row}, {Rule: r.Key, Committee: "A\nB\u202e\x1b[2J", Place: "a\tb/c"}} {
			text := Step(reason).Text()
			if text == "" || strings.ContainsAny(text, "{}\n\t\x1b\u202e") || !strings.HasSuffix(strings.TrimSuffix(text, ")"), ".") {
				t.Errorf("%s: %q", r.Key, text)
			}
			if reason.Row != "" && !strings.Contains(text, "(Row "+reason.Row+" of") {
				t.Errorf("%s: %q does not name its row", r.Key, text)
			}
		}
	}
	if text := Step(coc.Reason{Rule: canary, Detail: canary}).Text(); text != "" {
		t.Errorf("an unknown rule is told: %q", text)
	}
}

func TestEveryKindOfConflictIsExplained(t *testing.T) {
	t.Parallel()
	for _, code := range []string{conflict.WhyAccused, conflict.WhyHarmed, conflict.WhyUnset, conflict.WhyDeclared, conflict.WhyDecided, conflict.WhySeveral, conflict.WhyEmployer} {
		if Why(code).Text() == "" {
			t.Errorf("%s has no words", code)
		}
	}
	if Why(canary).Text() != "" {
		t.Error("an unknown conflict is told")
	}
}

// What an explanation says is not printed or encoded by accident.
func TestExplainedIsWithheld(t *testing.T) {
	t.Parallel()
	e := Why(conflict.WhyAccused)
	encoded, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprint(e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", []Explained{e}), fmt.Sprintf("%s", struct{ E Explained }{e}), string(encoded)} {
		if strings.Contains(got, "accused") || !strings.Contains(got, "[withheld]") {
			t.Errorf("%q", got)
		}
	}
	if got := fmt.Sprint(Explained{}); got != "" {
		t.Errorf("nothing prints as %q", got)
	}
}
