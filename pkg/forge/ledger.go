package forge

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// lookEvery is how old may be what a process knows of the pauses that others
	// were told of.
	lookEvery = 10 * time.Second
	// Whoever waits for a look or for a pause to be written down has something
	// else to do.
	lookWithin = 2 * time.Second
	keepWithin = 5 * time.Second
)

// Ledger keeps what every installation has written and until when GitHub wants
// to be left alone, so that it outlives a restart and is shared by all who ask.
// An account is told by its installation's number, or by that of an App, made
// negative, which asks in its own name.
type Ledger interface {
	// Account replaces an account by what change makes of it, in one
	// transaction that excludes everybody else. change is given nil where there
	// is no account yet, and may be called more than once.
	Account(ctx context.Context, of int64, change func(account []byte) []byte) error
	// AccountNow is an account as it stands, nil where there is none.
	AccountNow(ctx context.Context, of int64) ([]byte, error)
}

// account is where a payer's account is.
func (p payer) account() int64 { return cmp.Or(p.installation, -p.app) }

// inMemory is the ledger of a process that keeps none.
type inMemory struct {
	mu       sync.Mutex
	accounts map[int64][]byte
}

func (m *inMemory) Account(_ context.Context, of int64, change func([]byte) []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[of] = change(m.accounts[of])
	return nil
}

func (m *inMemory) AccountNow(_ context.Context, of int64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.accounts[of], nil
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
// What cannot be counted is not written, and nothing is where GitHub told
// another replica to wait; told is what that heard. theirs is the time by
// GitHub's clock.
func (b *books) spend(ctx context.Context, installation int64, resource string, u Urgency, theirs time.Time) (told rests, err error) {
	if b.limits.off() {
		return rests{}, nil
	}
	var at int64
	var granted bool
	var spent []int64
	err = b.ledger.Account(ctx, installation, func(kept []byte) []byte {
		a := b.read(kept)
		granted, told, spent = false, a.rests, a.spent
		if told.of(resource) > theirs.UnixMilli() {
			return kept
		}
		at, granted = a.spend(b.now().UnixMilli(), u, b.limits)
		a.rests = a.rests.join(rests{}, theirs.UnixMilli())
		spent = a.spent
		return a.pack()
	})
	if err != nil {
		return rests{}, noLedger
	}
	b.mu.Lock()
	b.last[installation] = spent
	b.mu.Unlock()
	switch until := time.UnixMilli(told.of(resource)); {
	case granted:
		return told, waitUntil(ctx, b.now, time.UnixMilli(at))
	case until.After(theirs):
		return told, heldBack{reason: heldByLimit, until: b.now().Add(until.Sub(theirs)), cause: "GitHub asked us to wait"}
	default:
		return told, heldBack{reason: heldByBudget, until: time.UnixMilli(at), cause: "held back by our own pace", ours: true}
	}
}

var noLedger = heldBack{reason: heldByLedger, cause: "the ledger cannot be reached", ours: true}

// read is an account as it is kept. Where nobody knows what was written, it is
// as much as could have been.
func (b *books) read(kept []byte) account {
	a, err := readAccount(kept)
	if err != nil {
		a = account{spent: repeated(b.now().UnixMilli(), b.limits.Hour)}
	}
	return a
}

// learn looks up what the process before this one was told to wait for, or one
// beside it. Nothing is asked of GitHub before it is known; later, when it
// cannot be looked up, what is known holds until it can.
func (l lane) learn(ctx context.Context) error {
	first, due := l.quotas.look(l.payer, l.now())
	if !due {
		return nil
	}
	looking, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	kept, err := l.books.ledger.AccountNow(looking, l.account())
	switch {
	case err == nil:
		l.quotas.learn(l.payer, l.books.read(kept).rests, l.now(), l.ahead())
		l.keep(ctx)
	case first:
		return noLedger
	}
	return nil
}

// keep writes down until when GitHub wants to be left alone, where that is not
// written down yet. It is for others, so that what asks does not fail with it;
// it is tried again at the next look.
func (l lane) keep(ctx context.Context) {
	told, news := l.quotas.news(l.payer, l.now(), l.ahead())
	if !news {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	err := l.books.ledger.Account(ctx, l.account(), func(kept []byte) []byte {
		a := l.books.read(kept)
		a.rests = a.rests.join(told, l.theirs().UnixMilli())
		return a.pack()
	})
	if err != nil {
		l.log.Warn().Msg("forge: that GitHub asked us to wait cannot be written down; another process may not wait")
		return
	}
	l.quotas.kept(l.payer, told)
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
