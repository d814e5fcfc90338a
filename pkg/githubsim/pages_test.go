package githubsim_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

const (
	publicRepo  = "example-project/engine"
	privateRepo = "example-conduct/cases"
)

// newPages starts a GitHub with a public project of lee-maintainer and a private
// repository of kim-responder, each with one issue.
func newPages(t *testing.T) (*githubsim.Sim, string) {
	t.Helper()
	sim := githubsim.New(githubsim.Options{})
	address, err := sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(
		sim.AddUser("kim-responder"), sim.AddUser("lee-maintainer"), sim.AddUser("pat-outsider"),
		sim.AddOrg("example-project", githubsim.Org{Owners: []string{"lee-maintainer"}}),
		sim.AddOrg("example-conduct", githubsim.Org{Owners: []string{"kim-responder"}}),
		sim.AddRepo(publicRepo, githubsim.Repo{Visibility: "public"}),
		sim.AddRepo(privateRepo, githubsim.Repo{Visibility: "private"}),
		sim.PutFile(publicRepo, "README.md", "# Engine\n"),
		sim.PutFile(privateRepo, "README.md", "# Cases\n"),
	); err != nil {
		t.Fatal(err)
	}
	openIssue(t, sim, "lee-maintainer", publicRepo, githubsim.NewIssue{Title: "Crash", Body: "It crashes."})
	openIssue(t, sim, "kim-responder", privateRepo, githubsim.NewIssue{Title: "quiet-heron", Body: "Not for everybody."})
	return sim, address
}

func openIssue(t *testing.T, sim *githubsim.Sim, login, full string, in githubsim.NewIssue) int {
	t.Helper()
	n, err := sim.OpenIssue(login, full, in)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A browser keeps cookies, sends forms and does not follow redirects.
type browser struct {
	t      *testing.T
	base   string
	client *http.Client
}

type answer struct {
	status   int
	location string
	header   http.Header
	body     string
}

// browse opens a browser in which login is signed in, nobody if it is empty.
func browse(t *testing.T, base, login string) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{t: t, base: base, client: &http.Client{Jar: jar, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if login != "" {
		if got := b.post("/login", "as", login); got.status != http.StatusSeeOther {
			t.Fatalf("signing in as %s answered %d", login, got.status)
		}
	}
	return b
}

func (b browser) get(path string) answer {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil, nil)
}

func (b browser) post(path string, form ...string) answer {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return b.send(http.MethodPost, path, values, nil)
}

func (b browser) send(method, path string, form url.Values, header http.Header) answer {
	b.t.Helper()
	request, err := http.NewRequest(method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	maps.Copy(request.Header, header)
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	response.Header.Del("Date")
	return answer{response.StatusCode, response.Header.Get("Location"), response.Header, string(body)}
}

func (a answer) wantStatus(t *testing.T, want int) {
	t.Helper()
	if a.status != want {
		t.Fatalf("answered %d, want %d; the page says:\n%s", a.status, want, a.body)
	}
}

func TestHiddenPagesAnswerWithTheBytesOfMissingOnes(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	for _, login := range []string{"pat-outsider", ""} {
		b := browse(t, base, login)
		missing := b.get("/example-conduct/no-such-repository")
		missing.wantStatus(t, http.StatusNotFound)
		for _, path := range []string{
			"", "/issues", "/pulls", "/issues/new", "/issues/1", "/issues/2", "/pull/1", "/issues/none",
			"/tree/main/", "/tree/main/folder", "/blob/main/README.md", "/blob/main/none", "/edit/main/README.md", "/new/main",
		} {
			got := b.get("/" + privateRepo + path)
			if got.status != missing.status || got.body != missing.body || !equalHeaders(got.header, missing.header) {
				t.Errorf("GET %s as %q answered %d, %v, want the same as what does not exist", path, login, got.status, got.header)
			}
		}
		for _, path := range []string{"/issues", "/issues/1/comment", "/issues/1/state", "/issues/1/label", "/issues/1/unlabel", "/new/main", "/edit/main/README.md", "/delete/main/README.md"} {
			hidden := b.post("/"+privateRepo+path, "title", "t", "body", "b", "label", "bug", "path", "p", "content", "c", "state", "closed")
			if hidden.status != missing.status || hidden.body != missing.body || !equalHeaders(hidden.header, missing.header) {
				t.Errorf("POST %s as %q answered %d, want the same as what does not exist", path, login, hidden.status)
			}
		}
		if front := b.get("/"); strings.Contains(front.body, "cases") {
			t.Errorf("the front page names the private repository to %q", login)
		}
	}
	i, err := sim.ViewIssue("kim-responder", privateRepo, 1)
	if err != nil || i.Comments != 0 || i.State != "open" || len(i.Labels) != 0 {
		t.Errorf("the issue is %+v, %v, want it untouched", i, err)
	}
	reader := browse(t, base, "kim-responder").get("/" + privateRepo + "/issues/1")
	if reader.status != http.StatusOK || !strings.Contains(reader.body, "Not for everybody.") {
		t.Errorf("its responder got %d, want to read it", reader.status)
	}
}

func equalHeaders(a, b http.Header) bool { return maps.EqualFunc(a, b, slices.Equal[[]string]) }

func TestFileCommittedOnThePagesFiresAPush(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	pushes := make(chan []byte, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.Header.Get("X-GitHub-Event") == "push" {
			pushes <- body
		}
	}))
	t.Cleanup(hook.Close)
	key, err := rsa.GenerateKey(rand.Reader, 1024) // nothing is signed with it
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.AddApp(githubsim.App{ID: 7, Slug: "listener", PrivateKey: key, WebhookURL: hook.URL, WebhookSecret: "s",
		Permissions: map[string]string{"contents": "read"}, Events: []string{"push"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Install(7, "example-project"); err != nil {
		t.Fatal(err)
	}

	lee := browse(t, base, "lee-maintainer")
	lee.get("/"+publicRepo+"/new/main").wantStatus(t, http.StatusOK)
	const file = ".github/coc.yaml"
	made := lee.post("/"+publicRepo+"/new/main", "path", file, "content", "version: 1\r\ncommittee: example", "message", "Name our committee")
	made.wantStatus(t, http.StatusSeeOther)
	if want := "/" + publicRepo + "/blob/main/" + file; made.location != want {
		t.Errorf("leads to %s, want %s", made.location, want)
	}
	if got, err := sim.ViewFile("lee-maintainer", publicRepo, file); err != nil || got != "version: 1\ncommittee: example\n" {
		t.Errorf("file is %q, %v, want it with plain line ends", got, err)
	}
	edit := lee.get("/" + publicRepo + "/edit/main/" + file)
	if !strings.Contains(edit.body, "committee: example") {
		t.Errorf("the editor does not show the file:\n%s", edit.body)
	}
	lee.post("/"+publicRepo+"/edit/main/"+file, "content", "version: 1\n").wantStatus(t, http.StatusSeeOther)
	lee.post("/"+publicRepo+"/delete/main/"+file).wantStatus(t, http.StatusSeeOther)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := sim.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	close(pushes)
	var changes []string
	for body := range pushes {
		var push struct {
			Sender     struct{ Login string }
			HeadCommit struct {
				Message                  string
				Added, Modified, Removed []string
			} `json:"head_commit"`
		}
		if err := json.Unmarshal(body, &push); err != nil {
			t.Fatal(err)
		}
		if push.Sender.Login != "lee-maintainer" {
			t.Errorf("push of %s, want lee-maintainer's", push.Sender.Login)
		}
		c := push.HeadCommit
		changes = append(changes, c.Message+" +"+strings.Join(c.Added, ",")+" ~"+strings.Join(c.Modified, ",")+" -"+strings.Join(c.Removed, ","))
	}
	want := []string{"Name our committee +" + file + " ~ -", "Update " + file + " + ~" + file + " -", "Delete " + file + " + ~ -" + file}
	if !slices.Equal(changes, want) {
		t.Errorf("pushes are %q, want %q", changes, want)
	}
}

func TestReaderWithoutWriteCannotChangeFilesOrLabels(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	pat := browse(t, base, "pat-outsider")
	for _, path := range []string{"/new/main", "/edit/main/README.md"} {
		pat.get("/"+publicRepo+path).wantStatus(t, http.StatusForbidden)
	}
	for _, path := range []string{"/new/main", "/edit/main/README.md", "/delete/main/README.md", "/issues/1/label", "/issues/1/state"} {
		pat.post("/"+publicRepo+path, "path", "README.md", "content", "mine", "label", "bug", "state", "closed").wantStatus(t, http.StatusForbidden)
	}
	shown := pat.get("/" + publicRepo + "/issues/1").body
	for _, form := range []string{"/issues/1/label", "/issues/1/unlabel", "/issues/1/state"} {
		if strings.Contains(shown, form) {
			t.Errorf("the page offers %s to a reader", form)
		}
	}
	if got, err := sim.ViewFile("", publicRepo, "README.md"); err != nil || got != "# Engine\n" {
		t.Errorf("file is %q, %v, want it unchanged", got, err)
	}
}

func TestStrangerIsAskedToSignInWhereTheyCanRead(t *testing.T) {
	t.Parallel()
	_, base := newPages(t)
	nobody := browse(t, base, "")
	nobody.get("/"+publicRepo+"/issues/1").wantStatus(t, http.StatusOK)
	nobody.post("/"+publicRepo+"/issues/1/comment", "body", "hello").wantStatus(t, http.StatusUnauthorized)
}

func TestIssueIsWorkedOnItsPage(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	kim := browse(t, base, "kim-responder")
	const issue = "/" + privateRepo + "/issues/1"

	commented := kim.post(issue+"/comment", "body", "/coc ack")
	commented.wantStatus(t, http.StatusSeeOther)
	if !strings.HasPrefix(commented.location, issue+"#issuecomment-") {
		t.Errorf("a comment leads to %s, want to itself", commented.location)
	}
	kim.post(issue+"/label", "label", "bug").wantStatus(t, http.StatusSeeOther)
	kim.post(issue+"/label", "label", "question").wantStatus(t, http.StatusSeeOther)
	kim.post(issue+"/unlabel", "label", "bug").wantStatus(t, http.StatusSeeOther)
	kim.post(issue+"/state", "state", "closed", "body", "Done with it.").wantStatus(t, http.StatusSeeOther)
	i, err := sim.ViewIssue("kim-responder", privateRepo, 1)
	if err != nil {
		t.Fatal(err)
	}
	var happened []string
	for _, h := range i.Timeline {
		happened = append(happened, h.Kind)
	}
	if want := []string{"commented", "labeled", "labeled", "unlabeled", "commented", "closed"}; !slices.Equal(happened, want) {
		t.Errorf("timeline is %q, want %q", happened, want)
	}
	shown := kim.get(issue).body
	for _, want := range []string{"/coc ack", "Done with it.", "closed this", `class="state closed"`, ">Reopen<", ">question</span>", "--label:#d876e3"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page lacks %q:\n%s", want, shown)
		}
	}
	kim.post(issue+"/state", "state", "open").wantStatus(t, http.StatusSeeOther)
	if shown := kim.get(issue).body; !strings.Contains(shown, `class="state open"`) {
		t.Error("the issue is not open again")
	}
	kim.post(issue+"/comment", "body", "  ").wantStatus(t, http.StatusUnprocessableEntity)
}

func TestConductFormAppliesItsLabelForOutsiders(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	pat := browse(t, base, "pat-outsider")
	const form = "/" + publicRepo + "/issues/new?template=code-of-conduct"
	if got := pat.get(form).body; strings.Contains(got, "Code of Conduct report") {
		t.Error("the form is offered where its label does not exist and would be dropped")
	}
	if err := sim.CreateLabel("lee-maintainer", publicRepo, "code-of-conduct", "b60205", ""); err != nil {
		t.Fatal(err)
	}
	if got := pat.get(form).body; !strings.Contains(got, `name="template" value="code-of-conduct"`) {
		t.Errorf("the form is not offered:\n%s", got)
	}
	for title, labels := range map[string][]string{"With the form": {"code-of-conduct"}, "Without": nil} {
		template := ""
		if labels != nil {
			template = "code-of-conduct"
		}
		opened := pat.post("/"+publicRepo+"/issues", "template", template, "title", title, "body", "b")
		opened.wantStatus(t, http.StatusSeeOther)
		page := pat.get(opened.location)
		page.wantStatus(t, http.StatusOK)
		if got := strings.Contains(page.body, "code-of-conduct"); got != (labels != nil) {
			t.Errorf("%s: the label is shown: %v, want %v", title, got, labels != nil)
		}
	}
}

func TestFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	kim := browse(t, base, "kim-responder")
	for _, path := range []string{"/" + privateRepo + "/issues/1/comment", "/login", "/logout"} {
		kim.send(http.MethodPost, path, url.Values{"body": {"forged"}, "as": {"pat-outsider"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).
			wantStatus(t, http.StatusForbidden)
	}
	if i, err := sim.ViewIssue("kim-responder", privateRepo, 1); err != nil || i.Comments != 0 {
		t.Errorf("comments are %d, %v, want none", i.Comments, err)
	}
	if got := kim.get("/").body; !strings.Contains(got, "<strong>kim-responder</strong>") {
		t.Error("another site signed kim-responder out")
	}
}

func TestSigningInLeadsBackToOurOwnPagesOnly(t *testing.T) {
	t.Parallel()
	_, base := newPages(t)
	for _, tc := range []struct{ referer, want string }{
		{"http://elsewhere.example/" + publicRepo, "/"},
		{base + "//elsewhere.example/", "/"},
		{"", "/"},
		{base + "/" + publicRepo + "/issues?state=closed", "/" + publicRepo + "/issues?state=closed"},
	} {
		got := browse(t, base, "").send(http.MethodPost, "/login", url.Values{"as": {"KIM-responder"}}, http.Header{"Referer": {tc.referer}})
		if got.status != http.StatusSeeOther || got.location != tc.want {
			t.Errorf("from %q: answered %d and led to %q, want %q", tc.referer, got.status, got.location, tc.want)
		}
		if cookie := got.header.Get("Set-Cookie"); !strings.Contains(cookie, "SameSite=Strict") || !strings.Contains(cookie, "HttpOnly") {
			t.Errorf("cookie is %q, want it strict", cookie)
		}
	}
	for _, who := range []string{"", "nobody-here", "example-project"} {
		browse(t, base, "").post("/login", "as", who).wantStatus(t, http.StatusUnprocessableEntity)
	}
}

func TestWordsOfIssuesCannotActOnThePage(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	n := openIssue(t, sim, "pat-outsider", publicRepo, githubsim.NewIssue{
		Title: `<script>title()</script>`,
		Body: strings.Join([]string{
			"<!-- marker:secret -->", "first", "second", "",
			`<script>body()</script><style>body{display:none}</style><p style="color:red" onclick="x()">styled</p>`, "",
			"![remote](https://tracker.example/a.png) <img src=https://tracker.example/b.png>", "",
			"[bad](javascript:alert(1)) [good](https://fine.example/)", "", "- [x] done", "", "`@not-told` @lee-maintainer",
		}, "\n"),
	})
	if n != 2 {
		t.Fatalf("issue has number %d", n)
	}
	got := browse(t, base, "").get("/" + publicRepo + "/issues/2")
	got.wantStatus(t, http.StatusOK)
	for _, never := range []string{"<script", "marker:secret", "tracker.example", "javascript:", "onclick", "color:red", "display:none", "mentioned"} {
		if strings.Contains(got.body, never) {
			t.Errorf("the page holds %q:\n%s", never, got.body)
		}
	}
	for _, want := range []string{"first<br", "https://fine.example/", "<code>@not-told</code>", `type="checkbox"`, "&lt;script&gt;title()"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the page lacks %q:\n%s", want, got.body)
		}
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
		t.Errorf("content security policy is %q, want no scripts", policy)
	}
}

func TestMinimizedCommentIsFoldedAndLockIsShown(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	id, err := sim.Comment("pat-outsider", publicRepo, 1, "rude words")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sim.MinimizeComment("lee-maintainer", publicRepo, id, "ABUSE"), sim.LockIssue("lee-maintainer", publicRepo, 1, "too heated")); err != nil {
		t.Fatal(err)
	}
	got := browse(t, base, "pat-outsider").get("/" + publicRepo + "/issues/1").body
	_, folded, ok := strings.Cut(got, "<details><summary")
	if !ok || !strings.Contains(folded, "marked as abuse") || !strings.Contains(folded, "rude words") {
		t.Errorf("the comment is not folded:\n%s", got)
	}
	for _, want := range []string{"locked the conversation as too heated", "Unable to create comment because issue is locked."} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got, "<textarea") {
		t.Error("a locked issue offers a comment box to an outsider")
	}
}

func TestBackLinkFromAHiddenIssueIsShownToItsReadersOnly(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	if _, err := sim.Comment("kim-responder", privateRepo, 1, "See "+publicRepo+"#1"); err != nil {
		t.Fatal(err)
	}
	const link = `href="/` + privateRepo + `/issues/1"`
	if got := browse(t, base, "kim-responder").get("/" + publicRepo + "/issues/1").body; !strings.Contains(got, link) {
		t.Errorf("its reader is not shown the back-link:\n%s", got)
	}
	if got := browse(t, base, "pat-outsider").get("/" + publicRepo + "/issues/1").body; strings.Contains(got, "cases") {
		t.Errorf("an outsider is shown the name of the private repository:\n%s", got)
	}
}

func TestPullRequestsAndIssuesLeadToTheirOwnPages(t *testing.T) {
	t.Parallel()
	sim, base := newPages(t)
	n, err := sim.OpenPull("pat-outsider", publicRepo, "Mend it", "Like this.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.ReviewComment("lee-maintainer", publicRepo, n, "Why so?", 0); err != nil {
		t.Fatal(err)
	}
	b := browse(t, base, "")
	if got := b.get("/" + publicRepo + "/issues/2"); got.location != "/"+publicRepo+"/pull/2" {
		t.Errorf("issue 2 leads to %q, want the pull request", got.location)
	}
	if got := b.get("/" + publicRepo + "/pull/1"); got.location != "/"+publicRepo+"/issues/1" {
		t.Errorf("pull 1 leads to %q, want the issue", got.location)
	}
	if got := b.get("/" + publicRepo + "/pull/2").body; !strings.Contains(got, "Why so?") {
		t.Errorf("the review comment is not shown:\n%s", got)
	}
	if got := b.get("/" + publicRepo + "/pulls").body; !strings.Contains(got, "Mend it") || strings.Contains(got, "Crash") {
		t.Error("the list of pull requests is not the list of pull requests")
	}
}
