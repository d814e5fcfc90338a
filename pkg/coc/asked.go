package coc

import "time"

// Asking is how far a committee is that asks each of its members in private whether
// they are clear, and lets them in as they answer (separate: always). Until the first
// is in, there is no repository and no issue with words. The zero value: nobody is
// asked, and responders were pinned when the case was placed.
type Asking struct {
	// By is until when those who are no alternates are asked. Passed: it is over, and
	// whoever has not answered is passed over.
	By     time.Time `json:"by"`
	Passed bool      `json:"passed,omitempty"`
	// Alternates is until when the alternates are asked; zero: they are not asked yet.
	Alternates time.Time `json:"alternates,omitzero"`
	// In is when somebody was let in last by their answer; zero: nobody was.
	In    time.Time `json:"in,omitzero"`
	Index Index     `json:"index,omitzero"`
}

// IsZero reports whether nobody is asked in private.
func (a Asking) IsZero() bool { return a.By.IsZero() }

// MayCome is who has a placement, or may be let in by their own word.
func (p Placement) MayCome() []Login {
	if p.Asked.IsZero() {
		return p.Responders
	}
	return p.Committee.Logins()
}

// Index is the issue in a committee's own incident repository that shows of a case
// its code name and its stage, and nothing else.
type Index struct {
	Room  RepoFacts `json:"room,omitzero"`
	Issue int       `json:"issue,omitempty"` // 0 until it is opened
	// Wants is what it is to show, and Shows what it shows: title and stage.
	Wants string `json:"wants,omitempty"`
	Shows string `json:"shows,omitempty"`
}
