package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// rosterLasts is for how long a roster counts as read now for somebody who reads
// our pages. What GitHub lets them read is asked each time, or was asked seconds ago.
const rosterLasts = 5 * time.Second

// Listed is one of somebody's cases, in a few words.
type Listed struct {
	ID        coc.CaseID
	Name      string // the code name
	Committee string
	Notice    bool // it only tells of a case
	Stage     coc.Stage
	Severity  string
	Holder    coc.Login
	Due       []coc.Due // the next first
	Overdue   bool
	URL       string // of the issue
}

// Cases lists what somebody may read of what is not closed: overdue first, then
// what is due next.
func (d *Desk) Cases(ctx context.Context, who coc.Person) ([]Listed, error) {
	ids, err := d.Store.UnclosedCases(ctx)
	if err != nil {
		return nil, err
	}
	var out []Listed
	for _, id := range ids {
		c, err := d.Store.Case(ctx, id)
		switch {
		case errors.Is(err, coc.ErrMissing):
			continue // erased meanwhile
		case err != nil:
			return nil, fmt.Errorf("case %s: %w", id, err)
		}
		if d.admits(ctx, who, c, d.glance) {
			out = append(out, d.listed(c))
		}
	}
	slices.SortFunc(out, func(a, b Listed) int {
		if a.Overdue != b.Overdue {
			if a.Overdue {
				return -1
			}
			return 1
		}
		if n := firstDue(a).Compare(firstDue(b)); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// firstDue is when something is due first; what owes nothing comes last.
func firstDue(l Listed) time.Time {
	if len(l.Due) == 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return l.Due[0].At
}

func (d *Desk) listed(c coc.Case) Listed {
	home, now := c.Home(), d.Clock.Now()
	l := Listed{
		ID: c.ID, Name: home.CodeName, Committee: home.Committee.Name, Notice: c.Notice != nil, Stage: c.Stage, Severity: c.Severity,
		Holder: c.Holder, URL: home.URL, Overdue: c.Notice == nil && len(stage.Late(c, now)) > 0,
	}
	if c.Notice == nil {
		l.Due = slices.DeleteFunc(slices.Clone(c.Due), func(due coc.Due) bool {
			return due.What == stage.DueAcknowledgeTarget && !now.Before(due.At)
		})
		slices.SortStableFunc(l.Due, func(a, b coc.Due) int { return a.At.Compare(b.At) })
	}
	return l
}

// Record is a case as a clear responder reads it on our pages: what its issue says,
// and who looked at it here.
type Record struct {
	Listed
	FiledAt  time.Time
	Channel  coc.Channel
	Reporter coc.Login // "": anonymous
	About    string    // the repository
	Around   coc.Circumstances
	// Told is what was reported and what was added, in the order in which it came.
	Told    []Written
	Parties []coc.Party
	// Passed is why committees before this one gave it away.
	Passed     []coc.Entry
	Messages   []coc.Message
	Evidence   []coc.Evidence
	Responders []coc.Login
	// Steps is what happened in this home, the last first, without words.
	Steps []coc.Entry
	Looks []coc.Look
}

// Written is what somebody wrote at one time.
type Written struct {
	At          time.Time
	By          coc.Login // of a liaison who was asked; "": the reporter
	Text        coc.Prose
	Where, When coc.Prose
	Links       []coc.Prose
	Needs       coc.Needs
}

// Record is a case for somebody who may read it, which is written down before they
// do. coc.ErrMissing: there is no such case, or they may not read it, or it cannot
// be found out now whether they may; nobody learns which.
func (d *Desk) Record(ctx context.Context, who coc.Person, id coc.CaseID) (Record, error) {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !d.admits(ctx, who, c, d.look) {
		return Record{}, fmt.Errorf("case %s: %w", id, coc.ErrMissing)
	}
	if err := d.Store.Looked(ctx, id, who, "record", d.Clock.Now()); err != nil {
		return Record{}, err
	}
	r := d.recordOf(c)
	if r.Looks, err = d.Store.Looks(ctx, id); err != nil {
		return Record{}, err
	}
	r.Looks = slices.DeleteFunc(r.Looks, func(l coc.Look) bool { return l.At.Before(arrived(c)) })
	return r, nil
}

// arrived is since when the committee that has a case has had it in its room: an issue
// that became a discussion and goes on in another is the same home.
func arrived(c coc.Case) time.Time {
	home := c.Home()
	at := home.PlacedAt
	for _, p := range slices.Backward(c.Placements) {
		if p.Committee.Key != home.Committee.Key || p.Room.ID != home.Room.ID {
			break
		}
		at = p.PlacedAt
	}
	return at
}

// exchange is what the reporter and the committees wrote to each other, as far as this
// home was chosen by it (exchanged): what a committee before wrote for itself alone may
// be about those who read now. Who of a committee before wrote it is told by nobody.
func exchange(c coc.Case) []coc.Message {
	var out []coc.Message
	here, ours := arrived(c), c.Home().Committee.Logins()
	screened := slices.ContainsFunc(c.FromReporter(), func(m coc.Message) bool { return m.At.Before(here) })
	for _, m := range c.Messages {
		if m.At.Before(here) && !(m.Shown && screened) {
			continue
		}
		if !coc.HasLogin(ours, m.By) {
			m.By = ""
		}
		out = append(out, m)
	}
	return out
}

// exhibited is the evidence, without who of a committee before added it.
func exhibited(c coc.Case) []coc.Evidence {
	ours, out := c.Home().Committee.Logins(), slices.Clone(c.Evidence)
	for i := range out {
		if !coc.HasLogin(ours, out[i].By) {
			out[i].By = ""
		}
	}
	return out
}

// recordOf is what there is to read. Of a notice it is how it stands: what it tells
// is held against more than the notice itself each time it is shown (prior.go), and
// stands in its issue.
func (d *Desk) recordOf(c coc.Case) Record {
	home := c.Home()
	r := Record{Listed: d.listed(c), FiledAt: c.Report.FiledAt, Responders: home.Responders}
	for _, e := range slices.Backward(c.Journal[min(home.Before, len(c.Journal)):]) {
		// What brought the case here was done elsewhere, and by whom is told by nobody.
		here := e.Actor == "" && e.From != e.To || coc.HasLogin(home.Committee.Logins(), e.Actor)
		if here && !e.HandsOver() {
			r.Steps = append(r.Steps, e)
		}
	}
	if c.Notice != nil {
		return r
	}
	r.Channel, r.Reporter, r.About, r.Around = c.Report.Channel, c.Report.Reporter, c.Source.Repo.String(), c.Report.Around
	r.Told = []Written{{At: c.Report.FiledAt, Text: c.Report.Account, Where: c.Report.Where, When: c.Report.When, Links: c.Report.Links, Needs: c.Report.Needs}}
	for _, a := range c.Report.Added {
		t := Written{At: a.At, Text: a.Text, Where: a.Where, When: a.When, Links: a.Links, Needs: a.Needs}
		if a.Answer != nil {
			t.By = a.Answer.By
		}
		r.Told = append(r.Told, t)
	}
	r.Parties, r.Passed, r.Messages, r.Evidence = c.Parties, c.PassedOn(), exchange(c), exhibited(c)
	return r
}

// Admits reports whether somebody may read a case on our pages at this moment, for
// whoever shows anything else of it.
func (d *Desk) Admits(ctx context.Context, who coc.Person, id coc.CaseID) (bool, error) {
	c, err := d.Store.Case(ctx, id)
	if errors.Is(err, coc.ErrMissing) {
		return false, nil
	}
	return err == nil && d.admits(ctx, who, c, d.look), err
}

// admits gathers what the rule asks for. Whatever cannot be read now keeps them out.
func (d *Desk) admits(ctx context.Context, who coc.Person, c coc.Case, look func(context.Context, coc.Repo) coc.RoomFacts) bool {
	home := c.Home()
	if home == nil {
		return false
	}
	v := conflict.Visit{Who: who, Home: *home, Parties: c.Parties, Record: record(c, *home)}
	if !v.Worth() {
		return false
	}
	var err error
	if v.Roster, v.Known, err = d.rosterLately(ctx, c); err != nil {
		return false
	}
	v.Room = look(ctx, home.Room.Repo)
	_, ok := v.Admitted()
	return ok
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

// rosterLately is a case's committee as it is written down now, or was moments ago.
// Unlike rosterNow it leaves alone what is kept of files that only say which
// committee it is: what they may change takes days to count, and reporters' forms
// need them.
func (d *Desk) rosterLately(ctx context.Context, c coc.Case) (now coc.Committee, known bool, err error) {
	home := c.Home()
	key := home.Committee.Key + "\x00" + c.Source.Repo.Key()
	if kept, ok := d.rosters.recent(key, d.Clock.Now()); ok {
		return kept.Committee, kept.known, nil
	}
	now = home.Committee
	w, err := d.world(ctx, c.Source)
	if err != nil {
		return now, false, err
	}
	since := d.Clock.Now()
	if listed, ok := d.Directory.Committee(now.Key); ok {
		now = listed
	} else {
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
	for {
		resolved, reason, need := route.Roster(*w, now)
		switch {
		case need == nil:
			d.rosters.keep(key, rostered{resolved, reason == nil, since})
			return resolved, reason == nil, nil
		case !need.File.IsZero():
			f, _, err := d.rosterFile(ctx, need.File)
			if err != nil {
				return now, false, err
			}
			w.Files[need.File.Key()] = f
		case !need.Team.IsZero():
			t, _, err := d.teamFacts(ctx, need.Team)
			if err != nil {
				return now, false, err
			}
			w.Teams[route.TeamKey(need.Team)] = t
		default:
			if err := d.answer(ctx, w, *need, since); err != nil {
				return now, false, err
			}
		}
	}
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
