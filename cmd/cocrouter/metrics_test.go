package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// stood is a store's standing, as a test says it is.
type stood struct {
	stages      map[coc.Stage]int
	jobs        map[store.JobState]int
	oldest, due time.Time
	err         error
}

func (s stood) watched(now func() time.Time) *metrics {
	m := newMetrics()
	m.watch(s, now)
	return m
}

func (s stood) Stages(context.Context) (map[coc.Stage]int, error) { return s.stages, s.err }
func (s stood) OldestUndone(context.Context) (time.Time, error)   { return s.oldest, s.err }
func (s stood) OldestDue(context.Context) (time.Time, error)      { return s.due, s.err }
func (s stood) JobCounts(context.Context) (map[store.JobState]int, error) {
	return s.jobs, s.err
}

func scrape(t *testing.T, m *metrics) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	metricsRoutes(m).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	return w.Code, w.Body.String()
}

func TestMetricsSayWhatWaitsAndWhatHappened(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	m := stood{
		stages: map[coc.Stage]int{coc.StageReceived: 2}, oldest: now.Add(-90 * time.Second),
		jobs: map[store.JobState]int{store.JobStuck: 3}, due: now.Add(-time.Hour),
	}.watched(func() time.Time { return now })
	m.commit(7, 3*time.Millisecond)
	m.delivery("issues", hook.ResultTaken)
	m.request("GET repos/:/:", 404)
	m.job(coc.JobOpen, worker.ResultDone, 30*time.Millisecond)
	status, body := scrape(t, m)
	for _, want := range []string{
		`cocrouter_deliveries_total{event="issues",result="taken"} 1`,
		`cocrouter_github_requests_total{operation="GET repos/:/:",status="404"} 1`,
		`cocrouter_job_seconds_count{kind="open",result="done"} 1`,
		`cocrouter_cases{stage="received"} 2`,
		`cocrouter_cases{stage="closed"} 0`,
		`cocrouter_oldest_undone_seconds 90`,
		`cocrouter_oldest_undone_job_seconds 3600`,
		`cocrouter_jobs{state="stuck"} 3`,
		`cocrouter_jobs{state="aside"} 0`,
		`cocrouter_commit_intakes_sum 7`,
		`cocrouter_commit_seconds_count 1`,
		`cocrouter_store_up 1`,
		`cocrouter_alarms_total 0`,
		`go_goroutines`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the answer, which was %d", want, status)
		}
	}
}

func TestNothingWaitingIsZeroAndNotTheAgeOfTheWorld(t *testing.T) {
	t.Parallel()
	_, body := scrape(t, stood{}.watched(time.Now))
	for _, name := range []string{"cocrouter_oldest_undone_seconds", "cocrouter_oldest_undone_job_seconds"} {
		if !strings.Contains(body, "\n"+name+" 0\n") {
			t.Errorf("%s is not 0", name)
		}
	}
}

// The metrics are most needed when the store is gone, and must not look like
// health then.
func TestStoreThatCannotAnswerIsToldFromAServerThatCannot(t *testing.T) {
	t.Parallel()
	m := stood{err: errors.New("disk")}.watched(time.Now)
	m.delivery("issues", hook.ResultFailed)
	status, body := scrape(t, m)
	if status != 200 || !strings.Contains(body, "\ncocrouter_store_up 0\n") || !strings.Contains(body, `result="failed"} 1`) {
		t.Errorf("answered %d:\n%s", status, body)
	}
	if strings.Contains(body, "cocrouter_cases{") || strings.Contains(body, "cocrouter_oldest") || strings.Contains(body, "cocrouter_jobs{") {
		t.Error("it says of the store what nobody knows")
	}
}
