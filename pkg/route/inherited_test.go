package route

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// What is known to be in force for an owner's .github counts for a repository of
// which nothing is known. Here its file names another committee since a moment
// ago: either whoever was in force has time to answer, or nobody was.
func TestWhatIsInForceForARepositoryByItsOwner(t *testing.T) {
	t.Parallel()
	accepts := func(patterns string) string {
		return "version: 1\naccepts: [" + patterns + "]\nmembers: [{login: olga-old}]\n"
	}
	old := coc.Committee{Key: "old-org/cases", Name: "Old Committee", Incidents: coc.Repo{Owner: "old-org", Name: "cases"}, Members: []coc.Member{{Login: "olga-old"}}}
	for name, tc := range map[string]struct {
		change func(f *facts, st *coc.Standing)
		taker  string // before anybody has answered
	}{
		"a committee of the same owner": {func(*facts, *coc.Standing) {}, project},
		"a committee of the same owner in other letters": {
			func(_ *facts, st *coc.Standing) { st.Committee.Incidents.Owner = "MY-ORG" }, project},
		"a committee of the directory, whomever it accepts": {
			func(f *facts, st *coc.Standing) { st.Committee, _ = f.Directory.Committee("governance") }, "governance"},
		"a committee of another owner that accepts the repository": {
			func(f *facts, st *coc.Standing) {
				st.Committee, f.files["old-org/cases"] = old, committeeFile(t, accepts("my-org/*"))
				f.rooms["old-org/cases"] = room("old-org/cases", "olga-old")
			}, "old-org/cases"},
		"a committee of another owner that cannot be asked": {
			func(f *facts, st *coc.Standing) {
				st.Committee, f.files["old-org/cases"] = old, RosterFile{State: StateUnreadable}
			}, foundation},
		"a committee of another owner that accepts others": {
			func(f *facts, st *coc.Standing) {
				st.Committee, f.files["old-org/cases"] = old, committeeFile(t, accepts("other-org/*"))
			}, "pinned"},
		"nothing": {func(_ *facts, st *coc.Standing) { st.Pointer = "" }, "pinned"},
		"what the directory says": {
			func(_ *facts, st *coc.Standing) { st.Pointer = "directory:" + st.Pointer }, "pinned"},
		"what a third repository says": {
			func(_ *facts, st *coc.Standing) { st.Pointer = "community:" + st.Pointer }, "pinned"},
		"a change that waited, to the same words in the directory": {
			func(f *facts, st *coc.Standing) {
				st.Waiting = &coc.Waiting{Pointer: "directory:" + named(t, "pinned").Pointer.Canonical(), EffectAt: noon.Add(-time.Hour)}
			}, project},
		"a change that has waited": {
			func(f *facts, st *coc.Standing) {
				st.Waiting = &coc.Waiting{Pointer: named(t, "pinned").Pointer.Canonical(), EffectAt: noon.Add(-time.Hour)}
			}, "pinned"},
		"for the repository itself there is a standing that says nothing": {
			func(f *facts, _ *coc.Standing) { f.Standing = &coc.Standing{Source: f.Source.Repo} }, project},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			own := f.places[nearest1].Pointer
			delete(f.places, nearest1)
			st := coc.Standing{ID: 77, Source: f.Source.Repo.Community(), Pointer: own.Canonical(), Committee: own.Declared, Settings: coc.Settings{ReportLabel: "theirs"}}
			tc.change(f, &st)
			f.Community = &st
			f.places[shared] = named(t, "pinned")
			d := f.decide(t)
			if d.Committee.Key != tc.taker || d.Pointed.Held != (tc.taker != "pinned") {
				t.Fatalf("taken by %q, held %t: %s", d.Committee.Key, d.Pointed.Held, steps(d.Trace))
			}
			if got := d.Pointed.Standing; d.Pointed.Held {
				want := coc.Standing{ID: f.Source.ID, Source: f.Source.Repo, Pointer: "community:" + strings.TrimPrefix(st.Pointer, "community:")}
				if got.ID != want.ID || got.Source != want.Source || got.Pointer != want.Pointer || got.Settings != (coc.Settings{}) {
					t.Errorf("in force is %+v", got)
				}
			}
		})
	}
}

// Who is told to come next is told with the roster that its own file has.
func TestAChangeKnowsTheRosterOfWhoeverComesNext(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Standing = adopted(t, f)
	f.places[nearest1] = named(t, "pinned")
	f.files["pinned-org/cases"] = committeeFile(t, "version: 1\nmembers: [{login: new-pinned}]\n")
	if p := f.point(t); p.Change == nil || !slices.Equal(p.Change.Committee.Logins(), []coc.Login{"new-pinned"}) {
		t.Errorf("the change is %+v", p.Change)
	}
}

func TestAChangeSaysWhereItWasMadeAndWhoServes(t *testing.T) {
	t.Parallel()
	for rule, tc := range map[string]struct {
		objected []coc.Login
		later    time.Duration
		serves   string
	}{
		"change/waiting":  {nil, time.Hour, "Project Committee"},
		"change/held":     {[]coc.Login{"kim-project"}, 100 * time.Hour, "Project Committee"},
		"change/in-force": {nil, 72 * time.Hour, "Pinned Committee"},
	} {
		f := newFacts(t)
		f.Standing = adopted(t, f)
		f.places[nearest1] = named(t, "pinned")
		change := f.point(t).Change
		f.Standing.Waiting = &coc.Waiting{Pointer: change.Pointer, Committee: change.Committee, EffectAt: change.EffectAt, Objected: tc.objected}
		f.Now = noon.Add(tc.later)
		if want := (coc.Reason{Rule: rule, Committee: tc.serves, Place: nearest1}); !slices.Contains(f.decide(t).Trace, want) {
			t.Errorf("%+v is not in %+v", want, f.decide(t).Trace)
		}
	}
}

// How near something stands is written before the words, in a form that is
// stored: another reading of it would make every committee new.
func TestHowNearAPointerStandsIsStored(t *testing.T) {
	t.Parallel()
	p := policy.Pointer{Named: "governance"}
	for far, want := range []string{`{"committee":"governance"}`, `community:{"committee":"governance"}`, `directory:{"committee":"governance"}`} {
		if got := written(nearest[far], p); got != want {
			t.Errorf("written as %s, want %s", got, want)
		}
		if gotFar, canonical := read(want); gotFar != far || canonical != p.Canonical() {
			t.Errorf("%s is read as %d, %s", want, gotFar, canonical)
		}
	}
}

func TestARoomThatOnlyItsCustodianReadsIsSeenByNobody(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.files[project] = committeeFile(t, "version: 1\ncustodians: [odo-owner]\nmembers: [{login: kim-project}]\n")
	f.rooms[project] = room(project, "odo-owner!")
	if got := steps(f.decide(t).Trace); !strings.HasPrefix(got, "lookup/found room/nobody-reads") {
		t.Errorf("got %s", got)
	}
}

func TestTheTableOfRulesCannotBeChangedByCallers(t *testing.T) {
	t.Parallel()
	Rules()[0].Key = "changed"
	if Rules()[0].Key != "lookup/found" {
		t.Error("it was changed")
	}
}

func TestOnePersonIsACommitteeThatIsReplaced(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places[nearest1] = named(t, "pinned")
	f.Standing = adopted(t, f)
	f.places[nearest1] = named(t, "governance")
	if d := f.decide(t); d.Committee.Key != "pinned" || !d.Pointed.Held {
		t.Errorf("taken by %q, held %t", d.Committee.Key, d.Pointed.Held)
	}
}

// Whoever has not accepted the repository is not in force for it, even where
// nobody would be replaced.
func TestWhoeverRefusesARepositoryIsNotInForceForIt(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	delete(f.places, nearest1)
	f.places[shared] = named(t, "pinned")
	nobody := coc.Committee{Key: "old-org/cases", Incidents: coc.Repo{Owner: "old-org", Name: "cases"}}
	f.Community = &coc.Standing{Pointer: `{"committee":"old"}`, Committee: nobody}
	if p := f.point(t); p.Standing != nil || !slices.Contains(f.asked, "file old-org/cases") {
		t.Errorf("in force is %+v, asked for %v", p.Standing, f.asked)
	}
}
