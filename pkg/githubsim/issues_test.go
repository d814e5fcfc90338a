package githubsim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

const issuesPath = "/repos/example-org/project/issues"

func TestIssueThatIsWrongIsRefusedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   any
		status int
		want   string
	}{
		"no title":             {`{"body":"b"}`, 422, `"field":"title"`},
		"blank title":          {`{"title":" \t"}`, 422, `"code":"missing_field"`},
		"title too long":       {map[string]any{"title": strings.Repeat("ü", 257)}, 422, "256 characters"},
		"body too long":        {map[string]any{"title": "t", "body": strings.Repeat("x", 65537)}, 422, "65536 characters"},
		"labels as a number":   {`{"title":"t","labels":7}`, 422, "labels"},
		"label as a number":    {`{"title":"t","labels":[7]}`, 422, "labels/0"},
		"body as a list":       {`{"title":"t","body":[]}`, 422, "body"},
		"label name too long":  {map[string]any{"title": "t", "labels": []string{strings.Repeat("x", 51)}}, 422, "50 characters"},
		"a list":               {`[]`, 400, "object"},
		"not JSON":             {`{"title":`, 400, "Problems parsing JSON"},
		"nothing":              {``, 422, "title"},
		"longest that is good": {map[string]any{"title": strings.Repeat("ü", 256), "body": strings.Repeat("ü", 65536)}, 201, ""},
	} {
		got := w.as("ada-owner", "POST", issuesPath, c.body)
		if got.status != c.status || !strings.Contains(string(got.body), c.want) {
			t.Errorf("%s: %d %.300s, want %d with %s", name, got.status, got.body, c.status, c.want)
		}
		if got.status == 422 && got.object()["documentation_url"] == nil {
			t.Errorf("%s: a refusal without documentation_url", name)
		}
	}
	if n := w.issue("example-org/project", "next"); n != 2 {
		t.Errorf("refused issues took numbers: the next is %d", n)
	}
	w.want(401, "", "POST", issuesPath, map[string]any{"title": "t"})
}

func TestLabelsOfOutsidersAreDroppedUnlessAFormAppliesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.CreateLabel("ada-owner", "example-org/project", "code-of-conduct", "B60205", "A report"))
	labels := func(n int) []string {
		v, err := w.ViewIssue("ada-owner", "example-org/project", n)
		w.ok(err)
		var all []string
		for _, l := range v.Labels {
			all = append(all, l.Name)
		}
		return all
	}
	open := func(login string, template bool, names ...string) []string {
		t.Helper()
		n, err := w.OpenIssue(login, "example-org/project", githubsim.NewIssue{Title: "t", Labels: names, Template: template})
		w.ok(err)
		return labels(n)
	}
	if got := open("olu-outsider", false, "code-of-conduct"); got != nil {
		t.Errorf("an outsider set %v", got)
	}
	if got := open("olu-outsider", true, "Code-of-Conduct", "not-there"); !slices.Equal(got, []string{"code-of-conduct"}) {
		t.Errorf("a form applied %v", got)
	}
	if got := open("tri-triager", false, "bug", "not-there"); !slices.Equal(got, []string{"bug"}) {
		t.Errorf("triage applied %v", got)
	}
	if got := open("wes-writer", false, "bug", "BUG", "made-by-use"); !slices.Equal(got, []string{"bug", "made-by-use"}) {
		t.Errorf("write applied %v", got)
	}
	plain := w.want(200, "olu-outsider", "GET", "/repos/example-org/project/labels/made-by-use", nil).object()
	if plain["color"] != "ededed" || plain["description"] != nil {
		t.Errorf("a label made by use: %v", plain)
	}
}

func TestPatchReplacesTheWholeLabelSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	w.ok(w.Label("tri-triager", "example-org/project", 1, "bug", "question"))
	got := w.want(200, "wes-writer", "PATCH", issuesPath+"/1", map[string]any{"labels": []any{"question", map[string]any{"name": "status/received"}}})
	if names := labelNames(got); !slices.Equal(names, []string{"question", "status/received"}) {
		t.Errorf("labels after PATCH: %v", names)
	}
	got = w.want(200, "wes-writer", "PATCH", issuesPath+"/1", map[string]any{"title": "other"})
	if names := labelNames(got); len(names) != 2 {
		t.Errorf("a PATCH without labels changed them: %v", names)
	}
	got = w.want(200, "wes-writer", "PATCH", issuesPath+"/1", map[string]any{"labels": []string{}})
	if names := labelNames(got); len(names) != 0 {
		t.Errorf("an empty set left %v", names)
	}
}

func labelNames(r reply) []string {
	var all []string
	for _, l := range r.object()["labels"].([]any) {
		all = append(all, l.(map[string]any)["name"].(string))
	}
	return all
}

func TestWhoMayDoWhatWithAnIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	_, err := w.OpenIssue("olu-outsider", full, githubsim.NewIssue{Title: "by an outsider"})
	w.ok(err)
	w.issue(full, "by the owner")
	for _, c := range []struct {
		name string
		do   func() error
		want int
	}{
		{"label another's", func() error { return w.Label("olu-outsider", full, 2, "bug") }, 403},
		{"label one's own", func() error { return w.Label("olu-outsider", full, 1, "bug") }, 403},
		{"close another's", func() error { return w.CloseIssue("olu-outsider", full, 2) }, 403},
		{"edit another's", func() error { return w.EditIssueBody("tri-triager", full, 2, "x") }, 403},
		{"lock with triage", func() error { return w.LockIssue("tri-triager", full, 2, "") }, 403},
		{"lock for no known reason", func() error { return w.LockIssue("wes-writer", full, 2, "because") }, 422},
		{"delete with write", func() error { return w.DeleteIssue("wes-writer", full, 2) }, 403},
		{"label with triage", func() error { return w.Label("tri-triager", full, 1, "bug") }, 0},
		{"make a label with triage", func() error { return w.Label("tri-triager", full, 1, "unheard-of") }, 403},
		{"take off what is not there", func() error { return w.Unlabel("tri-triager", full, 1, "question") }, 404},
		{"close one's own", func() error { return w.CloseIssue("olu-outsider", full, 1) }, 0},
		{"reopen what one closed", func() error { return w.ReopenIssue("olu-outsider", full, 1) }, 0},
		{"close with triage", func() error { return w.CloseIssue("tri-triager", full, 1) }, 0},
		{"reopen what others closed", func() error { return w.ReopenIssue("olu-outsider", full, 1) }, 403},
		{"edit one's own", func() error { return w.EditIssueBody("olu-outsider", full, 1, "x") }, 0},
		{"a number that is not there", func() error { return w.CloseIssue("ada-owner", full, 99) }, 404},
		{"delete as admin", func() error { return w.DeleteIssue("ada-owner", full, 2) }, 0},
		{"anything with what was deleted", func() error { return w.CloseIssue("ada-owner", full, 2) }, 410},
	} {
		err := c.do()
		if status(err) != c.want || err != nil && c.want == 0 {
			t.Errorf("%s: %v, want %d", c.name, err, c.want)
		}
	}
	// Over HTTP an author's labels are dropped without a word, as on GitHub.
	if got := labelNames(w.want(200, "olu-outsider", "PATCH", issuesPath+"/1", map[string]any{"labels": []string{}})); !slices.Equal(got, []string{"bug"}) {
		t.Errorf("the author changed labels: %v", got)
	}
}

func TestLockedIssueHearsCollaboratorsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	w.want(204, "wes-writer", "PUT", issuesPath+"/1/lock", map[string]any{"lock_reason": "too heated"})
	comment := map[string]any{"body": "hello"}
	w.want(403, "olu-outsider", "POST", issuesPath+"/1/comments", comment)
	w.want(201, "wes-writer", "POST", issuesPath+"/1/comments", comment)
	app := w.install(nil)
	w.wantToken(403, app, "POST", issuesPath+"/1/comments", comment)
	w.wantToken(204, app, "DELETE", issuesPath+"/1/lock", nil)
	w.wantToken(201, app, "POST", issuesPath+"/1/comments", comment)
	w.want(201, "olu-outsider", "POST", issuesPath+"/1/comments", comment)
}

func TestIssueThatBecameADiscussionTakesNothingMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	w.issue(full, "t")
	if err := w.ConvertIssue("tri-triager", full, 1); status(err) != 422 {
		t.Errorf("where there are no discussions: %v", err)
	}
	w.ok(w.SetFeature(full, "discussions", true))
	if err := w.ConvertIssue("olu-outsider", full, 1); status(err) != 403 {
		t.Errorf("an outsider converts: %v", err)
	}
	w.ok(w.ConvertIssue("tri-triager", full, 1))
	comment := map[string]any{"body": "hello"}
	for range 2 { // locked, and when somebody has unlocked it
		w.want(403, "wes-writer", "POST", issuesPath+"/1/comments", comment)
		w.want(403, "wes-writer", "PATCH", issuesPath+"/1", map[string]any{"state": "open"})
		w.want(204, "wes-writer", "DELETE", issuesPath+"/1/lock", nil)
	}
	if v, err := w.ViewIssue("", full, 1); err != nil || v.State != "closed" {
		t.Errorf("it shows as %q, %v", v.State, err)
	}
}

func TestCommentsBelongToTheirAuthorsAndToWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	w.issue(full, "t")
	for _, body := range []string{"", "  \n", strings.Repeat("x", 65537)} {
		if _, err := w.Comment("olu-outsider", full, 1, body); status(err) != 422 {
			t.Errorf("a comment of %d letters: %v, want 422", len(body), err)
		}
	}
	id, err := w.Comment("olu-outsider", full, 1, "first")
	w.ok(err)
	if err := w.EditComment("tri-triager", full, id, "x"); status(err) != 403 {
		t.Errorf("triage edited another's comment: %v", err)
	}
	w.wait(time.Minute)
	w.ok(w.EditComment("olu-outsider", full, id, "second"))
	w.ok(w.MinimizeComment("wes-writer", full, id, "OFF_TOPIC"))
	v, err := w.ViewIssue("", full, 1)
	w.ok(err)
	if c := v.Timeline[0].Comment; c == nil || c.Body != "second" || !c.Edited || c.Minimized != "off-topic" {
		t.Errorf("comment: %+v", v.Timeline)
	}
	w.ok(w.DeleteComment("wes-writer", full, id))
	if err := w.EditComment("olu-outsider", full, id, "third"); status(err) != 404 {
		t.Errorf("a deleted comment was edited: %v", err)
	}
	// That it was there stays to be seen, its words do not.
	got := w.want(200, "", "GET", issuesPath+"/1/timeline", nil)
	if !slices.Equal(got.each("event"), []string{"comment_deleted"}) || strings.Contains(string(got.body), "second") {
		t.Errorf("timeline: %s", got.body)
	}
}

func TestArchivedRepositoryIsReadOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	w.ok(w.Archive("example-org/project"))
	token := w.install(nil)
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/issues", map[string]any{"title": "t"}},
		{"PATCH", "/issues/1", map[string]any{"state": "closed"}},
		{"POST", "/issues/1/comments", map[string]any{"body": "b"}},
		{"POST", "/issues/1/labels", map[string]any{"labels": []string{"bug"}}},
		{"PUT", "/issues/1/lock", nil},
		{"POST", "/labels", map[string]any{"name": "n"}},
		{"PUT", "/collaborators/mel-member", nil},
	} {
		got := w.wantToken(403, token, c.method, "/repos/example-org/project"+c.path, c.body)
		if !strings.Contains(string(got.body), "archived") {
			t.Errorf("%s %s: %s", c.method, c.path, got.body)
		}
	}
	w.wantToken(200, token, "GET", issuesPath+"/1", nil)
	w.wantToken(200, token, "PATCH", "/repos/example-org/project", map[string]any{"archived": false})
	w.wantToken(201, token, "POST", issuesPath, map[string]any{"title": "t"})
}

func TestIssuesSwitchedOffAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	w.ok(w.SetIssues("example-org/project", false))
	w.want(410, "ada-owner", "POST", issuesPath, map[string]any{"title": "t"})
	w.want(410, "ada-owner", "GET", issuesPath+"/1", nil)
	w.want(404, "olu-outsider", "POST", "/repos/example-org/cases/issues", map[string]any{"title": "t"})
}

func TestListOfIssuesFiltersSortsAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 5 {
		w.issue("example-org/project", string(rune('a'+n)))
		w.wait(time.Minute)
	}
	since := w.clock().Format(time.RFC3339)
	w.ok(w.Label("ada-owner", "example-org/project", 2, "bug"))
	w.ok(w.CloseIssue("ada-owner", "example-org/project", 4))
	_, err := w.OpenPull("wes-writer", "example-org/project", "f", "")
	w.ok(err)
	for query, want := range map[string]string{
		"":                              "f,e,c,b,a",
		"?state=all&direction=asc":      "a,b,c,d,e,f",
		"?state=closed":                 "d",
		"?labels=BUG":                   "b",
		"?labels=bug,question":          "",
		"?creator=Wes-Writer":           "f",
		"?since=" + since:               "f,b",
		"?sort=updated&state=all":       "f,d,b,e,c,a",
		"?per_page=2&page=2&state=all":  "d,c",
		"?per_page=2&page=9&state=all":  "",
		"?per_page=1000&page=0":         "f,e,c,b,a",
		"?assignee=none&sort=created":   "f,e,c,b,a",
		"?assignee=*":                   "",
		"?labels=bug&state=all&page=1 ": "b",
	} {
		got := w.want(200, "", "GET", issuesPath+strings.ReplaceAll(query, " ", ""), nil)
		if titles := strings.Join(got.each("title"), ","); titles != want {
			t.Errorf("%s: %s, want %s", query, titles, want)
		}
	}
	w.want(422, "", "GET", issuesPath+"?state=somewhere", nil)
	link := w.want(200, "", "GET", issuesPath+"?per_page=2&page=2&state=all", nil).header.Get("Link")
	for _, rel := range []string{`page=1&per_page=2&state=all>; rel="prev"`, `page=3&per_page=2&state=all>; rel="next"`, `page=3&per_page=2&state=all>; rel="last"`, `page=1&per_page=2&state=all>; rel="first"`} {
		if !strings.Contains(link, rel) {
			t.Errorf("Link lacks %s: %s", rel, link)
		}
	}
}

func TestTransferredIssueRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	w.ok(w.AddRepo("example-org/other", githubsim.Repo{Visibility: "public"}))
	if _, err := w.TransferIssue("ada-owner", "example-org/cases", 1, "example-org/other"); status(err) != 404 {
		t.Errorf("transfer of nothing: %v", err)
	}
	n, err := w.TransferIssue("ada-owner", "example-org/project", 1, "example-org/other")
	w.ok(err)
	got := w.want(301, "", "GET", issuesPath+"/1", nil)
	if to := got.header.Get("Location"); n != 1 || !strings.HasSuffix(to, "/repos/example-org/other/issues/1") {
		t.Errorf("number %d, Location %q", n, to)
	}
}

func TestTextThatNamesAnIssueLeavesABackLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	links := func(login string) int {
		n := 0
		for _, e := range w.want(200, login, "GET", issuesPath+"/1/timeline", nil).each("event") {
			if e == "cross-referenced" {
				n++
			}
		}
		return n
	}
	w.issue("example-org/project", "the target")
	for body, leaves := range map[string]bool{
		"see example-org/project#1":                         true,
		"(Example-Org/Project#1)":                           true,
		w.url + "/example-org/project/issues/1":             true,
		"`example-org/project#1`":                           false,
		"``a ` example-org/project#1``":                     false,
		"`a ``` example-org/project#1":                      true,
		"```\nexample-org/project#1\n```":                   false,
		"````\n```\nexample-org/project#1\n````":            false,
		"~~~\nexample-org/project#1\n":                      false,
		"```\na\n```\nexample-org/project#1":                true,
		"<!-- example-org/project#1 -->":                    false,
		"example-org/project/1, project#1, #77 and GH-99":   false,
		"https://redirect.example/example-org/project/1":    false,
		"`example-org/project#1` and then\n\n`\nGH-1 alone": false, // #1 of its own repository
	} {
		before := links("ada-owner")
		_, err := w.OpenIssue("ada-owner", "example-org/cases", githubsim.NewIssue{Title: "source", Body: body})
		w.ok(err)
		if got := links("ada-owner") - before; (got == 1) != leaves {
			t.Errorf("%q left %d back-links", body, got)
		}
	}
	if got := links("olu-outsider"); got != 0 {
		t.Errorf("an outsider sees %d back-links from a private repository", got)
	}
	w.issue("example-org/intern", "hidden from outsiders")
	_, err := w.Comment("olu-outsider", "example-org/project", 1, "example-org/intern#1")
	w.ok(err)
	if got := w.want(200, "ada-owner", "GET", "/repos/example-org/intern/issues/1/timeline", nil).list(); len(got) != 0 {
		t.Errorf("an outsider reached into a private repository: %v", got)
	}
}

func TestMentionReachesOnlyThoseWhoRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.OpenIssue("ada-owner", "example-org/cases", githubsim.NewIssue{Title: "t",
		Body: "@kim-responder, @olu-outsider, `@mel-member`, mail@ada-owner, and @ada-owner"})
	w.ok(err)
	v, err := w.ViewIssue("ada-owner", "example-org/cases", 1)
	w.ok(err)
	var told []string
	for _, h := range v.Timeline {
		told = append(told, h.Kind+" "+h.Person)
	}
	if !slices.Equal(told, []string{"mentioned kim-responder", "mentioned ada-owner"}) {
		t.Errorf("told: %v", told)
	}
}
