package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// say asks for one neutral sentence in a public thread: at most one of a kind
// per thread and day, and none where nothing may be written.
func (d *Desk) say(change *coc.Change, kind coc.ErrandKind, ev coc.Event, at time.Time) {
	if !ev.Repo.Writable() || ev.Locked {
		return
	}
	day := at.UTC().Format(time.DateOnly)
	d.send(change, coc.Errand{
		Key:  d.Keys.Digest("said", string(kind), strconv.FormatInt(ev.Repo.ID, 10), strconv.Itoa(ev.Issue), day),
		Kind: kind, Repo: ev.Repo.Repo, Issue: ev.Issue, Pull: ev.Pull, Comment: ev.Comment, Review: ev.Review,
	})
}

// moderate treats the public original as the project chose. A comment can be
// minimised, an issue cannot and is locked instead; neither hides anything
// from somebody who wants to read it, which ROUTING.md says.
func (d *Desk) moderate(change *coc.Change, ev coc.Event, o *coc.Original, how policy.Original) {
	e := coc.Errand{Repo: o.Issue.Repo, Issue: o.Issue.Number, Pull: o.Pull, Node: o.Node}
	switch {
	case how == policy.OriginalMinimize && o.Comment != 0:
		e.Kind = coc.ErrandMinimize
	case how == policy.OriginalMinimize, how == policy.OriginalLock:
		// On a locked issue GitHub lets no App comment.
		e.Kind, e.After = coc.ErrandLock, thanksIn(change)
	default:
		return
	}
	e.Key = d.Keys.Digest("moderate", string(e.Kind), strconv.FormatInt(ev.Repo.ID, 10), strconv.Itoa(o.Issue.Number), strconv.FormatInt(o.Comment, 10))
	d.send(change, e)
}

// thanksIn is the errand of a change by which a reporter is thanked, "" where there is
// none. What waits for it is urgent, and so it is, too.
func thanksIn(change *coc.Change) string {
	for i, e := range change.Errands {
		if e.Kind == coc.ErrandThank {
			change.Jobs[slices.IndexFunc(change.Jobs, func(j coc.Job) bool { return j.Errand == change.Errands[i].ID })].Priority = urgencyOf(coc.ErrandLock)
			return e.ID
		}
	}
	return ""
}

// send adds an errand and its job. The errand's name is a keyed hash of what
// makes it unique, so that a second one of the same key finds the first.
func (d *Desk) send(change *coc.Change, e coc.Errand) {
	e.ID = d.Keys.Digest("errand", e.Key)
	change.Errands = append(change.Errands, e)
	change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobErrand, Errand: e.ID, Priority: urgencyOf(e.Kind)})
}

// urgencyOf is 2, like a command's, for what somebody waits for, or what treats
// words that everybody can read in the meantime. The rest can wait.
func urgencyOf(kind coc.ErrandKind) int {
	switch kind {
	case coc.ErrandLink, coc.ErrandAnswer, coc.ErrandLock, coc.ErrandMinimize:
		return 2
	}
	return 3
}

// errand carries one out. A place that cannot be written to any more ends it:
// nothing of a case depends on an errand.
func (d *Desk) errand(ctx context.Context, id string, again bool) error {
	e, err := d.Store.Errand(ctx, id)
	if err != nil {
		return fmt.Errorf("errand: %w", err)
	}
	if e.After != "" {
		if _, err := d.Store.Errand(ctx, e.After); !errors.Is(err, coc.ErrGone) {
			return cmp.Or(err, coc.ErrBusy)
		}
	}
	err = d.run(ctx, e, again)
	if rule, hopeless := hopeless(err); hopeless {
		// Public ones are courtesies and end in silence.
		if e.Room {
			d.alarm(ctx, coc.Reason{Rule: rule, Place: e.Repo.String()})
		}
		err = nil
	}
	if err != nil {
		return fmt.Errorf("errand %s: %w", e.Kind, err)
	}
	return d.Store.Commit(ctx, coc.Change{Finished: []string{e.ID}})
}

// hopeless reports whether trying again is of no use, and the rule by which
// operators know the problem.
func hopeless(err error) (rule string, ok bool) {
	for _, h := range []struct {
		err  error
		rule string
	}{
		{coc.ErrInaccessible, "room/inaccessible"}, {coc.ErrMissing, "room/inaccessible"}, {coc.ErrDenied, "room/denied"},
		{coc.ErrArchived, "room/archived"}, {coc.ErrGone, issueGone}, {coc.ErrConverted, issueConverted}, {errNotPrivate, "room/public"},
	} {
		if errors.Is(err, h.err) {
			return h.rule, true
		}
	}
	return "", false
}

func (d *Desk) run(ctx context.Context, e coc.Errand, again bool) error {
	at := coc.IssueRef{Repo: e.Repo, Number: e.Issue}
	// Not the errand's own name, which stands in the database in clear.
	marker := notice.PublicMarker(d.Keys.Digest("marker", e.ID))
	var review int64
	if e.Review {
		review = e.Comment
	}
	switch e.Kind {
	case coc.ErrandLink:
		return d.GitHub.Say(ctx, at, review, notice.LinkSentence(d.formURL(e.Repo)), marker, again)
	case coc.ErrandThank:
		return d.GitHub.Say(ctx, at, review, notice.TakenSentence(d.formURL(e.Repo)), marker, again)
	case coc.ErrandLock:
		return d.GitHub.Lock(ctx, at)
	case coc.ErrandMinimize:
		return d.GitHub.Minimize(ctx, e.Repo, e.Node)
	case coc.ErrandRelabel:
		return d.GitHub.AddLabel(ctx, at, e.Label)
	case coc.ErrandNotice:
		return d.tell(ctx, e, marker, again)
	case coc.ErrandAnswer:
		if _, err := d.noticeRoom(ctx, e.Repo); err != nil {
			return err
		}
		return d.GitHub.Reply(ctx, at, notice.Kept(e.Text), marker, again)
	}
	return fmt.Errorf("no such errand: %q", e.Kind)
}
