package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Letter is a notice for a desk that has only an address, which a person has to
// carry there. It is made of the committee directory and the jurisdiction table
// alone: nothing of the report is in it, nor who is named, nor who reported.
type Letter struct {
	ID      string    `json:"id"` // the reference that the case shows, too
	To      string    `json:"to"`
	Contact string    `json:"contact"`
	Since   time.Time `json:"since"`
	Text    string    `json:"text"`
}

// Letters lists those that nobody has delivered, the oldest first. One for a desk
// where somebody is concerned is not among them.
func (d *Desk) Letters(ctx context.Context) ([]Letter, error) {
	ids, err := d.Store.Letters(ctx)
	if err != nil {
		return nil, err
	}
	out := []Letter{} // not nil: JSON readers expect a list
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", id, err)
		}
		for _, duty := range c.Duties {
			if deliverable(c, duty) {
				out = append(out, letterOf(c, duty))
			}
		}
	}
	slices.SortFunc(out, func(a, b Letter) int { return a.Since.Compare(b.Since) })
	return out, nil
}

// Delivered records that a person has brought a letter to where it is for. What
// they said there is theirs to tell. coc.ErrMissing: none of that ID waits.
func (d *Desk) Delivered(ctx context.Context, letter string) error {
	ids, err := d.Store.Letters(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		found := false
		err := d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
			i := slices.IndexFunc(c.Duties, func(duty coc.Duty) bool { return strings.EqualFold(duty.Reference, letter) && deliverable(*c, duty) })
			if i < 0 {
				return coc.Change{}, false
			}
			found = true
			c.Duties = slices.Clone(c.Duties)
			c.Duties[i].Done = d.Clock.Now()
			return coc.Change{Jobs: []coc.Job{d.showJob(c.ID, len(c.Placements)-1)}}, true
		})
		if err != nil || found {
			return err
		}
	}
	return fmt.Errorf("letter: %w", coc.ErrMissing)
}

// deliverable reports whether a duty is a letter that waits for somebody to bring
// it. Where somebody at the desk is concerned, as far as it is known who is there,
// the desk is not told.
func deliverable(c coc.Case, duty coc.Duty) bool {
	return duty.What == coc.WordLetter && duty.Done.IsZero() && !conflict.Concerned(duty.To, c.Parties)
}

func letterOf(c coc.Case, duty coc.Duty) Letter {
	l := Letter{ID: duty.Reference, To: duty.To.Name, Contact: duty.To.Contact, Since: c.Placements[0].PlacedAt}
	rule, _ := route.RuleNamed(duty.Rule)
	l.Text = notice.LetterFor(duty.To, duty.Event, rule.Row, c.Home().Committee, duty.Reference).Text()
	return l
}

// owesJoint keeps with a case who must be told of it because the table names them
// first, or together with the committee that has it: by hand where they have only
// an address, and otherwise in their own room.
func (d *Desk) owesJoint(c *coc.Case, change *coc.Change, decision route.Decision) {
	var to []coc.Committee
	if decision.Desk != nil {
		to = append(to, *decision.Desk)
	}
	for _, k := range append(to, decision.Joint...) {
		if slices.ContainsFunc(c.Duties, func(o coc.Duty) bool { return tells(o, k) && o.What != coc.WordSummary }) {
			continue
		}
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobTell, Case: c.ID, N: len(c.Duties), Priority: 3})
		if !k.Incidents.IsZero() {
			c.Duties = append(c.Duties, coc.Duty{To: k, What: coc.WordNotice, When: coc.WhenOpened, Way: []coc.Committee{k}, Joint: true})
			continue
		}
		duty := coc.Duty{To: k, What: coc.WordLetter, When: coc.WhenOpened, Reference: d.reference(c.ID, k.Key)}
		if i := slices.IndexFunc(decision.Trace, func(r coc.Reason) bool { return r.Row != "" && r.Committee == k.Name }); i >= 0 {
			duty.Rule = decision.Trace[i].Rule
		}
		if said := together(c.Report); said.Space == coc.SpaceEvent {
			duty.Event = said.Known
		}
		c.Duties = append(c.Duties, duty)
	}
}

// remind tells the operators that a letter waits, and again every day until
// somebody has delivered it.
func (d *Desk) remind(ctx context.Context, c coc.Case, job coc.Job) error {
	now := d.Clock.Now()
	due := func(c coc.Case) bool {
		return deliverable(c, c.Duties[job.N]) && now.Sub(c.Duties[job.N].Reminded) > remindEvery/2
	}
	if !due(c) {
		return nil
	}
	d.Operator.Alarm(ctx, notice.Undelivered(c.Duties[job.N].Reference))
	return d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
		if !due(*c) {
			return coc.Change{}, false // this job was done before, and the next one is there
		}
		c.Duties = slices.Clone(c.Duties)
		c.Duties[job.N].Reminded = now
		quietly(c)
		next := coc.Job{Kind: coc.JobTell, Case: c.ID, N: job.N, At: now.Add(remindEvery), Priority: 3}
		return coc.Change{Jobs: []coc.Job{next}}, true
	})
}
