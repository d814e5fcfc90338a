package conflict

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func roster(spec ...string) []coc.Member {
	var out []coc.Member
	for _, s := range spec {
		role := coc.MemberRole("")
		for _, r := range []coc.MemberRole{coc.MemberAlternate, coc.MemberLiaison, coc.MemberChair} {
			if rest, ok := cut(s, string(r)+":"); ok {
				s, role = rest, r
			}
		}
		out = append(out, coc.Member{Login: coc.Login(s), Role: role})
	}
	return out
}

func cut(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

func accused(logins ...coc.Login) []coc.Party {
	var out []coc.Party
	for _, l := range logins {
		out = append(out, coc.Party{Login: l, Role: coc.RoleAccused})
	}
	return out
}

func TestScreen(t *testing.T) {
	t.Parallel()
	five := roster("kim", "lee", "mo", "noor", "ola")
	for name, tc := range map[string]struct {
		committee coc.Committee
		parties   []coc.Party
		want      string // Why
		remaining int
		recused   []Finding
	}{
		"an empty roster never stands": {coc.Committee{Level: coc.LevelFoundation}, nil, WhyNobody, 0, nil},
		"liaisons alone are nobody":    {coc.Committee{Members: roster("liaison:kim")}, nil, WhyNobody, 0, nil},
		"alternates alone are nobody":  {coc.Committee{Members: roster("alternate:kim", "alternate:lee")}, nil, WhyNobody, 0, nil},
		"one is enough where the committee says so": {
			coc.Committee{Members: five, Level: coc.LevelFoundation, Minimum: coc.Minimum{WithoutHardConflict: 1}}, accused("kim", "lee", "mo", "noor"), "", 1,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}, {"noor", WhyAccused}}},
		"an App cannot be a committee": {coc.Committee{Members: roster("helper[bot]")}, nil, WhyNobody, 0, nil},
		"an empty login is nobody":     {coc.Committee{Members: roster("")}, nil, WhyNobody, 0, nil},
		"a login twice counts once":    {coc.Committee{Members: roster("kim", "KIM"), Minimum: coc.Minimum{WithoutHardConflict: 2}}, nil, WhyMinimum, 1, nil},
		"the accused in another case of letters is recused": {
			coc.Committee{Members: five}, accused("KIM"), "", 4, []Finding{{"kim", WhyAccused}}},
		"named twice, the barring role wins": {
			coc.Committee{Members: five}, []coc.Party{{Login: "kim", Role: coc.RoleHarmed}, {Login: "Kim", Role: coc.RoleWitness}}, "", 4, []Finding{{"kim", WhyHarmed}}},
		"named twice with barring roles, the gravest is told": {
			coc.Committee{Members: five}, []coc.Party{{Login: "kim"}, {Login: "kim", Role: coc.RoleAccused}, {Login: "kim", Role: coc.RoleHarmed}}, "", 4, []Finding{{"kim", WhyAccused}}},
		"no role counts as accused": {
			coc.Committee{Members: five}, []coc.Party{{Login: "lee"}}, "", 4, []Finding{{"lee", WhyUnset}}},
		"kept out by the reporter": {
			coc.Committee{Members: five}, []coc.Party{{Login: "Kim", Role: coc.RoleKeptOut}}, "", 4, []Finding{{"kim", WhyKeptOut}}},
		"kept out, and a witness": {
			coc.Committee{Members: five}, []coc.Party{{Login: "kim", Role: coc.RoleWitness}, {Login: "kim", Role: coc.RoleKeptOut}}, "", 4, []Finding{{"kim", WhyKeptOut}}},
		"three of five are kept out: row 7": {
			coc.Committee{Level: coc.LevelProject, Members: five}, []coc.Party{{Login: "kim", Role: coc.RoleKeptOut}, {Login: "lee", Role: coc.RoleKeptOut}, {Login: "mo", Role: coc.RoleKeptOut}}, WhyMajorityConflicted, 2,
			[]Finding{{"kim", WhyKeptOut}, {"lee", WhyKeptOut}, {"mo", WhyKeptOut}}},
		"a role that is none of ours bars": {
			coc.Committee{Members: five}, []coc.Party{{Login: "lee", Role: "bystander"}}, "", 4, []Finding{{"lee", WhyUnset}}},
		"a witness and a reporter are not barred": {
			coc.Committee{Members: five}, []coc.Party{{Login: "lee", Role: coc.RoleWitness}, {Login: "mo", Role: coc.RoleReporter}}, "", 5, nil},
		"a party without a login is not everybody": {
			coc.Committee{Members: five}, []coc.Party{{Name: coc.NewProse("somebody")}}, "", 5, nil},
		"three of five is a majority: row 7": {
			coc.Committee{Level: coc.LevelProject, Members: five}, accused("kim", "lee", "mo"), WhyMajorityConflicted, 2,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"row 7 binds a governance body too": {
			coc.Committee{Level: coc.LevelGovernance, Members: five}, accused("kim", "lee", "mo"), WhyMajorityConflicted, 2,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"alternates do not mend row 7": {
			coc.Committee{Members: append(slices.Clone(five), roster("alternate:pat", "alternate:quinn")...)}, accused("kim", "lee", "mo"), WhyMajorityConflicted, 4,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"a low minimum does not waive row 7": {
			coc.Committee{Members: five, Minimum: coc.Minimum{Clear: 1, WithoutHardConflict: 1}}, accused("kim", "lee", "mo"), WhyMajorityConflicted, 2,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"half of four is no majority of the roster": {
			coc.Committee{Members: roster("kim", "lee", "mo", "noor")}, accused("kim", "lee"), WhyMinimum, 2, []Finding{{"kim", WhyAccused}, {"lee", WhyAccused}}},
		"an alternate steps in": {
			coc.Committee{Members: roster("kim", "lee", "mo", "noor", "alternate:pat")}, accused("kim", "lee"), "", 3, []Finding{{"kim", WhyAccused}, {"lee", WhyAccused}}},
		"a recused alternate does not": {
			coc.Committee{Members: roster("kim", "lee", "mo", "noor", "alternate:pat")}, accused("kim", "lee", "pat"), WhyMinimum, 2,
			[]Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"pat", WhyAccused}}},
		"an alternate beyond the recused does not count": {
			coc.Committee{Members: roster("kim", "lee", "alternate:pat"), Minimum: coc.Minimum{WithoutHardConflict: 3}}, nil, WhyMinimum, 2, nil},
		"the foundation with three of five gone stands by its alternate: row 9": {
			coc.Committee{Level: coc.LevelFoundation, Members: append(slices.Clone(five), roster("alternate:pat")...), Minimum: coc.Minimum{Clear: 1, WithoutHardConflict: 3}},
			accused("kim", "lee", "mo"), "", 3, []Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"the foundation without it does not": {
			coc.Committee{Level: coc.LevelFoundation, Members: five, Minimum: coc.Minimum{Clear: 1, WithoutHardConflict: 3}},
			accused("kim", "lee", "mo"), WhyMinimum, 2, []Finding{{"kim", WhyAccused}, {"lee", WhyAccused}, {"mo", WhyAccused}}},
		"more clear members asked for than remain": {
			coc.Committee{Level: coc.LevelFoundation, Members: five, Minimum: coc.Minimum{Clear: 5, WithoutHardConflict: 1}}, accused("kim"), WhyNotClear, 4, []Finding{{"kim", WhyAccused}}},
		"a single member who is accused": {
			coc.Committee{Members: roster("kim")}, accused("kim"), WhyMajorityConflicted, 0, []Finding{{"kim", WhyAccused}}},
		"a single member":         {coc.Committee{Members: roster("kim")}, nil, "", 1, nil},
		"a minimum below nothing": {coc.Committee{Members: roster("kim"), Minimum: coc.Minimum{Clear: -1, WithoutHardConflict: -9}}, nil, "", 1, nil},
		"nobody named":            {coc.Committee{Members: five}, nil, "", 5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Screen(tc.committee, tc.parties)
			if got.Why != tc.want || got.Stands != (tc.want == "") {
				t.Errorf("Stands %v because %q, want because %q", got.Stands, got.Why, tc.want)
			}
			if got.Remain.WithoutHardConflict != tc.remaining || got.Remain.Clear != tc.remaining {
				t.Errorf("%d clear, %d without hard conflict, want %d", got.Remain.Clear, got.Remain.WithoutHardConflict, tc.remaining)
			}
			if !slices.Equal(got.Recused, tc.recused) {
				t.Errorf("recused %v, want %v", got.Recused, tc.recused)
			}
		})
	}
}

func TestLiaisonsAndAlternatesAreRespondersAndRecusedMembersAreNot(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("chair:kim", "lee", "mo", "alternate:pat", "liaison:quinn", "helper[bot]")}
	got := Screen(c, accused("lee"))
	if want := []coc.Login{"kim", "mo", "pat", "quinn"}; !slices.Equal(got.Responders, want) {
		t.Errorf("responders %v, want %v", got.Responders, want)
	}
}

// The order in which roles are told decides nothing.
func TestTheGravestRoleIsWhyIsBarred(t *testing.T) {
	t.Parallel()
	named := func(roles ...coc.Role) (out []coc.Party) {
		for _, r := range roles {
			out = append(out, coc.Party{Login: "kim", Role: r})
		}
		return out
	}
	for name, tc := range map[string]struct {
		who     coc.Login
		parties []coc.Party
		why     string
	}{
		"nobody is not whoever has only a name": {"", []coc.Party{{Name: coc.NewProse("Kim"), Role: coc.RoleAccused}}, ""},
		"unset, then harmed":                    {"KIM", named(coc.RoleUnset, coc.RoleHarmed), WhyHarmed},
		"harmed, then unset":                    {"kim", named(coc.RoleHarmed, coc.RoleUnset), WhyHarmed},
		"harmed, then accused":                  {"kim", named(coc.RoleHarmed, coc.RoleAccused), WhyAccused},
		"accused, then harmed":                  {"kim", named(coc.RoleAccused, coc.RoleHarmed), WhyAccused},
		"kept out, then accused":                {"kim", named(coc.RoleKeptOut, coc.RoleAccused), WhyAccused},
		"kept out, and named without a role":    {"kim", named(coc.RoleUnset, coc.RoleKeptOut), WhyUnset},
		"a witness who is kept out":             {"kim", named(coc.RoleWitness, coc.RoleKeptOut), WhyKeptOut},
		"witness, then unset":                   {"kim", named(coc.RoleWitness, coc.RoleUnset), WhyUnset},
		"reporter and witness":                  {"kim", named(coc.RoleReporter, coc.RoleWitness), ""},
		"the reporter accuses themself":         {"kim", named(coc.RoleReporter, coc.RoleAccused), WhyAccused},
	} {
		if why, ok := Barred(tc.who, tc.parties); why != tc.why || ok != (tc.why != "") {
			t.Errorf("%s: %q, %t; want %q", name, why, ok, tc.why)
		}
	}
}

// A list that says nothing in one of its places names nobody in it.
func TestAnAccountWithoutANameIsNobody(t *testing.T) {
	t.Parallel()
	room := coc.RoomFacts{Readers: []coc.Reader{{Admin: true}}}
	parties := []coc.Party{{Name: coc.NewProse("somebody"), Role: coc.RoleAccused}}
	got := MayNotRead(room, Screening{Responders: []coc.Login{"", "kim"}}, []coc.Login{""}, parties)
	if len(got.Strangers) != 1 || len(got.Conflicted) != 0 {
		t.Errorf("got %+v", got)
	}
	c := coc.Committee{Members: roster("kim", "lee", "mo"), Custodians: []coc.Login{""}}
	if s := (Record{Declarations: []coc.Declaration{{Kind: coc.ConflictHard}}}).Screen(c, parties); len(s.Recused) != 0 {
		t.Errorf("recused %+v", s.Recused)
	}
}

func TestZeroScreeningLetsNobodyIn(t *testing.T) {
	t.Parallel()
	var s Screening
	if s.Stands || len(s.Responders) != 0 {
		t.Error("the zero value lets somebody in")
	}
}

func TestMayNotRead(t *testing.T) {
	t.Parallel()
	responders := []coc.Login{"kim", "lee"}
	custodians := []coc.Login{"vic", "wil"}
	for name, tc := range map[string]struct {
		reader     coc.Reader
		parties    []coc.Party
		stranger   bool
		conflicted bool
	}{
		"a custodian who is accused":         {coc.Reader{Login: "Vic", Admin: true}, accused("vic"), false, true},
		"a custodian who is harmed":          {coc.Reader{Login: "vic", Admin: true}, []coc.Party{{Login: "vic", Role: coc.RoleHarmed}}, false, true},
		"a custodian named without a role":   {coc.Reader{Login: "vic", Admin: true}, []coc.Party{{Login: "vic"}}, false, true},
		"a responder who is accused":         {coc.Reader{Login: "kim"}, accused("KIM"), false, true},
		"a stranger who is accused":          {coc.Reader{Login: "zoe"}, accused("zoe"), false, true},
		"a custodian without admin right":    {coc.Reader{Login: "vic"}, nil, true, false},
		"an owner who is not a custodian":    {coc.Reader{Login: "zoe", Admin: true}, nil, true, false},
		"an App":                             {coc.Reader{Login: "helper[bot]", Admin: true}, nil, true, false},
		"a reader without a name":            {coc.Reader{}, nil, true, false},
		"a stranger who witnessed":           {coc.Reader{Login: "zoe"}, []coc.Party{{Login: "zoe", Role: coc.RoleWitness}}, true, false},
		"a responder who witnessed":          {coc.Reader{Login: "lee"}, []coc.Party{{Login: "lee", Role: coc.RoleWitness}}, false, false},
		"a responder in other letters":       {coc.Reader{Login: "KIM"}, nil, false, false},
		"a custodian who owns the place":     {coc.Reader{Login: "WIL", Admin: true}, nil, false, false},
		"a responder who administers a room": {coc.Reader{Login: "kim", Admin: true}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := MayNotRead(coc.RoomFacts{Readers: []coc.Reader{tc.reader}}, Screening{Responders: responders}, custodians, tc.parties)
			if (len(got.Strangers) == 1) != tc.stranger || (len(got.Conflicted) == 1) != tc.conflicted || got.None() != (!tc.stranger && !tc.conflicted) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Over random committees and parties: nobody barred is ever a responder or
// permitted to read, and roster order decides nothing.
func TestNobodyBarredIsEverLetIn(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(7))
	people := []coc.Login{"kim", "lee", "mo", "noor", "ola", "pat", "quinn"}
	roles := []coc.MemberRole{"", coc.MemberChair, coc.MemberAlternate, coc.MemberLiaison, "other"}
	parts := []coc.Role{coc.RoleUnset, coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter, coc.RoleKeptOut, "other"}
	for range 3000 {
		var c coc.Committee
		for _, p := range people {
			if rnd.Intn(3) > 0 {
				c.Members = append(c.Members, coc.Member{Login: p, Role: roles[rnd.Intn(len(roles))]})
			}
		}
		var parties []coc.Party
		for range rnd.Intn(5) {
			parties = append(parties, coc.Party{Login: people[rnd.Intn(len(people))], Role: parts[rnd.Intn(len(parts))]})
		}
		s := Screen(c, parties)
		for _, r := range s.Responders {
			if why, ok := Barred(r, parties); ok {
				t.Fatalf("%s is a responder although %s in %v", r, why, parties)
			}
		}
		if len(s.Responders)+len(s.Recused) != len(c.Members) {
			t.Fatalf("somebody of %v got lost: %+v", c.Members, s)
		}
		var room coc.RoomFacts
		for _, p := range people {
			room.Readers = append(room.Readers, coc.Reader{Login: p, Admin: rnd.Intn(2) == 0})
		}
		unwelcome := MayNotRead(room, s, people, parties)
		for _, p := range people {
			if _, ok := Barred(p, parties); ok && !coc.HasLogin(unwelcome.Conflicted, p) {
				t.Fatalf("%s may read although barred in %v", p, parties)
			}
		}
		slices.Reverse(c.Members)
		if back := Screen(c, parties); back.Stands != s.Stands || back.Why != s.Why {
			t.Fatalf("the order of %v decides", c.Members)
		}
	}
}

func TestACommitteeIsConcernedWhereOneOfItIsBarred(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("kim", "lee")}
	for name, tc := range map[string]struct {
		parties []coc.Party
		want    bool
	}{
		"nobody":     {nil, false},
		"a member":   {accused("LEE"), true},
		"a witness":  {[]coc.Party{{Login: "kim", Role: coc.RoleWitness}}, false},
		"an outside": {accused("mo"), false},
	} {
		if got := Concerned(c, tc.parties); got != tc.want {
			t.Errorf("%s: concerned is %t", name, got)
		}
	}
	if Concerned(coc.Committee{}, accused("kim")) {
		t.Error("of nobody who is known, one is concerned")
	}
}
