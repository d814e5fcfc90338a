package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWhoeverIsOnATeamThatIsAccusedDoesNotReadTheReport(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		row  string
		role coc.Role
		want string // who has it
	}{
		"a team with a member of the committee": {"@river/Docs", coc.RoleAccused, "foundation"},
		"by the address of its page":            {"https://github.com/orgs/river/teams/docs", coc.RoleAccused, "foundation"},
		"without a role":                        {"the team @river/docs", coc.RoleUnset, "foundation"},
		"a team that saw it":                    {"@river/docs", coc.RoleWitness, "river/conduct"},
		"a team without anybody of it":          {"@river/website", coc.RoleAccused, "river/conduct"},
		"a team that is not there":              {"@river/nobody", coc.RoleAccused, "river/conduct"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.gh.teams = map[string][]coc.Login{"river/docs": {"omar-outsider", "Ben-River"}, "river/website": {"omar-outsider"}}
			f := says(account)
			f.Involved = []coc.Party{{Login: "river", Name: coc.NewProse(tc.row), Role: tc.role}}
			receipt := w.file("token", f)
			w.pass(time.Minute)
			c := w.of(receipt)
			if c.Home().Committee.Key != tc.want || c.Home().Issue == 0 {
				t.Errorf("%s has it: %+v", c.Home().Committee.Key, c.Parties)
			}
			if slices.ContainsFunc(c.Parties, func(p coc.Party) bool { return p.Login.Is("omar-outsider") }) {
				t.Error("the case lists who is on the team and could not read it anyway")
			}
			w.invariants()
		})
	}
}

func TestTeamThatIsAccusedLaterTakesTheCaseFromItsMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.teams = map[string][]coc.Login{"river/docs": {"ben-river"}}
	c := w.report(account)
	f := says("More " + canary)
	f.Involved = []coc.Party{{Login: "river", Name: coc.NewProse("@river/docs"), Role: coc.RoleAccused}}
	w.gh.failing["team"] = coc.Later{Cause: "status 502"}
	w.file("token", f)
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); len(c.Report.Added) != 0 {
		t.Fatal("it was written where nobody knew who is on the team")
	}
	delete(w.gh.failing, "team")
	w.pass(time.Hour)
	if c = w.caseOf(c.ID); c.Home().Committee.Key != "foundation" || len(c.Report.Added) != 1 {
		t.Errorf("%s has it, with %d additions", c.Home().Committee.Key, len(c.Report.Added))
	}
	w.invariants()
}

func TestWhoeverIsOnATeamThatIsAccusedIsNotAdmitted(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	w.gh.teams = map[string][]coc.Login{"river/docs": {dee}}
	f := says(account)
	f.Involved = []coc.Party{{Login: "river", Name: coc.NewProse("@river/docs"), Role: coc.RoleAccused}}
	receipt := w.file("token", f)
	w.pass(time.Minute)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
	c := w.of(receipt)
	for _, all := range []string{"", " all"} {
		if c = w.says(c, "ada-river", "/coc admit @dee-river"+all); coc.HasLogin(c.Home().Responders, dee) {
			t.Errorf("they were let in by /coc admit%s", all)
		}
	}
}

func TestWhoeverIsOnATeamThatIsAccusedIsNotAsked(t *testing.T) {
	t.Parallel()
	w := asking(t)
	w.gh.teams = map[string][]coc.Login{"river/docs": {"ben-river"}}
	f := accused("omar-outsider")
	f.Involved = append(f.Involved, coc.Party{Login: "river", Name: coc.NewProse("@river/docs"), Role: coc.RoleAccused})
	receipt := w.file("token", f)
	w.pass(time.Minute)
	c := w.of(receipt)
	w.unheard("ben-river", c)
	if !w.asked("ada-river", c) {
		t.Error("ada is not asked")
	}
}
