package casework_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// An answer takes the lock off for a moment. Whoever dies then leaves the issue unlocked,
// and the next attempt may have nothing to say any more: it puts the lock back.
func TestLockIsPutBackWhereNothingIsSaidAnyMore(t *testing.T) {
	t.Parallel()
	for name, died := range map[string]func(*world){
		"the case has left, and the room fails": func(w *world) { w.at(riverRoom).readers["stan-stranger"] = true },
		"the case has left":                     func(*world) {},
	} {
		w := newWorld(t)
		c := w.report(account)
		number, dies := c.Home().Issue, true
		p := w.at(riverRoom)
		p.locked[number] = true
		w.gh.after = func(op string) error {
			if op != "reply" || !dies {
				return nil
			}
			dies, p.locked[number], p.lifted[number] = false, false, true
			return coc.Later{After: w.clock.Now().Add(time.Hour)}
		}
		w.says(c, "ada-river", "/coc status")
		c = w.says(c, "ben-river", "/coc escalate We know everybody involved.")
		if len(c.Placements) != 2 || dies {
			t.Fatalf("%s: %d homes", name, len(c.Placements))
		}
		died(w)
		w.pass(2 * time.Hour)
		if !p.locked[number] {
			t.Errorf("%s: it is not locked", name)
		}
		w.invariants()
	}
}

func TestLockIsPutBackWhereNobodyIsRemindedAnyMore(t *testing.T) {
	t.Parallel()
	for name, since := range map[string]func(*world, coc.Case){
		"it was answered": func(w *world, c coc.Case) { w.says(c, "ada-river", "/coc ack") },
		"the room fails":  func(w *world, _ coc.Case) { w.at(riverRoom).readers["stan-stranger"] = true },
	} {
		w := newWorld(t)
		c := w.report(account)
		number, dies := c.Home().Issue, true
		p := w.at(riverRoom)
		p.locked[number] = true
		w.gh.after = func(op string) error {
			if op != "reply" || !dies {
				return nil
			}
			dies, p.locked[number], p.lifted[number] = false, false, true
			return coc.Later{After: w.clock.Now().Add(time.Hour)}
		}
		for range 48 {
			if w.pass(30 * time.Minute); !dies {
				break
			}
		}
		if dies {
			t.Fatal("nobody is reminded")
		}
		since(w, c)
		w.pass(2 * time.Hour)
		if !p.locked[number] {
			t.Errorf("%s: it is not locked", name)
		}
		delete(p.readers, "stan-stranger")
		w.pass(2 * time.Hour)
		w.invariants()
	}
}
