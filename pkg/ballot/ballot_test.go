package ballot

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	seen   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	effect = seen.Add(72 * time.Hour)
	early  = seen.Add(time.Hour)
	late   = effect.Add(time.Minute)
)

func TestReplacement(t *testing.T) {
	t.Parallel()
	old := []coc.Login{"kim", "lee"}
	next := []coc.Login{"mo", "noor", "lee"} // lee is on both
	for name, tc := range map[string]struct {
		agreed, objected []coc.Login
		now              time.Time
		want             Verdict
	}{
		"one person of both committees does not lift an objection alone": {[]coc.Login{"lee"}, []coc.Login{"kim"}, late, Held},
		"the new committee alone does not lift an objection":             {[]coc.Login{"mo", "noor"}, []coc.Login{"kim"}, late, Held},
		"the old committee alone does not lift an objection":             {[]coc.Login{"kim"}, []coc.Login{"lee"}, late, Held},
		"an objection outlasts the time":                                 {nil, []coc.Login{"KIM"}, late.AddDate(1, 0, 0), Held},
		"both sides lift an objection":                                   {[]coc.Login{"lee", "mo"}, []coc.Login{"kim"}, late, InForce},
		"both sides lift an objection but do not shorten the time":       {[]coc.Login{"lee", "mo"}, []coc.Login{"kim"}, early, Waiting},
		"a stranger's objection counts for nothing":                      {nil, []coc.Login{"zoe"}, late, InForce},
		"a new member's objection counts for nothing":                    {nil, []coc.Login{"mo"}, late, InForce},
		"a stranger's agreement counts for nothing":                      {[]coc.Login{"zoe"}, nil, early, Waiting},
		"a new member's agreement does not shorten the time":             {[]coc.Login{"mo"}, nil, early, Waiting},
		"an old member's agreement does":                                 {[]coc.Login{"Kim"}, nil, early, InForce},
		"silence waits":                                                  {nil, nil, early, Waiting},
		"silence is over exactly at its time":                            {nil, nil, effect, InForce},
		"silence is not over a moment before":                            {nil, nil, effect.Add(-time.Nanosecond), Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := coc.Waiting{SeenAt: seen, EffectAt: effect, Agreed: tc.agreed, Objected: tc.objected}
			if got := Replacement(w, old, next, tc.now); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestZeroWaitingWaits(t *testing.T) {
	t.Parallel()
	if got := Replacement(coc.Waiting{}, nil, nil, late); got != Waiting {
		t.Errorf("got %s", got)
	}
}

func TestLastWordCountsAndCountsOnce(t *testing.T) {
	t.Parallel()
	w := Vote(coc.Waiting{EffectAt: effect}, "kim", false)
	w = Vote(w, "KIM", false)
	if len(w.Objected) != 1 {
		t.Fatalf("one person objects %d times", len(w.Objected))
	}
	if got := Replacement(w, []coc.Login{"kim"}, nil, late); got != Held {
		t.Errorf("after the objection: %s", got)
	}
	w = Vote(w, "Kim", true)
	if len(w.Objected) != 0 || len(w.Agreed) != 1 {
		t.Fatalf("a withdrawn objection remains: %+v", w)
	}
	if got := Replacement(w, []coc.Login{"kim"}, nil, early); got != InForce {
		t.Errorf("after it was withdrawn: %s", got)
	}
	if w = Vote(w, "kim", false); Replacement(w, []coc.Login{"kim"}, nil, late) != Held {
		t.Error("a withdrawn agreement still counts")
	}
}

func TestVoteLeavesWhatItWasGiven(t *testing.T) {
	t.Parallel()
	before := coc.Waiting{Agreed: make([]coc.Login, 1, 8), Objected: []coc.Login{"lee", "mo"}}
	before.Agreed[0] = "kim"
	after := Vote(before, "lee", true)
	_ = Vote(before, "noor", true)
	if !slices.Equal(before.Objected, []coc.Login{"lee", "mo"}) || !slices.Equal(after.Agreed, []coc.Login{"kim", "lee"}) {
		t.Errorf("votes share memory: before %v, after %v", before.Objected, after.Agreed)
	}
	if got := Vote(before, "", true); len(got.Agreed) != 1 {
		t.Error("nobody voted")
	}
}
