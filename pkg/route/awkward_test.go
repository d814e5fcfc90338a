package route

import (
	"fmt"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Parties as people really write them, where three may respond and the room is
// read by those who are to read it.
func TestAwkwardParties(t *testing.T) {
	t.Parallel()
	accused := func(logins ...coc.Login) []coc.Party { return parties(coc.RoleAccused, logins...) }
	everybody := accused("kim-project", "lee-project", "mo-project", "fay-foundation", "fin-foundation", "flo-foundation", "odo-owner")
	crowd := func(role coc.Role, more ...coc.Party) []coc.Party {
		var out []coc.Party
		for i := range 200 {
			out = append(out, coc.Party{Login: coc.Login(fmt.Sprintf("person-%d", i)), Role: role})
		}
		return append(out, more...)
	}
	for name, tc := range map[string]struct {
		parties []coc.Party
		readers []string // of the project's room
		taker   string
		steps   string
	}{
		"only a display name: no roster has it": {
			[]coc.Party{{Name: coc.NewProse("Kim Project"), Role: coc.RoleAccused}}, []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"neither a name nor an account": {
			[]coc.Party{{Role: coc.RoleAccused}}, []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"a mistyped login is somebody else": {
			accused("kim-projekt"), []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"an account that was deleted or renamed, and reads nothing": {
			accused("gone-project"), []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"an App that reads nothing": {
			accused("helper[bot]"), []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"an App that reads the room": {
			accused("helper[bot]"), []string{"kim-project", "helper[bot]"}, foundation, "lookup/found room/conflicted-reads separate/not-possible chain/fallback taken"},
		"an App that nobody accuses, and that reads the room": {
			nil, []string{"kim-project", "helper[bot]"}, foundation, "lookup/found room/stranger-reads separate/not-possible chain/fallback taken"},
		"an organisation": {
			accused("my-org"), []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"the reporter accuses themself": {
			append(parties(coc.RoleReporter, "kim-project"), accused("Kim-Project")...), []string{"kim-project", "lee-project"}, foundation, "lookup/found room/conflicted-reads separate/not-possible chain/fallback taken"},
		"the reporter is on the committee": {
			parties(coc.RoleReporter, "kim-project"), []string{"kim-project", "lee-project"}, project, "lookup/found taken"},
		"a witness who is accused further down": {
			append(parties(coc.RoleWitness, "kim-project"), accused("kim-project")...), []string{"lee-project", "mo-project"}, project, "lookup/found taken"},
		"everybody on the roster": {
			accused("kim-project", "lee-project", "mo-project"), []string{"kim-project", "lee-project", "mo-project"}, foundation, "lookup/found committee/majority-conflicted chain/fallback taken"},
		"everybody on every roster": {
			everybody, nil, sealed, "lookup/found committee/majority-conflicted chain/fallback committee/below-minimum committee/contact-only sealed"},
		"200 who are nobody here": {
			crowd(coc.RoleAccused), []string{"kim-project", "lee-project", "mo-project"}, project, "lookup/found taken"},
		"200, and the last of them may read": {
			crowd(coc.RoleWitness, coc.Party{Login: "mo-project"}), []string{"kim-project", "mo-project"}, foundation, "lookup/found room/conflicted-reads separate/not-possible chain/fallback taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.Parties, f.rooms[project] = tc.parties, room(project, tc.readers...)
			d := f.decide(t)
			if d.Committee.Key != tc.taker || steps(d.Trace) != tc.steps {
				t.Errorf("taken by %q: %s\nwant %q: %s", d.Committee.Key, steps(d.Trace), tc.taker, tc.steps)
			}
		})
	}
}

// What GitHub says of a team is who is on it, those of teams below it among
// them. A secret team answers like one that is gone where the App may not see it.
func TestAwkwardTeams(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		team    *TeamFacts
		parties []coc.Party
		taker   string
		steps   string
	}{
		"deleted, or secret and not seen": {nil, nil, foundation, "lookup/found committee/no-responders chain/fallback taken"},
		"empty":                           {&TeamFacts{State: StateFound}, nil, foundation, "lookup/found committee/no-responders chain/fallback taken"},
		"of an App alone": {
			&TeamFacts{State: StateFound, Logins: []coc.Login{"helper[bot]"}}, nil, foundation, "lookup/found committee/no-responders chain/fallback taken"},
		"not to be read": {
			&TeamFacts{State: StateDenied}, nil, foundation, "lookup/found committee/team-unreadable chain/fallback taken"},
		"not looked at": {
			&TeamFacts{Logins: []coc.Login{"kim-project"}}, nil, foundation, "lookup/found committee/team-unreadable chain/fallback taken"},
		"somebody twice, by a team below it": {
			&TeamFacts{State: StateFound, Logins: []coc.Login{"kim-project", "Kim-Project", "lee-project", "mo-project"}}, nil, project, "lookup/found taken"},
		"the accused is of a team below it": {
			&TeamFacts{State: StateFound, Logins: []coc.Login{"kim-project", "lee-project", "mo-project"}}, parties(coc.RoleAccused, "MO-project"), foundation, "lookup/found room/conflicted-reads separate/not-possible chain/fallback taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			f.files[project] = committeeFile(t, "version: 1\nteam: MY-org/conduct\n")
			f.Parties = tc.parties
			if tc.team != nil {
				f.teams["my-org/conduct"] = *tc.team
			}
			d := f.decide(t)
			if d.Committee.Key != tc.taker || steps(d.Trace) != tc.steps {
				t.Errorf("taken by %q: %s\nwant %q: %s", d.Committee.Key, steps(d.Trace), tc.taker, tc.steps)
			}
		})
	}
}
