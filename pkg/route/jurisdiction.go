package route

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Incident is what is known of where something happened, whom it touches and
// what is at stake. The zero Incident happened in the source and has nothing
// that the jurisdiction table asks about.
type Incident struct {
	// Space is where; one that is none of ours counts as the source.
	Space coc.Space
	// Repos are repositories that it is about besides the source.
	Repos []About
	// Event is its name as the reporter gave it, and On the day, as midnight
	// in UTC; zero is not told. Neither is ever repeated in a trace.
	Event string
	On    time.Time
	// Projects are the projects that it touches as they were told: keys of
	// the directory. One that the directory does not have is another community.
	Projects []string
	// Inside: an event was wholly inside of the one project that is touched.
	Inside bool
	Risks  []coc.Risk
	Danger bool // somebody may be in danger now
	// FiledWith is the key of the committee whose own form or address it came
	// by, as FiledWith finds it; "" is none.
	FiledWith string
}

// About is a repository with what is in force for it, as World has it for the
// source. Nothing is adopted for it.
type About struct {
	Source              coc.RepoFacts
	Standing, Community *coc.Standing
}

// plain reports whether all happened in the source alone, and came from there.
func (i Incident) plain() bool {
	return (i.Space == "" || i.Space == coc.SpaceRepository) && len(i.Repos) == 0 && len(i.Projects) == 0 && i.FiledWith == ""
}

// way is where the table begins, and whom it names besides.
type way struct {
	// rungs are asked in order, and then those above the last; none begins at
	// the fallback.
	rungs []coc.Committee
	// joint handles it together with the first that is asked.
	joint []coc.Committee
	// projects are the own committees of projects that are told because
	// somebody else takes it, under the rule told.
	projects []coc.Committee
	told     string
	trace    []coc.Reason
	fallback bool // what it is about has no committee of its own
	moved    bool // it was filed with another committee than it belongs to
}

// begin holds the table against the incident, row by row. A report that is about no
// repository is held against it too, whatever else it says. Where a decision is
// appealed, no file of the source has a say in who hears that.
func (w World) begin() (Pointed, way, *Need) {
	j := w.Directory.Jurisdiction()
	if w.Appealed != nil {
		return Pointed{}, w.appeal(j), nil
	}
	p, begin, need := point(w)
	if need != nil {
		return Pointed{}, way{}, need
	}
	if w.Incident.plain() && !w.Source.Repo.IsZero() {
		return p, way{rungs: one(begin.first), trace: begin.trace, fallback: p.Fallback}, nil
	}
	var unknown []coc.Reason
	if w.Incident.Space == coc.SpaceEvent {
		v, known, need := w.event(j, begin)
		if need != nil || known {
			return p, v, need
		}
		unknown = v.trace
	}
	t, need := w.touches(begin)
	if need != nil {
		return Pointed{}, way{}, need
	}
	v := w.community(j, t)
	v.trace = slices.Concat(unknown, t.trace, v.trace)
	return p, v, nil
}

// event is rows 1 and 2. known is false where the directory does not have the
// event: then it counts as a matter of the projects that it touches.
func (w World) event(j policy.Jurisdiction, begin start) (v way, known bool, need *Need) {
	events, dated := w.Directory.EventsNamed(w.Incident.Event, w.Incident.On)
	if len(events) == 0 {
		v.say("event/unknown", coc.Committee{}, "")
		return v, false, nil
	}
	if !dated {
		v.say("event/other-day", coc.Committee{}, "")
	}
	var ours, others []policy.Event
	for _, e := range events {
		if isOurs(w.Directory, j, e) {
			ours = append(ours, e)
		} else {
			others = append(others, e)
		}
	}
	if !oneProducer(events) {
		v.say("event/claimed", coc.Committee{}, "")
	}
	for _, e := range ours {
		desk, listed := j.Desk(e.Producer)
		if !listed {
			desk.Joint = []string{j.Central}
		}
		v.takes(w, "event/desk", e.Committee, e.Producer)
		for _, key := range desk.Joint {
			v.joins(w, key)
		}
	}
	if len(ours) == 0 && w.Incident.Inside {
		t, need := w.touches(begin)
		if need != nil {
			return way{}, false, need
		}
		if len(t.projects) == 1 && !t.outside && t.projects[0].committee != nil {
			v.trace = slices.Concat(v.trace, t.trace)
			v.rungs = one(t.projects[0].committee)
			v.say("event/inside", v.rungs[0], "")
			return v, true, nil
		}
	}
	for _, e := range others {
		v.takes(w, "event/others", e.Committee, "")
	}
	if len(ours) > 0 {
		t, need := w.named()
		if need != nil {
			return way{}, false, need
		}
		v.trace, v.told = slices.Concat(t.trace, v.trace), "tell/event"
		for _, p := range t.projects {
			if p.committee != nil && (p.byName || !p.committee.Level.Central()) {
				v.projects = append(v.projects, *p.committee)
			}
		}
	}
	return v, true, nil
}

// Desks are those whom the table gives an incident to at once by its event, or
// because it belongs to no community, and who have only an address: a person may
// turn to them directly. It rests on what was told and on the directory, and on
// nothing that a file, a room or a party decides.
func Desks(d policy.Directory, i Incident) []coc.Committee {
	j := d.Jurisdiction()
	var keys []string
	switch {
	case i.Space == coc.SpaceEvent:
		events, _ := d.EventsNamed(i.Event, i.On)
		for _, e := range events {
			if !i.Inside || isOurs(d, j, e) {
				keys = append(keys, e.Committee)
			}
		}
	case i.Space == coc.SpaceElsewhere && len(i.Repos) == 0 && len(i.Projects) == 0:
		keys = []string{j.Elsewhere}
	}
	var out []coc.Committee
	for _, key := range keys {
		c, ok := d.Committee(key)
		if ok && c.Incidents.IsZero() && !slices.ContainsFunc(out, func(o coc.Committee) bool { return o.Key == c.Key }) {
			out = append(out, c)
		}
	}
	return out
}

// isOurs reports whether an event is one of row 1.
func isOurs(d policy.Directory, j policy.Jurisdiction, e policy.Event) bool {
	c, _ := d.Committee(e.Committee)
	_, desk := j.Desk(e.Producer)
	return desk || c.Level == coc.LevelEvents
}

func oneProducer(events []policy.Event) bool {
	return !slices.ContainsFunc(events, func(e policy.Event) bool { return !strings.EqualFold(e.Producer, events[0].Producer) })
}

// touched is what a report touches.
type touched struct {
	projects []subject
	outside  bool // another community is touched
	trace    []coc.Reason
}

// subject is a project that is touched, with its own committee if it has one. Two
// repositories with one committee are one project, and so are two of one owner
// that have none of their own.
type subject struct {
	id        string
	committee *coc.Committee
	byName    bool // and not by a repository
}

// touches finds the projects: by where the source and the other repositories
// point, and by name. The source counts where it happened there, and where it
// is all that is known of a chat or of an unknown event.
func (w World) touches(begin start) (touched, *Need) {
	named, need := w.named()
	if need != nil {
		return touched{}, need
	}
	t := touched{outside: named.outside}
	besides := slices.ContainsFunc(w.Incident.Repos, func(a About) bool { return a.Source.Repo.Is(w.Source.Repo) })
	if w.sourceCounts() && !besides { // else it is named as well
		t.looked(begin.trace)
		if !w.onlyFiledHere(begin, named) {
			t.add(ownOf(begin.first, w.Source))
		}
	}
	t.looked(named.trace)
	for _, p := range named.projects {
		t.add(p)
	}
	return t, nil
}

// named is what the incident says is touched, without the source.
func (w World) named() (touched, *Need) {
	var t touched
	for _, a := range w.Incident.Repos {
		there := w
		there.Source, there.Standing, there.Community, there.Incident = a.Source, a.Standing, a.Community, Incident{}
		_, begin, need := point(there)
		if need != nil {
			return touched{}, need
		}
		t.looked(begin.trace)
		t.add(ownOf(begin.first, a.Source))
	}
	for _, key := range w.Incident.Projects {
		c, ok := w.Directory.Committee(key)
		if !ok {
			t.outside = true
			continue
		}
		t.add(subject{identity(c), &c, true})
	}
	return t, nil
}

func (w World) sourceCounts() bool {
	switch {
	case w.Source.Repo.IsZero(), w.Incident.Space == coc.SpaceElsewhere:
		return false
	case w.Incident.Space == coc.SpaceEvent, w.Incident.Space == coc.SpaceChat:
		return len(w.Incident.Projects) == 0
	}
	return true
}

// ownOf is the project of a repository. A committee that serves many projects
// makes no one project of them.
func ownOf(c *coc.Committee, source coc.RepoFacts) subject {
	if c != nil && !c.Level.Central() {
		return subject{id: identity(*c), committee: c}
	}
	return subject{id: "owner " + strings.ToLower(source.Repo.Owner), committee: c}
}

// identity tells two committees apart, whoever declares them.
func identity(c coc.Committee) string {
	if !c.Incidents.IsZero() {
		return "room " + c.Incidents.Key()
	}
	return "key " + c.Key
}

// looked adds where a repository's files point. Two may share a file, and one may be
// looked at both for itself and as what is touched: a step that names a place is told
// once.
func (t *touched) looked(trace []coc.Reason) {
	for _, r := range trace {
		if r.Place == "" || !slices.Contains(t.trace, r) {
			t.trace = append(t.trace, r)
		}
	}
}

func (t *touched) add(p subject) {
	if !slices.ContainsFunc(t.projects, func(o subject) bool { return o.id == p.id }) {
		t.projects = append(t.projects, p)
	}
}

// community is rows 3, 5 and 10, and the one project of rows 6 to 9.
func (w World) community(j policy.Jurisdiction, t touched) (v way) {
	switch {
	case t.outside:
		v.takes(w, "projects/outside", j.Beyond, "")
	case len(t.projects) > 1:
		v.takes(w, "projects/several", j.Several, "")
		v.told = "tell/project"
		for _, p := range t.projects {
			if p.committee != nil && !p.committee.Level.Central() {
				v.projects = append(v.projects, *p.committee)
			}
		}
	case len(t.projects) == 0 && w.Incident.nowhere():
		v.takes(w, "elsewhere", j.Elsewhere, "")
	case len(t.projects) == 0:
		v.takes(w, "projects/none", j.NoProject, "")
	default:
		v.rungs = one(t.projects[0].committee)
		v.fallback = len(v.rungs) == 0
		if v.fallback {
			break
		}
		rule := "projects/one"
		if filed := w.Incident.FiledWith; filed != "" && !strings.EqualFold(filed, v.rungs[0].Key) && !v.rungs[0].Level.Central() {
			rule, v.moved = "filed/moved", true
		}
		v.say(rule, v.rungs[0], "")
	}
	return v
}

// nowhere reports whether it belongs to no community as far as is known.
func (i Incident) nowhere() bool { return i.Space == coc.SpaceElsewhere || i.Space == coc.SpaceEvent }

// appeal is row 11. Where the table hears no appeal of such a decision, it
// goes up like everything else.
func (w World) appeal(j policy.Jurisdiction) (v way) {
	if slices.Contains(j.Appeals.Levels, w.Appealed.Level) {
		v.takes(w, "appeal", j.Appeals.Committee, "")
		return v
	}
	v.say("appeal/none", *w.Appealed, "")
	if c, ok := w.Directory.Committee(w.Appealed.EscalateTo); ok {
		v.rungs = []coc.Committee{c}
	}
	return v
}

// takes names the next who is asked, by a key of the directory. One that it
// does not have leaves the fallback.
func (v *way) takes(w World, rule, key, detail string) {
	c, ok := w.Directory.Committee(key)
	if ok && v.names(c) {
		return
	}
	v.say(rule, c, detail)
	if ok {
		v.rungs = append(v.rungs, c)
		v.joint = append(v.joint, c)
	}
}

// joins names who handles it jointly, and takes it where nobody before can.
func (v *way) joins(w World, key string) {
	c, ok := w.Directory.Committee(key)
	if ok && !v.names(c) {
		v.say("event/joint", c, "")
		v.rungs = append(v.rungs, c)
		v.joint = append(v.joint, c)
	}
}

func (v *way) names(c coc.Committee) bool {
	return slices.ContainsFunc(v.rungs, func(o coc.Committee) bool { return o.Key == c.Key })
}

func (v *way) say(rule string, c coc.Committee, detail string) {
	v.trace = append(v.trace, about(rule, c, detail))
}

func one(c *coc.Committee) []coc.Committee {
	if c == nil {
		return nil
	}
	return []coc.Committee{*c}
}
