package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Checkup is what was found of committees and of what points to them. It names people,
// and so is for whoever runs cocrouter and for nobody else.
type Checkup struct {
	Committees []Checked
	Sources    []CheckedSource
	// Unread is what GitHub could not show now, by name.
	Unread []string
}

// Checked is a committee, held at this moment against every rule as with a report that
// names nobody.
type Checked struct {
	Committee coc.Committee // as its own file has it, as far as that is known
	// Takes: it would take such a report; Because is why not.
	Takes   bool
	Because []coc.Reason
	// Strangers are those because of whom it does not: they would read a case, and are
	// neither custodians nor, where nobody is asked in private, on the committee.
	Strangers []coc.Login
	// Asks: each of its members is asked in private before they read a word.
	Asks bool
	// Able are those of them who can take part and would be let in at once, and Needed
	// is that too few are left as soon as one of them is not clear, or does not answer.
	Able   []coc.Login
	Needed bool
}

// CheckedSource is a repository, and what is wrong with what its files point to.
type CheckedSource struct {
	Repo    coc.Repo
	Seen    bool // GitHub shows it
	Because []coc.Reason
}

// Check looks at every committee of the directory that takes cases, and at those to
// which reports about some repositories would go. Like Explain it records nothing, tells
// nobody and waits for nothing.
func (d *Desk) Check(ctx context.Context, sources ...coc.Repo) (Checkup, error) {
	var found Checkup
	var committees []coc.Committee
	add := func(more ...coc.Committee) {
		for _, k := range more {
			known := slices.ContainsFunc(committees, func(has coc.Committee) bool { return has.Incidents.Is(k.Incidents) })
			if !known && !k.Incidents.IsZero() {
				committees = append(committees, k)
			}
		}
	}
	for _, key := range d.Directory.Names() {
		k, _ := d.Directory.Committee(key)
		add(k)
	}
	for _, source := range sources {
		e, err := d.Explain(ctx, Question{Repo: source, Incident: route.Incident{Space: coc.SpaceRepository}})
		if err != nil {
			return Checkup{}, err
		}
		add(e.Decision.Asked...)
		found.Unread = append(found.Unread, e.Unread...)
		found.Sources = append(found.Sources, CheckedSource{source, e.Source.ID != 0, slices.DeleteFunc(slices.Clone(e.Decision.Alarms), func(r coc.Reason) bool {
			return !strings.HasPrefix(r.Rule, "lookup/") // what concerns a committee is said of it
		})})
	}
	for _, k := range committees {
		c, unread, err := d.check(ctx, k)
		if err != nil {
			return Checkup{}, err
		}
		found.Committees, found.Unread = append(found.Committees, c), append(found.Unread, unread...)
	}
	found.Unread = slices.Compact(slices.Sorted(slices.Values(found.Unread)))
	return found, nil
}

func (d *Desk) check(ctx context.Context, k coc.Committee) (c Checked, unseen []string, err error) {
	w, err := d.world(ctx, coc.RepoFacts{})
	if err != nil {
		return Checked{}, nil, err
	}
	w.Chain = []coc.Committee{k}
	since := w.Now.Add(-d.Patience)
	decision, err := d.decide(ctx, w, coc.Case{}, since)
	if err != nil {
		return Checked{}, nil, err
	}
	k = decision.Asked[0]
	c = Checked{Committee: k, Takes: !decision.Sealed, Asks: k.Separate == coc.SeparateAlways}
	if !c.Takes {
		c.Because = unsealed(decision.Trace)
	}
	if slices.ContainsFunc(c.Because, func(r coc.Reason) bool { return r.Rule == "separate/no-sign-in" }) {
		// And what would be next, so that all of it is mended in one go.
		w.SignIn = true
		if decision, err = d.decide(ctx, w, coc.Case{}, since); err != nil {
			return Checked{}, nil, err
		}
		if decision.Sealed {
			c.Because = append(c.Because, unsealed(decision.Trace)...)
		}
	}
	room, s := w.Rooms[k.Incidents.Key()], conflict.Screen(k, nil)
	if org, looked := w.Orgs[route.OrgKey(k.Incidents.Owner)]; c.Asks && looked {
		room, s.Responders = coc.RoomFacts{Readers: org.Readers()}, nil
		c.Able, c.Needed = needed(k, org)
	}
	if slices.ContainsFunc(c.Because, func(r coc.Reason) bool { return strings.HasSuffix(r.Rule, "/stranger-reads") }) {
		c.Strangers = conflict.MayNotRead(room, s, k.Custodians, nil).Strangers
	}
	return c, unread(*w), nil
}

// needed is who of a committee can take part and belongs to the organisation, and whether
// it can spare none of them.
func needed(k coc.Committee, org coc.OrgFacts) (able []coc.Login, all bool) {
	var away []coc.Login
	for _, m := range k.Members {
		switch {
		case !org.Belongs(m.Login):
			away = append(away, m.Login)
		case m.Role != coc.MemberLiaison && !m.Login.IsBot():
			able = append(able, m.Login)
		}
	}
	spared := func(l coc.Login) bool {
		return conflict.Record{Away: append(slices.Clone(away), l)}.Screen(k, nil).Stands
	}
	return able, len(able) > 0 && !slices.ContainsFunc(able, spared)
}
