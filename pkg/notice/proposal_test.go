package notice

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// manyVoted is a case with a proposal that many have voted on.
func manyVoted(state coc.ProposalState) coc.Case {
	c := caseOf(canary)
	c.Stage = coc.StageDeciding
	p := &c.Placements[0]
	p.Committee.DecideBy, p.Committee.Quorum = ballot.Consensus, "majority"
	proposal := coc.Proposal{
		Number: 2, By: "kim-responder", At: wednesday, State: state, Outcome: coc.OutcomeBan, Naming: true, Held: "gate/long",
		Words: coc.NewProse("They leave, " + canary + "proposal, @kim #12."), Silence: wednesday.AddDate(0, 0, 1), Counted: wednesday,
		Votes: []coc.Vote{{Login: "kim-responder", Agrees: true, At: wednesday}, {Login: "lee-responder", At: wednesday, Words: coc.NewProse(canary + "objection")}},
	}
	for i := range 60 {
		who := coc.Login(fmt.Sprintf("%s%d", strings.Repeat("m", 36), i))
		p.Committee.Members = append(p.Committee.Members, coc.Member{Login: who})
		proposal.Votes = append(proposal.Votes, coc.Vote{Login: who, Agrees: i%2 == 0, At: wednesday})
	}
	c.Proposals = []coc.Proposal{proposal}
	return c
}

func TestVotesAreShownWithoutAnybodysWords(t *testing.T) {
	t.Parallel()
	for state, want := range map[coc.ProposalState][]string{
		coc.ProposalOpen: {"### What is proposed", "**Proposal 2**: `ban` for ever, naming somebody in public, by `kim-responder`", "`consensus`: " + ballot.Means(ballot.Consensus),
			"**Agree**: `kim-responder`", "more", "**Have not voted**: `ash-responder`", "somebody objects, so everybody has to have voted", "**Waits for counsel**", "`/coc object`"},
		coc.ProposalDecided:   {"### What was decided", "**Agree**: `kim-responder`", "**Object**: `lee-responder`"},
		coc.ProposalWithdrawn: {"since proposal 2 was taken back"},
	} {
		c := manyVoted(state)
		c.Decided = c.Placements[0].Committee.Logins()
		body := Case(c, 0, wednesday).Body.Markdown()
		section := votes(c, c.Placements[0])
		for _, w := range want {
			if !strings.Contains(section, w) {
				t.Errorf("%s lacks %q:\n%s", state, w, section)
			}
		}
		if !strings.Contains(body, section) || !strings.Contains(Status(c, wednesday).Markdown(), strings.TrimSpace(section)) {
			t.Errorf("%s: body or status lacks it", state)
		}
		if strings.Contains(section, canary) || len(section) > 3000 {
			t.Errorf("%s: %d bytes:\n%s", state, len(section), section)
		}
		for _, p := range []Private{Case(c, 0, wednesday).Body, Stands(c.Proposals[0], c.Placements[0].Committee, ballot.Count{Result: ballot.Failed}), Withdrawn(c.Proposals[0])} {
			if got := linkless(t, p.Markdown()); loose.MatchString(got) || commandsIn(p.Markdown()) != 0 {
				t.Errorf("%s: %q is loose, or a command is there, in\n%s", state, loose.FindString(got), p.Markdown())
			}
		}
	}
}

// What a committee decided alone is said as such, and what was proposed elsewhere is
// not shown.
func TestOnlyOnesOwnVotesAreShown(t *testing.T) {
	t.Parallel()
	c := manyVoted(coc.ProposalDecided)
	c.Stage, c.Decided = coc.StageResolved, []coc.Login{"kim-responder"}
	if got := votes(c, c.Placements[0]); !strings.Contains(got, "**Decided by one person**") || strings.Contains(got, "lee-responder") {
		t.Error(got)
	}
	c.Placements = append(c.Placements, c.Placements[0])
	for _, s := range []coc.ProposalState{coc.ProposalOpen, coc.ProposalCarried, coc.ProposalDecided} {
		if c.Proposals[0].State = s; votes(c, c.Placements[1]) != "" {
			t.Errorf("%s: the next committee sees %q", s, votes(c, c.Placements[1]))
		}
	}
}

func TestVotesTakeNoRoomFromAReport(t *testing.T) {
	t.Parallel()
	c := manyVoted(coc.ProposalOpen)
	c.Report.Account = coc.NewProse(numbered(10000, "line %d\n"))
	filled := len(split(c, 0)[0])
	shown := Case(c, 0, wednesday)
	if n := len(shown.Body.Markdown()); n > Limit || len(shown.Body.letter().quoted) != filled {
		t.Errorf("%d bytes, of them %d of the report, which has %d", n, len(shown.Body.letter().quoted), filled)
	}
	all := votes(c, c.Placements[0])
	for room, want := range map[int]string{0: "", 20: "", 100: "`/coc status`", len(all) - 1: "`/coc status`", len(all): "### What is proposed"} {
		if got := proposed(c, c.Placements[0], room); len(got) > room || !strings.Contains(got, want) {
			t.Errorf("%d bytes: %q", room, got)
		}
	}
}
