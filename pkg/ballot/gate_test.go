package ballot

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestLongBansAndNamingWaitForCounsel(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	months := func(n int) coc.Gate {
		return coc.Gate{LongerThan: coc.Span{N: n, Unit: coc.Months}, Naming: true, Counsel: "counsel"}
	}
	for name, tc := range map[string]struct {
		gate        coc.Gate
		outcome     coc.Outcome
		from, until string
		naming      bool
		want        string
	}{
		"a 90-day ban":                            {months(2), coc.OutcomeBan, "2027-03-01", "2027-05-30", false, "gate/long"},
		"for ever":                                {months(2), coc.OutcomeBan, "2027-03-01", "", false, "gate/long"},
		"two months to the day":                   {months(2), coc.OutcomeSuspension, "2027-03-01", "2027-05-01", false, ""},
		"and one day more":                        {months(2), coc.OutcomeSuspension, "2027-03-01", "2027-05-02", false, "gate/long"},
		"60 days over February are more":          {months(2), coc.OutcomeBan, "2027-01-15", "2027-03-16", false, "gate/long"},
		"60 days in summer are not":               {months(2), coc.OutcomeBan, "2027-07-01", "2027-08-30", false, ""},
		"from New Year's Eve to March":            {months(2), coc.OutcomeBan, "2026-12-31", "2027-03-01", false, "gate/long"},
		"from New Year's Eve to February's end":   {months(2), coc.OutcomeBan, "2026-12-31", "2027-02-28", false, ""},
		"until a day that is past":                {months(2), coc.OutcomeBan, "2027-03-01", "2026-03-01", false, ""},
		"a warning has no length":                 {months(2), coc.OutcomeWarning, "2027-03-01", "", false, ""},
		"a warning with the name":                 {months(2), coc.OutcomeWarning, "2027-03-01", "", true, "gate/naming"},
		"no outcome at all, with the name":        {months(2), coc.OutcomeNone, "", "", true, "gate/naming"},
		"a long ban with the name":                {months(2), coc.OutcomeBan, "2027-03-01", "", true, "gate/long"},
		"another foundation allows a year":        {months(12), coc.OutcomeBan, "2027-03-01", "2028-03-01", false, ""},
		"a gate in weeks":                         {coc.Gate{LongerThan: coc.Span{N: 2, Unit: coc.Weeks}}, coc.OutcomeBan, "2027-03-01", "2027-03-16", true, "gate/long"},
		"a gate of one month":                     {months(1), coc.OutcomeBan, "2027-03-01", "2027-04-02", false, "gate/long"},
		"two weeks to the day":                    {coc.Gate{LongerThan: coc.Span{N: 2, Unit: coc.Weeks}}, coc.OutcomeBan, "2027-03-01", "2027-03-15", false, ""},
		"three days to the day":                   {coc.Gate{LongerThan: coc.Span{N: 3, Unit: coc.Days}}, coc.OutcomeBan, "2027-03-01", "2027-03-04", false, ""},
		"business days are counted like days":     {coc.Gate{LongerThan: coc.Span{N: 3, Unit: coc.BusinessDays}}, coc.OutcomeBan, "2027-03-01", "2027-03-04", false, ""},
		"and one more is too long":                {coc.Gate{LongerThan: coc.Span{N: 3, Unit: coc.BusinessDays}}, coc.OutcomeBan, "2027-03-01", "2027-03-05", false, "gate/long"},
		"a past day, by a unit of none of ours":   {coc.Gate{LongerThan: coc.Span{N: 3, Unit: "moons"}}, coc.OutcomeBan, "2027-03-01", "2027-02-28", false, ""},
		"a gate in hours":                         {coc.Gate{LongerThan: coc.Span{N: 24, Unit: coc.Hours}}, coc.OutcomeBan, "2027-03-01", "2027-03-02", false, ""},
		"a gate in days":                          {coc.Gate{LongerThan: coc.Span{N: 3, Unit: coc.Days}}, coc.OutcomeBan, "2027-03-01", "2027-03-05", false, "gate/long"},
		"a gate in a unit that is none of ours":   {coc.Gate{LongerThan: coc.Span{N: 3, Unit: "moons"}}, coc.OutcomeBan, "2027-03-01", "2027-03-02", false, "gate/long"},
		"a gate without a length lets names wait": {coc.Gate{Naming: true}, coc.OutcomeBan, "2027-03-01", "", true, "gate/naming"},
		"no gate": {coc.Gate{}, coc.OutcomeBan, "2027-03-01", "", true, ""},
	} {
		s := Sanction{Outcome: tc.outcome, From: day(tc.from), Until: day(tc.until), Naming: tc.naming}
		why, ok := Gate(tc.gate, s, false)
		if why.Rule != tc.want || ok != (tc.want == "") || !ok && (why.Row != "12" || why.Detail != tc.gate.Counsel) {
			t.Errorf("%s: %+v, %t; want %q", name, why, ok, tc.want)
		}
		if why, ok = Gate(tc.gate, s, true); !ok || why != (coc.Reason{}) {
			t.Errorf("%s: consulted, and yet %+v", name, why)
		}
	}
}

func TestAppealsNeedABodyAndAGround(t *testing.T) {
	t.Parallel()
	table := coc.Appeals{Committee: "ours", Levels: []coc.Level{coc.LevelProject}, Grounds: []coc.Ground{coc.GroundConflict, coc.GroundUnfair}}
	for name, tc := range map[string]struct {
		appeals coc.Appeals
		of      coc.Level
		on      coc.Ground
		want    string
	}{
		"no ground":                         {table, coc.LevelProject, "", "appeal/ground"},
		"a ground that the table lacks":     {table, coc.LevelProject, coc.GroundBreach, "appeal/ground"},
		"the foundation's own decision":     {table, coc.LevelFoundation, coc.GroundUnfair, "appeal/none"},
		"nobody hears appeals":              {coc.Appeals{}, coc.LevelProject, coc.GroundUnfair, "appeal/none"},
		"a body that is not named":          {coc.Appeals{Levels: table.Levels, Grounds: table.Grounds}, coc.LevelProject, coc.GroundUnfair, "appeal/none"},
		"a project's decision, on a ground": {table, coc.LevelProject, coc.GroundUnfair, ""},
	} {
		why, ok := Appeal(tc.appeals, tc.of, tc.on)
		if why.Rule != tc.want || ok != (tc.want == "") || !ok && why.Row != "11" {
			t.Errorf("%s: %+v, %t; want %q", name, why, ok, tc.want)
		}
	}
}
