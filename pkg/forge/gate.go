package forge

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// So many calls in a row that GitHub leaves without a proper answer, and an
	// owner is left alone for a while.
	failuresToClose = 3
	firstRest       = 5 * time.Second
	longestRest     = 5 * time.Minute
	// Of calls that find no place, the n-th is told to come back after so many
	// times this, but at most after longestLine.
	turnEvery   = 500 * time.Millisecond
	longestLine = 10 * time.Minute
	keptGates   = 4096
)

// underway is how many calls for one owner may be under way at once, by
// urgency: a hanging one holds a place in the worker, and the others need
// those.
var underway = [classes]int{Reminders: 2, Commands: 3, Intake: 4}

// gates keep one owner's troubles from everybody else. What belongs to no owner,
// an App's own data, has a gate of its own, under "".
type gates struct {
	mu sync.Mutex
	of map[string]*gate
}

type gate struct {
	under    int
	failures int
	rest     time.Duration // how long it rests; 0: it is open
	until    time.Time
	probing  bool // one call is finding out whether it can open
	turns    [classes]time.Time
}

// outcome is what a call says of GitHub.
type outcome int

const (
	saysNothing outcome = iota
	answers
	fails
)

type insideKey struct{}

// enter lets a call for an owner begin, or says when to come back. leave is to
// be called when it has ended, and may say when to try again. A call that
// is made within another for the same owner is part of that one.
func (g *gates) enter(ctx context.Context, owner string, now time.Time) (inside context.Context, leave func(outcome, time.Time) time.Time, err error) {
	owner = strings.ToLower(owner)
	if within, ok := ctx.Value(insideKey{}).(string); ok && within == owner {
		return ctx, func(outcome, time.Time) time.Time { return time.Time{} }, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	is, u := g.at(owner), urgencyOf(ctx)
	if is.rest > 0 && (is.probing || now.Before(is.until)) {
		return ctx, nil, heldBack{reason: heldByFailures, until: is.turn(u, now, is.until), cause: "no proper answer of late"}
	}
	if is.under >= underway[u] {
		return ctx, nil, heldBack{reason: heldByCalls, until: is.turn(u, now, now), cause: "enough calls are under way", ours: true}
	}
	is.under++
	probe := is.rest > 0
	is.probing = probe
	return context.WithValue(ctx, insideKey{}, owner), func(o outcome, now time.Time) time.Time {
		return g.leave(is, u, probe, o, now)
	}, nil
}

// leave notes how a call ended. Where it failed and the owner rests now, it says
// when the call is to come back.
func (g *gates) leave(is *gate, u Urgency, probe bool, o outcome, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	is.under--
	if probe {
		is.probing = false
	}
	switch o {
	case saysNothing:
		return time.Time{}
	case answers:
		is.failures, is.rest = 0, 0
		return time.Time{}
	}
	is.failures++
	switch {
	case probe:
		is.rest = min(2*is.rest, longestRest)
	case is.rest == 0 && is.failures >= failuresToClose:
		is.rest = firstRest
	case is.rest == 0:
		return time.Time{}
	default: // it had begun before
		return is.turn(u, now, is.until)
	}
	// Those that failed together do not come back together.
	is.until = now.Add(is.rest*4/5 + rand.N(is.rest*2/5))
	return is.turn(u, now, is.until)
}

// at finds or makes an owner's gate. Owners are what people type into a form:
// of those, only the ones in trouble are worth keeping.
func (g *gates) at(owner string) *gate {
	if is := g.of[owner]; is != nil {
		return is
	}
	if len(g.of) >= keptGates {
		for name, is := range g.of {
			if is.under == 0 && is.rest == 0 {
				delete(g.of, name)
			}
		}
	}
	g.of[owner] = &gate{}
	return g.of[owner]
}

// turn gives a call that cannot begin the next free time from then on, so that
// many of them come back one by one.
func (is *gate) turn(u Urgency, now, from time.Time) time.Time {
	if from.Before(now) {
		from = now
	}
	at := from.Add(turnEvery)
	if next := is.turns[u].Add(turnEvery); next.After(at) {
		at = next
	}
	if end := from.Add(longestLine); at.After(end) {
		at = end
	}
	is.turns[u] = at
	return at
}

// outcomeOf is what a call's end says of GitHub: a limit is an answer of sorts, but
// not to what was asked, and a call within a call has spoken for itself.
func outcomeOf(err error) outcome {
	if err == nil {
		return answers
	}
	if a, ok := answered(err); ok {
		if a.status >= 500 {
			return fails
		}
		return answers
	}
	if errors.As(err, new(heldBack)) || errors.As(err, new(coc.Later)) || errors.Is(err, context.Canceled) || errors.Is(err, errAbroad) {
		return saysNothing
	}
	for _, is := range slices.Concat(worldErrors, []error{errStale, errTooMuch, errRefused}) {
		if errors.Is(err, is) {
			return answers
		}
	}
	return fails
}
