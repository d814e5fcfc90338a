package evidence_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// A long thread is captured in part, and somebody may delete what they said in it. What
// falls out at the edge because others came is not gone.
func TestWhatIsDeletedInALongThreadIsSaidToBeGone(t *testing.T) {
	t.Parallel()
	at := func(id int64) coc.Said {
		return coc.Said{ID: id, Made: time.Unix(1000+id, 0), Text: coc.NewProse("heliotrope")}
	}
	thread := func(from, to int64, without ...int64) (out []coc.Said) {
		gone := map[int64]bool{}
		for _, id := range without {
			gone[id] = true
		}
		for id := from; id <= to; id++ {
			if !gone[id] {
				out = append(out, at(id))
			}
		}
		return out
	}
	opening := coc.Said{ID: 900, Made: time.Unix(1, 0)}
	below := func(said int64, all []coc.Said) coc.Captured {
		c := coc.Captured{At: time.Unix(5000, 0), Said: at(said), Thread: []coc.Said{opening}, Left: 500}
		for _, s := range all {
			if s.ID != said {
				c.Thread = append(c.Thread, s)
			}
		}
		return c
	}
	whole := func(all []coc.Said) coc.Captured { return coc.Captured{Said: opening, Thread: all, Left: 500} }
	reply := func(c coc.Captured) coc.Captured {
		c.Said.Under = 1
		return c
	}
	for name, c := range map[string]struct {
		before, after coc.Captured
		gone          int
	}{
		"nothing":                             {below(50, thread(1, 99)), below(50, thread(1, 99)), 0},
		"two in the middle":                   {below(50, thread(10, 90)), below(50, thread(9, 91, 30, 70)), 2},
		"the one right before it":             {below(50, thread(10, 50)), below(50, thread(9, 50, 49)), 1},
		"the one right behind it":             {below(50, thread(10, 90)), below(50, thread(10, 91, 51)), 1},
		"what fell out at both edges":         {below(50, thread(10, 90)), below(50, thread(12, 88)), 0},
		"the first below an issue":            {whole(thread(1, 100)), whole(thread(1, 101, 1)), 1},
		"what fell out behind":                {whole(thread(1, 100)), whole(thread(1, 98)), 0},
		"in a discussion, between others":     {reply(below(50, thread(10, 90))), reply(below(50, thread(10, 90, 30))), 1},
		"in a discussion, where it may be so": {reply(below(50, thread(10, 50))), reply(below(50, thread(9, 50, 49))), 0},
		"all that was said around it":         {below(50, thread(10, 90)), coc.Captured{Said: at(50), Thread: []coc.Said{opening}}, 80},
		"nothing could be read around it":     {below(50, thread(10, 90)), coc.Captured{Said: at(50), Thread: []coc.Said{opening}, Left: 99}, 0},
	} {
		if got := evidence.Compare(c.before, c.after); got.Gone != c.gone || got.New != 0 && !c.before.At.IsZero() {
			t.Errorf("%s: %d are gone, want %d, and %d are new", name, got.Gone, c.gone, got.New)
		}
	}
}
