package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxDashboard is the most that a body tells of how a case is worked, in bytes. It
// is not part of the reserve: beside a report that fills the issue there is less
// room, and what does not fit is told by /coc status.
const maxDashboard = 6000

// maxStatus is as much for the answer to /coc status, beside which other answers may
// stand in one comment.
const maxStatus = 40000

// dashboard is how a case is worked, in at most room bytes: whole lines, the more
// important ones first.
func (on Pages) dashboard(c coc.Case, now time.Time, room int) string {
	if c.Notice != nil {
		return ""
	}
	return fitting(on.worked(c, now), room)
}

// fitting is as many of the lines as fit into room bytes, with a word on the others.
func fitting(lines []string, room int) string {
	const over = "- … (there is more than fits; `/coc status` tells more)\n"
	var b strings.Builder
	for i, line := range lines {
		need := len(line)
		if i < len(lines)-1 {
			need += len(over)
		}
		if b.Len()+need > room {
			if b.Len()+len(over) <= room {
				b.WriteString(over)
			}
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// worked is every line of it.
func (on Pages) worked(c coc.Case, now time.Time) []string {
	var lines []string
	for _, some := range [][]string{parts(c), counselled(c), fromReporter(c), toReporter(c), marks(c), measures(c), accusedSide(c, now), linked(c), remedies(c, now), on.exhibits(c)} {
		lines = append(lines, some...)
	}
	return lines
}

// marks is how urgent a case is and its flags, which a mail does not show as
// labels.
func marks(c coc.Case) []string {
	var words []string
	if slices.Contains(coc.Severities(), c.Severity) {
		words = append(words, codeSpan("severity/"+c.Severity))
	}
	for _, f := range coc.Flags() {
		if slices.Contains(c.Flags, f) {
			words = append(words, codeSpan(string(f)))
		}
	}
	if words == nil {
		return nil
	}
	return []string{"- **Marked**: " + strings.Join(words, ", ") + "\n"}
}

// linked is the cases that belong to this one, as far as they may be shown.
func linked(c coc.Case) []string {
	var names []string
	for _, l := range c.Links {
		if l.Shown != "" {
			names = append(names, codeSpan(l.Shown))
		}
	}
	if names == nil {
		return nil
	}
	return []string{"- **Linked**: " + strings.Join(names, ", ") + "\n"}
}

// Linked answers that two cases belong to each other. It says the same whether the
// bodies show it.
func Linked() Private {
	return private("The two cases are linked. Each issue names the other by its code name, as long as everybody who reads the one may read the other; where somebody may not, neither does.")
}
