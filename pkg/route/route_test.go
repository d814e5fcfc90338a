package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

const directoryYAML = `version: 1
committees:
  foundation:
    name: Foundation Conduct Committee
    level: foundation
    incidents: foundation-conduct/cases
    contact: conduct@foundation.example
    escalate_to: host
    members: [{login: fay-foundation}, {login: fin-foundation}, {login: flo-foundation}]
    custodians: [odo-owner]
    minimum: {clear: 1, without_hard_conflict: 2}
  host:
    name: Host Organisation
    level: foundation
    contact: conduct@host.example
  governance:
    name: Governance Committee
    level: governance
    incidents: umbrella/conduct
    contact: gc@umbrella.example
    escalate_to: foundation
    members: [{login: gus-governance}, {login: gia-governance}]
  pinned:
    name: Pinned Committee
    level: project
    incidents: pinned-org/cases
    contact: team@pinned.example
    members: [{login: pia-pinned}]
projects:
  pinned-org/*: pinned
fallback: foundation
`

const pointerYAML = `version: 1
committee:
  name: Project Committee
  incidents: my-org/cases
  contact: conduct@my-org.example
  members: [kim-project, lee-project, mo-project]
`

var (
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	source = coc.RepoFacts{Repo: coc.Repo{Owner: "my-org", Name: "my-project"}, ID: 1, Visibility: "public"}
)

// facts is a world of which everything is known: what Decide does not ask for
// stays untold.
type facts struct {
	World
	places map[string]Place // by PlaceRef.String
	files  map[string]RosterFile
	teams  map[string]TeamFacts
	rooms  map[string]coc.RoomFacts
	orgs   map[string]coc.OrgFacts // by OrgKey; none may make a repository
	asked  []string
}

func directory(t testing.TB, yaml string) policy.Directory {
	t.Helper()
	d, problems := policy.ParseDirectory([]byte(yaml))
	if problems != nil {
		t.Fatal(problems)
	}
	return d
}

func pointer(t testing.TB, yaml string) policy.Pointer {
	t.Helper()
	p, problems := policy.ParsePointer([]byte(yaml))
	if problems != nil {
		t.Fatal(problems)
	}
	return p
}

func committeeFile(t testing.TB, yaml string) RosterFile {
	t.Helper()
	f, problems := policy.ParseCommittee([]byte(yaml))
	if problems != nil {
		t.Fatal(problems)
	}
	return RosterFile{State: StateFound, File: f}
}

// room is a private repository that these people read, without more rights.
func room(repo string, readers ...string) coc.RoomFacts {
	r, err := coc.ParseRepo(repo)
	if err != nil {
		panic(err)
	}
	out := coc.RoomFacts{RepoFacts: coc.RepoFacts{Repo: r, ID: 1000 + int64(len(repo)), Visibility: "private"}, HasIssues: true}
	for _, l := range readers {
		login, admin := strings.CutSuffix(l, "!")
		out.Readers = append(out.Readers, coc.Reader{Login: coc.Login(login), Admin: admin})
	}
	return out
}

// orgs is one organisation in which a repository may be made, whose members can
// read nothing that they were not let into.
func orgs(login string, owners []coc.Login, members ...coc.Login) map[string]coc.OrgFacts {
	return map[string]coc.OrgFacts{OrgKey(login): {Login: login, MayCreate: true, Owners: owners, Members: members, Base: "none"}}
}

func based(o coc.OrgFacts, base string) coc.OrgFacts {
	o.Base = base
	return o
}

// newFacts is a world in which everything is in order.
func newFacts(t testing.TB) *facts {
	return &facts{
		World:  World{Directory: directory(t, directoryYAML), Source: source, Now: noon},
		places: map[string]Place{"my-org/my-project/.github/coc.yaml": {State: StateFound, Pointer: pointer(t, pointerYAML)}},
		files:  map[string]RosterFile{},
		teams:  map[string]TeamFacts{},
		rooms: map[string]coc.RoomFacts{
			"my-org/cases":             room("my-org/cases", "kim-project", "lee-project", "mo-project"),
			"foundation-conduct/cases": room("foundation-conduct/cases", "fay-foundation", "fin-foundation", "flo-foundation", "odo-owner!"),
			"umbrella/conduct":         room("umbrella/conduct", "gus-governance", "gia-governance"),
			"pinned-org/cases":         room("pinned-org/cases", "pia-pinned"),
		},
	}
}

// answer tells one fact. What the facts do not hold is missing, or cannot be
// seen.
func (f *facts) answer(t testing.TB, w *World, n Need) {
	t.Helper()
	set := 0
	var what string
	if n.Place != nil {
		set++
		what = "place " + n.Place.String()
		p, ok := f.places[n.Place.String()]
		if !ok {
			p.State = StateMissing
		}
		p.Repo, p.Path = n.Place.Repo, n.Place.Path
		w.Places = append(w.Places, p)
	}
	if !n.File.IsZero() {
		set++
		what = "file " + n.File.Key()
		file, ok := f.files[n.File.Key()]
		if !ok {
			file.State = StateMissing
		}
		w.Files[n.File.Key()] = file
	}
	if !n.Team.IsZero() {
		set++
		what = "team " + TeamKey(n.Team)
		team, ok := f.teams[TeamKey(n.Team)]
		if !ok {
			team.State = StateMissing
		}
		w.Teams[TeamKey(n.Team)] = team
	}
	if !n.Room.IsZero() {
		set++
		what = "room " + n.Room.Key()
		room, ok := f.rooms[n.Room.Key()]
		if !ok {
			room.Problem = fmt.Errorf("look: %w", coc.ErrInaccessible)
		}
		w.Rooms[n.Room.Key()] = room
	}
	if n.Org != "" {
		set++
		what = "org " + OrgKey(n.Org)
		w.Orgs[OrgKey(n.Org)] = f.orgs[OrgKey(n.Org)]
	}
	if set != 1 {
		t.Fatalf("%d things are asked for at once: %+v", set, n)
	}
	if slices.Contains(f.asked, what) {
		t.Fatalf("%s is asked for twice", what)
	}
	f.asked = append(f.asked, what)
}

func (f *facts) decide(t testing.TB) Decision {
	t.Helper()
	w := f.start()
	for {
		d, need := Decide(w)
		if need == nil {
			checkReasons(t, append(reasonsOf(d), d.Pointed.Trace...))
			return d
		}
		f.answer(t, &w, *need)
	}
}

// checkReasons: every reason is in the table, and has nothing that is not there.
func checkReasons(t testing.TB, reasons []coc.Reason) {
	t.Helper()
	for _, r := range reasons {
		rule, known := RuleNamed(r.Rule)
		if !known || r.Row != rule.Row && r.Row != "" || r.Detail != "" && !strings.Contains(rule.Clause, "{detail}") {
			t.Fatalf("%+v is not as the table has it", r)
		}
	}
}

func (f *facts) point(t testing.TB) Pointed {
	t.Helper()
	w := f.start()
	for {
		p, need := Point(w)
		if need == nil {
			return p
		}
		f.answer(t, &w, *need)
	}
}

func (f *facts) start() World {
	f.asked = nil
	w := f.World
	w.Places, w.Files, w.Teams, w.Rooms = nil, map[string]RosterFile{}, map[string]TeamFacts{}, map[string]coc.RoomFacts{}
	w.Orgs = map[string]coc.OrgFacts{}
	return w
}

func (f *facts) edit(repo string, change func(*coc.RoomFacts)) {
	r := f.rooms[repo]
	change(&r)
	f.rooms[repo] = r
}

func steps(trace []coc.Reason) string {
	var keys []string
	for _, r := range trace {
		if r.Rule != "lookup/missing" {
			keys = append(keys, r.Rule)
		}
	}
	return strings.Join(keys, " ")
}

func parties(role coc.Role, logins ...coc.Login) []coc.Party {
	var out []coc.Party
	for _, l := range logins {
		out = append(out, coc.Party{Login: l, Role: role})
	}
	return out
}

const (
	project    = "my-org/cases"
	foundation = "foundation"
	sealed     = ""
)

func TestDecide(t *testing.T) {
	t.Parallel()
	own := ".github/coc.yaml"
	at := func(f *facts, path string, p Place) { f.places["my-org/"+path] = p }
	declared := func(t testing.TB, change ...string) Place {
		return Place{State: StateFound, Pointer: pointer(t, strings.NewReplacer(change...).Replace(pointerYAML))}
	}
	fromProject := func(rules string) string { return "lookup/found " + rules + " chain/fallback taken" }
	for name, tc := range map[string]struct {
		world    func(t testing.TB, f *facts)
		taker    string // key; "" is sealed
		steps    string // the trace without what is merely missing
		alarms   string
		fallback bool
	}{
		// Files that do not count.
		"an invalid file never loses a report": {
			func(_ testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateInvalid, Problems: policy.Problems{{Line: 3, Column: 5}}})
			}, foundation, "lookup/invalid lookup/none chain/fallback taken", "lookup/invalid", true},
		"found with problems is invalid": {
			func(t testing.TB, f *facts) {
				p := declared(t)
				p.Problems = policy.Problems{{Message: "too deep"}}
				at(f, "my-project/"+own, p)
			}, foundation, "lookup/invalid lookup/none chain/fallback taken", "lookup/invalid", true},
		"a zero pointer is invalid": {
			func(_ testing.TB, f *facts) { at(f, "my-project/"+own, Place{State: StateFound}) },
			foundation, "lookup/invalid lookup/none chain/fallback taken", "lookup/invalid", true},
		"a state that is none counts as unreadable": {
			func(_ testing.TB, f *facts) { at(f, "my-project/"+own, Place{}) },
			foundation, "lookup/unreadable lookup/none chain/fallback taken", "lookup/unreadable", true},
		"a directory in place of the file": {
			func(_ testing.TB, f *facts) { at(f, "my-project/"+own, Place{State: StateNotAFile}) },
			foundation, "lookup/not-a-file lookup/none chain/fallback taken", "lookup/not-a-file", true},
		"ten megabytes": {
			func(_ testing.TB, f *facts) { at(f, "my-project/"+own, Place{State: StateTooLarge}) },
			foundation, "lookup/too-large lookup/none chain/fallback taken", "lookup/too-large", true},
		"a file behind a permission": {
			func(_ testing.TB, f *facts) { at(f, "my-project/"+own, Place{State: StateDenied}) },
			foundation, "lookup/denied lookup/none chain/fallback taken", "lookup/denied", true},
		"a source that cannot be seen any more": {
			func(_ testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateInaccessible})
				at(f, "my-project/coc.yaml", Place{State: StateInaccessible})
			}, foundation, "lookup/inaccessible lookup/inaccessible lookup/none chain/fallback taken", "lookup/inaccessible lookup/inaccessible", true},
		"an owner without a .github repository is no cause for alarm": {
			func(_ testing.TB, f *facts) {
				f.places = map[string]Place{"my-org/.github/.github/coc.yaml": {State: StateInaccessible}, "my-org/.github/coc.yaml": {State: StateInaccessible}}
			}, foundation, "lookup/none chain/fallback taken", "", true},
		"cases in the source itself": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "my-org/cases", "My-Org/My-Project"))
			}, foundation, "lookup/refused-source lookup/none chain/fallback taken", "lookup/refused-source", true},
		"another owner's committee that says nothing about us": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "my-org/cases", "other-org/cases"))
				f.files["other-org/cases"] = committeeFile(t, "version: 1\naccepts: [else/*]\nmembers: [{login: ola-other}]\n")
				f.rooms["other-org/cases"] = room("other-org/cases", "ola-other")
			}, foundation, "lookup/refused-owner lookup/none chain/fallback taken", "lookup/refused-owner", true},
		"another owner's repository without a file": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "my-org/cases", "other-org/cases"))
				f.rooms["other-org/cases"] = room("other-org/cases", "kim-project", "lee-project", "mo-project")
			}, foundation, "lookup/refused-owner lookup/none chain/fallback taken", "lookup/refused-owner", true},
		"another owner's committee that accepts us": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "my-org/cases", "other-org/cases"))
				f.files["other-org/cases"] = committeeFile(t, "version: 1\naccepts: [My-Org/*]\nmembers: [{login: ola-other}]\n")
				f.rooms["other-org/cases"] = room("other-org/cases", "ola-other")
			}, "other-org/cases", "lookup/found taken", "", false},
		"a fork's copied file": {
			func(_ testing.TB, f *facts) { f.Source.Fork = true },
			foundation, "lookup/fork lookup/none chain/fallback taken", "", true},
		"a fork's copied file that names a committee of the directory": {
			func(t testing.TB, f *facts) {
				f.Source.Fork = true
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")})
			}, foundation, "lookup/fork lookup/none chain/fallback taken", "", true},
		"a fork that the committee accepts": {
			func(t testing.TB, f *facts) {
				f.Source.Fork = true
				f.files[project] = committeeFile(t, "version: 1\naccepts: [my-org/my-project]\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
			}, project, "lookup/found taken", "", false},
		"a fork under an owner whose .github points": {
			func(t testing.TB, f *facts) {
				f.Source.Fork = true
				at(f, ".github/"+own, declared(t))
			}, project, "lookup/fork lookup/found taken", "", false},
		"a committee that the directory does not have": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: nobody\n")})
			}, foundation, "lookup/unknown-committee lookup/none chain/fallback taken", "lookup/unknown-committee", true},
		"a source that is not known to us": {
			func(_ testing.TB, f *facts) { f.Source.ID = 0 },
			foundation, "lookup/unknown-source lookup/none chain/fallback taken", "", true},
		"an unknown source that the directory pins": {
			func(_ testing.TB, f *facts) {
				f.Source = coc.RepoFacts{Repo: coc.Repo{Owner: "Pinned-Org", Name: "thing"}}
			}, "pinned", "lookup/unknown-source lookup/directory taken", "", false},
		"no source at all": {
			func(_ testing.TB, f *facts) { f.Source = coc.RepoFacts{} },
			foundation, "projects/none taken", "", false},

		// Files that count.
		"the second place": {
			func(t testing.TB, f *facts) {
				f.places = map[string]Place{"my-org/my-project/coc.yaml": declared(t)}
			}, project, "lookup/found taken", "", false},
		"the owner's .github": {
			func(t testing.TB, f *facts) {
				f.places = map[string]Place{"my-org/.github/coc.yaml": declared(t)}
			}, project, "lookup/found taken", "", false},
		"a broken file in front of the owner's .github": {
			func(t testing.TB, f *facts) {
				f.places = map[string]Place{"my-org/my-project/coc.yaml": {State: StateInvalid}, "my-org/.github/coc.yaml": declared(t)}
			}, project, "lookup/invalid lookup/found taken", "lookup/invalid", false},
		"a named committee": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: Governance\n")})
			}, "governance", "lookup/found taken", "", false},
		"the directory pins the source": {
			func(_ testing.TB, f *facts) {
				f.Source = coc.RepoFacts{Repo: coc.Repo{Owner: "pinned-org", Name: "thing"}, ID: 5}
			}, "pinned", "lookup/directory taken", "", false},

		// Committees that cannot be used.
		"a committee's broken file hides its protections": {
			func(_ testing.TB, f *facts) {
				f.files[project] = RosterFile{State: StateInvalid, Problems: policy.Problems{{Line: 2}}}
			}, foundation, fromProject("committee/file-invalid"), "committee/file-invalid", true},
		"a committee's file that cannot be read for now": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateUnreadable} },
			foundation, fromProject("committee/file-unreadable"), "committee/file-unreadable", true},
		"a committee's file that is too large": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateTooLarge} },
			foundation, fromProject("committee/file-invalid"), "committee/file-invalid", true},
		"an incident repository without the rooms App": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateInaccessible} },
			foundation, fromProject("room/inaccessible"), "room/inaccessible", true},
		"an incident repository without permission": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateDenied} },
			foundation, fromProject("room/denied"), "room/denied", true},
		"neither members nor a file": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "  members: [kim-project, lee-project, mo-project]\n", ""))
			}, foundation, fromProject("committee/no-responders"), "", true},
		"a team of nobody": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "members: [kim-project, lee-project, mo-project]", "team: my-org/conduct"))
				f.teams["my-org/conduct"] = TeamFacts{State: StateFound}
			}, foundation, fromProject("committee/no-responders"), "", true},
		"a team that is not there": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "members: [kim-project, lee-project, mo-project]", "team: my-org/conduct"))
			}, foundation, fromProject("committee/no-responders"), "", true},
		"a team that cannot be read": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "members: [kim-project, lee-project, mo-project]", "team: my-org/conduct"))
				f.teams["my-org/conduct"] = TeamFacts{State: StateDenied, Logins: []coc.Login{"kim-project"}}
			}, foundation, fromProject("committee/team-unreadable"), "committee/team-unreadable", true},
		"a team of another organisation": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nteam: other-org/conduct\n")
			}, foundation, fromProject("committee/team-elsewhere"), "committee/team-elsewhere", true},
		"a team": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "members: [kim-project, lee-project, mo-project]", "team: my-org/conduct"))
				f.teams["my-org/conduct"] = TeamFacts{State: StateFound, Logins: []coc.Login{"kim-project", "lee-project", "mo-project"}}
			}, project, "lookup/found taken", "", false},
		"a roster of liaisons": {
			func(_ testing.TB, f *facts) {
				// A parser refuses this; a team or an older store may hold it.
				f.files[project] = RosterFile{State: StateFound, File: policy.CommitteeFile{
					Committee: coc.Committee{Members: []coc.Member{{Login: "kim-project", Role: coc.MemberLiaison}}}}}
				f.rooms[project] = room(project, "kim-project")
			}, foundation, fromProject("committee/no-responders"), "", true},
		"a committee that can only be written to": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: host\n")})
			}, foundation, fromProject("committee/contact-only"), "", true},

		// Rooms.
		"a public incident repository": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Visibility = "public" }) },
			foundation, fromProject("room/public"), "room/public", true},
		"an internal one": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Visibility = "internal" }) },
			foundation, fromProject("room/internal"), "room/internal", true},
		"one whose visibility is not known": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Visibility = "" }) },
			foundation, fromProject("room/unreadable"), "room/unreadable", true},
		"an archived one": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Archived = true }) },
			foundation, fromProject("room/archived"), "room/archived", true},
		"one without issues": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.HasIssues = false }) },
			foundation, fromProject("room/no-issues"), "room/no-issues", true},
		"a look that GitHub could not answer": {
			func(_ testing.TB, f *facts) {
				f.edit(project, func(r *coc.RoomFacts) { r.Problem = fmt.Errorf("look: %w", coc.Later{Cause: "502"}) })
			}, foundation, fromProject("room/unreadable"), "room/unreadable", true},
		"a look that was not allowed": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Problem = coc.ErrDenied }) },
			foundation, fromProject("room/denied"), "room/denied", true},
		"a room that is the renamed source": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.ID = source.ID }) },
			foundation, fromProject("room/is-source"), "room/is-source", true},
		"a room that was renamed": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Repo.Name = "conduct" }) },
			project, "lookup/found taken", "", false},
		"a room that was transferred": {
			func(_ testing.TB, f *facts) { f.edit(project, func(r *coc.RoomFacts) { r.Repo.Owner = "other-org" }) },
			foundation, fromProject("room/transferred"), "room/transferred", true},
		"a report about the foundation's own incident repository": {
			func(_ testing.TB, f *facts) {
				f.Source = coc.RepoFacts{Repo: coc.Repo{Owner: "foundation-conduct", Name: "cases"}, ID: 9}
			}, sealed, "lookup/none chain/fallback room/is-source committee/contact-only sealed", "room/is-source sealed", false},
		"a stranger reads": {
			func(_ testing.TB, f *facts) { f.rooms[project] = room(project, "kim-project", "zoe-stranger") },
			foundation, fromProject("room/stranger-reads separate/not-possible"), "room/stranger-reads", true},
		"an owner whom the committee does not list": {
			func(_ testing.TB, f *facts) { f.rooms[project] = room(project, "kim-project", "zoe-owner!") },
			foundation, fromProject("room/stranger-reads separate/not-possible"), "room/stranger-reads", true},
		"nobody on the committee can read": {
			func(_ testing.TB, f *facts) { f.rooms[project] = room(project) },
			foundation, fromProject("room/nobody-reads"), "room/nobody-reads", true},
		"the accused reads, and is one of three": {
			func(_ testing.TB, f *facts) { f.Parties = parties(coc.RoleAccused, "KIM-project") },
			foundation, fromProject("room/conflicted-reads separate/not-possible"), "", true},
		"the accused is one of three and cannot read": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.rooms[project] = room(project, "lee-project", "mo-project")
			}, project, "lookup/found taken", "", false},
		"the accused is one of three, and a repository can be made": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
			}, project, "lookup/found room/conflicted-reads separate/taken", "", false},
		"a stranger reads, and a repository can be made": {
			func(_ testing.TB, f *facts) {
				f.rooms[project] = room(project, "kim-project", "zoe-stranger")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project", "zoe-stranger")
			}, project, "lookup/found room/stranger-reads separate/taken", "room/stranger-reads", false},
		"the accused owns the organisation": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", []coc.Login{"kim-project"}, "lee-project", "mo-project")
			}, foundation, fromProject("room/conflicted-reads separate/conflicted-reads"), "", true},
		"the accused reads whatever the organisation has": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
				f.orgs["my-org"] = based(f.orgs["my-org"], "read")
			}, foundation, fromProject("room/conflicted-reads separate/conflicted-reads"), "", true},
		"what the organisation's members may read is not known": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
				f.orgs["my-org"] = based(f.orgs["my-org"], "")
			}, foundation, fromProject("room/conflicted-reads separate/conflicted-reads"), "", true},
		"a stranger owns the organisation": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", []coc.Login{"zoe-owner"}, "lee-project", "mo-project")
			}, foundation, fromProject("room/conflicted-reads separate/stranger-reads"), "separate/stranger-reads", true},
		"an owner whom the committee lists as a custodian": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\ncustodians: [zoe-owner]\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", []coc.Login{"zoe-owner"}, "lee-project", "mo-project")
			}, project, "lookup/found room/conflicted-reads separate/taken", "", false},
		"most would only be invited": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project")
			}, foundation, fromProject("room/conflicted-reads separate/too-few"), "separate/too-few", true},
		"the committee wants no separate repositories": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nseparate: never\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
			}, foundation, fromProject("room/conflicted-reads"), "", true},
		"a public room is no reason to make another": {
			func(_ testing.TB, f *facts) {
				f.edit(project, func(r *coc.RoomFacts) { r.Visibility = "public" })
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
			}, foundation, fromProject("room/public"), "room/public", true},
		"who owns the organisation cannot be read": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "KIM-project")
				f.orgs = orgs("my-org", nil, "kim-project", "lee-project", "mo-project")
				o := f.orgs["my-org"]
				o.Problem = coc.ErrDenied
				f.orgs["my-org"] = o
			}, foundation, fromProject("room/conflicted-reads separate/not-possible"), "", true},
		"the accused is a custodian": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\ncustodians: [odo-owner]\nmembers: [{login: kim-project}]\n")
				f.rooms[project] = room(project, "kim-project", "odo-owner!")
				f.Parties = parties(coc.RoleUnset, "odo-owner")
			}, sealed, "lookup/found room/conflicted-reads separate/not-possible chain/fallback room/conflicted-reads separate/not-possible committee/contact-only sealed", "sealed", false},

		// Conflicts.
		"two of three: row 7": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleHarmed, "kim-project", "lee-project")
				f.rooms[project] = room(project, "mo-project")
			}, foundation, fromProject("committee/majority-conflicted"), "", true},
		"a stated minimum is not met": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nminimum: {without_hard_conflict: 3}\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
				f.Parties = parties(coc.RoleHarmed, "kim-project")
				f.rooms[project] = room(project, "mo-project", "lee-project")
			}, foundation, fromProject("committee/below-minimum"), "", true},
		"everybody everywhere is conflicted: row 9": {
			func(_ testing.TB, f *facts) {
				f.Parties = parties(coc.RoleAccused, "kim-project", "lee-project", "fay-foundation", "fin-foundation")
			}, sealed, "lookup/found committee/majority-conflicted chain/fallback committee/below-minimum committee/contact-only sealed", "sealed", false},

		// The way up.
		"the coc.yaml says who comes next": {
			func(t testing.TB, f *facts) {
				p := Place{State: StateFound, Pointer: pointer(t, pointerYAML+"escalate_to: governance\n")}
				at(f, "my-project/"+own, p)
				f.rooms[project] = room(project, "zoe-stranger")
			}, "governance", "lookup/found room/stranger-reads separate/not-possible taken", "room/stranger-reads", true},
		"the committee's own file wins": {
			func(t testing.TB, f *facts) {
				p := Place{State: StateFound, Pointer: pointer(t, pointerYAML+"escalate_to: governance\n")}
				at(f, "my-project/"+own, p)
				f.files[project] = committeeFile(t, "version: 1\nescalate_to: pinned\nmembers: [{login: kim-project}]\n")
				f.rooms[project] = room(project, "zoe-stranger")
			}, "pinned", "lookup/found room/stranger-reads separate/not-possible taken", "room/stranger-reads", true},
		"a committee's file names itself": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")})
				f.files["umbrella/conduct"] = committeeFile(t, "version: 1\nescalate_to: governance\nmembers: [{login: gus-governance}]\n")
				f.rooms["umbrella/conduct"] = room("umbrella/conduct")
			}, foundation, "lookup/found room/nobody-reads chain/self chain/fallback taken", "room/nobody-reads chain/self", true},
		"files that make a loop": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")})
				f.files["umbrella/conduct"] = committeeFile(t, "version: 1\nescalate_to: pinned\nmembers: [{login: gil-governor}]\n")
				f.files["pinned-org/cases"] = committeeFile(t, "version: 1\nescalate_to: governance\nmembers: [{login: pia-pinned}]\n")
				f.rooms["umbrella/conduct"], f.rooms["pinned-org/cases"] = room("umbrella/conduct"), room("pinned-org/cases")
			}, foundation, "lookup/found room/nobody-reads room/nobody-reads chain/loop chain/fallback taken", "room/nobody-reads room/nobody-reads chain/loop", true},
		"a project that would send a committee of the directory elsewhere": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\nescalate_to: pinned\n")})
				f.rooms["umbrella/conduct"] = room("umbrella/conduct")
			}, foundation, "lookup/found room/nobody-reads taken", "room/nobody-reads", true},
		"a parent that the directory does not have": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nescalate_to: nobody\nmembers: [{login: kim-project}]\n")
				f.rooms[project] = room(project)
			}, foundation, "lookup/found room/nobody-reads chain/unknown chain/fallback taken", "room/nobody-reads chain/unknown", true},
		"a coc.yaml that declares the foundation's own room is not asked twice": {
			func(t testing.TB, f *facts) {
				at(f, "my-project/"+own, declared(t, "my-org/cases", "foundation-conduct/cases"))
				f.files["foundation-conduct/cases"] = committeeFile(t, "version: 1\naccepts: [my-org/*]\nmembers: [{login: fay-foundation}]\n")
				f.rooms["foundation-conduct/cases"] = room("foundation-conduct/cases")
			}, sealed, "lookup/found room/nobody-reads sealed", "room/nobody-reads sealed", false},
		"no directory at all": {
			func(_ testing.TB, f *facts) { f.Directory = policy.Directory{}; f.places = nil },
			sealed, "lookup/none chain/no-fallback sealed", "chain/no-fallback sealed", false},
		"no directory, but a committee of its own": {
			func(_ testing.TB, f *facts) { f.Directory = policy.Directory{} },
			project, "lookup/found taken", "", false},

		"everything in order": {func(testing.TB, *facts) {}, project, "lookup/found taken", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			tc.world(t, f)
			d := f.decide(t)
			if d.Committee.Key != tc.taker || d.Sealed != (tc.taker == sealed) {
				t.Errorf("taken by %q, sealed %v; want %q", d.Committee.Key, d.Sealed, tc.taker)
			}
			// An owner that has two places less to ask is traced the same.
			if got := steps(d.Trace); got != tc.steps {
				t.Errorf("trace:\n got %s\nwant %s", got, tc.steps)
			}
			if got := steps(d.Alarms); got != tc.alarms {
				t.Errorf("alarms: %s, want %s", got, tc.alarms)
			}
			if got := slices.Contains(d.Flags, coc.FlagFallback); got != tc.fallback {
				t.Errorf("flag fallback %v, want %v", got, tc.fallback)
			}
			if !d.Sealed && (len(d.Asked) == 0 || d.Asked[len(d.Asked)-1].Key != tc.taker) {
				t.Errorf("the taker is not the last that was asked: %v", d.Asked)
			}
			if !d.Sealed && (len(d.Chain) == 0 || d.Chain[0].Key != tc.taker) {
				t.Errorf("the chain does not begin with the taker: %v", d.Chain)
			}
		})
	}
}

func TestOpeningAsksForNothingThatDoesNotMatter(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.decide(t)
	want := []string{"place my-org/my-project/.github/coc.yaml", "file my-org/cases", "room my-org/cases"}
	if !slices.Equal(f.asked, want) {
		t.Errorf("asked for %v", f.asked)
	}
}

func TestPointLooksAtNoRoomAndNoParty(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	quiet := f.point(t)
	for _, asked := range f.asked {
		if strings.HasPrefix(asked, "room ") {
			t.Errorf("asked for %s", asked)
		}
	}
	f.Parties = parties(coc.RoleAccused, "kim-project", "lee-project", "mo-project")
	f.rooms = nil
	if diff := cmp.Diff(quiet, f.point(t), cmpopts.IgnoreUnexported(policy.Pointer{})); diff != "" {
		t.Errorf("what is pointed to depends on parties or rooms:\n%s", diff)
	}
	if len(quiet.Chain) != 3 || quiet.Chain[0].Name != "Project Committee" || len(quiet.Chain[0].Members) != 3 || quiet.Chain[1].Key != foundation || quiet.Fallback {
		t.Errorf("chain %v", quiet.Chain)
	}
}

func TestSettingsAreThoseOfTheFileThatCounts(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places["my-org/my-project/.github/coc.yaml"] = Place{State: StateFound,
		Pointer: pointer(t, pointerYAML+"public_command: capture\noriginal: lock\nreport_label: conduct\n")}
	if s := f.point(t).Settings; s.PublicCommand != policy.CommandCapture || s.Original != policy.OriginalLock || s.ReportLabel != "conduct" {
		t.Errorf("settings %+v", s)
	}
	f.Source.Fork = true // then the file does not count, nor what it says of public commands
	if s := f.point(t).Settings; s.PublicCommand != policy.CommandLink || s.Original != policy.OriginalKeep || s.ReportLabel != policy.DefaultReportLabel {
		t.Errorf("a fork's settings %+v", s)
	}
}

func TestSettingsOfASilentFileAreWhatItSaidLast(t *testing.T) {
	t.Parallel()
	const own, shared = "my-org/my-project/.github/coc.yaml", "my-org/.github/coc.yaml"
	said := coc.Settings{PublicCommand: "capture", Original: "lock", ReportLabel: "conduct"}
	for _, c := range []struct {
		name      string
		silent    string
		state     State
		known     func(f *facts)
		label     string
		unsettled string
	}{
		{"broken, known", own, StateInvalid, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"too large, known", own, StateTooLarge, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"a directory, known", own, StateNotAFile, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"unreadable, known", own, StateUnreadable, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"hidden, known", own, StateInaccessible, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"denied, known", own, StateDenied, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, "conduct", ""},
		{"the owner's, known", shared, StateInvalid, func(f *facts) { f.Community = &coc.Standing{Settings: said} }, "conduct", ""},
		{"broken, never known", own, StateInvalid, func(*facts) {}, policy.DefaultReportLabel, "lookup/invalid"},
		{"broken, the owner's known", own, StateInvalid, func(f *facts) { f.Community = &coc.Standing{Settings: said} }, policy.DefaultReportLabel, "lookup/invalid"},
		{"gone", own, StateMissing, func(f *facts) { f.Standing = &coc.Standing{Settings: said} }, policy.DefaultReportLabel, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			delete(f.places, own)
			f.places[c.silent] = Place{State: c.state}
			c.known(f)
			p := f.point(t)
			unsettled := ""
			if p.Unsettled != nil {
				unsettled = p.Unsettled.Rule
			}
			if p.Settings.ReportLabel != c.label || unsettled != c.unsettled {
				t.Errorf("label %q, unsettled %q", p.Settings.ReportLabel, unsettled)
			}
			if s := p.Said(f.Source.Repo); s != (coc.Settings{}) {
				t.Errorf("a file that is silent says %+v", s)
			}
		})
	}
}

// That the committee of another owner cannot be heard is no reason to lose what
// somebody comments: only who gets it is not known.
func TestSettingsOfAFileWhoseCommitteeIsNotHeardAreItsOwn(t *testing.T) {
	t.Parallel()
	const own = "my-org/my-project/.github/coc.yaml"
	text := strings.Replace(pointerYAML, "my-org/cases", "other-org/cases", 1) + "public_command: capture\nreport_label: conduct\n"
	for name, c := range map[string]struct {
		state State
		last  *coc.Standing
		label string
	}{
		"hidden":                           {StateInaccessible, nil, "conduct"},
		"hidden, and it said other things": {StateInaccessible, &coc.Standing{Settings: coc.Settings{PublicCommand: "off", ReportLabel: "before"}}, "conduct"},
		"broken":                           {StateInvalid, nil, "conduct"},
		"heard, and it accepts nobody":     {StateMissing, nil, policy.DefaultReportLabel},
	} {
		f := newFacts(t)
		f.places[own] = Place{State: StateFound, Pointer: pointer(t, text)}
		f.files["other-org/cases"] = RosterFile{State: c.state}
		f.Standing = c.last
		p := f.point(t)
		if captures := p.Settings.PublicCommand == policy.CommandCapture; p.Settings.ReportLabel != c.label || captures != (c.label == "conduct") || p.Unsettled != nil {
			t.Errorf("%s: %+v, unsettled %+v", name, p.Settings, p.Unsettled)
		}
		if said := p.Said(f.Source.Repo); said != (coc.Settings{}) || p.Found != nil {
			t.Errorf("%s: it counts, and says %+v", name, said)
		}
	}
}

func TestPinnedChainIsNotLookedUpAgain(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	first := f.decide(t)
	// Meanwhile somebody points the file elsewhere, and the room is opened up.
	f.places["my-org/my-project/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: pinned\n")}
	f.Chain = first.Chain
	f.Skip = map[string]bool{project: true}
	d := f.decide(t)
	if d.Committee.Key != foundation || steps(d.Trace) != "committee/had-it taken" {
		t.Errorf("taken by %q: %s", d.Committee.Key, steps(d.Trace))
	}
	if slices.ContainsFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "place ") }) {
		t.Errorf("asked for %v", f.asked)
	}
	f.Chain, f.Skip = d.Chain, map[string]bool{project: true, foundation: true}
	top := f.decide(t)
	if !top.Sealed || top.Contact != "conduct@host.example" {
		t.Errorf("above the foundation: sealed %v, contact %q", top.Sealed, top.Contact)
	}
	f.Chain, f.Skip, f.rooms = append(first.Chain, first.Chain...), nil, nil
	if d := f.decide(t); steps(d.Trace) != "room/inaccessible room/inaccessible committee/contact-only sealed" {
		t.Errorf("a chain that names everybody twice: %s", steps(d.Trace))
	}
	f.Chain = []coc.Committee{}
	if d := f.decide(t); !d.Sealed || len(d.Trace) == 0 {
		t.Errorf("an empty chain: %+v", d)
	}
}

func TestSealedCaseNamesTheNearestContact(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.rooms = nil
	if d := f.decide(t); d.Contact != "conduct@host.example" {
		t.Errorf("contact %q, want the committee that has only one", d.Contact)
	}
	f.Directory = directory(t, strings.Replace(directoryYAML, "    escalate_to: host\n", "", 1))
	if d := f.decide(t); d.Contact != "conduct@foundation.example" {
		t.Errorf("contact %q, want the highest", d.Contact)
	}
}

func TestLevelGivesTheEscalationLabel(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	if d := f.decide(t); d.Escalation != "escalation/project" || d.Trace[len(d.Trace)-1].Row != "8" {
		t.Errorf("project: %q, row %q", d.Escalation, d.Trace[len(d.Trace)-1].Row)
	}
	f.places = nil
	if d := f.decide(t); d.Escalation != "escalation/foundation" || d.Trace[len(d.Trace)-1].Row != "" {
		t.Errorf("foundation: %q, row %q", d.Escalation, d.Trace[len(d.Trace)-1].Row)
	}
}

func TestSourceThatIsTheOwnersCommunityRepositoryHasTwoPlaces(t *testing.T) {
	t.Parallel()
	got := Places(coc.RepoFacts{Repo: coc.Repo{Owner: "My-Org", Name: ".github"}})
	if len(got) != 2 || got[0].String() != "My-Org/.github/.github/coc.yaml" || got[1].String() != "My-Org/.github/coc.yaml" {
		t.Errorf("got %v", got)
	}
	if got := Places(source); len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

func TestZeroDecisionAndZeroRoomLetNobodyIn(t *testing.T) {
	t.Parallel()
	if d := (Decision{}); len(d.Responders) != 0 || d.Room.Writable() {
		t.Error("the zero decision opens something")
	}
	if got := CheckRoom(coc.RoomFacts{}, coc.Committee{}, conflict.Screening{}, nil, coc.RepoFacts{}); len(got) == 0 {
		t.Error("the zero room may be written to")
	}
}

func TestCheckRoomTellsStrangersAndConflictedReadersApart(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Name: "Project Committee", Incidents: coc.Repo{Owner: "my-org", Name: "cases"}}
	r := room("my-org/cases", "kim-project", "zoe-stranger", "lee-project")
	got := CheckRoom(r, c, pinned("kim-project", "lee-project"), parties(coc.RoleUnset, "lee-project"), source)
	if steps(got) != "room/stranger-reads room/conflicted-reads" || got[0].Detail != "1" {
		t.Errorf("got %v", got)
	}
	if got := CheckRoom(r, c, pinned("kim-project", "lee-project", "zoe-stranger"), nil, source); got != nil {
		t.Errorf("a room in order: %v", got)
	}
	s := pinned("kim-project", "zoe-stranger")
	s.Recused = []conflict.Finding{{Login: "Lee-Project", Why: conflict.WhyDeclared}}
	if got := CheckRoom(r, c, s, nil, source); steps(got) != "room/conflicted-reads" {
		t.Errorf("one who recused themself reads: %v", got)
	}
}

// pinned are the responders of a case that was placed.
func pinned(responders ...coc.Login) conflict.Screening {
	return conflict.Screening{Responders: responders}
}

func TestRulesAreOneTableWithoutHoles(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Key] {
			t.Errorf("%s is there twice", r.Key)
		}
		seen[r.Key] = true
		if r.Clause == "" || strings.HasSuffix(r.Clause, ".") {
			t.Errorf("%s: clause %q", r.Key, r.Clause)
		}
		rest := strings.NewReplacer("{committee}", "", "{place}", "", "{detail}", "").Replace(r.Clause)
		if strings.ContainsAny(rest, "{}") {
			t.Errorf("%s: an unknown placeholder in %q", r.Key, r.Clause)
		}
		if r.Alarm && (strings.Contains(r.Key, "conflicted") || strings.Contains(r.Key, "minimum")) {
			t.Errorf("%s would tell operators about parties", r.Key)
		}
		if (strings.HasPrefix(r.Key, "room/") || strings.Contains(r.Key, "conflicted")) && !r.Private {
			t.Errorf("%s would be said in public", r.Key)
		}
	}
}
