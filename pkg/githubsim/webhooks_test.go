package githubsim_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestWebhookIsSignedAndNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.Install(appID, "example-org")
	w.ok(err)
	w.idle()
	w.hooks.take()
	n, err := w.OpenIssue("olu-outsider", "example-org/project", githubsim.NewIssue{Title: "ü <b>", Body: "words"})
	w.ok(err)
	w.idle()
	got := w.hooks.take()
	if !slices.Equal(names(got), []string{"issues.opened"}) {
		t.Fatalf("delivered: %v", names(got))
	}
	h := got[0]
	sign := func(f func() hash.Hash) string {
		m := hmac.New(f, []byte(appSecret))
		m.Write(h.body)
		return hex.EncodeToString(m.Sum(nil))
	}
	for name, want := range map[string]string{
		"X-Hub-Signature-256":                    "sha256=" + sign(sha256.New),
		"X-Hub-Signature":                        "sha1=" + sign(sha1.New),
		"Content-Type":                           "application/json",
		"X-GitHub-Hook-Installation-Target-Type": "integration",
		"X-GitHub-Hook-Installation-Target-ID":   fmt.Sprint(appID),
	} {
		if h.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, h.header.Get(name), want)
		}
	}
	if guid := h.header.Get("X-GitHub-Delivery"); !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(guid) {
		t.Errorf("GUID %q", guid)
	}
	if !strings.HasPrefix(h.header.Get("User-Agent"), "GitHub-Hookshot/") || h.header.Get("X-GitHub-Hook-ID") == "" {
		t.Errorf("headers: %v", h.header)
	}
	p := h.payload()
	sender, issue, repo := p["sender"].(map[string]any), p["issue"].(map[string]any), p["repository"].(map[string]any)
	if sender["login"] != "olu-outsider" || sender["type"] != "User" || issue["number"] != float64(n) || issue["title"] != "ü <b>" ||
		repo["full_name"] != "example-org/project" || repo["visibility"] != "public" || p["organization"].(map[string]any)["login"] != "example-org" ||
		p["installation"].(map[string]any)["id"] != float64(id) || issue["author_association"] != "NONE" {
		t.Errorf("payload: %s", h.body)
	}
}

func TestEveryDeedHasItsEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	w.install(nil)
	w.idle()
	if got := names(w.hooks.take()); !slices.Equal(got, []string{"installation.created"}) {
		t.Fatalf("installing: %v", got)
	}
	var comment int64
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"open with labels", func() error {
			_, err := w.OpenIssue("wes-writer", full, githubsim.NewIssue{Title: "t", Labels: []string{"bug", "new"}})
			return err
		}, "label.created issues.opened issues.labeled issues.labeled"},
		{"label", func() error { return w.Label("wes-writer", full, 1, "bug", "question") }, "issues.labeled"},
		{"unlabel", func() error { return w.Unlabel("wes-writer", full, 1, "question") }, "issues.unlabeled"},
		{"edit", func() error { return w.EditIssueBody("wes-writer", full, 1, "b") }, "issues.edited"},
		{"edit into the same", func() error { return w.EditIssueBody("wes-writer", full, 1, "b") }, ""},
		{"close", func() error { return w.CloseIssue("wes-writer", full, 1) }, "issues.closed"},
		{"close again", func() error { return w.CloseIssue("wes-writer", full, 1) }, ""},
		{"reopen", func() error { return w.ReopenIssue("wes-writer", full, 1) }, "issues.reopened"},
		{"lock", func() error { return w.LockIssue("wes-writer", full, 1, "spam") }, "issues.locked"},
		{"comment", func() (err error) { comment, err = w.Comment("wes-writer", full, 1, "c"); return err }, "issue_comment.created"},
		{"edit a comment", func() error { return w.EditComment("wes-writer", full, comment, "d") }, "issue_comment.edited"},
		{"delete a comment", func() error { return w.DeleteComment("wes-writer", full, comment) }, "issue_comment.deleted"},
		{"open a pull request", func() error { _, err := w.OpenPull("olu-outsider", full, "p", ""); return err }, "pull_request.opened"},
		{"comment on it", func() error { _, err := w.Comment("olu-outsider", full, 2, "c"); return err }, "issue_comment.created"},
		{"review", func() (err error) { comment, err = w.ReviewComment("olu-outsider", full, 2, "c", 0); return err }, "pull_request_review_comment.created"},
		{"reply", func() error { _, err := w.ReviewComment("olu-outsider", full, 2, "c", comment); return err }, "pull_request_review_comment.created"},
		{"push", func() error { return w.PutFile(full, "coc.yaml", "a") }, "push"},
		{"archive", func() error { return w.Archive(full) }, "repository.archived"},
		{"unarchive", func() error { return w.Unarchive(full) }, "repository.unarchived"},
		{"privatise", func() error { return w.SetVisibility(full, "private") }, "repository.privatized"},
		{"publish", func() error { return w.SetVisibility(full, "public") }, "public repository.publicized"},
		{"default branch", func() error { return w.SetDefaultBranch(full, "trunk") }, "repository.edited"},
		{"a collaborator", func() error { return w.AddCollaborator(full, "olu-outsider", "triage") }, "member.added"},
		{"without them", func() error { return w.RemoveCollaborator(full, "olu-outsider") }, "member.removed"},
		{"a member in a team", func() error { return w.AddTeamMember("example-org", "inner", "olu-outsider") }, "organization.member_added membership.added"},
		{"out of the team", func() error { return w.RemoveTeamMember("example-org", "inner", "olu-outsider") }, "membership.removed"},
		{"a team", func() error { return w.AddTeam("example-org", "another") }, "team.created"},
		{"let in", func() error { return w.GrantTeam(full, "another", "triage") }, "team.added_to_repository"},
		{"to do more", func() error { return w.GrantTeam(full, "another", "push") }, ""},
		{"and out", func() error { return w.GrantTeam(full, "another", "none") }, "team.removed_from_repository"},
		{"delete an issue", func() error { return w.DeleteIssue("ada-owner", full, 1) }, "issues.deleted"},
		{"rename", func() error { return w.Rename(full, "renamed") }, "repository.renamed"},
		{"ping", func() error { return w.Ping(appID) }, "ping"},
	} {
		w.ok(c.do())
		w.idle()
		got := w.hooks.take()
		if strings.Join(names(got), " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, names(got), c.want)
		}
		if c.name == "edit" && got[0].payload()["changes"] == nil {
			t.Errorf("issues.edited without changes: %s", got[0].body)
		}
		if c.name == "comment on it" && got[0].payload()["issue"].(map[string]any)["pull_request"] == nil {
			t.Errorf("a comment on a pull request does not say so: %s", got[0].body)
		}
	}
}

func TestPushNamesFilesAndCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.ok(w.PutFile("example-org/project", ".github/coc.yaml", "a"))
	before := w.Head("example-org/project")
	w.ok(w.PutFile("example-org/project", ".github/coc.yaml", "b"))
	w.ok(w.DeleteFileAs("wes-writer", "example-org/project", ".github/coc.yaml", "gone"))
	w.idle()
	var got []map[string]any
	for _, h := range w.hooks.take() {
		if h.event() == "push" {
			got = append(got, h.payload())
		}
	}
	if len(got) != 3 || got[1]["before"] != before || got[1]["after"] == before || got[0]["before"] != strings.Repeat("0", 40) || got[1]["ref"] != "refs/heads/main" {
		t.Fatalf("pushes: %v", got)
	}
	for n, kind := range []string{"added", "modified", "removed"} {
		commit := got[n]["commits"].([]any)[0].(map[string]any)
		if files := commit[kind].([]any); len(files) != 1 || files[0] != ".github/coc.yaml" {
			t.Errorf("push %d: %s is %v", n, kind, files)
		}
		if head := got[n]["head_commit"].(map[string]any); head["id"] != got[n]["after"] {
			t.Errorf("push %d: head_commit %v, after %v", n, head["id"], got[n]["after"])
		}
	}
	if _, isNumber := got[0]["repository"].(map[string]any)["created_at"].(float64); !isNumber {
		t.Error("a push has times of its repository as numbers")
	}
}

func TestWhatAnAppDoesComesBackToItAsABot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.idle()
	w.hooks.take()
	made := w.wantToken(201, token, "POST", "/repos/example-org/cases/issues", map[string]any{"title": "t", "labels": []string{"status/received"}}).object()
	w.idle()
	got := w.hooks.take()
	if !slices.Equal(names(got), []string{"label.created", "issues.opened", "issues.labeled"}) {
		t.Fatalf("delivered: %v", names(got))
	}
	p := got[1].payload()
	sender, issue := p["sender"].(map[string]any), p["issue"].(map[string]any)
	if sender["login"] != "example-app[bot]" || sender["type"] != "Bot" || issue["performed_via_github_app"] == nil || made["performed_via_github_app"] == nil {
		t.Errorf("sender %v, via %v", sender, issue["performed_via_github_app"])
	}
	if labels := issue["labels"].([]any); len(labels) != 1 {
		t.Errorf("opened without its label: %v", labels)
	}
}

func TestOnlyInstalledAppsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.Install(appID, "example-org", "cases")
	w.ok(err)
	w.ok(w.AddRepo("olu-outsider/own", githubsim.Repo{Visibility: "public"}))
	w.idle()
	w.hooks.take()
	told := func() bool { w.idle(); return len(w.hooks.take()) > 0 }
	w.issue("example-org/project", "not selected")
	_, err = w.OpenIssue("olu-outsider", "olu-outsider/own", githubsim.NewIssue{Title: "not installed"})
	w.ok(err)
	if told() {
		t.Error("told of a repository that is not installed")
	}
	w.issue("example-org/cases", "selected")
	if !told() {
		t.Error("not told of a selected repository")
	}
	w.ok(w.SelectRepos(id, []string{"project"}, []string{"cases"}))
	w.idle()
	if got := names(w.hooks.take()); !slices.Equal(got, []string{"installation_repositories.added", "installation_repositories.removed"}) {
		t.Errorf("selecting: %v", got)
	}
	w.issue("example-org/cases", "no longer selected")
	if told() {
		t.Error("told of a repository that was taken away")
	}
	w.ok(w.SuspendInstallation(id, true))
	if !told() {
		t.Error("not told of its suspension")
	}
	w.issue("example-org/project", "while suspended")
	if told() {
		t.Error("told while suspended")
	}
}

func TestFailedDeliveryIsLoggedAndSentAgainOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.idle()
	w.hooks.take()
	w.hooks.answer(http.StatusServiceUnavailable)
	w.issue("example-org/project", "t")
	w.idle()
	first := w.hooks.take()
	if len(first) != 1 {
		t.Fatalf("delivered %d times, want once", len(first))
	}
	app := w.appToken(nil)
	failed := w.wantToken(200, app, "GET", "/app/hook/deliveries?status=failure", nil).list()
	if len(failed) != 1 || failed[0]["status_code"] != 503.0 || failed[0]["event"] != "issues" {
		t.Fatalf("the log of failures: %v", failed)
	}
	if took, _ := failed[0]["duration"].(float64); took <= 0 || took > 10 {
		t.Errorf("the answer took %v s", failed[0]["duration"])
	}
	id := w.lastDelivery()
	one := w.wantToken(200, app, "GET", "/app/hook/deliveries/"+id, nil).object()
	if one["request"].(map[string]any)["payload"].(map[string]any)["action"] != "opened" {
		t.Errorf("the log lost the payload: %v", one["request"])
	}
	w.hooks.answer(http.StatusOK)
	w.wantToken(202, app, "POST", "/app/hook/deliveries/"+id+"/attempts", nil)
	w.idle()
	again := w.hooks.take()
	if len(again) != 1 || again[0].header.Get("X-GitHub-Delivery") != first[0].header.Get("X-GitHub-Delivery") || string(again[0].body) != string(first[0].body) {
		t.Fatalf("the redelivery differs: %v", again)
	}
	log := w.wantToken(200, app, "GET", "/app/hook/deliveries", nil).list()
	if log[0]["redelivery"] != true || log[0]["status"] != "OK" || log[0]["guid"] != failed[0]["guid"] || w.lastDelivery() == id {
		t.Errorf("the log: %v", log[0])
	}
	w.wantToken(404, app, "POST", "/app/hook/deliveries/1/attempts", nil)
	w.wait(72 * time.Hour)
	if kept := w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries", nil).list(); len(kept) != 0 {
		t.Errorf("%d deliveries are kept longer than three days", len(kept))
	}
}

// lastDelivery is the ID of the last attempt, which is more than a float of a
// decoded reply could hold.
func (w *world) lastDelivery() string {
	all := w.Deliveries()
	return strconv.FormatInt(all[len(all)-1].ID, 10)
}

func TestDeliveryLogIsPagedByCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	for range 4 {
		w.issue("example-org/project", "t")
	}
	w.idle()
	next := regexp.MustCompile(`<([^>]+)>; rel="next"`)
	var seen []string
	path := "/app/hook/deliveries?per_page=2"
	for path != "" {
		got := w.wantToken(200, w.appToken(nil), "GET", path, nil)
		seen = append(seen, got.each("guid")...)
		path = ""
		if m := next.FindStringSubmatch(got.header.Get("Link")); m != nil {
			path = m[1]
		}
	}
	all := w.Deliveries()
	if len(seen) != 5 || len(all) != 5 || seen[0] != all[4].GUID || seen[4] != all[0].GUID {
		t.Errorf("paged: %v", seen)
	}
	w.wantToken(422, w.appToken(nil), "GET", "/app/hook/deliveries?cursor=nonsense", nil)
}

func TestHeldDeliveriesComeWhenTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.idle()
	w.hooks.take()
	w.HoldDeliveries(true)
	for _, title := range []string{"first", "second", "third"} {
		w.issue("example-org/project", title)
	}
	w.idle()
	if got := w.hooks.take(); len(got) != 0 {
		t.Fatalf("held, and yet delivered: %v", names(got))
	}
	var guids []string
	for _, d := range w.Deliveries() {
		if d.Status == "held" {
			guids = append(guids, d.GUID)
		}
	}
	w.ok(w.Redeliver(guids[2]))
	w.ok(w.Redeliver(guids[0]))
	w.ok(w.Redeliver(guids[0]))
	w.idle()
	w.HoldDeliveries(false)
	w.idle()
	var titles []string
	for _, h := range w.hooks.take() {
		titles = append(titles, h.payload()["issue"].(map[string]any)["title"].(string))
	}
	if want := []string{"third", "first", "first", "second"}; !slices.Equal(titles, want) {
		t.Errorf("delivered %v, want %v", titles, want)
	}
}
