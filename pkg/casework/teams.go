package casework

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// mostTeams bounds how many teams are looked up for one case.
const mostTeams = 10

// withTeams adds to the parties those readers who are on a team that is one: whatever
// is said of a team is said of each of them. As with a committee's own team, only a row
// that is given to the team counts.
//
// Who is on a team that the rooms App cannot see, because it is not installed there or
// the team does not exist, is not known, and adds nobody. A GitHub that cannot answer
// now is waited for, like for a roster.
func (d *Desk) withTeams(ctx context.Context, parties []coc.Party, readers []coc.Login, since time.Time) ([]coc.Party, error) {
	out, members := parties, map[string][]coc.Login{}
	for _, p := range parties {
		for _, t := range command.Teams(p.Name) {
			key := route.TeamKey(t)
			if _, looked := members[key]; !looked && len(members) < mostTeams {
				f, err := d.team(ctx, t)
				if err := d.wait(err, since); err != nil {
					return nil, err
				}
				members[key] = nil
				if f.State == route.StateFound {
					members[key] = f.Logins
				}
			}
			for _, l := range amongReaders(readers, members[key]) {
				out = merge(out, []coc.Party{{Login: l, Role: p.Role}})
			}
		}
	}
	return out, nil
}
