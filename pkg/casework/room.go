package casework

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
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
	change  coc.Change
	moved   bool // something changed that the room shows
	alarms  []coc.Reason
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
	if errors.As(err, &refusal) {
		t.refuse(refusal)
		return nil
	}
	return err
}

func (t *turn) try(ctx context.Context, cmd command.Command) error {
	if cmd.Wrong != nil {
		return *cmd.Wrong
	}
	if t.c.Notice != nil && !onNotice(cmd.Verb, t.c.Notice.What) {
		return noticeOnly
	}
	switch cmd.Verb {
	case "help":
		if t.c.Notice != nil {
			t.reply(notice.HelpOnNotice(*t.c.Notice))
			return nil
		}
		t.reply(notice.Help(t.c.Stage))
		return nil
	case "status":
		t.reply(notice.Status(t.c, t.now))
		return nil
	case "claim":
		return t.claim(cmd.Member)
	case "propose":
		return t.propose(cmd)
	case "agree", "object":
		return t.votes(cmd)
	case "legal":
		return t.consulted(cmd.Text)
	case "escalate":
		return t.escalate(ctx, cmd)
	case "notify":
		if t.c.Notice != nil {
			if t.c.Notice.What == coc.WordQuestion {
				return t.answer(ctx, cmd.Words())
			}
			return t.release(ctx, cmd)
		}
		return t.notify(ctx, cmd.Text)
	case "ask":
		return t.ask(ctx, cmd)
	case "transfer":
		return t.transfer(ctx, cmd)
	case "appeal":
		return t.appeal(ctx, cmd)
	case "clear", "recuse":
		return t.declare(ctx, cmd)
	case "confirm-conflict":
		return t.confirm(ctx, cmd.Member)
	case "admit":
		return t.admit(ctx, cmd)
	case "severity":
		return t.severity(cmd.Args)
	case "flag", "unflag":
		return t.flag(cmd.Verb, coc.Flag(cmd.Args))
	case "accused":
		return t.accused(ctx, cmd)
	case "interim":
		return t.interim(cmd)
	case "template":
		return t.templates(ctx, cmd.Args)
	case "update":
		return t.update(cmd)
	case "remedy":
		return t.remedy(cmd)
	case "evidence":
		return t.evidence(cmd)
	case "link":
		return t.link(ctx, cmd)
	}
	return t.move(cmd.Verb, coc.Outcome(cmd.Args), cmd.Text)
}

// claim gives the case to one responder.
func (t *turn) claim(who coc.Login) error {
	if who == "" {
		who = t.ev.Actor
	}
	if !coc.HasLogin(t.c.Home().Responders, who) {
		return coc.Refusal{
			What: "That person is not a responder of this case.",
			Next: "Name a responder, or write /coc claim alone to take it yourself.", Rule: "responder",
		}
	}
	t.c.Holder = who
	t.note("claim", t.c.Stage, coc.Prose{})
	return nil
}

// move takes the case to the stage that a verb leads to.
func (t *turn) move(verb string, outcome coc.Outcome, text coc.Prose) error {
	to, err := stage.Next(t.c.Stage, verb)
	if t.c.Notice != nil {
		to, err = nextOfNotice(t.c.Stage, verb)
	}
	if err != nil {
		return err
	}
	if verb == "resolve" {
		p, err := t.mayResolve(outcome, text)
		if err != nil {
			return err
		}
		text = t.resolved(p, text)
		owesOutcome(&t.c, t.ev.Actor, t.now)
	}
	if verb == "close" {
		if err := t.mayClose(); err != nil {
			return err
		}
	}
	if verb == "reopen" {
		owesAnew(&t.c)
	}
	switch home := t.c.Home(); {
	case home.Screened || t.c.Notice != nil:
	case verb == "ack":
		awaitWords(t.c.ID, t.n, home, &t.change, t.now)
	case verb == "reopen":
		home.ScreenBy = time.Time{} // there is a new time, once it is acknowledged
	}
	from := t.c.Stage
	t.c.Stage = to
	if before := t.c.Due; t.c.Notice == nil {
		t.c.Due = stage.Renew(t.c.Due, stage.Due(t.c.Home().Committee, to, t.now))
		t.c.Due = stage.WithRemedies(t.c.Due, to, t.c.Remedies)
		t.c.Due = stage.WithInterim(t.c.Due, t.c.Measures)
		t.c.Due = stage.WithReporter(t.c, t.c.Due, before, t.now)
	}
	t.note(verb, from, text)
	return nil
}

// escalate opens the case with the next committee that can take it, and leaves
// this issue closed and marked.
func (t *turn) escalate(ctx context.Context, cmd command.Command) error {
	from := t.c.Stage
	if _, err := stage.Next(from, "escalate"); err != nil {
		return err
	}
	w, err := t.desk.worldOf(ctx, t.c)
	if err != nil {
		return err
	}
	w.Skip = had(t.c)
	chain, reason, err := chainFrom(t.c.Chain, cmd)
	if err != nil {
		return err
	}
	w.Chain = chain
	if reason.IsBlank() {
		return coc.Refusal{
			What: "Escalating needs a reason, which the record keeps.",
			Next: "Write it like `/coc escalate COMMITTEE We know everybody involved.`", Rule: "escalate",
		}
	}
	// The next committee reads the reason: whoever of them it names may not.
	decision, err := t.desk.decide(ctx, w, t.c.Report, t.in.Received, append(passedOn(t.c), reason)...)
	if err != nil {
		return err
	}
	t.c.Parties = w.Parties // said is said, also where nobody can take the case
	if decision.Sealed {
		t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
		next := "The case stays with you."
		if decision.Contact != "" {
			next = "The case stays with you; a person can be reached at " + decision.Contact + "."
		}
		return coc.Refusal{What: "No committee further up can take this case now.", Next: next, Rule: "escalate"}
	}
	t.alarms = append(t.alarms, decision.Alarms...)
	t.desk.moveTo(&t.c, &t.change, decision, t.now)
	t.note("escalate", from, reason)
	return nil
}

// unsealed is what alarms when nobody further up can take a case that its
// committee keeps.
func unsealed(alarms []coc.Reason) []coc.Reason {
	return slices.DeleteFunc(slices.Clone(alarms), func(r coc.Reason) bool { return r.Rule == "sealed" })
}

// moveTo leaves the present home and settles the case in the next one. The
// caller asks for the old home to be shown as left.
func (d *Desk) moveTo(c *coc.Case, change *coc.Change, decision route.Decision, now time.Time) {
	c.Trace = append(c.Trace, unsaidOf(c.Trace, decision.Trace)...)
	c.Flags = without(c.Flags, coc.FlagNoQuorum)
	d.settle(c, change, decision, now)
}

// chainFrom is the chain beginning with the committee that a command names by
// key or name, and the reason behind the name; the whole chain where it names
// none. The present committee is not further up.
func chainFrom(chain []coc.Committee, cmd command.Command) ([]coc.Committee, coc.Prose, error) {
	for i, c := range chain {
		reason, named := cmd.After(c.Key)
		if !named {
			reason, named = cmd.After(c.Name)
		}
		switch {
		case named && i == 0:
			return nil, coc.Prose{}, coc.Refusal{
				What: "The case is with that committee already.",
				Next: "Write `/coc escalate` with a reason alone to go to the next one.", Rule: "escalate",
			}
		case named:
			return chain[i:], reason, nil
		}
	}
	return chain, cmd.Words(), nil
}

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
	if ok && t.responder() && t.current() && t.move(verb, coc.OutcomeNone, coc.Prose{}) == nil {
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

// gone is a case's issue deleted or moved away by hand. The case is still in
// the store; operators are told, because nobody can work it any more.
func (t *turn) gone(ctx context.Context) error {
	t.c.Placements[t.n].Frozen, t.c.Placements[t.n].FrozenAt = issueGone, t.now
	t.alarms = append(t.alarms, coc.Reason{Rule: issueGone, Place: t.ev.Repo.Repo.String()})
	return t.commit(ctx)
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
	if t.current() && recount(&t.c, t.now) {
		t.moved = true
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
