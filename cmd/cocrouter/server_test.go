package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// lines is a log that tests may read while it is written.
type lines struct {
	sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) String() string {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.String()
}

// startServer starts a server on strong settings and returns its two addresses,
// and a function that stops it and waits.
func startServer(t *testing.T, s settings, log *lines) (public, private string, stop func() error) {
	t.Helper()
	srv, err := newServer(t.Context(), s, zerolog.New(log), tuning{})
	if err != nil {
		t.Fatal(err)
	}
	return runServer(t, srv)
}

func runServer(t *testing.T, srv *server) (public, private string, stop func() error) {
	t.Helper()
	listen := func() net.Listener {
		l, err := listenOn(t.Context(), "test", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	a, b := listen(), listen()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.run(ctx, a, b) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return "http://" + a.Addr().String(), "http://" + b.Addr().String(), stop
}

func strongSettings(t *testing.T) settings {
	t.Helper()
	s, err := strong(t, t.TempDir()).settle()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fetch(t *testing.T, method, url string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func TestServerAnswersOnItsRoutesAndKeepsMetricsApart(t *testing.T) {
	t.Parallel()
	public, private, _ := startServer(t, strongSettings(t), &lines{})
	for _, c := range []struct {
		method, url string
		status      int
		in          string
	}{
		{"GET", public + "/healthz", 200, "ok"},
		{"GET", public + "/readyz", 200, "ready"},
		{"GET", public + "/metrics", 404, ""},
		{"GET", private + "/metrics", 200, "cocrouter_cases"},
		{"GET", private + "/report", 404, ""},
		{"GET", public + "/report", 200, "<form"},
		{"GET", public + "/receipt", 200, "<form"},
		{"GET", public + "/api/github/hook", 405, ""},
		{"POST", public + "/api/github/hook", 404, ""}, // no App is named
		{"POST", public + "/healthz", 405, ""},
	} {
		status, _, body := fetch(t, c.method, c.url, nil)
		if status != c.status || !strings.Contains(body, c.in) {
			t.Errorf("%s %s: %d, want %d with %q", c.method, c.url, status, c.status, c.in)
		}
	}
}

func TestServerIsReadyAsSoonAsItListensAndStopsCleanly(t *testing.T) {
	t.Parallel()
	log := &lines{}
	public, _, stop := startServer(t, strongSettings(t), log)
	if status, _, _ := fetch(t, "GET", public+"/readyz", nil); status != 200 {
		t.Errorf("not ready: %d", status)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(public, "http://"), time.Second); err == nil {
		t.Error("it still listens")
	}
	if got := log.String(); !strings.Contains(got, `"message":"stopped"`) || strings.Contains(got, `"level":"error"`) {
		t.Errorf("log:\n%s", got)
	}
}

func TestStoppedServerLetsAnotherHaveItsDatabase(t *testing.T) {
	t.Parallel()
	s := strongSettings(t)
	_, _, stop := startServer(t, s, &lines{})
	if _, err := newServer(t.Context(), s, zerolog.Nop(), tuning{}); err == nil || !strings.Contains(err.Error(), "Another process has the database open") {
		t.Errorf("a second server on the same database: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, _, stop = startServer(t, s, &lines{})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// Neither a client that never ends its request nor a GitHub that never answers
// holds a stop up, and what was under way is done after the next start.
func TestStopEndsInTimeWhateverHangs(t *testing.T) {
	t.Parallel()
	const within = 6 * time.Second
	s := strongSettings(t)
	srv, err := newServer(t.Context(), s, zerolog.Nop(), tuning{stop: within, transport: openapitest.Requests(t, silence{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.store.Commit(t.Context(), coc.Change{
		Jobs:    []coc.Job{{Kind: coc.JobErrand, Errand: "one"}},
		Errands: []coc.Errand{{ID: "one", Key: "one", Kind: coc.ErrandLock, Repo: coc.Repo{Owner: "river-project", Name: "river"}, Issue: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	public, _, stop := runServer(t, srv)
	half, err := net.Dial("tcp", strings.TrimPrefix(public, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	if _, err := io.WriteString(half, "POST /report/river-project/river HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\naccount="); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return jobStates(t, srv.store.DB())["errand"] == "running" })

	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*within {
		t.Errorf("it took %s", took)
	}
	if err := half.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, half); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the half-sent request is still waited for")
	}
	next, err := newServer(t.Context(), s, zerolog.Nop(), tuning{})
	if err != nil {
		t.Fatal(err)
	}
	defer next.store.Close()
	if state := jobStates(t, next.store.DB())["errand"]; state != "available" {
		t.Errorf("the job that hung is %q", state)
	}
}

// silence is a GitHub that takes a request and never answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestServeRefusesAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := listenOn(t.Context(), "test", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	c := strong(t, dir)
	path := put(t, dir, "cocrouter.yml", fmt.Sprintf(`
public_url: %s
server: {addr: '127.0.0.1:0'}
metrics: {addr: '%s'}
github: {web: 'http://127.0.0.1:1', v3: 'http://127.0.0.1:1/api/v3/', v4: 'http://127.0.0.1:1/api/graphql'}
apps:
  source: {id: 11, slug: reports, private_key_file: %s, webhook_secret_files: [%s]}
database: %s
sealing_key_file: %s
directory_file: %s
`, c.PublicURL, taken.Addr(), c.Apps.Source.PrivateKeyFile, c.Apps.Source.SecretFiles[0], c.Database, c.SealingKeyFile, c.DirectoryFile))
	err = serve(t.Context(), path, nil, zerolog.Nop())
	if err == nil || !strings.Contains(err.Error(), "Cannot listen on metrics.addr") {
		t.Fatalf("got %v", err)
	}
	// With the environment's word for the address it starts, and stops when
	// its context ends; the database was let go.
	ctx, cancel := context.WithCancel(t.Context())
	log := &lines{}
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, path, []string{"COCROUTER_METRICS_ADDR=off"}, zerolog.New(log)) }()
	waitFor(t, func() bool { return strings.Contains(log.String(), `"message":"ready"`) })
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// Nothing else would show that a server forgot the sweep: reports come by the
// webhook, until one does not.
func TestServeReadsTheDeliveryLogOfEachAppWhenItStarts(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]bool{} // Apps, by the issuer of their tokens
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/api/v3/app/hook/deliveries" {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		var claims jwt.RegisteredClaims
		if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &claims); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		asked[claims.Issuer] = true
		_, _ = io.WriteString(w, "[]")
	}))
	t.Cleanup(github.Close)
	dir := t.TempDir()
	c := strong(t, dir)
	path := put(t, dir, "cocrouter.yml", fmt.Sprintf(`
public_url: %s
server: {addr: '127.0.0.1:0'}
metrics: {addr: 'off'}
github: {web: '%[2]s', v3: '%[2]s/api/v3/', v4: '%[2]s/api/graphql'}
apps:
  source: {id: 11, slug: reports, private_key_file: %[3]s, webhook_secret_files: [%[4]s]}
  rooms: {id: 12, slug: rooms, private_key_file: %[5]s, webhook_secret_files: [%[6]s]}
database: %[7]s
sealing_key_file: %[8]s
directory_file: %[9]s
`, c.PublicURL, github.URL, c.Apps.Source.PrivateKeyFile, c.Apps.Source.SecretFiles[0], c.Apps.Rooms.PrivateKeyFile, c.Apps.Rooms.SecretFiles[0],
		c.Database, c.SealingKeyFile, c.DirectoryFile))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, path, nil, zerolog.Nop()) }()
	waitFor(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return asked["11"] && asked["12"]
	})
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

// A panic may hold what somebody wrote. Neither the answer nor the log has it.
func TestPanicIsAnsweredWithoutItsWords(t *testing.T) {
	t.Parallel()
	log := &lines{}
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-words-of-a-report") })
	handler := routes(zerolog.New(log), boom, boom, readiness{nil})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/report/a/b", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String()+log.String(), "canary") {
		t.Errorf("answered %d %q, logged %q", w.Code, w.Body, log.String())
	}
	if !strings.Contains(log.String(), "server_test.go") {
		t.Error("the log does not say where")
	}
}

type readiness struct{ err error }

func (r readiness) Ready(context.Context) error { return r.err }

func TestServerWhoseStoreCannotWriteIsNotReady(t *testing.T) {
	t.Parallel()
	handler := routes(zerolog.Nop(), http.NotFoundHandler(), http.NotFoundHandler(), readiness{errors.New("disk full at /secret/path")})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("answered %d %q", w.Code, w.Body)
	}
}

// A balancer that asks a hundred times a second must not cost a hundred commits.
func TestReadinessIsFoundOutOnceASecondAndByOneAtATime(t *testing.T) {
	t.Parallel()
	var asked, now, most atomic.Int32
	hold := make(chan struct{})
	p := newProbe(func(context.Context) error {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		asked.Add(1)
		<-hold
		return errors.New("disk full")
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := p.ready(t.Context()); err == nil {
				t.Error("it was ready")
			}
		})
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	waitFor(t, func() bool { return asked.Load() == 1 })
	if err := p.ready(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("behind a store that hangs: %v", err)
	}
	close(hold)
	all.Wait()
	if asked.Load() > 2 || most.Load() != 1 {
		t.Errorf("asked %d times, %d at once", asked.Load(), most.Load())
	}
	// What was found out does not hold for good.
	p.asked = p.asked.Add(-readyFor)
	p.check = func(context.Context) error { return nil }
	if err := p.ready(t.Context()); err != nil {
		t.Errorf("after recovery: %v", err)
	}
}
