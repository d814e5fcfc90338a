package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// declared is a case in which six have said all that can be said.
func declared() coc.Case {
	c := caseOf(canary)
	p := &c.Placements[0]
	p.Responders = nil
	for _, l := range []coc.Login{"kim-responder", "lee-responder", "ash-responder", "mo-responder", "noor-responder", "ola-responder"} {
		p.Committee.Members = append(p.Committee.Members, coc.Member{Login: l})
		if l != "ash-responder" {
			p.Responders = append(p.Responders, l)
		}
	}
	c.Declarations = []coc.Declaration{
		{Login: "kim-responder", Kind: coc.ConflictClear},
		{Login: "lee-responder", Kind: coc.ConflictSoft, Basis: coc.BasisComment},
		{Login: "ash-responder", Kind: coc.ConflictHard},
		{Login: "mo-responder", By: "kim-responder", Kind: coc.ConflictHard, Confirmed: []coc.Login{"lee-responder"}},
		{Login: "elsewhere-responder", Kind: coc.ConflictHard},
		{Login: "elsewhere-responder", By: "elsewhere-other", Kind: coc.ConflictHard},
	}
	return c
}

func TestConflictsAreShown(t *testing.T) {
	t.Parallel()
	c := declared()
	golden(t, "conflicts.md", strings.TrimSpace(conflicts(c, c.Placements[0])))
	c.Placements[0].Screened, c.Flags = true, []coc.Flag{coc.FlagNoQuorum}
	golden(t, "conflicts-late.md", strings.TrimSpace(conflicts(c, c.Placements[0])))
}

// Who is recognised by what they declared is the affair of the committee where
// they sit.
func TestNextCommitteeIsNotToldWhoDeclaredWhatBefore(t *testing.T) {
	t.Parallel()
	c := declared()
	next := c.Placements[0]
	next.Committee.Members, next.Responders, next.Committee.Custodians = []coc.Member{{Login: "fay-foundation"}}, []coc.Login{"fay-foundation"}, nil
	c.Placements = append(c.Placements, next)
	if body := Case(c, 1, wednesday).Body.Markdown(); strings.Contains(body, "-responder") || !strings.Contains(body, "fay-foundation") {
		t.Errorf("it reads\n%s", body)
	}
}

func TestClosedCaseAsksForNoWord(t *testing.T) {
	t.Parallel()
	c := declared()
	c.Stage = coc.StageClosed
	if text := conflicts(c, c.Placements[0]); strings.Contains(text, "/coc") || !strings.Contains(text, "kim-responder") {
		t.Errorf("it reads\n%s", text)
	}
}
