package githubsim_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

const (
	appID     = 77
	appSecret = "a webhook secret"
)

var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// world is a GitHub with one organisation, its App, and somebody in every role,
// whose every exchange is held to GitHub's own description.
//
// example-org: ada-owner owns it; mel-member belongs to it with no base
// permission; tom-teamer is in the team "inner" below "outer". project is
// public, cases private, intern internal. In project, tri-triager and wes-writer
// have a role; in cases, kim-responder reads. olu-outsider has nothing.
type world struct {
	*githubsim.Sim
	t     *testing.T
	url   string
	hooks *receiver

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T, options ...githubsim.Options) *world {
	t.Helper()
	w := &world{t: t, now: time.Now().UTC().Truncate(time.Second), hooks: newReceiver(t)}
	o := githubsim.Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.Now = w.clock
	w.Sim = githubsim.New(o)
	openapitest.Attach(t, w.Sim, openapitest.WrongOnPurpose())
	for _, login := range []string{"ada-owner", "mel-member", "tom-teamer", "tri-triager", "wes-writer", "kim-responder", "olu-outsider"} {
		w.ok(w.AddUser(login))
	}
	w.ok(w.AddOrg("example-org", githubsim.Org{Owners: []string{"ada-owner"}, Members: []string{"mel-member"}}))
	w.ok(w.AddTeam("example-org", "outer"))
	w.ok(w.AddNestedTeam("example-org", "inner", "outer", "tom-teamer"))
	w.ok(w.AddRepo("example-org/project", githubsim.Repo{Visibility: "public",
		Collaborators: map[string]string{"tri-triager": "triage", "wes-writer": "push"}}))
	w.ok(w.AddRepo("example-org/cases", githubsim.Repo{Collaborators: map[string]string{"kim-responder": "pull"}}))
	w.ok(w.AddRepo("example-org/intern", githubsim.Repo{Visibility: "internal"}))
	w.ok(w.AddApp(githubsim.App{ID: appID, Slug: "example-app", PrivateKey: appKey(),
		WebhookURL: w.hooks.URL, WebhookSecret: appSecret,
		Permissions: map[string]string{"issues": "write", "pull_requests": "write", "contents": "read", "members": "read",
			"administration": "write", "organization_administration": "read"},
		Events:   []string{"issues", "issue_comment", "pull_request", "pull_request_review_comment", "push", "repository", "label", "member", "membership", "team", "organization", "public"},
		ClientID: clientID, ClientSecret: clientSecret, Callbacks: []string{callback, callback + "/other"}}))
	url, err := w.Start(":0")
	w.ok(err)
	w.url = url
	t.Cleanup(func() { w.ok(w.Close()) })
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// idle waits until every webhook is delivered.
func (w *world) idle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.ok(w.Idle(ctx))
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// object reads the body; it is empty where there is none.
func (r reply) object() map[string]any {
	var v map[string]any
	_ = json.Unmarshal(r.body, &v)
	return v
}

func (w *world) resetOf(r reply) time.Time {
	w.t.Helper()
	seconds, err := strconv.ParseInt(r.header.Get("X-RateLimit-Reset"), 10, 64)
	w.ok(err)
	return time.Unix(seconds, 0)
}

func (r reply) list() []map[string]any {
	var v []map[string]any
	_ = json.Unmarshal(r.body, &v)
	return v
}

// each reads one field of every element.
func (r reply) each(name string) []string {
	var all []string
	for _, o := range r.list() {
		s, _ := o[name].(string)
		all = append(all, s)
	}
	return all
}

// bearer asks with a token; an empty one asks as nobody. Redirects are not
// followed.
func (w *world) bearer(token, method, path string, body any, header ...string) reply {
	w.t.Helper()
	var sent io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(body)
	default:
		raw, err := json.Marshal(body)
		w.ok(err)
		sent = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "http") {
		path = w.url + "/api/v3" + path
	}
	req, err := http.NewRequest(method, path, sent)
	w.ok(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	w.ok(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.ok(err)
	return reply{resp.StatusCode, resp.Header, raw}
}

// as asks as a person, or as nobody.
func (w *world) as(login, method, path string, body any) reply {
	w.t.Helper()
	token := ""
	if login != "" {
		token = w.TokenFor(login)
	}
	return w.bearer(token, method, path, body)
}

// want asks as a person and insists on a status.
func (w *world) want(status int, login, method, path string, body any) reply {
	w.t.Helper()
	r := w.as(login, method, path, body)
	if r.status != status {
		w.t.Fatalf("%s %s as %q: %d, want %d: %s", method, path, login, r.status, status, r.body)
	}
	return r
}

// wantToken asks with a token and insists on a status.
func (w *world) wantToken(status int, token, method, path string, body any) reply {
	w.t.Helper()
	r := w.bearer(token, method, path, body)
	if r.status != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.body)
	}
	return r
}

// appToken is signed by the App, with claims changed as given.
func (w *world) appToken(change func(jwt.MapClaims)) string {
	w.t.Helper()
	claims := jwt.MapClaims{"iss": "77", "iat": w.clock().Add(-30 * time.Second).Unix(), "exp": w.clock().Add(9 * time.Minute).Unix()}
	if change != nil {
		change(claims)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(appKey())
	w.ok(err)
	return signed
}

// install installs the App on the organisation and returns a token for it.
func (w *world) install(narrow any, repos ...string) string {
	w.t.Helper()
	id, err := w.Install(appID, "example-org", repos...)
	w.ok(err)
	return w.token(id, narrow)
}

func (w *world) token(installation int64, narrow any) string {
	w.t.Helper()
	r := w.wantToken(201, w.appToken(nil), "POST", tokensPath(installation), narrow)
	return r.object()["token"].(string)
}

// issue opens one as the owner.
func (w *world) issue(full, title string) int {
	w.t.Helper()
	n, err := w.OpenIssue("ada-owner", full, githubsim.NewIssue{Title: title})
	w.ok(err)
	return n
}

// status is the status of a refusal by an acting method, 0 for none.
func status(err error) int {
	var refusal *githubsim.APIError
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}

// hook is a webhook as it arrived.
type hook struct {
	header http.Header
	body   []byte
}

func (h hook) event() string { return h.header.Get("X-GitHub-Event") }

func (h hook) payload() map[string]any {
	var v map[string]any
	_ = json.Unmarshal(h.body, &v)
	return v
}

// receiver is the App's side of the webhooks. It is not an httptest.Server,
// because closing one closes the idle connections of every test that runs at
// the same time.
type receiver struct {
	URL string

	mu     sync.Mutex
	got    []hook
	status int
}

func newReceiver(t *testing.T) *receiver {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{status: http.StatusOK, URL: "http://" + ln.Addr().String()}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the Sim was closed while it sent
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, hook{req.Header.Clone(), body})
		w.WriteHeader(r.status)
	})}
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(ln) }) // until it is closed
	t.Cleanup(func() {
		_ = server.Close()
		done.Wait()
	})
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// seen returns what arrived and was not taken.
func (r *receiver) seen() []hook {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// take returns what arrived since it was last asked.
func (r *receiver) take() []hook {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// names are the events with their actions, in order of arrival.
func names(hooks []hook) []string {
	var all []string
	for _, h := range hooks {
		name := h.event()
		if action, ok := h.payload()["action"].(string); ok {
			name += "." + action
		}
		all = append(all, name)
	}
	return all
}
