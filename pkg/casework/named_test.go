package casework

import (
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

func TestWhoeverCouldReadAndIsWrittenAboutIsBarred(t *testing.T) {
	t.Parallel()
	readers := couldRead(
		coc.Committee{Custodians: []coc.Login{"vic-owner"}}, []coc.Login{"kim-one"},
		coc.RoomFacts{Readers: []coc.Reader{{Login: "kim-one"}, {Login: "zoe-stranger"}}},
	)
	words := func(s string) coc.Prose { return coc.NewProse("so " + s + " did") }
	party := func(name string, r coc.Role) []coc.Party { return []coc.Party{{Name: coc.NewProse(name), Role: r}} }
	for name, tc := range map[string]struct {
		report  coc.Report
		parties []coc.Party
		want    []coc.Login
	}{
		"nobody is named":              {coc.Report{Account: words("somebody")}, nil, nil},
		"a responder in the account":   {coc.Report{Account: words("KIM-one")}, nil, []coc.Login{"kim-one"}},
		"an owner who cannot read yet": {coc.Report{Where: words("vic-owner")}, nil, []coc.Login{"vic-owner"}},
		"a stranger who reads":         {coc.Report{When: words("zoe-stranger")}, nil, []coc.Login{"zoe-stranger"}},
		"in a link":                    {coc.Report{Links: []coc.Prose{words("https://github.com/kim-one")}}, nil, []coc.Login{"kim-one"}},
		"in the title of the original": {coc.Report{Original: &coc.Original{Title: words("kim-one")}}, nil, []coc.Login{"kim-one"}},
		"in what was added":            {coc.Report{Added: []coc.Addition{{Text: words("kim-one")}, {Where: words("vic-owner")}}}, nil, []coc.Login{"kim-one", "vic-owner"}},
		"in a row with their name":     {coc.Report{}, party("Kim (kim-one)", coc.RoleAccused), []coc.Login{"kim-one"}},
		"in a row as a witness":        {coc.Report{Account: words("kim-one")}, party("Kim, kim-one", coc.RoleWitness), nil},
		"as a witness and as accused":  {coc.Report{}, append(party("Kim kim-one", coc.RoleWitness), party("kim-one, of docs", coc.RoleAccused)...), []coc.Login{"kim-one"}},
		"known to be a witness":        {coc.Report{Account: words("kim-one")}, []coc.Party{{Login: "Kim-One", Role: coc.RoleWitness}}, nil},
		"the reporter":                 {coc.Report{Account: words("kim-one"), Reporter: "Kim-One"}, nil, nil},
		"who labelled what another wrote": {coc.Report{
			Account: words("kim-one"), Reporter: "Kim-One", Original: &coc.Original{Author: "somebody-else", Labelled: "Kim-One"},
		}, nil, []coc.Login{"kim-one"}},
		"the reporter, by a liaison who was asked": {coc.Report{
			Account: words("kim-one"), Reporter: "Kim-One", Added: []coc.Addition{{Text: words("kim-one"), Answer: &coc.Answer{By: "lia-liaison"}}},
		}, nil, []coc.Login{"kim-one"}},
		"the reporter and somebody too": {coc.Report{Account: words("kim-one and vic-owner"), Reporter: "kim-one"}, nil, []coc.Login{"vic-owner"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parties := withReaders(tc.parties, coc.Case{Report: tc.report}, readers)
			var barred []coc.Login
			for _, r := range []coc.Login{"kim-one", "vic-owner", "zoe-stranger"} {
				if _, ok := conflict.Barred(r, parties); ok {
					barred = append(barred, r)
				}
			}
			if !slices.Equal(barred, tc.want) {
				t.Errorf("barred %v, want %v", barred, tc.want)
			}
			if again := withReaders(parties, coc.Case{Report: tc.report}, readers); len(again) != len(parties) {
				t.Errorf("found more the second time: %v, then %v", parties, again)
			}
		})
	}
}

func TestWhoeverIsOnATeamThatIsAPartyIsOne(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Team: coc.Team{Org: "quiet-org", Slug: "conduct"}, Members: []coc.Member{{Login: "kim-one"}, {Login: "lee-two"}}}
	row := func(words string, r coc.Role) coc.Party {
		return coc.Party{Login: "quiet-org", Name: coc.NewProse(words), Role: r}
	}
	for name, tc := range map[string]struct {
		party coc.Party
		c     coc.Committee
		want  bool
	}{
		"accused":                    {row("@Quiet-Org/conduct", coc.RoleAccused), c, true},
		"without a role":             {row("the team @quiet-org/conduct", coc.RoleUnset), c, true},
		"as a witness":               {row("@quiet-org/conduct", coc.RoleWitness), c, false},
		"another team":               {row("@quiet-org/docs", coc.RoleAccused), c, false},
		"the organisation":           {row("@quiet-org", coc.RoleAccused), c, false},
		"a committee without a team": {row("@quiet-org/conduct", coc.RoleAccused), coc.Committee{Members: c.Members}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parties := withTeam([]coc.Party{tc.party}, tc.c)
			for _, m := range tc.c.Members {
				if _, barred := conflict.Barred(m.Login, parties); barred != tc.want {
					t.Errorf("%s is barred: %t", m.Login, barred)
				}
			}
			if again := withTeam(parties, tc.c); len(again) != len(parties) {
				t.Errorf("found more the second time: %v, then %v", parties, again)
			}
		})
	}
}
