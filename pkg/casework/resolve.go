package casework

import (
	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// mayResolve asks every rule that can be against a final decision, whichever way
// somebody asks for one.
func (t *turn) mayResolve(said ballot.Wish) (coc.Proposal, error) {
	if err := ballot.Unheard(t.c); err != nil {
		return coc.Proposal{}, err
	}
	p, err := t.agreedOn(said)
	if err != nil {
		return coc.Proposal{}, err
	}
	return p, ballot.Uncounselled(t.c, t.desk.Directory.Jurisdiction().Gate)
}

// agreedOn is the proposal that a case is resolved with.
func (t *turn) agreedOn(said ballot.Wish) (coc.Proposal, error) {
	said.By, said.At = t.ev.Actor, t.now
	var standing *coc.Proposal
	p, ok := t.c.Standing()
	if ok {
		standing = &p
	}
	return ballot.MayResolve(standing, tally(t.c, p, t.now), t.desk.Directory.Jurisdiction().Gate, said)
}

// resolved takes what was agreed on as the outcome. The words of the decision are
// those that were voted on, and then what whoever enters it adds, which is marked: nobody
// has agreed to that. What one person
// decides alone is kept like a proposal that they made and agreed to.
func (t *turn) resolved(p coc.Proposal, text coc.Prose) coc.Prose {
	if p.Number == 0 {
		if old, ok := t.c.Standing(); ok {
			old.State = coc.ProposalReplaced
			t.c.WithProposal(old)
		}
		p.Number, p.Placement, text = t.c.NextProposal(), t.n, coc.Prose{}
	}
	p.State = coc.ProposalDecided
	t.c.WithProposal(p)
	t.c.Outcome, t.c.Decided = p.Outcome, voters(t.c)
	t.change.Jobs = append(t.change.Jobs, t.desk.ownRecord(t.c)...)
	endMeasures(&t.c)
	if !text.IsBlank() {
		text = coc.NewProse("Added when it was entered, and not voted on:").And(text)
	}
	return p.Words.And(text)
}
