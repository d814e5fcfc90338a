package casework

import (
	"context"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// accused keeps what a member did about the accused. Without an account it is about
// everybody who is accused by now, which is mostly one person, and the only way to
// speak of somebody who has no account.
func (t *turn) accused(ctx context.Context, cmd command.Command) error {
	all := ballot.AccusedOf(t.c)
	if len(all) == 0 {
		return coc.Refusal{
			What: "Nobody is accused in this case, so nobody has to be told.",
			Next: "The body of this issue lists who is named, and as what.", Rule: "accused/nobody",
		}
	}
	if cmd.Args == "" {
		text, err := t.template(ctx, coc.TemplateAccusedNotice)
		if err == nil {
			t.reply(notice.Hearings(t.c))
			t.reply(text)
		}
		return err
	}
	said := coc.Hearing{Step: coc.Step(cmd.Args), By: t.ev.Actor, At: t.now, Committee: t.c.Home().Committee.Key}
	for _, a := range all {
		// They may be named by their account once and in plain words another time.
		if cmd.Member == "" || a.Party.Login.Is(cmd.Member) || len(command.Among([]coc.Login{cmd.Member}, a.Party.Name)) > 0 {
			said.Of = append(said.Of, a.Party)
		}
	}
	if len(said.Of) == 0 {
		return coc.Refusal{
			What: "That person is not accused in this case.",
			Next: "The body of this issue lists who is. Without an account the command is about all of them.", Rule: "accused/nobody",
		}
	}
	if cmd.Args == command.AccusedLink {
		return t.invite(cmd, len(all), said.Of)
	}
	t.c.Hearings = append(slices.Clone(t.c.Hearings), said)
	t.note("accused "+cmd.Args, t.c.Stage, cmd.Text)
	return nil
}
