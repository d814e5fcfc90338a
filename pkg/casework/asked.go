package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// usualAsking is how long members are asked where a committee promises no time for
// screening: somebody must be passed over some day.
var usualAsking = coc.Span{N: 1, Unit: coc.Weeks}

// actAsked is the journal's word for alternates who are asked from now on.
const actAsked = "asked alternates"

// asksInPrivate reports whether a case that is settled with a committee is one about
// which each of its members is asked. A word that is no case is told like any other.
func asksInPrivate(c coc.Case, k coc.Committee) bool {
	return k.Separate == coc.SeparateAlways && !brief(c)
}

// beginAsking has each member of a placement asked in private: nobody is in yet but
// whoever has answered before, and no repository is made before the first is. Alternates
// are asked with the others where the minimums cannot be kept without them.
func (d *Desk) beginAsking(c coc.Case, n int, p *coc.Placement, change *coc.Change, now time.Time) {
	p.Responders = nil
	p.Asked.By = askedUntil(p.Committee, now)
	p.ScreenBy = p.Asked.By
	over := asksAgain(c, p, now)
	job := coc.Job{Kind: coc.JobScreen, Case: c.ID, N: n, At: p.ScreenBy, Priority: 3}
	if over {
		job.At, job.Priority = time.Time{}, 2 // nobody is left to be asked
	}
	change.Jobs = append(change.Jobs, job)
}

// askedUntil is how long somebody has who is asked now.
func askedUntil(k coc.Committee, now time.Time) time.Time {
	span := k.Clocks.ScreenWithin
	if span.IsZero() {
		span = usualAsking
	}
	return stage.Add(span, now, k.Timezone, k.Holidays)
}

// begun is since when a placement is being prepared: where members are asked, nothing
// is before the first is in.
func begun(p coc.Placement) time.Time {
	if p.Asked.In.After(p.PlacedAt) {
		return p.Asked.In
	}
	return p.PlacedAt
}

// Inquiry is a case about which somebody is asked whether they are clear, with all
// that they are shown of it.
type Inquiry struct {
	ID        coc.CaseID
	Name      string // the code name
	Committee string
	Accused   []coc.Party
	By        time.Time
	// Invited: there is an issue, and they have not accepted the invitation to where it
	// is. They are asked nothing and shown nobody, and can step back.
	Invited bool
}

// Inquiries is what somebody is asked, the most urgent first, and then where they are
// only invited.
func (d *Desk) Inquiries(ctx context.Context, who coc.Person) ([]Inquiry, error) {
	theirs, unlisted, err := d.Store.CasesOf(ctx, who.Login, false)
	if err != nil {
		return nil, err
	}
	var out []Inquiry
	for _, id := range slices.Concat(theirs, unlisted) {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			continue // erased meanwhile; of what cannot be read, Cases tells
		}
		if by, ok := d.inquires(ctx, who, c); ok {
			home := c.Home()
			out = append(out, Inquiry{ID: c.ID, Name: home.CodeName, Committee: home.Committee.Name, Accused: d.askable(c), By: by})
		} else if d.onlyInvited(ctx, who, c, d.glance) {
			home := c.Home()
			out = append(out, Inquiry{ID: c.ID, Name: home.CodeName, Committee: home.Committee.Name, Invited: true})
		}
	}
	slices.SortFunc(out, func(a, b Inquiry) int {
		if a.Invited != b.Invited {
			if a.Invited {
				return 1
			}
			return -1
		}
		return a.By.Compare(b.By)
	})
	return out, nil
}

// askable is whom a case accuses, as somebody who is asked may be shown it: without a
// name in whose words there is somebody else of the case, or who reported.
func (d *Desk) askable(c coc.Case) []coc.Party {
	var others []coc.Login
	for _, p := range c.Parties {
		if p.Role != coc.RoleAccused {
			others = append(others, p.Login)
		}
	}
	var out []coc.Party
	for _, p := range conflict.Accused(c) {
		if d.givesAway(c, p.Name) || len(command.Among(others, p.Name)) > 0 {
			p.Name = coc.Prose{}
		}
		if p.Login != "" || !p.Name.IsBlank() {
			out = append(out, p)
		}
	}
	return out
}

// inquires reports whether somebody is asked about a case at this moment, and until when.
// Whatever cannot be read now keeps them out. Whoever stands in the words of the case by
// now counts as named: if only their answer were refused, they would learn of it by that.
func (d *Desk) inquires(ctx context.Context, who coc.Person, c coc.Case) (by time.Time, ok bool) {
	home := c.Home()
	if home == nil || home.Asked.IsZero() || stage.Closed(c.Stage) || d.unread(c) {
		return by, false
	}
	var err error
	if c.Parties, err = d.withTeams(ctx, c.Parties, []coc.Login{who.Login}, d.Clock.Now()); err != nil {
		return by, false
	}
	c.Parties = withNamed(c, who.Login)
	q := conflict.Question{Who: who, Inquiry: conflict.Ask(c, *home)}
	if !q.Worth() {
		return by, false
	}
	if q.Roster, q.Known, err = d.rosterLately(ctx, c); err != nil {
		return by, false
	}
	if q.Account, err = d.GitHub.Account(ctx, home.Committee.Incidents, who.Login); err != nil {
		return by, false
	}
	if _, ok := q.Asked(); !ok {
		return by, false
	}
	if is, err := d.familiar(ctx, home.Committee, who.Login); err != nil || !is {
		return by, false
	}
	return q.AnswersBy(who.Login), true
}

// Declare takes what a member says of their own conflicts on our pages: the answer of
// whoever is asked in private, another one until there is an issue, the word of whoever
// has a case already, and of whoever is only invited that they have a hard conflict. It
// does what /coc clear and /coc recuse do. The same word twice is one. coc.ErrMissing:
// there is no such case, or they are not asked and may not read it; nobody learns which.
// Any other word that is not taken is a coc.Refusal.
func (d *Desk) Declare(ctx context.Context, who coc.Person, id coc.CaseID, kind coc.ConflictKind, basis coc.ConflictBasis) error {
	for range 5 {
		err := d.declareOnce(ctx, who, id, kind, basis)
		if !errors.Is(err, coc.ErrBusy) {
			return err
		}
	}
	return coc.ErrBusy
}

func (d *Desk) declareOnce(ctx context.Context, who coc.Person, id coc.CaseID, kind coc.ConflictKind, basis coc.ConflictBasis) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	if len(c.Placements) == 0 || stage.Closed(c.Stage) {
		return coc.ErrMissing
	}
	now := d.Clock.Now()
	t := &turn{
		desk: d, in: coc.Intake{Received: now}, c: c, n: len(c.Placements) - 1, now: now,
		ev: coc.Event{Kind: coc.EventComment, Actor: asWritten(c.Home().Committee, who.Login), CommentAt: now},
	}
	cmd := command.Command{Verb: "clear"}
	if kind != coc.ConflictClear {
		cmd = command.Command{Verb: "recuse", Args: string(kind), Basis: basis}
	}
	if _, asked := d.inquires(ctx, who, c); asked {
		err = t.answersInPrivate(ctx, cmd)
	} else if d.admits(ctx, who, c, d.look) || kind == coc.ConflictHard && d.onlyInvited(ctx, who, c, d.look) {
		if err = t.try(ctx, cmd); err == nil && t.current() {
			t.reply(notice.DeclaredElsewhere(t.ev.Actor, kind))
		}
	} else if declaredJustNow(c, t.ev.Actor, kind, now) && d.sameAccount(ctx, who, c) {
		return nil // a form that is sent twice
	} else if awaitsIssue(c, t.ev.Actor) && d.sameAccount(ctx, who, c) {
		err = t.answersInPrivate(ctx, cmd)
	} else {
		return coc.ErrMissing
	}
	var refusal coc.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Rule == saidAlready.Rule:
		return nil
	case err != nil:
		return err
	}
	return t.commit(ctx)
}

// onlyInvited reports whether somebody has a case and has not accepted the invitation to
// its repository. They find out by the code name, or by what they were told, that it is
// nothing for them, and could tell nobody before they have read it. That they are clear
// is not taken: who does not read counts for nothing.
func (d *Desk) onlyInvited(ctx context.Context, who coc.Person, c coc.Case, look looking) bool {
	v, ok := d.visit(ctx, who, c, look)
	if !ok || !v.Invited() || !d.sameAccount(ctx, who, c) {
		return false
	}
	is, err := d.familiar(ctx, v.Home.Committee, who.Login)
	return err == nil && is
}

// awaitsIssue reports whether somebody was let in by their answer and there is no issue
// yet: they read nothing, and may take it back.
func awaitsIssue(c coc.Case, who coc.Login) bool {
	home := c.Home()
	return !home.Asked.IsZero() && home.Issue == 0 && coc.HasLogin(home.Responders, who) && !coc.HasLogin(recused(c), who)
}

// awaitsNext reports whether whoever was in has stepped back, and others are still asked:
// nobody has the case for now, and the next is to find all of it.
func awaitsNext(p coc.Placement) bool {
	return !p.Asked.IsZero() && !p.Screened && len(p.Responders) == 0
}

// declaredJustNow reports whether what somebody said of themself last was the same, a
// moment ago.
func declaredJustNow(c coc.Case, who coc.Login, kind coc.ConflictKind, now time.Time) bool {
	for _, e := range slices.Backward(c.Journal) {
		if (e.Act == "clear" || e.Act == "recuse") && e.Actor.Is(who) && e.Whom.Is(who) {
			return e.Kind == kind && now.Sub(e.At) < copiesWithin
		}
	}
	return false
}

// sameAccount reports whether somebody's login is still theirs. Where nobody has the case,
// that is asked by way of the last committee that had it.
func (d *Desk) sameAccount(ctx context.Context, who coc.Person, c coc.Case) bool {
	for _, p := range slices.Backward(c.Placements) {
		if !p.Sealed() {
			account, err := d.GitHub.Account(ctx, p.Committee.Incidents, who.Login)
			return err == nil && account > 0 && account == who.Account
		}
	}
	return false
}

// withNamed is the parties of a case with those who stand as a plain login in the words
// that whoever is let in reads. A notice has none of a report's words.
func withNamed(c coc.Case, who ...coc.Login) []coc.Party {
	if c.Notice != nil {
		return c.Parties
	}
	said := append(passedOn(c), byMembers(c)...)
	return merge(withReaders(c.Parties, c, who), others(c.Report.Author(), command.Among(who, said...)...))
}

// asWritten is somebody's login as their committee writes it.
func asWritten(k coc.Committee, who coc.Login) coc.Login {
	for _, l := range k.Logins() {
		if l.Is(who) {
			return l
		}
	}
	return who
}

// answersInPrivate takes an answer. It is a declaration like any other; whoever has no
// hard conflict by it is let in, and with the first of them the repository is made and
// the issue opened.
func (t *turn) answersInPrivate(ctx context.Context, cmd command.Command) error {
	who := t.ev.Actor
	said := coc.Declaration{Login: who, Kind: coc.ConflictClear}
	if cmd.Verb == "recuse" {
		said.Kind, said.Basis = coc.ConflictKind(cmd.Args), cmd.Basis
	}
	home := t.c.Home()
	in := coc.HasLogin(home.Responders, who)
	all, err := withOwn(t.c.Declarations, said)
	if in && err != nil {
		return err
	}
	if err == nil { // or it was said before, elsewhere, and is an answer all the same
		t.c.Declarations = all
	}
	t.note(cmd.Verb, t.c.Stage, coc.Prose{})
	entry := &t.c.Journal[len(t.c.Journal)-1]
	entry.Whom, entry.Kind = who, said.Kind
	if !in && !coc.HasLogin(recused(t.c), who) {
		home.Responders = append(slices.Clone(home.Responders), who)
		home.Asked.In = t.now
		if home.Issue == 0 {
			t.change.Jobs = append(t.change.Jobs, coc.Job{Kind: coc.JobOpen, Case: t.c.ID, N: t.n, Priority: 1})
		}
	}
	alarms, err := t.desk.askOn(ctx, &t.c, &t.change, t.now, true)
	t.alarms = append(t.alarms, alarms...)
	if _, later := coc.IsLater(err); later { // the answer holds already
		t.change.Jobs = append(t.change.Jobs, coc.Job{Kind: coc.JobLeave, Case: t.c.ID, N: t.n, Priority: 2})
		return nil
	}
	return err
}

// recused is who is barred from a case where it is.
func recused(c coc.Case) []coc.Login {
	var out []coc.Login
	for _, f := range record(c, *c.Home()).Screen(c.Home().Committee, c.Parties).Recused {
		out = append(out, f.Login)
	}
	return out
}

// goes is how the asking in a case goes on. Nobody has to decide on a notice, so that
// nobody's time runs out there: a summary stays where it was sent, and whoever comes
// late may still read it.
func goes(c coc.Case, p coc.Placement, now time.Time) (next coc.Asking, over bool) {
	until := askedUntil(p.Committee, now)
	if c.Notice != nil {
		now = time.Time{}
	}
	return conflict.Ask(c, p).Goes(now, until)
}

// askOn draws the consequences of an answer, or of somebody's time that is over: the
// alternates are asked, or nobody is any more, and the case leaves where the minimums
// cannot be kept. since is when that was to be seen to. Who can read there is looked at
// only once an answer is durable, by the job of that time.
func (d *Desk) askOn(ctx context.Context, c *coc.Case, change *coc.Change, since time.Time, answer bool) ([]coc.Reason, error) {
	n, now := len(c.Placements)-1, d.Clock.Now()
	home := c.Home()
	asked, in := home.Asked, len(home.Responders)
	over := asksAgain(*c, home, now)
	next := home.Asked
	if len(home.Responders) > in && home.Issue == 0 {
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobOpen, Case: c.ID, N: n, Priority: 1})
	}
	entry := coc.Entry{Revision: c.Revision + 1, At: now, From: c.Stage, To: c.Stage}
	if !next.Alternates.Equal(asked.Alternates) {
		entry.Act = actAsked
		c.Journal = append(c.Journal, entry)
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobScreen, Case: c.ID, N: n, At: next.Alternates, Priority: 3})
	}
	var away []coc.Login
	enough := conflict.Ask(*c, *home).Becomes().Stands
	switch by := conflict.Ask(*c, *home).Deadline(); {
	case !over:
		home.ScreenBy = by
	case home.Screened:
	case answer && enough:
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobScreen, Case: c.ID, N: n, Priority: 2})
	default:
		if enough && c.Notice == nil {
			var err error
			if away, err = d.invitedOnly(ctx, *c, since); err != nil {
				return nil, err
			}
		}
		allAsked(c, now)
		entry.Act = "screened"
		c.Journal = append(c.Journal, entry)
	}
	s, went := weigh(c)
	stands := conflict.Ask(*c, *home).Becomes(away...)
	s.Stands, s.Why = stands.Stands, stands.Why
	return d.keep(ctx, c, change, s, went, since)
}

// invitedOnly is which responders cannot read a case's own repository though they were
// let in, as far as there is one: they count for nothing when the minimums are judged.
// That is said of nobody before they had time to accept, and GitHub to list them.
func (d *Desk) invitedOnly(ctx context.Context, c coc.Case, since time.Time) ([]coc.Login, error) {
	p := *c.Home()
	if p.Issue == 0 {
		return nil, nil // it is seen when it is opened
	}
	room := d.look(ctx, p.Room.Repo)
	let := false
	if room.Problem == nil && room.ID == p.Room.ID {
		var err error
		if let, err = d.letInAll(ctx, c, p, room); d.wait(err, since) != nil {
			return nil, err
		}
	}
	if let {
		room = d.look(ctx, p.Room.Repo)
	}
	if room.Problem != nil {
		return nil, d.wait(room.Problem, since)
	}
	missing := slices.DeleteFunc(slices.Clone(p.Responders), room.Reads)
	if len(missing) == 0 {
		return nil, nil
	}
	in, now := p.Asked.In, d.Clock.Now()
	if since.After(in) && !since.After(now) {
		in = since
	}
	again := coc.Later{After: now.Add(max(now.Sub(in), listedAgain)), Cause: "those who were let in are not listed yet"}
	return missing, d.wait(again, in)
}

// timeIsUp is screen for a placement whose members are asked in private.
func (d *Desk) timeIsUp(ctx context.Context, c coc.Case) error {
	home, now := c.Home(), d.Clock.Now()
	by := conflict.Ask(c, *home).Deadline()
	_, over := goes(c, *home, now)
	switch {
	case home.Screened, by.IsZero():
		return nil
	case !over && c.Notice != nil:
		return nil
	case !over && now.Before(by):
		return coc.Later{After: by, Cause: "the time of those who are asked is not over"}
	}
	if resolved(c.Stage) {
		return d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
			c.Home().Screened = true // nobody decides any more, so nobody is asked
			quietly(c)
			return coc.Change{}, true
		})
	}
	var change coc.Change
	n := len(c.Placements) - 1
	before := home.Responders
	alarms, err := d.askOn(ctx, &c, &change, by, false)
	if err != nil {
		return err
	}
	if n == len(c.Placements)-1 {
		left := gone(before, c.Home().Responders)
		told := append(removed(&c, left, now), recounted(&c, now)...)
		owe(&c, &change, c.Revision+1, n, told)
		change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	}
	c.Revision++
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// leaveUnopened is what becomes of a repository that was made for a case which has left
// before there was an issue in it.
func (d *Desk) leaveUnopened(ctx context.Context, c coc.Case, n int) error {
	p := c.Placements[n]
	err := d.leftBehind(ctx, c, n)
	if err == nil {
		err = d.abandon(ctx, p)
	}
	if _, hopeless := hopeless(err); hopeless {
		return nil // it is as it is, and there is no word in it
	}
	return err
}

// withoutNamed takes those out of a case whom a message names that came after their
// answer, before a word of it is written: they count as named like whoever is asked.
// coc.ErrBusy: somebody was, and it is opened without them.
func (d *Desk) withoutNamed(ctx context.Context, c coc.Case) error {
	home := c.Home()
	if home.Asked.IsZero() {
		return nil
	}
	parties := withNamed(c, home.Responders...)
	if !slices.ContainsFunc(home.Responders, func(l coc.Login) bool { _, barred := conflict.Barred(l, parties); return barred }) {
		return nil
	}
	c.Parties = parties
	var change coc.Change
	alarms, err := d.askOn(ctx, &c, &change, begun(*home), true)
	if err != nil {
		return err
	}
	c.Revision++
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision, At: d.Clock.Now(), Act: "removed", From: c.Stage, To: c.Stage})
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	if err := d.commit(ctx, change); err != nil {
		return err
	}
	return coc.ErrBusy
}

// letIn gives somebody access to a case's own repository. The case may have named them
// since it was read, and whoever puts them out for that may have come first: so it is
// read once more, and whoever does not belong there any more is put out again. Whatever
// is added after that finds them there.
func (d *Desk) letIn(ctx context.Context, id coc.CaseID, room coc.RepoFacts, who coc.Login) error {
	err := d.GitHub.Admit(ctx, room.Repo, who)
	d.rooms.forget()
	if c, unread := d.Store.Case(ctx, id); unread == nil && belongs(c, room, who) {
		return err
	}
	return errors.Join(err, d.GitHub.Expel(ctx, room.Repo, who))
}

// belongs reports whether somebody may be let into a repository that a case has for
// itself, as the case is now.
func belongs(c coc.Case, room coc.RepoFacts, who coc.Login) bool {
	home := c.Home()
	return home != nil && home.Room.ID == room.ID && coc.HasLogin(home.Responders, who) && !coc.HasLogin(recused(c), who)
}
