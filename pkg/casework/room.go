package casework

import (
	"context"
	"errors"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// inRoom is what happens in a case's own issue: commands, labels moved by
// hand, closing and reopening.
func (d *Desk) inRoom(ctx context.Context, in coc.Intake, ev coc.Event, id coc.CaseID, n int) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	t := turn{desk: d, in: in, ev: ev, c: c, n: n, now: d.Clock.Now(), closed: stage.Closed(c.Stage)}
	switch {
	case ev.Own:
		return t.echo(ctx)
	case ev.Kind == coc.EventComment:
		return t.commands(ctx)
	case ev.Kind == coc.EventDeleted:
		return t.gone(ctx)
	}
	return t.byHand(ctx)
}

// turn is one event's way through one case: it changes its copy of the case,
// collects replies, and commits once.
type turn struct {
	desk    *Desk
	in      coc.Intake
	ev      coc.Event
	c       coc.Case
	n       int // the placement it happened in
	now     time.Time
	closed  bool // the case was, when it began
	replies []notice.Private
	refused []string // by which rules
	sign    string   // by which what is said of a change by hand is known again; "": it answers a comment
	change  coc.Change
	moved   bool // something changed that the room shows
	// unproposed: a proposal of this comment was refused, or could not be read, and none was
	// made since.
	unproposed bool
	alarms     []coc.Reason
}

// responder reports whether the one who acts may work this case. Whoever was
// not pinned as a responder may not, whatever GitHub lets them do.
func (t *turn) responder() bool {
	p := t.c.Placements[t.n]
	return !t.ev.ActorBot && coc.HasLogin(p.Responders, t.ev.Actor)
}

// current reports whether the case still lives in this room.
func (t *turn) current() bool { return t.n == len(t.c.Placements)-1 }

// commands carries out what a comment asks for, in order, and answers once.
func (t *turn) commands(ctx context.Context) error {
	asked := command.Parse(t.ev.CommentBody)
	if len(asked) == 0 || t.ev.ActorBot {
		return t.desk.finish(ctx, t.in)
	}
	for _, cmd := range asked {
		// A command before this one may have ended either.
		switch {
		case !t.responder():
			t.refuse(coc.Refusal{
				What: "Only the responders of this case can move it.",
				Next: "They are fixed when a case arrives. If you have joined the committee since, a member without a conflict can let you in with `/coc admit`.", Rule: "responder",
			})
			return t.commit(ctx)
		case !t.current():
			t.refuse(coc.Refusal{
				What: "This case has moved, and is not worked here any more.",
				Next: "Nothing is left to do here: the committee that has it now goes on in its own repository.", Rule: "moved",
			})
			return t.commit(ctx)
		}
		if err := t.command(ctx, cmd); err != nil {
			return err
		}
	}
	return t.commit(ctx)
}

// command carries out one. A refusal becomes the reply; any other error ends
// the turn, and it is taken from the start later.
func (t *turn) command(ctx context.Context, cmd command.Command) error {
	err := t.try(ctx, cmd)
	var refusal coc.Refusal
	refused := errors.As(err, &refusal)
	if cmd.Verb == "propose" || refused && refusal.Rule == "command/unknown" { // which may have been one
		t.unproposed = refused
	}
	if refused {
		t.refuse(refusal)
		return nil
	}
	return err
}

func (t *turn) reply(text notice.Private) { t.replies = append(t.replies, text) }

// note writes the journal. The entry is of the revision about to be committed.
func (t *turn) note(act string, from coc.Stage, text coc.Prose) {
	t.moved = true
	t.c.Journal = append(t.c.Journal, coc.Entry{
		Revision: t.c.Revision + 1, At: t.now, Actor: t.ev.Actor, Act: act, From: from, To: t.c.Stage, Text: text,
	})
}

// commit makes the turn durable: the intake is done, the case stands at its
// next revision, and there is at most one reply.
func (t *turn) commit(ctx context.Context) error {
	if t.current() {
		if told := recounted(&t.c, t.now); told != nil {
			t.moved, t.replies = true, append(t.replies, told...)
		}
	}
	next := t.c.Revision + 1
	if err := t.answerOnce(next); err != nil {
		return err
	}
	if t.moved {
		t.change.Jobs = append(t.change.Jobs, t.desk.showJob(t.c.ID, t.n))
	} else {
		quietly(&t.c)
	}
	if reopened := t.closed && !stage.Closed(t.c.Stage) && t.current(); reopened {
		if err := t.desk.startWatch(ctx, &t.change, &t.c); err != nil {
			return err
		}
	}
	t.c.Revision = next
	t.change.Intake, t.change.Cases = t.in.ID, append(t.change.Cases, t.c)
	t.desk.alarm(ctx, t.alarms...)
	if err := t.desk.commit(ctx, t.change); err != nil {
		return err
	}
	t.countRefusals()
	if t.closed {
		return t.desk.stayWatched(ctx, t.c.ID)
	}
	return nil
}
