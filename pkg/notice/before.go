package notice

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxBefore is how many acts of a case's time elsewhere are shown. Of a longer
// history the middle is left out.
const maxBefore = 100

// before is who did what, and when, in the homes that a case had before this
// one, if a member handed it over: the next committee gets the whole record. What
// was talked about stays where it was said. A case that leaves by itself brings no
// names along, because they could tell whose conflict made it leave.
func before(c coc.Case, placement int) []string {
	n := c.Placements[placement].Before
	if n >= len(c.Journal) || !c.Journal[n].HandsOver() {
		return nil
	}
	var lines []string
	for _, e := range c.Journal[:n] {
		if line := acted(e); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if over := len(lines) - maxBefore; over > 0 {
		gap := "- … (" + count(over, "act", "acts") + " left out here)\n"
		lines = append(append(lines[:maxBefore/2:maxBefore/2], gap), lines[maxBefore/2+over:]...)
	}
	return append([]string{"**What was done before**\n", "\n"}, append(lines, "\n")...)
}

// acted is one entry of the journal as a line. It is "" for what stands in the
// report itself, and for what a committee says of its own members' conflicts: that
// goes with the case and counts wherever they sit, but is nobody else's to read.
func acted(e coc.Entry) string {
	what := actMeans[e.Act]
	switch {
	case e.Actor != "" && (e.Act == "interim" || !slices.Contains(aside, e.Act)):
		what = codeSpan(string(e.Actor)) + ": " + codeSpan("/coc "+e.Act)
	case what == "":
		return ""
	}
	if e.From != e.To {
		what += ", from " + codeSpan(string(e.From)) + " to " + codeSpan(string(e.To))
	}
	return "- " + at(e.At, "") + ": " + what + "\n"
}

// actMeans says what the journal has that nobody commanded.
var actMeans = map[string]string{
	"added":                "the reporter added something",
	"wrote":                "the reporter wrote something",
	"urgent":               "the reporter said that it has become urgent",
	"withdrew":             "the reporter withdrew the report",
	"answered":             "a project's liaison answered a question",
	"accused answered":     "somebody who is accused answered",
	"carried":              "what was proposed is carried",
	"not carried any more": "what was proposed is not carried any more, because votes or those who have one changed",
	"turned":               "the turn of the point of contact was over",
	"moved on":             "the case went to another committee by itself",
	"unanswered":           "the case went to another committee, because nobody had acknowledged it in time",
	"undecided":            "the case went to another committee, because it was not decided in time",
}
