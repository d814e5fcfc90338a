package ballot

import (
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The rules by which a committee decides, as its file names them.
const (
	Consensus = "consensus"
	Majority  = "majority"
	TwoThirds = "two-thirds"
	Unanimous = "unanimous"
)

// Rules lists them.
func Rules() []string { return []string{Consensus, Majority, TwoThirds, Unanimous} }

// Means says in words when a proposal is carried by a rule.
func Means(rule string) string {
	switch rule {
	case Consensus:
		return "all agree; or most agree and nobody objects until the window is over; or somebody objects, everybody has voted, and most agree"
	case Majority:
		return "more than half of all who have a vote agree"
	case TwoThirds:
		return "at least two thirds of all who have a vote agree"
	}
	return "all who have a vote agree"
}

// Result is where a proposal stands. The zero Result is none, and lets nothing
// be decided.
type Result string

// The results. A failed proposal is one that the votes there are keep from being
// carried, whatever the others say; it may be carried when somebody's word changes.
const (
	Open    Result = "open"
	Carried Result = "carried"
	Failed  Result = "failed"
)

// Count is a proposal as it stands at one moment, by who has a vote then.
type Count struct {
	Rule string // one of Rules; what is none of them is Unanimous
	// Agreed, Objected and Silent are all who have a vote, by their last word, in
	// the order of the roster.
	Agreed, Objected, Silent []coc.Login
	Need                     int // how many must agree, for it to be carried at all
	Quorum                   int // how many must have voted
	// Silence is when silence becomes consent, if somebody's would count; zero:
	// it does not.
	Silence time.Time
	// Asked is until when members are asked in private, of whom some may have a vote
	// yet; zero: nobody is. See WhileAsked.
	Asked  time.Time
	Result Result
}

// Voters is how many have a vote.
func (c Count) Voters() int { return len(c.Agreed) + len(c.Objected) + len(c.Silent) }

// Spoken is how many of them have voted.
func (c Count) Spoken() int { return len(c.Agreed) + len(c.Objected) }

// Tally counts a proposal by a committee's rule. voters is who has a vote now;
// the words of everybody else, whenever they said them, count for nothing.
func Tally(p coc.Proposal, k coc.Committee, voters []coc.Login, now time.Time) Count {
	c := Count{Rule: k.DecideBy}
	if !slices.Contains(Rules(), c.Rule) {
		c.Rule = Unanimous
	}
	var agreedAt, objectedAt []time.Time
	for i, l := range voters {
		if coc.HasLogin(voters[:i], l) {
			continue
		}
		j := slices.IndexFunc(p.Votes, func(v coc.Vote) bool { return v.Login.Is(l) })
		switch {
		case j < 0:
			c.Silent = append(c.Silent, l)
		case p.Votes[j].Agrees:
			c.Agreed, agreedAt = append(c.Agreed, l), append(agreedAt, p.Votes[j].At)
		default:
			c.Objected, objectedAt = append(c.Objected, l), append(objectedAt, p.Votes[j].At)
		}
	}
	n := c.Voters()
	c.Need, c.Quorum = need(c.Rule, n), quorum(k.Quorum, n)
	if now.Before(p.Counted) {
		now = p.Counted
	}
	silent, at := silence(c, p, agreedAt, objectedAt)
	if c.Rule == Consensus && len(c.Objected) == 0 && !p.Silence.IsZero() {
		c.Silence = p.Silence
	}
	enough := len(c.Agreed) >= c.Need
	switch {
	case c.Quorum > n, n-len(c.Objected) < c.Need:
		c.Result = Failed
	case !enough || c.Spoken() < c.Quorum:
		c.Result = Open
	case c.Rule == Consensus && len(c.Silent) > 0 && !(silent && !now.Before(at)):
		c.Result = Open
	default:
		c.Result = Carried
	}
	return c
}

// silence is when most of those who have a vote had agreed and the window was
// over; ok is false where there is no such moment, or an objection that still
// stands had been made by then.
func silence(c Count, p coc.Proposal, agreed, objected []time.Time) (ok bool, at time.Time) {
	if p.Silence.IsZero() || len(agreed) < c.Need {
		return false, time.Time{}
	}
	slices.SortFunc(agreed, time.Time.Compare)
	if at = agreed[max(c.Need, 1)-1]; at.Before(p.Silence) {
		at = p.Silence
	}
	return !slices.ContainsFunc(objected, func(o time.Time) bool { return !o.After(at) }), at
}

// need is how many of n must agree, at the least.
func need(rule string, n int) int {
	switch rule {
	case Consensus, Majority:
		return n/2 + 1
	case TwoThirds:
		return max(1, (2*n+2)/3)
	}
	return max(1, n)
}

// quorum is how many of n must have voted. What cannot be read is everybody.
func quorum(said string, n int) int {
	if said == "majority" {
		return n/2 + 1
	}
	if q, err := strconv.Atoi(said); err == nil && q > 0 {
		return q
	}
	return max(1, n)
}

// Say records somebody's word on a proposal, which replaces what they said before;
// of two words the one that was written later is the last, in whatever order they
// came. Who says the same once more has said so since the first time. It returns a new
// value and leaves p as it was. Nobody ("") has no vote.
func Say(p coc.Proposal, v coc.Vote) coc.Proposal {
	if v.Login == "" {
		return p
	}
	votes := slices.Clone(p.Votes)
	p.Votes = votes
	i := slices.IndexFunc(votes, func(o coc.Vote) bool { return o.Login.Is(v.Login) })
	if i < 0 {
		p.Votes = append(votes, v)
		return p
	}
	was, said := votes[i], said(votes[i], coc.Voted{Agrees: v.Agrees, At: v.At})
	last := said[len(said)-1]
	since := len(said) - 1
	for since > 0 && said[since-1].Agrees == last.Agrees {
		since--
	}
	votes[i] = coc.Vote{Login: was.Login, Agrees: last.Agrees, At: said[since].At, Words: was.Words, Said: said}
	if last.At.Equal(v.At) {
		votes[i].Words = v.Words
	}
	return p
}

// said is somebody's words with one more, in the order in which they were written; of
// one second, in which they came. What stands between two that say the same as it
// changes nothing, and is left out.
func said(v coc.Vote, word coc.Voted) []coc.Voted {
	all := slices.Clone(v.Said)
	if all == nil {
		all = []coc.Voted{{Agrees: v.Agrees, At: v.At}}
	}
	at := len(all)
	for at > 0 && all[at-1].At.After(word.At) {
		at--
	}
	all = slices.Insert(all, at, word)
	for i := len(all) - 2; i > 0; i-- {
		if all[i-1].Agrees == all[i].Agrees && all[i].Agrees == all[i+1].Agrees {
			all = slices.Delete(all, i, i+1)
		}
	}
	return all
}

// Recount gives a proposal that stands the state that follows from a count, and
// remembers when it was counted. A proposal that is over stays as it is.
func Recount(p coc.Proposal, c Count, now time.Time) coc.Proposal {
	if p.State != coc.ProposalOpen && p.State != coc.ProposalCarried {
		return p
	}
	p.State = coc.ProposalOpen
	if c.Result == Carried {
		p.State = coc.ProposalCarried
	}
	if now.After(p.Counted) {
		p.Counted = now
	}
	return p
}
