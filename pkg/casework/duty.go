package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// owes keeps with a case whom its new home must tell of it. Whoever was told
// already is not told the same again. What the former home still owed is over,
// except a word that nobody has to write.
func (d *Desk) owes(c *coc.Case, change *coc.Change, decision route.Decision, now time.Time) {
	if c.Notice != nil {
		return
	}
	c.Duties = slices.Clone(c.Duties)
	for i, duty := range c.Duties {
		c.Duties[i].Over = duty.Over || duty.Done.IsZero() && duty.What == coc.WordSummary
	}
	d.owesTells(c, change, decision.Duties, now)
	d.owesJoint(c, change, decision)
}

// owesTells adds duties to tell that a case does not have.
func (d *Desk) owesTells(c *coc.Case, change *coc.Change, tell []route.Tell, now time.Time) {
	for _, tell := range tell {
		what := coc.Word(tell.What)
		if what == coc.WordMoved {
			c.Duties = append(c.Duties, coc.Duty{To: tell.Whose, What: what, When: coc.WhenOpened, Done: now})
			continue
		}
		for _, when := range tell.When {
			if slices.ContainsFunc(c.Duties, func(o coc.Duty) bool {
				return tells(o, tell.Committee) && !o.Joint && o.When == when
			}) {
				continue
			}
			if what == coc.WordNotice {
				change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobTell, Case: c.ID, N: len(c.Duties), Priority: 3})
			}
			c.Duties = append(c.Duties, coc.Duty{To: tell.Committee, What: what, When: when, Way: tell.Way})
		}
	}
}

// tells reports whether a duty, which is not over, is to tell a committee.
func tells(d coc.Duty, k coc.Committee) bool {
	return !d.Over && d.What != coc.WordMoved && sameCommittee(d.To, k)
}

// owesAnew makes a case that is taken up again owe the word on how it ended once
// more.
func owesAnew(c *coc.Case) {
	for _, d := range slices.Clone(c.Duties) {
		if d.When == coc.WhenResolved && !d.Over && !d.Done.IsZero() {
			c.Duties = append(c.Duties, coc.Duty{To: d.To, What: d.What, When: d.When, Way: d.Way})
		}
	}
}

// notify tells whoever must be told, in a member's words. The notice is routed by
// a way of its own, because the accused may sit with whom it is for, and is held
// against the parties and the words of the case like a case itself.
func (t *turn) notify(ctx context.Context, text coc.Prose) error {
	owed := map[string][]int{}
	var order []string
	for i, d := range t.c.Duties {
		if d.Owed(t.c.Stage) {
			if owed[d.To.Key] == nil {
				order = append(order, d.To.Key)
			}
			owed[d.To.Key] = append(owed[d.To.Key], i)
		}
	}
	if len(order) == 0 {
		return coc.Refusal{
			What: "Nobody has to be told of this case now.",
			Next: "The body of this issue shows it when somebody has to be.", Rule: "notify/nobody",
		}
	}
	if t.desk.givesAway(t.c, text) {
		return coc.Refusal{
			What: "The text tells who reported, or leads to them: it holds their account, how to reach them, their receipt, the address of what they wrote, or the name of the repository that the case is in.",
			Next: "Whoever is told learns what happened and who is accused, and never who reported. Write it again without that.", Rule: "notify/reporter",
		}
	}
	told := false
	for _, key := range order {
		last := t.c.Duties[owed[key][len(owed[key])-1]] // how it ended says how it began, too
		n, decision, err := t.desk.noticeOf(ctx, t.c, last, text, t.in.Received, &t.change)
		if err != nil {
			return err
		}
		t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
		if n == nil {
			continue
		}
		told = true
		t.change.Cases = append(t.change.Cases, *n)
		t.c.Duties = slices.Clone(t.c.Duties)
		for _, i := range owed[key] {
			t.c.Duties[i].Done, t.c.Duties[i].Told, t.c.Duties[i].Heard = t.now, n.ID, saidOf(t.c)
		}
		t.reply(notice.Notified(*n.Notice))
	}
	if !told {
		return coc.Refusal{
			What: "Nobody who must be told can be told here now, because no room of theirs may have this.",
			Next: "It is still owed: try again later, or let a member reach somebody there who may know of it.", Rule: "notify/cannot",
		}
	}
	t.note("notify", t.c.Stage, text)
	return nil
}

// givesAway reports whether words hold what leads to the reporter, or to a room
// of the case.
func (d *Desk) givesAway(c coc.Case, text coc.Prose) bool {
	r := c.Report
	if r.Reporter != "" && len(command.Among([]coc.Login{r.Reporter}, text)) > 0 {
		return true
	}
	if len(c.Receipt) > 0 && d.Keys.HasReceipt(text, c.Receipt) {
		return true
	}
	if slices.ContainsFunc(r.Reaches(), func(p coc.Prose) bool { return command.Reaches(text, p) }) {
		return true
	}
	var leads []string
	for _, p := range c.Placements {
		leads = append(leads, p.Room.Repo.String())
	}
	if o := r.Original; o != nil {
		leads = append(leads, o.URL, o.Issue.Repo.String()+"#"+strconv.Itoa(o.Issue.Number))
	}
	return slices.ContainsFunc(leads, func(s string) bool { return command.Holds(text, s) })
}

// noticeOf makes the notice of a case that a duty asks for, with a home; nil
// where nobody on the duty's way may read it. Of the report itself it has
// nothing.
func (d *Desk) noticeOf(ctx context.Context, c coc.Case, duty coc.Duty, text coc.Prose, since time.Time, change *coc.Change) (*coc.Case, route.Decision, error) {
	w, err := d.world(ctx, c.Source)
	if err != nil {
		return nil, route.Decision{}, err
	}
	w.Parties, w.Declarations, w.Chain = c.Parties, c.Declarations, duty.Way
	w.Brief, w.Notice = duty.What != coc.WordSummary, true
	decision, err := d.decide(ctx, w, c, since, append(passedOn(c), text)...)
	// No repository is made for a word that says nothing, or for a question: where
	// it would have to be, somebody there is concerned.
	if err != nil || decision.Sealed || decision.Separate && duty.What != coc.WordSummary {
		return nil, decision, err
	}
	now := d.Clock.Now()
	n := coc.Case{
		ID: d.Keys.CaseID(), Revision: 1, Report: coc.Report{Account: text, FiledAt: now}, Source: c.Source,
		Parties: w.Parties, Declarations: c.Declarations, Flags: decision.Flags, Trace: decision.Trace,
		Notice: &coc.Notice{
			Of: c.ID, What: duty.What, When: duty.When, From: c.Home().Committee.Name, By: c.Home().Committee.Key, To: duty.To.Key,
			Reference: d.reference(c.ID, duty.To.Key), Joint: duty.Joint,
		},
	}
	if c.Home().Sealed() {
		n.Notice.Ask = c.Home().Committee.Contact
	}
	if duty.What == coc.WordSummary {
		n.Notice.Accused = d.tellable(c, accused(c))
		if duty.When == coc.WhenResolved {
			n.Notice.Outcome = c.Outcome
		}
	}
	d.settle(&n, change, decision, now)
	n.Journal = []coc.Entry{{Revision: 1, At: now, Act: "opened", To: n.Stage}}
	return &n, decision, nil
}

// tellable is parties as somebody may be told of them who is not to learn who reported:
// a name is in the reporter's own words, and may tell of themself.
func (d *Desk) tellable(c coc.Case, parties []coc.Party) []coc.Party {
	out := slices.Clone(parties)
	for i, p := range out {
		switch {
		case !d.givesAway(c, p.Name):
		case p.Login != "":
			out[i].Name = coc.Prose{}
		default:
			out[i].Name = notice.NameWithheld()
		}
	}
	return out
}

// accused is who is accused in a case by the report or by a member, without
// whoever reported.
func accused(c coc.Case) []coc.Party {
	var out []coc.Party
	for _, p := range c.Parties {
		if p.Role == coc.RoleAccused && !p.Login.Is(c.Report.Author()) {
			out = append(out, p)
		}
	}
	return out
}

// tellBriefly carries out a duty that no member has to: the word that there is a
// case, where nobody is concerned who would read it. Where somebody is, it is not
// said at all. Where only their room will not do, it is tried again, less and less
// often, until it is there or the room is gone for good.
//
// Of a case that nobody could take they are told after a day that nobody has it: a
// report that touches them is not to be known to nobody but the operators. The notice
// says who has it as soon as somebody does.
func (d *Desk) tellBriefly(ctx context.Context, job coc.Job) error {
	c, err := d.Store.Case(ctx, job.Case)
	if errors.Is(err, coc.ErrMissing) {
		return nil // erased meanwhile
	}
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	if c.Notice != nil {
		_, err := d.hears(ctx, c.ID)
		return err
	}
	if job.N < len(c.Duties) && c.Duties[job.N].What == coc.WordLetter {
		return d.remind(ctx, c, job)
	}
	if job.N >= len(c.Duties) || !c.Duties[job.N].Done.IsZero() || c.Duties[job.N].Over {
		return nil
	}
	home, duty := c.Home(), c.Duties[job.N]
	since := home.PlacedAt
	if duty.Since.After(since) {
		since = duty.Since
	}
	tried := d.Clock.Now().Sub(since)
	switch {
	case sameCommittee(duty.To, home.Committee):
		return nil // they have it themselves by now
	case home.Issue == 0 && !home.Sealed() && tried < d.Patience: // whoever is told learns who has it
		return coc.ErrBusy
	case home.Issue == 0 && (!home.Sealed() || duty.Told != "" || tried < remindEvery), tried >= remindEvery && tried%remindEvery >= sealedAgain/2:
		return d.tellAgain(tried)
	}
	var change coc.Change
	n, decision, err := d.noticeOf(ctx, c, duty, coc.Prose{}, since, &change)
	if err != nil {
		return err
	}
	if n == nil {
		return d.untold(ctx, c, decision, tried)
	}
	if duty.Told != "" {
		if *n, err = d.noLongerNobodys(ctx, duty.Told, *n.Notice); err != nil {
			return err
		}
		change = coc.Change{Jobs: []coc.Job{d.showJob(n.ID, len(n.Placements)-1)}}
	}
	d.alarm(ctx, unsealed(decision.Alarms)...)
	c.Duties = slices.Clone(c.Duties)
	c.Duties[job.N].Heard = saidOf(c)
	if c.Duties[job.N].Told = n.ID; !home.Sealed() {
		c.Duties[job.N].Done = d.Clock.Now()
	}
	c.Revision++
	change.Cases = []coc.Case{c, *n}
	change.Jobs = append(change.Jobs, d.showJob(c.ID, len(c.Placements)-1))
	if err := d.commit(ctx, change); err != nil || !home.Sealed() {
		return err
	}
	return d.tellAgain(tried)
}

// noLongerNobodys is a notice of a case that nobody had, at its next revision, with
// what is to stand in it now that somebody does.
func (d *Desk) noLongerNobodys(ctx context.Context, id coc.CaseID, says coc.Notice) (coc.Case, error) {
	n, err := d.Store.Case(ctx, id)
	if err != nil {
		return coc.Case{}, fmt.Errorf("case %s: %w", id, err)
	}
	is := *n.Notice
	is.From, is.By, is.Ask = says.From, says.By, says.Ask
	n.Notice = &is
	n.Revision++
	return n, nil
}

// untoldOf has whoever was waiting for a case that nobody had told of it at once.
func untoldOf(c coc.Case) []coc.Job {
	var out []coc.Job
	for i, duty := range c.Duties {
		if duty.What == coc.WordNotice && duty.Done.IsZero() && !duty.Over {
			out = append(out, coc.Job{Kind: coc.JobTell, Case: c.ID, N: i, Priority: 3})
		}
	}
	return out
}

// untold is what becomes of a word that could not be said. Operators hear of a room
// at the first attempt, and then once a day.
func (d *Desk) untold(ctx context.Context, c coc.Case, decision route.Decision, tried time.Duration) error {
	if concerned(c, decision) || goneForGood(decision, tried) {
		return nil
	}
	if tried < 2*d.Patience || tried >= remindEvery {
		d.alarm(ctx, unsealed(decision.Alarms)...)
	}
	return d.tellAgain(tried)
}

// tellAgain brings a word back that could not be said: after as long as it was tried
// already, and after a day once a day. A queue that asks more often costs GitHub
// nothing.
func (d *Desk) tellAgain(tried time.Duration) error {
	pause := max(tried, d.Patience)
	if tried+pause > remindEvery {
		pause = remindEvery - tried%remindEvery
	}
	return coc.Later{After: d.Clock.Now().Add(pause), Cause: "a project cannot be told of a case now"}
}

// concerned reports whether somebody who would read it may not. That does not pass
// by itself, and a word that came later would tell of it.
func concerned(c coc.Case, decision route.Decision) bool {
	if slices.ContainsFunc(decision.Trace, func(r coc.Reason) bool {
		return r.Rule == "room/conflicted-reads" || r.Rule == "committee/majority-conflicted"
	}) {
		return true
	}
	return slices.ContainsFunc(decision.Asked, func(k coc.Committee) bool {
		s := conflict.Record{Declarations: c.Declarations}.Screen(k, c.Parties)
		return !s.Stands && len(s.Recused) > 0
	})
}

// restoredWithin is how long GitHub can bring a deleted repository back.
const restoredWithin = 90 * 24 * time.Hour

// goneForGood reports whether a room will not come back: it is what the report is
// about, or has not been seen for so long, or others have owned it, that it must be
// taken for gone.
func goneForGood(decision route.Decision, tried time.Duration) bool {
	return slices.ContainsFunc(decision.Trace, func(r coc.Reason) bool {
		switch r.Rule {
		case "room/is-source", "committee/contact-only":
			return true
		case "room/inaccessible", "room/transferred":
			return tried >= restoredWithin
		}
		return false
	})
}

// brief reports whether something is a notice that has nothing of the report. No
// repository is made for one: where it would have to be, somebody there may be
// concerned.
func brief(c coc.Case) bool { return c.Notice != nil && c.Notice.What != coc.WordSummary }

// neverTold reports whether a brief notice will not be read by anybody, so that there
// is no use in trying again.
func neverTold(n coc.Case, d route.Decision, tried time.Duration) bool {
	return brief(n) && (concerned(n, d) || goneForGood(d, tried))
}

// unlessBrief is a decision on where a case goes; nobody takes one that is brief who
// would need a repository for it.
func unlessBrief(c coc.Case, d route.Decision) route.Decision {
	if !brief(c) || !d.Separate {
		return d
	}
	return route.Decision{Sealed: true, Chain: d.Chain, Asked: d.Asked, Trace: d.Trace, Flags: d.Flags}
}

// restsOn is what decides who may read a case: its report with what came with it, and
// what was written since. Those of a notice are the case's that it
// tells of, which it does not have itself, and its own.
func (d *Desk) restsOn(ctx context.Context, c coc.Case) (coc.Case, []coc.Prose, error) {
	if c.Notice == nil {
		return c, passedOn(c), nil
	}
	of, err := d.Store.Case(ctx, c.Notice.Of)
	if err != nil {
		return coc.Case{}, nil, fmt.Errorf("case %s: %w", c.Notice.Of, err)
	}
	return of, append(passedOn(of), c.Report.Account), nil
}

// onNotice is what can be commanded in the issue of a notice. A question is
// answered there.
func onNotice(verb string, what coc.Word) bool {
	switch verb {
	case "notify":
		return what == coc.WordQuestion || what == coc.WordSummary
	case "help", "status", "claim", "ack", "close", "reopen", "clear", "recuse", "confirm-conflict", "admit":
		return true
	}
	return false
}

var noticeOnly = coc.Refusal{
	What: "This is a notice, and the case is with another committee.",
	Next: "Take note of it with `/coc ack` or put it away with `/coc close`; answer that committee in words of your own, by the reference.", Rule: "notice",
}

// nextOfNotice is stage.Next for a notice, which nobody decides on: it can be
// put away at any time.
func nextOfNotice(s coc.Stage, verb string) (coc.Stage, error) {
	if verb == "close" && !stage.Closed(s) {
		return coc.StageClosed, nil
	}
	return stage.Next(s, verb)
}
