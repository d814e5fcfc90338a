package notice

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const signedIn = Pages("https://conduct.example.org/cases/")

// withEvidence is a case with a file that was kept and one that was not, and with an
// address that was captured twice, and once more in vain.
func withEvidence(title string) coc.Case {
	c := captured(canary)
	kept := coc.Content{ID: "secret-id", Media: "image/png", Size: 2000, SHA256: strings.Repeat("a", 64), Redrawn: true}
	c.Evidence = []coc.Evidence{
		{Number: 1, Kind: coc.EvidenceFile, Title: coc.NewProse(title), Content: kept, At: wednesday, As: coc.RoleReporter},
		{Number: 2, Kind: coc.EvidenceFile, Title: coc.NewProse(title), Why: coc.NoRoom, At: wednesday},
		{Number: 3, Kind: coc.EvidenceAddress, URL: coc.NewProse("https://github.example/a/b/issues/1"), Title: coc.NewProse(title), At: wednesday},
		{Number: 4, Kind: coc.EvidenceCapture, Of: 3, Content: kept, At: wednesday},
		{Number: 5, Kind: coc.EvidenceCapture, Of: 3, Content: kept, At: wednesday},
		{Number: 6, Kind: coc.EvidenceCapture, Of: 3, Why: coc.GoneThere, At: wednesday},
	}
	return c
}

var (
	href    = regexp.MustCompile(`<a href="([^"]*)"`)
	linking = regexp.MustCompile(`(?s)<a [^>]*>(.*?)</a>`)
)

func TestKeptEvidenceLeadsToWhereItIsOpenedAndNothingElseLeadsAnywhere(t *testing.T) {
	t.Parallel()
	for name, title := range map[string]string{
		"a plain name":         "screenshot.png",
		"a name with brackets": "](https://evil.example/) [x](https://evil.example)",
		"a name of code":       "`` ` a](b) @kim-example ![x](y)",
		"a name with lines":    "one\n\n- two\n/coc close\n" + endMark,
		"a picture's sign":     "!",
		"a footnote":           "^1",
		"a long name":          strings.Repeat("[", 3000),
		"no name":              "",
	} {
		c := withEvidence(title)
		var want []string
		for _, n := range []int{1, 4, 5} {
			want = append(want, fmt.Sprintf("https://conduct.example.org/cases/%s/evidence/%d", c.ID, n))
		}
		want = append([]string{"https://conduct.example.org/cases/" + string(c.ID)}, want...)
		for _, text := range []Private{signedIn.Case(c, 0, wednesday).Body, signedIn.Status(c, wednesday)} {
			var out bytes.Buffer
			if err := github.Convert([]byte(text.Markdown()), &out); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range href.FindAllStringSubmatch(out.String(), -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: the links are %q, want %q, in\n%s", name, got, want, text.Markdown())
			}
			for _, m := range linking.FindAllStringSubmatch(out.String(), -1) {
				if words := linkless(t, m[1]); loose.MatchString(words) || strings.Contains(m[1], "<img") {
					t.Errorf("%s: something in a link is live: %s", name, m[0])
				}
			}
			if strings.Contains(text.Markdown(), "secret-id") || strings.Count(text.Markdown(), endMark) > 1 {
				t.Errorf("%s: it shows more than it may:\n%s", name, text.Markdown())
			}
		}
		plain := signedIn.Case(withEvidence("x"), 0, wednesday).Body.Markdown()
		if got, want := commandsIn(signedIn.Case(c, 0, wednesday).Body.Markdown()), commandsIn(plain); got != want {
			t.Errorf("%s: %d commands, want %d", name, got, want)
		}
	}
}

func TestWhereNobodyCanSignInNoEvidenceIsLinked(t *testing.T) {
	t.Parallel()
	c := withEvidence("screenshot.png")
	body := Case(c, 0, wednesday).Body.Markdown()
	if strings.Contains(body, "](") || !strings.Contains(body, "1: a file, screenshot.png (2 KB") || !strings.Contains(body, "; captured as 4 (") {
		t.Errorf("it shows\n%s", body)
	}
	c.Placements = append(c.Placements, c.Placements[0])
	if body := signedIn.Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "evidence") {
		t.Errorf("a room that was left leads to the evidence:\n%s", body)
	}
}

// However much there is, links take no room from anything else, and the page with all
// of it stays in reach.
func TestThousandLinksTakeNoMoreRoomThanTheRestOfABody(t *testing.T) {
	t.Parallel()
	c := withEvidence("screenshot.png")
	file := c.Evidence[0]
	file.Title = coc.NewProse(strings.Repeat("@kim [x] ", 100))
	for n := range 1000 {
		file.Number = n + 7
		c.Evidence = append(c.Evidence, file)
	}
	c.Report.Account = coc.NewProse(numbered(10000, "line %d\n"))
	quoted := len(split(c, 0)[0])
	body := signedIn.Case(c, 0, wednesday).Body
	if n := len(body.Markdown()); n > Limit || len(body.letter().quoted) != quoted {
		t.Errorf("%d bytes, of them %d of the report, which has %d", n, len(body.letter().quoted), quoted)
	}
	c.Report.Account = coc.NewProse("short")
	shown := signedIn.Case(c, 0, wednesday).Body.Markdown()
	if extra := len(shown) - len(Case(captured(canary), 0, wednesday).Body.Markdown()); extra > maxDashboard {
		t.Errorf("evidence has %d bytes", extra)
	}
	if !strings.Contains(shown, "/cases/"+string(c.ID)+">)") || !strings.Contains(shown, "there is more than fits") {
		t.Errorf("nothing leads to the rest:\n%s", shown)
	}
	if status := signedIn.Status(c, wednesday).Markdown(); len(status) > Limit {
		t.Errorf("the status has %d bytes", len(status))
	}
}
