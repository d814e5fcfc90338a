package casework

import (
	"context"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// What the journal has of a proposal that nobody commanded.
const (
	actCarried   = "carried"
	actUncarried = "not carried any more"
)

// voters is who has a vote in a case now.
func voters(c coc.Case) []coc.Login {
	home := *c.Home()
	return record(c, home).Screen(home.Committee, c.Parties).Voters
}

// tally is how a proposal stands in a case's home.
func tally(c coc.Case, p coc.Proposal, now time.Time) ballot.Count {
	return ballot.Tally(p, c.Home().Committee, voters(c), now).WhileAsked(conflict.Ask(c, *c.Home()).Deadline())
}

// allAsked is when nobody is asked in private any more. Silence carries nothing before
// that: an objection that is written until then came in time.
func allAsked(c *coc.Case, now time.Time) {
	c.Home().Screened = true
	if p, ok := c.Standing(); ok && !p.Silence.IsZero() && p.Silence.Before(now) {
		p.Silence = now
		c.WithProposal(p)
	}
}

// propose puts an outcome before those who have a vote. Whoever proposes it agrees,
// if they have one.
func (t *turn) propose(cmd command.Command) error {
	from := t.c.Stage
	to, err := stage.Next(from, "propose")
	if err != nil {
		return err
	}
	if err := ballot.MayPropose(coc.Outcome(cmd.Args), cmd.Until, t.now); err != nil {
		return err
	}
	if old, ok := t.c.Standing(); ok {
		if !ballot.MayReplace(old, tally(t.c, old, t.now), t.now) {
			return coc.Refusal{
				What: "There is a proposal already, and one is voted on at a time.",
				Next: "Vote on it with `/coc agree` or `/coc object`. Until it is carried, whoever made it takes it back with `/coc object`.", Rule: "proposal/open",
			}
		}
		old.State = coc.ProposalReplaced
		t.c.WithProposal(old)
	}
	k := t.c.Home().Committee
	p := coc.Proposal{
		Number: t.c.NextProposal(), Placement: t.n, By: t.ev.Actor, At: t.written(), State: coc.ProposalOpen,
		Outcome: coc.Outcome(cmd.Args), Until: cmd.Until, Naming: cmd.Naming, Words: cmd.Text,
	}
	p.Held = ballot.Waits(t.desk.Directory.Jurisdiction().Gate, p)
	if coc.HasLogin(voters(t.c), p.By) {
		p = ballot.Say(p, coc.Vote{Login: p.By, Agrees: true, At: p.At})
	}
	if span := k.Clocks.ConsentWindow; k.DecideBy == ballot.Consensus && !span.IsZero() {
		// From now and not from when it was written: until it stands in the issue
		// nobody could know that there is a time. Where GitHub's clock is ahead of ours,
		// ours is behind, and would take from it when it is put right.
		from := t.now
		if t.ev.CommentAt.After(from) {
			from = t.ev.CommentAt
		}
		p.Silence = stage.Add(span, from, k.Timezone, k.Holidays)
		t.change.Jobs = append(t.change.Jobs, coc.Job{Kind: coc.JobConsent, Case: t.c.ID, N: p.Number, At: p.Silence, Priority: 3})
	}
	t.c.WithProposal(p)
	if t.c.Stage = to; to != from { // another proposal gives nobody more time
		t.c.Due = owedSince(t.c, t.now)
	}
	t.noteOn("propose", from, p.Number, cmd.Text)
	if u := cmd.Unsaid(); u != (command.Unsaid{}) {
		t.reply(notice.Unsaid(p, u))
	}
	t.stands(ballot.Open) // the others have the proposal itself by mail
	return nil
}

// votes is a member's word on the proposal that stands.
func (t *turn) votes(cmd command.Command) error {
	p, ok := t.c.Standing()
	agrees, at := cmd.Verb == "agree", t.written()
	switch {
	case !ok:
		return nothingProposed(t.c.Stage)
	case at.Before(p.At):
		return coc.Refusal{
			What: "That was written before the proposal that stands now, so it cannot be meant for it.",
			Next: "Read the proposal, and vote again.", Rule: "vote/before",
		}
	case !agrees && p.State == coc.ProposalOpen && p.By.Is(t.ev.Actor):
		p.State = coc.ProposalWithdrawn
		t.c.WithProposal(p)
		t.noteOn(cmd.Verb, t.c.Stage, p.Number, cmd.Text)
		t.reply(notice.Withdrawn(p))
		return nil
	case !coc.HasLogin(voters(t.c), t.ev.Actor):
		return coc.Refusal{
			What: "You have no vote in this case now: those have one who decide, have no conflict, and have said so when the time for that is over.",
			Next: "If you have not said anything of conflicts, write `/coc clear` or `/coc recuse`; the body of this issue shows who has a vote.", Rule: "vote/none",
		}
	}
	before := tally(t.c, p, t.now).Result
	p = ballot.Say(p, coc.Vote{Login: t.ev.Actor, Agrees: agrees, At: at, Words: cmd.Text})
	t.c.WithProposal(p)
	t.noteOn(cmd.Verb, t.c.Stage, p.Number, cmd.Text)
	t.stands(before)
	return nil
}

// aboutAProposal reports whether a verb is a word on whatever is proposed.
func aboutAProposal(verb string) bool {
	return slices.Contains([]string{"agree", "object", "legal", "resolve"}, verb)
}

// aboutTheRefused refuses such a word behind a proposal of the same comment that was
// refused itself: it was meant for that, and would count for another.
var aboutTheRefused = coc.Refusal{
	What: "That was written behind a proposal that was refused, or behind what was not understood, so it may not be meant for what stands now.",
	Next: "If it is, write it in a comment of its own.", Rule: "vote/refused",
}

func nothingProposed(s coc.Stage) error {
	next := "`/coc help` shows what can be done now."
	if slices.Contains(stage.Legal(s), "propose") {
		next = "Propose something: `/coc propose OUTCOME TEXT`."
	}
	return coc.Refusal{What: "Nothing is proposed in this case.", Next: next, Rule: "proposal"}
}

// written is when the words of this turn were written, as GitHub has it; a moment
// that is still to come by our clock is now.
func (t *turn) written() time.Time {
	if at := t.ev.CommentAt; !at.IsZero() && at.Before(t.now) {
		return at
	}
	return t.now
}

// stands counts what is proposed, and answers how it stands where that is another
// result than before. Of a vote that changes none of it, as of other commands that
// were carried out, the body tells: an answer to each would cost every member a mail.
func (t *turn) stands(before ballot.Result) {
	recount(&t.c, t.now)
	p, ok := t.c.Standing()
	if count := tally(t.c, p, t.now); ok && count.Result != before {
		t.reply(notice.Stands(p, t.c.Home().Committee, count))
	}
}

// noteOn is note of a proposal.
func (t *turn) noteOn(act string, from coc.Stage, proposal int, text coc.Prose) {
	t.note(act, from, text)
	t.c.Journal[len(t.c.Journal)-1].Proposal = proposal
}

// recount counts the proposal that stands again, because a vote came, or somebody
// may have lost or won theirs, or time went by. changed says that it is carried now,
// or is not any more, which the journal has: then there is time to agree anew. While
// there is no issue in which somebody could object, no time goes by for it.
func recount(c *coc.Case, now time.Time) (changed bool) {
	was, ok := c.Standing()
	if !ok {
		return false
	}
	if home := c.Home(); home.Issue == 0 {
		now = home.PlacedAt
	}
	p := ballot.Recount(was, tally(*c, was, now), now)
	c.WithProposal(p)
	if p.State == was.State {
		return false
	}
	act := actCarried
	if p.State != coc.ProposalCarried {
		act = actUncarried
		c.Due = stage.Retry(c.Home().Committee, c.Due, now)
	}
	c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision + 1, At: now, Act: act, From: c.Stage, To: c.Stage, Proposal: p.Number})
	return true
}

// recounted is recount, and what is said of it where nobody is answered about a vote:
// GitHub sends no mail of a body.
func recounted(c *coc.Case, now time.Time) []notice.Private {
	if !recount(c, now) {
		return nil
	}
	p, _ := c.Standing()
	return []notice.Private{notice.Stands(p, c.Home().Committee, tally(*c, p, now))}
}

// askAnew gives those who said nothing to a proposal their whole time once more, because
// it stands in an issue only now.
func askAnew(c *coc.Case, change *coc.Change, now time.Time) {
	p, ok := c.Standing()
	if !ok || p.State != coc.ProposalOpen || p.Silence.IsZero() {
		return
	}
	k := c.Home().Committee
	p.Silence = stage.Add(k.Clocks.ConsentWindow, now, k.Timezone, k.Holidays)
	c.WithProposal(p)
	change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobConsent, Case: c.ID, N: p.Number, At: p.Silence, Priority: 3})
}

// consent counts proposal N when silence becomes consent. Where another one stands
// by now, or what it would change is so already, nothing is to be done. Members are
// told of what silence has carried.
func (d *Desk) consent(ctx context.Context, job coc.Job) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	if p, ok := c.Standing(); !ok || p.Number != job.N || p.State != coc.ProposalOpen {
		return nil
	} else if now.Before(p.Silence) {
		return coc.Later{After: p.Silence, Cause: "the window of a proposal is not over"}
	}
	return d.amend(ctx, job.Case, func(c *coc.Case) (coc.Change, bool) {
		p, ok := c.Standing()
		if !ok || p.Number != job.N {
			return coc.Change{}, false
		}
		told := recounted(c, now)
		if told == nil {
			return coc.Change{}, false
		}
		var change coc.Change
		owe(c, &change, c.Revision+1, p.Placement, told)
		change.Jobs = append(change.Jobs, d.showJob(c.ID, p.Placement))
		return change, true
	})
}
