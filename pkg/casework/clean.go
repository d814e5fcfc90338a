package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// Clean keeps a picture of a case's evidence once more, drawn anew without what its
// file tells of place, time and camera. Asked twice it is done once. coc.ErrMissing:
// there is no such case or item for them, or it is no picture that was kept as it was
// sent; an evidence.Wrong: it cannot be drawn, or there is no room.
//
// # Why this is a further item
//
// What was sent is evidence, and what its file tells may be what the case turns on, so
// nothing takes its place. A view that is drawn whenever somebody opens it would have
// no hash and no place in the chain, and nobody could say later what the committee
// looked at.
func (d *Desk) Clean(ctx context.Context, who coc.Person, id coc.CaseID, number int) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	no := fmt.Errorf("evidence %d of case %s: %w", number, id, coc.ErrMissing)
	if !d.mayAdd(ctx, who, c) || number < 1 || number > len(c.Evidence) || !CanClean(c.Evidence[number-1]) {
		return no
	}
	was := c.Evidence[number-1]
	if cleaned(c, number) {
		return nil
	}
	if d.holdsNoMore(c, 0) {
		return evidence.CaseFull
	}
	if all, err := d.Vault.Contents(ctx); err != nil || all >= d.Evidence.Instance {
		return errors.Join(err, evidence.NoSpace)
	}
	drawn, kind, err := d.redraw(ctx, evidence.Kind(was.Content.Media), was.Content)
	if err != nil {
		return err
	}
	drawn.Redrawn, drawn.Media = true, string(kind)
	added := false
	var failed error
	err = d.amend(ctx, id, func(c *coc.Case) (change coc.Change, ok bool) {
		before := len(c.Evidence)
		switch {
		case !d.mayAdd(ctx, who, *c):
			failed = no
			return change, false
		case cleaned(*c, number):
			return change, false
		case d.holdsNoMore(*c, drawn.Size):
			failed = evidence.CaseFull
			return change, false
		}
		e := coc.Evidence{Kind: coc.EvidenceFile, Of: number, Title: evidence.Name(was.Title, kind), At: d.Clock.Now(), By: who.Login, Content: drawn}
		if failed = d.exhibit(c, &change, e); failed != nil {
			return change, false
		}
		d.addedBy(c, &change, who.Login, before)
		added = true
		return change, true
	})
	err = errors.Join(err, failed)
	if !added || err != nil && !errors.Is(err, coc.ErrUnsure) {
		d.Discard(context.WithoutCancel(ctx), []coc.Upload{{Content: drawn}})
	}
	return err
}

// CanClean reports whether an item is a picture that was kept as it was sent.
func CanClean(e coc.Evidence) bool {
	return e.Kind == coc.EvidenceFile && !e.Content.IsZero() && !e.Content.Redrawn && evidence.Kind(e.Content.Media).CanRedraw()
}

// cleaned reports whether an item was drawn anew before.
func cleaned(c coc.Case, number int) bool {
	return slices.ContainsFunc(c.Evidence, func(e coc.Evidence) bool { return e.Kind == coc.EvidenceFile && e.Of == number })
}
