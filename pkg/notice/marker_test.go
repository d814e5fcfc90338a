package notice

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestSpliceReplacesOursAndKeepsTheirs(t *testing.T) {
	t.Parallel()
	ours := enclosed(letter{head: beginMark + "\nnew ", quoted: "words", tail: "\n" + IssueMarker("q7", 0) + "\n" + endMark})
	old := beginMark + "\nold\n" + endMark
	now := ours.Markdown()
	for _, row := range []struct{ name, existing, want string }{
		{"nothing there", "", now},
		{"only ours", old, now},
		{"theirs above and below", "above\r\n\r\n" + old + "\n\nbelow @kim #7", "above\r\n\r\n" + now + "\n\nbelow @kim #7"},
		{"no markers", "all theirs", now + "\n\nall theirs"},
		{"begin missing", "old\n" + endMark + "\nbelow", now + "\n\nold\n\nbelow"},
		{"end missing", "above\n" + beginMark + "\nold", now + "\n\nabove\n\nold"},
		{"doubled", old + "\nmid\n" + old, now + "\n\nold\n\nmid\n\nold"},
		{"out of order", endMark + "x" + beginMark, now + "\n\nx"},
		{"only white space", " \n ", now + " \n "},
	} {
		if got := Splice(row.existing, ours).Markdown(); got != row.want {
			t.Errorf("%s:\n got %q\nwant %q", row.name, got, row.want)
		}
		if got := Splice(row.existing, ours).Markdown(); Splice(got, ours).Markdown() != got {
			t.Errorf("%s: doing it twice changes it", row.name)
		}
	}
}

func TestSpliceShortensOursNeverTheirs(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Report.Account = coc.NewProse(numbered(9000, "line %d\n"))
	body := Case(c, 0, wednesday).Body
	for _, theirs := range []string{
		strings.Repeat("t", 5200), strings.Repeat("t", 40000), strings.Repeat("t", 60000), strings.Repeat("t", 64000),
		strings.Repeat("ü", 40000), strings.Repeat("語", 60000), strings.Repeat("t", Limit-shortest-1),
	} {
		got := Splice(theirs, body).Markdown()
		if n := utf8.RuneCountInString(got); n > Limit {
			t.Errorf("%d characters", n)
		}
		if !strings.HasSuffix(got, theirs) {
			t.Error("what people wrote was shortened")
		}
		if strings.Count(got, beginMark) != 1 || strings.Count(got, endMark) != 1 || strings.Count(got, IssueMarker(c.ID, 0)) != 1 {
			t.Error("a marker is gone")
		}
		if !strings.Contains(got, "Shortened") {
			t.Error("it does not say so")
		}
		if len(theirs) < Limit && len(got) > Limit {
			t.Errorf("%d bytes", len(got))
		}
	}
}
