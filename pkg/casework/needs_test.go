package casework_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

func TestWhomTheReporterKeepsOutReadsNothingAndIsNotCalledAccused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := says(account)
	f.Involved = append(as(coc.RoleAccused, "omar-outsider"), coc.Party{Login: "ADA-river", Role: coc.RoleKeptOut}, coc.Party{Name: coc.NewProse("Ben of the docs"), Role: coc.RoleKeptOut})
	receipt := w.file("token", f)
	w.pass(time.Second)
	c := w.of(receipt)
	if c.Home().Committee.Key != "foundation" || !strings.Contains(rulesOf(c), "room/conflicted-reads") {
		t.Fatalf("it is with %s by %s", c.Home().Committee.Key, rulesOf(c))
	}
	body := w.issueOf(c, 0).Body
	for _, line := range []string{"The reporter asked that they do not see this: `ADA-river`", "do not see this: Ben of the docs (no account", "Accused: `omar-outsider`"} {
		if !strings.Contains(body, line) {
			t.Errorf("the case lacks %q:\n%s", line, body)
		}
	}
	if strings.Contains(body, "Accused: `ADA-river`") {
		t.Error("whom the reporter keeps out is called accused")
	}
	w.invariants()
}

func TestWhomTheReporterKeepsOutLaterMakesTheCaseLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	if c.Home().Committee.Key != "river/conduct" {
		t.Fatal(c.Home().Committee.Key)
	}
	f := says("And one thing more, " + canary + ".")
	f.Involved = as(coc.RoleKeptOut, "ben-river")
	w.file("token", f)
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" {
		t.Errorf("it is with %s by %s", c.Home().Committee.Key, rulesOf(c))
	}
	w.invariants()
}

func TestHowTheReporterIsStandsInTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := says(account)
	f.Needs = coc.Needs{
		Ongoing: coc.ReplyYes, Safe: coc.ReplyNo, Safety: coc.NewProse("Not to meet " + canary), Retaliation: true, Identity: coc.ReplyAsk,
		Elsewhere: coc.NewProse("To the meetup"), Reach: coc.NewProse("nell@mail.example"),
	}
	receipt := w.file("token", f)
	w.pass(time.Second)
	c := w.of(receipt)
	if want := []coc.Flag{coc.FlagSafetyRisk, coc.FlagRetaliation, coc.FlagAnonymous}; !slices.Equal(c.Flags, want) {
		t.Errorf("flags %s", c.Flags)
	}
	if strings.Contains(rulesOf(c), "danger") {
		t.Error("who is not safe is taken for somebody in danger now")
	}
	i := w.issueOf(c, 0)
	for _, line := range []string{
		"**Still going on**: yes", "**Safety**: **the reporter says", "> Not to meet " + canary, "**Retaliation**", "only after asking them",
		"> To the meetup", "**How a member can reach them", "nell", "who says how to reach them",
	} {
		if !strings.Contains(i.Body, line) {
			t.Errorf("the case lacks %q:\n%s", line, i.Body)
		}
	}
	if !slices.Contains(i.Labels, "flag/retaliation") || !slices.Contains(i.Labels, "flag/safety-risk") {
		t.Errorf("labels %s", i.Labels)
	}
	w.invariants()
}

func TestHowTheReporterIsCanBeAddedAndIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	again := func(n coc.Needs) coc.Case {
		f := says(account)
		f.Needs = n
		w.file("token", f)
		w.pass(time.Minute)
		return w.caseOf(c.ID)
	}
	if c = again(coc.Needs{}); len(c.Report.Added) != 0 {
		t.Error("the same was added")
	}
	n := coc.Needs{Retaliation: true, Reach: coc.NewProse("nell@mail.example")}
	again(n)
	if c = again(n); len(c.Report.Added) != 1 || !slices.Contains(c.Flags, coc.FlagRetaliation) {
		t.Errorf("%d were added, flags %s", len(c.Report.Added), c.Flags)
	}
	i := w.issueOf(c, 0)
	if said := strings.Join(i.comments, ""); !strings.Contains(said, "**Retaliation**") || !strings.Contains(i.Body, "says how to reach them") || !slices.Contains(i.Labels, "flag/retaliation") {
		t.Errorf("%s\n%q\n%s", i.Labels, i.comments, i.Body)
	}
	w.invariants()
}

// What is told to the foundation never has what leads to the reporter.
func TestWhereTheReporterCanBeReachedIsNotPassedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := says(account)
	f.Needs.Reach, f.Involved = coc.NewProse("write to Nell at nell@mail.example, or t.me/nell-writes"), as(coc.RoleAccused, "omar-outsider")
	receipt := w.file("token", f)
	w.pass(time.Second)
	c := w.of(receipt)
	for _, words := range []string{"Ask NELL@mail.example for more.", "See t.me/nell-writes."} {
		c = w.says(c, "ada-river", "/coc notify "+words)
		w.pass(time.Minute)
	}
	for _, id := range w.st.ids() {
		if o := w.caseOf(id); o.Notice != nil {
			t.Errorf("it was told: %+v", o.Notice)
		}
	}
	w.says(c, "ada-river", "/coc notify Somebody wrote at night.")
	w.pass(time.Minute)
	if n := len(w.st.ids()); n != 2 {
		t.Errorf("%d cases after a text that gives nobody away", n)
	}
}

// A report that was kept before these questions were asked opens as it was.
func TestReportsFromBeforeStillOpen(t *testing.T) {
	t.Parallel()
	for _, old := range []string{
		`{"account":"it was so","channel":"form","filed_at":"2025-03-03T09:00:00Z","involved":[{"login":"kim","role":"accused"}],"added":[{"at":"2025-03-04T09:00:00Z","text":"more"}]}`,
	} {
		var r coc.Report
		if err := json.Unmarshal([]byte(old), &r); err != nil {
			t.Fatal(err)
		}
		if !r.Needs.IsZero() || len(r.Needs.Flags()) != 0 || len(r.Reaches()) != 0 || r.Account.Reveal() != "it was so" {
			t.Errorf("%+v", r)
		}
	}
	var f coc.Filing
	if err := json.Unmarshal([]byte(`{"repo":{"Owner":"river","Name":"main"},"account":"it was so","receipt":"AAAA","at":"2025-03-03T09:00:00Z"}`), &f); err != nil || !f.Needs.IsZero() {
		t.Errorf("%+v, %v", f, err)
	}
}

// A chat, an event and anything else need no repository.
func TestReportAboutNoRepositoryFindsItsCommittee(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		said  coc.Circumstances
		takes string
		rules string
	}{
		"nobody knows where":     {coc.Circumstances{}, "foundation", "projects/none taken"},
		"a chat of no project":   {coc.Circumstances{Space: coc.SpaceChat}, "foundation", "projects/none taken"},
		"a chat of a project":    {coc.Circumstances{Space: coc.SpaceChat, Project: "lake"}, "lake", "projects/one taken"},
		"a project":              {coc.Circumstances{Project: "lake"}, "lake", "projects/one taken"},
		"somewhere else":         {coc.Circumstances{Space: coc.SpaceElsewhere}, "summit", "elsewhere taken"},
		"an event with a desk":   {coc.Circumstances{Space: coc.SpaceEvent, Known: "RiverDays"}, "foundation", "event/desk event/joint committee/contact-only taken"},
		"two projects":           {coc.Circumstances{Project: "lake", Also: []coc.Repo{source}, Whole: true}, "foundation", "lookup/found projects/several taken"},
		"a project by its code":  {coc.Circumstances{Space: coc.SpaceChat, Also: []coc.Repo{source}, Whole: true}, "river/conduct", "lookup/found projects/one taken"},
		"a project of long ago":  {coc.Circumstances{Project: "gone"}, "summit", "projects/outside taken"},
		"an event nobody knows":  {coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("A meetup")}, "summit", "event/unknown elsewhere taken"},
		"an event and a project": {coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("A meetup"), Project: "lake"}, "lake", "event/unknown projects/one taken"},
	} {
		w := withLakeListed(t)
		f := says(account)
		f.Around = tc.said
		receipt, err := w.File(t.Context(), "token", f)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		c := w.of(receipt)
		if c.Home().Committee.Key != tc.takes || rulesOf(c) != tc.rules {
			t.Errorf("%s: it is with %s by %s", name, c.Home().Committee.Key, rulesOf(c))
		}
		if p, err := w.Preview(t.Context(), f); err != nil || p.Committee != c.Home().Committee.Name {
			t.Errorf("%s: shown %+v, %v", name, p, err)
		}
		if len(c.Placements) == 1 && c.Home().Issue == 0 {
			t.Errorf("%s: no issue was opened", name)
		}
		w.invariants()
	}
}

// withLakeListed is withEvents with a project that the directory lists.
func withLakeListed(t *testing.T) *world {
	t.Helper()
	w := withEvents(t)
	text := strings.Replace(directory, "fallback:", `  desk:
    name: Event Desk
    level: events
    contact: desk@host.example
  guild:
    name: The Guild
    level: events
    contact: guild@guild.example
  lake:
    name: Lake Committee
    level: project
    incidents: lake/conduct
    contact: conduct@lake.example
    escalate_to: foundation
    members: [lia-lake, leo-lake]
fallback:`, 1) + events[1:]
	dir, problems := policy.ParseDirectory([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	w.repo(coc.Repo{Owner: "lake", Name: "conduct"}, "private", "lia-lake", "leo-lake")
	return w
}
