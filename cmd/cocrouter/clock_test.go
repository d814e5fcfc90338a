package main

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// settable is the system's clock until a test puts it forward, and goes on from
// there. The zero value is ready.
type settable struct{ ahead atomic.Int64 }

func (c *settable) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *settable) advance(by time.Duration) { c.ahead.Add(int64(by)) }

// TestWhatIsDueIn72HoursHappensWhenTheClockIsPutForward takes a story to where a
// new committee waits, and then only turns the clock.
func TestWhatIsDueIn72HoursHappensWhenTheClockIsPutForward(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(storiesFolder, "maintainer-replaces-the-committee")
	l, err := readLand(folder)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := readSteps(folder)
	if err != nil {
		t.Fatal(err)
	}
	w := newTelling(t, l)
	w.rest()
	for _, act := range steps[1].acts { // the new coc.yaml
		if err := act(w); err != nil {
			t.Fatal(err)
		}
	}
	w.rest()
	waiting := func() []store.Queued {
		t.Helper()
		jobs, err := w.server.store.Jobs(t.Context(), 10, store.JobScheduled)
		if err != nil {
			t.Fatal(err)
		}
		return jobs
	}
	jobs := waiting()
	if len(jobs) != 1 || jobs[0].Job.Kind != coc.JobStanding || jobs[0].Next.Sub(w.now()) < 71*time.Hour {
		t.Fatalf("what waits: %+v", jobs)
	}
	standing := func() coc.Standing {
		t.Helper()
		st, err := w.server.store.StandingByKey(t.Context(), jobs[0].Job.Standing)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	w.advance(71 * time.Hour)
	w.rest()
	if st := standing(); st.Waiting == nil || len(waiting()) != 1 {
		t.Errorf("an hour too early: %+v", st)
	}
	w.advance(2 * time.Hour)
	waitFor(t, func() bool { return standing().Waiting == nil && len(waiting()) == 0 })
	if st := standing(); st.Committee.Name != "Friendly Committee" {
		t.Errorf("in force is %q", st.Committee.Name)
	}
}
