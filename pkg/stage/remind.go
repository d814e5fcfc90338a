package stage

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Reminded is who a reminder goes to, in the order of the roster: whoever has the
// case, or else every member who decides. Once the alternates were asked, it goes to
// them, too. without is who has no vote, and is reminded only of a case that they
// took themself.
//
// Whoever is no responder of the case is never among them, and an App is not. Where
// nobody decides any more, it goes to every responder.
func Reminded(c coc.Case, without []coc.Login) []coc.Login {
	home := c.Home()
	if home == nil {
		return nil
	}
	able := func(m coc.Member) bool {
		return !m.Login.IsBot() && coc.HasLogin(home.Responders, m.Login) && !coc.HasLogin(without, m.Login)
	}
	has := func(m coc.Member) bool { return m.Login.Is(c.Holder) && coc.HasLogin(home.Responders, m.Login) }
	decides := func(m coc.Member) bool { return able(m) && m.Decides() }
	to := has
	if !slices.ContainsFunc(home.Committee.Members, has) {
		to = decides
	}
	if !slices.ContainsFunc(home.Committee.Members, to) {
		to = func(m coc.Member) bool { return !m.Login.IsBot() && coc.HasLogin(home.Responders, m.Login) }
	}
	var out []coc.Login
	for _, m := range home.Committee.Members {
		steps := !c.Clock.Asked.IsZero() && m.Role == coc.MemberAlternate && able(m)
		if (to(m) || steps) && !coc.HasLogin(out, m.Login) {
			out = append(out, m.Login)
		}
	}
	return out
}
