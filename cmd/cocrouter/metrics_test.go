package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
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
	m.refusal("stage/close")
	status, body := scrape(t, m)
	for _, want := range []string{
		`cocrouter_deliveries_total{event="issues",result="taken"} 1`,
		`cocrouter_github_requests_total{operation="GET repos/:/:",status="404"} 1`,
		`cocrouter_job_seconds_count{kind="open",result="done"} 1`,
		`cocrouter_refusals_total{rule="stage/close"} 1`,
		`cocrouter_refusals_total{rule="responder"} 0`,
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

// Every label may have only these values. A name in one would stay in somebody's
// time series for years.
func labelValues() map[string][]string {
	words := func(list any) (out []string) {
		for v := reflect.ValueOf(list); len(out) < v.Len(); {
			out = append(out, v.Index(len(out)).String())
		}
		return out
	}
	return map[string][]string{
		"event": {"unverified", "other", "issue_comment", "pull_request_review_comment", "issues", "label", "push", "repository", "installation",
			"installation_repositories", "installation_target", "member", "membership", "team", "organization"},
		"result": {hook.ResultTaken, hook.ResultSwept, hook.ResultAgain, hook.ResultDropped, hook.ResultUnsigned, hook.ResultUnknown,
			hook.ResultTooLarge, hook.ResultMalformed, hook.ResultBusy, hook.ResultFailed,
			string(worker.ResultDone), string(worker.ResultLater), string(worker.ResultBusy), string(worker.ResultConflict),
			string(worker.ResultInterrupted), string(worker.ResultFailed), string(worker.ResultStuck), string(worker.ResultGivenUp)},
		"kind":   words([]coc.JobKind{coc.JobIntake, coc.JobOpen, coc.JobEffect, coc.JobShow, coc.JobErrand, coc.JobStanding, coc.JobScreen, coc.JobConsent, coc.JobLeave, coc.JobSurvey, coc.JobTell, coc.JobPrior, coc.JobClock, coc.JobCapture, coc.JobIndex}),
		"stage":  words(coc.Stages()),
		"state":  words(store.JobStates()),
		"reason": append(forge.Reasons(), hook.GapReasons()...),
		"app":    words([]coc.App{coc.AppSource, coc.AppRooms}),
		"rule":   casework.RefusalRules(),
		"of":     {"writes", "requests"},
	}
}

// operationForm is a method and words of GitHub's paths; whatever stands between
// them is a colon.
var operationForm = regexp.MustCompile(`^(GET|POST|PATCH|PUT|DELETE) (graphql|:|meta|` +
	`((repos|repositories|installation|contents|collaborators|issues|comments|labels|lock|pulls|replies|orgs|teams|members|app|` +
	`installations|access_tokens|hook|deliveries|attempts|activity|commits|:)(/|$))+)$`)

var (
	series = regexp.MustCompile(`(?m)^(cocrouter_\w+)(?:\{(.*)\})? `)
	label  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// strangeLabels are those series of an answer whose labels nobody has thought
// about.
func strangeLabels(body string) (strange []string) {
	allowed := labelValues()
	for _, s := range series.FindAllStringSubmatch(body, -1) {
		for _, l := range label.FindAllStringSubmatch(s[2], -1) {
			name, value := l[1], l[2]
			switch status, err := strconv.Atoi(value); {
			case name == "le" && strings.Contains(s[1], "_bucket"):
			case name == "status" && err == nil && (status == 0 || status >= 100 && status < 600):
			case name == "operation" && operationForm.MatchString(value):
			case !slices.Contains(allowed[name], value):
				strange = append(strange, s[0])
			}
		}
	}
	return strange
}

// What is left is that of the installation that did most, by GitHub's own count
// of requests and by the writes that GitHub saw.
func TestBudgetLeftIsWhatGitHubSawSpent(t *testing.T) {
	t.Parallel()
	l := riverLand(t)
	const hour = 50
	l.host.limits, l.budget = githubsim.GitHubLimits(), forge.Limits{Hour: hour}
	w := newTelling(t, l)
	var seen sync.Mutex
	wrote, left := map[int64]float64{}, map[int64]float64{}
	w.Observe(func(e githubsim.Exchange) {
		seen.Lock()
		defer seen.Unlock()
		if e.Auth != "installation" {
			return
		}
		if e.Method != http.MethodGet && e.Path != "/graphql" {
			wrote[e.InstallationID]++
		}
		limit, err := strconv.ParseFloat(e.ResponseHeader.Get("X-RateLimit-Limit"), 64)
		remaining, err2 := strconv.ParseFloat(e.ResponseHeader.Get("X-RateLimit-Remaining"), 64)
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
		}
		if e.ResponseHeader.Get("X-RateLimit-Resource") == "core" {
			left[e.InstallationID] = remaining / limit
		}
	})
	for n := range 3 {
		if err := fill(w, report{About: "river-project/river", Account: fmt.Sprint(canary, " ", n)}); err != nil {
			t.Fatal(err)
		}
	}
	w.rest()
	_, body := scrapeServer(t, w.server)
	seen.Lock()
	defer seen.Unlock()
	writes, requests := 1.0, 1.0
	for id := range left {
		writes, requests = min(writes, 1-wrote[id]/hour), min(requests, left[id])
	}
	if writes == 1 || requests == 1 {
		t.Fatalf("nothing was spent: %v, %v", wrote, left)
	}
	for of, want := range map[string]float64{"writes": writes, "requests": requests} {
		line := regexp.MustCompile(`cocrouter_github_budget_left\{of="` + of + `"\} (\S+)`).FindStringSubmatch(body)
		if line == nil {
			t.Fatalf("no %s are told of", of)
		}
		if got, err := strconv.ParseFloat(line[1], 64); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("of %s %v is left, want %v (%v)", of, got, want, err)
		}
	}
}

func TestNoLabelOfAMetricComesFromOutside(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(storiesFolder, "public-command-capture")
	l, err := readLand(folder)
	if err != nil {
		t.Fatal(err)
	}
	w := newTelling(t, l)
	steps, err := readSteps(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		for _, act := range s.acts {
			if err := act(w); err != nil {
				t.Fatal(err)
			}
		}
	}
	// And what strangers send: an event of no such name, for no such App, to a
	// page that there is not.
	for name, value := range map[string]string{"X-GitHub-Event": canary, "X-GitHub-Hook-Installation-Target-ID": canary} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.play.address+"/api/github/hook?"+canary, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-GitHub-Hook-Installation-Target-ID", "1001")
		req.Header.Set(name, value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	w.rest()
	status, body := scrapeServer(t, w.server)
	if status != 200 {
		t.Fatalf("answered %d", status)
	}
	for _, s := range strangeLabels(body) {
		t.Error(s)
	}
	named := slices.Clone(w.people)
	for _, p := range w.places() {
		named = append(named, p.repo)
	}
	for _, name := range append(named, canary) {
		if strings.Contains(body, name) {
			t.Errorf("the metrics name %s", name)
		}
	}
	// The story has left its traces in every family that it could.
	for _, family := range []string{"deliveries_total", "github_requests_total", "job_seconds_count", "cases", "jobs", "commit_seconds_count",
		"commit_intakes_count", "github_budget_left", "github_held_back_total", "refusals_total", "sweep_gaps_total", "sweep_age_seconds", "store_up"} {
		if !strings.Contains(body, "\ncocrouter_"+family) {
			t.Errorf("no series of cocrouter_%s", family)
		}
	}
	for _, wrong := range []string{
		`cocrouter_deliveries_total{event="river-project",result="taken"} 1`, `cocrouter_deliveries_total{owner="taken"} 1`,
		`cocrouter_github_requests_total{operation="GET repos/river-project/:",status="200"} 1`,
		`cocrouter_github_requests_total{operation="GET repos/:/:",status="river"} 1`, `cocrouter_refusals_total{rule="they are rude"} 1`, `cocrouter_cases{le="7"} 1`,
	} {
		if len(strangeLabels(wrong+"\n")) == 0 {
			t.Errorf("this passes: %s", wrong)
		}
	}
}
