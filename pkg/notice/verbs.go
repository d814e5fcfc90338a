package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// verb is one command as help shows it.
type verb struct{ name, args, means string }

func verbs() []verb { return nil }

func legal(s coc.Stage) []verb { return nil }

func has(list []verb, name string) bool {
	return slices.ContainsFunc(list, func(v verb) bool { return v.name == name })
}

func clauses(trace []coc.Reason) []string {
	var out []string
	for _, r := range trace {
		out = append(out, "- "+escaped(r.Rule)+"\n")
	}
	return out
}

// commandList is commands as a list.
func commandList(verbs []verb) string {
	var b strings.Builder
	for _, v := range verbs {
		b.WriteString("- " + codeSpan(strings.TrimSpace("/coc "+v.name+" "+v.args)) + ": " + escaped(v.means) + "\n")
	}
	return b.String()
}
