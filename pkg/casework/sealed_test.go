package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// shutAll lets nobody further up take a case, or again.
func (w *world) shutAll(shut bool) {
	w.at(baseRoom).Archived, w.at(topRoom).Archived = shut, shut
}

// A project that a sealed case touches learns that there is one: who has it as soon
// as somebody does, and after a day that nobody has.
func TestProjectsOfASealedCaseAreTold(t *testing.T) {
	t.Parallel()
	lake := coc.Repo{Owner: "lake", Name: "main"}
	for name, tc := range map[string]struct {
		accused  coc.Login
		shutFor  time.Duration // further up, after the report
		here     time.Duration // in the project's own room
		sealed   bool          // they are told while nobody has it
		notThere bool          // they are told at all
	}{
		"somebody of theirs is concerned, and nobody ever has it": {accused: "ada-river", shutFor: 50 * time.Hour, notThere: true},
		"somebody has it within the hour":                         {accused: "omar-outsider", shutFor: time.Minute},
		"somebody has it after two days":                          {accused: "omar-outsider", shutFor: 50 * time.Hour, sealed: true},
		"and their own room will not do for a day":                {accused: "omar-outsider", shutFor: 80 * time.Hour, here: 30 * time.Hour, sealed: true},
		"and their own room will not do for longer":               {accused: "omar-outsider", shutFor: 30 * time.Hour, here: 60 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.repo(lake, "public")
			w.shutAll(true)
			w.at(riverRoom).Archived = tc.here > 0
			c := w.around(coc.Circumstances{Touches: coc.NewProse("lake/main"), Also: []coc.Repo{lake}, Whole: true}, coc.Party{Login: tc.accused, Role: coc.RoleAccused})
			if !c.Home().Sealed() {
				t.Fatalf("it is with %s", c.Home().Committee.Name)
			}
			for at := time.Duration(0); at < max(tc.shutFor, tc.here); at += time.Hour {
				w.at(riverRoom).Archived = at < tc.here
				w.shutAll(at < tc.shutFor)
				w.pass(time.Hour)
				w.invariants()
				c = w.caseOf(c.ID)
				if told := w.noticesOf(c); len(told) > 0 && c.Home().Sealed() {
					body := w.issueOf(told[0], 0).Body
					if at < 22*time.Hour || !strings.Contains(body, "**Committee**: none yet; until then, write to `help@summit.example`") {
						t.Fatalf("after %s it says:\n%s", at, body)
					}
				}
			}
			told := w.noticesOf(w.caseOf(c.ID))
			if (len(told) == 1) != tc.sealed {
				t.Errorf("when the rooms were mended, notices: %+v", told)
			}
			w.at(riverRoom).Archived = false
			w.shutAll(false)
			soon := 3 * time.Hour // told soon after somebody has it
			if tc.here > tc.shutFor {
				soon = 25 * time.Hour // or as soon as their room is looked at again
			}
			w.pass(soon)
			c = w.caseOf(c.ID)
			told = w.noticesOf(c)
			if c.Home().Sealed() || (len(told) == 1) == tc.notThere {
				t.Fatalf("it is with %q, notices: %+v", c.Home().Committee.Key, told)
			}
			if tc.notThere {
				if n := len(w.at(riverRoom).issues); n != 0 {
					t.Errorf("%d issues in their room", n)
				}
				return
			}
			body := w.issueOf(told[0], 0).Body
			if !strings.Contains(body, "**Committee**: Foundation Committee") && !strings.Contains(body, "**Committee**: Summit Committee") || strings.Contains(body, "none yet") || len(w.at(riverRoom).issues) != 1 {
				t.Errorf("it says:\n%s", body)
			}
			for _, never := range []string{canary, string(tc.accused), "lake/"} {
				if strings.Contains(body, never) {
					t.Errorf("it tells %q", never)
				}
			}
			if body := w.issueOf(c, len(c.Placements)-1).Body; !strings.Contains(body, "**Told**: River Committee") {
				t.Errorf("the case says:\n%s", body)
			}
			w.invariants()
		})
	}
}
