package casework

import (
	"context"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// incident puts into a world what the reporter said of where it happened and
// what is at stake. Another repository that they named is looked at as the
// source was. The projects of an event or of somewhere else count only where
// they said so; of the rest the source is one in any event.
func (d *Desk) incident(ctx context.Context, w *route.World, said coc.Circumstances, since time.Time) error {
	in := asked(said)
	in.FiledWith = route.FiledWith(d.Directory, w.Source.Repo, said)
	if said.Here && (said.Space == coc.SpaceEvent || said.Space == coc.SpaceElsewhere) {
		in.Repos = append(in.Repos, route.About{Source: w.Source, Standing: w.Standing, Community: w.Community})
	}
	for _, repo := range said.Also {
		if repo.Is(w.Source.Repo) {
			continue
		}
		source, err := d.source(ctx, repo, since)
		if err != nil {
			return err
		}
		other, err := d.world(ctx, source)
		if err != nil {
			return err
		}
		if unknown(other.Standing) {
			if err := d.recall(ctx, other, past{branch: source.DefaultBranch}, since); err != nil {
				return err
			}
		}
		in.Repos = append(in.Repos, route.About{Source: other.Source, Standing: other.Standing, Community: other.Community})
		w.Places = append(w.Places, other.Places...)
	}
	w.Incident = in
	return nil
}

// asked is as much of it as needs nothing looked up.
func asked(said coc.Circumstances) route.Incident {
	in := route.Incident{
		Space: said.Space, Event: said.Known, On: said.On, Inside: said.Inside,
		Risks: slices.Clone(said.Risks), Danger: said.Danger,
	}
	if said.Project != "" {
		in.Projects = []string{said.Project}
	}
	if len(said.Also) > 0 && (in.Space == "" || in.Space == coc.SpaceRepository) {
		in.Space = coc.SpaceRepositories
	}
	return in
}

// risks are all that a reporter told of, at first or later.
func risks(r coc.Report) []coc.Risk {
	out := slices.Clone(r.Around.Risks)
	for _, a := range r.Added {
		for _, risk := range a.Around.Risks {
			if !slices.Contains(out, risk) {
				out = append(out, risk)
			}
		}
	}
	return out
}

// atStake marks a case with what was added of danger, of what the reporter fears and
// of the law, and reports whether its committee may keep it. Where it happened was told when it was
// filed, and the way is pinned.
func (d *Desk) atStake(c *coc.Case, said coc.Addition) (keeps, marked bool) {
	added := said.Around
	trace, flags := route.AtStake(d.Directory, route.Incident{Risks: added.Risks, Danger: added.Danger})
	trace = unsaidOf(c.Trace, trace)
	before := len(c.Flags)
	c.Flags = union(union(c.Flags, flags), said.Needs.Flags())
	c.Trace = append(slices.Clone(c.Trace), trace...)
	marked = len(c.Flags) > before || len(trace) > 0 || !said.Needs.Reach.IsBlank()
	return !route.MustLeave(d.Directory, added.Risks, c.Home().Committee), marked
}

// unsaidOf is a trace without what is at stake as far as it was said before.
func unsaidOf(before, trace []coc.Reason) []coc.Reason {
	return slices.DeleteFunc(slices.Clone(trace), func(r coc.Reason) bool {
		return (r.Rule == "danger" || r.Rule == "legal/consult") && slices.Contains(before, r)
	})
}

// Event is the committee directory's own spelling of an event's name, on a day
// if one is told; "" where it has no such event.
func (d *Desk) Event(name string, on time.Time) string { return d.Directory.EventSpelt(name, on) }

// Direct is whom a reporter can turn to themself, beside the committee that takes
// the report.
type Direct struct{ Name, Contact string }

// Direct follows from what they said and from the committee directory alone, so
// that it tells nothing of who is concerned. Nobody there has accepted anything.
func (d *Desk) Direct(said coc.Circumstances) []Direct {
	in := asked(said)
	if said.Here || len(said.Also) > 0 {
		in.Repos = []route.About{{}}
	}
	var out []Direct
	for _, c := range route.Desks(d.Directory, in) {
		out = append(out, Direct{c.Name, c.Contact})
	}
	return out
}

// How many events the form suggests, and how long after their last day.
const (
	maxEvents   = 100
	suggestsFor = 180 * 24 * time.Hour
)

// Suggested is an event as the form suggests it.
type Suggested struct {
	Name, Place string
	From, To    time.Time
}

// suggested is the directory's events that somebody may mean now, in its order.
func (d *Desk) suggested() []Suggested {
	now := d.Clock.Now()
	var out []Suggested
	for _, e := range d.Directory.Events() {
		over := !e.To.IsZero() && now.Sub(e.To) > suggestsFor
		if !over && len(out) < maxEvents {
			out = append(out, Suggested{e.Name, e.Place, e.From, e.To})
		}
	}
	return out
}

// projects are those that the form for no repository suggests.
func (d *Desk) projects() []Suggested {
	var out []Suggested
	for _, c := range d.Directory.Projects() {
		if len(out) < maxEvents {
			out = append(out, Suggested{Name: c.Key, Place: c.Name})
		}
	}
	return out
}

// Project is the committee directory's short name of the project that somebody
// means; "" where it has none such.
func (d *Desk) Project(name string) string { return d.Directory.ProjectNamed(name) }
