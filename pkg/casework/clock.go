package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// The journal's words for what a case's clocks do. The first two hand the case over,
// which the reporter is told: it follows from time and from nobody's conflict.
const (
	actUnanswered = "unanswered"
	actUndecided  = "undecided"
	actReminded   = "reminded"
)

// byClock is the act and the rule by which a case goes to the committee above,
// because something was not done in time.
var byClock = map[string]struct{ act, rule string }{
	stage.DueAcknowledge: {actUnanswered, "committee/unanswered"},
	stage.DueDeadlock:    {actUndecided, "committee/undecided"},
}

// wind sets the clocks of every case of a change that is about to be committed: the
// flag that something is overdue, and the job that looks again. Whatever a change
// did to stage, holder, room or what is due, this follows from the case alone, so
// nobody has to remember it; and what stays the same makes no job.
func (d *Desk) wind(change *coc.Change) {
	now := d.Clock.Now()
	for i := range change.Cases {
		c := &change.Cases[i]
		tellsAlone(c, change)
		letHear(c, change)
		if home := c.Home(); home != nil && home.Issue != 0 && c.Notice == nil && !stage.Closed(c.Stage) {
			if appoint(c, nil, nil, now) {
				d.showAnew(c, change)
			}
		}
		if late := stage.Overdue(*c, now); late != slices.Contains(c.Flags, coc.FlagOverdue) {
			c.Flags = without(c.Flags, coc.FlagOverdue)
			if late {
				c.Flags = append(c.Flags, coc.FlagOverdue)
			}
			d.showAnew(c, change)
		}
		d.indexAnew(c, change)
		c.Clock = stage.Wind(*c, now)
		next := stage.NextStroke(*c)
		if next.Equal(c.Clock.Next) {
			continue
		}
		c.Clock.Turn++
		if c.Clock.Next = next; !next.IsZero() {
			at := stage.Looks(*c, now)
			change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobClock, Case: c.ID, Revision: c.Clock.Turn, At: at, Priority: 3})
		}
	}
}

// showAnew has a case's home drawn, once, unless there is none.
func (d *Desk) showAnew(c *coc.Case, change *coc.Change) {
	home, job := c.Home(), d.showJob(c.ID, len(c.Placements)-1)
	if home == nil || home.Issue == 0 {
		return
	}
	home.Shown = 0
	if !slices.ContainsFunc(change.Jobs, func(j coc.Job) bool { return j.Kind == job.Kind && j.Case == job.Case && j.N == job.N && j.At.IsZero() }) {
		change.Jobs = append(change.Jobs, job)
	}
}

// strike does what is due in a case by now: all of it in one commit and, if there is
// anything to say, in one comment. A job that was made before the newest does
// nothing, nor does one that comes before its time.
func (d *Desk) strike(ctx context.Context, job coc.Job) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	now := d.Clock.Now()
	if home := c.Home(); job.Revision == c.Clock.Turn && home.Asked.IsZero() && !home.Screened && !home.ScreenBy.IsZero() && !now.Before(home.ScreenBy) {
		// Both were missed, for as long as nobody looked: whether the committee
		// keeps the case comes first.
		if err := d.screen(ctx, coc.Job{Case: c.ID, N: len(c.Placements) - 1}); err != nil {
			return err
		}
		if c, err = d.Store.Case(ctx, job.Case); err != nil {
			return fmt.Errorf("case %s: %w", job.Case, err)
		}
	}
	if p, ok := c.Standing(); ok && job.Revision == c.Clock.Turn && p.State == coc.ProposalOpen && !p.Silence.IsZero() && !now.Before(p.Silence) {
		// So it is with what silence has carried: it is not undecided.
		if err := d.consent(ctx, coc.Job{Case: c.ID, N: p.Number}); err != nil {
			return err
		}
		if c, err = d.Store.Case(ctx, job.Case); err != nil {
			return fmt.Errorf("case %s: %w", job.Case, err)
		}
	}
	c.Clock = stage.Wind(c, now) // it may have been ahead when it was committed last
	looks := stage.Looks(c, now)
	switch {
	case job.Revision != c.Clock.Turn, looks.IsZero():
		return nil
	case looks.After(now):
		return coc.Later{After: looks, Cause: "nothing is due now"}
	}
	var change coc.Change
	var alarms []coc.Reason
	n := len(c.Placements) - 1
	s := stage.Strike(c, now)
	if s.Up != "" {
		if alarms, err = d.relieve(ctx, &c, &change, s.Up, now); err != nil {
			return err
		}
		s = stage.Strike(c, now) // nothing where it went, and what is left where it stays
	}
	if s.Ask {
		c.Clock.Asked = now
	}
	if s.HandOver {
		if err := d.handOver(ctx, &c, &change, len(s.Remind) == 0, now); err != nil {
			return err
		}
	}
	if len(s.Remind) > 0 {
		d.reminder(&c, &change, s, now)
	}
	if n == len(c.Placements)-1 && len(change.Jobs) == 0 {
		quietly(&c)
	}
	c.Clock.Next = time.Time{} // this job ends, so that what is left needs another
	c.Revision++
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// relieve gives a case to the committee above, because something was not done in
// time. Where nobody up there can take it, it stays, and operators are told, once.
// There is no hurry: while GitHub cannot tell who reads there, it is asked again.
func (d *Desk) relieve(ctx context.Context, c *coc.Case, change *coc.Change, what string, now time.Time) ([]coc.Reason, error) {
	w, err := d.worldOf(ctx, *c)
	if err != nil {
		return nil, err
	}
	home := *c.Home()
	w.Chain = slices.DeleteFunc(slices.Clone(c.Chain), func(k coc.Committee) bool { return k.Key == home.Committee.Key })
	w.Skip, w.Incident.Risks = had(*c), risks(c.Report)
	of, more, err := d.restsOn(ctx, *c)
	if err != nil {
		return nil, err
	}
	decision, err := d.decide(ctx, w, of, now, more...)
	if err != nil {
		return nil, err
	}
	if decision.Sealed {
		c.Clock.Tried = now
		if slices.Contains(c.Flags, coc.FlagNoQuorum) {
			return nil, nil // it was tried before, and operators know
		}
		return append(unsealed(decision.Alarms), aboutRoom("committee/unrelieved", home)), nil
	}
	by := byClock[what]
	c.Trace = append(c.Trace, aboutRoom(by.rule, home))
	c.Parties = w.Parties
	from, n := c.Stage, len(c.Placements)-1
	d.moveTo(c, change, decision, now)
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: now, Act: by.act, From: from, To: c.Stage})
	change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	return decision.Alarms, nil
}

// reminder owes the room one comment on everything that is late. What is late for
// the first time is drawn as such, too.
func (d *Desk) reminder(c *coc.Case, change *coc.Change, s stage.Stroke, now time.Time) {
	home := c.Home()
	to := stage.Reminded(*c, noVote(*c, *home), now)
	for _, l := range unspoken(*c, now) {
		if !coc.HasLogin(to, l) {
			to = append(to, l)
		}
	}
	fresh := slices.ContainsFunc(s.Remind, func(due coc.Due) bool {
		return due.What != stage.DueAcknowledgeTarget && due.At.After(c.Clock.Reminded)
	})
	c.Clock.Reminded = now
	if len(to) == 0 {
		return // nobody reads here
	}
	next := c.Revision + 1
	c.Journal = append(c.Journal, coc.Entry{Revision: next, At: now, Act: actReminded, From: c.Stage, To: c.Stage})
	owe(c, change, next, len(c.Placements)-1, []notice.Private{notice.Reminder(*c, s.Remind)})
	c.Effects[len(c.Effects)-1].To = to
	if fresh {
		d.showAnew(c, change)
	} else {
		quietly(c)
	}
}

// noVote is who reads a case and does not decide in it.
func noVote(c coc.Case, p coc.Placement) (out []coc.Login) {
	for _, f := range known(c, p).Screen(p.Committee, c.Parties).Limited {
		out = append(out, f.Login)
	}
	return out
}

// remindOf posts a reminder, and mentions those of whom it is for who may still read
// the case. It is not kept for later, as other comments are: what has been done by
// now needs none, and into a room that takes no words it is written anew once that
// is over. Of several that wait only the newest is written.
func (d *Desk) remindOf(ctx context.Context, c coc.Case, e coc.Effect, again bool) error {
	p := c.Placements[e.Placement]
	newer := slices.ContainsFunc(c.Effects, func(x coc.Effect) bool { return len(x.To) > 0 && x.Revision > e.Revision })
	if newer || e.Placement < len(c.Placements)-1 || stage.Closed(c.Stage) || len(stage.Late(c, d.Clock.Now())) == 0 {
		if err := d.putLockBack(ctx, p, again); err != nil {
			return err
		}
		return d.reminded(ctx, c.ID, e, true)
	}
	if p.Issue == 0 {
		return d.unopened(p)
	}
	room, problems, err := d.enter(ctx, c, p)
	if err != nil {
		return err
	}
	if len(problems) == 0 {
		to := notice.Call(p, record(c, p).Screen(p.Committee, c.Parties), d.there(c, e.To, room))
		ref := coc.IssueRef{Repo: room.Repo, Number: p.Issue}
		err = d.GitHub.Reply(ctx, ref, notice.Calling(to, notice.Kept(e.Text)), notice.Marker(c.ID, e.Revision, e.N), again)
		rule, hopeless := hopeless(err)
		switch {
		case errors.Is(err, coc.ErrConverted):
			return cmp.Or(d.reissue(ctx, c.ID, e.Placement, issueConverted), coc.ErrBusy)
		case d.shelved(p, err):
			return coc.ErrBusy
		case hopeless:
			problems = []coc.Reason{aboutRoom(rule, p)}
		case err != nil:
			return fmt.Errorf("reminder of %s: %w", c.ID, err)
		}
	}
	if len(problems) > 0 {
		if err := d.putLockBack(ctx, p, again); err != nil {
			return err
		}
		if err := d.freeze(ctx, c, e.Placement, problems); err != nil {
			return err
		}
	}
	return d.reminded(ctx, c.ID, e, len(problems) == 0)
}

// there is whom a reminder is for, as far as they read the room. Where none of them does
// any more, because they have left, it is for whoever it would be without them: they were
// pinned with the case, and nobody would be told.
func (d *Desk) there(c coc.Case, to []coc.Login, room coc.RoomFacts) []coc.Login {
	if slices.ContainsFunc(to, room.Reads) {
		return to
	}
	c.Placements = slices.Clone(c.Placements)
	home := c.Home()
	home.Responders = slices.DeleteFunc(slices.Clone(home.Responders), func(l coc.Login) bool { return !room.Reads(l) })
	return stage.Reminded(c, noVote(c, *home), d.Clock.Now())
}

// reminded ends a reminder. One that was not written is due again, as soon as the
// room takes words.
func (d *Desk) reminded(ctx context.Context, id coc.CaseID, e coc.Effect, over bool) error {
	return d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
		i := slices.IndexFunc(c.Effects, func(x coc.Effect) bool { return x.Revision == e.Revision && x.N == e.N })
		c.Effects = slices.Clone(c.Effects)
		c.Effects[i].Done, c.Effects[i].Text = true, coc.Prose{}
		if !over {
			c.Clock.Reminded = time.Time{}
		}
		quietly(c)
		return coc.Change{}, true
	})
}

// met says that something which was due has been done: the next word to the reporter
// is due anew, as the committee promised, and anything else is no longer.
func (t *turn) met(what string) {
	t.c.Due = stage.Met(t.c.Home().Committee, t.c.Due, what, t.now)
}

// owedSince is what is due in a case that has come to its stage now, whichever way:
// what the stage itself asks for, and what others wait for at any stage.
func owedSince(c coc.Case, now time.Time) []coc.Due {
	due := stage.Renew(c.Due, stage.Due(c.Home().Committee, c.Stage, now))
	due = stage.WithRemedies(c.Home().Committee, due, c.Stage, c.Remedies, now)
	due = stage.WithInterim(due, c.Measures)
	return stage.WithReporter(c, due, c.Due, now)
}

// owedUnread renews what was due in a case before anybody could read it, and reports
// whether anything was.
func owedUnread(c *coc.Case, now time.Time) bool {
	if !slices.ContainsFunc(c.Due, func(d coc.Due) bool { return !d.At.After(now) }) {
		return false
	}
	putAnew(c, c.Home().Committee, now)
	c.Due = stage.WithInterim(stage.Due(c.Home().Committee, c.Stage, now), c.Measures)
	c.Due = stage.WithReporter(*c, c.Due, nil, now)
	return true
}
