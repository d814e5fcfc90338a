package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/hook"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// sweptWorld is the demo's GitHub with a server that comes and goes, both on one
// clock.
type sweptWorld struct {
	*githubsim.Sim
	t     *testing.T
	setup crashSetup
	// database is the store's URL, "" for SQLite.
	database string
	log      *lines
	ahead    atomic.Int64

	server *server
	stop   func() error

	mu       sync.Mutex
	requests []string // of the delivery logs
}

func newSweptWorld(t *testing.T) *sweptWorld {
	t.Helper()
	w := &sweptWorld{t: t, log: &lines{}, setup: crashSetup{Folder: t.TempDir()}}
	w.Sim = githubsim.New(githubsim.Options{Now: w.now})
	openapitest.Attach(t, w.Sim)
	var err error
	if w.setup.GitHub, err = w.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the servers' log:\n%s", w.log)
		}
	})
	source, rooms := townApp(1001, "conduct-reports"), townApp(1002, "conduct-rooms")
	w.setup.Source, w.setup.Rooms = source.registration, rooms.registration
	if _, err := keygen(w.setup.Folder + "/sealing.key"); err != nil {
		t.Fatal(err)
	}
	if err := seedDemo(w.Sim, "", source, rooms); err != nil {
		t.Fatal(err)
	}
	w.Observe(func(e githubsim.Exchange) {
		if strings.Contains(e.Path, "/app/hook/deliveries") {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.requests = append(w.requests, e.Method+" "+e.Path)
		}
	})
	return w
}

func (w *sweptWorld) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// up starts a server that sweeps every so often, where GitHub finds it.
func (w *sweptWorld) up(sweep time.Duration) {
	w.t.Helper()
	s, err := w.setup.settings()
	if err != nil {
		w.t.Fatal(err)
	}
	s.PublicURL = "http://127.0.0.1" // nobody follows it
	if w.database != "" {
		s.Database = w.database
	}
	w.server, err = newServer(w.t.Context(), s, zerolog.New(w.log), tuning{
		sweep: sweep, now: w.now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var public string
	public, _, w.stop = runServer(w.t, w.server)
	for _, app := range []registration{w.setup.Source, w.setup.Rooms} {
		if err := w.SetWebhook(app.ID, public+"/api/github/hook", string(app.Secrets[0])); err != nil {
			w.t.Fatal(err)
		}
	}
}

// down stops the server. GitHub goes on delivering to where it was.
func (w *sweptWorld) down() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
}

// thread is an issue in a project whose comments are captured as reports.
func (w *sweptWorld) thread() {
	w.t.Helper()
	if _, err := w.OpenIssue(talker, lanternRepo, githubsim.NewIssue{Title: "Documentation", Body: "Whoever needs this should not be here."}); err != nil {
		w.t.Fatal(err)
	}
	w.delivered()
}

// reports writes a comment that makes a case, and gives its delivery.
func (w *sweptWorld) reports() githubsim.Delivery {
	w.t.Helper()
	if _, err := w.Comment(newcomer, lanternRepo, 1, "/coc report It was "+canary+"."); err != nil {
		w.t.Fatal(err)
	}
	w.delivered()
	all := w.Deliveries()
	return all[len(all)-1]
}

func (w *sweptWorld) delivered() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.Idle(ctx); err != nil {
		w.t.Fatal(err)
	}
	w.ahead.Add(int64(2 * time.Minute)) // over, for a sweep
}

// quiet waits until nothing is under way: no job here, whose writes GitHub tells of, and
// no delivery there, which makes a job.
func (w *sweptWorld) quiet() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	waitFor(w.t, func() bool {
		told := len(w.Deliveries())
		if err := w.Idle(ctx); err != nil {
			w.t.Fatal(err)
		}
		working := w.count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running')`)
		return working == 0 && len(w.Deliveries()) == told
	})
}

// refused is how many deliveries the server did not take.
func (w *sweptWorld) refused() (n int) {
	for _, d := range w.Deliveries() {
		if d.StatusCode/100 != 2 {
			n++
		}
	}
	return n
}

func (w *sweptWorld) cases() int {
	w.t.Helper()
	list, err := w.ViewIssues(lanternCouncil[0], lanternRoom, "all", false)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// round sweeps both Apps now.
func (w *sweptWorld) round() {
	w.t.Helper()
	for _, app := range w.server.sweep.apps {
		if err := w.server.sweep.Round(w.t.Context(), app); err != nil {
			w.t.Fatal(err)
		}
	}
}

// asked is what was asked of the delivery logs since the last call.
func (w *sweptWorld) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.requests
	w.requests = nil
	return list
}

func (w *sweptWorld) count(query string) (n int) {
	w.t.Helper()
	if err := w.server.store.DB().QueryRowContext(w.t.Context(), query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestReportMadeWhileTheServerWasDownComesInAfterItsStart(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": postgrestest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reportMadeWhileDown(t, database(t))
		})
	}
}

func reportMadeWhileDown(t *testing.T, database string) {
	w := newSweptWorld(t)
	w.database = database
	w.up(0)
	w.thread()
	w.down()
	lost := w.reports()
	if lost.StatusCode/100 == 2 {
		t.Fatalf("the server was not down: %s", lost.Status)
	}
	w.up(sweepEvery)
	waitFor(t, func() bool { return w.cases() == 1 })
	metric := `cocrouter_deliveries_total{event="issue_comment",result="swept"} 1`
	if _, body := scrapeServer(t, w.server); !strings.Contains(body, metric) {
		t.Errorf("no %s", metric)
	}
	if !strings.Contains(w.log.String(), lost.GUID) {
		t.Error("the log does not say which delivery it was")
	}

	// It comes once more, and by itself.
	if err := w.Redeliver(lost.GUID); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.round()
	waitFor(t, func() bool { return w.count(`SELECT count(*) FROM river_job WHERE `+stillToDo) == 0 })
	if n := w.cases(); n != 1 {
		t.Errorf("%d cases", n)
	}
	if strings.Contains(w.log.String(), canary) {
		t.Error("the log has the report's words")
	}

	// Traces go when no log can show the delivery any more; the case stays.
	w.ahead.Add(int64(9 * 24 * time.Hour))
	waitFor(t, func() bool { return w.count(`SELECT count(*) FROM intakes`) == 0 })
	w.round()
	if n := w.cases(); n != 1 || w.count(`SELECT count(*) FROM intakes`) != 0 {
		t.Errorf("%d cases", n)
	}
}

func scrapeServer(t *testing.T, s *server) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.metrics.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Code, w.Body.String()
}

func TestQuietSweepAsksOncePerApp(t *testing.T) {
	t.Parallel()
	w := newSweptWorld(t)
	w.up(0)
	w.thread()
	for range 3 {
		w.reports()
	}
	// An answer that is under way while the clock is put forward would tell of
	// two clocks. On a slow machine a delivery may have waited too long for its commit
	// and been refused, also one that tells of our own writes: the sweep is right to
	// fetch that first.
	waitFor(t, func() bool {
		w.quiet()
		w.ahead.Add(int64(2 * time.Minute))
		w.asked()
		w.round()
		return len(w.asked()) == 2
	})
	w.quiet()
	refused := w.refused()
	for range 4 {
		w.ahead.Add(int64(sweepEvery))
		w.round()
	}
	lists, asked := 0, w.asked()
	for _, a := range asked {
		if strings.HasSuffix(a, "/app/hook/deliveries") {
			lists++
		}
	}
	if lists != 4*2 || len(asked)-lists > w.refused()-refused {
		t.Errorf("four quiet rounds asked %q", asked)
	}
}

func TestDeliveryThatCannotBeHadIsNamedToTheOperator(t *testing.T) {
	t.Parallel()
	w := newSweptWorld(t)
	w.up(0)
	w.thread()
	w.down()
	lost := w.reports()
	w.Fail(func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/app/hook/deliveries/") }, 0,
		func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", "application/json")
			out.WriteHeader(http.StatusNotFound)
			_, _ = out.Write([]byte(`{"message":"Not Found"}`))
		})
	w.up(0)
	for range 9 {
		w.round()
		w.ahead.Add(int64(sweepEvery))
	}
	_, body := scrapeServer(t, w.server)
	for _, want := range []string{
		`cocrouter_sweep_gaps_total{reason="payload"} 1`, `cocrouter_sweep_gaps_total{reason="log"} 0`,
		`cocrouter_sweep_missing{app="source"} 0`, `cocrouter_alarms_total 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	log := w.log.String()
	if strings.Count(log, `"alarm":true`) != 1 || strings.Count(log, lost.GUID) != 1 || strings.Contains(log, canary) {
		t.Error("the log does not name it once, without its words")
	}
}

func TestAgeOfTheSweepIsShown(t *testing.T) {
	t.Parallel()
	w := newSweptWorld(t)
	w.up(0)
	w.ahead.Add(int64(time.Hour))
	if _, body := scrapeServer(t, w.server); !strings.Contains(body, `cocrouter_sweep_age_seconds{app="rooms"} 36`) {
		t.Error("a sweep that never was is not an hour old")
	}
	w.round()
	w.ahead.Add(int64(10 * time.Minute))
	if _, body := scrapeServer(t, w.server); !strings.Contains(body, `cocrouter_sweep_age_seconds{app="rooms"} 60`) {
		t.Error("a sweep of ten minutes ago is of another age")
	}
}

// GitHub does not answer when the server is told to stop.
func TestServerStopsInTheMiddleOfASweep(t *testing.T) {
	t.Parallel()
	w := newSweptWorld(t)
	began, over := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseBefore && strings.Contains(r.URL.Path, "/app/hook/deliveries") {
			once.Do(func() { close(began) })
			<-over
		}
	})
	w.up(sweepEvery)
	<-began
	start := time.Now()
	w.down()
	close(over)
	// What hangs is waited for until most of the time for a stop is over.
	if took := time.Since(start); took > stopWithin/2 {
		t.Errorf("the stop took %s", took)
	}
	if log := w.log.String(); strings.Contains(log, `"level":"error"`) {
		t.Errorf("the stop is an error in the log")
	}
}

// A committee decided while the server was down, and its time to decide ran out before
// the server was back. What it wrote counts, however long GitHub's log cannot be read.
func TestCaseThatWasDecidedWhileTheServerWasDownIsNotTakenAway(t *testing.T) {
	t.Parallel()
	w := newSweptWorld(t)
	w.up(0)
	w.thread()
	w.reports()
	waitFor(t, func() bool { return w.cases() == 1 })
	says := func(who, words string) {
		if _, err := w.Comment(who, lanternRoom, 1, words); err != nil {
			t.Fatal(err)
		}
		w.delivered()
	}
	status := func() string {
		v, err := w.ViewIssue(lanternCouncil[0], lanternRoom, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range v.Labels {
			if name, ok := strings.CutPrefix(l.Name, "status/"); ok {
				return name
			}
		}
		return ""
	}
	says(lanternCouncil[0], "/coc clear\n/coc ack\n/coc propose warning They apologise.")
	says(lanternCouncil[1], "/coc clear")
	waitFor(t, func() bool { return status() == "deciding" })
	w.quiet()
	w.down()
	w.ahead.Add(int64(6 * 24 * time.Hour))
	says(lanternCouncil[1], "/coc agree\n/coc resolve")
	w.ahead.Add(int64(24 * time.Hour))

	var ill atomic.Bool
	ill.Store(true)
	w.Fail(func(r *http.Request) bool { return ill.Load() && strings.Contains(r.URL.Path, "/app/hook/deliveries") }, 0, nil)
	w.up(sweepEvery)
	waitFor(t, func() bool {
		_, body := scrapeServer(t, w.server)
		return strings.Contains(body, `kind="clock"`)
	})
	ill.Store(false)
	w.ahead.Add(int64(sweepAgain))
	waitFor(t, func() bool { return status() != "deciding" })
	if got := status(); got != "resolved" {
		t.Errorf("it is %s", got)
	}
}

// Clocks that wait for a log which cannot be read would leave everybody waiting.
func TestSilenceIsWaitedWithForAnHourAtMost(t *testing.T) {
	t.Parallel()
	began := time.Now()
	now := began
	s := &sweeping{Sweeper: &hook.Sweeper{}, every: sweepEvery, apps: []hook.App{{ID: 1}}, now: func() time.Time { return now }, began: began, started: began}
	if now = began.Add(hearsWithin - time.Second); s.heard(t.Context()) {
		t.Error("nobody has read the log")
	}
	if now = began.Add(hearsWithin); !s.heard(t.Context()) {
		t.Error("it waits after an hour")
	}
	if now = began; !s.heard(t.Context()) {
		t.Error("what was heard is not heard any more")
	}
	if off := (&sweeping{Sweeper: &hook.Sweeper{}, apps: s.apps, now: s.now, began: began, started: began}); !off.heard(t.Context()) {
		t.Error("it waits for a log that nobody reads")
	}
}
