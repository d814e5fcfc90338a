package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// interimStep is what somebody writes, and what must come of it.
type interimStep struct {
	who   coc.Login
	say   string
	rules []string
	state []coc.MeasureState
	flag  bool
	due   bool
}

func TestInterimMeasureIsTakenByOneAndDecidedByTheOthers(t *testing.T) {
	t.Parallel()
	const waits, confirmed, reversed, withdrawn, ended = coc.MeasureWaits, coc.MeasureConfirmed, coc.MeasureReversed, coc.MeasureWithdrawn, coc.MeasureEnded
	of := func(s ...coc.MeasureState) []coc.MeasureState { return s }
	for name, steps := range map[string][]interimStep{
		"there is none": {
			{"ada-river", "confirm", []string{"interim/none"}, nil, false, false},
			{"ada-river", "reverse 1", []string{"interim/none"}, nil, false, false},
		},
		"who took it does not confirm it": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ada-river", "confirm", []string{"interim/own"}, of(waits), true, true},
			{"ada-river", "reverse", nil, of(withdrawn), false, false},
			{"ben-river", "confirm", []string{"interim/none"}, of(withdrawn), false, false},
		},
		"it is confirmed by both others": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ben-river", "confirm", nil, of(waits), true, true},
			{"ben-river", "confirm", []string{"interim/said"}, of(waits), true, true},
			{"ben-river", "confirm 2", []string{"interim/none"}, of(waits), true, true},
			{"cy-river", "confirm 1", nil, of(confirmed), true, false},
			{"ada-river", "reverse", []string{"interim/own"}, of(confirmed), true, false},
			{"ben-river", "confirm", []string{"interim/none"}, of(confirmed), true, false},
			{"ben-river", "reverse", nil, of(confirmed), true, false},
			{"cy-river", "reverse", nil, of(reversed), false, false},
		},
		"it is reversed, and one changed their mind": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ben-river", "confirm", nil, of(waits), true, true},
			{"cy-river", "reverse", nil, of(waits), true, true},
			{"ben-river", "reverse", nil, of(reversed), false, false},
			{"ben-river", "confirm 1", []string{"interim/none"}, of(reversed), false, false},
		},
		"several, one after the other": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ben-river", "I locked the thread.", nil, of(waits, waits), true, true},
			{"cy-river", "confirm", []string{"interim/which"}, of(waits, waits), true, true},
			{"cy-river", "confirm 1", nil, of(waits, waits), true, true},
			{"ben-river", "confirm 1", nil, of(confirmed, waits), true, true},
			{"cy-river", "confirm", nil, of(confirmed, waits), true, true},
			{"cy-river", "reverse 2", nil, of(confirmed, waits), true, true},
			{"ada-river", "reverse 2", nil, of(confirmed, reversed), true, false},
		},
		"a soft conflict has no part in it": {
			{"ben-river", "/recuse soft", nil, nil, false, false},
			{"ben-river", "I muted them.", []string{"interim/vote"}, nil, false, false},
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ben-river", "confirm", []string{"interim/vote"}, of(waits), true, true},
			{"cy-river", "confirm", nil, of(confirmed), true, false},
		},
		"a vote is lost, and what is left is a majority": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ben-river", "confirm", nil, of(waits), true, true},
			{"cy-river", "/recuse soft", nil, of(confirmed), true, false},
		},
		"it ends with the decision": {
			{"ada-river", "I muted them.", nil, of(waits), true, true},
			{"ada-river", "/ack", nil, of(waits), true, true},
			{"ada-river", "/resolve warning", nil, of(ended), false, false},
			{"ben-river", "confirm", []string{"interim/over"}, of(ended), false, false},
			{"ben-river", "I muted them again.", []string{"interim/over"}, of(ended), false, false},
			{"ben-river", "/reopen It goes on.", nil, of(ended), false, false},
			{"ben-river", "I muted them again.", nil, of(ended, waits), true, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, told := refusing(t)
			c := w.report(account)
			for _, s := range steps {
				*told = nil
				say, plain := strings.CutPrefix(s.say, "/")
				if !plain {
					say = "interim " + say
				}
				if strings.HasPrefix(say, "resolve") {
					c = w.decides(c, s.who, "/coc "+say)
				} else {
					c, _ = w.writes(c, s.who, "/coc "+say)
				}
				var states []coc.MeasureState
				for _, m := range c.Measures {
					states = append(states, m.State)
				}
				due := slices.ContainsFunc(c.Due, func(d coc.Due) bool { return d.What == "interim" })
				if !slices.Equal(*told, s.rules) || !slices.Equal(states, s.state) || slices.Contains(c.Flags, coc.FlagInterimAction) != s.flag || due != s.due {
					t.Fatalf("%s, %s: refused by %q, measures %q, flags %q, due %v", s.who, s.say, *told, states, c.Flags, c.Due)
				}
			}
			w.invariants()
		})
	}
}

func TestUnconfirmedMeasureHoldsAndIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, answer := w.writes(w.says(w.report(account), "ada-river", "/coc ack"), "ada-river", "/coc interim I muted them, "+canary+".")
	if !strings.Contains(answer, "(`ben-river`, `cy-river`)") || !strings.Contains(answer, "2 of 2 decide") || strings.Contains(answer, canary) {
		t.Error(answer)
	}
	c = w.says(c, "ada-river", "/coc investigate")
	body := w.issueOf(c, 0).Body
	for _, want := range []string{"**Interim measure 1**: “I muted them, " + canary + ".”, by `ada-river`, 3 March 2025; in force, **not confirmed**; 2 of 2 are needed by Tuesday 4 March 2025", "**Due**: an interim measure confirmed or reversed by the others by Tuesday 4 March 2025"} {
		if !strings.Contains(body, want) {
			t.Errorf("it lacks %q:\n%s", want, body)
		}
	}
	w.pass(25 * time.Hour)
	c = w.caseOf(c.ID)
	if !slices.Contains(c.Flags, coc.FlagInterimAction) || !slices.Contains(c.Flags, coc.FlagOverdue) || c.Measures[0].State != coc.MeasureWaits {
		t.Errorf("flags %q, measures %+v", c.Flags, c.Measures)
	}
	c = w.says(c, "ben-river", "/coc interim confirm")
	c = w.says(c, "cy-river", "/coc interim confirm")
	body = w.issueOf(c, 0).Body
	if slices.Contains(c.Flags, coc.FlagOverdue) || !strings.Contains(body, "**confirmed** by the others, for it `ben-river`, `cy-river`") || strings.Contains(body, "confirmed or reversed by the others by") {
		t.Errorf("flags %q:\n%s", c.Flags, body)
	}
	if e := c.Journal[len(c.Journal)-1]; e.Act != "interim confirm" || e.Actor != "cy-river" {
		t.Errorf("journal: %+v", e)
	}
	w.invariants()
}

// Where nobody else has a vote, a measure stands, the committee above hears that there is
// the case and not what it is, and whoever has a vote later is asked.
func TestMeasureThatNobodyElseCouldConfirmStandsAndIsToldAbove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear")
	c = w.says(c, "ben-river", "/coc recuse soft friend")
	c = w.says(c, "cy-river", "/coc recuse soft friend")
	if got := voters(c); !slices.Equal(got, []coc.Login{"ada-river"}) {
		t.Fatalf("%q have a vote", got)
	}
	c, answer := w.writes(c, "ada-river", "/coc interim I muted them, "+canary+".")
	if c.Measures[0].State != coc.MeasureAlone || !strings.Contains(answer, "it stands") {
		t.Errorf("%+v: %s", c.Measures[0], answer)
	}
	c = w.says(c, "ada-river", "/coc interim I locked the thread.")
	w.pass(25 * time.Hour)
	c = w.caseOf(c.ID)
	if slices.ContainsFunc(c.Due, func(d coc.Due) bool { return d.What == stage.DueInterim }) || slices.Contains(c.Flags, coc.FlagOverdue) || !slices.Contains(c.Flags, coc.FlagInterimAction) {
		t.Errorf("flags %q: nobody can be waited for", c.Flags)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**nobody else could confirm it**") || !strings.Contains(body, "**Told**: Foundation Committee") {
		t.Errorf("the case shows\n%s", body)
	}
	told := w.at(baseRoom).issues
	if len(told) != 1 || !strings.Contains(told[0].Body, "one person alone has acted") || strings.Contains(told[0].Body, "muted") || strings.Contains(told[0].Body, canary) {
		t.Fatalf("the foundation has %d notices: %+v", len(told), told)
	}
	if c = w.says(c, "ben-river", "/coc clear"); c.Measures[0].State != coc.MeasureWaits {
		t.Errorf("when somebody else has a vote it is %+v", c.Measures[0])
	}
	if c = w.says(c, "ben-river", "/coc interim confirm 1\n/coc interim reverse 2"); c.Measures[0].State != coc.MeasureConfirmed || c.Measures[1].State != coc.MeasureReversed {
		t.Errorf("they decide: %+v", c.Measures)
	}
	w.invariants()
}

func TestMeasureThatStandsAloneIsTakenBackByWhoTookIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc clear")
	c = w.says(w.says(c, "ben-river", "/coc recuse soft friend"), "cy-river", "/coc recuse soft friend")
	c = w.says(c, "ada-river", "/coc interim I muted them.")
	if _, answer := w.writes(c, "ada-river", "/coc interim confirm"); !strings.Contains(answer, "Not done") {
		t.Errorf("they confirm their own: %s", answer)
	}
	if c = w.says(c, "ada-river", "/coc interim reverse"); c.Measures[0].State != coc.MeasureWithdrawn || slices.Contains(c.Flags, coc.FlagInterimAction) {
		t.Errorf("%+v, %q", c.Measures, c.Flags)
	}
	w.invariants()
}

// What a member wrote for their own committee was never looked at for whom it names
// among others.
func TestNextCommitteeReadsThatAMeasureHoldsAndNotWhatItIs(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc interim I muted fay-foundation, "+canary+".")
	c = w.says(c, "ben-river", "/coc interim confirm\n/coc escalate It is too much for us.")
	if c.Home().Committee.Key != "foundation" || !coc.HasLogin(c.Home().Responders, "fay-foundation") {
		t.Fatalf("it is with %s: %q", c.Home().Committee.Key, c.Home().Responders)
	}
	body := w.issueOf(c, 1).Body
	if !strings.Contains(body, "**Interim measure 1**: taken elsewhere, on 3 March 2025; in force, **not confirmed**; 2 of 3 are needed by") ||
		!strings.Contains(body, "**Due**: an interim measure") || strings.Contains(body, "muted") || strings.Contains(body, "for it") {
		t.Error(body)
	}
	c = w.says(c, "fay-foundation", "/coc interim confirm")
	c = w.says(c, "finn-foundation", "/coc interim confirm")
	if c.Measures[0].State != coc.MeasureConfirmed || len(*told) != 0 {
		t.Errorf("%+v, refused by %q", c.Measures, *told)
	}
	w.invariants()
}
