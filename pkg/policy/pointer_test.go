package policy

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// point parses a coc.yaml that must be right.
func point(t testing.TB, text string) Pointer {
	t.Helper()
	p, problems := ParsePointer([]byte(text))
	if problems != nil {
		t.Fatalf("%v\nin\n%s", problems, text)
	}
	return p
}

func TestNamedCommitteePointsIntoTheDirectory(t *testing.T) {
	t.Parallel()
	got := point(t, "version: 1\ncommittee: CNCF\n")
	want := Pointer{Named: "cncf", PublicCommand: CommandLink, Original: OriginalKeep, ReportLabel: DefaultReportLabel}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDeclaredCommitteeIsCompleteAndShowsItsMembers(t *testing.T) {
	t.Parallel()
	got := point(t, string(readFile(t, "testdata", "policy", "coc.good.yaml")))
	want := coc.Committee{
		Key: "my-project-conduct/cases", Name: "My Project Conduct Committee", Level: coc.LevelProject,
		Incidents: coc.Repo{Owner: "my-project-conduct", Name: "cases"}, Contact: "conduct@my-project.example",
		Members: []coc.Member{
			{Login: "kim-responder"}, {Login: "4711"},
			{Login: "lou-alternate", Role: coc.MemberAlternate, Employer: "Example Works"},
		},
		ShowMembers: true, DecideBy: "consensus", Quorum: "majority", Separate: coc.SeparateOnConflict,
		Clocks: domainClocks(), EscalateTo: "cncf",
	}
	if !reflect.DeepEqual(got.Declared, want) {
		t.Errorf("got  %+v\nwant %+v", got.Declared, want)
	}
	if got.PublicCommand != CommandOff || got.Original != OriginalMinimize || got.ReportLabel != "conduct report" || got.EscalateTo != "cncf" || got.Named != "" {
		t.Errorf("got %+v", got)
	}
}

// domainClocks are the defaults of the table of timers, written out again.
func domainClocks() coc.Clocks {
	return coc.Clocks{
		AcknowledgeTarget: coc.Span{N: 24, Unit: coc.Hours},
		AcknowledgeWithin: coc.Span{N: 3, Unit: coc.BusinessDays},
		ScreenWithin:      coc.Span{N: 2, Unit: coc.BusinessDays},
		UpdateEvery:       coc.Span{N: 7, Unit: coc.Days},
		DecideWithin:      coc.Span{N: 14, Unit: coc.Days},
		DeadlockAfter:     coc.Span{N: 7, Unit: coc.Days},
		MediateWithin:     coc.Span{N: 14, Unit: coc.Days},
		AppealWithin:      coc.Span{N: 30, Unit: coc.Days},
		ConsentWindow:     coc.Span{N: 24, Unit: coc.Hours},
		FollowUp:          []coc.Span{{N: 1, Unit: coc.Weeks}, {N: 2, Unit: coc.Weeks}},
	}
}

func TestPublicCommandOffIsAWordAndNotFalse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]PublicCommand{
		"off": CommandOff, `"off"`: CommandOff, "link": CommandLink, "capture": CommandCapture,
		"false": "", "no": "", "on": "", "Off": "", "0": "", "~": "", "[off]": "",
	} {
		p, problems := ParsePointer([]byte("version: 1\ncommittee: cncf\npublic_command: " + text + "\n"))
		if p.PublicCommand != want || (want == "") != (problems != nil) {
			t.Errorf("%s: got %q with %v", text, p.PublicCommand, problems)
		}
	}
}

func TestAccountNamesThatLookLikeNumbersStayAsWritten(t *testing.T) {
	t.Parallel()
	p := point(t, "version: 1\ncommittee:\n  name: A\n  incidents: a/cases\n  contact: a@b.example\n  members: [123, 007, 1e3, 0x1F, \"99\", \" @kim-responder \", {login: 42}]\n")
	want := []coc.Login{"123", "007", "1e3", "0x1F", "99", "kim-responder", "42"}
	if got := p.Declared.Logins(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// declaring is a coc.yaml that declares a committee, with lines replaced.
func declaring(lines ...string) string {
	text := "version: 1\ncommittee:\n  name: Example Committee\n  incidents: example-conduct/cases\n  contact: conduct@example.org\n"
	for _, l := range lines {
		key, _, _ := strings.Cut(l, ":")
		kept := []string{}
		for old := range strings.Lines(text) {
			if !strings.HasPrefix(old, key+":") {
				kept = append(kept, old)
			}
		}
		text = strings.Join(kept, "") + l + "\n"
	}
	return text
}

func TestWrongPointersSayWhatWasExpected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"no version", "committee: cncf\n", "line 1, column 1: `version` is missing"},
		{"another version", "version: 2\ncommittee: cncf\n", "`version` must be 1, the only version there is"},
		{"a version in quotes", "version: \"1\"\ncommittee: cncf\n", "`version` must be 1"},
		{"no committee", "version: 1\n", "`committee` is missing"},
		{"an empty committee", "version: 1\ncommittee:\n", "line 2, column 1: `committee` has no value: give it one, or take the line out"},
		{"a list of committees", "version: 1\ncommittee: [cncf]\n", "`committee` must be the name of a committee in the committee directory, or a mapping with the keys name, level, incidents, contact, members, team"},
		{"a repository as committee", "version: 1\ncommittee: example-conduct/cases\n", "`committee` must be the name of a committee in the committee directory"},
		{"its own parent", "version: 1\ncommittee: cncf\nescalate_to: CNCF\n", "line 3, column 1: `escalate_to` names the committee itself"},
		{"a misspelt key", "version: 1\ncommittee: cncf\n\nreport_lable: x\n", `line 4, column 1: unknown key "report_lable": did you mean "report_label"?`},
		{"a key in the wrong place", "version: 1\ncommittee: cncf\ncontact: a@b.example\n", "`contact` belongs under `committee:`: indent it there"},
		{"a key of the committee's file", "version: 1\ncommittee: cncf\ncustodians: [kim-responder]\n", "`custodians` belongs in the committee's own file, .github/coc-committee.yaml"},
		{"a key of the file under committee", declaring("  original: keep"), "`original` belongs at the left edge of the file, not under `committee:`"},
		{"hidden members by coc.yaml", declaring("  show_members: false"), "`show_members` belongs in the committee's own file"},
		{"no contact", strings.Replace(declaring(), "  contact: conduct@example.org\n", "", 1), "line 2, column 1: `contact` is missing: it must be a mail address or an https address"},
		{"no incidents", strings.Replace(declaring(), "  incidents: example-conduct/cases\n", "", 1), "`incidents` is missing: it must be a repository written owner/name"},
		{"incidents without owner", declaring("  incidents: cases"), "line 5, column 3: `incidents` must be a repository written owner/name, for example my-project/conduct-cases"},
		{"incidents as address", declaring("  incidents: https://github.com/example-conduct/cases.git"), `did you mean "example-conduct/cases"?`},
		{"incidents as list", declaring("  incidents: [example-conduct/cases]"), "`incidents` must be a repository"},
		{"incidents up the tree", declaring("  incidents: example-conduct/.."), "`incidents` must be a repository"},
		{"a contact left from a template", declaring("  contact: '[INSERT EMAIL ADDRESS]'"), "`contact` must be a mail address or an https address"},
		{"a contact without TLS", declaring("  contact: http://example.org/conduct"), `did you mean "https://example.org/conduct"?`},
		{"a contact with a disguise", declaring("  contact: https://trusted.example@evil.example/"), "`contact` must be"},
		{"a contact that runs a script", declaring("  contact: javascript:alert(1)"), "`contact` must be"},
		{"a name that reorders its line", declaring(`  name: "a\u202eb"`), "`name` must be a name of at most 100 characters, on one line"},
		{"a name over two lines", declaring(`  name: "a\nb"`), "`name` must be"},
		{"a name of white space", declaring(`  name: "  "`), "`name` must be"},
		{"a name that is a number", declaring("  name: 2600"), "YAML takes this for something else: put it in quotes"},
		{"a foundation of its own", declaring("  level: foundation"), "`level` must be one of project, governance, not \"foundation\""},
		{"members and team", declaring("  members: [kim-responder]", "  team: example-conduct/committee"), "`team` and `members` both say who is on the committee"},
		{"a team of somebody else", declaring("  team: other/committee"), "`team` must be a team of the organisation that holds `incidents`, \"example-conduct\""},
		{"nobody", declaring("  members: []"), "`members` is an empty list"},
		{"one name instead of a list", declaring("  members: kim-responder"), "`members` must be a list, written [one, two]"},
		{"a member twice", declaring("  members: [kim-responder, {login: KIM-responder}]"), "entry 2 of `members` repeats entry 1"},
		{"a team among the members", declaring("  members: [example-conduct/committee]"), "entry 1 of `members` must be the account name of a person"},
		{"an App among the members", declaring("  members: ['robot[bot]']"), "entry 1 of `members` must be the account name of a person"},
		{"a list in the list", declaring("  members: [[kim-responder]]"), "entry 1 of `members` must be a mapping with the keys login, role, employer"},
		{"only a liaison", declaring("  members: [{login: kim-responder, role: liaison}]"), "nobody in `members` decides"},
		{"too many members", declaring("  members: [" + strings.Repeat("x, ", 201) + "]"), "`members` has 201 entries, and 200 is the most"},
		{"a long label", "version: 1\ncommittee: cncf\nreport_label: " + strings.Repeat("é", 51) + "\n", "`report_label` must be the name of a label, at most 50 characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, problems := ParsePointer([]byte(test.text))
			if !strings.Contains(problems.Error(), test.want) {
				t.Errorf("got  %v\nwant %s\nin\n%s", problems, test.want, test.text)
			}
			if !reflect.DeepEqual(p, Pointer{}) {
				t.Errorf("a refused file still gave %+v", p)
			}
		})
	}
}

func TestIncidentsMayNotBeTheSourceItself(t *testing.T) {
	t.Parallel()
	p := point(t, declaring("  incidents: Example/Project"))
	got := CheckPointer(p, coc.Repo{Owner: "example", Name: "project"})
	if len(got) != 1 || got[0].String() != "line 5, column 3: `incidents` is this repository itself: name a private repository that only the committee reads" {
		t.Errorf("got %v", got)
	}
	for _, source := range []coc.Repo{{Owner: "example", Name: "other"}, {Owner: "other", Name: "project"}, {}} {
		if got := CheckPointer(p, source); got != nil {
			t.Errorf("%s: got %v", source, got)
		}
	}
	if got := CheckPointer(Pointer{}, coc.Repo{}); got != nil {
		t.Errorf("the zero pointer against the zero repository: got %v", got)
	}
}

func TestCanonicalFormChangesWithTheCommitteeAndWithNothingElse(t *testing.T) {
	t.Parallel()
	base := declaring("  members: [kim-responder, lou-responder]")
	form := point(t, base).Canonical()
	for name, same := range map[string]string{
		"order and case of members":  declaring("  members: [LOU-responder, Kim-Responder]"),
		"members as mappings":        declaring("  members: [{login: kim-responder, role: member}, {login: lou-responder}]"),
		"the default level":          declaring("  level: project", "  members: [kim-responder, lou-responder]"),
		"case of the repository":     declaring("  incidents: Example-Conduct/Cases", "  members: [kim-responder, lou-responder]"),
		"comments":                   "# moved\n" + base,
		"how the public is answered": base + "public_command: off\noriginal: lock\nreport_label: other\n",
	} {
		if got := point(t, same).Canonical(); got != form {
			t.Errorf("%s: changed the form to %s from %s", name, got, form)
		}
	}
	seen := map[string]string{form: "base", "": "zero"}
	for name, other := range map[string]string{
		"fewer members":     declaring("  members: [kim-responder]"),
		"no members":        declaring(),
		"a role":            declaring("  members: [kim-responder, {login: lou-responder, role: alternate}]"),
		"a team":            declaring("  team: example-conduct/committee"),
		"another room":      declaring("  incidents: example-conduct/other", "  members: [kim-responder, lou-responder]"),
		"another level":     declaring("  level: governance", "  members: [kim-responder, lou-responder]"),
		"another contact":   declaring("  contact: other@example.org", "  members: [kim-responder, lou-responder]"),
		"another name":      declaring("  name: Other", "  members: [kim-responder, lou-responder]"),
		"another parent":    base + "escalate_to: cncf\n",
		"named":             "version: 1\ncommittee: cncf\n",
		"named with parent": "version: 1\ncommittee: cncf\nescalate_to: other\n",
		"named, same name":  "version: 1\ncommittee: other\n",
	} {
		got := point(t, other).Canonical()
		if before, taken := seen[got]; taken {
			t.Errorf("%s has the form of %s: %s", name, before, got)
		}
		seen[got] = name
	}
	if got := (Pointer{}).Canonical(); got != "" {
		t.Errorf("the zero pointer has the form %q", got)
	}
}
