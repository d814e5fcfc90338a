package casework

import (
	"context"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// How many words to the reporter one case keeps, and how long one may be, in bytes:
// a page shows them all.
const (
	maxMessages = 200
	maxMessage  = 10_000
)

// update tells the reporter something, or records that a member has.
func (t *turn) update(cmd command.Command) error {
	if cmd.Args == "sent" {
		return t.sent(cmd)
	}
	return t.message(coc.MessageUpdate, cmd)
}

// askReporter puts a question to the reporter. Words that begin with the login of
// somebody who could have been meant instead go to nobody.
func (t *turn) askReporter(ctx context.Context, cmd command.Command) error {
	var known []coc.Login
	if t.c.Home().Committee.Level.Central() {
		whose, _, err := t.whoseLiaison(ctx, cmd.First())
		if err != nil {
			return err
		}
		if whose != nil {
			known = append(known, cmd.First())
		}
	}
	for _, k := range t.c.Chain {
		known = append(known, k.Logins()...)
	}
	for _, p := range t.c.Placements {
		known = append(known, p.Committee.Logins()...)
	}
	if coc.HasLogin(known, cmd.First()) {
		return coc.Refusal{
			What: "It is not clear who is asked: the question begins with somebody's login.",
			Next: "Write it with its `@` to ask a liaison, and begin with another word to ask the reporter.", Rule: "ask/whom",
		}
	}
	return t.message(coc.MessageQuestion, cmd)
}

// message keeps a word to the reporter, sealed with the case. Whoever has the receipt
// reads it there. A reporter who came through GitHub cannot be reached by us: then
// it is owed until a member says that they wrote to them.
func (t *turn) message(kind coc.MessageKind, cmd command.Command) error {
	switch {
	case !reachable(t.c) && t.c.Report.Reporter == "":
		return coc.Refusal{What: "Nobody knows who reported, and there is no receipt.", Next: "Nothing can be told them.", Rule: "update/nobody"}
	case slices.ContainsFunc(t.c.Messages, func(m coc.Message) bool { return m.Kind == kind && m.Text == cmd.Text }):
		return coc.Refusal{What: "The same was told before, and is not told again.", Next: "Say it in other words if it is to be said once more.", Rule: "update/already"}
	case len(t.c.Messages)-len(t.c.FromReporter()) >= maxMessages:
		return coc.Refusal{What: "A case keeps at most 200 words to its reporter.", Next: "Write to them in another way.", Rule: "update/full"}
	case cmd.Text.Len() > maxMessage:
		return coc.Refusal{What: "That is too long for the reporter's page.", Next: "Write it in parts, each behind a `/coc update` of its own.", Rule: "update/long"}
	case t.tellsPlace(cmd.Text):
		return coc.Refusal{
			What: "Nothing was told: it holds the name of the case or of its repository, which the reporter is not to learn.",
			Next: "Write it again without that.", Rule: "update/room",
		}
	}
	m := coc.Message{Kind: kind, At: t.now, By: t.ev.Actor, Text: cmd.Text}
	if reachable(t.c) {
		m.Shown, m.Sent = true, t.now
		t.met(stage.DueUpdate)
		t.answered()
	}
	t.c.Messages = append(slices.Clone(t.c.Messages), m)
	t.reply(notice.Messaged(m, t.c.Report.Reporter))
	t.note(cmd.Verb, t.c.Stage, cmd.Text)
	return nil
}

// sent records that a member has written to the reporter: what was owed, or a word of
// their own.
func (t *turn) sent(cmd command.Command) error {
	if reachable(t.c) && !cmd.Text.IsBlank() {
		return coc.Refusal{
			What: "It is not clear whether the reporter is to read this.",
			Next: "Begin with another word than `sent` if they are. `/coc update sent` alone says that they were told in another way.", Rule: "update/sent",
		}
	}
	t.c.Messages = slices.Clone(t.c.Messages)
	owed := false
	for i := range t.c.Messages {
		if m := &t.c.Messages[i]; m.Sent.IsZero() {
			m.Sent, m.SentBy, owed = t.now, t.ev.Actor, true
		}
	}
	if !owed {
		if len(t.c.Messages)-len(t.c.FromReporter()) >= maxMessages {
			return coc.Refusal{What: "A case keeps at most 200 words to its reporter.", Next: "Nothing has to be done.", Rule: "update/full"}
		}
		t.c.Messages = append(t.c.Messages, coc.Message{Kind: coc.MessageUpdate, At: t.now, By: t.ev.Actor, Sent: t.now, SentBy: t.ev.Actor})
	}
	t.met(stage.DueUpdate)
	t.answered()
	t.note("update", t.c.Stage, cmd.Text)
	return nil
}

// owesOutcome makes it owed to tell a reporter how it ended who cannot read it from
// the stage on their receipt.
func owesOutcome(c *coc.Case, by coc.Login, now time.Time) {
	if c.Notice != nil || reachable(*c) || c.Report.Reporter == "" {
		return
	}
	c.Messages = slices.DeleteFunc(slices.Clone(c.Messages), func(m coc.Message) bool {
		return m.Kind == coc.MessageOutcome && m.Sent.IsZero() // the new one is what they are owed
	})
	c.Messages = append(c.Messages, coc.Message{Kind: coc.MessageOutcome, At: now, By: by})
}

// reachable reports whether the reporter has a receipt, on whose page they can be
// told something. What came through GitHub has a key of its own, and nobody has that.
func reachable(c coc.Case) bool {
	return c.Report.Channel == coc.ChannelForm && len(c.Receipt) > 0
}

// tellsPlace reports whether words hold where the case is or was.
func (t *turn) tellsPlace(text coc.Prose) bool {
	return slices.ContainsFunc(t.c.Placements, func(p coc.Placement) bool {
		return command.Holds(text, p.Room.Repo.String()) || command.Holds(text, p.CodeName)
	})
}
