package githubsim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestRepositoryThatAnAppMakesIsItsOwnAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	installation, err := w.Install(appID, "example-org", "cases")
	w.ok(err)
	w.ok(w.SetBasePermission("example-org", "read"))
	w.idle()
	w.hooks.take()
	room := map[string]any{"name": "heron", "description": "mark", "private": true, "has_issues": true, "has_projects": false, "has_wiki": false}
	create := func(token string, status int, body map[string]any) reply {
		return w.wantToken(status, token, "POST", "/orgs/example-org/repos", body)
	}
	narrow := w.token(installation, map[string]any{"repositories": []string{"cases"}})
	poor := w.token(installation, map[string]any{"permissions": map[string]string{"members": "read"}})
	create(narrow, 403, room)
	create(poor, 403, room)
	token := w.token(installation, map[string]any{"permissions": map[string]string{"administration": "write"}})
	made := create(token, 201, room).object()
	if made["has_wiki"] != false || made["has_projects"] != false || made["visibility"] != "private" || made["allow_forking"] != true {
		t.Errorf("made: %v", made)
	}
	refused := create(token, 422, map[string]any{"name": "Heron", "private": true}).object()
	if refused["message"] != "Repository creation failed." || refused["errors"].([]any)[0].(map[string]any)["field"] != "name" {
		t.Errorf("the name is taken: %v", refused)
	}
	create(token, 422, map[string]any{"name": "other", "description": "two\nlines"})
	create(token, 422, map[string]any{"name": "other", "description": strings.Repeat("x", 351)})
	w.idle()
	if got := names(w.hooks.take()); !slices.Equal(got, []string{"installation_repositories.added"}) {
		t.Errorf("told of %v", got)
	}
	// The base permission counts there, and the bot is nobody.
	readers := w.wantToken(200, token, "GET", "/repos/example-org/heron/collaborators", nil).each("login")
	if slices.Sort(readers); !slices.Equal(readers, []string{"ada-owner", "mel-member", "tom-teamer"}) {
		t.Errorf("readers: %v", readers)
	}
}

func TestArchivedRepositoryKeepsItsPeopleAndItsVisibility(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const repo = "/repos/example-org/cases"
	w.want(200, "ada-owner", "PATCH", repo, map[string]any{"archived": true})
	for _, body := range []map[string]any{{"visibility": "public"}, {"archived": true}, {"has_wiki": false}} {
		got := w.want(403, "ada-owner", "PATCH", repo, body)
		if !strings.Contains(string(got.body), "archived") {
			t.Errorf("%v: %s", body, got.body)
		}
	}
	w.want(403, "ada-owner", "PUT", repo+"/collaborators/mel-member", nil)
	w.want(403, "ada-owner", "DELETE", repo+"/collaborators/kim-responder", nil)
	w.want(403, "ada-owner", "PUT", repo+"/actions/permissions", map[string]any{"enabled": false})
	if !w.CanRead("kim-responder", "example-org/cases") {
		t.Error("somebody left an archived repository")
	}
	w.want(200, "ada-owner", "PATCH", repo, map[string]any{"archived": false})
	w.want(204, "ada-owner", "DELETE", repo+"/collaborators/kim-responder", nil)
}

func TestInvitationOutlivesARemovalAndDiesByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const repo = "/repos/example-org/cases"
	w.want(201, "ada-owner", "PUT", repo+"/collaborators/olu-outsider", map[string]any{"permission": "triage"})
	w.want(204, "ada-owner", "DELETE", repo+"/collaborators/olu-outsider", nil)
	pending := w.want(200, "ada-owner", "GET", repo+"/invitations", nil).list()
	if len(pending) != 1 || pending[0]["permissions"] != "triage" {
		t.Fatalf("pending: %v", pending)
	}
	at := fmt.Sprintf("%s/invitations/%d", repo, int64(pending[0]["id"].(float64)))
	w.want(403, "kim-responder", "DELETE", at, nil)
	w.want(204, "ada-owner", "DELETE", at, nil)
	w.want(404, "ada-owner", "DELETE", at, nil)
	if err := w.AcceptInvitation("olu-outsider", "example-org/cases"); err == nil {
		t.Error("a cancelled invitation was accepted")
	}
}

func TestPolicyOfAnOrganisationWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	const repo = "/repos/example-org/cases"
	edit := func(want int, body map[string]any) reply { return w.wantToken(want, token, "PATCH", repo, body) }
	if got := edit(200, map[string]any{"allow_forking": false}).object(); got["allow_forking"] != false {
		t.Errorf("forks are still allowed: %v", got["allow_forking"])
	}
	w.ok(w.SetPolicy("example-org", githubsim.OrgPolicy{NoPrivateForks: true, NoActions: true, VisibilityByOwners: true}))
	// It refuses also what is so already.
	if got := edit(422, map[string]any{"allow_forking": false}); !strings.Contains(string(got.body), "does not allow private repository forking") {
		t.Errorf("forks: %s", got.body)
	}
	edit(422, map[string]any{"visibility": "public"})
	w.want(200, "ada-owner", "PATCH", repo, map[string]any{"visibility": "public"})
	edit(422, map[string]any{"allow_forking": false})
	w.wantToken(204, token, "PUT", repo+"/actions/permissions", map[string]any{"enabled": true})
	w.wantToken(422, token, "PUT", repo+"/actions/permissions", map[string]any{})
	if got := w.wantToken(200, token, "GET", repo+"/actions/permissions", nil).object(); got["enabled"] != false {
		t.Errorf("Actions: %v", got)
	}
}

func TestEachSettingNeedsAPermissionOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	installation, err := w.Install(appID, "example-org")
	w.ok(err)
	w.ok(w.AddApp(githubsim.App{ID: 78, Slug: "hook-app", PrivateKey: appKey(),
		Permissions: map[string]string{"repository_hooks": "read", "organization_hooks": "read"}}))
	_, err = w.Install(78, "example-org", "project")
	w.ok(err)
	w.ok(w.AddHook("example-org", true, "issues"))
	w.ok(w.AddHook("example-org/cases", false, "issues"))
	w.ok(w.AddDeployKey("example-org/cases", "mirror", true))
	const repo, org = "/repos/example-org/cases", "/orgs/example-org"
	for path, permission := range map[string]string{
		repo + "/actions/permissions": "administration",
		repo + "/keys":                "administration",
		repo + "/teams":               "administration",
		repo + "/invitations":         "administration",
		repo + "/hooks":               "", // not granted to this App
		org + "/hooks":                "",
		org + "/installations":        "organization_administration",
		org + "/teams/outer/teams":    "members",
	} {
		w.want(200, "ada-owner", "GET", path, nil)
		w.want(404, "olu-outsider", "GET", path, nil)
		for _, p := range []string{"administration", "organization_administration", "members", "issues"} {
			want := 403
			if p == permission {
				want = 200
			}
			token := w.token(installation, map[string]any{"permissions": map[string]string{p: "read"}})
			if got := w.bearer(token, "GET", path, nil); got.status != want {
				t.Errorf("%s with %s: %d, want %d", path, p, got.status, want)
			}
		}
	}
	// An App on some repositories does not tell on which.
	for _, i := range w.want(200, "ada-owner", "GET", org+"/installations", nil).object()["installations"].([]any) {
		i := i.(map[string]any)
		if want := map[string]string{"example-app": "all", "hook-app": "selected"}[i["app_slug"].(string)]; i["repository_selection"] != want || i["repositories"] != nil {
			t.Errorf("%v", i)
		}
	}
	below := w.want(200, "ada-owner", "GET", org+"/teams/outer/teams", nil).list()
	if len(below) != 1 || below[0]["slug"] != "inner" || below[0]["parent"].(map[string]any)["slug"] != "outer" {
		t.Errorf("below outer: %v", below)
	}
}

func TestForksAndFeaturesAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.AddRepo("olu-outsider/project", githubsim.Repo{Visibility: "public", ForkOf: "example-org/project"}))
	if got := w.want(200, "", "GET", "/repos/example-org/project", nil).object()["forks_count"]; got != 1.0 {
		t.Errorf("forks: %v", got)
	}
	for _, feature := range []string{"projects", "wiki", "forking", "actions"} {
		w.ok(w.SetFeature("example-org/cases", feature, false))
	}
	for _, feature := range []string{"pages", "discussions"} {
		w.ok(w.SetFeature("example-org/cases", feature, true))
	}
	if on, err := w.Features("example-org/cases"); err != nil || !slices.Equal(on, []string{"discussions", "issues", "pages"}) {
		t.Errorf("on: %v, %v", on, err)
	}
	if err := w.SetFeature("example-org/cases", "telegraph", true); err == nil {
		t.Error("there is a telegraph")
	}
}
