package policy

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func committeeFrom(t testing.TB, text string) CommitteeFile {
	t.Helper()
	f, problems := ParseCommittee([]byte(text))
	if problems != nil {
		t.Fatalf("%v\nin\n%s", problems, text)
	}
	return f
}

// saying is a committee's file with further lines.
func saying(lines ...string) string {
	return "version: 1\nmembers: [kim-responder, lou-responder, max-responder]\n" + strings.Join(lines, "\n") + "\n"
}

func declaredCommittee() coc.Committee {
	return complete(coc.Committee{
		Key: "example/cases", Name: "Declared", Level: coc.LevelGovernance,
		Incidents: coc.Repo{Owner: "example", Name: "cases"}, Contact: "declared@example.org",
		Members: []coc.Member{{Login: "eve-maintainer"}}, ShowMembers: true,
		Custodians: []coc.Login{"pat-owner"}, Minimum: coc.Minimum{Clear: 2, WithoutHardConflict: 3},
		Timezone: "Europe/Paris", Holidays: "FR", EscalateTo: "declared-parent",
	})
}

func TestCommitteesOwnFileWinsAndKeepsItsIdentity(t *testing.T) {
	t.Parallel()
	got := committeeFrom(t, string(readFile(t, "testdata", "policy", "committee.good.yaml"))).Over(declaredCommittee())
	want := coc.Committee{
		Key: "example/cases", Name: "My Project Conduct Committee", Level: coc.LevelGovernance,
		Incidents: coc.Repo{Owner: "example", Name: "cases"}, Contact: "https://my-project.example/conduct",
		Members: []coc.Member{
			{Login: "kim-responder", Role: coc.MemberChair, Employer: "Example Works"},
			{Login: "lou-responder", Role: coc.MemberMember},
			{Login: "max-responder"},
			{Login: "nia-alternate", Role: coc.MemberAlternate},
			{Login: "ode-liaison", Role: coc.MemberLiaison},
		},
		Custodians: []coc.Login{"pat-owner"}, DecideBy: "two-thirds", Quorum: "2",
		Minimum: coc.Minimum{Clear: 1, WithoutHardConflict: 3}, Separate: coc.SeparateAlways,
		Clocks: coc.Clocks{
			AcknowledgeTarget: coc.Span{N: 12, Unit: coc.Hours},
			AcknowledgeWithin: coc.Span{N: 2, Unit: coc.BusinessDays},
			ScreenWithin:      coc.Span{N: 1, Unit: coc.BusinessDays},
			UpdateEvery:       coc.Span{N: 1, Unit: coc.Weeks},
			DecideWithin:      coc.Span{N: 1, Unit: coc.Months},
			DeadlockAfter:     coc.Span{N: 10, Unit: coc.Days},
			MediateWithin:     coc.Span{N: 3, Unit: coc.Weeks},
			AppealWithin:      coc.Span{N: 2, Unit: coc.Months},
			ConsentWindow:     coc.Span{N: 36, Unit: coc.Hours},
			FollowUp:          []coc.Span{{N: 1, Unit: coc.Weeks}, {N: 2, Unit: coc.Weeks}, {N: 3, Unit: coc.Months}},
		},
		Timezone: "Europe/Berlin", Holidays: "DE", EscalateTo: "cncf", Rota: rotaOfTheFile(),
		Accepts: []coc.Pattern{"my-project/*", "my-project-labs/tools"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestCommitteeSaysWordsOfItsOwnByLanguage(t *testing.T) {
	t.Parallel()
	got := committeeFrom(t, string(readFile(t, "testdata", "policy", "committee.good.yaml"))).Words
	want := map[string]Words{
		"en": {
			Before: "You can also talk to us without a report: every Tuesday at 17:00 UTC.\n\nThe times are on https://my-project.example/conduct.",
			After:  "Thank you. One of us writes to you on the next working day.",
		},
		"fa": {Before: "می\u200cتوانید به فارسی بنویسید."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if words := committeeFrom(t, saying()).Words; words != nil {
		t.Errorf("a file without any has %+v", words)
	}
	for name, text := range map[string]string{
		"too long": strings.Repeat("a", 1001), "a line turned round": "x\u202ey", "a character of control": "a\x1b[31m", "nothing to see": "\u200b",
	} {
		if _, problems := ParseCommittee([]byte(saying() + "words: {en: {before: " + strconv.Quote(text) + "}}\n")); problems == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, problems := ParseCommittee([]byte(saying() + "words: {en: {before: " + strings.Repeat("ü", 1000) + "}}\n")); problems != nil {
		t.Errorf("the longest is refused: %v", problems)
	}
}

func TestWhatTheFileDoesNotSayStaysAsDeclared(t *testing.T) {
	t.Parallel()
	declared := declaredCommittee()
	got := committeeFrom(t, saying()).Over(declared)
	want := declaredCommittee()
	want.Members = []coc.Member{{Login: "kim-responder"}, {Login: "lou-responder"}, {Login: "max-responder"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(declared, declaredCommittee()) {
		t.Errorf("declared was changed to %+v", declared)
	}
	got.Custodians[0], got.Clocks.FollowUp[0] = "somebody", coc.Span{}
	if !reflect.DeepEqual(declared, declaredCommittee()) {
		t.Error("what Over returns shares memory with what it was given")
	}
}

func TestNobodyDeclaredByAProjectSurvivesTheCommitteesFile(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]CommitteeFile{
		"a team":        committeeFrom(t, "version: 1\nteam: example/conduct\n"),
		"the zero file": {},
	} {
		if got := f.Over(declaredCommittee()); coc.HasLogin(got.Logins(), "eve-maintainer") {
			t.Errorf("%s: eve-maintainer is still on the committee", name)
		}
	}
	declared := declaredCommittee()
	declared.Members, declared.Team = nil, coc.Team{Org: "example", Slug: "maintainers"}
	if got := committeeFrom(t, saying()).Over(declared); !got.Team.IsZero() {
		t.Errorf("the declared team %s is still the committee", got.Team)
	}
}

func TestMembersAreHiddenOnlyWhenTheFileSaysSo(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{"": true, "show_members: true": true, "show_members: false": false} {
		if got := committeeFrom(t, saying(line)).Over(declaredCommittee()); got.ShowMembers != want {
			t.Errorf("%q: show is %v", line, got.ShowMembers)
		}
	}
	if got := committeeFrom(t, saying()).Over(coc.Committee{}); got.ShowMembers {
		t.Error("a committee that nobody declared shows its members")
	}
}

func TestFileOverTheZeroCommitteeHasEveryDefault(t *testing.T) {
	t.Parallel()
	got := committeeFrom(t, saying()).Over(coc.Committee{})
	if !reflect.DeepEqual(got.Clocks, domainClocks()) || got.DecideBy != "consensus" || got.Quorum != "majority" || got.Separate != coc.SeparateOnConflict {
		t.Errorf("got %+v", got)
	}
	if got.Minimum != (coc.Minimum{}) {
		t.Errorf("a minimum was made up: %+v", got.Minimum)
	}
}

func TestAcceptsOnlyTheSourcesItLists(t *testing.T) {
	t.Parallel()
	f := committeeFrom(t, saying("accepts: [alpha/*, beta/tools]"))
	for _, test := range []struct {
		repo coc.Repo
		want bool
	}{
		{coc.Repo{}, false},
		{coc.Repo{Owner: "beta", Name: "other"}, false},
		{coc.Repo{Owner: "alphabet", Name: "tools"}, false},
		{coc.Repo{Owner: "ALPHA", Name: "anything"}, true},
		{coc.Repo{Owner: "beta", Name: "Tools"}, true},
	} {
		if got := f.AcceptsSource(test.repo); got != test.want {
			t.Errorf("%s: accepted is %v", test.repo, got)
		}
	}
	if (CommitteeFile{}).AcceptsSource(coc.Repo{Owner: "alpha", Name: "x"}) {
		t.Error("the zero file accepts a source")
	}
}

// rotaOfTheFile is what committee.good.yaml says of turns.
func rotaOfTheFile() coc.Rota {
	return coc.Rota{
		Turn: coc.Span{N: 1, Unit: coc.Weeks}, OnDuty: 2, Order: []coc.Login{"kim-responder", "lou-responder", "max-responder"},
		Away: []coc.Away{{Login: "kim-responder", From: time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2027, 7, 14, 0, 0, 0, 0, time.UTC)}},
	}
}

func TestRotaIsPinnedWithTheCommittee(t *testing.T) {
	t.Parallel()
	file := committeeFrom(t, string(readFile(t, "testdata", "policy", "committee.good.yaml")))
	declared := coc.Committee{Rota: coc.Rota{OnDuty: 7, Order: []coc.Login{"somebody-else"}}}
	if got := file.Over(declared).Rota; !reflect.DeepEqual(got, rotaOfTheFile()) {
		t.Errorf("got %+v", got)
	}
	if got := committeeFrom(t, "version: 1\nmembers: [kim-responder]\n").Over(declared).Rota; !reflect.DeepEqual(got, declared.Rota) {
		t.Errorf("a file that says nothing of turns has %+v", got)
	}
	over := file.Over(declared)
	over.Rota.Order[0], over.Rota.Away[0].Login = "x", "x"
	if !reflect.DeepEqual(file.Committee.Rota, rotaOfTheFile()) {
		t.Errorf("it was changed to %+v", file.Committee.Rota)
	}
}

func TestLengthsOfTimeAreReadAsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0 days":          "",
		"-1 day":          "",
		"1.5 days":        "",
		"24":              "",
		"P1D":             "",
		"10000 hours":     "",
		"3 buisness days": "3 business days",
		"2 Weeks":         "2 weeks",
		"2weeks":          "2 weeks",
		"3  days":         "3 days",
		"1 fortnight":     "1 days",
		"1h":              "ok 1 hours",
		"1 h":             "ok 1 hours",
		"24h":             "ok 24 hours",
		"24 hours":        "ok 24 hours",
		"1 hour":          "ok 1 hours",
		"1 day":           "ok 1 days",
		"14 days":         "ok 14 days",
		"1 business day":  "ok 1 business days",
		"3 business days": "ok 3 business days",
		"1 week":          "ok 1 weeks",
		"2 weeks":         "ok 2 weeks",
		"1 month":         "ok 1 months",
		"12 months":       "ok 12 months",
	} {
		f, problems := ParseCommittee([]byte(saying("decide_within: " + text)))
		if rest, ok := strings.CutPrefix(want, "ok "); ok {
			n, unit, _ := strings.Cut(rest, " ")
			got := f.Committee.Clocks.DecideWithin
			if problems != nil || string(got.Unit) != unit || !strings.HasPrefix(rest, n+" ") || got.N == 0 {
				t.Errorf("%s: got %v with %v", text, got, problems)
			}
			continue
		}
		if len(problems) != 1 || !strings.HasSuffix(problems[0].Suggestion, want) || want == "" && problems[0].Suggestion != "" {
			t.Errorf("%s: got %v, want a suggestion of %q", text, problems, want)
		}
	}
}

func TestWrongCommitteeFilesSayWhatWasExpected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"no roster", "version: 1\naccepts: [alpha/*]\n", "`members` or `team` is missing: say who is on the committee"},
		{"two rosters", saying("team: example/conduct"), "`team` and `members` both say who is on the committee"},
		{"its own repository", saying("incidents: a/b"), "`incidents` is said by the project's coc.yaml or by the committee directory"},
		{"a key of coc.yaml", saying("public_command: off"), "`public_command` belongs in the project's coc.yaml"},
		{"a misspelt key", saying("custodian: [pat-owner]"), `unknown key "custodian": did you mean "custodians"?`},
		{"a misspelt key further in", saying("minimum: {claer: 1}"), `unknown key "claer": did you mean "clear"?`},
		{"an employer without a login", "version: 1\nmembers: [{employer: Example Works}]\n", "`login` is missing: it must be the account name of a person"},
		{"an unknown role", "version: 1\nmembers: [{login: kim-responder, role: boss}]\n", "`role` must be one of chair, member, alternate, liaison, not \"boss\""},
		{"a custodian twice", saying("custodians: [pat-owner, Pat-Owner]"), "entry 2 of `custodians` repeats entry 1"},
		{"a pattern twice", saying("accepts: [alpha/*, Alpha/*]"), "entry 2 of `accepts` repeats entry 1"},
		{"a pattern for everything", saying(`accepts: ["*/*"]`), "entry 1 of `accepts` must be one repository or all of an owner, written owner/name or owner/*"},
		{"a pattern for half a name", saying("accepts: [alpha/tool-*]"), "entry 1 of `accepts` must be"},
		{"an owner alone", saying("accepts: [alpha]"), `did you mean "alpha/*"?`},
		{"separate now and then", saying("separate: sometimes"), "`separate` must be one of on-conflict, always, never, not \"sometimes\""},
		{"quorum of nobody", saying("quorum: 0"), "`quorum` must be majority, or a whole number from 1 to 100"},
		{"quorum in words", saying("quorum: two-thirds"), "`quorum` must be majority"},
		{"quorum in quotes", saying(`quorum: "2"`), "`quorum` must be majority"},
		{"quorum out of reach", saying("quorum: 4"), "`quorum` is 4, but only 3 on this committee can take part in a decision"},
		{"a minimum out of reach", saying("minimum: {without_hard_conflict: 4}"), "`without_hard_conflict` is 4, but only 3"},
		{"a minimum of nobody", saying("minimum: {clear: 0}"), "`clear` must be a whole number from 1 to 100"},
		{"half a person", saying("minimum: {clear: 1.5}"), "`clear` must be a whole number"},
		{"a minimum as number", saying("minimum: 1"), "`minimum` must be a mapping with the keys clear, without_hard_conflict"},
		{"a promise of years", saying("acknowledge_within: 9999 months"), "`acknowledge_within` may be at most 1 month"},
		{"a promise in business years", saying("acknowledge_within: 24 business days"), "`acknowledge_within` may be at most 1 month"},
		{"a target after the end", saying("acknowledge_target: 5 days", "acknowledge_within: 2 days"), "`acknowledge_target` is later than `acknowledge_within`"},
		{"no follow-up", saying("follow_up: []"), "`follow_up` is an empty list"},
		{"a follow-up of years", saying("follow_up: [1 week, 300 months]"), "entry 2 of `follow_up` may be at most 24 months"},
		{"the server's own zone", saying("timezone: Local"), "`timezone` must be a time zone such as UTC"},
		{"a zone up the tree", saying("timezone: ../../etc/passwd"), "`timezone` must be a time zone"},
		{"an unknown zone", saying("timezone: Mars/Olympus"), "`timezone` must be a time zone"},
		{"a country by its other code", saying("holidays: UK"), `did you mean "GB"?`},
		{"a country without a list", saying("holidays: AQ"), "`holidays` must be the code of a country"},
		{"Norway", saying("holidays: false"), "`holidays` must be the code of a country"},
		{"a stranger on duty", saying("rota: {order: [eve-maintainer]}"), "\"eve-maintainer\" is not among the `members` of this file"},
		{"a turn twice", saying("rota: {order: [kim-responder, kim-responder]}"), "entry 2 of `order` repeats entry 1"},
		{"more on duty than turns", saying("rota: {on_duty: 3, order: [kim-responder]}"), "`on_duty` is 3, but `order` lists 1"},
		{"away backwards", saying("rota: {away: [{login: kim-responder, from: 2027-07-02, until: 2027-07-01}]}"), "`until` is before `from`"},
		{"a day that is none", saying("rota: {away: [{login: kim-responder, from: 2027-02-30, until: 2027-07-01}]}"), "`from` must be a date written YYYY-MM-DD"},
		{"a date without its end", saying("rota: {away: [{login: kim-responder, from: 2027-07-01}]}"), "`until` is missing: it must be a date"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, problems := ParseCommittee([]byte(test.text))
			if !strings.Contains(problems.Error(), test.want) {
				t.Errorf("got  %v\nwant %s\nin\n%s", problems, test.want, test.text)
			}
			if !reflect.DeepEqual(f, CommitteeFile{}) {
				t.Errorf("a refused file still gave %+v", f)
			}
		})
	}
}

func TestNorwayCanBeWritten(t *testing.T) {
	t.Parallel()
	if got := committeeFrom(t, saying("holidays: NO")).Committee.Holidays; got != "NO" {
		t.Errorf("got %q", got)
	}
}

// TestEveryClockHasALimitAboveItsDefault keeps the table of promises whole.
func TestEveryClockHasALimitAboveItsDefault(t *testing.T) {
	t.Parallel()
	if got := standardClocks(); !reflect.DeepEqual(got, domainClocks()) {
		t.Errorf("the defaults are %+v", got)
	}
	keys := namesOf[clocks]()
	if len(keys) != len(promises)+1 {
		t.Fatalf("%d clocks may be written and %d are known", len(keys), len(promises)+1)
	}
	for i, p := range promises {
		if keys[i] != p.key {
			t.Errorf("clock %d is written %s and known as %s", i, keys[i], p.key)
		}
		if days(p.limit) <= days(p.standard) {
			t.Errorf("%s: the limit %v is not above the default %v", p.key, p.limit, p.standard)
		}
		_, problems := ParseCommittee([]byte(saying(p.key + ": 9999 days")))
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "may be at most") {
			t.Errorf("%s: 9999 days gave %v", p.key, problems)
		}
	}
}
