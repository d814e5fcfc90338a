package casework

import (
	"context"
	"errors"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// addTo brings what the reporter sent later to whoever has the case. What they
// say may name somebody who can read the room; the committee is therefore
// chosen again, beginning with the present one, before a word goes there.
func (d *Desk) addTo(ctx context.Context, in coc.Intake, c coc.Case, added coc.Addition) error {
	n := len(c.Placements) - 1
	home := c.Home()
	now := d.Clock.Now()
	change := coc.Change{Intake: in.ID}
	next := c.Revision + 1
	c.Journal = append(c.Journal, coc.Entry{Revision: next, At: now, Act: "added", From: c.Stage, To: c.Stage})

	var alarms []coc.Reason
	switch {
	case home.Sealed():
		// It waits in the store with the rest of the report.
	default:
		w, err := d.world(ctx, c.Source)
		if err != nil {
			return err
		}
		w.Parties, w.Chain, w.Skip = c.Parties, c.Chain, d.had(c)
		delete(w.Skip, home.Committee.Key)
		decision, err := d.decide(ctx, w, in.Received)
		if err != nil {
			return err
		}
		alarms = decision.Alarms
		if !decision.Sealed && decision.Committee.Key == home.Committee.Key {
			if home.Issue != 0 {
				owe(&c, &change, next, n, notice.Comments(notice.Addition(added)))
			}
			break
		}
		d.moveTo(&c, &change, decision, now)
		change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
		c.Revision = next
		return d.added(ctx, c, change, alarms)
	}
	quietly(&c)
	c.Revision = next
	return d.added(ctx, c, change, alarms)
}

func (d *Desk) added(ctx context.Context, c coc.Case, change coc.Change, alarms []coc.Reason) error {
	change.Cases = []coc.Case{c}
	if err := d.Store.Commit(ctx, change); err != nil {
		if errors.Is(err, coc.ErrConflict) {
			return coc.ErrBusy
		}
		return err
	}
	d.alarm(ctx, alarms...)
	return nil
}
