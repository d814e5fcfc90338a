package worker

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// A clock that jumps a year ahead for an hour takes no timer along.
func TestTimersOfAClockThatWasAheadComeBack(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + t.TempDir() + "/db" },
		"PostgreSQL": func() string { return postgrestest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, _, err := seal.NewIdentity()
			if err != nil {
				t.Fatal(err)
			}
			keys, err := seal.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			was := time.Now()
			now := was
			s, err := store.Open(t.Context(), url(), keys, store.Options{Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			put := func(priority int, at time.Time) { // which is how they are told apart
				t.Helper()
				if err := s.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobClock, Case: "a", At: at, Priority: priority}}}); err != nil {
					t.Fatal(err)
				}
			}
			const nextWeek, putOff, underWay, madeThen = 1, 2, 3, 4
			k := &keeper{db: s.DB(), postgres: s.Shared(), log: zerolog.Nop(), now: func() time.Time { return now }, rescue: time.Minute}
			put(nextWeek, was.AddDate(0, 0, 7))
			put(putOff, was.AddDate(0, 0, 1))
			put(underWay, time.Time{})
			now = was.AddDate(1, 0, 0)
			put(madeThen, now.AddDate(0, 0, 1))
			for statement, args := range map[string][]any{
				`UPDATE river_job SET attempted_at = ?, scheduled_at = ? WHERE priority = ?`:  {k.at(now), k.at(now.Add(time.Hour)), putOff},
				`UPDATE river_job SET attempted_at = ?, state = 'running' WHERE priority = ?`: {k.at(now), underWay},
			} {
				if _, err := s.DB().ExecContext(t.Context(), statement, args...); err != nil {
					t.Fatal(err)
				}
			}
			now = was.Add(time.Hour)
			for range 2 {
				for _, does := range []func() error{
					func() error { return k.bringBack(t.Context()) }, func() error { return k.takeOver(t.Context()) }, func() error { return k.makeDueAvailable(t.Context()) },
				} {
					if err := does(); err != nil {
						t.Fatal(err)
					}
				}
			}
			for job, want := range map[int]string{nextWeek: "scheduled", putOff: "available", underWay: "available", madeThen: "available"} {
				var state string
				if err := s.DB().QueryRowContext(t.Context(), `SELECT CAST(state AS TEXT) FROM river_job WHERE priority = ?`, job).Scan(&state); err != nil || state != want {
					t.Errorf("job %d is %s, want %s: %v", job, state, want, err)
				}
			}
		})
	}
}
