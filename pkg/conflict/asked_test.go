package conflict

import (
	"fmt"
	"reflect"
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

// Where a committee is not asked in private, all of it reads from the beginning, and
// silence counts only once the time for screening is over.
func TestSilenceAndWhoIsNotInCountFromTheBeginningOnlyWhereMembersAreAsked(t *testing.T) {
	t.Parallel()
	said := []coc.Declaration{{Login: "kim", Kind: coc.ConflictClear}}
	outside := []coc.Login{"lee", "mo", "nia", "ode"}
	for name, tc := range map[string]struct {
		change   func(*coc.Case, *coc.Placement)
		over     bool
		away     []coc.Login
		deciders []coc.Login
	}{
		"not asked":                       {func(*coc.Case, *coc.Placement) {}, false, nil, nil},
		"not asked, and screened":         {func(_ *coc.Case, p *coc.Placement) { p.Screened = true }, true, nil, nil},
		"asked":                           {func(_ *coc.Case, p *coc.Placement) { p.Asked.By = monday }, true, outside, nil},
		"asked, and that is over":         {func(_ *coc.Case, p *coc.Placement) { p.Asked.By, p.Screened = monday, true }, true, outside, nil},
		"who hears an appeal":             {func(c *coc.Case, _ *coc.Placement) { c.Appeal = &coc.Appeal{Deciders: []coc.Login{"mo"}} }, false, nil, []coc.Login{"mo"}},
		"where what is appealed was done": {func(c *coc.Case, _ *coc.Placement) { c.Appeal = &coc.Appeal{Deciders: []coc.Login{"mo"}, Since: 1} }, false, nil, nil},
	} {
		home := coc.Placement{Committee: inquiry().Home.Committee, Responders: []coc.Login{"kim"}}
		c := coc.Case{Declarations: said, Parties: inquiry().Parties}
		tc.change(&c, &home)
		want := Record{Declarations: said, Over: tc.over, Away: tc.away, Deciders: tc.deciders}
		if got := Of(c, home); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v counts, want %+v", name, got, want)
		}
		want.Over = false
		if got := Known(c, home); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v is known, want %+v", name, got, want)
		}
		if got := Ask(c, home); !reflect.DeepEqual(got, Inquiry{home, c.Parties, want}) {
			t.Errorf("%s: the inquiry is %+v", name, got)
		}
	}
}

func TestWhoeverMayStillBeAskedMayAnswerAndNobodyElse(t *testing.T) {
	t.Parallel()
	screened := inquiry()
	screened.Home.Screened = true
	passed := inquiry().alternates()
	passed.Home.Asked.Passed = true
	for name, tc := range map[string]struct {
		q    Inquiry
		want []coc.Login
	}{
		"an alternate before their time": {inquiry(), []coc.Login{"kim", "lee", "mo", "nia", "ode"}},
		"an alternate in their time":     {passed, []coc.Login{"nia"}},
		"who is in":                      {inquiry().in("kim", "nia"), []coc.Login{"lee", "mo", "ode"}},
		"who is recused":                 {inquiry().says("nia", coc.ConflictHard), []coc.Login{"kim", "lee", "mo", "ode"}},
		"nobody once it is over":         {screened, nil},
	} {
		for _, who := range []coc.Login{"kim", "lee", "mo", "nia", "ode", "eve", ""} {
			if got := tc.q.MayAnswer(who); got != slices.Contains(tc.want, who) {
				t.Errorf("%s: %q may answer: %v", name, who, got)
			}
		}
	}
}

func TestWhoeverIsInAndSaysNothingCountsOnlyWhileOthersAreAsked(t *testing.T) {
	t.Parallel()
	q := inquiry().in("kim")
	q.Home.Responders = append(q.Home.Responders, "lee") // let in by the others
	if !q.with(nil, nil).Stands {
		t.Error("one who is in counts for nothing as long as they are silent")
	}
	q.Home.Screened = true
	if q.Becomes().Stands {
		t.Error("one who is silent counts once nobody is asked any more")
	}
}

func TestWhoIsAwayIsNotWrittenInto(t *testing.T) {
	t.Parallel()
	away := append(make([]coc.Login, 0, 8), "lee")
	inquiry().with(nil, away)
	if next := away[:2][1]; next != "" {
		t.Errorf("%s was written behind those who are away", next)
	}
}

func TestTimeOfWhoIsAskedEndsForMembersFirst(t *testing.T) {
	t.Parallel()
	by, second := inquiry().Home.Asked.By, inquiry().alternates().Home.Asked.Alternates
	passed := func(q Inquiry) Inquiry { q.Home.Asked.Passed = true; return q }
	screened := func(q Inquiry) Inquiry { q.Home.Screened = true; return q }
	for name, tc := range map[string]struct {
		q        Inquiry
		next     time.Time // when somebody's time is over
		kim, nia time.Time // until when they may answer
	}{
		"members":                           {q: inquiry(), next: by, kim: by},
		"members who are late":              {q: passed(inquiry()), next: by},
		"one is in":                         {q: inquiry().in("kim"), next: by},
		"alternates beside members":         {q: inquiry().alternates(), next: by, kim: by, nia: second},
		"alternates alone":                  {q: passed(inquiry().alternates()), next: second, nia: second},
		"an alternate who is not clear":     {q: passed(inquiry().alternates().says("nia", coc.ConflictHard)), next: second},
		"nobody once it is over":            {q: screened(inquiry())},
		"nobody where nobody is ever asked": {},
	} {
		if got := tc.q.Deadline(); !got.Equal(tc.next) {
			t.Errorf("%s: it is over at %s, want %s", name, got, tc.next)
		}
		for who, want := range map[coc.Login]time.Time{"kim": tc.kim, "nia": tc.nia, "eve": {}} {
			if got := tc.q.AnswersBy(who); !got.Equal(want) {
				t.Errorf("%s: %s has until %s, want %s", name, who, got, want)
			}
		}
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
		"just asked":                                {inquiry(), monday, "asked"},
		"a moment before the time is over":          {inquiry().in("kim"), by.Add(-time.Second), "asked"},
		"silence that alternates can mend":          {inquiry().in("lee"), by, "passed alternates"},
		"silence that they cannot mend":             {inquiry(), by, "passed over"},
		"two are passed over, and one is not clear": {inquiry().says("lee", coc.ConflictHard), by, "passed over"},
		"one answered":                              {inquiry().in("kim"), by, "passed alternates"},
		"all answered":                              {inquiry().in("kim", "lee", "mo", "ode"), monday, "over"},
		"all but a liaison":                         {inquiry().in("kim", "lee", "mo"), monday, "asked"},
		"no seat is empty":                          {inquiry().in("kim", "lee", "mo"), by, "passed over"},
		"a seat is empty":                           {inquiry().in("kim", "lee", "ode").says("mo", coc.ConflictHard), monday, "alternates"},
		"a soft conflict leaves it empty":           {inquiry().in("kim", "lee", "mo", "ode").says("mo", coc.ConflictSoft), monday, "alternates"},
		"and who would take it is in already":       {inquiry().in("kim", "lee", "nia", "ode").says("mo", coc.ConflictHard), monday, "over"},
		"not enough without the alternates":         {inquiry().says("kim", coc.ConflictHard).says("lee", coc.ConflictHard), monday, "alternates"},
		"not enough with them":                      {inquiry().says("kim", coc.ConflictHard).says("lee", coc.ConflictHard).says("nia", coc.ConflictHard), monday, "over"},
		"accused one after the other":               {inquiry().named("kim", coc.RoleAccused).named("lee", coc.RoleAccused).named("mo", coc.RoleHarmed), monday, "over"},
		"members beside the alternates":             {inquiry().alternates().in("kim"), by, "passed alternates"},
		"and they are too few together":             {inquiry().alternates(), by, "passed alternates over"},
		"alternates have time":                      {inquiry().alternates().in("kim"), second.Add(-time.Second), "passed alternates"},
		"alternates' time is over":                  {inquiry().alternates().in("kim"), second, "passed alternates over"},
		"everybody answered in the second one":      {inquiry().alternates().in("kim", "lee", "nia", "ode").says("mo", coc.ConflictHard), monday, "alternates over"},
	} {
		next, over := c.q.Goes(c.now, until)
		if !next.By.Equal(by) {
			t.Errorf("%s: who decides had until %s, and now %s", name, by, next.By)
		}
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
		"the first account there is":       {func(q *Question) { q.Who.Account, q.Account = 1, 1 }, ""},
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
