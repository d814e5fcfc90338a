package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// actAdded is the journal's word for what the reporter sent later.
const actAdded = "added"

// addTo brings what the reporter sent later to whoever has the case. What they
// say may name somebody who can read the room; then the next committee takes
// the case, before a word goes there.
func (d *Desk) addTo(ctx context.Context, in coc.Intake, c coc.Case, added coc.Addition, parties []coc.Party) error {
	change := coc.Change{Intake: in.ID}
	alarms, err := d.add(ctx, in, &c, &change, added, parties)
	if err != nil {
		return err
	}
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// add adds it to a case that is about to be committed at its next revision.
func (d *Desk) add(ctx context.Context, in coc.Intake, c *coc.Case, change *coc.Change, added coc.Addition, parties []coc.Party) (alarms []coc.Reason, err error) {
	before, now, safe := len(c.Parties), d.Clock.Now(), !volatile(*c)
	if err := d.brought(c, change, nil, wordsAdded(added), now); err != nil {
		return nil, err
	}
	c.Report.Added = append(slices.Clone(c.Report.Added), added)
	c.Parties = parties
	n, next := len(c.Placements)-1, c.Revision+1
	act := actAdded
	if added.Answer != nil {
		act = "answered"
	}
	c.Journal = append(c.Journal, coc.Entry{Revision: next, At: now, Act: act, From: c.Stage, To: c.Stage})

	stays, err := d.stays(ctx, c, in.Received)
	if err != nil {
		return nil, err
	}
	keeps, marked := d.atStake(c, added)
	stays = stays && (keeps || c.Home().Sealed())
	var also notice.Private
	if stays && added.Answer == nil {
		if also, err = d.alsoConcerns(ctx, c, change, in.Received); err != nil {
			return nil, err
		}
	}
	marked = marked || !also.IsZero() || safe && volatile(*c)
	var counted []notice.Private
	if stays {
		before := c.Home().Responders
		weigh(c)
		told := removed(c, gone(before, c.Home().Responders), now)
		counted = recounted(c, now)
		if c.Home().Issue != 0 {
			owe(c, change, next, n, slices.Concat(told, counted, notice.Comments(notice.Addition(added, c.Evidence)), notice.Comments(also)))
		}
	} else if alarms, err = d.leave(ctx, in, c, change, now); err != nil {
		return nil, err
	} else if added.Answer == nil {
		// Its new home reads of that with the way that the case took.
		if _, err = d.alsoConcerns(ctx, c, change, in.Received); err != nil {
			return nil, err
		}
	}
	if len(c.Parties) > before || !stays || marked || counted != nil {
		// Who is named stands in the body, and what is at stake.
		change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
		change.Jobs = append(change.Jobs, d.putOutOfFormer(*c)...)
	} else {
		quietly(c)
	}
	c.Revision = next
	return alarms, nil
}

// stays reports whether a case may stay where it is, now that more is known of
// its parties. Silence is no reason to leave here: it is one at its own time.
// Nor are too few members where it was found that nobody else can take the case.
func (d *Desk) stays(ctx context.Context, c *coc.Case, since time.Time) (bool, error) {
	home := c.Home()
	if home.Sealed() {
		return true, nil
	}
	readers := couldRead(home.Committee, home.MayCome(), coc.RoomFacts{})
	parties, err := d.withTeams(ctx, withTeam(c.Parties, home.Committee), readers, since)
	if err != nil {
		return false, err
	}
	c.Parties = withReaders(parties, *c, readers)
	stands := known(*c, *home).Screen(home.Committee, c.Parties).Stands
	if !home.Asked.IsZero() {
		stands = conflict.Ask(*c, *home).Becomes().Stands
	}
	if !slices.Contains(c.Flags, coc.FlagNoQuorum) && !stands {
		return false, nil
	}
	return d.fits(ctx, c, since)
}

// hiddenAgain is when a room that is not shown is looked at again.
const hiddenAgain = time.Minute

// fits reports whether a home may be written to as far as its case is concerned.
// A stranger who reads only freezes the room, and a committee file that is broken
// today is no matter: who responds was pinned. While GitHub cannot tell who
// reads, it has to be asked again, and so it has for a while of a room that it
// does not show: it also hides what is there. Those whom the report names in
// plain words join the parties.
func (d *Desk) fits(ctx context.Context, c *coc.Case, since time.Time) (bool, error) {
	home := c.Home()
	if home.Frozen == issueGone {
		return false, nil // nobody would read it there
	}
	if !home.Asked.IsZero() && home.Room.ID == 0 {
		return true, nil // there is nothing yet that anybody could read
	}
	room := d.look(ctx, home.Room.Repo)
	if l, ok := coc.IsLater(room.Problem); ok {
		return false, l
	}
	if errors.Is(room.Problem, coc.ErrInaccessible) || errors.Is(room.Problem, coc.ErrMissing) {
		hidden := coc.Later{After: d.Clock.Now().Add(hiddenAgain), Cause: "the room of the case is not shown"}
		if err := d.wait(hidden, since); err != nil {
			return false, err
		}
	}
	c.Parties = withReaders(c.Parties, *c, couldRead(home.Committee, home.MayCome(), room))
	if home.Separate && room.Problem == nil {
		// It is taken out of the archive, and they are put out, before a word is written.
		room.Archived = false
		room.Readers = slices.DeleteFunc(slices.Clone(room.Readers), func(r coc.Reader) bool { return expellable(*c, *home, r) })
	}
	return !slices.ContainsFunc(d.problems(*c, *home, room), func(r coc.Reason) bool {
		return r.Rule != "room/stranger-reads" && r.Rule != "room/nobody-reads"
	}), nil
}

// leave settles the case with the first committee that can take it, beginning
// with its present one: it may have another room by now, or other members. The
// journal has the same moment, by which it tells why the case left.
func (d *Desk) leave(ctx context.Context, in coc.Intake, c *coc.Case, change *coc.Change, now time.Time) ([]coc.Reason, error) {
	w, err := d.worldOf(ctx, *c)
	if err != nil {
		return nil, err
	}
	w.Chain, w.Skip = c.Chain, had(*c)
	w.Incident.Risks = risks(c.Report)
	delete(w.Skip, c.Home().Committee.Key)
	decision, err := d.decide(ctx, w, *c, in.Received, passedOn(*c)...)
	if err != nil {
		return nil, err
	}
	c.Parties = w.Parties
	d.moveTo(c, change, decision, now)
	return decision.Alarms, nil
}
