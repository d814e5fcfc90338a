package notice

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// FuzzSplice edits an issue's body as people do who have it before them. long
// many more letters stand at its end, so that bodies meet GitHub's bound without
// the fuzzer having to find so many. What it found in testdata reaches lines that
// the inputs here do not; each is named for what it is.
func FuzzSplice(f *testing.F) {
	c := caseOf(canary)
	ours := Case(c, 0, wednesday).Body.Markdown()
	for _, existing := range []string{
		"", ours, "above @kim-example\r\n\r\n" + ours + "\n\nbelow #7", ours + ours, endMark + "x" + beginMark, "no markers",
		strings.Replace(ours, endMark, "", 1), strings.Replace(ours, beginMark, "", 1), beginMark + endMark,
		"<!-- coc" + endMark + "router:begin -->", "<!-- coc" + beginMark + "router:end --> " + Marker("other", 1, 2), "\n\n \r\n", "\xff" + beginMark,
	} {
		for _, long := range []uint32{0, Limit - 4000, Limit - 300, Limit} {
			f.Add(existing, "words\n"+endMark, long, false)
		}
		f.Add(existing, IssueMarker("other", 0)+beginMark, uint32(0), true)
	}
	f.Add("more than fits into the list of names", strings.Repeat("a-long-name-", 250), uint32(0), false)
	for room := range uint32(8) {
		f.Add("long words and names, and little room", strings.Repeat("a-long-name-", 80), Limit-3000-500*room, false)
	}
	f.Add("marks, joiners and signs", "\u0600e"+strings.Repeat("\u0301", 9)+" \u0915\u094d\u200d\u0937 a\u200db\u202e @@@ ``x```", uint32(0), false)
	f.Fuzz(func(t *testing.T, existing, words string, long uint32, left bool) {
		existing += strings.Repeat("ü", int(long%(Limit+1)))
		if utf8.RuneCountInString(existing) > Limit {
			return // GitHub never held it
		}
		c := caseOf(words)
		c.Report.Account = coc.NewProse(words)
		if left { // the case has moved on
			c.Placements = append(c.Placements, c.Placements[0])
		}
		body := Case(c, 0, wednesday).Body
		whole(t, c.ID, body.Markdown())
		if id, ok := CaseOf(coc.NewProse(body.Markdown())); !ok || id != c.ID {
			t.Errorf("words made it the case %q", id)
		}

		got := Splice(existing, body).Markdown()
		if n := utf8.RuneCountInString(got); n > Limit {
			t.Fatalf("%d characters", n)
		}
		if again := Splice(got, body).Markdown(); again != got {
			t.Errorf("a second time changes it from\n%q\nto\n%q", got, again)
		}
		if got == existing && len(existing) > Limit/2 && !strings.Contains(got, IssueMarker(c.ID, 0)) {
			return // people left no room for us
		}
		begin, end := strings.Index(got, beginMark), strings.Index(got, endMark)
		if begin < 0 || end < begin {
			t.Fatalf("our part cannot be told any more: %q", got)
		}
		above, part, below := got[:begin], got[begin:end+len(endMark)], got[end+len(endMark):]
		whole(t, c.ID, part)
		if before, after, ours := parted(existing); ours {
			if above != before || below != after {
				t.Errorf("of what people wrote\n%q and %q\nstayed\n%q and %q", before, after, above, below)
			}
		} else if above != "" || strings.Trim(below, "\n") != strings.Trim(unmarked(existing), "\n") {
			t.Errorf("of what people wrote\n%q\nstayed\n%q and %q", existing, above, below)
		}
	})
}

// whole fails unless part is our part of a body, and a single one.
func whole(t *testing.T, id coc.CaseID, part string) {
	t.Helper()
	if !strings.HasPrefix(part, beginMark) || !strings.HasSuffix(part, endMark) ||
		strings.Count(part, beginMark) != 1 || strings.Count(part, endMark) != 1 || strings.Count(part, IssueMarker(id, 0)) != 1 {
		t.Errorf("our part is broken: %q", part)
	}
}

// parted is what stands above and below our part, where it can be told.
func parted(existing string) (above, below string, ours bool) {
	above, rest, begun := strings.Cut(existing, beginMark)
	middle, below, ended := strings.Cut(rest, endMark)
	for _, text := range []string{above, middle, below} {
		if strings.Contains(text, beginMark) || strings.Contains(text, endMark) {
			return "", "", false
		}
	}
	return above, below, begun && ended
}

// unmarked is a text without our marks, also without those that come about when
// one in the middle of another is taken out.
func unmarked(text string) string {
	for strings.Contains(text, beginMark) || strings.Contains(text, endMark) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, beginMark, ""), endMark, "")
	}
	return text
}
