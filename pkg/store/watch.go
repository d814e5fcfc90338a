package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Ready reports whether the store can write, by writing.
func (s *Store) Ready(ctx context.Context) error {
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO ready (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at`, millis(s.opts.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	return nil
}

// OldestUndone is when the oldest intake that still waits arrived; the zero
// time when none does. What was set aside does not wait.
func (s *Store) OldestUndone(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	if err := s.read.QueryRowContext(ctx, `SELECT min(received) FROM intakes WHERE state = 'open' AND `+kept).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("oldest intake: %w", err)
	}
	if !at.Valid {
		return time.Time{}, nil
	}
	return time.UnixMilli(at.Int64).UTC(), nil
}

// Stages counts the cases in each stage that has any.
func (s *Store) Stages(ctx context.Context) (map[coc.Stage]int, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT stage, count(*) FROM cases GROUP BY stage`)
	if err != nil {
		return nil, fmt.Errorf("counting cases: %w", err)
	}
	defer rows.Close()
	counts := map[coc.Stage]int{}
	for rows.Next() {
		var stage coc.Stage
		var n int
		if err := rows.Scan(&stage, &n); err != nil {
			return nil, fmt.Errorf("counting cases: %w", err)
		}
		counts[stage] = n
	}
	return counts, rows.Err()
}

// tidy erases the intake keys that nothing needs any more and cuts the logs, so
// that what was erased is gone from them too. What it cannot do yet it does the
// next time. end says that nothing will be taken any more.
func (s *Store) tidy(ctx context.Context, end bool) error {
	swept := s.sweepNowAndThen(ctx, end)
	if !s.erased.Swap(false) && !end {
		return swept
	}
	more, err := s.eraseIntakeKeys(ctx, end)
	if s.dialect.shared {
		err = errors.Join(err, s.forgetLeases(ctx, end))
	} else {
		for _, db := range []*sql.DB{s.db, s.contents, s.ring.db} {
			busy, e := cutLog(ctx, db)
			err = errors.Join(err, e)
			more = more || busy
		}
	}
	if more || err != nil {
		s.erased.Store(true)
	}
	return errors.Join(err, swept)
}

func (s *Store) eraseIntakeKeys(ctx context.Context, end bool) (more bool, err error) {
	retired, more, err := s.ring.retire(ctx, end)
	if err != nil {
		return true, err
	}
	if s.ring.fence != nil {
		return more, s.ring.eraseFenced(ctx, retired)
	}
	// After retire, never before: an intake under a retired key is committed by
	// now or never will be.
	needed, err := queryAll[int64](ctx, s.db, `SELECT DISTINCT data_key FROM intakes WHERE state <> 'done'`)
	if err != nil {
		return true, fmt.Errorf("keys of intakes: %w", err)
	}
	retired = slices.DeleteFunc(retired, func(id int64) bool { return slices.Contains(needed, id) })
	if len(retired) == 0 {
		return more, nil
	}
	return more, s.ring.erase(ctx, retired)
}
