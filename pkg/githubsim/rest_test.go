package githubsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

func TestFormerNameRedirectsThoseWhoMaySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/cases", "t")
	w.ok(w.AddOrg("other-org", githubsim.Org{Owners: []string{"ada-owner"}}))
	w.ok(w.Rename("example-org/cases", "Renamed"))
	w.ok(w.TransferRepo("example-org/renamed", "other-org"))
	for _, old := range []string{"example-org/cases", "EXAMPLE-ORG/renamed"} {
		got := w.want(301, "ada-owner", "GET", "/repos/"+old+"/issues?state=all", nil)
		to := got.header.Get("Location")
		if !strings.HasSuffix(to, "/issues?state=all") || !strings.Contains(to, "/repositories/") {
			t.Fatalf("%s leads to %q", old, to)
		}
		if got := w.want(200, "ada-owner", "GET", to, nil).each("title"); !slices.Equal(got, []string{"t"}) {
			t.Errorf("at the new place: %v", got)
		}
		w.want(307, "ada-owner", "PATCH", "/repos/"+old+"/issues/1", map[string]any{"state": "closed"})
		w.want(404, "olu-outsider", "GET", "/repos/"+old, nil)
		w.want(404, "olu-outsider", "GET", to, nil)
	}
	w.ok(w.AddRepo("example-org/cases", githubsim.Repo{}))
	if got := w.want(200, "ada-owner", "GET", "/repos/example-org/cases", nil).object()["full_name"]; got != "example-org/cases" {
		t.Errorf("a new repository of the old name is %v", got)
	}
}

func TestUnchangedReplyIs304AndFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/project", "t")
	token := w.TokenFor("olu-outsider")
	first := w.bearer(token, "GET", issuesPath+"/1", nil)
	tag, remaining := first.header.Get("ETag"), first.header.Get("X-RateLimit-Remaining")
	again := w.bearer(token, "GET", issuesPath+"/1", nil, "If-None-Match", tag)
	if again.status != 304 || len(again.body) != 0 || again.header.Get("X-RateLimit-Remaining") != remaining {
		t.Errorf("%d with %d bytes, remaining %s after %s", again.status, len(again.body), again.header.Get("X-RateLimit-Remaining"), remaining)
	}
	if other := w.bearer(w.TokenFor("mel-member"), "GET", issuesPath+"/1", nil, "If-None-Match", tag); other.status != 200 {
		t.Errorf("an ETag of another token: %d", other.status)
	}
	w.wait(time.Second)
	w.ok(w.CloseIssue("ada-owner", "example-org/project", 1))
	if changed := w.bearer(token, "GET", issuesPath+"/1", nil, "If-None-Match", tag); changed.status != 200 {
		t.Errorf("after a change: %d", changed.status)
	}
}

func TestRateLimitIsCountedForEachCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 61 {
		want := 200
		if n == 60 {
			want = 403
		}
		got := w.want(want, "", "GET", "/repos/example-org/project", nil)
		if left := got.header.Get("X-RateLimit-Remaining"); left != fmt.Sprint(max(0, 59-n)) {
			t.Fatalf("request %d: %s left", n, left)
		}
	}
	got := w.want(200, "olu-outsider", "GET", "/repos/example-org/project", nil)
	if got.header.Get("X-RateLimit-Limit") != "5000" || got.header.Get("X-RateLimit-Remaining") != "4999" || got.header.Get("X-RateLimit-Resource") != "core" {
		t.Errorf("another caller: %v", got.header)
	}
	core := w.want(200, "olu-outsider", "GET", "/rate_limit", nil).object()["resources"].(map[string]any)["core"].(map[string]any)
	if core["remaining"] != 4999.0 {
		t.Errorf("asking for the limit costs: %v", core)
	}
	w.wait(time.Hour)
	w.want(200, "", "GET", "/repos/example-org/project", nil)
}

func TestUnknownOperationsAndTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.wantToken(401, "ghp_unknown", "GET", "/repos/example-org/project", nil)
	w.want(404, "ada-owner", "GET", "/search/issues", nil)
	w.want(404, "ada-owner", "PUT", "/repos/example-org/project", nil)
	w.want(404, "ada-owner", "GET", "/repos/example-org/project/issues/one", nil)
	w.want(404, "ada-owner", "GET", "/repositories/1", nil)
	w.want(401, "", "GET", "/user", nil)
	if got := w.want(200, "ada-owner", "GET", "/user", nil).object()["login"]; got != "ada-owner" {
		t.Errorf("signed in as %v", got)
	}
	w.want(200, "", "GET", "/users/Ada-Owner", nil)
	if got := w.bearer(w.TokenFor("ada-owner"), "GET", "/user", nil, "User-Agent", ""); got.status != 403 {
		t.Errorf("without User-Agent: %d", got.status)
	}
	if w.TokenFor("nobody-at-all") != "" {
		t.Error("a token for nobody")
	}
}

func TestRepositoryIsChangedByAdministratorsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/repos/example-org/project"
	w.want(403, "wes-writer", "PATCH", path, map[string]any{"archived": true})
	w.want(403, "wes-writer", "DELETE", path, nil)
	w.want(422, "ada-owner", "PATCH", path, map[string]any{"default_branch": "no-such-branch"})
	got := w.want(200, "ada-owner", "PATCH", path, map[string]any{"private": true, "description": "d"}).object()
	if got["visibility"] != "private" || got["description"] != "d" {
		t.Errorf("after PATCH: %v", got)
	}
	w.want(404, "olu-outsider", "GET", path, nil)
	w.want(204, "ada-owner", "DELETE", path, nil)
	w.want(404, "ada-owner", "GET", path, nil)
	w.want(403, "mel-member", "POST", "/orgs/example-org/repos", map[string]any{"name": "n"})
	w.want(201, "ada-owner", "POST", "/orgs/example-org/repos", map[string]any{"name": "n", "private": true, "auto_init": true})
	w.want(200, "ada-owner", "GET", "/repos/example-org/n/contents/README.md", nil)
}

func TestFaultsAnswerWithoutDoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fail(func(r *http.Request) bool { return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/issues") }, 2, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "7")
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusForbidden)
		_, _ = rw.Write([]byte(`{"message":"You have exceeded a secondary rate limit."}`))
	})
	for range 2 {
		if got := w.want(403, "ada-owner", "POST", issuesPath, map[string]any{"title": "t"}); got.header.Get("Retry-After") != "7" {
			t.Errorf("headers of the fault: %v", got.header)
		}
	}
	if got := w.want(201, "ada-owner", "POST", issuesPath, map[string]any{"title": "t"}).object()["number"]; got != 1.0 {
		t.Errorf("a fault was applied: the first issue is number %v", got)
	}
	w.Fail(nil, 0, nil)
	w.want(502, "ada-owner", "GET", issuesPath, nil)
	w.ClearFaults()
	w.want(200, "ada-owner", "GET", issuesPath, nil)
}

func TestInterceptedConnectionIsCutBeforeOrAfterTheDeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	cut := githubsim.PhaseBefore
	w.Intercept(func(r *http.Request, phase string) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == "POST" && phase == cut {
			panic(http.ErrAbortHandler)
		}
	})
	post := func() error {
		req, err := http.NewRequest("POST", w.url+"/api/v3"+issuesPath, strings.NewReader(`{"title":"t"}`))
		w.ok(err)
		req.Header.Set("Authorization", "Bearer "+w.TokenFor("ada-owner"))
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	for _, c := range []struct {
		phase string
		left  int
	}{{githubsim.PhaseBefore, 0}, {githubsim.PhaseAfter, 1}} {
		mu.Lock()
		cut = c.phase
		mu.Unlock()
		if post() == nil {
			t.Errorf("%s: there was an answer", c.phase)
		}
		if got := len(w.want(200, "ada-owner", "GET", issuesPath, nil).list()); got != c.left {
			t.Errorf("cut %s: %d issues, want %d", c.phase, got, c.left)
		}
	}
}

func TestObserverSeesWhoAskedWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got []githubsim.Exchange
	w.Observe(func(e githubsim.Exchange) { got = append(got, e) })
	token := w.install(nil)
	w.wantToken(201, token, "POST", "/repos/example-org/cases/issues", map[string]any{"title": "t"})
	w.want(404, "olu-outsider", "GET", "/repos/example-org/cases/labels/status%2Freceived?a=b", nil)
	w.want(200, "", "GET", "/repos/example-org/project", nil)
	var said []string
	for _, e := range got {
		said = append(said, fmt.Sprint(e.Auth, " ", e.Login, " ", e.AppID, " ", e.Method, " ", e.Path, " ", e.Status))
	}
	want := []string{
		"app  77 POST " + tokensPath(w.installationOf(got)) + " 201",
		"installation example-app[bot] 77 POST /repos/example-org/cases/issues 201",
		"user olu-outsider 0 GET /repos/example-org/cases/labels/status%2Freceived 404",
		"anonymous  0 GET /repos/example-org/project 200",
	}
	if !slices.Equal(said, want) {
		t.Errorf("seen:\n%s\nwant:\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if string(got[1].RequestBody) != `{"title":"t"}` || len(got[1].ResponseBody) == 0 || got[2].Query.Get("a") != "b" {
		t.Errorf("bodies or query were lost: %+v", got)
	}
}

func TestDescriptionOfGitHubIsWhatIsHeldAgainst(t *testing.T) {
	t.Parallel()
	document := openapitest.Load(t)
	w := newWorld(t)
	var refused error
	w.Observe(func(e githubsim.Exchange) { refused = document.Check(e) })
	w.want(422, "ada-owner", "POST", issuesPath, map[string]any{"titel": "misspelt"})
	if refused == nil {
		t.Error("a misspelt field of create an issue passed")
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	var done sync.WaitGroup
	for _, login := range []string{"ada-owner", "wes-writer", "tri-triager", "olu-outsider"} {
		done.Go(func() {
			for range 10 {
				if _, err := w.OpenIssue(login, "example-org/project", githubsim.NewIssue{Title: "t", Labels: []string{"bug"}}); err != nil {
					t.Error(err)
				}
				w.as(login, "GET", issuesPath, nil)
				w.Deliveries()
			}
		})
	}
	done.Wait()
	w.idle()
	opened := 0
	for _, name := range names(w.hooks.take()) {
		if name == "issues.opened" {
			opened++
		}
	}
	if last := w.issue("example-org/project", "last"); last != 41 || opened != 40 {
		t.Errorf("the last number is %d, %d were told", last, opened)
	}
}

// installationOf finds the installation that made the requests.
func (w *world) installationOf(seen []githubsim.Exchange) int64 {
	w.t.Helper()
	for _, e := range seen {
		if e.InstallationID != 0 {
			return e.InstallationID
		}
	}
	w.t.Fatal("no request of an installation was seen")
	return 0
}
