package forge_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// turning is a clock for the simulated GitHub. When the Forge asks, it must
// have come to the present, by which the Forge's tokens are signed.
type turning struct {
	mu sync.Mutex
	at time.Time
}

func past(d time.Duration) *turning { return &turning{at: time.Now().Add(-d).Truncate(time.Second)} }

func (c *turning) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *turning) turn(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

func TestCommitThenIsWhereTheBranchStood(t *testing.T) {
	t.Parallel()
	for name, deny := range map[string]int{"by activities": 0, "by dates, denied": http.StatusForbidden, "by dates, none such": http.StatusNotFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := past(3 * 24 * time.Hour)
			w := newWorldAt(t, clock.now)
			if deny != 0 {
				w.Fail(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/activity") }, 0, status(deny, nil))
			}
			first, made := w.Head(engine.String()), clock.now()
			var heads []string
			var times []time.Time
			for _, content := range []string{"one", "two", "three"} {
				times = append(times, clock.turn(24*time.Hour))
				w.must(w.PutFile(engine.String(), "coc.yaml", content))
				heads = append(heads, w.Head(engine.String()))
			}
			then := func(at time.Time) (string, error) {
				return w.f.CommitThen(ctx(t), coc.AppSource, engine, "main", at)
			}
			for _, c := range []struct {
				at   time.Time
				want string
			}{
				{times[0].Add(-time.Second), first},
				{times[0], heads[0]},
				{times[2].Add(-time.Second), heads[1]},
			} {
				if got, err := then(c.at); err != nil || got != c.want {
					t.Errorf("at %s: %q, %v; want %q", c.at, got, err, c.want)
				}
			}
			if got, err := then(times[2]); err != nil || got != "" && got != heads[2] || deny == 0 && got != "" {
				t.Errorf("not moved since: %q, %v", got, err)
			}
			if _, err := then(made.Add(-time.Second)); !errors.Is(err, coc.ErrMissing) {
				t.Errorf("before it was made: %v", err)
			}
		})
	}
}

func TestCommitThenReadsAllPages(t *testing.T) {
	t.Parallel()
	clock := past(101 * time.Minute)
	w := newWorldAt(t, clock.now)
	first, at := w.Head(engine.String()), clock.now()
	for range 101 {
		clock.turn(time.Minute)
		w.must(w.PutFile(engine.String(), "coc.yaml", clock.now().String()))
	}
	if got, err := w.f.CommitThen(ctx(t), coc.AppSource, engine, "main", at); err != nil || got != first {
		t.Errorf("%q, %v; want %q", got, err, first)
	}
}

// What counted before another branch became the default one is not to be told
// from the branch that did.
func TestCommitThenOfAYoungBranchIsNotKnown(t *testing.T) {
	t.Parallel()
	clock := past(24*time.Hour + time.Minute)
	w := newWorldAt(t, clock.now)
	at := clock.turn(24 * time.Hour)
	clock.turn(time.Minute)
	w.must(w.SetDefaultBranch(engine.String(), "next"))
	if _, err := w.f.CommitThen(ctx(t), coc.AppSource, engine, "next", at); !errors.Is(err, coc.ErrGone) {
		t.Errorf("%v", err)
	}
}

// Nor by dates: a branch can have a history of its own, with nothing so old.
func TestCommitThenOfABranchWithoutHistoryIsNotKnown(t *testing.T) {
	t.Parallel()
	clock := past(24*time.Hour + time.Minute)
	w := newWorldAt(t, clock.now)
	at := clock.turn(24 * time.Hour)
	clock.turn(time.Minute)
	w.Fail(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/activity") }, 0, status(http.StatusForbidden, nil))
	w.Fail(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/commits") }, 0, func(out http.ResponseWriter, _ *http.Request) {
		_, _ = out.Write([]byte(`[]`))
	})
	if _, err := w.f.CommitThen(ctx(t), coc.AppSource, engine, "main", at); !errors.Is(err, coc.ErrGone) {
		t.Errorf("%v", err)
	}
}

func TestCommitThenOfWhatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := time.Now().Add(-time.Hour)
	if _, err := w.f.CommitThen(ctx(t), coc.AppSource, coc.Repo{Owner: "example-org", Name: "none"}, "main", at); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("no such repository: %v", err)
	}
	w.must(w.AddRepo("example-org/empty", githubsim.Repo{Visibility: "public"}))
	if got, err := w.f.CommitThen(ctx(t), coc.AppSource, coc.Repo{Owner: "example-org", Name: "empty"}, "main", at); err != nil || got != "" {
		t.Errorf("an empty repository: %q, %v", got, err)
	}
	w.Fail(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/activity") }, 0, status(http.StatusBadGateway, nil))
	if _, err := w.f.CommitThen(ctx(t), coc.AppSource, engine, "main", at); !isLater(err) {
		t.Errorf("GitHub fails: %v", err)
	}
}

func isLater(err error) bool {
	_, ok := coc.IsLater(err)
	return ok
}
