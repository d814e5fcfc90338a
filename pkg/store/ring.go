package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// intakeKeyLife is how long one data key serves what arrives. When all that
// came under it is worked, it is erased, and with it every copy of the payloads
// in backups and logs.
const intakeKeyLife = time.Minute

// forgottenAfter is when the key of another process counts as forgotten: it was
// in use for intakeKeyLife, and what was sealed under it has been committed
// since, or the process has come to its end.
const forgottenAfter = 5 * intakeKeyLife

// ring holds the wrapped data keys in a database of their own.
//
// # Why keys are fenced where processes share them
//
// A process may stand still, for ever as far as anybody can tell, between
// sealing an intake and committing it. If another erased the key meanwhile, the
// intake would be promised and could never be read. So a key is first a row of
// key_uses beside the intakes, which refer to it: the database refuses to delete
// the row while an intake needs it, and to insert an intake whose row is gone.
// The key itself is erased after its row.
type ring struct {
	keys  *seal.Keys
	db    *sql.DB
	fence *sql.DB // with key_uses; nil where this process has the store for itself
	write func(context.Context, *sql.DB, func(*sql.Tx) error) error
	now   func() time.Time

	own *seal.DataKey // the store's, for what belongs to no case

	// making is full while somebody makes a key of intakes durable or lists those
	// to be erased. The mutex is never held while a database is waited for.
	making chan struct{}

	mu      sync.Mutex
	current *seal.DataKey // for intakes
	id      int64         // of current
	born    time.Time
	uses    map[int64]int  // intakes sealed and not yet committed, by key
	made    map[int64]bool // behind a fence: by this process, and not erased
}

func (r *ring) openStoreKey(ctx context.Context) error {
	var wrapped []byte
	err := r.db.QueryRowContext(ctx, `SELECT wrapped FROM store_key`).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return strangerKeys
	}
	if err != nil {
		return fmt.Errorf("store key: %w", err)
	}
	if r.own, err = r.keys.OpenDataKey(wrapped); err != nil {
		return coc.Refusal{
			What: "The sealing key is not the one that this database was written with.",
			Next: "Point to the key file that was in use, or restore it from your offline copy.",
		}
	}
	return nil
}

// makeStoreKey makes the store's key unless there is one.
func (r *ring) makeStoreKey(ctx context.Context) error {
	_, wrapped, err := r.keys.NewDataKey()
	if err != nil {
		return err
	}
	err = r.write(ctx, r.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO store_key (one, wrapped) VALUES (1, ?) ON CONFLICT DO NOTHING`, wrapped)
		return err
	})
	if err != nil {
		return fmt.Errorf("store key: %w", err)
	}
	return nil
}

// used reports whether a case or an intake was ever sealed with these keys.
func (r *ring) used(ctx context.Context) (bool, error) {
	var used bool
	err := r.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM case_keys) OR EXISTS (SELECT 1 FROM intake_keys)`).Scan(&used)
	if err != nil {
		return false, fmt.Errorf("file of keys: %w", err)
	}
	return used, nil
}

// newCaseKey makes the key of a case durable and returns it; the one that is
// there already, if an earlier attempt got that far.
func (r *ring) newCaseKey(ctx context.Context, id coc.CaseID) (*seal.DataKey, error) {
	_, wrapped, err := r.keys.NewDataKey()
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", id, err)
	}
	err = r.write(ctx, r.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO case_keys (case_id, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING`, string(id), wrapped)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("key of case %s: %w", id, err)
	}
	return r.caseKey(ctx, id)
}

// caseKey opens the key of a case: coc.ErrMissing where there is none.
func (r *ring) caseKey(ctx context.Context, id coc.CaseID) (*seal.DataKey, error) {
	var wrapped []byte
	err := r.db.QueryRowContext(ctx, `SELECT wrapped FROM case_keys WHERE case_id = ?`, string(id)).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("key of case %s: %w", id, coc.ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("key of case %s: %w", id, err)
	}
	return r.keys.OpenDataKey(wrapped)
}

// useIntakeKey gives the key for one intake, and a new one once a minute. It is
// durable when it is returned, and stays until release was called.
func (r *ring) useIntakeKey(ctx context.Context) (id int64, key *seal.DataKey, err error) {
	if id, key := r.useCurrent(); key != nil {
		return id, key, nil
	}
	select {
	case r.making <- struct{}{}:
		defer func() { <-r.making }()
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
	if id, key := r.useCurrent(); key != nil {
		return id, key, nil // whoever was before us made it
	}
	now := r.now()
	key, wrapped, err := r.keys.NewDataKey()
	if err != nil {
		return 0, nil, err
	}
	if id, err = r.keepIntakeKey(ctx, wrapped, now); err != nil {
		return 0, nil, fmt.Errorf("key of intakes: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current, r.id, r.born = key, id, now
	r.uses[id]++
	return id, key, nil
}

// useCurrent is useIntakeKey while the current key has not had its time; nil
// otherwise.
func (r *ring) useCurrent() (int64, *seal.DataKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil || r.now().Sub(r.born) >= intakeKeyLife {
		return 0, nil
	}
	r.uses[r.id]++
	return r.id, r.current
}

func (r *ring) keepIntakeKey(ctx context.Context, wrapped []byte, now time.Time) (id int64, err error) {
	if r.fence == nil {
		err = r.write(ctx, r.db, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, `INSERT INTO intake_keys (wrapped) VALUES (?) RETURNING id`, wrapped).Scan(&id)
		})
		return id, err
	}
	err = r.write(ctx, r.fence, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO key_uses (born) VALUES (?) RETURNING id`, millis(now)).Scan(&id)
	})
	if err != nil {
		return 0, err
	}
	r.mu.Lock()
	r.made[id] = true
	r.mu.Unlock()
	return id, r.write(ctx, r.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO intake_keys (id, wrapped) VALUES (?, ?)`, id, wrapped)
		return err
	})
}

// drop gives up a key that has been erased.
func (r *ring) drop(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == id {
		r.current, r.id = nil, 0
	}
}

func (r *ring) release(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.uses[id]--; r.uses[id] == 0 {
		delete(r.uses, id)
	}
}

func (r *ring) intakeKey(ctx context.Context, id int64) (*seal.DataKey, error) {
	r.mu.Lock()
	current, isCurrent := r.current, id == r.id
	r.mu.Unlock()
	if isCurrent {
		return current, nil
	}
	var wrapped []byte
	if err := r.db.QueryRowContext(ctx, `SELECT wrapped FROM intake_keys WHERE id = ?`, id).Scan(&wrapped); err != nil {
		return nil, fmt.Errorf("key %d of intakes: %w", id, err)
	}
	return r.keys.OpenDataKey(wrapped)
}

// retire gives up the current intake key if it has had its time, or anyway at
// the end of all, and lists the keys that nothing will be sealed under any
// more. more is true while others are still to be retired later.
func (r *ring) retire(ctx context.Context, end bool) (ids []int64, more bool, err error) {
	select {
	case r.making <- struct{}{}:
		// A key that is being made is not current yet; it must not be listed.
		defer func() { <-r.making }()
	case <-ctx.Done():
		return nil, true, ctx.Err()
	}
	if ids, err = queryAll[int64](ctx, r.db, `SELECT id FROM intake_keys`); err != nil {
		return nil, false, fmt.Errorf("keys of intakes: %w", err)
	}
	if r.fence != nil {
		if ids, err = r.unneeded(ctx, ids); err != nil {
			return nil, false, fmt.Errorf("keys of intakes: %w", err)
		}
	}
	// One in the list that is not current never becomes so again.
	r.mu.Lock()
	defer r.mu.Unlock()
	if end || r.now().Sub(r.born) >= intakeKeyLife {
		r.current, r.id = nil, 0
	}
	for id := range r.made {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { return id == r.id || r.uses[id] > 0 })
	return ids, r.current != nil || len(r.uses) > 0, nil
}

// erase deletes intake keys, after which nothing opens what was sealed under
// them.
func (r *ring) erase(ctx context.Context, ids []int64) error {
	err := r.write(ctx, r.db, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `DELETE FROM intake_keys WHERE id = ?`, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("erasing keys of intakes: %w", err)
	}
	return nil
}

// unneeded lists the keys that no intake needs and that no other process may be
// sealing under. kept are those that there are: one among them without a row in
// key_uses was to be erased when a process ended, because its row comes first
// and goes first.
func (r *ring) unneeded(ctx context.Context, kept []int64) ([]int64, error) {
	rows, err := r.fence.QueryContext(ctx, `
		SELECT id, born < ?, EXISTS (SELECT 1 FROM intakes WHERE data_key = key_uses.id) FROM key_uses`,
		millis(r.now().Add(-forgottenAfter)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []int64
	for rows.Next() {
		var id int64
		var forgotten, needed bool
		if err := rows.Scan(&id, &forgotten, &needed); err != nil {
			return nil, err
		}
		if !needed && (forgotten || r.made[id]) {
			ids = append(ids, id)
		}
		kept = slices.DeleteFunc(kept, func(k int64) bool { return k == id })
	}
	return append(ids, kept...), rows.Err()
}

// eraseFenced erases those of the keys that no intake needs, whoever made them.
func (r *ring) eraseFenced(ctx context.Context, ids []int64) error {
	var unneeded []int64
	for _, id := range ids {
		var needed bool
		err := r.write(ctx, r.fence, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `
				DELETE FROM key_uses WHERE id = ? AND NOT EXISTS (SELECT 1 FROM intakes WHERE data_key = key_uses.id)`, id)
			if err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM key_uses WHERE id = ?)`, id).Scan(&needed)
		})
		if sqlState(err, foreignKeyViolation) {
			continue // an intake was committed under it at this moment
		}
		if err != nil {
			return fmt.Errorf("erasing key %d of intakes: %w", id, err)
		}
		if !needed {
			unneeded = append(unneeded, id)
		}
	}
	if len(unneeded) == 0 {
		return nil
	}
	if err := r.erase(ctx, unneeded); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range unneeded {
		delete(r.made, id)
	}
	return nil
}

// queryAll reads one column.
func queryAll[T any](ctx context.Context, db *sql.DB, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
