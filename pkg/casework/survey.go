package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

const (
	// surveyEvery is how often a room with open cases is surveyed.
	surveyEvery = 24 * time.Hour
	// surveySoon gathers what is changed in one sitting into one look.
	surveySoon = 5 * time.Minute
	// tellAgain is how often operators hear of everything that is still so.
	tellAgain = 7 * 24 * time.Hour
	// afterEach keeps the looks at an owner's closed repositories apart, and
	// afterAtMost bounds how many one change of a roster asks for: those that
	// were looked at longest ago.
	afterEach   = 10 * time.Second
	afterAtMost = 100
)

// survey takes the long look at a room, and asks for the next one. There is one
// such job for each room that counts: the one of the watch's present revision.
// In a room without open cases it ends.
//
// It writes nothing on GitHub, but that a room which others can read by now is
// made private again.
func (d *Desk) survey(ctx context.Context, job coc.Job) error {
	w, err := d.Store.Watch(ctx, job.Room)
	switch {
	case errors.Is(err, coc.ErrMissing), err == nil && w.Revision != job.Revision:
		return nil
	case err != nil:
		return err
	}
	cases, err := d.livingIn(ctx, w.Room)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return d.lookAfter(ctx, w)
	}
	s := d.GitHub.Survey(ctx, w.Room.Repo)
	if l, ok := coc.IsLater(s.Problem); ok {
		return l
	}
	if s.Problem == nil && s.ID != w.Room.ID { // another one has the name
		s = coc.Survey{RepoFacts: coc.RepoFacts{Repo: w.Room.Repo}, Problem: coc.ErrInaccessible}
	}
	home := cases[len(cases)-1].Home()
	found := route.Survey(s, d.ofOwner(committeeOf(*home), s.Repo), home.Separate)
	if slices.ContainsFunc(found, route.Stops) {
		// Their cases freeze now and not with the next word, which operators are
		// told of there.
		if err := d.watch(ctx, coc.Intake{Received: d.Clock.Now()}, coc.Event{Repo: w.Room}); err != nil {
			return err
		}
	}
	now := d.Clock.Now()
	first := w.Told.IsZero()
	for _, c := range cases {
		if err := d.tellFound(ctx, c.ID, w.Room.ID, found, first); err != nil {
			return err
		}
	}
	tell := slices.DeleteFunc(news(w.Found, found), route.Stops)
	switch {
	case first:
		w.Told = now
	case !now.Before(w.Told.Add(tellAgain - time.Hour)):
		tell, w.Told = found, now
	}
	d.alarm(ctx, append(slices.Clone(tell), rid(w.Found, found)...)...)
	if s.Problem == nil {
		w.Room = s.RepoFacts
	}
	w.Found, w.Seen = found, now
	var change coc.Change
	d.lookAt(&change, w, now.Add(surveyEvery))
	return d.commit(ctx, change)
}

// committeeOf is the committee of a placement, of which only those count in a
// repository for the case alone who may read it.
func committeeOf(p coc.Placement) coc.Committee {
	c := p.Committee
	if p.Separate {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m coc.Member) bool { return !coc.HasLogin(p.Responders, m.Login) })
	}
	return c
}

// livingIn is the open cases of a room, the one that came last at the end.
func (d *Desk) livingIn(ctx context.Context, room coc.RepoFacts) ([]coc.Case, error) {
	ids, err := d.Store.OpenCases(ctx, coc.RepoFacts{ID: room.ID})
	if err != nil {
		return nil, err
	}
	var all []coc.Case
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", id, err)
		}
		if c.Home().Room.ID == room.ID {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b coc.Case) int { return a.Home().PlacedAt.Compare(b.Home().PlacedAt) })
	return all, nil
}

// news is what was not found before in the same way, also where it is more or
// less than before.
func news(before, now []coc.Reason) []coc.Reason {
	return slices.DeleteFunc(slices.Clone(now), func(r coc.Reason) bool {
		return slices.ContainsFunc(before, func(b coc.Reason) bool { return b.Rule == r.Rule && b.Detail == r.Detail })
	})
}

// rid is what was found before and is not any more, as one thing to tell.
func rid(before, now []coc.Reason) []coc.Reason {
	var gone []string
	for _, b := range before {
		if !slices.ContainsFunc(now, func(r coc.Reason) bool { return r.Rule == b.Rule }) {
			_, what, _ := strings.Cut(b.Rule, "/")
			gone = append(gone, strings.ReplaceAll(what, "-", " "))
		}
	}
	if gone == nil {
		return nil
	}
	return []coc.Reason{{Rule: "survey/gone", Committee: before[0].Committee, Place: before[0].Place, Detail: strings.Join(gone, ", ")}}
}

// tellFound lets a case's room show what was found. What the first look found
// waits for whatever is shown next, so that a new case costs no write for it.
func (d *Desk) tellFound(ctx context.Context, id coc.CaseID, room int64, found []coc.Reason, first bool) error {
	return d.amend(ctx, id, func(c *coc.Case) (coc.Change, bool) {
		home := c.Home()
		if home.Room.ID != room || slices.Equal(home.Found, found) {
			return coc.Change{}, false
		}
		home.Found = found
		quietly(c)
		if first {
			return coc.Change{}, true
		}
		home.Shown = 0
		again := d.showJob(id, len(c.Placements)-1)
		again.Priority = 3
		return coc.Change{Jobs: []coc.Job{again}}, true
	})
}

// lookAt makes a time the one at which a room is surveyed next, whatever it was.
func (d *Desk) lookAt(change *coc.Change, w coc.Watch, at time.Time) {
	w.Revision++
	w.Next = at
	change.Watches = append(change.Watches, w)
	change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobSurvey, Room: d.Store.WatchKey(w.Room.ID), Revision: w.Revision, At: at, Priority: 3})
}

// lookBy is lookAt, unless a look is to come sooner.
func (d *Desk) lookBy(change *coc.Change, w coc.Watch, at time.Time) {
	if coming(w, d.Clock.Now()) && !w.Next.After(at) {
		return
	}
	d.lookAt(change, w, at)
}

// startWatch has the home of an open case surveyed, and from then on every day,
// unless it is already. What was found there last, the case shows too.
func (d *Desk) startWatch(ctx context.Context, change *coc.Change, c *coc.Case) error {
	home := c.Home()
	w, err := d.watchOf(ctx, *home, c.ID)
	if err != nil {
		return err
	}
	home.Found = w.Found
	if now := d.Clock.Now(); !coming(w, now) {
		d.lookAt(change, w, now.Add(surveySoon))
	}
	return nil
}

// stayWatched is startWatch after the commit that opened a case: the watch of its
// room may just have been ending, because the room had none.
func (d *Desk) stayWatched(ctx context.Context, id coc.CaseID) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("case %s: %w", id, err)
	}
	if home := c.Home(); home.Sealed() || home.Issue == 0 || stage.Closed(c.Stage) {
		return nil
	}
	var change coc.Change
	if err := d.startWatch(ctx, &change, &c); err != nil || len(change.Watches) == 0 {
		return err
	}
	if err := d.Store.Commit(ctx, change); !errors.Is(err, coc.ErrConflict) {
		return err
	}
	return nil // somebody else has moved it on
}

// coming reports whether a survey is to come. One that is overdue for a day is
// taken for lost.
func coming(w coc.Watch, now time.Time) bool {
	return !w.Next.IsZero() && w.Next.Add(surveyEvery).After(now)
}

// watchOf is what is kept of a room, or a new one where nothing is.
func (d *Desk) watchOf(ctx context.Context, p coc.Placement, id coc.CaseID) (coc.Watch, error) {
	w, err := d.Store.Watch(ctx, d.Store.WatchKey(p.Room.ID))
	if errors.Is(err, coc.ErrMissing) {
		w, err = coc.Watch{Room: p.Room}, nil
		if p.Separate {
			w.Case = id
		}
	}
	return w, err
}

// lookSoon has the rooms surveyed that a delivery is about, as far as cases live
// there; many deliveries within minutes are one survey. The same look is taken
// at the separate repositories of closed cases, where a change may have cost
// somebody their access: those of the whole owner, where it names none.
func (d *Desk) lookSoon(ctx context.Context, ev coc.Event) error {
	ids, err := d.openIn(ctx, ev)
	if err != nil {
		return err
	}
	soon := d.Clock.Now().Add(surveySoon)
	var change coc.Change
	done := map[int64]bool{}
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		home := c.Home()
		if home.Room.ID == 0 || home.Issue == 0 || done[home.Room.ID] {
			continue
		}
		done[home.Room.ID] = true
		w, err := d.watchOf(ctx, *home, id)
		if err != nil {
			return err
		}
		if ev.Repo.ID == w.Room.ID && ev.Kind == coc.EventRepo {
			w.Room = ev.Repo // it may have another name now
		}
		d.lookBy(&change, w, soon)
	}
	closed, err := d.closedRooms(ctx, ev, done)
	if err != nil {
		return err
	}
	for i, w := range closed {
		at := soon.Add(time.Duration(i) * afterEach)
		if ev.Repo.ID == w.Room.ID && ev.Repo.Visibility != "private" {
			at = d.Clock.Now()
		}
		if ev.Repo.ID == w.Room.ID && ev.Kind == coc.EventRepo {
			w.Room = ev.Repo
		}
		d.lookBy(&change, w, at)
	}
	if len(change.Watches) == 0 {
		return nil
	}
	return d.commit(ctx, change)
}

// closedRooms is the separate repositories that a delivery is about and that no
// case lives in, those first that were looked at longest ago.
func (d *Desk) closedRooms(ctx context.Context, ev coc.Event, open map[int64]bool) ([]coc.Watch, error) {
	var all []coc.Watch
	for _, owner := range ownersOf(ev) {
		of, err := d.Store.Watches(ctx, owner)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	all = slices.DeleteFunc(all, func(w coc.Watch) bool {
		return w.Case == "" || open[w.Room.ID] || ev.Kind != coc.EventPushed && ev.Repo.ID != 0 && ev.Repo.ID != w.Room.ID
	})
	slices.SortFunc(all, func(a, b coc.Watch) int { return a.Seen.Compare(b.Seen) })
	return all[:min(len(all), afterAtMost)], nil
}

// ownersOf is whose rooms a delivery is about.
func ownersOf(ev coc.Event) []string {
	var out []string
	for _, owner := range []string{ev.Repo.Repo.Owner, ev.Account, ev.Was.Owner} {
		if owner != "" && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, owner) }) {
			out = append(out, owner)
		}
	}
	return out
}

// hide makes a room private again that others can read. Where that is not
// permitted nothing more happens: operators have heard what it is.
func (d *Desk) hide(ctx context.Context, room coc.RepoFacts) error {
	err := d.GitHub.MakePrivate(ctx, room.Repo)
	d.rooms.forget()
	if _, refused := hopeless(err); refused {
		return nil
	}
	if err != nil {
		return err
	}
	d.alarm(ctx, coc.Reason{Rule: "room/made-private", Place: room.Repo.String()})
	cases, err := d.livingIn(ctx, room)
	if err != nil {
		return err
	}
	for _, c := range cases {
		err := d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
			d.note(c, "made private")
			quietly(c)
			return coc.Change{Jobs: []coc.Job{d.showJob(c.ID, len(c.Placements)-1)}}, true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// note writes into the journal what nobody of the case did.
func (d *Desk) note(c *coc.Case, act string) {
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: d.Clock.Now(), Act: act, From: c.Stage, To: c.Stage})
}

// exposed reports whether others can read a room that a case is in.
func exposed(problem coc.Reason) bool {
	return problem.Rule == "room/public" || problem.Rule == "room/internal"
}

// actPublished is the journal's word for a room that others could come to read.
const actPublished = "published"

// wasExposed tells the members of a case that others could read its room, which
// passes its check by now.
func wasExposed(c *coc.Case, change *coc.Change, n int) {
	for _, e := range slices.Backward(c.Journal) {
		if e.Act == actPublished {
			owe(c, change, c.Revision+1, n, []notice.Private{notice.Published(e.At)})
			return
		}
	}
}

// lookAfter ends the watch of a room without open cases. In the repository that
// a closed case had for itself, whoever has a conflict by now or is on the
// committee no longer loses access; owners keep theirs.
func (d *Desk) lookAfter(ctx context.Context, w coc.Watch) error {
	now := d.Clock.Now()
	if w.Case != "" {
		if err := d.putOut(ctx, w); err != nil {
			return err
		}
	}
	w.Seen, w.Next, w.Told = now, time.Time{}, time.Time{}
	w.Revision++
	if err := d.commit(ctx, coc.Change{Watches: []coc.Watch{w}}); err != nil {
		return err
	}
	cases, err := d.livingIn(ctx, w.Room) // one may have come meanwhile
	if err != nil || len(cases) == 0 {
		return err
	}
	return d.stayWatched(ctx, cases[0].ID)
}

func (d *Desk) putOut(ctx context.Context, w coc.Watch) error {
	c, err := d.Store.Case(ctx, w.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", w.Case, err)
	}
	n := -1
	for i, p := range c.Placements {
		if p.Separate && p.Room.ID == w.Room.ID {
			n = i // of several issues there the last one counts
		}
	}
	if n < 0 || n == len(c.Placements)-1 && !stage.Closed(c.Stage) {
		return nil
	}
	p := c.Placements[n]
	room := d.look(ctx, w.Room.Repo)
	if l, ok := coc.IsLater(room.Problem); ok {
		return l
	}
	if seen := room.Problem == nil && room.ID == w.Room.ID; !seen {
		return nil // nobody reads there by our doing
	}
	if room.Visibility != "private" {
		d.alarm(ctx, aboutRoom("room/public", p))
		if err := d.hide(ctx, room.RepoFacts); err != nil {
			return err
		}
	}
	now, known, err := d.rosterNow(ctx, c, p.Committee, w.Next)
	if err != nil {
		return err
	}
	left := func(l coc.Login) bool {
		return known && !coc.HasLogin(now.Logins(), l) && !coc.HasLogin(now.Custodians, l)
	}
	var leave, out []coc.Login
	for _, r := range room.Readers {
		if !r.Admin && (left(r.Login) || expellable(c, p, r)) {
			leave = append(leave, r.Login)
		}
	}
	for _, l := range p.Responders { // also where they were only invited, once
		if !room.Reads(l) && left(l) && !wasPutOut(c, l) {
			leave = append(leave, l)
		}
	}
	for _, who := range leave {
		err := d.GitHub.Expel(ctx, room.Repo, who)
		if l, ok := coc.IsLater(err); ok {
			return l
		}
		if err == nil {
			out = append(out, who)
		}
	}
	if len(out) == 0 {
		return nil
	}
	d.rooms.forget()
	return d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
		for _, l := range out {
			d.note(c, actPutOut)
			c.Journal[len(c.Journal)-1].Whom = l
		}
		quietly(c)
		return coc.Change{}, true
	})
}

// actPutOut is the journal's word for access to a former room that was taken.
const actPutOut = "put out"

// wasPutOut reports whether somebody's access to a case's former room was taken, and
// nobody has admitted them since.
func wasPutOut(c coc.Case, who coc.Login) bool {
	for _, e := range slices.Backward(c.Journal) {
		if e.Whom.Is(who) && (e.Act == actPutOut || e.Act == "admit") {
			return e.Act == actPutOut
		}
	}
	return false
}
