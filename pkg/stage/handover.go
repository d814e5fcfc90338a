package stage

import (
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// HandsOver is when a case goes from its point of contact to whoever is on duty next:
// at the end of their turn, on a working day of the committee. Zero: never, as things
// are. A turn after which they are on duty again ends nothing.
//
// Whoever took the case with a claim keeps it, and so it is where nobody owes anything.
// Into a room that takes no words it is not handed over: it is once it does.
func HandsOver(c coc.Case) time.Time {
	home := c.Home()
	if !watched(c) || !speaks(c) || c.Contact == "" || len(c.Due) == 0 || coc.HasLogin(home.Responders, c.Holder) {
		return time.Time{}
	}
	k, at := home.Committee, c.Clock.Duty
	if at.IsZero() {
		at = home.PlacedAt
	}
	able := func(l coc.Login) bool { return coc.HasLogin(home.Responders, l) && !l.IsBot() }
	if !k.Rota.Turns() || at.IsZero() {
		return time.Time{}
	}
	for range k.Members { // by then everybody had a turn
		if at = turnAfter(k, at); at.IsZero() {
			break
		}
		if onDuty := OnDuty(k, able, at); len(onDuty) > 0 && !coc.HasLogin(onDuty, c.Contact) {
			return workday(c, at, false)
		}
	}
	return time.Time{}
}

// turnAfter is when the next turn of a rota begins.
func turnAfter(k coc.Committee, now time.Time) time.Time {
	is, n := turn(k, now), max(1, k.Rota.Turn.N)
	if k.Rota.Turn.Unit == coc.Hours {
		return firstTurn.Add(time.Duration(is+1) * time.Duration(n) * time.Hour)
	}
	local := now.In(zoneOf(k.Timezone))
	for day := 1; day <= 31*(n+1); day++ {
		begins := midnight(local, day)
		if turn(k, begins) != is {
			return begins.UTC()
		}
	}
	return time.Time{}
}
