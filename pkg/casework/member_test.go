package casework_test

import (
	"context"
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
	among := false
	for _, closed := range []bool{false, true} {
		listed, e := w.Cases(w.Context(), who, closed)
		if e != nil {
			w.Fatal(e)
		}
		for _, l := range listed.Listed {
			among = among || l.ID == id
			if closed != (l.Stage == coc.StageClosed) {
				w.Errorf("%s, which is %s, is listed among the closed: %v", l.ID, l.Stage, closed)
			}
		}
	}
	if among != (err == nil) {
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
	all, err := w.Cases(t.Context(), w.person("ada-river"), false)
	if err != nil {
		t.Fatal(err)
	}
	var ids []coc.CaseID
	var overdue []bool
	for _, l := range all.Listed {
		ids, overdue = append(ids, l.ID), append(overdue, l.Overdue)
	}
	if !slices.Equal(ids, []coc.CaseID{old.ID, next.ID}) || !slices.Equal(overdue, []bool{true, false}) {
		t.Errorf("of %s, which is late, and %s, they are %s, and late: %v", old.ID, next.ID, ids, overdue)
	}
}

// torn is a store in which the record of one case cannot be read.
type torn struct {
	*memory
	id       coc.CaseID
	unlisted bool // nor is it known who has it
}

func (s torn) Case(ctx context.Context, id coc.CaseID) (coc.Case, error) {
	if id == s.id {
		return coc.Case{}, errors.New("not what was kept")
	}
	return s.memory.Case(ctx, id)
}

func (s torn) CasesOf(ctx context.Context, who coc.Login, closed bool) (theirs, unlisted []coc.CaseID, err error) {
	if theirs, unlisted, err = s.memory.CasesOf(ctx, who, closed); s.unlisted && !closed {
		theirs, unlisted = slices.DeleteFunc(theirs, func(id coc.CaseID) bool { return id == s.id }), append(unlisted, s.id)
	}
	return theirs, unlisted, err
}

func TestRecordThatCannotBeReadIsToldToItsRespondersAndKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := w.report(account)
	receipt := w.file("token 2", says("another report"))
	w.pass(time.Second)
	other := w.of(receipt)
	for unlisted, unshown := range map[bool]int{false: 1, true: 0} {
		w.Options.Store = torn{w.st, broken.ID, unlisted}
		d := casework.New(w.Options)
		all, err := d.Cases(t.Context(), w.person("ada-river"), false)
		if err != nil || len(all.Listed) != 1 || all.Listed[0].ID != other.ID || all.Unshown != unshown || len(all.Broken) != 1 || !strings.Contains(all.Broken[0].Error(), string(broken.ID)) {
			t.Errorf("unlisted %v: %+v, %v", unlisted, all, err)
		}
		// Whoever never had it learns nothing of it.
		if all, err = d.Cases(t.Context(), w.person("omar-outsider"), false); err != nil || all.Unshown != 0 || len(all.Listed) != 0 {
			t.Errorf("a stranger: %+v, %v", all, err)
		}
	}
}

func TestClosedCaseIsReadAsLongAsItsIssueIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.resolved("warning They were told.")
	c = w.says(c, "ada-river", "/coc remedy They apologise.\n/coc remedy done 1 They did.\n/coc close")
	if c.Stage != coc.StageClosed {
		t.Fatalf("it is %s", c.Stage)
	}
	if !w.reads(w.person("ben-river"), c.ID) || w.reads(w.person("omar-outsider"), c.ID) {
		t.Error("its responders do not read it, or others do")
	}
	r, err := w.Record(t.Context(), w.person("ben-river"), c.ID)
	if err != nil || r.Outcome != "warning" || len(r.Remedies) != 1 || r.Remedies[0].State != coc.RemedyDone || r.Remedies[0].By != "ada-river" {
		t.Errorf("%+v, %v", r, err)
	}
	delete(w.at(riverRoom).readers, "ben-river")
	if w.reads(w.person("ben-river"), c.ID) {
		t.Error("who cannot read its issue any more reads it on")
	}
}

func TestRecordHasWhereTheAccusedStandAndWhatTheyAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc accused notified")
	c, token := w.invites(c, "ada-river", " What was it like for you?")
	record := func(login coc.Login) casework.Record {
		t.Helper()
		w.clock.set(w.clock.Now().Add(11 * time.Second))
		r, err := w.Record(t.Context(), w.person(login), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := record("ben-river")
	if len(r.Accused) != 1 || r.Accused[0].Notified.Step == "" || len(r.Accounts) != 1 || r.Accounts[0].By != "ada-river" || !r.Accounts[0].Answered.IsZero() || r.Accounts[0].Until.IsZero() {
		t.Errorf("%+v, %+v", r.Accused, r.Accounts)
	}
	if err := w.accounts(token, "a form", "It was not so."); err != nil {
		t.Fatal(err)
	}
	if r = record("ben-river"); r.Accounts[0].Answer.Reveal() != "It was not so." || !r.Accounts[0].Of.Login.Is("omar-outsider") || r.Accused[0].Heard.Step == "" {
		t.Errorf("%+v, %+v", r.Accused, r.Accounts)
	}
	c = w.says(c, "ada-river", "/coc accused link One more question.\n/coc escalate It is beyond us.")
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	// The next committee reads the answer, and neither who asked nor an address that is
	// not good any more.
	if r = record("fay-foundation"); len(r.Accounts) != 1 || r.Accounts[0].By != "" || r.Accounts[0].Answer.Reveal() != "It was not so." {
		t.Errorf("%+v", r.Accounts)
	}
}
