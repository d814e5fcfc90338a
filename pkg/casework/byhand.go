package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// byHand is a label, a close or a reopen made on GitHub: what a responder may
// do by command is done; everything else is put back.
func (t *turn) byHand(ctx context.Context) error {
	may := t.responder() && t.current() && t.c.Notice == nil
	if may {
		if ours, err := t.mark(); ours && err == nil {
			return t.commit(ctx)
		}
	}
	verb, ok := t.meaning()
	if t.c.Notice != nil && !onNotice(verb, t.c.Notice.What) {
		ok = false // no label decides what no command may
	}
	if ok && t.responder() && t.current() && t.move(verb, ballot.Wish{}) == nil {
		return t.commit(ctx)
	}
	return t.putBack(ctx)
}

// meaning is the verb that a change by hand stands for; ok is false where it
// stands for none.
func (t *turn) meaning() (verb string, ok bool) {
	switch t.ev.Kind {
	case coc.EventClosed:
		return "close", true
	case coc.EventReopened:
		return "reopen", true
	case coc.EventLabeled:
		if to, found := strings.CutPrefix(strings.ToLower(t.ev.Label), "status/"); found {
			return stage.ByLabel(t.c.Stage, coc.Stage(to))
		}
	}
	return "", false
}

// putBack draws the issue again as the journal has it, unless the change was
// about a label that is not ours.
func (t *turn) putBack(ctx context.Context) error {
	labels := t.ev.Kind == coc.EventLabeled || t.ev.Kind == coc.EventUnlabeled
	if labels && !isOurs(t.ev.Label) {
		return t.desk.finish(ctx, t.in)
	}
	t.c.Placements[t.n].Shown = 0
	t.change.Jobs = append(t.change.Jobs, t.desk.showJob(t.c.ID, t.n))
	return t.commit(ctx)
}

// echo is our own write coming back. If it took away a label that is not ours, or
// what somebody wrote around our part of the body, they had added it between our
// reading and our writing: it is given back.
func (t *turn) echo(ctx context.Context) error {
	if t.ev.Kind == coc.EventEdited {
		return t.overwrote(ctx)
	}
	if t.ev.Kind != coc.EventUnlabeled || isOurs(t.ev.Label) {
		return t.desk.finish(ctx, t.in)
	}
	change := coc.Change{Intake: t.in.ID}
	t.desk.send(&change, coc.Errand{
		Key: t.desk.Keys.Digest("relabel", t.in.Delivery), Kind: coc.ErrandRelabel, Room: true,
		Repo: t.ev.Repo.Repo, Issue: t.ev.Issue, Label: t.ev.Label,
	})
	return t.desk.Store.Commit(ctx, change)
}

// overwrote has what a write of ours took from people given back with the next
// drawing, unless the write was itself one that gave back.
func (t *turn) overwrote(ctx context.Context) error {
	lost, ok := notice.Lost(t.ev.BodyBefore, t.ev.IssueBody)
	if !ok {
		return t.desk.finish(ctx, t.in)
	}
	sign, err := t.desk.signOf(lost)
	if err != nil {
		return err
	}
	p := &t.c.Placements[t.n]
	i := slices.IndexFunc(p.Returned, func(r coc.Returned) bool { return r.Wrote == sign.Wrote })
	if i >= 0 {
		lost.Kept = p.Returned[i].Exchange != sign.Exchange
		p.Returned = slices.Delete(slices.Clone(p.Returned), i, i+1)
		if !lost.Kept {
			return t.commit(ctx)
		}
	}
	p.Overwritten = append(slices.Clone(p.Overwritten), lost)
	p.Shown = 0
	t.change.Jobs = append(t.change.Jobs, t.desk.showJob(t.c.ID, t.n))
	return t.commit(ctx)
}

// signOf is what a write to people's text is known again by.
func (d *Desk) signOf(o coc.Overwritten) (coc.Returned, error) {
	exchange, err := d.Keys.Pack(o)
	if err != nil {
		return coc.Returned{}, err
	}
	wrote, err := d.Keys.Pack(coc.Overwritten{NowAbove: o.NowAbove, NowBelow: o.NowBelow})
	return coc.Returned{Exchange: d.Keys.DigestOf("returned", exchange), Wrote: d.Keys.DigestOf("returned", wrote)}, err
}

// gone is a case's issue deleted or moved away by hand. Operators are told, and the case
// goes on in another one; what the members wrote in it is lost with it. Where that goes
// on, by a bot that deletes what it does not know, there is one an hour.
func (t *turn) gone(ctx context.Context) error {
	p := &t.c.Placements[t.n]
	t.alarms = append(t.alarms, coc.Reason{Rule: issueGone, Place: t.ev.Repo.Repo.String()})
	switch again := goesOn(t.c, t.n) && t.now.Before(p.PlacedAt.Add(frozenAgain)); {
	case t.current() && worked(t.c) && !again:
		t.change = t.desk.anew(&t.c, issueGone)
		return t.commit(ctx)
	case t.current() && worked(t.c):
		look := t.desk.showJob(t.c.ID, t.n)
		look.At, look.Priority = t.now.Add(frozenAgain), 3
		t.change.Jobs = append(t.change.Jobs, look)
	}
	p.Frozen, p.FrozenAt = issueGone, t.now
	return t.commit(ctx)
}
