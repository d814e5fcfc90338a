package casework_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// TestCopiesOfACommentAreAnsweredOnce counts the answers to comments that are
// written one after the other.
func TestCopiesOfACommentAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	type said struct {
		who   coc.Login
		words string
		after time.Duration // the one before
	}
	refused := said{"ada-river", "/coc close", 0}
	later := func(s said, after time.Duration) said { s.after = after; return s }
	for name, tc := range map[string]struct {
		all  []said
		want int
	}{
		"at once":                           {[]said{refused, refused, refused}, 1},
		"a minute later":                    {[]said{refused, later(refused, time.Minute)}, 1},
		"ten minutes later":                 {[]said{refused, later(refused, 10*time.Minute)}, 2},
		"every six minutes":                 {[]said{refused, later(refused, 6*time.Minute), later(refused, 6*time.Minute)}, 2},
		"by somebody else":                  {[]said{refused, {"ben-river", "/coc close", 0}}, 2},
		"of something else, refused alike":  {[]said{{"ada-river", "/coc claim @omar-outsider", 0}, {"ada-river", "/coc claim @olga-outsider", 0}}, 2},
		"spelled otherwise, by a person":    {[]said{refused, {"ada-river", "/coc CLOSE", 0}}, 2},
		"when the answer is another by now": {[]said{refused, {"ada-river", "/coc ack", 0}, refused}, 2},
		"that move the case at first":       {[]said{{"ada-river", "/coc ack", 0}, {"ada-river", "/coc ack", 0}, {"ada-river", "/coc ack", 0}}, 1},
		"that ask for help":                 {[]said{{"ada-river", "/coc help", 0}, {"ada-river", "/coc help", 0}}, 1},
		"of an outsider":                    {[]said{{"omar-outsider", "/coc ack", 0}, {"omar-outsider", "/coc ack", 0}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			for _, s := range tc.all {
				w.pass(s.after)
				c = w.says(c, s.who, s.words)
			}
			if got := len(w.answers(c, 0)); got != tc.want {
				t.Errorf("%d answers, want %d: %q", got, tc.want, w.answers(c, 0))
			}
			w.invariants()
		})
	}
}

// A copy that is delivered hours late was written when the first was, and another
// that is delivered at once was not.
func TestCopiesAreKnownByWhenTheyWereWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	late := w.comment(c, "ada-river", "/coc close")
	c = w.says(c, "ada-river", "/coc close")
	w.pass(3 * time.Hour)
	late.Comment++
	w.tell(late)
	if n := len(w.answers(c, 0)); n != 1 {
		t.Errorf("%d answers to two comments of one minute", n)
	}
	w.says(c, "ada-river", "/coc close")
	if n := len(w.answers(c, 0)); n != 2 {
		t.Errorf("%d answers, and the last comment is hours younger than the others", n)
	}
}

// While a room takes no comment nobody has been told anything, and copies do not
// pile up there.
func TestCopiesInAFrozenRoomWaitForOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.at(riverRoom).refuses = coc.ErrDenied
	for range 20 {
		c = w.says(c, "ada-river", "/coc close")
	}
	w.at(riverRoom).refuses = nil
	w.pass(2 * time.Hour)
	if said := w.answers(c, 0); len(said) != 1 || !strings.Contains(said[0], "**Not done.**") {
		t.Errorf("the room thaws, and is told %q", said)
	}
	w.invariants()
}

// Only the answer is given once: what each copy asks for is done.
func TestCopiesLoseNoEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for range 5 {
		c = w.says(c, "ada-river", "/coc claim @ben-river\n/coc close")
		c = w.says(c, "ben-river", "/coc claim @ada-river\n/coc close")
	}
	claims := 0
	for _, e := range c.Journal {
		if e.Act == "claim" {
			claims++
		}
	}
	if claims != 10 || c.Holder != "ada-river" || len(w.answers(c, 0)) != 2 {
		t.Errorf("%d claims of 10, the case is with %s, and there are %d answers", claims, c.Holder, len(w.answers(c, 0)))
	}
}

// The answer to each would be another one, with another address or number.
func TestCopiesMakeOneAddressAndOneMeasure(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"accused link Were you there?", "interim I muted them."} {
		w := newWorld(t)
		c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack")
		late := w.comment(c, "ada-river", "/coc "+what)
		made := func() int { return len(c.Invitations) + len(c.Measures) }
		for range 100 {
			w.take(w.comment(c, "ada-river", "/coc "+what))
		}
		w.pass(time.Minute)
		if c = w.caseOf(c.ID); made() != 1 || len(w.answers(c, 0)) != 2 || !strings.Contains(w.last(c), "a moment ago") {
			t.Errorf("%s: %d were made, and told was %q", what, made(), w.answers(c, 0))
		}
		w.pass(3 * time.Hour)
		w.tell(late)
		if c = w.caseOf(c.ID); made() != 1 || len(w.answers(c, 0)) != 2 {
			t.Errorf("%s, a copy that comes late: %d were made", what, made())
		}
		// Others, other words and another day are no copies.
		for i, next := range []string{"ada-river " + what, "ben-river " + what, "ben-river " + what + " Yes."} {
			who, words, _ := strings.Cut(next, " ")
			c = w.says(c, coc.Login(who), "/coc "+words)
			if made() != 2+i {
				t.Errorf("%s: %q made %d of %d", what, next, made(), 2+i)
			}
		}
		w.invariants()
	}
}

// One that another has replaced, or that nobody answered in time, is no more.
func TestOnlyAddressesThatAreGoodOrWereUsedFillACase(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack")
	for n := range 60 {
		c, _ = w.invites(c, "ada-river", " Were you there on day "+strconv.Itoa(n)+"?")
	}
	for n := range 50 {
		var token string
		c, token = w.invites(c, "ada-river", " Then answer "+strconv.Itoa(n)+".")
		if err := w.accounts(token, "a form", "No."); err != nil {
			t.Fatal(err)
		}
	}
	if c, _ = w.writes(c, "ada-river", "/coc accused link Once more."); len(c.Invitations) != 110 || !slices.Equal(*told, []string{"accused/full"}) {
		t.Errorf("%d were made, refused by %q", len(c.Invitations), *told)
	}
}

// Twenty commands may have more to be answered than one comment holds, which GitHub would
// refuse for ever.
func TestAnswerThatIsTooLongForOneCommentIsGivenInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc/templates/accused-notice.md"] = strings.Repeat("We write to you, as we must.\n", 350)
	c := w.says(w.report(account), "ada-river", "/coc ack"+strings.Repeat("\n/coc template accused-notice", 19))
	said := w.issueOf(c, 0).comments
	for i, s := range said {
		if len(s) > 65536 {
			t.Errorf("comment %d has %d bytes", i, len(s))
		}
	}
	if n := strings.Count(strings.Join(said, ""), "We write to you, as we must."); n != 19*350 || len(said) < 2 {
		t.Errorf("%d comments have %d lines of 6650", len(said), n)
	}
	w.tell(w.comment(c, "ada-river", "/coc ack"+strings.Repeat("\n/coc template accused-notice", 19)))
	if now := len(w.issueOf(c, 0).comments); now > 2*len(said)+1 {
		t.Errorf("%d comments answer a copy", now-len(said))
	}
	w.invariants()
}
