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
//	coc.ErrBusy        put off for a moment, longer each time, up to 5 s
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
// # Why it polls
//
// On SQLite, being notified would be polling too. A job is picked up within
// PollInterval; fetching continues without a pause while there is work.
package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// jobTimeout bounds one attempt; rescueAfter is when a running job is taken
	// for one whose worker died. A single process need not wait for it: the store
	// frees such jobs when it opens.
	jobTimeout  = 30 * time.Second
	rescueAfter = 90 * time.Second

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
	// Now is the clock that the times in coc.Later belong to; nil is the
	// system's.
	Now func() time.Time
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
type Worker struct{ client *river.Client[*sql.Tx] }

// New makes a worker for the database of a store, whose tables must exist. It
// does nothing before Start.
func New(db *sql.DB, do Do, opts Options) (*Worker, error) {
	if opts.Concurrency <= 0 {
		opts.Concurrency = defaultConcurrency
	}
	if opts.PollInterval <= 0 {
		opts.PollInterval = defaultPollInterval
	}
	if opts.Now == nil {
		opts.Now = time.Now
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
	client, err := river.NewClient(riversqlite.New(db), &river.Config{
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: opts.Concurrency}},
		PollOnly:             true,
		FetchCooldown:        min(fetchCooldown, opts.PollInterval),
		FetchPollInterval:    opts.PollInterval,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		// A job that was given up stays until an operator has dealt with it.
		DiscardedJobRetentionPeriod: -1,
		// River tells of every retry; this package has done so already.
		Logger: slog.New(zerolog.NewSlogHandler(opts.Log.Level(max(opts.Log.GetLevel(), zerolog.WarnLevel)))),
	})
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Worker{client}, nil
}

// Start begins to work and returns. The context gives the jobs its values; only
// Stop ends them, so that stopping has an order.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
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
	err := w.client.Stop(patient)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = w.client.StopAndCancel(ctx)
	}
	if err != nil {
		return fmt.Errorf("stopping the worker: %w", err)
	}
	return nil
}
