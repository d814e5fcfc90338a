package casework

import (
	"context"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// issueConverted is the rule for an issue that somebody made into a discussion.
// GitHub keeps and locks it, and lets nobody comment there any more.
const issueConverted = "room/issue-converted"

// issueGone is the rule for an issue that was deleted or moved away by hand.
const issueGone = "room/issue-gone"

// issueAnew is how the issue that follows one which is lost by a rule says so.
var issueAnew = map[string]string{issueConverted: "room/issue-anew", issueGone: "room/issue-anew-gone"}

// actReissued is the journal's word for another issue in the same room.
const actReissued = "reissued"

// reissue gives a case another issue in the room that it has, because the one it had
// was made into a discussion, or is gone: no command would be heard there, and no answer
// can be given. Who reads the room reads discussions and issues alike, so that nobody
// learns more by it. Everything else stays as it was: stage, votes, what is due, and what
// is still to be said. The new issue tells where to work on, and operators are told once.
//
// Whatever is written to the old one is refused, so it is left as it is.
func (d *Desk) reissue(ctx context.Context, id coc.CaseID, n int, rule string) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	if n != len(c.Placements)-1 {
		return nil
	}
	if c.Placements[n].Frozen != rule { // and it was told when it froze
		d.alarm(ctx, aboutRoom(rule, c.Placements[n]))
	}
	return d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
		if n != len(c.Placements)-1 {
			return coc.Change{}, false
		}
		return d.anew(c, rule), true
	})
}

// anew is reissue for a case that is about to be committed.
func (d *Desk) anew(c *coc.Case, rule string) coc.Change {
	now, n := d.Clock.Now(), len(c.Placements)-1
	old := &c.Placements[n]
	next := *old
	next.Issue, next.Node, next.URL = 0, "", ""
	next.PlacedAt, next.Shown, next.Frozen = now, 0, ""
	next.Overwritten, next.Returned = slices.Clone(old.Overwritten), nil // what was to be given back is, in the next
	for i := range next.Overwritten {
		next.Overwritten[i].Kept = true // there is nothing there that our write had replaced
	}
	if !next.Separate { // whose name is the repository's
		next.CodeName = d.Keys.CodeName()
	}
	if anew := aboutRoom(issueAnew[rule], *old); !slices.Contains(c.Trace, anew) {
		c.Trace = append(slices.Clone(c.Trace), anew)
	}
	d.note(c, actReissued)
	old.Shown, old.Frozen = c.Revision+1, ""
	old.Asked = coc.Asking{} // the next one asks on
	c.Placements = append(c.Placements, next)
	c.Proposals = slices.Clone(c.Proposals)
	for i := range c.Proposals {
		if p := &c.Proposals[i]; p.Placement == n {
			p.Placement++
		}
	}
	c.Invitations = slices.Clone(c.Invitations)
	for i := range c.Invitations {
		if inv := &c.Invitations[i]; inv.Placement == n {
			inv.Placement++
		}
	}
	c.Measures = slices.Clone(c.Measures)
	for i := range c.Measures {
		if m := &c.Measures[i]; m.Home == n {
			m.Home++
		}
	}
	c.Effects = slices.Clone(c.Effects)
	for i := range c.Effects {
		if e := &c.Effects[i]; e.Placement == n && !e.Done && (!e.Here || e.Answers == nil) { // what was put back is so no more
			e.Placement++
		}
	}
	c.Links = slices.Clone(c.Links)
	for i := range c.Links {
		c.Links[i].Shown = ""
	}
	change := coc.Change{Jobs: []coc.Job{{Kind: coc.JobOpen, Case: c.ID, N: n + 1, Priority: 1}}}
	if next.ScreenBy.After(now) && !next.Screened {
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobScreen, Case: c.ID, N: n + 1, At: next.ScreenBy, Priority: 3})
	}
	return change
}

// worked reports whether a case needs an issue to be worked in: where one that is over,
// or a notice, loses its issue, somebody may have cleared it away.
func worked(c coc.Case) bool { return c.Notice == nil && !stage.Closed(c.Stage) }

// surelyGone reports whether an issue of a case is gone, and not only missed: GitHub also
// says for a while of one that is there that it is not. Then the case has another one.
func (d *Desk) surelyGone(c coc.Case, n int) bool {
	p := c.Placements[n]
	return n == len(c.Placements)-1 && worked(c) && p.Frozen == issueGone && !d.Clock.Now().Before(p.FrozenAt.Add(frozenAgain-time.Minute))
}

// leavesAfter is how long a case waits for its next issue in a room that takes none.
const leavesAfter = 72 * time.Hour

// waitAnew leaves a case where it is while its next issue cannot be opened: all that
// was written so far is there, and nobody is put out of it. Operators hear of it every
// day. After three days the next committee that can takes the case, because nobody has
// been able to work it; where nobody can, or it is decided, it stays, since it can be
// read there.
func (d *Desk) waitAnew(ctx context.Context, c coc.Case, problems []coc.Reason) error {
	waited := d.Clock.Now().Sub(c.Home().PlacedAt)
	if waited >= remindEvery && waited%remindEvery < frozenAgain {
		d.alarm(ctx, problems...)
	}
	if err := d.freeze(ctx, c, len(c.Placements)-1, problems); err != nil {
		return err
	}
	if waited < leavesAfter || resolved(c.Stage) {
		return d.frozen()
	}
	c, err := d.Store.Case(ctx, c.ID)
	if err != nil {
		return err
	}
	return d.moveOn(ctx, c, problems)
}

// goesOn reports whether a placement is what reissue made of the one before: who has
// the case could read it all along.
func goesOn(c coc.Case, n int) bool {
	if n == 0 {
		return false
	}
	before, p := c.Placements[n-1], c.Placements[n]
	return before.Issue != 0 && before.Room.ID == p.Room.ID && before.Committee.Key == p.Committee.Key && before.Before == p.Before
}
