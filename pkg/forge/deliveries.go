package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// deliveriesPage is the most that GitHub lists at once.
const deliveriesPage = 100

// Delivery is one attempt of GitHub's to tell an App of an event, as the App's
// delivery log has it.
type Delivery struct {
	ID int64
	// GUID is the same for every attempt.
	GUID          string
	At            time.Time // by GitHub's clock
	Event, Action string    // Action is "" where the event has none
	// Code is the status that the attempt was answered with, by whoever
	// answered; 0 or a 5xx of GitHub's own where nobody did.
	Code       int
	Redelivery bool
}

// Deliveries reads one page of an App's delivery log, newest first; cursor is
// "" for the first page and what the page before gave as next for the others.
// next is "" at the end of the log. coc.ErrGone: the log does not know the
// cursor any more.
//
// Like all that concerns the log it is asked with the App's own token, not with
// an installation's.
func (f *Forge) Deliveries(ctx context.Context, as coc.App, cursor string) (page []Delivery, next string, err error) {
	const op = "list deliveries"
	err = f.asApp(ctx, as, op, func(ctx context.Context, client *github.Client) error {
		listed, res, err := client.Apps.ListHookDeliveries(ctx, &github.ListCursorOptions{PerPage: deliveriesPage, Cursor: cursor})
		if err != nil {
			return cursorRefused(cursor, err)
		}
		for _, d := range listed {
			page = append(page, deliveryOf(d))
		}
		next = res.Cursor
		return nil
	})
	return page, next, err
}

// cursorRefused: GitHub does not document what it answers a cursor that it does
// not know any more.
func cursorRefused(cursor string, err error) error {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		if cursor != "" {
			return coc.ErrGone
		}
	}
	return err
}

// Payload reads what an attempt carried, re-encoded by GitHub, so that the
// signature it was sent with does not fit. It came over TLS, as the answer to
// the App's own token, which is as good. coc.ErrInaccessible: the log does not
// have the attempt any more; coc.ErrMissing: it has it without its payload;
// coc.ErrTooLarge: it is larger than any answer we read.
func (f *Forge) Payload(ctx context.Context, as coc.App, id int64) (payload coc.Prose, err error) {
	op := fmt.Sprintf("read delivery %d", id)
	err = f.asApp(ctx, as, op, func(ctx context.Context, client *github.Client) error {
		logged, _, err := client.Apps.GetHookDelivery(ctx, id)
		switch {
		case errors.Is(err, errTooMuch):
			return coc.ErrTooLarge
		case err != nil:
			return err
		case logged.Request == nil || logged.Request.RawPayload == nil:
			return coc.ErrMissing
		}
		payload = coc.NewProse(string(*logged.Request.RawPayload))
		return nil
	})
	return payload, err
}

// Redeliver asks GitHub to send a delivery once more, under the same GUID. It
// comes through the webhook or not at all. coc.ErrInaccessible: the log does
// not have it any more.
func (f *Forge) Redeliver(ctx context.Context, as coc.App, id int64) error {
	return f.asApp(ctx, as, fmt.Sprintf("redeliver %d", id), func(ctx context.Context, client *github.Client) error {
		_, _, err := client.Apps.RedeliverHookDelivery(ctx, id)
		if accepted := (*github.AcceptedError)(nil); errors.As(err, &accepted) {
			return nil // 202 is GitHub's yes
		}
		return err
	})
}

// asApp runs do with the client that acts as the App itself.
func (f *Forge) asApp(ctx context.Context, as coc.App, op string, do func(context.Context, *github.Client) error) error {
	a, err := f.app(as)
	if err != nil {
		return err
	}
	return f.call(ctx, "", "deliveries", op, func(ctx context.Context) error { return do(ctx, a.client) })
}

func deliveryOf(d *github.HookDelivery) Delivery {
	return Delivery{
		ID: d.GetID(), GUID: d.GetGUID(), At: d.GetDeliveredAt().UTC(), Event: d.GetEvent(), Action: d.GetAction(),
		Code: d.GetStatusCode(), Redelivery: d.GetRedelivery(),
	}
}
