package route

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// beside answers what Beside asks for.
func (f *facts) beside(t testing.TB, has coc.Committee) Besides {
	t.Helper()
	w := f.World
	w.Places, w.Files, w.Teams, w.Rooms, w.Orgs = nil, map[string]RosterFile{}, map[string]TeamFacts{}, map[string]coc.RoomFacts{}, map[string]coc.OrgFacts{}
	for range 100 {
		b, need := Beside(w, has)
		if need == nil {
			return b
		}
		if !need.Room.IsZero() || need.Org != "" {
			t.Fatalf("a room is asked for: %+v", need)
		}
		f.answer(t, &w, *need)
	}
	t.Fatal("it asks for ever")
	return Besides{}
}

func TestWhatBecomesKnownLaterTellsOthersAndMovesNothing(t *testing.T) {
	t.Parallel()
	other := About{Source: lake}
	for name, tc := range map[string]struct {
		change func(f *facts)
		has    string
		whose  string
		joint  string
		told   string
	}{
		"nothing that the table asks about": {
			func(f *facts) { f.Incident = Incident{Danger: true, Risks: coc.Risks()} }, "side", "", "", ""},
		"an event that nobody knows": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Dayz"} }, "project", "Project Committee", "", ""},
		"the host's event: the desk by letter, and who handles it jointly": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"} }, "project", "Foundation Conduct Committee", "Event Desk, Foundation Conduct Committee", ""},
		"the same, and the foundation has it": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"} }, "foundation", "Foundation Conduct Committee", "Event Desk", ""},
		"an event of somebody else": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "small days"} }, "project", "Foundation Conduct Committee", "", ""},
		"an event of somebody who can only be written to": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceEvent, Event: "mail days"} }, "project", "", "mail", ""},
		"another project": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{other}} },
			"project", "Foundation Conduct Committee", "", "tell/project Side Project"},
		"only another project": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceElsewhere, Repos: []About{other}} },
			"project", "Side Project", "", "tell/project Side Project"},
		"another project, whose committee has it": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceElsewhere, Repos: []About{other}} }, "side", "Side Project", "", ""},
		"another community: whoever takes those can only be written to": {
			func(f *facts) {
				f.Incident = Incident{Space: coc.SpaceRepositories, Projects: []string{"nobody-knows"}}
			}, "project", "", "Host Organisation", ""},
		"another project without a committee": {
			func(f *facts) {
				delete(f.places, "lake-org/lake/.github/coc.yaml")
				f.Incident = Incident{Space: coc.SpaceElsewhere, Repos: []About{other}}
			}, "project", "Foundation Conduct Committee", "", ""},
		"nobody has it, and two projects are touched": {
			func(f *facts) { f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{other}} },
			"", "Foundation Conduct Committee", "", "tell/project Project Committee, tell/project Side Project"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := withEvents(t)
			f.places["lake-org/lake/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}
			tc.change(f)
			has, _ := f.Directory.Committee(tc.has)
			if tc.has == "project" {
				has = pointer(t, pointerYAML).Declared
			}
			b := f.beside(t, has)
			var joint, told []string
			for _, c := range b.Joint {
				joint = append(joint, c.Name)
			}
			for _, d := range b.Duties {
				told = append(told, d.Reason.Rule+" "+d.Reason.Committee)
			}
			if got := strings.Join(joint, ", "); b.Whose.Name != tc.whose || got != tc.joint || strings.Join(told, ", ") != tc.told {
				t.Errorf("whose %q, want %q\njoint %q, want %q\ntold %q, want %q\n%+v", b.Whose.Name, tc.whose, got, tc.joint, told, tc.told, b.Trace)
			}
		})
	}
}

// Whatever the world, it answers, asks for no room, and tells nobody who has the case.
func TestBesidesAnswersInEveryWorld(t *testing.T) {
	t.Parallel()
	all := directories(t)
	for seed := range int64(2000) {
		d := dice{rand.New(rand.NewSource(seed))}
		f := randomFacts(d, all)
		f.Incident = d.incident()
		has, _ := f.Directory.Committee(d.of(append(someKeys, "")...))
		b := f.beside(t, has)
		for _, tell := range b.Duties {
			if tell.What != WordsNotice || identity(tell.Committee) == identity(has) || len(tell.Way) == 0 {
				t.Fatalf("seed %d: told is %+v", seed, tell)
			}
		}
		for _, c := range b.Joint {
			if c.Key == has.Key {
				t.Fatalf("seed %d: %s handles it jointly with itself", seed, c.Key)
			}
		}
	}
}
