package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Account replaces what is kept of what an installation has written to GitHub by
// what change makes of it: nil the first time. Nobody else, in this process or
// another, sees or changes it in between; whoever comes second waits. What
// change made holds only when the error is nil, or coc.ErrUnsure.
//
// What stands in it is its owner's affair. It is sealed, and the installation,
// whose number names an organisation, is a keyed hash.
func (s *Store) Account(ctx context.Context, installation int64, change func(account []byte) []byte) error {
	key := s.keys.Digest("account", strconv.FormatInt(installation, 10))
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

func accountPlace(key string) seal.Place { return seal.Place{Purpose: "account", Of: key} }
