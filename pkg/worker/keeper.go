package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/rs/zerolog"
)

const (
	// rescueEvery and cleanEvery are how often the keeper looks for jobs whose
	// worker died, and for done ones that nobody asks about any more.
	rescueEvery = 10 * time.Second
	cleanEvery  = time.Minute
	// keepDone is how long a job stays after it is done.
	keepDone = 24 * time.Hour
	// ahead is from when on a clock was wrong, and not only another's.
	ahead = time.Hour
	// atOnce bounds one statement, so that others get in between.
	atOnce = 1000
	// priorities are River's.
	priorities = 4
)

// keeper does what the queue needs beside workers: it makes jobs available whose
// time has come, takes over those of a worker that died, and removes what is
// done. Every worker has one, and it does no harm that several do the same.
type keeper struct {
	db       *sql.DB
	postgres bool
	queue    riverdriver.Executor
	log      zerolog.Logger
	now      func() time.Time
	poll     time.Duration
	rescue   time.Duration // after which a running job's worker counts as dead

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// driver is River's way to the database.
func driver(db *sql.DB, postgres bool) riverdriver.Driver[*sql.Tx] {
	if postgres {
		return riverdatabasesql.New(db)
	}
	return riversqlite.New(db)
}

func (k *keeper) start() {
	ctx, cancel := context.WithCancel(context.Background())
	k.stop = cancel
	k.every(ctx, k.poll, "making due jobs available", k.makeDueAvailable)
	k.every(ctx, k.looks(), "taking over jobs", k.takeOver)
	k.every(ctx, cleanEvery, "removing done jobs", k.removeDone)
	k.every(ctx, cleanEvery, "looking for jobs from ahead", k.bringBack)
}

// looks is how often it looks for jobs whose worker died.
func (k *keeper) looks() time.Duration { return min(rescueEvery, k.rescue) }

// every does something now and then until the keeper stops. What fails is tried
// again the next time; it is logged when it begins to fail.
func (k *keeper) every(ctx context.Context, pause time.Duration, what string, do func(context.Context) error) {
	k.stopped.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		failing := false
		for {
			err := do(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !failing {
				k.log.Warn().Str("error", failed(err).Error()).Msg(what + " fails and is tried on")
			}
			failing = err != nil
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

func (k *keeper) end() {
	if k.stop != nil {
		k.stop()
	}
	k.stopped.Wait()
}

// at is a time as the queue's columns keep it, to the millisecond on SQLite.
func (k *keeper) at(t time.Time) any {
	if k.postgres {
		return t
	}
	return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
}

// dueQuery asks each part of the queue's index for its first job, whether its
// time has come, and so costs the same however many wait for theirs. Asked
// whether there is any that is due, PostgreSQL expects to come across one soon,
// and reads the whole table ten times a second.
var dueQuery = func() string {
	var parts []string
	for _, state := range []string{"scheduled", "retryable"} {
		for p := 1; p <= priorities; p++ {
			parts = append(parts, fmt.Sprintf(`
				SELECT '%s', %d WHERE (
					SELECT min(scheduled_at) FROM river_job WHERE state = '%s' AND queue = '%s' AND priority = %d) <= ?`,
				state, p, state, river.QueueDefault, p))
		}
	}
	return strings.Join(parts, " UNION ALL ")
}()

// makeDueAvailable does what River leaves to a leader, who would look ahead on a
// clock of its own.
func (k *keeper) makeDueAvailable(ctx context.Context) error {
	now := k.at(k.now())
	args := make([]any, strings.Count(dueQuery, "?"))
	for i := range args {
		args[i] = now
	}
	type part struct {
		state    string
		priority int
	}
	var due []part
	rows, err := k.db.QueryContext(ctx, dueQuery, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.state, &p.priority); err != nil {
			return err
		}
		due = append(due, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, p := range due {
		// The state is asked for twice: another keeper may have been quicker.
		_, err := k.db.ExecContext(ctx, `
			UPDATE river_job SET state = 'available' WHERE state = ? AND id IN (
				SELECT id FROM river_job WHERE state = ? AND queue = ? AND priority = ? AND scheduled_at <= ?
				ORDER BY scheduled_at, id LIMIT ?)`,
			p.state, p.state, river.QueueDefault, p.priority, now, atOnce)
		if err != nil {
			return err
		}
	}
	return nil
}

// bringBack makes jobs due that were made or put off while the clock was ahead: what was
// to come in an hour would come an hour after that moment, which may be in a year. None
// of them minds to come early: what is not to be done yet is put off by itself, until
// its time by the clock as it is now.
func (k *keeper) bringBack(ctx context.Context) error {
	now, limit := k.at(k.now()), k.at(k.now().Add(ahead))
	r, err := k.db.ExecContext(ctx, `
		UPDATE river_job SET scheduled_at = ?, created_at = ?
		WHERE state IN ('scheduled', 'retryable') AND scheduled_at > ? AND (created_at > ? OR attempted_at > ?)`,
		now, now, now, limit, limit)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if n > 0 {
		k.log.Warn().Int64("jobs", n).Msg("brought jobs back that were made while the clock was ahead")
	}
	return err
}

// takeOver makes jobs available again whose worker has not been heard of for
// longer than it may work, or only at a time that is still to come. The attempt stays
// counted.
func (k *keeper) takeOver(ctx context.Context) error {
	r, err := k.db.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running' AND (attempted_at < ? OR attempted_at > ?)`,
		k.at(k.now().Add(-k.rescue)), k.at(k.now().Add(ahead+k.rescue)))
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if n > 0 {
		k.log.Warn().Int64("jobs", n).Msg("took over jobs whose worker is gone")
	}
	return err
}

// removeDone leaves jobs that were given up until an operator has dealt with
// them.
func (k *keeper) removeDone(ctx context.Context) error {
	before := k.now().Add(-keepDone)
	for {
		n, err := k.queue.JobDeleteBefore(ctx, &riverdriver.JobDeleteBeforeParams{
			CompletedDoDelete: true, CompletedFinalizedAtHorizon: before,
			CancelledDoDelete: true, CancelledFinalizedAtHorizon: before,
			DiscardedFinalizedAtHorizon: before,
			Max:                         atOnce,
		})
		if err != nil || n < atOnce {
			return err
		}
	}
}
