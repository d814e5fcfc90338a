package ballot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestNothingIsCarriedAndNothingFailsWhileMembersAreAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		votes string
		want  Result // once nobody is asked any more
	}{
		"the first who is in":     {"kim+1", Carried},
		"all who are in":          {"kim+1 lee+1 mo+1", Carried},
		"most of them object":     {"kim-1 lee-1", Failed},
		"who is in has said none": {"", Open},
	} {
		voters := five[:max(1, len(strings.Fields(tc.votes)))]
		p := votesOf(t, tc.votes)
		c := Tally(p, coc.Committee{DecideBy: Majority, Quorum: "majority"}, voters, window)
		if got := c.WhileAsked(time.Time{}); got.Result != tc.want {
			t.Errorf("%s: %s once nobody is asked", name, got.Result)
		}
		c = c.WhileAsked(window)
		if c.Result != Open || len(c.Missing()) == 0 || MayReplace(p, c, window) || Recount(p, c, window).State != coc.ProposalOpen {
			t.Errorf("%s: %s while others are asked, and lacks %q", name, c.Result, c.Missing())
		}
		var r coc.Refusal
		for _, standing := range []*coc.Proposal{nil, &p} {
			_, err := MayResolve(standing, c, coc.Gate{}, Wish{By: "kim", Outcome: coc.OutcomeWarning, At: window})
			const what = "This case cannot be decided yet: members of this committee are still asked whether they are clear " +
				"(until Tuesday 3 March 2026, 12:00 UTC, unless all answer sooner), and nothing is decided before."
			if !errors.As(err, &r) || r.Rule != "resolve/asked" || r.What != what {
				t.Errorf("%s: resolved with %v", name, err)
			}
		}
	}
}
