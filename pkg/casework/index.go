package casework

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// wantsOfIndex is what the issue in a committee's own room is to show of a placement
// whose members are asked in private, and the stage in it.
func wantsOfIndex(c coc.Case, n int) (text string, is coc.Stage) {
	if is = c.Stage; n < len(c.Placements)-1 {
		is = coc.StageTransferred
	}
	return c.Placements[n].CodeName + " " + string(is), is
}

// indexAnew has the stage of a case shown in the rooms of the committees that ask
// their members in private, where it has changed.
func (d *Desk) indexAnew(c *coc.Case, change *coc.Change) {
	for n := range c.Placements {
		p := &c.Placements[n]
		want, _ := wantsOfIndex(*c, n)
		if p.Asked.IsZero() || p.Asked.Index.Wants == want {
			continue
		}
		p.Asked.Index.Wants = want
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobIndex, Case: c.ID, N: n, Priority: 3})
	}
}

// index shows in a committee's own room that there is a case: its code name and its
// stage. Whoever is named in it may read there, so it says nothing else, and is held
// against nothing but the room being the committee's own and private. A room in which
// that cannot be written is looked at again, also once the case has left: otherwise it
// would go on saying there that the committee has it.
func (d *Desk) index(ctx context.Context, job coc.Job, again bool) error {
	c, release, err := d.alone(ctx, "index", job)
	if err != nil {
		return err
	}
	defer release()
	p := c.Placements[job.N]
	x, former := p.Asked.Index, job.N < len(c.Placements)-1
	want, is := wantsOfIndex(c, job.N)
	if p.Asked.IsZero() || x.Shows == want || former && x.Issue == 0 && !again {
		return nil
	}
	room := d.glance(ctx, p.Committee.Incidents)
	if l, ok := coc.IsLater(room.Problem); ok {
		return l
	}
	fit := room.Problem == nil && room.Visibility == "private" && room.Writable() && room.HasIssues && (x.Room.ID == 0 || x.Room.ID == room.ID)
	switch another := room.Problem == nil && x.Room.ID != 0 && x.Room.ID != room.ID; {
	case another && former:
		return nil // the one that it stood in is gone
	case !fit:
		return d.unindexed(p)
	}
	label := []string{is.Label()}
	if err := d.label(ctx, room.RepoFacts, label); err != nil {
		return err
	}
	number, err := d.drawIndex(ctx, c, job, room.RepoFacts, notice.Index(p.CodeName, is, d.pages(), d.indexMarker(c.ID, job.N)), label, again)
	switch _, hopeless := unwritable(err); {
	case errors.Is(err, coc.ErrMissing):
		return nil // nothing was ever made of it
	case former && (errors.Is(err, coc.ErrConverted) || errors.Is(err, coc.ErrGone)):
		return nil // nothing can be written there any more
	case errors.Is(err, coc.ErrConverted), hopeless:
		return d.unindexed(p)
	case err != nil:
		return err
	}
	return d.amend(ctx, c.ID, func(now *coc.Case) (coc.Change, bool) {
		now.Placements = slices.Clone(now.Placements)
		x := &now.Placements[job.N].Asked.Index
		x.Room, x.Issue, x.Shows = room.RepoFacts, number, want
		quietly(now)
		var change coc.Change
		if newest, _ := wantsOfIndex(*now, job.N); newest != want {
			change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobIndex, Case: c.ID, N: job.N, Priority: 3})
		}
		return change, true
	})
}

// drawIndex opens the issue, or writes what differs in it. What people wrote around our
// part stays, and so do their labels. Of a case that has left, only an issue that is
// there is closed.
func (d *Desk) drawIndex(ctx context.Context, c coc.Case, job coc.Job, room coc.RepoFacts, shown notice.Shown, labels []string, again bool) (int, error) {
	p := c.Placements[job.N]
	x, former := p.Asked.Index, job.N < len(c.Placements)-1
	open, marker := !former && !stage.Closed(c.Stage), d.indexMarker(c.ID, job.N)
	if x.Issue == 0 {
		var made Issue
		var err error
		if former {
			made, err = d.GitHub.FindIssue(ctx, room.Repo, marker)
		} else {
			made, err = d.GitHub.OpenIssue(ctx, room.Repo, shown.Title, shown.Body, labels, marker, again)
		}
		if err != nil {
			return 0, err
		}
		if x.Issue = made.Number; !made.Found && !former && open {
			return x.Issue, nil
		}
	}
	ref := coc.IssueRef{Repo: room.Repo, Number: x.Issue}
	has, err := d.GitHub.Issue(ctx, ref)
	switch {
	case err != nil:
		return 0, err
	case has.Converted:
		return 0, coc.ErrConverted
	}
	labels = slices.Concat(labels, foreign(has.Labels))
	body := notice.Splice(has.Body, shown.Body)
	if has.Title == shown.Title && has.Open == open && sameSet(has.Labels, labels) && has.Body == body.Markdown() {
		return x.Issue, nil
	}
	_, err = d.GitHub.ShowIssue(ctx, ref, shown.Title, body, labels, open)
	return x.Issue, err
}

// indexTouched has the issue in a committee's own room drawn again after a hand changed
// it. A comment there changes nothing, and nobody is answered.
func (d *Desk) indexTouched(ctx context.Context, in coc.Intake, ev coc.Event) (known bool, err error) {
	if ev.Repo.Visibility != "private" || ev.App != coc.AppRooms || ev.Own || !notice.MayBeIndex(ev.IssueBody) {
		return false, nil
	}
	ids, err := d.Store.UnclosedCases(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if errors.Is(err, coc.ErrMissing) {
			continue // erased meanwhile
		}
		if err != nil {
			return false, err
		}
		n := slices.IndexFunc(c.Placements, func(p coc.Placement) bool {
			return p.Asked.Index.Issue == ev.Issue && p.Asked.Index.Issue != 0 && p.Asked.Index.Room.ID == ev.Repo.ID
		})
		if n < 0 {
			continue
		}
		if ev.Kind == coc.EventComment {
			return true, d.finish(ctx, in)
		}
		c.Placements = slices.Clone(c.Placements)
		c.Placements[n].Asked.Index.Shows = ""
		quietly(&c)
		c.Revision++
		return true, d.commit(ctx, coc.Change{
			Intake: in.ID, Cases: []coc.Case{c},
			Jobs: []coc.Job{{Kind: coc.JobIndex, Case: id, N: n, Priority: 3}},
		})
	}
	return false, nil
}

// indexMarker finds the issue again after a crash. It has no case's ID: whoever reads
// there learns none.
func (d *Desk) indexMarker(id coc.CaseID, n int) string {
	return notice.PublicMarker(d.Keys.Digest("index", string(id), strconv.Itoa(n)))
}

// unindexed brings the job back where the committee's own room takes no words, less and
// less often: it may be gone for good.
func (d *Desk) unindexed(p coc.Placement) error {
	now := d.Clock.Now()
	pause := max(frozenAgain, now.Sub(p.PlacedAt)/8)
	return coc.Later{After: now.Add(pause), Cause: "the committee's own room takes no words"}
}
