package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const question = "What was agreed about reviews, see #12 and @zed-else?"

// withLiaison is a world in whose project cy-river is the liaison, and a case of it
// that the foundation has.
func withLiaison(t *testing.T, words string, who ...coc.Login) (*world, coc.Case) {
	t.Helper()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, {login: cy-river, role: liaison}]\n"
	c := w.accusing(words, who...)
	if c.Home().Committee.Key != "foundation" {
		c = w.says(c, "ada-river", "/coc ack\n/coc escalate We know everybody.")
	}
	if c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Fatalf("%s has it", c.Home().Committee.Key)
	}
	return w, c
}

func TestLiaisonIsAskedWithoutTheReportAndTheAnswerComesBack(t *testing.T) {
	t.Parallel()
	w, c := withLiaison(t, account, "omar-outsider")
	n := len(c.Placements) - 1
	c = w.says(c, "fay-foundation", "/coc ask @cy-river "+question)
	asked := w.noticesOf(c)
	if len(asked) != 1 || asked[0].Home().Committee.Key != "river/conduct" || asked[0].Home().Issue == 0 {
		t.Fatalf("notices: %+v", asked)
	}
	q := asked[0]
	i := w.issueOf(q, 0)
	for _, want := range []string{"of `cy-river` as a liaison", "What was agreed about reviews, see `#12` and `@zed-else`?", "Foundation Committee", "`" + q.Notice.Reference + "`", "`/coc notify TEXT` answers"} {
		if !strings.Contains(i.Body, want) {
			t.Errorf("the question lacks %q:\n%s", want, i.Body)
		}
	}
	for _, never := range []string{canary, "omar-outsider", "Accused", "foundation-conduct", "fay-foundation", "river/main", " @zed-else", " #12"} {
		if strings.Contains(i.Body, never) || strings.Contains(i.Title, never) {
			t.Errorf("the question has %q:\n%s", never, i.Body)
		}
	}
	if said := strings.Join(w.issueOf(c, n).comments, ""); !strings.Contains(said, q.Notice.Reference) || !strings.Contains(said, "`cy-river` of River Committee") {
		t.Errorf("who asked hears %s", said)
	}
	// An outsider answers nothing, the liaison does, and saying it twice adds nothing.
	q = w.says(q, "omar-outsider", "/coc notify It was me.")
	before := len(w.issueOf(c, n).comments)
	q = w.says(q, "cy-river", "/coc help\n/coc notify Reviews are two days, @zed-else said so.")
	q = w.says(q, "cy-river", "/coc notify Reviews are two days, @zed-else said so.\n/coc close")
	c = w.caseOf(c.ID)
	said := w.issueOf(c, n).comments[before:]
	if len(said) != 1 {
		t.Fatalf("the case hears %q", said)
	}
	for _, want := range []string{"Answered by `cy-river` of River Committee", "What was asked", "What was agreed", "Reviews are two days, `@zed-else` said so."} {
		if !strings.Contains(said[0], want) {
			t.Errorf("the answer lacks %q: %s", want, said[0])
		}
	}
	here := strings.Join(w.issueOf(q, 0).comments, "\n")
	if strings.Contains(here, "foundation") || !strings.Contains(here, "`/coc notify TEXT` answers") || strings.Count(here, "It is on its way to the committee that asked") != 2 || q.Stage != coc.StageClosed {
		t.Errorf("%s, and the liaison hears %s", q.Stage, here)
	}
	// Whoever has the case next reads it too.
	c = w.says(c, "fay-foundation", "/coc escalate We are too few.")
	body := w.issueOf(c, len(c.Placements)-1).Body
	for _, want := range []string{"Answered by `cy-river` of River Committee", "What was agreed", "Reviews are two days", "a project's liaison answered a question"} {
		if !strings.Contains(body, want) {
			t.Errorf("the next home lacks %q:\n%s", want, body)
		}
	}
	w.invariants()
}

// A second answer in one comment would take the place of the first.
func TestOneCommentAnswersOnce(t *testing.T) {
	t.Parallel()
	w, c := withLiaison(t, account, "omar-outsider")
	c = w.says(c, "fay-foundation", "/coc ask @cy-river "+question)
	q := w.says(w.noticesOf(c)[0], "cy-river", "/coc notify Reviews are two days.\n/coc notify And nobody keeps to that.")
	said := strings.Join(w.issueOf(c, len(c.Placements)-1).comments, "\n")
	if !strings.Contains(said, "Reviews are two days.") || strings.Contains(said, "And nobody keeps to that.") {
		t.Errorf("the case hears %s", said)
	}
	if heard := strings.Join(w.issueOf(q, 0).comments, "\n"); !strings.Contains(heard, "One comment answers once") {
		t.Errorf("who answers hears %s", heard)
	}
	w.invariants()
}

// In every one of these nobody in the project hears that there is a case.
func TestLiaisonIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		words   string
		accused []coc.Login
		before  func(*world, coc.Case) coc.Case
		who     coc.Login // fay-foundation
		say     string
		rule    string
	}{
		"who is accused":                     {accused: []coc.Login{"cy-river"}, rule: "ask/cannot"},
		"who is named in plain words":        {words: "Cy-River and ", rule: "ask/cannot"},
		"who is named in the question":       {say: "@cy-river Did cy-river see it?", rule: "ask/cannot"},
		"where somebody accused reads":       {accused: []coc.Login{"ben-river"}, rule: "ask/cannot"},
		"where somebody named reads":         {say: "@cy-river Did ben-river see it?", rule: "ask/cannot"},
		"with a conflict that they declared": {before: declares("cy-river"), rule: "ask/cannot"},
		"where a stranger reads": {before: func(w *world, c coc.Case) coc.Case {
			w.at(riverRoom).readers["stan-stranger"] = true
			return c
		}, rule: "ask/cannot"},
		"who cannot read there": {before: func(w *world, c coc.Case) coc.Case {
			delete(w.at(riverRoom).readers, "cy-river")
			return c
		}, rule: "ask/cannot"},
		"in a room that is public": {before: func(w *world, c coc.Case) coc.Case {
			w.at(riverRoom).Visibility = "public"
			return c
		}, rule: "ask/cannot"},
		"who is no liaison":    {say: "@ada-river Well?", rule: "ask/liaison"},
		"who is nobody":        {say: "@omar-outsider Well?", rule: "ask/liaison"},
		"with the room's name": {say: "@cy-river See foundation-conduct/cases#1", rule: "ask/reporter"},
		"by somebody else":     {who: "omar-outsider", rule: "responder"},
		"without a question":   {say: "@cy-river", rule: "command/ask"},
		"without the sign":     {say: "Cy-River what was agreed?", rule: "ask/whom"},
		"in the project's own room": {before: func(w *world, c coc.Case) coc.Case {
			receipt := w.file("another token", says("something else"))
			w.pass(time.Second)
			return w.of(receipt)
		}, who: "ada-river", rule: "ask/central"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := withLiaison(t, tc.words+account, tc.accused...)
			if tc.before != nil {
				c = tc.before(w, c)
			}
			w.pass(11 * time.Second)
			var refused []string
			w.Refused = func(rule string) { refused = append(refused, rule) }
			if tc.say == "" {
				tc.say = "@cy-river What was agreed?"
			}
			if tc.who == "" {
				tc.who = "fay-foundation"
			}
			issues, comments := len(w.at(riverRoom).issues), 0
			for _, i := range w.at(riverRoom).issues {
				comments += len(i.comments)
			}
			c = w.says(c, tc.who, "/coc ask "+tc.say)
			if !slices.Equal(refused, []string{tc.rule}) || len(w.noticesOf(c)) != 0 {
				t.Errorf("refused by %q; notices: %+v", refused, w.noticesOf(c))
			}
			if n := len(w.at(riverRoom).issues); n != issues {
				t.Errorf("%d issues in the project's room, there were %d", n, issues)
			}
			if tc.rule == "ask/liaison" && !strings.Contains(strings.Join(w.issueOf(c, len(c.Placements)-1).comments, ""), "`cy-river`") {
				t.Errorf("it does not say who is: %q", w.issueOf(c, len(c.Placements)-1).comments)
			}
			w.always()
		})
	}
}

// declares is somebody's own word that they have a soft conflict.
func declares(who coc.Login) func(*world, coc.Case) coc.Case {
	return func(w *world, c coc.Case) coc.Case {
		c.Declarations = append(c.Declarations, coc.Declaration{Login: who, Kind: coc.ConflictSoft, Basis: coc.BasisComment})
		w.keep(c)
		return w.caseOf(c.ID)
	}
}

// An answer is words like the reporter's: whoever of those who have the case is
// named in it reads it no further.
func TestAnswerThatNamesAReaderMovesTheCase(t *testing.T) {
	t.Parallel()
	w, c := withLiaison(t, account)
	c = w.says(c, "fay-foundation", "/coc ask @cy-river "+question)
	q := w.says(w.noticesOf(c)[0], "cy-river", "/coc notify Ask Finn-Foundation, who was there. It was ivory.")
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "summit" || !strings.Contains(w.issueOf(c, len(c.Placements)-1).Body, "ivory") {
		t.Errorf("%s has it", c.Home().Committee.Key)
	}
	for _, x := range w.gh.writes {
		if strings.Contains(x.text, "ivory") && slices.Contains(x.readers, "finn-foundation") {
			t.Errorf("%s: the answer was written to %s", x.op, x.repo)
		}
	}
	// The liaison hears the same as always.
	if said := strings.Join(w.issueOf(q, 0).comments, ""); strings.Contains(said, "ummit") || !strings.Contains(said, "It is on its way to the committee that asked") {
		t.Errorf("the liaison hears %s", said)
	}
	w.invariants()
}

// A liaison who answers again, while the case's room cannot be seen or when the
// case is with somebody else, is heard once each time.
func TestAnswerReachesWhoeverHasTheCase(t *testing.T) {
	t.Parallel()
	w, c := withLiaison(t, account)
	c = w.says(c, "fay-foundation", "/coc ask @cy-river "+question)
	q := w.noticesOf(c)[0]
	w.at(baseRoom).problem = coc.Later{Cause: "status 502"}
	w.pass(11 * time.Second)
	q = w.says(q, "cy-river", "/coc notify First.")
	w.at(baseRoom).problem = nil
	w.pass(time.Hour)
	c = w.says(w.caseOf(c.ID), "fay-foundation", "/coc escalate We are too few.")
	w.says(q, "cy-river", "/coc notify Second.")
	c = w.caseOf(c.ID)
	if len(c.Report.Added) != 2 || c.Home().Committee.Key != "summit" {
		t.Fatalf("%s has it, with %d answers", c.Home().Committee.Key, len(c.Report.Added))
	}
	there := w.issueOf(c, len(c.Placements)-1)
	if strings.Count(there.Body, "First.") != 1 || strings.Count(strings.Join(there.comments, ""), "Second.") != 1 {
		t.Errorf("the case says\n%s\n%q", there.Body, there.comments)
	}
	w.invariants()
}

// No label takes a notice to where no command can.
func TestNoLabelDecidesOnANotice(t *testing.T) {
	t.Parallel()
	w, c := withLiaison(t, account, "omar-outsider")
	w.says(c, "fay-foundation", "/coc ask @cy-river "+question)
	q := w.says(w.noticesOf(c)[0], "cy-river", "/coc ack")
	for _, s := range coc.Stages() {
		w.tell(w.byHand(q, coc.EventLabeled, "cy-river", s.Label()))
		if got := w.caseOf(q.ID); got.Stage != coc.StageAcknowledged {
			t.Fatalf("a label makes the notice %s", got.Stage)
		}
	}
	w.tell(w.byHand(q, coc.EventClosed, "cy-river", ""))
	if got := w.caseOf(q.ID); got.Stage != coc.StageClosed {
		t.Errorf("closing it makes it %s", got.Stage)
	}
	w.invariants()
}
