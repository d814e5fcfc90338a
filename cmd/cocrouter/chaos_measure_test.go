package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// lock keeps the bot from commenting in a case's issue, which it is to do all the same,
// and to leave it locked.
func (c *chaos) lock(a chaosAct, issue githubsim.IssueView) error {
	c.locked[[2]any{a.On, issue.Number}] = true
	return c.LockIssue(a.By, a.On, issue.Number, []string{"", "resolved", "too heated"}[a.Roll%3])
}

// interim is a member who acts at once, or another one who confirms it or not.
func (c *chaos) interim(a chaosAct, issue githubsim.IssueView) error {
	said := "I muted them, " + a.Word
	switch a.Roll % 4 {
	case 0:
		said = "confirm"
	case 1:
		said = "reverse"
	}
	for range 1 + a.Roll/4%6/5 { // the page hangs
		if err := c.say(a.By, a.On, issue.Number, "/coc interim "+said); err != nil {
			return err
		}
	}
	return nil
}

// decided is what is answered to a command of which the judge does not know all that
// decides on it: a liaison who is asked, a measure, a conflict. It is carried out where
// the journal goes on with it, and else refused. What is answered is "" for nothing.
func (x *expected) decided(actor, verb, rest string) string {
	act, said := verb, ""
	switch {
	case verb == "ask":
		said = "asked"
	case rest == "confirm" || rest == "reverse":
		act = verb + " " + rest
	case verb == "interim":
		said = "measure"
	case verb == "accused link":
		said = "linked"
	}
	next := x.next()
	same := act != verb || slices.Equal(chaosWords(next.Text.Reveal()), chaosWords(rest))
	if !same || !x.asked(actor, act) {
		return "refused"
	}
	x.entry(actor, act, x.stage)
	switch verb {
	case "recuse":
		x.silent = true // who has a vote is not known any more
		if strings.HasPrefix(rest, "hard") {
			x.leaves(actor)
		}
	case "admit":
		x.silent = true
		x.in = append(x.in, next.Whom)
	}
	return said
}

// judgeLocks: what people locked is locked, whatever was answered there and whoever was
// killed in between.
func (c *chaos) judgeLocks(found []*chaosIssue) {
	for _, i := range found {
		if c.locked[[2]any{i.room, i.Number}] && !i.Locked {
			c.t.Errorf("%s#%d was locked, and is not", i.room, i.Number)
		}
	}
}

// judgeMeasures: each measure that was taken is in the record once, in the order in which
// they came, and who confirmed or reversed one has said so.
func judgeMeasures(cs coc.Case) (wrong []string) {
	var taken []string
	for _, e := range cs.Journal {
		if e.Act == "interim" {
			taken = append(taken, e.Text.Reveal())
		}
	}
	var kept []string
	for _, m := range cs.Measures {
		kept = append(kept, m.Action.Reveal())
		for _, l := range slices.Concat(m.Confirmed, m.Reversed) {
			if !slices.ContainsFunc(cs.Journal, func(e coc.Entry) bool { return e.Actor.Is(l) && strings.HasPrefix(e.Act, "interim ") }) {
				wrong = append(wrong, fmt.Sprintf("%s has a vote on a measure, and said nothing", l))
			}
		}
	}
	if !slices.Equal(taken, kept) {
		wrong = append(wrong, fmt.Sprintf("the measures %q were taken, and %q are kept", taken, kept))
	}
	return wrong
}
