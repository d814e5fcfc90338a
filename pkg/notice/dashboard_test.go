package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// crowded is a case with as much on its dashboard as anybody could put there.
func crowded() coc.Case {
	c := captured(canary)
	c.Flags, c.Severity = coc.Flags(), "critical"
	for range 50 {
		c.Links = append(c.Links, coc.Link{Shown: "quiet-harbor-417"})
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

func TestDashboardIsCutAtALineAndSaysSo(t *testing.T) {
	t.Parallel()
	c := crowded()
	whole := dashboard(c, maxDashboard)
	for room := range len(whole) {
		got := dashboard(c, room)
		if len(got) > room || got != "" && !strings.HasSuffix(got, "\n") {
			t.Fatalf("%d bytes of %d: %q", len(got), room, got)
		}
		if room > 100 && !strings.Contains(got, "/coc status") {
			t.Errorf("room %d: it does not say that there is more: %q", room, got)
		}
	}
	if got := Status(c, wednesday).Markdown(); !strings.Contains(got, strings.TrimSpace(whole)) {
		t.Errorf("the status does not tell all of it:\n%s", got)
	}
}
