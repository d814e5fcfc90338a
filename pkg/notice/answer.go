package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// wroteMeans says what it is that a reporter sent with their receipt.
var wroteMeans = map[coc.MessageKind]string{
	coc.MessageAnswer:    "The reporter has written",
	coc.MessageUrgent:    "The reporter says that this has become urgent",
	coc.MessageWithdrawn: "The reporter withdraws the report",
}

// Wrote is what the reporter sent with their receipt, and what follows from it for
// whoever has the case. It may be too long for one comment; see Comments.
func Wrote(c coc.Case, m coc.Message) Private {
	zone := ""
	if home := c.Home(); home != nil {
		zone = home.Committee.Timezone
	}
	text := "**" + wroteMeans[m.Kind] + "** (" + at(m.At, zone) + ")\n\n"
	if m.Danger {
		text += "**They say that somebody may be in danger.** Emergency services come first. Any one of you may act at once, and says so with " +
			codeSpan("/coc interim ACTION") + ".\n\n"
	}
	text += strings.Join(field(theirWords, m.Text), "")
	if files := withFiles(m.Files, c.Evidence); files != "" {
		text += files + "\n"
	}
	switch {
	case stage.Closed(c.Stage):
		return private(text + "This case is closed, and nothing opens it by itself. " + codeSpan("/coc update TEXT") + " answers them, and " +
			codeSpan("/coc reopen REASON") + " takes the case up again.")
	case m.Kind == coc.MessageWithdrawn:
		text += "Nothing is deleted, and the case goes on until you end it: you may have to act all the same, and they were told so. "
	}
	for _, d := range c.Due {
		if m.Kind == coc.MessageUrgent && d.What == stage.DueUrgent || m.Kind == coc.MessageWithdrawn && d.What == stage.DueWithdrawn {
			text += "They are to have an answer by " + at(d.At, zone) + ". "
		}
	}
	return private(text + codeSpan("/coc update TEXT") + " answers them, and " + codeSpan("/coc ask TEXT") + " asks them something.")
}

// fromReporter is what the reporter said of the case with their receipt that is to be
// seen at once.
func fromReporter(c coc.Case) []string {
	zone := ""
	if home := c.Home(); home != nil {
		zone = home.Committee.Timezone
	}
	var out []string
	for _, kind := range []coc.MessageKind{coc.MessageUrgent, coc.MessageWithdrawn} {
		for _, m := range slices.Backward(c.Messages) {
			if m.Kind != kind {
				continue
			}
			line := "- **Urgent**: the reporter says so, "
			if kind == coc.MessageWithdrawn {
				line = "- **Withdrawn by the reporter**: "
			}
			line += day(m.At, zone)
			if m.Answered.IsZero() {
				line += "; they had no answer yet, which " + codeSpan("/coc update") + " gives"
			} else {
				line += "; answered " + day(m.Answered, zone)
			}
			out = append(out, line+"\n")
			break
		}
	}
	return out
}

// unwritten is what the reporter sent with their receipt and no comments in this
// placement's issue say in whole: it came before the issue was there. Where there is any, the
// next home also reads what the committees before wrote to the reporter, because
// nobody understands an answer without its question.
func unwritten(c coc.Case, placement int) []coc.Message {
	var out []coc.Message
	theirs := false
	for _, m := range c.Messages {
		switch {
		case m.Kind.Theirs():
			if commented(c, m, placement) {
				continue
			}
			theirs = true
		case !m.Shown || !m.At.Before(c.Placements[placement].PlacedAt):
			continue
		}
		out = append(out, m)
	}
	if !theirs {
		return nil
	}
	return out
}

// commented reports whether all comments that have a message are in this placement's
// issue. Of a long one some may be in the issue before, where the others cannot follow.
func commented(c coc.Case, m coc.Message, placement int) bool {
	here := false
	for _, e := range c.Effects {
		if e.Revision == m.Revision {
			if e.Placement != placement {
				return false
			}
			here = true
		}
	}
	return here
}

// written is such messages as lines that each stand for themselves.
func written(messages []coc.Message) []string {
	var lines []string
	for _, m := range messages {
		head := wroteMeans[m.Kind]
		switch m.Kind {
		case coc.MessageQuestion:
			head = "The committee before has asked the reporter"
		case coc.MessageUpdate:
			head = "The committee before has told the reporter"
		}
		if m.Danger {
			head += ", and that somebody may be in danger"
		}
		lines = append(lines, "\n", "**"+head+"**: "+at(m.At, "")+"\n", "\n")
		if words := quoted(m.Text); len(words) > 0 {
			lines = append(append(lines, words...), "\n")
		}
	}
	return lines
}
