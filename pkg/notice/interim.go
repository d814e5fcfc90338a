package notice

import (
	"slices"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// maxAction is how much of a measure's words is shown, in characters.
const maxAction = 200

// measures is the interim measures of a case, those in force first. What one is, is
// shown where it was taken: in another committee's room nobody has looked whether
// the words may be read there.
func measures(c coc.Case) []string {
	home := c.Home()
	if home == nil || len(c.Measures) == 0 {
		return nil
	}
	r := conflict.Of(c, *home)
	voters := r.Screen(home.Committee, c.Parties).Voters
	var inForce, over []string
	for i, m := range c.Measures {
		line := "- **Interim measure " + strconv.Itoa(i+1) + "**: "
		if here := m.Home == len(c.Placements)-1; here {
			line += "“" + defuseInline(coc.NewProse(clipped(oneLine(m.Action.Reveal()), maxAction))) + "”, by " + codeSpan(string(m.By)) + ", "
		} else {
			line += "taken elsewhere, on "
		}
		line += date(m.At) + "; " + measureState(m, i+1, voters, *home) + "\n"
		if m.InForce() {
			inForce = append(inForce, line)
		} else {
			over = append(over, line)
		}
	}
	return append(inForce, over...)
}

// measureState is what became of one, and how the votes stand.
// Of the votes those are shown whose voters still respond: the names of others stay
// with their committee.
func measureState(m coc.Measure, number int, voters []coc.Login, home coc.Placement) string {
	others, said := ballot.Others(m, voters), ""
	votes := func(label string, of []coc.Login) {
		of = slices.DeleteFunc(slices.Clone(of), func(l coc.Login) bool { return !coc.HasLogin(home.Responders, l) })
		if len(of) > 0 {
			said += label + logins(of, maxConflicted)
		}
	}
	votes(", for it ", m.Confirmed)
	votes(", against it ", m.Reversed)
	switch m.State {
	case coc.MeasureAlone:
		return "in force; **nobody else could confirm it**, and the committee above is told that there is the case" + said
	case coc.MeasureConfirmed:
		return "in force, **confirmed** by the others" + said
	case coc.MeasureReversed:
		return "**reversed** by the others: it is to be undone" + said
	case coc.MeasureWithdrawn:
		return "taken back"
	case coc.MeasureEnded:
		return "ended with the decision" + said
	}
	out := "in force, **not confirmed**" + said
	if len(others) == 0 {
		return out + "; nobody has a vote who could"
	}
	n := strconv.Itoa(number)
	return out + "; " + strconv.Itoa(ballot.Needed(m, voters)) + " of " + strconv.Itoa(len(others)) +
		" are needed by " + at(m.Until, home.Committee.Timezone) + ": " + codeSpan("/coc interim confirm "+n) + " or " + codeSpan("/coc interim reverse "+n)
}

// InterimTaken answers that a measure was put to the others.
func InterimTaken(m coc.Measure, number int, voters []coc.Login, zone string) Private {
	n := strconv.Itoa(number)
	text := "**Interim measure " + n + "** is recorded. It holds until it is reversed or the case is decided; undo it yourselves when it ends."
	others := ballot.Others(m, voters)
	if len(others) == 0 {
		return private(text + " Nobody else has a vote who could confirm it, so it stands. If there is a committee above, it is told that there is the case, and nothing of what you did.")
	}
	return private(text + "\n\n" + "The others with a vote (" + logins(others, maxReaders) + ") confirm it with " + codeSpan("/coc interim confirm "+n) +
		" or have it reversed with " + codeSpan("/coc interim reverse "+n) + ", by " + at(m.Until, zone) + ". " +
		strconv.Itoa(ballot.Needed(m, voters)) + " of " + strconv.Itoa(len(others)) + " decide.")
}
