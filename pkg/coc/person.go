package coc

import "time"

// Person is somebody as GitHub knows them. The number stays with an account
// under every login that it has; the login alone may have come to be another's.
// The zero value is nobody.
type Person struct {
	Login   Login `json:"login"`
	Account int64 `json:"account"`
}

// IsZero reports whether it is nobody: without both nobody is known well enough.
func (p Person) IsZero() bool { return p.Login == "" || p.Account <= 0 }

// Session is that somebody is signed in. It ends at Until, which moves with its
// use, and never after End.
type Session struct {
	Person Person    `json:"person"`
	Until  time.Time `json:"-"`
	End    time.Time `json:"end"`
}

// Look is that somebody looked at something of a case on our pages.
type Look struct {
	By   Login     `json:"by"`
	What string    `json:"what"` // "record", or what else there is to open
	At   time.Time `json:"at"`
}
