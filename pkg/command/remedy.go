package command

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	// became is what is said of a remedy later. Only lapsed needs a reason.
	became = []string{"done", "checked", "lapsed"}

	untilWord = regexp.MustCompile(`(?i)(?:^|\s)until:?\s+`)
	// daylike is what begins like a day, also one that cannot be read: a number, a
	// month, or a day as seen from today.
	daylike = regexp.MustCompile(`(?i)^(?:[0-9]|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?\s+[0-9]|(?:next |the )?(?:mon|tues|wednes|thurs|fri|satur|sun|yester|to)day\b|tomorrow\b|next (?:week|month|year)\b|the end of\b)`)
)

// readRemedy takes what an outcome asks for, and the day that ends its first line;
// or one of the words of became, the number of a remedy and more words. What begins
// with such a word and has no number is refused: a remedy would be recorded where
// one was meant to be done.
func (c *Command) readRemedy(spec Spec, whole string) {
	first, rest := word(whole)
	if verb := tidy(first); slices.Contains(became, verb) {
		which, words := word(rest)
		n, err := strconv.Atoi(strings.Trim(which, "#.,:;"))
		switch {
		case err != nil || n < 1:
			c.refuse(spec, "`/coc remedy "+verb+"` needs the number of a remedy, as the issue shows it.")
		case verb == "lapsed" && words == "":
			c.refuse(spec, "`/coc remedy lapsed` needs a reason behind the number, which the record keeps.")
		default:
			c.Args, c.Number, c.Text = verb, n, coc.NewProse(words)
		}
		return
	}
	line, more, _ := strings.Cut(whole, "\n")
	var until time.Time
	at := untilWord.FindAllStringIndex(line, -1)
	if len(at) > 0 {
		last := at[len(at)-1]
		day, behind, ok := readDay(line[last[1]:])
		switch {
		case ok && behind == "":
			until, line = day, line[:last[0]]
		case ok || daylike.MatchString(line[last[1]:]):
			c.refuse(spec, "It is not clear which day is meant: one like 2027-03-01 or 1 March 2027 ends the line.")
			return
		}
	}
	text := strings.TrimSpace(strings.TrimSpace(line) + "\n" + more)
	if text == "" {
		c.refuse(spec, "`/coc remedy` needs to say what is asked for.")
		return
	}
	c.Text, c.Until = coc.NewProse(text), until
}
