package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Three members take turns of a week, two at a time, and have all the time they want.
const withWeeks = `
version: 1
screen_within: 1 month
acknowledge_target: 2 weeks
acknowledge_within: 1 month
update_every: 2 months
decide_within: 2 months
members: [ada-river, ben-river, cy-river]
rota: {turn: 1 week, on_duty: 2, order: [ada-river, ben-river, cy-river]}
`

func inTurns(t *testing.T) (*world, coc.Case) {
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withWeeks
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear")
	return w, w.says(w.says(c, "ben-river", "/coc clear"), "cy-river", "/coc clear")
}

// handOvers is the comments that announce one.
func (w *world) handOvers(c coc.Case) (said []string) {
	for _, s := range w.issueOf(c, 0).comments {
		if strings.Contains(s, "**Hand-over.**") {
			said = append(said, s)
		}
	}
	return said
}

func TestCaseGoesToTheNextOnDutyWithOneComment(t *testing.T) {
	t.Parallel()
	w, c := inTurns(t)
	first := c.Contact
	w.pass(13 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Contact != first || len(w.handOvers(c)) != 0 {
		t.Fatalf("before the turn ends %q answers, and %q was said", c.Contact, w.handOvers(c))
	}
	w.pass(2 * 24 * time.Hour)
	c = w.caseOf(c.ID)
	said := w.handOvers(c)
	if c.Contact == first || len(said) != 1 || !strings.Contains(said[0], "`"+string(first)+"`") || !strings.Contains(said[0], "`"+string(c.Contact)+"`") || strings.Contains(said[0], "@") {
		t.Fatalf("%q is followed by %q, and %q was said", first, c.Contact, said)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Point of contact for the reporter**: `"+string(c.Contact)+"`") {
		t.Errorf("the issue shows\n%s", body)
	}
	w.wound()
	w.invariants()
}

func TestWhoClaimedACaseKeepsItWhenTheTurnEnds(t *testing.T) {
	t.Parallel()
	w, c := inTurns(t)
	c = w.says(c, c.Contact, "/coc claim")
	had := c.Contact
	w.pass(25 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Contact != had || len(w.handOvers(c)) != 0 {
		t.Errorf("%q claimed it, and %q answers: %q", had, c.Contact, w.handOvers(c))
	}
}

// A server that was off for three turns hands over once, by who is on duty when it is
// back.
func TestWeeksOfflineHandACaseOverOnce(t *testing.T) {
	t.Parallel()
	w, c := inTurns(t)
	first := c.Contact
	w.clock.set(w.clock.Now().Add(2*7*24*time.Hour + time.Hour))
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); len(w.handOvers(c)) != 1 || c.Contact == first {
		t.Errorf("%q answers: %q", c.Contact, w.handOvers(c))
	}
	w.clock.set(w.clock.Now().Add(3 * 7 * 24 * time.Hour))
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); len(w.handOvers(c)) != 1 {
		t.Errorf("the same are on duty again: %q", w.handOvers(c))
	}
	w.wound()
	w.invariants()
}

// Into a room that takes no words nothing is announced, and it is not lost either.
func TestHandOverWaitsForAFrozenRoom(t *testing.T) {
	t.Parallel()
	w, c := inTurns(t)
	first := c.Contact
	w.at(riverRoom).readers["stan-stranger"] = true
	w.pass(time.Minute)
	w.says(c, "ada-river", "/coc screen")
	w.pass(16 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen == "" || c.Contact != first {
		t.Fatalf("frozen %q, %q answers", c.Home().Frozen, c.Contact)
	}
	delete(w.at(riverRoom).readers, "stan-stranger")
	w.pass(3 * time.Hour)
	if c = w.caseOf(c.ID); c.Contact == first || len(w.handOvers(c)) != 1 {
		t.Errorf("%q answers: %q", c.Contact, w.handOvers(c))
	}
}

// Who has a conflict is passed over. Where only the same two are left, both are always
// on duty, and there is nothing to hand over.
func TestHandOverPassesWhoHasAConflict(t *testing.T) {
	t.Parallel()
	w, c := inTurns(t)
	first := c.Contact
	for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		if who != first {
			c = w.says(c, who, "/coc recuse soft")
			break
		}
	}
	w.pass(16 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Contact != first || len(w.handOvers(c)) != 0 {
		t.Errorf("%q is followed by %q: %q", first, c.Contact, w.handOvers(c))
	}
	w.wound()
}

// Where a reminder is written at the same time, it is the one comment.
func TestHandOverAndReminderAreOneComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = strings.Replace(withWeeks, "2 weeks", "100 hours", 1)
	c := w.report(account)
	first := c.Contact
	w.clock.set(w.clock.Now().Add(15 * 24 * time.Hour))
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	if said := w.reminders(c, 0); c.Contact == first || len(w.handOvers(c)) != 0 || len(said) != 1 || !strings.Contains(said[0], "@"+string(c.Contact)) {
		t.Errorf("%q answers: %q", c.Contact, w.issueOf(c, 0).comments)
	}
}
