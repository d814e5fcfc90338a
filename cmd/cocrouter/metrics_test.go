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
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// stood is a store's standing, as a test says it is.
type stood struct {
	stages map[coc.Stage]int
	oldest time.Time
	err    error
}

func (s stood) Stages(context.Context) (map[coc.Stage]int, error) { return s.stages, s.err }
func (s stood) OldestUndone(context.Context) (time.Time, error)   { return s.oldest, s.err }

func scrape(t *testing.T, m *metrics) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	metricsRoutes(m).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	return w.Code, w.Body.String()
}

func TestMetricsSayWhatWaitsAndWhatHappened(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	m := newMetrics(stood{stages: map[coc.Stage]int{coc.StageReceived: 2}, oldest: now.Add(-90 * time.Second)}, func() time.Time { return now })
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
	_, body := scrape(t, newMetrics(stood{}, time.Now))
	if !strings.Contains(body, "\ncocrouter_oldest_undone_seconds 0\n") {
		t.Error("the age is not 0")
	}
}

func TestStoreThatCannotAnswerFailsTheScrape(t *testing.T) {
	t.Parallel()
	if status, _ := scrape(t, newMetrics(stood{err: errors.New("disk")}, time.Now)); status != 500 {
		t.Errorf("answered %d, which looks like health", status)
	}
}
