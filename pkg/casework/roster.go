package casework

import (
	"context"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// rosterLasts is for how long a roster counts as read now for somebody who reads
// our pages. What GitHub lets them read is asked each time, or was asked seconds ago.
const rosterLasts = 5 * time.Second

// rosterNow is a committee that a case is with or was with, as it is written down
// today; known is false where that cannot be read. Nothing that was kept from
// before counts.
func (d *Desk) rosterNow(ctx context.Context, c coc.Case, was coc.Committee, since time.Time) (now coc.Committee, known bool, err error) {
	return d.committeeNow(ctx, c, was, since, d.files.drop, d.answer)
}

// rosterLately is a case's committee as it is written down now, or was moments ago.
// Unlike rosterNow it leaves alone what is kept of files that only say which
// committee it is: what they may change takes days to count, and reporters' forms
// need them. What is kept of the roster itself it passes by.
func (d *Desk) rosterLately(ctx context.Context, c coc.Case) (now coc.Committee, known bool, err error) {
	home, since := c.Home(), d.Clock.Now()
	key := home.Committee.Key + "\x00" + c.Source.Repo.Key()
	if kept, ok := d.rosters.recent(key, since); ok {
		return kept.Committee, kept.known, nil
	}
	now, known, err = d.committeeNow(ctx, c, home.Committee, since, func(string) {}, d.answerAnew)
	if err == nil {
		d.rosters.keep(key, rostered{now, known, since})
	}
	return now, known, err
}

// answerer finds out what route asks for.
type answerer func(context.Context, *route.World, route.Need, time.Time) error

// committeeNow is a committee of a case as it is written down: drop is told whose files
// are about to be read, and answer finds out what stands in them.
func (d *Desk) committeeNow(
	ctx context.Context, c coc.Case, was coc.Committee, since time.Time, drop func(owner string), answer answerer,
) (now coc.Committee, known bool, err error) {
	now = was
	drop(now.Incidents.Owner)
	w, err := d.world(ctx, c.Source)
	if err != nil {
		return now, false, err
	}
	if listed, ok := d.Directory.Committee(now.Key); ok {
		now = listed
	} else {
		drop(c.Source.Repo.Owner)
		pointed, err := d.point(ctx, w, since)
		if err != nil {
			return now, false, err
		}
		if p := pointed.Committee; p != nil && p.Key == now.Key {
			now = *p
		}
	}
	// What was read on the way may be an hour old.
	w.Files, w.Teams = map[string]route.RosterFile{}, map[string]route.TeamFacts{}
	return rosterOf(ctx, w, now, since, answer)
}

// rosterOf is a committee with its own file and team read; known is false where
// they cannot be.
func rosterOf(ctx context.Context, w *route.World, k coc.Committee, since time.Time, answer answerer) (resolved coc.Committee, known bool, err error) {
	for {
		resolved, reason, need := route.Roster(*w, k)
		if need == nil {
			return resolved, reason == nil, nil
		}
		if err := answer(ctx, w, *need, since); err != nil {
			return k, false, err
		}
	}
}

// answerAnew is answer, whatever is kept of a committee's own file and its team.
func (d *Desk) answerAnew(ctx context.Context, w *route.World, need route.Need, since time.Time) error {
	switch {
	case !need.File.IsZero():
		f, _, err := d.rosterFile(ctx, need.File)
		if err != nil {
			return err
		}
		w.Files[need.File.Key()] = f
	case !need.Team.IsZero():
		t, _, err := d.teamFacts(ctx, need.Team)
		if err != nil {
			return err
		}
		w.Teams[route.TeamKey(need.Team)] = t
	default:
		return d.answer(ctx, w, need, since)
	}
	return nil
}

// rosters remembers for a moment who is on which committee.
type rosters struct {
	mu sync.Mutex
	at map[string]rostered
}

type rostered struct {
	coc.Committee
	known bool
	seen  time.Time
}

func (r *rosters) recent(key string, now time.Time) (rostered, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, ok := r.at[key]
	age := now.Sub(kept.seen)
	return kept, ok && age >= 0 && age < rosterLasts
}

func (r *rosters) keep(key string, is rostered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, old := range r.at {
		if is.seen.Sub(old.seen) >= rosterLasts {
			delete(r.at, k)
		}
	}
	if r.at == nil {
		r.at = map[string]rostered{}
	}
	r.at[key] = is
}

func (r *rosters) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.at)
}

// rosterFile reads and parses a committee's own file, whatever is kept of it.
func (d *Desk) rosterFile(ctx context.Context, room coc.Repo) (route.RosterFile, time.Duration, error) {
	var f route.RosterFile
	file, err := d.GitHub.File(ctx, coc.AppRooms, room, policy.CommitteePath, "")
	f.State = stateOf(err)
	if err == nil {
		f.File, f.Problems = policy.ParseCommittee(file.Content)
		if len(f.Problems) > 0 {
			f.State = route.StateInvalid
		}
	}
	return f, keepFor(f.State), later(err)
}

// teamFacts reads who is on a team, whatever is kept of it.
func (d *Desk) teamFacts(ctx context.Context, t coc.Team) (route.TeamFacts, time.Duration, error) {
	logins, err := d.GitHub.Team(ctx, t)
	f := route.TeamFacts{State: stateOf(err), Logins: logins}
	return f, keepFor(f.State), later(err)
}
