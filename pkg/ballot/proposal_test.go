package ballot

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	proposed = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	window   = proposed.Add(24 * time.Hour)
	five     = []coc.Login{"kim", "lee", "mo", "noor", "ola"}
)

// votesOf reads "kim+1 lee-25": who agreed or objected, and so many hours after the
// proposal.
func votesOf(t *testing.T, said string) coc.Proposal {
	t.Helper()
	p := coc.Proposal{Number: 1, By: "zoe", At: proposed, Silence: window, State: coc.ProposalOpen, Outcome: coc.OutcomeWarning}
	for _, word := range strings.Fields(said) {
		i := strings.IndexAny(word, "+-")
		hours, err := time.ParseDuration(word[i+1:] + "h")
		if err != nil {
			t.Fatal(err)
		}
		p = Say(p, coc.Vote{Login: coc.Login(word[:i]), Agrees: word[i] == '+', At: proposed.Add(hours)})
	}
	return p
}

func TestProposals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule, quorum string
		voters       []coc.Login
		votes        string
		after        int // hours
		want         Result
	}{
		"nobody has a vote":                                             {Majority, "majority", nil, "kim+1 lee+1", 99, Failed},
		"the zero committee needs everybody":                            {"", "", five, "kim+1 lee+1 mo+1 noor+1", 99, Open},
		"a rule that is none of ours needs everybody":                   {"oracle", "majority", five, "kim+1 lee+1 mo+1 noor+1", 99, Open},
		"a quorum that cannot be read is everybody":                     {Majority, "some", five, "kim+1 lee+1 mo+1", 99, Open},
		"the only one who has a vote agrees":                            {Consensus, "majority", five[:1], "kim+0", 0, Carried},
		"the only one, where all must agree":                            {Unanimous, "majority", five[:1], "kim+0", 0, Carried},
		"the only one, where two of three must":                         {TwoThirds, "majority", five[:1], "kim+0", 0, Carried},
		"a stranger's agreement":                                        {Majority, "majority", five, "kim+1 lee+1 zoe+1", 1, Open},
		"who cannot vote any more has not voted":                        {Majority, "majority", five[1:], "kim+1 lee+1 mo+1", 1, Open},
		"one person under two names of their own":                       {Majority, "majority", append(five[:3:3], "KIM"), "kim+1 Kim+2", 2, Open},
		"consensus of all at once":                                      {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor+1 ola+1", 1, Carried},
		"consensus of most, before the window is over":                  {Consensus, "majority", five, "kim+1 lee+1 mo+1", 23, Open},
		"and when it is":                                                {Consensus, "majority", five, "kim+1 lee+1 mo+1", 24, Carried},
		"consensus of too few, however long":                            {Consensus, "majority", five, "kim+1 lee+1", 9999, Open},
		"most agree only after the window":                              {Consensus, "majority", five, "kim+1 lee+1 mo+30", 30, Carried},
		"an objection, and silence":                                     {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-2", 9999, Open},
		"an objection, and all were heard":                              {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-2 ola-3", 3, Carried},
		"an objection after silence carried it":                         {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-25", 26, Carried},
		"an objection in time, said again after the window":             {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-2 noor-25", 99, Open},
		"one that was taken back, and is made anew after the window":    {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-2 noor+3 noor-25", 99, Carried},
		"an agreement said again after a late objection":                {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-25 kim+26", 99, Carried},
		"at the very moment":                                            {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor-24", 26, Open},
		"before most had agreed":                                        {Consensus, "majority", five, "kim+1 lee+1 noor-25 mo+26", 99, Open},
		"an objection of who cannot vote any more":                      {Consensus, "majority", five[:4], "kim+1 lee+1 mo+1 ola-2", 24, Carried},
		"consensus fails when most object":                              {Consensus, "majority", five, "kim+1 lee-1 mo-1 noor-1", 1, Failed},
		"consensus of two of four is no majority":                       {Consensus, "majority", five[:4], "kim+1 lee+1", 9999, Open},
		"and fails when two object":                                     {Consensus, "majority", five[:4], "kim+1 lee+1 mo-1 noor-1", 1, Failed},
		"majority of those who voted only":                              {Majority, "majority", five, "kim+1 lee+1 mo-1", 99, Open},
		"majority over two objections":                                  {Majority, "majority", five, "kim+1 lee+1 mo+1 noor-1 ola-1", 1, Carried},
		"half is no majority":                                           {Majority, "majority", five[:4], "kim+1 lee+1 mo-1", 1, Open},
		"and fails when half object":                                    {Majority, "majority", five[:4], "kim-1 lee-1", 1, Failed},
		"majority without a quorum of four":                             {Majority, "4", five, "kim+1 lee+1 mo+1", 99, Open},
		"and with it, by an objection":                                  {Majority, "4", five, "kim+1 lee+1 mo+1 ola-1", 1, Carried},
		"a quorum that cannot be reached":                               {Majority, "4", five[:3], "kim+1 lee+1 mo+1", 99, Failed},
		"silence does not make a quorum":                                {Consensus, "4", five, "kim+1 lee+1 mo+1", 99, Open},
		"two thirds of five are four":                                   {TwoThirds, "majority", five, "kim+1 lee+1 mo+1", 99, Open},
		"four of five":                                                  {TwoThirds, "majority", five, "kim+1 lee+1 mo+1 noor+1", 1, Carried},
		"two thirds of three are two":                                   {TwoThirds, "majority", five[:3], "kim+1 lee+1 mo-1", 1, Carried},
		"two thirds fail with two objections of five":                   {TwoThirds, "majority", five, "kim-1 lee-1", 1, Failed},
		"unanimous without one":                                         {Unanimous, "majority", five, "kim+1 lee+1 mo+1 noor+1", 9999, Open},
		"unanimous with an objection":                                   {Unanimous, "majority", five, "kim+1 lee+1 mo+1 noor+1 ola-1", 1, Failed},
		"unanimous":                                                     {Unanimous, "majority", five, "kim+1 lee+1 mo+1 noor+1 ola+1", 1, Carried},
		"unanimous when the one who objected is recused":                {Unanimous, "majority", five[:4], "kim+1 lee+1 mo+1 noor+1 ola-1", 1, Carried},
		"who had agreed objects later, and the majority is gone":        {Consensus, "majority", five, "kim+1 lee+1 mo+1 kim-26", 27, Open},
		"who had agreed objects later, and others made up for it since": {Consensus, "majority", five, "kim+1 lee+1 mo+1 kim-26 noor+27", 28, Open},
		"and before":                            {Consensus, "majority", five, "kim+1 lee+1 mo+1 noor+25 kim-26", 27, Carried},
		"a member who changes their mind twice": {Majority, "majority", five[:3], "kim+1 lee-1 lee+2 lee-3", 4, Open},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Tally(votesOf(t, tc.votes), coc.Committee{DecideBy: tc.rule, Quorum: tc.quorum}, tc.voters, proposed.Add(time.Duration(tc.after)*time.Hour))
			if c.Result != tc.want {
				t.Errorf("%s, not %s: %+v", c.Result, tc.want, c)
			}
			if missing := c.Missing(); (len(missing) == 0) != (tc.want == Carried) {
				t.Errorf("missing: %q", missing)
			}
		})
	}
}

// A count is shown to members as well as acted upon.
func TestACountSaysHowItStands(t *testing.T) {
	t.Parallel()
	p := votesOf(t, "kim+1 lee+1 mo+1")
	twice := append(five[:5:5], "KIM")
	c := Tally(p, coc.Committee{DecideBy: "oracle", Quorum: "some"}, twice, proposed)
	want := Count{Rule: Unanimous, Need: 5, Quorum: 5, Agreed: five[:3], Silent: five[3:], Result: Open}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v", c)
	}
	for name, tc := range map[string]struct {
		rule, votes string
		want        time.Time
	}{
		"consensus":                  {Consensus, "kim+1", p.Silence},
		"consensus, and an objector": {Consensus, "kim+1 lee-1", time.Time{}},
		"a majority":                 {Majority, "kim+1", time.Time{}},
	} {
		if c := Tally(votesOf(t, tc.votes), coc.Committee{DecideBy: tc.rule, Quorum: "majority"}, five, proposed); !c.Silence.Equal(tc.want) {
			t.Errorf("%s: silence carries it at %v", name, c.Silence)
		}
	}
	for said, want := range map[string]int{"majority": 3, "1": 1, "4": 4, "0": 5, "-1": 5, "": 5} {
		if c := Tally(p, coc.Committee{DecideBy: Majority, Quorum: said}, five, proposed); c.Quorum != want {
			t.Errorf("a quorum of %q is %d of five", said, c.Quorum)
		}
	}
}

func TestWithoutAWindowSilenceIsNoConsent(t *testing.T) {
	t.Parallel()
	p := votesOf(t, "kim+1 lee+1 mo+1")
	p.Silence = time.Time{}
	if c := Tally(p, coc.Committee{DecideBy: Consensus, Quorum: "majority"}, five, window.AddDate(9, 0, 0)); c.Result != Open || !c.Silence.IsZero() {
		t.Errorf("%+v", c)
	}
}

func TestLaterWordIsTheLastWhicheverCameFirst(t *testing.T) {
	t.Parallel()
	early, late := coc.Vote{Login: "kim", Agrees: true, At: proposed}, coc.Vote{Login: "KIM", At: proposed.Add(time.Second)}
	for _, order := range [][]coc.Vote{{early, late}, {late, early}} {
		p := coc.Proposal{}
		for _, v := range order {
			p = Say(p, v)
		}
		if len(p.Votes) != 1 || p.Votes[0].Agrees {
			t.Errorf("%+v", p.Votes)
		}
	}
	twice := Say(Say(coc.Proposal{}, early), coc.Vote{Login: "kim", At: proposed})
	if twice.Votes[0].Agrees {
		t.Error("of two words in one second, the one that was worked last does not count")
	}
	if got := Say(coc.Proposal{}, coc.Vote{Agrees: true}); got.Votes != nil {
		t.Error("nobody voted")
	}
}

func TestSayingAndCountingLeaveWhatTheyWereGiven(t *testing.T) {
	t.Parallel()
	p := votesOf(t, "kim+1 lee+3 mo+2")
	before := slices.Clone(p.Votes)
	p.Votes = p.Votes[:3:3]
	voters := slices.Clone(five)
	Say(p, coc.Vote{Login: "lee", At: window})
	Say(p, coc.Vote{Login: "ola", At: window})
	Tally(p, coc.Committee{DecideBy: Consensus}, voters, window)
	Recount(p, Count{Result: Carried}, window)
	if !reflect.DeepEqual(p.Votes, before) || p.State != coc.ProposalOpen || !p.Counted.IsZero() || !slices.Equal(voters, five) {
		t.Errorf("%+v", p)
	}
}

func TestWhatIsOverIsNotCountedAgain(t *testing.T) {
	t.Parallel()
	for _, s := range []coc.ProposalState{"", coc.ProposalWithdrawn, coc.ProposalReplaced, coc.ProposalDecided} {
		if got := Recount(coc.Proposal{State: s}, Count{Result: Carried}, window); got.State != s || !got.Counted.IsZero() {
			t.Errorf("%q: %+v", s, got)
		}
	}
}

// world is a proposal with votes of whoever, and a committee.
type world struct {
	coc.Proposal
	committee coc.Committee
	voters    []coc.Login
	now       time.Time
}

func randomly(r *rand.Rand) world {
	people := []coc.Login{"kim", "lee", "mo", "noor", "ola", "pat", "quinn"}
	hours := func(n int) time.Time { return proposed.Add(time.Duration(r.IntN(n)) * time.Hour) }
	w := world{
		Proposal:  coc.Proposal{Number: 1, At: proposed, State: coc.ProposalOpen},
		committee: coc.Committee{DecideBy: append(Rules(), "")[r.IntN(5)], Quorum: []string{"majority", "majority", "1", "3", "6", ""}[r.IntN(6)]},
		now:       hours(60),
	}
	if r.IntN(4) > 0 {
		w.Silence = window
	}
	if r.IntN(3) == 0 {
		w.Counted = hours(60)
	}
	for _, l := range people {
		if r.IntN(3) > 0 {
			w.voters = append(w.voters, l)
		}
		if r.IntN(3) > 0 {
			w.Proposal = Say(w.Proposal, coc.Vote{Login: l, Agrees: r.IntN(3) > 0, At: hours(50)})
		}
	}
	return w
}

func (w world) tally() Count { return Tally(w.Proposal, w.committee, w.voters, w.now) }

func (w world) String() string {
	var votes []string
	for _, v := range w.Votes {
		votes = append(votes, fmt.Sprintf("%s %t +%s", v.Login, v.Agrees, v.At.Sub(proposed)))
	}
	return fmt.Sprintf("%s, quorum %q, %v vote, window %t, now +%s, counted +%s: %v", w.committee.DecideBy, w.committee.Quorum, w.voters,
		!w.Silence.IsZero(), w.now.Sub(proposed), w.Counted.Sub(proposed), votes)
}

// always holds a property against random votes.
func always(t *testing.T, holds func(r *rand.Rand, w world, c Count) bool) {
	t.Helper()
	seen := map[Result]int{}
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := randomly(r)
		c := w.tally()
		seen[c.Result]++
		if !holds(r, w, c) {
			t.Fatalf("%d: %s, by %s", seed, c.Result, w)
		}
	}
	for _, r := range []Result{Open, Carried, Failed} {
		if seen[r] < 500 {
			t.Errorf("only %d times %s: %v", seen[r], r, seen)
		}
	}
}

func TestNobodyWithoutAVoteChangesAnything(t *testing.T) {
	t.Parallel()
	always(t, func(r *rand.Rand, w world, c Count) bool {
		for _, who := range []coc.Login{"kim", "lee", "mo", "noor", "ola", "pat", "quinn", "zoe"} {
			if coc.HasLogin(w.voters, who) {
				continue
			}
			said := w
			said.Proposal = Say(w.Proposal, coc.Vote{Login: who, Agrees: r.IntN(2) == 0, At: proposed.Add(time.Duration(r.IntN(60)) * time.Hour)})
			unsaid := w
			unsaid.Votes = slices.DeleteFunc(slices.Clone(w.Votes), func(v coc.Vote) bool { return v.Login.Is(who) })
			if said.tally().Result != c.Result || unsaid.tally().Result != c.Result {
				return false
			}
		}
		return true
	})
}

func TestOrderOfVotesDoesNotMatter(t *testing.T) {
	t.Parallel()
	always(t, func(r *rand.Rand, w world, _ Count) bool {
		words := slices.Clone(w.Votes)
		for _, v := range w.Votes { // and what they said besides
			for range r.IntN(3) {
				words = append(words, coc.Vote{Login: v.Login, Agrees: r.IntN(2) == 0, At: proposed.Add(time.Duration(r.IntN(50*60)+1) * time.Minute)})
			}
		}
		slices.SortStableFunc(words, func(a, b coc.Vote) int { return a.At.Compare(b.At) })
		for i := 1; i < len(words); i++ { // of one second, the order is that in which they come
			if words[i].At.Equal(words[i-1].At) && words[i].Login.Is(words[i-1].Login) {
				return true
			}
		}
		inOrder, shuffled := w, w
		inOrder.Votes, shuffled.Votes = nil, nil
		for i, j := range r.Perm(len(words)) {
			inOrder.Proposal, shuffled.Proposal = Say(inOrder.Proposal, words[i]), Say(shuffled.Proposal, words[j])
		}
		return fmt.Sprint(shuffled.tally()) == fmt.Sprint(inOrder.tally())
	})
}

// Who repeats what they have said changes nothing, whenever it is.
func TestSayingTheSameOnceMoreChangesNothing(t *testing.T) {
	t.Parallel()
	always(t, func(r *rand.Rand, w world, c Count) bool {
		for _, v := range w.Votes {
			again := w
			v.At = v.At.Add(time.Duration(r.IntN(60)) * time.Hour)
			for range 3 {
				again.Proposal = Say(again.Proposal, v)
			}
			i := slices.IndexFunc(again.Votes, func(o coc.Vote) bool { return o.Login.Is(v.Login) })
			if fmt.Sprint(again.tally()) != fmt.Sprint(c) || len(again.Votes[i].Said) > 2 {
				return false
			}
		}
		return true
	})
}

func TestOneMoreAgreementUndoesNothing(t *testing.T) {
	t.Parallel()
	always(t, func(_ *rand.Rand, w world, c Count) bool {
		if c.Result != Carried {
			return true
		}
		for _, l := range w.voters {
			more := w
			more.Votes = slices.Clone(w.Votes)
			if i := slices.IndexFunc(more.Votes, func(v coc.Vote) bool { return v.Login.Is(l) }); i >= 0 && more.Votes[i].Agrees {
				continue
			}
			more.Proposal = Say(more.Proposal, coc.Vote{Login: l, Agrees: true, At: w.now})
			if more.tally().Result != Carried {
				return false
			}
		}
		return true
	})
}

func TestWhatIsCarriedDoesNotDependOnTimeRunningBack(t *testing.T) {
	t.Parallel()
	always(t, func(r *rand.Rand, w world, c Count) bool {
		if c.Result != Carried {
			return true
		}
		counted, later := w, w
		counted.Proposal = Recount(w.Proposal, c, w.now)
		counted.now = proposed.Add(time.Duration(r.IntN(200)-100) * time.Hour)
		later.now = w.now.Add(time.Duration(r.IntN(1000)) * time.Hour)
		return counted.State == coc.ProposalCarried && counted.tally().Result == Carried && later.tally().Result == Carried
	})
}

func TestSilenceNeverOverrulesAnObjection(t *testing.T) {
	t.Parallel()
	always(t, func(_ *rand.Rand, w world, c Count) bool {
		if w.committee.DecideBy != Consensus || c.Result != Carried || len(c.Silent) == 0 {
			return true
		}
		for _, v := range w.Votes { // before the window was over
			if !v.Agrees && coc.HasLogin(w.voters, v.Login) && v.At.Before(window) {
				return false
			}
		}
		return !w.Silence.IsZero() && len(c.Agreed)*2 > c.Voters()
	})
}

// What is carried was agreed on by more than half of all who have a vote, by every
// rule.
func TestFewNeverDecideForMany(t *testing.T) {
	t.Parallel()
	always(t, func(_ *rand.Rand, _ world, c Count) bool {
		return c.Result != Carried || 2*len(c.Agreed) > c.Voters() && c.Spoken() >= c.Quorum && c.Quorum <= c.Voters()
	})
}

// A failed proposal stays so, whatever those say who have not voted.
func TestFailedMeansThatNobodyElseCanCarryIt(t *testing.T) {
	t.Parallel()
	always(t, func(_ *rand.Rand, w world, c Count) bool {
		for _, l := range c.Silent {
			w.Proposal = Say(w.Proposal, coc.Vote{Login: l, Agrees: true, At: w.now})
		}
		w.now = w.now.AddDate(1, 0, 0)
		return (w.tally().Result == Carried) == (c.Result != Failed)
	})
}

func TestNobodysVoteLeavesTheProposalAsItIs(t *testing.T) {
	t.Parallel()
	p := coc.Proposal{Number: 3, By: "kim", Votes: []coc.Vote{{Login: "kim", Agrees: true}}}
	if got := Say(p, coc.Vote{Agrees: true}); got.Number != 3 || got.By != "kim" || len(got.Votes) != 1 {
		t.Errorf("it becomes %+v", got)
	}
}

// A quorum that cannot be read is everybody, also where that is one person.
func TestQuorumThatCannotBeReadIsEverybody(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 1, 1: 1, 2: 2, 5: 5} {
		for _, said := range []string{"", "most", "0", "-1"} {
			if got := quorum(said, n); got != want {
				t.Errorf("%q of %d is %d, want %d", said, n, got, want)
			}
		}
	}
}

// What is carried does not stay so when the votes do not carry it any more, and what is
// open is carried only by them.
func TestRecountFollowsTheVotesBothWays(t *testing.T) {
	t.Parallel()
	for _, was := range []coc.ProposalState{coc.ProposalOpen, coc.ProposalCarried} {
		for result, want := range map[Result]coc.ProposalState{
			Open: coc.ProposalOpen, Failed: coc.ProposalOpen, Carried: coc.ProposalCarried, "": coc.ProposalOpen,
		} {
			if got := Recount(coc.Proposal{State: was}, Count{Result: result}, time.Time{}); got.State != want {
				t.Errorf("%s, counted as %q, is %s, want %s", was, result, got.State, want)
			}
		}
	}
}
