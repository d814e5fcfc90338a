package worker_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/rs/zerolog"
	_ "modernc.org/sqlite"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// queue is a database with River's tables.
type queue struct {
	db       *sql.DB
	postgres bool
}

// everywhere runs a claim on each kind of database, on as many new ones as it
// asks for.
func everywhere(t *testing.T, claim func(t *testing.T, newQueue func(t *testing.T) queue)) {
	t.Parallel()
	for name, newQueue := range map[string]func(*testing.T) queue{"SQLite": newSQLiteQueue, "PostgreSQL": newPostgresQueue} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claim(t, newQueue)
		})
	}
}

// newPostgresQueue is a store's, which makes the tables and counts arguments
// that are written as ?.
func newPostgresQueue(t *testing.T) queue {
	t.Helper()
	return queue{newStore(t, postgrestest.URL(t), newKeys(t)).DB(), true}
}

func newKeys(t testing.TB) *seal.Keys {
	t.Helper()
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newStore(t testing.TB, url string, keys *seal.Keys) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, keys, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newSQLiteQueue(t *testing.T) queue {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "db")+"?_pragma=journal_mode(WAL)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	return queue{db, false}
}

// driver is River's.
func (q queue) driver() riverdriver.Driver[*sql.Tx] {
	if q.postgres {
		return riverdatabasesql.New(q.db)
	}
	return riversqlite.New(q.db)
}

// bringForward makes every job due, as if its time had come.
func (q queue) bringForward(t *testing.T) {
	t.Helper()
	var past any = time.Now().Add(-time.Minute)
	if !q.postgres {
		past = time.Now().Add(-time.Minute).UTC().Format("2006-01-02 15:04:05.000")
	}
	if _, err := q.db.ExecContext(t.Context(), `UPDATE river_job SET scheduled_at = ?`, past); err != nil {
		t.Fatal(err)
	}
}

type args struct{ coc.Job }

func (args) Kind() string { return "cocrouter" }

// add enqueues a job that may fail so many times.
func (q queue) add(t *testing.T, job coc.Job, attempts int) {
	t.Helper()
	q.addAt(t, job, attempts, time.Time{})
}

// addAt is add for a time; the zero time is now.
func (q queue) addAt(t *testing.T, job coc.Job, attempts int, at time.Time) {
	t.Helper()
	c, err := river.NewClient(q.driver(), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	opts := &river.InsertOpts{MaxAttempts: attempts, Priority: max(job.Priority, 1), ScheduledAt: at}
	if _, err := c.Insert(t.Context(), args{job}, opts); err != nil {
		t.Fatal(err)
	}
}

// row is all that the queue keeps of a job.
type row struct {
	state    string
	attempt  int
	at       time.Time
	errors   []struct{ Error, Trace string }
	inClear  string
	metadata struct{ Snoozes int }
}

func (q queue) row(t *testing.T, id int) row {
	t.Helper()
	var r row
	var errs, meta, args string
	columns := `coalesce(json(errors), '[]'), json(metadata), json(args)`
	if q.postgres {
		columns = `coalesce(array_to_json(errors)::text, '[]'), metadata::text, args::text`
	}
	err := q.db.QueryRowContext(t.Context(), `SELECT state, attempt, scheduled_at, `+columns+` FROM river_job WHERE id = ?`, id).
		Scan(&r.state, &r.attempt, &r.at, &errs, &meta, &args)
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(errs), &r.errors), json.Unmarshal([]byte(meta), &r.metadata))
	}
	if err != nil {
		t.Fatal(err)
	}
	r.inClear = errs + meta + args
	return r
}

// patience is how long something may take on a machine that has much else to do. Only
// what never happens takes so long.
const patience = 2 * time.Minute

// until waits for something to become true.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !true(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func start(t *testing.T, q queue, do worker.Do, opts worker.Options) *worker.Worker {
	t.Helper()
	opts.PollInterval, opts.Postgres = 5*time.Millisecond, q.postgres
	w, err := worker.New(q.db, do, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, w, patience) })
	return w
}

func stop(t *testing.T, w *worker.Worker, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := w.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// logbook is a log that can be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// calls remembers which attempts there were.
type calls struct {
	mu       sync.Mutex
	attempts []int
	jobs     []coc.Job
}

func (c *calls) add(job coc.Job, attempt int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attempts, c.jobs = append(c.attempts, attempt), append(c.jobs, job)
}

func (c *calls) made() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts)
}

func TestWhatAJobReturnsSteersTheQueue(t *testing.T) { everywhere(t, whatAJobReturnsSteersTheQueue) }

func whatAJobReturnsSteersTheQueue(t *testing.T, newQueue func(t *testing.T) queue) {
	for _, tc := range []struct {
		name    string
		err     error
		result  worker.Result
		state   string // in which the job rests after one attempt; "" does not rest
		attempt int
		wait    time.Duration // at least
	}{
		{"nothing", nil, worker.ResultDone, "completed", 1, 0},
		{"gone", fmt.Errorf("intake 1: %w", coc.ErrGone), worker.ResultDone, "completed", 1, 0},
		{"later, with a time", fmt.Errorf("reading: %w", coc.Later{After: time.Now().Add(10 * time.Minute)}), worker.ResultLater, "scheduled", 0, 9 * time.Minute},
		{"later, in a year", coc.Later{After: time.Now().AddDate(1, 0, 0)}, worker.ResultLater, "scheduled", 0, 23 * time.Hour},
		{"later, when a limit of GitHub's ends", coc.Later{After: time.Now().Add(90 * time.Minute)}, worker.ResultLater, "scheduled", 0, 89 * time.Minute},
		{"a failure", errors.New("what"), worker.ResultFailed, "available", 1, 500 * time.Millisecond},
		{"a denied write", fmt.Errorf("x: %w", coc.ErrDenied), worker.ResultFailed, "available", 1, 500 * time.Millisecond},
		{"later, some time", coc.Later{Cause: "reading a file: 502"}, worker.ResultLater, "", 0, 0},
		{"later, in the past", coc.Later{After: time.Now().Add(-time.Hour)}, worker.ResultLater, "", 0, 0},
		{"busy", fmt.Errorf("lease: %w", coc.ErrBusy), worker.ResultBusy, "", 0, 0},
		{"conflict", fmt.Errorf("case: %w", coc.ErrConflict), worker.ResultConflict, "", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(t)
			q.add(t, coc.Job{Kind: coc.JobShow, Case: "one"}, 25)
			began := time.Now()
			results := make(chan worker.Result, 100)
			var seen calls
			start(t, q, func(_ context.Context, job coc.Job, attempt int) error {
				seen.add(job, attempt)
				if attempt >= 2 {
					return nil
				}
				return tc.err
			}, worker.Options{Observe: func(kind coc.JobKind, r worker.Result, _ time.Duration) {
				if kind == coc.JobShow {
					results <- r
				}
			}})
			if r := <-results; r != tc.result {
				t.Errorf("result %q", r)
			}
			if tc.state == "" {
				// It comes back by itself, soon, and knows that it did.
				until(t, "the job comes back", func() bool { return q.row(t, 1).state == "completed" })
				if got := seen.made(); !slices.Equal(got, []int{1, 2}) {
					t.Errorf("attempts %v", got)
				}
				if r := q.row(t, 1); len(r.errors) != 0 {
					t.Errorf("being put off counts as a failure: %s", r.inClear)
				}
				return
			}
			until(t, "the job rests", func() bool { return q.row(t, 1).state != "running" })
			r := q.row(t, 1)
			if r.state != tc.state || r.attempt != tc.attempt {
				t.Errorf("%+v", r)
			}
			if wait := r.at.Sub(began); tc.wait > 0 && (wait < tc.wait || wait > 25*time.Hour) {
				t.Errorf("it waits %v", wait)
			}
		})
	}
}

func TestJobComesWithWhatItWasGiven(t *testing.T) { everywhere(t, jobComesWithWhatItWasGiven) }

func jobComesWithWhatItWasGiven(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	job := coc.Job{Kind: coc.JobEffect, Case: "one", Revision: 3, N: 2, Errand: "e", Standing: "s", Intake: 4, Priority: 2}
	q.add(t, job, 25)
	var seen calls
	start(t, q, func(_ context.Context, job coc.Job, attempt int) error { seen.add(job, attempt); return nil }, worker.Options{})
	until(t, "the job is run", func() bool { return len(seen.made()) == 1 })
	if seen.jobs[0] != job {
		t.Errorf("%+v", seen.jobs[0])
	}
}

func TestUrgentJobsGoFirst(t *testing.T) { everywhere(t, urgentJobsGoFirst) }

func urgentJobsGoFirst(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	for _, p := range []int{3, 1, 4, 2} {
		q.add(t, coc.Job{Kind: coc.JobIntake, N: p, Priority: p}, 25)
	}
	var seen calls
	start(t, q, func(_ context.Context, job coc.Job, attempt int) error { seen.add(job, attempt); return nil }, worker.Options{Concurrency: 1})
	until(t, "all are run", func() bool { return len(seen.made()) == 4 })
	for i, j := range seen.jobs {
		if j.N != i+1 {
			t.Errorf("priority %d was run as number %d", j.N, i+1)
		}
	}
}

// quoting is an error whose fields and text hold words.
type quoting struct{ words string }

func (q quoting) Error() string { return q.words }

func TestWordsOfErrorsAndPanicsReachNeitherQueueNorLog(t *testing.T) {
	t.Parallel()
	const canary = "canary-91f3"
	for _, tc := range []struct {
		name string
		do   func() error
		want string // what is kept of it
	}{
		{"an error", func() error { return errors.New(canary) }, "*errors.errorString"},
		{"a wrapped error", func() error { return fmt.Errorf("opening %s: %w", canary, quoting{canary}) }, "worker_test.quoting"},
		{"joined errors", func() error { return errors.Join(quoting{canary}, coc.ErrDenied) }, "denied"},
		{"a refusal", func() error { return coc.Refusal{What: canary, Next: canary, Rule: "room/public"} }, "rule room/public"},
		{"a disguised snooze", func() error { return fmt.Errorf("%s %w", canary, context.DeadlineExceeded) }, "deadline exceeded"},
		{"later", func() error { return fmt.Errorf("%s: %w", canary, coc.Later{Cause: "reading: 502"}) }, ""},
		{"busy", func() error { return fmt.Errorf("%s: %w", canary, coc.ErrBusy) }, ""},
		{"a panic with words", func() error { panic("about " + canary) }, "panic of type string"},
		{"a panic with an error", func() error { panic(quoting{canary}) }, "panic of type worker_test.quoting"},
		{"a panic of the runtime", func() error { var m map[string]int; m[canary] = 1; return nil }, "panic of type"},
	} {
		for _, attempts := range []int{1, 25} { // the last attempt, and one before
			t.Run(fmt.Sprintf("%s, attempt 1 of %d", tc.name, attempts), func(t *testing.T) {
				t.Parallel()
				q := newSQLiteQueue(t)
				q.add(t, coc.Job{Kind: coc.JobIntake, Intake: 77, Case: "one"}, attempts)
				var log logbook
				var once sync.Once
				observed := make(chan struct{})
				w := start(t, q, func(context.Context, coc.Job, int) error { return tc.do() }, worker.Options{
					Log:     zerolog.New(&log).Level(zerolog.TraceLevel),
					Observe: func(coc.JobKind, worker.Result, time.Duration) { once.Do(func() { close(observed) }) },
				})
				select {
				case <-observed:
				case <-time.After(patience):
					t.Fatal("the attempt never ended")
				}
				stop(t, w, patience)
				r := q.row(t, 1)
				for where, text := range map[string]string{"queue": r.inClear, "log": log.String()} {
					if strings.Contains(text, canary) {
						t.Errorf("the %s holds the words: %s", where, text)
					}
					if !strings.Contains(text, tc.want) {
						t.Errorf("the %s does not say %q: %s", where, tc.want, text)
					}
				}
				if tc.want != "" && !strings.Contains(log.String(), `"intake":77`) {
					t.Errorf("the log does not say which job: %s", log.String())
				}
			})
		}
	}
}

func TestJobIsGivenUpOnlyWhenSomebodyWasTold(t *testing.T) {
	everywhere(t, jobIsGivenUpOnlyWhenSomebodyWasTold)
}

func jobIsGivenUpOnlyWhenSomebodyWasTold(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	q.add(t, coc.Job{Kind: coc.JobIntake, Intake: 5}, 1)
	var log logbook
	var mu sync.Mutex
	var told []coc.Job
	start(t, q, func(context.Context, coc.Job, int) error { return errors.New("what") }, worker.Options{
		Log: zerolog.New(&log),
		GaveUp: func(_ context.Context, job coc.Job) error {
			mu.Lock()
			defer mu.Unlock()
			if told = append(told, job); len(told) == 1 {
				return errors.New("the disk is full")
			}
			return nil
		},
	})
	until(t, "the job waits to be given up", func() bool { return q.row(t, 1).state == "scheduled" })
	if strings.Contains(log.String(), "was given up") {
		t.Error("the log says that it was given up")
	}
	q.bringForward(t)
	until(t, "the job is given up", func() bool { return q.row(t, 1).state == "discarded" })
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 2 || told[1].Intake != 5 {
		t.Errorf("told %+v", told)
	}
	if !strings.Contains(log.String(), `"level":"error"`) || !strings.Contains(log.String(), "was given up") {
		t.Errorf("not loud: %s", log.String())
	}
}

func TestJobThatIsKeptIsTriedAgainTheNextDay(t *testing.T) {
	everywhere(t, jobThatIsKeptIsTriedAgainTheNextDay)
}

func jobThatIsKeptIsTriedAgainTheNextDay(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	q.add(t, coc.Job{Kind: coc.JobOpen, Case: "one"}, 1)
	var seen calls
	results := make(chan worker.Result, 9)
	start(t, q, func(_ context.Context, job coc.Job, attempt int) error {
		if seen.add(job, attempt); attempt > 2 {
			return nil
		}
		return errors.New("what")
	}, worker.Options{
		GaveUp: func(context.Context, coc.Job) error {
			return coc.Later{After: time.Now().AddDate(1, 0, 0), Cause: "out of attempts"}
		},
		Observe: func(_ coc.JobKind, r worker.Result, _ time.Duration) { results <- r },
	})
	for range 2 {
		began := time.Now()
		if r := <-results; r != worker.ResultStuck {
			t.Fatalf("result %q", r)
		}
		until(t, "the job rests", func() bool { return q.row(t, 1).state == "scheduled" })
		if wait := q.row(t, 1).at.Sub(began); wait < 23*time.Hour || wait > 25*time.Hour {
			t.Errorf("it waits %v", wait)
		}
		q.bringForward(t)
	}
	until(t, "the job is done", func() bool { return q.row(t, 1).state == "completed" })
	if got := seen.made(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("attempts %v", got)
	}
}

func TestJobThatKillsTheProcessIsNotStartedForEver(t *testing.T) {
	everywhere(t, jobThatKillsTheProcessIsNotStartedForEver)
}

func jobThatKillsTheProcessIsNotStartedForEver(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	q.add(t, coc.Job{Kind: coc.JobIntake, Intake: 5}, 3)
	// Three starts without an end, and freed each time, as the store does it.
	if _, err := q.db.ExecContext(t.Context(), `UPDATE river_job SET attempt = 3`); err != nil {
		t.Fatal(err)
	}
	told := make(chan coc.Job, 9)
	start(t, q, func(context.Context, coc.Job, int) error { t.Error("it was started again"); return nil }, worker.Options{
		GaveUp: func(_ context.Context, job coc.Job) error { told <- job; return coc.ErrGone },
	})
	until(t, "the job is given up", func() bool { return q.row(t, 1).state == "discarded" })
	if job := <-told; job.Intake != 5 {
		t.Errorf("told of %+v", job)
	}
}

func TestStoppingPutsARunningJobBack(t *testing.T) { everywhere(t, stoppingPutsARunningJobBack) }

func stoppingPutsARunningJobBack(t *testing.T, newQueue func(t *testing.T) queue) {
	q := newQueue(t)
	q.add(t, coc.Job{Kind: coc.JobOpen}, 25)
	running := make(chan struct{})
	w := start(t, q, func(ctx context.Context, _ coc.Job, _ int) error {
		close(running)
		<-ctx.Done()
		return fmt.Errorf("posting: %w", ctx.Err())
	}, worker.Options{})
	<-running
	soon, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Stop(ending{soon, time.Now().Add(1500 * time.Millisecond)}); err != nil {
		t.Error(err)
	}
	if r := q.row(t, 1); r.state != "available" || len(r.errors) != 0 {
		t.Fatalf("%+v", r)
	}
	var seen calls
	start(t, q, func(_ context.Context, job coc.Job, attempt int) error { seen.add(job, attempt); return nil }, worker.Options{})
	until(t, "the job is run again", func() bool { return len(seen.made()) == 1 })
	if got := seen.made(); got[0] != 2 {
		t.Errorf("it is told that it is attempt %d: what it wrote before would be written twice", got[0])
	}
}

// ending is a context that says when it ends, and lasts longer: what follows from the
// time is seen, and a slow machine is waited for.
type ending struct {
	context.Context
	at time.Time
}

func (e ending) Deadline() (time.Time, bool) { return e.at, true }

func TestStoppingWaitsForARunningJob(t *testing.T) {
	t.Parallel()
	q := newSQLiteQueue(t)
	q.add(t, coc.Job{Kind: coc.JobOpen}, 25)
	running, finish := make(chan struct{}), make(chan struct{})
	w := start(t, q, func(ctx context.Context, _ coc.Job, _ int) error {
		close(running)
		<-finish
		return ctx.Err()
	}, worker.Options{})
	<-running
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop(t, w, patience) }()
	close(finish)
	<-stopped
	if r := q.row(t, 1); r.state != "completed" {
		t.Errorf("%+v", r)
	}
}

func TestStartContextDoesNotEndJobs(t *testing.T) {
	t.Parallel()
	q := newSQLiteQueue(t)
	ctx, cancel := context.WithCancel(t.Context())
	var seen calls
	w, err := worker.New(q.db, func(_ context.Context, job coc.Job, attempt int) error { seen.add(job, attempt); return nil }, worker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	q.add(t, coc.Job{Kind: coc.JobOpen}, 25)
	until(t, "the job is run", func() bool { return len(seen.made()) == 1 })
	stop(t, w, patience)
}

// TestJobsOfTheStoreAreWorked holds the two ends of the queue together, which do
// not import each other.
func TestJobsOfTheStoreAreWorked(t *testing.T) {
	t.Parallel()
	keys, url := newKeys(t), "sqlite:"+filepath.Join(t.TempDir(), "db")
	open := func() *store.Store { t.Helper(); return newStore(t, url, keys) }
	s := open()
	if _, err := s.Take(t.Context(), coc.Intake{Delivery: "guid-1", Payload: coc.NewProse("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobShow, Case: "one", Revision: 2}}}); err != nil {
		t.Fatal(err)
	}
	// A worker that died in the middle of the first job.
	if _, err := s.DB().ExecContext(t.Context(), `
		UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now') WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	var seen calls
	w := start(t, queue{s.DB(), s.Shared()}, func(ctx context.Context, job coc.Job, attempt int) error {
		seen.add(job, attempt)
		if job.Kind == coc.JobIntake {
			return s.Commit(ctx, coc.Change{Intake: job.Intake})
		}
		return nil
	}, worker.Options{})
	until(t, "both are done", func() bool {
		_, err := s.Intake(t.Context(), 1)
		return errors.Is(err, coc.ErrGone) && len(seen.made()) == 2
	})
	stop(t, w, patience)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for i, job := range seen.jobs {
		want := map[coc.JobKind]int{coc.JobIntake: 2, coc.JobShow: 1}[job.Kind]
		if seen.attempts[i] != want {
			t.Errorf("%s was told that it is attempt %d", job.Kind, seen.attempts[i])
		}
	}
}

func BenchmarkJobsWithoutWork(b *testing.B) {
	// See BenchmarkTake of the store for the other half of a delivery's way.
	s := newStore(b, "sqlite:"+filepath.Join(b.TempDir(), "db"), newKeys(b))
	if err := s.Commit(b.Context(), coc.Change{Jobs: make([]coc.Job, b.N)}); err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	all.Add(b.N)
	w, err := worker.New(s.DB(), func(context.Context, coc.Job, int) error { all.Done(); return nil }, worker.Options{Concurrency: 16})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := w.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	all.Wait()
	b.StopTimer()
	if err := w.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
}
