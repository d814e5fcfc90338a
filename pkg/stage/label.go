package stage

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Labels is the exact set of our labels that the issue of a case's placement
// has: one status, the level of its committee, whether it is there on appeal and
// whether counsel has a say, then flags, severity and outcome. A placement that the case
// does not have has none.
//
// A former home shows that the case moved and nothing that was learned since:
// flags, severity and outcome are the present committee's business.
func Labels(c coc.Case, placement int) []string {
	if placement < 0 || placement >= len(c.Placements) {
		return nil
	}
	status := c.Stage.Label()
	former := placement < len(c.Placements)-1
	if former {
		status = coc.StageTransferred.Label()
	}
	want := []string{status, "escalation/" + string(c.Placements[placement].Committee.Level)}
	if !former {
		if c.Appeal != nil {
			want = append(want, "escalation/appeal")
		}
		if legal(c) {
			want = append(want, "escalation/legal")
		}
		for _, f := range c.Flags {
			want = append(want, f.Label())
		}
		want = append(want, "severity/"+c.Severity, c.Outcome.Label())
	}
	var out []string
	for _, name := range want {
		// What is not in the table (no severity, no outcome yet) has no label.
		if coc.OurLabel(name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// legal reports whether counsel is consulted on a legal risk in the case, or about the
// proposal that stands, or was about the one that was decided on here last.
func legal(c coc.Case) bool {
	if c.AsksCounsel() {
		return true
	}
	if len(c.Proposals) == 0 {
		return false
	}
	p := c.Proposals[len(c.Proposals)-1]
	_, stands := c.Standing()
	return p.Held != "" && (stands || p.State == coc.ProposalDecided && p.Placement == len(c.Placements)-1)
}
