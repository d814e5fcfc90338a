package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// listedAgain is how soon the readers of a repository that was just made are
// read back again, when those who were let in are not listed yet.
const listedAgain = 10 * time.Second

// acceptedAgain is how soon they are read back where others may still be let in, and
// whoever is in has only been invited.
const acceptedAgain = 10 * time.Minute

// acceptedLast is how seldom that becomes, while nobody accepts.
const acceptedLast = time.Hour

// prepare makes the repository that a case is to have for itself, lets its
// responders in, and reads the readers back. Until that passes there is nothing
// in it but a code name. Each step is safe to do twice, and what was made is
// recorded before anybody is let in.
func (d *Desk) prepare(ctx context.Context, c coc.Case, n int, again bool) (coc.Case, coc.RoomFacts, []coc.Reason, error) {
	if c.Placements[n].Room.ID == 0 {
		made, err := d.makeRoom(ctx, c, n, again)
		_, later := coc.IsLater(err)
		_, hopeless := hopeless(err)
		switch {
		case later && d.wait(err, begun(c.Placements[n])) == nil, hopeless:
			return c, coc.RoomFacts{}, []coc.Reason{aboutRoom(route.NotPossible(c.Placements[n].Committee), c.Placements[n])}, nil
		case err != nil:
			return c, coc.RoomFacts{}, nil, err
		}
		c = made
	}
	p := c.Placements[n]
	switch _, err := d.putOutLeaving(ctx, c, p); {
	case err == nil && len(p.Leaving) > 0:
		return c, coc.RoomFacts{}, nil, coc.ErrBusy // the case was changed by that
	case d.wait(err, begun(p)) != nil:
		return c, coc.RoomFacts{}, nil, d.wait(err, begun(p))
	}
	for _, l := range p.Responders {
		// Whoever cannot be let in is no reader, and is missed when they are read back.
		is, err := d.familiar(ctx, p.Committee, l)
		if is {
			err = d.GitHub.Admit(ctx, p.Room.Repo, l)
		}
		if err := d.wait(err, begun(p)); err != nil {
			return c, coc.RoomFacts{}, nil, err
		}
	}
	room := d.look(ctx, p.Room.Repo)
	problems := d.problems(c, p, room)
	if len(problems) == 0 && (p.Asked.IsZero() || p.Screened) { // or whether they are enough is seen when all were asked
		problems = route.CheckSeparate(room, p.Committee, held(c, p), c.Parties, record(c, p), c.Source)
	}
	if room.Problem == nil && !slices.ContainsFunc(problems, lasting) && len(problems) > 0 {
		later := coc.Later{After: d.Clock.Now().Add(listedAgain), Cause: "those who were let in are not listed yet"}
		if !p.Asked.IsZero() && !p.Screened && !d.Clock.Now().Before(begun(p).Add(d.Patience)) {
			later.After = d.Clock.Now().Add(min(max(d.Clock.Now().Sub(begun(p)), acceptedAgain), acceptedLast))
			return c, room, nil, later
		}
		if err := d.wait(later, begun(p)); err != nil {
			return c, room, nil, err
		}
	}
	return c, room, problems, nil
}

// lasting is a problem of a new repository that does not pass by itself.
func lasting(r coc.Reason) bool { return r.Rule != "room/nobody-reads" && r.Rule != "separate/too-few" }

// makeRoom makes the repository and records it. Where its name is taken, the case
// gets another code name, and coc.ErrBusy asks to be called again.
func (d *Desk) makeRoom(ctx context.Context, c coc.Case, n int, again bool) (coc.Case, error) {
	p := c.Placements[n]
	mark := d.Keys.Digest("room", string(c.ID), strconv.Itoa(n))
	facts, err := d.GitHub.MakeRoom(ctx, p.Room.Repo.Owner, p.CodeName, mark, again)
	taken := errors.Is(err, coc.ErrTaken)
	if err != nil && !taken {
		return c, fmt.Errorf("a repository for %s: %w", c.ID, err)
	}
	err = d.amend(ctx, c.ID, func(now *coc.Case) (coc.Change, bool) {
		if taken {
			facts = p.Room
			now.Placements[n].CodeName = d.Keys.CodeName()
			facts.Repo.Name = now.Placements[n].CodeName
		}
		now.Placements[n].Room = facts
		quietly(now)
		return coc.Change{}, true
	})
	if err != nil {
		return c, err
	}
	if taken {
		return c, coc.ErrBusy
	}
	return d.Store.Case(ctx, c.ID)
}

// abandon leaves a repository that was made and may not be used: nobody keeps
// access who was let in, and it goes into the archive. There are no words in it.
func (d *Desk) abandon(ctx context.Context, p coc.Placement) error {
	if p.Room.ID == 0 {
		return nil
	}
	for _, l := range slices.Concat(p.Leaving, p.Responders) {
		if err := d.GitHub.Expel(ctx, p.Room.Repo, l); err != nil {
			return err
		}
	}
	return d.GitHub.Archive(ctx, p.Room.Repo, true)
}

// enter is the reader check of a placement's room before something is written
// there. A separate repository is first taken out of the archive, where it
// lies when the case is closed; whoever was let in and may not see the case any
// more is put out before another word; and whom a member admitted is let in. The
// error is always a coc.Later.
func (d *Desk) enter(ctx context.Context, c coc.Case, p coc.Placement) (coc.RoomFacts, []coc.Reason, error) {
	room := d.glance(ctx, p.Room.Repo)
	if p.Separate && room.Problem == nil && room.ID == p.Room.ID {
		changed, err := d.tidy(ctx, c, p, room)
		if l, ok := coc.IsLater(err); ok {
			return room, nil, l
		}
		if changed {
			room = d.look(ctx, p.Room.Repo)
		}
	}
	if l, ok := coc.IsLater(room.Problem); ok {
		return room, nil, l
	}
	return room, d.problems(c, p, room), nil
}

// tidy does what enter does to a separate repository besides looking. What it is
// not allowed to do stays as it is, and then the check fails.
func (d *Desk) tidy(ctx context.Context, c coc.Case, p coc.Placement, room coc.RoomFacts) (changed bool, err error) {
	if room.Archived {
		changed, err = true, d.GitHub.Archive(ctx, room.Repo, false)
	}
	if err == nil {
		var left bool
		left, err = d.putOutLeaving(ctx, c, p)
		changed = changed || left
	}
	for _, r := range room.Readers {
		if err == nil && expellable(c, p, r) && !coc.HasLogin(leaving(c, p), r.Login) {
			changed, err = true, d.GitHub.Expel(ctx, room.Repo, r.Login)
		}
	}
	if err == nil {
		let, problem := d.letInAll(ctx, c, p, room)
		changed, err = changed || let, problem
	}
	return changed, err
}

// leaving is whoever was let into a separate repository and has a conflict by now,
// listed there or only invited: whoever is invited reads once they accept.
func leaving(c coc.Case, p coc.Placement) []coc.Login {
	out := slices.DeleteFunc(slices.Clone(p.Leaving), func(l coc.Login) bool { return coc.HasLogin(p.Responders, l) })
	for _, f := range held(c, p).Recused { // after a case has left, nobody is taken off its responders
		if p.Separate && coc.HasLogin(p.Responders, f.Login) {
			out = append(out, f.Login)
		}
	}
	return out
}

// putOutLeaving puts them out, and records of whom that is written down that they left.
func (d *Desk) putOutLeaving(ctx context.Context, c coc.Case, p coc.Placement) (changed bool, err error) {
	out := leaving(c, p)
	for _, l := range out {
		if err := d.GitHub.Expel(ctx, p.Room.Repo, l); err != nil {
			return changed, err
		}
		changed = true
	}
	if len(p.Leaving) == 0 {
		return changed, nil
	}
	return changed, d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
		for n := range c.Placements {
			if c.Placements[n].Room.ID == p.Room.ID {
				c.Placements[n].Leaving = gone(c.Placements[n].Leaving, p.Leaving)
			}
		}
		quietly(c)
		return coc.Change{}, true
	})
}

// putOutOfFormer looks again at the repositories that a case had for itself before this
// home: whoever is named by now leaves them too. Being shown is what puts them out.
func (d *Desk) putOutOfFormer(c coc.Case) []coc.Job {
	var jobs []coc.Job
	for n, p := range c.Placements[:len(c.Placements)-1] {
		if p.Separate && p.Issue != 0 {
			jobs = append(jobs, d.showJob(c.ID, n))
		}
	}
	return jobs
}

// expellable is whoever reads a separate repository with a conflict, and does not
// own it. A stranger without one freezes it instead, until a member decides.
func expellable(c coc.Case, p coc.Placement, r coc.Reader) bool {
	unwelcome := conflict.MayNotRead(coc.RoomFacts{Readers: []coc.Reader{r}}, held(c, p), p.Committee.Custodians, c.Parties)
	return p.Separate && !r.Admin && len(unwelcome.Conflicted) > 0
}

// shelve puts a separate repository into the archive when nothing is to be
// written there any more: the case is closed, or has left.
func (d *Desk) shelve(ctx context.Context, p coc.Placement, room coc.Repo, over bool) error {
	if !p.Separate || !over {
		return nil
	}
	err := d.GitHub.Archive(ctx, room, true)
	d.rooms.forget() // what was seen of it a moment ago is not so any more
	if _, hopeless := hopeless(err); hopeless {
		return nil // it is as it is, and whoever reads there could before
	}
	return err
}

// shelved reports whether something was not written because the separate repository went
// into the archive after it was looked at: another job of ours had written the last that it
// had. Whoever tries again takes it out first.
func (d *Desk) shelved(p coc.Placement, err error) bool {
	if !p.Separate || !errors.Is(err, coc.ErrArchived) {
		return false
	}
	d.rooms.forget()
	return true
}

// gone is those of the one list who are not on the other.
func gone(before, after []coc.Login) []coc.Login {
	return slices.DeleteFunc(slices.Clone(before), func(l coc.Login) bool { return coc.HasLogin(after, l) })
}

// removed records that somebody does not respond any more, and since when they
// could read along; it is what those who stay are told, if anything.
func removed(c *coc.Case, who []coc.Login, now time.Time) []notice.Private {
	if len(who) == 0 {
		return nil
	}
	told := notice.Removed(who, c.Home().PlacedAt, now)
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: now, Act: "removed", From: c.Stage, To: c.Stage, Text: notice.Keep(told)})
	return []notice.Private{told}
}
