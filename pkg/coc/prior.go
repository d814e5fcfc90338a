package coc

import "time"

// Prior is one line of a central committee's record: that somebody was named to
// it as accused. Of who it is about only what can be compared is kept, and nothing
// that can be read.
type Prior struct {
	// Login and Account are who it is about, in a line that is to be kept; one that
	// was found has the login that was asked for.
	Login   Login
	Account int64 // as Party's
	// ByName: only the login is the same, which may be another's by now.
	ByName bool
	// Unlisted: it comes from a committee that the directory does not name, and
	// which may be anybody.
	Unlisted bool
	Told
}

// Told is what a line of the record says: nothing of the case but that there was
// one, and how it ended.
type Told struct {
	Central string    `json:"central"` // the key of the committee whose record it is
	Notice  CaseID    `json:"notice"`  // what told it, or the case that it has itself; erased with its key, the line is gone
	Of      CaseID    `json:"of"`      // the case that it is of
	By      string    `json:"by"`      // the key of the committee that has or had that
	From    string    `json:"from"`    // its name
	Ref     string    `json:"ref"`     // the reference that both committees have
	When    Moment    `json:"when"`
	At      time.Time `json:"at"`
	Outcome Outcome   `json:"outcome,omitempty"`
}

// Release is a line of the record that a member had told to the committee which
// sent a notice.
type Release struct {
	Login Login     `json:"login"`
	Ref   string    `json:"ref"`
	At    time.Time `json:"at"`
}
