package coc

import "time"

// RemedyState is what became of a remedy. The zero RemedyState is open: nobody has
// said.
type RemedyState string

// The states.
const (
	RemedyOpen   RemedyState = ""
	RemedyDone   RemedyState = "done"
	RemedyLapsed RemedyState = "lapsed" // it will not be carried out
)

// Remedy is something that an outcome asks for.
type Remedy struct {
	Text  Prose       `json:"text"`
	By    Login       `json:"by"`
	At    time.Time   `json:"at"`
	Until time.Time   `json:"until,omitzero"` // the end of its last day; zero: no day was set
	State RemedyState `json:"state,omitempty"`
	// Checks are when it is to be looked at again, the soonest first. One that was
	// made is not here any more.
	Checks []time.Time `json:"checks,omitempty"`
	Looked time.Time   `json:"looked,omitzero"` // when one was made last
	// Ended is when somebody said what became of it, in these Words.
	Ended time.Time `json:"ended,omitzero"`
	Words Prose     `json:"words,omitzero"`
}
