package store

import (
	"context"
	"testing"
)

// MigrationLock is what a process holds that makes tables.
const MigrationLock = int64(migrationLock)

// Tidy does at once what the committer does every minute.
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
