package coc

import (
	"slices"
	"time"
)

// MessageKind is what a message to the reporter is.
type MessageKind string

// The kinds. An outcome has no words here, and neither has a word of which only that
// it was said is known.
const (
	MessageUpdate   MessageKind = "update"
	MessageQuestion MessageKind = "question"
	MessageOutcome  MessageKind = "outcome"
)

// What the reporter sends through the page behind the receipt: their own words, that
// it has become urgent, or that they withdraw what they reported.
const (
	MessageAnswer    MessageKind = "answer"
	MessageUrgent    MessageKind = "urgent"
	MessageWithdrawn MessageKind = "withdrawn"
)

// Theirs reports whether a message is the reporter's own.
func (k MessageKind) Theirs() bool {
	return k == MessageAnswer || k == MessageUrgent || k == MessageWithdrawn
}

// Message is a word of the committee to the reporter, or one of the reporter's to
// whoever has the case. Theirs has nobody in By.
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
	// Of the reporter's own: the revision with which it came, which the comment that
	// says it has too, and when the committee had its next word for them; zero: it has
	// had none.
	Revision int       `json:"revision,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
	// Danger: they said with it that somebody may be in danger.
	Danger bool `json:"danger,omitempty"`
	// Files are the numbers of the files that came with it, among the evidence.
	Files []int `json:"files,omitempty"`
}

// FromReporter is what somebody sent through the page behind their receipt.
type FromReporter struct {
	Kind   MessageKind `json:"kind"`
	Text   Prose       `json:"text,omitzero"`
	Danger bool        `json:"danger,omitempty"`
	Files  []Upload    `json:"files,omitempty"`
	// Receipt is the keyed hash of the receipt that they sent it with.
	Receipt []byte    `json:"receipt"`
	At      time.Time `json:"at"`
}

// FromReporter is what the reporter sent through that page, in order.
func (c Case) FromReporter() []Message {
	return slices.DeleteFunc(slices.Clone(c.Messages), func(m Message) bool { return !m.Kind.Theirs() })
}

// Waits is the earliest message of a kind that the committee has not answered; ok is
// false where there is none.
func (c Case) Waits(kind MessageKind) (m Message, ok bool) {
	i := slices.IndexFunc(c.Messages, func(m Message) bool { return m.Kind == kind && kind.Theirs() && m.Answered.IsZero() })
	if i < 0 {
		return Message{}, false
	}
	return c.Messages[i], true
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
