package casework

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// asksAgain has the asking in a placement go on, and lets in whoever would be asked a
// second time. over: nobody is asked any more.
func asksAgain(c coc.Case, p *coc.Placement, now time.Time) (over bool) {
	for {
		p.Asked, over = goes(c, *p, now)
		said := slices.DeleteFunc(conflict.Ask(c, *p).Waits(), func(l coc.Login) bool { return !answeredBefore(c, l) })
		if len(said) == 0 {
			return over
		}
		p.Responders, p.Asked.In = slices.Concat(p.Responders, said), now
	}
}

// answeredBefore reports whether what somebody is asked in a case is what they have
// answered in it: a case that nobody could take is tried again and again, and its next
// home may ask the same people. Once the reporter has added something, it is another
// question, because they were not shown whom it accuses by now. Silence is no answer, so
// whoever said nothing is asked again.
func answeredBefore(c coc.Case, who coc.Login) bool {
	for _, e := range slices.Backward(c.Journal) {
		if e.Act == actAdded {
			return false
		}
		if (e.Act == "clear" || e.Act == "recuse") && e.Actor.Is(who) && e.Whom.Is(who) {
			return true
		}
	}
	return false
}
