package casework

import (
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// interim keeps what one member has done for now to protect somebody, and puts it to
// the others (CC); or takes the word of one of them.
func (t *turn) interim(cmd command.Command) error {
	if resolved(t.c.Stage) {
		return coc.Refusal{
			What: "The case is decided, and interim measures have ended with that.",
			Next: "If there is to be another, write `/coc reopen` with a reason first.", Rule: "interim/over",
		}
	}
	if cmd.Args != "" {
		return t.voteInterim(cmd.Args == "confirm", cmd.Number)
	}
	home := t.c.Home()
	s := record(t.c, *home).Screen(home.Committee, t.c.Parties)
	for _, f := range s.Limited {
		if f.Login.Is(t.ev.Actor) {
			return coc.Refusal{
				What: "Whoever has a conflict of interest takes no measures in a case.",
				Next: "Ask another member to act. If somebody may be in danger, call the emergency services first.", Rule: "interim/vote",
			}
		}
	}
	if slices.ContainsFunc(t.c.Measures, func(m coc.Measure) bool {
		return m.By.Is(t.ev.Actor) && m.Action == cmd.Text && m.Home == t.n && t.copied(m.At)
	}) {
		return coc.Refusal{
			What: "You have said the same a moment ago, and it is one measure.",
			Next: "Nothing has to be done. If you have acted once more, say it in other words, or in ten minutes.", Rule: "interim/copy",
		}
	}
	m := coc.Measure{Action: cmd.Text, By: t.ev.Actor, At: t.now, Until: stage.InterimUntil(home.Committee, t.now), Home: t.n}
	t.c.Measures = append(slices.Clone(t.c.Measures), m)
	settleMeasures(&t.c, s.Voters)
	t.note("interim", t.c.Stage, cmd.Text)
	t.reply(notice.InterimTaken(m, len(t.c.Measures), s.Voters, home.Committee.Timezone))
	return nil
}

// voteInterim takes a member's word on a measure. Who took it can take it back, as
// long as the others have not made it theirs.
func (t *turn) voteInterim(confirm bool, number int) error {
	i, err := t.whichMeasure(confirm, number)
	if err != nil {
		return err
	}
	home := t.c.Home()
	s := record(t.c, *home).Screen(home.Committee, t.c.Parties)
	m, vote := t.c.Measures[i], "interim reverse"
	if confirm {
		vote = "interim confirm"
	}
	switch {
	case m.By.Is(t.ev.Actor) && !confirm && m.State != coc.MeasureConfirmed:
		m.State = coc.MeasureWithdrawn
	case m.By.Is(t.ev.Actor):
		return coc.Refusal{
			What: "The others confirm or reverse a measure, and this one is yours.",
			Next: "While they have not confirmed it, you can take it back with `/coc interim reverse`.", Rule: "interim/own",
		}
	case !coc.HasLogin(ballot.Others(m, s.Voters), t.ev.Actor):
		return coc.Refusal{
			What: "Only whoever has a vote in this case confirms or reverses a measure.",
			Next: "The body of this issue shows who has declared what; `/coc clear` says that you have no conflict of interest.", Rule: "interim/vote",
		}
	case coc.HasLogin(m.Confirmed, t.ev.Actor) && confirm, coc.HasLogin(m.Reversed, t.ev.Actor) && !confirm:
		return coc.Refusal{
			What: "You have said so already.",
			Next: "The body of this issue shows how many have, and how many are needed.", Rule: "interim/said",
		}
	default:
		m = ballot.VoteInterim(m, t.ev.Actor, confirm)
	}
	t.c.Measures = slices.Clone(t.c.Measures)
	t.c.Measures[i] = m
	settleMeasures(&t.c, s.Voters)
	t.note(vote, t.c.Stage, coc.NewProse("measure "+strconv.Itoa(i+1)))
	return nil
}

// whichMeasure is the one that a vote is about: the one with the number, or the only
// one that it can be about.
func (t *turn) whichMeasure(confirm bool, number int) (int, error) {
	var open []int
	for i, m := range t.c.Measures {
		if m.State == coc.MeasureWaits || m.InForce() && !confirm {
			open = append(open, i)
		}
	}
	switch {
	case number == 0 && len(open) == 1:
		return open[0], nil
	case slices.Contains(open, number-1):
		return number - 1, nil
	case number == 0 && len(open) > 1:
		return 0, coc.Refusal{
			What: "There is more than one measure that this could be about.",
			Next: "Write its number, like `/coc interim confirm 2`; the body of this issue lists them.", Rule: "interim/which",
		}
	}
	return 0, coc.Refusal{
		What: "There is no such measure to confirm or reverse.",
		Next: "The body of this issue lists those in force; `/coc interim ACTION` says what you have done for now.", Rule: "interim/none",
	}
}

// settleMeasures draws what follows from the measures and from who has a vote: what
// became of each, the flag, and what is due.
func settleMeasures(c *coc.Case, voters []coc.Login) {
	if len(c.Measures) == 0 {
		return
	}
	c.Measures = slices.Clone(c.Measures)
	for i, m := range c.Measures {
		c.Measures[i].State = ballot.Interim(m, voters)
	}
	if slices.ContainsFunc(c.Measures, coc.Measure.InForce) {
		c.Flags = union(c.Flags, []coc.Flag{coc.FlagInterimAction})
	} else {
		c.Flags = without(c.Flags, coc.FlagInterimAction)
	}
	c.Due = stage.WithInterim(c.Due, c.Measures)
}

// putAnew gives a committee that has not read of them its own time for the measures that
// wait for it.
func putAnew(c *coc.Case, k coc.Committee, now time.Time) {
	c.Measures = slices.Clone(c.Measures)
	for i, m := range c.Measures {
		if m.State == coc.MeasureWaits || m.State == coc.MeasureAlone {
			c.Measures[i].Until = stage.InterimUntil(k, now)
		}
	}
}

// unspoken is who has not spoken of a measure that was to be confirmed or reversed by
// now, and could: whoever has the case may have taken it, and can do neither. Who is away
// is not among them.
func unspoken(c coc.Case, now time.Time) []coc.Login {
	var out []coc.Login
	for _, m := range c.Measures {
		if m.State != coc.MeasureWaits || m.Until.After(now) {
			continue
		}
		for _, l := range ballot.Others(m, voters(c)) {
			spoke := coc.HasLogin(m.Confirmed, l) || coc.HasLogin(m.Reversed, l)
			if !spoke && !coc.HasLogin(out, l) && !c.Home().Committee.Rota.IsAway(l, now) {
				out = append(out, l)
			}
		}
	}
	return out
}

// tellsAlone owes the committee above a word that there is the case, once, where
// somebody took a measure that nobody else could confirm: nobody looks at what one
// person does alone, and somebody there can ask, or be given the case.
func tellsAlone(c *coc.Case, change *coc.Change) {
	alone := func(m coc.Measure) bool { return m.State == coc.MeasureAlone }
	if !slices.ContainsFunc(c.Measures, alone) {
		return
	}
	settleMeasures(c, voters(*c)) // others may have a vote by now
	if !slices.ContainsFunc(c.Measures, alone) || len(c.Chain) < 2 || !sameCommittee(c.Chain[0], c.Home().Committee) {
		return
	}
	above := c.Chain[1]
	if above.Incidents.IsZero() || slices.ContainsFunc(c.Duties, func(d coc.Duty) bool { return tells(d, above) && d.When == coc.WhenAlone }) {
		return
	}
	change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobTell, Case: c.ID, N: len(c.Duties), Priority: 3})
	c.Duties = append(slices.Clone(c.Duties), coc.Duty{To: above, What: coc.WordNotice, When: coc.WhenAlone, Way: slices.Clone(c.Chain[1:])})
}

// endMeasures ends them with the decision, which says itself what holds from now on.
func endMeasures(c *coc.Case) {
	c.Measures = slices.Clone(c.Measures)
	for i, m := range c.Measures {
		if m.InForce() {
			c.Measures[i].State = coc.MeasureEnded
		}
	}
	settleMeasures(c, nil)
}
