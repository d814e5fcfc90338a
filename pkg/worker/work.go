package worker

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// args is a coc.Job as River keeps it. The store has the same four lines,
// because it and the worker do not know each other; the kind is in every
// database, so neither can change it.
type args struct{ coc.Job }

func (args) Kind() string { return "cocrouter" }

const (
	retryCap = 15 * time.Minute
	busyStep = 75 * time.Millisecond
	// busyCap is reached after minutes only: what waits for somebody else for so
	// long must not keep the worker from them.
	busyCap     = 30 * time.Second
	conflictCap = time.Second
	// laterCap is how long the world may put a job off at a time: longer than any
	// limit of GitHub's lasts, and no broken Retry-After buries a job.
	laterCap = 24 * time.Hour
	// stuckCap is how long GaveUp may put off a job that is out of attempts.
	stuckCap = 24 * time.Hour
	// gaveUpTimeout is what GaveUp has, outside the attempt's own time.
	gaveUpTimeout = 10 * time.Second
)

// work is River's view of a job.
type work struct {
	river.WorkerDefaults[args]
	do   Do
	opts Options
}

// Work runs one attempt and tells River what is to become of the job.
func (w *work) Work(ctx context.Context, job *river.Job[args]) error {
	began := time.Now()
	puts := putOffs(job)
	var err error
	if job.Attempt > job.MaxAttempts {
		// Every attempt was started and none came back: it may be this job that
		// takes the process down, so it is not started again.
		err = failure{class: "every attempt ended with the process"}
	} else {
		err = w.attempt(ctx, job, job.Attempt+puts)
	}
	result, answer := w.answer(ctx, job, puts, err)
	w.opts.Observe(job.Args.Job.Kind, result, time.Since(began))
	return answer
}

// putOffs is how often the job was put off. River counts an attempt when it
// starts and takes it back when the job is put off; a job that may have written
// to GitHub before it was must never be told that it is the first.
func putOffs(job *river.Job[args]) int {
	var meta struct {
		Snoozes int `json:"snoozes"`
	}
	if json.Unmarshal(job.Metadata, &meta) != nil {
		return 1 // unknown: certainly not the first
	}
	return meta.Snoozes
}

// attempt is do, whose panic becomes an error without its value.
func (w *work) attempt(ctx context.Context, job *river.Job[args], n int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			f := panicked(v)
			w.event(w.opts.Log.Error(), job).Strs("stack", f.stack).Msg("a job panicked")
			err = f
		}
	}()
	j := job.Args.Job
	j.Priority = job.Priority // River's column, not an argument
	return w.do(ctx, j, n)
}

func (w *work) answer(ctx context.Context, job *river.Job[args], puts int, err error) (Result, error) {
	later, isLater := coc.IsLater(err)
	switch {
	case err == nil || errors.Is(err, coc.ErrGone):
		return ResultDone, nil
	case errors.Is(ctx.Err(), context.Canceled):
		// The worker stops. River would put the job back too, but forget that it
		// was started.
		return ResultInterrupted, river.JobSnooze(0)
	case isLater:
		wait := backOff(job.Attempt + puts)
		if !later.After.IsZero() {
			wait = min(max(later.After.Sub(w.opts.Now()), 0), laterCap)
		}
		w.event(w.opts.Log.Debug(), job).Dur("wait", wait).Str("cause", later.Cause).Msg("a job was put off")
		return ResultLater, river.JobSnooze(wait)
	case errors.Is(err, coc.ErrBusy):
		return ResultBusy, river.JobSnooze(min(jitter(busyStep*time.Duration(1+puts)), busyCap))
	case errors.Is(err, coc.ErrConflict):
		return ResultConflict, river.JobSnooze(min(jitter(busyStep/5*time.Duration(1+puts)), conflictCap))
	}
	return w.fail(ctx, job, failed(err))
}

// fail answers an error that nothing is known about, and lets the job go only
// when somebody has been told and does not want it kept. A job that is kept has
// one attempt more each time.
func (w *work) fail(ctx context.Context, job *river.Job[args], err failure) (Result, error) {
	if job.Attempt < job.MaxAttempts {
		w.event(w.opts.Log.Warn(), job).Str("error", err.Error()).Msg("a job failed and will be retried")
		return ResultFailed, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), gaveUpTimeout)
	defer cancel()
	told := w.opts.GaveUp(ctx, job.Args.Job)
	if later, kept := coc.IsLater(told); kept {
		wait := min(max(later.After.Sub(w.opts.Now()), time.Minute), stuckCap)
		w.event(w.opts.Log.Error(), job).Str("error", err.Error()).Dur("wait", wait).Msg("a job is stuck and is kept")
		return ResultStuck, river.JobSnooze(wait)
	}
	if told != nil && !errors.Is(told, coc.ErrGone) {
		w.event(w.opts.Log.Error(), job).Str("error", failed(told).Error()).Msg("a job cannot be given up yet")
		return ResultFailed, river.JobSnooze(time.Minute)
	}
	w.event(w.opts.Log.Error(), job).Str("error", err.Error()).Msg("a job was given up")
	return ResultGivenUp, err
}

// NextRetry says when a job that failed is tried again.
func (w *work) NextRetry(job *river.Job[args]) time.Time {
	return w.opts.Now().Add(backOff(job.Attempt))
}

// backOff doubles from one second to a quarter of an hour, with jitter, so that
// jobs that failed together do not come back together.
func backOff(attempt int) time.Duration {
	const doublings = 10 // 1024 s is beyond the cap
	return min(jitter(time.Second<<min(max(attempt-1, 0), doublings)), retryCap)
}

// jitter is within a fifth of d, either way.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
