package notice

import (
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Explained is one line of plain text for an operator who asks, at their own
// terminal, where a report would go. Unlike an Operator's, which ends in a log,
// it may say that somebody has a conflict; so nothing that logs takes it. The
// zero value is empty. It prints and marshals as "[withheld]".
type Explained struct{ shown *string }

// Text is the line.
func (e Explained) Text() string {
	if e.shown == nil {
		return ""
	}
	return *e.shown
}

// Format never shows the words, whatever the verb.
func (e Explained) Format(f fmt.State, _ rune) { withhold(f, e.Text() == "") }

// MarshalText never shows the words.
func (e Explained) MarshalText() ([]byte, error) { return withheldText(e.Text() == ""), nil }

// Step explains one step of a way. It is empty for a rule that is not in route's
// table.
func Step(r coc.Reason) Explained {
	rule, ok := route.RuleNamed(r.Rule)
	if !ok {
		return Explained{}
	}
	said := filled(sentence(rule.Clause), coc.Reason{Committee: oneLine(r.Committee), Place: oneLine(r.Place), Detail: oneLine(r.Detail)}) + inRow(r)
	return Explained{&said}
}

var whyMeans = map[string]string{
	conflict.WhyAccused:  "accused",
	conflict.WhyHarmed:   "harmed",
	conflict.WhyUnset:    "named without a role",
	conflict.WhyKeptOut:  "kept out, as the reporter asked",
	conflict.WhyDeclared: "by their own word",
	conflict.WhyDecided:  "by the others' decision",
	conflict.WhySeveral:  "several soft conflicts",
	conflict.WhyEmployer: "the employer of a party",
}

// Why explains a conflict by its code.
func Why(code string) Explained {
	text, ok := whyMeans[code]
	if !ok {
		return Explained{}
	}
	return Explained{&text}
}
