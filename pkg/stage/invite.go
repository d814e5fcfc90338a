package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Answerable reports whether somebody who is accused can answer at the address with a
// number, from 1. An answer uses it up, and it does not come back: not when a case that
// was closed is taken up again, and not in another home, whose members are others.
func Answerable(c coc.Case, number int, now time.Time) bool {
	if number < 1 || number > len(c.Invitations) || c.Notice != nil || Closed(c.Stage) {
		return false
	}
	inv := c.Invitations[number-1]
	if !inv.Answered.IsZero() || !inv.Ended.IsZero() || !now.Before(inv.Until) || inv.Placement != len(c.Placements)-1 {
		return false
	}
	return !slices.ContainsFunc(c.Journal, func(e coc.Entry) bool { return e.Revision >= inv.Revision && Closed(e.To) })
}
