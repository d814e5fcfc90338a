package forge

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Ledger keeps what every installation has written, so that it outlives a
// restart and is shared by all who write.
type Ledger interface {
	// Account replaces the account of an installation by what change makes of
	// it, in one transaction that excludes everybody else. change is given nil
	// where there is no account yet, and may be called more than once.
	Account(ctx context.Context, installation int64, change func(account []byte) []byte) error
}

// inMemory is the ledger of a process that keeps none.
type inMemory struct {
	mu       sync.Mutex
	accounts map[int64][]byte
}

func (m *inMemory) Account(_ context.Context, installation int64, change func([]byte) []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[installation] = change(m.accounts[installation])
	return nil
}

// books lets writes pass as the ledger has room for them.
type books struct {
	ledger Ledger
	limits Limits
	now    func() time.Time

	mu   sync.Mutex
	last map[int64][]int64 // what each installation had written, when it last wrote
}

// spend counts a write of an installation, or says when there will be room.
// What cannot be counted is not written.
func (b *books) spend(ctx context.Context, installation int64, u Urgency) error {
	if b.limits.off() {
		return nil
	}
	var at int64
	var granted bool
	var spent []int64
	err := b.ledger.Account(ctx, installation, func(kept []byte) []byte {
		now := b.now().UnixMilli()
		a, err := readAccount(kept)
		if err != nil {
			// Nobody knows what was written: as much as could have been.
			a = account{spent: repeated(now, b.limits.Hour)}
		}
		at, granted = a.spend(now, u, b.limits)
		spent = a.spent
		return a.pack()
	})
	if err != nil {
		return heldBack{reason: heldByLedger, cause: "the ledger of writes cannot be reached", ours: true}
	}
	b.mu.Lock()
	b.last[installation] = spent
	b.mu.Unlock()
	if !granted {
		return heldBack{reason: heldByBudget, until: time.UnixMilli(at), cause: "held back by our own pace", ours: true}
	}
	return waitUntil(ctx, b.now, time.UnixMilli(at))
}

func repeated(t int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = t
	}
	return out
}

// waitUntil sleeps an instant, on a clock that may run at another speed than
// the system's, or stand still: then it sleeps no longer than an instant.
func waitUntil(ctx context.Context, now func() time.Time, at time.Time) error {
	if !now().Before(at) {
		return nil
	}
	tick := time.NewTicker(instant * time.Millisecond / 100)
	defer tick.Stop()
	for range 100 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for its turn: %w", ctx.Err())
		case <-tick.C:
			if !now().Before(at) {
				return nil
			}
		}
	}
	return nil
}

// Left is what one installation may still do. Which one it does not say.
type Left struct {
	// Writes of the hour, of our own budget, as a share from 0 to 1.
	Writes float64
	// Requests of the hour, as GitHub said last, as a share from 0 to 1; 1
	// where it said nothing, or its hour is over.
	Requests float64
}

// Budget is what is left for each installation that was heard of within the
// last hour, in no order.
func (f *Forge) Budget() []Left {
	left := map[int64]Left{}
	for id, share := range f.wire.quotas.left(f.now()) {
		left[id] = Left{Writes: 1, Requests: share}
	}
	for id, share := range f.wire.books.left() {
		l, known := left[id]
		if !known {
			l.Requests = 1
		}
		l.Writes = share
		left[id] = l
	}
	var out []Left
	for _, l := range left {
		out = append(out, l)
	}
	return out
}

// left is the share of the hour's writes that each installation has. One that
// has written nothing for an hour is forgotten.
func (b *books) left() map[int64]float64 {
	begin := b.now().UnixMilli() - hour
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[int64]float64{}
	for id, spent := range b.last {
		n := 0
		for _, t := range spent {
			if t > begin {
				n++
			}
		}
		if n == 0 {
			delete(b.last, id)
			continue
		}
		out[id] = max(1-float64(n)/float64(b.limits.Hour), 0)
	}
	return out
}
