package casework_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

const events = `
events:
  - {name: River Days 2025, aliases: [RiverDays], from: 2025-03-01, to: 2025-03-02, place: Here, producer: The Host}
  - {name: Both Days, producer: The Host}
  - {name: Both Days, producer: The Guild, committee: guild}
  - {name: Old Days, from: 2024-01-01, to: 2024-01-02, producer: The Host}
jurisdiction: {event_desks: [{producer: The Host, committee: desk}]}
`

// withEvents is a world whose directory knows events, and desks that have only
// an address.
func withEvents(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	text := strings.Replace(directory, "fallback:", `  desk:
    name: Event Desk
    level: events
    contact: desk@host.example
    members: [dora-desk]
  guild:
    name: The Guild
    level: events
    contact: guild@guild.example
fallback:`, 1) + events[1:]
	dir, problems := policy.ParseDirectory([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	return w
}

// around files a report with these circumstances.
func (w *world) around(said coc.Circumstances, who ...coc.Party) coc.Case {
	w.Helper()
	f := says(account)
	f.Around, f.Involved = said, who
	receipt := w.file("token", f)
	w.pass(time.Second)
	return w.of(receipt)
}

func rulesOf(c coc.Case) string {
	var out []string
	for _, r := range c.Trace {
		out = append(out, r.Rule)
	}
	return strings.Join(out, " ")
}

func TestCircumstancesDecideWhoGetsACase(t *testing.T) {
	t.Parallel()
	lake := coc.Repo{Owner: "lake", Name: "main"}
	for name, tc := range map[string]struct {
		said  coc.Circumstances
		takes string
		rules string
		flags []coc.Flag
	}{
		"an event whose desk has only an address": {
			coc.Circumstances{Space: coc.SpaceEvent, Known: "RiverDays"}, "foundation", "event/desk event/joint committee/contact-only taken",
			[]coc.Flag{coc.FlagFallback, coc.FlagAnonymous}},
		"the words of an event alone mean none": {
			coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("RiverDays")}, "river/conduct", "event/unknown lookup/found projects/one taken", []coc.Flag{coc.FlagAnonymous}},
		"an event's name in a chat means none": {
			coc.Circumstances{Space: coc.SpaceChat, Known: "RiverDays"}, "river/conduct", "lookup/found projects/one taken", []coc.Flag{coc.FlagAnonymous}},
		"another repository": {
			coc.Circumstances{Also: []coc.Repo{lake}}, "foundation", "lookup/found lookup/missing lookup/missing lookup/missing lookup/missing lookup/none projects/several taken", []coc.Flag{coc.FlagAnonymous}},
		"the same repository in other letters is no other": {
			coc.Circumstances{Also: []coc.Repo{{Owner: "River", Name: "MAIN"}}}, "river/conduct", "lookup/found projects/one taken", []coc.Flag{coc.FlagAnonymous}},
		"somewhere else, touching this project": {
			coc.Circumstances{Space: coc.SpaceElsewhere, Here: true}, "river/conduct", "lookup/found projects/one taken", []coc.Flag{coc.FlagAnonymous}},
		"here, touching this project": {
			coc.Circumstances{Space: coc.SpaceRepository, Here: true}, "river/conduct", "lookup/found taken", []coc.Flag{coc.FlagAnonymous}},
		"danger and the law": {
			coc.Circumstances{Danger: true, Risks: []coc.Risk{coc.RiskIllegality}}, "foundation", "danger legal/consult lookup/found legal/transfer taken",
			[]coc.Flag{coc.FlagSafetyRisk, coc.FlagLegalRisk, coc.FlagFallback, coc.FlagAnonymous}},
	} {
		w := withEvents(t)
		w.repo(lake, "public")
		c := w.around(tc.said)
		if c.Home().Committee.Key != tc.takes || rulesOf(c) != tc.rules || !slices.Equal(c.Flags, tc.flags) {
			t.Errorf("%s: %s by %s with %s", name, c.Home().Committee.Key, rulesOf(c), c.Flags)
		}
		if !c.Report.Around.Same(tc.said) {
			t.Errorf("%s: the case has %+v", name, c.Report.Around)
		}
		w.invariants()
	}
}

func TestWhatIsAtStakeCanBeAddedAndIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	c := w.around(coc.Circumstances{Risks: []coc.Risk{coc.RiskInjury}})
	again := func(said coc.Circumstances) coc.Case {
		f := says(account)
		f.Around = said
		w.file("token", f)
		w.pass(time.Minute)
		return w.caseOf(c.ID)
	}
	if c = again(coc.Circumstances{Risks: []coc.Risk{coc.RiskInjury}}); len(c.Report.Added) != 0 {
		t.Error("the same was added")
	}
	c = again(coc.Circumstances{Risks: []coc.Risk{coc.RiskInjury}, Danger: true})
	if rulesOf(c) != "legal/consult lookup/found taken danger" || !slices.Contains(c.Flags, coc.FlagSafetyRisk) {
		t.Errorf("%s, %s", rulesOf(c), c.Flags)
	}
	if i := w.issueOf(c, 0); !slices.Contains(i.Labels, "flag/safety-risk") || !strings.Contains(strings.Join(i.comments, ""), "**Danger**") {
		t.Errorf("%s, %q", i.Labels, i.comments)
	}
	c = again(coc.Circumstances{Risks: []coc.Risk{coc.RiskIllegality}})
	if c.Home().Committee.Key != "foundation" || rulesOf(c) != "legal/consult lookup/found taken danger legal/transfer taken" {
		t.Errorf("%s by %s", c.Home().Committee.Key, rulesOf(c))
	}
	if body := w.issueOf(c, 1).Body; !strings.Contains(body, "it may be against the law") {
		t.Errorf("the next committee does not read it:\n%s", body)
	}
	c = w.says(c, "fay-foundation", "/coc transfer river/conduct They know more.")
	if c.Home().Committee.Key != "foundation" {
		t.Error("the project has it again")
	}
	w.invariants()
}

// A project may not keep such a case, and does not get it because nobody else can
// take it for a while.
func TestCaseThatIsAgainstTheLawWaitsForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).Archived = true
	}
	c := w.around(coc.Circumstances{Risks: []coc.Risk{coc.RiskIllegality}})
	if !c.Home().Sealed() {
		t.Fatalf("it is with %s", c.Home().Committee.Key)
	}
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); !c.Home().Sealed() {
		t.Errorf("it is with %s", c.Home().Committee.Key)
	}
	w.at(topRoom).Archived = false
	w.pass(48 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "summit" {
		t.Errorf("it is with %q", c.Home().Committee.Key)
	}
}

// What a reporter is shown follows from what they said, and never from whom they
// named.
func TestWhomToTurnToDirectlyTellsNothingOfAnybody(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	said := coc.Circumstances{Space: coc.SpaceEvent, Known: "Both Days"}
	want := []casework.Direct{{Name: "Event Desk", Contact: "desk@host.example"}, {Name: "The Guild", Contact: "guild@guild.example"}}
	for i, who := range [][]coc.Login{nil, {"dora-desk"}, {"fay-foundation", "finn-foundation", "farah-foundation"}, {"sam-summit", "sue-summit", "fay-foundation", "finn-foundation"}} {
		f := says(account)
		f.Around = said
		for _, l := range who {
			f.Involved = append(f.Involved, coc.Party{Login: l, Role: coc.RoleAccused})
		}
		receipt := w.file(fmt.Sprint("token", i), f)
		w.pass(time.Second)
		p, err := w.Progress(t.Context(), receipt)
		if err != nil || !reflect.DeepEqual(p.Direct, want) || !reflect.DeepEqual(w.Direct(said), want) {
			t.Errorf("%s: %+v, %v", who, p.Direct, err)
		}
	}
	if d := w.Direct(coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("Both Days")}); d != nil {
		t.Errorf("for an event that is not known: %+v", d)
	}
}

func TestFormSuggestsTheEventsOfTheDirectoryWhateverTheRepository(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	known, err := w.Guide(t.Context(), source)
	unknown, err2 := w.Guide(t.Context(), coc.Repo{Owner: "nobody", Name: "nothing"})
	if err != nil || err2 != nil || !known.Known || unknown.Known || !reflect.DeepEqual(known.Events, unknown.Events) {
		t.Fatalf("%+v, %+v", known, unknown)
	}
	var names []string
	for _, e := range known.Events {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, ", "); got != "River Days 2025, Both Days, Both Days" {
		t.Errorf("suggested: %s", got)
	}
	if spelt := w.Event("#river-days", time.Time{}); spelt != "RiverDays" {
		t.Errorf("it is spelt %q", spelt)
	}
}
