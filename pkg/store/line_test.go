package store_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// lineClaims are those of who waits for a commit, for the suite.
var lineClaims = []func(*testing.T, database){
	WhoeverWouldWaitInVainIsSentAwayAtOnce,
	WhoeverGivesUpInTimeIsNotTaken,
	NobodyWaitsForAKeyLongerThanTheyCan,
}

// slow is a store whose commits wait while it is held.
func slow(t *testing.T, d database) (s *store.Store, hold, release func()) {
	var gate atomic.Pointer[chan struct{}]
	s = d.open(t, store.Options{Commit: func(before bool) {
		if g := gate.Load(); before && g != nil {
			<-*g
		}
	}})
	mustTake(t, s, intake("warm")) // makes the minute's key
	hold = func() { g := make(chan struct{}); gate.Store(&g) }
	release = func() { close(*gate.Swap(nil)) }
	return s, hold, release
}

func WhoeverWouldWaitInVainIsSentAwayAtOnce(t *testing.T, d database) {
	s, hold, release := slow(t, d)
	hold()
	held := make(chan error)
	go func() {
		_, err := s.Take(t.Context(), intake("guid-1"))
		held <- err
	}()
	until(t, "a commit that runs", func() bool { return store.Committing(s) })
	sentAway := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := s.Take(ctx, intake("guid-2"))
		if err == nil {
			t.Fatal("it was promised while nothing is committed")
		}
		return errors.Is(err, coc.ErrBusy) && ctx.Err() == nil
	}
	until(t, "a commit that takes too long is waited for no more", sentAway)
	release()
	if err := <-held; err != nil {
		t.Errorf("who could wait: %v", err)
	}
	// However long the last one took: somebody has to find out that it is over.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if fresh, err := s.Take(ctx, intake("guid-2")); err != nil || !fresh {
		t.Errorf("after recovery: fresh %v, %v", fresh, err)
	}
}

func NobodyWaitsForAKeyLongerThanTheyCan(t *testing.T, d database) {
	var held, begun atomic.Bool
	gate := make(chan struct{})
	s := d.open(t, store.Options{Commit: func(before bool) {
		if before && held.Load() {
			begun.Store(true)
			<-gate
		}
	}})
	held.Store(true)
	first := make(chan error)
	go func() {
		_, err := s.Take(t.Context(), intake("guid-1"))
		first <- err
	}()
	until(t, "a key that is being made", begun.Load)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	second := make(chan error)
	go func() {
		_, err := s.Take(ctx, intake("guid-2"))
		second <- err
	}()
	select {
	case err := <-second:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	case <-time.After(patience):
		t.Error("it waits beyond its time")
	}
	held.Store(false)
	close(gate)
	if err := <-first; err != nil {
		t.Errorf("who could wait: %v", err)
	}
}

func WhoeverGivesUpInTimeIsNotTaken(t *testing.T, d database) {
	s, hold, release := slow(t, d)
	hold()
	take := func(guid string) (cancel func(), result chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		result = make(chan error, 1)
		go func() {
			_, err := s.Take(ctx, intake(guid))
			result <- err
		}()
		return cancel, result
	}
	cancelFirst, first := take("guid-1")
	until(t, "a commit that runs", func() bool { return store.Committing(s) })
	cancelSecond, second := take("guid-2")
	until(t, "one that waits for the next", func() bool { return store.Waiting(s) == 1 })
	cancelFirst()
	if err := <-first; !errors.Is(err, context.Canceled) || !errors.Is(err, coc.ErrUnsure) {
		t.Errorf("the one being committed: %v", err)
	}
	cancelSecond()
	if err := <-second; !errors.Is(err, context.Canceled) || errors.Is(err, coc.ErrUnsure) {
		t.Errorf("the one in line: %v", err)
	}
	release()
	for guid, want := range map[string]bool{"guid-1": false, "guid-2": true} {
		if fresh, err := s.Take(t.Context(), intake(guid)); err != nil || fresh != want {
			t.Errorf("%s: fresh %v, %v", guid, fresh, err)
		}
	}
}

// A deleted file is written to without an error, and gone with the process.
func TestNothingIsPromisedInAFileThatIsGone(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"", "-keys"} {
		path := t.TempDir() + "/db"
		d := database{url: "sqlite:" + path, keys: newKeys(t)}
		s := d.open(t, store.Options{})
		mustTake(t, s, intake("guid-1"))
		path += which
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		for _, replaced := range []bool{false, true} {
			if replaced {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Take(t.Context(), intake("guid-2")); !errors.Is(err, coc.ErrUnsure) {
				t.Errorf("db%s, replaced %v: %v", which, replaced, err)
			}
			if err := s.Ready(t.Context()); err == nil {
				t.Errorf("db%s, replaced %v: it is ready", which, replaced)
			}
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if fresh, err := s.Take(t.Context(), intake("guid-2")); err != nil || fresh {
			t.Errorf("the file is back: fresh %v, %v", fresh, err)
		}
	}
}

// A connection that broke is opened anew, whether the file is there or not.
func TestConnectionMakesNoFileInPlaceOfOneThatIsAway(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/db"
	s := database{url: "sqlite:" + path, keys: newKeys(t)}.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	s.DB().SetMaxIdleConns(0)
	if _, err := s.Take(t.Context(), intake("guid-2")); err == nil {
		t.Error("promised in no file")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("somebody made it: %v", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	mustTake(t, s, intake("guid-2"))
}
