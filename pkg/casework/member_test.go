package casework_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// person is somebody who signed in under the account that has the login now.
func (w *world) person(login coc.Login) coc.Person {
	return coc.Person{Login: login, Account: w.gh.number(login)}
}

// reads reports whether somebody is shown the record of a case; the two pages must
// agree on it.
func (w *world) reads(who coc.Person, id coc.CaseID) bool {
	w.Helper()
	w.clock.set(w.clock.Now().Add(11 * time.Second)) // nothing is remembered for longer
	_, err := w.Record(w.Context(), who, id)
	if err != nil && !errors.Is(err, coc.ErrMissing) {
		w.Fatal(err)
	}
	listed, e := w.Cases(w.Context(), who)
	if e != nil {
		w.Fatal(e)
	}
	among := false
	for _, l := range listed {
		among = among || l.ID == id
	}
	if c, e := w.st.Case(w.Context(), id); e == nil && among != (err == nil) && c.Stage != coc.StageClosed {
		w.Errorf("%s: listed %v, shown %v", who.Login, among, err == nil)
	}
	return err == nil
}

func TestRecordIsReadByRespondersAsLongAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee("")
	c := w.report(account)
	if c.Home().Committee.Key != "river/conduct" {
		t.Fatalf("it went to %s", c.Home().Committee.Key)
	}
	for login, want := range map[coc.Login]bool{
		"ada-river": true, "Ada-River": true, "ben-river": true, "fay-foundation": false, "omar-outsider": false, dee: false,
	} {
		if got := w.reads(w.person(login), c.ID); got != want {
			t.Errorf("%s reads it: %v", login, got)
		}
	}
	if w.reads(coc.Person{}, c.ID) || w.reads(coc.Person{Login: "ada-river", Account: 1}, c.ID) || w.reads(w.person("ada-river"), "another") {
		t.Error("nobody, another account, or another case")
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ben-river, cy-river]\n"
	if w.reads(w.person("ada-river"), c.ID) || !w.reads(w.person("ben-river"), c.ID) {
		t.Error("who left the roster reads on, or who stayed does not")
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ben-river\n"
	if w.reads(w.person("ben-river"), c.ID) {
		t.Error("a roster that cannot be read lets somebody in")
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee("")
	delete(w.at(riverRoom).readers, "ben-river")
	if w.reads(w.person("ben-river"), c.ID) || !w.reads(w.person("cy-river"), c.ID) {
		t.Error("who lost access on GitHub reads on here, or who has it does not")
	}
}

func TestMemberWhoIsRecusedReadsNothingFromThenOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	if !w.reads(w.person("ada-river"), c.ID) {
		t.Fatal("they do not read it before")
	}
	w.says(c, "ada-river", "/coc recuse hard")
	if w.reads(w.person("ada-river"), c.ID) {
		t.Error("they read it afterwards")
	}
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	for _, login := range c.Home().Responders {
		if !w.reads(w.person(login), c.ID) {
			t.Errorf("%s, who has it now, does not", login)
		}
	}
}

// Whoever took the login that a member had before is somebody else, and so is the
// member, as far as the case knows, until they are let in under their new name.
func TestRenamedLoginOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	was := w.person("ada-river")
	w.gh.numbers["ada-river"] = 77 // somebody else has it now
	if w.reads(was, c.ID) {
		t.Error("a session from before the login changed hands")
	}
	delete(w.at(riverRoom).readers, "ada-river")
	if w.reads(w.person("ada-river"), c.ID) {
		t.Error("whoever has the login now, and no access")
	}
	w.at(riverRoom).readers["ada-renamed"] = true
	if w.reads(coc.Person{Login: "ada-renamed", Account: was.Account}, c.ID) {
		t.Error("a login that the case does not know")
	}
}

func TestNobodyReadsWhatIsFrozenSealedOrCannotBeLookedAt(t *testing.T) {
	t.Parallel()
	w, cases := grown(t, account)
	c := cases[0]
	w.gh.mu.Lock()
	w.gh.failing["readers"] = coc.Later{Cause: "status 502"}
	w.gh.mu.Unlock()
	if w.reads(w.person("ben-river"), c.ID) {
		t.Error("though nobody knows who may read it")
	}
	w.gh.mu.Lock()
	delete(w.gh.failing, "readers")
	w.gh.mu.Unlock()
	if !w.reads(w.person("ben-river"), c.ID) {
		t.Fatal("not when GitHub is well again")
	}
	w.joins(dee)
	if c = w.caseOf(c.ID); c.Home().Frozen == "" {
		t.Fatal("it is not frozen")
	}
	if w.reads(w.person("ben-river"), c.ID) || w.reads(w.person(dee), c.ID) {
		t.Error("a frozen room")
	}

	sealed := newWorld(t)
	for _, room := range []coc.Repo{riverRoom, baseRoom, topRoom} {
		sealed.at(room).Archived = true
	}
	c = sealed.report(account)
	if !c.Home().Sealed() {
		t.Fatal("it is not sealed")
	}
	for _, login := range everybody {
		if sealed.reads(sealed.person(login), c.ID) {
			t.Errorf("%s reads a sealed case", login)
		}
	}
}

func TestWhoReadsARecordIsSeenByTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	writes := len(w.gh.writes)
	for _, login := range []coc.Login{"ada-river", "omar-outsider", "ada-river"} {
		w.reads(w.person(login), c.ID)
	}
	r, err := w.Record(t.Context(), w.person("ben-river"), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var who []coc.Login
	for _, l := range r.Looks {
		who = append(who, l.By)
	}
	if !slices.Equal(who, []coc.Login{"ben-river", "ada-river"}) || len(w.gh.writes) != writes {
		t.Errorf("looked at by %v, with %d writes to GitHub", who, len(w.gh.writes)-writes)
	}
	if r.Told[0].Text.Reveal() != account || r.Stage != coc.StageReceived || r.URL == "" || r.About != source.String() {
		t.Errorf("the record is %+v", r.Listed)
	}
}

// What the committee before did with a case is none of the next one's business, on
// our pages as in its issue.
func TestNobodyIsShownWhatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.st.unlooked = errors.New("disk full")
	if r, err := w.Record(t.Context(), w.person("ada-river"), c.ID); !errors.Is(err, w.st.unlooked) || !reflect.DeepEqual(r, casework.Record{}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRecordTellsNothingOfTheHomeBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.says(w.of(receipt), "ada-river", "/coc ack")
	c = w.says(c, "ada-river", "/coc update We asked @fay-foundation about it.\n/coc evidence https://chat.example/1")
	if _, err := w.Record(t.Context(), w.person("ada-river"), c.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	c = w.says(c, "ada-river", "/coc escalate beyond what we can do")
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Fatalf("it is with %s", c.Home().Committee.Key)
	}
	if w.reads(w.person("ada-river"), c.ID) {
		t.Error("who gave it away reads on")
	}
	r, err := w.Record(t.Context(), w.person("fay-foundation"), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Steps {
		if strings.HasSuffix(string(e.Actor), "-river") {
			t.Errorf("%s is named, for %s", e.Actor, e.Act)
		}
	}
	if len(r.Messages) != 0 || len(r.Looks) != 1 || r.Looks[0].By != "fay-foundation" || len(r.Evidence) != 1 || r.Evidence[0].By != "" {
		t.Errorf("messages %+v, looks %+v, evidence %+v", r.Messages, r.Looks, r.Evidence)
	}
	// What the reporter writes now is for those who have the case; it brings nothing of before.
	w.replies(receipt, "one", "Is anybody there?")
	if r, err = w.Record(t.Context(), w.person("fay-foundation"), c.ID); err != nil || len(r.Messages) != 1 || r.Messages[0].Kind != coc.MessageAnswer {
		t.Errorf("messages %+v, %v", r.Messages, err)
	}
	if len(r.Passed) != 1 || !strings.Contains(r.Passed[0].Text.Reveal(), "beyond") {
		t.Errorf("why it was given away: %+v", r.Passed)
	}
}

func TestOverdueCasesComeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.report(account)
	w.pass(4 * 24 * time.Hour)
	receipt := w.file("token 2", says("another report"))
	w.pass(time.Second)
	next := w.of(receipt)
	all, err := w.Cases(t.Context(), w.person("ada-river"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []coc.CaseID
	var overdue []bool
	for _, l := range all {
		ids, overdue = append(ids, l.ID), append(overdue, l.Overdue)
	}
	if !slices.Equal(ids, []coc.CaseID{old.ID, next.ID}) || !slices.Equal(overdue, []bool{true, false}) {
		t.Errorf("of %s, which is late, and %s, they are %s, and late: %v", old.ID, next.ID, ids, overdue)
	}
}
