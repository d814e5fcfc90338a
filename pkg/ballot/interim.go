package ballot

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Others are those who confirm or reverse an interim measure: of whoever has a vote,
// all but the one who took it (CC).
func Others(m coc.Measure, voters []coc.Login) []coc.Login {
	return slices.DeleteFunc(slices.Clone(voters), m.By.Is)
}

// Needed is how many of the others are a majority; of nobody, nobody is.
func Needed(m coc.Measure, voters []coc.Login) int { return len(Others(m, voters))/2 + 1 }

// Interim is where a measure stands, given who has a vote now: confirmed or reversed
// once most of the others say so. Votes of those who have none any more do not
// count. Without others nobody can do either: then the measure of whoever has the only
// vote stands, and waits again as soon as somebody else has one.
//
// What is confirmed stays so until most want it reversed: that somebody changed their
// mind, or that others have a vote now, does not put it before the committee again.
// What was reversed, withdrawn or has ended is over.
func Interim(m coc.Measure, voters []coc.Login) coc.MeasureState {
	others, needed := Others(m, voters), Needed(m, voters)
	switch {
	case !m.InForce():
		return m.State
	case len(among(m.Reversed, others)) >= needed:
		return coc.MeasureReversed
	case len(among(m.Confirmed, others)) >= needed:
		return coc.MeasureConfirmed
	case m.State == coc.MeasureConfirmed:
		return m.State
	case len(others) == 0 && coc.HasLogin(voters, m.By):
		return coc.MeasureAlone
	}
	return coc.MeasureWaits
}

// among keeps the votes of those who have one, each once.
func among(votes, others []coc.Login) []coc.Login {
	var out []coc.Login
	for _, o := range others {
		if coc.HasLogin(votes, o) && !coc.HasLogin(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// VoteInterim records somebody's word on a measure, which replaces what they said
// before. It returns a new value and leaves m as it was. Nobody ("") has no vote.
func VoteInterim(m coc.Measure, who coc.Login, confirm bool) coc.Measure {
	if who == "" {
		return m
	}
	m.Confirmed = slices.DeleteFunc(slices.Clone(m.Confirmed), who.Is)
	m.Reversed = slices.DeleteFunc(slices.Clone(m.Reversed), who.Is)
	if confirm {
		m.Confirmed = append(m.Confirmed, who)
	} else {
		m.Reversed = append(m.Reversed, who)
	}
	return m
}
