package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// firstTurn is the day on which all turns have begun: a Monday, so that a week's
// hand-over is on Mondays.
var firstTurn = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// OnDuty is who is on duty on a committee at one moment, of those who are able to,
// beginning with whose turn it is. There are as many as the committee's rota says,
// and two at least where there are two. Whoever is away or not able is passed over;
// who comes after them takes their place. Alternates come in only where members do not
// suffice, and a liaison never. A committee without turns has nobody on duty.
func OnDuty(k coc.Committee, able func(coc.Login) bool, now time.Time) []coc.Login {
	if !k.Rota.Turns() {
		return nil
	}
	var members, alternates []coc.Login
	add := func(l coc.Login) {
		i := slices.IndexFunc(k.Members, func(m coc.Member) bool { return m.Login.Is(l) })
		switch {
		case i < 0 || l.IsBot() || coc.HasLogin(members, l) || coc.HasLogin(alternates, l):
		case k.Members[i].Decides():
			members = append(members, k.Members[i].Login)
		case k.Members[i].Role == coc.MemberAlternate:
			alternates = append(alternates, k.Members[i].Login)
		}
	}
	for _, l := range k.Rota.Order {
		add(l)
	}
	turning := len(members) // of the order; the others only fill in
	for _, m := range k.Members {
		add(m.Login)
	}
	if len(k.Rota.Order) == 0 || turning == 0 {
		turning = len(members)
	}
	most := max(2, k.Rota.OnDuty)
	var out []coc.Login
	take := func(list []coc.Login) {
		for _, l := range list {
			if len(out) < most && able(l) && !k.Rota.IsAway(l, now) {
				out = append(out, l)
			}
		}
	}
	if turning > 0 {
		at := turn(k, now) * most % turning
		if at < 0 {
			at += turning
		}
		take(slices.Concat(members[at:turning], members[:at]))
	}
	take(members[turning:])
	take(alternates)
	return out
}

// turn counts the turns of a rota by the committee's own midnights. A turn of working
// days counts Monday to Friday, whatever the holidays.
func turn(k coc.Committee, now time.Time) int {
	local := now.In(zoneOf(k.Timezone))
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	days := int(date.Sub(firstTurn).Hours() / 24)
	week := days / 7
	if days < 0 && days%7 != 0 {
		week--
	}
	n := max(1, k.Rota.Turn.N)
	passed := week // a week, where nothing is said
	switch k.Rota.Turn.Unit {
	case coc.Hours:
		passed = int(now.Sub(firstTurn).Hours())
	case coc.Days:
		passed = days
	case coc.BusinessDays:
		passed = 5*week + min(days-7*week, 4)
	case coc.Months:
		passed = 12*(local.Year()-firstTurn.Year()) + int(local.Month()-firstTurn.Month())
	}
	return passed / n
}
