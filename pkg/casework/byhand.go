package casework

import (
	"context"
	"errors"
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
	if !t.responder() || !t.current() {
		return t.putBack(ctx)
	}
	err := t.takes()
	if err == nil {
		return t.commit(ctx)
	}
	if err := t.saysWhy(err); err != nil {
		return err
	}
	return t.putBack(ctx)
}

// takes does what a change by hand stands for. The error says why it is put back.
func (t *turn) takes() error {
	if t.c.Notice == nil {
		if ours, err := t.mark(); ours {
			return err
		}
	}
	verb, ok := t.meaning()
	switch {
	case t.c.Notice != nil && (!ok || !onNotice(verb, t.c.Notice.What)):
		return noticeOnly // no label decides what no command may
	case ok:
		return t.move(verb, ballot.Wish{})
	case strings.HasPrefix(strings.ToLower(t.ev.Label), "status/"):
		return stage.NotByLabel(t.c.Stage, t.ev.Label)
	}
	return coc.Refusal{
		What: "`" + t.ev.Label + "` shows what is decided in the case, and is not set by hand.",
		Next: "`/coc help` says what can be written now.", Rule: "label/kept",
	}
}

// saysWhy tells a responder why what they did by hand is put back. Whoever changes many
// labels at once, or closes and comments, is told once; who moves a label takes the old
// one away, which says nothing; and what is so already needs no word. An App gets none,
// and nobody who has no part in the case, a machine under a person's name among them: two
// programs would go on answering each other for ever.
func (t *turn) saysWhy(err error) error {
	var why coc.Refusal
	switch {
	case !errors.As(err, &why):
		return err
	case !isOurs(t.ev.Label) && t.ev.Label != "", slices.Contains(needNoWord, why.Rule), t.ev.Kind == coc.EventUnlabeled && why.Rule != "flag/kept":
		return nil
	case t.ev.Kind != coc.EventLabeled && t.ev.Kind != coc.EventUnlabeled && t.ev.Kind != coc.EventClosed && t.ev.Kind != coc.EventReopened:
		return nil
	}
	label := t.ev.Kind == coc.EventLabeled || t.ev.Kind == coc.EventUnlabeled
	words, err := t.desk.Keys.Pack(struct {
		Placement int
		Who       coc.Login
		Label     bool
	}{t.n, t.ev.Actor, label})
	if err != nil {
		return err
	}
	sign := t.desk.Keys.DigestOf("put back", words)
	told := func(e coc.Effect) bool {
		a := e.Answers
		return a != nil && t.now.Sub(a.At).Abs() < copiesWithin &&
			(a.Sign == sign || e.Placement == t.n && slices.Contains(a.Rules, why.Rule))
	}
	if !slices.ContainsFunc(t.c.Effects, told) {
		t.sign, t.refused = sign, append(t.refused, why.Rule)
		t.reply(notice.PutBack(why))
	}
	return nil
}

// needNoWord is the rules by which nothing is put back that anybody wanted: it is so.
var needNoWord = []string{"stage/already", "severity/already", "flag/already"}

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
