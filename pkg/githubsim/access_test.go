package githubsim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestNobodyLearnsOfARepositoryTheyCannotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/cases", "code name")
	unknown := w.want(404, "olu-outsider", "GET", "/repos/example-org/no-such-thing/issues/1", nil)
	for _, c := range []struct{ method, path string }{
		{"GET", "/repos/example-org/cases"},
		{"GET", "/repos/EXAMPLE-ORG/Cases"},
		{"PATCH", "/repos/example-org/cases"},
		{"DELETE", "/repos/example-org/cases"},
		{"GET", "/repos/example-org/cases/issues"},
		{"GET", "/repos/example-org/cases/issues/1"},
		{"GET", "/repos/example-org/cases/issues/99"},
		{"POST", "/repos/example-org/cases/issues"},
		{"PATCH", "/repos/example-org/cases/issues/1"},
		{"POST", "/repos/example-org/cases/issues/1/comments"},
		{"PUT", "/repos/example-org/cases/issues/1/lock"},
		{"GET", "/repos/example-org/cases/labels"},
		{"GET", "/repos/example-org/cases/contents/README.md"},
		{"GET", "/repos/example-org/cases/collaborators"},
		{"GET", "/repos/example-org/cases/collaborators/olu-outsider/permission"},
		{"GET", "/repos/example-org/intern"},
	} {
		for _, login := range []string{"", "olu-outsider", "mel-member"} {
			if login == "mel-member" && strings.HasSuffix(c.path, "/intern") {
				continue // internal is for every member
			}
			got := w.want(404, login, c.method, c.path, nil)
			if string(got.body) != string(unknown.body) {
				t.Errorf("%s %s as %q tells more than of what does not exist: %s", c.method, c.path, login, got.body)
			}
		}
	}
	if err := w.CloseIssue("olu-outsider", "example-org/cases", 1); status(err) != 404 {
		t.Errorf("acting without HTTP: %v, want 404", err)
	}
}

func TestEveryWayOfReadingMakesACollaborator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.AddUser("dee-direct"))
	w.ok(w.AddUser("ivy-invited"))
	w.ok(w.AddCollaborator("example-org/cases", "dee-direct", "maintain"))
	w.ok(w.GrantTeam("example-org/cases", "outer", "push"))
	w.want(201, "ada-owner", "PUT", "/repos/example-org/cases/collaborators/ivy-invited", map[string]any{"permission": "pull"})

	roles := func() map[string]string {
		all := map[string]string{}
		for _, o := range w.want(200, "ada-owner", "GET", "/repos/example-org/cases/collaborators", nil).list() {
			all[o["login"].(string)] = o["role_name"].(string)
		}
		return all
	}
	check := func(want map[string]string) {
		t.Helper()
		got := roles()
		for login, role := range want {
			if got[login] != role {
				t.Errorf("%s has %q, want %q (all: %v)", login, got[login], role, got)
			}
			if canRead := w.CanRead(login, "example-org/cases"); canRead != (role != "") {
				t.Errorf("CanRead(%s) = %v, but the role is %q", login, canRead, role)
			}
		}
	}
	// tom-teamer has it through a team below the one that was granted it.
	check(map[string]string{"ada-owner": "admin", "dee-direct": "maintain", "kim-responder": "read", "tom-teamer": "write",
		"mel-member": "", "ivy-invited": "", "olu-outsider": ""})

	w.ok(w.AcceptInvitation("ivy-invited", "example-org/cases"))
	w.ok(w.SetBasePermission("example-org", "read"))
	check(map[string]string{"ivy-invited": "read", "mel-member": "read", "tom-teamer": "write", "olu-outsider": ""})

	w.ok(w.RemoveTeamMember("example-org", "inner", "tom-teamer"))
	w.ok(w.RemoveCollaborator("example-org/cases", "kim-responder"))
	w.ok(w.RemoveMember("example-org", "mel-member"))
	// Owners stay, whatever is taken from them.
	w.want(204, "ada-owner", "DELETE", "/repos/example-org/cases/collaborators/ada-owner", nil)
	check(map[string]string{"tom-teamer": "read", "kim-responder": "", "mel-member": "", "ada-owner": "admin"})

	outside := w.want(200, "ada-owner", "GET", "/repos/example-org/cases/collaborators?affiliation=outside", nil).each("login")
	if slices.Sort(outside); !slices.Equal(outside, []string{"dee-direct", "ivy-invited"}) {
		t.Errorf("outside collaborators: %v", outside)
	}
}

func TestMembersAreAddedAtOnceAndOthersInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/repos/example-org/cases/collaborators/"
	w.want(204, "ada-owner", "PUT", path+"mel-member", nil)
	w.want(201, "ada-owner", "PUT", path+"olu-outsider", map[string]any{"permission": "triage"})
	w.want(403, "kim-responder", "PUT", path+"tom-teamer", nil)
	w.want(422, "ada-owner", "PUT", path+"tom-teamer", map[string]any{"permission": "everything"})
	w.want(404, "ada-owner", "PUT", path+"nobody-at-all", nil)
	if !w.CanRead("mel-member", "example-org/cases") || w.CanRead("olu-outsider", "example-org/cases") {
		t.Error("a member must read at once, and somebody invited must not")
	}
	if got := w.want(200, "ada-owner", "GET", "/repos/example-org/cases/invitations", nil).list(); len(got) != 1 {
		t.Errorf("invitations: %v", got)
	}
	perm := func(login string) string {
		return w.want(200, "ada-owner", "GET", path+login+"/permission", nil).object()["permission"].(string)
	}
	if perm("mel-member") != "write" || perm("olu-outsider") != "none" || perm("ada-owner") != "admin" {
		t.Errorf("permissions: %s, %s, %s", perm("mel-member"), perm("olu-outsider"), perm("ada-owner"))
	}
}

func TestVisibilityDecidesWhoReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads := func(full string) []string {
		var all []string
		for _, login := range []string{"", "olu-outsider", "mel-member", "ada-owner"} {
			if w.CanRead(login, full) {
				all = append(all, login)
			}
		}
		return all
	}
	for visibility, want := range map[string][]string{
		"public":   {"", "olu-outsider", "mel-member", "ada-owner"},
		"internal": {"mel-member", "ada-owner"},
		"private":  {"ada-owner"},
	} {
		w.ok(w.SetVisibility("example-org/intern", visibility))
		if got := reads("example-org/intern"); !slices.Equal(got, want) {
			t.Errorf("%s: read by %q, want %q", visibility, got, want)
		}
	}
	if w.CanRead("ada-owner", "example-org/nothing") || w.CanRead("nobody-at-all", "example-org/project") {
		t.Error("what does not exist was read, or somebody who does not")
	}
}

func TestAZeroRepoAndAZeroOrgLetNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.AddOrg("zero-org", githubsim.Org{Owners: []string{"ada-owner"}, Members: []string{"mel-member"}}))
	w.ok(w.AddRepo("zero-org/zero", githubsim.Repo{}))
	if w.CanRead("", "zero-org/zero") || w.CanRead("mel-member", "zero-org/zero") {
		t.Error("a repository without settings can be read")
	}
}

func TestOrganisationShowsItsPeopleToItsPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.want(200, "mel-member", "GET", "/orgs/example-org/members", nil).each("login"); !slices.Equal(got, []string{"ada-owner", "mel-member", "tom-teamer"}) {
		t.Errorf("members: %v", got)
	}
	if got := w.want(200, "mel-member", "GET", "/orgs/example-org/members?role=admin", nil).each("login"); !slices.Equal(got, []string{"ada-owner"}) {
		t.Errorf("owners: %v", got)
	}
	if got := w.want(200, "olu-outsider", "GET", "/orgs/example-org/members", nil).list(); len(got) != 0 {
		t.Errorf("an outsider sees members: %v", got)
	}
	// A team lists the people of the teams below it.
	if got := w.want(200, "mel-member", "GET", "/orgs/example-org/teams/outer/members", nil).each("login"); !slices.Equal(got, []string{"tom-teamer"}) {
		t.Errorf("team: %v", got)
	}
	w.want(404, "olu-outsider", "GET", "/orgs/example-org/teams/outer/members", nil)
	w.want(403, "olu-outsider", "GET", "/orgs/example-org/memberships/mel-member", nil)
	if got := w.want(200, "mel-member", "GET", "/orgs/example-org/memberships/ada-owner", nil).object()["role"]; got != "admin" {
		t.Errorf("role of the owner: %v", got)
	}
	if _, told := w.want(200, "mel-member", "GET", "/orgs/example-org", nil).object()["default_repository_permission"]; told {
		t.Error("the base permission is for owners")
	}
	if got := w.want(200, "ada-owner", "GET", "/orgs/example-org", nil).object()["default_repository_permission"]; got != "none" {
		t.Errorf("base permission: %v", got)
	}
}
