package casework

import (
	"context"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// letInAll gives access to whoever is to have the repository that is a case's own home
// by a word of their own or of a member, and cannot read it yet.
//
// Whoever has left the committee since is not let in again: an owner may have taken
// their access by hand, or we have, and a word that is written later must not give it
// back. While the roster cannot be told nobody is let in.
func (d *Desk) letInAll(ctx context.Context, c coc.Case, p coc.Placement, room coc.RoomFacts) (changed bool, err error) {
	missing := slices.DeleteFunc(invited(c, p), room.Reads)
	if len(missing) == 0 {
		return false, nil
	}
	roster, known, err := d.rosterLately(ctx, c)
	if err != nil || !known {
		return false, err
	}
	for _, l := range missing {
		if err != nil || !coc.HasLogin(roster.Logins(), l) {
			continue
		}
		var is bool
		if is, err = d.familiar(ctx, p.Committee, l); is {
			changed, err = true, d.letIn(ctx, c.ID, p.Room, l)
		}
	}
	return changed, err
}

// familiar reports whether GitHub knows somebody where their committee works: they read
// its own incident repository, or belong to the organisation that has it. Nobody else is
// let into a repository for a case alone, or asked about a case: a login that stands on
// a roster may have another owner by now. Whoever renames their account takes their
// access along, and who takes the name that became free has none. A coc.Later: that
// cannot be told now.
func (d *Desk) familiar(ctx context.Context, k coc.Committee, who coc.Login) (bool, error) {
	room := d.glance(ctx, k.Incidents)
	if room.Problem == nil && room.Reads(who) {
		return true, nil
	}
	if l, ok := coc.IsLater(room.Problem); ok {
		return false, l
	}
	org := d.GitHub.Organisation(ctx, k.Incidents.Owner)
	if l, ok := coc.IsLater(org.Problem); ok {
		return false, l
	}
	return org.Problem == nil && org.Belongs(who), nil
}

// invited is those responders of a case's home who were let in one by one: by their own
// answer, or by a member's word. Nobody is let into a home that the case has left.
func invited(c coc.Case, p coc.Placement) []coc.Login {
	if !p.Separate || p.Room.ID != c.Home().Room.ID {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Responders), func(l coc.Login) bool {
		byWord := slices.ContainsFunc(c.Journal, func(e coc.Entry) bool { return e.Act == "admit" && e.Whom.Is(l) })
		return p.Asked.IsZero() && !byWord || wasPutOut(c, l)
	})
}
