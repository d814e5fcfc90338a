package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Account replaces what is kept of what an installation has written to GitHub,
// and of what GitHub said to it, by what change makes of it: nil the first time.
// Nobody else, in this process or another, sees or changes it in between;
// whoever comes second waits. What change made holds only when the error is nil,
// or coc.ErrUnsure.
//
// What stands in it is its owner's affair. It is sealed, and the installation,
// whose number names an organisation, is a keyed hash. A negative number is an
// App's.
func (s *Store) Account(ctx context.Context, of int64, change func(account []byte) []byte) error {
	key := s.accountKey(of)
	place := accountPlace(key)
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		var sealed []byte
		// An update that changes nothing, because it takes the row's lock, and
		// returns what whoever had it before has made of the row.
		err := tx.QueryRowContext(ctx, `
			INSERT INTO accounts (key, sealed) VALUES (?, ?)
			ON CONFLICT (key) DO UPDATE SET sealed = accounts.sealed RETURNING sealed`,
			key, s.ring.own.Seal(place, nil)).Scan(&sealed)
		if err != nil {
			return err
		}
		account, err := s.ring.own.Open(place, sealed)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE accounts SET sealed = ? WHERE key = ?`, s.ring.own.Seal(place, change(account)), key)
		return err
	})
	if err != nil {
		return fmt.Errorf("account of an installation: %w", err)
	}
	return nil
}

// AccountNow is what Account kept last, nil for nothing. It is one query and
// waits for nobody who writes.
func (s *Store) AccountNow(ctx context.Context, of int64) ([]byte, error) {
	key := s.accountKey(of)
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM accounts WHERE key = ?`, key).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var account []byte
	if err == nil {
		account, err = s.ring.own.Open(accountPlace(key), sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("account of an installation: %w", err)
	}
	return account, nil
}

func (s *Store) accountKey(of int64) string {
	return s.keys.Digest("account", strconv.FormatInt(of, 10))
}

func accountPlace(key string) seal.Place { return seal.Place{Purpose: "account", Of: key} }
