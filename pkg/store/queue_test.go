package store_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// queueClaims are those of queue.go, for the suite.
var queueClaims = []func(*testing.T, database){
	JobsAreListedByHowTheyStand,
	JobIsRetriedUnlessNothingIsWrongWithIt,
	AsideIsTakenUpAgainInItsLane,
	JobIsDueFromItsTimeOnHoweverOftenItIsPutOff,
}

// stands makes jobs stand as they would after work.
func stands(t *testing.T, s *store.Store, id int64, set string) {
	t.Helper()
	if _, err := s.DB().ExecContext(t.Context(), `UPDATE river_job SET `+set+` WHERE id = `+strconv.FormatInt(id, 10)); err != nil {
		t.Fatal(err)
	}
}

// millis is a time as the queue keeps it.
func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

const tried = `attempted_at = CURRENT_TIMESTAMP, `

// sixJobs commits the jobs 1 to 6, of which the last waits an hour.
func sixJobs(t *testing.T, s *store.Store) {
	t.Helper()
	var jobs []coc.Job
	for _, id := range []coc.CaseID{"one", "two", "three", "four", "five"} {
		jobs = append(jobs, coc.Job{Kind: coc.JobShow, Case: id, N: 1})
	}
	mustCommit(t, s, coc.Change{Jobs: append(jobs, coc.Job{Kind: coc.JobStanding, Standing: "h", At: time.Now().Add(time.Hour)})})
	stands(t, s, 2, tried+`state = 'running', attempt = 1`)
	stands(t, s, 3, tried+`state = 'retryable', attempt = 3`)
	stands(t, s, 4, tried+`state = 'scheduled', attempt = max_attempts - 1`)
	stands(t, s, 5, tried+`state = 'discarded', attempt = max_attempts, finalized_at = CURRENT_TIMESTAMP`)
}

func JobsAreListedByHowTheyStand(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	sixJobs(t, s)
	in := intake("guid-1")
	mustTake(t, s, in) // job 7
	stands(t, s, 7, tried+`state = 'completed', attempt = 1, finalized_at = CURRENT_TIMESTAMP`)
	if err := s.SetAside(t.Context(), 1, "payload does not decode"); err != nil {
		t.Fatal(err)
	}
	counts, err := s.JobCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[store.JobState]store.Queued{
		store.JobAvailable: {ID: 1, Job: coc.Job{Kind: coc.JobShow, Case: "one", N: 1}},
		store.JobRunning:   {ID: 2, Job: coc.Job{Kind: coc.JobShow, Case: "two", N: 1}, Attempts: 1},
		store.JobRetryable: {ID: 3, Job: coc.Job{Kind: coc.JobShow, Case: "three", N: 1}, Attempts: 3},
		store.JobStuck:     {ID: 4, Job: coc.Job{Kind: coc.JobShow, Case: "four", N: 1}, Attempts: 24},
		store.JobDiscarded: {ID: 5, Job: coc.Job{Kind: coc.JobShow, Case: "five", N: 1}, Attempts: 25},
		store.JobScheduled: {ID: 6, Job: coc.Job{Kind: coc.JobStanding, Standing: "h"}},
		store.JobAside:     {Job: coc.Job{Kind: coc.JobIntake, Intake: 1}, Attempts: 1, Cause: "payload does not decode"},
	} {
		got, err := s.Jobs(t.Context(), 10, state)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %+v, %v", state, got, err)
		}
		if counts[state] != 1 {
			t.Errorf("%d jobs are %s", counts[state], state)
		}
		since, next := got[0].Since, got[0].Next
		want.State, want.Since, want.Next = state, since, next
		if got[0] != want {
			t.Errorf("%s: %+v, want %+v", state, got[0], want)
		}
		switch state {
		case store.JobAside:
			if !since.Equal(in.Received) || !next.IsZero() {
				t.Errorf("aside since %v, next %v", since, next)
			}
		case store.JobScheduled:
			if time.Until(since) < 59*time.Minute || time.Until(next) < 59*time.Minute {
				t.Errorf("due %v, next %v", since, next)
			}
		default:
			if time.Since(since) > time.Minute {
				t.Errorf("%s since %v", state, since)
			}
		}
	}
	if all, err := s.Jobs(t.Context(), 10, store.JobStates()...); err != nil || len(all) != 7 || all[0].State != store.JobAside || all[6].ID != 6 {
		t.Errorf("not the oldest first: %+v, %v", all, err)
	}
	if len(counts) != len(store.JobStates()) {
		t.Errorf("%v", counts)
	}
}

func JobIsRetriedUnlessNothingIsWrongWithIt(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	sixJobs(t, s)
	for id, want := range map[int64]error{1: nil, 2: coc.ErrBusy, 3: nil, 4: nil, 5: nil, 7: coc.ErrMissing} {
		if err := s.RetryJob(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("job %d: %v, want %v", id, err, want)
		}
	}
	var refused coc.Refusal
	if err := s.RetryJob(t.Context(), 6); !errors.As(err, &refused) {
		t.Errorf("a timer was brought forward: %v", err)
	}
	ready, err := s.Jobs(t.Context(), 10, store.JobAvailable)
	if err != nil || len(ready) != 4 {
		t.Fatalf("%+v, %v", ready, err)
	}
	// One that had no attempt left has one, or it would be given up unseen.
	var left int
	if err := s.DB().QueryRowContext(t.Context(), `SELECT max_attempts - attempt FROM river_job WHERE id = 5`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d attempts left, %v", left, err)
	}
	stands(t, s, 1, tried+`state = 'completed', finalized_at = CURRENT_TIMESTAMP`)
	if err := s.RetryJob(t.Context(), 1); !errors.Is(err, coc.ErrGone) {
		t.Errorf("one that is done: %v", err)
	}
}

func AsideIsTakenUpAgainInItsLane(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	for _, guid := range []string{"guid-1", "guid-2"} {
		in := intake(guid)
		in.Lane = "a"
		mustTake(t, s, in)
	}
	if err := s.SetAside(t.Context(), 1, "payload does not decode"); err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	if err := s.RetryAside(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	got, err := s.Intake(t.Context(), 1)
	if err != nil || got.Payload.Reveal() != `{"action":"created"}` {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Intake(t.Context(), 2); !errors.Is(err, coc.ErrBusy) {
		t.Errorf("the next of its lane does not wait: %v", err)
	}
	if jobs := jobsOf(t, s); len(jobs) != 3 || jobs[2].args != `{"kind":"intake","intake":1}` || jobs[2].state != "available" {
		t.Errorf("jobs %+v", jobs)
	}
	for _, id := range []int64{1, 2, 9} {
		if err := s.RetryAside(t.Context(), id); !errors.Is(err, coc.ErrGone) {
			t.Errorf("intake %d, which is not set aside: %v", id, err)
		}
	}
}

func JobIsDueFromItsTimeOnHoweverOftenItIsPutOff(t *testing.T, d database) {
	// The queue rounds times to milliseconds: one in between may be due a moment later.
	now := time.Now().Truncate(time.Millisecond)
	s := d.open(t, store.Options{Now: func() time.Time { return now }})
	due := func(want time.Time) {
		t.Helper()
		at, err := s.OldestDue(t.Context())
		if err != nil || at.Sub(want).Abs() > time.Second || want.IsZero() != at.IsZero() {
			t.Errorf("due since %v, want %v (%v)", at, want, err)
		}
	}
	due(time.Time{})
	// A timer is not due before its time.
	mustCommit(t, s, coc.Change{Jobs: []coc.Job{{Kind: coc.JobStanding, Standing: "h", At: now.Add(time.Hour)}}})
	due(time.Time{})
	mustCommit(t, s, coc.Change{Jobs: []coc.Job{{Kind: coc.JobShow, Case: "one", Priority: 4}}})
	due(now)
	// Put off again and again, it has been due since it was made.
	stands(t, s, 2, tried+`state = 'scheduled', scheduled_at = (SELECT scheduled_at FROM river_job WHERE id = 1)`)
	due(now)
	// A timer whose time came is due since then and not since it was made.
	stands(t, s, 2, `state = 'completed', finalized_at = CURRENT_TIMESTAMP`)
	stands(t, s, 1, tried+`state = 'running', metadata = '{"due":`+millis(now.Add(-time.Minute))+`,"snoozes":7}'`)
	due(now.Add(-time.Minute))
	stands(t, s, 1, `state = 'discarded', finalized_at = CURRENT_TIMESTAMP`)
	due(time.Time{})
}

// What is asked for every scrape is answered from an index, without reading
// records or what is done. What the worker asks is in its package.
func TestWhatIsAskedOftenIsFoundByIndex(t *testing.T) {
	t.Parallel()
	d := database{url: "sqlite:" + t.TempDir() + "/db", keys: newKeys(t)}
	s := d.open(t, store.Options{})
	for query, want := range map[string]string{
		`SELECT min(CAST(metadata ->> 'due' AS bigint)) FROM river_job WHERE finalized_at IS NULL AND attempted_at IS NOT NULL`:               "river_job_begun",
		`SELECT scheduled_at FROM river_job WHERE state = 'scheduled' AND queue = 'default' AND priority = 1 ORDER BY scheduled_at LIMIT 1`:   "COVERING INDEX river_job_prioritized_fetching_index",
		`SELECT state, count(*) FROM river_job WHERE state IN ('available', 'running', 'scheduled', 'retryable', 'discarded') GROUP BY state`: "COVERING INDEX river_job_prioritized_fetching_index",
		`SELECT stage, count(*) FROM cases GROUP BY stage`:                             "COVERING INDEX cases_stage",
		`SELECT min(received) FROM intakes WHERE state = 'open' AND state <> 'done'`:   "COVERING INDEX intakes_kept (state=?)",
		`SELECT id FROM intakes WHERE state = 'aside' AND state <> 'done' ORDER BY id`: "intakes_kept (state=?)",
		`SELECT count(*) FROM intakes WHERE state = 'aside' AND state <> 'done'`:       "COVERING INDEX intakes_kept (state=?)",
	} {
		var id, parent, unused int
		var plan string
		if err := s.DB().QueryRowContext(t.Context(), `EXPLAIN QUERY PLAN `+query).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, want) {
			t.Errorf("%s: %s", query, plan)
		}
	}
}
