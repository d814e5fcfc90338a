package githubsim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ask sends a GraphQL query and returns its data and the types and messages of
// its errors.
func (w *world) ask(token, query string, vars map[string]any) (map[string]any, []string) {
	w.t.Helper()
	r := w.wantToken(200, token, "POST", w.url+"/api/graphql", map[string]any{"query": query, "variables": vars})
	var out struct {
		Data   map[string]any
		Errors []struct{ Type, Message string }
	}
	w.ok(json.Unmarshal(r.body, &out))
	var wrong []string
	for _, e := range out.Errors {
		wrong = append(wrong, e.Type+": "+e.Message)
	}
	return out.Data, wrong
}

const readersQuery = `query($owner:String!$name:String!$first:Int!$after:String){repository(owner:$owner,name:$name){
	id visibility isPrivate isArchived isDisabled isInOrganization owner{login} hasIssuesEnabled
	collaborators(affiliation:ALL,first:$first,after:$after){totalCount pageInfo{hasNextPage endCursor} edges{permission node{login}}}}}`

func TestReadersAreAskedForInOneQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	vars := map[string]any{"owner": "Example-Org", "name": "CASES", "first": 1}
	var seen []string
	for page := range 3 {
		data, wrong := w.ask(token, readersQuery, vars)
		if wrong != nil {
			t.Fatal(wrong)
		}
		r := data["repository"].(map[string]any)
		c := r["collaborators"].(map[string]any)
		if r["visibility"] != "PRIVATE" || r["isInOrganization"] != true || r["owner"].(map[string]any)["login"] != "example-org" || c["totalCount"] != 2.0 {
			t.Fatalf("repository: %v", r)
		}
		for _, e := range c["edges"].([]any) {
			edge := e.(map[string]any)
			seen = append(seen, fmt.Sprint(edge["node"].(map[string]any)["login"], " ", edge["permission"]))
		}
		info := c["pageInfo"].(map[string]any)
		if more := info["hasNextPage"].(bool); !more {
			break
		} else if page == 2 {
			t.Fatal("there is always another page")
		}
		vars["after"] = info["endCursor"]
	}
	if !slices.Equal(seen, []string{"ada-owner ADMIN", "kim-responder READ"}) {
		t.Errorf("readers: %v", seen)
	}
}

func TestGraphQLShowsNoMoreThanREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	vars := func(name string) map[string]any {
		return map[string]any{"owner": "example-org", "name": name, "first": 100}
	}
	data, wrong := w.ask(w.TokenFor("olu-outsider"), readersQuery, vars("cases"))
	if data["repository"] != nil || len(wrong) != 1 || !strings.HasPrefix(wrong[0], "NOT_FOUND: Could not resolve to a Repository") {
		t.Errorf("a private repository: %v %v", data, wrong)
	}
	data, wrong = w.ask(w.TokenFor("olu-outsider"), readersQuery, vars("project"))
	if data["repository"].(map[string]any)["collaborators"] != nil || len(wrong) != 1 || !strings.HasPrefix(wrong[0], "FORBIDDEN") {
		t.Errorf("collaborators of a public repository: %v %v", data, wrong)
	}
	w.install(nil)
	narrow := w.token(w.installationID(), map[string]any{"repositories": []string{"project"}})
	if data, wrong = w.ask(narrow, readersQuery, vars("cases")); data["repository"] != nil || wrong == nil {
		t.Errorf("a token for another repository: %v %v", data, wrong)
	}
	tooMany := vars("project")
	tooMany["first"] = 101
	if _, wrong = w.ask(w.TokenFor("ada-owner"), readersQuery, tooMany); wrong == nil {
		t.Error("more than 100 at once")
	}
	if _, wrong = w.ask(w.TokenFor("ada-owner"), `{ repository(owner:"example-org", name:"project") { nothingOfThisName } }`, nil); wrong == nil {
		t.Error("an unknown field was answered")
	}
	w.wantToken(401, "", "POST", w.url+"/api/graphql", map[string]any{"query": "{ viewer { login } }"})
}

const minimizeMutation = `mutation($input:MinimizeCommentInput!){minimizeComment(input:$input){minimizedComment{isMinimized minimizedReason}}}`

func TestCommentIsMinimizedByThoseWhoMayWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	id, err := w.Comment("olu-outsider", "example-org/project", 1, "words")
	w.ok(err)
	comment := fmt.Sprintf("/repos/example-org/project/issues/comments/%d", id)
	input := map[string]any{"input": map[string]any{"subjectId": w.want(200, "", "GET", comment, nil).object()["node_id"], "classifier": "ABUSE"}}
	if _, wrong := w.ask(w.TokenFor("olu-outsider"), minimizeMutation, input); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "FORBIDDEN") {
		t.Errorf("its author minimised it: %v", wrong)
	}
	data, wrong := w.ask(w.install(nil), minimizeMutation, input)
	if wrong != nil || data["minimizeComment"].(map[string]any)["minimizedComment"].(map[string]any)["minimizedReason"] != "abuse" {
		t.Errorf("the App: %v %v", data, wrong)
	}
	if got := w.want(200, "", "GET", comment, nil).object()["minimized"]; got == nil {
		t.Error("REST does not tell that it is minimised")
	}
	input["input"].(map[string]any)["subjectId"] = "IC_unknown"
	if _, wrong = w.ask(w.TokenFor("ada-owner"), minimizeMutation, input); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "NOT_FOUND") {
		t.Errorf("an unknown comment: %v", wrong)
	}
	if _, err := w.ReviewComment("olu-outsider", "example-org/project", 1, "c", 0); status(err) != 404 {
		t.Errorf("a review comment on an issue: %v", err)
	}
	n, err := w.OpenPull("olu-outsider", "example-org/project", "p", "")
	w.ok(err)
	review, err := w.ReviewComment("olu-outsider", "example-org/project", n, "c", 0)
	w.ok(err)
	replies := fmt.Sprintf("/repos/example-org/project/pulls/%d/comments/%d/replies", n, review)
	w.want(201, "wes-writer", "POST", replies, map[string]any{"body": "r"})
	if got := w.want(200, "", "GET", fmt.Sprintf("/repos/example-org/project/pulls/%d/comments", n), nil).list(); len(got) != 2 || got[1]["in_reply_to_id"] != float64(review) {
		t.Errorf("the thread: %v", got)
	}
	w.want(200, "", "GET", fmt.Sprintf("/repos/example-org/project/pulls/%d", n), nil)
	w.want(404, "", "GET", "/repos/example-org/project/pulls/1", nil)
	w.ok(w.MinimizeComment("wes-writer", "example-org/project", review, "SPAM"))
}

func TestAppWithoutThePermissionMinimizesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	id, err := w.Comment("olu-outsider", "example-org/project", 1, "words")
	w.ok(err)
	subject := w.want(200, "", "GET", fmt.Sprintf("/repos/example-org/project/issues/comments/%d", id), nil).object()["node_id"]
	w.install(nil)
	for _, permissions := range []map[string]string{{"issues": "read"}, {"pull_requests": "write"}} {
		token := w.token(w.installationID(), map[string]any{"permissions": permissions})
		_, wrong := w.ask(token, minimizeMutation, map[string]any{"input": map[string]any{"subjectId": subject, "classifier": "ABUSE"}})
		if len(wrong) != 1 || !strings.HasPrefix(wrong[0], "FORBIDDEN") {
			t.Errorf("with %v: %v", permissions, wrong)
		}
	}
	if err := w.MinimizeComment("wes-writer", "example-org/project", id, "BORING"); status(err) != 422 {
		t.Errorf("no such reason: %v", err)
	}
}

func TestAUserIsFoundByLoginAndNothingElseIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	query := `query($login:String!){user(login:$login){login databaseId}}`
	data, wrong := w.ask(token, query, map[string]any{"login": "ADA-owner"})
	user, _ := data["user"].(map[string]any)
	if wrong != nil || user["login"] != "ada-owner" || user["databaseId"] != w.want(200, "ada-owner", "GET", "/user", nil).object()["id"] {
		t.Errorf("%v, %v", data, wrong)
	}
	for _, login := range []string{"example-org", "example-app[bot]", "nobody-has-it", ""} {
		data, wrong := w.ask(token, query, map[string]any{"login": login})
		if want := "NOT_FOUND: Could not resolve to a User with the login of '" + login + "'."; data["user"] != nil || !slices.Equal(wrong, []string{want}) {
			t.Errorf("%q: %v, %q", login, data, wrong)
		}
	}
}
