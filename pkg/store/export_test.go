package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"
)

// MigrationLock is what a process holds that makes tables.
const MigrationLock = int64(migrationLock)

// Preparing is a connector whose connections keep KeptStatements of what is prepared by
// those of another, which are Preparers and make Runners.
func Preparing(c driver.Connector) driver.Connector { return preparing{c} }

const KeptStatements = keptStatements

type (
	Preparer = preparer
	Runner   = runner
)

// Tidy and ForgetExpired do at once what the committer does every minute.
func (s *Store) ForgetExpired(ctx context.Context) error { return s.forgetExpired(ctx) }

func (s *Store) Tidy(ctx context.Context) error { return s.tidy(ctx, false) }

// IntakeKeys counts the intake keys that are kept.
func IntakeKeys(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.ring.db.QueryRowContext(t.Context(), `SELECT count(*) FROM intake_keys`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Committing reports whether a commit of intakes runs.
func Committing(s *Store) bool { return s.line.began.Load() != 0 }

// Waiting counts the intakes that wait for the next commit.
func Waiting(s *Store) int { return int(s.line.waiting.Load()) }

// ContentsDB is where the contents are.
func ContentsDB(s *Store) *sql.DB { return s.contents }

// EraseCaseKey erases a case, as far as its key does.
func EraseCaseKey(t *testing.T, s *Store, id string) {
	t.Helper()
	if _, err := s.ring.db.ExecContext(t.Context(), `DELETE FROM case_keys WHERE case_id = ?`, id); err != nil {
		t.Fatal(err)
	}
}
