package casework

import (
	"context"
	"errors"
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// laneAtOnce is how many intakes of one lane are worked in one go, at most.
const laneAtOnce = 50

// intake decides on one intake, and then on those that wait behind it in its lane:
// their own jobs have found it taken, and come back late where many wait. What goes
// wrong with one of them is its own job's to answer.
func (d *Desk) intake(ctx context.Context, id int64) error {
	err := d.decideOn(ctx, id)
	for n, ok := 0, err == nil; ok && n < laneAtOnce; n++ {
		id, ok = d.nextOfLane(ctx, id)
	}
	return err
}

// nextOfLane decides on whatever waits behind an intake. ok is false where nothing
// does, or it could not be done now.
func (d *Desk) nextOfLane(ctx context.Context, id int64) (next int64, ok bool) {
	next, err := d.Store.Following(ctx, id)
	if err == nil {
		err = d.decideOn(ctx, next)
	}
	return next, err == nil
}

// decideOn ends in one commit that marks the intake done, or in an error that
// brings it back.
func (d *Desk) decideOn(ctx context.Context, id int64) error {
	in, err := d.Store.Intake(ctx, id)
	if err != nil {
		return fmt.Errorf("intake %d: %w", id, err)
	}
	ev, err := d.read(in)
	if err != nil {
		// Bytes that do not decode now never will; they are kept for the
		// operator, who hears of it first, and the lane goes on.
		d.Operator.Alarm(ctx, notice.Aside(id))
		return d.Store.SetAside(ctx, id, "payload does not decode")
	}
	return d.handle(ctx, in, ev)
}

func (d *Desk) read(in coc.Intake) (coc.Event, error) {
	switch in.Source {
	case coc.SourceForm:
	case coc.SourceReceipt:
		var said coc.FromReporter
		if err := d.Keys.Unpack(in.Payload, &said); err != nil {
			return coc.Event{}, err
		}
		return coc.Event{Kind: coc.EventWrote, Delivery: in.Delivery, Received: in.Received, Wrote: &said}, nil
	case coc.SourceAccused:
		var said coc.FromAccused
		if err := d.Keys.Unpack(in.Payload, &said); err != nil {
			return coc.Event{}, err
		}
		return coc.Event{Kind: coc.EventAnswered, Delivery: in.Delivery, Received: in.Received, Answer: &said}, nil
	default:
		return d.Decode(in)
	}
	var f coc.Filing
	if err := d.Keys.Unpack(in.Payload, &f); err != nil {
		return coc.Event{}, err
	}
	return coc.Event{Kind: coc.EventFiled, Delivery: in.Delivery, Received: in.Received, Filing: &f}, nil
}

// handle sends an event to the one place that knows what it means.
func (d *Desk) handle(ctx context.Context, in coc.Intake, ev coc.Event) error {
	d.forgetWhatChanged(ev)
	switch ev.Kind {
	case coc.EventFiled:
		return d.filed(ctx, in, ev)
	case coc.EventWrote:
		return d.wrote(ctx, in, *ev.Wrote)
	case coc.EventAnswered:
		return d.answered(ctx, in, *ev.Answer)
	case coc.EventPushed:
		return d.pushed(ctx, in, ev)
	case coc.EventRepo, coc.EventRoster:
		if ev.Kind == coc.EventRepo && ev.Before != "" {
			// Another default branch is a push that replaces every file.
			ev.Truncated = true
			return d.pushed(ctx, in, ev)
		}
		return d.roomChanged(ctx, in, ev)
	case coc.EventLabels:
		return d.drawAnew(ctx, in, ev)
	case coc.EventComment, coc.EventOpened, coc.EventLabeled, coc.EventUnlabeled,
		coc.EventEdited, coc.EventClosed, coc.EventReopened, coc.EventDeleted:
		return d.onIssue(ctx, in, ev)
	}
	return d.finish(ctx, in)
}

// onIssue tells a case of ours from a notice of ours and both from a public
// issue.
func (d *Desk) onIssue(ctx context.Context, in coc.Intake, ev coc.Event) error {
	id, placement, err := d.Store.CaseAt(ctx, ev.Repo.ID, ev.Issue)
	if err == nil {
		return d.inRoom(ctx, in, ev, id, placement)
	}
	if !errors.Is(err, coc.ErrMissing) {
		return err
	}
	st, err := d.Store.StandingAt(ctx, ev.Repo.ID, ev.Issue)
	if err == nil {
		return d.vote(ctx, in, ev, st)
	}
	if !errors.Is(err, coc.ErrMissing) {
		return err
	}
	if known, err := d.indexTouched(ctx, in, ev); known || err != nil {
		return err
	}
	opening, err := d.opening(ctx, ev)
	if err != nil {
		return err
	}
	if opening {
		// Somebody was faster than the commit that says where the issue is. An
		// outage may lie between the two.
		if d.Clock.Now().Sub(in.Received) < d.Patience {
			return coc.ErrBusy
		}
		if err := d.patiently(in, "where a case's issue is has not been recorded"); err != nil {
			return err
		}
	}
	return d.inPublic(ctx, in, ev)
}

// finish marks an intake done when nothing follows from it.
func (d *Desk) finish(ctx context.Context, in coc.Intake) error {
	return d.Store.Commit(ctx, coc.Change{Intake: in.ID})
}

// forgetWhatChanged drops what a delivery says may have changed. A push to an
// organisation's .github changes the routing of all its repositories; the
// shelf drops whole owners, so that one rule serves both.
func (d *Desk) forgetWhatChanged(ev coc.Event) {
	switch ev.Kind {
	case coc.EventPushed:
		d.files.drop(ev.Repo.Repo.Owner)
		d.rosters.forget()
	case coc.EventRepo:
		d.files.drop(ev.Repo.Repo.Owner)
		d.files.drop(ev.Was.Owner)
		d.Forget(ev.Repo.Repo.Owner)
		d.Forget(ev.Was.Owner)
		d.rooms.forget()
		d.rosters.forget()
	case coc.EventRoster, coc.EventInstalled:
		d.files.drop(ev.Account)
		d.files.drop(ev.Repo.Repo.Owner)
		d.Forget(ev.Account)
		d.rooms.forget()
		d.rosters.forget()
	}
}
