package coc

import "time"

// MeasureState is what became of an interim measure.
type MeasureState string

// The states. The zero one is in force and waits for the others; a measure that
// nobody confirms stays in it, whatever time passes. One that stands alone is in force,
// too: nobody but who took it has a vote, so nobody could confirm it.
const (
	MeasureWaits     MeasureState = ""
	MeasureConfirmed MeasureState = "confirmed"
	MeasureAlone     MeasureState = "alone"
	MeasureReversed  MeasureState = "reversed"
	MeasureWithdrawn MeasureState = "withdrawn" // by who took it
	MeasureEnded     MeasureState = "ended"     // with the decision
)

// WhenAlone is when somebody took a measure that nobody else on their committee could
// confirm: the committee above is told that there is the case.
const WhenAlone Moment = "alone"

// Measure is what one member has done for now to protect somebody, before anything
// is decided (CC, CP "Interim Protective Measures"). Its number is its place in the
// case, counted from 1.
type Measure struct {
	Action Prose     `json:"action"`
	By     Login     `json:"by"`
	At     time.Time `json:"at"`
	// Until is when the others are to have confirmed or reversed it.
	Until time.Time `json:"until"`
	// Home is the placement in which it was taken: what it is, is read there alone.
	Home int `json:"home,omitempty"`
	// Confirmed and Reversed are the votes, of whoever has or had one.
	Confirmed []Login      `json:"confirmed,omitempty"`
	Reversed  []Login      `json:"reversed,omitempty"`
	State     MeasureState `json:"state,omitempty"`
}

// InForce reports whether it holds, confirmed or not yet.
func (m Measure) InForce() bool {
	return m.State == MeasureWaits || m.State == MeasureConfirmed || m.State == MeasureAlone
}
