package casework

import (
	"context"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Preview is what the form says, while it is filled in, of who would read it. It
// follows from the place, the projects and what may be ticked, from files and the
// directory, and from a roster that is shown to everybody. Who is conflicted, who
// owns a room, who works for whom, who serves where the members are not shown, and
// every other case have no part in it: whoever tries names in the form learns nothing
// but what the page lists anyway.
type Preview struct {
	// Committee would take it; "" is nobody. Known is false for a source that is
	// not public or not there, which are not told apart.
	Committee string
	Known     bool
	Shown     bool // its members are shown to everybody
	// Asks: each of its members is asked in private before they read a word, which is
	// the committee's own rule for every case.
	Asks bool
	// Members would read it, and Out would not, of a roster that is shown. Where it
	// is not, both are empty and nobody's name changes anything.
	Members, Out []coc.Login
	// Moves: too few of those who are shown would be left.
	Moves bool
	Next  string // the committee above
	Left  []string
	Joint []string
	Told  string // told in short, and not who reported
}

// Preview never fails because of GitHub: with an error comes as much as can be said
// without it, which is who takes what has no other.
func (d *Desk) Preview(ctx context.Context, f coc.Filing) (Preview, error) {
	w, known, err := d.publicWorld(ctx, f.Repo)
	if err != nil {
		return Preview{}, err
	}
	said := f.Around
	w.Incident = asked(said)
	w.Incident.FiledWith = route.FiledWith(d.Directory, f.Repo, said)
	if said.Here && (said.Space == coc.SpaceEvent || said.Space == coc.SpaceElsewhere) {
		w.Incident.Repos = append(w.Incident.Repos, route.About{Source: w.Source, Standing: w.Standing, Community: w.Community})
	}
	for _, repo := range said.Also {
		if repo.Is(f.Repo) {
			continue
		}
		other, _, err := d.publicWorld(ctx, repo)
		if err != nil {
			return Preview{}, err
		}
		w.Incident.Repos = append(w.Incident.Repos, route.About{Source: other.Source, Standing: other.Standing, Community: other.Community})
		w.Places = append(w.Places, other.Places...)
	}
	for {
		foreseen, need := route.Foresee(*w)
		if need == nil {
			return preview(foreseen, known, f.Involved), nil
		}
		if err := d.answer(ctx, w, *need, w.Now); err != nil {
			return Preview{}, err
		}
	}
}

// publicWorld is world for a repository as somebody sees it who has no account. One
// that is not public is like one that is not there, whatever was once known of it;
// and so is one more than may be looked up now (see Guide).
func (d *Desk) publicWorld(ctx context.Context, repo coc.Repo) (w *route.World, known bool, err error) {
	now := d.Clock.Now()
	unseen := func() (*route.World, bool, error) {
		w, err := d.world(ctx, coc.RepoFacts{})
		if err == nil {
			w.Source.Repo = repo
		}
		return w, false, err
	}
	if repo.IsZero() || !d.files.has(repo.Owner, "source", repo.Name) && !d.cold.AllowN(now, 1) {
		return unseen()
	}
	facts, err := d.source(ctx, repo, now)
	if err != nil || facts.ID == 0 || facts.Visibility != "public" {
		return unseen()
	}
	if w, err = d.world(ctx, facts); err == nil && unknown(w.Standing) {
		err = d.recall(ctx, w, past{branch: facts.DefaultBranch}, now)
	}
	return w, true, err
}

// preview holds whom somebody named against who is shown anyway. It screens by what
// was typed alone: employers and custodians are left out, and nothing was declared.
func preview(f route.Foreseen, known bool, named []coc.Party) Preview {
	p := Preview{Committee: f.First.Name, Known: known, Shown: f.First.ShowMembers, Asks: f.First.Separate == coc.SeparateAlways, Told: f.Told.Name, Left: namesOf(f.Left), Joint: namesOf(f.Joint)}
	if len(f.Above) > 0 {
		p.Next = f.Above[0].Name
	}
	if !p.Shown {
		return p
	}
	c := coc.Committee{Level: f.First.Level, Minimum: f.First.Minimum, Team: f.First.Team}
	for _, m := range f.First.Members {
		c.Members = append(c.Members, coc.Member{Login: m.Login, Role: m.Role})
	}
	s := conflict.Screen(c, withReaders(withTeam(named, c), coc.Case{}, c.Logins()))
	p.Members = s.Responders
	for _, r := range s.Recused {
		p.Out = append(p.Out, r.Login)
	}
	p.Moves = len(p.Out) > 0 && !s.Stands
	return p
}

func namesOf(committees []coc.Committee) []string {
	var out []string
	for _, c := range committees {
		out = append(out, c.Name)
	}
	return out
}
