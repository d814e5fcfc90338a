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
		if err == nil && coc.HasLogin(roster.Logins(), l) {
			changed, err = true, d.letIn(ctx, c.ID, p.Room, l)
		}
	}
	return changed, err
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
