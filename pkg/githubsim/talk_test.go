package githubsim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const talkQuery = `query($id:ID!$ids:[ID!]!){
	node(id:$id){id ... on Comment{lastEditedAt userContentEdits(first:100){totalCount nodes{editedAt deletedAt diff editor{login}}}} ... on Minimizable{isMinimized minimizedReason}}
	nodes(ids:$ids){id}}`

func TestHistoryOfATextIsToldToWhoReadsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.issue("example-org/cases", "A case")
	id, err := w.Comment("kim-responder", "example-org/cases", n, "first")
	w.ok(err)
	path := fmt.Sprintf("/repos/example-org/cases/issues/comments/%d", id)
	node := w.want(200, "kim-responder", "GET", path, nil).object()["node_id"].(string)
	issue := w.want(200, "kim-responder", "GET", fmt.Sprintf("/repos/example-org/cases/issues/%d", n), nil).object()["node_id"].(string)
	vars := map[string]any{"id": node, "ids": []string{issue, "IC_no-such", node}}
	data, wrong := w.ask(w.TokenFor("kim-responder"), talkQuery, vars)
	if got := fmt.Sprint(data["node"]); wrong != nil || !strings.Contains(got, "totalCount:0") || !strings.Contains(got, "lastEditedAt:<nil>") {
		t.Errorf("before an edit: %s, %v", got, wrong)
	}
	w.wait(time.Minute)
	w.ok(w.EditComment("kim-responder", "example-org/cases", id, "second"))
	w.ok(w.MinimizeComment("ada-owner", "example-org/cases", id, "ABUSE"))
	data, _ = w.ask(w.TokenFor("kim-responder"), talkQuery, vars)
	got := fmt.Sprint(data["node"])
	if first, second := strings.Index(got, "diff:first"), strings.Index(got, "diff:second"); second < 0 || first < second || !strings.Contains(got, "minimizedReason:abuse") {
		t.Errorf("after one: %s", got)
	}
	if ids := data["nodes"].([]any); len(ids) != 3 || ids[1] != nil || ids[2] == nil {
		t.Errorf("of three, one of which is not there: %v", ids)
	}
	data, wrong = w.ask(w.TokenFor("olu-outsider"), talkQuery, vars)
	if data["node"] != nil || fmt.Sprint(data["nodes"]) != "[<nil> <nil> <nil>]" || len(wrong) != 1 || !strings.HasPrefix(wrong[0], "NOT_FOUND") {
		t.Errorf("an outsider: %v %v", data, wrong)
	}
	w.ok(w.DeleteComment("kim-responder", "example-org/cases", id))
	if data, _ = w.ask(w.TokenFor("kim-responder"), talkQuery, vars); data["node"] != nil {
		t.Error("a history outlives what it is of")
	}
}

func TestReactionsAreCountedByWho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.issue("example-org/project", "Something")
	id, err := w.Comment("olu-outsider", "example-org/project", n, "words")
	w.ok(err)
	for range 2 {
		w.ok(w.React("kim-responder", "example-org/project", n, id, "confused"))
	}
	w.ok(w.React("olu-outsider", "example-org/project", n, 0, "+1"))
	if err := w.React("olu-outsider", "example-org/project", n, 0, "skull"); status(err) != 422 {
		t.Errorf("a sign that there is not: %v", err)
	}
	of := func(path string) map[string]any {
		return w.want(200, "olu-outsider", "GET", path, nil).object()["reactions"].(map[string]any)
	}
	if r := of(fmt.Sprintf("/repos/example-org/project/issues/comments/%d", id)); r["confused"] != 1.0 || r["total_count"] != 1.0 {
		t.Errorf("%v", r)
	}
	if r := of(fmt.Sprintf("/repos/example-org/project/issues/%d", n)); r["+1"] != 1.0 || r["total_count"] != 1.0 {
		t.Errorf("%v", r)
	}
}

func TestReviewsAndCommentsOnCommitsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, err := w.OpenPull("olu-outsider", "example-org/project", "A change", "words")
	w.ok(err)
	id, err := w.Review("kim-responder", "example-org/project", n, "Not so.")
	w.ok(err)
	path := fmt.Sprintf("/repos/example-org/project/pulls/%d/reviews/", n)
	if r := w.want(200, "olu-outsider", "GET", path+fmt.Sprint(id), nil).object(); r["body"] != "Not so." || r["state"] != "COMMENTED" {
		t.Errorf("%v", r)
	}
	w.want(404, "olu-outsider", "GET", path+"1", nil)
	w.ok(w.PutFile("example-org/project", "README.md", "words"))
	sha := w.Head("example-org/project")
	id, err = w.CommentOnCommit("olu-outsider", "example-org/project", sha[:7], "Why?")
	w.ok(err)
	if r := w.want(200, "kim-responder", "GET", fmt.Sprintf("/repos/example-org/project/comments/%d", id), nil).object(); r["body"] != "Why?" || r["commit_id"] != sha {
		t.Errorf("%v", r)
	}
	if r := w.want(200, "kim-responder", "GET", "/repos/example-org/project/commits/"+sha+"/comments", nil); len(r.list()) != 1 {
		t.Errorf("%s", r.body)
	}
	w.want(404, "olu-outsider", "GET", "/repos/example-org/cases/comments/1", nil)
}
