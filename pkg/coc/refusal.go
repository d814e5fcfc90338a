package coc

import (
	"errors"
	"time"
)

// Refusal is the one error whose text may be shown to people. Anything else
// becomes a fixed sentence with a reference number. It holds our own words
// only, never a reporter's.
type Refusal struct {
	What string // what happened and why, one sentence
	Next string // what to do now, one sentence; may be empty
	Rule string // the rule's name in our tables, "" where there is none
}

func (r Refusal) Error() string {
	if r.Next == "" {
		return r.What
	}
	return r.What + " " + r.Next
}

// What the world may answer. The ports of casework return these, wrapped, so
// that the core can tell "there is no such file" from "not now".
var (
	// ErrMissing: the place can be read and the thing is not there.
	ErrMissing = errors.New("missing")
	// ErrInaccessible: the repository cannot be seen by the App, which GitHub
	// does not tell apart from its not existing.
	ErrInaccessible = errors.New("inaccessible")
	// ErrDenied: seen, but the App lacks the permission.
	ErrDenied = errors.New("denied")
	// ErrArchived: the place is read-only, or switched off.
	ErrArchived = errors.New("archived or disabled")
	// ErrTaken: the name is another repository's.
	ErrTaken = errors.New("taken")
	// ErrNotAFile: a directory, a symbolic link or a submodule.
	ErrNotAFile = errors.New("not a file")
	// ErrTooLarge: larger than the 64 KiB that a routing file may have.
	ErrTooLarge = errors.New("too large")
	// ErrConverted: an issue was made into a discussion, and takes no comment.
	ErrConverted = errors.New("converted to a discussion")
	// ErrGone: what a job was to work on is finished or was deleted.
	ErrGone = errors.New("gone")
	// ErrConflict: the case moved since it was read; read it again.
	ErrConflict = errors.New("revision moved")
	// ErrBusy: somebody else holds the lease, an earlier event of the same lane
	// is not done, or there is no room now; come back soon.
	ErrBusy = errors.New("busy")
	// ErrAltered: what was kept is not what it was.
	ErrAltered = errors.New("altered")
	// ErrUnsure: whether it was saved is not known. Saving it again is harmless.
	ErrUnsure = errors.New("not known whether it was saved")
)

// Later says that the world cannot answer now (5xx, a limit, a broken line)
// and when to ask again. A zero After means: as the worker backs off.
type Later struct {
	After time.Time
	Cause string // our own words: an operation and a status, never a body
	// Ours: it is our own pace that puts it off. That says nothing of the world,
	// and is no reason to go on without its answer.
	Ours bool
}

func (l Later) Error() string { return "later: " + l.Cause }

// IsLater reports whether err says "not now", and when to come back.
func IsLater(err error) (Later, bool) {
	var l Later
	ok := errors.As(err, &l)
	return l, ok
}
