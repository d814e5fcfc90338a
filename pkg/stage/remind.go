package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Reminded is who a reminder goes to, in the order of the roster: whoever has the
// case, or else the point of contact and those on duty, or else every member who
// decides. Once the alternates were asked, it goes to them, too. Whoever is away is
// passed over. without is who has no vote, and is reminded only of a case that they
// took themself.
//
// Whoever is no responder of the case is never among them, and an App is not. Where
// nobody decides any more, it goes to every responder.
func Reminded(c coc.Case, without []coc.Login, now time.Time) []coc.Login {
	home := c.Home()
	if home == nil {
		return nil
	}
	k := home.Committee
	present := func(l coc.Login) bool {
		return !l.IsBot() && coc.HasLogin(home.Responders, l) && !k.Rota.IsAway(l, now)
	}
	able := func(l coc.Login) bool { return present(l) && !coc.HasLogin(without, l) }
	onDuty := OnDuty(k, able, now)
	var to func(coc.Member) bool
	for _, to = range []func(coc.Member) bool{
		func(m coc.Member) bool { return m.Login.Is(c.Holder) && present(m.Login) },
		func(m coc.Member) bool {
			return coc.HasLogin(onDuty, m.Login) || len(onDuty) > 0 && m.Login.Is(c.Contact) && able(m.Login)
		},
		func(m coc.Member) bool { return m.Decides() && able(m.Login) },
		func(m coc.Member) bool { return coc.HasLogin(home.Responders, m.Login) && !m.Login.IsBot() },
	} {
		if slices.ContainsFunc(k.Members, to) {
			break
		}
	}
	var out []coc.Login
	for _, m := range k.Members {
		steps := !c.Clock.Asked.IsZero() && m.Role == coc.MemberAlternate && able(m.Login)
		if (to(m) || steps) && !coc.HasLogin(out, m.Login) {
			out = append(out, m.Login)
		}
	}
	return out
}
