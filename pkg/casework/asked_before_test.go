package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// sealedOnce is a case that only the river could take, where GitHub made no repository
// though somebody had answered: nobody has it, and it is tried again by and by.
func (w *world) sealedOnce(token string, answers map[coc.Login]coc.ConflictKind) (c coc.Case, receipt string) {
	w.Helper()
	report := accused("fay-foundation")
	report.Involved = append(report.Involved, coc.Party{Login: "sam-summit", Role: coc.RoleAccused})
	receipt = w.file(token, report)
	w.pass(time.Second)
	c = w.of(receipt)
	w.gh.failing["make room"] = coc.ErrDenied
	for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river", "dee-river"} {
		if kind, ok := answers[who]; ok {
			if err := w.Declare(w.Context(), w.person(who), c.ID, kind, ""); err != nil {
				w.Fatal(err)
			}
		}
	}
	w.pass(time.Minute)
	delete(w.gh.failing, "make room")
	if c = w.caseOf(c.ID); !c.Home().Sealed() {
		w.Fatalf("it is at %s", c.Home().Committee.Key)
	}
	return c, receipt
}

func TestNobodyIsAskedAgainWhatTheyHaveAnsweredWhenASealedCaseIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c, _ := w.sealedOnce("token", map[coc.Login]coc.ConflictKind{"ada-river": coc.ConflictClear, "cy-river": coc.ConflictSoft})
	w.pass(3 * time.Hour)
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key != "river/conduct" || c.Home().Issue == 0 {
		t.Fatalf("it is at %q, issue %d", c.Home().Committee.Key, c.Home().Issue)
	}
	if got := reads(w.separate(c)); !slices.Equal(got, []coc.Login{"ada-river", "cy-river"}) {
		t.Errorf("it is read by %v", got)
	}
	if w.asked("ada-river", c) || w.asked("cy-river", c) || !w.asked("ben-river", c) {
		t.Error("who answered is asked again, or who did not is not")
	}
	w.invariants()
}

func TestACaseWhoseMembersHaveAllAnsweredBeforeWaitsForNobody(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c, _ := w.sealedOnce("token", map[coc.Login]coc.ConflictKind{"ada-river": coc.ConflictClear, "ben-river": coc.ConflictClear, "cy-river": coc.ConflictClear})
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); !c.Home().Screened || len(reads(w.separate(c))) != 3 {
		t.Errorf("still asked: %+v", c.Home())
	}
	w.invariants()
}

// What they said was said of less.
func TestWhoAnsweredIsAskedAgainOnceTheReporterHasAddedSomething(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c, _ := w.sealedOnce("token", map[coc.Login]coc.ConflictKind{"ada-river": coc.ConflictClear})
	w.file("token", accused("omar-outsider"))
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Issue != 0 || !w.asked("ada-river", c) || w.reads(w.person("ada-river"), c.ID) {
		t.Errorf("ada reads by an answer from before: %+v", c.Home())
	}
	w.invariants()
}

// An alternate is asked only when a seat is empty, and whoever has answered then is in.
func TestAnAlternateWhoAnsweredBeforeIsInOnceAlternatesAreAsked(t *testing.T) {
	t.Parallel()
	w := asking(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] += "minimum: {clear: 1, without_hard_conflict: 1}\n"
	report := accused("fay-foundation")
	report.Involved = append(report.Involved, coc.Party{Login: "sam-summit", Role: coc.RoleAccused})
	receipt := w.file("token", report)
	w.pass(2*24*time.Hour + time.Minute)
	c := w.of(receipt)
	if !w.asked("dee-river", c) {
		t.Fatal("the alternate is not asked")
	}
	w.gh.failing["make room"] = coc.ErrDenied
	if err := w.Declare(t.Context(), w.person("dee-river"), c.ID, coc.ConflictClear, ""); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	delete(w.gh.failing, "make room")
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Sealed() || len(c.Home().Responders) != 0 || w.asked("dee-river", c) {
		t.Fatalf("the alternate is in before anybody's seat is empty: %+v", c.Home())
	}
	w.pass(2*24*time.Hour + time.Minute)
	if c = w.caseOf(c.ID); !slices.Equal(c.Home().Responders, []coc.Login{"dee-river"}) || c.Home().Issue == 0 {
		t.Errorf("the alternate's answer does not count: %+v", c.Home())
	}
	w.invariants()
}
