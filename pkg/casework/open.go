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

// open makes a placement's issue. The room is looked at once more right
// before the words go there; if it does not pass any more, the next committee
// takes the case. Where reissue asked for the issue, the case is in that room
// already, and waits there frozen.
func (d *Desk) open(ctx context.Context, job coc.Job, again bool) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	p := &c.Placements[job.N]
	if !p.Asked.IsZero() {
		// Each answer asks for the issue, so that one may have been here before.
		now, release, err := d.alone(ctx, "open", job)
		if err != nil {
			return err
		}
		defer release()
		c, again = now, true
		p = &c.Placements[job.N]
	}
	switch former := job.N < len(c.Placements)-1; {
	case p.Issue != 0, former && (p.Sealed() || !again):
		return nil
	case former && !p.Asked.IsZero():
		return d.leaveUnopened(ctx, c, job.N)
	case former:
		return d.lookAgain(d.leftBehind(ctx, c, job.N), *p)
	case p.Sealed():
		if err := d.upToDate(ctx, c); err != nil {
			return err
		}
		return d.moveOn(ctx, c, nil)
	}
	if !p.Asked.IsZero() && len(p.Responders) == 0 {
		return nil // whoever was in first is not any more, and the next asks again
	}
	if err := d.ripe(ctx, c); err != nil {
		return err
	}
	if c, err = d.identify(ctx, c); err != nil {
		return err
	}
	p = &c.Placements[job.N]
	var room coc.RoomFacts
	var problems []coc.Reason
	anew := goesOn(c, job.N)
	switch {
	case anew:
		if room, problems, err = d.enter(ctx, c, *p); err != nil {
			return err
		}
	case p.Separate:
		if c, room, problems, err = d.prepare(ctx, c, job.N, again); err != nil {
			return err
		}
		p = &c.Placements[job.N]
	default:
		room = d.look(ctx, p.Room.Repo)
		problems = d.problems(c, *p, room)
	}
	if len(problems) == 0 {
		if err := d.withoutNamed(ctx, c); err != nil {
			return err
		}
		seen, barred, err := d.consult(ctx, c, *p, room)
		if err != nil {
			return err
		}
		if moved, err := d.spared(ctx, c, room, barred, again); moved || err != nil {
			return err
		}
		if err := d.appointFairly(ctx, &c); err != nil {
			return err
		}
		shown := d.pages().Noticed(c, job.N, d.Clock.Now(), seen)
		issue, err := d.post(ctx, c, job.N, room.RepoFacts, shown, again)
		if err == nil {
			return d.opened(ctx, c, job.N, room.RepoFacts, issue, shown.More)
		}
		rule, hopeless := unwritable(err)
		if !hopeless {
			return err
		}
		problems = []coc.Reason{aboutRoom(rule, *p)}
	} else if err := d.wait(room.Problem, begun(*p)); err != nil {
		return err
	}
	if anew {
		return d.waitAnew(ctx, c, problems)
	}
	var unseen error
	if again {
		unseen = d.leftBehind(ctx, c, job.N)
		if err := d.wait(unseen, begun(*p)); err != nil {
			return err
		}
		if c, err = d.Store.Case(ctx, job.Case); err != nil {
			return fmt.Errorf("case %s: %w", job.Case, err)
		}
	}
	if p.Separate {
		if err := d.wait(d.abandon(ctx, c.Placements[job.N]), begun(*p)); err != nil {
			return err
		}
	}
	if err := d.moveOn(ctx, c, problems); err != nil {
		return err
	}
	return d.lookAgain(unseen, *p)
}

// post makes the labels and the issue.
func (d *Desk) post(ctx context.Context, c coc.Case, n int, room coc.RepoFacts, shown notice.Shown, again bool) (Issue, error) {
	labels := stage.Labels(c, n)
	if err := d.label(ctx, room, slices.Concat(labels, movable())); err != nil {
		return Issue{}, err
	}
	issue, err := d.GitHub.OpenIssue(ctx, room.Repo, shown.Title, shown.Body, labels, notice.IssueMarker(c.ID, n), again)
	if err != nil {
		return Issue{}, fmt.Errorf("open the issue of %s: %w", c.ID, err)
	}
	return issue, nil
}

// unwritable is hopeless for a room where there is no issue yet: what is gone
// there is the possibility to open one.
func unwritable(err error) (rule string, ok bool) {
	if errors.Is(err, coc.ErrGone) {
		return "room/no-issues", true
	}
	return hopeless(err)
}

// aboutRoom is a rule that a placement's room broke.
func aboutRoom(rule string, p coc.Placement) coc.Reason {
	return coc.Reason{Rule: rule, Committee: p.Committee.Name, Place: p.Room.Repo.String()}
}

// opened records where the issue is. The case may have moved in the meantime;
// then the issue shows an older revision and is shown again.
func (d *Desk) opened(ctx context.Context, was coc.Case, n int, room coc.RepoFacts, issue Issue, more []notice.Private) error {
	var unread error
	err := d.amend(ctx, was.ID, func(c *coc.Case) (coc.Change, bool) {
		p := &c.Placements[n]
		if p.Issue != 0 {
			return coc.Change{}, false
		}
		var change coc.Change
		p.Room, p.Issue, p.Node, p.URL, p.Shown = room, issue.Number, issue.Node, issue.URL, was.Revision
		former := n < len(c.Placements)-1
		if !former {
			c.Contact, c.Coordinator, c.Clock.Duty = was.Contact, was.Coordinator, was.Clock.Duty
		}
		if !former && goesOn(*c, n) {
			askAnew(c, &change, d.Clock.Now())
		}
		anew := !former && !goesOn(*c, n) && owedUnread(c, d.Clock.Now())
		over := stage.Closed(c.Stage) // and GitHub opens every issue that it makes
		if former || issue.Found || anew || over || p.Frozen != "" || len(p.Overwritten) > 0 {
			p.Shown = 0 // as it was when it was made, and not as it must look by now
		}
		if p.Shown != c.Revision {
			change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
			// What was added meanwhile may not fit into the body either.
			more = d.pages().Case(*c, n, d.Clock.Now()).More
		}
		quietly(c)
		owe(c, &change, c.Revision+1, n, more)
		if !former && !over {
			unread = d.startWatch(ctx, &change, c)
		}
		if !former {
			change.Priors = priorsOf(*c)
		}
		return change, unread == nil
	})
	if err = errors.Join(err, unread); err != nil {
		return err
	}
	return d.stayWatched(ctx, was.ID)
}

// leftBehind records an issue that an earlier attempt may have made without
// living to tell, now that the case does not stay there. It is closed and
// marked like any home that was left. An error says that it could not be seen
// whether there is one.
func (d *Desk) leftBehind(ctx context.Context, c coc.Case, n int) error {
	p := c.Placements[n]
	if p.Room.ID == 0 {
		return nil // a repository that was never made
	}
	issue, err := d.GitHub.FindIssue(ctx, p.Room.Repo, notice.IssueMarker(c.ID, n))
	switch {
	case err == nil:
		return d.opened(ctx, c, n, p.Room, issue, nil)
	case errors.Is(err, coc.ErrMissing):
		return nil
	}
	return err
}

// lookBackFor is how long it is looked for an issue that may have been left in a
// room which cannot be seen: GitHub also hides what is there for a while.
const lookBackFor = 72 * time.Hour

// lookAgain brings a job back that could not see what an earlier attempt has left
// in a room, less and less often; nil where that is known, or after three days.
func (d *Desk) lookAgain(unseen error, p coc.Placement) error {
	now := d.Clock.Now()
	since := now.Sub(p.PlacedAt)
	if l, ok := coc.IsLater(unseen); ok && l.Ours {
		return l
	}
	if unseen == nil || since >= lookBackFor {
		return nil
	}
	return coc.Later{After: now.Add(max(since, d.Patience)), Cause: "what was left in a room cannot be seen"}
}

// opening reports whether the event happened in an issue of ours whose number
// is not recorded yet: it carries the marker of a case that we have.
func (d *Desk) opening(ctx context.Context, ev coc.Event) (bool, error) {
	id, ok := notice.CaseOf(ev.IssueBody)
	if !ok || ev.Repo.Visibility == "public" {
		return false, nil
	}
	_, err := d.Store.Case(ctx, id)
	if errors.Is(err, coc.ErrMissing) {
		return false, nil
	}
	return err == nil, err
}

// problems is what forbids words in a placement's room. A room under the same
// name that is another repository was made after ours was gone.
func (d *Desk) problems(c coc.Case, p coc.Placement, room coc.RoomFacts) []coc.Reason {
	if room.Problem == nil && room.ID != p.Room.ID {
		return []coc.Reason{aboutRoom("room/inaccessible", p)}
	}
	found := route.CheckRoom(room, d.ofOwner(p.Committee, room.Repo), held(c, p), c.Parties, c.Source)
	if awaitsNext(p) {
		found = slices.DeleteFunc(found, func(r coc.Reason) bool { return r.Rule == "room/nobody-reads" })
	}
	return found
}

// ofOwner is a committee that has a case, whose rooms belong to another owner by now as
// far as the operator has named that one in the directory: what is meant for new cases
// is meant for those that are open.
func (d *Desk) ofOwner(k coc.Committee, room coc.Repo) coc.Committee {
	if listed, ok := d.Directory.Committee(k.Key); ok && strings.EqualFold(listed.Incidents.Owner, room.Owner) {
		k.Incidents.Owner = listed.Incidents.Owner
	}
	return k
}

// movable is the labels by which people may move or mark a case by hand. GitHub offers
// only those that exist.
func movable() []string {
	var out []string
	for _, t := range stage.Table() {
		out = append(out, t.To.Label())
	}
	for _, s := range coc.Severities() {
		out = append(out, "severity/"+s)
	}
	for _, f := range stage.Settable() {
		out = append(out, f.Label())
	}
	return out
}

// label sees to it that the labels exist, with colour and description, before
// they are given. What a room has is remembered, so that this costs nothing
// from the second case on.
func (d *Desk) label(ctx context.Context, room coc.RepoFacts, names []string) error {
	known, err := d.Store.Labels(ctx, room.ID)
	if err != nil {
		return err
	}
	var missing []coc.Label
	for _, n := range names {
		if l, ok := coc.LabelNamed(n); ok && !slices.Contains(known, l.Name) {
			missing = append(missing, l)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	has, err := d.GitHub.EnsureLabels(ctx, room.Repo, missing)
	if err != nil {
		return fmt.Errorf("labels of a room: %w", err)
	}
	return d.Store.Commit(ctx, coc.Change{Labels: map[int64][]string{room.ID: has}})
}

// actMovedOn is the journal's word for a move that no person asked for.
const actMovedOn = "moved on"

// moveOn gives a case that has no issue yet to whoever can take it: up the
// chain from a room that failed, or down from the sealed store, where the
// whole chain is tried again.
func (d *Desk) moveOn(ctx context.Context, c coc.Case, problems []coc.Reason) error {
	p := c.Home()
	if p.Sealed() {
		if next := p.PlacedAt.Add(sealedPause(c)); d.Clock.Now().Before(next) {
			return coc.Later{After: next, Cause: "nobody could take the case"}
		}
	}
	w, err := d.worldOf(ctx, c)
	if err != nil {
		return err
	}
	w.Chain, w.Skip, w.Incident.Risks = c.Chain, had(c), risks(c.Report)
	if !p.Sealed() {
		w.Skip[p.Committee.Key] = true
	}
	of, more, err := d.restsOn(ctx, c)
	if err != nil {
		return err
	}
	decision, err := d.decide(ctx, w, of, p.PlacedAt, more...)
	if err != nil {
		return err
	}
	decision = unlessBrief(c, decision)
	now := d.Clock.Now()
	if decision.Sealed && goesOn(c, len(c.Placements)-1) {
		return d.frozen() // what was written so far can be read
	}
	if p.Sealed() && decision.Sealed && neverTold(c, decision, now.Sub(c.Placements[0].PlacedAt)) {
		return nil
	}
	change := coc.Change{}
	if p.Sealed() && decision.Sealed {
		if now.Sub(p.PlacedAt)%remindEvery < sealedAgain {
			d.alarm(ctx, decision.Alarms...)
		}
		return coc.Later{After: now.Add(sealedAgain), Cause: "nobody can take the case"}
	}
	c.Revision++
	c.Parties = w.Parties
	c.Trace = append(append(c.Trace, problems...), unsaidOf(c.Trace, decision.Trace)...)
	c.Flags = union(without(c.Flags, coc.FlagNoQuorum), decision.Flags) // of the next home nothing is known yet
	if p.Issue != 0 {
		change.Jobs = append(change.Jobs, d.showJob(c.ID, len(c.Placements)-1))
	}
	if p.Sealed() {
		change.Jobs = append(change.Jobs, untoldOf(c)...)
	}
	d.settle(&c, &change, decision, now)
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision, At: now, Act: actMovedOn, To: c.Stage})
	change.Cases = []coc.Case{c}
	d.alarm(ctx, append(problems, decision.Alarms...)...)
	return d.commit(ctx, change)
}

// sealedPause is how long a sealed case waits before the chain is tried again:
// longer each time that a room looked well and then took no issue, so that a
// case does not go round for ever at the pace of the first hour.
func sealedPause(c coc.Case) time.Duration {
	pause := sealedAgain / 2
	for _, p := range c.Placements {
		if p.Sealed() && pause < remindEvery {
			pause *= 2
		}
	}
	return min(pause, remindEvery)
}

// had is the committee that has the case, and those that gave it away: none of
// them may get it again. One that lost it because its room failed has not had it.
func had(c coc.Case) map[string]bool {
	had := map[string]bool{}
	for n := range c.Placements {
		if !slipped(c, n) {
			had[c.Placements[n].Committee.Key] = true
		}
	}
	return had
}

// untried is the committees that lost the case, and which a chain that was pinned
// afterwards does not have any more.
func untried(c coc.Case, chain []coc.Committee) []coc.Committee {
	var out []coc.Committee
	for n, p := range c.Placements {
		same := func(k coc.Committee) bool { return k.Key == p.Committee.Key }
		if slipped(c, n) && !p.Sealed() && !slices.ContainsFunc(slices.Concat(out, chain), same) {
			out = append(out, p.Committee)
		}
	}
	return out
}

// slipped reports whether a placement has no issue, or was left without anybody
// there having asked for it: its room failed, or what was added named a reader,
// which is found out again.
func slipped(c coc.Case, n int) bool {
	if c.Placements[n].Issue == 0 || n == len(c.Placements)-1 {
		return c.Placements[n].Issue == 0
	}
	return !slices.ContainsFunc(c.Journal, func(e coc.Entry) bool {
		return e.HandsOver() && e.At.Equal(c.Placements[n+1].PlacedAt)
	})
}

func union(a, b []coc.Flag) []coc.Flag {
	out := slices.Clone(a)
	for _, f := range b {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// owe adds comments that a placement's room is to get, in order, under the
// revision about to be committed.
func owe(c *coc.Case, change *coc.Change, revision, n int, comments []notice.Private) {
	for i, text := range comments {
		c.Effects = append(c.Effects, coc.Effect{Revision: revision, N: i + 1, Placement: n, Text: notice.Keep(text)})
	}
	if len(comments) > 0 {
		change.Jobs = append(change.Jobs, effectJob(c.ID, revision, 1))
	}
}

func (d *Desk) showJob(id coc.CaseID, n int) coc.Job {
	return coc.Job{Kind: coc.JobShow, Case: id, N: n, Priority: 2}
}

func effectJob(id coc.CaseID, revision, n int) coc.Job {
	return coc.Job{Kind: coc.JobEffect, Case: id, Revision: revision, N: n, Priority: 2}
}
