package casework_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// riverAsks is the river's own file where each member is asked in private.
const riverAsks = "version: 1\nseparate: always\nscreen_within: 2 days\nmembers: [ada-river, ben-river, cy-river, {login: dee-river, role: alternate}]\n"

// asking is a world in which the river's committee asks its members in private.
func asking(t *testing.T) *world {
	t.Helper()
	w, _ := door(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = riverAsks
	o := w.administers()
	o.members = append(o.members, "dee-river")
	return w
}

// declares says something of oneself on our pages.
func (w *world) declares(who coc.Login, c coc.Case, kind coc.ConflictKind) coc.Case {
	w.Helper()
	if err := w.Declare(w.Context(), w.person(who), c.ID, kind, ""); err != nil {
		w.Fatalf("%s is not heard: %v", who, err)
	}
	w.pass(time.Second)
	return w.caseOf(c.ID)
}

// unheard fails unless somebody gets a stranger's answer to everything.
func (w *world) unheard(who coc.Login, c coc.Case) {
	w.Helper()
	w.clock.set(w.clock.Now().Add(11 * time.Second))
	if err := w.Declare(w.Context(), w.person(who), c.ID, coc.ConflictClear, ""); !errors.Is(err, coc.ErrMissing) {
		w.Errorf("%s is heard: %v", who, err)
	}
	if w.asked(who, c) || w.invitedTo(who, c) || w.reads(w.person(who), c.ID) {
		w.Errorf("%s is asked, or reads", who)
	}
}

func (w *world) asked(who coc.Login, c coc.Case) bool {
	w.Helper()
	return slices.ContainsFunc(w.inquiries(who), func(q casework.Inquiry) bool { return q.ID == c.ID && !q.Invited })
}

func (w *world) invitedTo(who coc.Login, c coc.Case) bool {
	w.Helper()
	return slices.ContainsFunc(w.inquiries(who), func(q casework.Inquiry) bool { return q.ID == c.ID && q.Invited })
}

func (w *world) inquiries(who coc.Login) []casework.Inquiry {
	w.Helper()
	all, err := w.Inquiries(w.Context(), w.person(who))
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// indexOf is the issue by which the river's own room shows a case.
func (w *world) indexOf(c coc.Case, n int) *issue {
	w.Helper()
	number := c.Placements[n].Asked.Index.Issue
	if number == 0 {
		w.Fatal("the committee's own room shows nothing of it")
	}
	return w.at(riverRoom).issues[number-1]
}

func TestEachMemberIsAskedBeforeTheyReadAWordAndIsLetInAsTheyAnswer(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.accuse("cy-river")
	home := c.Home()
	if home.Committee.Key != "river/conduct" || !home.Separate || home.Issue != 0 || len(home.Responders) != 0 || w.gh.calls["make room"] != 0 {
		t.Fatalf("before anybody answered: %+v", home)
	}
	w.unheard("cy-river", c)
	w.unheard("dee-river", c)
	w.unheard("omar-outsider", c)
	all, err := w.Inquiries(t.Context(), w.person("ada-river"))
	if err != nil || len(all) != 1 || !all[0].By.Equal(start.Add(48*time.Hour)) || fmt.Sprint(all[0].Accused) != fmt.Sprint([]coc.Party{{Login: "cy-river", Role: coc.RoleAccused}}) {
		t.Fatalf("ada is asked %+v, %v", all, err)
	}
	if w.reads(w.person("ada-river"), c.ID) {
		t.Error("ada reads before she has answered")
	}

	c = w.declares("ada-river", c, coc.ConflictClear)
	p := w.separate(c)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river"}) || !w.reads(w.person("ada-river"), c.ID) {
		t.Fatalf("it is read by %v", got)
	}
	if got := voters(c); !slices.Contains(got, "ada-river") {
		t.Errorf("%v vote", got)
	}
	if w.asked("ada-river", c) || !w.asked("ben-river", c) {
		t.Error("who answered is asked again, or who did not is not")
	}
	c = w.declares("ben-river", c, coc.ConflictSoft)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river", "ben-river"}) {
		t.Errorf("it is read by %v", got)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "Soft conflict, reads and has no vote**: `ben-river`") || strings.Contains(body, "can still read") {
		t.Errorf("the issue says of them\n%s", body)
	}
	w.unheard("cy-river", c)
	w.invariants()
}

func TestTheCommitteesOwnRoomShowsACodeNameAndAStageAndFollowsIt(t *testing.T) {
	t.Parallel()
	w := asking(t)
	f := accused("cy-river")
	f.Involved = append(f.Involved, coc.Party{Login: "hal-harmed", Role: coc.RoleHarmed})
	f.By = coc.Person{Login: "rae-reporter", Account: 77}
	receipt := w.file("token", f)
	w.pass(time.Second)
	c := w.of(receipt)
	is := w.indexOf(c, 0)
	if is.Title != c.Home().CodeName || !slices.Equal(is.Labels, []string{"status/received"}) || !is.Open {
		t.Errorf("%q with %v", is.Title, is.Labels)
	}
	c = w.declares("ada-river", c, coc.ConflictClear)
	c = w.says(c, "ada-river", "/coc ack\n/coc claim\n/coc severity high")
	w.pass(time.Second)
	if is = w.indexOf(c, 0); !slices.Equal(is.Labels, []string{"status/acknowledged"}) || !strings.Contains(is.Body, "`acknowledged`") {
		t.Errorf("after /coc ack it has %v", is.Labels)
	}
	for _, word := range []string{"cy-river", "ada-river", "hal-harmed", "rae-reporter", account, "high", string(c.ID), c.Source.Repo.String()} {
		if strings.Contains(is.Body+is.Title+strings.Join(is.Labels, " "), word) {
			t.Errorf("it says %q:\n%s", word, is.Body)
		}
	}
	writes := len(w.at(riverRoom).issues)
	c = w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Minute)
	if is = w.indexOf(w.caseOf(c.ID), 0); is.Open || !slices.Equal(is.Labels, []string{"status/transferred"}) || writes != 1 || len(w.at(riverRoom).issues) != 1 {
		t.Errorf("once the case has left: %v, open %v, of %d", is.Labels, is.Open, writes)
	}
	w.invariants()
}

// A room that takes no words just when a case leaves would go on showing, to whoever
// reads there, that the committee has it.
func TestTheCommitteesOwnRoomFollowsACaseThatLeftOnceItTakesWordsAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		unfit, fit func(p *place)
	}{
		"archived":       {func(p *place) { p.Archived = true }, func(p *place) { p.Archived = false }},
		"without issues": {func(p *place) { p.noIssues = true }, func(p *place) { p.noIssues = false }},
		"refusing":       {func(p *place) { p.refuses = coc.ErrDenied }, func(p *place) { p.refuses = nil }},
		"not to be seen": {func(p *place) { p.problem = coc.ErrInaccessible }, func(p *place) { p.problem = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := asking(t)
			c := w.accuse("cy-river")
			for _, l := range []coc.Login{"ada-river", "ben-river"} {
				c = w.declares(l, c, coc.ConflictClear)
			}
			w.pass(time.Minute)
			tc.unfit(w.at(riverRoom))
			c = w.says(c, "ada-river", "/coc escalate We know everybody.")
			w.pass(3 * time.Hour)
			tc.fit(w.at(riverRoom))
			w.pass(2 * time.Hour)
			if is := w.indexOf(w.caseOf(c.ID), 0); is.Open || !slices.Equal(is.Labels, []string{"status/transferred"}) {
				t.Errorf("it shows %v, open %t", is.Labels, is.Open)
			}
			w.invariants()
		})
	}
}

// What is gone for good is not asked for every hour.
func TestAnIndexThatIsGoneIsLeftAloneOnceTheCaseHasLeft(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("cy-river"), coc.ConflictClear)
	w.pass(time.Minute)
	w.indexOf(c, 0).gone = true
	w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(2 * time.Hour)
	for _, j := range w.st.jobs {
		if j.Kind == coc.JobIndex {
			t.Errorf("a job goes on: %+v", *j)
		}
	}
}

func TestWhatAHandChangesInTheCommitteesOwnRoomIsPutBack(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.accuse("cy-river")
	is := w.indexOf(c, 0)
	w.gh.mu.Lock()
	is.Open, is.Labels = false, []string{"status/closed", "theirs"}
	w.gh.mu.Unlock()
	room := w.at(riverRoom).RepoFacts
	for _, kind := range []coc.EventKind{coc.EventClosed, coc.EventComment} {
		w.tell(coc.Event{Kind: kind, App: coc.AppRooms, Repo: room, Issue: is.Number, IssueBody: coc.NewProse(is.Body), Actor: "cy-river", CommentBody: coc.NewProse("/coc report It was I.")})
	}
	w.pass(time.Minute)
	if is = w.indexOf(c, 0); !is.Open || !slices.Equal(slices.Sorted(slices.Values(is.Labels)), []string{"status/received", "theirs"}) || len(is.comments) != 0 {
		t.Errorf("it is open %v with %v, and says %q", is.Open, is.Labels, is.comments)
	}
	w.invariants()
}

func TestSilenceIsNoClearanceAndTheAlternatesAreAskedInTheirOwnTime(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	w.pass(47 * time.Hour)
	if w.asked("dee-river", c) || !w.asked("ben-river", c) {
		t.Fatal("before their time is over")
	}
	w.pass(2 * time.Hour)
	w.unheard("ben-river", c)
	if c = w.caseOf(c.ID); !w.asked("dee-river", c) || c.Home().Committee.Key != "river/conduct" {
		t.Fatalf("the alternate is not asked: %+v", c.Home().Asked)
	}
	c = w.declares("dee-river", c, coc.ConflictClear)
	if p := w.separate(c); !slices.Equal(reads(p), []coc.Login{"ada-river", "dee-river"}) || !c.Home().Screened {
		t.Errorf("it is read by %v", reads(p))
	}
	if got := voters(c); !slices.Equal(got, []coc.Login{"ada-river", "dee-river"}) {
		t.Errorf("%v vote", got)
	}
	w.pass(10 * 24 * time.Hour) // and nothing of it moves the case
	if c = w.caseOf(c.ID); len(c.Placements) != 1 && !strings.Contains(fmt.Sprint(c.Trace), "committee/unanswered") {
		t.Errorf("it left: %+v", c.Trace)
	}
}

func TestTooFewInTheEndMovesTheCaseUpWithoutSayingWho(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	p := w.separate(c)
	w.pass(2*24*time.Hour + 3*24*time.Hour)
	c = w.caseOf(c.ID)
	if c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Fatalf("it is at %s", c.Home().Committee.Key)
	}
	if body := w.issueOf(c, 0).Body; strings.Contains(body, account) || !p.Archived || w.indexOf(c, 0).Open {
		t.Errorf("what was left: archived %v\n%s", p.Archived, body)
	}
	body := w.issueOf(c, 1).Body
	if !strings.Contains(body, "too few of River Committee said in time") && !strings.Contains(body, "Too few of River Committee said in time") {
		t.Errorf("it does not say why:\n%s", body)
	}
	for _, l := range []string{"ada-river", "ben-river", "cy-river", "dee-river"} {
		if strings.Contains(body, l) {
			t.Errorf("it names %s", l)
		}
	}
	w.unheard("ben-river", c)
	w.invariants()
}

func TestACaseLeavesAtOnceWhereTheMinimumsCannotBeKeptAnyMore(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictHard)
	if c.Home().Committee.Key != "river/conduct" || w.asked("dee-river", c) {
		t.Fatalf("one of three: %+v", c.Home())
	}
	c = w.declares("ben-river", c, coc.ConflictHard)
	if c.Home().Committee.Key != "foundation" || w.gh.calls["make room"] != 0 || w.indexOf(c, 0).Open {
		t.Errorf("two of three, and it is at %s", c.Home().Committee.Key)
	}
	w.unheard("cy-river", c)
	w.invariants()
}

// The second press of a button comes when nobody has the case any more.
func TestTheSameAnswerTwiceIsOneAlsoWhereTheFirstSealedTheCase(t *testing.T) {
	t.Parallel()
	w := asking(t)
	report := accused("fay-foundation")
	report.Involved = append(report.Involved, coc.Party{Login: "sam-summit", Role: coc.RoleAccused})
	receipt := w.file("token", report)
	w.pass(time.Second)
	c := w.declares("ada-river", w.of(receipt), coc.ConflictHard)
	c = w.declares("ben-river", c, coc.ConflictHard)
	if !c.Home().Sealed() {
		t.Fatalf("it is at %s", c.Home().Committee.Key)
	}
	before := len(c.Journal)
	if c = w.declares("ben-river", c, coc.ConflictHard); len(c.Journal) != before {
		t.Errorf("it is written down twice: %+v", c.Journal[before:])
	}
	w.unheard("cy-river", c)
	w.invariants()
}

func TestAnswersCountOnceAndAllOfThoseThatComeAtOneMoment(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.accuse("omar-outsider")
	for range 3 {
		c = w.declares("ada-river", c, coc.ConflictClear)
	}
	if n := strings.Count(fmt.Sprint(c.Declarations), "ada-river"); n != 1 {
		t.Errorf("%d answers of one", n)
	}
	done := make(chan error)
	for who, kind := range map[coc.Login]coc.ConflictKind{"ben-river": coc.ConflictClear, "cy-river": coc.ConflictHard} {
		go func() { done <- w.Declare(t.Context(), w.person(who), c.ID, kind, "") }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	w.pass(time.Second)
	c = w.caseOf(c.ID)
	if got := c.Home().Responders; !coc.HasLogin(got, "ben-river") || coc.HasLogin(got, "cy-river") || len(c.Declarations) != 3 || !w.asked("dee-river", c) {
		t.Errorf("%v respond, by %+v", got, c.Declarations)
	}
	w.invariants()
}

func TestWhoIsNamedRenamedOrTakenOffTheRosterMeanwhileIsNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world, coc.Case){
		"accused in an added message": func(w *world, _ coc.Case) {
			f := says("And there is more.")
			f.Involved = []coc.Party{{Login: "ben-river", Role: coc.RoleAccused}}
			w.file("token", f)
		},
		"in its words": func(w *world, _ coc.Case) { w.file("token", says("And ben-river laughed.")) },
		"renamed": func(w *world, _ coc.Case) {
			w.gh.mu.Lock()
			defer w.gh.mu.Unlock()
			w.gh.numbers["ben-river"] = 4711
		},
		"off the roster": func(w *world, _ coc.Case) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = strings.Replace(riverAsks, "ben-river, ", "", 1)
		},
		"a roster that cannot be read": func(w *world, _ coc.Case) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ben\n"
		},
		"the case was given away": func(w *world, c coc.Case) {
			w.says(w.declares("ada-river", c, coc.ConflictClear), "ada-river", "/coc escalate We know everybody.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := asking(t)
			c := w.accuse("omar-outsider")
			ben := w.person("ben-river")
			if !w.asked("ben-river", c) {
				t.Fatal("ben is not asked")
			}
			change(w, c)
			w.pass(time.Minute)
			if err := w.Declare(t.Context(), ben, c.ID, coc.ConflictClear, ""); !errors.Is(err, coc.ErrMissing) {
				t.Errorf("ben is heard: %v", err)
			}
			if all, err := w.Inquiries(t.Context(), ben); err != nil || len(all) != 0 || w.reads(ben, c.ID) {
				t.Errorf("ben is asked %+v, %v", all, err)
			}
		})
	}
}

func TestAMemberCanStepBackInPrivateOnceTheyHaveTheCase(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.accuse("omar-outsider")
	for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		c = w.declares(l, c, coc.ConflictClear)
	}
	p := w.separate(c)
	c = w.declares("ben-river", c, coc.ConflictHard)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river", "cy-river"}) || len(c.Placements) != 1 {
		t.Errorf("it is read by %v", got)
	}
	w.unheard("ben-river", c)
	told := strings.Join(w.issueOf(c, 0).comments, "\n")
	if !strings.Contains(told, "No longer a responder here**: `ben-river`") || !strings.Contains(told, "`ben-river` said on the committee's pages") {
		t.Errorf("the others are told\n%s", told)
	}
	w.invariants()
}

// The first in goes again: nobody has the case for a while, and nothing is wrong.
func TestWhoeverComesNextFindsACaseThatTheFirstHasSteppedBackFrom(t *testing.T) {
	t.Parallel()
	w := asking(t)
	receipt := w.file("token", accused("omar-outsider"))
	w.pass(time.Second)
	c := w.declares("ada-river", w.of(receipt), coc.ConflictClear)
	p := w.separate(c)
	c = w.declares("ada-river", c, coc.ConflictHard)
	w.replies(receipt, "one", "There is more.")
	w.rest()
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || len(reads(p)) != 0 || len(w.alarms) != 0 {
		t.Errorf("frozen: %q, it is read by %v, operators are told %q", c.Home().Frozen, reads(p), w.alarms)
	}
	c = w.declares("ben-river", c, coc.ConflictClear)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ben-river"}) || c.Home().Shown != c.Revision {
		t.Errorf("it is read by %v, and shows revision %d of %d", got, c.Home().Shown, c.Revision)
	}
	if said := strings.Join(w.issueOf(c, 0).comments, "\n"); !strings.Contains(said, "There is more.") {
		t.Errorf("ben finds\n%s", said)
	}
	w.invariants()
}

// In a shared room it does what /coc recuse does there.
func TestSteppingBackInPrivateTakesACaseOutOfASharedRoom(t *testing.T) {
	t.Parallel()
	w, _ := door(t)
	w.administers()
	c := w.report(account)
	if c.Home().Separate {
		t.Fatal("not in the shared room")
	}
	c = w.declares("ben-river", c, coc.ConflictHard)
	if p := w.separate(c); !slices.Equal(reads(p), []coc.Login{"ada-river", "cy-river"}) || len(c.Placements) != 2 {
		t.Errorf("it is read by %v", reads(p))
	}
	w.unheard("ben-river", c)
	if err := w.Declare(t.Context(), w.person("omar-outsider"), c.ID, coc.ConflictHard, ""); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("an outsider is heard: %v", err)
	}
	w.invariants()
}

// Without a way to ask, nobody is asked in vain and nobody reads unasked; and operators
// hear of it, because it is so with every case.
func TestWhereMembersCannotBeAskedTheNextCommitteeTakesTheCaseAndOperatorsHearOfIt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lacks func(w *world)
		hear  string
	}{
		"nobody can sign in":                       {func(w *world) { w.Accounts = nil }, "nobody can sign in here to be asked"},
		"the App may make no repository":           {func(w *world) { w.gh.orgs = nil }, "the rooms App may not make one there"},
		"an owner is on the committee and no more": {func(w *world) { w.administers("ada-river") }, "also those who are on the committee"},
		"most of the committee would be invited":   {func(w *world) { w.gh.orgs["river"].members = nil }, "could read a repository for the case alone at once"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := asking(t)
			tc.lacks(w)
			c := w.report(account)
			if c.Home().Committee.Key != "foundation" || len(w.at(riverRoom).issues) != 0 {
				t.Errorf("it is at %s", c.Home().Committee.Key)
			}
			if !strings.Contains(strings.Join(w.alarms, "\n"), tc.hear) {
				t.Errorf("operators hear %q", w.alarms)
			}
			w.invariants()
		})
	}
}

// That a repository cannot be made may show only when it is made.
func TestOperatorsHearThatTheRepositoryForThoseWhoAreClearWasRefused(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.report(account)
	w.gh.failing["make room"] = coc.ErrDenied
	w.declares("ada-river", c, coc.ConflictClear)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || !strings.Contains(strings.Join(w.alarms, "\n"), "the rooms App may not make one there") {
		t.Errorf("it is at %s, and operators hear %q", c.Home().Committee.Key, w.alarms)
	}
	w.invariants()
}

func TestAnInvitationThatNobodyAcceptedCountsForNothingInTheEnd(t *testing.T) {
	t.Parallel()
	w := asking(t)
	o := w.gh.orgs["river"]
	o.members = []coc.Login{"ada-river", "ben-river", "dee-river"} // cy is only invited
	c := w.accuse("omar-outsider")
	c = w.declares("cy-river", c, coc.ConflictClear)
	if c.Home().Issue != 0 {
		t.Fatal("it is opened where nobody reads")
	}
	c = w.declares("ada-river", c, coc.ConflictClear)
	w.pass(time.Hour)
	if p := w.separate(w.caseOf(c.ID)); !slices.Equal(reads(p), []coc.Login{"ada-river"}) {
		t.Fatalf("it is read by %v", reads(p))
	}
	w.pass(5 * 24 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("with one reader of two it stays at %s", c.Home().Committee.Key)
	}
	w.invariants()
}

func TestARepositoryThatIsSlowToComeDoesNotMoveTheCase(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.accuse("omar-outsider")
	w.pass(20 * time.Hour)
	w.gh.failing["make room"] = coc.Later{Cause: "status 502"}
	if err := w.Declare(t.Context(), w.person("ada-river"), c.ID, coc.ConflictClear, ""); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	delete(w.gh.failing, "make room")
	w.pass(2 * time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "river/conduct" || c.Home().Issue == 0 {
		t.Errorf("it is at %s", c.Home().Committee.Key)
	}
	if w.gh.calls["make room"] == 0 || len(w.at(riverRoom).issues) != 1 {
		t.Error("made more than once, or never")
	}
	w.invariants()
}

func TestTheReceiptOfACaseAboutWhichMembersAreAskedSaysThatACommitteeHasIt(t *testing.T) {
	t.Parallel()
	w := asking(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	p, err := w.Progress(t.Context(), receipt)
	if err != nil || p.State != casework.WithCommittee || p.Stage != coc.StageReceived {
		t.Errorf("%+v, %v", p, err)
	}
	w.pass(8 * 24 * time.Hour)
	if p, err = w.Progress(t.Context(), receipt); err != nil || p.Silent.IsZero() {
		t.Errorf("nothing is late: %+v, %v", p, err)
	}
}
