package ballot

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Accused is where a case stands with one person who is accused in it. A zero
// Hearing is a step that was not taken.
type Accused struct {
	Party                     coc.Party
	Notified, Deferred, Heard coc.Hearing
}

// AccusedOf is everybody who is accused in a case, in the order in which they were
// named. Somebody who is named without a role is kept from reading as if they were
// accused; but telling them of a report would tell a witness as well, so here they
// are not. Nor is whoever accuses themself, and knows.
//
// A word is about those whom it was said of and nobody else: whoever is named later
// has been told nothing, whatever was done about the others. That the committee
// before put a notice off is not this one's reason.
func AccusedOf(c coc.Case) []Accused {
	var out []Accused
	for _, p := range c.Parties {
		if p.Role != coc.RoleAccused || p.Login.Is(c.Report.Author()) {
			continue
		}
		a := Accused{Party: p}
		for _, h := range c.Hearings {
			if !slices.ContainsFunc(h.Of, p.Same) {
				continue
			}
			switch h.Step {
			case coc.StepNotified:
				a.Notified = h
			case coc.StepHeard:
				a.Heard = h
			case coc.StepDeferred:
				if home := c.Home(); home != nil && home.Committee.Key == h.Committee {
					a.Deferred = h
				}
			}
		}
		out = append(out, a)
	}
	return out
}

// Told reports whether they know of the report. Whoever gave an account does.
func (a Accused) Told() bool { return a.Notified.Step != "" || a.Heard.Step != "" }

// Waits reports whether they were told nothing, and nobody has said why.
func (a Accused) Waits() bool { return !a.Told() && a.Deferred.Step == "" }

// Unheard refuses a final decision while somebody who is accused has been neither
// notified nor deferred (CP, "Notification to the Accused Person"): nobody is to
// learn of a report by its outcome. nil: it stands in no decision's way. The error
// is always a coc.Refusal.
func Unheard(c coc.Case) error {
	if !slices.ContainsFunc(AccusedOf(c), Accused.Waits) {
		return nil
	}
	return coc.Refusal{
		What: "Somebody is accused who has not been told of the report, and a case is decided only when they were, or when it is written down why not.",
		Next: "`/coc accused` gives a text for it. When they have it, write `/coc accused notified`; if it must wait, `/coc accused deferred REASON`.",
		Rule: "accused/unheard",
	}
}
