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

// Invitation is an address at which somebody who is accused can answer, once. The
// zero Invitation is nobody's, and no address leads to it.
type Invitation struct {
	// Hash is the keyed hash of what stands in the address, which nothing else keeps.
	Hash string `json:"hash"`
	// Of is who is accused: one person, as often as the report names them.
	Of []Party `json:"of"`
	// Text is what the committee wrote to them, and all that they read there.
	Text  Prose     `json:"text,omitzero"`
	By    Login     `json:"by"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	// Revision is the one with which it was made, Placement the home that made it.
	Revision  int `json:"revision"`
	Placement int `json:"placement"`
	// Ended is when another one took its place; zero: none did.
	Ended time.Time `json:"ended,omitzero"`
	// Answer is what they wrote, Answered when, and Came the revision with which it
	// came, which the comment that says it has too. Zero: nothing yet.
	Answer   Prose     `json:"answer,omitzero"`
	Answered time.Time `json:"answered,omitzero"`
	Came     int       `json:"came,omitempty"`
	// Sign is a keyed hash of the answer and the form that it was sent with, by which
	// the same one is known again.
	Sign string `json:"sign,omitempty"`
}

// FromAccused is what somebody sent through such an address.
type FromAccused struct {
	Case   CaseID    `json:"case"`
	Number int       `json:"number"` // of the invitation, from 1
	Text   Prose     `json:"text"`
	Sign   string    `json:"sign"`
	At     time.Time `json:"at"`
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
