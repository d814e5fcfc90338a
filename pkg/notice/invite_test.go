package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// answeredCase is one where somebody was asked and has answered hostile words.
func answeredCase() (coc.Case, coc.Invitation) {
	c := caseOf(canary)
	inv := coc.Invitation{
		Of: []coc.Party{{Login: "kim-accused", Name: coc.NewProse("Kim @lee-two /coc close"), Role: coc.RoleAccused}}, Text: coc.NewProse("@lee-two\n/coc close"),
		At: wednesday, Until: wednesday.Add(time.Hour), Answered: wednesday, Came: 9, Answer: coc.NewProse("@lee-two, see #12\n/coc close\n<!-- cocrouter:end -->"),
	}
	c.Invitations = []coc.Invitation{inv}
	return c, inv
}

func TestWhatTheAccusedAnswersMentionsNobodyAndCommandsNothing(t *testing.T) {
	t.Parallel()
	c, inv := answeredCase()
	closed := c
	closed.Stage = coc.StageClosed
	for name, text := range map[string]Private{
		"the comment": Answered(c, inv), "the comment in a closed case": Answered(closed, inv),
		"the address": Invited(c, inv, "https://coc.example/answer/AAAA", true), "the address, and no words": Invited(c, coc.Invitation{}, "https://coc.example/answer/AAAA", false),
		"the lines of the next home": private(strings.Join(accounts(c, 0), "")),
	} {
		got := text.Markdown()
		if found := linkless(t, got); loose.MatchString(found) || commandsIn(got) != 0 || strings.Contains(got, endMark) {
			t.Errorf("%s: %q is loose in\n%s", name, loose.FindString(found), got)
		}
	}
}

func TestNextHomeReadsWhatTheAccusedAnsweredAndToWhat(t *testing.T) {
	t.Parallel()
	c, _ := answeredCase()
	if body := Case(c, 0, wednesday).Body.Markdown(); strings.Count(body, "> `@lee-two`, see") != 1 || !strings.Contains(body, "What they were asked") {
		t.Error(body)
	}
	c.Effects = append(c.Effects, coc.Effect{Revision: 9, N: 1, Placement: 0, Done: true})
	if body := Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "What they were asked") {
		t.Errorf("it stands in a comment, too: %s", body)
	}
}

func TestCommentWithTheAddressSaysThatAMemberHasToSendIt(t *testing.T) {
	t.Parallel()
	c, inv := answeredCase()
	got := Invited(c, inv, "https://coc.example/answer/AAAA", false).Markdown()
	for _, want := range []string{"`https://coc.example/answer/AAAA`", "Send it to them yourself", "cocrouter sends nothing", "one answer, until Wednesday 5 March 2025", "nothing of the report"} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "before is not good") {
		t.Error(got)
	}
}
