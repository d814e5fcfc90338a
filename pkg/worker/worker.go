// Package worker runs the jobs that the store made durable: it retries, backs
// off, gives up loudly and survives a crash.
//
// A job that was enqueued is run until it is done, at least once, and again
// after a crash. What a job does is not known here; it is one function, and
// what that returns steers the queue:
//
//	nil, coc.ErrGone   done
//	coc.Later          put off until the time it names, or as the worker backs
//	                   off; never counts as a failure, so that GitHub may be
//	                   away for a week without a report being given up
//	coc.ErrBusy        put off for a moment, longer each time, up to 30 s
//	coc.ErrConflict    put off for an instant: read again and decide again
//	anything else      a failure: retried after 1 s, 2 s, 4 s … up to 15 min
//	                   each; after the last attempt, about four hours later,
//	                   Options.GaveUp says whether it is dropped or kept and
//	                   tried again, at least once a day
//
// A job whose context ends because the worker stops is put back for the next
// start, whatever it returned.
//
// # Attempts
//
// The function is told which attempt it is, counting every time it was started:
// putting off counts, and so does a start that a crash ended. On the first
// attempt, and only then, nothing of its effect can be in the world.
//
// # Why errors lose their words
//
// The queue keeps the errors of a job in clear, and an error may quote a
// delivery or a report. What is kept and logged is a fixed sentence with the
// error's Go types and the sentinels of coc that it wraps; of a panic its type
// and where it happened. The words of the error are dropped.
//
// # Several replicas
//
// Workers in several processes share the jobs of one PostgreSQL database; each
// job is run by one of them at a time. When a worker dies, its jobs are taken
// over within 90 s, and the attempt that ended with it is counted. A worker that
// only stood still for so long may find that another has done its job; what it
// does then must be something that the store refuses, as it does.
//
// # Why it polls
//
// On SQLite, being notified would be polling too; on PostgreSQL a notification
// makes every commit wait for every other. A job is picked up within
// PollInterval; fetching continues without a pause while there is work.
//
// # A clock that was ahead
//
// Jobs keep the moment at which they are due, and a job that was made by a clock which
// was a year ahead would come in a year. When the clock is right again they are brought
// back, and come early. So a job looks for itself whether its time has come.
//
// # Why there is no leader
//
// River lets one of its clients move scheduled jobs, rescue and clean. A dead
// leader holds all that up until its term is over, and both its term and its
// rescues are measured on clocks that cannot be set. So each worker has a keeper
// that does the same in statements which do no harm when several run them: a
// timer fires once because only one statement finds it scheduled.
package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// jobTimeout bounds one attempt.
	jobTimeout = 30 * time.Second
	// defaultRescueAfter leaves an attempt time to end after its context, and the
	// keeper time to look: all jobs of a dead worker are taken over within 90 s.
	defaultRescueAfter = time.Minute

	// fetchCooldown is the pause between two fetches while there is work.
	fetchCooldown = 5 * time.Millisecond

	defaultConcurrency  = 4
	defaultPollInterval = 100 * time.Millisecond
)

// Do works on one job. attempt is 1 the first time, and only then.
type Do func(ctx context.Context, job coc.Job, attempt int) error

// Result is what became of one attempt, for metrics.
type Result string

// The results of an attempt.
const (
	ResultDone        Result = "done"
	ResultLater       Result = "later"
	ResultBusy        Result = "busy"
	ResultConflict    Result = "conflict"
	ResultInterrupted Result = "interrupted"
	ResultFailed      Result = "failed"
	ResultStuck       Result = "stuck" // out of attempts, and kept
	ResultGivenUp     Result = "given-up"
)

// Options of a worker; the zero value is what a server uses, silently.
type Options struct {
	Log zerolog.Logger
	// Concurrency is how many jobs run at a time. 0: 4.
	Concurrency int
	// PollInterval is how often an idle worker looks for jobs. 0: 100 ms.
	PollInterval time.Duration
	// Now is the clock of the queue: when a job is due, when it was started, how
	// long it is put off. nil is the system's. Workers that share a database must
	// share the clock, too: one that runs before would take jobs over that are
	// under way. One attempt's time limit is real
	// time, whatever this is.
	Now func() time.Time
	// Postgres says that the database is PostgreSQL; false: SQLite.
	Postgres bool
	// RescueAfter is how long after its start, by Now, a job that has not ended is
	// taken for one whose worker died, and given to another. It must be longer
	// than an attempt may take, 30 s of real time; a clock that runs faster needs
	// more in proportion. 0: a minute.
	RescueAfter time.Duration
	// GaveUp is told of a job whose last attempt failed, so that an alarm can be
	// raised. With nil and coc.ErrGone the job is given up for good. With a
	// coc.Later it is kept, and tried once at the time that this names, within a
	// day; then GaveUp is asked again. After any other error it is tried again in
	// a minute. nil: nobody is told but the log.
	GaveUp func(ctx context.Context, job coc.Job) error
	// Observe is told of every attempt. nil: nobody is.
	Observe func(kind coc.JobKind, result Result, took time.Duration)
}

// Worker runs the jobs of one database. Get one from New.
type Worker struct {
	client *river.Client[*sql.Tx]
	keeper *keeper
}

// clock is Options.Now as River knows a clock.
type clock func() time.Time

func (c clock) Now() time.Time { return c() }

func (c clock) NowOrNil() *time.Time {
	now := c()
	return &now
}

// New makes a worker for the database of a store, whose tables must exist. It
// does nothing before Start.
func New(db *sql.DB, do Do, opts Options) (*Worker, error) {
	if opts.Concurrency <= 0 {
		opts.Concurrency = defaultConcurrency
	}
	if opts.PollInterval <= 0 {
		opts.PollInterval = defaultPollInterval
	}
	var queueClock rivertype.TimeGenerator // nil: the database's own
	if opts.Now == nil {
		opts.Now = time.Now
	} else {
		queueClock = clock(opts.Now)
	}
	if opts.RescueAfter <= 0 {
		opts.RescueAfter = defaultRescueAfter
	}
	if opts.GaveUp == nil {
		opts.GaveUp = func(context.Context, coc.Job) error { return nil }
	}
	if opts.Observe == nil {
		opts.Observe = func(coc.JobKind, Result, time.Duration) {}
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &work{do: do, opts: opts}); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	queue := driver(db, opts.Postgres)
	client, err := river.NewClient(queue, &river.Config{
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: opts.Concurrency}},
		PollOnly:          true,
		FetchCooldown:     min(fetchCooldown, opts.PollInterval),
		FetchPollInterval: opts.PollInterval,
		JobTimeout:        jobTimeout,
		// The keeper does what a leader would.
		LeaderElectionDisabled: true,
		Test:                   river.TestConfig{Time: queueClock},
		// River tells of every retry; this package has done so already.
		Logger: slog.New(zerolog.NewSlogHandler(opts.Log.Level(max(opts.Log.GetLevel(), zerolog.WarnLevel)))),
	})
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Worker{client, &keeper{
		db: db, postgres: opts.Postgres, queue: queue.GetExecutor(), log: opts.Log, now: opts.Now,
		poll: opts.PollInterval, rescue: opts.RescueAfter,
	}}, nil
}

// Start begins to work and returns. The context gives the jobs its values; only
// Stop ends them, so that stopping has an order.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	w.keeper.start()
	return nil
}

// Stop fetches no more jobs and waits for those that run, for two thirds of the
// time that the context has. Then it ends their contexts, and they are put back
// for the next start. An error means that a job did not let go in time; it
// counts as crashed.
func (w *Worker) Stop(ctx context.Context) error {
	patient, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		patient, cancel = context.WithTimeout(ctx, time.Until(deadline)*2/3)
	}
	defer cancel()
	w.keeper.end()
	err := w.client.Stop(patient)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = w.client.StopAndCancel(ctx)
	}
	if err != nil {
		return fmt.Errorf("stopping the worker: %w", err)
	}
	return nil
}
