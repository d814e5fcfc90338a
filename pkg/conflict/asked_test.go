package conflict

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var monday = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// inquiry is of three members, an alternate and a liaison, of whom two must be without a
// hard conflict. Nobody is in yet.
func inquiry() Inquiry {
	k := coc.Committee{Key: "a", Name: "A", Level: coc.LevelFoundation, Members: []coc.Member{
		{Login: "kim"}, {Login: "lee"}, {Login: "mo"}, {Login: "nia", Role: coc.MemberAlternate}, {Login: "ode", Role: coc.MemberLiaison},
	}}
	return Inquiry{
		Home:    coc.Placement{Committee: k, Separate: true, Asked: coc.Asking{By: monday.AddDate(0, 0, 7)}},
		Parties: []coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}},
	}
}

// in lets people in, and says adds what they say of themselves.
func (q Inquiry) in(who ...coc.Login) Inquiry {
	for _, l := range who {
		q = q.says(l, coc.ConflictClear)
		q.Home.Responders = append(slices.Clone(q.Home.Responders), l)
	}
	return q
}

func (q Inquiry) says(who coc.Login, kind coc.ConflictKind) Inquiry {
	q.Record.Declarations = append(slices.Clone(q.Record.Declarations), coc.Declaration{Login: who, Kind: kind})
	return q
}

func (q Inquiry) named(who coc.Login, role coc.Role) Inquiry {
	q.Parties = append(slices.Clone(q.Parties), coc.Party{Login: who, Role: role})
	return q
}

func (q Inquiry) alternates() Inquiry {
	q.Home.Asked.Alternates = q.Home.Asked.By.AddDate(0, 0, 7)
	return q
}

func TestWhoIsBarredIsNotAskedAndAlternatesAreAskedAfterTheOthers(t *testing.T) {
	t.Parallel()
	screened := inquiry()
	screened.Home.Screened = true
	passed := inquiry().alternates()
	passed.Home.Asked.Passed = true
	never := inquiry()
	never.Home.Asked = coc.Asking{}
	for name, c := range map[string]struct {
		q    Inquiry
		want []coc.Login
	}{
		"a name without a role":               {inquiry().named("KIM", coc.RoleUnset), []coc.Login{"lee", "mo", "ode"}},
		"the harmed":                          {inquiry().named("kim", coc.RoleHarmed), []coc.Login{"lee", "mo", "ode"}},
		"whom the reporter kept out":          {inquiry().named("kim", coc.RoleKeptOut), []coc.Login{"lee", "mo", "ode"}},
		"a witness is asked":                  {inquiry().named("kim", coc.RoleWitness), []coc.Login{"kim", "lee", "mo", "ode"}},
		"who said that they are not clear":    {inquiry().says("kim", coc.ConflictHard), []coc.Login{"lee", "mo", "ode"}},
		"who is in":                           {inquiry().in("kim"), []coc.Login{"lee", "mo", "ode"}},
		"clear elsewhere, and not in":         {inquiry().says("kim", coc.ConflictClear), []coc.Login{"kim", "lee", "mo", "ode"}},
		"the alternates' time":                {inquiry().alternates(), []coc.Login{"kim", "lee", "mo", "nia", "ode"}},
		"whose time is over":                  {passed, []coc.Login{"nia"}},
		"nobody once it is over":              {screened, nil},
		"nobody where nobody is ever asked":   {never, nil},
		"nobody in a committee without asked": {Inquiry{}, nil},
	} {
		if got := c.q.Waits(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v are asked, want %v", name, got, c.want)
		}
	}
}

func TestPendingAnswersCountForNoVoteAndTheCaseIsHeldAgainstWhatItCanStillBecome(t *testing.T) {
	t.Parallel()
	q := inquiry().in("kim").says("lee", coc.ConflictClear) // elsewhere, before the case came here
	c := coc.Case{Parties: q.Parties, Declarations: q.Record.Declarations, Placements: []coc.Placement{q.Home}}
	s := Of(c, q.Home).Screen(q.Home.Committee, q.Parties)
	if !slices.Equal(s.Voters, []coc.Login{"kim"}) || s.Stands || s.Remain.WithoutHardConflict != 1 {
		t.Errorf("with one in, %v vote, and %+v remain", s.Voters, s.Remain)
	}
	if !q.Becomes().Stands {
		t.Error("the case would leave before anybody has answered")
	}
	q.Home.Screened = true
	if q.Becomes().Stands {
		t.Error("one of three is enough once nobody is asked any more")
	}
	both := inquiry().in("kim", "lee")
	both.Home.Screened = true
	if !both.Becomes().Stands || both.Becomes("lee").Stands {
		t.Error("two are not enough, or an invitation that nobody accepted counts")
	}
}

func TestAskingGoesOnByAnswersAndByTime(t *testing.T) {
	t.Parallel()
	by := inquiry().Home.Asked.By
	until := monday.AddDate(0, 0, 30)
	second := inquiry().alternates().Home.Asked.Alternates
	for name, c := range map[string]struct {
		q    Inquiry
		now  time.Time
		want string // of: passed, alternates, over
	}{
		"just asked":                           {inquiry(), monday, "asked"},
		"a moment before the time is over":     {inquiry().in("kim"), by.Add(-time.Second), "asked"},
		"silence":                              {inquiry(), by, "passed alternates"},
		"one answered":                         {inquiry().in("kim"), by, "passed alternates"},
		"all answered":                         {inquiry().in("kim", "lee", "mo", "ode"), monday, "over"},
		"all but a liaison":                    {inquiry().in("kim", "lee", "mo"), monday, "asked"},
		"no seat is empty":                     {inquiry().in("kim", "lee", "mo"), by, "passed over"},
		"a seat is empty":                      {inquiry().in("kim", "lee", "ode").says("mo", coc.ConflictHard), monday, "alternates"},
		"a soft conflict leaves it empty":      {inquiry().in("kim", "lee", "mo", "ode").says("mo", coc.ConflictSoft), monday, "alternates"},
		"not enough without the alternates":    {inquiry().says("kim", coc.ConflictHard).says("lee", coc.ConflictHard), monday, "alternates"},
		"not enough with them":                 {inquiry().says("kim", coc.ConflictHard).says("lee", coc.ConflictHard).says("nia", coc.ConflictHard), monday, "over"},
		"accused one after the other":          {inquiry().named("kim", coc.RoleAccused).named("lee", coc.RoleAccused).named("mo", coc.RoleHarmed), monday, "over"},
		"members beside the alternates":        {inquiry().alternates(), by, "passed alternates"},
		"alternates have time":                 {inquiry().alternates().in("kim"), second.Add(-time.Second), "passed alternates"},
		"alternates' time is over":             {inquiry().alternates().in("kim"), second, "passed alternates over"},
		"everybody answered in the second one": {inquiry().alternates().in("kim", "lee", "nia", "ode").says("mo", coc.ConflictHard), monday, "alternates over"},
	} {
		next, over := c.q.Goes(c.now, until)
		got := ""
		if next.Passed {
			got += " passed"
		}
		if !next.Alternates.IsZero() {
			got += " alternates"
		}
		if over {
			got += " over"
		}
		if got == "" {
			got = " asked"
		}
		if got[1:] != c.want {
			t.Errorf("%s: %s, want %s", name, got[1:], c.want)
		}
	}
}

func TestWhoComesToAnswerIsAskedOnlyAsThemself(t *testing.T) {
	t.Parallel()
	ask := func() Question {
		q := inquiry()
		return Question{Who: coc.Person{Login: "Kim", Account: 11}, Inquiry: q, Roster: q.Home.Committee, Known: true, Account: 11}
	}
	for name, c := range map[string]struct {
		change func(*Question)
		want   string
	}{
		"a member":                         {func(*Question) {}, ""},
		"nobody":                           {func(q *Question) { q.Who = coc.Person{} }, WhyNobodyKnown},
		"nothing known at all":             {func(q *Question) { *q = Question{} }, WhyNobodyKnown},
		"a renamed login":                  {func(q *Question) { q.Account = 0 }, WhyOtherAccount},
		"whoever took the login":           {func(q *Question) { q.Account = 12 }, WhyOtherAccount},
		"accused":                          {func(q *Question) { q.Inquiry = q.named("kim", coc.RoleAccused) }, WhyConflicted},
		"accused by the roster's own name": {func(q *Question) { q.Inquiry = q.named("KIM", coc.RoleUnset) }, WhyConflicted},
		"an outsider":                      {func(q *Question) { q.Who.Login = "eve" }, WhyNotAsked},
		"an alternate before their time":   {func(q *Question) { q.Who.Login = "nia" }, WhyNotAsked},
		"who is in":                        {func(q *Question) { q.Inquiry = q.in("kim") }, WhyNotAsked},
		"once it is over":                  {func(q *Question) { q.Home.Screened = true }, WhyNotAsked},
		"taken off the roster":             {func(q *Question) { q.Roster = coc.Committee{Members: q.Roster.Members[1:]} }, WhyNotOnRoster},
		"a roster that cannot be read":     {func(q *Question) { q.Known = false }, WhyRosterUnread},
		"a colleague of the accused and one more reason": {func(q *Question) {
			q.Roster.Members = slices.Clone(q.Roster.Members)
			q.Roster.Members[0].Employer = "Acme"
			q.Roster.Members = append(q.Roster.Members, coc.Member{Login: "tom-talker", Employer: "Acme"})
			q.Inquiry = q.says("kim", coc.ConflictSoft)
		}, WhyNotOnRoster},
	} {
		q := ask()
		c.change(&q)
		if why, ok := q.Asked(); why != c.want || ok != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", name, why, ok, c.want)
		}
	}
	early := ask()
	early.Roster, early.Known, early.Account = coc.Committee{}, false, 0
	if !early.Worth() {
		t.Error("a member is turned away before GitHub was asked")
	}
	early.Who.Login = "eve"
	if early.Worth() {
		t.Error("GitHub would be asked for a stranger")
	}
}

func TestWhoIsAskedSeesWhomTheCaseAccusesAndNothingElse(t *testing.T) {
	t.Parallel()
	parties := []coc.Party{
		{Login: "Rae-Reporter", Role: coc.RoleAccused}, {Login: "rae-reporter", Role: coc.RoleReporter}, {Login: "hal", Role: coc.RoleHarmed},
		{Login: "wit", Role: coc.RoleWitness}, {Login: "unset"}, {Login: "kept", Role: coc.RoleKeptOut}, {Login: "tom-talker", Role: coc.RoleAccused, Account: 4},
		{Name: coc.NewProse("the loud one"), Role: coc.RoleAccused},
	}
	want := fmt.Sprint([]coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}, {Name: coc.NewProse("the loud one"), Role: coc.RoleAccused}})
	if got := Accused(coc.Case{Parties: parties, Report: coc.Report{Reporter: "rae-reporter"}}); fmt.Sprint(got) != want || got[1].Name.Reveal() != "the loud one" {
		t.Errorf("got %v", got)
	}
}
