package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The table of clocks in ROUTING.md is what a committee gets that says nothing.
func TestRoutingShowsTheClocksOfACommitteeThatSaysNothing(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(doc), "### When nobody answers")
	if !found {
		t.Fatal("ROUTING.md has no such section")
	}
	table, _, _ = strings.Cut(table, "\n### ")
	var shown []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(line, "| `") {
			shown = append(shown, strings.Trim(cells[1], " `")+": "+strings.TrimSpace(cells[2]))
		}
	}
	var want, checks []string
	standard := standardClocks()
	for _, p := range promises {
		want = append(want, p.key+": "+written(*p.of(&standard)))
	}
	for _, s := range standard.FollowUp {
		checks = append(checks, written(s))
	}
	if want = append(want, "follow_up: "+strings.Join(checks, ", ")); !slices.Equal(shown, want) {
		t.Errorf("ROUTING.md shows\n%s\nthe defaults are\n%s", strings.Join(shown, "\n"), strings.Join(want, "\n"))
	}
}
