package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// forCases is the commands of a case. The other one of the table belongs to a
// public thread.
func forCases() []command.Spec {
	return slices.DeleteFunc(command.Specs(), func(s command.Spec) bool { return s.Verb == "report" })
}

// possible reports whether a command does something at this stage. What moves
// nothing always does, except that a case that is over needs nobody.
func possible(verb string, at coc.Stage) bool {
	switch verb {
	case "help", "status", "admit", "notify", "accused", "template":
		return true
	case "severity", "flag", "unflag", "link", "evidence", "update":
		return true
	case "interim", "legal": // of a legal risk it is said before anything is proposed
		return !decided(at)
	case "claim", "clear", "recuse", "confirm-conflict", "ask":
		return !stage.Closed(at)
	case "agree", "object":
		return at == coc.StageDeciding
	}
	return slices.Contains(stage.Legal(at), verb)
}

// decided reports whether nobody decides in a case any more.
func decided(at coc.Stage) bool {
	return at == coc.StageResolved || at == coc.StageFollowUp || stage.Closed(at)
}

// aside are the commands that do nothing with a case itself. Those about
// conflicts have a part of the body of their own.
var aside = []string{"help", "status", "clear", "recuse", "confirm-conflict", "admit", "notify", "ask",
	"severity", "flag", "unflag", "link", "evidence", "update", "accused", "interim", "template"}

// voting are those of which the part about what is proposed tells.
var voting = []string{"agree", "object", "legal"}

// legal is what can be done with a case at this stage, in the order of the
// table.
func legal(at coc.Stage) []command.Spec {
	return slices.DeleteFunc(forCases(), func(s command.Spec) bool {
		return !possible(s.Verb, at) || slices.Contains(aside, s.Verb) || slices.Contains(voting, s.Verb)
	})
}

// commandList is commands as a list.
func commandList(specs []command.Spec) string {
	var b strings.Builder
	for _, s := range specs {
		b.WriteString("- " + codeSpan("/coc "+s.Verb+" "+s.Args) + ": " + plainly(s.Means) + "\n")
	}
	return b.String()
}
