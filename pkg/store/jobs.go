package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// args is a coc.Job as River keeps it, in clear: IDs only. The worker has the
// same four lines, because it and the store do not know each other; the kind is
// in every database, so neither can change it.
type args struct{ coc.Job }

func (args) Kind() string { return "cocrouter" }

// attempts is how often a job may fail before it is given up, which takes about
// four hours. Waiting for the world to come back does not count.
const attempts = 25

// queueClock is Store.Now as River knows a clock.
type queueClock func() time.Time

func (c queueClock) Now() time.Time { return c() }

func (c queueClock) NowOrNil() *time.Time {
	now := c()
	return &now
}

func (s *Store) newJobs() (*river.Client[*sql.Tx], error) {
	c, err := river.NewClient(s.dialect.queue(s.db), &river.Config{
		Logger:      slog.New(slog.DiscardHandler), // an inserting client has nothing to say that it does not return
		MaxAttempts: attempts,
		Test:        river.TestConfig{Time: queueClock(s.opts.Now)},
	})
	if err != nil {
		return nil, fmt.Errorf("queue of jobs: %w", err)
	}
	return c, nil
}

// enqueue adds the jobs to a transaction.
func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, jobs []coc.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	now := s.opts.Now()
	atOnce := dueAt(now)
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		opts := &river.InsertOpts{Priority: priority(j.Priority), Metadata: atOnce}
		if j.At.After(now) {
			opts.ScheduledAt, opts.Metadata = j.At, dueAt(j.At)
		}
		params[i] = river.InsertManyParams{Args: args{j}, InsertOpts: opts}
	}
	if _, err := s.jobs.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("enqueueing %d jobs: %w", len(jobs), err)
	}
	return nil
}

// priority is River's, 1 to 4; anything else is the rest's.
func priority(p int) int {
	if p < 1 || p > 4 {
		return 3
	}
	return p
}

// freeJobs makes the jobs of a process that died available again, where no other
// process can be running them.
func (s *Store) freeJobs(ctx context.Context) error {
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
		return err
	})
	if err != nil {
		return fmt.Errorf("freeing the jobs of the last run: %w", err)
	}
	return nil
}

// millis is how times stand in columns.
func millis(t time.Time) int64 { return t.UnixMilli() }
