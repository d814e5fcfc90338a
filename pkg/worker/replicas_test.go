package worker_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/memorytest"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// A replica that is killed is a real process: this test binary, started again
// with these variables.
const (
	childURL = "COCROUTER_WORKER_URL"
	childKey = "COCROUTER_WORKER_KEY"
)

func TestMain(m *testing.M) {
	if os.Getenv(childURL) == "" {
		os.Exit(memorytest.Run(m))
	}
	fmt.Fprintln(os.Stderr, playReplica(os.Getenv(childURL), os.Getenv(childKey)))
	os.Exit(1)
}

// playReplica starts jobs, says which, and finishes every second one, until it
// is killed.
func playReplica(url, key string) error {
	keys, err := seal.Open(key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, url, keys, store.Options{})
	if err != nil {
		return err
	}
	var said sync.Mutex
	w, err := worker.New(s.DB(), func(ctx context.Context, job coc.Job, _ int) error {
		if job.Intake%2 == 0 {
			<-ctx.Done() // it hangs, and is killed before its time is over
			return ctx.Err()
		}
		err := finish(ctx, s, job)
		said.Lock()
		defer said.Unlock()
		fmt.Println(job.Intake)
		return err
	}, worker.Options{Postgres: true, Concurrency: 8, PollInterval: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return err
	}
	select {}
}

// finish makes a case of an intake, as a report becomes one: once, or the store
// refuses.
func finish(ctx context.Context, s *store.Store, job coc.Job) error {
	c := coc.Case{ID: coc.CaseID(fmt.Sprintf("case-%d", job.Intake)), Revision: 1, Stage: coc.StageReceived}
	return s.Commit(ctx, coc.Change{Intake: job.Intake, Cases: []coc.Case{c}})
}

func TestJobsOfAKilledReplicaAreTakenOver(t *testing.T) {
	t.Parallel()
	url := postgrestest.URL(t)
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, text, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(t, url, keys)
	const intakes = 40
	for i := range intakes {
		if _, err := s.Take(t.Context(), coc.Intake{Delivery: fmt.Sprint("guid-", i), Received: time.Now(), Payload: coc.NewProse("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childURL+"="+url, childKey+"="+key)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 5 { // it works, and some of its jobs hang
		if !lines.Scan() {
			t.Fatal("the replica ended by itself")
		}
		if _, err := strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "jobs of the replica hang", func() bool {
		var n int
		err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE state = 'running'`).Scan(&n)
		return err == nil && n > 1
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	var log logbook
	start(t, queue{s.DB(), true}, func(ctx context.Context, job coc.Job, _ int) error {
		return finish(ctx, s, job)
	}, worker.Options{RescueAfter: time.Second, Log: zerolog.New(&log)})
	until(t, "every intake is done", func() bool {
		at, err := s.OldestUndone(t.Context())
		return err == nil && at.IsZero()
	})
	if got, err := s.Stages(t.Context()); err != nil || got[coc.StageReceived] != intakes {
		t.Errorf("%d reports became %v cases, %v", intakes, got, err)
	}
	if text := log.String(); text == "" {
		t.Error("the log says nothing of jobs that were taken over")
	}
}

// A machine whose clock is wrong neither loses its jobs to others while it works
// nor takes theirs, and fires no timer early.
func TestReplicasWithWrongClocksLeaveEachOtherTheirJobs(t *testing.T) {
	t.Parallel()
	url, keys := postgrestest.URL(t), newKeys(t)
	const held = 3 * time.Second // longer than a keeper takes to look again
	var started, timers atomic.Int32
	begun := time.Now()
	var stores []*store.Store
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		s, err := store.Open(t.Context(), url, keys, store.Options{Machine: func() time.Time { return time.Now().Add(off) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		stores = append(stores, s)
		start(t, queue{s.DB(), true}, func(_ context.Context, job coc.Job, attempt int) error {
			if attempt != 1 {
				t.Errorf("%s %d is at attempt %d", job.Kind, job.N, attempt)
			}
			if job.Kind == coc.JobStanding {
				timers.Add(1)
				if early := time.Until(begun.Add(2 * time.Second)); early > 100*time.Millisecond {
					t.Errorf("a timer fires %v early", early)
				}
				return nil
			}
			started.Add(1)
			time.Sleep(held) // an attempt that lasts
			return nil
		}, worker.Options{Now: s.Now, Concurrency: 4, RescueAfter: held + 2*time.Second})
	}
	const jobs = 8 // as many as all have hands
	for i := range jobs {
		s := stores[i%2]
		if err := s.Commit(t.Context(), coc.Change{Jobs: []coc.Job{
			{Kind: coc.JobShow, N: i, At: s.Now()}, {Kind: coc.JobStanding, N: i, At: begun.Add(2 * time.Second)},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "all is done", func() bool {
		var n int
		err := stores[0].DB().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE state = 'completed'`).Scan(&n)
		return err == nil && n == 2*jobs
	})
	if n := started.Load(); n != jobs {
		t.Errorf("%d jobs were started %d times", jobs, n)
	}
	if n := timers.Load(); n != jobs {
		t.Errorf("%d timers fired %d times", jobs, n)
	}
}

// TestTimersFireOnceAmongReplicas lets many timers come due at one moment while
// three workers look for them.
func TestTimersFireOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	url, keys := postgrestest.URL(t), newKeys(t)
	var clock atomic.Int64
	noon := time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return noon.Add(time.Duration(clock.Load())) }
	open := func() *store.Store {
		s, err := store.Open(t.Context(), url, keys, store.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	const timers = 100
	var jobs []coc.Job
	for i := range timers {
		jobs = append(jobs, coc.Job{Kind: coc.JobStanding, N: i, At: noon.Add(72 * time.Hour)})
	}
	var fired [timers]atomic.Int32
	for replica := range 3 {
		s := open()
		if replica == 0 {
			if err := s.Commit(t.Context(), coc.Change{Jobs: jobs}); err != nil {
				t.Fatal(err)
			}
		}
		start(t, queue{s.DB(), true}, func(_ context.Context, job coc.Job, attempt int) error {
			if job.Kind != coc.JobStanding {
				return nil
			}
			if attempt != 1 {
				t.Errorf("timer %d is at attempt %d", job.N, attempt)
			}
			fired[job.N].Add(1)
			return nil
		}, worker.Options{Now: now})
	}
	s := open()
	done := func() (n int) {
		t.Helper()
		if err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE state = 'completed'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	clock.Store(int64(72*time.Hour - time.Second))
	if err := s.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobShow, At: now()}}}); err != nil {
		t.Fatal(err)
	}
	until(t, "the workers work", func() bool { return done() > 0 })
	if n := done(); n != 1 {
		t.Errorf("%d jobs are done: timers fired a second too early", n)
	}
	clock.Store(int64(72 * time.Hour))
	until(t, "all have fired", func() bool { return done() == timers+1 })
	for i := range fired {
		if n := fired[i].Load(); n != 1 {
			t.Errorf("timer %d fired %d times", i, n)
		}
	}
}

// TestQueueRunsOnTheGivenClock moves a clock that real time knows nothing of, in
// either database: one that stands, is set ahead, and is years behind.
func TestQueueRunsOnTheGivenClock(t *testing.T) {
	everywhere(t, queueRunsOnTheGivenClock)
}

func queueRunsOnTheGivenClock(t *testing.T, newQueue func(t *testing.T) queue) {
	// To the second: a clock that stands must not stand before a time that was
	// rounded up.
	today := time.Now().Truncate(time.Second)
	for _, from := range []time.Time{today.AddDate(-1, 0, 0), today.AddDate(1, 0, 0)} {
		var clock atomic.Int64
		now := func() time.Time { return from.Add(time.Duration(clock.Load())) }
		q := newQueue(t)
		q.addAt(t, coc.Job{Kind: coc.JobShow, Case: "one"}, 25, now())
		var seen calls
		w := start(t, q, func(_ context.Context, job coc.Job, attempt int) error {
			seen.add(job, attempt)
			switch attempt {
			case 1:
				return coc.Later{After: now().Add(20 * time.Hour)}
			case 2:
				return errors.New("what")
			}
			return nil
		}, worker.Options{Now: now})
		runs := func(n int) {
			t.Helper()
			until(t, fmt.Sprintf("run %d", n), func() bool { return len(seen.made()) == n && q.row(t, 1).state != "running" })
		}
		runs(1)
		clock.Store(int64(20*time.Hour - time.Minute))
		if r := q.row(t, 1); r.state != "scheduled" || len(seen.made()) != 1 {
			t.Errorf("a minute early: %+v", r)
		}
		clock.Store(int64(20 * time.Hour))
		runs(2)
		clock.Add(int64(time.Hour)) // longer than any retry waits
		runs(3)
		until(t, "it is done", func() bool { return q.row(t, 1).state == "completed" })
		clock.Add(int64(25 * time.Hour))
		stop(t, w, patience)
	}
}
