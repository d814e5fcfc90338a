package forge_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

const (
	sourceID = 71
	roomsID  = 72
)

var (
	engine = coc.Repo{Owner: "example-org", Name: "engine"} // public, with the source App
	cases  = coc.Repo{Owner: "safe-org", Name: "cases"}     // private, with the rooms App
)

var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appKey())})
}

// world is a GitHub with two organisations, and a Forge that speaks with it.
type world struct {
	*githubsim.Sim
	f       *forge.Forge
	t       *testing.T
	api     string
	now     func() time.Time
	install map[int64]int64 // App to its installation

	mu   sync.Mutex
	seen []githubsim.Exchange
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAt(t, time.Now)
}

// newWorldAt is newWorld with a clock of its own, which the Forge shares.
func newWorldAt(t *testing.T, now func() time.Time) *world {
	t.Helper()
	return newWorldWith(t, githubsim.Options{Now: now})
}

func newWorldWith(t *testing.T, o githubsim.Options) *world {
	t.Helper()
	w := &world{Sim: githubsim.New(o), t: t, now: o.Now, install: map[int64]int64{}}
	openapitest.Attach(t, w.Sim)
	url, err := w.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.api = url
	for _, login := range []string{"alice-example", "bob-example", "kim-responder", "lee-responder", "org-owner"} {
		w.must(w.AddUser(login))
	}
	w.must(w.AddOrg("example-org", githubsim.Org{Owners: []string{"org-owner"}, Members: []string{"bob-example"}}))
	w.must(w.AddOrg("safe-org", githubsim.Org{Owners: []string{"org-owner"}, Members: []string{"kim-responder", "lee-responder"}}))
	w.must(w.AddRepo(engine.String(), githubsim.Repo{Visibility: "public"}))
	w.must(w.AddRepo(cases.String(), githubsim.Repo{Visibility: "private", Collaborators: map[string]string{"kim-responder": "write"}}))
	w.must(w.PutFile(engine.String(), "README.md", "# Engine\n"))
	w.must(w.AddApp(githubsim.App{ID: sourceID, Slug: "cocrouter", PrivateKey: appKey(),
		Permissions: map[string]string{"contents": "read", "issues": "write", "pull_requests": "write", "discussions": "read"}}))
	w.must(w.AddApp(githubsim.App{ID: roomsID, Slug: "cocrouter-rooms", PrivateKey: appKey(),
		ClientID: clientID, ClientSecret: clientSecret, Callbacks: []string{callback},
		Permissions: map[string]string{"contents": "read", "issues": "write", "members": "read"}}))
	w.installs(sourceID, "example-org")
	w.installs(roomsID, "safe-org")
	w.f = w.another(nil)
	w.Observe(func(e githubsim.Exchange) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, e)
	})
	return w
}

// another is a process that has just started and knows nothing.
func (w *world) another(change func(*forge.Options)) *forge.Forge {
	w.t.Helper()
	o := forge.Options{
		V3: w.api + "/api/v3", V4: w.api + "/api/graphql",
		Apps: map[coc.App]forge.Registration{
			coc.AppSource: {ID: sourceID, PrivateKey: keyPEM()},
			coc.AppRooms:  {ID: roomsID, PrivateKey: keyPEM()},
		},
		Limits: forge.Unlimited, Now: w.now,
	}
	if change != nil {
		change(&o)
	}
	f, err := forge.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) installs(app int64, account string, repos ...string) {
	w.t.Helper()
	id, err := w.Install(app, account, repos...)
	w.must(err)
	w.install[app] = id
}

// requests gives what was asked since the last call, as "GET /repos/…".
func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, e := range w.seen {
		list = append(list, e.Method+" "+e.Path)
	}
	w.seen = nil
	return list
}

// tokens gives the narrowing of every token asked for since the last call of
// requests.
func (w *world) tokens() []narrowing {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []narrowing
	for _, e := range w.seen {
		if strings.HasSuffix(e.Path, "/access_tokens") {
			var n narrowing
			w.must(json.Unmarshal(e.RequestBody, &n))
			list = append(list, n)
		}
	}
	return list
}

type narrowing struct {
	Repositories  []string          `json:"repositories"`
	RepositoryIDs []int64           `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

func to(method, path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && strings.HasSuffix(r.URL.Path, path) }
}

// lost cuts the connection of the next such request after GitHub has done what
// it asked.
func (w *world) lost(method, path string) {
	var once sync.Once
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseAfter && to(method, path)(r) {
			cut := false
			once.Do(func() { cut = true })
			if cut {
				panic(http.ErrAbortHandler)
			}
		}
	})
}

func status(code int, header map[string]string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		for k, v := range header {
			rw.Header().Set(k, v)
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(code)
		_, _ = rw.Write([]byte(`{"message":"canary words","documentation_url":"https://docs.example.test"}`))
	}
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return c
}

func text(words string) notice.Private { return notice.Kept(coc.NewProse(words)) }

func in(repo coc.Repo, number int) coc.IssueRef { return coc.IssueRef{Repo: repo, Number: number} }

// bodies are the issues of a repository as somebody can read them.
func (w *world) bodies(login string, repo coc.Repo) []string {
	w.t.Helper()
	issues, err := w.ViewIssues(login, repo.String(), "all", false)
	w.must(err)
	var list []string
	for _, i := range issues {
		full, err := w.ViewIssue(login, repo.String(), i.Number)
		w.must(err)
		list = append(list, full.Body)
	}
	slices.Sort(list)
	return list
}

// commentNode is the node id of the newest comment of an issue.
func (w *world) commentNode(repo coc.Repo, number int) string {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v3/repos/%s/issues/%d/comments", w.api, repo, number), nil)
	w.must(err)
	req.Header.Set("Authorization", "token "+w.TokenFor("alice-example"))
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	var comments []struct {
		Node string `json:"node_id"`
	}
	w.must(json.NewDecoder(res.Body).Decode(&comments))
	if len(comments) == 0 {
		w.t.Fatal("no comment")
	}
	return comments[len(comments)-1].Node
}
