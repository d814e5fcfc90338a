package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Nothing is for ever, or without counsel, because its end or its name was written where
// it is not understood.
func TestTermsThatAreNotUnderstoodAreSpokenOf(t *testing.T) {
	t.Parallel()
	for what, tc := range map[string]struct {
		rule string // by which it is refused
		says string // or what is answered
	}{
		"suspension for 8 weeks They insulted.":        {"command/propose", "until which day"},
		"ban until 29 February 2026 They insulted.":    {"command/propose", "stands one day"},
		"ban until 0001-01-01 They insulted.":          {"command/propose", "stands one day"},
		"ban until 2025-03-03 They insulted.":          {"proposal/until", "not in the future"},
		"ban until 9999-12-31 They insulted.":          {"proposal/until", "100 years"},
		"ban They are out for 8 weeks.":                {"", "`ban` **for ever**"},
		"other They are banned until 1 March 2027.":    {"", "neither `ban` nor `suspension`"},
		"warning They are named in public.":            {"", "does not say that somebody is named"},
		"ban until 2025-03-30 They are out till then.": {"", ""},
		"warning They apologise in public.":            {"", ""},
	} {
		w, told := refusing(t)
		c := w.says(w.report(account), "ada-river", "/coc ack")
		*told = nil
		c = w.says(c, "ada-river", "/coc propose "+what)
		_, stands := c.Standing()
		refused := len(*told) > 0
		if stands == refused || refused != (tc.rule != "") || refused && (*told)[0] != tc.rule {
			t.Errorf("%s: stands %v, refused by %q", what, stands, *told)
		}
		if said := strings.Join(w.answers(c, 0), "\n"); tc.says == "" && said != "" || !strings.Contains(said, tc.says) {
			t.Errorf("%s: %q", what, said)
		}
	}
}

// Whoever enters a decision enters what was carried. Other words are theirs alone.
func TestWhoEntersADecisionDoesNotChangeIt(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose suspension until 2025-03-30 They pause.")
	c = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
	*told = nil
	c = w.says(c, "cy-river", "/coc resolve suspension until 2025-04-30 They pause.")
	c = w.says(c, "cy-river", "/coc resolve suspension naming They pause.")
	if c.Stage != coc.StageDeciding || !slices.Equal(*told, []string{"resolve/outcome", "resolve/outcome"}) {
		t.Fatalf("%s, refused by %q", c.Stage, *told)
	}
	c = w.says(c, "cy-river", "/coc resolve suspension until 2025-03-30 And they are never to come back.")
	decided, _ := coc.Decision(c.Journal)
	voted, added, ok := strings.Cut(decided.Text.Reveal(), "Added when it was entered, and not voted on:")
	if c.Stage != coc.StageResolved || !ok || strings.TrimSpace(voted) != "They pause." || strings.TrimSpace(added) != "And they are never to come back." {
		t.Errorf("%s: %q", c.Stage, decided.Text.Reveal())
	}
	w.invariants()
}

// Where one person is all that have a vote, what they decide can end, too.
func TestOneVoterDecidesUntilADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river]\n"
	for _, l := range []coc.Login{"ben-river", "cy-river"} {
		delete(w.at(riverRoom).readers, l)
	}
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc resolve suspension until 2025-03-30 They pause.")
	if p := c.Proposals; c.Stage != coc.StageResolved || len(p) != 1 || !p[0].Until.Equal(time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%s: %+v, %q", c.Stage, p, w.last(c))
	}
	w.invariants()
}
