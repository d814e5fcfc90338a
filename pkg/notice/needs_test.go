package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWhatTheReporterNeedsIsDefusedAndWhatTheyLeftOpenIsNotListed(t *testing.T) {
	t.Parallel()
	c := captured(canary)
	plain := Case(c, 0, wednesday).Body.Markdown()
	for _, label := range []string{"Still going on", "Safety", "Retaliation", "told who reported", "Reported elsewhere", "How a member can reach"} {
		if strings.Contains(plain, label) {
			t.Errorf("%q is listed, and nothing was said of it", label)
		}
	}
	evil := coc.NewProse("/coc close\n@kim-example see #7 <!-- x -->\n")
	c.Report.Needs = coc.Needs{Safety: evil, Elsewhere: evil, Reach: evil, Identity: coc.ReplyNo}
	body := Case(c, 0, wednesday).Body
	if found := linkless(t, body.Markdown()); loose.MatchString(found) || commandsIn(body.Markdown()) != commandsIn(plain) {
		t.Errorf("something in it is live:\n%s", found)
	}
	if !strings.Contains(body.Markdown(), "no, nobody outside of this case") {
		t.Error("the wish is not told")
	}
}

func TestOursFitsIntoTheReserveWhereTheReporterCanBeReached(t *testing.T) {
	t.Parallel()
	for _, reporter := range []coc.Login{"", "rae"} {
		c := captured(canary)
		c.Report.Reporter = reporter
		for _, s := range coc.Stages() {
			c.Stage = s
			c.Report.Needs = coc.Needs{}
			before := Case(c, 0, wednesday).Body.letter()
			c.Report.Needs.Reach = coc.NewProse("x")
			after := Case(c, 0, wednesday).Body.letter()
			if grown := len(after.head) + len(after.tail) - len(before.head) - len(before.tail); grown > 0 {
				t.Errorf("%s, reported by %q: %d bytes more than the reserve was measured with", s, reporter, grown)
			}
		}
	}
}
