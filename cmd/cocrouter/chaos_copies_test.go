package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// chaosReply is an answer that the judge expects, by its kinds.
type chaosReply struct {
	kinds string
	// unsure: its comment is a copy of one that was answered like this within ten
	// minutes, and something came between that may have changed what is said. Then it
	// is there or not; what is sure to be a copy with the same answer has none.
	unsure bool
	to     laneEvent
	after  int // so many entries of the journal
}

// copiesWithin is for how long nobody is told again what they were told when they
// wrote the same.
const copiesWithin = 10 * time.Minute

// shiftingAnswers are commands whose answer depends on more than what the judge
// knows of a case.
var shiftingAnswers = []string{"status", "ask", "appeal", "escalate", "interim", "recuse", "admit", "accused link"}

// answers expects an answer to a comment, unless it is a copy.
func (x *expected) answers(e laneEvent, kinds string) {
	r := chaosReply{kinds: kinds, to: e, after: len(x.entries)}
	shifts := x.fleeing || x.vague() || slices.ContainsFunc(shiftingAnswers, func(verb string) bool { return strings.Contains(e.text, "/coc "+verb) })
	for _, old := range x.replies {
		if old.to.actor != e.actor || old.to.text != e.text || old.kinds != kinds || e.at.Sub(old.to.at).Abs() >= copiesWithin {
			continue
		}
		if !old.unsure && old.after == r.after && !shifts {
			return
		}
		r.unsure = true
	}
	x.replies = append(x.replies, r)
}

// fits reports whether what was said are the answers that are expected.
func fits(said []string, expected []chaosReply) bool {
	reached := map[int]bool{0: true} // so much of what was said is explained
	for _, r := range expected {
		next := map[int]bool{}
		for n := range reached {
			if n < len(said) && said[n] == r.kinds {
				next[n+1] = true
			}
			if r.unsure {
				next[n] = true
			}
		}
		reached = next
	}
	return reached[len(said)]
}

func kindsOf(replies []chaosReply) (kinds []string) {
	for _, r := range replies {
		if r.unsure {
			r.kinds += " (or nothing)"
		}
		kinds = append(kinds, r.kinds)
	}
	return kinds
}

// The judge's own knowledge of copies, by what it makes of a few comments.
func TestChaosJudgeKnowsCopies(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		said         []string      // each a minute after the one before, "kim" unless another name is before a colon
		gap          time.Duration // instead of a minute
		right, wrong [][]string
	}{
		"three copies": {
			said: []string{"/coc close", "/coc close", "/coc close"}, right: [][]string{{"refused"}},
			wrong: [][]string{nil, {"refused", "refused"}, {"help"}},
		},
		"copies of two people": {
			said: []string{"/coc close", "lee:/coc close", "/coc close"}, right: [][]string{{"refused", "refused"}},
			wrong: [][]string{{"refused"}, {"refused", "refused", "refused"}},
		},
		"tried again later": {
			said: []string{"/coc close", "/coc close"}, gap: 10 * time.Minute, right: [][]string{{"refused", "refused"}}, wrong: [][]string{{"refused"}},
		},
		"something came between": {
			said: []string{"/coc close", "/coc ack", "/coc close"}, right: [][]string{{"refused"}, {"refused", "refused"}},
			wrong: [][]string{nil, {"refused", "refused", "refused"}},
		},
		"the first one is done": {
			said: []string{"/coc ack", "/coc ack", "/coc ack"}, right: [][]string{{"refused"}}, wrong: [][]string{nil, {"refused", "refused"}},
		},
		"two different ones": {
			said: []string{"/coc close", "/coc frobnicate"}, right: [][]string{{"refused", "refused"}}, wrong: [][]string{{"refused"}},
		},
	} {
		x := expected{stage: coc.StageReceived, in: []coc.Login{"kim", "lee"}}
		for i, s := range tc.said {
			e := laneEvent{kind: "created", actor: "kim", text: s, at: at.Add(time.Duration(i) * max(tc.gap, time.Minute))}
			if who, text, ok := strings.Cut(s, ":"); ok {
				e.actor, e.text = who, text
			}
			x.work(e)
		}
		for _, said := range tc.right {
			if !fits(said, x.replies) {
				t.Errorf("%s: %q does not fit %q", name, said, kindsOf(x.replies))
			}
		}
		for _, said := range tc.wrong {
			if fits(said, x.replies) {
				t.Errorf("%s: %q fits %q", name, said, kindsOf(x.replies))
			}
		}
	}
}
