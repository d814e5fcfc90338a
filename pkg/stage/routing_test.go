package stage_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/stage"
)

func TestRoutingShowsTheTransitionsThatThereAre(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| `/coc ") {
			shown = append(shown, strings.TrimSpace(line))
		}
	}
	var want []string
	for _, tr := range stage.Table() {
		var from []string
		for _, s := range tr.From {
			from = append(from, string(s))
		}
		want = append(want, "| `/coc "+tr.Verb+"` | "+strings.Join(from, ", ")+" | "+string(tr.To)+" |")
	}
	if !slices.Equal(shown, want) {
		t.Errorf("ROUTING.md shows\n%s\nthe table is\n%s", strings.Join(shown, "\n"), strings.Join(want, "\n"))
	}
}

func TestRoutingDrawsTheTransitionsThatThereAre(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(doc), "```mermaid\n")
	drawn, _, _ := strings.Cut(after, "```")
	if drawn != stage.Diagram() {
		t.Errorf("ROUTING.md draws\n%s\nthe table is\n%s", drawn, stage.Diagram())
	}
}

func TestDiagramHasEveryRowOnce(t *testing.T) {
	t.Parallel()
	d := stage.Diagram()
	for _, tr := range stage.Table() {
		n := strings.Count(d, ": "+tr.Verb+"\n") + strings.Count(d, ": "+tr.Verb+", ") + strings.Count(d, ", "+tr.Verb+"\n")
		if want := len(tr.From); n != want && n != 1 || n == 0 {
			t.Errorf("%s is drawn %d times, and starts from %d stages", tr.Verb, n, want)
		}
	}
}
