package worker

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// keeping is the keeper of a worker on a store in which so many timers wait, and
// as many jobs are done.
func keeping(t testing.TB, url string, timers int) *keeper {
	t.Helper()
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), url, keys, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	err = s.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobShow, Case: "a", At: time.Now().Add(1000 * time.Hour), Priority: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	const numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(? AS BIGINT)) `
	statements := []string{
		`INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags) ` + numbers + `
			SELECT args, created_at, kind, max_attempts, metadata, n % 4 + 1, queue, scheduled_at, CASE n % 10 WHEN 0 THEN 'retryable' ELSE 'scheduled' END, tags
			FROM numbers, (SELECT * FROM river_job LIMIT 1) one`,
		`INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, finalized_at, tags) ` + numbers + `
			SELECT args, created_at, kind, max_attempts, metadata, 1, queue, CURRENT_TIMESTAMP, 'completed', CURRENT_TIMESTAMP, tags
			FROM numbers, (SELECT * FROM river_job LIMIT 1) one`,
	}
	if s.Shared() {
		statements[0] = strings.Replace(statements[0], "ELSE 'scheduled' END", "ELSE 'scheduled' END::river_job_state", 1)
	}
	for _, statement := range statements {
		if _, err := s.DB().ExecContext(t.Context(), statement, timers); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if s.Shared() { // as the server does by itself, in a minute or so
		if _, err := s.DB().ExecContext(t.Context(), `ANALYZE`); err != nil {
			t.Fatal(err)
		}
	}
	w, err := New(s.DB(), func(context.Context, coc.Job, int) error { return nil }, Options{Log: zerolog.Nop(), Postgres: s.Shared()})
	if err != nil {
		t.Fatal(err)
	}
	return w.keeper
}

// BenchmarkIdleWorker is what every worker asks while nothing is to be done, ten
// times a second whether a timer is due and every ten seconds whether a worker
// died, in microseconds.
func BenchmarkIdleWorker(b *testing.B) {
	for _, on := range []struct {
		name string
		url  func(*testing.B) string
	}{
		{"sqlite", func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "db") }},
		{"postgres", func(b *testing.B) string { return postgrestest.Durable(b) }},
	} {
		for _, timers := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/timers=%d", on.name, timers), func(b *testing.B) {
				k := keeping(b, on.url(b), timers)
				var due, dead time.Duration
				for b.Loop() {
					began := time.Now()
					if err := k.makeDueAvailable(b.Context()); err != nil {
						b.Fatal(err)
					}
					asked := time.Now()
					if err := k.takeOver(b.Context()); err != nil {
						b.Fatal(err)
					}
					due, dead = due+asked.Sub(began), dead+time.Since(asked)
				}
				b.ReportMetric(float64(due.Microseconds())/float64(b.N), "due-µs")
				b.ReportMetric(float64(dead.Microseconds())/float64(b.N), "dead-µs")
				b.ReportMetric(0, "ns/op") // of both together: it says nothing
			})
		}
	}
}

// What is asked ten times a second reads the index only where something is due,
// and not the timers that wait.
func TestTimersThatWaitAreNotRead(t *testing.T) {
	t.Parallel()
	const parts = 2 * priorities
	for name, on := range map[string]struct {
		url, explain, want string
	}{
		"SQLite": {"sqlite:" + t.TempDir() + "/db", "EXPLAIN QUERY PLAN ",
			"COVERING INDEX river_job_prioritized_fetching_index (state=? AND queue=? AND priority=?)"},
		"PostgreSQL": {"", "EXPLAIN ", "Index Only Scan using river_job_prioritized_fetching_index on river_job"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if on.url == "" {
				on.url = postgrestest.URL(t)
			}
			k := keeping(t, on.url, 3000)
			args := make([]any, parts)
			for i := range args {
				args[i] = k.at(time.Now())
			}
			plan := explained(t, k.db, on.explain+dueQuery, args...)
			if strings.Count(plan, on.want) != parts || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN river_job") {
				t.Errorf("%d parts are read so:\n%s", parts, plan)
			}
		})
	}
}

// explained is a plan, one step on a line.
func explained(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	step := make([]any, len(columns))
	for i := range step {
		step[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(step...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, *step[len(step)-1].(*any)) // what it says stands last
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
