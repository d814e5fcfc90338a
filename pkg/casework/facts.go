package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// decide gathers what route.Decide asks for until it has an answer. since is
// when we began to try: within the Desk's patience a GitHub that cannot answer
// now gives coc.Later, after it the question counts as unanswerable and the
// report is routed up.
//
// Whoever could read the case where it would go and stands in the report's
// words joins the world's parties, and it is decided again, until nobody more
// is found. So does whoever stands in what is passed on, and of those who do not
// have the case yet whoever stands in what members wrote of it. The caller keeps those
// parties with the case.
func (d *Desk) decide(ctx context.Context, w *route.World, of coc.Case, since time.Time, passedOn ...coc.Prose) (route.Decision, error) {
	for {
		decision, need := route.Decide(*w)
		if need == nil {
			known := len(w.Parties)
			readers := couldRead(decision.Committee, decision.Responders, decision.Room)
			parties, err := d.withTeams(ctx, withTeam(w.Parties, decision.Committee), readers, since)
			if err != nil {
				return route.Decision{}, err
			}
			w.Parties = withReaders(parties, of, readers)
			w.Parties = merge(w.Parties, others("", command.Among(readers, passedOn...)...))
			w.Parties = merge(w.Parties, others("", command.Among(newcomers(of, readers), byMembers(of)...)...))
			if len(w.Parties) == known {
				return decision, nil
			}
			continue
		}
		if err := d.answer(ctx, w, *need, since); err != nil {
			return route.Decision{}, err
		}
	}
}

// point is decide for where files and directory point, with no room and no
// party looked at.
func (d *Desk) point(ctx context.Context, w *route.World, since time.Time) (route.Pointed, error) {
	for {
		pointed, need := route.Point(*w)
		if need == nil {
			return pointed, nil
		}
		if err := d.answer(ctx, w, *need, since); err != nil {
			return route.Pointed{}, err
		}
	}
}

// pointed is point for a source as a report about it would find it now.
func (d *Desk) pointed(ctx context.Context, source coc.RepoFacts, now time.Time) (route.Pointed, error) {
	w, err := d.world(ctx, source)
	if err == nil && unknown(w.Standing) {
		err = d.recall(ctx, w, past{branch: source.DefaultBranch}, now)
	}
	if err != nil {
		return route.Pointed{}, err
	}
	return d.point(ctx, w, now)
}

// world is what is known before the first question: the directory, the source
// and what is in force for it.
func (d *Desk) world(ctx context.Context, source coc.RepoFacts) (*route.World, error) {
	w := &route.World{
		Directory: d.Directory,
		Source:    source,
		Files:     map[string]route.RosterFile{},
		Teams:     map[string]route.TeamFacts{},
		Rooms:     map[string]coc.RoomFacts{},
		Orgs:      map[string]coc.OrgFacts{},
		SignIn:    d.CanSignIn() || d.Explains,
		Now:       d.Clock.Now(),
	}
	if source.Repo.IsZero() {
		return w, nil // a report about a chat, an event or something else
	}
	var err error
	if w.Standing, err = d.standing(ctx, source); err != nil {
		return nil, err
	}
	if community := source.Repo.Community(); !community.Is(source.Repo) {
		w.Community, err = d.standing(ctx, coc.RepoFacts{Repo: community})
	}
	return w, err
}

// worldOf is world for a case that goes on: with whom it names, what was declared
// in it, and who decided what is appealed.
func (d *Desk) worldOf(ctx context.Context, c coc.Case) (*route.World, error) {
	w, err := d.world(ctx, c.Source)
	if err != nil {
		return nil, err
	}
	w.Parties, w.Declarations, w.Deciders = c.Parties, c.Declarations, c.Deciders(*c.Home())
	w.Brief, w.Notice = brief(c), c.Notice != nil
	if home := c.Home(); home.Issue != 0 || goesOn(c, len(c.Placements)-1) {
		w.Has = &home.Committee
	}
	return w, nil
}

// standing is what is in force for a source, nil where nothing is known to be.
//
// A repository that is new under a name inherits what was in force for the one
// that had it, unless its own standing is older. It inherits no change that
// waited there, so that a replacement waits anew and is told of anew.
func (d *Desk) standing(ctx context.Context, source coc.RepoFacts) (*coc.Standing, error) {
	st, err := d.Store.Standing(ctx, source)
	if err == nil && st.ID == source.ID && !st.Source.Is(source.Repo) {
		st, err = d.elder(ctx, st, source.Repo)
	}
	switch {
	case errors.Is(err, coc.ErrMissing):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("standing of the source: %w", err)
	case source.ID != 0 && st.ID != source.ID:
		st.Waiting = nil
	}
	return &st, nil
}

// elder is own, or what is in force under the name that its source has come to
// have, whichever was in force first.
func (d *Desk) elder(ctx context.Context, own coc.Standing, name coc.Repo) (coc.Standing, error) {
	named, err := d.Store.Standing(ctx, coc.RepoFacts{Repo: name})
	switch {
	case errors.Is(err, coc.ErrMissing), err == nil && unknown(&named):
		return own, nil
	case err == nil && !unknown(&own) && !named.Since.Before(own.Since):
		return own, nil
	}
	return named, err
}

// unknown reports whether a standing tells nothing of who is in force.
func unknown(st *coc.Standing) bool { return st == nil || st.Pointer == "" }

// saysNothing tells what need not be kept. A standing that points nowhere may
// still know what a file said of public things.
func saysNothing(st coc.Standing) bool {
	return st.Pointer == "" && st.Settings == (coc.Settings{})
}

// answer puts one fact into the world.
func (d *Desk) answer(ctx context.Context, w *route.World, need route.Need, since time.Time) error {
	wait := func(err error) error { return d.wait(err, since) }
	switch {
	case need.Place != nil:
		p, err := d.place(ctx, *need.Place)
		if err := wait(err); err != nil {
			return err
		}
		w.Places = append(w.Places, p)
	case !need.File.IsZero():
		f, err := d.roster(ctx, need.File)
		if err := wait(err); err != nil {
			return err
		}
		w.Files[need.File.Key()] = f
	case !need.Team.IsZero():
		t, err := d.team(ctx, need.Team)
		if err := wait(err); err != nil {
			return err
		}
		w.Teams[route.TeamKey(need.Team)] = t
	case need.Org != "":
		org := d.GitHub.Organisation(ctx, need.Org)
		if err := wait(org.Problem); err != nil {
			return err
		}
		w.Orgs[route.OrgKey(need.Org)] = org
	default:
		room := d.look(ctx, need.Room)
		if err := wait(room.Problem); err != nil {
			return err
		}
		w.Rooms[need.Room.Key()] = room
	}
	return nil
}

// wait is the coc.Later in err while our patience lasts, and not for longer
// than it lasts; nil otherwise. It does not run out with GitHub able to answer
// and only our own pace in the way: a flood of reports must not send them up.
func (d *Desk) wait(err error, since time.Time) error {
	l, ok := coc.IsLater(err)
	if l.Ours {
		return l
	}
	end := since.Add(d.Patience)
	if !ok || !d.Clock.Now().Before(end) {
		return nil
	}
	if l.After.After(end) {
		l.After = end
	}
	return l
}

// place reads and parses one place where a coc.yaml may be. The error is
// always a coc.Later, and the place then says that it is unreadable.
func (d *Desk) place(ctx context.Context, ref route.PlaceRef) (route.Place, error) {
	return fetch(d.files, ref.Repo.Owner, "place", []string{ref.Repo.Name, ref.Path}, func() (route.Place, time.Duration, error) {
		return d.placeAt(ctx, ref, "")
	})
}

func (d *Desk) placeAt(ctx context.Context, ref route.PlaceRef, commit string) (route.Place, time.Duration, error) {
	p := route.Place{Repo: ref.Repo, Path: ref.Path}
	file, err := d.GitHub.File(ctx, coc.AppSource, ref.Repo, ref.Path, commit)
	p.State = stateOf(err)
	if err == nil {
		p.Pointer, p.Problems = policy.ParsePointer(file.Content)
		if len(p.Problems) > 0 {
			p.State = route.StateInvalid
		}
	}
	return p, keepFor(p.State), later(err)
}

// roster reads and parses a committee's own file in its incident repository.
func (d *Desk) roster(ctx context.Context, room coc.Repo) (route.RosterFile, error) {
	return fetch(d.files, room.Owner, "roster", []string{room.Name}, func() (route.RosterFile, time.Duration, error) { return d.rosterFile(ctx, room) })
}

func (d *Desk) team(ctx context.Context, t coc.Team) (route.TeamFacts, error) {
	return fetch(d.files, t.Org, "team", []string{t.Slug}, func() (route.TeamFacts, time.Duration, error) { return d.teamFacts(ctx, t) })
}

// source is what a repository is, by name only; unknown and private ones are
// told apart by nobody but the router.
func (d *Desk) source(ctx context.Context, repo coc.Repo, since time.Time) (coc.RepoFacts, error) {
	facts, err := fetch(d.files, repo.Owner, "source", []string{repo.Name}, func() (coc.RepoFacts, time.Duration, error) {
		facts, err := d.GitHub.Repository(ctx, coc.AppSource, repo)
		if err != nil {
			facts = coc.RepoFacts{Repo: repo}
		}
		keep := keepFor(stateOf(err))
		if err == nil && facts.Visibility != "public" {
			keep = keepFailed // an answer from memory would tell that it exists
		}
		return facts, keep, later(err)
	})
	if err != nil {
		return coc.RepoFacts{Repo: repo}, d.wait(err, since)
	}
	return facts, nil
}

// look is the reader check, made now.
func (d *Desk) look(ctx context.Context, room coc.Repo) coc.RoomFacts {
	facts := d.GitHub.Readers(ctx, room)
	d.rooms.keep(room, facts)
	return facts
}

// glance is the reader check, or one made seconds ago for the same transition.
func (d *Desk) glance(ctx context.Context, room coc.Repo) coc.RoomFacts {
	if facts, ok := d.rooms.recent(room); ok {
		return facts
	}
	return d.look(ctx, room)
}

func stateOf(err error) route.State {
	switch {
	case err == nil:
		return route.StateFound
	case errors.Is(err, coc.ErrMissing):
		return route.StateMissing
	case errors.Is(err, coc.ErrInaccessible), errors.Is(err, coc.ErrArchived):
		return route.StateInaccessible
	case errors.Is(err, coc.ErrDenied):
		return route.StateDenied
	case errors.Is(err, coc.ErrNotAFile):
		return route.StateNotAFile
	case errors.Is(err, coc.ErrTooLarge):
		return route.StateTooLarge
	}
	return route.StateUnreadable
}

func keepFor(s route.State) time.Duration {
	switch s {
	case route.StateUnreadable:
		return 0
	case route.StateInaccessible, route.StateDenied:
		return keepFailed
	}
	return keepFound
}

// later lets only "not now" through as an error: everything else is a state.
// What GitHub answers that we do not understand counts as "not now".
func later(err error) error {
	if stateOf(err) != route.StateUnreadable {
		return nil
	}
	if l, ok := coc.IsLater(err); ok {
		return l
	}
	return coc.Later{Cause: "an answer that was not understood"}
}
