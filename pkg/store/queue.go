package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// JobState is how a job stands, as the operator is told.
type JobState string

// The states of what is not done, and of what was given up.
const (
	JobAvailable JobState = "available" // waits for its turn
	JobRunning   JobState = "running"
	JobScheduled JobState = "scheduled" // waits for its time, or was put off by the world
	JobRetryable JobState = "retryable" // failed, and is tried again soon
	JobStuck     JobState = "stuck"     // out of attempts and kept, tried about once a day
	JobDiscarded JobState = "discarded" // given up
	JobAside     JobState = "aside"     // no job: an intake that was set aside
)

// JobStates lists them all.
func JobStates() []JobState {
	return []JobState{JobAvailable, JobRunning, JobScheduled, JobRetryable, JobStuck, JobDiscarded, JobAside}
}

// Queued is a job, or an intake that was set aside and has none. It holds IDs
// and our own words only.
type Queued struct {
	ID       int64 // of the job; 0 in state JobAside
	Job      coc.Job
	State    JobState
	Attempts int       // how often it was started, those that were put off among them
	Since    time.Time // when it was due first, or the intake arrived
	Next     time.Time // when it is tried next; zero where it is not by itself
	Cause    string    // what the last failure was, "" where there was none
}

// due is what the queue keeps beside a job: since when it is to be done. The
// queue's own time moves whenever a job is put off.
type due struct {
	Due     int64 `json:"due"` // Unix milliseconds
	Snoozes int   `json:"snoozes,omitempty"`
}

func dueAt(t time.Time) []byte {
	b, err := json.Marshal(due{Due: millis(t)})
	if err != nil {
		panic(err) // two numbers
	}
	return b
}

// outOfAttempts is true of a scheduled job that has failed as often as it may.
// The worker keeps some of these.
const outOfAttempts = `attempt >= max_attempts - 1`

// Jobs lists the jobs in any of these states, the oldest first, and at most so
// many of each state.
func (s *Store) Jobs(ctx context.Context, atMost int, states ...JobState) ([]Queued, error) {
	var out []Queued
	for _, state := range states {
		list, err := s.jobsIn(ctx, state, atMost)
		if err != nil {
			return nil, fmt.Errorf("listing jobs that are %s: %w", state, err)
		}
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b Queued) int { return a.Since.Compare(b.Since) })
	return out, nil
}

func (s *Store) jobsIn(ctx context.Context, state JobState, atMost int) ([]Queued, error) {
	if state == JobAside {
		return s.asideAsQueued(ctx, atMost)
	}
	which := river.NewJobListParams().First(atMost)
	switch state {
	case JobStuck:
		which = which.States(rivertype.JobStateScheduled).Where(outOfAttempts)
	case JobScheduled:
		which = which.States(rivertype.JobStateScheduled).Where(`NOT (` + outOfAttempts + `)`)
	default:
		which = which.States(rivertype.JobState(state))
	}
	found, err := s.jobs.JobList(ctx, which)
	if err != nil {
		return nil, err
	}
	out := make([]Queued, 0, len(found.Jobs))
	for _, row := range found.Jobs {
		q, err := queued(row, state)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func queued(row *rivertype.JobRow, state JobState) (Queued, error) {
	q := Queued{ID: row.ID, State: state, Since: row.CreatedAt.UTC()}
	if err := json.Unmarshal(row.EncodedArgs, &q.Job); err != nil {
		return q, fmt.Errorf("job %d: %w", row.ID, err)
	}
	var d due
	if err := json.Unmarshal(row.Metadata, &d); err != nil {
		return q, fmt.Errorf("job %d: %w", row.ID, err)
	}
	if d.Due != 0 {
		q.Since = time.UnixMilli(d.Due).UTC()
	}
	q.Attempts = row.Attempt + d.Snoozes
	if state != JobDiscarded && state != JobRunning {
		q.Next = row.ScheduledAt.UTC()
	}
	if n := len(row.Errors); n > 0 {
		q.Cause = row.Errors[n-1].Error
	}
	return q, nil
}

func (s *Store) asideAsQueued(ctx context.Context, atMost int) ([]Queued, error) {
	asides, err := s.Asides(ctx)
	if err != nil {
		return nil, err
	}
	var out []Queued
	for _, a := range asides[:min(len(asides), atMost)] {
		out = append(out, Queued{
			Job: coc.Job{Kind: coc.JobIntake, Intake: a.ID}, State: JobAside, Attempts: 1, Since: a.Received, Cause: a.Cause,
		})
	}
	return out, nil
}

// RetryJob lets a job that failed or was put off run at once. It counts as tried
// before, and an attempt is added where it has none left. coc.ErrMissing: there
// is no such job, or it is done and forgotten. coc.ErrGone: it is done.
// coc.ErrBusy: it runs. A coc.Refusal: it waits for its time and was never
// tried, so that nothing can be wrong with it.
func (s *Store) RetryJob(ctx context.Context, id int64) error {
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		row, err := s.jobs.JobGetTx(ctx, tx, id)
		if errors.Is(err, rivertype.ErrNotFound) {
			return coc.ErrMissing
		}
		if err != nil {
			return err
		}
		switch row.State {
		case rivertype.JobStateCompleted, rivertype.JobStateCancelled:
			return coc.ErrGone
		case rivertype.JobStateRunning:
			return coc.ErrBusy
		}
		if row.AttemptedAt == nil && row.ScheduledAt.After(s.opts.Now()) {
			return coc.Refusal{
				What: "It waits for its time, " + row.ScheduledAt.UTC().Format(time.RFC3339) + ", and nothing is wrong with it.",
			}
		}
		_, err = s.jobs.JobRetryTx(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("retrying job %d: %w", id, err)
	}
	return nil
}

// RetryAside puts an intake that was set aside back into its lane, with a job
// that works on it. What came after it in the lane and is not done waits for it
// again. coc.ErrGone: it is not set aside.
func (s *Store) RetryAside(ctx context.Context, intake int64) error {
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE intakes SET state = 'open', cause = NULL WHERE id = ? AND state = 'aside'`, intake)
		if err := changedOne(r, err, coc.ErrGone); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, []coc.Job{{Kind: coc.JobIntake, Intake: intake, Priority: 1}})
	})
	if err != nil {
		return fmt.Errorf("taking intake %d up again: %w", intake, err)
	}
	return nil
}

// begun is true of a job that was started and is not at its end: what runs, what
// failed, what was put off. It stands here as in the index of schema.go, so that
// neither timers nor what is done are looked at.
const begun = `finalized_at IS NULL AND attempted_at IS NOT NULL`

// JobCounts counts what is in each state, in every state that there is.
func (s *Store) JobCounts(ctx context.Context) (map[JobState]int, error) {
	counts := map[JobState]int{}
	for _, state := range JobStates() {
		counts[state] = 0
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT state, count(*) FROM river_job
		WHERE state IN ('available', 'running', 'scheduled', 'retryable', 'discarded') GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state JobState
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, fmt.Errorf("counting jobs: %w", err)
		}
		counts[state] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	var stuck, aside int
	err = s.read.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM river_job WHERE `+begun+` AND state = 'scheduled' AND `+outOfAttempts+`),
		       (SELECT count(*) FROM intakes WHERE state = 'aside' AND `+kept+`)`).Scan(&stuck, &aside)
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	// Read a moment later: a job may have become stuck in between.
	counts[JobScheduled] = max(counts[JobScheduled]-stuck, 0)
	counts[JobStuck], counts[JobAside] = stuck, aside
	return counts, nil
}

// OldestDue is since when the oldest job that is due has been due, however
// often it was put off; the zero time when none is. What was given up or set
// aside does not wait.
func (s *Store) OldestDue(ctx context.Context) (time.Time, error) {
	var first sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT min(CAST(metadata ->> 'due' AS bigint)) FROM river_job WHERE `+begun).Scan(&first)
	if err != nil {
		return time.Time{}, fmt.Errorf("oldest job: %w", err)
	}
	var oldest time.Time
	if first.Valid {
		oldest = time.UnixMilli(first.Int64)
	}
	// Of those that were never started the queue's own index knows the first, in
	// each of its parts.
	now := s.opts.Now()
	for _, state := range []JobState{JobAvailable, JobScheduled} {
		for p := 1; p <= 4; p++ {
			var at time.Time
			err := s.read.QueryRowContext(ctx, `
				SELECT scheduled_at FROM river_job WHERE state = ? AND queue = ? AND priority = ? ORDER BY scheduled_at LIMIT 1`,
				string(state), river.QueueDefault, p).Scan(&at)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return time.Time{}, fmt.Errorf("oldest job: %w", err)
			}
			if !at.After(now) && (oldest.IsZero() || at.Before(oldest)) {
				oldest = at
			}
		}
	}
	if oldest.IsZero() {
		return oldest, nil
	}
	return oldest.UTC(), nil
}
