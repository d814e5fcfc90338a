package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// surveyPermissions are all that a survey can use.
var surveyPermissions = []string{"members:read", "administration:read", "organization_administration:read",
	"repository_hooks:read", "organization_hooks:read"}

// busy is a world in which safe-org/cases has some of everything.
func busy(t *testing.T, permissions ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.must(w.SetBasePermission("safe-org", "read"))
	for _, login := range []string{"tess-team", "nat-nested"} {
		w.must(w.AddUser(login))
	}
	w.must(w.AddTeam("safe-org", "committee", "tess-team"))
	w.must(w.AddNestedTeam("safe-org", "helpers", "committee"))
	w.must(w.AddNestedTeam("safe-org", "interns", "helpers", "nat-nested"))
	w.must(w.AddTeam("safe-org", "elsewhere"))
	w.must(w.GrantTeam(cases.String(), "committee", "triage"))
	w.must(w.AddCollaborator(cases.String(), "bob-example", "read"))
	w.must(w.Invite(cases.String(), "alice-example", "read"))
	w.must(w.AddDeployKey(cases.String(), "mirror", false))
	w.must(w.AddDeployKey(cases.String(), "robot", true))
	w.must(w.AddHook(cases.String(), true, "issues"))
	w.must(w.AddHook(cases.String(), false, "issues"))
	w.must(w.AddHook("safe-org", true, "*"))
	w.must(w.AddHook("safe-org", true, "push"))
	w.must(w.SetFeature(cases.String(), "pages", true))
	w.must(w.SetFeature(cases.String(), "projects", false))
	w.must(w.SetFeature(cases.String(), "discussions", true))
	w.must(w.AddRepo("org-owner/cases", githubsim.Repo{ForkOf: cases.String()}))
	for id, app := range map[int64]githubsim.App{
		81: {Slug: "reads-all", Permissions: map[string]string{"issues": "read"}},
		82: {Slug: "reads-some", Permissions: map[string]string{"pull_requests": "read"}},
		83: {Slug: "builds", Permissions: map[string]string{"contents": "write"}},
		84: {Slug: "hires", Permissions: map[string]string{"members": "write"}},
		85: {Slug: "asleep", Permissions: map[string]string{"issues": "write"}},
	} {
		app.ID, app.PrivateKey = id, appKey()
		w.must(w.AddApp(app))
	}
	w.installs(81, "safe-org")
	w.installs(82, "safe-org", "cases")
	w.installs(83, "safe-org")
	w.installs(84, "safe-org")
	w.installs(85, "safe-org")
	w.must(w.SuspendInstallation(w.install[85], true))
	w.maker(permissions...)
	w.f = w.another(func(o *forge.Options) { // the source App is ours too
		o.Apps[coc.AppRooms] = forge.Registration{ID: makerID, PrivateKey: keyPEM()}
	})
	w.must(w.Uninstall(w.install[roomsID]))
	w.installs(sourceID, "safe-org")
	return w
}

func TestSurveySeesWhateverElseCouldComeByTheWords(t *testing.T) {
	t.Parallel()
	w := busy(t, surveyPermissions...)
	got := w.f.Survey(ctx(t), cases)
	facts, err := w.f.Repository(ctx(t), coc.AppRooms, cases)
	w.must(err)
	slices.SortFunc(got.Apps, func(a, b coc.OtherApp) int { return strings.Compare(a.Slug, b.Slug) })
	team := func(slug string) coc.Team { return coc.Team{Org: "safe-org", Slug: slug} }
	want := coc.Survey{
		RepoFacts: facts, Owners: []coc.Login{"org-owner"}, Base: "read", Members: got.Members,
		Teams: []coc.TeamAccess{
			{Team: team("committee"), Permission: "triage"},
			{Team: team("helpers"), Permission: "triage", Through: team("committee")},
			{Team: team("interns"), Permission: "triage", Through: team("committee")},
		},
		Outside: []coc.Login{"bob-example"}, Invited: []coc.Login{"alice-example"},
		Keys: []coc.DeployKey{{Title: "mirror"}, {Title: "robot", Write: true}},
		Apps: []coc.OtherApp{{Slug: "builds", All: true}, {Slug: "hires", All: true, Reads: true},
			{Slug: "reads-all", All: true, Reads: true}, {Slug: "reads-some", Reads: true}},
		RepoHooks: 1, OrgHooks: 2,
		Issues: true, Actions: true, Wiki: true, Pages: true, Discussions: true, Forking: true, Forks: 1,
		Seen: got.Seen,
	}
	if !reflect.DeepEqual(got, want) || got.Seen.IsZero() {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func TestOnePermissionThatIsMissingHidesNothingElse(t *testing.T) {
	t.Parallel()
	hidden := map[string][]string{
		"members:read":                     {coc.SurveyOwners, coc.SurveyNestedTeams},
		"administration:read":              {coc.SurveyTeams, coc.SurveyNestedTeams, coc.SurveyInvited, coc.SurveyKeys, coc.SurveyActions},
		"organization_administration:read": {coc.SurveyBase, coc.SurveyApps},
		"repository_hooks:read":            {coc.SurveyRepoHooks},
		"organization_hooks:read":          {coc.SurveyOrgHooks},
	}
	for missing, unseen := range hidden {
		w := busy(t, slices.DeleteFunc(slices.Clone(surveyPermissions), func(p string) bool { return p == missing })...)
		if got := w.f.Survey(ctx(t), cases); got.Problem != nil || !slices.Equal(got.Unseen, unseen) || !slices.Equal(got.Outside, []coc.Login{"bob-example"}) {
			t.Errorf("without %s: unseen %q, %v", missing, got.Unseen, got.Problem)
		}
	}
	w := busy(t, "issues:write")
	got := w.f.Survey(ctx(t), cases)
	want := []string{coc.SurveyOwners, coc.SurveyBase, coc.SurveyTeams, coc.SurveyNestedTeams, coc.SurveyInvited, coc.SurveyKeys,
		coc.SurveyApps, coc.SurveyRepoHooks, coc.SurveyOrgHooks, coc.SurveyActions}
	if got.Problem != nil || !slices.Equal(got.Unseen, want) || got.ID == 0 || got.Forks != 1 {
		t.Errorf("%+v", got)
	}
}

// surveyReads are the reads of a survey, by what hides where GitHub refuses it.
var surveyReads = map[string]string{
	"/orgs/safe-org/members":                    coc.SurveyOwners,
	"/orgs/safe-org":                            coc.SurveyBase,
	"/repos/safe-org/cases/teams":               coc.SurveyTeams,
	"/orgs/safe-org/teams/helpers/teams":        coc.SurveyNestedTeams,
	"/repos/safe-org/cases/collaborators":       coc.SurveyOutside,
	"/repos/safe-org/cases/invitations":         coc.SurveyInvited,
	"/repos/safe-org/cases/keys":                coc.SurveyKeys,
	"/orgs/safe-org/installations":              coc.SurveyApps,
	"/repos/safe-org/cases/hooks":               coc.SurveyRepoHooks,
	"/orgs/safe-org/hooks":                      coc.SurveyOrgHooks,
	"/repos/safe-org/cases/actions/permissions": coc.SurveyActions,
}

func TestWhatGitHubRefusesIsUnseenAndWhatItCannotAnswerIsAProblem(t *testing.T) {
	t.Parallel()
	w := busy(t, surveyPermissions...)
	for path, what := range surveyReads {
		for _, code := range []int{403, 404} {
			w.Fail(to("GET", path), 1, status(code, nil))
			got := w.f.Survey(ctx(t), cases)
			w.ClearFaults()
			if got.Problem != nil || !slices.Contains(got.Unseen, what) || len(got.Unseen) > 2 || len(got.Outside) == 0 && what != coc.SurveyOutside {
				t.Errorf("%s is %d: unseen %q, %v", path, code, got.Unseen, got.Problem)
			}
		}
		for name, fails := range map[string]http.HandlerFunc{
			"5xx": status(502, nil), "a limit": status(403, map[string]string{"Retry-After": "60"}),
		} {
			f := w.another(func(o *forge.Options) { // who has been asked to wait waits
				o.Apps[coc.AppRooms] = forge.Registration{ID: makerID, PrivateKey: keyPEM()}
			})
			w.Fail(to("GET", path), 1, fails)
			got := f.Survey(ctx(t), cases)
			w.ClearFaults()
			if want := (coc.Survey{RepoFacts: coc.RepoFacts{Repo: cases}, Problem: got.Problem, Seen: got.Seen}); !isLater(got.Problem) || !reflect.DeepEqual(got, want) {
				t.Errorf("%s has %s: %+v", path, name, got)
			}
		}
	}
}

func TestBasePermissionThatGitHubKeepsToItselfIsUnseen(t *testing.T) {
	t.Parallel()
	w := busy(t, surveyPermissions...)
	w.Fail(to("GET", "/orgs/safe-org"), 0, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(`{"login":"safe-org"}`)) })
	if got := w.f.Survey(ctx(t), cases); got.Problem != nil || got.Base != "" || !slices.Equal(got.Unseen, []string{coc.SurveyBase}) {
		t.Errorf("%q, unseen %q, %v", got.Base, got.Unseen, got.Problem)
	}
	if facts := w.f.Organisation(ctx(t), "safe-org"); facts.Problem != nil || facts.Base != "" {
		t.Errorf("%q, %v", facts.Base, facts.Problem)
	}
}

func TestRoomThatCannotBeSeenHasNoSurvey(t *testing.T) {
	t.Parallel()
	w := maker(t)
	got := w.f.Survey(ctx(t), coc.Repo{Owner: "safe-org", Name: "nowhere"})
	if !errors.Is(got.Problem, coc.ErrInaccessible) || got.Unseen != nil || got.ID != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSurveyReadsAllPages(t *testing.T) {
	t.Parallel()
	w := busy(t, surveyPermissions...)
	for n := range 120 {
		login := fmt.Sprintf("guest-%03d", n)
		w.must(w.AddUser(login))
		w.must(w.AddCollaborator(cases.String(), login, "read"))
		w.must(w.AddDeployKey(cases.String(), login, true))
	}
	if got := w.f.Survey(ctx(t), cases); got.Problem != nil || len(got.Outside) != 121 || len(got.Keys) != 122 {
		t.Errorf("%d outside, %d keys, %v", len(got.Outside), len(got.Keys), got.Problem)
	}
}

func TestSurveyOfARoomOfItsOwnFindsNothing(t *testing.T) {
	t.Parallel()
	w := maker(t, append([]string{"issues:write", "administration:write"}, slices.DeleteFunc(slices.Clone(surveyPermissions),
		func(p string) bool { return p == "administration:read" })...)...)
	facts := w.makes(heron)
	got := w.f.Survey(ctx(t), heron)
	want := coc.Survey{RepoFacts: facts, Owners: []coc.Login{"org-owner"}, Base: "none", Issues: true,
		Apps: []coc.OtherApp{{Slug: "cocrouter-rooms", All: true, Reads: true}}, Seen: got.Seen}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func TestPersonsRoomIsSurveyedTooAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	w := maker(t, surveyPermissions...)
	own := coc.Repo{Owner: "kim-responder", Name: "cases"}
	w.must(w.AddRepo(own.String(), githubsim.Repo{Collaborators: map[string]string{"alice-example": "write"}}))
	_, err := w.Install(makerID, "kim-responder")
	w.must(err)
	got := w.f.Survey(ctx(t), own)
	if got.Problem != nil || !slices.Equal(got.Owners, []coc.Login{"kim-responder"}) || !slices.Equal(got.Outside, []coc.Login{"alice-example"}) ||
		!slices.Equal(got.Unseen, []string{coc.SurveyApps}) {
		t.Errorf("%+v", got)
	}
}

func TestTokensOfASurveyReadOneThingEach(t *testing.T) {
	t.Parallel()
	w := busy(t, surveyPermissions...)
	w.requests()
	facts := w.f.Survey(ctx(t), cases)
	seen := w.tokens()
	want := []narrowing{
		{Repositories: []string{"cases"}, Permissions: map[string]string{"metadata": "read"}},
		{Permissions: map[string]string{"members": "read"}},
		{Permissions: map[string]string{"organization_administration": "read"}},
		{RepositoryIDs: []int64{facts.ID}, Permissions: map[string]string{"administration": "read"}},
		{RepositoryIDs: []int64{facts.ID}, Permissions: map[string]string{"repository_hooks": "read"}},
		{Permissions: map[string]string{"organization_hooks": "read"}},
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("tokens %+v, want %+v", seen, want)
	}
	if got := w.writes(); len(got) > 0 {
		t.Errorf("it wrote %q", got)
	}
}
