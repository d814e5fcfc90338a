package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// countedCases bounds how many open cases of a room are read to see who has how many:
// of more, so many stand for all.
const countedCases = 100

// appoint sees to it that a case has a point of contact and, as far as there is
// anybody, a coordinator, and reports whether that is new. Whoever is recused, or has a
// vote by now that a coordinator may not have, is replaced.
func appoint(c *coc.Case, contacts, coordinators stage.Load, now time.Time) bool {
	home := *c.Home()
	s := record(*c, home).Screen(home.Committee, c.Parties)
	clear := known(*c, home).Screen(home.Committee, c.Parties).Clear
	contact, coordinator := stage.Appoint(*c, clear, s.Voters, contacts, coordinators, now)
	if contact == c.Contact && coordinator == c.Coordinator {
		return false
	}
	if contact != c.Contact {
		c.Clock.Duty = now
	}
	c.Contact, c.Coordinator = contact, coordinator
	return true
}

// appointFairly is appoint for a case that is about to be opened, by how many open cases
// everybody has in the same room. What lives elsewhere does not count: somebody here may
// not know that it exists, and could tell it from who is chosen.
func (d *Desk) appointFairly(ctx context.Context, c *coc.Case) error {
	if c.Notice != nil {
		return nil
	}
	contacts, coordinators, err := d.loads(ctx, *c)
	if err != nil {
		return err
	}
	appoint(c, contacts, coordinators, d.Clock.Now())
	return nil
}

// loads is who has how many of the open cases in a case's room, without this one.
func (d *Desk) loads(ctx context.Context, c coc.Case) (contacts, coordinators stage.Load, err error) {
	home := c.Home()
	contacts, coordinators = stage.Load{}, stage.Load{}
	var ids []coc.CaseID
	if home.Room.ID != 0 && !home.Separate {
		if ids, err = d.Store.OpenCases(ctx, coc.RepoFacts{ID: home.Room.ID}); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range ids[:min(len(ids), countedCases)] {
		o, err := d.Store.Case(ctx, id)
		switch {
		case errors.Is(err, coc.ErrMissing), id == c.ID:
			continue
		case err != nil:
			return nil, nil, fmt.Errorf("case %s: %w", id, err)
		}
		if o.Home().Room.ID == home.Room.ID && o.Notice == nil {
			contacts[o.Contact.Key()]++
			coordinators[o.Coordinator.Key()]++
		}
	}
	return contacts, coordinators, nil
}
