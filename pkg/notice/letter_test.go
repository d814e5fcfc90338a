package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestLetterClaimsNothingForWhoeverReadsIt(t *testing.T) {
	t.Parallel()
	desk := coc.Committee{Name: "Event\nDesk", Contact: "desk@host.example"}
	keeper := coc.Committee{Name: "Foundation Committee", Contact: "conduct@foundation.example"}
	for name, tc := range map[string]struct {
		event, row string
		keeper     coc.Committee
		want       []string
		lacks      []string
	}{
		"an event": {"River Days", "1", keeper, []string{"To Event Desk\n", "about the event River Days.", "row 1 of", "Foundation Committee, conduct@foundation.example."}, []string{"Nobody could"}},
		"no event": {"", "3", keeper, []string{"cocrouter.\n", "row 3 of"}, []string{"the event"}},
		"no row":   {"", "", keeper, []string{"By the committee directory"}, []string{"row"}},
		"sealed":   {"River Days", "1", coc.Committee{Contact: "help@host.example"}, []string{"Nobody could take it yet."}, []string{"help@host.example"}},
	} {
		text := LetterFor(desk, tc.event, tc.row, tc.keeper, "N-1").Text()
		for _, want := range append(tc.want, "the reference N-1.", "nothing of the report, and not who made it", "Nobody has said in your name that you take it up.") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it lacks %q:\n%s", name, want, text)
			}
		}
		for _, never := range append(tc.lacks, "accepted", "joint", "accused") {
			if strings.Contains(text, never) {
				t.Errorf("%s: it says %q:\n%s", name, never, text)
			}
		}
	}
	if said := Undelivered("N-1").Text(); said != "Notice N-1 waits for somebody to deliver it by hand: cocrouter notices show N-1." {
		t.Errorf("operators hear %q", said)
	}
}

// What the reporter said stands in the case as they said it, and defused.
func TestCircumstancesStandInTheCase(t *testing.T) {
	t.Parallel()
	all := coc.Circumstances{
		Space: coc.SpaceEvent, Inside: true, Event: coc.NewProse("Days @kim-example"), Known: "River Days", On: wednesday, Here: true,
		Touches: coc.NewProse("lake/lake#7"), Risks: coc.Risks(), Danger: true,
	}
	c := captured(canary)
	c.Report.Around = all
	body := Case(c, 0, wednesday).Body.Markdown()
	for _, want := range []string{
		"**It happened**: at an event of the project alone", "> Days `@kim-example`", "**Known as**: River Days", "**On**: " + wednesday.UTC().Format("2 January 2006"),
		"this project as well", "`lake/lake#7`", "**Danger**", "somebody was hurt; somebody threatens to sue;",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	for _, s := range coc.Spaces() {
		if spaceMeans[s] == "" {
			t.Errorf("no words for %s", s)
		}
	}
	for _, r := range coc.Risks() {
		if riskMeans[r] == "" {
			t.Errorf("no words for %s", r)
		}
	}
	if lines := circumstances(coc.Circumstances{}); lines != nil {
		t.Errorf("of nothing it says %q", lines)
	}
}
