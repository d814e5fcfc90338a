package githubsim_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// Every operation that anybody may use is asked once in a way that succeeds, in
// a world whose exchanges are held to GitHub's description. An operation that is
// added there and not here fails.
func TestEveryOperationSucceedsAsGitHubDescribesIt(t *testing.T) {
	t.Parallel()
	for _, enterprise := range append(openapitest.EnterpriseReleases(), "") {
		t.Run(cmp.Or(enterprise, "github.com"), func(t *testing.T) {
			t.Parallel()
			everyOperationSucceeds(t, enterprise)
		})
	}
}

func everyOperationSucceeds(t *testing.T, enterprise string) {
	document := openapitest.LoadEnterprise(t, enterprise)
	w := newWorld(t, githubsim.Options{Enterprise: enterprise, RateLimit: 5000})
	openapitest.Attach(t, w.Sim) // strict: nothing is wrong on purpose here
	var mu sync.Mutex
	succeeded := map[string]bool{}
	w.Observe(func(e githubsim.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		if operation, err := document.Operation(e); err == nil && e.Status < 300 {
			succeeded[operation] = true
		}
	})

	walkApp(w)
	walkPeople(w)
	walkOAuth(w)
	walkContents(w)
	walkIssues(w)
	walkLabels(w)
	walkPulls(w)
	walkGraphQL(w)
	walkRepository(w)

	mu.Lock()
	defer mu.Unlock()
	for _, operation := range append(document.Operations(), "POST /graphql") {
		if !succeeded[operation] {
			t.Errorf("%s was never answered with success", operation)
		}
	}
}

// id reads the number under a key of a reply.
func id(r reply) int64 {
	number, _ := r.object()["id"].(float64)
	return int64(number)
}

func walkApp(w *world) {
	w.t.Helper()
	token := w.install(nil)
	w.ok(w.AddUser("uma-user"))
	w.ok(w.AddRepo("uma-user/own", githubsim.Repo{}))
	installation, err := w.Install(appID, "uma-user")
	w.ok(err)
	w.issue("example-org/project", "so that something is delivered")
	w.idle()

	app := w.appToken(nil)
	w.wantToken(200, app, "GET", "/app", nil)
	w.want(200, "", "GET", "/meta", nil)
	w.wantToken(200, app, "GET", "/app/installations?per_page=10", nil)
	w.wantToken(200, app, "GET", fmt.Sprintf("/app/installations/%d", installation), nil)
	w.wantToken(200, app, "GET", "/repos/example-org/cases/installation", nil)
	w.wantToken(200, app, "GET", "/orgs/example-org/installation", nil)
	w.wantToken(200, app, "GET", "/users/uma-user/installation", nil)
	w.token(installation, map[string]any{"repositories": []string{"own"}, "permissions": map[string]string{"issues": "write"}})
	deliveries := w.wantToken(200, app, "GET", "/app/hook/deliveries?per_page=5", nil).list()
	if len(deliveries) == 0 {
		w.t.Fatal("there is no delivery to look at")
	}
	delivery := "/app/hook/deliveries/" + w.lastDelivery()
	w.wantToken(200, app, "GET", delivery, nil)
	w.wantToken(202, app, "POST", delivery+"/attempts", nil)
	w.wantToken(200, token, "GET", "/installation/repositories", nil)
	w.wantToken(200, token, "GET", "/rate_limit", nil)
	w.wantToken(201, token, "POST", "/repos/example-org/cases/issues", map[string]any{"title": "opened by the App", "body": "words", "labels": []string{"bug", "brand-new"}})
}

func walkOAuth(w *world) {
	w.t.Helper()
	token := w.signIn("mel-member").get("access_token")
	w.wantToken(200, token, "GET", "/user", nil)
	w.wantClient(204, "DELETE", "/applications/"+clientID+"/token", map[string]any{"access_token": token})
}

func walkPeople(w *world) {
	w.t.Helper()
	const owner = "ada-owner"
	w.want(200, owner, "GET", "/user", nil)
	w.want(200, owner, "GET", "/users/olu-outsider", nil)
	w.want(200, owner, "GET", "/users/example-org", nil)
	w.want(200, owner, "GET", "/users/example-app[bot]", nil)
	w.want(200, owner, "GET", "/orgs/example-org", nil)
	w.want(200, owner, "GET", "/orgs/example-org/members?role=all", nil)
	w.want(204, owner, "GET", "/orgs/example-org/members/mel-member", nil)
	w.want(200, owner, "GET", "/orgs/example-org/memberships/mel-member", nil)
	w.want(200, owner, "GET", "/orgs/example-org/teams/inner", nil)
	w.want(200, owner, "GET", "/orgs/example-org/teams/outer/members", nil)
	w.want(200, "", "GET", "/repos/example-org/project", nil)
	w.want(200, owner, "GET", "/orgs/example-org/teams/outer/teams", nil)
	w.ok(w.AddHook("example-org", true, "issues"))
	w.want(200, owner, "GET", "/orgs/example-org/hooks", nil)
	w.want(200, owner, "GET", "/orgs/example-org/installations?per_page=100", nil)
}

func walkContents(w *world) {
	w.t.Helper()
	const owner, repo = "ada-owner", "/repos/example-org/project"
	made := w.want(201, owner, "PUT", repo+"/contents/.github/coc.yaml",
		map[string]any{"message": "add", "content": base64.StdEncoding.EncodeToString([]byte("version: 1\n"))})
	sha := made.object()["content"].(map[string]any)["sha"].(string)
	w.ok(w.PutSymlink("example-org/project", "link.yaml", ".github/coc.yaml"))
	w.ok(w.PutSymlink("example-org/project", "nowhere", "not/here"))
	for _, path := range []string{"", "/.github", "/.github/coc.yaml", "/link.yaml", "/nowhere"} {
		w.want(200, owner, "GET", repo+"/contents"+path, nil)
	}
	changed := w.want(200, owner, "PUT", repo+"/contents/.github/coc.yaml",
		map[string]any{"message": "change", "content": base64.StdEncoding.EncodeToString([]byte("version: 2\n")), "sha": sha})
	w.want(200, owner, "GET", repo+"/activity?per_page=2", nil)
	w.want(200, owner, "GET", repo+"/commits?per_page=2", nil)
	w.want(200, owner, "GET", repo+"/commits/main", nil)
	sha = changed.object()["content"].(map[string]any)["sha"].(string)
	w.want(200, owner, "DELETE", repo+"/contents/.github/coc.yaml", map[string]any{"message": "remove", "sha": sha})
}

func walkIssues(w *world) {
	w.t.Helper()
	const owner, repo = "ada-owner", "/repos/example-org/project"
	opened := w.want(201, owner, "POST", repo+"/issues", map[string]any{"title": "one", "body": "words", "assignees": []string{owner}, "labels": []any{"bug", map[string]any{"name": "question"}}})
	issue := fmt.Sprintf("%s/issues/%d", repo, int64(opened.object()["number"].(float64)))
	first := w.want(201, "olu-outsider", "POST", issue+"/comments", map[string]any{"body": "a comment"})
	comment := fmt.Sprintf("%s/issues/comments/%d", repo, id(first))
	second := w.want(201, owner, "POST", issue+"/comments", map[string]any{"body": "see #1"})
	w.want(200, owner, "GET", comment, nil)
	w.want(200, "olu-outsider", "PATCH", comment, map[string]any{"body": "a better comment"})
	w.want(200, owner, "GET", issue+"/comments", nil)
	w.want(200, owner, "GET", repo+"/issues/comments?sort=created&direction=desc", nil)
	w.want(204, owner, "DELETE", fmt.Sprintf("%s/issues/comments/%d", repo, id(second)), nil)
	w.want(204, owner, "PUT", issue+"/lock", map[string]any{"lock_reason": "resolved"})
	w.want(204, owner, "DELETE", issue+"/lock", nil)
	w.want(201, owner, "POST", issue+"/assignees", map[string]any{"assignees": []string{"wes-writer"}})
	w.want(200, owner, "DELETE", issue+"/assignees", map[string]any{"assignees": []string{owner}})
	w.want(200, owner, "PATCH", issue, map[string]any{"title": "renamed", "body": "new", "labels": []string{"bug"}})
	w.want(200, owner, "PATCH", issue, map[string]any{"state": "closed", "state_reason": "not_planned"})
	w.want(200, owner, "PATCH", issue, map[string]any{"state": "open"})
	w.want(200, owner, "GET", issue, nil)
	w.want(200, owner, "GET", issue+"/events", nil)
	timeline := w.want(200, owner, "GET", issue+"/timeline", nil).each("event")
	for _, kind := range []string{"labeled", "unlabeled", "commented", "closed", "reopened", "renamed", "locked", "unlocked", "assigned", "unassigned"} {
		if !slices.Contains(timeline, kind) {
			w.t.Errorf("the timeline has no %q, so it was not held to the description: %q", kind, timeline)
		}
	}
	w.want(200, "", "GET", repo+"/issues?state=all&labels=bug&sort=updated&direction=asc", nil)
}

func walkLabels(w *world) {
	w.t.Helper()
	const owner, repo = "ada-owner", "/repos/example-org/project"
	issue := fmt.Sprintf("%s/issues/%d", repo, w.issue("example-org/project", "labels"))
	w.want(201, owner, "POST", repo+"/labels", map[string]any{"name": "status/received", "color": "0e8a16", "description": "nobody has looked yet"})
	w.want(200, owner, "GET", repo+"/labels?per_page=100", nil)
	w.want(200, owner, "GET", repo+"/labels/status%2Freceived", nil)
	w.want(200, owner, "PATCH", repo+"/labels/status%2Freceived", map[string]any{"new_name": "status/acknowledged", "color": "1d76db"})
	w.want(200, owner, "POST", issue+"/labels", []string{"status/acknowledged", "bug"})
	w.want(200, owner, "GET", issue+"/labels", nil)
	w.want(200, owner, "DELETE", issue+"/labels/status%2Facknowledged", nil)
	w.want(200, owner, "PUT", issue+"/labels", map[string]any{"labels": []string{"question"}})
	w.want(204, owner, "DELETE", issue+"/labels", nil)
	w.want(204, owner, "DELETE", repo+"/labels/status%2Facknowledged", nil)
}

func walkPulls(w *world) {
	w.t.Helper()
	const owner, repo = "ada-owner", "/repos/example-org/project"
	n, err := w.OpenPull("olu-outsider", "example-org/project", "a change", "please")
	w.ok(err)
	pull := fmt.Sprintf("%s/pulls/%d", repo, n)
	w.want(200, owner, "GET", pull, nil)
	w.want(200, owner, "GET", fmt.Sprintf("%s/issues/%d", repo, n), nil)
	thread := w.want(201, owner, "POST", pull+"/comments", map[string]any{"body": "why?", "commit_id": w.Head("example-org/project"), "path": "README.md", "line": 1})
	answer := w.want(201, "olu-outsider", "POST", fmt.Sprintf("%s/comments/%d/replies", pull, id(thread)), map[string]any{"body": "because"})
	review := fmt.Sprintf("%s/pulls/comments/%d", repo, id(thread))
	w.want(200, owner, "GET", review, nil)
	w.want(200, owner, "PATCH", review, map[string]any{"body": "why so?"})
	w.want(200, owner, "GET", pull+"/comments", nil)
	w.want(200, owner, "GET", repo+"/pulls/comments", nil)
	whole, err := w.Review(owner, "example-org/project", n, "As a whole")
	w.ok(err)
	w.want(200, owner, "GET", fmt.Sprintf("%s/reviews/%d", pull, whole), nil)
	onCommit, err := w.CommentOnCommit(owner, "example-org/project", w.Head("example-org/project"), "Why?")
	w.ok(err)
	w.want(200, owner, "GET", fmt.Sprintf("%s/comments/%d", repo, onCommit), nil)
	w.want(200, owner, "GET", fmt.Sprintf("%s/commits/%s/comments", repo, w.Head("example-org/project")), nil)
	w.want(204, owner, "DELETE", fmt.Sprintf("%s/pulls/comments/%d", repo, id(answer)), nil)
}

func walkGraphQL(w *world) {
	w.t.Helper()
	n := w.issue("example-org/project", "to be moderated")
	comment := w.want(201, "olu-outsider", "POST", fmt.Sprintf("/repos/example-org/project/issues/%d/comments", n), map[string]any{"body": "rude"})
	read := w.want(200, "ada-owner", "POST", w.url+"/api/graphql", map[string]any{
		"query": `query($owner:String!,$name:String!,$after:String){repository(owner:$owner,name:$name){id visibility isPrivate isArchived isDisabled
			isInOrganization hasIssuesEnabled owner{login} collaborators(affiliation:ALL,first:100,after:$after){totalCount pageInfo{hasNextPage endCursor} edges{permission node{login}}}}}`,
		"variables": map[string]any{"owner": "example-org", "name": "cases"},
	}).object()
	hidden := w.want(200, "ada-owner", "POST", w.url+"/api/graphql", map[string]any{
		"query":     `mutation($input:MinimizeCommentInput!){minimizeComment(input:$input){minimizedComment{isMinimized minimizedReason}}}`,
		"variables": map[string]any{"input": map[string]any{"subjectId": comment.object()["node_id"], "classifier": "OFF_TOPIC"}},
	}).object()
	for _, answer := range []map[string]any{read, hidden} {
		if answer["errors"] != nil {
			w.t.Errorf("GraphQL answered with errors: %v", answer["errors"])
		}
	}
}

func walkRepository(w *world) {
	w.t.Helper()
	const owner = "ada-owner"
	w.want(201, owner, "POST", "/orgs/example-org/repos", map[string]any{"name": "made", "private": true, "has_issues": true})
	const repo = "/repos/example-org/made"
	w.want(200, owner, "GET", repo, nil)
	w.want(200, owner, "PATCH", repo, map[string]any{"has_wiki": false, "has_projects": false, "description": "one case"})
	invited := http.StatusCreated
	if w.Enterprise() != "" {
		invited = http.StatusNoContent // a server asks nobody
	}
	w.want(invited, owner, "PUT", repo+"/collaborators/olu-outsider", map[string]any{"permission": "push"})
	w.want(204, owner, "PUT", repo+"/collaborators/mel-member", map[string]any{"permission": "triage"})
	w.ok(w.GrantTeam("example-org/made", "outer", "push"))
	w.want(200, owner, "GET", repo+"/invitations", nil)
	w.want(200, owner, "GET", repo+"/collaborators?affiliation=all&per_page=100", nil)
	w.want(204, owner, "GET", repo+"/collaborators/mel-member", nil)
	w.want(200, owner, "GET", repo+"/collaborators/mel-member/permission", nil)
	w.want(200, owner, "GET", repo+"/teams", nil)
	w.want(204, owner, "DELETE", repo+"/collaborators/mel-member", nil)
	walkSettings(w, repo)
	w.ok(w.Rename("example-org/made", "renamed"))
	moved := w.want(301, owner, "GET", repo, nil)
	w.want(200, owner, "GET", moved.header.Get("Location"), nil)
	w.want(200, owner, "PATCH", "/repos/example-org/renamed", map[string]any{"archived": true})
	w.want(204, owner, "DELETE", "/repos/example-org/renamed", nil)
}

func walkSettings(w *world, repo string) {
	w.t.Helper()
	const owner = "ada-owner"
	if w.Enterprise() != "" { // a server asks nobody, so that there is nothing to take back
		w.ok(w.Invite("example-org/made", "olu-outsider", "read"))
	}
	invitation := int64(w.want(200, owner, "GET", repo+"/invitations", nil).list()[0]["id"].(float64))
	w.want(204, owner, "DELETE", fmt.Sprintf("%s/invitations/%d", repo, invitation), nil)
	w.want(200, owner, "GET", repo+"/actions/permissions", nil)
	w.want(204, owner, "PUT", repo+"/actions/permissions", map[string]any{"enabled": false})
	w.want(200, owner, "GET", repo+"/actions/permissions", nil)
	w.ok(w.AddDeployKey("example-org/made", "mirror", true))
	w.ok(w.AddHook("example-org/made", true, "push", "issues"))
	w.want(200, owner, "GET", repo+"/keys", nil)
	w.want(200, owner, "GET", repo+"/hooks", nil)
}
