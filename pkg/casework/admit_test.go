package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const dee = coc.Login("dee-river")

func withDee(members string) string {
	return "version: 1\nmembers: [ada-river, ben-river, cy-river" + members + "]\n"
}

// joins lets somebody read the river's room, as GitHub tells us.
func (w *world) joins(who coc.Login) {
	w.Helper()
	p := w.at(riverRoom)
	p.readers[who] = true
	w.tell(coc.Event{Kind: coc.EventRoster, App: coc.AppRooms, Repo: p.RepoFacts, Account: p.Repo.Owner, Member: who})
}

func (w *world) parts(who coc.Login) {
	w.Helper()
	p := w.at(riverRoom)
	delete(p.readers, who)
	w.tell(coc.Event{Kind: coc.EventRoster, App: coc.AppRooms, Account: p.Repo.Owner, Member: who}) // of the organisation
}

// grown is the river's committee with a file of its own, and some cases there.
func grown(t *testing.T, words ...string) (*world, []coc.Case) {
	w := newWorld(t)
	rosters := w.at(riverRoom)
	rosters.files[".github/coc-committee.yaml"] = withDee("")
	var cases []coc.Case
	for i, say := range words {
		receipt := w.file(fmt.Sprintf("token %d", i), says(say))
		w.pass(time.Second)
		cases = append(cases, w.of(receipt))
	}
	return w, cases
}

func TestNewReaderFreezesAtOnceAndIsAdmitted(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account)
	w.joins(dee)
	c := w.caseOf(cases[0].ID)
	if c.Home().Frozen != "room/stranger-reads" || len(w.alarms) != 1 {
		t.Fatalf("frozen %q, alarms %q", c.Home().Frozen, w.alarms)
	}
	if c = w.says(c, "ada-river", "/coc admit @dee-river"); coc.HasLogin(c.Home().Responders, dee) {
		t.Fatal("somebody who merely reads was admitted")
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", {login: Dee-River, role: alternate}")
	if c = w.says(c, dee, "/coc admit @dee-river"); coc.HasLogin(c.Home().Responders, dee) {
		t.Fatal("they admitted themself")
	}
	c = w.says(c, "ada-river", "/coc recuse soft\n/coc admit @dee-river")
	if coc.HasLogin(c.Home().Responders, dee) {
		t.Fatal("a member with a conflict admitted somebody")
	}
	c = w.says(c, "ben-river", "/coc admit @dee-river")
	if !coc.HasLogin(c.Home().Responders, dee) || c.Home().Frozen != "" || !strings.HasSuffix(acts(c), "ben-river admit Dee-River") {
		t.Fatalf("responders %q, frozen %q, %s", c.Home().Responders, c.Home().Frozen, acts(c))
	}
	for _, m := range c.Home().Committee.Members {
		if m.Login.Is(dee) && m.Role != coc.MemberAlternate {
			t.Errorf("admitted as %q", m.Role)
		}
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "`Dee-River`") {
		t.Errorf("the body:\n%s", body)
	}
	if c = w.says(c, dee, "/coc ack"); c.Stage != coc.StageAcknowledged {
		t.Errorf("admitted, and obeyed not: %s", c.Stage)
	}
	w.pass(2 * time.Hour)
	if n := len(w.issueOf(c, 0).comments); n != 3 {
		t.Errorf("%d replies that waited, want 3", n)
	}
	w.withoutStrangers(dee)
}

// withoutStrangers is invariants in a world where somebody has joined the
// river's committee.
func (w *world) withoutStrangers(who coc.Login) {
	w.Helper()
	for _, x := range w.gh.writes {
		if x.repo == riverRoom.Key() && len(x.barred) > 0 {
			w.Errorf("%s: while %q read", x.op, x.barred)
		}
	}
	for _, id := range w.st.ids() {
		w.journaled(w.caseOf(id))
		w.oneHome(w.caseOf(id))
		w.shows(w.caseOf(id))
	}
}

func TestReaderWhoIsGoneAgainThaws(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account, "More "+canary)
	w.joins(dee)
	c := w.says(cases[0], "ada-river", "/coc ack")
	w.parts(dee)
	c = w.caseOf(c.ID)
	if c.Home().Frozen != "" || w.caseOf(cases[1].ID).Placements[0].Frozen != "" || w.issueOf(c, 0).Labels[0] != "status/acknowledged" {
		t.Errorf("frozen %q, labels %q", c.Home().Frozen, w.issueOf(c, 0).Labels)
	}
	if len(w.alarms) != 1 {
		t.Errorf("two cases of one room alarm %d times: %q", len(w.alarms), w.alarms)
	}
	w.invariants()
}

func TestAdmittedToAllIsAdmittedWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account, "One of @dee-river and "+canary, "dee-river in plain words, "+canary, "Fourth "+canary, "Fifth "+canary, "Closed "+canary)
	w.decides(cases[5], "ben-river", "/coc ack\n/coc resolve\n/coc close")
	w.says(cases[3], "ada-river", "/coc recuse soft")            // she cannot let anybody in there
	w.says(cases[4], "ben-river", "/coc escalate We know them.") // and this one is elsewhere
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
	w.joins(dee)
	w.says(cases[0], "ada-river", "/coc admit @dee-river all")
	var in string
	for _, c := range cases {
		in += map[bool]string{true: "y", false: "n"}[coc.HasLogin(w.caseOf(c.ID).Placements[0].Responders, dee)]
	}
	if in != "ynnnnn" {
		t.Errorf("admitted to %s", in)
	}
	if c := w.caseOf(cases[0].ID); c.Home().Frozen != "" {
		t.Errorf("frozen %q", c.Home().Frozen)
	}
	if f := w.caseOf(cases[1].ID).Placements[0].Frozen; f == "" {
		t.Error("a case that names them is written on while they read")
	}
	w.pass(2 * time.Hour)
	if got := w.lastAnswer(cases[0], 0); !strings.Contains(got, "Done for 1 of 4 open cases") || strings.Contains(got, cases[1].Home().CodeName) {
		t.Errorf("answer: %s", got)
	}
	w.says(cases[3], "cy-river", "/coc admit @dee-river")
	if c := w.caseOf(cases[3].ID); !coc.HasLogin(c.Home().Responders, dee) {
		t.Error("somebody else may let them in")
	}
	for id := range 3 {
		c := w.says(w.caseOf(cases[id].ID), "ben-river", "/coc admit @dee-river")
		if coc.HasLogin(c.Home().Responders, dee) != (id == 0) {
			t.Errorf("case %d: %q", id, c.Home().Responders)
		}
	}
	w.withoutStrangers(dee)
}

// Who joins the committee of an open case is let in by a member of it. Another room for
// the case is no other way in.
func TestWhoJoinedIsNotLetInByAMoveOfTheCase(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		admitted bool
		moves    func(*world, coc.Case)
	}{
		"the reporter names somebody": {false, func(w *world, _ coc.Case) {
			w.file("token 0", says("And @ben-river was there: "+canary))
		}},
		"a member has a conflict": {false, func(w *world, c coc.Case) { w.says(c, "ben-river", "/coc recuse hard") }},
		"and they were let in before": {true, func(w *world, c coc.Case) {
			w.joins(dee)
			w.says(w.says(c, "ada-river", "/coc admit @dee-river"), "ben-river", "/coc recuse hard")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, cases := grown(t, account)
			w.also = map[string][]coc.Login{riverRoom.Key(): {dee}}
			o := w.administers()
			o.members = append(o.members, dee)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
			w.pass(2 * time.Hour)
			tc.moves(w, cases[0])
			w.pass(time.Minute)
			c := w.caseOf(cases[0].ID)
			p := w.separate(c)
			if coc.HasLogin(c.Home().Responders, dee) != tc.admitted || p.readers[dee] != tc.admitted || p.readers["ben-river"] || !p.readers["cy-river"] {
				t.Errorf("responders %v, read by %v", c.Home().Responders, reads(p))
			}
			if !tc.admitted {
				if c = w.says(c, "ada-river", "/coc admit @dee-river"); !coc.HasLogin(c.Home().Responders, dee) {
					t.Errorf("and a member cannot let them in: %s", w.lastAnswer(c, 1))
				}
			}
			w.invariants()
		})
	}
}

func TestWhoWasRecusedIsNotAdmittedAgain(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account)
	delete(w.at(riverRoom).readers, "cy-river")
	w.pass(time.Minute)
	c := w.says(cases[0], "cy-river", "/coc recuse hard")
	w.joins("cy-river")
	if c = w.caseOf(c.ID); c.Home().Frozen != "room/conflicted-reads" {
		t.Errorf("frozen %q", c.Home().Frozen)
	}
	c = w.says(c, "ada-river", "/coc admit @cy-river\n/coc admit @cy-river all")
	if coc.HasLogin(c.Home().Responders, "cy-river") || c.Home().Frozen == "" {
		t.Errorf("responders %q, frozen %q", c.Home().Responders, c.Home().Frozen)
	}
	w.always()
}

// Who is on the committee is read as it is at that moment, wherever it is written;
// in the project's own file that is what has waited its 72 hours.
func TestRosterOfToday(t *testing.T) {
	t.Parallel()
	longer := strings.Replace(riverFile, "cy-river]", "cy-river, dee-river]", 1)
	for name, tc := range map[string]struct {
		put  func(*world)
		want bool
	}{
		"in the project's own file, which waits": {func(w *world) { w.tell(w.pushed(longer)) }, false},
		"in the project's own file":              {func(w *world) { w.tell(w.pushed(longer)); w.pass(73 * time.Hour) }, true},
		"in a file that nobody heard of":         {func(w *world) { w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river") }, true},
		"in a file with a mistake":               {func(w *world) { w.at(riverRoom).files[".github/coc-committee.yaml"] = "members: [dee-river" }, false},
		"nowhere":                                {func(*world) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := clearAll(w, w.report(account), "ada-river", "ben-river")
			tc.put(w)
			if c = w.says(c, "ada-river", "/coc admit @dee-river"); coc.HasLogin(c.Home().Responders, dee) != tc.want {
				t.Errorf("responders %q: %s", c.Home().Responders, w.lastAnswer(c, 0))
			}
		})
	}
}

// Whoever an answer names is not let in afterwards, and an answer puts nobody out.
func TestWhomAnAnswerNamesIsNotLetIn(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	w.replies(receipt, "one", "Ben-River saw it, and dee-river was there.")
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
	w.joins(dee)
	c := w.says(w.of(receipt), "ada-river", "/coc admit @dee-river")
	if coc.HasLogin(c.Home().Responders, dee) || !coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Errorf("responders %v", c.Home().Responders)
	}
}
