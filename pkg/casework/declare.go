package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// record is what was declared in a case, as it counts in one of its placements.
func record(c coc.Case, p coc.Placement) conflict.Record {
	return conflict.Of(c, p)
}

// known is the same with silence left out.
func known(c coc.Case, p coc.Placement) conflict.Record {
	return conflict.Known(c, p)
}

// held is what a placement's room is held against: the responders who were
// pinned, and those who are recused by now.
func held(c coc.Case, p coc.Placement) conflict.Screening {
	return conflict.Screening{Responders: p.Responders, Recused: record(c, p).Screen(p.Committee, c.Parties).Recused}
}

// declare takes a member's word on conflicts. Of themself it holds at once, of
// somebody else when most of the others have confirmed it (CP, "Conflict
// rule"). A reason is kept and never asked for (PSF).
func (t *turn) declare(ctx context.Context, cmd command.Command) error {
	said := coc.Declaration{Login: t.ev.Actor, Kind: coc.ConflictClear}
	if cmd.Verb == "recuse" {
		said.Kind, said.Basis = coc.ConflictKind(cmd.Args), cmd.Basis
	}
	if cmd.Member != "" && !cmd.Member.Is(t.ev.Actor) {
		said.Login, said.By = cmd.Member, t.ev.Actor
	}
	if err := t.mayBeJudged(said.Login); err != nil {
		return err
	}
	with := withAnothers
	if said.Own() {
		with = withOwn
	}
	all, err := with(t.c.Declarations, said)
	if err != nil {
		return err
	}
	t.c.Declarations = all
	return t.judge(ctx, cmd.Verb, said.Login, said.Kind, cmd.Text)
}

// confirm is a member's yes to everything that others have said of somebody and
// that waits.
func (t *turn) confirm(ctx context.Context, who coc.Login) error {
	if err := t.mayBeJudged(who); err != nil {
		return err
	}
	if who.Is(t.ev.Actor) {
		return coc.Refusal{
			What: "Nobody confirms what is said of themself.",
			Next: "To say it yourself, write `/coc recuse hard` or `/coc recuse soft`.", Rule: "conflict/own",
		}
	}
	all, waits, kind := slices.Clone(t.c.Declarations), false, coc.ConflictSoft
	for i, d := range all {
		if !waiting(d) || !d.Login.Is(who) {
			continue
		}
		waits = true
		if behind(d, t.ev.Actor) {
			continue
		}
		all[i].Confirmed = append(slices.Clone(d.Confirmed), t.ev.Actor)
		if d.Kind != coc.ConflictSoft {
			kind = coc.ConflictHard
		}
	}
	switch {
	case !waits:
		return coc.Refusal{
			What: "Nothing that was said of that person waits for a confirmation.",
			Next: "To say something yourself, write `/coc recuse @member hard` or `/coc recuse @member soft`.", Rule: "conflict/nothing-waits",
		}
	case slices.EqualFunc(all, t.c.Declarations, func(a, b coc.Declaration) bool { return len(a.Confirmed) == len(b.Confirmed) }):
		return saidAlready
	}
	t.c.Declarations = all
	return t.judge(ctx, "confirm-conflict", who, kind, coc.Prose{})
}

var saidAlready = coc.Refusal{
	What: "You have said so already.",
	Next: "The body of this issue shows what holds and what waits for others.", Rule: "conflict/said",
}

// mayBeJudged refuses a word on somebody who does not read here, or in a case
// that is over.
func (t *turn) mayBeJudged(who coc.Login) error {
	home := t.c.Home()
	switch {
	case stage.Closed(t.c.Stage):
		return coc.Refusal{
			What: "The case is closed, so nobody decides in it.",
			Next: "If it is to be taken up again, write `/coc reopen` with a reason first.", Rule: "conflict/closed",
		}
	case !coc.HasLogin(home.Responders, who) && !coc.HasLogin(home.Committee.Custodians, who):
		return coc.Refusal{
			What: "That person is neither a responder nor a custodian of this case.",
			Next: "The body of this issue lists both.", Rule: "conflict/nobody",
		}
	}
	return nil
}

// withOwn adds what a member says of themself, unless it stands there already.
func withOwn(all []coc.Declaration, said coc.Declaration) ([]coc.Declaration, error) {
	for _, d := range slices.Backward(all) {
		if !d.Own() || !d.Login.Is(said.Login) {
			continue
		}
		if d.Kind == said.Kind && d.Basis == said.Basis {
			return nil, saidAlready
		}
		if d.Kind == coc.ConflictClear || said.Kind == coc.ConflictClear {
			break // what was said before a clear is taken back by it
		}
	}
	return append(slices.Clone(all), said), nil
}

// withAnothers adds what a member says of somebody else. Where another has said
// the same, it confirms that: of a hard conflict it does not matter what it
// rests on.
func withAnothers(all []coc.Declaration, said coc.Declaration) ([]coc.Declaration, error) {
	all = slices.Clone(all)
	for i, d := range all {
		same := d.Login.Is(said.Login) && d.Kind == said.Kind && (d.Basis == said.Basis || d.Kind == coc.ConflictHard)
		switch {
		case d.Own() || !same:
			continue
		case d.Settled || behind(d, said.By):
			return nil, saidAlready
		}
		all[i].Confirmed = append(slices.Clone(d.Confirmed), said.By)
		return all, nil
	}
	return append(all, said), nil
}

// waiting reports whether somebody said it of another, and too few confirmed it.
func waiting(d coc.Declaration) bool { return !d.Own() && !d.Settled }

// behind reports whether somebody stands behind another's word.
func behind(d coc.Declaration, who coc.Login) bool {
	return who.Is(d.By) || coc.HasLogin(d.Confirmed, who)
}

// judge writes a word into the journal and draws the consequences.
func (t *turn) judge(ctx context.Context, verb string, whom coc.Login, kind coc.ConflictKind, reason coc.Prose) error {
	t.note(verb, t.c.Stage, reason)
	entry := &t.c.Journal[len(t.c.Journal)-1]
	entry.Whom, entry.Kind = whom, kind
	before := t.c.Home().Responders
	alarms, err := t.weighs(ctx)
	left := gone(before, t.c.Placements[t.n].Responders)
	t.alarms = append(t.alarms, alarms...)
	_, later := coc.IsLater(err)
	if later || err == nil && t.current() {
		t.replies = append(t.replies, removed(&t.c, left, t.now)...)
	}
	if later {
		// The word holds already, and nothing more is written where somebody reads
		// whom it bars.
		t.change.Jobs = append(t.change.Jobs, coc.Job{Kind: coc.JobLeave, Case: t.c.ID, N: t.n, Priority: 2})
		return nil
	}
	return err
}

// weighs draws the consequences of a word in a home. Where others are still asked, it is
// one of the answers there.
func (t *turn) weighs(ctx context.Context) ([]coc.Reason, error) {
	if home := t.c.Home(); !home.Asked.IsZero() && !home.Screened {
		return t.desk.askOn(ctx, &t.c, &t.change, t.in.Received, true)
	}
	s, went := weigh(&t.c)
	return t.desk.keep(ctx, &t.c, &t.change, s, went, t.in.Received)
}

// weigh settles what was confirmed by now, and takes whoever is recused from the
// home's responders. went says that somebody was, so that it must be seen
// whether they can read there.
func weigh(c *coc.Case) (s conflict.Screening, went bool) {
	home := c.Home()
	r := record(*c, *home).Settle(home.Committee, c.Parties)
	c.Declarations = r.Declarations
	s = r.Screen(home.Committee, c.Parties)
	for _, f := range s.Recused {
		went = went || coc.HasLogin(home.Responders, f.Login) || coc.HasLogin(home.Committee.Custodians, f.Login)
		if home.Separate && coc.HasLogin(home.Responders, f.Login) {
			home.Leaving = append(slices.Clone(home.Leaving), f.Login)
		}
		home.Responders = slices.DeleteFunc(slices.Clone(home.Responders), f.Login.Is)
		if f.Login.Is(c.Holder) {
			c.Holder = ""
		}
	}
	settleMeasures(c, s.Voters)
	if !home.Asked.IsZero() {
		stands := conflict.Ask(*c, *home).Becomes()
		s.Stands, s.Why = stands.Stands, stands.Why
	}
	return s, went
}

// keep takes a case away from its home where somebody who is recused can read it
// there, and where too few of the committee remain. Then the next that can takes
// it, and this may be the same committee in another room.
//
// Nobody further up may be able to: then the case stays with those who are left,
// and operators are alarmed, unless somebody would read on who may not. A
// coc.Later changes nothing of the case.
func (d *Desk) keep(ctx context.Context, c *coc.Case, change *coc.Change, s conflict.Screening, went bool, since time.Time) ([]coc.Reason, error) {
	fits := true
	if went {
		var err error
		if fits, err = d.fits(ctx, c, since); err != nil {
			return nil, err
		}
	}
	switch known := slices.Contains(c.Flags, coc.FlagNoQuorum); {
	case fits && s.Stands:
		c.Flags = without(c.Flags, coc.FlagNoQuorum)
		return nil, nil
	case fits && known && len(c.Home().Responders) > 0:
		return nil, nil // it was tried, and operators know
	}
	w, err := d.worldOf(ctx, *c)
	if err != nil {
		return nil, err
	}
	home := c.Home()
	w.Chain, w.Skip = c.Chain, had(*c)
	// Asked anew, a committee has its whole time again: one that let it pass is
	// not asked.
	unheard := known(*c, *home).Screen(home.Committee, c.Parties).Stands && !s.Stands
	rule := "committee/silent"
	if !home.Asked.IsZero() && !s.Stands {
		unheard, rule = true, "separate/too-few-clear" // each was asked, so nobody is again
	}
	if unheard && fits {
		w.Chain = slices.DeleteFunc(slices.Clone(c.Chain), func(k coc.Committee) bool { return k.Key == home.Committee.Key })
	} else {
		delete(w.Skip, home.Committee.Key)
	}
	of, more, err := d.restsOn(ctx, *c)
	if err != nil {
		return nil, err
	}
	decision, err := d.decide(ctx, w, of, since, more...)
	if err != nil {
		return nil, err
	}
	decision = unlessBrief(*c, decision)
	if decision.Sealed && fits && len(home.Responders) > 0 {
		c.Flags = union(c.Flags, []coc.Flag{coc.FlagNoQuorum})
		return append(unsealed(decision.Alarms), aboutRoom("committee/nobody-above", *home)), nil
	}
	if unheard && fits {
		c.Trace = append(c.Trace, aboutRoom(rule, *home))
	}
	c.Parties = w.Parties
	from, n, now := c.Stage, len(c.Placements)-1, d.Clock.Now()
	d.moveTo(c, change, decision, now)
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: now, Act: actMovedOn, From: from, To: c.Stage})
	change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	return decision.Alarms, nil
}

func without(flags []coc.Flag, f coc.Flag) []coc.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(g coc.Flag) bool { return g == f })
}

// leaveNow is keep for a word that was taken while GitHub could not tell who
// reads.
func (d *Desk) leaveNow(ctx context.Context, job coc.Job) error {
	c, err := d.stillIn(ctx, job)
	if err != nil {
		return err
	}
	return d.ruled(ctx, c, true, c.Journal[len(c.Journal)-1].At)
}

// screen makes silence count in a placement once its time for screening is
// over. What has left it, or was resolved meanwhile, needs nobody's word.
func (d *Desk) screen(ctx context.Context, job coc.Job) error {
	c, err := d.stillIn(ctx, job)
	if err != nil {
		return err
	}
	home, now := c.Home(), d.Clock.Now()
	switch {
	case !home.Asked.IsZero():
		return d.timeIsUp(ctx, c)
	case home.ScreenBy.IsZero(), home.Screened, resolved(c.Stage):
		return nil
	case now.Before(home.ScreenBy):
		return coc.Later{After: home.ScreenBy, Cause: "the time for screening is not over"}
	}
	home.Screened = true
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: now, Act: "screened", From: c.Stage, To: c.Stage})
	return d.ruled(ctx, c, false, home.ScreenBy)
}

// stillIn is the case of a job that is about the home it had when the job was
// made; coc.ErrGone where it has another by now.
func (d *Desk) stillIn(ctx context.Context, job coc.Job) (coc.Case, error) {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return c, fmt.Errorf("case %s: %w", job.Case, err)
	}
	since := len(c.Placements) - 1
	for goesOn(c, since) {
		since--
	}
	if job.N < since || c.Home().Sealed() {
		return c, coc.ErrGone
	}
	return c, nil
}

// ruled draws the consequences where nobody is waiting for an answer.
func (d *Desk) ruled(ctx context.Context, c coc.Case, went bool, since time.Time) error {
	var change coc.Change
	n := len(c.Placements) - 1
	before := c.Home().Responders
	s, more := weigh(&c)
	left := gone(before, c.Home().Responders)
	alarms, err := d.keep(ctx, &c, &change, s, went || more, since)
	if err != nil {
		return err
	}
	if n == len(c.Placements)-1 {
		told := append(removed(&c, left, d.Clock.Now()), recounted(&c, d.Clock.Now())...)
		owe(&c, &change, c.Revision+1, n, told)
		change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	}
	c.Revision++
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// awaitWords gives a placement its time for screening, from now: it begins when a
// member acknowledges the case. Before that, silence is nobody's word on anything, and
// the clock of the first answer is the one that runs.
func awaitWords(id coc.CaseID, n int, p *coc.Placement, change *coc.Change, now time.Time) {
	span := p.Committee.Clocks.ScreenWithin
	if span.IsZero() {
		return
	}
	p.ScreenBy = stage.Add(span, now, p.Committee.Timezone, p.Committee.Holidays)
	change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobScreen, Case: id, N: n, At: p.ScreenBy, Priority: 3})
}

// resolved reports whether nobody decides in a case any more.
func resolved(s coc.Stage) bool {
	return s == coc.StageResolved || s == coc.StageFollowUp || stage.Closed(s)
}
