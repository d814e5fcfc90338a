package casework_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// diesUnlocked has a case's issue locked, and the next answer there end for an hour after
// it took the lock off and before it put it back; died is whether it has.
func (w *world) diesUnlocked(c coc.Case) (p *place, number int, died *bool) {
	p, number, died = w.at(riverRoom), c.Home().Issue, new(bool)
	p.locked[number] = true
	w.gh.after = func(op string) error {
		if op != "reply" || *died {
			return nil
		}
		*died, p.locked[number], p.lifted[number] = true, false, true
		return coc.Later{After: w.clock.Now().Add(time.Hour)}
	}
	return p, number, died
}

// An answer takes the lock off for a moment. Whoever dies then leaves the issue unlocked,
// and the next attempt may have nothing to say any more: it puts the lock back.
func TestLockIsPutBackWhereNothingIsSaidAnyMore(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(*world){
		"the case has left, and the room fails": func(w *world) { w.at(riverRoom).readers["stan-stranger"] = true },
		"the case has left":                     func(*world) {},
	} {
		w := newWorld(t)
		c := w.report(account)
		p, number, died := w.diesUnlocked(c)
		w.says(c, "ada-river", "/coc status")
		c = w.says(c, "ben-river", "/coc escalate We know everybody involved.")
		if len(c.Placements) != 2 || !*died {
			t.Fatalf("%s: %d homes", name, len(c.Placements))
		}
		then(w)
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
		p, number, died := w.diesUnlocked(c)
		for range 48 {
			if w.pass(30 * time.Minute); *died {
				break
			}
		}
		if !*died {
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
