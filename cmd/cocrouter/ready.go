package main

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

const (
	// readyWithin is how long the answer of /readyz may take.
	readyWithin = 2 * time.Second
	// readyFor is how long an answer of the store holds. Finding out costs a
	// commit, and balancers ask as often as they like.
	readyFor = time.Second
)

// probe asks the store whether it can write, once a second at most and one
// at a time, however many ask.
type probe struct {
	check func(context.Context) error
	turn  chan struct{} // full while somebody has what follows
	asked time.Time
	err   error
}

func newProbe(check func(context.Context) error) *probe {
	return &probe{check: check, turn: make(chan struct{}, 1)}
}

// ready is nil while the store can write. Who waits behind a store that hangs
// gets their own context's error.
func (r *probe) ready(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if time.Since(r.asked) >= readyFor {
		r.err = r.check(ctx)
		r.asked = time.Now()
	}
	return r.err
}

// serve answers /readyz.
func (r *probe) serve(log zerolog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		// Others may be waiting for what this one finds out.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), readyWithin)
		defer cancel()
		if err := r.ready(ctx); err != nil {
			log.Error().Err(err).Msg("not ready")
			say(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		say(w, http.StatusOK, "ready")
	}
}
