package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const eventsYAML = `
  desk:
    name: Event Desk
    level: events
    contact: desk@host.example
  side:
    name: Side Project
    level: project
    incidents: side-org/cases
    contact: side@side.example
    members: [sid-side, sol-side]
  mail:
    level: project
    contact: mail@mail.example
  second:
    name: Second Foundation
    level: foundation
    incidents: second-org/cases
    contact: conduct@second.example
    members: [sven-second, sara-second]
events:
  - {name: Big Days Spring, aliases: [Big Days], from: 2026-03-01, to: 2026-03-03, producer: The Host}
  - {name: Big Days Autumn, aliases: [Big Days], from: 2026-09-01, to: 2026-09-03, producer: The Host}
  - {name: Claimed Days, producer: The Host}
  - {name: Claimed Days, producer: Somebody, committee: side}
  - {name: Small Days, producer: Somebody}
  - {name: Desk Days, producer: Somebody, committee: desk}
  - {name: Mail Days, producer: Somebody, committee: mail}
jurisdiction: {event_desks: [{producer: The Host, committee: desk}]}
`

// withEvents is a world in order whose directory knows events and one more
// project.
func withEvents(t testing.TB) *facts {
	f := newFacts(t)
	f.Directory = directory(t, strings.Replace(directoryYAML, "projects:\n", strings.TrimPrefix(eventsYAML, "\n")+"projects:\n", 1))
	f.rooms["side-org/cases"] = room("side-org/cases", "sid-side", "sol-side")
	return f
}

func TestAwkwardIncidents(t *testing.T) {
	t.Parallel()
	elsewhere := func(owner, name string, id int64) coc.RepoFacts {
		return coc.RepoFacts{Repo: coc.Repo{Owner: owner, Name: name}, ID: id}
	}
	for name, tc := range map[string]struct {
		change func(f *facts)
		taker  string
		rules  string // those of the table that spoke, in order
		joint  string
		told   string
	}{
		"an event of somebody else inside of a project and of another community": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true, Projects: []string{"side", "nobody-knows"}}
			},
			"Foundation Conduct Committee", "event/others taken", "", ""},
		"an event of somebody else inside of a project": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true, Projects: []string{"side"}}
			},
			"Side Project", "event/inside taken", "", "tell/central Foundation Conduct Committee"},
		"an event inside of the one project of two repositories": {
			func(f *facts) {
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true, Projects: []string{"side"}, Repos: []About{{Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Side Project", "event/inside taken", "", "tell/central Foundation Conduct Committee"},
		"an event inside of a project that a foundation serves": {
			func(f *facts) {
				f.places["my-org/my-project/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: foundation\n")}
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true}
			},
			"Foundation Conduct Committee", "event/inside taken", "", ""},
		"a foundation that is named as touched at an event": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days", Projects: []string{"second"}}
			},
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", "tell/event Second Foundation"},
		"an event given to a desk by name, whoever puts it on": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "desk days"} },
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", ""},
		"of another repository, too, who is in force is told and not who was pushed": {
			func(f *facts) {
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")}
				was, _ := f.Directory.Committee("side")
				a := About{Source: elsewhere("other-org", "thing", 2), Standing: &coc.Standing{
					Source: coc.Repo{Owner: "other-org", Name: "thing"}, Pointer: pointer(t, "version: 1\ncommittee: side\n").Canonical(), Committee: was,
				}}
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{a}}
			},
			"Foundation Conduct Committee", "change/waiting projects/several taken", "", "tell/project Project Committee, tell/project Side Project"},
		"one committee of repositories of two owners is one project": {
			func(f *facts) {
				f.Source = elsewhere("pinned-org", "thing", 1)
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: pinned\n")}
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Pinned Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"two committees of one owner are two projects": {
			func(f *facts) {
				f.places["my-org/other/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("my-org", "other", 2)}}}
			},
			"Foundation Conduct Committee", "projects/several taken", "", "tell/project Project Committee, tell/project Side Project"},
		"a foundation's committee that several point to is told as such and not as a project": {
			func(f *facts) {
				f.Directory = directory(t, strings.Replace(directoryYAML, "projects:\n", strings.Replace(eventsYAML[1:], "jurisdiction: {", "jurisdiction: {several_projects: side, ", 1)+"projects:\n", 1))
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: foundation\n")}
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Side Project", "projects/several taken", "", "tell/project Project Committee, tell/central Foundation Conduct Committee"},
		"a project that has only an address has no room to be told in": {
			func(f *facts) {
				f.Source, f.Incident = coc.RepoFacts{}, Incident{Space: coc.SpaceChat, Projects: []string{"side", "mail"}}
			},
			"Foundation Conduct Committee", "projects/several taken", "", "tell/project Side Project"},
		"filed with a project, and of the foundation": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"foundation"}, FiledWith: "side"}
			},
			"Foundation Conduct Committee", "projects/one taken", "", ""},
		"nothing is guessed about an event: the form's project takes it": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Dayz"} },
			"Project Committee", "event/unknown projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"an event without a name is unknown": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent} },
			"Project Committee", "event/unknown projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"an unknown event that came by no project's form": {
			func(f *facts) {
				f.Source, f.Incident = coc.RepoFacts{}, Incident{Space: coc.SpaceEvent, Event: "Big Dayz"}
			},
			"Foundation Conduct Committee", "event/unknown elsewhere committee/contact-only taken", "", ""},
		"an unknown event of a project that is named": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Dayz", Projects: []string{"side"}}
			},
			"Side Project", "event/unknown projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"two editions of one producer need no day": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"} },
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", ""},
		"a day that no edition had loses nobody the desk": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Days", On: noon.AddDate(0, 2, 0)}
			},
			"Foundation Conduct Committee", "event/other-day event/desk event/joint committee/contact-only taken", "Event Desk", ""},
		"two who claim an event handle it jointly, the desk first": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "claimed days"} },
			"Foundation Conduct Committee", "event/claimed event/desk event/joint event/others committee/contact-only taken", "Event Desk, Side Project", ""},
		"whom the accused sits with is passed over, and the next of the joint ones takes it": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "claimed days"}
				f.Parties = parties(coc.RoleAccused, "fay-foundation", "fin-foundation")
			},
			"Side Project", "event/claimed event/desk event/joint event/others committee/contact-only committee/below-minimum taken", "Event Desk, Foundation Conduct Committee", "tell/central Foundation Conduct Committee"},
		"an event inside of a project that has no committee is nobody's but the table's": {
			func(f *facts) {
				f.places = nil
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true}
			},
			"Foundation Conduct Committee", "event/others taken", "", ""},
		"the host's event inside of a project is the host's": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days spring", Inside: true, Projects: []string{"SIDE"}}
			},
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", "tell/event Side Project"},
		"at the host's event, a project is told whose repository is named, and so is the form's own": {
			func(f *facts) {
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days spring", Repos: []About{{Source: f.Source}, {Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", "tell/event Project Committee, tell/event Side Project"},
		"at the host's event, a foundation's committee that a repository points to is no project": {
			func(f *facts) {
				f.places["other-org/thing/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: foundation\n")}
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days spring", Repos: []About{{Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Foundation Conduct Committee", "event/desk event/joint committee/contact-only taken", "Event Desk", ""},
		"elsewhere, and the form's project is touched": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceElsewhere, Repos: []About{{Source: f.Source}}} },
			"Project Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"a project told twice is one": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"side", "SIDE"}} },
			"Side Project", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"a chat of a project that is named is not the form's": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"side"}} },
			"Side Project", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"a chat of which nothing is named is the form's": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat} },
			"Project Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"a space that is none of ours is the source": {
			func(f *facts) { f.Incident = Incident{Space: "the moon"} },
			"Project Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"a governance body is a project's own": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"governance"}} },
			"Governance Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"the foundation by name is asked as what it is, and is not told": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"foundation"}} },
			"Foundation Conduct Committee", "projects/one taken", "", ""},
		"two repositories of one committee are one project": {
			func(f *facts) {
				f.places["my-org/other/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, pointerYAML)}
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("my-org", "other", 2)}}}
			},
			"Project Committee", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"two owners without any committee are two projects, and nobody is there to be told": {
			func(f *facts) {
				f.places = nil
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("other-org", "thing", 2)}}}
			},
			"Foundation Conduct Committee", "projects/several taken", "", ""},
		"one owner in other letters, without any committee, is one project": {
			func(f *facts) {
				f.places = nil
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("MY-Org", "thing", 2)}}}
			},
			"Foundation Conduct Committee", "taken", "", ""},
		"two that have only an address are two": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"mail", "host"}} },
			"Foundation Conduct Committee", "projects/several taken", "", ""},
		"two projects with two committees make one case": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("pinned-org", "tool", 2)}}}
			},
			"Foundation Conduct Committee", "projects/several taken", "", "tell/project Project Committee, tell/project Pinned Committee"},
		"another community beside a project is another community": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceRepository, Projects: []string{"nobody-knows"}} },
			"Foundation Conduct Committee", "projects/outside committee/contact-only taken", "", ""},
		"a room that is one of the repositories it is about": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: elsewhere("foundation-conduct", "cases", 7)}}}
			},
			"", "projects/several room/is-source committee/contact-only sealed", "", "tell/project Project Committee"},
		"a suspected illegality leaves a project at once, unread": {
			func(f *facts) {
				f.Incident.Risks = []coc.Risk{coc.RiskIllegality}
				delete(f.rooms, "my-org/cases")
			},
			"Foundation Conduct Committee", "legal/consult legal/transfer taken", "", ""},
		"and leaves a governance body too": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"governance"}, Risks: []coc.Risk{coc.RiskIllegality}}
			},
			"Foundation Conduct Committee", "legal/consult projects/one legal/transfer taken", "", ""},
		"and leaves a route that was pinned": {
			func(f *facts) {
				f.Incident.Risks = []coc.Risk{coc.RiskIllegality}
				for _, key := range []string{"side", "pinned", "foundation"} {
					c, _ := f.Directory.Committee(key)
					f.Chain = append(f.Chain, c)
				}
			},
			"Foundation Conduct Committee", "legal/consult legal/transfer legal/transfer taken", "", ""},
		"a risk that is none of ours is none": {
			func(f *facts) { f.Incident.Risks = []coc.Risk{"bad-luck"} },
			"Project Committee", "taken", "", "tell/central Foundation Conduct Committee"},
		"filed with the committee that it belongs to": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceChat, Projects: []string{"side"}, FiledWith: "Side"}
			},
			"Side Project", "projects/one taken", "", "tell/central Foundation Conduct Committee"},
		"the reporter is told by the project, and not by who is conflicted": {
			func(f *facts) {
				f.Incident.FiledWith = "foundation"
				f.Parties = parties(coc.RoleAccused, "kim-project", "lee-project")
			},
			"Foundation Conduct Committee", "filed/moved committee/majority-conflicted taken", "", "tell/reporter Project Committee"},
		"an appeal is not heard by those who decided": {
			func(f *facts) {
				c, _ := f.Directory.Committee("side")
				f.Appealed = &c
				f.Parties = parties(coc.RoleAccused, "fay-foundation", "fin-foundation")
			},
			"", "appeal committee/below-minimum committee/contact-only sealed", "", ""},
		"an appeal is not heard by whoever decided and sits there too": {
			func(f *facts) {
				c, _ := f.Directory.Committee("side")
				f.Appealed, f.Deciders = &c, []coc.Login{"Fay-Foundation", "fin-foundation"}
			},
			"", "appeal committee/below-minimum committee/contact-only sealed", "", ""},
		"an appeal is heard without one of those who decided": {
			func(f *facts) {
				c, _ := f.Directory.Committee("side")
				f.Appealed, f.Deciders = &c, []coc.Login{"kim-project"}
			},
			"Foundation Conduct Committee", "appeal taken", "", ""},
		"no file of the source is asked who hears an appeal": {
			func(f *facts) {
				c, _ := f.Directory.Committee("side")
				f.Appealed = &c
				clear(f.places)
			},
			"Foundation Conduct Committee", "appeal taken", "", ""},
		"an appeal of the foundation's decision goes up, and not back": {
			func(f *facts) {
				c, _ := f.Directory.Committee("foundation")
				f.Appealed = &c
			},
			"", "appeal/none committee/contact-only committee/had-it sealed", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := withEvents(t)
			tc.change(f)
			d := f.decide(t)
			if d.Committee.Name != tc.taker || d.Sealed != (tc.taker == "") {
				t.Errorf("goes to %q: %+v", d.Committee.Name, d.Trace)
			}
			if got := spoke(d.Trace); got != tc.rules {
				t.Errorf("the rules are %s\nwant           %s", got, tc.rules)
			}
			var joint, told []string
			for _, c := range d.Joint {
				joint = append(joint, c.Name)
			}
			for _, duty := range d.Duties {
				told = append(told, duty.Reason.Rule+" "+duty.Reason.Committee)
			}
			if got := strings.Join(joint, ", "); got != tc.joint {
				t.Errorf("joint are %q, want %q", got, tc.joint)
			}
			if got := strings.Join(told, ", "); got != tc.told {
				t.Errorf("told are %q, want %q", got, tc.told)
			}
		})
	}
}

// Only whom the table names first is written to, and once: not everybody with
// an address on the way, nor again when a case is tried anew.
func TestADeskIsWhomTheTableNamesFirst(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(f *facts)
		want   string
	}{
		"a desk with an address alone": {func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"} }, "Event Desk"},
		"a project with an address alone": {func(f *facts) {
			f.places = map[string]Place{"my-org/my-project/.github/coc.yaml": {State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: mail\n")}}
		}, "mail"},
		"the host above a foundation that cannot": {func(f *facts) { f.places, f.rooms = nil, nil }, ""},
		"a way that was pinned":                   {func(f *facts) { f.Chain = append(f.Directory.Chain("mail"), f.Directory.Chain("foundation")...) }, ""},
		"a project that takes it":                 {func(f *facts) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := withEvents(t)
			tc.change(f)
			got := ""
			if d := f.decide(t); d.Desk != nil {
				got = d.Desk.Name
			}
			if got != tc.want {
				t.Errorf("the desk is %q, want %q", got, tc.want)
			}
		})
	}
}

// spoke lists the rules of a trace, without those of ways that lead on.
func spoke(trace []coc.Reason) string {
	var out []string
	for _, r := range trace {
		on := strings.HasPrefix(r.Rule, "lookup/") && r.Rule != "lookup/refused-source" || strings.HasPrefix(r.Rule, "chain/")
		if !on {
			out = append(out, r.Rule)
		}
	}
	return strings.Join(out, " ")
}

// Who is told is decided like a case: the accused may sit there.
func TestNobodyIsToldWhereTheAccusedWouldReadIt(t *testing.T) {
	t.Parallel()
	f := withEvents(t)
	f.Incident = Incident{Space: coc.SpaceRepositories, Projects: []string{"side"}}
	f.Parties = parties(coc.RoleAccused, "sid-side")
	d := f.decide(t)
	if len(d.Duties) != 2 || d.Duties[1].Committee.Key != "side" {
		t.Fatalf("told are %+v", d.Duties)
	}
	notice := withEvents(t)
	notice.Parties, notice.Chain = f.Parties, d.Duties[1].Way
	if got := notice.decide(t); !got.Sealed {
		t.Errorf("the accused's committee is told in %s", got.Room.Repo)
	}
	notice = withEvents(t)
	notice.Parties, notice.Chain = f.Parties, d.Duties[0].Way
	if got := notice.decide(t); got.Committee.Name != "Project Committee" {
		t.Errorf("the other project is not told: %+v", got.Trace)
	}
}

func TestADirectoryDecidesWhoIsToldAndWhoIsAsked(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Directory = directory(t, directoryYAML+"jurisdiction: {tell: {when: [resolves]}, counsel_before: none, legal_risk: {consult: none, transfer: [attorney]}, minimum: {project: {clear: 4}}}\n")
	f.Incident.Risks = []coc.Risk{coc.RiskInjury}
	if d := f.decide(t); d.Consult != nil || d.Flags == nil || !slices.Contains(d.Flags, coc.FlagFallback) || slices.Contains(d.Flags, coc.FlagLegalRisk) {
		t.Errorf("asked %+v, flags %v", d.Consult, d.Flags) // and three of a project are fewer than four
	}
	f = newFacts(t)
	f.Directory = directory(t, directoryYAML+"jurisdiction: {tell: {when: [resolves]}}\n")
	if d := f.decide(t); len(d.Duties) != 1 || !slices.Equal(d.Duties[0].When, []coc.Moment{coc.WhenResolved}) {
		t.Errorf("told %+v", d.Duties)
	}
	f = newFacts(t)
	f.Directory = directory(t, directoryYAML+"jurisdiction: {tell: none}\n")
	if d := f.decide(t); d.Duties != nil {
		t.Errorf("told %+v", d.Duties)
	}
}

// A directory without anybody in it still answers whatever is asked.
func TestAnEmptyDirectoryAnswersEveryIncident(t *testing.T) {
	t.Parallel()
	for _, space := range append(coc.Spaces(), "", "the moon") {
		for _, projects := range [][]string{nil, {"a"}, {"a", ""}} {
			w := World{
				Incident: Incident{Space: space, Event: "Big Days", On: noon, Projects: projects, Inside: true, Danger: true, Risks: coc.Risks(), FiledWith: "x"},
				Appealed: nil, Now: noon,
			}
			if d, need := Decide(w); need != nil || !d.Sealed || len(d.Trace) == 0 {
				t.Errorf("%s: %+v, %+v", space, d, need)
			}
			w.Appealed = &coc.Committee{}
			if d, need := Decide(w); need != nil || !d.Sealed || len(d.Trace) == 0 {
				t.Errorf("%s, appealed: %+v, %+v", space, d, need)
			}
		}
	}
}

// What is said later of a case that is somewhere already is held against the same
// rows.
func TestWhatIsAtStakeIsKnownWithoutDecidingAnew(t *testing.T) {
	t.Parallel()
	d := withEvents(t).Directory
	trace, flags := AtStake(d, Incident{Danger: true, Risks: []coc.Risk{coc.RiskInjury}})
	var rules []string
	for _, r := range trace {
		rules = append(rules, r.Rule)
	}
	if !slices.Equal(rules, []string{"danger", "legal/consult"}) || !slices.Equal(flags, []coc.Flag{coc.FlagSafetyRisk, coc.FlagLegalRisk}) {
		t.Errorf("the rules are %v, the flags %v", rules, flags)
	}
	side, _ := d.Committee("side")
	foundation, _ := d.Committee("foundation")
	for name, tc := range map[string]struct {
		risks []coc.Risk
		of    coc.Committee
		want  bool
	}{
		"suspected illegality, in a project":  {[]coc.Risk{coc.RiskIllegality}, side, true},
		"suspected illegality, higher up":     {[]coc.Risk{coc.RiskIllegality}, foundation, false},
		"an injury is for counsel to look at": {[]coc.Risk{coc.RiskInjury}, side, false},
		"nothing":                             {nil, side, false},
	} {
		if got := MustLeave(d, tc.risks, tc.of); got != tc.want {
			t.Errorf("%s: it must leave: %t", name, got)
		}
	}
}

// Whom a reporter is shown follows from what they said and the directory alone.
func TestDesksAreThoseOfTheEventAndWhoTakesWhatIsNobodys(t *testing.T) {
	t.Parallel()
	d := withEvents(t).Directory
	for name, tc := range map[string]struct {
		in   Incident
		want string
	}{
		"the host's event":                  {Incident{Space: coc.SpaceEvent, Event: "big days"}, "desk"},
		"inside of a project, all the same": {Incident{Space: coc.SpaceEvent, Event: "big days", Inside: true}, "desk"},
		"an event that two claim":           {Incident{Space: coc.SpaceEvent, Event: "Claimed Days"}, "desk"},
		"one of somebody who has a room":    {Incident{Space: coc.SpaceEvent, Event: "Small Days"}, ""},
		"of somebody who has an address":    {Incident{Space: coc.SpaceEvent, Event: "Mail Days"}, "mail"},
		"theirs, inside of a project":       {Incident{Space: coc.SpaceEvent, Event: "Mail Days", Inside: true}, ""},
		"an unknown one":                    {Incident{Space: coc.SpaceEvent, Event: "Big Dayz"}, ""},
		"an event's name in another space":  {Incident{Space: coc.SpaceChat, Event: "big days"}, ""},
		"elsewhere":                         {Incident{Space: coc.SpaceElsewhere}, "host"},
		"elsewhere, of a project":           {Incident{Space: coc.SpaceElsewhere, Repos: []About{{}}}, ""},
		"nothing said":                      {Incident{}, ""},
	} {
		var keys []string
		for _, c := range Desks(d, tc.in) {
			keys = append(keys, c.Key)
		}
		if got := strings.Join(keys, " "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
