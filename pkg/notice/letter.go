package notice

import (
	"fmt"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// Letter is the text that a person brings to a desk which has only an address. It
// tells that there is a report, which no log is to have, and so is no Operator. It
// prints and marshals as "[withheld]".
type Letter struct{ brought *string }

// Text is the whole letter, in plain text.
func (l Letter) Text() string {
	if l.brought == nil {
		return ""
	}
	return *l.brought
}

// Format never shows the words, whatever the verb.
func (l Letter) Format(f fmt.State, _ rune) { withhold(f, l.Text() == "") }

// MarshalText never shows the words.
func (l Letter) MarshalText() ([]byte, error) { return withheldText(l.Text() == ""), nil }

// LetterFor says at which event, by which row, and with whom the case is. It is
// given no case: all of it is the committee directory's or our own. event and row
// may be "", and a keeper without a name is nobody.
func LetterFor(to coc.Committee, event, row string, keeper coc.Committee, reference string) Letter {
	var b strings.Builder
	b.WriteString("To " + oneLine(to.Name) + "\n\nA report about somebody's conduct was made through cocrouter")
	if event != "" {
		b.WriteString(". It is about the event " + oneLine(event))
	}
	b.WriteString(".\n")
	if row != "" {
		b.WriteString("By row " + row + " of the jurisdiction policy such a report is yours to take or to share.\n")
	} else {
		b.WriteString("By the committee directory such a report is yours to take.\n")
	}
	if keeper.Name != "" {
		b.WriteString("It is kept and read meanwhile by " + oneLine(keeper.Name))
		if keeper.Contact != "" {
			b.WriteString(", " + oneLine(keeper.Contact))
		}
		b.WriteString(".\nAsk there, by the reference " + reference + ".\n")
	} else {
		b.WriteString("Nobody could take it yet. Ask whoever brought you this, by the reference " + reference + ".\n")
	}
	b.WriteString("\nThis notice has nothing of the report, and not who made it. Nobody has said in your name that you take it up.\n")
	text := b.String()
	return Letter{&text}
}

// Undelivered tells the operator of a letter that waits, by its reference alone.
func Undelivered(reference string) Operator {
	text := "Notice " + reference + " waits for somebody to deliver it by hand: cocrouter notices show " + reference + "."
	return Operator{&text}
}

// byHand is the desks that can only be written to, and whether somebody has. That
// they have accepted anything is theirs to say.
func byHand(c coc.Case) []string {
	var lines []string
	for _, d := range c.Duties {
		if d.What != coc.WordLetter {
			continue
		}
		to := plainly(clipped(d.To.Name, 40)) + " (" + codeSpan(d.Reference) + ")"
		switch {
		case !d.Done.IsZero():
			lines = append(lines, "- **Told by hand**: "+to+", "+d.Done.UTC().Format("2 January 2006")+"; whether they take it up is theirs to say\n")
		case conflict.Concerned(d.To, c.Parties):
			lines = append(lines, "- **Not told**: "+to+", where somebody is named in this case\n")
		default:
			lines = append(lines, "- **To be told by hand**: "+to+"; whether they take it up is theirs to say\n")
		}
	}
	return lines
}
