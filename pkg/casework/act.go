package casework

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// act is what a verb does.
type act func(*turn, context.Context, command.Command) error

// quick is one that asks nobody.
func quick(do func(*turn, command.Command) error) act {
	return func(t *turn, _ context.Context, cmd command.Command) error { return do(t, cmd) }
}

// acts is what each verb does, where it does more than to take the case to another
// stage.
var acts = map[string]act{
	"help":             quick((*turn).help),
	"status":           quick((*turn).status),
	"claim":            quick(func(t *turn, cmd command.Command) error { return t.claim(cmd.Member) }),
	"propose":          quick((*turn).propose),
	"agree":            quick((*turn).votes),
	"object":           quick((*turn).votes),
	"legal":            quick(func(t *turn, cmd command.Command) error { return t.consulted(cmd.Text) }),
	"escalate":         (*turn).escalate,
	"notify":           (*turn).notifies,
	"ask":              (*turn).ask,
	"transfer":         (*turn).transfer,
	"appeal":           (*turn).appeal,
	"clear":            (*turn).declare,
	"recuse":           (*turn).declare,
	"confirm-conflict": func(t *turn, ctx context.Context, cmd command.Command) error { return t.confirm(ctx, cmd.Member) },
	"admit":            (*turn).admit,
	"severity":         quick(func(t *turn, cmd command.Command) error { return t.severity(cmd.Args) }),
	"flag":             quick(flags),
	"unflag":           quick(flags),
	"accused":          (*turn).accused,
	"interim":          quick((*turn).interim),
	"template":         func(t *turn, ctx context.Context, cmd command.Command) error { return t.templates(ctx, cmd.Args) },
	"update":           quick((*turn).update),
	"remedy":           quick((*turn).remedy),
	"evidence":         quick((*turn).evidence),
	"link":             (*turn).link,
}

// try carries out one command. The error is a coc.Refusal where it may not be.
func (t *turn) try(ctx context.Context, cmd command.Command) error {
	if cmd.Wrong != nil {
		return *cmd.Wrong
	}
	if t.unproposed && aboutAProposal(cmd.Verb) {
		return aboutTheRefused
	}
	if t.c.Notice != nil && !onNotice(cmd.Verb, t.c.Notice.What) {
		return noticeOnly
	}
	if do := acts[cmd.Verb]; do != nil {
		return do(t, ctx, cmd)
	}
	return t.move(cmd.Verb, ballot.Wish{Outcome: coc.Outcome(cmd.Args), Until: cmd.Until, Naming: cmd.Naming, Words: cmd.Text})
}

func (t *turn) help(command.Command) error {
	if t.c.Notice != nil {
		t.reply(notice.HelpOnNotice(*t.c.Notice))
		return nil
	}
	t.reply(notice.Help(t.c.Stage))
	return nil
}

func (t *turn) status(command.Command) error {
	t.reply(t.desk.pages().Status(t.c, t.now))
	return nil
}

func flags(t *turn, cmd command.Command) error { return t.flag(cmd.Verb, coc.Flag(cmd.Args)) }

// notifies is a word to whom a case must be told of; in a notice, to whom it came from.
func (t *turn) notifies(ctx context.Context, cmd command.Command) error {
	switch {
	case t.c.Notice == nil:
		return t.notify(ctx, cmd.Text)
	case t.c.Notice.What == coc.WordQuestion:
		return t.answer(ctx, cmd.Words())
	}
	return t.release(ctx, cmd)
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

// move takes the case to the stage that a verb leads to, with what was said of it.
func (t *turn) move(verb string, said ballot.Wish) error {
	to, err := stage.Next(t.c.Stage, verb)
	if t.c.Notice != nil {
		to, err = nextOfNotice(t.c.Stage, verb)
	}
	if err != nil {
		return err
	}
	text := said.Words
	if verb == "resolve" {
		p, err := t.mayResolve(said)
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
	case home.Screened || t.c.Notice != nil || !home.Asked.IsZero():
	case verb == "ack":
		awaitWords(t.c.ID, t.n, home, &t.change, t.now)
	case verb == "reopen":
		home.ScreenBy = time.Time{} // there is a new time, once it is acknowledged
	}
	from := t.c.Stage
	t.c.Stage = to
	if t.c.Notice == nil {
		t.c.Due = owedSince(t.c, t.now)
	}
	t.note(verb, from, text)
	return nil
}
