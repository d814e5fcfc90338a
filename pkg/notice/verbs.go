package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// verb is one command as help shows it.
type verb struct{ name, args, means string }

func legal(s coc.Stage) []verb { return nil }

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
