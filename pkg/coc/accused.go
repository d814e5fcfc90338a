package coc

import "time"

// Step is how far a committee has come with hearing somebody who is accused.
type Step string

// The steps. None follows from another by itself: whoever was told need not
// answer.
const (
	StepNotified Step = "notified" // told that there is a report, and that they may answer
	StepDeferred Step = "deferred" // not told for now, for a reason that the journal has
	StepHeard    Step = "heard"    // their account was taken; the journal has it
)

// Hearing is what a member did about the accused, or decided not to do yet. The
// zero Hearing is about nobody.
type Hearing struct {
	Step Step `json:"step"`
	// Of is whom it is about: everybody who was named as accused by then, or one
	// of them.
	Of []Party   `json:"of"`
	By Login     `json:"by"`
	At time.Time `json:"at"`
	// Committee is the key of theirs. To wait is for each committee to decide.
	Committee string `json:"committee"`
}

// The texts that a member may copy, by name.
const (
	TemplateAccusedNotice   = "accused-notice"
	TemplateAccusedOutcome  = "accused-outcome"
	TemplateReporterOutcome = "reporter-outcome"
)

// Templates lists them.
func Templates() []string {
	return []string{TemplateAccusedNotice, TemplateAccusedOutcome, TemplateReporterOutcome}
}
