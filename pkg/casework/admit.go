package casework

import (
	"context"
	"errors"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// admit lets somebody who joined the committee into this case, or into every open
// one of its room. Until then they read as a stranger, and nothing is written
// there (DESIGN, "Who may read"). Each case is held against them on its own. Nobody's
// word takes the place of an answer that somebody may still give themself.
func (t *turn) admit(ctx context.Context, cmd command.Command) error {
	if !t.letsIn(t.c) {
		return coc.Refusal{
			What: "Only a member without any conflict lets others in.",
			Next: "If you have none, write `/coc clear` first; or ask another member.", Rule: "admit/clear",
		}
	}
	member, err := t.joined(ctx, cmd.Member)
	if err != nil {
		return err
	}
	if cmd.Args == "all" {
		return t.admitToAll(ctx, member)
	}
	if err := t.heldAgainstTeams(ctx, &t.c, member.Login); err != nil {
		return err
	}
	if home := t.c.Home(); home.Separate {
		switch is, err := t.desk.familiar(ctx, home.Committee, member.Login); {
		case err != nil:
			return err
		case !is:
			return coc.Refusal{
				What: "GitHub does not know that login where this committee works, and it may be somebody else's by now.",
				Next: "Let them into the committee's incident repository, or its organisation, first. If they have renamed their account, put the roster right.", Rule: "admit/unknown",
			}
		}
	}
	switch {
	case coc.HasLogin(t.c.Home().Responders, member.Login) && !wasPutOut(t.c, member.Login):
		return coc.Refusal{What: "That person is a responder of this case already.", Next: "The body of this issue lists them all.", Rule: "admit/already"}
	case conflict.Ask(t.c, *t.c.Home()).MayAnswer(member.Login):
		return coc.Refusal{
			What: "Members of this committee are asked whether they are clear before they read a word, and that person's time to answer is not over.",
			Next: "They answer on the committee's pages, and are let in by that. Once their time is over, `/coc admit` lets them in.", Rule: "admit/asked",
		}
	}
	t.moved = true // they may be named in it, as is seen only now
	in, err := t.letIn(ctx, &t.c, member)
	if err == nil && !in {
		err = coc.Refusal{
			What: "That person may not see this case.",
			Next: "Take their access to this repository away, or give the case to the next committee with `/coc escalate`.", Rule: "admit/barred",
		}
	}
	return err
}

// admitToAll tells for how many cases of how many it was done, and not for which:
// those that somebody may not see are none of their business.
func (t *turn) admitToAll(ctx context.Context, member coc.Member) error {
	room := t.c.Home().Room.ID
	ids, err := t.desk.Store.OpenCases(ctx, coc.RepoFacts{ID: room})
	if err != nil {
		return err
	}
	in, of := 0, 0
	for _, id := range ids {
		c, err := t.another(ctx, id)
		if err != nil {
			return err
		}
		if home := c.Home(); home.Room.ID != room || stage.Closed(c.Stage) {
			continue // it has just left
		}
		of++
		if err := t.heldAgainstTeams(ctx, &c, member.Login); err != nil {
			return err
		}
		switch {
		case coc.HasLogin(c.Home().Responders, member.Login):
			in++
			continue
		case !t.letsIn(c) || conflict.Ask(c, *c.Home()).MayAnswer(member.Login):
			continue
		}
		let, err := t.letIn(ctx, &c, member)
		if err != nil {
			return err
		}
		if !let {
			continue
		}
		in++
		if id == t.c.ID {
			t.c, t.moved = c, true
			continue
		}
		n := len(c.Placements) - 1
		owe(&c, &t.change, c.Revision+1, n, recounted(&c, t.now)) // they have a vote there
		t.put(c)
		t.change.Jobs = append(t.change.Jobs, t.desk.showJob(id, n))
	}
	t.reply(notice.Admitted(in, of))
	return nil
}

// heldAgainstTeams makes somebody a party of a case that they do not have yet, if they
// are on a team that is one.
func (t *turn) heldAgainstTeams(ctx context.Context, c *coc.Case, who coc.Login) (err error) {
	if !coc.HasLogin(c.Home().Responders, who) {
		c.Parties, err = t.desk.withTeams(ctx, c.Parties, []coc.Login{who}, t.in.Received)
	}
	return err
}

// letsIn reports whether the one who acts may let others into a case.
func (t *turn) letsIn(c coc.Case) bool {
	home := c.Home()
	clear := record(c, *home).Screen(home.Committee, c.Parties).Clear
	return coc.HasLogin(home.Responders, t.ev.Actor) && coc.HasLogin(clear, t.ev.Actor)
}

// letIn makes somebody a responder of a case, unless its parties or what was
// declared bar them. Whoever stands in the report's words as a plain login, or in
// what was written since, counts as named, as with everybody who could read it. A
// notice has none of those words: they are the ones of the case that it tells of.
func (t *turn) letIn(ctx context.Context, c *coc.Case, member coc.Member) (in bool, err error) {
	home := c.Home()
	if c.Notice == nil {
		c.Parties = withNamed(*c, member.Login)
	} else {
		switch n, _, err := t.desk.heard(ctx, *c, member.Login); {
		case errors.Is(err, coc.ErrMissing):
			return false, nil
		case err != nil:
			return false, err
		default:
			*c = n
		}
	}
	with := home.Committee
	with.Members = append(slices.DeleteFunc(slices.Clone(with.Members), func(m coc.Member) bool { return m.Login.Is(member.Login) }), member)
	s := record(*c, *home).Screen(with, c.Parties)
	if !coc.HasLogin(s.Responders, member.Login) {
		return false, nil
	}
	home.Committee = with
	if !coc.HasLogin(home.Responders, member.Login) { // or they come back to the committee
		home.Responders = append(slices.Clone(home.Responders), member.Login)
	}
	if s.Stands {
		c.Flags = without(c.Flags, coc.FlagNoQuorum)
	}
	c.Journal = append(c.Journal, coc.Entry{
		Revision: c.Revision + 1, At: t.now, Actor: t.ev.Actor, Act: "admit", From: c.Stage, To: c.Stage, Whom: member.Login,
	})
	return true, nil
}

// joined is somebody as they stand on the roster today. Whoever can merely read
// the repository is not on it.
func (t *turn) joined(ctx context.Context, who coc.Login) (coc.Member, error) {
	now, known, err := t.desk.rosterNow(ctx, t.c, t.c.Home().Committee, t.in.Received)
	if err != nil {
		return coc.Member{}, err
	}
	if !known {
		return coc.Member{}, coc.Refusal{
			What: "Who is on the committee cannot be read now.",
			Next: "See to it that the committee's own file has no mistake and that the App can read it, and try again.", Rule: "admit/roster",
		}
	}
	for _, m := range now.Members {
		if m.Login.Is(who) {
			return m, nil
		}
	}
	return coc.Member{}, coc.Refusal{
		What: "That person is not on the committee, as its roster is now.",
		Next: "Add them to the committee's file or team first, or take their access to this repository away.", Rule: "admit/stranger",
	}
}
