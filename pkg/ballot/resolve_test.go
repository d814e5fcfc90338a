package ballot

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestDatesThatEndNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		outcome coc.Outcome
		until   string
		refused bool
	}{
		"today":                              {coc.OutcomeBan, "2026-03-02", true},
		"yesterday":                          {coc.OutcomeBan, "2026-03-01", true},
		"the year 9999":                      {coc.OutcomeSuspension, "9999-12-31", true},
		"more than a hundred years from now": {coc.OutcomeBan, "2126-03-03", true},
		"a hundred years from now":           {coc.OutcomeBan, "2126-03-02", false},
		"a warning with an end":              {coc.OutcomeWarning, "2026-05-01", true},
		"tomorrow":                           {coc.OutcomeSuspension, "2026-03-03", false},
		"for ever":                           {coc.OutcomeBan, "", false},
	} {
		var until time.Time
		if tc.until != "" {
			until, _ = time.Parse(time.DateOnly, tc.until)
		}
		err := MayPropose(tc.outcome, until, now)
		var r coc.Refusal
		if errors.As(err, &r) != tc.refused || tc.refused && (r.Rule != "proposal/until" || r.Next == "" || r.What == "") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "today" && r.Next != "Write the first day on which it is over, like `until 2026-04-02`." {
			t.Errorf("%s", r.Next)
		}
	}
}

// The day of every hour of every day is its own, by UTC, wherever it was told.
func TestEveryDayIsItsOwn(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("far", -11*3600)
	for at := time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC); at.Month() < time.April; at = at.Add(time.Hour) {
		today := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
		if MayPropose(coc.OutcomeBan, today, at.In(zone)) == nil || MayPropose(coc.OutcomeBan, today.AddDate(0, 0, 1), at.In(zone)) != nil {
			t.Errorf("%s is not a day of its own", at)
		}
	}
}

func TestResolving(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	until := func(s string) time.Time { u, _ := time.Parse(time.DateOnly, s); return u }
	gate := coc.Gate{LongerThan: coc.Span{N: 2, Unit: coc.Months}, Naming: true, Counsel: "LF counsel"}
	three := []coc.Login{"kim", "lee", "mo"}
	held := &coc.Proposal{Outcome: coc.OutcomeBan, At: at, Until: until("2026-05-31"), Held: "gate/long"}
	heard := *held
	heard.Consulted = "lee"
	for name, tc := range map[string]struct {
		p       *coc.Proposal
		agreed  int
		voters  []coc.Login
		quorum  string
		gate    coc.Gate
		by      coc.Login
		outcome coc.Outcome // and until when, or "naming", behind it
		rule    string      // of the refusal
		why     string
	}{
		"nothing is proposed":                         {nil, 0, three, "majority", gate, "kim", coc.OutcomeWarning, "resolve/proposal", "nothing is proposed"},
		"the proposal is open":                        {&coc.Proposal{Outcome: coc.OutcomeWarning}, 1, three, "majority", gate, "kim", "", "resolve/proposal", "1 more must agree"},
		"carried":                                     {&coc.Proposal{Outcome: coc.OutcomeWarning}, 2, three, "majority", gate, "kim", "", "", ""},
		"carried, and named":                          {&coc.Proposal{Outcome: coc.OutcomeWarning}, 2, three, "majority", gate, "zoe", coc.OutcomeWarning, "", ""},
		"carried, and another is named":               {&coc.Proposal{Outcome: coc.OutcomeWarning}, 2, three, "majority", gate, "kim", coc.OutcomeBan, "resolve/outcome", "`warning`"},
		"carried, and for ever":                       {&coc.Proposal{Outcome: coc.OutcomeBan, At: at}, 2, three, "majority", gate, "kim", "", "resolve/counsel", "It lasts too long to be done without counsel, so LF counsel is"},
		"carried, for ever, and counsel has no name":  {&coc.Proposal{Outcome: coc.OutcomeBan, At: at}, 2, three, "majority", coc.Gate{LongerThan: gate.LongerThan}, "kim", "", "resolve/counsel", "so counsel is consulted"},
		"carried, with the name":                      {&coc.Proposal{Outcome: coc.OutcomeWarning, Naming: true}, 2, three, "majority", gate, "kim", "", "resolve/counsel", "in public"},
		"90 days, and nobody asked counsel":           {held, 2, three, "majority", gate, "kim", "", "resolve/counsel", "row 12"},
		"the same, and the gate was opened since":     {held, 2, three, "majority", coc.Gate{}, "kim", "", "resolve/counsel", ""},
		"the same, and counsel was asked":             {&heard, 2, three, "majority", gate, "kim", "", "", ""},
		"60 days":                                     {&coc.Proposal{Outcome: coc.OutcomeBan, At: at, Until: until("2026-05-01")}, 2, three, "majority", gate, "kim", "", "", ""},
		"what would be over by now":                   {&coc.Proposal{Outcome: coc.OutcomeBan, At: at.AddDate(0, -1, 0), Until: until("2026-03-02")}, 2, three, "majority", gate, "kim", "", "resolve/over", ""},
		"one voter":                                   {nil, 0, three[:1], "majority", gate, "kim", coc.OutcomeWarning, "", ""},
		"one voter, without an outcome":               {nil, 0, three[:1], "majority", gate, "kim", "", "resolve/alone", ""},
		"one voter, and somebody else wishes it":      {nil, 0, three[:1], "majority", gate, "lee", coc.OutcomeWarning, "resolve/proposal", ""},
		"one voter, and a quorum of two":              {nil, 0, three[:1], "2", gate, "kim", coc.OutcomeWarning, "resolve/proposal", ""},
		"one voter, for ever":                         {nil, 0, three[:1], "majority", gate, "kim", coc.OutcomeBan, "resolve/counsel", "Propose it first"},
		"one voter, for ever, and no gate":            {nil, 0, three[:1], "majority", coc.Gate{}, "kim", coc.OutcomeBan, "", ""},
		"one voter, who has not agreed":               {&coc.Proposal{Outcome: coc.OutcomeBan, At: at}, 0, three[:1], "majority", gate, "kim", coc.OutcomeNoAction, "", ""},
		"one voter, who agreed to something else":     {&coc.Proposal{Outcome: coc.OutcomeWarning}, 1, three[:1], "majority", gate, "kim", coc.OutcomeNoAction, "resolve/outcome", ""},
		"carried, and until another day":              {&coc.Proposal{Outcome: coc.OutcomeBan, At: at, Until: until("2026-05-01")}, 2, three, "majority", gate, "kim", "ban 2026-04-01", "resolve/outcome", "until 1 May 2026"},
		"carried, and until that day":                 {&coc.Proposal{Outcome: coc.OutcomeBan, At: at, Until: until("2026-05-01")}, 2, three, "majority", gate, "kim", "ban 2026-05-01", "", ""},
		"carried for ever, and until a day":           {&coc.Proposal{Outcome: coc.OutcomeBan, At: at, Held: "gate/long", Consulted: "lee"}, 2, three, "majority", gate, "kim", "ban 2026-05-01", "resolve/outcome", "for ever"},
		"a warning is carried, and until a day":       {&coc.Proposal{Outcome: coc.OutcomeWarning}, 2, three, "majority", gate, "kim", "warning 2026-05-01", "resolve/outcome", "no time"},
		"carried, and somebody is named besides":      {&coc.Proposal{Outcome: coc.OutcomeWarning}, 2, three, "majority", gate, "kim", "warning naming", "resolve/outcome", "names nobody"},
		"one voter, until a day":                      {nil, 0, three[:1], "majority", gate, "kim", "ban 2026-05-01", "", ""},
		"one voter, until a day too far":              {nil, 0, three[:1], "majority", gate, "kim", "ban 2026-05-03", "resolve/counsel", ""},
		"one voter, until a day that was":             {nil, 0, three[:1], "majority", gate, "kim", "ban 2026-03-02", "proposal/until", ""},
		"one voter, naming":                           {nil, 0, three[:1], "majority", gate, "kim", "warning naming", "resolve/counsel", "in public"},
		"nobody has a vote":                           {nil, 0, nil, "majority", gate, "kim", coc.OutcomeWarning, "resolve/proposal", ""},
		"nobody has a vote, and there was a majority": {&coc.Proposal{Outcome: coc.OutcomeWarning}, 0, nil, "majority", gate, "kim", "", "resolve/proposal", "nobody has a vote"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p coc.Proposal
			if tc.p != nil {
				p = *tc.p
				tc.p = &p
			}
			for _, l := range tc.voters[:tc.agreed] {
				p = Say(p, coc.Vote{Login: l, Agrees: true, At: at})
			}
			c := Tally(p, coc.Committee{DecideBy: Majority, Quorum: tc.quorum}, tc.voters, at)
			if tc.p != nil {
				tc.p = &p
			}
			outcome, terms, _ := strings.Cut(string(tc.outcome), " ")
			got, err := MayResolve(tc.p, c, tc.gate, Wish{By: tc.by, Outcome: coc.Outcome(outcome), Until: until(terms), Naming: terms == "naming", At: at, Words: coc.NewProse("words")})
			if tc.rule == "" {
				if err != nil || got.Outcome == "" || tc.p == nil && (got.By != tc.by || len(got.Votes) != 1 || !reflect.DeepEqual(got.Votes[0], coc.Vote{Login: tc.by, Agrees: true, At: at}) || !got.At.Equal(at) || got.Words.IsBlank()) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			var r coc.Refusal
			if !errors.As(err, &r) || r.Rule != tc.rule || !strings.Contains(r.Error(), tc.why) || r.Next == "" {
				t.Errorf("%v, not %s", err, tc.rule)
			}
			if !strings.HasSuffix(r.What, ".") && !strings.HasSuffix(r.What, "?") {
				t.Errorf("%q is no sentence", r.What)
			}
		})
	}
}

func TestOnlyWhatFailedOrIsOverIsReplaced(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for result, want := range map[Result]bool{Open: false, Carried: false, Failed: true} {
		if got := MayReplace(coc.Proposal{}, Count{Result: result}, now); got != want {
			t.Errorf("%s: %t", result, got)
		}
		past := coc.Proposal{Outcome: coc.OutcomeBan, Until: now.Truncate(24 * time.Hour)}
		if !MayReplace(past, Count{Result: result}, now) {
			t.Errorf("%s, and over already: it stays", result)
		}
	}
}

// Each sentence about what is missing is said where it is so, and no other.
func TestWhatIsMissingIsSaidAsItIs(t *testing.T) {
	t.Parallel()
	three := []coc.Login{"kim", "lee", "mo"}
	const asked = "members of this committee are still asked whether they are clear (until Thursday 1 January 1970, 00:00 UTC, unless all answer sooner), and nothing is decided before"
	for name, tc := range map[string]struct {
		c    Count
		want string
	}{
		"carried":                          {Count{Result: Carried, Silent: three}, ""},
		"nobody":                           {Count{Result: Failed, Quorum: 1}, "nobody has a vote"},
		"too few for the quorum":           {Count{Result: Failed, Silent: three, Quorum: 4}, "only 3 can vote, and the quorum is 4"},
		"just as many as the quorum":       {Count{Result: Open, Rule: Majority, Silent: three, Quorum: 3, Need: 2}, "2 more must agree; 3 more must vote, for the quorum"},
		"failed":                           {Count{Result: Failed, Objected: three, Quorum: 3, Need: 2}, "as long as those who object do so, it cannot be carried"},
		"most agree, and the quorum lacks": {Count{Result: Open, Rule: Majority, Agreed: three[:2], Silent: three[2:], Quorum: 3, Need: 2}, "1 more must vote, for the quorum"},
		"the agreement fills the quorum":   {Count{Result: Open, Rule: Majority, Agreed: three[:1], Silent: three[1:], Quorum: 2, Need: 2}, "1 more must agree"},
		"consensus, objected":              {Count{Result: Open, Rule: Consensus, Agreed: three[:2], Objected: three[2:], Need: 2}, "somebody objects, so everybody has to have voted"},
		"consensus, without a window":      {Count{Result: Open, Rule: Consensus, Agreed: three[:2], Silent: three[2:], Need: 2}, "the rest must agree too"},
		"consensus, with a window":         {Count{Result: Open, Rule: Consensus, Agreed: three[:2], Silent: three[2:], Need: 2, Silence: time.Unix(1, 0)}, "the rest must agree too, or nobody may object until the window is over"},
		"while others are asked":           {Count{Result: Open, Rule: Consensus, Agreed: three[:1], Quorum: 1, Need: 1, Asked: time.Unix(0, 0)}, asked},
		"and the quorum lacks, too":        {Count{Result: Open, Rule: Majority, Agreed: three[:1], Quorum: 2, Need: 1, Asked: time.Unix(0, 0)}, "only 1 can vote, and the quorum is 2; " + asked},
		"all agree while others are asked": {Count{Result: Open, Rule: Consensus, Agreed: three, Quorum: 2, Need: 2, Asked: time.Unix(0, 0)}, asked},
		"consensus of all":                 {Count{Result: Open, Rule: Consensus, Agreed: three[:1], Silent: three[1:2], Need: 2}, "1 more must agree"},
	} {
		if got := strings.Join(tc.c.Missing(), "; "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
