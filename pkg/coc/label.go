package coc

import "strings"

// Stage is where a case stands. The zero value is no stage: the case does not
// exist yet.
type Stage string

// The stages and side states of DOMAIN.md, in the order of a case's life.
const (
	StageReceived      Stage = "received"
	StageAcknowledged  Stage = "acknowledged"
	StageScreening     Stage = "screening"
	StageInvestigating Stage = "investigating"
	StageMediation     Stage = "mediation"
	StageDeciding      Stage = "deciding"
	StageResolved      Stage = "resolved"
	StageFollowUp      Stage = "follow-up"
	StageClosed        Stage = "closed"
	StageTransferred   Stage = "transferred"
	StageAppealed      Stage = "appealed"
	StageReopened      Stage = "reopened"
)

// Stages lists all of them, in order.
func Stages() []Stage {
	return []Stage{StageReceived, StageAcknowledged, StageScreening, StageInvestigating, StageMediation,
		StageDeciding, StageResolved, StageFollowUp, StageClosed, StageTransferred, StageAppealed, StageReopened}
}

// Label is the stage's label, of which a case has exactly one at rest.
func (s Stage) Label() string { return "status/" + string(s) }

// Flag is something that responders must see at a glance.
type Flag string

// The flags of the design.
const (
	FlagAnonymous        Flag = "anonymous"
	FlagFallback         Flag = "fallback"
	FlagLegalRisk        Flag = "legal-risk"
	FlagNoQuorum         Flag = "no-quorum"
	FlagInterimAction    Flag = "interim-action"
	FlagSafetyRisk       Flag = "safety-risk"
	FlagRetaliation      Flag = "retaliation"
	FlagRepeat           Flag = "repeat"
	FlagOverdue          Flag = "overdue"
	FlagEvidenceVolatile Flag = "evidence-volatile"
)

// Flags lists all of them.
func Flags() []Flag {
	return []Flag{FlagAnonymous, FlagFallback, FlagLegalRisk, FlagNoQuorum, FlagInterimAction,
		FlagSafetyRisk, FlagRetaliation, FlagRepeat, FlagOverdue, FlagEvidenceVolatile}
}

// Severities lists how urgent a case can be, the least first.
func Severities() []string { return []string{"low", "medium", "high", "critical"} }

// Label is the flag's label.
func (f Flag) Label() string { return "flag/" + string(f) }

// Outcome is what a case came to.
type Outcome string

// The outcomes that Django counts (DJ), which the transparency report uses.
const (
	OutcomeNone           Outcome = ""
	OutcomeNoViolation    Outcome = "no-violation"
	OutcomeOutOfScope     Outcome = "out-of-scope"
	OutcomeNoAction       Outcome = "no-action"
	OutcomeWarning        Outcome = "warning"
	OutcomeSuspension     Outcome = "suspension"
	OutcomeBan            Outcome = "ban"
	OutcomeOther          Outcome = "other"
	OutcomeHandledLocally Outcome = "handled-locally"
)

// Outcomes lists what a case can come to.
func Outcomes() []Outcome {
	return []Outcome{OutcomeNoViolation, OutcomeOutOfScope, OutcomeNoAction, OutcomeWarning,
		OutcomeSuspension, OutcomeBan, OutcomeOther, OutcomeHandledLocally}
}

// Label is the outcome's label; OutcomeNone has none.
func (o Outcome) Label() string { return "outcome/" + string(o) }

// Label is one label of ours, as it is created in a room: Color is six
// hexadecimal digits, Description at most 100 characters.
type Label struct {
	Name, Color, Description string
}

// Labels is the one table of labels. No label names a person or a kind of
// violation.
var labels = []Label{
	{"status/received", "d93f0b", "Filed; nobody has answered yet"},
	{"status/acknowledged", "fbca04", "A member has told the reporter that a person has it"},
	{"status/screening", "fbca04", "Jurisdiction, conflicts and severity are being settled"},
	{"status/investigating", "1d76db", "Evidence and interviews"},
	{"status/mediation", "1d76db", "With every party's consent; final decisions wait"},
	{"status/deciding", "5319e7", "A proposal is open"},
	{"status/resolved", "0e8a16", "The outcome is determined"},
	{"status/follow-up", "0e8a16", "Remedies are carried out and checked"},
	{"status/closed", "cccccc", "Nothing more to do"},
	{"status/transferred", "cccccc", "The case moved to another committee"},
	{"status/appealed", "b60205", "The decision is being looked at again by others"},
	{"status/reopened", "d93f0b", "Taken up again"},
	{"escalation/project", "bfd4f2", "With the project's own committee"},
	{"escalation/governance", "bfd4f2", "With a governance body acting as committee"},
	{"escalation/foundation", "c5def5", "With the foundation's committee"},
	{"escalation/events", "c5def5", "With the event desk"},
	{"escalation/legal", "c5def5", "Counsel is consulted"},
	{"escalation/joint", "c5def5", "Handled jointly with another body"},
	{"escalation/appeal", "c5def5", "Here on appeal"},
	{"severity/low", "e6e6e6", "Severity: low"},
	{"severity/medium", "fef2c0", "Severity: medium"},
	{"severity/high", "f9d0c4", "Severity: high"},
	{"severity/critical", "b60205", "Severity: critical"},
	{"flag/anonymous", "ededed", "The reporter is not known to us"},
	{"flag/fallback", "ededed", "Came here because no nearer committee could take it"},
	{"flag/legal-risk", "e99695", "A legal risk factor is present: consult counsel"},
	{"flag/no-quorum", "e99695", "Too few clear members to decide"},
	{"flag/interim-action", "e99695", "An interim measure is in force"},
	{"flag/safety-risk", "b60205", "Somebody may be in danger"},
	{"flag/retaliation", "e99695", "Retaliation is feared or reported"},
	{"flag/repeat", "ededed", "Linked to earlier cases"},
	{"flag/overdue", "d93f0b", "Something promised is late"},
	{"flag/evidence-volatile", "f9d0c4", "Evidence may still vanish"},
	{"outcome/no-violation", "c2e0c6", "No violation was found"},
	{"outcome/out-of-scope", "c2e0c6", "Not a matter for this code of conduct"},
	{"outcome/no-action", "c2e0c6", "No action was needed"},
	{"outcome/warning", "c2e0c6", "A warning was given"},
	{"outcome/suspension", "c2e0c6", "Somebody was suspended for a time"},
	{"outcome/ban", "c2e0c6", "Somebody was banned"},
	{"outcome/other", "c2e0c6", "Another outcome"},
	{"outcome/handled-locally", "c2e0c6", "Settled where it happened"},
}

// Labels is every label of ours, with colour and description, as a copy.
func Labels() []Label { return append([]Label(nil), labels...) }

// LabelNamed finds one of ours, without regard to case.
func LabelNamed(name string) (Label, bool) {
	for _, l := range labels {
		if strings.EqualFold(l.Name, name) {
			return l, true
		}
	}
	return Label{}, false
}

// OurLabel reports whether a label belongs to us; all others on an issue are
// people's and are never touched.
func OurLabel(name string) bool {
	_, ok := LabelNamed(name)
	return ok
}
