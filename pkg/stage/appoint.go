package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Load is how many open cases somebody has, by Login.Key.
type Load map[string]int

// Appoint is who answers the reporter of a case, and who coordinates it. Whoever does
// already and still may goes on. clear is who has no conflict that is known, and voters
// who has a vote.
//
// The point of contact is of those on duty, or else of those who decide, or else an
// alternate: whoever has the fewest open cases, and of those who have as few the one
// whose turn it is. Whoever takes the case with a claim is it.
//
// # Why a small committee has no coordinator
//
// A coordinator keeps a case moving, and is deliberately not one of those who decide
// (MZ). A liaison never decides; an alternate does not while they have not stepped in.
// A committee of three that has neither cannot spare a vote for it: then nobody
// coordinates, rather than somebody who decides under another name, and what is due
// is reminded of all the same.
func Appoint(c coc.Case, clear, voters []coc.Login, contacts, coordinators Load, now time.Time) (contact, coordinator coc.Login) {
	home := c.Home()
	if home == nil {
		return "", ""
	}
	k := home.Committee
	able := func(l coc.Login) bool {
		return coc.HasLogin(clear, l) && coc.HasLogin(home.Responders, l) && !l.IsBot()
	}
	of := func(role func(coc.Member) bool) (out []coc.Login) {
		for _, m := range k.Members {
			if role(m) && able(m.Login) && !k.Rota.IsAway(m.Login, now) {
				out = append(out, m.Login)
			}
		}
		return out
	}
	contact = c.Contact
	if held := coc.HasLogin(home.Responders, c.Holder); held {
		contact = c.Holder
	} else if !able(contact) {
		contact = least(contacts, OnDuty(k, able, now), of(coc.Member.Decides), of(func(m coc.Member) bool { return m.Role == coc.MemberAlternate }))
	}
	apart := func(l coc.Login) bool { return able(l) && !l.Is(contact) && !coc.HasLogin(voters, l) }
	if coordinator = c.Coordinator; !apart(coordinator) {
		coordinator = least(coordinators,
			of(func(m coc.Member) bool { return m.Role == coc.MemberLiaison && apart(m.Login) }),
			of(func(m coc.Member) bool { return m.Role == coc.MemberAlternate && apart(m.Login) }))
	}
	return contact, coordinator
}

// least is whoever has least to do in the first of these groups that has anybody; of
// several the first.
func least(load Load, groups ...[]coc.Login) coc.Login {
	for _, group := range groups {
		if len(group) > 0 {
			return slices.MinFunc(group, func(a, b coc.Login) int { return load[a.Key()] - load[b.Key()] })
		}
	}
	return ""
}
