package forge

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// So many calls in a row that GitHub leaves without a proper answer, and what
	// they are about is left alone for a while.
	failuresToClose = 3
	firstRest       = 5 * time.Second
	longestRest     = 5 * time.Minute
	// Of calls that cannot begin, the n-th is told to come back after so many
	// times this, but at most after longestLine.
	turnEvery   = 500 * time.Millisecond
	unpacedTurn = 10 * time.Millisecond // where nothing paces what is written
	longestLine = 10 * time.Minute
	// How long a person stands in line who waits for a page.
	standsWithin = 15 * time.Second
	looksEvery   = 10 * time.Millisecond
	keptGates    = 4096
)

// underway is how many calls for one owner may be under way at once, by
// urgency: a hanging one holds a place in the worker, and the others need
// those.
var underway = [classes]int{Reminders: 2, Commands: 3, Intake: 4}

// gates keep one owner's troubles from everybody else. What belongs to no owner,
// an App's own data, counts as the owner "".
//
// Calls under way are counted for each owner. Whether they fail is looked at for
// each of its repositories and, as the permissions divide them, for its files,
// its people and its issues: after a while casework takes "not now" for an
// answer, and one thing that ails must not answer for another.
type gates struct {
	mu     sync.Mutex
	owners map[string]*doorway
	of     map[string]*gate // by owner and what of it
	every  time.Duration    // instead of turnEvery, if it is not 0
}

// doorway is an owner's, with so much room.
type doorway struct {
	under int
	line  line
}

// gate closes where calls keep failing.
type gate struct {
	failures int
	rest     time.Duration // how long it is closed for; 0: it is open
	until    time.Time
	probing  bool // one call is finding out whether it can open
	line     line
}

// line is when the last of those that wait comes back, by urgency.
type line [classes]time.Time

// outcome is what a call says of GitHub.
type outcome int

const (
	saysNothing outcome = iota
	answers
	fails
)

type insideKey struct{}

// enter lets a call about something of an owner's begin, or says when to come
// back. leave is to be called when it has ended, and may say when to try again.
// A call that is made within another for the same owner is part of that one.
func (g *gates) enter(ctx context.Context, owner, about string, now time.Time) (inside context.Context, leave func(outcome, time.Time) time.Time, err error) {
	owner, about = strings.ToLower(owner), strings.ToLower(about)
	if within, ok := ctx.Value(insideKey{}).(string); ok && within == owner {
		return ctx, func(outcome, time.Time) time.Time { return time.Time{} }, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	door, at, u := g.door(owner), g.gate(owner+"/"+about), urgencyOf(ctx)
	if at.rest > 0 && (at.probing || now.Before(at.until)) {
		return ctx, nil, heldBack{reason: heldByFailures, until: at.line.turn(u, now, at.until, g.spacing()), cause: "no proper answer of late"}
	}
	if door.under >= underway[u] {
		full := heldBack{reason: heldByCalls, until: now, cause: "enough calls are under way", ours: true}
		if !awaits(ctx) {
			full.until = door.line.turn(u, now, now, g.spacing())
		}
		return ctx, nil, full
	}
	door.under++
	probe := at.rest > 0
	at.probing = probe
	return context.WithValue(ctx, insideKey{}, owner), func(o outcome, now time.Time) time.Time {
		g.mu.Lock()
		defer g.mu.Unlock()
		door.under--
		return at.leave(u, probe, o, now, g.spacing())
	}, nil
}

// begin is enter, for whom a person waits: where enough calls are under way, theirs begins
// when one of those has ended. Nothing of GitHub keeps it back, and whoever is told "not
// now" on a page is shown what a stranger is.
func (g *gates) begin(ctx context.Context, owner, about string, clock func() time.Time) (context.Context, func(outcome, time.Time) time.Time, error) {
	line, cancel := context.WithTimeout(ctx, standsWithin)
	defer cancel()
	for {
		var held heldBack
		inside, leave, err := g.enter(ctx, owner, about, clock())
		if err == nil || !awaits(ctx) || !errors.As(err, &held) || held.reason != heldByCalls {
			return inside, leave, err
		}
		select {
		case <-line.Done():
			return inside, leave, err
		case <-time.After(looksEvery):
		}
	}
}

// spacing is how far apart those that wait come back.
func (g *gates) spacing() time.Duration { return cmp.Or(g.every, turnEvery) }

// leave notes how a call ended. Where it failed and the gate is closed now, it
// says when the call is to come back.
func (at *gate) leave(u Urgency, probe bool, o outcome, now time.Time, every time.Duration) time.Time {
	if probe {
		at.probing = false
	}
	switch o {
	case saysNothing:
		return time.Time{}
	case answers:
		at.failures, at.rest = 0, 0
		return time.Time{}
	}
	at.failures++
	switch {
	case at.rest == 0 && at.failures >= failuresToClose:
		at.rest = firstRest
	case at.rest == 0: // also after a probe, if another call was answered meanwhile
		return time.Time{}
	case probe:
		at.rest = min(2*at.rest, longestRest)
	default: // it had begun before
		return at.line.turn(u, now, at.until, every)
	}
	// Those that failed together do not come back together.
	at.until = now.Add(at.rest*4/5 + rand.N(at.rest*2/5))
	return at.line.turn(u, now, at.until, every)
}

// door finds or makes an owner's. Owners and repositories are what people type
// into a form: of those, only the ones that are in use or in trouble are worth
// keeping.
func (g *gates) door(owner string) *doorway {
	if door := g.owners[owner]; door != nil {
		return door
	}
	if len(g.owners) >= keptGates {
		maps.DeleteFunc(g.owners, func(_ string, d *doorway) bool { return d.under == 0 })
	}
	g.owners[owner] = &doorway{}
	return g.owners[owner]
}

func (g *gates) gate(name string) *gate {
	if at := g.of[name]; at != nil {
		return at
	}
	if len(g.of) >= keptGates {
		maps.DeleteFunc(g.of, func(_ string, at *gate) bool { return at.rest == 0 })
	}
	g.of[name] = &gate{}
	return g.of[name]
}

// turn gives a call that cannot begin the next free time from then on, so that
// many of them come back one by one.
func (l *line) turn(u Urgency, now, from time.Time, every time.Duration) time.Time {
	if from.Before(now) {
		from = now
	}
	at := from.Add(every)
	if next := l[u].Add(every); next.After(at) {
		at = next
	}
	if end := from.Add(longestLine); at.After(end) {
		at = end
	}
	l[u] = at
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
