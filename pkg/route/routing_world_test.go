package route_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// place is a small world in which everything is in order: what a question is
// answered with, by name.
type table struct {
	source    coc.RepoFacts
	directory string
	files     map[string]string // repository/path → content; absent is missing
	states    map[string]route.State
	rooms     map[string]coc.RoomFacts
	orgs      map[string]coc.OrgFacts // none may make a repository
	teams     map[string][]coc.Login
	parties   []coc.Party
	standing  *coc.Standing
	skip      map[string]bool
	incident  route.Incident
	appealed  *coc.Committee
	declared  []coc.Declaration
	signIn    bool // people can sign in on this server
}

const theDirectory = `version: 1
committees:
  foundation:
    name: The Foundation
    level: foundation
    incidents: foundation-conduct/cases
    contact: conduct@foundation.example
    minimum: {clear: 1, without_hard_conflict: 3}
    escalate_to: parent
    members: [found-one, found-two, found-three, {login: found-four, role: alternate}]
  parent:
    name: The Parent
    level: foundation
    contact: legal@parent.example
  desk:
    name: The Desk
    level: governance
    incidents: desk-conduct/cases
    contact: desk@foundation.example
    members: [desk-one, desk-two]
  other:
    name: The Other Project
    level: project
    incidents: other-conduct/cases
    members: [other-one]
  halls:
    name: The Event Desk
    level: events
    contact: events@foundation.example
fallback: foundation
events:
  - {name: Big Days 2026, aliases: [Big Days], from: 2026-03-01, to: 2026-03-03, producer: The Parent}
  - {name: Small Days, producer: Somebody}
jurisdiction:
  counsel: the parent's counsel
  event_desks: [{producer: The Parent, committee: halls}]
`

const thePointer = `version: 1
committee:
  name: The Project
  level: project
  incidents: project-conduct/cases
  contact: conduct@project.example
escalate_to: foundation
`

const theCommittee = `version: 1
accepts: [project/*]
members: [proj-one, proj-two, proj-three]
custodians: [proj-owner]
`

func inOrder() *table {
	room := func(id int64, name string, readers ...coc.Reader) coc.RoomFacts {
		r, _ := coc.ParseRepo(name)
		return coc.RoomFacts{RepoFacts: coc.RepoFacts{Repo: r, ID: id, Visibility: "private"}, HasIssues: true, Readers: readers}
	}
	read := func(logins ...coc.Login) (out []coc.Reader) {
		for _, l := range logins {
			out = append(out, coc.Reader{Login: l})
		}
		return out
	}
	return &table{
		source:    coc.RepoFacts{Repo: coc.Repo{Owner: "project", Name: "code"}, ID: 1, Visibility: "public"},
		directory: theDirectory,
		files: map[string]string{
			"project/code/.github/coc.yaml":                    thePointer,
			"project-conduct/cases/.github/coc-committee.yaml": theCommittee,
		},
		states: map[string]route.State{},
		rooms: map[string]coc.RoomFacts{
			"project-conduct/cases":    room(10, "project-conduct/cases", append(read("proj-one", "proj-two", "proj-three"), coc.Reader{Login: "proj-owner", Admin: true})...),
			"foundation-conduct/cases": room(20, "foundation-conduct/cases", read("found-one", "found-two", "found-three", "found-four")...),
			"desk-conduct/cases":       room(30, "desk-conduct/cases", read("desk-one", "desk-two")...),
			"other-conduct/cases":      room(50, "other-conduct/cases", read("other-one")...),
			"halls/cases":              room(60, "halls/cases", read("hall-one")...),
			"project/conduct":          room(40, "project/conduct", read("proj-one", "proj-two", "proj-three")...),
		},
		teams: map[string][]coc.Login{},
	}
}

// room changes one room.
func (p *table) room(name string, f func(*coc.RoomFacts)) {
	r := p.rooms[name]
	f(&r)
	p.rooms[name] = r
}

func (p *table) joins(room string, login coc.Login) {
	p.room(room, func(r *coc.RoomFacts) { r.Readers = append(r.Readers, coc.Reader{Login: login}) })
}

// leaves takes access to a room from people.
func (p *table) leaves(room string, logins ...coc.Login) {
	p.room(room, func(r *coc.RoomFacts) {
		r.Readers = slices.DeleteFunc(r.Readers, func(x coc.Reader) bool { return slices.Contains(logins, x.Login) })
	})
}

// administers lets the rooms App make repositories where the project's committee
// is. Members read there what they are let into.
func (p *table) administers(owners ...coc.Login) {
	p.orgs = map[string]coc.OrgFacts{"project-conduct": {
		Login: "project-conduct", MayCreate: true, Owners: owners, Members: []coc.Login{"proj-one", "proj-two", "proj-three"}, Base: "none",
	}}
}

// asksInPrivate lets the project's committee ask each of its members before they read
// a word, and the rooms App make the repository for it.
func (p *table) asksInPrivate() {
	p.files["project-conduct/cases/.github/coc-committee.yaml"] = theCommittee + "separate: always\n"
	p.administers("proj-owner")
}

func (p *table) names(login coc.Login, role coc.Role) {
	p.parties = append(p.parties, coc.Party{Login: login, Role: role})
}

// answers plays the caller of Decide: it answers each need once and fails the
// test when one is asked again.
func (p *table) decide(t testing.TB, chain []coc.Committee) route.Decision {
	t.Helper()
	w := p.world(t)
	w.Chain = chain
	asked := map[string]bool{}
	for range 200 {
		d, need := route.Decide(w)
		if need == nil {
			return d
		}
		what := fmt.Sprintf("%+v %v", *need, need.Place)
		if need.Place != nil {
			what = need.Place.String()
		}
		if asked[what] {
			t.Fatalf("needed twice: %s", what)
		}
		asked[what] = true
		p.answer(t, &w, *need)
	}
	t.Fatal("never ends")
	return route.Decision{}
}

func (p *table) world(t testing.TB) route.World {
	t.Helper()
	dir, problems := policy.ParseDirectory([]byte(p.directory))
	if len(problems) > 0 {
		t.Fatalf("directory: %v", problems)
	}
	return route.World{
		Directory: dir, Source: p.source, Parties: p.parties, Standing: p.standing, Skip: p.skip, Now: someday,
		Incident: p.incident, Appealed: p.appealed, Declarations: p.declared, SignIn: p.signIn,
		Files: map[string]route.RosterFile{}, Teams: map[string]route.TeamFacts{}, Rooms: map[string]coc.RoomFacts{}, Orgs: map[string]coc.OrgFacts{},
	}
}

func (p *table) answer(t testing.TB, w *route.World, need route.Need) {
	t.Helper()
	switch {
	case need.Place != nil:
		got := route.Place{Repo: need.Place.Repo, Path: need.Place.Path}
		text, state := p.read(need.Place.String())
		if got.State = state; state == route.StateFound {
			got.Pointer, got.Problems = policy.ParsePointer([]byte(text))
			if len(got.Problems) > 0 {
				got.State = route.StateInvalid
			}
		}
		w.Places = append(w.Places, got)
	case !need.File.IsZero():
		var got route.RosterFile
		text, state := p.read(need.File.String() + "/" + policy.CommitteePath)
		if got.State = state; state == route.StateFound {
			got.File, got.Problems = policy.ParseCommittee([]byte(text))
			if len(got.Problems) > 0 {
				got.State = route.StateInvalid
			}
		}
		w.Files[need.File.Key()] = got
	case !need.Team.IsZero():
		logins, ok := p.teams[route.TeamKey(need.Team)]
		got := route.TeamFacts{State: route.StateFound, Logins: logins}
		if !ok {
			got.State = route.StateMissing
		}
		w.Teams[route.TeamKey(need.Team)] = got
	case need.Org != "":
		w.Orgs[route.OrgKey(need.Org)] = p.orgs[route.OrgKey(need.Org)]
	default:
		room, ok := p.rooms[need.Room.Key()]
		if !ok {
			room.Problem = coc.ErrInaccessible
		}
		w.Rooms[need.Room.Key()] = room
	}
}

func (p *table) read(at string) (string, route.State) {
	if s, ok := p.states[at]; ok {
		return "", s
	}
	text, ok := p.files[at]
	if !ok {
		return "", route.StateMissing
	}
	return text, route.StateFound
}
