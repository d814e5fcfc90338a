package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// costs counts what our installations ask of GitHub. Tokens are counted apart:
// each lasts an hour.
type costs struct {
	sync.Mutex
	reads, writes []string
}

func (c *costs) see(e githubsim.Exchange) {
	if e.Auth != "installation" {
		return
	}
	c.Lock()
	defer c.Unlock()
	what := e.Method + " " + e.Path
	// In a room GraphQL is only asked who reads there.
	if e.Method == http.MethodGet || e.Path == "/graphql" {
		c.reads = append(c.reads, what)
	} else {
		c.writes = append(c.writes, what)
	}
}

// since gives what was asked since the last call.
func (c *costs) since() (reads, writes []string) {
	c.Lock()
	defer c.Unlock()
	reads, writes = c.reads, c.writes
	c.reads, c.writes = nil, nil
	return reads, writes
}

// GitHub lets an installation create 500 things an hour: a case that writes
// much keeps other people's cases waiting (GITHUB.md, Limits).
func TestACaseCostsFewCallsOfGitHub(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	var cost costs
	s.sim.Observe(cost.see)

	live := func(number int) (opening, whole [2]int) {
		cost.since()
		if err := fillForm(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		settle(t, p, number, "status/received")
		reads, writes := cost.since()
		t.Logf("case %d opens: %d reads %q, %d writes %q", number, len(reads), reads, len(writes), writes)
		opening = [2]int{len(reads), len(writes)}
		whole = opening
		for _, step := range [][3]string{
			{"/coc ack", "status/acknowledged", foundationCommittee[0]},
			{"/coc propose warning They apologise.", "status/deciding", foundationCommittee[0]},
			{"/coc agree", "status/deciding", foundationCommittee[1]}, {"/coc agree", "status/deciding", foundationCommittee[2]},
			{"/coc accused notified\n/coc resolve", "status/resolved", foundationCommittee[0]}, {"/coc close", "status/closed", foundationCommittee[0]},
		} {
			path := fmt.Sprintf("/repos/%s/issues/%d/comments", foundationRoom, number)
			if status, err := p.ask(t.Context(), step[2], http.MethodPost, path, map[string]string{"body": step[0]}, nil); err != nil || status != http.StatusCreated {
				t.Fatal(status, err)
			}
			settle(t, p, number, step[1])
			reads, writes := cost.since()
			t.Logf("case %d, %s: %d reads %q, %d writes %q", number, step[0], len(reads), reads, len(writes), writes)
			whole[0] += len(reads)
			whole[1] += len(writes)
		}
		return opening, whole
	}
	live(1) // labels and tokens are not known yet,
	live(2) // and the installations of the beginning drop what was read of files
	opening, whole := live(3)
	t.Logf("opening: %d reads, %d writes; a case through five stages: %d reads, %d writes", opening[0], opening[1], whole[0], whole[1])
	if opening[0] > 4 || opening[1] != 1 {
		t.Errorf("opening a case costs %d reads and %d writes, want at most 4 and 1", opening[0], opening[1])
	}
	// Received, acknowledged, deciding, resolved and closed, with two votes.
	if whole[0] > 18 || whole[1] > 9 {
		t.Errorf("a case costs %d reads and %d writes", whole[0], whole[1])
	}
}

// settle waits until the case shows the label and nothing is asked any more.
func settle(t *testing.T, p *play, number int, label string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), demoPatience)
	defer cancel()
	path := fmt.Sprintf("/repos/%s/issues/%d", foundationRoom, number)
	err := p.await(ctx, "the case shows "+label, func() (bool, error) {
		var now ghIssue
		_, err := p.ask(ctx, foundationCommittee[0], http.MethodGet, path, nil, &now)
		statuses := slices.DeleteFunc(now.labels(), func(l string) bool { return !strings.HasPrefix(l, "status/") })
		return slices.Equal(statuses, []string{label}), err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.sim.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // what comes after is what is counted too
}
