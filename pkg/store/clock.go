package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// compareEvery is how often the machine's clock is held against the
	// database's, and compareWithin how long that may take.
	compareEvery  = time.Minute
	compareWithin = 2 * time.Second
	// comparisons are made when a store opens: the quickest is the nearest.
	comparisons = 5
	// sameClock is a difference that may come from the asking alone.
	sameClock = 20 * time.Millisecond
)

// machineClock is the machine's clock, put right by the database's where several
// machines share one: what one of them writes, a claim or a lease or a time to
// come back, another judges, and on a wrong clock would take from it while it
// works.
type machineClock struct {
	machine func() time.Time
	ahead   atomic.Int64 // of the database's before the machine's
}

func (c *machineClock) now() time.Time { return c.machine().Add(time.Duration(c.ahead.Load())) }

// Now is the time by which everything here is judged: Options.Now, or else the
// machine's, on PostgreSQL put right by the database's. Whoever works beside the
// store, the queue's worker above all, must have the same.
func (s *Store) Now() time.Time { return s.opts.Now() }

// compareClocks learns how far the database's clock is ahead, from so many
// questions, where it is shared.
func (s *Store) compareClocks(ctx context.Context, questions int) error {
	if !s.dialect.shared {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	var ahead, best time.Duration
	for n := range questions {
		var theirs time.Time
		before := s.clock.machine()
		if err := s.db.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
			return fmt.Errorf("reading the database's clock: %w", err)
		}
		if took := s.clock.machine().Sub(before); n == 0 || took < best {
			ahead, best = theirs.Sub(before.Add(took/2)), took
		}
	}
	if was := time.Duration(s.clock.ahead.Load()); (ahead - was).Abs() > sameClock+best/2 {
		s.clock.ahead.Store(int64(ahead))
	}
	return nil
}
