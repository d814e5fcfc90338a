package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// invited is a case that has its own repository without ben, because it is about him, and
// to which cy is only invited.
func (w *world) invited() (c coc.Case, p *place) {
	w.Helper()
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river, ben-river, cy-river, dee-river]\n"
	w.administers().members = []coc.Login{"ada-river", "ben-river", "dee-river"}
	c = w.accuse("ben-river")
	if p = w.separate(c); c.Home().Issue == 0 || !slices.Equal(reads(p), []coc.Login{"ada-river", "dee-river"}) || !coc.HasLogin(p.invited, "cy-river") {
		w.Fatalf("it is read by %v", reads(p))
	}
	return c, p
}

func TestWhoIsOnlyInvitedCanStepBackAndSeesNothingOfTheCase(t *testing.T) {
	t.Parallel()
	w, _ := door(t)
	c, p := w.invited()
	all, err := w.Inquiries(t.Context(), w.person("cy-river"))
	want := casework.Inquiry{ID: c.ID, Name: c.Home().CodeName, Committee: c.Home().Committee.Name, Invited: true}
	if err != nil || len(all) != 1 || all[0].Name != want.Name || all[0].Committee != want.Committee || !all[0].Invited || all[0].Accused != nil || !all[0].By.IsZero() {
		t.Fatalf("cy is shown %+v, %v", all, err)
	}
	if w.reads(w.person("cy-river"), c.ID) {
		t.Error("cy reads it")
	}
	for _, kind := range []coc.ConflictKind{coc.ConflictClear, coc.ConflictSoft} {
		if err := w.Declare(t.Context(), w.person("cy-river"), c.ID, kind, ""); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("who reads nothing says that they are %s: %v", kind, err)
		}
	}
	c = w.declares("cy-river", c, coc.ConflictHard)
	if coc.HasLogin(p.invited, "cy-river") || coc.HasLogin(c.Home().Responders, "cy-river") || len(c.Placements) != 1 {
		t.Errorf("cy is still invited: %v, and %v respond", p.invited, c.Home().Responders)
	}
	if told := strings.Join(w.issueOf(c, 0).comments, "\n"); !strings.Contains(told, "`cy-river` said on the committee's pages") {
		t.Errorf("the others are told\n%s", told)
	}
	w.unheard("cy-river", c)
	w.invariants()
}

func TestAnInvitationIsShownToNobodyElse(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, p *place) coc.Login{
		"the accused":     func(*world, *place) coc.Login { return "ben-river" },
		"an outsider":     func(*world, *place) coc.Login { return "omar-outsider" },
		"who reads there": func(*world, *place) coc.Login { return "ada-river" },
		"who accepted it": func(_ *world, p *place) coc.Login {
			p.readers["cy-river"] = true
			return "cy-river"
		},
		"who is not on the roster any more": func(w *world, _ *place) coc.Login {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, dee-river]\n"
			w.files(riverRoom)
			return "cy-river"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := door(t)
			c, p := w.invited()
			w.clock.set(w.clock.Now().Add(11 * time.Second)) // nothing is remembered for longer
			if who := change(w, p); w.invitedTo(who, c) {
				t.Errorf("%s is shown that there is an invitation", who)
			}
		})
	}
}
