package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// maxLinks is how many cases may belong to one.
const maxLinks = 50

// link makes two cases belong to each other, if the one who acts responds in both.
// Whoever does not is answered as if there were no such case. What is answered
// otherwise does not tell whether the bodies show it.
func (t *turn) link(ctx context.Context, cmd command.Command) error {
	other, err := t.meant(ctx, cmd)
	switch {
	case errors.Is(err, coc.ErrMissing) || err == nil && (other.Notice != nil || !responds(other, t.ev.Actor)):
		return coc.Refusal{
			What: "There is no such case in which you are a responder.",
			Next: "A case that is open here can be named by its code name, and any other by its issue, like `#12` or `OWNER/NAME#12`.", Rule: "link/unknown",
		}
	case err != nil:
		return err
	case other.ID == t.c.ID:
		return coc.Refusal{What: "A case is not linked with itself.", Next: "Name another one.", Rule: "link/self"}
	case linkedTo(t.c, other.ID) >= 0:
		return coc.Refusal{What: "The two cases are linked already.", Next: "`/coc status` tells of every link that may be shown.", Rule: "link/already"}
	case len(t.c.Links) >= maxLinks || len(other.Links) >= maxLinks:
		return coc.Refusal{What: "No more cases can be linked with one of them.", Next: "Link one of those that belong to it already.", Rule: "link/full"}
	}
	t.c.Links = append(slices.Clone(t.c.Links), coc.Link{Case: other.ID, At: t.now, By: t.ev.Actor})
	other.Links = append(slices.Clone(other.Links), coc.Link{Case: t.c.ID, At: t.now, By: t.ev.Actor})
	t.put(other)
	t.change.Jobs = append(t.change.Jobs, t.desk.showJob(other.ID, len(other.Placements)-1))
	t.reply(notice.Linked())
	t.note("link", t.c.Stage, coc.Prose{})
	return nil
}

// responds reports whether somebody is a responder where a case is now.
func responds(c coc.Case, who coc.Login) bool {
	return coc.HasLogin(c.Home().Responders, who)
}

func linkedTo(c coc.Case, id coc.CaseID) int {
	return slices.IndexFunc(c.Links, func(l coc.Link) bool { return l.Case == id })
}

// meant is the case that a link names. coc.ErrMissing: there is none, or its room
// belongs to another owner.
func (t *turn) meant(ctx context.Context, cmd command.Command) (coc.Case, error) {
	here := t.c.Home().Room
	if cmd.Args != "" {
		ids, err := t.desk.Store.OpenCases(ctx, coc.RepoFacts{Repo: here.Repo})
		if err != nil {
			return coc.Case{}, err
		}
		for _, id := range append(ids, t.c.ID) {
			c, err := t.another(ctx, id)
			if err != nil {
				return coc.Case{}, err
			}
			if strings.EqualFold(c.Home().CodeName, cmd.Args) {
				return c, nil
			}
		}
		return coc.Case{}, coc.ErrMissing
	}
	room := here
	if repo := cmd.Issue.Repo; !repo.IsZero() && !repo.Is(here.Repo) {
		if !strings.EqualFold(repo.Owner, here.Repo.Owner) {
			return coc.Case{}, coc.ErrMissing
		}
		facts, err := t.desk.GitHub.Repository(ctx, coc.AppRooms, repo)
		if err != nil {
			if err := t.desk.wait(later(err), t.in.Received); err != nil {
				return coc.Case{}, err
			}
			return coc.Case{}, coc.ErrMissing
		}
		room = facts
	}
	id, _, err := t.desk.Store.CaseAt(ctx, room.ID, cmd.Issue.Number)
	if err != nil {
		return coc.Case{}, err
	}
	return t.another(ctx, id)
}

// another is a case as this turn leaves it, as far as it has changed it already.
func (t *turn) another(ctx context.Context, id coc.CaseID) (coc.Case, error) {
	if id == t.c.ID {
		return t.c, nil
	}
	for _, c := range t.change.Cases {
		if c.ID == id {
			return c, nil
		}
	}
	c, err := t.desk.Store.Case(ctx, id)
	if err != nil {
		return coc.Case{}, fmt.Errorf("case %s: %w", id, err)
	}
	return c, nil
}

// put makes another case part of what this turn commits, once.
func (t *turn) put(c coc.Case) {
	for i := range t.change.Cases {
		if t.change.Cases[i].ID == c.ID {
			t.change.Cases[i] = c
			return
		}
	}
	c.Revision++
	t.change.Cases = append(t.change.Cases, c)
}

// linked is a case whose links are as its body may show them now: by code name
// where everybody who reads the one may read the other, both ways; else not at
// all.
func (d *Desk) linked(ctx context.Context, c coc.Case) (coc.Case, error) {
	c.Links = slices.Clone(c.Links)
	for i := range c.Links {
		other, err := d.Store.Case(ctx, c.Links[i].Case)
		if err != nil && !errors.Is(err, coc.ErrMissing) {
			return c, err
		}
		c.Links[i].Shown = ""
		if err != nil {
			continue // it was erased
		}
		open, err := d.openToEachOther(ctx, c, other)
		if err != nil {
			return c, err
		}
		if open {
			c.Links[i].Shown = other.Home().CodeName
		}
	}
	return c, nil
}

func (d *Desk) openToEachOther(ctx context.Context, a, b coc.Case) (bool, error) {
	for _, pair := range [][2]coc.Case{{a, b}, {b, a}} {
		p, q := pair[0].Home(), pair[1].Home()
		if p.Sealed() || p.Issue == 0 {
			return false, nil
		}
		readers := couldRead(p.Committee, p.Responders, coc.RoomFacts{})
		admitted := couldRead(q.Committee, q.Responders, coc.RoomFacts{})
		if slices.ContainsFunc(readers, func(l coc.Login) bool { return !coc.HasLogin(admitted, l) }) {
			return false, nil
		}
		barred, err := d.notFor(ctx, pair[1].ID, readers)
		if err != nil || len(barred) > 0 {
			return false, err
		}
	}
	return true, nil
}

// relink sees to it that the bodies of the linked cases show what they may, once a
// case has been shown or has left: its readers may be others now.
func (d *Desk) relink(ctx context.Context, id coc.CaseID) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil || len(c.Links) == 0 {
		return err
	}
	for _, of := range append([]coc.Link{{Case: c.ID}}, c.Links...) {
		now, err := d.Store.Case(ctx, of.Case)
		if errors.Is(err, coc.ErrMissing) {
			continue
		}
		if err != nil {
			return err
		}
		want, err := d.linked(ctx, now)
		if err != nil {
			return err
		}
		if home := now.Home(); home.Issue == 0 || home.Frozen == issueGone || slices.Equal(now.Links, want.Links) {
			continue
		}
		if err := d.amend(ctx, of.Case, func(c *coc.Case) (coc.Change, bool) {
			n := len(c.Placements) - 1
			c.Placements[n].Shown = 0
			return coc.Change{Jobs: []coc.Job{d.showJob(c.ID, n)}}, true
		}); err != nil {
			return err
		}
	}
	return nil
}
