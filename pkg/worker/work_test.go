package worker

import (
	"testing"
	"time"
)

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
