// Package conflicttest is a second reading of who may see a case, for tests. It
// shares the words of package conflict and none of its code: it keeps no list of
// what it found, and goes through all that is known anew for every question, so
// that what holds can be held against the rules line by line. It is slow.
package conflicttest

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// Case is what is known: a roster, who is named, and what was declared.
type Case struct {
	Committee coc.Committee
	Parties   []coc.Party
	Record    conflict.Record
}

// Barred reports whether somebody may not see the case, on the roster or off.
func (k Case) Barred(who coc.Login) bool {
	hard, _ := k.conflicts(who)
	return hard
}

// Limited reports whether somebody may read and not vote.
func (k Case) Limited(who coc.Login) bool {
	hard, soft := k.conflicts(who)
	return soft && !hard
}

// Responders are the roster without whom the case bars.
func (k Case) Responders() []coc.Login {
	return k.those(func(m coc.Member) bool { return !k.Barred(m.Login) })
}

// Recused are whom the case bars: those of the roster, and then custodians who
// are not on it.
func (k Case) Recused() []coc.Login {
	out := k.those(func(m coc.Member) bool { return k.Barred(m.Login) })
	for _, l := range k.Committee.Custodians {
		if k.Barred(l) && !named(k.Committee.Logins(), l) {
			out = append(out, l)
		}
	}
	return out
}

// Voters are who decides: those without any conflict, and for every seat whose
// holder cannot vote an alternate without any.
func (k Case) Voters() []coc.Login {
	empty := len(k.those(func(m coc.Member) bool { return decides(m) && !k.clear(m.Login) }))
	return k.those(func(m coc.Member) bool {
		if m.Role == coc.MemberAlternate && k.clear(m.Login) && empty > 0 {
			empty--
			return true
		}
		return decides(m) && k.clear(m.Login)
	})
}

// Why is the rule by which the committee may not take the case, "" for none.
func (k Case) Why() string {
	count := func(which func(m coc.Member) bool) int { return len(k.those(which)) }
	seats := count(decides)
	barred := count(func(m coc.Member) bool { return decides(m) && k.Barred(m.Login) })
	gone := count(func(m coc.Member) bool { return decides(m) && (k.Barred(m.Login) || k.unheard(m.Login)) })
	standIns := count(func(m coc.Member) bool {
		return m.Role == coc.MemberAlternate && !k.Barred(m.Login) && !k.unheard(m.Login)
	})
	least, clear := k.Committee.Minimum.WithoutHardConflict, k.Committee.Minimum.Clear
	if least < 1 {
		least = seats/2 + 1
	}
	if clear < 1 {
		clear = 1
	}
	level := k.Committee.Level
	switch {
	case seats == 0:
		return "nobody"
	case level != "foundation" && level != "events" && barred > seats-barred:
		return "majority-conflicted"
	case seats-gone+min(gone, standIns) < least:
		return "minimum"
	case len(k.Voters()) < clear:
		return "not-clear"
	}
	return ""
}

// those are people of the roster, each once; an App is nobody.
func (k Case) those(which func(m coc.Member) bool) []coc.Login {
	var out, before []coc.Login
	for _, m := range k.Committee.Members {
		if m.Login == "" || strings.Contains(string(m.Login), "[bot]") || named(before, m.Login) {
			continue
		}
		before = append(before, m.Login)
		if which(m) {
			out = append(out, m.Login)
		}
	}
	return out
}

// conflicts is what somebody has by all that is known and confirmed.
func (k Case) conflicts(who coc.Login) (hard, soft bool) {
	return k.weigh(who, func(d coc.Declaration) bool { return d.Settled || k.confirmed(d) })
}

// weigh is what somebody has, where of the others' words only those count that
// heeded names.
func (k Case) weigh(who coc.Login, heeded func(d coc.Declaration) bool) (hard, soft bool) {
	bases := map[coc.ConflictBasis]bool{}
	for i, d := range k.Record.Declarations {
		counts := ofThemself(d) || heeded(d)
		switch {
		case !same(d.Login, who), !counts, d.Kind == "clear":
		case d.Kind != "soft":
			hard = true
		case !ofThemself(d) || !k.takenBack(i):
			bases[d.Basis] = true
		}
	}
	if k.colleague(who) {
		bases["employer"] = true
	}
	return hard || k.party(who) || named(k.Record.Deciders, who) || len(bases) > 1, len(bases) > 0
}

// party: whoever is named bars themself, but for a witness and the reporter.
func (k Case) party(who coc.Login) bool {
	return slices.ContainsFunc(k.Parties, func(p coc.Party) bool {
		return same(p.Login, who) && p.Role != "witness" && p.Role != "reporter"
	})
}

// concerned: whom the report says nothing of but that they must not see it may have
// no part in it.
func (k Case) concerned(who coc.Login) bool {
	return slices.ContainsFunc(k.Parties, func(p coc.Party) bool {
		return same(p.Login, who) && p.Role != "witness" && p.Role != "reporter" && p.Role != "kept-out"
	})
}

// colleague: somebody on the roster with the same employer is concerned.
func (k Case) colleague(who coc.Login) bool {
	for _, a := range k.Committee.Members {
		for _, b := range k.Committee.Members {
			if same(a.Login, who) && k.concerned(b.Login) && employer(a) != "" && employer(a) == employer(b) {
				return true
			}
		}
	}
	return false
}

func employer(m coc.Member) string {
	e := strings.ToLower(strings.TrimSpace(m.Employer))
	if e == "self" || e == "independent" {
		return ""
	}
	return e
}

// takenBack: they have called themself clear since.
func (k Case) takenBack(i int) bool {
	return slices.ContainsFunc(k.Record.Declarations[i+1:], func(d coc.Declaration) bool {
		return same(d.Login, k.Record.Declarations[i].Login) && ofThemself(d) && d.Kind == "clear"
	})
}

// confirmed: more than half of the others who may vote stand behind it. Who may
// vote is told without anything that is still to be confirmed.
func (k Case) confirmed(d coc.Declaration) bool {
	asked := func(role func(coc.Member) bool) []coc.Login {
		return k.those(func(m coc.Member) bool {
			hard, soft := k.weigh(m.Login, func(d coc.Declaration) bool { return d.Settled })
			return role(m) && !hard && !soft && !k.unheard(m.Login)
		})
	}
	who := asked(decides)
	if len(who) == 0 {
		who = asked(func(m coc.Member) bool { return m.Role == coc.MemberAlternate })
	}
	yes, no := 0, 0
	for _, l := range who {
		switch {
		case same(l, d.Login):
		case same(l, d.By), named(d.Confirmed, l):
			yes++
		default:
			no++
		}
	}
	return yes > no
}

// clear: no conflict, and heard where that is asked.
func (k Case) clear(who coc.Login) bool {
	hard, soft := k.conflicts(who)
	return !hard && !soft && !k.unheard(who)
}

// unheard: the time to declare is over, and they have not.
func (k Case) unheard(who coc.Login) bool {
	return named(k.Record.Away, who) || k.Record.Over && !slices.ContainsFunc(k.Record.Declarations, func(d coc.Declaration) bool {
		return same(d.Login, who) && ofThemself(d)
	})
}

func ofThemself(d coc.Declaration) bool { return d.By == "" || same(d.By, d.Login) }

func decides(m coc.Member) bool { return m.Role == "" || m.Role == "member" || m.Role == "chair" }

func named(list []coc.Login, l coc.Login) bool {
	return slices.ContainsFunc(list, func(o coc.Login) bool { return same(o, l) })
}

func same(a, b coc.Login) bool { return a != "" && strings.EqualFold(string(a), string(b)) }
