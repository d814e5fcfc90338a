package conflict

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Record is what was declared in a case. The zero value is that of a case
// which is just opened: nobody has said anything, and nobody had to.
//
// What a member says of themself holds at once. What another says of them
// holds when a majority of the others has confirmed it, the one who said it
// among them. Those who confirm are the members and chairs who have a vote by
// all that is known without it, or the alternates where no member or chair has
// one; nobody confirms what concerns themself. So the others can make a soft
// conflict a hard one, and nobody can do it alone, unless they are the only
// other one.
type Record struct {
	// Declarations are in the order in which they were made. A member's clear
	// takes back the soft conflicts that they declared before it. It takes back
	// no hard one, because they have not read the case since; and nothing that
	// follows from the parties, the roster or the others.
	Declarations []coc.Declaration
	// Over: the time for screening is over, so that silence counts.
	Over bool
	// Away is who cannot read where the case is to live, because they have not
	// accepted an invitation: they do not count towards minimums and have no vote.
	Away []coc.Login
	// Deciders is who decided what is appealed.
	Deciders []coc.Login
}

// claims reports whether anybody said anything of somebody else.
func (r Record) claims() bool {
	return slices.ContainsFunc(r.Declarations, func(d coc.Declaration) bool { return !d.Own() })
}

// Settle gives the record with every declaration settled that has been
// confirmed by now. r is left as it was.
func (r Record) Settle(c coc.Committee, parties []coc.Party) Record {
	others := electorate(c, r.tally(c, newLedger(c, parties, r)))
	out := Record{Declarations: slices.Clone(r.Declarations), Over: r.Over, Away: r.Away, Deciders: r.Deciders}
	for i, d := range out.Declarations {
		out.Declarations[i].Settled = d.Settled || !d.Own() && confirmed(d, others)
	}
	return out
}

// electorate is who confirms. Alternates come in only where there is nobody
// else, all of them, because who steps in first must not decide about people.
func electorate(c coc.Committee, s Screening) []coc.Login {
	clear := keys(s.Clear)
	var deciding, alternates []coc.Login
	for _, m := range people(c) {
		switch {
		case !clear[m.Login.Key()]:
		case m.Decides():
			deciding = append(deciding, m.Login)
		case m.Role == coc.MemberAlternate:
			alternates = append(alternates, m.Login)
		}
	}
	if len(deciding) > 0 {
		return deciding
	}
	return alternates
}

// confirmed reports whether a majority of the others stands behind it.
func confirmed(d coc.Declaration, electorate []coc.Login) bool {
	others, behind := 0, 0
	for _, l := range electorate {
		if l.Is(d.Login) {
			continue
		}
		others++
		if l.Is(d.By) || coc.HasLogin(d.Confirmed, l) {
			behind++
		}
	}
	return 2*behind > others
}

// ledger is every conflict that is known, by Login.Key.
type ledger struct {
	hard  map[string]string                       // why, the gravest
	soft  map[string]map[coc.ConflictBasis]string // why, by basis
	spoke map[string]bool                         // who has declared anything of themself
}

// newLedger holds what is known without anybody's confirmation.
func newLedger(c coc.Committee, parties []coc.Party, r Record) *ledger {
	l := &ledger{hard: barred(parties), soft: map[string]map[coc.ConflictBasis]string{}, spoke: map[string]bool{}}
	same := colleagues(c, l.hard)
	for _, d := range r.Declarations {
		if !d.Own() {
			continue
		}
		key := d.Login.Key()
		l.spoke[key] = true
		if d.Kind == coc.ConflictClear {
			delete(l.soft, key)
		}
		l.add(d, WhyDeclared)
	}
	for _, d := range r.Declarations {
		if d.Settled && !d.Own() {
			l.add(d, WhyDecided)
		}
	}
	for _, who := range r.Deciders {
		if key := who.Key(); l.hard[key] == "" {
			l.hard[key] = WhyDecider
		}
	}
	for _, key := range same {
		l.put(key, coc.BasisEmployer, WhyEmployer)
	}
	return l
}

// decide adds what a majority of the others has confirmed.
func (l *ledger) decide(declarations []coc.Declaration, electorate []coc.Login) {
	for _, d := range declarations {
		if !d.Own() && !d.Settled && confirmed(d, electorate) {
			l.add(d, WhyDecided)
		}
	}
}

// add enters a declaration that holds. Of somebody's clear nothing is to be
// entered, least of all of another's word that they are.
func (l *ledger) add(d coc.Declaration, why string) {
	key := d.Login.Key()
	switch {
	case key == "", d.Kind == coc.ConflictClear:
	case d.Kind == coc.ConflictSoft:
		l.put(key, d.Basis, why)
	case l.hard[key] == "":
		l.hard[key] = why
	}
}

func (l *ledger) put(key string, b coc.ConflictBasis, why string) {
	if l.soft[key] == nil {
		l.soft[key] = map[coc.ConflictBasis]string{}
	}
	l.soft[key][b] = why
}

// of gives why somebody has a hard conflict, and why a soft one; "" where they
// have none.
func (l *ledger) of(who coc.Login) (hard, soft string) {
	key := who.Key()
	if hard = l.hard[key]; hard != "" {
		return hard, ""
	}
	bases := l.soft[key]
	if len(bases) > 1 {
		return WhySeveral, ""
	}
	for _, why := range bases {
		soft = why
	}
	return "", soft
}
