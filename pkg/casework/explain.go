package casework

import (
	"context"
	"maps"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Question is a report as an operator imagines it.
type Question struct {
	// Repo is what it is about, and Also what it is about besides.
	Repo coc.Repo
	Also []coc.Repo
	// Incident is the rest of what the jurisdiction table asks about; its Repos
	// are found out.
	Incident route.Incident
	Parties  []coc.Party
}

// Explanation is what would become of such a report now. It tells who is
// conflicted, and so is for whoever runs cocrouter and for nobody else.
type Explanation struct {
	Source   coc.RepoFacts
	Decision route.Decision
	// Asked is the committees of Decision.Asked, with what was seen of them.
	Asked []Asked
	// Told is the Decision's Duties, with where each could be carried out now.
	Told []Told
	// Unread is what GitHub could not show now, by name. The rest says what
	// would follow if it stayed so.
	Unread []string
}

// Asked is a committee that was held against the rules.
type Asked struct {
	Committee coc.Committee
	Takes     bool
	// Looked: who reads its room was looked at. Where that was not, because a
	// rule before it decided, the rest is zero and says nothing of anybody.
	Looked    bool
	Room      coc.RoomFacts
	Screening conflict.Screening
	Unwelcome conflict.Unwelcome // of the room's readers
}

// Told is a duty to tell.
type Told struct {
	route.Tell
	// There is where it could be told now; Sealed where it could not. It is zero
	// for the reporter.
	There route.Decision
	Asked []Asked
}

// Explain says where a report would go, by the same facts and rules that decide
// on one. It records nothing and tells nobody: of the ports it uses what reads
// of GitHub, and Store.Standing.
//
// What GitHub cannot show now is not waited for. An error means that the answer
// could not be found out at all.
func (d *Desk) Explain(ctx context.Context, q Question) (Explanation, error) {
	var e Explanation
	w, err := d.imagine(ctx, q.Repo, &e)
	if err != nil {
		return Explanation{}, err
	}
	e.Source = w.Source
	w.Incident, w.Parties = q.Incident, q.Parties
	w.Incident.Repos = nil
	if len(q.Also) > 0 { // as if the form said so, and no more
		w.Incident.FiledWith = route.FiledWith(d.Directory, w.Source.Repo, coc.Circumstances{Space: q.Incident.Space, Also: q.Also, Whole: true})
	}
	for _, repo := range q.Also {
		other, err := d.imagine(ctx, repo, &e)
		if err != nil {
			return Explanation{}, err
		}
		w.Incident.Repos = append(w.Incident.Repos, route.About{Source: other.Source, Standing: other.Standing, Community: other.Community})
		w.Places = append(w.Places, other.Places...)
	}
	since := w.Now.Add(-d.Patience)
	if e.Decision, err = d.decide(ctx, w, coc.Case{}, since); err != nil {
		return Explanation{}, err
	}
	e.Asked = seen(*w, e.Decision)
	for _, tell := range e.Decision.Duties {
		t := Told{Tell: tell}
		if tell.Way != nil {
			there := *w
			there.Chain, there.Incident = tell.Way, route.Incident{}
			if t.There, err = d.decide(ctx, &there, coc.Case{}, since); err != nil {
				return Explanation{}, err
			}
			t.Asked = seen(there, t.There)
		}
		e.Told = append(e.Told, t)
	}
	e.Unread = slices.Compact(slices.Sorted(slices.Values(append(e.Unread, unread(*w)...))))
	return e, nil
}

// imagine is the world of a report about a repository, as house begins it.
func (d *Desk) imagine(ctx context.Context, repo coc.Repo, e *Explanation) (*route.World, error) {
	now := d.Clock.Now()
	source, err := d.source(ctx, repo, now)
	if l, ok := coc.IsLater(err); ok && !l.Ours {
		e.Unread, source, err = append(e.Unread, repo.String()), coc.RepoFacts{Repo: repo}, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := d.world(ctx, source)
	if err == nil && unknown(w.Standing) {
		err = d.recall(ctx, w, past{branch: source.DefaultBranch}, now.Add(-d.Patience))
	}
	return w, err
}

// seen is the committees that were asked, as far as a decision looked at them.
func seen(w route.World, decision route.Decision) []Asked {
	var out []Asked
	for i, c := range decision.Asked {
		a := Asked{Committee: c, Takes: !decision.Sealed && i == len(decision.Asked)-1}
		if a.Room, a.Looked = w.Rooms[c.Incidents.Key()]; a.Looked {
			a.Screening = conflict.Record{Declarations: w.Declarations, Deciders: w.Deciders}.Screen(c, w.Parties)
			a.Unwelcome = conflict.MayNotRead(a.Room, a.Screening, c.Custodians, w.Parties)
		}
		out = append(out, a)
	}
	return out
}

// unread is what a world lacks because it could not be read for now.
func unread(w route.World) []string {
	var out []string
	for _, p := range w.Places {
		if p.State == route.StateUnreadable {
			out = append(out, route.PlaceRef{Repo: p.Repo, Path: p.Path}.String())
		}
	}
	for room, f := range w.Files {
		if f.State == route.StateUnreadable {
			out = append(out, room+"/"+policy.CommitteePath)
		}
	}
	for team, t := range w.Teams {
		if t.State == route.StateUnreadable {
			out = append(out, "the team "+team)
		}
	}
	for _, org := range slices.Sorted(maps.Keys(w.Orgs)) {
		if problem := w.Orgs[org].Problem; problem != nil && stateOf(problem) == route.StateUnreadable {
			out = append(out, "the people of "+org)
		}
	}
	for _, room := range slices.Sorted(maps.Keys(w.Rooms)) {
		if problem := w.Rooms[room].Problem; problem != nil && stateOf(problem) == route.StateUnreadable {
			out = append(out, "the readers of "+room)
		}
	}
	return out
}
