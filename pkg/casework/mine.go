package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Mine is a report of somebody who signed in to send it with the form: when it was sent,
// about which repository, and what opens it in place of the receipt for as long as they
// are signed in.
type Mine struct {
	FiledAt time.Time
	About   string // as the reporter named it; "": none
	Receipt string
}

const reportTicket = "report of an account"

// ofAccount is what such a receipt holds. The session is looked up whenever it is used,
// so that it is of no use to anybody after its end.
type ofAccount struct {
	Case    coc.CaseID `json:"case"`
	Session string     `json:"session"`
}

// Reports lists the reports of whoever is signed in by a token, the last first. With an
// error come those that can be read: one record that is broken keeps none of the others
// back.
func (d *Desk) Reports(ctx context.Context, token string) ([]Mine, error) {
	who, err := d.Who(ctx, token)
	if err != nil || who.IsZero() {
		return nil, err
	}
	ids, err := d.Store.ReportsOf(ctx, who.Account)
	if err != nil {
		return nil, err
	}
	var out []Mine
	var broken error
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if errors.Is(err, coc.ErrMissing) {
			continue // erased meanwhile
		}
		if err != nil {
			broken = errors.Join(broken, fmt.Errorf("case %s: %w", id, err))
			continue
		}
		plain, err := json.Marshal(ofAccount{id, token})
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", id, err)
		}
		out = append(out, Mine{FiledAt: c.Report.FiledAt, About: c.Source.Repo.String(), Receipt: d.Keys.Ticket(reportTicket, plain)})
	}
	slices.SortStableFunc(out, func(a, b Mine) int { return b.FiledAt.Compare(a.FiledAt) })
	return out, broken
}

// behindAccount is behind for what Reports gave instead of a receipt; ok is false for
// anything else, and for what is of no use any more.
func (d *Desk) behindAccount(ctx context.Context, receipt string) (hash []byte, id coc.CaseID, ok bool) {
	var of ofAccount
	plain, err := d.Keys.OpenTicket(reportTicket, receipt)
	if err != nil || json.Unmarshal(plain, &of) != nil {
		return nil, "", false
	}
	who, err := d.Who(ctx, of.Session)
	if err != nil || who.IsZero() {
		return nil, "", false
	}
	c, err := d.Store.Case(ctx, of.Case)
	if err != nil || c.Report.SignedIn != who.Account || len(c.Receipt) == 0 {
		return nil, "", false
	}
	return c.Receipt, c.ID, true
}
