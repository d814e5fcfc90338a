package coc

import "time"

// Clock is what the clocks of a case have done in its present home, and when they
// strike next. The zero value: nothing yet, and nothing is to come.
type Clock struct {
	// Turn is the job that counts: it moves on with each one that is made, so that
	// only the newest does anything.
	Turn int       `json:"turn,omitempty"`
	Next time.Time `json:"next,omitzero"` // when that job looks; zero: never
	// Reminded is when the last reminder was asked for, whatever it was about.
	Reminded time.Time `json:"reminded,omitzero"`
	// Duty is since when the point of contact is that; zero: since the case is here.
	Duty time.Time `json:"duty,omitzero"`
	// Asked is when the alternates were asked, because nobody had acknowledged.
	Asked time.Time `json:"asked,omitzero"`
	// Tried is when nobody further up could take the case, which operators heard.
	Tried time.Time `json:"tried,omitzero"`
}
