package conflict_test

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
)

var (
	somebody = []coc.Login{"kim", "lee", "mo", "noor", "ola", "pat", "quinn", "helper[bot]"}
	offices  = []coc.MemberRole{"", "", coc.MemberMember, coc.MemberChair, coc.MemberAlternate, coc.MemberLiaison}
	named    = []coc.Role{coc.RoleUnset, coc.RoleAccused, coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter, coc.RoleKeptOut, coc.RoleKeptOut, "bystander"}
	kinds    = []coc.ConflictKind{coc.ConflictHard, coc.ConflictSoft, coc.ConflictSoft, coc.ConflictClear, coc.ConflictClear, "unheard of"}
	bases    = []coc.ConflictBasis{"", coc.BasisEmployer, coc.BasisComment, coc.BasisPersonal}
)

func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.Intn(len(list))] }

// spelt is a login in any letters.
func spelt(rnd *rand.Rand, l coc.Login) coc.Login {
	if rnd.Intn(2) == 0 {
		return coc.Login(strings.ToUpper(string(l[:1])) + string(l[1:]))
	}
	return l
}

func randomCase(rnd *rand.Rand) conflicttest.Case {
	var k conflicttest.Case
	k.Committee.Level = pick(rnd, []coc.Level{coc.LevelProject, coc.LevelGovernance, coc.LevelFoundation, coc.LevelEvents, ""})
	if rnd.Intn(3) == 0 {
		k.Committee.Minimum = coc.Minimum{Clear: rnd.Intn(4), WithoutHardConflict: rnd.Intn(5)}
	}
	for _, i := range rnd.Perm(len(somebody))[:rnd.Intn(len(somebody)+1)] {
		k.Committee.Members = append(k.Committee.Members, coc.Member{
			Login: spelt(rnd, somebody[i]), Role: pick(rnd, offices), Employer: pick(rnd, []string{"", "Acme", "ACME ", "Other", "self"}),
		})
	}
	for range rnd.Intn(3) {
		k.Committee.Custodians = append(k.Committee.Custodians, spelt(rnd, pick(rnd, append(somebody, "vic", "wil"))))
	}
	for range rnd.Intn(1 + rnd.Intn(7)) {
		k.Parties = append(k.Parties, coc.Party{Login: spelt(rnd, pick(rnd, append(somebody, "vic", "zoe"))), Role: pick(rnd, named)})
	}
	if rnd.Intn(8) == 0 {
		k.Parties = append(k.Parties, coc.Party{Name: coc.NewProse("Kim"), Role: coc.RoleAccused})
	}
	k.Record.Over = rnd.Intn(3) == 0
	for rnd.Intn(4) == 0 {
		k.Record.Deciders = append(k.Record.Deciders, spelt(rnd, pick(rnd, append(somebody, "vic", "wil"))))
	}
	for range rnd.Intn(1 + rnd.Intn(14)) {
		d := coc.Declaration{Login: spelt(rnd, pick(rnd, append(somebody, "vic", "")[:8+rnd.Intn(2)])), Kind: pick(rnd, kinds), Basis: pick(rnd, bases)}
		switch rnd.Intn(5) {
		case 0, 1:
			d.By = spelt(rnd, pick(rnd, somebody))
			for _, i := range rnd.Perm(len(somebody))[:rnd.Intn(9)] {
				d.Confirmed = append(d.Confirmed, spelt(rnd, somebody[i]))
			}
			d.Settled = rnd.Intn(5) == 0
		case 2:
			d.By = d.Login
		}
		k.Record.Declarations = append(k.Record.Declarations, d)
	}
	return k
}

// Over random committees, whatever a second reading of the rules says of who
// may see, who may vote and whether the committee stands, conflict says too.
func TestASecondReadingOfTheRulesComesToTheSame(t *testing.T) {
	t.Parallel()
	counted := map[string]int{}
	worlds := conflicttest.Worlds(t)
	for seed := range worlds {
		rnd := rand.New(rand.NewSource(seed))
		k := randomCase(rnd)
		s := k.Record.Screen(k.Committee, k.Parties)
		if !slices.Equal(s.Responders, k.Responders()) || !slices.Equal(logins(s.Recused), k.Recused()) {
			t.Fatalf("seed %d: %v respond and %v are recused, it should be %v and %v\n%+v", seed, s.Responders, logins(s.Recused), k.Responders(), k.Recused(), k)
		}
		if !slices.Equal(s.Voters, k.Voters()) || s.Why != k.Why() || s.Stands != (s.Why == "") || s.Remain.Clear != len(s.Voters) {
			t.Fatalf("seed %d: %v vote, and it is %q (%+v remain); it should be %v and %q\n%+v", seed, s.Voters, s.Why, s.Remain, k.Voters(), k.Why(), k)
		}
		for _, l := range s.Responders {
			if limited := slices.ContainsFunc(s.Limited, func(f conflict.Finding) bool { return f.Login == l }); limited != k.Limited(l) {
				t.Fatalf("seed %d: %s is limited: %t\n%+v", seed, l, limited, k)
			}
		}
		checkRoom(t, seed, rnd, k, s)
		// Once it is settled, those who were decided about have no say in the
		// rest; that may keep more people out, and lets nobody in.
		settled := k.Record.Settle(k.Committee, k.Parties)
		for _, l := range settled.Screen(k.Committee, k.Parties).Responders {
			if k.Barred(l) {
				t.Fatalf("seed %d: once it is settled, %s responds\n%+v", seed, l, k)
			}
		}
		parties := slices.Clone(k.Parties)
		rnd.Shuffle(len(parties), func(i, j int) { parties[i], parties[j] = parties[j], parties[i] })
		if again := k.Record.Screen(k.Committee, parties); !slices.Equal(again.Responders, s.Responders) || again.Why != s.Why {
			t.Fatalf("seed %d: the order of the parties decides\n%+v", seed, k)
		}

		counted["why "+s.Why]++
		for what, is := range map[string]bool{
			"somebody is recused": len(s.Recused) > 0, "somebody is limited": len(s.Limited) > 0, "an alternate steps in": len(s.SteppedIn) > 0,
			"the others decided": slices.ContainsFunc(s.Recused, func(f conflict.Finding) bool { return f.Why == conflict.WhyDecided }),
			"decided before":     slices.ContainsFunc(s.Recused, func(f conflict.Finding) bool { return f.Why == conflict.WhyDecider }),
			"several make one":   slices.ContainsFunc(s.Recused, func(f conflict.Finding) bool { return f.Why == conflict.WhySeveral }),
			"colleagues":         slices.ContainsFunc(s.Limited, func(f conflict.Finding) bool { return f.Why == conflict.WhyEmployer }),
		} {
			if is {
				counted[what]++
			}
		}
	}
	for what, percent := range map[string]int64{
		"why ": 10, "why nobody": 5, "why majority-conflicted": 2, "why minimum": 5, "why not-clear": 2,
		"somebody is recused": 40, "somebody is limited": 20, "an alternate steps in": 8, "the others decided": 1, "decided before": 5, "several make one": 1, "colleagues": 2,
	} {
		if int64(counted[what])*100 < percent*worlds {
			t.Errorf("the committees are one-sided: %q in %d of %d", what, counted[what], worlds)
		}
	}
}

// checkRoom asks about a room that anybody may read: only responders stay, and
// custodians who own the place.
func checkRoom(t *testing.T, seed int64, rnd *rand.Rand, k conflicttest.Case, s conflict.Screening) {
	t.Helper()
	var room coc.RoomFacts
	for _, l := range append(somebody, "vic", "wil", "zoe") {
		room.Readers = append(room.Readers, coc.Reader{Login: spelt(rnd, l), Admin: rnd.Intn(2) == 0})
	}
	u := conflict.MayNotRead(room, s, k.Committee.Custodians, k.Parties)
	responders := k.Responders()
	for _, r := range room.Readers {
		is := func(l coc.Login) bool { return strings.EqualFold(string(l), string(r.Login)) }
		custodian := r.Admin && slices.ContainsFunc(k.Committee.Custodians, is) && !r.Login.IsBot()
		welcome := slices.ContainsFunc(responders, is) || custodian && !k.Barred(r.Login)
		if out := slices.Contains(u.Conflicted, r.Login) || slices.Contains(u.Strangers, r.Login); out == welcome {
			t.Fatalf("seed %d: %s may read: %t\n%+v", seed, r.Login, !out, k)
		}
	}
	if u.None() != (len(u.Conflicted)+len(u.Strangers) == 0) {
		t.Fatalf("seed %d: nobody is unwelcome, and yet %+v", seed, u)
	}
}

func logins(found []conflict.Finding) []coc.Login {
	var out []coc.Login
	for _, f := range found {
		out = append(out, f.Login)
	}
	return out
}
