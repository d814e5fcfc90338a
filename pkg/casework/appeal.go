package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// appeal gives a case that was decided to whom the policy names (jurisdiction row
// 11), on behalf of a party who appeals. It is placed like every case, and leaves
// this issue closed and marked; who decided takes no part there, wherever else they
// sit. The way up that was pinned has no say: the policy's does.
//
// A committee that had the case before and passed it on decided nothing, and may
// hear it.
func (t *turn) appeal(ctx context.Context, cmd command.Command) error {
	from, home := t.c.Stage, *t.c.Home()
	if _, err := stage.Next(from, "appeal"); err != nil {
		return err
	}
	if why, ok := ballot.Appeal(t.desk.Directory.Jurisdiction().Appeals, home.Committee.Level, coc.Ground(cmd.Args)); !ok {
		return t.noAppeal(why.Rule, cmd)
	}
	w, err := t.desk.worldOf(ctx, t.c)
	if err != nil {
		return err
	}
	appeal := t.appealed(coc.Ground(cmd.Args), home)
	w.Appealed, w.Deciders = &home.Committee, appeal.Deciders
	// They read what was decided, and what the appeal says: whoever of them it
	// names may not.
	decided, _ := coc.Decision(t.c.Journal)
	decision, err := t.desk.decide(ctx, w, t.c, t.in.Received, append(passedOn(t.c), decided.Text, cmd.Text)...)
	if err != nil {
		return err
	}
	t.c.Parties = w.Parties // said is said, also where nobody can hear it
	if decision.Sealed {
		t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
		return coc.Refusal{
			What: "Nobody who hears appeals can take this one here now.",
			Next: "The case stays with you. Try again later" + orWrite(decision.Contact) + ".", Rule: "appeal/cannot",
		}
	}
	t.alarms = append(t.alarms, decision.Alarms...)
	t.c.Appeal = &appeal
	t.desk.moveTo(&t.c, &t.change, decision, t.now)
	t.note("appeal", from, cmd.Text)
	return nil
}

// appealed is the appeal of what this committee decided. Those who had a vote then
// are the deciders, whatever they have declared since, and whoever entered the
// decision.
func (t *turn) appealed(on coc.Ground, home coc.Placement) coc.Appeal {
	a := coc.Appeal{
		Ground: on, Of: home.Committee.Name, At: t.now, Since: len(t.c.Journal),
	}
	decided, _ := coc.Decision(t.c.Journal)
	who := append(slices.Clone(t.c.Decided), decided.Actor)
	if t.c.Appeal != nil { // who decided before that still takes no part
		who = append(who, t.c.Appeal.Deciders...)
	}
	for _, l := range who {
		if l != "" && !coc.HasLogin(a.Deciders, l) {
			a.Deciders = append(a.Deciders, l)
		}
	}
	k := home.Committee
	if within := k.Clocks.AppealWithin; !within.IsZero() {
		a.Late = t.now.After(stage.Add(within, decided.At, k.Timezone, k.Holidays))
	}
	return a
}

// noAppeal says which rule of the policy is against an appeal. The words that were
// written are never repeated.
func (t *turn) noAppeal(rule string, cmd command.Command) error {
	if rule == "appeal/ground" {
		var known []string
		for _, g := range t.desk.Directory.Jurisdiction().Appeals.Grounds {
			known = append(known, "`"+string(g)+"`")
		}
		next := "Write one of these after `/coc appeal`, and then what the party says: " + strings.Join(known, ", ") + "."
		if near := command.NearestGround(cmd.Text); near != "" && cmd.Args == "" {
			next = "Did you mean `" + string(near) + "`? " + next
		}
		return coc.Refusal{What: "A decision is appealed on a ground of the policy (row 11), and that is none of them.", Next: next, Rule: "appeal/ground"}
	}
	k := t.c.Home().Committee
	return coc.Refusal{
		What: "The policy names nobody here to hear an appeal of what " + k.Name + " decided: row 11 is about what " + levels(t.desk.Directory.Jurisdiction().Appeals.Levels) + " decides.",
		Next: "The case stays with you. If there are new facts, `/coc reopen` takes it up again" + orWrite(t.desk.contactAbove(k)) + ".", Rule: "appeal/none",
	}
}

func levels(list []coc.Level) string {
	if len(list) == 0 {
		return "no committee"
	}
	var out []string
	for _, l := range list {
		out = append(out, string(l))
	}
	return "a committee of the level " + strings.Join(out, " or ")
}

// contactAbove is whom a person can write to above a committee: the nearest that
// has only an address, or else the highest that has one.
func (d *Desk) contactAbove(k coc.Committee) (contact string) {
	for _, c := range d.above(k) {
		if c.Contact == "" {
			continue
		}
		if contact = c.Contact; c.Incidents.IsZero() {
			break
		}
	}
	return contact
}

// orWrite is how a sentence ends that says where a person can turn to.
func orWrite(contact string) string {
	if contact == "" {
		return ""
	}
	return "; a party can also write to `" + contact + "`"
}
