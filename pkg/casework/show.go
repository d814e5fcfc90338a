package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

const (
	// showLease outlasts a job's time limit, so that two never draw at once.
	showLease = time.Minute
	// frozenAgain is how long a room that failed its check is left alone.
	frozenAgain = time.Hour
)

// show projects the newest revision of a case onto the issue of one of its
// placements: labels, body, open or closed. Only one runs for a placement at a
// time, because an older rendering that arrives last would win.
func (d *Desk) show(ctx context.Context, job coc.Job) error {
	c, release, err := d.alone(ctx, "show", job)
	if err != nil {
		return err
	}
	defer release()
	p := c.Placements[job.N]
	if p.Issue == 0 || p.Shown >= c.Revision && p.Frozen == "" {
		return nil
	}
	if job.N < len(c.Placements)-1 {
		err := d.showFormer(ctx, c, job.N)
		if errors.Is(err, coc.ErrGone) && goesOn(c, job.N+1) {
			return nil // for which it has another
		}
		if err := d.orFreeze(ctx, c, job.N, err); err != nil {
			return err
		}
		return d.relink(ctx, c.ID)
	}
	if err := d.ripe(ctx, c); err != nil {
		return err
	}
	room, problems, err := d.enter(ctx, c, p)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return d.freeze(ctx, c, job.N, problems)
	}
	seen, _, err := d.consult(ctx, c, p, room)
	if err != nil {
		return err
	}
	if c, err = d.linked(ctx, c); err != nil {
		return err
	}
	rendered := d.pages().Noticed(c, job.N, d.Clock.Now(), seen)
	err = d.draw(ctx, c, job.N, room.RepoFacts, rendered)
	switch {
	case errors.Is(err, coc.ErrConverted):
		return d.reissue(ctx, c.ID, job.N, issueConverted)
	case errors.Is(err, coc.ErrGone) && d.surelyGone(c, job.N):
		return d.reissue(ctx, c.ID, job.N, issueGone)
	}
	if err := d.orFreeze(ctx, c, job.N, err); err != nil {
		return err
	}
	return d.relink(ctx, c.ID)
}

// alone gives the only right to such a job of a placement for as long as it may take, and
// the case as it is once nobody else has it.
func (d *Desk) alone(ctx context.Context, what string, job coc.Job) (c coc.Case, release func(), err error) {
	if release, err = d.Store.Lease(ctx, what+"/"+string(job.Case)+"/"+strconv.Itoa(job.N), showLease); err != nil {
		return c, nil, err
	}
	if c, err = d.Store.Case(ctx, job.Case); err != nil {
		release()
		return c, nil, fmt.Errorf("case %s: %w", job.Case, err)
	}
	return c, release, nil
}

// orFreeze is err, unless it says that the room takes no writes: then the room
// is frozen like one that does not pass its check.
func (d *Desk) orFreeze(ctx context.Context, c coc.Case, n int, err error) error {
	if d.shelved(c.Placements[n], err) {
		return coc.ErrBusy
	}
	rule, ok := hopeless(err)
	if !ok {
		return err
	}
	return d.freeze(ctx, c, n, []coc.Reason{aboutRoom(rule, c.Placements[n])})
}

// draw writes what differs, in one write, and nothing if nothing does. Labels
// that are not ours stay, and so does what people wrote around our part of the
// body, unless there is to be none.
func (d *Desk) draw(ctx context.Context, c coc.Case, n int, room coc.RepoFacts, want notice.Shown) error {
	ref := coc.IssueRef{Repo: room.Repo, Number: c.Placements[n].Issue}
	is, err := d.GitHub.Issue(ctx, ref)
	if err != nil {
		return fmt.Errorf("read the issue of %s: %w", c.ID, err)
	}
	switch former := n < len(c.Placements)-1; {
	case is.Converted && former:
		return d.shown(ctx, c, n, room) // nothing can be written there
	case is.Converted:
		return coc.ErrConverted
	}
	ours := stage.Labels(c, n)
	if err := d.label(ctx, room, ours); err != nil {
		return err
	}
	labels := slices.Concat(ours, foreign(is.Labels))
	// The last placement is open while its stage is; a former one is closed.
	open := n == len(c.Placements)-1 && !stage.Closed(c.Stage)
	lost := c.Placements[n].Overwritten
	body := notice.Splice(notice.Return(is.Body, lost), want.Body)
	if err := d.announceReturn(ctx, c.ID, n, is.Body, body); err != nil {
		return err
	}
	same := is.Title == want.Title && is.Open == open && sameSet(is.Labels, labels) && is.Body == body.Markdown()
	if !same {
		if _, err := d.GitHub.ShowIssue(ctx, ref, want.Title, body, labels, open); err != nil {
			return fmt.Errorf("show %s: %w", c.ID, err)
		}
	}
	if err := d.shelve(ctx, c.Placements[n], room.Repo, !open); err != nil {
		return err
	}
	return d.shown(ctx, c, n, room)
}

// announceReturn notes that the next write gives people's text back, before it is
// made: its echo, which may be faster than our next commit, must not be taken for a
// loss. A write that leaves their text as it is needs no note.
func (d *Desk) announceReturn(ctx context.Context, id coc.CaseID, n int, before string, body notice.Private) error {
	returned, ok := notice.Lost(coc.NewProse(before), coc.NewProse(body.Markdown()))
	if !ok {
		return nil
	}
	sign, err := d.signOf(returned)
	if err != nil {
		return err
	}
	return d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
		p := &c.Placements[n]
		if slices.Contains(p.Returned, sign) {
			return coc.Change{}, false
		}
		p.Returned = append(slices.Clone(p.Returned), sign)
		quietly(c)
		return coc.Change{}, true
	})
}

// showFormer closes and marks the issue that the case has left, whoever reads
// there by now: a sentence that says nothing of the case takes the place of the
// report. The room must still be the one that the case was in.
func (d *Desk) showFormer(ctx context.Context, c coc.Case, n int) error {
	p := c.Placements[n]
	room, problems, err := d.enter(ctx, c, p)
	if err != nil {
		return err
	}
	if room.Problem != nil || room.ID != p.Room.ID || !room.Writable() || !room.HasIssues {
		return d.freeze(ctx, c, n, problems)
	}
	// Only our own part is replaced, by a sentence that says nothing of the
	// case; what members wrote around it is theirs.
	return d.draw(ctx, c, n, room.RepoFacts, d.pages().Case(c, n, d.Clock.Now()))
}

// shown records which revision the room shows now. If the case moved in the
// meantime, it is shown again.
func (d *Desk) shown(ctx context.Context, was coc.Case, n int, room coc.RepoFacts) error {
	return d.amend(ctx, was.ID, func(c *coc.Case) (coc.Change, bool) {
		p := &c.Placements[n]
		var change coc.Change
		if n == len(c.Placements)-1 && exposed(coc.Reason{Rule: p.Frozen}) {
			wasExposed(c, &change, n)
		}
		p.Shown, p.Frozen, p.Room = was.Revision, "", room
		p.Overwritten = slices.Clone(p.Overwritten[len(was.Placements[n].Overwritten):])
		if n == len(c.Placements)-1 {
			c.Links = slices.Clone(c.Links)
			for _, l := range was.Links {
				if i := linkedTo(*c, l.Case); i >= 0 {
					c.Links[i].Shown = l.Shown
				}
			}
		}
		moved := c.Revision != was.Revision
		quietly(c)
		if moved {
			change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
		}
		return change, true
	})
}

// freeze stops writing into a room that does not pass its check, tells the
// operators once, before it is recorded, and looks again every hour. What the case does in the
// meantime is in the journal. For an issue that is gone there is one look more, with
// which the case gets another: GitHub also says so for a while of one that is there.
func (d *Desk) freeze(ctx context.Context, was coc.Case, n int, problems []coc.Reason) error {
	p, now := was.Placements[n], d.Clock.Now()
	// The queue keeps time less exactly than we do: a look that comes a moment
	// early must not be the last one.
	if p.Frozen != "" && now.Before(p.FrozenAt.Add(frozenAgain-time.Minute)) {
		return nil // the next look is on its way
	}
	if p.Frozen == "" {
		d.alarm(ctx, problems...)
	}
	public := n == len(was.Placements)-1 && exposed(problems[0])
	err := d.amend(ctx, was.ID, func(c *coc.Case) (coc.Change, bool) {
		var change coc.Change
		if public && c.Placements[n].Frozen != problems[0].Rule {
			d.note(c, actPublished)
		}
		c.Placements[n].Frozen, c.Placements[n].FrozenAt = problems[0].Rule, now
		quietly(c)
		if problems[0].Rule != issueGone || p.Frozen != issueGone {
			again := d.showJob(c.ID, n)
			again.At, again.Priority = now.Add(frozenAgain), 3
			change.Jobs = append(change.Jobs, again)
		}
		return change, true
	})
	if err != nil || !public {
		return err
	}
	return d.wait(d.hide(ctx, p.Room), now.Add(-d.Patience)) // it is looked at again in any event
}

// frozen brings a job back when a room that takes no words is looked at again.
func (d *Desk) frozen() error {
	return coc.Later{After: d.Clock.Now().Add(frozenAgain), Cause: "the room does not pass its check"}
}

// unopened brings a job back that needs an issue which is still to be opened: at once
// again, as long as that is a matter of seconds, and later the longer it has taken, up
// to ten minutes.
func (d *Desk) unopened(p coc.Placement) error {
	if p.Frozen != "" {
		return d.frozen()
	}
	now := d.Clock.Now()
	if pause := min(now.Sub(p.PlacedAt)/10, 10*time.Minute); pause > 10*time.Second {
		return coc.Later{After: now.Add(pause), Cause: "the issue is not open yet", Ours: true}
	}
	return coc.ErrBusy
}

// effect posts one comment that the case owes its room, and asks for the next
// one of the same revision, so that they arrive in order.
func (d *Desk) effect(ctx context.Context, job coc.Job, again bool) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	i := slices.IndexFunc(c.Effects, func(e coc.Effect) bool { return e.Revision == job.Revision && e.N == job.N })
	if i < 0 || c.Effects[i].Done {
		return nil
	}
	e := c.Effects[i]
	if len(e.To) > 0 {
		return d.remindOf(ctx, c, e, again)
	}
	p := c.Placements[e.Placement]
	switch former := e.Placement < len(c.Placements)-1; {
	case p.Issue == 0 && former:
		return d.spoken(ctx, c.ID, i) // nobody ever worked there, or will
	case p.Issue == 0:
		return d.unopened(p)
	case !former:
		if err := d.ripe(ctx, c); err != nil {
			return err
		}
	}
	room, problems, err := d.enter(ctx, c, p)
	if err != nil {
		return err
	}
	over := e.Placement < len(c.Placements)-1 || stage.Closed(c.Stage)
	unfit := e.Here && e.Placement < len(c.Placements)-1
	if len(problems) == 0 && !unfit {
		if unfit, err = d.unfit(ctx, c, e, room); err != nil {
			return err
		}
	}
	if len(problems) == 0 && !unfit {
		ref := coc.IssueRef{Repo: room.Repo, Number: p.Issue}
		err = d.GitHub.Reply(ctx, ref, notice.Kept(e.Text), notice.Marker(c.ID, e.Revision, e.N), again)
		rule, hopeless := hopeless(err)
		switch {
		case (errors.Is(err, coc.ErrGone) || errors.Is(err, coc.ErrConverted)) && e.Placement < len(c.Placements)-1:
			// Nobody is left to be told.
		case errors.Is(err, coc.ErrConverted):
			// What is to be said goes along, and is said there.
			return cmp.Or(d.reissue(ctx, c.ID, e.Placement, issueConverted), coc.ErrBusy)
		case errors.Is(err, coc.ErrGone) && d.surelyGone(c, e.Placement):
			return cmp.Or(d.reissue(ctx, c.ID, e.Placement, issueGone), coc.ErrBusy)
		case errors.Is(err, coc.ErrGone):
			return d.unsaid(ctx, c, e.Placement)
		case d.shelved(p, err):
			return coc.ErrBusy
		case hopeless:
			problems = []coc.Reason{aboutRoom(rule, p)}
		case err != nil:
			return fmt.Errorf("effect of %s: %w", c.ID, err)
		}
	}
	// In a room that the case has left and that fails, nothing needs to be said.
	if len(problems) > 0 && e.Placement == len(c.Placements)-1 {
		if err := d.freeze(ctx, c, e.Placement, problems); err != nil {
			return err
		}
		return d.frozen()
	}
	if unfit || len(problems) > 0 {
		if err := d.putLockBack(ctx, p, again); err != nil {
			return err
		}
	}
	if err := d.shelve(ctx, p, room.Repo, over); err != nil {
		return err
	}
	return d.spoken(ctx, c.ID, i)
}

// putLockBack locks a placement's issue again, where an earlier attempt at an answer that
// is not given any more may have taken the lock off: only if there was one, so again. It
// says nothing there, so the room may be in any state; one that cannot be had any more
// stays as it is.
func (d *Desk) putLockBack(ctx context.Context, p coc.Placement, again bool) error {
	if p.Issue == 0 || !again {
		return nil
	}
	err := d.GitHub.PutLockBack(ctx, p.Ref())
	if _, hopeless := hopeless(err); hopeless {
		return nil
	}
	return err
}

// spoken ends the effect at i and asks for the next one of its revision.
func (d *Desk) spoken(ctx context.Context, id coc.CaseID, i int) error {
	return d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
		var change coc.Change
		e := c.Effects[i]
		c.Effects[i].Done, c.Effects[i].Text = true, coc.Prose{}
		if slices.ContainsFunc(c.Effects, func(x coc.Effect) bool { return x.Revision == e.Revision && x.N == e.N+1 }) {
			change.Jobs = append(change.Jobs, effectJob(id, e.Revision, e.N+1))
		}
		quietly(c)
		return change, true
	})
}

// unsaid is a comment that is owed to an issue that is gone. It is tried once
// more after an hour. Then it is said in the next issue; of a case that is over the
// words stay with it, and operators have heard of it.
func (d *Desk) unsaid(ctx context.Context, c coc.Case, n int) error {
	p, now := c.Placements[n], d.Clock.Now()
	if p.Frozen == issueGone && !now.Before(p.FrozenAt.Add(frozenAgain)) {
		return nil
	}
	if err := d.freeze(ctx, c, n, []coc.Reason{aboutRoom(issueGone, p)}); err != nil {
		return err
	}
	return coc.Later{After: now.Add(frozenAgain), Cause: "the issue is gone"}
}

func foreign(labels []string) []string {
	return slices.DeleteFunc(slices.Clone(labels), isOurs)
}

// isOurs counts every status/ label, also one that the table does not know: a
// case has exactly one status.
func isOurs(label string) bool {
	return coc.OurLabel(label) || strings.HasPrefix(strings.ToLower(label), "status/")
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
