package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// On SQLite the contents are in a file of their own, which can be left behind in a move
// or come from another backup. What is in another store's file is nobody's here, and
// would be swept away. So the file is bound to the store as the keys are, and looked at
// before anything is written to it.

var contentsPlace = seal.Place{Purpose: "binding of the contents"}

// contentsLost refuses a store whose file with the contents is not there, although its
// cases have contents. It is asked before tables are made in an empty one.
func (s *Store) contentsLost(ctx context.Context) error {
	if s.dialect.shared || s.opts.ContentsLost {
		return nil
	}
	var tables, kept int
	if err := s.contents.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&tables); err != nil {
		return fmt.Errorf("looking for contents: %w", err)
	}
	if tables > 0 {
		return nil
	}
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM kept`).Scan(&kept)
	if err != nil && !s.dialect.noTable(err) {
		return fmt.Errorf("looking for contents: %w", err)
	}
	if kept == 0 {
		return nil
	}
	return coc.Refusal{
		What: fmt.Sprintf("The file with the evidence (the database's name with %s) is missing or empty, and cases have %d files and captures in it.", contentsEnding, kept),
		Next: "Put it beside the database again, from the same backup. If it is lost for good, cocrouter migrate --evidence-lost makes an empty one.",
	}
}

// bindContents binds the file with the contents to the store, or refuses one that
// belongs to another.
func (s *Store) bindContents(ctx context.Context) error {
	if s.dialect.shared {
		return nil
	}
	var bound []byte
	err := s.contents.QueryRowContext(ctx, `SELECT sealed FROM binding`).Scan(&bound)
	switch {
	case err == nil:
		if _, err := s.ring.own.Open(contentsPlace, bound); err != nil {
			return strangerContents
		}
		return nil
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("binding of the contents: %w", err)
	case s.opts.AsItIs:
		return olderSchema // somebody is making it
	}
	return s.write(ctx, s.contents, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO binding (one, sealed) VALUES (1, ?)`, s.ring.own.Seal(contentsPlace, nil))
		return err
	})
}

var strangerContents = coc.Refusal{
	What: "The file with the evidence (the database's name with " + contentsEnding + ") belongs to another database.",
	Next: "Put the one of the same backup there. Nothing was written to this one.",
}
