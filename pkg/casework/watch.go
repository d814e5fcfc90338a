package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// watch looks again at the rooms that a delivery is about, as far as open cases
// live there. Where somebody reads now who may not, their cases freeze at once
// and not with the next word; where that is over, they are shown at once. One
// look and one alarm serve all cases of a room. A room that others can read by
// now is made private again where the App may.
//
// Deliveries get lost, so this is haste and not what anything rests on: the look
// before every write is.
func (d *Desk) watch(ctx context.Context, in coc.Intake, ev coc.Event) error {
	ids, err := d.openIn(ctx, ev)
	if err != nil || len(ids) == 0 {
		return err
	}
	var change coc.Change
	var alarms []coc.Reason
	rooms, open := map[int64]coc.RoomFacts{}, map[int64]bool{}
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		home, n := c.Home(), len(c.Placements)-1
		if home.Sealed() || home.Issue == 0 || home.Frozen == issueGone {
			continue
		}
		room, looked := rooms[home.Room.ID]
		if !looked {
			room = d.look(ctx, home.Room.Repo)
			rooms[home.Room.ID] = room
		}
		if _, later := coc.IsLater(room.Problem); later {
			if err := d.wait(room.Problem, in.Received); err != nil {
				return err
			}
			continue
		}
		problems := d.problems(c, *home, room)
		public := len(problems) > 0 && exposed(problems[0])
		if public {
			open[home.Room.ID] = true
		}
		switch {
		case len(problems) > 0 && home.Frozen == "", public && home.Frozen != problems[0].Rule:
			for _, p := range problems {
				if !slices.Contains(alarms, p) {
					alarms = append(alarms, p)
				}
			}
			home.Frozen, home.FrozenAt = problems[0].Rule, d.Clock.Now()
			if public {
				d.note(&c, actPublished)
			}
			quietly(&c)
			c.Revision++
			change.Cases = append(change.Cases, c)
			again := d.showJob(id, n)
			again.At, again.Priority = home.FrozenAt.Add(frozenAgain), 3
			change.Jobs = append(change.Jobs, again)
		case len(problems) == 0 && home.Frozen != "":
			change.Jobs = append(change.Jobs, d.showJob(id, n))
		}
	}
	d.alarm(ctx, alarms...)
	if len(change.Cases)+len(change.Jobs) > 0 {
		if err := d.commit(ctx, change); err != nil {
			return err
		}
	}
	for id := range open {
		if err := d.wait(d.hide(ctx, rooms[id].RepoFacts), in.Received); err != nil {
			return err
		}
	}
	return nil
}

// drawAnew has the labels of a room made again, and its open cases drawn, after
// somebody renamed or deleted a label of ours there.
func (d *Desk) drawAnew(ctx context.Context, in coc.Intake, ev coc.Event) error {
	ids, err := d.openIn(ctx, ev)
	if err != nil {
		return err
	}
	change := coc.Change{Intake: in.ID, Labels: map[int64][]string{ev.Repo.ID: nil}}
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		n := len(c.Placements) - 1
		if c.Placements[n].Issue == 0 {
			continue
		}
		c.Placements[n].Shown = 0
		c.Revision++
		change.Cases = append(change.Cases, c)
		change.Jobs = append(change.Jobs, d.showJob(id, n))
	}
	return d.commit(ctx, change)
}

// openIn is the open cases that a delivery may be about: those of a repository,
// or of everything that an organisation has where it names none.
func (d *Desk) openIn(ctx context.Context, ev coc.Event) ([]coc.CaseID, error) {
	if ev.Repo.ID != 0 {
		return d.Store.OpenCases(ctx, coc.RepoFacts{ID: ev.Repo.ID})
	}
	var all []coc.CaseID
	for _, owner := range []string{ev.Account, ev.Was.Owner} {
		if owner == "" {
			continue
		}
		ids, err := d.Store.OpenCases(ctx, coc.RepoFacts{Repo: coc.Repo{Owner: owner}})
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
