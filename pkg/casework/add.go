package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// actEvidence is the journal's word for evidence that a member added, by a comment or
// on our pages.
const actEvidence = "evidence"

// MayAdd reports whether somebody may add files to a case at this moment, before any of
// them is read. coc.ErrMissing: there is no case that they may read; an evidence.Wrong:
// the case, or this server, holds no more.
func (d *Desk) MayAdd(ctx context.Context, who coc.Person, id coc.CaseID) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	if !d.mayAdd(ctx, who, c) {
		return fmt.Errorf("adding to case %s: %w", id, coc.ErrMissing)
	}
	if d.holdsNoMore(c, 0) {
		return evidence.CaseFull
	}
	all, err := d.Vault.Contents(ctx)
	if err == nil && all >= d.Evidence.Instance {
		err = evidence.NoSpace
	}
	return err
}

// mayAdd is for whoever may read the record of a case, which is who may write
// `/coc evidence` in its issue.
func (d *Desk) mayAdd(ctx context.Context, who coc.Person, c coc.Case) bool {
	return d.Vault != nil && c.Notice == nil && d.admits(ctx, who, c, d.look)
}

// holdsNoMore reports whether a case has no room for one more item of so many bytes.
func (d *Desk) holdsNoMore(c coc.Case, more int64) bool {
	held := size(c.Evidence)
	return len(c.Evidence) >= d.Evidence.Items || held >= d.Evidence.Case || held+more > d.Evidence.Case
}

// AddFiles puts files that a member sent among the evidence of a case, all or none of
// them, and has its issue tell of it. What the case has already is not added again,
// and evidence.Known says that it has all of it. The other errors are those of MayAdd,
// and after any of them, unless it is coc.ErrUnsure, the files belong to nobody. Whether
// they may is asked anew: what takes half an hour to send may come from somebody who is
// removed by now.
//
// # Why the name of a member's file moves nobody
//
// A reporter's words may name whoever reads them, and so may the name of a file that
// comes with a report. A member knows who reads the case, and has `/coc recuse` for
// saying that somebody must not. So what a member calls a file is held against those
// who would come later, as what they write to the reporter is, and against nobody who
// is there.
func (d *Desk) AddFiles(ctx context.Context, who coc.Person, id coc.CaseID, files []coc.Upload) error {
	var failed error
	var known []coc.Upload
	err := d.amend(ctx, id, func(c *coc.Case) (change coc.Change, ok bool) {
		before := len(c.Evidence)
		known, failed = nil, nil
		if !d.mayAdd(ctx, who, *c) {
			failed = fmt.Errorf("adding to case %s: %w", id, coc.ErrMissing)
			return change, false
		}
		for _, f := range files {
			if len(d.unknownFiles(*c, []coc.Upload{f})) == 0 {
				known = append(known, f)
				continue
			}
			if d.holdsNoMore(*c, f.Content.Size) {
				failed = evidence.CaseFull
				return change, false
			}
			e := coc.Evidence{Kind: coc.EvidenceFile, Title: f.Name, At: d.Clock.Now(), By: who.Login, Content: f.Content}
			if failed = d.exhibit(c, &change, e); failed != nil {
				return change, false
			}
		}
		if len(c.Evidence) == before {
			failed = evidence.Known
			return change, false
		}
		d.addedBy(c, &change, who.Login, before)
		return change, true
	})
	if err = errors.Join(err, failed); err == nil {
		d.Discard(ctx, known)
	}
	return err
}

// addedBy writes down that a member added what stands behind the first so many items,
// and owes the room a comment that says so.
func (d *Desk) addedBy(c *coc.Case, change *coc.Change, who coc.Login, before int) {
	next, n := c.Revision+1, len(c.Placements)-1
	c.Journal = append(slices.Clone(c.Journal), coc.Entry{Revision: next, At: d.Clock.Now(), Actor: who, Act: actEvidence, From: c.Stage, To: c.Stage})
	owed := len(c.Effects)
	owe(c, change, next, n, notice.Comments(d.pages().AddedByMember(*c, who, c.Evidence[before:])))
	for i := range c.Effects[owed:] {
		c.Effects[owed+i].Here = true // its next home has it in the body
	}
	change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
}

// ofMember reports whether an item is a member's, or was captured at an address that
// is.
func ofMember(c coc.Case, e coc.Evidence) bool {
	return e.By != "" || e.Of > 0 && e.Of <= len(c.Evidence) && c.Evidence[e.Of-1].By != ""
}

// addedByMembers is the files that members added.
func addedByMembers(c coc.Case) []coc.Evidence {
	return slices.DeleteFunc(slices.Clone(c.Evidence), func(e coc.Evidence) bool {
		return e.Kind != coc.EvidenceFile || e.By == ""
	})
}
