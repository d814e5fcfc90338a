package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// verb is one command as help shows it.
type verb struct{ name, args, means string }

func verbs() []verb {
	var out []verb
	for _, t := range stage.Table() {
		out = append(out, verb{name: t.Verb, means: t.Means})
	}
	return out
}

// legal is what moves a case from this stage, in the order of a case's life.
func legal(s coc.Stage) []verb {
	var out []verb
	for _, v := range verbs() {
		if slices.Contains(stage.Legal(s), v.name) {
			out = append(out, v)
		}
	}
	return out
}

func has(list []verb, name string) bool {
	return slices.ContainsFunc(list, func(v verb) bool { return v.name == name })
}

// commandList is commands as a list.
func commandList(verbs []verb) string {
	var b strings.Builder
	for _, v := range verbs {
		b.WriteString("- " + codeSpan(strings.TrimSpace("/coc "+v.name+" "+v.args)) + ": " + plainly(v.means) + "\n")
	}
	return b.String()
}
