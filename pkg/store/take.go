package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

const (
	// batchLimit bounds one shared commit, and how many callers wait in line
	// before the next ones wait to stand in line; batchBytes bounds it where
	// deliveries are large.
	batchLimit = 256
	batchBytes = 8 << 20
	// commitWithin bounds one shared commit, so that a database that was away
	// and is back finds nobody still waiting for its answer.
	commitWithin = 10 * time.Second
	// clashes is how often a batch is tried that another process's is in the way
	// of; one of the two gets through each time.
	clashes = 5
	// tidyEvery is how often what was erased is swept from the logs.
	tidyEvery = time.Minute
)

var errClosed = errors.New("the store is closed")

// taking is an intake on its way into the next commit.
type taking struct {
	delivery, object, lane string
	received               time.Time
	priority               int
	key                    int64
	sealed                 []byte

	// begun is set by whoever is first: the committer, or the caller who gives
	// up, after which it is not committed any more.
	begun atomic.Bool
	done  chan struct{} // closed when the fields below hold
	id    int64         // 0: it was taken before
	err   error
}

// Take makes an intake durable, together with the job that works on it. fresh
// is false when the same delivery or object was taken before; that is not an
// error. Concurrent calls share one commit. After an error nothing was taken,
// unless it is coc.ErrUnsure: then it may be durable or not. Taking it again is
// harmless in any case. coc.ErrBusy: the context would end before the commit
// does, so that it was not even tried.
func (s *Store) Take(ctx context.Context, in coc.Intake) (fresh bool, err error) {
	if in.Delivery == "" {
		return false, errors.New("taking an intake: it has no delivery to tell it by")
	}
	if deadline, ok := ctx.Deadline(); ok && s.line.wait() > time.Until(deadline) {
		return false, fmt.Errorf("taking an intake: %w", coc.ErrBusy)
	}
	fresh, err = s.take(ctx, in)
	if errors.Is(err, errKeyGone) {
		// Nothing was written, and the next key is a new one.
		fresh, err = s.take(ctx, in)
	}
	if err != nil {
		return false, fmt.Errorf("taking an intake: %w", err)
	}
	return fresh, nil
}

// errKeyGone: another process took the key of a batch for forgotten, because
// this one had stood still for minutes, and erased it.
var errKeyGone = errors.New("its key has been erased")

func (s *Store) take(ctx context.Context, in coc.Intake) (fresh bool, err error) {
	t, err := s.sealIntake(ctx, in)
	if err != nil {
		return false, err
	}
	if err := s.hand(ctx, t); err != nil {
		s.ring.release(t.key)
		return false, err
	}
	select {
	case <-t.done:
		return t.id != 0, t.err
	case <-ctx.Done():
		if t.begun.CompareAndSwap(false, true) {
			return false, ctx.Err()
		}
		return false, fmt.Errorf("%w: %w", coc.ErrUnsure, ctx.Err())
	}
}

// sealIntake does in the caller's goroutine all that needs no disk. The key it
// used is to be released when the row is committed or given up.
func (s *Store) sealIntake(ctx context.Context, in coc.Intake) (*taking, error) {
	t := &taking{
		delivery: s.keys.Digest("delivery", in.Delivery),
		received: in.Received,
		priority: in.Priority,
		done:     make(chan struct{}),
	}
	if in.Object != "" {
		t.object = s.keys.Digest("object", in.Object)
	}
	if in.Lane != "" {
		t.lane = s.keys.Digest("lane", in.Lane)
	}
	words := in.Payload
	in.Payload = coc.Prose{}
	plain, err := seal.MarshalBeside(in, words)
	if err != nil {
		return nil, err
	}
	var key *seal.DataKey
	if t.key, key, err = s.ring.useIntakeKey(ctx); err != nil {
		return nil, err
	}
	t.sealed = key.SealCompressed(intakePlace(t.delivery), plain)
	return t, nil
}

// intakePlace binds an intake to its row by the delivery, because the row has
// no number before it is written.
func intakePlace(delivery string) seal.Place {
	return seal.Place{Purpose: "intake", Of: delivery}
}

// hand puts an intake in line for the committer, which takes all that is in
// line before it ends.
func (s *Store) hand(ctx context.Context, t *taking) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	s.line.join()
	select {
	case s.takes <- t:
		return nil
	case <-ctx.Done():
		s.line.leave(1)
		return ctx.Err()
	}
}

// commitTakes commits what is in line, all of it at once, until Close. Whoever
// comes while it commits is in the next batch, so that the load itself decides
// how many share a commit, and a single caller waits for nobody.
func (s *Store) commitTakes() {
	tick, compare := time.NewTicker(tidyEvery), time.NewTicker(compareEvery)
	defer tick.Stop()
	defer compare.Stop()
	for {
		select {
		case first, open := <-s.takes:
			if !open {
				return
			}
			s.commitBatch(s.gather(first))
		case <-tick.C:
			// What could not be swept now is swept a minute later.
			ctx, cancel := context.WithTimeout(context.Background(), tidyEvery)
			s.line.busy(func() { _ = errors.Join(s.tidy(ctx, false), s.forgetExpired(ctx)) })
			cancel()
		case <-compare.C:
			// A database that does not answer now tells its time a minute later.
			s.line.busy(func() { _ = s.compareClocks(context.Background(), 1) })
		}
	}
}

func (s *Store) gather(first *taking) []*taking {
	batch := []*taking{first}
	for size := len(first.sealed); len(batch) < batchLimit && size < batchBytes; {
		select {
		case t, open := <-s.takes:
			if !open {
				return batch
			}
			batch = append(batch, t)
			size += len(t.sealed)
		default:
			return batch
		}
	}
	return batch
}

// commitBatch is one transaction: all of it holds when the callers are woken, or
// all of them get the error. No caller's context ends it for the others; those
// whose callers gave up before it began are not in it.
func (s *Store) commitBatch(batch []*taking) {
	ctx, cancel := context.WithTimeout(context.Background(), commitWithin)
	defer cancel()
	s.line.leave(len(batch))
	batch = slices.DeleteFunc(batch, func(t *taking) bool {
		gone := !t.begun.CompareAndSwap(false, true)
		if gone {
			s.ring.release(t.key)
		}
		return gone
	})
	if len(batch) == 0 {
		return
	}
	var err error
	took := s.line.busy(func() {
		err = s.insertIntakes(ctx, batch)
		for n := 1; err != nil && s.dialect.clash(err) && n < clashes; n++ {
			err = s.insertIntakes(ctx, batch)
		}
	})
	switch {
	case err == nil:
		s.opts.Taken(len(batch), took)
	case s.dialect.keyGone(err):
		for _, t := range batch {
			s.ring.drop(t.key)
		}
		err = errKeyGone
	}
	for _, t := range batch {
		if t.err = err; err != nil {
			t.id = 0
		}
		s.ring.release(t.key)
		close(t.done)
	}
}

func (s *Store) insertIntakes(ctx context.Context, batch []*taking) error {
	return s.write(ctx, s.db, func(tx *sql.Tx) error {
		if err := s.dialect.insert(ctx, tx, batch); err != nil {
			return err
		}
		var jobs []coc.Job
		for _, t := range batch {
			if t.id != 0 {
				jobs = append(jobs, coc.Job{Kind: coc.JobIntake, Intake: t.id, Priority: t.priority})
			}
		}
		return s.enqueue(ctx, tx, jobs)
	})
}

// null keeps what is not there out of unique indexes.
func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
