package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// crowded is a case with as much on its dashboard as anybody could put there.
func crowded() coc.Case {
	c := captured(canary)
	c.Flags, c.Severity = coc.Flags(), "critical"
	for range 50 {
		c.Links = append(c.Links, coc.Link{Shown: "quiet-harbor-417"})
	}
	for i := range 60 {
		c.Measures = append(c.Measures, coc.Measure{
			Action: coc.NewProse(strings.Repeat("@kim #12 ", i) + "\n/coc close\n" + endMark), By: "kim-responder", At: wednesday, Until: wednesday,
			Confirmed: responders(), Reversed: responders(), State: []coc.MeasureState{"", coc.MeasureConfirmed, coc.MeasureReversed, coc.MeasureWithdrawn, coc.MeasureEnded}[i%5],
		})
		c.Parties = append(c.Parties, coc.Party{Login: coc.Login(strings.Repeat("p", i%39+1)), Role: coc.RoleAccused})
	}
	for i := range 50 {
		words := coc.NewProse(strings.Repeat("@kim *", 300) + "\n/coc close\n" + endMark)
		c.Remedies = append(c.Remedies, coc.Remedy{
			Text: words, Words: words, Until: wednesday.AddDate(0, 0, -1), Checks: []time.Time{wednesday}, State: []coc.RemedyState{"", coc.RemedyDone, coc.RemedyLapsed}[i%3],
		})
	}
	for range 200 {
		c.Evidence = append(c.Evidence, coc.Evidence{
			URL:   coc.NewProse("https://" + canary + ".example/" + strings.Repeat("`a/", 700)),
			Title: coc.NewProse(strings.Repeat("@kim ", 500) + "\n/coc close\n" + endMark),
		})
	}
	return c
}

func TestDashboardTakesNoRoomFromAReport(t *testing.T) {
	t.Parallel()
	c := crowded()
	c.Report.Account = coc.NewProse(numbered(10000, "line %d\n"))
	filled := len(split(c, 0)[0])
	for _, s := range coc.Stages() {
		c.Stage = s
		shown := Case(c, 0, wednesday)
		if n := len(shown.Body.Markdown()); n > Limit || len(shown.Body.letter().quoted) != filled {
			t.Errorf("%s: %d bytes, of them %d of the report, which has %d", s, n, len(shown.Body.letter().quoted), filled)
		}
	}
}

func TestDashboardMentionsNobodyAndCommandsNothing(t *testing.T) {
	t.Parallel()
	for _, p := range []Private{Case(crowded(), 0, wednesday).Body, Status(crowded(), wednesday)} {
		if got := linkless(t, p.Markdown()); loose.MatchString(got) || strings.Count(p.Markdown(), endMark) > 1 {
			t.Errorf("%q is loose in\n%s", loose.FindString(got), p.Markdown())
		}
		if found := commandsIn(p.Markdown()); found != 0 || len(p.Markdown()) > Limit {
			t.Errorf("%d commands in %d bytes", found, len(p.Markdown()))
		}
	}
}

func TestDashboardIsCutAtALineAndSaysSo(t *testing.T) {
	t.Parallel()
	c := crowded()
	whole, lines := Pages("").dashboard(c, wednesday, maxDashboard), Pages("").worked(c, wednesday)
	for room := range len(whole) {
		got := fitting(lines, room)
		if len(got) > room || got != "" && !strings.HasSuffix(got, "\n") {
			t.Fatalf("%d bytes of %d: %q", len(got), room, got)
		}
		if room > 100 && !strings.Contains(got, "/coc status") {
			t.Errorf("room %d: it does not say that there is more: %q", room, got)
		}
	}
	if got := Status(c, wednesday).Markdown(); !strings.Contains(got, lines[5]) {
		t.Errorf("the status does not tell all of it:\n%s", got)
	}
}
