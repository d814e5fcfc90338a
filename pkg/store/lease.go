package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// leases are held in memory where one process has the store for itself, and in
// rows where several do; the package comment says why.
type leases struct {
	mu   sync.Mutex
	held map[string]*lease
	mine string // the holder's name of this process's rows
}

type lease struct{ until time.Time }

// Lease gives the only right to work under a key until release is called or ttl
// has passed; then another may have it. coc.ErrBusy: somebody has it, in this
// process or in another.
func (s *Store) Lease(ctx context.Context, key string, ttl time.Duration) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	if s.dialect.shared {
		return s.leaseRow(ctx, s.keys.Digest("lease", key), ttl)
	}
	l, now := &s.leases, s.opts.LeaseNow()
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

// releaseWithin bounds the release of a row, which nobody waits for; a lease
// that cannot be released ends by its time.
const releaseWithin = 5 * time.Second

// leaseRow is a row for as long as the lease is held. Its holder is a name for
// this process and one for this lease.
func (s *Store) leaseRow(ctx context.Context, key string, ttl time.Duration) (release func(), err error) {
	now, holder := s.opts.LeaseNow(), s.leases.process()+"/"+rand.Text()
	r, err := s.db.ExecContext(ctx, `
		INSERT INTO leases (key, holder, until) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE leases.until <= ?`,
		key, holder, millis(now.Add(ttl)), millis(now))
	if err := changedOne(r, err, coc.ErrBusy); err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
		defer cancel()
		_, _ = s.db.ExecContext(ctx, `DELETE FROM leases WHERE key = ? AND holder = ?`, key, holder)
	}, nil
}

// process is the name of this process among those that share the store.
func (l *leases) process() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mine == "" {
		l.mine = rand.Text()
	}
	return l.mine
}

// forgetLeases removes the rows of those that ended without release, and at the
// end of all those of this process.
func (s *Store) forgetLeases(ctx context.Context, end bool) error {
	mine := ""
	if end {
		mine = s.leases.process()
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM leases WHERE until <= ? OR split_part(holder, '/', 1) = ?`, millis(s.opts.LeaseNow()), mine)
	if err != nil {
		return fmt.Errorf("removing leases that have ended: %w", err)
	}
	return nil
}
