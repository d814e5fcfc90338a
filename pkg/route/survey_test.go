package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// quiet is a room where nothing is to be found, and its committee.
func quiet() (coc.Survey, coc.Committee) {
	repo := coc.Repo{Owner: "my-org", Name: "cases"}
	return coc.Survey{
			RepoFacts: coc.RepoFacts{Repo: repo, ID: 7, Visibility: "private"}, Owners: []coc.Login{"Ona-Owner", "kim-project"}, Base: "none", Issues: true,
		}, coc.Committee{
			Name: "Project Committee", Incidents: repo, Members: []coc.Member{{Login: "kim-project"}, {Login: "lee-project"}},
			Custodians: []coc.Login{"ona-owner"}, Team: coc.Team{Org: "my-org", Slug: "conduct"},
		}
}

func TestWhatASurveyFindsIsToldByItsRule(t *testing.T) {
	t.Parallel()
	team := func(slug string) coc.Team { return coc.Team{Org: "My-Org", Slug: slug} }
	for name, tc := range map[string]struct {
		change   func(*coc.Survey)
		separate bool
		want     string
	}{
		"nothing":                            {func(*coc.Survey) {}, false, ""},
		"nothing in a repository of its own": {func(*coc.Survey) {}, true, ""},
		"not looked at":                      {func(s *coc.Survey) { *s = coc.Survey{} }, false, "room/unreadable"},
		"never seen":                         {func(s *coc.Survey) { s.ID = 0 }, false, "room/unreadable"},
		"its owner is spelt otherwise":       {func(s *coc.Survey) { s.Repo.Owner = "MY-ORG" }, false, ""},
		"hidden":                             {func(s *coc.Survey) { s.Problem = coc.ErrInaccessible }, false, "room/inaccessible"},
		"another owner has it":               {func(s *coc.Survey) { s.Repo.Owner = "elsewhere" }, false, "room/transferred"},
		"public, whose forks are no wonder":  {func(s *coc.Survey) { s.Visibility, s.Forking = "public", true }, false, "survey/public"},
		"internal":                           {func(s *coc.Survey) { s.Visibility = "internal" }, false, "survey/internal"},
		"an unknown visibility is taken for the worse": {func(s *coc.Survey) { s.Visibility = "" }, false, "survey/internal"},
		"owners": {func(s *coc.Survey) { s.Owners = append(s.Owners, "zoe-stranger", "yan-stranger") }, false, "survey/owners 2"},
		"a base permission where there are only the committee and its custodians": {
			func(s *coc.Survey) { s.Base, s.Members = "read", []coc.Login{"LEE-project", "ona-owner"} }, false, ""},
		"the same in a repository of its own that one of the committee may not read": {
			func(s *coc.Survey) { s.Base, s.Members = "read", []coc.Login{"max-project", "ona-owner"} }, true, "survey/base 1"},
		"a base permission where there are others": {
			func(s *coc.Survey) { s.Base, s.Members = "read", []coc.Login{"lee-project", "zoe-stranger"} }, false, "survey/base 1"},
		"members to whom the base permission gives nothing": {
			func(s *coc.Survey) { s.Members = []coc.Login{"zoe-stranger"} }, true, ""},
		"outside collaborators": {func(s *coc.Survey) { s.Outside = []coc.Login{"lee-project", "zoe-stranger"} }, false, "survey/outside 1"},
		"invitations":           {func(s *coc.Survey) { s.Invited = []coc.Login{"lee-project", "zoe-stranger"} }, false, "survey/invited 1"},
		"the committee's own team, and one below it": {
			func(s *coc.Survey) {
				s.Teams = []coc.TeamAccess{{Team: team("Conduct")}, {Team: team("interns"), Through: team("conduct")}}
			}, false, ""},
		"the same in a repository of its own": {
			func(s *coc.Survey) {
				s.Teams = []coc.TeamAccess{{Team: team("conduct")}, {Team: team("interns"), Through: team("conduct")}}
			}, true, "survey/teams 1, survey/nested-teams 1"},
		"other teams": {
			func(s *coc.Survey) {
				s.Teams = []coc.TeamAccess{{Team: team("conduct")}, {Team: team("helpers")}, {Team: team("interns"), Through: team("helpers")}, {Team: team("juniors"), Through: team("helpers")}}
			}, false, "survey/teams 1, survey/nested-teams 2"},
		"Apps": {
			func(s *coc.Survey) {
				s.Apps = []coc.OtherApp{{Slug: "blind", All: true}, {Slug: "all", All: true, Reads: true}, {Slug: "another", All: true, Reads: true}, {Slug: "some", Reads: true}, {Slug: "blind-some"}}
			}, false, "survey/apps 2, survey/some-apps 1"},
		"webhooks": {func(s *coc.Survey) { s.RepoHooks, s.OrgHooks = 1, 2 }, false, "survey/hooks 1, survey/org-hooks 2"},
		"deploy keys": {func(s *coc.Survey) { s.Keys = []coc.DeployKey{{Title: "zoe-stranger"}, {Write: true}, {}} }, false,
			"survey/writing-keys 1, survey/keys 2"},
		"what is switched on": {
			func(s *coc.Survey) {
				s.Actions, s.Projects, s.Pages, s.Wiki, s.Discussions, s.Forking, s.Forks = true, true, true, true, true, true, 3
			}, true, "survey/actions, survey/projects, survey/pages, survey/wiki, survey/discussions, survey/forking, survey/forks 3"},
		"one thing that could not be seen": {func(s *coc.Survey) { s.Unseen = []string{coc.SurveyActions} }, false, "survey/unseen Actions"},
		"what could not be seen is one thing, and the last": {
			func(s *coc.Survey) {
				s.Base, s.Wiki, s.Unseen = "", true, []string{coc.SurveyBase, coc.SurveyActions}
			},
			false, "survey/wiki, survey/unseen base permission, Actions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := quiet()
			tc.change(&s)
			var got []string
			for _, r := range Survey(s, c, tc.separate) {
				got = append(got, strings.TrimSpace(r.Rule+" "+r.Detail))
				if _, ok := RuleNamed(r.Rule); !ok || r.Committee != c.Name || r.Place != s.Repo.String() {
					t.Errorf("%+v", r)
				}
				if text := fmt.Sprintf("%+v", r); strings.Contains(text, "stranger") {
					t.Errorf("somebody is named: %s", text)
				}
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("%q, want %q", strings.Join(got, ", "), tc.want)
			}
		})
	}
}

// What stops writing for the survey does so for the reader check, and comes
// first.
func TestWhatStopsWritingIsToldFirst(t *testing.T) {
	t.Parallel()
	reported := false
	for _, q := range questions {
		rule, ok := RuleNamed(q.rule)
		if !ok || !rule.Alarm || !rule.Private || strings.Contains(rule.Clause, "nothing is written there") != q.stops {
			t.Errorf("%s: %+v", q.rule, rule)
		}
		if reported = reported || !q.stops; reported && q.stops || Stops(coc.Reason{Rule: q.rule}) != q.stops {
			t.Errorf("%s comes after what does not stop writing", q.rule)
		}
	}
	if !Stops(coc.Reason{Rule: "room/unreadable"}) {
		t.Error("something is written where nothing could be seen")
	}
	for _, r := range Rules() {
		asked := slices.ContainsFunc(questions, func(q question) bool { return q.rule == r.Key })
		if strings.HasPrefix(r.Key, "survey/") && !asked && r.Key != "survey/gone" {
			t.Errorf("nobody asks about %s", r.Key)
		}
	}
}

// What is found out by acting, and not by deciding, has its rule in the table, too.
func TestWhatIsFoundOutLaterHasARule(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"committee/silent", "committee/unanswered", "committee/undecided", "room/made-private", "survey/gone"} {
		if r, ok := RuleNamed(key); !ok || r.Clause == "" {
			t.Errorf("%s: %+v", key, r)
		}
	}
}
