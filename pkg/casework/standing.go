package casework

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// settings is how a source wants public commands and originals treated, with
// the defaults where it has no file. unsettled is a file that says nothing for
// now and is not known to have said anything.
func (d *Desk) settings(ctx context.Context, source coc.RepoFacts, since time.Time) (settings policy.Pointer, unsettled *coc.Reason, err error) {
	w, err := d.world(ctx, source)
	if err != nil {
		return policy.Pointer{}, nil, err
	}
	pointed, err := d.point(ctx, w, since)
	if err != nil || pointed.Unsettled == nil {
		return pointed.Settings, pointed.Unsettled, err
	}
	said, err := d.saidThen(ctx, w, since)
	if err != nil || said == (coc.Settings{}) {
		return pointed.Settings, pointed.Unsettled, err
	}
	settings = pointed.Settings
	settings.PublicCommand, settings.Original = policy.PublicCommand(said.PublicCommand), policy.Original(said.Original)
	settings.ReportLabel = said.ReportLabel
	return settings, nil, nil
}

// ReportLabel is a source's report label, if it is known without asking. The
// hook drops by it.
func (d *Desk) ReportLabel(source coc.Repo) (label string, known bool) {
	for _, ref := range route.Places(coc.RepoFacts{Repo: source}) {
		p, ok := d.files.peek(ref)
		if !ok {
			return "", false
		}
		switch p.State {
		case route.StateFound:
			return p.Pointer.ReportLabel, true
		case route.StateInvalid, route.StateNotAFile, route.StateTooLarge, route.StateUnreadable:
			return "", false // what it said last is known to the store
		}
	}
	return policy.DefaultReportLabel, true
}

// pushed looks at a source's routing again. Where nothing is known to be in
// force yet, the commit before the push tells what was, or the one of three days
// ago if there were others in between: otherwise the first push that we see
// could replace a committee unseen.
//
// A file that was broken is told of at once: whoever can mend it is still at
// the keyboard, and the next report is not.
func (d *Desk) pushed(ctx context.Context, in coc.Intake, ev coc.Event) error {
	if ev.Truncated || slices.Contains(ev.Paths, policy.CommitteePath) {
		f, err := d.roster(ctx, ev.Repo.Repo)
		if err := d.wait(err, in.Received); err != nil {
			return err
		}
		if reason, broken := route.Mistake(ev.Repo.Repo, f); broken {
			d.alarm(ctx, reason)
		}
	}
	if ev.Kind == coc.EventPushed && (ev.Truncated || slices.Contains(ev.Paths, policy.CommitteePath)) {
		if err := d.lookSoon(ctx, ev); err != nil {
			return err
		}
	}
	if !ev.Truncated && !slices.ContainsFunc(ev.Paths, isPointer) {
		return d.finish(ctx, in)
	}
	now, change := d.Clock.Now(), coc.Change{Intake: in.ID}
	w, err := d.world(ctx, ev.Repo)
	if err != nil {
		return err
	}
	was := w.Standing
	if unknown(was) {
		old, err := d.before(ctx, ev, in.Received)
		if err != nil {
			return err
		}
		if old != nil {
			if was != nil && old.Settings == (coc.Settings{}) {
				old.Settings = was.Settings
			}
			w.Standing = old
		}
		own := past{branch: ev.Repo.DefaultBranch, stood: ev.Before}
		if ev.Kind == coc.EventRepo {
			own.branch = ev.Before
		}
		if err := d.recall(ctx, w, own, in.Received); err != nil {
			return err
		}
	}
	pointed, err := d.point(ctx, w, in.Received)
	if err != nil {
		return err
	}
	d.standingOf(&change, was, w, pointed, now)
	d.alarm(ctx, route.Alarms(pointed.Trace)...)
	return d.commitOver(ctx, was, change)
}

// commitOver commits a change that rests on a source's standing as it was read;
// nil is none. coc.ErrBusy: it is another one by now, so decide again.
func (d *Desk) commitOver(ctx context.Context, was *coc.Standing, change coc.Change) error {
	if len(change.Standings) == 0 {
		return d.Store.Commit(ctx, change)
	}
	st := change.Standings[0]
	release, err := d.Store.Lease(ctx, "standing/"+d.Store.StandingKey(st), time.Minute)
	if err != nil {
		return err
	}
	defer release()
	is, err := d.standing(ctx, coc.RepoFacts{Repo: st.Source, ID: st.ID})
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(was, is) {
		return coc.ErrBusy
	}
	return d.Store.Commit(ctx, change)
}

func isPointer(path string) bool { return slices.Contains(policy.PointerPaths, path) }

// before is what was in force at the commit before a push, and what the file
// said then of public things; nil if nothing was.
func (d *Desk) before(ctx context.Context, ev coc.Event, since time.Time) (*coc.Standing, error) {
	if strings.Trim(ev.Before, "0") == "" {
		return nil, nil
	}
	w, err := d.world(ctx, ev.Repo)
	if err != nil {
		return nil, err
	}
	for _, ref := range route.Places(ev.Repo) {
		if !ref.Repo.Is(ev.Repo.Repo) {
			break
		}
		p, _, err := d.placeAt(ctx, ref, ev.Before)
		if err := d.wait(err, since); err != nil {
			return nil, err
		}
		w.Places = append(w.Places, p)
	}
	pointed, err := d.point(ctx, w, since)
	if err != nil {
		return nil, err
	}
	st := coc.Standing{ID: ev.Repo.ID, Source: ev.Repo.Repo, Settings: pointed.Said(ev.Repo.Repo)}
	if pointed.Committee != nil {
		st.Pointer, st.Since, st.Committee = pointed.Pointer, since, *pointed.Committee
	}
	if saysNothing(st) {
		return nil, nil
	}
	return &st, nil
}

// standingOf keeps what is in force for a source and what its file says of
// public things, where that is not what was kept.
func (d *Desk) standingOf(change *coc.Change, was *coc.Standing, w *route.World, pointed route.Pointed, now time.Time) {
	st := d.inForce(change, w, pointed, now)
	if said := pointed.Said(w.Source.Repo); said != (coc.Settings{}) {
		st.Settings = said
	}
	if was != nil {
		d.answerVote(change, *was, &st)
	}
	if !saysNothing(st) && (was == nil || !reflect.DeepEqual(*was, st)) {
		change.Standings = []coc.Standing{st}
	}
}

// answerVote gives the vote that ended a wait its answer, now that the files
// were looked at: until then nobody could know what it led to.
func (d *Desk) answerVote(change *coc.Change, was coc.Standing, st *coc.Standing) {
	if was.Waiting == nil || was.Waiting.Answer == "" {
		return
	}
	if st.Waiting != nil {
		wait := *st.Waiting
		wait.Answer = ""
		st.Waiting = &wait
	}
	d.send(change, coc.Errand{
		Key: was.Waiting.Answer, Kind: coc.ErrandAnswer, Room: true,
		Repo: was.Waiting.Room.Repo, Issue: was.Waiting.Notice, Text: notice.Keep(notice.ChangeOutcome(was, *st)),
	})
}

// inForce is the source's standing from now. It starts the 72 hours of a
// committee that is being replaced: its members are told, and a job looks again
// when the time is over.
func (d *Desk) inForce(change *coc.Change, w *route.World, pointed route.Pointed, now time.Time) coc.Standing {
	st := coc.Standing{ID: w.Source.ID, Source: w.Source.Repo}
	if w.Standing != nil {
		st = *w.Standing
		if w.Source.ID != 0 { // inherited, or renamed
			st.ID, st.Source = w.Source.ID, w.Source.Repo
		}
	}
	own := coc.Standing{ID: st.ID, Source: st.Source, Settings: st.Settings}
	switch {
	case pointed.Change != nil:
		st = *pointed.Standing // its own, or until now its owner's
		st.ID, st.Source, st.Settings = own.ID, own.Source, own.Settings
		wait := coc.Waiting{Pointer: pointed.Change.Pointer, Committee: pointed.Change.Committee, SeenAt: now, EffectAt: pointed.Change.EffectAt}
		st.Waiting = &wait
		d.send(change, coc.Errand{
			Key:  d.noticeKey(st),
			Kind: coc.ErrandNotice, Room: true, Repo: st.Committee.Incidents, Standing: d.Store.StandingKey(st),
		})
		change.Jobs = append(change.Jobs, d.standingJob(st, wait.EffectAt))
	case pointed.Adopt:
		st = own
		st.Pointer, st.Since, st.Committee = pointed.Pointer, now, *pointed.Committee
	case w.Standing == nil || pointed.Held || pointed.Committee == nil || pointed.Pointer != st.Pointer:
		// nothing new
	case st.Waiting != nil && len(st.Waiting.Objected) > 0:
		// Pushed once more, the change meets the same objection.
	case st.Waiting != nil:
		st.Waiting = nil // the push was taken back
	case !slices.Equal(st.Committee.Members, pointed.Committee.Members):
		st.Committee = *pointed.Committee // its own roster changed, which is its own affair
	}
	return st
}

func (d *Desk) standingJob(st coc.Standing, at time.Time) coc.Job {
	return coc.Job{Kind: coc.JobStanding, Standing: d.Store.StandingKey(st), At: at, Priority: 3}
}

// noticeKey is the key of the errand that tells of the change that waits.
func (d *Desk) noticeKey(st coc.Standing) string {
	return d.Keys.Digest("replaced", d.Store.StandingKey(st), st.Waiting.Pointer, strconv.FormatInt(st.Waiting.SeenAt.Unix(), 10))
}

// replace ends the 72 hours: the new committee is in force unless the old one
// objected. The files are read again first, because the delivery that told of
// the change being taken back may have been lost.
func (d *Desk) replace(ctx context.Context, key string) error {
	st, err := d.Store.StandingByKey(ctx, key)
	if errors.Is(err, coc.ErrMissing) || err == nil && st.Waiting == nil {
		return nil
	}
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	switch verdict(st, now) {
	case ballot.Waiting: // this job comes early, or a later change has taken the place of its own
		return coc.Later{After: st.Waiting.EffectAt, Cause: "the time of a change is not over"}
	case ballot.Held:
		return nil // objected
	}
	d.files.drop(st.Source.Owner)
	source, err := d.source(ctx, st.Source, st.Waiting.EffectAt)
	if err != nil {
		return err
	}
	if source.ID != st.ID { // not to be seen, or its name is another repository's by now
		was, change := st, coc.Change{}
		d.answerVote(&change, was, &st)
		change.Standings = []coc.Standing{st}
		return d.commitOver(ctx, &was, change)
	}
	w, err := d.world(ctx, source)
	if err != nil {
		return err
	}
	pointed, err := d.point(ctx, w, st.Waiting.EffectAt)
	if err != nil {
		return err
	}
	var change coc.Change
	d.standingOf(&change, w.Standing, w, pointed, now)
	return d.commitOver(ctx, w.Standing, change)
}

func verdict(st coc.Standing, now time.Time) ballot.Verdict {
	return ballot.Replacement(*st.Waiting, st.Committee.Logins(), st.Waiting.Committee.Logins(), now)
}

// tell opens the notice in the old committee's room. It holds no word of any
// report, but it is still only for the committee's own room.
func (d *Desk) tell(ctx context.Context, e coc.Errand, marker string, again bool) error {
	st, err := d.Store.StandingByKey(ctx, e.Standing)
	if err != nil {
		return err
	}
	if st.Waiting == nil || d.noticeKey(st) != e.Key {
		return nil // taken back, or another change waits by now
	}
	room, err := d.noticeRoom(ctx, e.Repo)
	if err != nil {
		return err
	}
	title, body := notice.CommitteeChange(st)
	issue, err := d.GitHub.OpenIssue(ctx, room.Repo, title, body, nil, marker, again)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	was, wait := st, *st.Waiting
	wait.Room, wait.Notice = room, issue.Number
	st.Waiting = &wait
	return d.commitOver(ctx, &was, coc.Change{Standings: []coc.Standing{st}})
}

// noticeRoom is a committee's room, if what is for its members alone may be
// written there.
func (d *Desk) noticeRoom(ctx context.Context, repo coc.Repo) (coc.RepoFacts, error) {
	room := d.GitHub.Readers(ctx, repo)
	switch {
	case room.Problem != nil:
		return coc.RepoFacts{}, room.Problem
	case room.Visibility != "private":
		return coc.RepoFacts{}, errNotPrivate
	case !room.Writable() || !room.HasIssues:
		return coc.RepoFacts{}, coc.ErrArchived
	}
	return room.RepoFacts, nil
}

var errNotPrivate = errors.New("the room is not private")

// vote is /coc agree or /coc object on such a notice. Only members of the old
// and the new committee are heard.
func (d *Desk) vote(ctx context.Context, in coc.Intake, ev coc.Event, st coc.Standing) error {
	if ev.Kind != coc.EventComment || ev.ActorBot || ev.Own || st.Waiting == nil {
		return d.finish(ctx, in)
	}
	voters := append(st.Committee.Logins(), st.Waiting.Committee.Logins()...)
	if !coc.HasLogin(voters, ev.Actor) {
		return d.finish(ctx, in)
	}
	now, wait, heard := d.Clock.Now(), *st.Waiting, false
	for _, cmd := range command.Parse(ev.CommentBody) {
		if cmd.Wrong == nil && (cmd.Verb == "agree" || cmd.Verb == "object") {
			wait, heard = ballot.Vote(wait, ev.Actor, cmd.Verb == "agree"), true
		}
	}
	if !heard {
		return d.finish(ctx, in)
	}
	was, answer := st, d.Keys.Digest("answer", in.Delivery)
	wait.Answer, st.Waiting = "", &wait
	result := verdict(st, now)
	change := coc.Change{Intake: in.ID}
	if result == ballot.InForce { // at once, if the files still say so
		wait.Answer = answer
		change.Jobs = append(change.Jobs, d.standingJob(st, time.Time{}))
	} else {
		if result == ballot.Waiting {
			change.Jobs = append(change.Jobs, d.standingJob(st, wait.EffectAt))
		}
		d.send(&change, coc.Errand{
			Key: answer, Kind: coc.ErrandAnswer, Room: true,
			Repo: ev.Repo.Repo, Issue: ev.Issue, Text: notice.Keep(notice.ChangeVerdict(st, result, now)),
		})
	}
	change.Standings = []coc.Standing{st}
	return d.commitOver(ctx, &was, change)
}

// roomChanged hears of renames, transfers, publication and roster changes.
// What was known of the place is dropped already; a room that is lost is told
// to the operators at once, and its open cases freeze. Nothing is written there
// in any event, because the reader check stands before every write. Only a repository
// that we gave labels is a room: with one registration for both roles, every repository's
// changes come here.
func (d *Desk) roomChanged(ctx context.Context, in coc.Intake, ev coc.Event) error {
	known, err := d.Store.Labels(ctx, ev.Repo.ID)
	if err != nil {
		return err
	}
	if err := d.watch(ctx, in, ev); err != nil {
		return err
	}
	if err := d.lookSoon(ctx, ev); err != nil {
		return err
	}
	if err := d.renamed(ctx, in, ev); err != nil {
		return err
	}
	if rule := lost(ev); known != nil && rule != "" && !ev.Own {
		d.alarm(ctx, coc.Reason{Rule: rule, Place: ev.Repo.Repo.String()})
	}
	return nil
}

// lost is the rule for a room that cases cannot be worked in any more, "" for
// one that is fine as far as the event tells.
func lost(ev coc.Event) string {
	switch {
	case ev.Kind == coc.EventRepo && ev.Action == "deleted":
		return "room/inaccessible"
	case ev.Repo.Visibility != "private":
		return "room/public"
	case ev.Kind == coc.EventRepo && ev.Action == "transferred":
		return "room/transferred"
	case !ev.Repo.Writable():
		return "room/archived"
	}
	return ""
}

// renamed teaches a standing its source's new name. The source itself is found
// by its id under any name; an owner's .github, and whatever takes the name
// next, by name alone.
func (d *Desk) renamed(ctx context.Context, in coc.Intake, ev coc.Event) error {
	change := coc.Change{Intake: in.ID}
	if ev.Was.IsZero() || ev.Repo.Repo.IsZero() || ev.Was.Is(ev.Repo.Repo) {
		return d.Store.Commit(ctx, change)
	}
	was, err := d.standing(ctx, ev.Repo)
	if err != nil {
		return err
	}
	if was != nil && was.ID == ev.Repo.ID {
		st := *was
		st.Source = ev.Repo.Repo
		change.Standings = []coc.Standing{st}
	}
	return d.commitOver(ctx, was, change)
}
