package casework_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

func (w *world) letters() []casework.Letter {
	w.Helper()
	all, err := w.Letters(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// atEvent files a report of an event, in words that nobody may find elsewhere.
func (w *world) atEvent(known string, who ...coc.Party) coc.Case {
	w.Helper()
	return w.around(coc.Circumstances{
		Space: coc.SpaceEvent, Known: known, Event: coc.NewProse(canary + " Days"), Touches: coc.NewProse("the " + canary), Risks: []coc.Risk{coc.RiskAttorney}, Danger: true,
	}, who...)
}

func (w *world) waits(id string) int {
	n := 0
	for _, a := range w.alarms {
		if strings.Contains(a, "deliver it by hand") && strings.Contains(a, id) {
			n++
		}
	}
	return n
}

func TestDeskWithOnlyAnAddressIsToldByHandAndLearnsTheLeast(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	accused := coc.Party{Login: "omar-outsider", Role: coc.RoleAccused, Name: coc.NewProse(canary)}
	c := w.atEvent("River Days 2025", accused)
	waiting := w.letters()
	if len(waiting) != 1 {
		t.Fatalf("letters: %+v", waiting)
	}
	l := waiting[0]
	if l.To != "Event Desk" || l.Contact != "desk@host.example" || !l.Since.Equal(c.Home().PlacedAt) {
		t.Errorf("%+v", l)
	}
	for _, want := range []string{"River Days 2025", "row 1 ", "Foundation Committee, conduct@foundation.example", l.ID, "Nobody has said in your name that you take it up."} {
		if !strings.Contains(l.Text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, l.Text)
		}
	}
	for _, never := range []string{canary, "omar", "river/", "anger", "lawyer", string(c.ID), c.Home().CodeName, "foundation-conduct", "accused"} {
		if strings.Contains(l.Text, never) {
			t.Errorf("the letter tells %q:\n%s", never, l.Text)
		}
	}
	// What operators hear is an ID and no more.
	if w.waits(l.ID) != 1 {
		t.Fatalf("alarms: %q", w.alarms)
	}
	for _, a := range w.alarms {
		for _, never := range []string{"River Days", "Event Desk", "omar", canary, string(c.ID)} {
			if strings.Contains(a, never) {
				t.Errorf("operators hear %q", a)
			}
		}
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**To be told by hand**: Event Desk (`"+l.ID+"`)") || !strings.Contains(body, "theirs to say") {
		t.Errorf("the case does not say so:\n%s", body)
	}
	w.pass(49 * time.Hour)
	if n := w.waits(l.ID); n != 3 {
		t.Errorf("operators heard of it %d times in two days", n)
	}
	if err := w.Delivered(t.Context(), "N-00000000"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("another ID: %v", err)
	}
	if err := w.Delivered(t.Context(), l.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(72 * time.Hour)
	c = w.caseOf(c.ID)
	if n := w.waits(l.ID); n != 3 || len(w.letters()) != 0 || c.Duties[0].Done.IsZero() {
		t.Errorf("heard %d times, %+v", n, c.Duties)
	}
	body := w.issueOf(c, len(c.Placements)-1).Body
	if !strings.Contains(body, "**Told by hand**: Event Desk (`"+l.ID+"`), 5 March 2025") || strings.Contains(body, "To be told") {
		t.Errorf("the case does not say so:\n%s", body)
	}
	if err := w.Delivered(t.Context(), l.ID); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("a second time: %v", err)
	}
	w.invariants()
}

func TestDeskWhereSomebodyIsNamedIsNotTold(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	c := w.atEvent("River Days 2025", coc.Party{Login: "Dora-Desk", Role: coc.RoleAccused})
	if l := w.letters(); len(l) != 0 || w.waits("N-") != 0 {
		t.Errorf("%+v, %q", l, w.alarms)
	}
	if err := w.Delivered(t.Context(), c.Duties[0].Reference); !errors.Is(err, coc.ErrMissing) {
		t.Error(err)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Not told**: Event Desk (`"+c.Duties[0].Reference+"`), where somebody is named in this case") {
		t.Errorf("the case says:\n%s", body)
	}
	// A witness is nobody to be kept from it.
	w = withEvents(t)
	w.atEvent("River Days 2025", coc.Party{Login: "dora-desk", Role: coc.RoleWitness})
	if len(w.letters()) != 1 {
		t.Error("a witness counts as concerned")
	}
	// Named later, while it waits, they are not told any more.
	w = withEvents(t)
	w.atEvent("River Days 2025")
	if len(w.letters()) != 1 {
		t.Error("nobody is told")
	}
	f := says("It was Dora, @dora-desk.")
	w.file("token", f)
	w.pass(time.Minute)
	if len(w.letters()) != 0 {
		t.Error("it waits for somebody to bring it to the accused")
	}
}

func TestEveryDeskThatClaimsAnEventIsToldOnce(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	w.atEvent("Both Days")
	l := w.letters()
	if len(l) != 2 || l[0].ID == l[1].ID || l[0].To == l[1].To || w.waits(l[0].ID) != 1 || w.waits(l[1].ID) != 1 {
		t.Fatalf("%+v, %q", l, w.alarms)
	}
	if err := w.Delivered(t.Context(), l[1].ID); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if rest := w.letters(); len(rest) != 1 || rest[0].ID != l[0].ID {
		t.Errorf("left: %+v", rest)
	}
	w.invariants()
}

// The letter names whoever has the case when it is brought, and is owed once.
func TestLetterGoesWithTheCase(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	c := w.says(w.atEvent("River Days 2025"), "fay-foundation", "/coc escalate We know everybody.")
	if l := w.letters(); c.Home().Committee.Key != "summit" || len(l) != 1 || !strings.Contains(l[0].Text, "Summit Committee, help@summit.example") {
		t.Errorf("%+v", l)
	}
}

func TestDeskIsToldOfACaseThatNobodyCanTake(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	for _, room := range []coc.Repo{baseRoom, topRoom} {
		w.at(room).Archived = true
	}
	c := w.atEvent("River Days 2025")
	l := w.letters()
	if !c.Home().Sealed() || len(l) != 1 || !strings.Contains(l[0].Text, "Nobody could take it yet.") || strings.Contains(l[0].Text, "Foundation") {
		t.Errorf("%+v", l)
	}
}

func TestNobodyIsToldByHandWhereARoomTakesIt(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	w.report(account)
	if l := w.letters(); len(l) != 0 {
		t.Errorf("%+v", l)
	}
}

// A job that is done twice, because somebody died in between, makes no second one
// that reminds for ever.
func TestOneReminderADayWhateverIsDoneTwice(t *testing.T) {
	t.Parallel()
	w := withEvents(t)
	c := w.atEvent("River Days 2025")
	for range 3 {
		if err := w.Do(t.Context(), coc.Job{Kind: coc.JobTell, Case: c.ID}, true); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(25 * time.Hour)
	if n := w.waits(w.letters()[0].ID); n != 2 {
		t.Errorf("operators heard of it %d times in 25 hours", n)
	}
}

// Who handles a case jointly is told in their own room, where nobody of them is
// concerned, and not once more when it moves.
func TestWhoHandlesACaseJointlyIsToldInTheirRoom(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accused coc.Login
		want    int
	}{"nobody is concerned": {"omar-outsider", 1}, "somebody is": {"sam-summit", 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(baseRoom).Archived = true // nobody can take it, until both are unarchived below
			w.at(topRoom).Archived = true
			text := strings.Replace(directory, "fallback:", events[1:]+"fallback:", 1)
			text = strings.Replace(text, "committee: guild}", "committee: summit}", 1)
			text = strings.Replace(text, "{producer: The Host, committee: desk}", "{producer: The Host, committee: foundation, joint: [summit]}", 1)
			dir, problems := policy.ParseDirectory([]byte(text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			w.Directory = dir
			c := w.atEvent("River Days 2025", coc.Party{Login: tc.accused, Role: coc.RoleAccused})
			if !c.Home().Sealed() || len(w.noticesOf(c)) != 0 {
				t.Fatalf("it is with %s", c.Home().Committee.Key)
			}
			w.at(baseRoom).Archived, w.at(topRoom).Archived = false, false
			w.pass(3 * time.Hour)
			told := w.noticesOf(w.caseOf(c.ID))
			if len(told) != tc.want || len(w.letters()) != 0 || len(w.at(topRoom).issues) != tc.want {
				t.Fatalf("notices: %+v", told)
			}
			for _, n := range told {
				body := w.issueOf(n, 0).Body
				if !strings.Contains(body, "handle jointly") || !strings.Contains(body, "Foundation Committee") || strings.Contains(body, canary) || strings.Contains(body, "omar") {
					t.Errorf("it says:\n%s", body)
				}
			}
			w.invariants()
		})
	}
}
