package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// parts gives the project's committee a liaison, and turns by days.
const withParts = `
version: 1
screen_within: 1 month
members: [{login: ada-river}, {login: ben-river}, {login: cy-river, role: liaison}]
rota: {turn: 1 day, on_duty: 2, order: [ada-river, ben-river]}
`

func TestNewCaseHasAPointOfContactAndACoordinatorWhoDoesNotDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withParts
	var contacts []coc.Login
	for n := range 4 {
		receipt := w.file(fmt.Sprintf("token %d", n), says(fmt.Sprintf("%s %d", account, n)))
		shows := w.gh.shows
		w.pass(time.Second)
		c := w.of(receipt)
		body := w.issueOf(c, 0).Body
		if c.Coordinator != "cy-river" || !strings.Contains(body, "**Coordinator**, who keeps it moving and does not decide: `cy-river`") ||
			!strings.Contains(body, "**Point of contact for the reporter**: `"+string(c.Contact)+"`") || w.gh.shows != shows {
			t.Errorf("%q and %q, %d writes more\n%s", c.Contact, c.Coordinator, w.gh.shows-shows, body)
		}
		contacts = append(contacts, c.Contact)
	}
	if contacts[0] == contacts[1] || contacts[0] != contacts[2] || contacts[1] != contacts[3] {
		t.Errorf("they are spread over %q", contacts)
	}
	w.invariants()
}

func TestWhoClaimsACaseIsItsPointOfContactAndWhoIsRecusedIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withParts
	c := w.report(account)
	first, other := c.Contact, coc.Login("ada-river")
	if other.Is(first) {
		other = "ben-river"
	}
	if c = w.says(c, other, "/coc claim"); c.Contact != other || strings.Contains(w.issueOf(c, 0).Body, "Point of contact") {
		t.Errorf("%q claimed it, the point of contact is %q", other, c.Contact)
	}
	if c = w.says(c, other, "/coc recuse soft"); c.Contact != other {
		t.Errorf("who has the case is not asked any more, but %q", c.Contact)
	}
	if c = w.says(c, other, "/coc claim @"+string(first)); c.Contact != first {
		t.Errorf("the point of contact is %q", c.Contact)
	}
	delete(w.at(riverRoom).readers, first)
	w.pass(time.Minute)
	if c = w.says(c, first, "/coc recuse hard"); c.Contact == first || c.Holder == first || c.Coordinator == first {
		t.Errorf("recused, and %q answers, %q has it, %q coordinates", c.Contact, c.Holder, c.Coordinator)
	}
	w.invariants()
}

// Whoever does not know of a case must not learn of it from whom another one is given
// to.
func TestCaseInARoomOfItsOwnDoesNotShowInWhoGetsTheNext(t *testing.T) {
	t.Parallel()
	gets := map[bool]coc.Login{}
	for _, before := range []bool{false, true} {
		w := newWorld(t)
		w.administers()
		if before {
			if c := w.accuse("cy-river"); !c.Home().Separate || c.Contact != "ada-river" {
				t.Fatalf("separate %v, %q answers", c.Home().Separate, c.Contact)
			}
		}
		receipt := w.file("another token", says(account+" Another."))
		w.pass(time.Second)
		gets[before] = w.of(receipt).Contact
	}
	if gets[true] == "" || gets[true] != gets[false] {
		t.Errorf("after a case that cy-river may not know of %q gets the next, and %q without it", gets[true], gets[false])
	}
}

func TestNextCommitteeHasPeopleOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc escalate We know everybody.")
	if !coc.HasLogin(c.Home().Responders, c.Contact) || c.Coordinator != "" {
		t.Errorf("%q answers, %q coordinates", c.Contact, c.Coordinator)
	}
	w.invariants()
}
