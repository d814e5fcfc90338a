package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// transfer gives the case to the committee that is named, wherever it stands,
// and leaves this issue closed and marked. It is held against the same rules as
// one that a case is escalated to; where it cannot take the case, nobody else is
// asked, because nobody else was meant.
func (t *turn) transfer(ctx context.Context, cmd command.Command) error {
	from := t.c.Stage
	if _, err := stage.Next(from, "transfer"); err != nil {
		return err
	}
	w, err := t.desk.worldOf(ctx, t.c)
	if err != nil {
		return err
	}
	to, reason, known := destination(t.desk.ways(t.c, w.Standing), cmd)
	switch {
	case !known:
		return t.desk.unknownCommittee(cmd.Args)
	case sameCommittee(to[0], t.c.Home().Committee):
		return coc.Refusal{What: "The case is with that committee already.", Next: "`/coc transfer` names another one.", Rule: "transfer"}
	case to[0].Incidents.IsZero():
		return writeTo(to[0])
	case reason.IsBlank():
		return coc.Refusal{
			What: "Transferring needs a reason, which the record keeps.",
			Next: "Write it like `/coc transfer COMMITTEE It touches their project.`", Rule: "transfer",
		}
	case hadIt(t.c, to[0]):
		return coc.Refusal{
			What: "That committee has had this case and passed it on.",
			Next: "Name another committee, or write `/coc escalate` with a reason to go to the next one up.", Rule: "transfer/had-it",
		}
	}
	w.Chain = to[:1]
	w.Incident.Risks = risks(t.c.Report) // with some of which a project may not keep it
	// The committee reads the reason: whoever of them it names may not.
	decision, err := t.desk.decide(ctx, w, t.c, t.in.Received, append(passedOn(t.c), reason)...)
	if err != nil {
		return err
	}
	t.c.Parties = w.Parties // said is said, also where they cannot take the case
	if decision.Sealed {
		t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
		return coc.Refusal{
			What: "That committee cannot take this case now.",
			Next: "The case stays with you. Name another committee, or write `/coc escalate` with a reason to go to the next one up.", Rule: "transfer/cannot",
		}
	}
	decision.Chain = append(decision.Chain, to[1:]...)
	t.alarms = append(t.alarms, decision.Alarms...)
	t.desk.moveTo(&t.c, &t.change, decision, t.now)
	t.note("transfer", from, reason)
	return nil
}

// ways is every committee that a case may be transferred to, each with those
// above it: the pinned way up, those below that it came past, the one in force
// for the source, those who are told of it, and all of the directory.
func (d *Desk) ways(c coc.Case, inForce *coc.Standing) [][]coc.Committee {
	var out [][]coc.Committee
	for i := range c.Chain {
		out = append(out, c.Chain[i:])
	}
	below := func(k coc.Committee) {
		if k.Key != "" {
			out = append(out, append([]coc.Committee{k}, d.above(k)...))
		}
	}
	for _, p := range c.Placements {
		below(p.Committee)
	}
	if inForce != nil {
		below(inForce.Committee)
	}
	for _, duty := range c.Duties {
		below(duty.To)
	}
	for _, name := range d.Directory.Names() {
		k, _ := d.Directory.Committee(name)
		below(k)
	}
	return out
}

// above is the way up from a committee by the directory, as far as to its
// fallback.
func (d *Desk) above(k coc.Committee) []coc.Committee {
	var out []coc.Committee
	for _, c := range slices.Concat(d.Directory.Chain(k.EscalateTo), d.Directory.Chain(d.Directory.Fallback())) {
		same := func(o coc.Committee) bool { return sameCommittee(o, c) }
		if !same(k) && !slices.ContainsFunc(out, same) {
			out = append(out, c)
		}
	}
	return out
}

// destination is the way that begins with the committee which a command names,
// by key or name, and the reason behind that. Of two that fit, the longer one was
// meant.
func destination(ways [][]coc.Committee, cmd command.Command) (to []coc.Committee, reason coc.Prose, known bool) {
	longest := 0
	for _, way := range ways {
		for _, name := range []string{way[0].Key, way[0].Name} {
			rest, named := cmd.After(name)
			if n := len(strings.Fields(name)); named && n > longest {
				to, reason, known, longest = way, rest, true, n
			}
		}
	}
	return to, reason, known
}

// unknownCommittee never repeats the word itself, which may be the first one of
// a reason.
func (d *Desk) unknownCommittee(word string) error {
	next := "The operator's committee directory has them all."
	if names := d.Directory.Names(); len(names) <= 12 {
		next = "These are known: `" + strings.Join(names, "`, `") + "`."
	}
	if near := d.Directory.Nearest(word); near != "" {
		next = "Did you mean `" + near + "`? " + next
	}
	return coc.Refusal{What: "There is no committee of that name to transfer the case to.", Next: next, Rule: "transfer/unknown"}
}

// writeTo refuses to transfer a case to a committee that only has an address.
func writeTo(k coc.Committee) error {
	return coc.Refusal{
		What: k.Name + " takes no cases here, and can only be written to: " + k.Contact + ".",
		Next: "A member must write there. The case stays with you, whatever they answer.", Rule: "transfer/address",
	}
}

// hadIt reports whether a committee gave the case away before.
func hadIt(c coc.Case, k coc.Committee) bool {
	for n, p := range c.Placements {
		if !slipped(c, n) && sameCommittee(p.Committee, k) {
			return true
		}
	}
	return false
}

// sameCommittee: two keys may mean one committee, which its room tells.
func sameCommittee(a, b coc.Committee) bool { return a.Key == b.Key || a.Incidents.Is(b.Incidents) }
