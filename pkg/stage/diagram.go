package stage

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Diagram is the table as Mermaid draws it. What gives a case to another committee
// starts from nearly every stage, so it is drawn once.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    state \"follow-up\" as follow\n    [*] --> received\n")
	var over []string // the verbs that are drawn once
	for _, t := range transitions {
		if t.To == coc.StageReceived {
			over = append(over, t.Verb)
			continue
		}
		for _, from := range t.From {
			b.WriteString("    " + node(from) + " --> " + node(t.To) + ": " + t.Verb + "\n")
		}
	}
	if len(over) > 0 {
		b.WriteString("    state \"any stage but closed\" as any\n    any --> received: " + strings.Join(over, ", ") + "\n")
	}
	for _, s := range coc.Stages() {
		if Closed(s) && slices.ContainsFunc(transitions, func(t Transition) bool { return t.To == s }) {
			b.WriteString("    " + node(s) + " --> [*]\n")
		}
	}
	return b.String()
}

// node is a stage's name as Mermaid takes it: a hyphen begins an arrow.
func node(s coc.Stage) string {
	name, _, _ := strings.Cut(string(s), "-")
	return name
}
