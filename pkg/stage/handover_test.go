package stage

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// turned is a case that eve answers for, in the first week of the year of turning.
func turned(t *testing.T) coc.Case {
	k := turning()
	k.Holidays = "DE"
	return coc.Case{
		Stage: coc.StageAcknowledged, Contact: "eve", Due: []coc.Due{{What: DueDecide, At: when(t, "2024-06-01 12:00 +0100")}},
		Placements: []coc.Placement{{Committee: k, Issue: 1, Responders: k.Logins(), PlacedAt: when(t, "2024-01-03 12:00 +0100")}},
	}
}

func TestCaseIsHandedOverWhenATurnEnds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*coc.Case)
		want   string // "": never
	}{
		"eve is on duty for two weeks, as one of two": {func(*coc.Case) {}, "2024-01-15 00:00 +0100"},
		"dan for one":                        {func(c *coc.Case) { c.Contact = "dan" }, "2024-01-08 00:00 +0100"},
		"a free day waits for a working one": {func(c *coc.Case) { c.Clock.Duty = when(t, "2024-03-25 12:00 +0100"); c.Contact = "dan" }, "2024-04-02 00:00 +0200"},
		"since the last hand-over":           {func(c *coc.Case) { c.Clock.Duty = when(t, "2024-01-16 12:00 +0100"); c.Contact = "dan" }, "2024-01-29 00:00 +0100"},
		"who claimed it keeps it":            {func(c *coc.Case) { c.Holder = "eve" }, ""},
		"who claimed it has left":            {func(c *coc.Case) { c.Holder = "gone" }, "2024-01-15 00:00 +0100"},
		"nobody owes anything":               {func(c *coc.Case) { c.Due = nil }, ""},
		"nobody answers for it":              {func(c *coc.Case) { c.Contact = "" }, ""},
		"it is closed":                       {func(c *coc.Case) { c.Stage = coc.StageClosed }, ""},
		"the room takes no words":            {func(c *coc.Case) { c.Placements[0].Frozen = "room/public" }, ""},
		"it is a notice":                     {func(c *coc.Case) { c.Notice = &coc.Notice{} }, ""},
		"no turns":                           {func(c *coc.Case) { c.Placements[0].Committee.Rota = coc.Rota{} }, ""},
		"all of them are always on duty":     {func(c *coc.Case) { c.Placements[0].Responders = []coc.Login{"eve", "dan"} }, ""},
		"the turn ends at midnight":          {func(c *coc.Case) { c.Clock.Duty = when(t, "2024-01-07 12:00 +0100"); c.Contact = "dan" }, "2024-01-08 00:00 +0100"},
		"nobody knows since when": {func(c *coc.Case) {
			c.Placements[0].PlacedAt, c.Placements[0].Committee.Rota.Turn = time.Time{}, coc.Span{N: 1, Unit: coc.Months}
		}, ""},
		"nobody can be on duty":                {func(c *coc.Case) { c.Placements[0].Responders = nil }, ""},
		"one who can is enough":                {func(c *coc.Case) { c.Placements[0].Responders = []coc.Login{"cleo"} }, "2024-01-08 00:00 +0100"},
		"a reminder on the day delays nothing": {func(c *coc.Case) { c.Clock.Reminded = when(t, "2024-01-15 09:00 +0100") }, "2024-01-15 00:00 +0100"},
		"turns of one hour": {func(c *coc.Case) {
			c.Contact = "dan"
			c.Placements[0].Committee.Rota.Turn = coc.Span{N: 1, Unit: coc.Hours}
		}, "2024-01-03 14:00 +0100"},
		"turns of hours": {func(c *coc.Case) { c.Placements[0].Committee.Rota.Turn = coc.Span{N: 48, Unit: coc.Hours} }, "2024-01-05 01:00 +0100"},
		"turns of three months": {func(c *coc.Case) {
			c.Contact = "dan"
			c.Placements[0].Committee.Rota.Turn = coc.Span{N: 3, Unit: coc.Months}
		}, "2024-04-02 00:00 +0200"},
	} {
		c := turned(t)
		tc.change(&c)
		var want time.Time
		if tc.want != "" {
			want = when(t, tc.want)
		}
		if got := HandsOver(c); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// After weeks offline there is one stroke, and the next one is at the end of the turn
// that runs then.
func TestWeeksOfflineAreOneHandOver(t *testing.T) {
	t.Parallel()
	c := turned(t)
	now := when(t, "2024-02-13 10:00 +0100")
	if s := Strike(c, now); !s.HandOver || !Looks(c, now).Equal(now) {
		t.Fatalf("%+v, looks %s", s, Looks(c, now))
	}
	c.Clock.Duty, c.Contact = now, OnDuty(c.Home().Committee, everybody, now)[0]
	if s := Strike(c, now); s.HandOver || !HandsOver(c).After(now) {
		t.Errorf("again: %+v, at %s", s, HandsOver(c))
	}
	if s := Strike(turned(t), when(t, "2024-02-11 10:00 +0100")); s.HandOver {
		t.Errorf("on a Sunday: %+v", s)
	}
}
