package coc

import (
	"testing"
	"time"
)

func TestAdviceCountsForOneCommitteeAndWhatWasKnown(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2027, 3, n, 9, 0, 0, 0, time.UTC) }
	by := func(committee string, n int) []Advice { return []Advice{{By: "ada", At: day(n), Committee: committee}} }
	adds := func(n int, risks ...Risk) []Addition {
		return []Addition{{At: day(n), Around: Circumstances{Risks: risks}}}
	}
	for name, tc := range map[string]struct {
		advice []Advice
		added  []Addition
		want   bool
	}{
		"none":                                    {nil, nil, false},
		"of this committee":                       {by("river", 2), nil, true},
		"of another":                              {by("lake", 2), nil, false},
		"another risk is told later":              {by("river", 2), adds(3, RiskAttorney), false},
		"and counsel is consulted again":          {append(by("river", 2), by("river", 4)...), adds(3, RiskAttorney), true},
		"the same risk is told again":             {by("river", 2), adds(3, RiskInjury), true},
		"something else is told later":            {by("river", 2), adds(3), true},
		"another risk was told before counsel is": {by("river", 3), adds(2, RiskAttorney), true},
	} {
		c := Case{
			Report:     Report{FiledAt: day(1), Around: Circumstances{Risks: []Risk{RiskInjury}}, Added: tc.added},
			Placements: []Placement{{Committee: Committee{Key: "river"}}}, Advice: tc.advice,
		}
		if _, ok := c.Advised(); ok != tc.want {
			t.Errorf("%s: %v, want %v", name, ok, tc.want)
		}
	}
	if _, ok := (Case{Advice: by("", 2)}).Advised(); ok {
		t.Error("a case without a home is advised")
	}
}
