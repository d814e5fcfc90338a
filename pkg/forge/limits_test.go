package forge_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// books is a ledger that outlives a Forge.
type books struct {
	mu          sync.Mutex
	accounts    map[int64][]byte
	looks, kept int
	err         error
}

func (b *books) Account(_ context.Context, of int64, change func([]byte) []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	if b.accounts == nil {
		b.accounts = map[int64][]byte{}
	}
	b.accounts[of] = change(b.accounts[of])
	b.kept++
	return nil
}

func (b *books) AccountNow(_ context.Context, of int64) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looks++
	return b.accounts[of], b.err
}

// used is how often it was looked into and written since the last call.
func (b *books) used() (looks, kept int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	looks, kept = b.looks, b.kept
	b.looks, b.kept = 0, 0
	return looks, kept
}

// refusals counts what was held back, by reason.
type refusals struct {
	mu sync.Mutex
	of map[string]int
}

func (r *refusals) add(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]int{}
	}
	r.of[reason]++
}

func (r *refusals) take() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.of
	r.of = nil
	return was
}

// errand is a job that comes back when it is told to.
type errand struct {
	priority int
	do       func(ctx context.Context) error
	at       time.Time
	attempts int
	done     bool
	failed   error // neither done nor for later
}

// drive runs errands one at a time, in the order of their times, turning the
// clock, until all are done or the clock stands at end.
func drive(t *testing.T, clock clock, end time.Time, all []*errand) {
	t.Helper()
	for {
		var next *errand
		for _, e := range all {
			if !e.done && e.failed == nil && (next == nil || e.at.Before(next.at)) {
				next = e
			}
		}
		if next == nil || next.at.After(end) {
			return
		}
		clock.turn(max(next.at.Sub(clock.now()), time.Millisecond))
		next.attempts++
		err := next.do(forge.Urgent(t.Context(), next.priority))
		later, isLater := coc.IsLater(err)
		switch {
		case err == nil:
			next.done = true
		case !isLater:
			next.failed = err
		case later.After.IsZero(): // as the worker backs off
			next.at = clock.now().Add(min(time.Second<<min(next.attempts, 10), 15*time.Minute))
		default:
			next.at = later.After.Add(rand.N(5 * time.Second)) // as River brings it back
		}
	}
}

// clock is one that a test turns.
type clock interface {
	now() time.Time
	turn(d time.Duration) time.Time
}

// fast is a clock that runs by itself too, so that who waits an instant by it
// waits a shorter one by ours.
type fast struct {
	*turning
	began time.Time
}

func (c fast) now() time.Time { return c.turning.now().Add(20 * time.Since(c.began)) }

func newClock() *turning { return &turning{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// limited is a world whose GitHub has GitHub's limits.
func limited(t *testing.T, clock clock, o githubsim.Options) *world {
	t.Helper()
	o.Now = clock.now
	return newWorldWith(t, o)
}

func TestGitHubsLimitsOnContentAreNeverMet(t *testing.T) {
	t.Parallel()
	for name, ledger := range map[string]*books{"with a ledger": {}, "without one": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := fast{newClock(), time.Now()}
			w := limited(t, clock, githubsim.Options{Limits: githubsim.GitHubLimits()})
			var held refusals
			start := func() *forge.Forge {
				return w.another(func(o *forge.Options) {
					o.Limits, o.Refused = forge.Limits{}, held.add
					if ledger != nil {
						o.Ledger = ledger
					}
				})
			}
			f := start()
			issue, err := f.OpenIssue(forge.Urgent(t.Context(), 1), cases, "Heron", text("report"), nil, marker, false)
			w.must(err)
			var all []*errand
			for i := range 560 {
				all = append(all, &errand{priority: 1 + i%2, at: clock.now(), do: func(ctx context.Context) error {
					if i%100 == 99 && ledger != nil {
						f = start() // a restart, again and again
					}
					return f.Reply(ctx, in(cases, issue.Number), text("reply"), fmt.Sprint(marker, i), false)
				}})
			}
			drive(t, clock, clock.now().Add(3*time.Hour), all)
			attempts := 0
			for i, e := range all {
				if !e.done {
					t.Fatalf("reply %d is not there after %d attempts: %v", i, e.attempts, e.failed)
				}
				attempts += e.attempts
			}
			if n := w.Exceeded(); n != 0 {
				t.Errorf("%d requests were too many", n)
			}
			if attempts > 3*len(all) {
				t.Errorf("%d attempts for %d replies", attempts, len(all))
			}
		})
	}
}

func TestWriteThatCannotBeCountedIsNotMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ledger := &books{err: errors.New("the disk is full of canary words")}
	var held refusals
	f := w.another(func(o *forge.Options) { o.Limits, o.Ledger, o.Refused = forge.Limits{}, ledger, held.add })
	watched, wrote := forge.Watch(ctx(t))
	_, err := f.OpenIssue(watched, cases, "Heron", text("report"), nil, marker, false)
	if _, later := coc.IsLater(err); !later || strings.Contains(fmt.Sprintf("%+v", err), "canary") {
		t.Errorf("%v", err)
	}
	if wrote() || len(w.bodies("org-owner", cases)) != 0 {
		t.Error("it was written all the same")
	}
	if got := held.take(); got["ledger"] != 1 || len(got) != 1 {
		t.Errorf("held back: %v", got)
	}
	ledger.err = nil
	if _, err := f.OpenIssue(watched, cases, "Heron", text("report"), nil, marker, false); err != nil || !wrote() {
		t.Errorf("%v, wrote %v", err, wrote())
	}
}

func TestAnAccountThatCannotBeReadCountsAsSpent(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{accounts: map[int64][]byte{w.install[roomsID]: []byte("what is this")}}
	f := w.another(func(o *forge.Options) { o.Limits, o.Ledger = forge.Limits{}, ledger })
	open := func() error {
		return second(f.OpenIssue(forge.Urgent(ctx(t), 1), cases, "Heron", text("report"), nil, marker, false))
	}
	if later, ok := coc.IsLater(open()); !ok || later.After.Sub(clock.now()) < 59*time.Minute {
		t.Errorf("%v, in %v", ok, later.After.Sub(clock.now()))
	}
	clock.turn(time.Hour + 10*time.Second)
	w.must(open())
}

func TestAJobThatWaitedHasWrittenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.another(func(o *forge.Options) { o.Limits = forge.Limits{AtOnce: 1, Minute: 1} })
	urgent := forge.Urgent(ctx(t), 1)
	_, err := f.OpenIssue(urgent, cases, "Heron", text("report"), nil, marker, false)
	w.must(err)
	watched, wrote := forge.Watch(urgent)
	began := time.Now()
	_, err = f.OpenIssue(watched, cases, "Heron", text("report"), nil, marker, false)
	later, ok := coc.IsLater(err)
	if wait := later.After.Sub(began); !ok || !later.Ours || wait < 50*time.Second || wait > 70*time.Second {
		t.Errorf("%v, in %v", err, wait)
	}
	if wrote() {
		t.Error("a write that was put off counts as made")
	}
	if facts := f.Readers(watched, cases); facts.Problem != nil {
		t.Errorf("a read was held back: %v", facts.Problem)
	}
	w.lost("POST", "/issues")
	other := w.another(nil)
	if _, err := other.OpenIssue(watched, cases, "Heron", text("report"), nil, marker, false); err == nil || !wrote() {
		t.Errorf("%v: a write whose answer was lost counts as not made", err)
	}
}

func TestALimitHoldsForTheWholeInstallationAndNobodyElse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		reply http.HandlerFunc
		wait  time.Duration
	}{
		{"a time", githubsim.SecondaryLimit(90 * time.Second), 90 * time.Second},
		{"no time", githubsim.SecondaryLimit(0), time.Minute},
		{"the hour", githubsim.PrimaryLimit(newClock().now().Add(17 * time.Minute)), 17 * time.Minute},
		{"a date", status(503, map[string]string{"Retry-After": newClock().now().Add(3 * time.Minute).Format(http.TimeFormat)}), 3 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			w := limited(t, clock, githubsim.Options{})
			open := func() error {
				_, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
				return err
			}
			w.must(open())
			w.must(w.f.Readers(ctx(t), cases).Problem)
			_, err := w.f.Repository(ctx(t), coc.AppSource, engine)
			w.must(err)
			w.Fail(to("POST", "/issues"), 1, tc.reply)
			later, ok := coc.IsLater(open())
			if !ok || !later.After.Equal(clock.now().Add(tc.wait)) || later.Ours {
				t.Errorf("later %v: after %v, want in %v", ok, later.After, tc.wait)
			}
			w.requests()
			clock.turn(tc.wait - time.Second)
			for i, err := range []error{open(), w.f.Readers(ctx(t), cases).Problem} {
				if l, ok := coc.IsLater(err); !ok || l.After.Before(later.After) {
					t.Errorf("call %d: %v, after %v", i, err, l.After)
				}
			}
			if got := w.requests(); len(got) != 0 {
				t.Errorf("it was asked all the same: %q", got)
			}
			if _, err := w.f.Repository(ctx(t), coc.AppSource, engine); err != nil {
				t.Errorf("another installation is held back: %v", err)
			}
			clock.turn(2 * time.Second)
			if err := open(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// asked is what was asked of GitHub since the last call, but not by an App in
// its own name.
func (w *world) asked() []string {
	return slices.DeleteFunc(w.requests(), func(r string) bool {
		return strings.HasSuffix(r, "/installation") || strings.HasSuffix(r, "/access_tokens")
	})
}

func TestALimitOutlivesTheProcessAndIsKnownToItsReplicas(t *testing.T) {
	t.Parallel()
	reset := newClock().now().Add(17 * time.Minute)
	open := func(t *testing.T, f *forge.Forge) error {
		return second(f.OpenIssue(forge.Urgent(ctx(t), 1), cases, "Heron", text("report"), nil, marker, false))
	}
	read := func(t *testing.T, f *forge.Forge) error { return f.Readers(forge.Urgent(ctx(t), 1), cases).Problem }
	minimize := func(t *testing.T, f *forge.Forge) error { return f.Minimize(ctx(t), engine, "IC_kgDOnothing") }
	for _, tc := range []struct {
		name  string
		meets func(t *testing.T, f *forge.Forge) error
		of    func(*http.Request) bool
		reply http.HandlerFunc
		wait  time.Duration
		then  []func(t *testing.T, f *forge.Forge) error // what is held back
		other func(t *testing.T, f *forge.Forge) error   // what is not
	}{
		{"a time", open, to("POST", "/issues"), githubsim.SecondaryLimit(90 * time.Second), 90 * time.Second,
			[]func(*testing.T, *forge.Forge) error{open, read}, minimize},
		{"no time", read, to("GET", "/collaborators"), githubsim.SecondaryLimit(0), time.Minute,
			[]func(*testing.T, *forge.Forge) error{read, open}, minimize},
		{"the hour", read, to("GET", "/collaborators"), githubsim.PrimaryLimit(reset), 17 * time.Minute,
			[]func(*testing.T, *forge.Forge) error{read, open}, minimize},
		{"a date", open, to("POST", "/issues"), status(503, map[string]string{"Retry-After": reset.Format(http.TimeFormat)}), 17 * time.Minute,
			[]func(*testing.T, *forge.Forge) error{open, read}, minimize},
		{"the hour of GraphQL", minimize, to("POST", "/graphql"), githubsim.PrimaryLimit(reset), 17 * time.Minute,
			[]func(*testing.T, *forge.Forge) error{minimize}, read},
		{"GraphQL, in a sentence", minimize, to("POST", "/graphql"), graphLimit, time.Minute,
			[]func(*testing.T, *forge.Forge) error{minimize}, read},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			w := limited(t, clock, githubsim.Options{})
			ledger := &books{}
			start := func() *forge.Forge { return w.another(func(o *forge.Options) { o.Ledger = ledger }) }
			first, beside := start(), start()
			w.must(read(t, first))
			w.must(read(t, beside))
			_ = minimize(t, beside) // has a token for it
			w.Fail(tc.of, 1, tc.reply)
			if _, ok := coc.IsLater(tc.meets(t, first)); !ok {
				t.Fatal("it was not limited")
			}
			clock.turn(30 * time.Second) // a replica looks again now and then
			for name, f := range map[string]*forge.Forge{"after a restart": start(), "a replica": beside} {
				w.requests()
				for i, call := range tc.then {
					err := call(t, f)
					later, ok := coc.IsLater(err)
					if wait := later.After.Sub(clock.now()); !ok || wait < tc.wait-30*time.Second || wait > tc.wait-25*time.Second {
						t.Errorf("%s, call %d: %v, in %v", name, i, err, wait)
					}
				}
				if got := w.asked(); len(got) != 0 {
					t.Errorf("%s: it was asked all the same: %q", name, got)
				}
				if _, later := coc.IsLater(tc.other(t, f)); later || len(w.asked()) == 0 {
					t.Errorf("%s: what was not limited is held back", name)
				}
			}
			clock.turn(tc.wait)
			if err := tc.then[0](t, start()); err != nil && !errors.Is(err, coc.ErrGone) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// graphLimit is how GraphQL refuses with status 200.
func graphLimit(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write([]byte(`{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`))
}

func TestALimitIsKnownToAReplicaByItsNextWrite(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{}
	start := func() *forge.Forge {
		return w.another(func(o *forge.Options) { o.Limits, o.Ledger = forge.Limits{}, ledger })
	}
	open := func(f *forge.Forge) error {
		return second(f.OpenIssue(forge.Urgent(ctx(t), 1), cases, "Heron", text("report"), nil, marker, false))
	}
	first, beside := start(), start()
	w.must(open(first))
	w.must(open(beside))
	w.Fail(to("POST", "/issues"), 1, githubsim.SecondaryLimit(90*time.Second))
	_ = open(first)
	w.requests()
	watched, wrote := forge.Watch(ctx(t))
	_, err := beside.OpenIssue(watched, cases, "Heron", text("report"), nil, marker, false)
	if later, ok := coc.IsLater(err); !ok || later.Ours || !later.After.Equal(clock.now().Add(90*time.Second)) || wrote() {
		t.Errorf("%v, after %v, wrote %v", err, later.After, wrote())
	}
	if _, ok := coc.IsLater(beside.Readers(ctx(t), cases).Problem); !ok {
		t.Error("having learned of it, it reads all the same")
	}
	if got := w.asked(); len(got) != 0 {
		t.Errorf("it was asked all the same: %q", got)
	}
}

func TestALimitOnTokensOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{}
	start := func() *forge.Forge { return w.another(func(o *forge.Options) { o.Ledger = ledger }) }
	w.Fail(to("POST", "/access_tokens"), 1, githubsim.SecondaryLimit(2*time.Minute))
	if _, ok := coc.IsLater(start().Readers(ctx(t), cases).Problem); !ok {
		t.Fatal("a limit on tokens is not for later")
	}
	w.requests()
	f := start()
	if later, ok := coc.IsLater(f.Readers(ctx(t), cases).Problem); !ok || later.After.Before(clock.now().Add(2*time.Minute)) || len(w.requests()) != 0 {
		t.Errorf("after a restart it was asked all the same, or not until %v", later.After)
	}
	w.must(second(f.Repository(ctx(t), coc.AppSource, engine))) // another App
	clock.turn(2*time.Minute + time.Second)
	w.must(f.Readers(ctx(t), cases).Problem)
}

func TestThePauseWithoutATimeGrowsOverARestart(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{}
	w.Fail(to("GET", "/collaborators"), 4, githubsim.SecondaryLimit(0))
	for i, minutes := range []int{1, 2, 4, 8} {
		f := w.another(func(o *forge.Options) { o.Ledger = ledger })
		later, ok := coc.IsLater(f.Readers(ctx(t), cases).Problem)
		if !ok || !later.After.Equal(clock.now().Add(time.Duration(minutes)*time.Minute)) {
			t.Fatalf("time %d: %v, %v", i, ok, later.After.Sub(clock.now()))
		}
		clock.turn(later.After.Sub(clock.now()))
	}
}

func TestAnHourThatIsSpentIsSpentAfterARestart(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{RateLimit: 20})
	ledger := &books{}
	start := func() *forge.Forge { return w.another(func(o *forge.Options) { o.Ledger = ledger }) }
	read := func(f *forge.Forge) error { return f.Readers(forge.Urgent(ctx(t), 1), cases).Problem }
	f := start()
	for range 20 {
		_ = read(f) // until nothing is left, by what the answers say
	}
	w.requests()
	if _, ok := coc.IsLater(read(start())); !ok {
		t.Error("there is nothing left, and it is not for later")
	}
	if got := w.asked(); len(got) != 0 || w.Impatient() != 0 {
		t.Errorf("it was asked all the same: %q", got)
	}
}

func TestPausesOfReplicasWithDifferentClocksEndTogether(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{}
	start := func(skew time.Duration) *forge.Forge {
		return w.another(func(o *forge.Options) {
			o.Ledger, o.Now = ledger, func() time.Time { return clock.now().Add(skew) }
		})
	}
	read := func(f *forge.Forge) error { return f.Readers(ctx(t), cases).Problem }
	slow, quick := start(-3*time.Minute), start(4*time.Minute)
	w.must(read(slow))
	w.must(read(quick))
	w.Fail(to("GET", "/collaborators"), 1, githubsim.SecondaryLimit(10*time.Minute))
	_ = read(slow)
	clock.turn(9 * time.Minute)
	w.requests()
	if _, ok := coc.IsLater(read(quick)); !ok || len(w.requests()) != 0 {
		t.Error("a replica whose clock runs before asks too early")
	}
	clock.turn(time.Minute + 3*time.Second)
	w.must(read(quick))
	w.must(read(slow))
}

// A look costs a query, and a write a commit.
func TestTheLedgerIsNotReadForEveryRequest(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{}
	f := w.another(func(o *forge.Options) { o.Ledger = ledger })
	for range 50 {
		w.must(f.Readers(ctx(t), cases).Problem)
	}
	if looks, kept := ledger.used(); looks != 2 || kept != 0 { // the App, and its installation
		t.Errorf("it was looked into %d times and written %d times", looks, kept)
	}
}

func TestWhatCannotBeLookedUpIsNotAskedAtFirst(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	ledger := &books{err: errors.New("the database is away, said canary words")}
	var held refusals
	f := w.another(func(o *forge.Options) { o.Ledger, o.Refused = ledger, held.add })
	err := f.Readers(ctx(t), cases).Problem
	if later, ok := coc.IsLater(err); !ok || !later.Ours || strings.Contains(err.Error(), "canary") || len(w.requests()) != 0 {
		t.Errorf("%v", err)
	}
	if got := held.take(); got["ledger"] != 1 || len(got) != 1 {
		t.Errorf("held back: %v", got)
	}
	ledger.err = nil
	w.must(f.Readers(ctx(t), cases).Problem)
	ledger.err = errors.New("the database is away again")
	clock.turn(time.Minute)
	w.must(f.Readers(ctx(t), cases).Problem) // what is known holds
}

func TestALimitThatNamesNoTimeIsWaitedForLongerEachTime(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	w.Fail(to("GET", "/collaborators"), 8, githubsim.SecondaryLimit(0))
	for i, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		later, ok := coc.IsLater(w.f.Readers(ctx(t), cases).Problem)
		if !ok || !later.After.Equal(clock.now().Add(time.Duration(minutes)*time.Minute)) {
			t.Fatalf("time %d: %v, %v", i, ok, later.After.Sub(clock.now()))
		}
		clock.turn(later.After.Sub(clock.now())) // the look at the repository goes well in between
	}
	w.must(w.f.Readers(ctx(t), cases).Problem)
	clock.turn(2 * time.Hour)
	w.Fail(to("GET", "/collaborators"), 1, githubsim.SecondaryLimit(0))
	if later, _ := coc.IsLater(w.f.Readers(ctx(t), cases).Problem); !later.After.Equal(clock.now().Add(time.Minute)) {
		t.Errorf("after two good hours it begins anew: %v", later.After.Sub(clock.now()))
	}
}

func second[A any](_ A, err error) error { return err }

func TestALimitOnTokensConcernsTheAppAlone(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	w.must(w.f.Readers(ctx(t), cases).Problem)
	w.Fail(to("POST", "/access_tokens"), 1, githubsim.SecondaryLimit(2*time.Minute))
	// Members need a token that is not there yet.
	if _, ok := coc.IsLater(second(w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "conduct"}))); !ok {
		t.Error("a limit on tokens is not for later")
	}
	w.must(w.f.Readers(ctx(t), cases).Problem) // has its token
	w.must(second(w.f.Repository(ctx(t), coc.AppSource, engine)))
	w.requests()
	if _, ok := coc.IsLater(second(w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "conduct"}))); !ok || len(w.requests()) != 0 {
		t.Error("another token was asked for")
	}
}

func TestWhatIsLeftOfTheHourIsKeptForReports(t *testing.T) {
	t.Parallel()
	// A clock that begins as the system's does: nothing may remember by that one
	// what is over by ours.
	clock := &turning{at: time.Now().Truncate(time.Second)}
	w := limited(t, clock, githubsim.Options{RateLimit: 100})
	var held refusals
	f := w.another(func(o *forge.Options) { o.Refused = held.add })
	count := func(priority int) (n int, later coc.Later) {
		for range 200 {
			err := f.Readers(forge.Urgent(ctx(t), priority), cases).Problem
			if err != nil {
				later, _ = coc.IsLater(err)
				return n, later
			}
			n++
		}
		return n, later
	}
	reset := clock.now().Add(time.Hour)
	var got [3]int
	for i, p := range []int{0, 2, 1} {
		n, later := count(p)
		if got[i] = n; !later.After.Equal(reset) || later.Ours != (p != 1) {
			t.Errorf("priority %d: after %v, ours %v", p, later.After, later.Ours)
		}
	}
	// Two reads each.
	if got != [3]int{30, 12, 7} && got != [3]int{30, 13, 7} {
		t.Errorf("by class %v", got)
	}
	if r := held.take(); r["hour"] != 2 || r["limit"] != 1 {
		t.Errorf("held back: %v", r)
	}
	if n := w.Impatient(); n != 0 {
		t.Errorf("GitHub was asked %d times after it said no", n)
	}
	clock.turn(time.Hour + time.Second)
	if n, _ := count(0); n == 0 {
		t.Error("the next hour does not begin")
	}
}

func TestASkewedClockMeetsNoLimitTwice(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		clock := newClock()
		w := limited(t, clock, githubsim.Options{RateLimit: 20})
		w.Misbehave(githubsim.Faults{Skew: skew})
		ours := clock.now()
		var err error
		for range 30 {
			err = w.f.Readers(forge.Urgent(ctx(t), 1), cases).Problem
			if l, ok := coc.IsLater(err); err != nil && (!ok || l.After.After(clock.now())) {
				break
			}
		}
		later, ok := coc.IsLater(err)
		if wait := later.After.Sub(ours); !ok || wait < 59*time.Minute || wait > 61*time.Minute {
			t.Errorf("skew %v: %v, in %v", skew, err, wait)
		}
	}
}

func TestALimitOfGraphQLIsObeyedToo(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{})
	reset := clock.now().Add(9 * time.Minute)
	minimize := func() (coc.Later, bool) {
		return coc.IsLater(w.f.Minimize(ctx(t), engine, "IC_kgDOnothing"))
	}
	w.Fail(to("POST", "/graphql"), 1, githubsim.PrimaryLimit(reset))
	if later, ok := minimize(); !ok || !later.After.Equal(reset) {
		t.Errorf("%v, after %v", ok, later.After)
	}
	w.requests()
	if later, ok := minimize(); !ok || later.After.Before(reset) || len(w.requests()) != 0 {
		t.Errorf("%v, after %v, or it was asked again", ok, later.After)
	}
}

func TestWhatIsLeftIsToldWithoutNames(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := limited(t, clock, githubsim.Options{RateLimit: 100})
	f := w.another(func(o *forge.Options) { o.Limits = forge.Limits{Hour: 10} })
	if left := f.Budget(); len(left) != 0 {
		t.Errorf("before anything: %+v", left)
	}
	for range 4 {
		_, err := f.OpenIssue(forge.Urgent(ctx(t), 1), cases, "Heron", text("report"), nil, marker, false)
		w.must(err)
	}
	if left := f.Budget(); len(left) != 1 || left[0] != (forge.Left{Writes: 0.6, Requests: 0.96}) {
		t.Errorf("%+v", left)
	}
	clock.turn(2 * time.Hour)
	if left := f.Budget(); len(left) != 0 {
		t.Errorf("two hours later: %+v", left)
	}
}
