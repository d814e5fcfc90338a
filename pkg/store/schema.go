package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// The schemas, one string per version. A version that was released is never
// edited; a change is a new one at the end. Every BLOB named sealed is a record
// of seal, every TEXT named key, delivery, object, lane, place, receipt or
// name a keyed hash.
var (
	mainSchema = []string{`
CREATE TABLE binding (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	sealed BLOB NOT NULL            -- opens only with the keys of this store
);
CREATE TABLE intakes (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	delivery TEXT NOT NULL UNIQUE,
	object   TEXT UNIQUE,
	lane     TEXT,
	received INTEGER NOT NULL,      -- Unix milliseconds
	state    TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'aside')),
	data_key INTEGER,               -- of PATH-keys
	sealed   BLOB,                  -- NULL once done
	cause    BLOB                   -- sealed; why it was set aside
);
CREATE INDEX intakes_lane ON intakes (lane, id) WHERE state = 'open';
CREATE INDEX intakes_kept ON intakes (state, received) WHERE state <> 'done';
CREATE TABLE cases (
	id       TEXT PRIMARY KEY,
	revision INTEGER NOT NULL,
	stage    TEXT NOT NULL,
	sealed   BLOB NOT NULL
);
CREATE TABLE places (
	place     TEXT PRIMARY KEY,
	case_id   TEXT NOT NULL REFERENCES cases (id),
	placement INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE receipts (
	receipt TEXT PRIMARY KEY,
	case_id TEXT NOT NULL REFERENCES cases (id)
) WITHOUT ROWID;
CREATE TABLE standings (
	key    TEXT PRIMARY KEY,
	place  TEXT,                    -- of its notice
	sealed BLOB NOT NULL
);
CREATE INDEX standings_place ON standings (place) WHERE place IS NOT NULL;
CREATE TABLE standing_names (
	name TEXT PRIMARY KEY,          -- of a source, one of those it has had
	key  TEXT NOT NULL REFERENCES standings (key)
) WITHOUT ROWID;
CREATE TABLE errands (
	id     TEXT PRIMARY KEY,
	key    TEXT UNIQUE,             -- kept after the errand, so that it is not done again
	sealed BLOB                     -- NULL once done
);
CREATE TABLE room_labels (
	key    TEXT PRIMARY KEY,
	sealed BLOB NOT NULL
);
CREATE TABLE ready (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  INTEGER NOT NULL
);`}

	keysSchema = []string{`
CREATE TABLE store_key (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	wrapped BLOB NOT NULL
);
CREATE TABLE case_keys (
	case_id TEXT PRIMARY KEY,
	wrapped BLOB NOT NULL
);
CREATE TABLE intake_keys (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	wrapped BLOB NOT NULL
);`}
)

// migrate brings a database to the newest version, one transaction each.
func migrate(ctx context.Context, db *sql.DB, versions []string) error {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)`); err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	var have int
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&have); err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	if have > len(versions) {
		return coc.Refusal{
			What: fmt.Sprintf("The database has schema version %d; this cocrouter knows %d.", have, len(versions)),
			Next: "Run the newer cocrouter that wrote it, or restore a backup.",
		}
	}
	for v := have + 1; v <= len(versions); v++ {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("schema version %d: %w", v, err)
		}
		_, err = tx.ExecContext(ctx, versions[v-1])
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES (?)`, v)
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("schema version %d: %w", v, err)
		}
	}
	return nil
}

func migrateJobs(ctx context.Context, db *sql.DB) error {
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("schema of the jobs: %w", err)
	}
	// The queue makes its table anew in some of its versions, without this.
	if _, err := db.ExecContext(ctx, `CREATE INDEX IF NOT EXISTS river_job_begun ON river_job (id) WHERE `+begun); err != nil {
		return fmt.Errorf("index of the jobs: %w", err)
	}
	return nil
}

var bindingPlace = seal.Place{Purpose: "binding"}

// bind ties records, data keys and the operator's key together, and refuses
// what does not belong together before anything can be written under a wrong
// key, or erased for want of its records.
func (s *Store) bind(ctx context.Context) error {
	var bound []byte
	err := s.db.QueryRowContext(ctx, `SELECT sealed FROM binding`).Scan(&bound)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("binding: %w", err)
	}
	if bound != nil {
		if err := s.ring.openStoreKey(ctx); err != nil {
			return err
		}
		if _, err := s.ring.own.Open(bindingPlace, bound); err != nil {
			return strangerKeys
		}
		return nil
	}
	// New records. The keys may be there already, of an Open that was killed
	// between the two files; but keys that were used belong to other records.
	used, err := s.ring.used(ctx)
	if err != nil {
		return err
	}
	if used {
		return strangerKeys
	}
	if err := s.ring.makeStoreKey(ctx); err != nil {
		return err
	}
	if err := s.ring.openStoreKey(ctx); err != nil {
		return err
	}
	return s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO binding (one, sealed) VALUES (1, ?)`, s.ring.own.Seal(bindingPlace, nil))
		return err
	})
}

var strangerKeys = coc.Refusal{
	What: "The database and its file of keys (the same name with -keys) do not belong together.",
	Next: "Restore both from the same backup.",
}
