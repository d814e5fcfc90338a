package main

import (
	"database/sql"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// TestNoJobOfAReportIsGivenUp lets one job of each sort fail for the last time.
func TestNoJobOfAReportIsGivenUp(t *testing.T) {
	t.Parallel()
	log := &lines{}
	srv, err := newServer(t.Context(), strongSettings(t), zerolog.New(log), tuning{})
	if err != nil {
		t.Fatal(err)
	}
	// A report whose bytes cannot be opened, jobs of a case that there is not, and
	// an errand that nobody knows how to run.
	if _, err := srv.store.Take(t.Context(), coc.Intake{Delivery: "guid-1", Lane: "one", Payload: coc.NewProse("{}")}); err != nil {
		t.Fatal(err)
	}
	jobs := []coc.Job{
		{Kind: coc.JobOpen, Case: "none"}, {Kind: coc.JobShow, Case: "none"}, {Kind: coc.JobEffect, Case: "none"},
		{Kind: coc.JobErrand, Errand: "one"},
	}
	errands := []coc.Errand{{ID: "one", Kind: "unheard-of", Key: "one"}}
	if err := srv.store.Commit(t.Context(), coc.Change{Jobs: jobs, Errands: errands}); err != nil {
		t.Fatal(err)
	}
	db := srv.store.DB()
	if _, err := db.ExecContext(t.Context(), `UPDATE intakes SET sealed = x'00'; UPDATE river_job SET attempt = max_attempts - 1`); err != nil {
		t.Fatal(err)
	}
	runServer(t, srv)

	want := map[string]string{"intake": "scheduled", "open": "scheduled", "show": "scheduled", "effect": "scheduled", "errand": "discarded"}
	var got map[string]string
	for end := time.Now().Add(patience); !maps.Equal(got, want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the jobs are %v\n%s", got, log.String())
		}
		got = jobStates(t, db)
	}
	var state string
	if err := db.QueryRowContext(t.Context(), `SELECT state FROM intakes`).Scan(&state); err != nil || state != "open" {
		t.Errorf("the report is %q (%v)", state, err)
	}
	if n := strings.Count(log.String(), `"alarm":true`); n != len(want) {
		t.Errorf("%d alarms, want %d:\n%s", n, len(want), log.String())
	}
}

// jobStates is how the jobs rest, by kind; one that comes back sooner than
// tomorrow is as good as lost in the noise, and has another state.
func jobStates(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `
		SELECT json(args) ->> '$.kind', CASE WHEN state = 'scheduled' AND scheduled_at < datetime('now', '+23 hours') THEN 'soon' ELSE state END FROM river_job`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var kind, state string
		if err := rows.Scan(&kind, &state); err != nil {
			t.Fatal(err)
		}
		out[kind] = state
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
