package ballot

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestInterimMeasureIsForTheMajorityOfTheOthers(t *testing.T) {
	t.Parallel()
	who := func(s ...coc.Login) []coc.Login { return s }
	five := who("ada", "ben", "cy", "dee", "eve")
	for name, tc := range map[string]struct {
		state               coc.MeasureState
		confirmed, reversed []coc.Login
		voters              []coc.Login
		want                coc.MeasureState
	}{
		"nobody has a vote":                               {"", who("ben"), who("ben"), nil, coc.MeasureWaits},
		"nobody but who took it has one":                  {"", who("ada"), nil, who("ada"), coc.MeasureAlone},
		"nobody but another, in two spellings":            {"", nil, nil, who("ben", "Ben"), coc.MeasureWaits},
		"the only one, spelled otherwise":                 {"", nil, nil, who("Ada"), coc.MeasureAlone},
		"one that stood alone, when others have a vote":   {coc.MeasureAlone, nil, nil, five, coc.MeasureWaits},
		"one that stood alone, and they confirm it":       {coc.MeasureAlone, who("ben"), nil, who("ada", "ben"), coc.MeasureConfirmed},
		"one that stood alone, and they reverse it":       {coc.MeasureAlone, nil, who("ben"), who("ada", "ben"), coc.MeasureReversed},
		"one that stood alone, whose taker lost the vote": {coc.MeasureAlone, nil, nil, nil, coc.MeasureWaits},
		"a confirmed one, when only its taker has a vote": {coc.MeasureConfirmed, who("ben"), nil, who("ada"), coc.MeasureConfirmed},
		"nobody has said anything":                        {"", nil, nil, five, coc.MeasureWaits},
		"who took it is for it":                           {"", who("ada", "ben", "cy"), nil, five, coc.MeasureWaits},
		"half of the others":                              {"", who("ben", "cy"), nil, five, coc.MeasureWaits},
		"half of the others each way":                     {"", who("ben", "cy"), who("dee", "eve"), five, coc.MeasureWaits},
		"one who has no vote does not help":               {"", who("ben", "cy", "fox"), nil, five, coc.MeasureWaits},
		"one who voted twice has one vote":                {"", who("ben", "Ben", "cy"), nil, five, coc.MeasureWaits},
		"most of the others":                              {"", who("ben", "cy", "dee"), who("eve"), five, coc.MeasureConfirmed},
		"most of the others against it":                   {"", who("eve"), who("ben", "cy", "dee"), five, coc.MeasureReversed},
		"the only other one":                              {"", who("ben"), nil, who("ada", "ben"), coc.MeasureConfirmed},
		"who took it has no vote any more":                {"", who("ben"), nil, who("ben", "cy"), coc.MeasureWaits},
		"one of those who did not vote lost their vote":   {"", who("ben", "cy"), nil, who("ada", "ben", "cy", "dee"), coc.MeasureConfirmed},
		"a confirmed one, when somebody changes sides":    {coc.MeasureConfirmed, who("ben"), who("cy"), five, coc.MeasureConfirmed},
		"a confirmed one, in another committee":           {coc.MeasureConfirmed, who("ben", "cy", "dee"), nil, who("fay", "finn"), coc.MeasureConfirmed},
		"a confirmed one that most want reversed":         {coc.MeasureConfirmed, who("ben"), who("cy", "dee", "eve"), five, coc.MeasureReversed},
		"a reversed one stays so":                         {coc.MeasureReversed, five, nil, five, coc.MeasureReversed},
		"one that was taken back stays so":                {coc.MeasureWithdrawn, five, nil, five, coc.MeasureWithdrawn},
		"one that ended with the decision stays so":       {coc.MeasureEnded, nil, five, five, coc.MeasureEnded},
		"a state that is none of ours is not in force":    {"lapsed", five, nil, five, "lapsed"},
		"both majorities, as no vote makes them, reverse": {"", five, five, five, coc.MeasureReversed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := coc.Measure{By: "ada", State: tc.state, Confirmed: tc.confirmed, Reversed: tc.reversed}
			if got := Interim(m, tc.voters); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestLastVoteOnAMeasureCounts(t *testing.T) {
	t.Parallel()
	m := VoteInterim(coc.Measure{By: "ada"}, "ben", true)
	again := VoteInterim(m, "Ben", false)
	if len(again.Confirmed) != 0 || !slices.Equal(again.Reversed, []coc.Login{"Ben"}) || !slices.Equal(m.Confirmed, []coc.Login{"ben"}) {
		t.Errorf("%+v after %+v", again, m)
	}
	if got := VoteInterim(m, "", true); len(got.Confirmed) != 1 {
		t.Errorf("nobody voted: %+v", got)
	}
}

// In any order of any votes: nothing is confirmed without most of the others, who
// took it never counts, and what is over stays over.
func TestNoOrderOfVotesConfirmsWithoutAMajority(t *testing.T) {
	t.Parallel()
	everybody := []coc.Login{"ada", "ben", "cy", "dee", "eve", "fox"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 7))
		voters := slices.DeleteFunc(slices.Clone(everybody), func(coc.Login) bool { return r.IntN(3) == 0 })
		m := coc.Measure{By: everybody[r.IntN(len(everybody))]}
		last := map[coc.Login]bool{}
		for range r.IntN(12) {
			before := m.State
			who, yes := everybody[r.IntN(len(everybody))], r.IntN(2) == 0
			m = VoteInterim(m, who, yes)
			m.State = Interim(m, voters)
			last[who] = yes
			others, confirmed, reversed := 0, 0, 0
			for _, v := range voters {
				if v == m.By {
					continue
				}
				others++
				if yes, said := last[v]; said && yes {
					confirmed++
				} else if said {
					reversed++
				}
			}
			want := before
			switch {
			case before == coc.MeasureReversed:
			case 2*reversed > others:
				want = coc.MeasureReversed
			case 2*confirmed > others:
				want = coc.MeasureConfirmed
			case others == 0 && slices.Contains(voters, m.By):
				want = coc.MeasureAlone
			}
			if m.State != want {
				t.Fatalf("seed %d: %q, want %q: %+v of %q", seed, m.State, want, m, voters)
			}
		}
	}
}

// What a vote was taken on stays as it was, on either side.
func TestVoteOnAMeasureChangesNothingOfTheOldOne(t *testing.T) {
	t.Parallel()
	for _, confirm := range []bool{true, false} {
		m := coc.Measure{By: "ada", Confirmed: []coc.Login{"ben", "cy"}, Reversed: []coc.Login{"ben", "dee"}}
		VoteInterim(m, "ben", confirm)
		if !slices.Equal(m.Confirmed, []coc.Login{"ben", "cy"}) || !slices.Equal(m.Reversed, []coc.Login{"ben", "dee"}) {
			t.Errorf("confirm %v leaves %+v", confirm, m)
		}
	}
}
