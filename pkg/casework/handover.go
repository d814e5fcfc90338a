package casework

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// actTurned is the journal's word for a case that goes from one turn to the next.
const actTurned = "turned"

// handOver gives a case from a point of contact whose turn is over to whoever of those
// on duty now has the fewest. A committee that was away for weeks, or a server, has one
// hand-over then and not one for each turn; where the same one is on duty again, none.
//
// It is announced with one comment that mentions nobody, unless a reminder is written
// now, which goes to the next ones and is one comment, too.
func (d *Desk) handOver(ctx context.Context, c *coc.Case, change *coc.Change, announce bool, now time.Time) error {
	from := c.Contact
	c.Clock.Duty = now
	contacts, coordinators, err := d.loads(ctx, *c)
	if err != nil {
		return err
	}
	if onDuty(*c, from, now) {
		return nil
	}
	c.Contact = ""
	if appoint(c, contacts, coordinators, now); !onDuty(*c, c.Contact, now) {
		c.Contact = from
		return nil
	}
	next := c.Revision + 1
	c.Journal = append(c.Journal, coc.Entry{Revision: next, At: now, Act: actTurned, From: c.Stage, To: c.Stage, Whom: c.Contact})
	if announce {
		owe(c, change, next, len(c.Placements)-1, []notice.Private{notice.HandOver(*c, from)})
	}
	d.showAnew(c, change)
	return nil
}

// onDuty reports whether somebody is on duty in a case, of those without a conflict.
func onDuty(c coc.Case, who coc.Login, now time.Time) bool {
	home := *c.Home()
	clear := known(c, home).Screen(home.Committee, c.Parties).Clear
	able := func(l coc.Login) bool {
		return coc.HasLogin(clear, l) && coc.HasLogin(home.Responders, l) && !l.IsBot()
	}
	return coc.HasLogin(stage.OnDuty(home.Committee, able, now), who)
}
