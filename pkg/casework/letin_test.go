package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// onRoster makes these the river's committee, as its own file has it.
func (w *world) onRoster(always bool, members ...string) {
	file := "version: 1\nscreen_within: 2 days\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [" + strings.Join(members, ", ") + "]\n"
	if always {
		file += "separate: always\n"
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = file
	w.tell(rosterOf("river"))
	w.clock.set(w.clock.Now().Add(11 * time.Second))
}

func TestWhoLeftTheCommitteeIsNotLetInAgainByTheNextWord(t *testing.T) {
	t.Parallel()
	for name, always := range map[string]bool{"admitted by a member": false, "by their own answer": true} {
		for when, closed := range map[string]bool{"while it is open": false, "when it is closed": true} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				w, _ := door(t)
				w.administers().members = []coc.Login{"ada-river", "ben-river", "cy-river", dee}
				full := []string{"ada-river", "ben-river", "cy-river", "dee-river"}
				if always {
					w.onRoster(always, full...)
				} else {
					w.onRoster(always, full[:3]...)
				}
				c := w.accuse("ada-river")
				if always {
					for _, who := range []coc.Login{"ben-river", "cy-river", dee} {
						c = w.declares(who, c, coc.ConflictClear)
					}
				} else {
					w.onRoster(always, full...)
					c = w.says(c, "ben-river", "/coc admit @dee-river")
				}
				p := w.separate(c)
				if !p.readers[dee] {
					t.Fatalf("read by %v", reads(p))
				}
				if closed {
					for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
						c = w.decides(c, "ben-river", words)
					}
				}
				w.onRoster(always, full[:3]...)
				if !closed {
					delete(p.readers, dee) // by an owner's hand
				}
				w.pass(10 * time.Minute)
				w.file("token", says("There is more, "+canary+"."))
				w.pass(time.Minute)
				if p.readers[dee] || !p.readers["ben-river"] {
					t.Errorf("read by %v", reads(p))
				}
				w.onRoster(always, full...)
				w.file("token", says("And more, "+canary+"."))
				w.pass(time.Minute)
				if p.readers[dee] == closed {
					t.Errorf("back on the committee: read by %v", reads(p))
				}
				if w.says(c, "ben-river", "/coc admit @dee-river"); !p.readers[dee] {
					t.Errorf("and a member cannot let them in: %v", reads(p))
				}
				w.always()
			})
		}
	}
}
