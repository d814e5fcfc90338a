package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// riverAsksThree is riverAsks without an alternate.
const riverAsksThree = "version: 1\nseparate: always\nscreen_within: 2 days\nmembers: [ada-river, ben-river, cy-river]\n"

// askingBy is asking by another file, where only some have joined the organisation: the
// others can be invited, and read nothing before they accept.
func askingBy(t *testing.T, file string, joined ...coc.Login) *world {
	t.Helper()
	w := asking(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = file
	if joined != nil {
		w.gh.orgs["river"].members = joined
	}
	return w
}

func TestWhoIsNamedWhileTheyAreLetInIsPutOutAgain(t *testing.T) {
	t.Parallel()
	w := asking(t)
	receipt := w.file("token", accused("omar-outsider"))
	w.pass(time.Second)
	c := w.declares("cy-river", w.declares("ada-river", w.of(receipt), coc.ConflictClear), coc.ConflictClear)
	p := w.separate(c)
	armed := false
	w.gh.before = func(op string) {
		if op == "admit" && armed {
			armed = false
			w.file("token", says("And ben-river laughed."))
			w.rest()
		}
	}
	w.gh.failing["admit"] = coc.Later{Cause: "status 502"}
	if err := w.Declare(t.Context(), w.person("ben-river"), c.ID, coc.ConflictClear, ""); err != nil {
		t.Fatal(err)
	}
	w.rest()
	w.replies(receipt, "one", "Thank you.") // something is written there, so who reads is seen to
	delete(w.gh.failing, "admit")
	armed = true
	w.pass(20 * time.Hour)
	c = w.caseOf(c.ID)
	if got := c.Home().Responders; armed || coc.HasLogin(got, "ben-river") {
		t.Fatalf("ben was not named while he was let in: %v respond", got)
	}
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river", "cy-river"}) {
		t.Errorf("ben is named in the case, and it is read by %v", got)
	}
	w.invariants()
}

func TestAnAnswerAfterTheTimeIsOverEndsTheAskingLikeAnyOther(t *testing.T) {
	t.Parallel()
	w := askingBy(t, riverAsksThree)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	w.clock.set(c.Home().Asked.By) // and nobody has looked since
	c = w.declares("ben-river", c, coc.ConflictClear)
	if home := c.Home(); !home.Screened || home.Committee.Key != "river/conduct" || w.asked("cy-river", c) {
		t.Errorf("the asking is not over: screened %v, %+v", home.Screened, home.Asked)
	}
	if got := voters(c); !slices.Equal(got, []coc.Login{"ada-river", "ben-river"}) {
		t.Errorf("%v vote", got)
	}
	w.invariants()
}

func TestOneReaderOfTwoDoesNotKeepACaseByAnAnswerAfterTheTime(t *testing.T) {
	t.Parallel()
	w := askingBy(t, riverAsksThree, "ada-river", "ben-river")
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	w.clock.set(c.Home().Asked.By)
	c = w.declares("cy-river", c, coc.ConflictClear)
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("it is at %s, screened %v", c.Home().Committee.Key, c.Home().Screened)
	}
	w.invariants()
}

func TestAReportThatNobodyCouldReadGoesUpThoughSomebodyAnsweredAfterTheTime(t *testing.T) {
	t.Parallel()
	w := askingBy(t, "version: 1\nseparate: always\nscreen_within: 2 days\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river, cy-river]\n", "ada-river")
	c := w.accuse("omar-outsider")
	w.clock.set(c.Home().Asked.By)
	c = w.declares("cy-river", c, coc.ConflictClear)
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("nobody has it: at %s, screened %v", c.Home().Committee.Key, c.Home().Screened)
	}
	w.invariants()
}

func TestWhoReadsIsLookedAtLessOftenWhileNobodyAccepts(t *testing.T) {
	t.Parallel()
	w := askingBy(t, riverAsksThree, "ada-river", "ben-river")
	c := w.declares("cy-river", w.accuse("omar-outsider"), coc.ConflictClear)
	before := w.gh.calls["readers"]
	w.pass(40 * time.Hour)
	if n := w.gh.calls["readers"] - before; n == 0 || n > 200 { // of two rooms
		t.Errorf("%d looks in 40 hours", n)
	}
	w.gh.orgs["river"].members = append(w.gh.orgs["river"].members, "cy-river") // who accepts
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); c.Home().Issue == 0 {
		t.Error("an hour later there is no issue")
	}
	w.invariants()
}

func TestWhoWasInvitedHasTimeToAcceptBeforeTheyCountAsAbsent(t *testing.T) {
	t.Parallel()
	for name, accepts := range map[string]bool{"who accepts": true, "who does not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := askingBy(t, riverAsksThree, "ada-river", "ben-river")
			c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
			c = w.declares("ben-river", c, coc.ConflictHard)
			w.pass(time.Hour)
			c = w.declares("cy-river", c, coc.ConflictClear)
			w.pass(w.Patience - time.Minute)
			if c = w.caseOf(c.ID); len(c.Placements) != 1 || c.Home().Screened {
				t.Fatalf("it was settled before cy could accept, and is at %s", c.Home().Committee.Key)
			}
			want := "foundation"
			if accepts {
				w.gh.orgs["river"].members = append(w.gh.orgs["river"].members, "cy-river")
				want = "river/conduct"
			}
			w.pass(2 * time.Minute)
			if c = w.caseOf(c.ID); c.Home().Committee.Key != want || accepts && !c.Home().Screened {
				t.Errorf("it is at %s, screened %v", c.Home().Committee.Key, c.Home().Screened)
			}
			w.invariants()
		})
	}
}

func TestASummaryStaysWhereItWasSentHoweverLongItsReadersAreSilent(t *testing.T) {
	t.Parallel()
	w, _ := door(t)
	w.gh.orgs = map[string]*org{"foundation-conduct": {members: []coc.Login{"fay-foundation", "finn-foundation", "farah-foundation"}, base: "none"}}
	w.at(baseRoom).files[".github/coc-committee.yaml"] = "version: 1\nseparate: always\nscreen_within: 2 days\nescalate_to: top\nmembers: [fay-foundation, finn-foundation, farah-foundation]\n"
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc notify "+summary)
	n := w.caseOf(w.noticesOf(c)[0].ID)
	w.pass(10 * 24 * time.Hour)
	if n = w.caseOf(n.ID); len(n.Placements) != 1 || n.Home().Committee.Key != "foundation" {
		t.Fatalf("after ten days of silence it is at %q", n.Home().Committee.Key)
	}
	n = w.declares("fay-foundation", n, coc.ConflictClear)
	w.pass(10 * 24 * time.Hour)
	if n = w.caseOf(n.ID); len(n.Placements) != 1 || !w.reads(w.person("fay-foundation"), n.ID) || !w.asked("finn-foundation", n) {
		t.Errorf("who comes late does not read it, or passes the others over: %+v", n.Home().Asked)
	}
	w.invariants()
}

func TestAlternatesAreAskedAtOnceWhereTheMinimumsNeedThem(t *testing.T) {
	t.Parallel()
	w := askingBy(t, "version: 1\nseparate: always\nscreen_within: 2 days\nminimum: {clear: 3, without_hard_conflict: 3}\nmembers: [ada-river, ben-river, cy-river, {login: dee-river, role: alternate}]\n")
	c := w.accuse("cy-river")
	if !w.asked("dee-river", c) || !w.asked("ada-river", c) {
		t.Fatalf("without the alternate it cannot stay: %+v", c.Home().Asked)
	}
	for _, l := range []coc.Login{"dee-river", "ada-river", "ben-river"} {
		c = w.declares(l, c, coc.ConflictClear)
	}
	if got := voters(c); !slices.Equal(got, []coc.Login{"ada-river", "ben-river", "dee-river"}) || !c.Home().Screened {
		t.Errorf("%v vote", got)
	}
	w.invariants()
}

// Somebody who steps back later has answered otherwise: what follows is the same.
func TestSteppingBackWhileOthersAreAskedBringsInTheAlternatesLikeAnAnswer(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"in the issue", "on their page"} {
		w := askingBy(t, "version: 1\nseparate: always\nscreen_within: 2 days\nminimum: {clear: 1, without_hard_conflict: 3}\nmembers: [ada-river, ben-river, cy-river, {login: dee-river, role: alternate}]\n")
		c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
		if w.asked("dee-river", c) {
			t.Fatal("the alternate is asked before their time")
		}
		if where == "in the issue" {
			c = w.says(c, "ada-river", "/coc recuse hard")
		} else {
			c = w.declares("ada-river", c, coc.ConflictHard)
		}
		if c = w.caseOf(c.ID); !w.asked("dee-river", c) || !w.asked("ben-river", c) {
			t.Errorf("%s: without the alternate it cannot stay: %+v", where, c.Home().Asked)
		}
		for _, l := range []coc.Login{"ben-river", "cy-river", "dee-river"} {
			c = w.declares(l, c, coc.ConflictClear)
		}
		if got := voters(c); len(c.Placements) != 1 || !slices.Equal(got, []coc.Login{"ben-river", "cy-river", "dee-river"}) {
			t.Errorf("%s: %v vote at %s", where, got, c.Home().Committee.Key)
		}
		w.invariants()
	}
}

// Nothing is decided while somebody is asked: so nobody is whose answer changes nothing.
func TestWhereNobodyElseCanTakeACaseNobodyIsAskedOnceTooFewAreLeft(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		least string // without a hard conflict
		in    []coc.Login
		goes  func(*world, coc.Case)
	}{
		"one steps back":     {"4", []coc.Login{"ada-river", "ben-river"}, func(w *world, c coc.Case) { w.says(c, "ben-river", "/coc recuse hard") }},
		"their time is over": {"3", []coc.Login{"ada-river"}, func(w *world, _ coc.Case) { w.pass(49 * time.Hour) }},
	} {
		w := askingBy(t, "version: 1\nseparate: always\nscreen_within: 2 days\nminimum: {clear: 1, without_hard_conflict: "+tc.least+"}\nmembers: [ada-river, ben-river, cy-river, di-river, {login: dee-river, role: alternate}]\n",
			"ada-river", "ben-river", "cy-river", "di-river", "dee-river")
		report := accused("fay-foundation")
		report.Involved = append(report.Involved, coc.Party{Login: "sam-summit", Role: coc.RoleAccused}, coc.Party{Login: "cy-river", Role: coc.RoleAccused})
		receipt := w.file("token", report)
		w.pass(time.Second)
		c := w.of(receipt)
		for _, l := range tc.in {
			c = w.declares(l, c, coc.ConflictClear)
		}
		tc.goes(w, c)
		if c = w.caseOf(c.ID); len(c.Placements) != 1 || !c.Home().Screened || !slices.Contains(c.Flags, coc.FlagNoQuorum) || w.asked("dee-river", c) || w.asked("di-river", c) {
			t.Errorf("%s: it is at %s, screened %v, %v, %+v", name, c.Home().Committee.Key, c.Home().Screened, c.Flags, c.Home().Asked)
		}
		w.invariants()
	}
}

// Who stays because nobody else can take a case says nothing of whoever is asked next.
func TestThatTooFewHadACaseIsForgottenWhenItIsAskedAboutAnew(t *testing.T) {
	t.Parallel()
	w := askingBy(t, riverAsksThree)
	report := accused("fay-foundation")
	report.Involved = append(report.Involved, coc.Party{Login: "sam-summit", Role: coc.RoleAccused})
	receipt := w.file("token", report)
	w.pass(time.Second)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	c := w.declares("ada-river", w.of(receipt), coc.ConflictClear)
	w.pass(51 * time.Hour)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 3 || c.Placements[0].Issue != 0 || !c.Placements[1].Sealed() || !w.asked("ben-river", c) || slices.Contains(c.Flags, coc.FlagNoQuorum) {
		t.Errorf("after %d homes it is marked %v", len(c.Placements), c.Flags)
	}
	w.invariants()
}
