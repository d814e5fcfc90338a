package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// proposing is a case in which ada has proposed something.
func proposing(t *testing.T, what string) (*world, coc.Case) {
	t.Helper()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose "+what)
	if c.Stage != coc.StageDeciding || len(c.Proposals) != 1 {
		t.Fatalf("%s with %d proposals", c.Stage, len(c.Proposals))
	}
	return w, c
}

// states is what became of every proposal, did how often the journal has an act.
func states(c coc.Case) (out []coc.ProposalState) {
	for _, p := range c.Proposals {
		out = append(out, p.State)
	}
	return out
}

func did(c coc.Case, act string) int {
	n := 0
	for _, e := range c.Journal {
		if e.Act == act {
			n++
		}
	}
	return n
}

// last is the last comment of ours in a case's home.
func (w *world) last(c coc.Case) string {
	all := w.issueOf(c, len(c.Placements)-1).comments
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// A proposal begins another stage, and answers nobody.
func TestProposalForgetsNobodyWhoWaits(t *testing.T) {
	t.Parallel()
	for _, begun := range []string{"", "\n/coc screen", "\n/coc investigate"} {
		w := newWorld(t)
		receipt := w.file("token", says(account))
		w.pass(time.Second)
		c := w.says(w.of(receipt), "ada-river", "/coc ack"+begun)
		for _, kind := range []coc.MessageKind{coc.MessageUrgent, coc.MessageWithdrawn} {
			if err := w.sends(receipt, string(kind), kind, ""); err != nil {
				t.Fatal(err)
			}
		}
		c = w.says(c, "ada-river", "/coc interim I muted them.")
		w.pass(2 * time.Hour)
		c = w.says(c, "ada-river", "/coc propose warning They apologise.")
		for _, want := range []string{"urgent 03-04", "withdrawn 03-06", "interim 03-04"} {
			if c.Stage != coc.StageDeciding || !strings.Contains(dues(c), want) {
				t.Errorf("after %q it is %s, and %q is not among %s", begun, c.Stage, want, dues(c))
			}
		}
		w.invariants()
	}
}

func TestWhoProposesAgreesAndTheOthersDecide(t *testing.T) {
	t.Parallel()
	w, c := proposing(t, "warning They apologise in public, "+canary+".")
	if v := c.Proposals[0].Votes; len(v) != 1 || v[0].Login != "ada-river" || !v[0].Agrees {
		t.Errorf("votes: %+v", v)
	}
	if c = w.says(c, "ben-river", "/coc resolve"); c.Stage != coc.StageDeciding || !strings.Contains(w.last(c), "1 more must agree") {
		t.Fatalf("%s: %s", c.Stage, w.last(c))
	}
	c = w.says(c, "ben-river", "/coc object Too much.\n/coc agree")
	body := w.issueOf(c, 0).Body
	for _, want := range []string{"**Agree**: `ada-river`, `ben-river`", "**Have not voted**: `cy-river`", "quorum 2 of 3", "or nobody may object until the window is over"} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	before := len(w.issueOf(c, 0).comments)
	c = w.says(c, "cy-river", "/coc agree")
	if got := len(w.issueOf(c, 0).comments) - before; got != 1 || !strings.Contains(w.last(c), "is carried") || did(c, "carried") != 1 {
		t.Errorf("%d answers, %q", got, w.last(c))
	}
	c = w.says(c, "cy-river", "/coc resolve warning They did, too.")
	decided, _ := coc.Decision(c.Journal)
	if c.Stage != coc.StageResolved || c.Outcome != coc.OutcomeWarning || !slices.Equal(c.Decided, []coc.Login{"ada-river", "ben-river", "cy-river"}) ||
		decided.Text.Reveal() != "They apologise in public, "+canary+".\n\nAdded when it was entered, and not voted on:\n\nThey did, too." {
		t.Errorf("%s, %s, by %q: %q", c.Stage, c.Outcome, c.Decided, decided.Text.Reveal())
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "### What was decided") || !strings.Contains(body, "**Agree**: `ada-river`, `ben-river`, `cy-river`") {
		t.Errorf("the record is gone:\n%s", body)
	}
	w.invariants()
	// Taken up again, there is nothing to resolve it with.
	if c = w.says(c, "ada-river", "/coc reopen It came back.\n/coc ack\n/coc resolve"); c.Stage != coc.StageAcknowledged || !strings.Contains(w.last(c), "nothing is proposed") {
		t.Errorf("%s: %s", c.Stage, w.last(c))
	}
}

func TestSilenceCarriesOnceAndOnlyWhatStands(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before  string // what ben says before the window is over
		carried int
		states  []coc.ProposalState
	}{
		"most agreed":                         {"/coc agree", 1, []coc.ProposalState{coc.ProposalCarried}},
		"one of three agreed":                 {"/coc status", 0, []coc.ProposalState{coc.ProposalOpen}},
		"somebody objects":                    {"/coc object", 0, []coc.ProposalState{coc.ProposalOpen}},
		"it was taken back, and another made": {"", 0, []coc.ProposalState{coc.ProposalWithdrawn, coc.ProposalOpen}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := proposing(t, "warning They apologise.")
			if tc.before == "" {
				w.pass(20 * time.Hour)
				c = w.says(c, "ada-river", "/coc object\n/coc propose no-action It was nothing.")
				c = w.says(c, "cy-river", "/coc agree")
			} else {
				c = w.says(c, "ben-river", tc.before)
			}
			before := len(w.issueOf(c, 0).comments)
			// The server is down for a while, and its clock was set back.
			w.clock.set(w.clock.Now().Add(30 * time.Hour))
			if tc.before == "" {
				w.clock.set(w.clock.Now().Add(-7 * time.Hour))
			}
			w.rest()
			w.clock.set(w.clock.Now().Add(-26 * time.Hour))
			w.rest()
			c = w.caseOf(c.ID)
			if got := states(c); !slices.Equal(got, tc.states) || did(c, "carried") != tc.carried || len(w.issueOf(c, 0).comments)-before != tc.carried {
				t.Errorf("%q, carried %d times, told %d times", got, did(c, "carried"), len(w.issueOf(c, 0).comments)-before)
			}
			if tc.carried == 1 { // by a clock that is set back it is carried all the same
				if !strings.Contains(w.issueOf(c, 0).Body, "It is carried") {
					t.Errorf("the body does not show it:\n%s", w.issueOf(c, 0).Body)
				}
				if c = w.says(c, "ada-river", "/coc resolve"); c.Stage != coc.StageResolved {
					t.Errorf("%s: %s", c.Stage, w.last(c))
				}
			}
			w.invariants()
		})
	}
}

// Votes count as of when they were written: GitHub may bring them late.
func TestObjectionThatWasWrittenInTimeCountsHoweverLateItComes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		written time.Duration // after the proposal
		state   coc.ProposalState
	}{
		"in time":          {23 * time.Hour, coc.ProposalOpen},
		"too late":         {25 * time.Hour, coc.ProposalCarried},
		"before it itself": {-time.Minute, coc.ProposalCarried},
	} {
		w := newWorld(t)
		w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, cy-river, dee-river, eve-river]\n"
		w.at(riverRoom).readers["dee-river"], w.at(riverRoom).readers["eve-river"] = true, true
		c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose warning They apologise.")
		said := c.Proposals[0].At
		c = w.says(w.says(c, "ben-river", "/coc agree"), "dee-river", "/coc agree")
		w.pass(26 * time.Hour)
		if c = w.caseOf(c.ID); c.Proposals[0].State != coc.ProposalCarried {
			t.Fatalf("%s: %s", name, c.Proposals[0].State)
		}
		late := w.comment(c, "cy-river", "/coc object I was on a train.")
		late.CommentAt = said.Add(tc.written)
		w.tell(late)
		c = w.caseOf(c.ID)
		if c.Proposals[0].State != tc.state {
			t.Errorf("%s: %s: %s", name, c.Proposals[0].State, w.last(c))
		}
		if refused := strings.Contains(w.last(c), "was written before"); refused != (tc.written < 0) {
			t.Errorf("%s: %s", name, w.last(c))
		}
		if tc.state == coc.ProposalOpen && did(c, "not carried any more") != 1 {
			t.Errorf("%s: the journal does not say so", name)
		}
	}
}

// Silence never overrules an objection, however often it is written.
func TestObjectionThatIsRepeatedWhenTheWindowIsOverWasMadeInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, cy-river, dee-river, eve-river]\n"
	w.at(riverRoom).readers["dee-river"], w.at(riverRoom).readers["eve-river"] = true, true
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose warning They apologise.")
	c = w.says(w.says(c, "ben-river", "/coc agree"), "dee-river", "/coc agree")
	w.pass(10 * time.Hour)
	c = w.says(c, "cy-river", "/coc object It is too much.")
	w.pass(16 * time.Hour)
	c = w.says(c, "cy-river", "/coc object It is still too much.")
	if c.Proposals[0].State != coc.ProposalOpen {
		t.Errorf("it is %s: %s", c.Proposals[0].State, w.last(c))
	}
	if c = w.says(c, "eve-river", "/coc agree"); c.Proposals[0].State != coc.ProposalCarried {
		t.Errorf("all have spoken, and it is %s", c.Proposals[0].State)
	}
}

func TestVotesAreCountedAgainWhenSomebodyLosesTheirs(t *testing.T) {
	t.Parallel()
	w, c := proposing(t, "warning They apologise.")
	c = w.says(c, "ben-river", "/coc object")
	c = w.says(c, "cy-river", "/coc agree")
	if c.Proposals[0].State != coc.ProposalCarried {
		t.Fatal("it is not carried")
	}
	if c = w.says(c, "cy-river", "/coc recuse soft comment"); c.Proposals[0].State != coc.ProposalOpen || did(c, "not carried any more") != 1 {
		t.Errorf("%s after a voter is limited", c.Proposals[0].State)
	}
	if c = w.says(c, "cy-river", "/coc agree"); !strings.Contains(w.last(c), "You have no vote") {
		t.Errorf("a limited member votes: %s", w.last(c))
	}
	if c = w.says(c, "cy-river", "/coc resolve"); c.Stage != coc.StageDeciding {
		t.Errorf("%s", c.Stage)
	}
	// The word that was given counts again when there is a vote to it again.
	if c = w.says(c, "cy-river", "/coc clear"); c.Proposals[0].State != coc.ProposalCarried || did(c, "carried") != 2 {
		t.Errorf("%s after they are clear", c.Proposals[0].State)
	}
	// With the case votes do not move.
	c = w.says(c, "ben-river", "/coc recuse hard")
	if _, ok := c.Standing(); ok || len(c.Placements) != 2 || strings.Contains(w.issueOf(c, 1).Body, "What is proposed") {
		t.Errorf("in placement %d it stands on", len(c.Placements)-1)
	}
	if c = w.says(c, "fay-foundation", "/coc ack\n/coc propose ban Never again."); c.Proposals[1].Number != 1 {
		t.Errorf("the next committee learns that there were %d before", c.Proposals[1].Number-1)
	}
	w.invariants()
}

// Nobody may decide before counsel was consulted, whichever way they ask for it, and
// what counsel said is about this proposal alone.
func TestWhatWaitsForCounselIsNotDoneByAnyWay(t *testing.T) {
	t.Parallel()
	w, c := proposing(t, "ban For ever.")
	c = w.says(w.says(c, "ben-river", "/coc agree"), "cy-river", "/coc agree")
	hasLabel := func() bool { return slices.Contains(w.issueOf(c, 0).Labels, "escalation/legal") }
	for _, say := range []string{"/coc resolve", "/coc resolve ban", "/coc legal\n/coc resolve", "/coc agree\n/coc resolve"} {
		if c = w.says(c, "ada-river", say); c.Stage != coc.StageDeciding || !hasLabel() {
			t.Errorf("%q: %s", say, c.Stage)
		}
	}
	w.tell(w.byHand(c, coc.EventLabeled, "ada-river", "status/resolved"))
	w.tell(w.byHand(c, coc.EventClosed, "ada-river", ""))
	if c = w.caseOf(c.ID); c.Stage != coc.StageDeciding || !w.issueOf(c, 0).Open {
		t.Fatalf("by hand: %s", c.Stage)
	}
	c = w.says(c, "ben-river", "/coc legal consulted by mail")
	if c = w.says(c, "ben-river", "/coc legal consulted"); !strings.Contains(w.last(c), "recorded already") || c.Proposals[0].Consulted != "ben-river" {
		t.Errorf("%+v: %s", c.Proposals[0], w.last(c))
	}
	// Two of them think again, so another proposal takes its place, and waits anew.
	c = w.says(c, "cy-river", "/coc object")
	c = w.says(c, "ben-river", "/coc object\n/coc propose suspension until 2026-03-03 naming They pause for a year.")
	if got := states(c); !slices.Equal(got, []coc.ProposalState{coc.ProposalReplaced, coc.ProposalOpen}) || c.Proposals[1].Held == "" || c.Proposals[1].Consulted != "" {
		t.Fatalf("%+v", c.Proposals)
	}
	c = w.says(w.says(c, "ada-river", "/coc agree"), "cy-river", "/coc agree")
	if c = w.says(c, "ada-river", "/coc resolve\n/coc legal consulted\n/coc resolve"); c.Stage != coc.StageResolved || !hasLabel() || c.Outcome != coc.OutcomeSuspension {
		t.Errorf("%s: %s", c.Stage, w.last(c))
	}
	w.invariants()
}

func TestOnePersonDecidesOnlyWhereTheyAreAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose no-action It was nothing.")
	c = w.says(w.says(c, "ada-river", "/coc recuse soft"), "ben-river", "/coc recuse soft")
	for _, step := range []struct {
		who  coc.Login
		say  string
		says string // "": it is done
	}{
		{"ada-river", "/coc resolve warning They apologised.", "1 more must agree"},
		{"cy-river", "/coc resolve", "but with which outcome"},
		{"cy-river", "/coc resolve ban For ever.", "Propose it first"},
		{"cy-river", "/coc resolve warning They apologised.", ""},
	} {
		c = w.says(c, step.who, step.say)
		if done := c.Stage == coc.StageResolved; done != (step.says == "") || !done && !strings.Contains(w.last(c), step.says) {
			t.Fatalf("%s %q: %s: %s", step.who, step.say, c.Stage, w.last(c))
		}
	}
	body := w.issueOf(c, 0).Body
	if !slices.Equal(c.Decided, []coc.Login{"cy-river"}) || c.Outcome != coc.OutcomeWarning || !strings.Contains(body, "**Decided by one person**, who was all that had a vote: `cy-river`") {
		t.Errorf("%s by %q:\n%s", c.Outcome, c.Decided, body)
	}
	if got := states(c); !slices.Equal(got, []coc.ProposalState{coc.ProposalReplaced, coc.ProposalDecided}) {
		t.Errorf("%q", got)
	}
	w.invariants()
}

// A liaison or a coordinator may put into words what the others think. They decide
// nothing, and can take it back.
func TestWhoHasNoVoteMayProposeAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers:\n  - {login: ada-river}\n  - {login: ben-river}\n  - {login: cy-river, role: liaison}\n"
	c := w.says(w.report(account), "cy-river", "/coc ack\n/coc propose warning They apologise.")
	if len(c.Proposals) != 1 || len(c.Proposals[0].Votes) != 0 {
		t.Fatalf("%+v", c.Proposals)
	}
	if c = w.says(c, "cy-river", "/coc agree"); len(c.Proposals[0].Votes) != 0 || !strings.Contains(w.last(c), "no vote") {
		t.Errorf("%+v: %s", c.Proposals[0].Votes, w.last(c))
	}
	if c = w.says(c, "cy-river", "/coc object Not like this."); c.Proposals[0].State != coc.ProposalWithdrawn {
		t.Errorf("%s", c.Proposals[0].State)
	}
	if c = w.says(c, "ada-river", "/coc agree"); !strings.Contains(w.last(c), "Nothing is proposed") {
		t.Error(w.last(c))
	}
	w.invariants()
}

func TestWrongProposalsAreRefusedOnce(t *testing.T) {
	t.Parallel()
	for say, want := range map[string]string{
		"ban until 2025-03-03 Today.":            "not in the future",
		"ban until 1 March 2025 Before.":         "not in the future",
		"suspension until 9999-12-31 For ever.":  "more than 100 years away",
		"ban until tomorrow He insulted people.": "one day",
		"warning until 2025-06-01 For a while.":  "Only a ",
		"ban":                                    "needs words",
	} {
		w := newWorld(t)
		c := w.says(w.report(account), "ada-river", "/coc ack\n/coc propose "+say)
		if len(c.Proposals) != 0 || c.Stage != coc.StageAcknowledged || len(w.issueOf(c, 0).comments) != 1 || !strings.Contains(w.last(c), want) {
			t.Errorf("%q: %s, %q", say, c.Stage, w.issueOf(c, 0).comments)
		}
	}
	w := newWorld(t)
	c := w.report(account)
	for say, want := range map[string]string{
		"/coc propose warning Now.": "needs a case that is", "/coc agree": "Nothing is proposed", "/coc object": "Nothing is proposed", "/coc legal consulted": "Nothing is proposed",
	} {
		if c = w.says(c, "ada-river", say); c.Stage != coc.StageReceived || !strings.Contains(w.last(c), want) {
			t.Errorf("%q: %s: %s", say, c.Stage, w.last(c))
		}
	}
	c = w.says(c, "ada-river", "/coc ack\n/coc propose warning They apologise.\n/coc legal consulted")
	if !strings.Contains(w.last(c), "does not wait for counsel") {
		t.Error(w.last(c))
	}
}

// Whatever the order in which the same votes come, the case ends the same.
func TestOrderOfVotesMakesNoDifference(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		w, c := proposing(t, "warning They apologise.")
		var events []coc.Event
		for i, who := range []coc.Login{"ben-river", "cy-river", "ben-river"} {
			ev := w.comment(c, who, []string{"/coc object", "/coc agree", "/coc agree"}[i])
			ev.CommentAt = w.clock.Now().Add(time.Duration(i-3) * time.Second / 10)
			events = append(events, ev)
		}
		w.clock.set(w.clock.Now().Add(time.Minute))
		for _, i := range order {
			w.tell(events[i])
		}
		c = w.caseOf(c.ID)
		if len(c.Proposals[0].Votes) != 3 || c.Proposals[0].State != coc.ProposalCarried || strings.Contains(w.issueOf(c, 0).Body, "**Object**") {
			t.Errorf("%v: %+v", order, c.Proposals[0])
		}
	}
}

// A proposal is carried, or is not any more, also because somebody's vote comes or goes.
// GitHub sends no mail of a body, and nobody is to wait for what is decided.
func TestMembersAreToldOfWhatIsCarriedWithoutAVote(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		begun []string
		next  func(*world, coc.Case) coc.Case
		want  coc.ProposalState
	}{
		"silence on conflicts takes votes": {nil, func(w *world, c coc.Case) coc.Case {
			w.says(c, "cy-river", "/coc clear")
			w.pass(5 * day)
			return w.caseOf(c.ID)
		}, coc.ProposalCarried},
		"two declare a conflict": {nil, func(w *world, c coc.Case) coc.Case {
			return w.says(w.says(c, "cy-river", "/coc recuse soft"), "dee-river", "/coc recuse soft")
		}, coc.ProposalCarried},
		"who had agreed declares one": {[]string{"cy-river"}, func(w *world, c coc.Case) coc.Case {
			return w.says(c, "cy-river", "/coc recuse soft")
		}, coc.ProposalOpen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ndecide_by: majority\nmembers: [ada-river, ben-river, cy-river, dee-river, eve-river]\n"
			w.at(riverRoom).readers["dee-river"], w.at(riverRoom).readers["eve-river"] = true, true
			c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear\n/coc propose warning They apologise.")
			for _, who := range append([]string{"ben-river"}, tc.begun...) {
				c = w.says(c, coc.Login(who), "/coc clear\n/coc agree")
			}
			before := len(w.issueOf(c, 0).comments)
			c = tc.next(w, c)
			said := strings.Join(w.issueOf(c, 0).comments[before:], "\n")
			if c.Proposals[0].State != tc.want || strings.Count(said, "**Proposal 1 is ") != 1 {
				t.Errorf("it is %s, and said is %q", c.Proposals[0].State, said)
			}
		})
	}
}
