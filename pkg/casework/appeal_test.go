package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// worldUnder is a world under another committee directory.
func worldUnder(t *testing.T, text string) *world {
	t.Helper()
	w := newWorld(t)
	dir, problems := policy.ParseDirectory([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	return w
}

// decided is a case that the project's committee has decided.
func (w *world) decided(words string) coc.Case {
	w.Helper()
	return w.decides(w.report(words), "ada-river", "/coc ack\n/coc resolve warning They apologised, and that is enough.")
}

func TestAppealGoesToWhomThePolicyNames(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]struct{ home, rule string }{
		"conflicted-deciders The accused asks for it.": {"foundation", ""},
		"Conflict of interest: they are friends.":      {"foundation", ""},
		"no jurisdiction":                       {"foundation", ""},
		"inadequate":                            {"foundation", ""},
		"unfair @ben-river was not heard":       {"foundation", ""}, // who is not of those who hear it
		"unfair fay-foundation is their friend": {"foundation", ""}, // in a room without her
		"because it is wrong":                   {"river/conduct", "appeal/ground"},
		"heliotrope":                            {"river/conduct", "appeal/ground"},
		"":                                      {"river/conduct", "appeal/ground"},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.gh.orgs = map[string]*org{"foundation-conduct": {members: rosters[baseRoom.Key()], base: "none"}}
			var refused []string
			w.Refused = func(rule string) { refused = append(refused, rule) }
			c := w.says(w.decided(account), "ada-river", "/coc appeal "+words+"\n/coc appeal unfair")
			if c.Home().Committee.Key != want.home && words != "heliotrope" && want.rule == "" {
				t.Fatalf("%s has it, refused by %q", c.Home().Committee.Key, refused)
			}
			said := strings.Join(w.issueOf(c, 0).comments, "\n")
			if want.rule != "" {
				// The second command of the comment is a good one.
				if refused[0] != want.rule || c.Home().Committee.Key != "foundation" {
					t.Errorf("refused by %q, and %s has it", refused, c.Home().Committee.Key)
				}
				for _, g := range coc.Grounds() {
					if !strings.Contains(said, "`"+string(g)+"`") {
						t.Errorf("it does not say that %s is a ground: %s", g, said)
					}
				}
				if strings.Contains(said, canary) {
					t.Errorf("the answer repeats words: %s", said)
				}
				return
			}
			// It happened once: the case was not here any more for the second.
			if !slices.Equal(refused, []string{"moved"}) || c.Stage != coc.StageAppealed || c.Outcome != coc.OutcomeWarning || c.Holder != "" {
				t.Errorf("refused by %q, stage %s, outcome %q", refused, c.Stage, c.Outcome)
			}
			left, there := w.issueOf(c, 0), w.issueOf(c, len(c.Placements)-1)
			if left.Open || !slices.Contains(left.Labels, "status/transferred") || slices.Contains(left.Labels, "escalation/appeal") || strings.Contains(left.Body, canary) {
				t.Errorf("what was left is open %v, labelled %q, and says\n%s", left.Open, left.Labels, left.Body)
			}
			if !there.Open || !slices.Contains(there.Labels, "status/appealed") || !slices.Contains(there.Labels, "escalation/appeal") || !slices.Contains(there.Labels, "escalation/foundation") {
				t.Errorf("it is open %v and labelled %q", there.Open, there.Labels)
			}
			for _, want := range []string{canary, "what River Committee decided, because", "They apologised, and that is enough.", "`/coc resolve`", "(Row 11 of", "`/coc ack`", "a first answer"} {
				if !strings.Contains(there.Body, want) {
					t.Errorf("it lacks %q:\n%s", want, there.Body)
				}
			}
			if strings.Contains(words, "friends") && !strings.Contains(there.Body, "they are friends.") {
				t.Errorf("it lacks what the appeal says:\n%s", there.Body)
			}
			if c = w.decides(c, "finn-foundation", "/coc ack\n/coc resolve no-violation It was not so."); c.Stage != coc.StageResolved || c.Outcome != coc.OutcomeNoViolation {
				t.Errorf("the appeal cannot be decided: %s, %s", c.Stage, c.Outcome)
			}
			w.invariants()
		})
	}
}

// Whoever of those who hear it is named in what they read may not: in what was
// decided, in the appeal, or in the report.
func TestAppealIsKeptFromWhoeverIsConcerned(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ decision, appeal string }{
		"in what was decided":      {"ban as Fay-Foundation wished", ""},
		"in what the appeal says":  {"ban", "fay-foundation is their friend"},
		"by a mention":             {"ban", "ask @fay-foundation"},
		"beside words that are no": {"ban so it is", "the end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.decides(w.report(account), "ada-river", "/coc ack\n/coc resolve "+tc.decision)
			c = w.says(c, "ben-river", "/coc appeal unfair "+tc.appeal)
			if concerned := tc.appeal != "the end"; concerned != (c.Home().Committee.Key == "summit") {
				t.Errorf("%s has it", c.Home().Committee.Key)
			}
			w.invariants()
		})
	}
}

// Who decided takes no part where it is looked at again, wherever else they sit;
// and only there, and only who had a vote.
func TestWhoDecidedDoesNotHearTheAppeal(t *testing.T) {
	t.Parallel()
	both := strings.Replace(directory, "members: [fay-foundation, finn-foundation, farah-foundation]", "members: [fay-foundation, finn-foundation, farah-foundation, ben-river]", 1)
	for name, tc := range map[string]struct {
		before string // what ben-river says first
		after  string // and when it is decided
		home   string
		barred bool
	}{
		"somebody who had a vote":                                {"/coc clear", "/coc status", "foundation", true},
		"somebody who had a vote, and calls it a conflict since": {"/coc clear", "/coc recuse soft comment", "foundation", true},
		// He could have voted: nobody's silence counted yet.
		"somebody who said nothing in time": {"/coc status", "/coc status", "foundation", true},
		"somebody who had none":             {"/coc recuse soft comment", "/coc status", "foundation", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := worldUnder(t, both)
			w.at(baseRoom).readers["ben-river"] = true
			w.also = map[string][]coc.Login{baseRoom.Key(): {"ben-river"}}
			w.gh.orgs = map[string]*org{"foundation-conduct": {members: append(slices.Clone(rosters[baseRoom.Key()]), "ben-river"), base: "none"}}
			c := w.says(w.report(account), "ben-river", tc.before)
			c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning They apologised.")
			c = w.says(c, "ben-river", tc.after)
			c = w.says(c, "cy-river", "/coc appeal unfair")
			home := c.Home()
			if home.Committee.Key != tc.home || coc.HasLogin(home.Responders, "ben-river") == tc.barred || home.Separate != tc.barred {
				t.Fatalf("%s has it, with %v, separate %v", home.Committee.Key, home.Responders, home.Separate)
			}
			room := w.at(home.Room.Repo)
			if room.readers["ben-river"] == tc.barred {
				t.Errorf("he reads: %v", room.readers)
			}
			if body := w.issueOf(c, len(c.Placements)-1).Body; tc.barred && !strings.Contains(body, "**Hard conflict, takes no part**: `ben-river`") {
				t.Errorf("it does not say that he takes no part:\n%s", body)
			}
			// Where they decided, they read on.
			if !w.at(riverRoom).readers["ben-river"] || !coc.HasLogin(c.Placements[0].Responders, "ben-river") {
				t.Error("he was put out of his own committee's room")
			}
			w.invariants()
		})
	}
}

// Whoever entered the decision decided, whatever they said of themself later; and
// an appeal that goes on takes those who decided along as such.
func TestWhoDecidedStaysOutWhereTheAppealGoesOn(t *testing.T) {
	t.Parallel()
	both := strings.Replace(directory, "members: [sam-summit, sue-summit]", "members: [sam-summit, sue-summit, ada-river]", 1)
	w := worldUnder(t, both)
	w.at(topRoom).readers["ada-river"] = true
	w.also = map[string][]coc.Login{topRoom.Key(): {"ada-river"}}
	w.gh.orgs = map[string]*org{"summit-conduct": {members: append(slices.Clone(rosters[topRoom.Key()]), "ada-river"), base: "none"}}
	c := w.says(w.decided(account), "ada-river", "/coc recuse soft comment")
	w.pass(time.Hour)
	c = w.says(c, "cy-river", "/coc appeal unfair")
	if !coc.HasLogin(c.Appeal.Deciders, "ada-river") {
		t.Fatalf("they decided: %v", c.Appeal.Deciders)
	}
	c = w.says(c, "fay-foundation", "/coc escalate We are too few.")
	home := c.Home()
	if home.Committee.Key != "summit" || coc.HasLogin(home.Responders, "ada-river") || w.at(home.Room.Repo).readers["ada-river"] || c.Stage != coc.StageAppealed {
		t.Errorf("%s has it, with %v, %s", home.Committee.Key, home.Responders, c.Stage)
	}
	w.invariants()
}

// Row 11 is about what a project decides. Of what the foundation decides it says
// nothing, so nothing is made up; another foundation's table may.
func TestAppealOfTheCentralBodysOwnDecisionIsThePolicysToAllow(t *testing.T) {
	t.Parallel()
	higher := directory + "jurisdiction: {appeals: {levels: [project, foundation], grounds: [unfair-evaluation]}}\n"
	for name, tc := range map[string]struct{ directory, say, rule, home, says string }{
		"CNCF's":                  {directory, "unfair", "appeal/none", "foundation", "`help@summit.example`"},
		"another's":               {higher, "unfair", "", "summit", ""},
		"another's, on no ground": {higher, "conflict", "appeal/ground", "foundation", "`unfair-evaluation`"},
		"nobody's":                {directory + "jurisdiction: {appeals: none}\n", "unfair", "appeal/none", "foundation", "no committee decides"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := worldUnder(t, tc.directory)
			var refused []string
			w.Refused = func(rule string) { refused = append(refused, rule) }
			c := w.says(w.report(account), "ada-river", "/coc escalate We know them.")
			c = w.decides(c, "fay-foundation", "/coc ack\n/coc resolve warning\n/coc appeal "+tc.say)
			if c.Home().Committee.Key != tc.home || strings.Join(refused, "") != tc.rule {
				t.Fatalf("%s has it, refused by %q", c.Home().Committee.Key, refused)
			}
			said := strings.Join(w.issueOf(c, 1).comments, "\n")
			if !strings.Contains(said, tc.says) || tc.rule != "" && c.Stage != coc.StageResolved {
				t.Errorf("%s: %s", c.Stage, said)
			}
			w.invariants()
		})
	}
}

// A committee that had the case and passed it on decided nothing, and may hear it.
func TestWhoPassedACaseOnMayHearTheAppeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).readers["stan-stranger"] = true
	c := w.report(account)
	delete(w.at(riverRoom).readers, "stan-stranger")
	c = w.says(c, "fay-foundation", "/coc transfer River Committee It is theirs.")
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning")
	if c = w.says(c, "ada-river", "/coc appeal breach of the policy"); c.Home().Committee.Key != "foundation" || c.Stage != coc.StageAppealed {
		t.Fatalf("%s has it, %s", c.Home().Committee.Key, c.Stage)
	}
	w.invariants()
}

func TestAppealThatNobodyCanHearLeavesTheCaseWhereItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.decided(account)
	w.at(baseRoom).readers["stan-stranger"], w.at(topRoom).Visibility = true, "public"
	c = w.says(c, "ada-river", "/coc appeal unfair")
	said := strings.Join(w.issueOf(c, 0).comments, "\n")
	if c.Stage != coc.StageResolved || len(c.Placements) != 1 || c.Appeal != nil || !strings.Contains(said, "`help@summit.example`") || len(w.alarms) == 0 {
		t.Errorf("%s, %d homes, %q: %s", c.Stage, len(c.Placements), w.alarms, said)
	}
	w.invariants()
}

func TestClosedCaseIsAppealedByARespondersCommandAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack\n/coc appeal unfair")
	if c.Stage != coc.StageAcknowledged || len(c.Placements) != 1 {
		t.Errorf("what is not decided was appealed: %s", c.Stage)
	}
	c = w.decides(c, "ada-river", "/coc resolve no-action\n/coc close")
	c = w.says(c, "omar-outsider", "/coc appeal unfair")
	ev := w.byHand(c, coc.EventLabeled, "ada-river", "status/appealed")
	if w.tell(ev); len(w.caseOf(c.ID).Placements) != 1 {
		t.Error("an outsider appealed, or a label did")
	}
	w.pass(40 * 24 * time.Hour) // later than the 30 days that a committee allows if it says nothing
	c = w.says(c, "ada-river", "/coc appeal unfair")
	if !c.Appeal.Late || !strings.Contains(w.issueOf(c, 1).Body, "later than that committee allows") || c.Stage != coc.StageAppealed {
		t.Errorf("%s, %+v:\n%s", c.Stage, c.Appeal, w.issueOf(c, 1).Body)
	}
	w.invariants()
	w.watched()
}
