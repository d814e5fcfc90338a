// Package conflict says who on a committee may take part in a case, whether
// enough of them remain, and which readers of a room may not be there.
//
// A hard conflict is being the accused, being the person harmed, or being
// named without a role, which counts as accused until somebody says otherwise.
// Whoever has one is recused: no access at all. Having witnessed something, or
// having reported it, is no conflict (CP).
//
// Members and chairs decide. An alternate steps in where somebody who decides
// is recused, and counts only then. A liaison may read and never counts. An
// App is nobody: it can neither decide nor be a responder, on a roster or off.
//
// Two rules can keep a committee from taking a case. A project's own
// committee, or a governance body that acts as one, falls out when a majority
// of those who decide is hard-conflicted (jurisdiction row 7); alternates do
// not mend that, because the rule speaks of the conflicted and not of those
// who remain. Every committee must keep its minimums, alternates included
// (row 9).
//
// # Why an unknown role bars
//
// A role that is none of ours can only come from a mistake of ours or from a
// newer version's data. Reading it as a witness would let an accused in.
package conflict

import "github.com/cocrouter/cocrouter/pkg/coc"

// Why somebody is recused.
const (
	WhyAccused = "accused"
	WhyHarmed  = "harmed"
	WhyUnset   = "unset"
)

// Why a committee does not stand.
const (
	WhyNobody             = "nobody"              // there is nobody who decides
	WhyMajorityConflicted = "majority-conflicted" // row 7
	WhyMinimum            = "minimum"             // too few remain
)

// Recusal is somebody of the roster who may not take part, and why.
type Recusal struct {
	Login coc.Login
	Why   string // WhyAccused, WhyHarmed or WhyUnset
}

// Screening is what remains of a committee in one case. The zero value does
// not stand and lets nobody in.
type Screening struct {
	// Responders are all of the roster who are not recused, in its order:
	// members, chairs, alternates and liaisons.
	Responders []coc.Login
	Recused    []Recusal
	// Clear counts those without any conflict who decide or stand in for a
	// recused member; WithoutHardConflict those without a hard one. While only
	// hard conflicts are known the two are equal.
	Clear, WithoutHardConflict int
	// Stands reports whether the committee may take the case; Why is the
	// code of the rule that it breaks if it may not, "" if it may.
	Stands bool
	Why    string
}

// Screen holds a roster against the parties of a case. The roster must be
// resolved: a committee that only names a team has nobody.
func Screen(c coc.Committee, parties []coc.Party) Screening {
	bars := barred(parties)
	var s Screening
	var deciding, recused, alternates int
	seen := make(map[string]bool, len(c.Members))
	for _, m := range c.Members {
		key := m.Login.Key()
		if key == "" || seen[key] || m.Login.IsBot() {
			continue
		}
		seen[key] = true
		if m.Decides() {
			deciding++
		}
		if why, ok := bars[key]; ok {
			s.Recused = append(s.Recused, Recusal{Login: m.Login, Why: why})
			if m.Decides() {
				recused++
			}
			continue
		}
		s.Responders = append(s.Responders, m.Login)
		if m.Role == coc.MemberAlternate {
			alternates++
		}
	}
	s.WithoutHardConflict = deciding - recused + min(recused, alternates)
	s.Clear = s.WithoutHardConflict
	s.Why = standing(c, s, deciding, recused)
	s.Stands = s.Why == ""
	return s
}

func standing(c coc.Committee, s Screening, deciding, recused int) string {
	clear, withoutHard := c.Minimum.Clear, c.Minimum.WithoutHardConflict
	if clear <= 0 {
		clear = 1
	}
	if withoutHard <= 0 {
		withoutHard = deciding/2 + 1
	}
	own := c.Level != coc.LevelFoundation && c.Level != coc.LevelEvents
	switch {
	case deciding == 0:
		return WhyNobody
	case own && 2*recused > deciding:
		return WhyMajorityConflicted
	case s.Clear < clear || s.WithoutHardConflict < withoutHard:
		return WhyMinimum
	}
	return ""
}

// Barred reports whether the parties of a case bar somebody from reading it,
// and why. Nobody ("") is not barred.
func Barred(who coc.Login, parties []coc.Party) (why string, ok bool) {
	why, ok = barred(parties)[who.Key()]
	return why, ok
}

// barred maps each login that may not read to the gravest of its roles.
func barred(parties []coc.Party) map[string]string {
	gravest := map[string]int{WhyUnset: 1, WhyHarmed: 2, WhyAccused: 3}
	out := make(map[string]string, len(parties))
	for _, p := range parties {
		why, bars := bar(p.Role)
		key := p.Login.Key()
		if bars && key != "" && gravest[why] > gravest[out[key]] {
			out[key] = why
		}
	}
	return out
}

func bar(r coc.Role) (why string, bars bool) {
	switch r {
	case coc.RoleWitness, coc.RoleReporter:
		return "", false
	case coc.RoleAccused:
		return WhyAccused, true
	case coc.RoleHarmed:
		return WhyHarmed, true
	}
	return WhyUnset, true
}

// Unwelcome are the readers of a room who may not be there for one case.
type Unwelcome struct {
	// Strangers are neither responders nor custodians who own the place.
	Strangers []coc.Login
	// Conflicted are accused, harmed, or named without a role, whatever else
	// they are.
	Conflicted []coc.Login
}

// None reports whether everybody who reads may.
func (u Unwelcome) None() bool { return len(u.Strangers) == 0 && len(u.Conflicted) == 0 }

// MayNotRead sorts out the effective readers of a room who are not permitted
// in a case: everybody but its responders, and those custodians whose reading
// cannot be taken away because they administer the room. It says nothing about
// a room that was not looked at, because such a room lists no readers: ask
// Problem and ID first.
func MayNotRead(room coc.RoomFacts, responders, custodians []coc.Login, parties []coc.Party) Unwelcome {
	bars := barred(parties)
	welcome := keys(responders)
	owners := keys(custodians)
	var u Unwelcome
	for _, r := range room.Readers {
		key := r.Login.Key()
		_, conflicted := bars[key]
		switch {
		case conflicted:
			u.Conflicted = append(u.Conflicted, r.Login)
		case key == "" || r.Login.IsBot():
			u.Strangers = append(u.Strangers, r.Login)
		case welcome[key] || r.Admin && owners[key]:
		default:
			u.Strangers = append(u.Strangers, r.Login)
		}
	}
	return u
}

func keys(logins []coc.Login) map[string]bool {
	out := make(map[string]bool, len(logins))
	for _, l := range logins {
		out[l.Key()] = true
	}
	return out
}
