package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// accelerated is a clock that shows Base when the system's shows Began, and runs
// Factor times as fast. As JSON in the environment it reaches the processes that
// a test starts, so that all of them have the same time.
type accelerated struct {
	Base, Began time.Time
	Factor      float64
}

// accelerate starts a clock at the present time.
func accelerate(factor float64) accelerated {
	now := time.Now().Round(0) // as another process has it, without the monotonic reading
	return accelerated{Base: now, Began: now, Factor: factor}
}

func (c accelerated) now() time.Time {
	return c.Base.Add(time.Duration(float64(time.Since(c.Began)) * c.Factor))
}

// clockVariable hands a clock to a child of the test; the product knows nothing
// of it.
const clockVariable = "COCROUTER_TEST_CLOCK"

func (c accelerated) environment() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // two times and a number
	}
	return clockVariable + "=" + string(b)
}

// clockOfParent is the clock that the parent of this process runs on; nil, the
// system's, where it said nothing.
func clockOfParent() (func() time.Time, error) {
	text := os.Getenv(clockVariable)
	if text == "" {
		return nil, nil
	}
	var c accelerated
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("%s: %w", clockVariable, err)
	}
	return c.now, nil
}

func TestClocksOfAParentAndItsChildShowTheSameTime(t *testing.T) {
	parent := accelerate(600)
	t.Setenv(clockVariable, strings.TrimPrefix(parent.environment(), clockVariable+"="))
	child, err := clockOfParent()
	if err != nil || child == nil {
		t.Fatal(err)
	}
	before, began := child(), time.Now()
	waitFor(t, func() bool { return time.Since(began) > 20*time.Millisecond })
	if d := child().Sub(parent.now()).Abs(); d > time.Minute {
		t.Errorf("%v apart", d)
	}
	if passed := child().Sub(before); passed < 12*time.Second {
		t.Errorf("%v passed in 20 ms, want 600 times as much", passed)
	}
	t.Setenv(clockVariable, "noon")
	if _, err := clockOfParent(); err == nil {
		t.Error("a clock that cannot be read is taken for none")
	}
}

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
