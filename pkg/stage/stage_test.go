package stage

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestNext(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from coc.Stage
		verb string
		to   coc.Stage // "" refused
		rule string
	}{
		{coc.StageTransferred, "ack", "", "stage/over"},
		{coc.StageTransferred, "reopen", "", "stage/over"},
		{coc.StageTransferred, "escalate", "", "stage/over"},
		{coc.StageClosed, "escalate", "", "stage/escalate"},
		{coc.StageClosed, "close", "", "stage/already"},
		{coc.StageAcknowledged, "ack", "", "stage/already"},
		{coc.StageReopened, "reopen", "", "stage/already"},
		{coc.StageReceived, "close", "", "stage/close"},
		{coc.StageInvestigating, "close", "", "stage/close"},
		{coc.StageReceived, "resolve", "", "stage/resolve"},
		{coc.StageReopened, "resolve", "", "stage/resolve"},
		{coc.StageInvestigating, "ack", "", "stage/ack"},
		{coc.StageInvestigating, "screen", "", "stage/screen"},
		{coc.StageReceived, "appeal", "", "stage/appeal"},
		{coc.StageReopened, "appeal", "", "stage/appeal"},
		{coc.StageAppealed, "appeal", "", "stage/already"},
		{coc.StageAppealed, "resolve", "", "stage/resolve"},
		{coc.StageReceived, "claim", "", "stage/unknown-verb"},
		{coc.StageReceived, "ACK", "", "stage/unknown-verb"},
		{coc.StageReceived, "", "", "stage/unknown-verb"},
		{"", "ack", "", "stage/over"},
		{"no such stage", "escalate", "", "stage/over"},

		{coc.StageMediation, "resolve", "", "stage/mediation"},
		{coc.StageMediation, "propose", "", "stage/mediation"},
		{coc.StageMediation, "mediate", "", "stage/already"},
		{coc.StageMediation, "investigate", "", "stage/investigate"},
		{coc.StageReceived, "mediate", "", "stage/mediate"},
		{coc.StageDeciding, "mediate", "", "stage/mediate"},
		{coc.StageInvestigating, "mediate ended", "", "stage/already"},

		{coc.StageReceived, "ack", coc.StageAcknowledged, ""},
		{coc.StageReopened, "ack", coc.StageAcknowledged, ""},
		{coc.StageAcknowledged, "screen", coc.StageScreening, ""},
		{coc.StageAcknowledged, "investigate", coc.StageInvestigating, ""},
		{coc.StageScreening, "investigate", coc.StageInvestigating, ""},
		{coc.StageInvestigating, "mediate", coc.StageMediation, ""},
		{coc.StageMediation, "mediate ended", coc.StageInvestigating, ""},
		{coc.StageMediation, "escalate", coc.StageReceived, ""},
		{coc.StageAcknowledged, "resolve", coc.StageResolved, ""},
		{coc.StageDeciding, "resolve", coc.StageResolved, ""},
		{coc.StageResolved, "close", coc.StageClosed, ""},
		{coc.StageFollowUp, "close", coc.StageClosed, ""},
		{coc.StageResolved, "reopen", coc.StageReopened, ""},
		{coc.StageClosed, "reopen", coc.StageReopened, ""},
		{coc.StageReceived, "escalate", coc.StageReceived, ""},
		{coc.StageResolved, "escalate", coc.StageReceived, ""},
		{coc.StageClosed, "appeal", coc.StageAppealed, ""},
		{coc.StageAppealed, "ack", coc.StageAcknowledged, ""},
	} {
		got, err := Next(tc.from, tc.verb)
		if tc.to != "" {
			if got != tc.to || err != nil {
				t.Errorf("%s from %q: %q, %v; want %q", tc.verb, tc.from, got, err, tc.to)
			}
			continue
		}
		var refusal coc.Refusal
		if got != "" || !errors.As(err, &refusal) || refusal.Rule != tc.rule || refusal.Next == "" && tc.rule != "stage/unknown-verb" {
			t.Errorf("%s from %q: %q, %+v; want a refusal by %s with a next step", tc.verb, tc.from, got, err, tc.rule)
		}
	}
}

func TestRefusalSaysWhatIsPossibleNow(t *testing.T) {
	t.Parallel()
	_, err := Next(coc.StageReceived, "close")
	want := "`/coc close` needs a case that is resolved or follow-up; this one is received. Possible now: `/coc ack`, `/coc escalate`, `/coc transfer`."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Every stage of the design, every verb: an answer or a refusal, and the rest
// of the package agrees with it.
func TestTableIsTotalAndOneSource(t *testing.T) {
	t.Parallel()
	for _, s := range append(coc.Stages(), "", "no such stage") {
		legal := Legal(s)
		for _, row := range Table() {
			to, err := Next(s, row.Verb)
			if (err == nil) != slices.Contains(legal, row.Verb) {
				t.Errorf("Next and Legal disagree on %s from %q", row.Verb, s)
			}
			var refusal coc.Refusal
			if err != nil && (!errors.As(err, &refusal) || refusal.Rule == "" || refusal.What == "") {
				t.Errorf("%s from %q is refused without a rule: %v", row.Verb, s, err)
			}
			if err == nil && !slices.Contains(coc.Stages(), to) {
				t.Errorf("%s from %q leads to %q", row.Verb, s, to)
			}
			if verb, ok := ByLabel(s, to); err == nil && !slices.Contains(needsWords, row.Verb) && (!ok || verb != row.Verb) {
				t.Errorf("the label %q on %q means %q, want %q", to, s, verb, row.Verb)
			}
		}
		for _, to := range coc.Stages() {
			verb, ok := ByLabel(s, to)
			if !ok {
				continue
			}
			if got, err := Next(s, verb); err != nil || got != to || slices.Contains(needsWords, verb) || s == to {
				t.Errorf("the label %q on %q means %q, which leads to %q, %v", to, s, verb, got, err)
			}
		}
	}
}

// From received, walk everywhere: no case gets stuck, none becomes a former
// home, and each can still be closed.
func TestNoReachableStageIsStuck(t *testing.T) {
	t.Parallel()
	reached := reach(coc.StageReceived)
	if !reached[coc.StageClosed] || !reached[coc.StageAppealed] || !reached[coc.StageReopened] || !reached[coc.StageResolved] || !reached[coc.StageFollowUp] {
		t.Fatalf("too little can be reached: %v", reached)
	}
	for s := range reached {
		if s == coc.StageTransferred {
			t.Error("a case can become a former home")
		}
		if !reach(s)[coc.StageClosed] {
			t.Errorf("a case that is %s can never be closed", s)
		}
	}
	for _, s := range []coc.Stage{coc.StageMediation, coc.StageDeciding, coc.StageFollowUp} {
		if !reached[s] {
			t.Errorf("no case ever is %s", s)
		}
	}
}

func reach(from coc.Stage) map[coc.Stage]bool {
	reached := map[coc.Stage]bool{from: true}
	for queue := []coc.Stage{from}; len(queue) > 0; queue = queue[1:] {
		for _, verb := range Legal(queue[0]) {
			to, _ := Next(queue[0], verb)
			if !reached[to] {
				reached[to] = true
				queue = append(queue, to)
			}
		}
	}
	return reached
}

func TestWhatNeedsWordsIsNeverReadFromALabel(t *testing.T) {
	t.Parallel()
	if verb, ok := ByLabel(coc.StageInvestigating, coc.StageReceived); ok {
		t.Errorf("moving the label back means %s", verb)
	}
	if verb, ok := ByLabel(coc.StageResolved, coc.StageAppealed); ok {
		t.Errorf("marking a case as appealed means %s", verb)
	}
	if verb, ok := ByLabel(coc.StageInvestigating, coc.StageMediation); ok {
		t.Errorf("marking a case as mediated, without a word on who consented, means %s", verb)
	}
	if verb, ok := ByLabel(coc.StageMediation, coc.StageInvestigating); !ok || verb != "mediate ended" {
		t.Errorf("moving the label out of a mediation means %q", verb)
	}
	if verb, ok := ByLabel(coc.StageInvestigating, coc.StageTransferred); ok {
		t.Errorf("marking a case as moved means %s", verb)
	}
}

func TestTableCannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	rows := Table()
	rows[0].From[0], rows[0].To = coc.StageClosed, coc.StageClosed
	if to, err := Next(coc.StageReceived, "ack"); to != coc.StageAcknowledged || err != nil {
		t.Errorf("ack leads to %q, %v", to, err)
	}
}

func TestIssueIsOpenUntilTheCaseIsClosedOrMoved(t *testing.T) {
	t.Parallel()
	for _, s := range coc.Stages() {
		if want := s == coc.StageClosed || s == coc.StageTransferred; Closed(s) != want {
			t.Errorf("%s: closed %v", s, Closed(s))
		}
	}
	if Closed("") {
		t.Error("a case without a stage is closed")
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	project := coc.Placement{Committee: coc.Committee{Level: coc.LevelProject}}
	foundation := coc.Placement{Committee: coc.Committee{Level: coc.LevelFoundation}}
	full := coc.Case{
		Stage: coc.StageClosed, Severity: "high", Outcome: coc.OutcomeWarning,
		Flags:      []coc.Flag{coc.FlagFallback, coc.FlagAnonymous, coc.FlagFallback, "no such flag"},
		Placements: []coc.Placement{project, foundation},
	}
	for name, tc := range map[string]struct {
		c         coc.Case
		placement int
		want      string
	}{
		"a former home shows nothing that was learned since": {full, 0, "status/transferred escalation/project"},
		"the present home shows everything once":             {full, 1, "status/closed escalation/foundation flag/fallback flag/anonymous severity/high outcome/warning"},
		"on appeal":                                          {coc.Case{Stage: coc.StageAppealed, Appeal: &coc.Appeal{}, Placements: []coc.Placement{project, foundation}}, 1, "status/appealed escalation/foundation escalation/appeal"},
		"where it was decided":                               {coc.Case{Stage: coc.StageAppealed, Appeal: &coc.Appeal{}, Placements: []coc.Placement{project, foundation}}, 0, "status/transferred escalation/project"},
		"a placement that is not there":                      {full, 2, ""},
		"a placement below nothing":                          {full, -1, ""},
		"a new case":                                         {coc.Case{Stage: coc.StageReceived, Placements: []coc.Placement{project}}, 0, "status/received escalation/project"},
		"a case without a stage or a level":                  {coc.Case{Placements: []coc.Placement{{}}}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Labels(tc.c, tc.placement)
			if strings.Join(got, " ") != tc.want {
				t.Errorf("got  %v\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWhyALabelIsPutBackNamesTheNextStep(t *testing.T) {
	t.Parallel()
	for _, from := range coc.Stages() {
		for _, to := range coc.Stages() {
			if _, ok := ByLabel(from, to); ok {
				continue
			}
			r := NotByLabel(from, to.Label())
			if r.What == "" || r.Next == "" && len(Legal(from)) > 0 || (r.Rule == "stage/already") != (from == to) {
				t.Errorf("from %s, %s: %+v", from, to.Label(), r)
			}
			if _, verb, ok := strings.Cut(r.Next, "`/coc "); ok && r.Rule == "stage/words" {
				if got, err := Next(from, strings.TrimSuffix(verb, "`.")); err != nil || got != to {
					t.Errorf("from %s, %s: %q leads to %s, %v", from, to.Label(), r.Next, got, err)
				}
			}
		}
	}
}
