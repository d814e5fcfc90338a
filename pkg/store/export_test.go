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

// GrowKeys keeps the key of one case under so many other names.
func GrowKeys(t testing.TB, s *Store, of string, cases int) {
	t.Helper()
	_, err := s.ring.db.ExecContext(t.Context(), `
		INSERT INTO case_keys (case_id, wrapped)
		WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(? AS BIGINT))
		SELECT CAST(n * 2654435761 % 4294967296 AS TEXT), wrapped FROM numbers, case_keys WHERE case_id = ?`, cases, of)
	if err != nil {
		t.Fatal(err)
	}
}
