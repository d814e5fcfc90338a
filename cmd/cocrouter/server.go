package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/hook"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/web"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// The ports of casework and who stands behind them.
var (
	_ casework.GitHub = (*forge.Forge)(nil)
	_ casework.Store  = (*store.Store)(nil)
	_ casework.Vault  = (*store.Store)(nil)
	_ casework.Keys   = (*seal.Keys)(nil)
)

// stopWithin is how long a stop may take as a whole: requests end, jobs finish
// or go back to the queue, the store closes.
const stopWithin = 30 * time.Second

// server is every part, wired, with its store open and nothing running yet.
type server struct {
	log     zerolog.Logger
	store   *store.Store
	worker  *worker.Worker
	sweep   *sweeping
	handler http.Handler // what people and GitHub reach
	metrics http.Handler // what only the operator reaches
	stop    time.Duration
	greet   func(context.Context)
	// operate is what an operator's commands ask, over the socket of the database.
	operate  http.Handler
	database string
}

// tuning is what the demo and the tests set and an operator does not.
type tuning struct {
	sweep     time.Duration     // how often the delivery logs are read; 0: not at all
	limits    forge.Limits      // zero: GitHub's
	transport http.RoundTripper // nil: the network
	commit    func(before bool) // nil: nobody is told
	now       func() time.Time  // nil: the store's own clock
	rescue    time.Duration     // the worker's RescueAfter; 0: its own
	leases    func() time.Time  // the store's LeaseNow; nil: its own clock
	stop      time.Duration     // how long a stop may take; 0: stopWithin
}

// newServer opens the store and wires the rest to it. The caller runs the
// server or closes its store.
func newServer(ctx context.Context, s settings, log zerolog.Logger, tune tuning) (*server, error) {
	counts := newMetrics()
	st, err := s.openStore(ctx, store.Options{Commit: tune.commit, Taken: counts.commit, Now: tune.now, LeaseNow: tune.leases, Waiting: func() {
		log.Info().Msg("another process brings the database to the newest schema; waiting for it")
	}})
	if err != nil {
		return nil, err
	}
	// What several servers share is judged by one clock, the store's.
	tune.now = st.Now
	counts.watch(st, tune.now)
	srv, err := wire(s, st, counts, log, tune)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return srv, nil
}

func wire(s settings, st *store.Store, counts *metrics, log zerolog.Logger, tune tuning) (*server, error) {
	options := s.forge()
	options.Transport, options.Limits, options.Ledger, options.Log, options.Now = tune.transport, tune.limits, st, log, tune.now
	options.Count, options.Lacks, options.Refused = counts.request, operator{log, counts}.lacks, counts.refused
	gh, err := forge.New(options)
	if err != nil {
		return nil, err
	}
	counts.budget(gh.Budget)
	apps := s.hookApps()
	accounts, err := s.accounts(tune.transport, counts.request, log)
	if err != nil {
		return nil, err
	}
	var sweep *sweeping
	desk := casework.New(casework.Options{
		Accounts: accounts, Heard: func(ctx context.Context) bool { return sweep.heard(ctx) },
		GitHub: gh, Store: st, Vault: st, Web: s.GitHub.Web, Evidence: s.evidence(), Keys: s.keys, Operator: operator{log, counts}, Clock: clock(tune.now),
		Decode: hook.NewDecoder(apps).Decode, Directory: s.directory, PublicURL: s.PublicURL, Forget: gh.Forget, Refused: counts.refusal,
	})
	webhook := hook.Options{
		Apps: apps, Take: st.Take, Digest: s.keys.Digest, ReportLabel: desk.ReportLabel,
		Count: counts.delivery, Now: tune.now, Log: log, MaxBody: int64(s.Limits.WebhookMiB) << 20,
	}
	deliveries, err := hook.New(webhook)
	if err != nil {
		return nil, err
	}
	sweep, err = newSweeping(webhook, gh, st, tune.sweep, operator{log, counts})
	if err != nil {
		return nil, err
	}
	jobs, err := worker.New(st.DB(), newAttempts(desk.Do).run, worker.Options{Log: log, Now: tune.now, Postgres: st.Shared(), RescueAfter: tune.rescue, Concurrency: s.Limits.Jobs, Observe: counts.job, GaveUp: operator{log, counts}.stuck(tune.now)})
	if err != nil {
		return nil, err
	}
	pages := awaited(web.New(web.Options{
		Desk: desk, PublicURL: s.PublicURL, OnionURL: s.OnionURL, GitHubURL: s.GitHub.Web, Exit: s.QuickExit, Crowd: s.Limits.ReportsASecond, Now: tune.now, Log: log,
	}))
	return &server{log: log, store: st, worker: jobs, sweep: sweep, handler: routes(log, deliveries, pages, st), metrics: metricsRoutes(counts), stop: cmp.Or(tune.stop, stopWithin),
		operate: operatorRoutes(storedQueue{st}, st.Standing, desk, storedEvidence{st, desk}, log), database: s.Database,
		greet: func(ctx context.Context) { operator{log, counts}.greet(ctx, gh.Server) }}, nil
}

// forge is the registrations as GitHub knows them, and where it is.
func (s settings) forge() forge.Options {
	return forge.Options{
		V3: s.GitHub.V3, V4: s.GitHub.V4,
		Apps: map[coc.App]forge.Registration{
			coc.AppSource: {ID: s.source.ID, PrivateKey: s.source.Key},
			coc.AppRooms:  {ID: s.rooms.ID, PrivateKey: s.rooms.Key},
		},
	}
}

// callbackPath is where GitHub sends people back to who sign in.
const callbackPath = "/auth/github/callback"

// accounts is where people sign in; nil where nobody can.
func (s settings) accounts(transport http.RoundTripper, count func(string, int), log zerolog.Logger) (casework.Accounts, error) {
	client := s.signIn()
	if client.Client == "" {
		return nil, nil //nolint:nilnil // nobody can sign in, which is no error
	}
	return forge.NewSignIn(forge.SignInOptions{
		ClientID: client.Client, ClientSecret: client.ClientSecret, Web: s.GitHub.Web, V3: s.GitHub.V3,
		Callback: s.PublicURL + callbackPath, Transport: transport, Count: count, Log: log,
	})
}

// awaited makes what a page asks of GitHub as urgent as a report: a person is
// waiting. Members, who read and read again, come after those who report.
func awaited(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		priority := 1
		if strings.HasPrefix(r.URL.Path, "/cases") {
			priority = 2
		}
		pages.ServeHTTP(w, r.WithContext(forge.Urgent(r.Context(), priority)))
	})
}

// hookApps is the registrations as the webhook knows them.
func (s settings) hookApps() []hook.App {
	app := func(r registration, roles ...coc.App) hook.App {
		return hook.App{Roles: roles, ID: r.ID, Slug: r.Slug, Secrets: r.Secrets}
	}
	if s.shared() {
		return []hook.App{app(s.source, coc.AppSource, coc.AppRooms)}
	}
	return []hook.App{app(s.source, coc.AppSource), app(s.rooms, coc.AppRooms)}
}

// operator hears of problems of rooms and files through the log, which an
// operator watches for lines with alarm=true, and through a metric.
type operator struct {
	log     zerolog.Logger
	metrics *metrics
}

func (o operator) Alarm(_ context.Context, n notice.Operator) {
	if n.Text() == "" {
		return // a reason that is none of the operators' business
	}
	o.metrics.alarms.Inc()
	o.log.Warn().Bool("alarm", true).Msg(n.Text())
}

// stuckAgain is how often a job that is out of attempts is tried, and how often
// the operator hears of it.
const stuckAgain = 24 * time.Hour

// stuck tells the operator of a job that keeps failing. Only an errand ends
// there, because no case depends on one. A report must not end by our doing:
// its jobs stay, and what came after it in its lane waits, so that nothing is
// decided out of order.
func (o operator) stuck(now func() time.Time) func(context.Context, coc.Job) error {
	return func(_ context.Context, job coc.Job) error {
		next := "it is tried again every day. The other lines of this job say what fails: mend that, or report it as a defect of cocrouter."
		if job.Kind == coc.JobErrand {
			next = "it is not tried again, and no case depends on it. The other lines of this job say what fails."
		}
		o.metrics.alarms.Inc()
		o.log.Error().Bool("alarm", true).Str("job", string(job.Kind)).Int64("intake", job.Intake).
			Str("case", string(job.Case)).Str("errand", job.Errand).Msg("a job keeps failing: " + next)
		if job.Kind == coc.JobErrand {
			return nil
		}
		return coc.Later{After: now().Add(stuckAgain), Cause: "out of attempts"}
	}
}

// routes is everything under the public address. The pages answer whatever has
// no other answer.
func routes(log zerolog.Logger, deliveries, pages http.Handler, ready interface{ Ready(context.Context) error }) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/github/hook", deliveries)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", newProbe(ready.Ready).serve(log))
	for _, probe := range []string{"/healthz", "/readyz"} {
		mux.HandleFunc(probe, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "only GET")
		})
	}
	mux.Handle("/", pages)
	return survive(log, mux)
}

func metricsRoutes(m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	return mux
}

func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, word+"\n")
}

// survive answers a panic by a fixed sentence. Its value may hold what somebody
// wrote, so only the stack is logged, which holds addresses and no strings.
func survive(log zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			log.Error().Bytes("stack", debug.Stack()).Msg("panic while answering")
			say(w, http.StatusInternalServerError, "Something went wrong here. Nothing that was not confirmed has been saved.")
		}()
		next.ServeHTTP(w, r)
	})
}

// run works and answers until ctx ends, then stops in order: no new requests,
// those under way end, jobs finish or go back to the queue, the store closes.
// It returns nil after a clean stop. The listeners are closed in any case.
func (s *server) run(ctx context.Context, public, private net.Listener) error {
	servers := []*http.Server{serving(s.handler)}
	listeners := []net.Listener{public}
	if private != nil {
		servers, listeners = append(servers, serving(s.metrics)), append(listeners, private)
	}
	if l, err := listenForOperator(ctx, s.database); err != nil {
		s.log.Warn().Err(err).Msg("jobs cannot be listed and retried while this server runs")
	} else if l != nil {
		servers, listeners = append(servers, serving(s.operate)), append(listeners, l)
	}
	// The jobs outlive ctx: they are stopped after the requests, not with them.
	err := s.worker.Start(context.WithoutCancel(ctx))
	if err != nil {
		for _, l := range listeners {
			_ = l.Close()
		}
		return errors.Join(fmt.Errorf("start the worker: %w", err), s.store.Close())
	}
	ended := make(chan error, len(servers))
	for i, hs := range servers {
		go func() { ended <- hs.Serve(listeners[i]) }()
	}
	s.log.Info().Stringer("addr", public.Addr()).Msg("ready")
	beside, leave := context.WithCancel(ctx)
	defer leave()
	var others sync.WaitGroup
	others.Go(func() { s.greet(beside) })
	others.Go(func() { s.sweep.run(beside) })

	running := len(servers)
	select {
	case <-ctx.Done():
	case err = <-ended: // a listener broke
		running--
	}
	s.log.Info().Msg("stopping")
	leave()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.stop)
	defer cancel()
	for _, hs := range servers {
		err = errors.Join(err, stopServing(stopping, hs, s.stop/3))
	}
	for range running {
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	others.Wait()
	err = errors.Join(err, s.worker.Stop(stopping), s.store.Close())
	s.log.Info().Msg("stopped")
	return err
}

// serving bounds how long and how much a client may keep us busy with. The
// server's own log carries addresses and the values of panics: it is off.
func serving(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      45 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

// stopServing lets requests end for a part of the time that a stop has, and
// cuts those that do not.
func stopServing(ctx context.Context, hs *http.Server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := hs.Shutdown(ctx); err != nil {
		return hs.Close()
	}
	return nil
}
