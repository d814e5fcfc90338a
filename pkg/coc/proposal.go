package coc

import (
	"slices"
	"time"
)

// ProposalState is what became of a proposal. The zero ProposalState is none: it
// is not voted on, and nothing follows from it.
type ProposalState string

// The states. Open and carried proposals stand; the others are over.
const (
	ProposalOpen      ProposalState = "open"
	ProposalCarried   ProposalState = "carried"   // enough agreed; nothing follows before the case is resolved
	ProposalWithdrawn ProposalState = "withdrawn" // by whoever made it
	ProposalReplaced  ProposalState = "replaced"  // it had failed, and another was made
	ProposalDecided   ProposalState = "decided"   // the case was resolved with it
)

// Vote is somebody's last word on a proposal.
type Vote struct {
	Login  Login `json:"login"`
	Agrees bool  `json:"agrees,omitempty"`
	// At is since when they have said so: when it was written, not when it was worked,
	// and of several words that say the same the first.
	At    time.Time `json:"at"`
	Words Prose     `json:"words,omitzero"` // why somebody objects
	// Said is every word of theirs that matters to that, in order; nil: this is the only
	// one.
	Said []Voted `json:"said,omitempty"`
}

// Voted is one word of somebody's on a proposal.
type Voted struct {
	Agrees bool      `json:"agrees,omitempty"`
	At     time.Time `json:"at"`
}

// Proposal is what somebody proposes as the outcome of a case. Whether it is
// carried is ballot's to say, by who has a vote now.
type Proposal struct {
	Number    int           `json:"number"`    // counted in its home, from 1
	Placement int           `json:"placement"` // where it was made: elsewhere it counts for nothing
	By        Login         `json:"by"`
	At        time.Time     `json:"at"` // when it was written
	State     ProposalState `json:"state"`
	Outcome   Outcome       `json:"outcome"`
	// Until is the first day on which a ban or a suspension does not last any
	// more; zero: it lasts for ever.
	Until  time.Time `json:"until,omitzero"`
	Naming bool      `json:"naming,omitempty"` // the accused is named in public
	Words  Prose     `json:"words"`
	Votes  []Vote    `json:"votes,omitempty"`
	// Silence is when silence becomes consent, where the committee's rule knows
	// that; zero: never.
	Silence time.Time `json:"silence,omitzero"`
	// Counted is the latest moment at which it was counted: time does not run back.
	Counted time.Time `json:"counted,omitzero"`
	// Held is the rule by which counsel is consulted first, "" where nobody need
	// be, and Consulted who said that it was done, and when.
	Held      string    `json:"held,omitempty"`
	Consulted Login     `json:"consulted,omitempty"`
	HeardAt   time.Time `json:"heard_at,omitzero"`
}

// Standing is the proposal that is open or carried in the case's present home;
// ok is false where there is none.
func (c Case) Standing() (p Proposal, ok bool) {
	if len(c.Proposals) == 0 {
		return Proposal{}, false
	}
	p = c.Proposals[len(c.Proposals)-1]
	stands := p.State == ProposalOpen || p.State == ProposalCarried
	return p, stands && p.Placement == len(c.Placements)-1
}

// LastDecided is the proposal with which the case was decided last, in whichever home;
// ok is false where it never was.
func (c Case) LastDecided() (p Proposal, ok bool) {
	for _, p := range slices.Backward(c.Proposals) {
		if p.State == ProposalDecided {
			return p, true
		}
	}
	return Proposal{}, false
}

// NextProposal is the number of the next one in the case's present home. What was
// proposed elsewhere is that committee's affair, and so is how often.
func (c Case) NextProposal() int {
	n := 1
	for _, p := range c.Proposals {
		if p.Placement == len(c.Placements)-1 {
			n++
		}
	}
	return n
}

// WithProposal keeps a proposal in the place of the one that it was, or as a
// new one. It shares nothing with the proposals that were there.
func (c *Case) WithProposal(p Proposal) {
	all := slices.Clone(c.Proposals)
	i := slices.IndexFunc(all, func(q Proposal) bool { return q.Number == p.Number && q.Placement == p.Placement })
	if i < 0 {
		c.Proposals = append(all, p)
		return
	}
	all[i] = p
	c.Proposals = all
}
