package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// leases are held in memory; the package comment says why.
type leases struct {
	mu   sync.Mutex
	held map[string]*lease
}

type lease struct{ until time.Time }

// Lease gives the only right to work under a key until release is called or ttl
// has passed; then another may have it. coc.ErrBusy: somebody has it.
func (s *Store) Lease(ctx context.Context, key string, ttl time.Duration) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	l, now := &s.leases, s.opts.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if h, ok := l.held[key]; ok && now.Before(h.until) {
		return nil, fmt.Errorf("lease: %w", coc.ErrBusy)
	}
	if l.held == nil {
		l.held = map[string]*lease{}
	}
	mine := &lease{until: now.Add(ttl)}
	l.held[key] = mine
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		// One that outlived its time must not release its successor's.
		if l.held[key] == mine {
			delete(l.held, key)
		}
	}, nil
}
