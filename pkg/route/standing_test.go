package route

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// adopted is the standing that follows from what is pointed to now.
func adopted(t testing.TB, f *facts) *coc.Standing {
	t.Helper()
	p := f.point(t)
	if !p.Adopt || p.Committee == nil || p.Pointer == "" {
		t.Fatalf("not adopted: %+v", p)
	}
	return &coc.Standing{Source: f.Source.Repo, Pointer: p.Pointer, Since: f.Now, Committee: *p.Committee}
}

func named(t testing.TB, key string) Place {
	t.Helper()
	return Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: "+key+"\n")}
}

const (
	nearest1 = "my-org/my-project/.github/coc.yaml"
	nearest2 = "my-org/my-project/coc.yaml"
	shared   = "my-org/.github/coc.yaml"
)

func TestReplacedCommitteeServesUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Standing = adopted(t, f)
	f.places[nearest1] = named(t, "pinned")

	first := f.point(t)
	if !first.Held || first.Adopt || first.Change == nil || first.Committee == nil || first.Committee.Key != project {
		t.Fatalf("the change is not held: %+v", first)
	}
	if first.Change.Committee.Key != "pinned" || len(first.Change.Committee.Members) != 1 || !first.Change.EffectAt.Equal(noon.Add(72*time.Hour)) {
		t.Errorf("change %+v", first.Change)
	}
	d := f.decide(t)
	if d.Committee.Key != project || steps(d.Trace) != "lookup/found change/waiting taken" || len(d.Flags) != 0 {
		t.Errorf("taken by %q: %s, flags %v", d.Committee.Key, steps(d.Trace), d.Flags)
	}

	f.Standing.Waiting = &coc.Waiting{Pointer: first.Change.Pointer, Committee: first.Change.Committee, SeenAt: noon, EffectAt: first.Change.EffectAt}
	for name, tc := range map[string]struct {
		agreed, objected []coc.Login
		later            time.Duration
		taker            string
		steps            string
	}{
		"an objection outlasts the time":            {nil, []coc.Login{"kim-project"}, 1000 * time.Hour, project, "lookup/found change/held taken"},
		"the new committee cannot lift it alone":    {[]coc.Login{"pia-pinned"}, []coc.Login{"kim-project"}, 1000 * time.Hour, project, "lookup/found change/held taken"},
		"both committees lift it":                   {[]coc.Login{"pia-pinned", "lee-project"}, []coc.Login{"kim-project"}, 1000 * time.Hour, "pinned", "lookup/found change/in-force taken"},
		"whoever pushed cannot agree":               {[]coc.Login{"max-maintainer"}, nil, time.Hour, project, "lookup/found change/waiting taken"},
		"silence before the time":                   {nil, nil, 72*time.Hour - 1, project, "lookup/found change/waiting taken"},
		"silence after the time":                    {nil, nil, 72 * time.Hour, "pinned", "lookup/found change/in-force taken"},
		"the old committee agrees: at once":         {[]coc.Login{"lee-project"}, nil, time.Hour, "pinned", "lookup/found change/in-force taken"},
		"a stranger's objection counts for nothing": {nil, []coc.Login{"zoe-stranger"}, 73 * time.Hour, "pinned", "lookup/found change/in-force taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newFacts(t)
			st, w := *f.Standing, *f.Standing.Waiting
			w.Agreed, w.Objected = tc.agreed, tc.objected
			st.Waiting = &w
			g.Standing, g.places, g.Now = &st, f.places, noon.Add(tc.later)
			d := g.decide(t)
			if d.Committee.Key != tc.taker || steps(d.Trace) != tc.steps {
				t.Errorf("taken by %q: %s", d.Committee.Key, steps(d.Trace))
			}
			if d.Pointed.Change != nil {
				t.Error("a change that waits already is reported again")
			}
			if inForce := tc.taker == "pinned"; d.Pointed.Adopt != inForce || d.Pointed.Held == inForce {
				t.Errorf("adopt %v, held %v", d.Pointed.Adopt, d.Pointed.Held)
			}
		})
	}
}

func TestAnotherChangeStartsItsOwnTime(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Standing = adopted(t, f)
	f.places[nearest1] = named(t, "pinned")
	change := f.point(t).Change
	f.Standing.Waiting = &coc.Waiting{Pointer: change.Pointer, Committee: change.Committee, SeenAt: noon, EffectAt: change.EffectAt}
	f.Now = noon.Add(100 * time.Hour)
	f.places[nearest1] = named(t, "governance")
	p := f.point(t)
	if p.Change == nil || p.Change.Committee.Key != "governance" || !p.Change.EffectAt.Equal(f.Now.Add(ReplaceAfter)) || !p.Held {
		t.Errorf("the first change's time served the second: %+v", p)
	}
}

func TestWhatIsNoReplacement(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		was, is func(t testing.TB, f *facts)
		taker   string
		adopt   bool
	}{
		"the file is taken away: up to the fallback": {
			func(testing.TB, *facts) {}, func(_ testing.TB, f *facts) { delete(f.places, nearest1) }, foundation, false},
		"the file is broken: up to the fallback": {
			func(testing.TB, *facts) {}, func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateInvalid} }, foundation, false},
		"the file is taken away: up to the same committee in the owner's .github": {
			func(t testing.TB, f *facts) { f.places[nearest1] = named(t, "governance") }, func(t testing.TB, f *facts) {
				delete(f.places, nearest1)
				f.places[shared] = named(t, "governance")
			}, "governance", false},
		"the same words in another order and place": {
			func(testing.TB, *facts) {}, func(t testing.TB, f *facts) {
				delete(f.places, nearest1)
				f.places[nearest2] = Place{State: StateFound, Pointer: pointer(t,
					strings.Replace(pointerYAML, "kim-project, lee-project, mo-project", "MO-project, kim-project, lee-project", 1))}
			}, project, false},
		"the same in a nearer place is written down as nearer": {
			func(t testing.TB, f *facts) {
				delete(f.places, nearest1)
				f.places[shared] = named(t, "governance")
			}, func(t testing.TB, f *facts) { f.places[nearest1] = named(t, "governance") }, "governance", true},
		"settings only": {
			func(testing.TB, *facts) {}, func(t testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, pointerYAML+"public_command: off\n")}
			}, project, false},
		"the operator pins the source elsewhere": {
			func(t testing.TB, f *facts) {
				f.places = nil
				f.Directory = directory(t, strings.Replace(directoryYAML, "pinned-org/*: pinned", "my-org/*: pinned", 1))
			}, func(t testing.TB, f *facts) {
				f.Directory = directory(t, strings.Replace(directoryYAML, "pinned-org/*: pinned", "my-org/*: governance", 1))
			}, "governance", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			tc.was(t, f)
			f.Standing = adopted(t, f)
			tc.is(t, f)
			d := f.decide(t)
			if d.Pointed.Change != nil || d.Pointed.Held || d.Pointed.Adopt != tc.adopt || d.Committee.Key != tc.taker {
				t.Errorf("taken by %q, change %v, held %v, adopt %v", d.Committee.Key, d.Pointed.Change, d.Pointed.Held, d.Pointed.Adopt)
			}
		})
	}
}

// Whoever can write to the owner's .github and take away or break the nearer
// file could otherwise put their friends in place at once.
func TestAnotherCommitteeBehindAFileThatIsGoneWaits(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(f *facts){
		"taken away": func(f *facts) { delete(f.places, nearest1) },
		"broken":     func(f *facts) { f.places[nearest1] = Place{State: StateInvalid} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.Standing = adopted(t, f)
			gone(f)
			f.places[shared] = named(t, "governance")
			d := f.decide(t)
			if d.Committee.Key != project || !d.Pointed.Held || d.Pointed.Adopt {
				t.Errorf("taken by %q, held %v, adopt %v", d.Committee.Key, d.Pointed.Held, d.Pointed.Adopt)
			}
		})
	}
}

func TestFileInFrontOfWhatIsInForceWaits(t *testing.T) {
	t.Parallel()
	for name, was := range map[string]func(t testing.TB, f *facts){
		"the owner's .github": func(t testing.TB, f *facts) { f.places[shared] = named(t, "governance") },
		"the directory's entry": func(t testing.TB, f *facts) {
			f.Directory = directory(t, strings.Replace(directoryYAML, "pinned-org/*: pinned", "my-org/*: governance", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.places = map[string]Place{}
			was(t, f)
			f.Standing = adopted(t, f)
			f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, pointerYAML)}
			if d := f.decide(t); d.Committee.Key != "governance" || !d.Pointed.Held || d.Pointed.Change == nil {
				t.Errorf("a new file takes over at once: taken by %q", d.Committee.Key)
			}
		})
	}
}

func TestBrokenNearerFileCannotSmuggleAChangeIn(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Standing = adopted(t, f)
	f.places[nearest1] = Place{State: StateUnreadable}
	f.places[nearest2] = named(t, "pinned")
	d := f.decide(t)
	if d.Committee.Key != project || !d.Pointed.Held || d.Pointed.Change != nil || d.Pointed.Adopt {
		t.Errorf("taken by %q, held %v, change %v", d.Committee.Key, d.Pointed.Held, d.Pointed.Change)
	}
}

func TestWhatServesWhileAFileIsBrokenIsNotAdopted(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places[nearest1] = Place{State: StateUnreadable}
	f.places[shared] = named(t, "governance")
	if d := f.decide(t); d.Committee.Key != "governance" || d.Pointed.Adopt {
		t.Errorf("taken by %q, adopt %v", d.Committee.Key, d.Pointed.Adopt)
	}
}

func TestCommitteeThatNeverWorkedIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]coc.Committee{
		"without people": {Key: "old-org/cases", Incidents: coc.Repo{Owner: "old-org", Name: "cases"}},
		"without a room": {Key: "host", Members: []coc.Member{{Login: "hal-host"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.Standing = &coc.Standing{Source: source.Repo, Pointer: `{"committee":"host"}`, Committee: old}
			if d := f.decide(t); d.Committee.Key != project || !d.Pointed.Adopt || d.Pointed.Held {
				t.Errorf("taken by %q, adopt %v", d.Committee.Key, d.Pointed.Adopt)
			}
		})
	}
}

func TestFallbackIsNeverInForce(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places = nil
	if p := f.point(t); p.Adopt || p.Committee != nil || !p.Fallback || p.Pointer != "" {
		t.Errorf("pointed %+v", p)
	}
	f.Standing = &coc.Standing{Source: source.Repo}
	f.places = map[string]Place{nearest1: {State: StateFound, Pointer: pointer(t, pointerYAML)}}
	if p := f.point(t); !p.Adopt {
		t.Error("the first committee has to wait")
	}
}

func TestPointerIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	p := policy.Pointer{Named: "governance"}
	for want, near := range nearest {
		far, canonical := read(written(near, p))
		if far != want || canonical != p.Canonical() {
			t.Errorf("%q: %d, %s", near, far, canonical)
		}
	}
	if written(nearSource, policy.Pointer{}) != "" || written(nearDirectory, policy.Pointer{}) != "" {
		t.Error("what points nowhere has a pointer")
	}
}

// The owner's .github is in force for every repository without a file of its
// own, whether or not anybody reported about that one before.
func TestChangeOfTheOwnersFileWaitsForItsRepositoriesToo(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	delete(f.places, nearest1)
	f.places[shared] = Place{State: StateFound, Pointer: pointer(t, pointerYAML)}
	community := *adopted(t, f)
	community.Source = f.Source.Repo.Community()
	community.Pointer = strings.TrimPrefix(community.Pointer, string(nearCommunity)) // its own file
	f.Community = &community
	if p := f.point(t); p.Held || p.Adopt || p.Change != nil || p.Committee.Key != project {
		t.Fatalf("what stands is not what stands: %+v", p)
	}

	f.places[shared] = named(t, "pinned")
	unheard := f.point(t)
	if !unheard.Held || unheard.Change == nil || unheard.Standing == nil || !unheard.Standing.Source.Is(f.Source.Repo) || unheard.Standing.Committee.Key != project {
		t.Fatalf("a change that nobody told us of is not held: %+v", unheard)
	}
	community.Waiting = &coc.Waiting{
		Pointer:   strings.TrimPrefix(unheard.Change.Pointer, string(nearCommunity)),
		Committee: unheard.Change.Committee, EffectAt: unheard.Change.EffectAt,
	}
	if d := f.decide(t); d.Committee.Key != project || !d.Pointed.Held || d.Pointed.Change != nil {
		t.Errorf("taken by %q, held %v, change %v", d.Committee.Key, d.Pointed.Held, d.Pointed.Change)
	}
	f.Now = unheard.Change.EffectAt
	if d := f.decide(t); d.Committee.Key != "pinned" || d.Pointed.Held {
		t.Errorf("three days later taken by %q", d.Committee.Key)
	}
	f.Now = noon

	for name, change := range map[string]func(){
		"a standing of the source's own comes first": func() {
			f.Standing = &coc.Standing{Source: f.Source.Repo, Pointer: written(nearCommunity, f.places[shared].Pointer)}
		},
		"a file of the source's own is nearer": func() { f.places[nearest1] = named(t, "pinned") },
		"a committee of another owner that has not accepted the source is not in force for it": func() {
			community.Committee.Key, community.Committee.Incidents = "else/room", coc.Repo{Owner: "else", Name: "room"}
		},
	} {
		saved, savedStanding := community, f.Standing
		change()
		if d := f.decide(t); d.Committee.Key != "pinned" || d.Pointed.Held {
			t.Errorf("%s: taken by %q, held %v", name, d.Committee.Key, d.Pointed.Held)
		}
		delete(f.places, nearest1)
		community, f.Standing = saved, savedStanding
	}
}
