package coc

import "time"

// Word is what somebody is told of a case. None of it ever tells who reported.
type Word string

// What is told.
const (
	WordSummary Word = "summary" // a short summary and the accused's name, which a member writes
	WordNotice  Word = "notice"  // that there is a case which touches them, and who has it
	WordLetter  Word = "letter"  // the same, to a desk that has only an address: a person brings it
	// WordQuestion is what a committee asks a project's liaison, in a member's words.
	WordQuestion Word = "question"
	// WordMoved is told to the reporter, with the receipt: to whom such a report
	// belongs, which is To.
	WordMoved Word = "moved"
)

// Duty is somebody who must be told of a case, at one moment of its life.
type Duty struct {
	To   Committee `json:"to"`
	What Word      `json:"what"`
	When Moment    `json:"when"`
	// Way is the chain by which it is found where they may be told: the accused
	// may sit there too.
	Way []Committee `json:"way,omitempty"`
	// Done is when they were told, in the notice Told. A notice without it does not
	// say yet who has the case, because nobody does.
	Done time.Time `json:"done,omitzero"`
	Told CaseID    `json:"told,omitempty"`
	// Heard is how much had been said in the case when the notice last heard of it.
	Heard int `json:"heard,omitempty"`
	// Since is when it came to be owed, where the case had its home by then.
	Since time.Time `json:"since,omitzero"`
	// Joint: they handle the case together with the committee that has it.
	Joint bool `json:"joint,omitempty"`
	// Of a letter: the rule by which they are told, the event as the directory
	// spells it, and what the case is called between them and its committee.
	Rule      string `json:"rule,omitempty"`
	Event     string `json:"event,omitempty"`
	Reference string `json:"reference,omitempty"`
	// Reminded is when operators last heard that it waits.
	Reminded time.Time `json:"reminded,omitzero"`
	// Over: the case went to a committee that does not owe it.
	Over bool `json:"over,omitempty"`
}

// Owed reports whether a member has to tell them now.
func (d Duty) Owed(s Stage) bool {
	return d.What == WordSummary && d.Done.IsZero() && !d.Over &&
		(d.When == WhenOpened || s == StageResolved || s == StageFollowUp || s == StageClosed)
}

// Notice makes a case the notice of another one: it lives in a room and is read
// and kept like a case, and all it tells is this, and the words of a member in
// Report.Account.
type Notice struct {
	Of        CaseID  `json:"of"`
	What      Word    `json:"what"`
	When      Moment  `json:"when"`
	Reference string  `json:"reference"`    // both committees have it, and nobody else
	From      string  `json:"from"`         // the name of the committee that has the case; "" is nobody yet
	By        string  `json:"by,omitempty"` // its key
	To        string  `json:"to,omitempty"` // the key of the committee that must be told, and whose record it goes into
	Accused   []Party `json:"accused,omitempty"`
	Outcome   Outcome `json:"outcome,omitempty"`
	Asked     Login   `json:"asked,omitempty"` // the liaison, of a question
	Joint     bool    `json:"joint,omitempty"` // it is for who handles the case, too
	Ask       string  `json:"ask,omitempty"`   // whom one can write to while nobody has the case
	// Released is what of the record was told to the committee that has the case.
	Released []Release `json:"released,omitempty"`
}
