package casework

import (
	"context"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// escalate opens the case with the next committee that can take it, and leaves
// this issue closed and marked.
func (t *turn) escalate(ctx context.Context, cmd command.Command) error {
	from := t.c.Stage
	if _, err := stage.Next(from, "escalate"); err != nil {
		return err
	}
	w, err := t.desk.worldOf(ctx, t.c)
	if err != nil {
		return err
	}
	w.Skip = had(t.c)
	chain, reason, err := chainFrom(t.c.Chain, cmd)
	if err != nil {
		return err
	}
	w.Chain = chain
	if reason.IsBlank() {
		return coc.Refusal{
			What: "Escalating needs a reason, which the record keeps.",
			Next: "Write it like `/coc escalate COMMITTEE We know everybody involved.`", Rule: "escalate",
		}
	}
	// The next committee reads the reason: whoever of them it names may not.
	decision, err := t.desk.decide(ctx, w, t.c, t.in.Received, append(passedOn(t.c), reason)...)
	if err != nil {
		return err
	}
	t.c.Parties = w.Parties // said is said, also where nobody can take the case
	if decision.Sealed {
		t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
		next := "The case stays with you."
		if decision.Contact != "" {
			next = "The case stays with you; a person can be reached at " + decision.Contact + "."
		}
		return coc.Refusal{What: "No committee further up can take this case now.", Next: next, Rule: "escalate"}
	}
	t.alarms = append(t.alarms, decision.Alarms...)
	t.desk.moveTo(&t.c, &t.change, decision, t.now)
	t.note("escalate", from, reason)
	return nil
}

// unsealed is what alarms when nobody further up can take a case that its
// committee keeps.
func unsealed(alarms []coc.Reason) []coc.Reason {
	return slices.DeleteFunc(slices.Clone(alarms), func(r coc.Reason) bool { return r.Rule == "sealed" })
}

// moveTo leaves the present home and settles the case in the next one. The
// caller asks for the old home to be shown as left.
func (d *Desk) moveTo(c *coc.Case, change *coc.Change, decision route.Decision, now time.Time) {
	c.Trace = append(c.Trace, unsaidOf(c.Trace, decision.Trace)...)
	c.Flags = without(c.Flags, coc.FlagNoQuorum)
	d.settle(c, change, decision, now)
}

// chainFrom is the chain beginning with the committee that a command names by
// key or name, and the reason behind the name; the whole chain where it names
// none. The present committee is not further up.
func chainFrom(chain []coc.Committee, cmd command.Command) ([]coc.Committee, coc.Prose, error) {
	for i, c := range chain {
		reason, named := cmd.After(c.Key)
		if !named {
			reason, named = cmd.After(c.Name)
		}
		switch {
		case named && i == 0:
			return nil, coc.Prose{}, coc.Refusal{
				What: "The case is with that committee already.",
				Next: "Write `/coc escalate` with a reason alone to go to the next one.", Rule: "escalate",
			}
		case named:
			return chain[i:], reason, nil
		}
	}
	return chain, cmd.Words(), nil
}
