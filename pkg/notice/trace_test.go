package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
)

func reasonFor(rule string) coc.Reason {
	return coc.Reason{Rule: rule, Committee: "Example Conduct Committee", Place: "example-conduct/cases", Detail: "line 3, column 5"}
}

// operators is every alarm there is.
func operators() string {
	var out []string
	for _, r := range route.Rules() {
		if text := Alarm(reasonFor(r.Key)).Text(); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

// An alarm that only ever comes with a conflict tells of the conflict.
func TestAlarmsTellNothingOfParties(t *testing.T) {
	t.Parallel()
	for _, r := range route.Rules() {
		text := Alarm(reasonFor(r.Key)).Text()
		for _, word := range []string{"conflict", "accused", "harmed", "party", "parties", "may not see"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: %q", r.Key, text)
			}
		}
		if r.Alarm && (!strings.Contains(text, "example-conduct/cases") || strings.Contains(text, "{")) {
			t.Errorf("%s: %q does not say where", r.Key, text)
		}
		if r.Alarm != (r.Next != "") || !strings.HasSuffix(strings.TrimSuffix(text, "."), r.Next) {
			t.Errorf("%s: %q does not say what to do", r.Key, text)
		}
		if !r.Alarm && !strings.HasPrefix(r.Key, "room/") && text != "" {
			t.Errorf("%s is no alarm and says %q", r.Key, text)
		}
	}
	if Alarm(coc.Reason{Rule: canary, Detail: canary}).Text() != "" {
		t.Error("an unknown rule is told")
	}
	if got := Alarm(coc.Reason{Rule: "room/public", Committee: "A\nB\u202e", Place: "x/y"}).Text(); got != "The incident repository of A B is public. (x/y) Make it private, and take what is in it for known." {
		t.Errorf("%q", got)
	}
}

func TestEveryStepOfTheWayIsASentence(t *testing.T) {
	t.Parallel()
	var trace []coc.Reason
	for _, r := range route.Rules() {
		trace = append(trace, reasonFor(r.Key), coc.Reason{Rule: r.Key})
	}
	lines := clauses(append(trace, coc.Reason{Rule: canary}))
	if len(lines) != len(trace) {
		t.Errorf("%d lines for %d steps", len(lines), len(trace))
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "{}") || !strings.HasPrefix(line, "- ") || strings.Contains(line, "..") || strings.Count(line, "\n") != 1 {
			t.Errorf("%q", line)
		}
	}
}
