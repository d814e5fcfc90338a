package forge_test

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// fieldsRead is what we read of GitHub's answers, by operation.
var fieldsRead = map[string][]string{
	"GET /app":                                                 {"slug"},
	"GET /app/hook/deliveries":                                 {"id", "guid", "delivered_at", "redelivery", "status_code", "event", "action"},
	"GET /app/hook/deliveries/{delivery_id}":                   {"request.payload"},
	"GET /repos/{owner}/{repo}/installation":                   {"id", "account.login"},
	"GET /orgs/{org}/installation":                             {"id", "account.login", "account.type", "permissions.administration", "permissions.members", "permissions.organization_administration"},
	"GET /orgs/{org}":                                          {"default_repository_permission"},
	"GET /orgs/{org}/members":                                  {"login"},
	"POST /orgs/{org}/repos":                                   {"id", "name", "owner.login"},
	"PATCH /repos/{owner}/{repo}":                              {"id", "name", "owner.login", "visibility", "archived", "has_issues"},
	"GET /orgs/{org}/hooks":                                    {"active"},
	"GET /orgs/{org}/installations":                            {"installations.app_id", "installations.app_slug", "installations.repository_selection", "installations.suspended_at", "installations.permissions.issues", "installations.permissions.pull_requests"},
	"GET /orgs/{org}/teams/{team_slug}/teams":                  {"slug"},
	"GET /repos/{owner}/{repo}/hooks":                          {"active"},
	"GET /repos/{owner}/{repo}/keys":                           {"title", "read_only"},
	"GET /repos/{owner}/{repo}/teams":                          {"slug", "permission"},
	"GET /repos/{owner}/{repo}/actions/permissions":            {"enabled"},
	"GET /repos/{owner}/{repo}/invitations":                    {"id", "invitee.login"},
	"POST /app/installations/{installation_id}/access_tokens":  {"token", "expires_at", "repositories.id", "repositories.name", "repositories.owner.login"},
	"GET /repos/{owner}/{repo}":                                {"id", "name", "owner.login", "visibility", "private", "archived", "disabled", "fork", "default_branch", "has_issues", "has_projects", "has_wiki", "allow_forking", "description", "has_pages", "has_discussions", "forks_count", "owner.type", "created_at"},
	"GET /repos/{owner}/{repo}/collaborators":                  {"login", "role_name", "permissions.admin"},
	"GET /orgs/{org}/teams/{team_slug}/members":                {"login"},
	"GET /repos/{owner}/{repo}/contents/{path}":                {"type", "path", "size", "sha", "content", "encoding", "target", "submodule_git_url"},
	"GET /repos/{owner}/{repo}/activity":                       {"before", "timestamp"},
	"GET /repos/{owner}/{repo}/commits":                        {"sha"},
	"GET /repos/{owner}/{repo}/labels":                         {"name"},
	"GET /repos/{owner}/{repo}/issues/{issue_number}":          {"number", "node_id", "html_url", "title", "body", "state", "locked", "labels.name"},
	"GET /repos/{owner}/{repo}/pulls/{pull_number}/comments":   {"body", "user.login"},
	"GET /repos/{owner}/{repo}/issues":                         {"number", "node_id", "html_url", "title", "body", "state", "locked", "labels.name", "user.login"},
	"GET /repos/{owner}/{repo}/issues/{issue_number}/comments": {"id", "body", "user.login"},
	"GET /repos/{owner}/{repo}/pulls/comments/{comment_id}":    {"in_reply_to_id"},
	"POST /repos/{owner}/{repo}/issues":                        {"number", "node_id", "html_url"},
	"PATCH /repos/{owner}/{repo}/issues/{issue_number}":        {"state", "labels.name"},
}

func TestWhatWeReadIsInTheDescriptionOfEveryServer(t *testing.T) {
	t.Parallel()
	releases := openapitest.EnterpriseReleases()
	if releases[0] != forge.OldestRelease || releases[len(releases)-1] != forge.NewestRelease {
		t.Errorf("described are %v, and we say %s to %s", releases, forge.OldestRelease, forge.NewestRelease)
	}
	for _, release := range append(releases, "") {
		document := openapitest.LoadEnterprise(t, release)
		for operation, fields := range fieldsRead {
			described, err := document.Fields(operation)
			if err != nil {
				t.Errorf("%s: %v", cmp.Or(release, "github.com"), err)
			}
			for _, field := range fields {
				if !slices.Contains(described, field) {
					t.Errorf("%s: %s does not answer %s", cmp.Or(release, "github.com"), operation, field)
				}
			}
		}
	}
}

// Two operations under one name could not be told apart in the metrics.
func TestEveryOperationHasItsOwnName(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for operation := range fieldsRead {
		method, path, _ := strings.Cut(operation, " ")
		name := forge.Operation(&http.Request{Method: method, URL: &url.URL{Path: variable.ReplaceAllString(path, "some-name")}})
		if want := method + " " + strings.TrimPrefix(variable.ReplaceAllString(path, ":"), "/"); name != want {
			t.Errorf("%s is told as %s", operation, name)
		}
		if other, taken := names[name]; taken {
			t.Errorf("%s and %s are both %s", operation, other, name)
		}
		names[name] = operation
	}
}

var variable = regexp.MustCompile(`\{\w+\}`)

func TestServerNamesItsRelease(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]string{"": "", "3.17": "3.17.0", "3.19": "3.19.0"} {
		w := newServer(t, release)
		got, err := w.f.Server(t.Context())
		if err != nil || got.Release != want || got.Lacks != nil || got.Untested() != 0 {
			t.Errorf("%q: %+v, %v", release, got, err)
		}
	}
}

// newServer is an Enterprise Server where nothing has happened yet.
func newServer(t *testing.T, release string) *world {
	t.Helper()
	w := &world{Sim: githubsim.New(githubsim.Options{Enterprise: release}), t: t, now: time.Now}
	openapitest.Attach(t, w.Sim)
	var err error
	w.api, err = w.Start("127.0.0.1:0")
	w.must(err)
	t.Cleanup(func() { w.must(w.Close()) })
	w.must(w.AddApp(githubsim.App{ID: sourceID, Slug: "cocrouter", PrivateKey: appKey()}))
	w.f = w.another(nil)
	return w
}

func TestServerThatIsNoneOfTheTestedOnesIsTold(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]int{
		"": 0, "3.17.0": 0, "3.19.12": 0, "3.18": 0, "3.9.20": -1, "2.22.1": -1, "GitHub AE": -1, "3.20.0": 1, "4.0": 1,
	} {
		if got := (forge.Server{Release: release}).Untested(); got != want {
			t.Errorf("%q is %d, want %d", release, got, want)
		}
	}
}

func TestServerWithoutADeliveryLogSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fail(to("GET", "/app/hook/deliveries"), 1, githubsim.NotFound())
	got, err := w.f.Server(t.Context())
	if err != nil || !slices.Equal(got.Lacks, []forge.Feature{forge.DeliveryLog}) {
		t.Errorf("lacks %v, %v", got.Lacks, err)
	}
	w.Fail(to("GET", "/app/hook/deliveries"), 1, githubsim.ServerError())
	if _, err := w.f.Server(t.Context()); !errors.As(err, new(coc.Later)) {
		t.Errorf("a server that fails: %v", err)
	}
}

func TestServerThatCannotHideCommentsIsNamedOnceAndNotAskedForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var missing []forge.Feature
	f := w.another(func(o *forge.Options) { o.Lacks = func(what forge.Feature) { missing = append(missing, what) } })
	w.Fail(to("POST", "/graphql"), 2, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"errors":[{"message":"Field 'minimizeComment' doesn't exist on type 'Mutation'"}]}`))
	})
	for range 2 {
		if err := f.Minimize(t.Context(), engine, "IC_kwDOAAA"); !errors.Is(err, coc.ErrDenied) {
			t.Errorf("hiding a comment: %v", err)
		}
	}
	if !slices.Equal(missing, []forge.Feature{forge.MinimizeComment}) {
		t.Errorf("told of %v", missing)
	}
}

// front stands before a GitHub and answers nothing but what lies exactly at the
// addresses it was given.
type front struct {
	v3, v4 string // paths
	github http.Handler

	mu   sync.Mutex
	lost []string
}

func (p *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, inside := strings.CutPrefix(r.URL.EscapedPath(), strings.TrimSuffix(p.v3, "/")+"/")
	switch {
	case r.URL.EscapedPath() == p.v4:
		path = "/api/graphql"
	case inside && !strings.Contains(path, "//") && !strings.HasPrefix(path, "/"):
		path = "/api/v3/" + path
	default:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lost = append(p.lost, r.Method+" "+r.URL.EscapedPath())
		http.Error(w, `{"message":"nothing here"}`, http.StatusTeapot)
		return
	}
	u, err := url.Parse(path)
	if err != nil {
		http.Error(w, `{"message":"no path"}`, http.StatusBadRequest)
		return
	}
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = u.Path, u.RawPath
	p.github.ServeHTTP(w, r)
}

func TestAddressesAreUsedExactlyAsGiven(t *testing.T) {
	t.Parallel()
	for _, given := range []struct{ v3, v4 string }{
		{"", "/graphql"}, // as github.com's
		{"/", "/graphql"},
		{"/api/v3", "/api/graphql"},
		{"/api/v3/", "/api/graphql"},
		{"/gh/api/v3/", "/gh/api/graphql"},
		{"/a%20place/rest/", "/elsewhere/ql/"},
		{"/repos", "/repos/graphql"}, // looks like a part of the API
	} {
		t.Run(given.v3+" "+given.v4, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := &front{v3: given.v3, v4: given.v4, github: w.Handler()}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: p}
			var done sync.WaitGroup
			done.Go(func() { _ = server.Serve(ln) })
			t.Cleanup(func() { _ = server.Close(); done.Wait() })
			base := "http://" + ln.Addr().String()
			f := w.another(func(o *forge.Options) { o.V3, o.V4 = base+given.v3, base+given.v4 })

			for name, call := range map[string]func() error{
				"server":     func() error { _, err := f.Server(t.Context()); return err },
				"repository": func() error { _, err := f.Repository(t.Context(), coc.AppSource, engine); return err },
				"readers":    func() error { return f.Readers(t.Context(), cases).Problem },
				"file":       func() error { _, err := f.File(t.Context(), coc.AppSource, engine, "README.md", ""); return err },
				"deliveries": func() error { _, _, err := f.Deliveries(t.Context(), coc.AppRooms, ""); return err },
			} {
				if err := call(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			n, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "t"})
			w.must(err)
			_, err = w.Comment("alice-example", engine.String(), n, "c")
			w.must(err)
			if err := f.Minimize(t.Context(), engine, w.commentNode(engine, n)); err != nil {
				t.Errorf("minimize: %v", err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.lost) > 0 {
				t.Errorf("asked elsewhere: %v", p.lost)
			}
		})
	}
}
