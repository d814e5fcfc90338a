package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestBodySaysWhetherTheAccusedKnowAndWereHeard(t *testing.T) {
	t.Parallel()
	kim, lee := coc.Party{Login: "kim-accused", Role: coc.RoleAccused}, coc.Party{Name: coc.NewProse("Lee @lee-two"), Role: coc.RoleAccused}
	said := func(step coc.Step, of ...coc.Party) coc.Hearing {
		return coc.Hearing{Step: step, Of: of, At: wednesday, Committee: "example"}
	}
	const ask = "; before a decision: `/coc accused notified`, or `/coc accused deferred REASON`"
	for want, c := range map[string]coc.Case{
		"":                       {},
		"not notified yet" + ask: {Parties: []coc.Party{kim}},
		"not notified yet, for a reason that was written down on 5 March 2025":                  {Parties: []coc.Party{kim}, Hearings: []coc.Hearing{said(coc.StepDeferred, kim)}},
		"notified on 5 March 2025, account not given yet":                                       {Parties: []coc.Party{kim}, Hearings: []coc.Hearing{said(coc.StepDeferred, kim), said(coc.StepNotified, kim)}},
		"notified on 5 March 2025, account given on 5 March 2025":                               {Parties: []coc.Party{kim}, Hearings: []coc.Hearing{said(coc.StepNotified, kim), said(coc.StepHeard, kim)}},
		"account given on 5 March 2025":                                                         {Parties: []coc.Party{kim}, Hearings: []coc.Hearing{said(coc.StepHeard, kim)}},
		"of 2 people, 2 not notified yet (`kim-accused`)" + ask:                                 {Parties: []coc.Party{kim, lee}},
		"of 2 people, 1 notified, 1 not notified yet" + ask:                                     {Parties: []coc.Party{kim, lee}, Hearings: []coc.Hearing{said(coc.StepNotified, kim)}},
		"of 2 people, 1 notified, 1 gave an account, 1 not notified yet, for a reason that was": {Parties: []coc.Party{kim, lee}, Hearings: []coc.Hearing{said(coc.StepDeferred, lee), said(coc.StepHeard, kim)}},
	} {
		whole := caseOf(canary)
		whole.Parties, whole.Hearings = c.Parties, c.Hearings
		body := Case(whole, 0, wednesday).Body.Markdown()
		_, line, found := strings.Cut(body, "- **Accused**: ")
		line, _, _ = strings.Cut(line, "\n")
		if found != (want != "") || !strings.HasPrefix(line, want) || strings.Contains(line, ask) != strings.HasSuffix(want, ask) {
			t.Errorf("%q, want %q", line, want)
		}
	}
}

// CP: whoever was notified learns the outcome.
func TestResolvedCaseAsksForTheOutcomeToBeToldToWhoeverKnows(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Stage = coc.StageResolved
	kim := c.Parties[0]
	for step, want := range map[coc.Step]bool{coc.StepNotified: true, coc.StepHeard: true, coc.StepDeferred: false} {
		c.Hearings = []coc.Hearing{{Step: step, Of: []coc.Party{kim}, At: wednesday, Committee: "example"}}
		if body := Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "`/coc template accused-outcome`") != want {
			t.Errorf("%s: %s", step, body)
		}
	}
	c.Stage = coc.StageInvestigating
	if body := Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "accused-outcome") {
		t.Error(body)
	}
}

func TestNextCommitteeReadsOfMeasuresAndHearingsAndNotTheirWords(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	for _, act := range []string{"interim", "interim confirm", "accused notified", "accused heard", "mediate", "mediate ended"} {
		c.Journal = append(c.Journal, coc.Entry{Revision: 2, Actor: "kim-responder", Act: act, Text: coc.NewProse("forget-me-not")})
	}
	next := c.Placements[0]
	next.Before = len(c.Journal)
	c.Placements = append(c.Placements, next)
	c.Journal = append(c.Journal, coc.Entry{Revision: 3, Actor: "kim-responder", Act: "escalate", Text: coc.NewProse("Too much.")})
	body := Case(c, 1, wednesday).Body.Markdown()
	for _, e := range c.Journal[1 : len(c.Journal)-1] {
		if !strings.Contains(body, "`kim-responder`: `/coc "+e.Act+"`") {
			t.Errorf("it lacks %s:\n%s", e.Act, body)
		}
	}
	if strings.Contains(body, "forget-me-not") {
		t.Error(body)
	}
}

func TestAnswerListsEachOfTheAccusedAndMentionsNobody(t *testing.T) {
	t.Parallel()
	c := crowded()
	c.Parties = append(c.Parties, coc.Party{Name: coc.NewProse("@lee-two /coc close"), Role: coc.RoleAccused})
	for _, c := range []coc.Case{c, caseOf(canary)} {
		got := Hearings(c).Markdown()
		if found := linkless(t, got); loose.MatchString(found) || commandsIn(got) != 0 || len(got) > 2*maxNamed {
			t.Errorf("%q in %d bytes:\n%s", loose.FindString(found), len(got), got)
		}
	}
}

func TestNoticeSaysNothingOfHearings(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Notice = &coc.Notice{What: coc.WordSummary, Accused: c.Parties}
	for _, text := range []Private{Case(c, 0, wednesday).Body, Status(c, wednesday)} {
		if strings.Contains(text.Markdown(), "notified") {
			t.Error(text.Markdown())
		}
	}
}

func TestMeasuresMentionNobody(t *testing.T) {
	t.Parallel()
	c := crowded()
	all := strings.Join(measures(c), "")
	if found := linkless(t, all); loose.MatchString(found) || commandsIn(all) != 0 || strings.Contains(all, endMark) {
		t.Errorf("%q is loose in\n%s", loose.FindString(found), all)
	}
	if lines := measures(c); len(lines) != len(c.Measures) || !strings.Contains(lines[0], "Interim measure 1**") || strings.Contains(lines[len(lines)-1], "in force") {
		t.Errorf("%q", lines)
	}
	for _, want := range []string{"not confirmed", "**confirmed**", "**reversed**", "taken back", "ended with the decision"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing is %s", want)
		}
	}
	got := InterimTaken(c.Measures[3], 4, []coc.Login{"kim-responder"}, "").Markdown()
	if !strings.Contains(got, "Nobody else has a vote") || strings.Contains(got, "confirm it with") {
		t.Error(got)
	}
}
