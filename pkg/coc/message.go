package coc

import "time"

// MessageKind is what a message to the reporter is.
type MessageKind string

// The kinds. An outcome has no words here, and neither has a word of which only that
// it was said is known.
const (
	MessageUpdate   MessageKind = "update"
	MessageQuestion MessageKind = "question"
	MessageOutcome  MessageKind = "outcome"
)

// Message is a word of the committee to the reporter.
type Message struct {
	Kind MessageKind `json:"kind"`
	At   time.Time   `json:"at"`
	By   Login       `json:"by"`
	Text Prose       `json:"text,omitzero"`
	// Shown: whoever has the receipt reads it.
	Shown bool `json:"shown,omitempty"`
	// Sent is when the reporter could read it first; zero: a member has to write to
	// them. By whom it was sent, where it was a member.
	Sent   time.Time `json:"sent,omitzero"`
	SentBy Login     `json:"sent_by,omitempty"`
}

// Unsent is the messages that a member still has to bring to the reporter.
func (c Case) Unsent() []Message {
	var out []Message
	for _, m := range c.Messages {
		if m.Sent.IsZero() {
			out = append(out, m)
		}
	}
	return out
}
