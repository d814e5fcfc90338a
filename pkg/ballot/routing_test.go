package ballot_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// ROUTING.md tells the four rules by examples of five who have a vote.
func TestRoutingTellsTheRulesAsTheyAre(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(doc), "| `decide_by` | A proposal is carried when | Carried | Not yet |\n|---|---|---|---|\n")
	if !found {
		t.Fatal("the table is gone")
	}
	var rules []string
	examples := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			break
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rule := strings.Trim(cells[0], "`")
		rules = append(rules, rule)
		if cells[1] != ballot.Means(rule) {
			t.Errorf("%s is %q here, and %q there", rule, cells[1], ballot.Means(rule))
		}
		for i, want := range []ballot.Result{ballot.Carried, ballot.Open} {
			for example := range strings.SplitSeq(cells[2+i], ";") {
				examples++
				got := counted(t, rule, example).Result
				if got != want && !(want == ballot.Open && got == ballot.Failed) {
					t.Errorf("%s, %s: %s, not %s", rule, example, got, want)
				}
			}
		}
	}
	if !slices.Equal(rules, ballot.Rules()) || examples < 16 {
		t.Errorf("%d examples of %v", examples, rules)
	}
}

// counted reads "3 agree, 1 objects, window over" of five.
func counted(t *testing.T, rule, example string) ballot.Count {
	t.Helper()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	five := []coc.Login{"kim", "lee", "mo", "noor", "ola"}
	p, now, next := coc.Proposal{At: at, Silence: at.Add(24 * time.Hour)}, at, 0
	for part := range strings.SplitSeq(example, ",") {
		words := strings.Fields(part)
		n, err := strconv.Atoi(words[0])
		switch {
		case strings.TrimSpace(part) == "window over":
			now = p.Silence
		case err != nil || len(words) != 2 || !slices.Contains([]string{"agree", "object", "objects"}, words[1]):
			t.Fatalf("%q is not understood", example)
		}
		for range n {
			p = ballot.Say(p, coc.Vote{Login: five[next], Agrees: words[1] == "agree", At: at})
			next++
		}
	}
	return ballot.Tally(p, coc.Committee{DecideBy: rule, Quorum: "majority"}, five, now)
}
