package conflict

import (
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// says is a declaration: "kim hard", "kim soft comment", or of another, "kim
// hard by lee", "kim soft comment by lee +mo +noor".
func says(lines ...string) []coc.Declaration {
	var out []coc.Declaration
	for _, line := range lines {
		words := strings.Fields(line)
		d := coc.Declaration{Login: coc.Login(words[0]), Kind: coc.ConflictKind(words[1])}
		for i := 2; i < len(words); i++ {
			confirmed, confirms := strings.CutPrefix(words[i], "+")
			switch {
			case words[i] == "by":
				i++
				d.By = coc.Login(words[i])
			case words[i] == "settled":
				d.Settled = true
			case confirms:
				d.Confirmed = append(d.Confirmed, coc.Login(confirmed))
			default:
				d.Basis = coc.ConflictBasis(words[i])
			}
		}
		out = append(out, d)
	}
	return out
}

// employed gives members their employers: "kim=Acme".
func employed(pairs ...string) []coc.Member {
	var out []coc.Member
	for _, p := range pairs {
		name, employer, _ := strings.Cut(p, "=")
		m := roster(name)[0]
		m.Employer = employer
		out = append(out, m)
	}
	return out
}

func found(list []Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, string(f.Login)+" "+f.Why)
	}
	return strings.Join(out, ", ")
}

func listed(list []coc.Login) string {
	var out []string
	for _, l := range list {
		out = append(out, string(l))
	}
	return strings.Join(out, " ")
}

func TestDeclarationsAreHeldAgainstTheRoster(t *testing.T) {
	t.Parallel()
	five := roster("kim", "lee", "mo", "noor", "ola")
	allClear := says("kim clear", "lee clear", "mo clear", "noor clear", "ola clear")
	plus := func(base []coc.Declaration, more ...string) []coc.Declaration {
		return append(slices.Clone(base), says(more...)...)
	}
	for name, tc := range map[string]struct {
		members  []coc.Member
		parties  []coc.Party
		declared []coc.Declaration
		over     bool
		recused  string
		limited  string
		voters   string
		why      string
	}{
		"a member who was clear and is accused in a later message": {
			five, accused("kim"), allClear, true, "kim accused", "", "lee mo noor ola", ""},
		"the accused cannot declare themself clear, nor softly conflicted": {
			five, accused("kim"), says("kim clear", "kim soft"), false, "kim accused", "", "lee mo noor ola", ""},
		"the accused who recuses themself is told as the accused": {
			five, accused("kim"), says("kim hard"), false, "kim accused", "", "lee mo noor ola", ""},
		"a liaison who is clear confirms nothing, where nobody decides": {
			roster("kim", "lee", "alternate:pat", "liaison:quinn"), nil, says("kim soft", "lee soft", "pat hard by quinn"), false, "", "kim declared, lee declared", "pat", ""},
		"an alternate confirms where nobody decides": {
			roster("kim", "lee", "alternate:pat", "liaison:quinn"), nil, says("kim soft", "lee soft", "quinn hard by pat"), false, "quinn decided", "kim declared, lee declared", "pat", ""},
		"a kind that is none of ours is hard": {
			five, nil, says("kim perhaps"), false, "kim declared", "", "lee mo noor ola", ""},
		"a declaration of nobody is nothing": {
			five, nil, []coc.Declaration{{Kind: coc.ConflictHard}}, false, "", "", "kim lee mo noor ola", ""},
		"a declaration without a kind is hard": {
			five, nil, []coc.Declaration{{Login: "KIM"}}, false, "kim declared", "", "lee mo noor ola", ""},
		"clear after soft takes it back": {
			five, nil, says("kim soft comment", "kim clear"), false, "", "", "kim lee mo noor ola", ""},
		"soft after clear counts": {
			five, nil, says("kim clear", "kim soft comment"), false, "", "kim declared", "lee mo noor ola", ""},
		"clear after hard takes nothing back": {
			five, nil, says("kim hard", "kim clear"), false, "kim declared", "", "lee mo noor ola", ""},
		"one soft conflict told twice is one": {
			five, nil, says("kim soft comment", "Kim soft comment"), false, "", "kim declared", "lee mo noor ola", ""},
		"two soft conflicts are a hard one": {
			five, nil, says("kim soft comment", "kim soft"), false, "kim several", "", "lee mo noor ola", ""},
		"two taken back and one declared anew are one": {
			five, nil, says("kim soft comment", "kim soft", "kim clear", "kim soft"), false, "", "kim declared", "lee mo noor ola", ""},

		"another's word alone is nothing": {
			five, nil, says("kim hard by lee"), false, "", "", "kim lee mo noor ola", ""},
		"half of the others are no majority": {
			five, nil, says("kim hard by lee +mo"), false, "", "", "kim lee mo noor ola", ""},
		"most of the others are": {
			five, nil, says("kim hard by lee +mo +noor"), false, "kim decided", "", "lee mo noor ola", ""},
		"nobody confirms twice": {
			five, nil, says("kim hard by lee +LEE +mo +mo"), false, "", "", "kim lee mo noor ola", ""},
		"strangers confirm nothing": {
			five, nil, says("kim hard by zoe +vic +wil +lee"), false, "", "", "kim lee mo noor ola", ""},
		"whom it concerns confirms nothing": {
			five, nil, says("kim hard by lee +kim +mo"), false, "", "", "kim lee mo noor ola", ""},
		"the accused confirm nothing": {
			five, accused("ola"), says("kim hard by ola +lee"), false, "ola accused", "", "kim lee mo noor", ""},
		"without the accused fewer are a majority": {
			five, accused("ola"), says("kim hard by mo +lee"), false, "kim decided, ola accused", "", "lee mo noor", ""},
		"the limited confirm nothing": {
			five, nil, says("ola soft", "kim hard by ola +lee"), false, "", "ola declared", "kim lee mo noor", ""},
		"two who recuse each other both go": {
			roster("kim", "lee"), nil, says("kim hard by lee", "lee hard by kim"), false, "kim decided, lee decided", "", "", WhyMajorityConflicted},
		"where no member has a vote, the alternates confirm": {
			roster("kim", "lee", "alternate:pat"), nil, says("kim soft", "lee soft", "kim hard by pat"), false, "kim decided", "lee declared", "pat", ""},
		"others can make a soft conflict a hard one": {
			five, nil, says("kim soft", "kim hard by lee +mo +ola"), false, "kim decided", "", "lee mo noor ola", ""},
		"others can add a soft one, which makes two": {
			five, nil, says("kim soft", "kim soft comment by lee +mo +ola"), false, "kim several", "", "lee mo noor ola", ""},
		"nobody clears another": {
			five, nil, says("kim soft", "kim clear by lee +mo +noor +ola"), false, "", "kim declared", "lee mo noor ola", ""},
		"clear takes back nothing that the others decided": {
			five, nil, says("kim soft by lee +mo +noor", "kim clear"), false, "", "kim decided", "lee mo noor ola", ""},
		"what was settled holds where nobody of those who confirmed sits": {
			five, nil, says("kim hard by zoe +vic settled"), false, "kim decided", "", "lee mo noor ola", ""},

		"a colleague of the accused": {
			employed("kim=Acme", "lee= ACME ", "mo=Other", "noor=", "ola="), accused("kim"), nil, false, "kim accused", "lee employer", "mo noor ola", ""},
		"a colleague of whom is named without a role": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), []coc.Party{{Login: "kim"}}, nil, false, "kim unset", "lee employer", "mo noor ola", ""},
		"a colleague of a witness": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), []coc.Party{{Login: "kim", Role: coc.RoleWitness}}, nil, false, "", "", "kim lee mo noor ola", ""},
		"a colleague of two of them has one conflict": {
			employed("kim=Acme", "lee=Acme", "mo=Acme", "noor", "ola"), accused("kim", "lee"), nil, false, "kim accused, lee accused", "mo employer", "noor ola", WhyMinimum + "!"},
		"a colleague who has declared just that has one conflict": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), accused("kim"), says("lee soft employer"), false, "kim accused", "lee employer", "mo noor ola", ""},
		"a colleague with a conflict besides has two": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), accused("kim"), says("lee soft comment"), false, "kim accused, lee several", "", "mo noor ola", ""},
		"a colleague who declares themself clear stays one": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), accused("kim"), says("lee clear"), false, "kim accused", "lee employer", "mo noor ola", ""},
		"a colleague of somebody who is only kept out has no conflict": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), []coc.Party{{Login: "kim", Role: coc.RoleKeptOut}}, nil, false, "kim kept-out", "", "lee mo noor ola", ""},
		"two without an employer are no colleagues": {
			employed("kim=Independent", "lee=independent", "mo", "noor", "ola"), accused("kim"), nil, false, "kim accused", "", "lee mo noor ola", ""},
		"a colleague of somebody who recused themself": {
			employed("kim=Acme", "lee=Acme", "mo", "noor", "ola"), nil, says("kim hard"), false, "kim declared", "", "lee mo noor ola", ""},

		"silence in time is no conflict": {
			five, nil, nil, false, "", "", "kim lee mo noor ola", ""},
		"silence when the time is over has no vote": {
			five, nil, says("kim clear", "lee clear", "mo clear"), true, "", "", "kim lee mo", ""},
		"silence does not count towards minimums": {
			five, nil, says("kim clear", "lee clear"), true, "", "", "kim lee", WhyMinimum},
		"a limited member counts towards one minimum and not towards the other": {
			five, nil, says("kim soft", "lee soft", "mo clear"), true, "", "kim declared, lee declared", "mo", ""},
		"what others say of a member does not break the silence": {
			five, nil, plus(allClear[1:], "kim soft by lee"), true, "", "", "lee mo noor ola", ""},
		"three limited of five and nobody clear": {
			five, nil, says("kim soft", "lee soft", "mo soft"), true, "", "kim declared, lee declared, mo declared", "", WhyNotClear},
		"those who are silent confirm nothing": {
			five, nil, says("lee clear", "mo clear", "kim hard by lee +mo"), true, "kim decided", "", "lee mo", WhyMinimum},
		"an alternate steps in for a silent member": {
			append(slices.Clone(five), roster("alternate:pat")...), nil, says("kim clear", "lee clear", "pat clear"), true, "", "", "kim lee pat", ""},
		"a silent alternate does not": {
			append(slices.Clone(five), roster("alternate:pat")...), nil, says("kim clear", "lee clear"), true, "", "", "kim lee", WhyMinimum},
		"an alternate steps in for a limited member": {
			append(slices.Clone(five), roster("alternate:pat")...), nil, says("kim soft"), false, "", "kim declared", "lee mo noor ola pat", ""},
		"a limited alternate does not": {
			append(slices.Clone(five), roster("alternate:pat")...), nil, says("kim soft", "pat soft"), false, "", "kim declared, pat declared", "lee mo noor ola", ""},
		"a liaison who is clear has no vote": {
			append(slices.Clone(five), roster("liaison:pat")...), nil, says("pat clear", "kim clear", "lee clear", "mo clear"), true, "", "", "kim lee mo", ""},
		"row 7 counts what was declared": {
			five, nil, says("kim hard", "lee hard", "mo soft", "mo soft comment"), false, "kim declared, lee declared, mo several", "", "noor ola", WhyMajorityConflicted},
		"row 7 does not count the silent": {
			roster("kim", "lee", "mo"), nil, says("kim clear", "lee clear"), true, "", "", "kim lee", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := coc.Committee{Level: coc.LevelProject, Members: tc.members}
			why, foundation := strings.CutSuffix(tc.why, "!")
			if foundation { // the same roster, where row 7 does not apply
				c.Level, why = coc.LevelFoundation, ""
			}
			got := Record{Declarations: tc.declared, Over: tc.over}.Screen(c, tc.parties)
			if found(got.Recused) != tc.recused || found(got.Limited) != tc.limited {
				t.Errorf("recused %q, limited %q; want %q and %q", found(got.Recused), found(got.Limited), tc.recused, tc.limited)
			}
			if listed(got.Voters) != tc.voters {
				t.Errorf("voters %q, want %q", listed(got.Voters), tc.voters)
			}
			if got.Why != why || got.Stands != (why == "") {
				t.Errorf("stands %t because %q, want because %q (%+v remain)", got.Stands, got.Why, why, got.Remain)
			}
		})
	}
}

// Row 9 with CNCF's numbers: one member without any conflict, and three
// without a hard one, alternates included.
func TestTheFoundationNeedsOneClearAndThreeWithoutAHardConflict(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared []coc.Declaration
		why      string
		remain   coc.Minimum
	}{
		"nobody declared anything":              {nil, "", coc.Minimum{Clear: 5, WithoutHardConflict: 5}},
		"one clear and two limited":             {says("kim hard", "lee hard", "pat hard", "mo soft", "noor soft"), "", coc.Minimum{Clear: 1, WithoutHardConflict: 3}},
		"three limited and nobody clear":        {says("kim hard", "lee hard", "pat hard", "mo soft", "noor soft", "ola soft"), WhyNotClear, coc.Minimum{Clear: 0, WithoutHardConflict: 3}},
		"two clear and nobody else":             {says("kim hard", "lee hard", "mo hard", "pat hard"), WhyMinimum, coc.Minimum{Clear: 2, WithoutHardConflict: 2}},
		"two clear and an alternate":            {says("kim hard", "lee hard", "mo hard"), "", coc.Minimum{Clear: 3, WithoutHardConflict: 3}},
		"two clear and a limited alternate":     {says("kim hard", "lee hard", "mo hard", "pat soft"), "", coc.Minimum{Clear: 2, WithoutHardConflict: 3}},
		"three limited and a clear alternate":   {says("kim hard", "lee hard", "mo soft", "noor soft", "ola soft"), "", coc.Minimum{Clear: 1, WithoutHardConflict: 4}},
		"all limited, the alternate among them": {says("kim soft", "lee soft", "mo soft", "noor soft", "ola soft", "pat soft"), WhyNotClear, coc.Minimum{Clear: 0, WithoutHardConflict: 5}},
		"all hard but the alternate":            {says("kim hard", "lee hard", "mo hard", "noor hard", "ola hard"), WhyMinimum, coc.Minimum{Clear: 1, WithoutHardConflict: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := coc.Committee{
				Level: coc.LevelFoundation, Members: roster("kim", "lee", "mo", "noor", "ola", "alternate:pat"),
				Minimum: coc.Minimum{Clear: 1, WithoutHardConflict: 3},
			}
			got := Record{Declarations: tc.declared}.Screen(c, nil)
			if got.Why != tc.why || got.Remain != tc.remain {
				t.Errorf("because %q with %+v, want %q with %+v", got.Why, got.Remain, tc.why, tc.remain)
			}
		})
	}
}

// Whoever writes that they have no employer has no colleagues by it, in any
// letters and with any space.
func TestNoEmployerIsNoEmployer(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"independent", "self", "self-employed", "freelance", "freelancer", "unaffiliated", "individual", "none", "n/a", "-", ""} {
		for _, spelt := range []string{word, " " + strings.ToUpper(word) + " "} {
			c := coc.Committee{Members: employed("kim="+spelt, "lee="+word, "mo", "noor", "ola")}
			if s := Screen(c, accused("kim")); len(s.Limited) != 0 {
				t.Errorf("%q: limited %q", spelt, found(s.Limited))
			}
		}
	}
	c := coc.Committee{Members: employed("kim=Big  Corp", "lee= big corp ", "mo", "noor", "ola")}
	if s := Screen(c, accused("kim")); found(s.Limited) != "lee employer" {
		t.Errorf("limited %q", found(s.Limited))
	}
}

func TestARecusedCustodianMayNotRead(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("kim", "lee", "mo"), Custodians: []coc.Login{"vic", "wil", "kim"}}
	room := coc.RoomFacts{Readers: []coc.Reader{{Login: "Vic", Admin: true}, {Login: "wil", Admin: true}, {Login: "kim", Admin: true}}}
	r := Record{Declarations: says("vic hard by lee +mo", "kim hard", "wil soft")}
	s := r.Screen(c, nil)
	if got := found(s.Recused); got != "kim declared, vic decided" {
		t.Errorf("recused %q", got)
	}
	got := MayNotRead(room, s, c.Custodians, nil)
	if listed(got.Conflicted) != "Vic kim" || len(got.Strangers) != 0 {
		t.Errorf("conflicted %q, strangers %q", listed(got.Conflicted), listed(got.Strangers))
	}
}

func TestTheSilentAreThoseWhoSaidNothingOfThemselves(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("kim", "lee", "mo", "alternate:pat", "liaison:quinn")}
	r := Record{Declarations: says("kim clear", "mo hard by kim", "pat soft"), Over: true}
	s := r.Screen(c, accused("mo"))
	if listed(s.Silent) != "lee quinn" || listed(s.Clear) != "kim" || listed(s.Responders) != "kim lee pat quinn" {
		t.Errorf("silent %q, clear %q, responders %q", listed(s.Silent), listed(s.Clear), listed(s.Responders))
	}
	r.Over = false
	if s = r.Screen(c, accused("mo")); listed(s.Silent) != "lee quinn" || listed(s.Clear) != "kim lee quinn" {
		t.Errorf("in time: silent %q, clear %q", listed(s.Silent), listed(s.Clear))
	}
}

func TestWhatIsSettledHoldsWhenThoseWhoConfirmedAreGone(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("kim", "lee", "mo")}
	r := Record{Declarations: says("kim hard by lee +mo", "mo hard by kim")}
	settled := r.Settle(c, nil)
	if !settled.Declarations[0].Settled || settled.Declarations[1].Settled || r.Declarations[0].Settled {
		t.Fatalf("settled %+v of %+v", settled, r)
	}
	if r.Over = true; !r.Settle(c, nil).Over || settled.Over {
		t.Error("settling forgets whether the time is over")
	}
	r.Over, r.Away = false, []coc.Login{"lee"}
	if got := r.Settle(c, nil).Away; !slices.Equal(got, r.Away) {
		t.Errorf("settling forgets who is away: %v", got)
	}
	r.Away = nil
	next := coc.Committee{Members: roster("kim", "vic", "wil", "xia")}
	if got := found(r.Screen(next, nil).Recused); got != "" {
		t.Errorf("unsettled, and yet recused %q", got)
	}
	if got := found(settled.Screen(next, nil).Recused); got != "kim decided" {
		t.Errorf("recused %q", got)
	}
}

// Over random committees, parties and declarations: nobody with a hard
// conflict takes part, only clear people vote, one more conflict lets nobody
// in, and neither the roster's order nor a second look changes anything.
func TestNoDeclarationLetsAnybodyIn(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(11))
	people := []coc.Login{"kim", "lee", "mo", "noor", "ola", "pat", "quinn"}
	roles := []coc.MemberRole{"", coc.MemberChair, coc.MemberAlternate, coc.MemberLiaison}
	parts := []coc.Role{coc.RoleUnset, coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter}
	kinds := []coc.ConflictKind{coc.ConflictHard, coc.ConflictSoft, coc.ConflictSoft, coc.ConflictClear, coc.ConflictClear, ""}
	someone := func() coc.Login { return people[rnd.Intn(len(people))] }
	stood, fell := 0, map[string]int{}
	for range 5000 {
		c := coc.Committee{Level: []coc.Level{coc.LevelProject, coc.LevelFoundation}[rnd.Intn(2)], Custodians: []coc.Login{"vic", someone()}}
		c.Minimum.Clear = rnd.Intn(4)
		for _, p := range people {
			if rnd.Intn(4) > 0 {
				c.Members = append(c.Members, coc.Member{Login: p, Role: roles[rnd.Intn(4)], Employer: []string{"", "Acme", "acme", "Self"}[rnd.Intn(4)]})
			}
		}
		var parties []coc.Party
		for range rnd.Intn(3) {
			parties = append(parties, coc.Party{Login: someone(), Role: parts[rnd.Intn(len(parts))]})
		}
		r := Record{Over: rnd.Intn(2) == 0}
		for range rnd.Intn(9) {
			d := coc.Declaration{Login: someone(), Kind: kinds[rnd.Intn(len(kinds))], Basis: []coc.ConflictBasis{"", coc.BasisComment}[rnd.Intn(2)]}
			if rnd.Intn(2) == 0 {
				d.By, d.Confirmed = someone(), []coc.Login{someone(), someone(), someone()}
			}
			r.Declarations = append(r.Declarations, d)
		}
		s := r.Screen(c, parties)
		if s.Stands {
			stood++
		}
		fell[s.Why]++
		if again := r.Screen(c, parties); !reflect.DeepEqual(s, again) {
			t.Fatalf("the same facts, %+v and %+v", s, again)
		}
		checkScreening(t, c, parties, r, s)

		// One more hard conflict, whoever declares it, lets nobody in.
		more := Record{Over: r.Over, Declarations: append(slices.Clone(r.Declarations), coc.Declaration{Login: someone(), Kind: coc.ConflictHard})}
		for _, l := range more.Screen(c, nil).Responders {
			if !coc.HasLogin(r.Screen(c, nil).Responders, l) && !anotherDecided(r, l) {
				t.Fatalf("%s came in by another's conflict: %+v", l, more)
			}
		}
		slices.Reverse(c.Members)
		if back := r.Screen(c, parties); back.Why != s.Why || back.Remain != s.Remain || len(back.Responders) != len(s.Responders) {
			t.Fatalf("the order of %v decides", c.Members)
		}
	}
	for _, why := range []string{"", WhyNobody, WhyMajorityConflicted, WhyMinimum, WhyNotClear} {
		if fell[why] < 50 {
			t.Errorf("the rosters are one-sided: %q only %d times", why, fell[why])
		}
	}
	if stood != fell[""] {
		t.Error("Stands and Why disagree")
	}
}

// anotherDecided: fewer voters can make a majority of what was none, or none
// of what was one; such a word of others is left out of the comparison.
func anotherDecided(r Record, l coc.Login) bool {
	return slices.ContainsFunc(r.Declarations, func(d coc.Declaration) bool { return d.Login.Is(l) && !d.Own() })
}

func checkScreening(t *testing.T, c coc.Committee, parties []coc.Party, r Record, s Screening) {
	t.Helper()
	for _, l := range s.Responders {
		if why, bars := Barred(l, parties); bars {
			t.Fatalf("%s responds although %s", l, why)
		}
		for _, d := range r.Declarations {
			if d.Login == l && d.Own() && d.Kind != coc.ConflictSoft && d.Kind != coc.ConflictClear {
				t.Fatalf("%s responds although %+v", l, d)
			}
		}
	}
	recused := 0
	for _, f := range s.Recused {
		if coc.HasLogin(s.Responders, f.Login) {
			t.Fatalf("%s is recused and responds", f.Login)
		}
		if coc.HasLogin(c.Logins(), f.Login) {
			recused++
		}
	}
	if len(s.Responders)+recused != len(c.Members) {
		t.Fatalf("somebody of %v got lost: %+v", c.Members, s)
	}
	for _, f := range s.Limited {
		if !coc.HasLogin(s.Responders, f.Login) || coc.HasLogin(s.Voters, f.Login) || coc.HasLogin(s.Clear, f.Login) {
			t.Fatalf("%s is limited and does not read, or votes: %+v", f.Login, s)
		}
	}
	seats := 0
	for _, m := range c.Members {
		if m.Decides() {
			seats++
		}
		if m.Role == coc.MemberLiaison && coc.HasLogin(s.Voters, m.Login) {
			t.Fatalf("%s is a liaison and votes", m.Login)
		}
		if r.Over && coc.HasLogin(s.Silent, m.Login) && coc.HasLogin(s.Voters, m.Login) {
			t.Fatalf("%s said nothing and votes", m.Login)
		}
	}
	if len(s.Voters) > seats || s.Remain.WithoutHardConflict > seats || s.Remain.Clear > s.Remain.WithoutHardConflict {
		t.Fatalf("%d seats, %d voters, %+v remain", seats, len(s.Voters), s.Remain)
	}
	for _, l := range s.Voters {
		if !coc.HasLogin(s.Clear, l) {
			t.Fatalf("%s votes and is not clear", l)
		}
	}
}

// Who decided what is appealed takes no part, and what they said themselves goes
// before that.
func TestWhoDecidedWhatIsAppealedIsRecused(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Members: roster("kim", "lee", "mo", "noor", "ola")}
	s := Record{Declarations: says("kim hard"), Deciders: []coc.Login{"KIM", "Lee", "", "vic"}}.Screen(c, nil)
	if got, want := found(s.Recused), "kim declared, lee decider"; got != want {
		t.Errorf("recused are %q, want %q", got, want)
	}
}
