package command

import (
	"strings"
	"time"
)

// dateForms are the ways of writing a day that can mean one day only: the month is
// a word, or the year stands first. 03/04/2027 is April in one country and March in
// another, and is not understood.
var dateForms = []string{
	"2006-1-2", "2006/1/2", "2006.1.2",
	"2 January 2006", "2 Jan 2006", "2 Jan. 2006", "2-Jan-2006", "2-January-2006",
	"January 2 2006", "Jan 2 2006", "Jan. 2 2006",
}

// readDay takes a day from the beginning of the words, of up to three of them. The
// day begins at midnight by UTC. The first of the year 1 is no day: it would be none at all.
func readDay(words string) (day time.Time, rest string, ok bool) {
	written := ""
	for range 3 {
		var next string
		if next, words = word(words); next == "" {
			break
		}
		written = strings.TrimSpace(written + " " + next)
		plain := strings.TrimRight(strings.NewReplacer(",", "", "Sept ", "Sep ", "sept ", "sep ", "Sept. ", "Sep ", "sept. ", "sep ").Replace(ordinals(written)), ".;:!")
		for _, form := range dateForms {
			if at, err := time.Parse(form, plain); err == nil && !at.IsZero() {
				return at, words, true
			}
		}
	}
	return time.Time{}, "", false
}

// ordinals takes the ending off a number: 1st, 2nd, 3rd, 4th.
func ordinals(s string) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		bare := strings.TrimRight(f, ",")
		for _, end := range []string{"st", "nd", "rd", "th"} {
			if n, ok := strings.CutSuffix(strings.ToLower(bare), end); ok && n != "" && strings.Trim(n, "0123456789") == "" {
				fields[i] = n
			}
		}
	}
	return strings.Join(fields, " ")
}
