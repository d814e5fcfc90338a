package casework_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var addressIn = regexp.MustCompile("`https://coc\\.example/answer/([A-Za-z0-9_-]+)`")

// invites has a member make an address, and gives what stands in it.
func (w *world) invites(c coc.Case, who coc.Login, words string) (coc.Case, string) {
	w.Helper()
	c, answer := w.writes(c, who, "/coc accused link"+words)
	m := addressIn.FindStringSubmatch(answer)
	if m == nil {
		w.Fatalf("no address in %q", answer)
	}
	return c, m[1]
}

// accounts answers there.
func (w *world) accounts(token, form, words string) error {
	w.Helper()
	err := w.Answer(w.Context(), token, form, coc.NewProse(words))
	w.rest()
	return err
}

// dead checks that an address leads to nothing.
func (w *world) dead(why, token string) {
	w.Helper()
	if asked, err := w.Invited(w.Context(), token); !errors.Is(err, coc.ErrMissing) {
		w.Errorf("%s: it shows %+v, %v", why, asked, err)
	}
	taken := len(w.st.intakes)
	if err := w.accounts(token, "a form", "Let me in."); !errors.Is(err, coc.ErrMissing) || len(w.st.intakes) != taken {
		w.Errorf("%s: it takes an answer, %v", why, err)
	}
}

func TestAccusedAnswersOnceAtTheAddressThatAMemberSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack")
	before := len(w.gh.writes)
	c, token := w.invites(c, "ada-river", " We were told of the review on Monday.\nWhat was it like for you?")
	if said := strings.Join(w.issueOf(c, 0).comments, "\n"); !strings.Contains(said, "Send it to them yourself") || !strings.Contains(said, "until Monday 17 March 2025") {
		t.Error(said)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "they can answer at an address until 17 March 2025") || strings.Contains(body, token) {
		t.Error(body)
	}
	if packed, err := w.Keys.Pack(c); err != nil || strings.Contains(packed.Reveal(), token) {
		t.Error("the case keeps what stands in the address")
	}
	for range 3 { // a mail program looks for a picture
		if asked, err := w.Invited(t.Context(), token); err != nil || asked.Committee != "River Committee" || asked.Text.Reveal() != "We were told of the review on Monday.\nWhat was it like for you?" {
			t.Fatalf("%+v, %v", asked, err)
		}
	}
	const words = "I meant it as a joke. <b>@ben-river</b> was there.\n/coc close"
	if err := w.accounts(token, "one", words); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts(token, "one", words); err != nil { // the button, twice
		t.Error(err)
	}
	w.dead("it was answered", token)
	c = w.caseOf(c.ID)
	said := w.issueOf(c, 0).comments
	if last := said[len(said)-1]; len(said) != 2 || !strings.Contains(last, "**An answer for `omar-outsider`**") || !strings.Contains(last, "> I meant it as a joke. `<b>@ben-river</b>` was there.\n> \\/coc close\n") {
		t.Errorf("%d comments, the last one %s", len(said), last)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "account given on 3 March 2025") || strings.Contains(body, "at an address") {
		t.Error(body)
	}
	if e := c.Journal[len(c.Journal)-1]; e.Act != "accused answered" || e.Actor != "" || e.Text.Reveal() != words {
		t.Errorf("journal %+v", e)
	}
	if len(c.Placements) != 1 || len(c.Home().Responders) != 3 || c.Stage != coc.StageAcknowledged || len(w.gh.writes)-before != 4 {
		t.Errorf("%d homes, %v, %s, %d writes", len(c.Placements), c.Home().Responders, c.Stage, len(w.gh.writes)-before)
	}
	if c = w.decides(c, "ada-river", "/coc resolve warning"); c.Stage != coc.StageResolved {
		t.Errorf("whoever has answered was told: %s", c.Stage)
	}
	w.invariants()
}

func TestReporterReadsNothingOfWhatTheAccusedAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := says(account)
	f.Involved = []coc.Party{{Login: "omar-outsider", Role: coc.RoleAccused}}
	receipt := w.file("token", f)
	w.pass(time.Second)
	c, token := w.invites(w.of(receipt), "ada-river", "")
	before := w.told(receipt)
	if err := w.accounts(token, "one", "It was a joke."); err != nil {
		t.Fatal(err)
	}
	if c = w.caseOf(c.ID); len(c.Hearings) != 1 || !slices.Equal(w.told(receipt), before) {
		t.Errorf("%+v; the receipt shows %q", c.Hearings, w.told(receipt))
	}
	w.invariants()
}

func TestAddressThatIsNotGoodAnyMoreIsLikeOneThatNeverWas(t *testing.T) {
	t.Parallel()
	for why, ends := range map[string]func(*world, coc.Case){
		"two weeks are over": func(w *world, _ coc.Case) { w.pass(14 * 24 * time.Hour) },
		"another was made":   func(w *world, c coc.Case) { w.invites(c, "ben-river", " @Omar-Outsider") },
		"the case is closed": func(w *world, c coc.Case) {
			w.says(c, "ada-river", "/coc ack\n/coc accused notified\n/coc propose no-action Talked.")
			w.decides(w.caseOf(c.ID), "ada-river", "/coc resolve warning")
			w.says(w.caseOf(c.ID), "ada-river", "/coc close")
		},
		"another committee has the case": func(w *world, c coc.Case) { w.says(c, "ada-river", "/coc escalate It is too much for us.") },
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, token := w.invites(w.accusing(account, "omar-outsider"), "ada-river", "")
			if _, err := w.Invited(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			ends(w, c)
			w.dead(why, token)
			w.invariants()
		})
	}
	w := newWorld(t)
	c, token := w.invites(w.accusing(account, "omar-outsider"), "ada-river", "")
	last := "A"
	if strings.HasSuffix(token, last) {
		last = "Q"
	}
	for why, forged := range map[string]string{
		"nothing":             "",
		"a word":              "answer",
		"one letter more":     token + "A",
		"another last letter": token[:len(token)-1] + last,
		"another kind":        w.Keys.Ticket("sign-in", []byte(string(c.ID)+" 1")),
		"made anew":           w.Keys.Ticket("accused", []byte(string(c.ID)+" 1")),
		"of another number":   w.Keys.Ticket("accused", []byte(string(c.ID)+" 0")),
		"very long":           strings.Repeat("A", 1<<20),
	} {
		w.dead(why, forged)
	}
	if _, err := w.Invited(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestAddressIsForOnePersonAndTellsNothingOfTheReporter(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.accusing(account, "omar-outsider", "stan-stranger")
	room := c.Home().Room.Repo.String()
	c, _ = w.writes(c, "ada-river", "/coc accused link")
	c, _ = w.writes(c, "ada-river", "/coc accused link @ben-river")
	c, _ = w.writes(c, "ada-river", "/coc accused link @omar-outsider It is in "+room+".")
	c, _ = w.writes(c, "ada-river", "/coc accused link @omar-outsider Ask for "+c.Home().CodeName+".")
	c, _ = w.writes(c, "ada-river", "/coc accused link @omar-outsider "+strings.Repeat("word ", 2001))
	if !slices.Equal(*told, []string{"accused/which", "accused/nobody", "accused/reporter", "accused/reporter", "accused/long"}) || len(c.Invitations) != 0 {
		t.Fatalf("refused by %q, %d made", *told, len(c.Invitations))
	}
	// Of two, each has an address of their own.
	c, one := w.invites(c, "ada-river", " @omar-outsider Dear Omar.")
	c, two := w.invites(c, "ada-river", " @stan-stranger Dear Stan.")
	for token, want := range map[string]string{one: "Dear Omar.", two: "Dear Stan."} {
		if asked, err := w.Invited(t.Context(), token); err != nil || asked.Text.Reveal() != want {
			t.Errorf("%+v, %v", asked, err)
		}
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "2 addresses to answer at, good until 17 March 2025 at the latest") {
		t.Error(body)
	}
	if err := w.accounts(two, "one", "It was not me."); err != nil {
		t.Fatal(err)
	}
	if c = w.caseOf(c.ID); len(c.Hearings) != 1 || c.Hearings[0].Of[0].Login != "stan-stranger" {
		t.Errorf("%+v", c.Hearings)
	}
	w.invariants()
}

func TestOfTwoAnswersTheFirstThatWasSavedCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, token := w.invites(w.accusing(account, "omar-outsider"), "ada-river", "")
	answer := func(form, words string) error { return w.Answer(t.Context(), token, form, coc.NewProse(words)) }
	if err := answer("one", "It was a joke."); err != nil {
		t.Fatal(err)
	}
	// Nothing was worked yet. Nobody can say now which of the two it was.
	for _, words := range []string{"It was a joke.", "I deny it."} {
		if err := answer("one", words); !errors.Is(err, coc.ErrUnsure) {
			t.Errorf("%s: %v", words, err)
		}
	}
	w.rest()
	if err := answer("one", "It was a joke."); err != nil {
		t.Error(err)
	}
	w.dead("another answer was first", token)
	w.once(c, "It was a joke.")
	for _, words := range []string{" \n", strings.Repeat("a", 64<<10+1)} {
		if err := answer("two", words); err == nil || errors.Is(err, coc.ErrMissing) {
			t.Errorf("%d bytes: %v", len(words), err)
		}
	}
}

// It was saved, and they were told so.
func TestAnswerIsReadWhateverHappensToTheCaseMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, token := w.invites(w.accusing(account, "omar-outsider"), "ada-river", " Were you there?")
	w.stranger(riverRoom, true)
	if err := w.accounts(token, "one", "tourmaline, and fay-foundation knows it"); err != nil {
		t.Fatal(err)
	}
	if _, comments := w.counted(c, 0, "tourmaline"); comments != 0 {
		t.Error("a stranger reads it")
	}
	w.stranger(riverRoom, false)
	w.pass(2 * time.Hour)
	w.once(w.caseOf(c.ID), "tourmaline")
	// Who is named in it moves nothing, and does not get the case when it moves.
	if c = w.caseOf(c.ID); len(c.Placements) != 1 {
		t.Fatalf("%d homes", len(c.Placements))
	}
	c = w.says(c, "ada-river", "/coc escalate It is too much for us.")
	if len(c.Placements) != 2 || coc.HasLogin(c.Home().Responders, "fay-foundation") {
		t.Fatalf("%d homes, %v", len(c.Placements), c.Home().Responders)
	}
	if c.Home().Issue != 0 {
		w.once(c, "tourmaline")
		w.once(c, "Were you there?")
	}
	w.invariants()
}

func TestAddressIsGoodAsLongAsTheCommitteeHasTheCaseInWhicheverIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, token := w.invites(w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack"), "ada-river", " Were you there?")
	w.convert(c)
	c = w.says(c, "ben-river", "/coc claim")
	if len(c.Placements) != 2 || c.Home().Issue == 0 {
		t.Fatalf("%d homes", len(c.Placements))
	}
	if err := w.accounts(token, "one", "tourmaline"); err != nil {
		t.Fatal(err)
	}
	w.once(w.caseOf(c.ID), "tourmaline")
	w.invariants()
}
