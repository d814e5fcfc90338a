package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func directoryFrom(t testing.TB, text string) Directory {
	t.Helper()
	d, problems := ParseDirectory([]byte(text))
	if problems != nil {
		t.Fatalf("%v\nin\n%s", problems, text)
	}
	return d
}

func keysOf(chain []coc.Committee) string {
	var keys []string
	for _, c := range chain {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, " ")
}

func TestExampleDirectoryLeadsWhereItsCommentsSay(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, string(readFile(t, "config", "committees.example.yml")))
	for _, test := range []struct{ repo, want string }{
		{"kubernetes/website", "kubernetes cncf linux-foundation"},
		{"Kubernetes-SIGs/kind", "kubernetes cncf linux-foundation"},
		{"open-telemetry/community", "opentelemetry cncf linux-foundation"},
		{"cncf/toc", "cncf linux-foundation"},
		{"somebody/else", ""},
	} {
		r, err := coc.ParseRepo(test.repo)
		if err != nil {
			t.Fatal(err)
		}
		key, _ := d.Project(r)
		if got := keysOf(d.Chain(key)); got != test.want {
			t.Errorf("%s: the chain is %q, want %q", test.repo, got, test.want)
		}
	}
	if got := keysOf(d.Chain(d.Fallback())); got != "cncf linux-foundation" {
		t.Errorf("the fallback's chain is %q", got)
	}
	cncf, ok := d.Committee("CNCF")
	if !ok || cncf.Minimum != (coc.Minimum{Clear: 1, WithoutHardConflict: 3}) || cncf.Level != coc.LevelFoundation || !cncf.ShowMembers {
		t.Errorf("cncf is %+v", cncf)
	}
	if lf, _ := d.Committee("linux-foundation"); !lf.Incidents.IsZero() || lf.Contact == "" {
		t.Errorf("the end of the chain is %+v", lf)
	}
	if got, want := d.Names(), []string{"cncf", "kubernetes", "lf-events", "linux-foundation", "opentelemetry"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the names are %q", got)
	}
}

func TestEventsAreKeptAsWritten(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, string(readFile(t, "testdata", "policy", "directory.good.yaml")))
	want := []Event{{
		Name: "Example Days 2027", Aliases: []string{"XD27"}, Producer: "local organisers", Committee: "people",
		From: time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2027, 5, 2, 0, 0, 0, 0, time.UTC), Place: "Example Town",
	}, {
		Name: "Example Days 2028", Producer: "The Producer", Committee: "people",
		From: time.Date(2028, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2028, 5, 2, 0, 0, 0, 0, time.UTC),
	}}
	if got := d.Events(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	d.Events()[0].Aliases[0] = "changed"
	if got := d.Events(); !reflect.DeepEqual(got, want) {
		t.Error("a caller could change the directory")
	}
}

func TestZeroDirectoryIsEmpty(t *testing.T) {
	t.Parallel()
	var d Directory
	if _, ok := d.Committee("cncf"); ok {
		t.Error("it has a committee")
	}
	if _, ok := d.Project(coc.Repo{Owner: "a", Name: "b"}); ok {
		t.Error("it has a project")
	}
	if d.Fallback() != "" || len(d.Names()) != 0 || d.Chain("cncf") != nil || d.Events() != nil {
		t.Error("it has something else")
	}
}

func TestExactPatternWinsOverItsOwner(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, `
version: 1
committees:
  one: {level: project, contact: one@example.org}
  two: {level: project, contact: two@example.org}
projects: {Alpha/*: one, alpha/Tools: two, beta/only: TWO}
`)
	for _, test := range []struct {
		repo coc.Repo
		want string
	}{
		{coc.Repo{}, ""},
		{coc.Repo{Owner: "alpha"}, ""},
		{coc.Repo{Owner: "alpha", Name: "*"}, "one"},
		{coc.Repo{Owner: "ALPHA", Name: "tools"}, "two"},
		{coc.Repo{Owner: "alpha", Name: "tool"}, "one"},
		{coc.Repo{Owner: "beta", Name: "only"}, "two"},
		{coc.Repo{Owner: "beta", Name: "other"}, ""},
	} {
		if got, ok := d.Project(test.repo); got != test.want || ok != (test.want != "") {
			t.Errorf("%v: got %q, %v", test.repo, got, ok)
		}
	}
}

func TestCommitteesOfTheDirectoryCannotBeChangedByCallers(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, `
version: 1
committees:
  one: {level: project, incidents: one/cases, members: [kim-responder], custodians: [pat-owner], accepts: [alpha/*], rota: {order: [kim-responder]}}
`)
	before, _ := d.Committee("one")
	c, _ := d.Committee("one")
	c.Members[0].Login, c.Custodians[0], c.Accepts[0], c.Clocks.FollowUp[0] = "x", "x", "x/*", coc.Span{}
	d.Chain("one")[0].Members[0].Login = "x"
	c.Rota.Order[0] = "x"
	if after, _ := d.Committee("one"); !reflect.DeepEqual(before, after) || after.Rota.Order[0] != "kim-responder" {
		t.Errorf("it was changed to %+v", after)
	}
	if before.Name != "one" || before.Key != "one" {
		t.Errorf("it is called %q, %q", before.Name, before.Key)
	}
}

func TestChainPassesACommitteeThatHasOnlyAContact(t *testing.T) {
	t.Parallel()
	d := directoryFrom(t, `
version: 1
committees:
  desk: {level: events, contact: desk@example.org, escalate_to: Top}
  top: {level: foundation, incidents: top/cases}
`)
	if got := keysOf(d.Chain("DESK")); got != "desk top" {
		t.Errorf("got %q", got)
	}
	if got := d.Chain("nobody"); got != nil {
		t.Errorf("got %v", got)
	}
}

// TestChainEndsThoughCommitteesMakeALoop cannot come from a file, which is
// refused, but a chain must end whatever it is given.
func TestChainEndsThoughCommitteesMakeALoop(t *testing.T) {
	t.Parallel()
	d := Directory{committees: map[string]coc.Committee{
		"a": {Key: "a", EscalateTo: "b"}, "b": {Key: "b", EscalateTo: "c"}, "c": {Key: "c", EscalateTo: "b"},
	}}
	if got := keysOf(d.Chain("a")); got != "a b c" {
		t.Errorf("got %q", got)
	}
}

func TestWrongDirectoriesSayWhatWasExpected(t *testing.T) {
	t.Parallel()
	const one = "one: {level: project, contact: one@example.org}"
	for _, test := range []struct{ name, text, want string }{
		{"no committees", "", "`committees` is missing"},
		{"an empty table", "committees: {}", "`committees` must be a mapping with at least one entry"},
		{"a list of committees", "committees: [cncf]", "`committees` must be a mapping with at least one entry"},
		{"a committee of nothing", "committees: {one: }", "`one` has no value"},
		{"a committee nobody can reach", "committees: {one: {level: project}}", "`one` cannot be reached: give it `incidents`, `contact` or both"},
		{"no level", "committees: {one: {contact: one@example.org}}", "`level` is missing"},
		{"an unknown level", "committees: {one: {level: event, contact: one@example.org}}", `did you mean "events"?`},
		{"a name in capitals", "committees: {Big One: {level: project, contact: one@example.org}}", `did you mean "big-one"?`},
		{"an unknown parent", "committees: {" + one + ", two: {level: project, contact: two@example.org, escalate_to: onee}}", "`escalate_to` leads to \"onee\", which is not among the `committees`: did you mean \"one\"?"},
		{"its own parent", "committees: {one: {level: project, contact: one@example.org, escalate_to: ONE}}", "`escalate_to` names the committee itself"},
		{"a loop of two", "committees: {one: {level: project, contact: one@example.org, escalate_to: two}, two: {level: project, contact: two@example.org, escalate_to: one}}", "makes a loop that no report could leave: one → two → one"},
		{"a loop further up", "committees: {a: {level: project, contact: a@example.org, escalate_to: c}, b: {level: project, contact: b@example.org, escalate_to: c}, c: {level: project, contact: c@example.org, escalate_to: b}}", "loop that no report could leave: c → b → c"},
		{"an unknown fallback", "committees: {" + one + "}\nfallback: two", "`fallback` leads to \"two\""},
		{"a project without a committee", "committees: {" + one + "}\nprojects: {alpha/*: two}", "`alpha/*` leads to \"two\""},
		{"a project with a dot in its name", "committees: {" + one + "}\nprojects: {alpha/a.github.io: two}", "line 3, column 12: `alpha/a.github.io` leads to \"two\""},
		{"a committee with a dot in its name", "committees: {a.b: {level: project, contact: a}}", "line 2, column 36: `contact` must be"},
		{"a project twice", "committees: {" + one + "}\nprojects: {alpha/*: one, ALPHA/*: one}", `"alpha/*" and "ALPHA/*" are the same repositories`},
		{"a pattern for everything", "committees: {" + one + "}\nprojects: {'*': one}", "\"*\" in `projects` must be one repository or all of an owner"},
		{"two committees in one room", "committees: {one: {level: project, incidents: a/cases}, two: {level: project, incidents: A/Cases}}", "`incidents` is also that of `one`"},
		{"an event without a committee", "committees: {" + one + "}\nevents: [{name: Example Days}]", "`committee` is missing, and neither `jurisdiction` nor `fallback`"},
		{"an event of an unknown committee", "committees: {" + one + "}\nevents: [{name: Example Days, committee: two}]", "`committee` leads to \"two\""},
		{"two events of one name", "committees: {" + one + "}\nevents: [{name: Example Days, committee: one}, {name: EXAMPLE days, committee: one}]", "\"EXAMPLE days\" is already a name of entry 1 of `events`"},
		{"two undated editions of one event", "committees: {" + one + "}\nevents: [{name: Days, committee: one, from: 2027-05-01, to: 2027-05-02}, {name: Days!, committee: one}]", "\"Days!\" is already a name of entry 1 of `events`"},
		{"two editions that overlap", "committees: {" + one + "}\nevents: [{name: Days, committee: one, from: 2027-05-01, to: 2027-05-02}, {name: Days, committee: one, from: 2027-05-02, to: 2027-05-03}]", "\"Days\" is already a name of entry 1 of `events`"},
		{"an alias that is the name", "committees: {" + one + "}\nevents: [{name: Days, aliases: ['#days'], committee: one}]", "\"#days\" is already a name of entry 1 of `events`"},
		{"an event whose producer has no desk", "committees: {" + one + "}\nevents: [{name: Days, producer: Them}]\njurisdiction: {event_desks: [{producer: Us, committee: one}]}", "neither `jurisdiction` nor `fallback`"},
		{"a desk of an unknown committee", "committees: {" + one + "}\njurisdiction: {event_desks: [{producer: Us, committee: on}]}", "`committee` leads to \"on\", which is not among the `committees`: did you mean \"one\"?"},
		{"an unknown joint committee", "committees: {" + one + "}\njurisdiction: {event_desks: [{producer: Us, committee: one, joint: [two]}]}", "entry 1 of `joint` leads to \"two\""},
		{"two desks of one producer", "committees: {" + one + "}\njurisdiction: {event_desks: [{producer: Us Inc, committee: one}, {producer: us inc., committee: one}]}", "entry 2 of `event_desks` repeats entry 1"},
		{"an unknown central committee", "committees: {" + one + "}\njurisdiction: {central: two}", "`central` leads to \"two\""},
		{"an unknown body for appeals", "committees: {" + one + "}\njurisdiction: {appeals: {committee: two}}", "`committee` leads to \"two\""},
		{"a risk that is none", "committees: {" + one + "}\njurisdiction: {legal_risk: {consult: [injuries]}}", `did you mean "injury"?`},
		{"a risk twice", "committees: {" + one + "}\njurisdiction: {legal_risk: {transfer: [injury, injury]}}", "entry 2 of `transfer` repeats entry 1"},
		{"a table of nobody", "committees: {" + one + "}\njurisdiction: {tell: no}", "`tell` must be none, or a mapping with the keys committee, levels, when"},
		{"a list of nobody", "committees: {" + one + "}\njurisdiction: {legal_risk: {transfer: nobody}}", "`transfer` must be none, or a list"},
		{"an unknown key of the table", "committees: {" + one + "}\njurisdiction: {centre: one}", `did you mean "central"?`},
		{"an event backwards", "committees: {" + one + "}\nevents: [{name: Example Days, committee: one, from: 2027-05-02, to: 2027-05-01}]", "`to` is before `from`"},
		{"an event at a time", "committees: {" + one + "}\nevents: [{name: Example Days, committee: one, from: 2027-05-02T10:00:00Z}]", "`from` must be a date written YYYY-MM-DD"},
		{"a roster twice over", "committees: {one: {level: project, incidents: a/cases, members: [kim-responder], team: a/conduct}}", "`team` and `members` both say"},
		{"a key of coc.yaml", "committees: {one: {level: project, contact: one@example.org, public_command: off}}", `unknown key "public_command"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, problems := ParseDirectory([]byte("version: 1\n" + test.text + "\n"))
			if !strings.Contains(problems.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", problems, test.want)
			}
			if !reflect.DeepEqual(d, Directory{}) {
				t.Errorf("a refused file still gave %+v", d)
			}
		})
	}
}

func TestAValueOfTheWrongTypeIsToldOnce(t *testing.T) {
	t.Parallel()
	_, problems := ParseDirectory([]byte("version: 1\ncommittees: {one: {level: project, contact: one@example.org}}\nfallback: 12\n"))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "put it in quotes") {
		t.Errorf("got %v", problems)
	}
}

func TestEachLoopIsNamedOnce(t *testing.T) {
	t.Parallel()
	_, problems := ParseDirectory([]byte(`
version: 1
committees:
  a: {level: project, contact: a@example.org, escalate_to: b}
  b: {level: project, contact: b@example.org, escalate_to: a}
  c: {level: project, contact: c@example.org, escalate_to: a}
  d: {level: project, contact: d@example.org, escalate_to: e}
  e: {level: project, contact: e@example.org, escalate_to: d}
`))
	if len(problems) != 2 {
		t.Errorf("got %v", problems)
	}
}
