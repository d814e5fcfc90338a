package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// blockedBy tells of an intake whether an earlier one of its lane is not done.
// One that was set aside blocks nobody.
const blockedBy = `EXISTS (SELECT 1 FROM intakes e WHERE e.lane = i.lane AND e.id < i.id AND e.state = 'open')`

// kept is true of an intake that is not done. It stands in queries that would
// not need it, because the index of what is kept is only found through it.
const kept = `state <> 'done'`

// Intake opens one that is not done. coc.ErrGone: it was done or set aside.
// coc.ErrBusy: an earlier one of its lane is not done yet.
func (s *Store) Intake(ctx context.Context, id int64) (coc.Intake, error) {
	in, err := s.intake(ctx, id)
	if err != nil {
		return coc.Intake{}, fmt.Errorf("intake %d: %w", id, err)
	}
	return in, nil
}

func (s *Store) intake(ctx context.Context, id int64) (coc.Intake, error) {
	var (
		delivery, state string
		blocked         bool
		key             int64
		sealed          []byte
		in              coc.Intake
	)
	err := s.read.QueryRowContext(ctx, `
		SELECT delivery, state, `+blockedBy+`, coalesce(data_key, 0), sealed FROM intakes i WHERE id = ?`, id).
		Scan(&delivery, &state, &blocked, &key, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && state != "open":
		return in, coc.ErrGone
	case err != nil:
		return in, err
	case blocked:
		return in, coc.ErrBusy
	}
	dataKey, err := s.ring.intakeKey(ctx, key)
	if err != nil {
		return in, err
	}
	plain, err := dataKey.Open(intakePlace(delivery), sealed)
	if err != nil {
		return in, err
	}
	words, err := seal.UnmarshalBeside(plain, &in)
	if err != nil {
		return in, err
	}
	in.Payload = words
	in.ID = id
	return in, nil
}

// finish marks an intake done in a transaction and erases it: coc.ErrGone or
// coc.ErrBusy as Intake says.
//
// One statement looks and marks, so that of two who would finish it, in one
// process or in two, the second finds it done.
func (s *Store) finish(ctx context.Context, tx *sql.Tx, id int64) error {
	r, err := tx.ExecContext(ctx, `
		UPDATE intakes AS i SET state = 'done', data_key = NULL, sealed = NULL
		WHERE id = ? AND state = 'open' AND NOT `+blockedBy, id)
	if err = changedOne(r, err, coc.ErrGone); errors.Is(err, coc.ErrGone) {
		var open bool
		if e := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM intakes WHERE id = ? AND state = 'open')`, id).Scan(&open); e != nil {
			err = e
		} else if open {
			err = coc.ErrBusy
		}
	}
	if err != nil {
		return fmt.Errorf("intake %d: %w", id, err)
	}
	return nil
}

// Following is the earliest intake that is not done and came after this one in its
// lane. coc.ErrMissing: there is none.
func (s *Store) Following(ctx context.Context, id int64) (int64, error) {
	var next int64
	err := s.read.QueryRowContext(ctx, `
		SELECT coalesce(min(i.id), 0) FROM intakes i JOIN intakes d ON i.lane = d.lane AND d.id < i.id
		WHERE d.id = ? AND i.state = 'open'`, id).Scan(&next)
	if err == nil && next == 0 {
		err = coc.ErrMissing
	}
	if err != nil {
		return 0, fmt.Errorf("behind intake %d: %w", id, err)
	}
	return next, nil
}

// SetAside takes an intake that cannot be worked out of its lane and keeps it
// sealed for the operator. The cause is our own words. coc.ErrGone: it was done
// or set aside before.
func (s *Store) SetAside(ctx context.Context, id int64, cause string) error {
	sealed := s.ring.own.Seal(causePlace(id), []byte(cause))
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE intakes SET state = 'aside', cause = ? WHERE id = ? AND state = 'open'`, sealed, id)
		return changedOne(r, err, coc.ErrGone)
	})
	if err != nil {
		return fmt.Errorf("setting intake %d aside: %w", id, err)
	}
	return nil
}

func causePlace(id int64) seal.Place {
	return seal.Place{Purpose: "cause", Of: fmt.Sprint(id)}
}

// Aside is an intake that was set aside, without what it holds.
type Aside struct {
	ID       int64
	Received time.Time
	Cause    string
}

// Asides lists what was set aside, the oldest first.
func (s *Store) Asides(ctx context.Context) ([]Aside, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, received, cause FROM intakes WHERE state = 'aside' AND `+kept+` ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("listing what was set aside: %w", err)
	}
	defer rows.Close()
	var out []Aside
	for rows.Next() {
		var a Aside
		var received int64
		var sealed []byte
		if err := rows.Scan(&a.ID, &received, &sealed); err != nil {
			return nil, fmt.Errorf("listing what was set aside: %w", err)
		}
		cause, err := s.ring.own.Open(causePlace(a.ID), sealed)
		if err != nil {
			return nil, fmt.Errorf("intake %d: %w", a.ID, err)
		}
		a.Received, a.Cause = time.UnixMilli(received).UTC(), string(cause)
		out = append(out, a)
	}
	return out, rows.Err()
}

// changedOne turns a statement that found nothing to change into an error.
func changedOne(r sql.Result, err error, none error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return none
}
