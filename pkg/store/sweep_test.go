package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// sweepClaims are those about the sweep of GitHub's delivery log.
var sweepClaims = []func(*testing.T, database){
	DeliveryIsKnownWhenTakenOrSettled,
	ProgressOfASweepIsKeptPerApp,
	OldTracesArePrunedAndNothingElse,
	PruningTakesSomeAtATime,
}

func DeliveryIsKnownWhenTakenOrSettled(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("taken"))
	mustTake(t, s, intake("done"))
	mustCommit(t, s, coc.Change{Intake: 2})
	if err := s.Settle(t.Context(), []string{"settled", "settled", "both"}); err != nil {
		t.Fatal(err)
	}
	mustTake(t, s, intake("both")) // it came after all
	if err := s.Settle(t.Context(), []string{"settled"}); err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	got, err := s.Known(t.Context(), []string{"settled", "never", "taken", "done", "taken", "both", ""})
	if want := []bool{true, false, true, true, true, true, false}; err != nil || !slices.Equal(got, want) {
		t.Errorf("known %v, want %v; %v", got, want, err)
	}
	if got, err := s.Known(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("nothing asked: %v, %v", got, err)
	}
}

func ProgressOfASweepIsKeptPerApp(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if got, err := s.Progress(t.Context(), 71); err != nil || got != nil {
		t.Fatalf("before the first round: %q, %v", got, err)
	}
	for app, text := range map[int64]string{71: "old words", 72: "of the rooms"} {
		if err := s.KeepProgress(t.Context(), app, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.KeepProgress(t.Context(), 71, []byte("of the sources")); err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	for app, want := range map[int64]string{71: "of the sources", 72: "of the rooms"} {
		if got, err := s.Progress(t.Context(), app); err != nil || string(got) != want {
			t.Errorf("App %d: %q, %v", app, got, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(d.pages(t), []byte("of the rooms")) {
		t.Error("it can be read on the disk")
	}
}

func OldTracesArePrunedAndNothingElse(t *testing.T, d database) {
	now := noon
	s := d.open(t, store.Options{Now: func() time.Time { return now }})
	for n, name := range []string{"old and done", "old and open", "old and aside", "old and settled", "new and done", "new and settled"} {
		if n == 4 {
			now = noon.Add(9 * 24 * time.Hour)
		}
		if name == "old and settled" || name == "new and settled" {
			if err := s.Settle(t.Context(), []string{name}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		in := intake(name)
		in.Received, in.Object = now, name
		mustTake(t, s, in)
	}
	mustCommit(t, s, coc.Change{Intake: 1})
	mustCommit(t, s, coc.Change{Intake: 4})
	if err := s.SetAside(t.Context(), 3, "does not decode"); err != nil {
		t.Fatal(err)
	}
	more, err := s.Prune(t.Context(), noon.Add(8*24*time.Hour))
	if err != nil || more {
		t.Fatalf("more %v, %v", more, err)
	}
	got, err := s.Known(t.Context(), []string{"old and done", "old and open", "old and aside", "old and settled", "new and done", "new and settled"})
	if want := []bool{false, true, true, false, true, true}; err != nil || !slices.Equal(got, want) {
		t.Errorf("known %v, want %v; %v", got, want, err)
	}
	if _, err := s.Intake(t.Context(), 1); !errors.Is(err, coc.ErrGone) {
		t.Errorf("a job of a pruned intake is told %v", err)
	}
	if in, err := s.Intake(t.Context(), 2); err != nil || in.Object != "old and open" {
		t.Errorf("what is open: %+v, %v", in, err)
	}
}

func PruningTakesSomeAtATime(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	const n = 1200
	together(n, func(i int) {
		if _, err := s.Take(t.Context(), intake(fmt.Sprint("guid-", i))); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.DB().ExecContext(t.Context(), `UPDATE intakes SET state = 'done', data_key = NULL, sealed = NULL`); err != nil {
		t.Fatal(err)
	}
	rounds := 0
	for more := true; more; rounds++ {
		var err error
		if more, err = s.Prune(t.Context(), noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	var left int
	if err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM intakes`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != 0 || rounds != 3 {
		t.Errorf("%d of %d left after %d rounds", left, n, rounds)
	}
}
