package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// The room that a report is about may hold what it is about: it is not even
// looked at.
func TestARoomThatTheReportIsAboutIsNotLookedAt(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Source = coc.RepoFacts{Repo: coc.Repo{Owner: "Foundation-Conduct", Name: "cases"}, ID: 9}
	if d := f.decide(t); !d.Sealed || slices.Contains(f.asked, "room foundation-conduct/cases") {
		t.Errorf("sealed %t, asked for %v", d.Sealed, f.asked)
	}
}

func TestALevelThatIsNoneOfOursHasNoLabel(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	c := f.decide(t).Committee
	c.Level = "galaxy"
	f.Chain = []coc.Committee{c}
	if d := f.decide(t); d.Sealed || d.Escalation != "" {
		t.Errorf("sealed %t, label %q", d.Sealed, d.Escalation)
	}
}

// Whoever handles something jointly does so while nobody can take it, too.
func TestASealedCaseKeepsWhoHandlesItJointly(t *testing.T) {
	t.Parallel()
	f := withEvents(t)
	f.Incident, f.rooms = Incident{Space: coc.SpaceEvent, Event: "big days"}, nil
	d := f.decide(t)
	if !d.Sealed || len(d.Joint) != 2 || d.Joint[0].Key != "desk" || d.Joint[1].Key != foundation {
		t.Errorf("sealed %t, joint %+v", d.Sealed, d.Joint)
	}
}

func TestACaseThatMayNotStayIsPassedOnAndSaysSo(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Incident.Risks = []coc.Risk{coc.RiskIllegality}
	if d := f.decide(t); d.Committee.Key != foundation || !slices.Contains(d.Flags, coc.FlagFallback) {
		t.Errorf("taken by %q, flags %v", d.Committee.Key, d.Flags)
	}
	f.rooms = nil
	d := f.decide(t)
	var chain []string
	for _, c := range d.Chain {
		chain = append(chain, c.Key)
	}
	if got := strings.Join(chain, " "); !d.Sealed || got != "my-org/cases foundation host" {
		t.Errorf("sealed %t, asked %s", d.Sealed, got)
	}
}

// What is said in public, and to whoever fills in the form, names a committee
// only where somebody is on it.
func TestACommitteeOfNobodyIsNotPointedTo(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.files[project] = RosterFile{State: StateFound, File: policy.CommitteeFile{}}
	p := f.point(t)
	if p.Committee != nil || p.Adopt || len(p.Chain) == 0 || p.Chain[0].Key != foundation {
		t.Errorf("pointed to %+v, chain %+v", p.Committee, p.Chain)
	}
}

// A directory without a fallback has nobody who would be told.
func TestWhereNobodyIsCentralNobodyIsTold(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Directory = directory(t, strings.Replace(directoryYAML, "fallback: foundation\n", "", 1))
	if d := f.decide(t); d.Committee.Key != project || d.Duties != nil {
		t.Errorf("taken by %q, told %+v", d.Committee.Key, d.Duties)
	}
}

func TestADeskIsJoinedByWhomTheDirectoryNames(t *testing.T) {
	t.Parallel()
	f := withEvents(t)
	f.Directory = directory(t, strings.Replace(directoryYAML, "projects:\n", strings.Replace(eventsYAML[1:], "committee: desk}]}", "committee: desk, joint: [side]}]}", 1)+"projects:\n", 1))
	f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"}
	if d := f.decide(t); d.Committee.Key != "side" || len(d.Joint) != 1 || d.Joint[0].Key != "desk" {
		t.Errorf("taken by %q, joint %+v", d.Committee.Key, d.Joint)
	}
}

func TestAnEventInsideOfAProjectTellsHowItsProjectWasFound(t *testing.T) {
	t.Parallel()
	f := withEvents(t)
	f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days", Inside: true}
	if d := f.decide(t); d.Committee.Key != project || steps(d.Trace) != "lookup/found event/inside taken" {
		t.Errorf("taken by %q: %s", d.Committee.Key, steps(d.Trace))
	}
}

func TestOneProducerInTwoSpellingsClaimsNothingTwice(t *testing.T) {
	t.Parallel()
	f := withEvents(t)
	text := strings.Replace(eventsYAML[1:], "to: 2026-09-03, producer: The Host", "to: 2026-09-03, producer: THE host", 1)
	f.Directory = directory(t, strings.Replace(directoryYAML, "projects:\n", text+"projects:\n", 1))
	f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"}
	if got := spoke(f.decide(t).Trace); got != "event/desk event/joint committee/contact-only taken" {
		t.Errorf("the rules are %s", got)
	}
}

func TestWhatIsTouchedTellsHowItWasFound(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: coc.RepoFacts{Repo: coc.Repo{Owner: "pinned-org", Name: "tool"}, ID: 2}}}}
	if got := steps(f.decide(t).Trace); got != "lookup/found lookup/directory projects/several taken" {
		t.Errorf("it was found by %s", got)
	}
}

// A pinned way ends where it ends: the directory has no say in it any more.
func TestAPinnedWayIsNotLengthened(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Chain = f.decide(t).Chain[:1]
	f.rooms = nil
	if d := f.decide(t); !d.Sealed || steps(d.Trace) != "room/inaccessible sealed" || len(d.Chain) != 1 {
		t.Errorf("sealed %t: %s, asked %d", d.Sealed, steps(d.Trace), len(d.Chain))
	}
}

func TestWhereACaseGoesThatMayNotStay(t *testing.T) {
	t.Parallel()
	court := strings.Replace(directoryYAML, "projects:\n", `  court:
    level: foundation
    incidents: court/cases
    members: [cal-court]
projects:
`, 1)
	none := strings.Replace(directoryYAML, "fallback: foundation\n", "", 1)
	for name, tc := range map[string]struct {
		directory, escalate string
		want                string
	}{
		"to whom the table names, and not up":        {court + "jurisdiction: {legal_risk: {transfer_to: court}}\n", "foundation", "legal/consult lookup/found legal/transfer taken court"},
		"up, where the table names nobody":           {none, "foundation", "legal/consult lookup/found legal/transfer taken foundation"},
		"up, where whom the table names may not too": {court + "jurisdiction: {legal_risk: {transfer_to: governance}}\n", "court", "legal/consult lookup/found legal/transfer legal/transfer taken foundation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.Directory = directory(t, tc.directory)
			f.rooms["court/cases"] = room("court/cases", "cal-court")
			f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, pointerYAML+"escalate_to: "+tc.escalate+"\n")}
			f.Incident.Risks = []coc.Risk{coc.RiskIllegality}
			if d := f.decide(t); steps(d.Trace)+" "+d.Committee.Key != tc.want {
				t.Errorf("got %s %s, want %s", steps(d.Trace), d.Committee.Key, tc.want)
			}
		})
	}
}

// Whoever leads on to a committee of the same room leads on to themself.
func TestAnotherNameForOnesOwnRoomIsNobodyElse(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, strings.Replace(pointerYAML, "my-org/cases", "umbrella/conduct", 1)+"escalate_to: governance\n")}
	f.files["umbrella/conduct"] = committeeFile(t, "version: 1\naccepts: [my-org/*]\nmembers: [{login: gus-governance}]\n")
	f.rooms["umbrella/conduct"] = room("umbrella/conduct")
	if got := steps(f.decide(t).Trace); got != "lookup/found room/nobody-reads chain/self chain/fallback taken" {
		t.Errorf("got %s", got)
	}
}

func TestASealedCaseNamesNobodyWithoutAnAddress(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Directory = directory(t, strings.NewReplacer("    contact: conduct@foundation.example\n", "", "    escalate_to: host\n", "").Replace(directoryYAML))
	f.rooms = nil
	if d := f.decide(t); !d.Sealed || d.Contact != "conduct@my-org.example" {
		t.Errorf("sealed %t, contact %q", d.Sealed, d.Contact)
	}
}

// A risk with which a project may not keep a case is one for counsel, too,
// whatever else counsel is asked about.
func TestARiskThatMovesACaseIsToldToCounsel(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Directory = directory(t, directoryYAML+"jurisdiction: {legal_risk: {consult: none, transfer: [attorney]}}\n")
	f.Incident.Risks = []coc.Risk{coc.RiskAttorney}
	d := f.decide(t)
	asked := slices.ContainsFunc(d.Consult, func(c Consult) bool { return c.Before == ActDeciding })
	if d.Committee.Key != foundation || !asked || !slices.Contains(d.Flags, coc.FlagLegalRisk) {
		t.Errorf("taken by %q, asked %+v, flags %v", d.Committee.Key, d.Consult, d.Flags)
	}
}

func TestACentralCommitteeWithNobodyAboveIsTold(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Directory = directory(t, strings.Replace(directoryYAML, "    escalate_to: host\n", "", 1))
	if d := f.decide(t); len(d.Duties) != 1 || len(d.Duties[0].Way) != 1 || d.Duties[0].Committee.Key != foundation {
		t.Errorf("told are %+v", d.Duties)
	}
}
