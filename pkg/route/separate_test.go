package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// What is read back of a repository that was made decides whether a word goes there.
func TestARepositoryThatWasMadeIsReadBackBeforeTheFirstWord(t *testing.T) {
	t.Parallel()
	c := coc.Committee{
		Name: "Project Committee", Level: coc.LevelProject, Incidents: coc.Repo{Owner: "my-org", Name: "cases"},
		Members: []coc.Member{{Login: "kim-project"}, {Login: "lee-project"}, {Login: "mo-project"}},
	}
	accused := parties(coc.RoleAccused, "kim-project")
	clear := []coc.Declaration{{Login: "lee-project", Kind: coc.ConflictHard}}
	for name, tc := range map[string]struct {
		readers  []string
		declared []coc.Declaration
		want     string
	}{
		"nobody accepted the invitation":             {nil, nil, "room/nobody-reads"},
		"one of two is only invited":                 {[]string{"lee-project"}, nil, "separate/too-few"},
		"the other one has declared a hard conflict": {[]string{"mo-project"}, clear, "separate/too-few"},
		"a stranger reads along":                     {[]string{"lee-project", "mo-project", "zoe-stranger"}, nil, "room/stranger-reads"},
		"the accused reads along":                    {[]string{"lee-project", "mo-project", "kim-project"}, nil, "room/conflicted-reads"},
		"both who may read it read it":               {[]string{"lee-project", "Mo-Project"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := conflict.Record{Declarations: tc.declared}.Screen(c, accused)
			got := CheckSeparate(room("my-org/quiet-harbor-417", tc.readers...), c, s, accused, conflict.Record{Declarations: tc.declared}, source)
			var want []coc.Reason
			if tc.want != "" {
				want = []coc.Reason{{Rule: tc.want, Committee: "Project Committee", Place: "my-org/cases"}}
				if tc.want == "room/stranger-reads" {
					want[0].Detail = "1"
				}
			}
			if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestACommitteeThatSaysNothingOfSeparateRepositoriesMayHaveThem(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	w := f.start()
	w.Orgs = map[string]coc.OrgFacts{"my-org": {MayCreate: true, Members: []coc.Login{"kim-project"}, Base: "none"}}
	for separate, want := range map[coc.Separation]bool{"": true, coc.SeparateOnConflict: true, coc.SeparateAlways: true, coc.SeparateNever: false, "whenever": false} {
		c := coc.Committee{Level: coc.LevelProject, Incidents: coc.Repo{Owner: "MY-org", Name: "cases"}, Members: []coc.Member{{Login: "kim-project"}}, Separate: separate}
		if got, _, need := w.separately(c); got.takes != want || got.committee.Incidents != c.Incidents || need != nil {
			t.Errorf("%q: %+v, needs %+v", separate, got, need)
		}
	}
}

// The repository of a committee that asks its members is empty at first: an owner who
// is on the committee would read before they have answered, unless it named them.
func TestNobodyReadsTheRepositoryOfACommitteeThatAsksBeforeTheyAreAsked(t *testing.T) {
	t.Parallel()
	all := []coc.Login{"kim-project", "lee-project", "mo-project"}
	for name, tc := range map[string]struct {
		org   coc.OrgFacts
		world World
		want  string
	}{
		"nobody can sign in":              {coc.OrgFacts{MayCreate: true, Members: all, Base: "none"}, World{}, "separate/no-sign-in"},
		"a member owns the organisation":  {coc.OrgFacts{MayCreate: true, Owners: all[:1], Members: all[1:], Base: "none"}, World{SignIn: true}, "separate/stranger-reads"},
		"every member reads everything":   {coc.OrgFacts{MayCreate: true, Members: all, Base: "read"}, World{SignIn: true}, "separate/stranger-reads"},
		"no repository can be made":       {coc.OrgFacts{Members: all, Base: "none"}, World{SignIn: true}, "separate/not-granted"},
		"a custodian is accused":          {coc.OrgFacts{MayCreate: true, Owners: []coc.Login{"cus-owner"}, Members: all, Base: "none"}, World{SignIn: true, Parties: parties(coc.RoleAccused, "cus-owner")}, "separate/conflicted-reads"},
		"most would only be invited":      {coc.OrgFacts{MayCreate: true, Members: all[:1], Base: "none"}, World{SignIn: true}, "separate/too-few"},
		"a custodian owns it":             {coc.OrgFacts{MayCreate: true, Owners: []coc.Login{"cus-owner"}, Members: all, Base: "none"}, World{SignIn: true}, "separate/taken"},
		"a custodian on it steps back":    {coc.OrgFacts{MayCreate: true, Owners: []coc.Login{"kim-project"}, Members: all[1:], Base: "none"}, World{SignIn: true, Declarations: []coc.Declaration{{Login: "kim-project", Kind: coc.ConflictHard}}}, "separate/conflicted-reads"},
		"one is accused, and is not told": {coc.OrgFacts{MayCreate: true, Members: all, Base: "none"}, World{SignIn: true, Parties: parties(coc.RoleAccused, "mo-project")}, "separate/taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := coc.Committee{
				Level: coc.LevelProject, Incidents: coc.Repo{Owner: "my-org", Name: "cases"}, Custodians: []coc.Login{"cus-owner"}, Separate: coc.SeparateAlways,
				Members: []coc.Member{{Login: "kim-project"}, {Login: "lee-project"}, {Login: "mo-project"}},
			}
			if len(tc.world.Declarations) > 0 {
				c.Custodians = tc.org.Owners
			}
			tc.world.Orgs = map[string]coc.OrgFacts{"my-org": tc.org}
			got, trace, need := tc.world.inPrivate(c)
			if need != nil || len(trace) != 1 || trace[0].Rule != tc.want || got.takes != (tc.want == "separate/taken") {
				t.Fatalf("%+v by %+v, needs %+v; want %s", got, trace, need, tc.want)
			}
			if got.takes && (!got.separate || slices.Contains(got.responders, "mo-project") == (tc.world.Parties != nil)) {
				t.Errorf("%v would be asked", got.responders)
			}
		})
	}
}

// A word that is no case is told like any other: nobody is asked about it.
func TestABriefNoticeAsksNobody(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.files[project] = committeeFile(t, "version: 1\nseparate: always\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
	if d := f.decide(t); d.Committee.Key == "my-org/cases" {
		t.Errorf("%s has it by %s", d.Committee.Key, steps(d.Trace))
	}
	f.Brief = true
	if d := f.decide(t); d.Separate || steps(d.Trace) != "lookup/found taken" {
		t.Errorf("%s by %s", d.Committee.Key, steps(d.Trace))
	}
}

// Row 8 is about projects alone, in whichever repository.
func TestWhoDecidedGetsNoRepositoryAndRowEightIsForProjects(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	w := f.start()
	w.Orgs = map[string]coc.OrgFacts{"my-org": {MayCreate: true, Members: []coc.Login{"kim-project", "lee-project", "mo-project"}, Base: "none"}}
	c := coc.Committee{
		Level: coc.LevelFoundation, Incidents: coc.Repo{Owner: "my-org", Name: "cases"},
		Members: []coc.Member{{Login: "kim-project"}, {Login: "lee-project"}, {Login: "mo-project"}},
	}
	w.Deciders = []coc.Login{"KIM-project"}
	got, trace, _ := w.separately(c)
	if !slices.Equal(got.responders, []coc.Login{"lee-project", "mo-project"}) || len(trace) != 1 || trace[0].Row != "" {
		t.Errorf("responders %v, trace %+v", got.responders, trace)
	}
	c.Level = coc.LevelProject
	if _, trace, _ := w.separately(c); len(trace) != 1 || trace[0].Row != "8" {
		t.Errorf("trace %+v", trace)
	}
}

// The way up from a committee that wants no separate repository is its own.
func TestACommitteeWithoutSeparateRepositoriesNamesWhoIsNext(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.files[project] = committeeFile(t, "version: 1\nseparate: never\nescalate_to: governance\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
	f.Parties = parties(coc.RoleAccused, "kim-project")
	if d := f.decide(t); d.Committee.Key != "governance" || steps(d.Trace) != "lookup/found room/conflicted-reads taken" {
		t.Errorf("%s by %s", d.Committee.Key, steps(d.Trace))
	}
}

// A case that moves stays with whoever its committee was when it got it, as far as they
// are still on the roster.
func TestWhoJoinedSinceACommitteeHasTheCaseDoesNotTakeIt(t *testing.T) {
	t.Parallel()
	of := func(room string, logins ...coc.Login) *coc.Committee {
		owner, name, _ := strings.Cut(room, "/")
		c := &coc.Committee{Key: "under-another-key", Incidents: coc.Repo{Owner: owner, Name: name}}
		for _, l := range logins {
			c.Members = append(c.Members, coc.Member{Login: l})
		}
		return c
	}
	for name, tc := range map[string]struct {
		has  *coc.Committee
		want []coc.Login
	}{
		"nobody has it":          {nil, []coc.Login{"kim-project", "lee-project", "mo-project"}},
		"another committee":      {of("foundation/cases", "kim-project"), []coc.Login{"kim-project", "lee-project", "mo-project"}},
		"two of three":           {of(strings.ToUpper(project), "KIM-project", "lee-project"), []coc.Login{"kim-project", "lee-project"}},
		"and one who left":       {of(project, "kim-project", "lee-project", "nat-project"), []coc.Login{"kim-project", "lee-project"}},
		"nobody of them is left": {of(project, "nat-project"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.Has, f.rooms[project] = tc.has, room(project, "kim-project", "lee-project")
			d := f.decide(t)
			if got := d.Responders; (d.Committee.Key == project) != (tc.want != nil) || tc.want != nil && !slices.Equal(got, tc.want) {
				t.Errorf("%s takes it: %v, by %s", d.Committee.Key, got, steps(d.Trace))
			}
			if tc.want == nil && steps(d.Trace) != "lookup/found committee/no-responders chain/fallback taken" {
				t.Errorf("%s", steps(d.Trace))
			}
		})
	}
}
