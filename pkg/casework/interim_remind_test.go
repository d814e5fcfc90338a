package casework_test

import (
	"strings"
	"testing"
	"time"
)

// Of a measure that waits those are reminded who can confirm it. Whoever took it, and
// has the case, cannot.
func TestOthersAreRemindedOfAMeasureWhoeverHasTheCase(t *testing.T) {
	t.Parallel()
	w := slow(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = strings.ReplaceAll(withAlternate, "cy-river, role: alternate", "cy-river")
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc claim\n/coc interim I muted them.")
	w.pass(day + time.Hour)
	got := w.reminders(c, 0)
	if len(got) != 1 || !strings.HasPrefix(got[0], "@ada-river @ben-river @cy-river\n") {
		t.Fatalf("%q", got)
	}
	// Who has spoken is reminded no more of it.
	c = w.says(c, "ben-river", "/coc interim confirm")
	w.pass(day)
	if got = w.reminders(c, 0); len(got) != 2 || !strings.HasPrefix(got[1], "@ada-river @cy-river\n") {
		t.Fatalf("%q", got)
	}
	// Confirmed, it is nobody's any more, and what is late then is the holder's alone.
	c = w.says(c, "cy-river", "/coc interim confirm")
	w.pass(7 * day)
	if got = w.reminders(c, 0); len(got) < 3 || !strings.HasPrefix(got[2], "@ada-river\n") {
		t.Fatalf("%q", got)
	}
	w.invariants()
	w.wound()
}
