package casework

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// severity says how urgent the case is. From then on it has exactly one severity.
func (t *turn) severity(level string) error {
	if t.c.Severity == level {
		return coc.Refusal{What: "That is how urgent the case is already.", Next: "Another level takes its place.", Rule: "severity/already"}
	}
	t.c.Severity = level
	t.note("severity", t.c.Stage, coc.NewProse(level))
	return nil
}

// flag marks the case, or takes a mark away. With what is at stake comes what
// rows 0 and 4 ask, as if the reporter had told of it; which risk it is, a flag
// does not say, so that nobody has to give the case away for it. What was asked
// stays asked when the flag goes: the way of the case still tells it.
func (t *turn) flag(verb string, f coc.Flag) error {
	change := stage.Flagged
	if verb == "unflag" {
		change = stage.Unflagged
	}
	after, err := change(t.c.Flags, f)
	if err != nil {
		return err
	}
	t.c.Flags = after
	if verb == "flag" {
		t.c.Trace = append(slices.Clone(t.c.Trace), unsaidOf(t.c.Trace, t.desk.asks(f))...)
	}
	t.note(verb, t.c.Stage, coc.NewProse(string(f)))
	return nil
}

// asks is what the policy asks of a committee whose case has a flag.
func (d *Desk) asks(f coc.Flag) []coc.Reason {
	var in route.Incident
	switch f {
	case coc.FlagSafetyRisk:
		in.Danger = true
	case coc.FlagLegalRisk:
		in.Risks = d.Directory.Jurisdiction().Consult
	}
	trace, _ := route.AtStake(d.Directory, in)
	return trace
}

// mark is a severity or a flag that was set or taken away on GitHub; ours is
// false for any other change. A severity is never taken away, only replaced.
func (t *turn) mark() (ours bool, err error) {
	on := t.ev.Kind == coc.EventLabeled
	if !on && t.ev.Kind != coc.EventUnlabeled {
		return false, nil
	}
	label, known := coc.LabelNamed(t.ev.Label)
	if !known {
		return false, nil
	}
	if level, ok := strings.CutPrefix(label.Name, "severity/"); ok {
		if !on {
			return true, coc.Refusal{What: "A case keeps its severity.", Next: "`/coc severity` replaces it.", Rule: "severity/kept"}
		}
		return true, t.severity(level)
	}
	if name, ok := strings.CutPrefix(label.Name, "flag/"); ok {
		if on {
			return true, t.flag("flag", coc.Flag(name))
		}
		return true, t.flag("unflag", coc.Flag(name))
	}
	return false, nil
}
