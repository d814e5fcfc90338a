package coc

import "time"

// EvidenceKind is what an entry among the evidence is.
type EvidenceKind string

// The kinds. An entry without one is an address, from before there were others.
const (
	EvidenceAddress EvidenceKind = "address" // where something can be seen
	EvidenceCapture EvidenceKind = "capture" // what stood at an address, or why it could not be had
	EvidenceFile    EvidenceKind = "file"    // what somebody sent
)

// Uncaptured is why nothing was captured of an address.
type Uncaptured string

// The reasons. Whether a repository is private, is not there, or has not installed
// the App is one reason: whoever asks must not learn which.
const (
	Elsewhere    Uncaptured = "elsewhere"     // another site, which is never asked
	NoTalk       Uncaptured = "no-talk"       // a page of GitHub's where nobody says anything
	NoAccess     Uncaptured = "no-access"     // not public, not there, or without the App
	NoPermission Uncaptured = "no-permission" // the App may not read this sort of thing
	GoneThere    Uncaptured = "gone"          // deleted, or moved to another repository
	NoRoom       Uncaptured = "no-room"       // the case or this server holds no more
	GaveUp       Uncaptured = "gave-up"       // GitHub did not answer for too long
	TooLong      Uncaptured = "too-long"      // not found within what is read of a discussion
)

// Evidence is an entry among a case's evidence. It is never changed. What is not said
// is not encoded, so that a field that is added later changes no Mac of before.
type Evidence struct {
	Number int          `json:"number"`
	Kind   EvidenceKind `json:"kind"`
	// URL is of an address, Title what somebody called it; of a file it is its name.
	URL   Prose `json:"url,omitzero"`
	Title Prose `json:"title,omitzero"`
	// Of is the number of the address that a capture is of, or of the picture that was
	// drawn anew.
	Of int       `json:"of,omitzero"`
	At time.Time `json:"at"`
	// By is who added it, or As what they are where they have no login here; both
	// empty: cocrouter.
	By Login `json:"by,omitzero"`
	As Role  `json:"as,omitzero"`
	// Author is who had written what a capture has.
	Author Login `json:"author,omitzero"`
	// Content is what is kept; the zero value: nothing is.
	Content Content `json:"content,omitzero"`
	// Why is why a capture, or a file, has no content, and of an address why nothing
	// can be captured there.
	Why Uncaptured `json:"why,omitzero"`
	// Prev is the Mac of the entry before, and Mac a keyed hash of this one with it.
	Prev string `json:"prev,omitzero"`
	Mac  string `json:"mac,omitzero"`
}

// Content is something that the store keeps sealed, outside of the records. The
// zero value is nothing.
type Content struct {
	ID string `json:"id,omitzero"`
	// Key alone opens it. It stands in no other place than the record of the case,
	// or of the report on its way there, and is sealed and erased with that.
	Key    Prose  `json:"key,omitzero"`
	Size   int64  `json:"size,omitzero"`
	SHA256 string `json:"sha256,omitzero"`
	// Media is what it is, by its content: a media type. Redrawn: it is a picture
	// that was drawn anew, without what its file said of place, time and camera.
	Media   string `json:"media,omitzero"`
	Redrawn bool   `json:"redrawn,omitzero"`
}

// IsAddress reports whether it is one.
func (e Evidence) IsAddress() bool { return e.Kind == EvidenceAddress || e.Kind == "" }

// IsZero reports whether there is nothing.
func (c Content) IsZero() bool { return c.ID == "" }

// Kept is a content that a case has.
type Kept struct {
	Content string
	Case    CaseID
}

// Upload is a file that somebody sent and that no case has yet.
type Upload struct {
	Name    Prose   `json:"name"` // a safe one
	Content Content `json:"content"`
}

// Talk is what an address on GitHub points to: something that somebody said. The
// zero value points to nothing.
type Talk struct {
	Kind   TalkKind
	Repo   Repo
	Number int    // of the issue, the pull request or the discussion
	ID     int64  // of the comment or the review
	SHA    string // of the commit
}

// TalkKind is what somebody said something as.
type TalkKind string

// The kinds. A pull request is an issue, and so are the comments below it.
const (
	TalkIssue         TalkKind = "issue"
	TalkComment       TalkKind = "comment"
	TalkReviewComment TalkKind = "review-comment"
	TalkReview        TalkKind = "review"
	TalkCommitComment TalkKind = "commit-comment"
	TalkDiscussion    TalkKind = "discussion" // with all that is said in it
)

// Captured is what somebody said on GitHub, as it stood there, and what was said
// around it.
type Captured struct {
	URL     Prose     `json:"url"`
	Repo    Repo      `json:"repo"`
	At      time.Time `json:"at"` // when it was read
	Title   Prose     `json:"title,omitzero"`
	Said    Said      `json:"said"`
	Thread  []Said    `json:"thread,omitzero"`  // what else was said there, the oldest first
	Left    int       `json:"left,omitzero"`    // how many more there are, about
	Unasked bool      `json:"unasked,omitzero"` // edits and what is hidden could not be read
}

// Said is one thing that somebody said.
type Said struct {
	ID      int64     `json:"id"`
	Node    string    `json:"node,omitzero"`
	Author  Login     `json:"author"` // "": GitHub does not say any more
	Account int64     `json:"account,omitzero"`
	Made    time.Time `json:"made"`
	Changed time.Time `json:"changed,omitzero"` // as GitHub tells it, also for other reasons than an edit
	Text    Prose     `json:"text"`
	Hidden  string    `json:"hidden,omitzero"` // why it is minimised
	Under   int64     `json:"under,omitzero"`  // the ID of what it answers, which stands before it
	Edits   []Edit    `json:"edits,omitzero"`  // the newest first
	// Reactions are how many there were of each.
	Reactions map[string]int `json:"reactions,omitzero"`
}

// Edit is a text as somebody left it.
type Edit struct {
	At      time.Time `json:"at"`
	By      Login     `json:"by,omitzero"`
	Text    Prose     `json:"text,omitzero"`
	Deleted bool      `json:"deleted,omitzero"` // somebody took it out of the history
	Left    int       `json:"left,omitzero"`    // how many came between this and the newer one that were not read
}
