package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// sessionClaims are those of who is signed in and what they looked at.
var sessionClaims = []func(*testing.T, database){
	SessionIsFoundByItsTokenUntilItEnds,
	ProlongedSessionLastsLonger,
	WhatWorksOnceIsSpentOnce,
	ExpiredSessionsAreForgotten,
	LooksAreKeptOnceAnHour,
	UnclosedCasesAreAllThatAreNotClosed,
	CasesAreFoundByTheirResponders,
	CasesOfAnOlderStoreAreListedWhenItOpens,
	ReportsAreFoundByTheAccountOfTheReporter,
	NothingOfAPersonOnDiskCanBeRead,
}

var kim = coc.Person{Login: "kim-responder", Account: 4711}

func begun(t *testing.T, s *store.Store, token string, who coc.Person, until time.Time) {
	t.Helper()
	if err := s.BeginSession(t.Context(), token, coc.Session{Person: who, Until: until, End: noon.Add(8 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
}

func at(now *time.Time) store.Options { return store.Options{Now: func() time.Time { return *now }} }

func SessionIsFoundByItsTokenUntilItEnds(t *testing.T, d database) {
	now := noon
	s := d.open(t, at(&now))
	begun(t, s, "token", kim, noon.Add(time.Hour))
	got, err := s.Session(t.Context(), "token")
	if want := (coc.Session{Person: kim, Until: noon.Add(time.Hour), End: noon.Add(8 * time.Hour)}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v, %v", cmp.Diff(want, got), err)
	}
	gone := func(why, token string) {
		t.Helper()
		if _, err := s.Session(t.Context(), token); !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%s: %v", why, err)
		}
	}
	gone("another token", "TOKEN")
	gone("no token", "")
	now = noon.Add(time.Hour)
	gone("after its time", "token")
	now = noon
	for range 2 {
		if err := s.EndSession(t.Context(), "token"); err != nil {
			t.Fatal(err)
		}
	}
	gone("after it was ended", "token")
	if s.BeginSession(t.Context(), "x", coc.Session{Person: coc.Person{Login: "kim-responder"}, Until: noon.Add(time.Hour)}) == nil {
		t.Error("a session of a login without an account")
	}
}

func ProlongedSessionLastsLonger(t *testing.T, d database) {
	now := noon
	s := d.open(t, at(&now))
	begun(t, s, "token", kim, noon.Add(time.Hour))
	if err := s.ProlongSession(t.Context(), "token", noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(90 * time.Minute)
	if _, err := s.Session(t.Context(), "token"); err != nil {
		t.Error(err)
	}
	if err := s.EndSession(t.Context(), "token"); err != nil {
		t.Fatal(err)
	}
	if err := s.ProlongSession(t.Context(), "token", noon.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), "token"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("prolonged after it was ended: %v", err)
	}
}

func WhatWorksOnceIsSpentOnce(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if err := s.Spend(t.Context(), "state", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	if err := s.Spend(t.Context(), "state", noon.Add(time.Minute)); !errors.Is(err, coc.ErrTaken) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.Spend(t.Context(), "other", noon.Add(time.Minute)); err != nil {
		t.Error(err)
	}
}

func ExpiredSessionsAreForgotten(t *testing.T, d database) {
	now := noon
	s := d.open(t, at(&now))
	begun(t, s, "token", kim, noon.Add(time.Hour))
	begun(t, s, "longer", kim, noon.Add(3*time.Hour))
	if err := s.Spend(t.Context(), "state", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(2 * time.Hour)
	if err := s.ForgetExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = noon // as if the clock had been put back: what is deleted stays so
	if _, err := s.Session(t.Context(), "token"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("the expired session: %v", err)
	}
	if _, err := s.Session(t.Context(), "longer"); err != nil {
		t.Errorf("the other: %v", err)
	}
	if err := s.Spend(t.Context(), "state", noon.Add(time.Hour)); err != nil {
		t.Errorf("what was spent then: %v", err)
	}
}

func LooksAreKeptOnceAnHour(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1), aCase("two", 1)}})
	lee := coc.Person{Login: "lee-responder", Account: 4712}
	for _, o := range []struct {
		who  coc.Person
		what string
		at   time.Time
	}{
		{kim, "record", noon}, {kim, "record", noon.Add(59 * time.Minute)}, {kim, "record", noon.Add(time.Hour)},
		{kim, "evidence 1", noon.Add(2 * time.Minute)}, {lee, "record", noon.Add(3 * time.Minute)},
	} {
		if err := s.Looked(t.Context(), "one", o.who, o.what, o.at); err != nil {
			t.Fatal(err)
		}
	}
	s = d.reopen(t, s)
	got, err := s.Looks(t.Context(), "one")
	want := []coc.Look{
		{By: kim.Login, What: "record", At: noon.Add(time.Hour)}, {By: lee.Login, What: "record", At: noon.Add(3 * time.Minute)},
		{By: kim.Login, What: "evidence 1", At: noon.Add(2 * time.Minute)}, {By: kim.Login, What: "record", At: noon},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if other, err := s.Looks(t.Context(), "two"); err != nil || len(other) != 0 {
		t.Errorf("another case: %v, %v", other, err)
	}
	if err := s.Looked(t.Context(), "none", kim, "record", noon); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("a case that is not there: %v", err)
	}
}

func UnclosedCasesAreAllThatAreNotClosed(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	closed := aCase("closed", 1)
	closed.Stage = coc.StageClosed
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("two", 1), closed, aCase("one", 1)}})
	if got, err := s.UnclosedCases(t.Context()); err != nil || !slices.Equal(got, []coc.CaseID{"one", "two"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func CasesAreFoundByTheirResponders(t *testing.T, d database) {
	now := noon
	s := d.open(t, store.Options{Now: func() time.Time { return now }})
	with := func(id coc.CaseID, revision int, stage coc.Stage, responders ...coc.Login) coc.Case {
		c := aCase(id, revision)
		c.Stage = stage
		c.Placements = []coc.Placement{{Responders: []coc.Login{"sam-before", "kim"}}, {Responders: responders}}
		return c
	}
	many := []coc.Login{}
	for n := range 70 {
		many = append(many, coc.Login(fmt.Sprint("member-", n)))
	}
	asked := with("asked", 1, coc.StageReceived, "ann-in")
	asked.Home().Asked.By = noon.Add(time.Hour)
	asked.Home().Committee.Members = []coc.Member{{Login: "ann-in"}, {Login: "ada-asked"}}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{
		asked, with("first", 1, coc.StageReceived, "Kim", "lee"), with("others", 1, coc.StageReceived, "lee"), with("nobodys", 1, coc.StageReceived),
		with("many", 1, coc.StageReceived, append(many, "kim")...), aCase("nowhere", 1),
	}})
	now = now.Add(time.Minute)
	mustCommit(t, s, coc.Change{Cases: []coc.Case{with("older", 1, coc.StageClosed, "kim"), with("left", 1, coc.StageReceived, "kim")}})
	now = now.Add(time.Minute)
	mustCommit(t, s, coc.Change{Cases: []coc.Case{with("newer", 1, coc.StageClosed, "kim", "lee"), with("left", 2, coc.StageReceived, "lee")}})
	now = now.Add(time.Minute)
	mustCommit(t, s, coc.Change{Cases: []coc.Case{with("first", 2, coc.StageReceived, "kim")}})
	// Whoever puts another line there shows nobody anything.
	if _, err := s.DB().ExecContext(t.Context(), `UPDATE responders SET who = (SELECT who FROM responders WHERE case_id = 'first') WHERE case_id = 'nobodys'`); err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	for _, c := range []struct {
		who            coc.Login
		closed         bool
		theirs, unsure []coc.CaseID
	}{
		{"kim", false, []coc.CaseID{"first", "many"}, []coc.CaseID{"nobodys", "nowhere"}},
		{"KIM", true, []coc.CaseID{"newer", "older"}, nil},
		{"lee", false, []coc.CaseID{"left", "others"}, []coc.CaseID{"nobodys", "nowhere"}},
		{"member-69", false, []coc.CaseID{"many"}, []coc.CaseID{"nobodys", "nowhere"}},
		{"sam-before", false, nil, []coc.CaseID{"nobodys", "nowhere"}},
		{"Ann-In", false, []coc.CaseID{"asked"}, []coc.CaseID{"nobodys", "nowhere"}},
		{"Ada-Asked", false, nil, []coc.CaseID{"asked", "nobodys", "nowhere"}}, // and may be named in it
		{"", true, nil, nil},
	} {
		theirs, unsure, err := s.CasesOf(t.Context(), c.who, c.closed)
		if err != nil || !slices.Equal(theirs, c.theirs) || !slices.Equal(unsure, c.unsure) {
			t.Errorf("%s, closed %v: %q and %q, %v", c.who, c.closed, theirs, unsure, err)
		}
	}
	// How many there are is not to be seen, and no two lines are alike.
	lengths, lines := map[int]int{}, map[string]bool{}
	rows, err := s.DB().QueryContext(t.Context(), `SELECT who FROM responders WHERE case_id <> 'nobodys'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var who []byte
		if err := rows.Scan(&who); err != nil {
			t.Fatal(err)
		}
		lengths[len(who)]++
		lines[string(who)] = true
	}
	if len(lengths) != 2 || len(lines) != 7 || rows.Err() != nil {
		t.Errorf("%v, %d lines, %v", lengths, len(lines), rows.Err())
	}
}

func CasesOfAnOlderStoreAreListedWhenItOpens(t *testing.T, d database) {
	const all = 205 // more than one commit lists
	s := d.open(t, store.Options{})
	var cases []coc.Case
	var want []coc.CaseID
	for n := range all {
		c := aCase(coc.CaseID(fmt.Sprintf("case-%03d", n)), 1)
		c.Stage, c.Placements = coc.StageClosed, []coc.Placement{{Responders: []coc.Login{"kim"}}}
		c.Journal = []coc.Entry{{At: noon.Add(time.Duration(n) * time.Hour), Act: "close"}}
		cases, want = append(cases, c), slices.Insert(want, 0, c.ID)
	}
	erased := aCase("case-erased", 1)
	erased.Stage, erased.Placements = coc.StageClosed, []coc.Placement{{Responders: []coc.Login{"kim"}}}
	mustCommit(t, s, coc.Change{Cases: append(cases, erased)})
	store.EraseCaseKey(t, s, "case-erased")
	if _, err := s.DB().ExecContext(t.Context(), `DELETE FROM responders`); err != nil {
		t.Fatal(err)
	}
	for _, steps := range []int{1, 0} { // there is nothing to do once more
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		told := 0
		s = d.open(t, store.Options{Migrated: func(string) { told++ }})
		theirs, unlisted, err := s.CasesOf(t.Context(), "kim", true)
		if err != nil || !slices.Equal(theirs, want) || !slices.Equal(unlisted, []coc.CaseID{"case-erased"}) || told != steps {
			t.Errorf("%q and %q after %d steps, %v", theirs, unlisted, told, err)
		}
	}
	// What was written since is known better than by what stands in it.
	cases[0].Revision, cases[0].Placements[0].Responders = 2, []coc.Login{"lee"}
	mustCommit(t, s, coc.Change{Cases: cases[:1]})
	s = d.reopen(t, s)
	if theirs, _, err := s.CasesOf(t.Context(), "kim", true); err != nil || slices.Contains(theirs, cases[0].ID) {
		t.Errorf("kim still has it, %v", err)
	}
}

func ReportsAreFoundByTheAccountOfTheReporter(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mine, next, other, nobodys := aCase("mine", 1), aCase("next", 1), aCase("other", 1), aCase("nobodys", 1)
	mine.Report.SignedIn, next.Report.SignedIn, other.Report.SignedIn = 4711, 4711, 471
	mustCommit(t, s, coc.Change{Cases: []coc.Case{mine, next, other, nobodys}})
	mine.Revision = 2
	mustCommit(t, s, coc.Change{Cases: []coc.Case{mine}})
	s = d.reopen(t, s)
	for account, want := range map[int64][]coc.CaseID{4711: {"mine", "next"}, 471: {"other"}, 47: nil, 0: nil, -1: nil} {
		if got, err := s.ReportsOf(t.Context(), account); err != nil || !slices.Equal(got, want) {
			t.Errorf("account %d: %q, %v", account, got, err)
		}
	}
}

func NothingOfAPersonOnDiskCanBeRead(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	who := coc.Person{Login: "canary-5b1f-login", Account: 7315498212345}
	c := aCase("one", 1)
	c.Report.Reporter, c.Report.SignedIn = who.Login, who.Account
	c.Placements = []coc.Placement{{Responders: []coc.Login{who.Login}}}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{c}})
	begun(t, s, "canary-5b1f-token", who, noon.AddDate(100, 0, 0))
	if err := errors.Join(s.Spend(t.Context(), "canary-5b1f-state", noon), s.Looked(t.Context(), "one", who, "canary-5b1f-what", noon), s.Close()); err != nil {
		t.Fatal(err)
	}
	pages := d.pages(t)
	for _, word := range []string{"canary-5b1f", "7315498212345"} {
		if bytes.Contains(pages, []byte(word)) {
			t.Errorf("%s stands on the disk", word)
		}
	}
	d.open(t, store.Options{})
}
