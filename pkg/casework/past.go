package casework

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// past is how a source's own files are looked back on: along which branch, and
// what it stood at as far as a delivery tells, "" where none does.
type past struct {
	branch string
	stood  string // a commit, or another branch that was the default one
}

// begins reports whether the delivery is of the push that made the branch. Where
// the repository is older than what is asked for, that says nothing of what was
// in force: the branch may have become the default one before GitHub wrote the
// delivery.
func (p past) begins() bool { return len(p.stood) >= len(noCommit) && strings.Trim(p.stood, "0") == "" }

// noCommit is what GitHub gives as a branch's commit before there was any.
const noCommit = "0000000000000000000000000000000000000000"

// recall puts into a world what was in force three days ago, for a source of
// which nothing is recorded. Whoever replaced a committee in a file since then
// waits like anybody else, although the delivery that would have told of it was
// lost, or is still on its way. Where the past cannot be read, the file of today
// counts as unreadable itself: it could be the replacement.
//
// It asks GitHub nothing where no file points anywhere, or where the owner's
// .github does and what is in force for that is recorded.
func (d *Desk) recall(ctx context.Context, w *route.World, own past, since time.Time) error {
	if w.Source.ID == 0 {
		return nil
	}
	today := *w
	today.Standing = nil
	pointed, err := d.point(ctx, &today, since)
	w.Places = today.Places
	if err != nil || pointed.Found == nil || pointed.Standing != nil {
		return err
	}
	st, known, err := d.stoodThen(ctx, today, own, since)
	switch {
	case err != nil:
		return err
	case !known:
		for i, p := range w.Places {
			if p.Repo.Is(pointed.Found.Repo) && p.Path == pointed.Found.Path {
				w.Places[i].State = route.StateUnreadable
			}
		}
	case st != nil:
		if w.Standing != nil {
			st.Settings = w.Standing.Settings
		}
		w.Standing = st
	}
	return nil
}

// stoodThen is what was in force three days ago; nil if nothing was, because
// the repository is younger or nothing pointed anywhere. It is not known where
// a file that could have said so cannot be read as it was.
func (d *Desk) stoodThen(ctx context.Context, then route.World, own past, since time.Time) (st *coc.Standing, known bool, err error) {
	pointed, known, err := d.pointedThen(ctx, then, own, since)
	if pointed == nil {
		return nil, known, err
	}
	return inForceThen(then, *pointed), known, err
}

// saidThen is what a source's own file said three days ago of how public things are
// answered; zero where that is not known, or it said nothing. Of a file that cannot be
// used, and of which nothing was recorded while it could, it is all there is.
func (d *Desk) saidThen(ctx context.Context, w *route.World, since time.Time) (coc.Settings, error) {
	if w.Source.ID == 0 || w.Standing != nil && w.Standing.Settings != (coc.Settings{}) {
		return coc.Settings{}, nil
	}
	then := *w
	then.Standing = nil
	pointed, known, err := d.pointedThen(ctx, then, past{branch: w.Source.DefaultBranch}, since)
	if err != nil || pointed == nil || !known {
		return coc.Settings{}, err
	}
	return pointed.Said(w.Source.Repo), nil
}

// pointedThen is what the files of three days ago pointed to; nil where the
// repository is younger, or another branch counted then.
func (d *Desk) pointedThen(ctx context.Context, then route.World, own past, since time.Time) (pointed *route.Pointed, known bool, err error) {
	c, err := d.counted(ctx, then.Source.Repo, own.branch)
	if err == nil && own.begins() && c == (counted{state: route.StateFound}) {
		err = coc.Later{Cause: "GitHub does not list a push yet"}
	}
	if err := d.wait(err, since); err != nil {
		return nil, false, err
	}
	switch {
	case c.state == route.StateMissing:
		return nil, true, nil
	case own.begins() && c.commit == "":
		return nil, false, nil // another branch counted then
	}
	then.Places = nil
	for {
		pointed, need := route.Point(then)
		if need == nil {
			unread := slices.ContainsFunc(then.Places, func(p route.Place) bool { return p.State == route.StateUnreadable })
			return &pointed, !unread, nil
		}
		if need.Place == nil {
			if err := d.answer(ctx, &then, *need, since); err != nil {
				return nil, false, err
			}
			continue
		}
		p, err := d.placeThen(ctx, then.Source.Repo, *need.Place, own, since)
		if err := d.wait(err, since); err != nil {
			return nil, false, err
		}
		then.Places = append(then.Places, p)
	}
}

func inForceThen(then route.World, pointed route.Pointed) *coc.Standing {
	st := coc.Standing{Pointer: pointed.Pointer, Since: then.Now.Add(-route.ReplaceAfter)}
	switch {
	case pointed.Held: // by what is known of the owner's .github
		st = *pointed.Standing
	case pointed.Committee != nil:
		st.Committee = *pointed.Committee
	default:
		return nil
	}
	st.ID, st.Source, st.Settings, st.Waiting = then.Source.ID, then.Source.Repo, coc.Settings{}, nil
	return &st
}

// placeThen reads a place as it was three days ago. The error is always a
// coc.Later, and the place then says that it is unreadable.
func (d *Desk) placeThen(ctx context.Context, source coc.Repo, ref route.PlaceRef, own past, since time.Time) (route.Place, error) {
	if !ref.Repo.Is(source) {
		facts, err := d.source(ctx, ref.Repo, since)
		if err != nil {
			return route.Place{Repo: ref.Repo, Path: ref.Path, State: route.StateUnreadable}, err
		}
		if facts.ID == 0 {
			return d.place(ctx, ref) // not to be seen today, so neither is its past
		}
		own = past{branch: facts.DefaultBranch}
	}
	c, err := d.counted(ctx, ref.Repo, own.branch)
	switch commit := cmp.Or(c.commit, own.stood); {
	case err != nil, c.state != route.StateFound:
		return route.Place{Repo: ref.Repo, Path: ref.Path, State: c.state}, err
	case commit == "":
		return d.place(ctx, ref)
	default:
		return fetch(d.files, ref.Repo.Owner, "place then", []string{ref.Repo.Name, ref.Path, commit}, func() (route.Place, time.Duration, error) {
			return d.placeAt(ctx, ref, commit)
		})
	}
}

// counted is the commit that a branch stood at three days ago, "" where it has
// not moved since. It is missing where the repository is younger.
type counted struct {
	commit string
	state  route.State // StateFound, StateMissing or StateUnreadable
}

// counted keeps what it was told for a while, as the shelf does, so that a form
// that is looked at often costs GitHub nothing. The error is always a
// coc.Later.
func (d *Desk) counted(ctx context.Context, repo coc.Repo, branch string) (counted, error) {
	return fetch(d.files, repo.Owner, "past", []string{repo.Name, branch}, func() (counted, time.Duration, error) {
		commit, err := d.GitHub.CommitThen(ctx, coc.AppSource, repo, branch, d.Clock.Now().Add(-route.ReplaceAfter))
		c, keep := counted{commit, stateThen(err)}, keepFound
		if c.state == route.StateUnreadable {
			keep = keepFailed
		}
		if l, ok := coc.IsLater(err); ok {
			return c, 0, l
		}
		return c, keep, nil
	})
}

func stateThen(err error) route.State {
	switch {
	case err == nil:
		return route.StateFound
	case errors.Is(err, coc.ErrMissing):
		return route.StateMissing
	}
	return route.StateUnreadable
}
