package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Transcript is a capture as plain text, for a page that only responders can open.
// What people wrote is set in, line by line, so that nobody can write something that
// looks like a line of ours.
func Transcript(c coc.Captured, e coc.Evidence) *strings.Reader {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Evidence %d: what stood at", e.Number)
	quote(&b, c.URL.Reveal())
	line("in %s, as cocrouter read it %s.", c.Repo, at(c.At, ""))
	if !c.Title.IsBlank() {
		line("The title was:")
		quote(&b, c.Title.Reveal())
	}
	line("SHA-256 of what is kept: %s", e.Content.SHA256)
	if c.Unasked {
		line("What it said before an edit, and what was hidden, could not be read.")
	}
	line("")
	transcribe(&b, c.Said)
	if len(c.Said.Edits) > 0 {
		line("Its history, as GitHub has it, the newest first:")
		for _, v := range c.Said.Edits {
			if v.Left > 0 {
				line("  (%d more came in between, which were not captured)", v.Left)
			}
			what := ""
			if v.Deleted {
				what = ", which somebody took out of the history"
			}
			line("  %s, by %s%s:", at(v.At, ""), whom(v.By), what)
			quote(&b, v.Text.Reveal())
		}
		line("")
	}
	if len(c.Thread) > 0 {
		line("What was said around it, the oldest first:")
		line("")
		for _, s := range c.Thread {
			transcribe(&b, s)
		}
	}
	if c.Left > 0 {
		line("The thread is longer: about %d more were not captured.", c.Left)
	}
	return strings.NewReader(b.String())
}

func transcribe(b *strings.Builder, s coc.Said) {
	account := ""
	if s.Account != 0 {
		account = fmt.Sprintf(" (account %d)", s.Account)
	}
	fmt.Fprintf(b, "%s%s, %s", whom(s.Author), account, at(s.Made, ""))
	if s.Under != 0 {
		b.WriteString(", in answer to a comment before")
	}
	if s.Hidden != "" {
		fmt.Fprintf(b, ", hidden as %q", s.Hidden)
	}
	b.WriteString(":\n")
	quote(b, s.Text.Reveal())
	if len(s.Reactions) > 0 {
		var all []string
		for _, sign := range slices.Sorted(maps.Keys(s.Reactions)) {
			all = append(all, fmt.Sprintf("%s %d", sign, s.Reactions[sign]))
		}
		fmt.Fprintf(b, "reactions: %s\n", strings.Join(all, ", "))
	}
	b.WriteByte('\n')
}

func whom(l coc.Login) string {
	if l == "" {
		return "an account that is gone"
	}
	return string(l)
}

// quote sets a text in. What cannot be seen, or turns the direction of writing, is
// written as what it is.
func quote(b *strings.Builder, text string) {
	for l := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		b.WriteString("  | ")
		for _, r := range strings.TrimSuffix(l, "\n") {
			if r != '\t' && !unicode.IsPrint(r) && !unicode.IsMark(r) && r != '\u200d' {
				fmt.Fprintf(b, "<U+%04X>", r)
				continue
			}
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	if text == "" {
		b.WriteString("  | (nothing)\n")
	}
}
