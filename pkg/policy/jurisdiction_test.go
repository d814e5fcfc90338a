package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const twoCommittees = `version: 1
committees:
  ours: {level: foundation, incidents: ours/cases, escalate_to: above}
  above: {level: foundation, contact: above@example.org}
  desk: {level: events, contact: desk@example.org}
`

// cncf is the table that holds where the directory says nothing.
func cncf() Jurisdiction {
	own := []coc.Level{coc.LevelProject, coc.LevelGovernance}
	return Jurisdiction{
		Central: "ours", Beyond: "above", OtherEvents: "ours", Elsewhere: "above", Several: "ours", NoProject: "ours",
		Counsel: "the foundation's counsel", Consult: coc.Risks(), Transfer: []coc.Risk{coc.RiskIllegality}, TransferTo: "ours",
		Minimums: map[coc.Level]coc.Minimum{coc.LevelProject: {}, coc.LevelGovernance: {}, coc.LevelFoundation: {}, coc.LevelEvents: {}},
		Tell:     Telling{"ours", own, []coc.Moment{coc.WhenOpened, coc.WhenResolved}},
		Appeals:  coc.Appeals{Committee: "ours", Levels: own, Grounds: coc.Grounds()},
		Gate:     coc.Gate{LongerThan: coc.Span{N: 2, Unit: coc.Months}, Naming: true, Counsel: "the foundation's counsel"},
	}
}

func TestADirectoryCanExpressAnotherFoundationsTable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text   string
		change func(*Jurisdiction)
	}{
		"nothing said is CNCF's table":                                     {"fallback: ours", func(*Jurisdiction) {}},
		"an empty block says nothing":                                      {"fallback: ours\njurisdiction: {}", func(*Jurisdiction) {}},
		"empty parts say nothing":                                          {"fallback: ours\njurisdiction: {tell: {}, appeals: {}, counsel_before: {}, legal_risk: {}}", func(*Jurisdiction) {}},
		"the central committee need not be the fallback":                   {"fallback: desk\njurisdiction: {central: ours}", func(*Jurisdiction) {}},
		"the foundation's own repositories are those that are given to it": {"projects: {Hall/*: ours, hall/lent: desk, away/site: OURS}\nfallback: ours", func(j *Jurisdiction) { j.Own = []coc.Pattern{"away/site", "hall/*"} }},
		"those that are listed":                                            {"projects: {small/*: ours}\nfallback: ours\njurisdiction: {own: [hall/site]}", func(j *Jurisdiction) { j.Own = []coc.Pattern{"hall/site"} }},
		"no repository is its own":                                         {"projects: {small/*: ours}\nfallback: ours\njurisdiction: {own: none}", func(*Jurisdiction) {}},
		"elsewhere follows beyond":                                         {"fallback: ours\njurisdiction: {beyond: desk}", func(j *Jurisdiction) { j.Beyond, j.Elsewhere = "desk", "desk" }},
		"elsewhere on its own":                                             {"fallback: ours\njurisdiction: {elsewhere: OURS}", func(j *Jurisdiction) { j.Elsewhere = "ours" }},
		"no duty to tell":                                                  {"fallback: ours\njurisdiction: {tell: none}", func(j *Jurisdiction) { j.Tell = Telling{} }},
		"told of outcomes alone":                                           {"fallback: ours\njurisdiction: {tell: {when: [resolves]}}", func(j *Jurisdiction) { j.Tell.When = []coc.Moment{coc.WhenResolved} }},
		"no appeals":                                                       {"fallback: ours\njurisdiction: {appeals: none}", func(j *Jurisdiction) { j.Appeals = coc.Appeals{} }},
		"appeals elsewhere on one ground": {"fallback: ours\njurisdiction: {appeals: {committee: desk, grounds: [disproportionate]}}", func(j *Jurisdiction) {
			j.Appeals.Committee, j.Appeals.Grounds = "desk", []coc.Ground{coc.GroundDisproportionate}
		}},
		"nothing needs counsel": {"fallback: ours\njurisdiction: {counsel_before: none, legal_risk: {consult: none, transfer: none}}", func(j *Jurisdiction) { j.Gate, j.Consult, j.Transfer = coc.Gate{}, nil, nil }},
		"a year without counsel, and names": {"fallback: ours\njurisdiction: {counsel_before: {longer_than: 12 months, naming: false}}", func(j *Jurisdiction) {
			j.Gate = coc.Gate{LongerThan: coc.Span{N: 12, Unit: coc.Months}, Counsel: "the foundation's counsel"}
		}},
		"a desk is joined by the central committee":          {"fallback: ours\njurisdiction: {event_desks: [{producer: Us, committee: desk}]}", func(j *Jurisdiction) { j.Desks = []EventDesk{{"Us", "desk", []string{"ours"}}} }},
		"minimums by level":                                  {"fallback: ours\njurisdiction: {minimum: {foundation: {clear: 1, without_hard_conflict: 3}}}", func(j *Jurisdiction) { j.Minimums[coc.LevelFoundation] = coc.Minimum{Clear: 1, WithoutHardConflict: 3} }},
		"a foundation where several projects have a council": {"fallback: ours\njurisdiction: {several_projects: desk, no_project: above, other_events: desk}", func(j *Jurisdiction) { j.Several, j.NoProject, j.OtherEvents = "desk", "above", "desk" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := cncf()
			tc.change(&want)
			d := directoryFrom(t, twoCommittees+tc.text)
			if got := d.Jurisdiction(); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestWhatIsGivenToAnotherCommitteeIsNotTheFoundationsOwn(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, twoCommittees+"projects: {hall/*: ours, hall/lent: desk}\nfallback: ours")
	for name, want := range map[string]bool{"Hall/Site": true, "hall/lent": false, "halls/site": false, "": false} {
		r, _ := coc.ParseRepo(name)
		if got := d.IsOwn(r); got != want {
			t.Errorf("%q is its own: %t", name, got)
		}
	}
	listed := directoryFrom(t, twoCommittees+"projects: {hall/*: ours, hall/lent: desk}\nfallback: ours\njurisdiction: {own: [hall/lent, away/site]}")
	for name, want := range map[string]bool{"hall/site": false, "hall/lent": false, "AWAY/site": true} {
		r, _ := coc.ParseRepo(name)
		if got := listed.IsOwn(r); got != want {
			t.Errorf("listed, %q is its own: %t", name, got)
		}
	}
	if (Directory{}).IsOwn(coc.Repo{Owner: "hall", Name: "site"}) {
		t.Error("an empty directory has repositories of its own")
	}
}

func TestTheExampleSpellsOutWhatHoldsWithoutIt(t *testing.T) {
	t.Parallel()
	example := string(readFile(t, "config", "committees.example.yml"))
	before, block, ok := strings.Cut(example, "\njurisdiction:\n")
	_, after, more := strings.Cut(block, "\n# Who takes what has no other committee.")
	if !ok || !more {
		t.Fatal("the example has another order")
	}
	written, silent := directoryFrom(t, example).Jurisdiction(), directoryFrom(t, before+"\n"+after).Jurisdiction()
	silent.Desks = []EventDesk{{"Linux Foundation", "lf-events", []string{"cncf"}}}
	silent.Minimums[coc.LevelFoundation] = coc.Minimum{Clear: 1, WithoutHardConflict: 3}
	silent.Counsel, silent.Gate.Counsel = "the Linux Foundation's counsel", "the Linux Foundation's counsel"
	if !reflect.DeepEqual(written, silent) {
		t.Errorf("written %+v\nsilent  %+v", written, silent)
	}
}

func TestACommitteesOwnMinimumWinsOverItsLevels(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, twoCommittees+"fallback: ours\njurisdiction: {minimum: {foundation: {clear: 2, without_hard_conflict: 3}}}")
	for _, tc := range []struct{ has, want coc.Minimum }{
		{coc.Minimum{}, coc.Minimum{Clear: 2, WithoutHardConflict: 3}},
		{coc.Minimum{Clear: 1}, coc.Minimum{Clear: 1, WithoutHardConflict: 3}},
		{coc.Minimum{Clear: 4, WithoutHardConflict: 5}, coc.Minimum{Clear: 4, WithoutHardConflict: 5}},
	} {
		if got := d.Minimum(coc.Committee{Level: coc.LevelFoundation, Minimum: tc.has}); got != tc.want {
			t.Errorf("%+v became %+v", tc.has, got)
		}
	}
	if got := d.Minimum(coc.Committee{Level: coc.LevelProject}); got != (coc.Minimum{}) {
		t.Errorf("a project got %+v", got)
	}
}

func TestTheTableCannotBeChangedByCallers(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, string(readFile(t, "config", "committees.example.yml")))
	j := d.Jurisdiction()
	j.Desks[0].Joint[0], j.Consult[0], j.Transfer[0], j.Minimums[coc.LevelProject] = "x", "x", "x", coc.Minimum{Clear: 9}
	j.Tell.Levels[0], j.Tell.When[0], j.Appeals.Levels[0], j.Appeals.Grounds[0] = "x", "x", "x", "x"
	if again := d.Jurisdiction(); reflect.DeepEqual(j, again) || again.Desks[0].Joint[0] != "cncf" || again.Consult[0] == "x" || again.Transfer[0] == "x" ||
		again.Minimums[coc.LevelProject].Clear != 0 || again.Tell.Levels[0] == "x" || again.Tell.When[0] == "x" || again.Appeals.Levels[0] == "x" || again.Appeals.Grounds[0] == "x" {
		t.Errorf("it was changed to %+v", again)
	}
	var none Directory
	if got := none.Jurisdiction(); got.Central != "" || got.Gate != (coc.Gate{}) {
		t.Errorf("a zero directory has %+v", got)
	}
}

func TestEventsAreFoundByNameAndDay(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, twoCommittees+`
fallback: ours
events:
  - {name: KubeCon + CloudNativeCon Europe 2027, aliases: [KubeCon EU, KubeCon], from: 2027-03-15, to: 2027-03-18, producer: Us}
  - {name: KubeCon + CloudNativeCon Japan 2027, aliases: [KubeCon], from: 2027-07-29, to: 2027-07-30, producer: Us}
  - {name: Meeting, producer: One Body, committee: desk}
  - {name: MEETING!, producer: Another Body, committee: ours}
  - {name: One Day, from: 2027-01-01, committee: desk}
  - {name: Ends Then, to: 2027-02-01, committee: desk}
  - {name: "\u201c\u201d", committee: desk}
  - {name: Local Days, place: "Springfield, North", producer: One Body, committee: desk}
  - {name: Local Days, place: Shelbyville, from: 2027-05-01, to: 2027-05-02, producer: Them, committee: ours}
  - {name: Local Days Springfield, place: Springfield, producer: Those, committee: ours}
  - {name: River Days 2026, from: 2026-05-04, to: 2026-05-06, committee: desk}
  - {name: River Days 2027, from: 2027-05-04, to: 2027-05-06, committee: desk}
  - {name: Always 2027, committee: desk}
jurisdiction: {event_desks: [{producer: us, committee: desk}]}
`)
	on := func(day string) time.Time {
		if day == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tc := range []struct {
		name, day string
		want      string
		dated     bool
	}{
		{"", "", "", true},
		{"KubeKon", "", "", true}, // no guessing
		{"Kube", "", "", true},    // nor beginnings
		{" #kubecon+cloudnativecon europe 2027 ", "", "KubeCon + CloudNativeCon Europe 2027", true},
		{"kubecon", "2027-03-14", "KubeCon + CloudNativeCon Europe 2027", true}, // it is the 15th there already
		{"kubecon", "2027-03-19", "KubeCon + CloudNativeCon Europe 2027", true}, // it is the 18th there still
		{"kubecon", "2027-07-31", "KubeCon + CloudNativeCon Japan 2027", true},
		{"kubecon", "2027-03-20", "KubeCon + CloudNativeCon Europe 2027", false},
		{"kubecon", "2031-01-01", "KubeCon + CloudNativeCon Japan 2027", false},
		{"kubecon", "", "KubeCon + CloudNativeCon Europe 2027, KubeCon + CloudNativeCon Japan 2027", true},
		{"meeting", "2020-01-01", "Meeting, MEETING!", true},
		{"one day", "2027-01-02", "One Day", true},
		{"one day", "2027-01-03", "One Day", false},
		{"ends then", "2027-01-31", "Ends Then", true},
		{"\u201c\u201d", "", "\u201c\u201d", true},
		{"Local Days", "", "Local Days, Local Days", true},
		{"local days, shelbyville", "", "Local Days", true},
		{"local days springfield", "", "Local Days Springfield", true}, // a name comes before a place
		{"local days (springfield, north)", "", "Local Days", true},
		{"shelbyville", "", "", true},
		{"river days", "", "", true}, // which of them is not guessed
		{"river days", "2026-05-07", "River Days 2026", true},
		{"river days", "2027-05-03", "River Days 2027", true},
		{"river days", "2026-05-08", "", true},
		{"river days 2026", "2029-01-01", "River Days 2026", false},
		{"always", "2027-05-03", "", true}, // it has no day
	} {
		spelt := d.EventSpelt(tc.name, on(tc.day))
		if again, _ := d.EventsNamed(spelt, on(tc.day)); (spelt == "") != (tc.want == "") || folded(spelt) != folded(tc.name) && spelt != "" || len(again) != len(strings.Split(tc.want, ", ")) && tc.want != "" {
			t.Errorf("%q on %q is spelt %q", tc.name, tc.day, spelt)
		}
		events, dated := d.EventsNamed(tc.name, on(tc.day))
		var names []string
		for _, e := range events {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, ", "); got != tc.want || dated != tc.dated {
			t.Errorf("%q on %q: %q, %t; want %q, %t", tc.name, tc.day, got, dated, tc.want, tc.dated)
		}
	}
	if got := d.Events()[0].Committee + " " + d.Events()[3].Committee; got != "desk ours" {
		t.Errorf("the committees are %s", got)
	}
}
