package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

func TestOnlyRespondersWhoAreNotRecusedAreMentioned(t *testing.T) {
	t.Parallel()
	p := coc.Placement{Responders: []coc.Login{"Kim-Responder", "lee-responder", "ash-responder", "robot[bot]", "no login", "@pat", "two\nlines", ""}}
	s := conflict.Screening{Recused: []conflict.Finding{{Login: "LEE-responder"}}}
	to := Call(p, s, []coc.Login{
		"kim-responder", "lee-responder", "stan-stranger", "KIM-responder", "robot[bot]", "no login", "@pat", "two\nlines", "", "ash-responder",
	})
	if got, want := Calling(to, private("It is due.")).Markdown(), "@kim-responder @ash-responder\n\nIt is due."; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := Calling(Call(coc.Placement{}, s, p.Responders), private("It is due.")).Markdown(); got != "It is due." {
		t.Errorf("in a placement without responders: %q", got)
	}
	if got := Calling(to, Private{}); !got.IsZero() {
		t.Errorf("they are called for nothing: %q", got.Markdown())
	}
}

// A reminder says what is late and what settles it, and has nothing of the report; of
// itself it mentions nobody.
func TestReminderSaysWhatIsLateAndNothingOfTheReport(t *testing.T) {
	t.Parallel()
	for _, s := range coc.Stages() {
		c := caseOf(canary)
		c.Stage, c.Holder = s, "kim-responder"
		c.Due = nil
		for what := range lateMeans {
			c.Due = append(c.Due, coc.Due{What: what, At: wednesday})
		}
		c.Due = append(c.Due, coc.Due{What: "what @others add #12", At: wednesday})
		for _, d := range c.Due {
			for _, asked := range []time.Time{{}, wednesday} {
				c.Clock.Asked = asked
				text := Reminder(c, []coc.Due{d})
				said := text.Markdown()
				if !strings.Contains(said, "Wednesday 5 March 2025, 09:30 UTC (10:30 in Europe/Berlin)") || strings.Count(said, "`/coc ") != 1 {
					t.Errorf("%s, %s: %s", s, d.What, said)
				}
				if strings.Contains(said, canary) || strings.Contains(said, "kim-responder") || loose.MatchString(linkless(t, said)) || commandsIn(said) != 0 {
					t.Errorf("%s, %s says too much: %s", s, d.What, said)
				}
			}
		}
		if all := Reminder(c, append(c.Due, c.Due...)).Markdown(); strings.Count(all, "\n- ") != maxDue-1 {
			t.Errorf("of %d things late it speaks as\n%s", len(c.Due), all)
		}
	}
	if got := Reminder(caseOf(canary), nil); !got.IsZero() {
		t.Errorf("of nothing: %q", got.Markdown())
	}
}

func TestReminderNamesACommandThatDoesSomethingThen(t *testing.T) {
	t.Parallel()
	for what := range dueMeans {
		if lateMeans[what].what == "" {
			t.Errorf("a reminder of %s has no words", what)
		}
	}
	for what, at := range map[string]coc.Stage{
		stage.DueAcknowledge: coc.StageReceived, stage.DueAcknowledgeTarget: coc.StageReopened, stage.DueScreen: coc.StageScreening,
		stage.DueDecide: coc.StageInvestigating, stage.DueDeadlock: coc.StageDeciding, stage.DueMediate: coc.StageMediation, stage.DueInterim: coc.StageReceived, stage.DueCarryOut: coc.StageResolved, stage.DueRemedy: coc.StageResolved, stage.DueFollowUp: coc.StageFollowUp, stage.DueClose: coc.StageFollowUp,
	} {
		if got := settles(what, at); strings.Contains(got, "/coc status") {
			t.Errorf("nothing settles %s in a case that is %s", what, at)
		}
	}
}

func TestAlternatesAreAskedByAReminder(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	late := []coc.Due{{What: stage.DueAcknowledge, At: wednesday}}
	c.Clock.Asked = wednesday
	if got := Reminder(c, late).Markdown(); strings.Contains(got, "alternates") || !strings.Contains(got, "If nobody does by Friday 7 March 2025") {
		t.Errorf("of a committee without: %s", got)
	}
	c.Placements[0].Committee.Members[1].Role = coc.MemberAlternate
	if got := Reminder(c, late).Markdown(); !strings.Contains(got, "the alternates are asked to step in") {
		t.Errorf("%s", got)
	}
	c.Clock.Tried = wednesday.Add(time.Hour)
	if got := Reminder(c, late).Markdown(); !strings.Contains(got, "Nobody further up can take the case.") || strings.Contains(got, "next committee") {
		t.Errorf("%s", got)
	}
}
