package worker

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// A dead worker's jobs are taken over within 90 s, and a living one's never.
func TestJobsAreTakenOverWithin90SecondsAndNotWhileTheyAreWorked(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", ":memory:") // nothing is asked of it
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w, err := New(db, func(context.Context, coc.Job, int) error { return nil }, Options{})
	if err != nil {
		t.Fatal(err)
	}
	k := w.keeper
	if worst := k.rescue + k.looks(); worst > 90*time.Second {
		t.Errorf("it may take %v", worst)
	}
	// An attempt, what follows its last one, and a margin for a busy machine.
	if lasts := jobTimeout + gaveUpTimeout; k.rescue < lasts+10*time.Second {
		t.Errorf("an attempt may last %v, and is given to another after %v", lasts, k.rescue)
	}
}

func TestBackOffDoublesAndIsCapped(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		attempt   int
		low, high time.Duration
	}{
		{-3, 800 * time.Millisecond, 1200 * time.Millisecond},
		{0, 800 * time.Millisecond, 1200 * time.Millisecond},
		{1, 800 * time.Millisecond, 1200 * time.Millisecond},
		{2, 1600 * time.Millisecond, 2400 * time.Millisecond},
		{8, 102 * time.Second, 154 * time.Second},
		{11, 13 * time.Minute, 15 * time.Minute},
		{25, 13 * time.Minute, 15 * time.Minute},
		{1 << 40, 13 * time.Minute, 15 * time.Minute},
	} {
		for range 50 {
			if d := backOff(tc.attempt); d < tc.low || d > tc.high {
				t.Fatalf("attempt %d waits %v", tc.attempt, d)
			}
		}
	}
}
