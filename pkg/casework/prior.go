package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// lookedUpAtOnce is how many accounts one attempt looks up: a job has 30 s.
const lookedUpAtOnce = 20

// identify looks up the numbers of the accounts that a notice accuses, which they
// keep under every name, before the notice is opened. It does so for every notice
// alike, and whoever sent it has been answered by then.
func (d *Desk) identify(ctx context.Context, c coc.Case) (coc.Case, error) {
	if !recorded(c) {
		return c, nil
	}
	p := c.Home()
	accused, more, err := d.numbered(ctx, *p, c.Notice.Accused, p.PlacedAt)
	if err != nil || slices.Equal(accused, c.Notice.Accused) {
		return c, err
	}
	err = d.amend(ctx, c.ID, func(now *coc.Case) (coc.Change, bool) {
		now.Notice.Accused = accused
		quietly(now)
		return coc.Change{}, true
	})
	if err == nil && more {
		err = coc.ErrBusy // the rest, soon
	}
	if err != nil {
		return c, err
	}
	return d.Store.Case(ctx, c.ID)
}

// numbered is parties with the numbers of their accounts, as far as one attempt
// looks them up; more says that there are others.
func (d *Desk) numbered(ctx context.Context, p coc.Placement, parties []coc.Party, since time.Time) (out []coc.Party, more bool, err error) {
	out = slices.Clone(parties)
	asked := 0
	for i, a := range out {
		if a.Login == "" || a.Account != 0 {
			continue
		}
		if asked++; asked > lookedUpAtOnce {
			return out, true, nil
		}
		number, err := d.GitHub.Account(ctx, p.Committee.Incidents, a.Login)
		if err := d.wait(err, since); err != nil {
			return nil, false, err
		}
		if out[i].Account = number; err != nil || number <= 0 {
			out[i].Account = -1
		}
	}
	return out, false, nil
}

// recorded reports whether a notice goes into a record: those that were made
// before there was one do not say into whose.
func recorded(c coc.Case) bool {
	return c.Notice != nil && c.Notice.What == coc.WordSummary && c.Notice.To != ""
}

// priorsOf is the lines that a notice adds to the record once it has arrived. A
// name without an account could be anybody's.
func priorsOf(c coc.Case) []coc.Prior {
	if !recorded(c) {
		return nil
	}
	n := c.Notice
	return lines(n.Accused, coc.Told{
		Central: n.To, Notice: c.ID, Of: n.Of, By: n.By, From: n.From,
		Ref: n.Reference, When: n.When, At: c.Report.FiledAt, Outcome: n.Outcome,
	})
}

// lines is a line for each of the accused that has an account.
func lines(accused []coc.Party, told coc.Told) []coc.Prior {
	var out []coc.Prior
	for _, a := range accused {
		if a.Login != "" {
			out = append(out, coc.Prior{Login: a.Login, Account: a.Account, Told: told})
		}
	}
	return out
}

// ownRecord is the job that puts a case on the record which the central committee
// has resolved itself, and of which nobody sends it a notice.
func (d *Desk) ownRecord(c coc.Case) []coc.Job {
	central := d.Directory.Jurisdiction().Tell.Committee
	if c.Notice != nil || central == "" || c.Home().Committee.Key != central {
		return nil
	}
	return []coc.Job{{Kind: coc.JobPrior, Case: c.ID, Priority: 3}}
}

// recordOwn writes the lines of such a case, some at a time.
func (d *Desk) recordOwn(ctx context.Context, job coc.Job) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	who, home := accused(c), c.Home()
	if len(d.ownRecord(c)) == 0 || !resolved(c.Stage) || job.N >= len(who) {
		return nil // it has left, or was taken up again, or nobody is accused
	}
	told := coc.Told{
		Notice: c.ID, Of: c.ID, By: home.Committee.Key, Central: home.Committee.Key, From: home.Committee.Name,
		Ref: d.reference(c.ID, home.Committee.Key), When: coc.WhenResolved, Outcome: c.Outcome,
	}
	for _, e := range c.Journal {
		if e.Act == "resolve" {
			told.At = e.At
		}
	}
	some := who[job.N:min(len(who), job.N+lookedUpAtOnce)]
	numbered, _, err := d.numbered(ctx, *home, some, told.At)
	if err != nil {
		return err
	}
	change := coc.Change{Priors: lines(numbered, told)}
	if next := job.N + len(some); next < len(who) {
		change.Jobs = []coc.Job{{Kind: coc.JobPrior, Case: c.ID, N: next, Priority: 3}}
	}
	return d.Store.Commit(ctx, change)
}

// reference is how a case is referred to between its committee and the one that
// must be told.
func (d *Desk) reference(of coc.CaseID, to string) string {
	return "N-" + d.Keys.Digest("reference", string(of), to)[:8]
}

// consult is what the record has of those whom a notice accuses, as far as
// everybody who reads there may know of it: they are held against the case that
// each line comes from, as if it lived there. barred is who may not know of
// something. Where anybody reads who is not clear nothing is shown, and what the
// record has is not looked at.
func (d *Desk) consult(ctx context.Context, c coc.Case, p coc.Placement, room coc.RoomFacts) (seen notice.Look, barred []coc.Login, err error) {
	if !recorded(c) {
		return seen, nil, nil
	}
	readers := couldRead(p.Committee, p.Responders, room)
	if seen.Hidden = !allClear(c, p, readers); seen.Hidden {
		return seen, nil, nil
	}
	found, err := d.Store.Priors(ctx, c.Notice.Accused)
	if err != nil {
		return seen, nil, err
	}
	for _, prior := range found {
		if prior.Central != c.Notice.To || prior.Of == c.Notice.Of {
			continue
		}
		out, err := d.notFor(ctx, prior.Notice, readers)
		if errors.Is(err, coc.ErrMissing) {
			continue
		}
		if err != nil {
			return seen, nil, err
		}
		if len(out) == 0 {
			prior.Unlisted = !d.names(prior.By)
			seen.Priors = append(seen.Priors, prior)
		}
		barred = append(barred, out...)
	}
	return seen, barred, nil
}

// names reports whether a committee's key is one of the directory, or its room is
// that of one.
func (d *Desk) names(key string) bool {
	room, err := coc.ParseRepo(key)
	return slices.ContainsFunc(d.Directory.Names(), func(name string) bool {
		listed, _ := d.Directory.Committee(name)
		return sameCommittee(listed, coc.Committee{Key: key}) || err == nil && listed.Incidents.Is(room)
	})
}

// allClear reports whether everybody who reads a notice is a member without any
// conflict, or a custodian who is on no roster.
func allClear(c coc.Case, p coc.Placement, readers []coc.Login) bool {
	s := record(c, p).Screen(p.Committee, c.Parties)
	return !slices.ContainsFunc(readers, func(l coc.Login) bool {
		member := coc.HasLogin(p.Committee.Logins(), l)
		return !coc.HasLogin(s.Clear, l) && (member || !coc.HasLogin(p.Committee.Custodians, l))
	})
}

// notFor is which of the readers may not know of a notice, nor of the case that it
// is of: whom that or any notice of it names, or who has a hard conflict in one of
// them. coc.ErrMissing: that is not known any more, so nobody may be told.
func (d *Desk) notFor(ctx context.Context, id coc.CaseID, readers []coc.Login) ([]coc.Login, error) {
	told, err := d.Store.Case(ctx, id)
	of := told
	if err == nil && told.Notice != nil {
		of, err = d.Store.Case(ctx, told.Notice.Of)
	}
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", id, err)
	}
	about := []coc.Case{of}
	for _, duty := range of.Duties {
		if duty.Told == "" {
			continue
		}
		n, err := d.Store.Case(ctx, duty.Told)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", duty.Told, err)
		}
		about = append(about, n)
	}
	var everybody coc.Committee
	for _, l := range readers {
		everybody.Members = append(everybody.Members, coc.Member{Login: l})
	}
	words := append(passedOn(of), byMembers(of)...)
	for _, c := range about[1:] {
		words = append(words, c.Report.Account)
	}
	var out []coc.Login
	for _, c := range about {
		parties := merge(withReaders(c.Parties, of, readers), others("", command.Among(readers, words...)...))
		for _, f := range (conflict.Record{Declarations: c.Declarations}).Screen(everybody, parties).Recused {
			out = append(out, f.Login)
		}
	}
	return out, nil
}

// spare gives a notice that has no issue yet another home, where nobody reads who
// may not know of what the record has. Without one it is opened where it is and
// says nothing of that: it must not be seen by its way that there is something.
func (d *Desk) spare(ctx context.Context, c coc.Case, barred []coc.Login) (moved bool, err error) {
	left := *c.Home()
	w, err := d.world(ctx, c.Source)
	if err != nil {
		return false, err
	}
	declared := slices.Clone(c.Declarations)
	for _, l := range barred {
		declared = append(declared, coc.Declaration{Login: l, Kind: coc.ConflictHard}) // as if they had said so
	}
	w.Parties, w.Declarations, w.Chain, w.Skip = c.Parties, declared, c.Chain, had(c)
	w.Brief, w.Notice = brief(c), true
	of, more, err := d.restsOn(ctx, c)
	if err != nil {
		return false, err
	}
	decision, err := d.decide(ctx, w, of, left.PlacedAt, more...)
	if err != nil || decision.Sealed {
		return false, err
	}
	c.Declarations, c.Parties = declared, w.Parties
	c.Trace, c.Flags = append(c.Trace, decision.Trace...), union(c.Flags, decision.Flags)
	c.Revision++
	var change coc.Change
	now := d.Clock.Now()
	d.settle(&c, &change, decision, now)
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision, At: now, Act: actMovedOn, To: c.Stage})
	change.Cases = []coc.Case{c}
	d.alarm(ctx, decision.Alarms...)
	if left.Separate {
		if err := d.wait(d.abandon(ctx, left), left.PlacedAt); err != nil {
			return false, err
		}
	}
	if err := d.commit(ctx, change); err != nil {
		return false, err
	}
	return true, nil
}

// spared is spare for a notice that is about to be opened, unless an attempt
// before has opened it.
func (d *Desk) spared(ctx context.Context, c coc.Case, room coc.RoomFacts, barred []coc.Login, again bool) (bool, error) {
	if len(barred) == 0 {
		return false, nil
	}
	if again {
		_, err := d.GitHub.FindIssue(ctx, room.Repo, notice.IssueMarker(c.ID, len(c.Placements)-1))
		if !errors.Is(err, coc.ErrMissing) {
			return false, err
		}
	}
	return d.spare(ctx, c, barred)
}

// release has what the record says told to the committee that sent the notice: by
// a clear member's hand, to a committee that the foundation has accepted, in
// nobody's words, and only where nobody reads who may not know of it.
func (t *turn) release(ctx context.Context, cmd command.Command) error {
	refs, ok := cmd.Record()
	switch home := t.c.Home(); {
	case !recorded(t.c):
		return noticeOnly
	case !ok:
		return coc.Refusal{
			What: "In a notice, `/coc notify` tells of an earlier record, and nothing in words of yours.",
			Next: "Write `/coc notify record`, or `/coc notify record` with the reference of one of them.", Rule: "record/words",
		}
	case !coc.HasLogin(record(t.c, *home).Screen(home.Committee, t.c.Parties).Clear, t.ev.Actor):
		return coc.Refusal{
			What: "Only a member without any conflict has the record told.",
			Next: "Ask another member, or write `/coc clear` first if you have none.", Rule: "record/clear",
		}
	}
	if t.tells(t.c.Notice.Of) {
		return coc.Refusal{
			What: "One comment tells of the record once.",
			Next: "Name several references behind one command, or write another comment.", Rule: "record/once",
		}
	}
	d := t.desk
	room := d.look(ctx, t.c.Home().Room.Repo)
	if err := d.wait(room.Problem, t.in.Received); err != nil {
		return err
	}
	seen, _, err := d.consult(ctx, t.c, *t.c.Home(), room)
	if err != nil {
		return err
	}
	if len(d.problems(t.c, *t.c.Home(), room)) > 0 || seen.Hidden {
		return coc.Refusal{
			What: "The record is not told of where somebody reads who has a conflict, or where they cannot be listed.",
			Next: "Whoever has a conflict can write `/coc recuse hard`: then the notice leaves for a place without them.", Rule: "record/hidden",
		}
	}
	chosen := untoldPriors(seen.Priors, t.c.Notice.Released, refs)
	if len(chosen) == 0 {
		return coc.Refusal{
			What: "There is no earlier record here that can be told, or it has been.",
			Next: "The body of this issue shows what there is.", Rule: "record/none",
		}
	}
	of, err := d.Store.Case(ctx, t.c.Notice.Of)
	if err != nil {
		return fmt.Errorf("case %s: %w", t.c.Notice.Of, err)
	}
	theirs, err := t.receives(ctx, of)
	if err != nil {
		return err
	}
	readers := couldRead(of.Home().Committee, of.Home().Responders, theirs)
	var against []coc.CaseID
	var told []coc.Prior
	for _, prior := range chosen {
		barred, err := d.notFor(ctx, prior.Notice, readers)
		if err != nil {
			return err // consult has just found it
		}
		if len(barred) == 0 {
			against, told = append(against, prior.Notice), append(told, prior)
		}
	}
	if len(told) == 0 {
		return coc.Refusal{
			What: "Somebody who reads the case there may not know of it.",
			Next: "Nothing was told. A member can speak with somebody there who may know of it.", Rule: "record/conflicted",
		}
	}
	next := of.Revision + 1
	owe(&of, &t.change, next, len(of.Placements)-1, []notice.Private{notice.Record(t.c.Home().Committee.Name, t.c.Notice.Reference, told)})
	of.Effects[len(of.Effects)-1].Against = against
	quietly(&of)
	of.Revision = next
	t.change.Cases = append(t.change.Cases, of)
	n := *t.c.Notice
	for _, prior := range told {
		r := coc.Release{Login: prior.Login, Ref: prior.Ref, At: t.now}
		if !slices.ContainsFunc(n.Released, func(o coc.Release) bool { return o.Login.Is(r.Login) && o.Ref == r.Ref }) {
			n.Released = append(slices.Clone(n.Released), r)
		}
	}
	t.c.Notice = &n
	t.note("notify", t.c.Stage, coc.Prose{})
	t.reply(notice.Released(t.c.Notice.From, told))
	return nil
}

// tells reports whether what was commanded before in the same comment has changed
// another case already: a case is written once in a commit.
func (t *turn) tells(id coc.CaseID) bool {
	return slices.ContainsFunc(t.change.Cases, func(c coc.Case) bool { return c.ID == id })
}

// unfit reports whether a comment that rests on other notices may not be written
// any more where it was to go: somebody reads there by now who may not know of
// one of them, or the case has left. Then it is not written at all.
func (d *Desk) unfit(ctx context.Context, c coc.Case, e coc.Effect, room coc.RoomFacts) (bool, error) {
	p := c.Placements[e.Placement]
	for _, id := range e.Against {
		barred, err := d.notFor(ctx, id, couldRead(p.Committee, p.Responders, room))
		if errors.Is(err, coc.ErrMissing) {
			return true, nil
		}
		if err != nil || len(barred) > 0 || e.Placement < len(c.Placements)-1 {
			return true, err
		}
	}
	return false, nil
}

// untoldPriors is the lines that a command means and that were not told yet: all
// of them where it names none.
func untoldPriors(seen []coc.Prior, released []coc.Release, refs []string) []coc.Prior {
	return slices.DeleteFunc(slices.Clone(seen), func(p coc.Prior) bool {
		told := slices.ContainsFunc(released, func(r coc.Release) bool { return r.Login.Is(p.Login) && r.Ref == p.Ref })
		return told || len(refs) > 0 && !slices.Contains(refs, p.Ref)
	})
}

// receives is who reads a case now, if its committee may be told of the record
// there: the one that sent the notice, which the directory names.
func (t *turn) receives(ctx context.Context, of coc.Case) (coc.RoomFacts, error) {
	d, home := t.desk, of.Home()
	if t.c.Notice.By == "" || home.Committee.Key != t.c.Notice.By {
		return coc.RoomFacts{}, coc.Refusal{
			What: "The case has left the committee that sent this notice.",
			Next: "Nothing was told. Whoever has it now sends a notice of its own if it must.", Rule: "record/moved",
		}
	}
	accepted, err := d.accepted(ctx, of, t)
	if err != nil {
		return coc.RoomFacts{}, err
	}
	if !accepted {
		return coc.RoomFacts{}, coc.Refusal{
			What: "That committee is not in the committee directory, or others than the members on its roster have the case.",
			Next: "A record is told only to a committee that the foundation has accepted: the operator adds it to the directory.", Rule: "record/sender",
		}
	}
	room := d.look(ctx, home.Room.Repo)
	if err := d.wait(room.Problem, t.in.Received); err != nil {
		return room, err
	}
	if len(d.problems(of, *home, room)) > 0 {
		return room, coc.Refusal{
			What: "Nothing can be written to that committee now.",
			Next: "Nothing was told. Try again later.", Rule: "record/cannot",
		}
	}
	return room, nil
}

// accepted reports whether the committee that has a case is one of the
// directory, which a file of the project's cannot add to: its room, and nobody
// but those on its roster as that is now.
func (d *Desk) accepted(ctx context.Context, of coc.Case, t *turn) (bool, error) {
	home := of.Home()
	for _, key := range d.Directory.Names() {
		listed, _ := d.Directory.Committee(key)
		if !sameCommittee(listed, home.Committee) {
			continue
		}
		now, known, err := d.rosterNow(ctx, of, listed, t.in.Received)
		if err != nil || !known {
			return false, err
		}
		return !slices.ContainsFunc(home.Responders, func(l coc.Login) bool { return !coc.HasLogin(now.Logins(), l) }), nil
	}
	return false, nil
}
