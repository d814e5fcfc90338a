package githubsim_test

import (
	"fmt"
	"strings"
	"testing"
)

const discussionQuery = `query($number:Int!$first:Int!){repository(owner:"example-org",name:"project"){discussion(number:$number){
	id databaseId title body author{__typename login ... on User{databaseId}} reactionGroups{content reactors{totalCount}}
	comments(first:$first){totalCount pageInfo{hasNextPage endCursor} nodes{databaseId body deletedAt isMinimized author{login} replies(first:10){totalCount nodes{body}}}}}}}`

func TestDiscussionIsToldToWhoReadsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	if _, err := w.Discuss("olu-outsider", full, "A", "b"); status(err) != 410 {
		t.Errorf("where there are none: %v", err)
	}
	w.ok(w.SetFeature(full, "discussions", true))
	n, err := w.Discuss("olu-outsider", full, "A question", "Why?")
	w.ok(err)
	said, err := w.CommentOnDiscussion("kim-responder", full, n, "So.", 0)
	w.ok(err)
	answer, err := w.CommentOnDiscussion("olu-outsider", full, n, "Oh.", said)
	w.ok(err)
	if _, err := w.CommentOnDiscussion("olu-outsider", full, n, "And?", answer); status(err) != 404 {
		t.Errorf("an answer to an answer: %v", err)
	}
	if err := w.EditInDiscussion("olu-outsider", full, n, said, "Mine."); status(err) != 403 {
		t.Errorf("what somebody else said: %v", err)
	}
	w.ok(w.ReactInDiscussion("kim-responder", full, n, 0, "eyes"))
	vars := map[string]any{"number": n, "first": 1}
	data, wrong := w.ask(w.TokenFor("kim-responder"), discussionQuery, vars)
	got := fmt.Sprint(data)
	if wrong != nil || !strings.Contains(got, "title:A question") || !strings.Contains(got, "body:Oh.") || !strings.Contains(got, "content:EYES reactors:map[totalCount:1]") {
		t.Errorf("%s, %v", got, wrong)
	}
	// It has a number that no issue has.
	w.want(404, "kim-responder", "GET", fmt.Sprintf("/repos/%s/issues/%d", full, n), nil)
	if next := w.issue(full, "The next"); next != n+1 {
		t.Errorf("the next issue is %d, after %d", next, n)
	}
	w.ok(w.DeleteInDiscussion("kim-responder", full, n, said))
	if data, _ = w.ask(w.TokenFor("kim-responder"), discussionQuery, vars); !strings.Contains(fmt.Sprint(data), "author:<nil> body: ") || !strings.Contains(fmt.Sprint(data), "body:Oh.") {
		t.Errorf("a comment that was answered and deleted: %v", data)
	}
	for name, c := range map[string]struct {
		vars map[string]any
		says string
	}{
		"an issue's number": {map[string]any{"number": n + 1, "first": 1}, "NOT_FOUND: Could not resolve to a Discussion"},
		"too much at once":  {map[string]any{"number": n, "first": 101}, "exceeds the `first` limit of 100"},
	} {
		if _, wrong := w.ask(w.TokenFor("kim-responder"), discussionQuery, c.vars); len(wrong) != 1 || !strings.Contains(wrong[0], c.says) {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	if _, wrong := w.ask(w.install(map[string]any{"permissions": map[string]string{"issues": "read"}}), discussionQuery, vars); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "FORBIDDEN") {
		t.Errorf("an App without the permission: %v", wrong)
	}
}
