// Package conflict says who on a committee may take part in a case, whether
// enough of them remain, and which readers of a room may not be there.
//
// A hard conflict is being the accused, being the person harmed, or being
// named without a role, which counts as accused until somebody says otherwise;
// being one of those whom the reporter asked to keep out, whatever the reason; and
// what is declared to be one (declaration.go). So is having decided what is
// appealed, because others are to look at it again (OJ, "different people").
// Whoever has one is recused: no access at all. A soft conflict is working for the same employer as the
// accused or the person harmed, as far as the roster tells (employer.go), and
// what is declared to be one. Whoever has one is limited: they may read, and
// have no vote. Two soft conflicts make a hard one. Having witnessed something,
// or having reported it, is no conflict (CP).
//
// Members and chairs decide. An alternate steps in where somebody who decides
// cannot vote, and counts only then. A liaison may read and never counts. An
// App is nobody: it can neither decide nor be a responder, on a roster or off.
//
// When a case is opened, the conflicts that are known count. Once the time for
// screening is over, what members declared counts: somebody who said nothing
// may still read, where they always could, but has no vote and does not count
// towards any minimum.
//
// Two rules can keep a committee from taking a case. A project's own
// committee, or a governance body that acts as one, falls out when a majority
// of those who decide is hard-conflicted (jurisdiction row 7); alternates do
// not mend that, because the rule speaks of the conflicted and not of those
// who remain. Every committee must keep both its minimums, alternates included
// (row 9): so many without any conflict, and so many without a hard one.
//
// # Asking in private
//
// A committee may want each of its members to be asked whether they are clear before
// they read a word (separate: always). Whoever is barred by what is known is not asked
// at all. The others see whom the case accuses and nothing else, and are let in as they
// answer: without a conflict or with a soft one. Their answers are declarations like
// any other.
//
// Members, chairs and liaisons are asked first, for the committee's screening time.
// Whoever has not answered then is passed over: silence is not clearance. Where a seat
// is left empty by that, or by an answer, the alternates are asked, with as much time of
// their own; they are asked sooner where the minimums cannot be kept without them.
//
// # Why the minimums are judged at the end of the asking
//
// Somebody who has not answered counts towards no minimum and has no vote. But the case
// would leave with the first look if they counted as gone, because at first nobody has
// answered. So as long as somebody is asked it is held against the minimums as it could
// still become, and leaves at once where it cannot become enough any more: to wait for
// answers that change nothing would only cost time. When nobody is asked any more, it is
// held against those who are in, and who can read there: an invitation that nobody
// accepted counts for nothing.
//
// # Why an unknown role bars
//
// A role that is none of ours can only come from a mistake of ours or from a
// newer version's data. Reading it as a witness would let an accused in. A kind
// of conflict that is none of ours is a hard one for the same reason.
package conflict

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Why somebody is recused or limited, the gravest first: of several reasons
// that weigh the same, the first is told.
const (
	WhyAccused  = "accused"
	WhyHarmed   = "harmed"
	WhyUnset    = "unset"
	WhyKeptOut  = "kept-out" // the reporter asked for it
	WhyDeclared = "declared" // they said so
	WhyDecided  = "decided"  // a majority of the others did
	WhyDecider  = "decider"  // they decided what is appealed
	WhySeveral  = "several"  // two soft conflicts
	WhyEmployer = "employer" // a colleague of a party
)

// Why a committee does not stand.
const (
	WhyNobody             = "nobody"              // there is nobody who decides
	WhyMajorityConflicted = "majority-conflicted" // row 7
	WhyMinimum            = "minimum"             // row 9: too few without a hard conflict
	WhyNotClear           = "not-clear"           // row 9: too few without any conflict
)

// Finding is somebody's conflict, and why it is one.
type Finding struct {
	Login coc.Login
	Why   string
}

// Screening is what remains of a committee in one case. The zero value does
// not stand and lets nobody in.
//
// Its lists are in the order of the roster. What the committee declared tells
// on single people: none of it is for anybody outside of the case.
type Screening struct {
	// Responders are all of the roster who are not recused: members, chairs,
	// alternates and liaisons.
	Responders []coc.Login
	// Recused may not read: those of the roster, then custodians.
	Recused []Finding
	// Limited may read and have no vote.
	Limited []Finding
	// Silent are responders who have declared nothing yet.
	Silent []coc.Login
	// Clear are responders without any conflict; once the time for screening
	// is over, those of them who declared something.
	Clear []coc.Login
	// SteppedIn are the alternates who take the place of somebody who decides
	// and cannot vote. Voters are they and the clear ones who decide.
	SteppedIn, Voters []coc.Login
	// Remain is what is held against the committee's minimums.
	Remain coc.Minimum
	// Stands reports whether the committee may take the case, or keep it; Why
	// is the code of the rule that it breaks if it may not, "" if it may.
	Stands bool
	Why    string
}

// Screen holds a roster against the parties of a case as it is opened: what is
// known counts. The roster must be resolved: a committee that only names a team
// has nobody.
func Screen(c coc.Committee, parties []coc.Party) Screening {
	return Record{}.Screen(c, parties)
}

// Screen holds a roster against the parties of a case and against what was
// declared in it.
func (r Record) Screen(c coc.Committee, parties []coc.Party) Screening {
	known := newLedger(c, parties, r)
	// Who confirms what one member says of another follows from what is known
	// without it: two who accuse each other are both looked at by the same
	// people, whoever spoke first.
	if r.claims() {
		known.decide(r.Declarations, electorate(c, r.tally(c, known)))
	}
	return r.tally(c, known)
}

// tally is what remains of the roster, by what is known.
func (r Record) tally(c coc.Committee, known *ledger) Screening {
	var s Screening
	var seats, recused, mute, limited int // seats: of those who decide, and of them the others
	var standIns []coc.Login
	able := 0 // alternates without a hard conflict
	away := keys(r.Away)
	for _, m := range people(c) {
		hard, soft := known.of(m.Login)
		silent := !known.spoke[m.Login.Key()]
		unheard := r.Over && silent || away[m.Login.Key()]
		if m.Decides() {
			seats++
			switch {
			case hard != "":
				recused++
			case unheard:
				mute++
			case soft != "":
				limited++
			}
		}
		if hard != "" {
			s.Recused = append(s.Recused, Finding{m.Login, hard})
			continue
		}
		s.Responders = append(s.Responders, m.Login)
		if silent {
			s.Silent = append(s.Silent, m.Login)
		}
		if soft != "" {
			s.Limited = append(s.Limited, Finding{m.Login, soft})
		}
		alternate := m.Role == coc.MemberAlternate
		if alternate && !unheard {
			able++
		}
		if soft != "" || unheard {
			continue
		}
		s.Clear = append(s.Clear, m.Login)
		if alternate {
			standIns = append(standIns, m.Login)
		}
	}
	s.SteppedIn = standIns[:min(len(standIns), recused+mute+limited)]
	s.Voters = voters(c, s)
	// A limited member holds the seat as far as hard conflicts go, so nobody
	// else is counted in it.
	s.Remain = coc.Minimum{Clear: len(s.Voters), WithoutHardConflict: seats - recused - mute + min(recused+mute, able)}
	s.Why = standing(c, s.Remain, seats, recused)
	s.Stands = s.Why == ""
	for _, l := range c.Custodians {
		if hard, _ := known.of(l); hard != "" && !onRoster(c, l) {
			s.Recused = append(s.Recused, Finding{l, hard})
		}
	}
	return s
}

// people is the roster, each person once and no App.
func people(c coc.Committee) []coc.Member {
	out := make([]coc.Member, 0, len(c.Members))
	seen := make(map[string]bool, len(c.Members))
	for _, m := range c.Members {
		key := m.Login.Key()
		if key == "" || seen[key] || m.Login.IsBot() {
			continue
		}
		seen[key] = true
		out = append(out, m)
	}
	return out
}

func onRoster(c coc.Committee, l coc.Login) bool {
	for _, m := range c.Members {
		if m.Login.Is(l) {
			return true
		}
	}
	return false
}

func voters(c coc.Committee, s Screening) []coc.Login {
	entitled := keys(s.SteppedIn)
	clear := keys(s.Clear)
	var out []coc.Login
	for _, m := range people(c) {
		if key := m.Login.Key(); entitled[key] || clear[key] && m.Decides() {
			out = append(out, m.Login)
		}
	}
	return out
}

func standing(c coc.Committee, remain coc.Minimum, seats, recused int) string {
	least := c.Minimum.Of(seats)
	switch {
	case seats == 0:
		return WhyNobody
	case !c.Level.Central() && 2*recused > seats:
		return WhyMajorityConflicted
	case remain.WithoutHardConflict < least.WithoutHardConflict:
		return WhyMinimum
	case remain.Clear < least.Clear:
		return WhyNotClear
	}
	return ""
}

// Concerned reports whether anybody on a committee is barred by the parties, as
// far as it is known who is on it.
func Concerned(c coc.Committee, parties []coc.Party) bool {
	return slices.ContainsFunc(c.Logins(), func(l coc.Login) bool {
		_, barred := Barred(l, parties)
		return barred
	})
}

// Barred reports whether the parties of a case bar somebody from reading it,
// and why. Nobody ("") is not barred.
func Barred(who coc.Login, parties []coc.Party) (why string, ok bool) {
	why, ok = barred(parties)[who.Key()]
	return why, ok
}

// barred maps each login that may not read to the gravest of its roles.
func barred(parties []coc.Party) map[string]string {
	gravest := map[string]int{WhyKeptOut: 1, WhyUnset: 2, WhyHarmed: 3, WhyAccused: 4}
	out := make(map[string]string, len(parties))
	for _, p := range parties {
		why, key := bar(p.Role), p.Login.Key()
		if key != "" && gravest[why] > gravest[out[key]] {
			out[key] = why
		}
	}
	return out
}

// bar is why a role bars, "" where it does not.
func bar(r coc.Role) (why string) {
	switch r {
	case coc.RoleWitness, coc.RoleReporter:
		return ""
	case coc.RoleAccused:
		return WhyAccused
	case coc.RoleHarmed:
		return WhyHarmed
	case coc.RoleKeptOut:
		return WhyKeptOut
	}
	return WhyUnset
}

// Unwelcome are the readers of a room who may not be there for one case.
type Unwelcome struct {
	// Strangers are neither responders nor custodians who own the place.
	Strangers []coc.Login
	// Conflicted are accused, harmed, named without a role, kept out, or
	// recused, whatever else they are.
	Conflicted []coc.Login
}

// None reports whether everybody who reads may.
func (u Unwelcome) None() bool { return len(u.Strangers) == 0 && len(u.Conflicted) == 0 }

// MayNotRead sorts out the effective readers of a room who are not permitted
// in a case: everybody but its responders, and those custodians whose reading
// cannot be taken away because they administer the room. It says nothing about
// a room that was not looked at, because such a room lists no readers: ask
// Problem and ID first.
//
// Of the screening its Responders and Recused count, so that responders who
// were pinned when a case was placed can be asked about as well.
func MayNotRead(room coc.RoomFacts, s Screening, custodians []coc.Login, parties []coc.Party) Unwelcome {
	bars := barred(parties)
	for _, f := range s.Recused {
		bars[f.Login.Key()] = f.Why
	}
	welcome := keys(s.Responders)
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
