package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

func TestWhoeverReportedThemselfIsNotShownToWhoIsAsked(t *testing.T) {
	t.Parallel()
	w := asking(t)
	f := accused("omar-outsider")
	f.By = coc.Person{Login: "rae-reporter", Account: 77}
	f.Involved = append(f.Involved, coc.Party{Login: "rae-reporter", Role: coc.RoleAccused})
	w.file("token", f)
	w.pass(time.Second)
	all, err := w.Inquiries(t.Context(), w.person("ada-river"))
	if err != nil || len(all) != 1 || len(all[0].Accused) != 1 || all[0].Accused[0].Login != "omar-outsider" {
		t.Errorf("ada is shown %+v, %v", all, err)
	}
}

func TestNameOfTheAccusedShowsNobodyElseToWhoIsAsked(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"Omar of docs":                    "Omar of docs",
		"Omar, who hit hal-harmed":        "",
		"Omar, whom I (rae-reporter) met": "",
	} {
		w := asking(t)
		f := accused("zed-else")
		f.By = coc.Person{Login: "rae-reporter", Account: 77}
		f.Involved = append(f.Involved, coc.Party{Name: coc.NewProse(words), Role: coc.RoleAccused}, coc.Party{Login: "hal-harmed", Role: coc.RoleHarmed})
		w.file("token", f)
		w.pass(time.Second)
		all, err := w.Inquiries(t.Context(), w.person("ada-river"))
		if err != nil || len(all) != 1 || len(all[0].Accused) == 0 || all[0].Accused[0].Login != "zed-else" {
			t.Fatalf("%q: ada is shown %+v, %v", words, all, err)
		}
		if got := all[0].Accused[1:]; (len(got) == 1) != (want != "") || len(got) == 1 && got[0].Name.Reveal() != want {
			t.Errorf("%q: ada is shown %+v", words, got)
		}
	}
}

// Whoever saw the question, and got a stranger's answer to their own, would know that
// they are named.
func TestWhomAMessageNamesIsNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	w := asking(t)
	receipt := w.file("token", accused("omar-outsider"))
	w.pass(time.Second)
	c := w.of(receipt)
	if !w.asked("ben-river", c) {
		t.Fatal("ben is not asked")
	}
	w.replies(receipt, "one", "And ben-river did the same to me.")
	w.pass(time.Minute)
	w.unheard("ben-river", c)
	if c = w.caseOf(c.ID); !w.asked("ada-river", c) || len(c.Declarations) != 0 {
		t.Errorf("ada is not asked any more, or %+v", c.Declarations)
	}
	w.invariants()
}

func TestWhoMayStillAnswerIsLetInByNobodyElse(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	p := w.separate(c)
	for _, l := range []coc.Login{"ben-river", "dee-river"} { // dee is an alternate, who is asked later
		for _, all := range []string{"", " all"} {
			c = w.says(c, "ada-river", "/coc admit @"+string(l)+all)
			w.pass(time.Minute)
			if c = w.caseOf(c.ID); coc.HasLogin(c.Home().Responders, l) || coc.HasLogin(reads(p), l) {
				t.Errorf("%s reads before they have said that they are clear", l)
			}
		}
	}
	if told := w.said(c); strings.Count(told, "that person's time to answer is not over") != 2 {
		t.Errorf("ada is told\n%s", told)
	}
	c = w.declares("cy-river", c, coc.ConflictClear)
	w.pass(96 * time.Hour) // ben's time is over, and dee's
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc admit @ben-river")
	w.pass(time.Minute)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river", "ben-river", "cy-river"}) {
		t.Errorf("once their time is over, it is read by %v", got)
	}
	w.invariants()
}

// slowly is a case that ben has said to be clear in, and whose repository is made without
// its issue coming to be: ben was let in, and has read nothing.
func slowly(t *testing.T) (w *world, receipt string, c coc.Case) {
	t.Helper()
	w = asking(t)
	receipt = w.file("token", accused("omar-outsider"))
	w.pass(time.Second)
	w.gh.failing["open"] = coc.Later{Cause: "status 502"}
	c = w.declares("ben-river", w.of(receipt), coc.ConflictClear)
	if got := reads(w.at(c.Home().Room.Repo)); c.Home().Issue != 0 || !slices.Equal(got, []coc.Login{"ben-river"}) {
		t.Fatalf("the issue is there, or the repository is read by %v", got)
	}
	return w, receipt, c
}

func TestAnAnswerCanBeTakenBackBeforeThereIsAnIssue(t *testing.T) {
	t.Parallel()
	w, _, c := slowly(t)
	c = w.declares("ben-river", c, coc.ConflictHard)
	if got := c.Home().Responders; len(got) != 0 {
		t.Fatalf("%v respond", got)
	}
	w.unheard("ben-river", c)
	delete(w.gh.failing, "open")
	c = w.declares("ada-river", c, coc.ConflictClear)
	w.pass(time.Minute)
	c = w.caseOf(c.ID)
	if p := w.separate(c); !slices.Equal(reads(p), []coc.Login{"ada-river"}) || len(c.Placements) != 1 || len(c.Declarations) != 3 {
		t.Errorf("it is read by %v, by %+v", reads(p), c.Declarations)
	}
	w.invariants()
}

func TestTheSameAnswerTwiceBeforeThereIsAnIssueIsOne(t *testing.T) {
	t.Parallel()
	w, _, c := slowly(t)
	w.pass(11 * time.Minute) // it is no form that is sent twice
	before := len(c.Journal)
	c = w.declares("ben-river", c, coc.ConflictClear)
	if len(c.Declarations) != 1 || len(c.Home().Responders) != 1 || len(c.Journal) != before {
		t.Errorf("%+v, by %v", c.Declarations, c.Home().Responders)
	}
}

func TestWhomAMessageNamesAfterTheirAnswerDoesNotReadIt(t *testing.T) {
	t.Parallel()
	w, receipt, c := slowly(t)
	c = w.declares("ada-river", c, coc.ConflictClear)
	w.replies(receipt, "one", "And ben-river did the same to me.")
	delete(w.gh.failing, "open")
	w.pass(11 * time.Minute)
	c = w.caseOf(c.ID)
	p := w.separate(c)
	if got := c.Home().Responders; !slices.Equal(got, []coc.Login{"ada-river"}) || !slices.Equal(reads(p), got) || len(c.Placements) != 1 {
		t.Errorf("%v respond, and it is read by %v", got, reads(p))
	}
	if why, barred := conflict.Barred("ben-river", c.Parties); !barred {
		t.Errorf("ben is not named: %q", why)
	}
	w.unheard("ben-river", c)
	if !w.asked("cy-river", c) {
		t.Error("cy is not asked any more")
	}
	w.invariants()
}

func TestWhoIsNamedAfterAnAnswerThatWasTheOnlyOneLeavesTheCaseToTheOthers(t *testing.T) {
	t.Parallel()
	w, receipt, c := slowly(t)
	w.replies(receipt, "one", "And ben-river did the same to me.")
	delete(w.gh.failing, "open")
	w.pass(11 * time.Minute)
	if c = w.caseOf(c.ID); c.Home().Issue != 0 || len(c.Home().Responders) != 0 {
		t.Fatalf("%+v", c.Home())
	}
	w.unheard("ben-river", c)
	c = w.declares("ada-river", c, coc.ConflictClear)
	w.pass(time.Minute)
	if p := w.separate(w.caseOf(c.ID)); !slices.Equal(reads(p), []coc.Login{"ada-river"}) {
		t.Errorf("it is read by %v", reads(p))
	}
	w.invariants()
}

func TestTheFirstInDecidesNothingWhileOthersAreAsked(t *testing.T) {
	t.Parallel()
	w := asking(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = riverAsks + "decide_by: majority\n"
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	c = w.says(c, "ada-river", "/coc ack\n/coc claim\n/coc severity low\n/coc investigate")
	c = w.says(c, "ada-river", "/coc resolve warning Be kinder.") // without a proposal, as whoever has the only vote
	c = w.says(c, "ada-river", "/coc propose warning Be kinder.")
	w.pass(25 * time.Hour)
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc resolve")
	if p, _ := c.Standing(); c.Stage != coc.StageDeciding || p.State != coc.ProposalOpen || !w.asked("ben-river", c) {
		t.Fatalf("%s, and it is %s", c.Stage, p.State)
	}
	const until = "until Wednesday 5 March 2025"
	if told := w.said(c); strings.Count(told, "cannot be decided yet") != 2 || !strings.Contains(told, until) || strings.Contains(told, "ben-river") {
		t.Errorf("ada is told\n%s", told)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "members of this committee are still asked whether they are clear ("+until) {
		t.Errorf("the issue says\n%s", body)
	}

	c = w.declares("ben-river", c, coc.ConflictClear)
	c = w.says(c, "ben-river", "/coc agree")
	if p, _ := c.Standing(); p.State != coc.ProposalOpen || len(p.Votes) != 2 {
		t.Errorf("with one asked it is %s by %+v", p.State, p.Votes)
	}
	c = w.declares("cy-river", c, coc.ConflictClear)
	if p, _ := c.Standing(); p.State != coc.ProposalCarried || !c.Home().Screened {
		t.Errorf("two of three agree, nobody is asked, and it is %s", p.State)
	}
	if told := w.said(c); !strings.Contains(told, "**Proposal 1 is carried.") {
		t.Errorf("they are told\n%s", told)
	}
	if c = w.says(c, "ben-river", "/coc resolve"); c.Stage != coc.StageResolved || len(c.Decided) != 3 {
		t.Errorf("%s by %v", c.Stage, c.Decided)
	}
	w.invariants()
}

// With five who have a vote and three who agree, the window of a day carries it, unless
// somebody objects before.
func TestSilenceCarriesNothingBeforeNobodyIsAskedAnyMore(t *testing.T) {
	t.Parallel()
	for name, objects := range map[string]bool{"nobody objects": false, "somebody does when the window is over": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := asking(t)
			o := w.gh.orgs["river"]
			o.members = append(o.members, "eve-river", "fay-river")
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nseparate: always\nscreen_within: 2 days\ndecide_by: consensus\nconsent_window: 24 hours\n" +
				"members: [ada-river, ben-river, cy-river, dee-river, eve-river, fay-river]\n"
			c := w.accuse("omar-outsider")
			for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river", "dee-river", "eve-river"} {
				c = w.declares(l, c, coc.ConflictClear)
			}
			c = w.says(c, "ada-river", "/coc ack\n/coc claim\n/coc severity low\n/coc investigate")
			c = w.says(c, "ada-river", "/coc propose warning Be kinder.")
			c = w.says(c, "ben-river", "/coc agree")
			c = w.says(c, "cy-river", "/coc agree")
			w.pass(30 * time.Hour)
			if c = w.caseOf(c.ID); objects {
				c = w.says(c, "dee-river", "/coc object")
			}
			if p, _ := c.Standing(); p.State != coc.ProposalOpen || !w.asked("fay-river", c) {
				t.Fatalf("while fay is asked, it is %s", p.State)
			}
			w.pass(20 * time.Hour)
			c = w.caseOf(c.ID)
			p, _ := c.Standing()
			if carried := p.State == coc.ProposalCarried; !c.Home().Screened || carried == objects {
				t.Errorf("when nobody is asked any more, it is %s", p.State)
			}
			if told := w.said(c); strings.Contains(told, "**Proposal 1 is carried.") == objects {
				t.Errorf("they are told\n%s", told)
			}
			w.invariants()
		})
	}
}

// A case that cannot be read is told of to its responders. Who of a committee that asks in
// private is named in it, nobody can tell without reading it.
func TestWhoMayBeAskedLearnsNothingOfACaseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("ben-river"), coc.ConflictClear)
	w.Options.Store = torn{w.st, c.ID, false}
	d := casework.New(w.Options)
	for who, unshown := range map[coc.Login]int{"ada-river": 1, "ben-river": 0, "dee-river": 0} {
		if all, err := d.Cases(t.Context(), w.person(who), false); err != nil || all.Unshown != unshown {
			t.Errorf("%s is told of %d, %v", who, all.Unshown, err)
		}
	}
}
