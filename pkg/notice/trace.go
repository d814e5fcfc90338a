package notice

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// clauses is the way a report took, one sentence for each step. A step whose
// rule is not in route's table is left out.
func clauses(trace []coc.Reason) []string {
	var out []string
	for _, r := range trace {
		rule, ok := route.RuleNamed(r.Rule)
		if !ok {
			continue
		}
		said := filled(sentence(rule.Clause), coc.Reason{
			Committee: plainly(clipped(r.Committee, 80)), Place: codeSpan(clipped(r.Place, 160)), Detail: plainly(clipped(r.Detail, 200)),
		})
		out = append(out, "- "+said+inRow(r)+"\n")
	}
	return out
}

// inRow names the row of the jurisdiction policy that a step carries out.
func inRow(r coc.Reason) string {
	if r.Row == "" {
		return ""
	}
	return " (Row " + r.Row + " of the jurisdiction policy.)"
}

// Alarm tells the operator of a problem of a room or a file, and what mends it,
// in one line. It never names a party, nor says that somebody is one: of a step
// that rests on parties it says at most that a room did not pass its check, and
// of one that is no problem of a room or a file it says nothing.
func Alarm(r coc.Reason) Operator {
	rule, ok := route.RuleNamed(r.Rule)
	if !ok {
		return Operator{}
	}
	said := coc.Reason{Committee: oneLine(r.Committee), Place: oneLine(r.Place), Detail: oneLine(r.Detail)}
	clause := rule.Clause
	if !rule.Alarm {
		if !strings.HasPrefix(rule.Key, "room/") {
			return Operator{}
		}
		clause = "the incident repository of {committee} did not pass the check that stands before every write"
	}
	text := filled(sentence(clause), said)
	if said.Place != "" && !strings.Contains(clause, "{place}") {
		text += " (" + said.Place + ")"
	}
	if rule.Next != "" {
		text += " " + rule.Next + "."
	}
	return Operator{&text}
}

// Aside tells the operator of an intake that does not decode and was set aside,
// by its number: it may be a report, and nothing follows from it until somebody
// sees to it.
func Aside(intake int64) Operator {
	text := fmt.Sprintf("Intake %[1]d cannot be read and was set aside, sealed; it may be a report."+
		" Update cocrouter, or report this as a defect of it; then take it up again: cocrouter jobs retry intake/%[1]d.", intake)
	return Operator{&text}
}

// filled puts the values into a clause. A value that is missing is said to be
// unknown rather than leaving a hole.
func filled(clause string, r coc.Reason) string {
	or := func(s, none string) string {
		if s == "" {
			return none
		}
		return s
	}
	return strings.NewReplacer(
		"{committee}", or(r.Committee, "the committee"), "{place}", or(r.Place, "a file"), "{detail}", or(r.Detail, "no details"),
	).Replace(clause)
}

// sentence makes a clause one. A name at its beginning keeps its spelling.
func sentence(clause string) string {
	first, n := utf8.DecodeRuneInString(clause)
	return string(unicode.ToUpper(first)) + clause[n:] + "."
}

// oneLine is a value for a line of plain text.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Join(plainLines(s), " ")), " ")
}
