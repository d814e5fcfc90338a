package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Known tells of each delivery, named as in coc.Intake, whether it was taken or
// settled and not pruned since. It is one query, so that there should not be
// more than a page of them.
func (s *Store) Known(ctx context.Context, deliveries []string) ([]bool, error) {
	known := make([]bool, len(deliveries))
	if len(deliveries) == 0 {
		return known, nil
	}
	keys := make([]any, 0, 2*len(deliveries))
	at := map[string][]int{}
	for i, d := range deliveries {
		key := s.keys.Digest("delivery", d)
		keys, at[key] = append(keys, key), append(at[key], i)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(keys)), ", ")
	rows, err := s.read.QueryContext(ctx, `
		SELECT delivery FROM intakes WHERE delivery IN (`+marks+`)
		UNION ALL SELECT delivery FROM settled WHERE delivery IN (`+marks+`)`, append(keys, keys...)...)
	if err != nil {
		return nil, fmt.Errorf("looking for deliveries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("looking for deliveries: %w", err)
		}
		for _, i := range at[key] {
			known[i] = true
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looking for deliveries: %w", err)
	}
	return known, nil
}

// Settle makes deliveries known that are not taken, until they are pruned.
func (s *Store) Settle(ctx context.Context, deliveries []string) error {
	now := millis(s.opts.Now())
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		for _, d := range deliveries {
			if _, err := tx.ExecContext(ctx, `INSERT INTO settled (delivery, at) VALUES (?, ?) ON CONFLICT DO NOTHING`,
				s.keys.Digest("delivery", d), now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settling %d deliveries: %w", len(deliveries), err)
	}
	return nil
}

// Progress is what KeepProgress kept last of the sweep of an App's delivery
// log, nil for nothing.
func (s *Store) Progress(ctx context.Context, app int64) ([]byte, error) {
	key := s.sweepKey(app)
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM sweeps WHERE key = ?`, key).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var plain []byte
	if err == nil {
		plain, err = s.ring.own.Open(sweepPlace(key), sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("progress of the sweep of App %d: %w", app, err)
	}
	return plain, nil
}

// KeepProgress replaces what is kept of the sweep of an App's delivery log.
func (s *Store) KeepProgress(ctx context.Context, app int64, progress []byte) error {
	key := s.sweepKey(app)
	sealed := s.ring.own.Seal(sweepPlace(key), progress)
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sweeps (key, sealed) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`, key, sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the progress of the sweep of App %d: %w", app, err)
	}
	return nil
}

func (s *Store) sweepKey(app int64) string {
	return s.keys.Digest("sweep", strconv.FormatInt(app, 10))
}

func sweepPlace(key string) seal.Place { return seal.Place{Purpose: "sweep", Of: key} }

// pruneAtOnce bounds how long one commit of Prune makes others wait.
const pruneAtOnce = 500

// Prune deletes the traces of some deliveries and forms that were done or
// settled before a time, the oldest first; more says that there may be others.
// What is open or set aside stays.
//
// # Why they may go
//
// A trace is there so that nothing is taken twice. Before that time no log of
// GitHub's shows the delivery any more, and nobody can have it sent again. A
// form that is sent again later, and whatever began a case, is recognised by
// the case's receipt, which stays.
func (s *Store) Prune(ctx context.Context, before time.Time) (more bool, err error) {
	err = s.write(ctx, s.db, func(tx *sql.Tx) error {
		// By number, which is the order of arrival nearly enough, so that no
		// index is needed beside that of the numbers.
		r, err := tx.ExecContext(ctx, `DELETE FROM intakes WHERE received < ? AND id IN (
			SELECT id FROM intakes WHERE state = 'done' ORDER BY id LIMIT ?)`, millis(before), pruneAtOnce)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		more = n == pruneAtOnce
		_, err = tx.ExecContext(ctx, `DELETE FROM settled WHERE at < ?`, millis(before))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("pruning what was done: %w", err)
	}
	return more, nil
}
