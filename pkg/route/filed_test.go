package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	site = coc.RepoFacts{Repo: coc.Repo{Owner: "Hall", Name: "site"}, ID: 8, Visibility: "public"}
	lake = coc.RepoFacts{Repo: coc.Repo{Owner: "lake-org", Name: "lake"}, ID: 9, Visibility: "public"}
)

// withDoor is a world in which a report came by the form of the foundation's own
// repository, and touches a project that has a committee.
func withDoor(t testing.TB) *facts {
	f := withEvents(t)
	f.Directory = directory(t, strings.Replace(directoryYAML, "projects:\n", strings.TrimPrefix(eventsYAML, "\n")+"projects:\n  hall/*: foundation\n", 1))
	f.Source = site
	f.places["lake-org/lake/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}
	f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: lake}}, FiledWith: "foundation"}
	return f
}

func TestOnlyWhatIsCertainlyAProjectsLeavesTheFoundation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(f *facts)
		taker  string
		rules  string
		told   string
	}{
		"a second project is touched": {
			func(f *facts) { f.Incident.Repos = append(f.Incident.Repos, About{Source: source}) },
			"Foundation Conduct Committee", "projects/several taken", "tell/project Side Project, tell/project Project Committee"},
		"another community is touched": {
			func(f *facts) { f.Incident.Projects = []string{"nobody-knows"} },
			"Foundation Conduct Committee", "projects/outside committee/contact-only taken", ""},
		"the project has no committee": {
			func(f *facts) { clear(f.places) },
			"Foundation Conduct Committee", "projects/several taken", ""},
		"the project's committee has only an address": {
			func(f *facts) {
				f.places["lake-org/lake/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: mail\n")}
			},
			"Foundation Conduct Committee", "projects/several taken", ""},
		"the project leaves its reports to another foundation": {
			func(f *facts) {
				f.places["lake-org/lake/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: second\n")}
			},
			"Foundation Conduct Committee", "projects/several taken", ""},
		"a file points away from the foundation": {
			func(f *facts) {
				f.places["Hall/site/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")}
			},
			"Foundation Conduct Committee", "projects/several taken", "tell/project Governance Committee, tell/project Side Project"},
		"the repository is none of the foundation's own": {
			func(f *facts) { f.Source = source },
			"Foundation Conduct Committee", "projects/several taken", "tell/project Project Committee, tell/project Side Project"},
		"it was not filed with the foundation": {
			func(f *facts) { f.Incident.FiledWith = "" },
			"Foundation Conduct Committee", "projects/several taken", "tell/project Side Project"},
		"it is certainly the project's": {
			func(*facts) {},
			"Side Project", "filed/moved taken", "tell/central Foundation Conduct Committee, tell/reporter Side Project"},
		"two repositories of the one project": {
			func(f *facts) {
				f.places["lake-org/shore/.github/coc.yaml"] = f.places["lake-org/lake/.github/coc.yaml"]
				f.Incident.Repos = append(f.Incident.Repos, About{Source: coc.RepoFacts{Repo: coc.Repo{Owner: "lake-org", Name: "shore"}, ID: 10, Visibility: "public"}})
			},
			"Side Project", "filed/moved taken", "tell/central Foundation Conduct Committee, tell/reporter Side Project"},
		"the foundation's repository is not known here": {
			func(f *facts) { f.Source = coc.RepoFacts{Repo: site.Repo} },
			"Side Project", "filed/moved taken", "tell/central Foundation Conduct Committee"},
		"the project's repository is private, which nobody is told": {
			func(f *facts) { f.Incident.Repos[0].Source.Visibility = "private" },
			"Side Project", "filed/moved taken", "tell/central Foundation Conduct Committee"},
		"the accused sits there: the rows after it say who takes it, and the reporter is told the same": {
			func(f *facts) { f.Parties = parties(coc.RoleAccused, "sid-side", "sol-side") },
			"Foundation Conduct Committee", "filed/moved committee/majority-conflicted taken", "tell/reporter Side Project"},
		"nor may a project keep it with such a risk, which the form tells": {
			func(f *facts) { f.Incident.Risks = []coc.Risk{coc.RiskIllegality} },
			"Foundation Conduct Committee", "legal/consult filed/moved legal/transfer taken", ""},
		"it happened somewhere else": {
			func(f *facts) { f.Incident.Space = coc.SpaceElsewhere },
			"Side Project", "filed/moved taken", "tell/central Foundation Conduct Committee, tell/reporter Side Project"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := withDoor(t)
			tc.change(f)
			d := f.decide(t)
			if d.Committee.Name != tc.taker {
				t.Errorf("goes to %q: %+v", d.Committee.Name, d.Trace)
			}
			if got := spoke(d.Trace); got != tc.rules {
				t.Errorf("the rules are %s\nwant           %s", got, tc.rules)
			}
			var told []string
			for _, duty := range d.Duties {
				told = append(told, duty.Reason.Rule+" "+duty.Reason.Committee)
			}
			if got := strings.Join(told, ", "); got != tc.told {
				t.Errorf("told are %q, want %q", got, tc.told)
			}
			if moved := slices.ContainsFunc(d.Trace, func(r coc.Reason) bool { return r.Rule == "filed/moved" && r.Row == "10" }); moved != strings.Contains(tc.rules, "filed/moved") {
				t.Errorf("the trace says row 10: %t", moved)
			}
		})
	}
}

func TestWhatTiesAReportToTheFoundationKeepsItThere(t *testing.T) {
	t.Parallel()
	d := withDoor(t).Directory
	other := []coc.Repo{lake.Repo}
	for name, tc := range map[string]struct {
		source coc.Repo
		said   coc.Circumstances
		want   string
	}{
		"it happened in the foundation's repositories":     {site.Repo, coc.Circumstances{Space: coc.SpaceRepository, Also: other, Whole: true}, ""},
		"it happened in the foundation's chat":             {site.Repo, coc.Circumstances{Space: coc.SpaceChat, Also: other, Whole: true}, ""},
		"it happened at an event":                          {site.Repo, coc.Circumstances{Space: coc.SpaceEvent, Also: other, Whole: true}, ""},
		"it concerns the foundation as well":               {site.Repo, coc.Circumstances{Space: coc.SpaceElsewhere, Here: true, Also: other, Whole: true}, ""},
		"the foundation's repository is among them":        {site.Repo, coc.Circumstances{Also: []coc.Repo{lake.Repo, {Owner: "HALL", Name: "Site"}}, Whole: true}, ""},
		"something stands there in words":                  {site.Repo, coc.Circumstances{Also: other}, ""},
		"nothing else is touched":                          {site.Repo, coc.Circumstances{}, ""},
		"the form of a project":                            {source.Repo, coc.Circumstances{Also: other, Whole: true}, ""},
		"only that there were several repositories":        {site.Repo, coc.Circumstances{Space: coc.SpaceRepositories, Also: other, Whole: true}, "foundation"},
		"nobody said where":                                {site.Repo, coc.Circumstances{Also: other, Whole: true}, "foundation"},
		"it happened outside of any project, and concerns": {site.Repo, coc.Circumstances{Space: coc.SpaceElsewhere, Also: other, Whole: true}, "foundation"},
	} {
		if got := FiledWith(d, tc.source, tc.said); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// A source is looked at for itself, and as what is touched; and two repositories may
// have one file.
func TestATraceNamesAFileOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(f *facts){
		"an unknown event that concerns the project as well": func(f *facts) {
			f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Dayz", Repos: []About{{Source: f.Source}}}
		},
		"the same without a committee": func(f *facts) {
			clear(f.places)
			f.Incident = Incident{Space: coc.SpaceEvent, Event: "Big Dayz", Repos: []About{{Source: f.Source}}}
		},
		"two repositories of one organisation's file": func(f *facts) {
			f.places = map[string]Place{"my-org/.github/.github/coc.yaml": {State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: side\n")}}
			second := coc.RepoFacts{Repo: coc.Repo{Owner: "my-org", Name: "second"}, ID: 2, Visibility: "public"}
			f.Incident = Incident{Space: coc.SpaceRepositories, Repos: []About{{Source: second}}}
		},
	} {
		f := withEvents(t)
		change(f)
		d := f.decide(t)
		for i, r := range d.Trace {
			if strings.HasPrefix(r.Rule, "lookup/") && slices.Contains(d.Trace[:i], r) {
				t.Errorf("%s: %+v is said twice", name, r)
			}
		}
		if !slices.ContainsFunc(d.Trace, func(r coc.Reason) bool { return strings.HasPrefix(r.Rule, "lookup/") }) {
			t.Errorf("%s: nothing was looked up", name)
		}
	}
}
