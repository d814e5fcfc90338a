package coc

import "time"

// App is one of the two registrations under which cocrouter acts.
type App string

// AppSource is what projects install, AppRooms what committees install.
const (
	AppSource App = "source"
	AppRooms  App = "rooms"
)

// EventKind is what happened, in our words.
type EventKind string

// The events that are kept. Everything else is dropped before the database.
const (
	EventFiled     EventKind = "filed"     // the private form
	EventWrote     EventKind = "wrote"     // the page behind a receipt
	EventAnswered  EventKind = "answered"  // the page where somebody who is accused answers
	EventComment   EventKind = "comment"   // a comment with a line that starts with /coc
	EventOpened    EventKind = "opened"    // an issue opened with labels
	EventLabeled   EventKind = "labeled"   // a label added
	EventUnlabeled EventKind = "unlabeled" // a label taken away
	EventClosed    EventKind = "closed"
	EventReopened  EventKind = "reopened"
	EventDeleted   EventKind = "deleted"      // an issue deleted or transferred away
	EventEdited    EventKind = "edited"       // title or body of an issue that holds a case
	EventLabels    EventKind = "labels"       // a label of ours renamed or deleted in a repository
	EventPushed    EventKind = "pushed"       // a push to the default branch that touched a routing file, or may have
	EventRepo      EventKind = "repository"   // renamed, transferred, archived, publicized, default branch changed …
	EventRoster    EventKind = "roster"       // member, team, membership, organization
	EventInstalled EventKind = "installation" // created, deleted, suspended, repositories added or removed
)

// Event is a delivery, or what came through our pages, decoded. Which fields are set follows
// from Kind; a field that the delivery does not have is zero.
type Event struct {
	Kind     EventKind
	Action   string // GitHub's own word, where Kind covers several
	App      App    // under whose registration it came; "" for a form
	Install  int64  // installation id
	Delivery string // GUID; for a form a keyed hash of the token
	Received time.Time

	Repo     RepoFacts
	Was      Repo // before a rename or transfer
	Actor    Login
	ActorBot bool
	Own      bool // done by one of our own Apps

	Issue       int
	IssueNode   string
	IssueURL    string
	IssueTitle  Prose
	IssueBody   Prose
	BodyBefore  Prose // of an EventEdited; zero where only the title changed
	IssueAuthor Login
	IssueAt     time.Time
	Labels      []string
	Pull        bool
	Locked      bool

	Comment     int64
	CommentNode string
	CommentURL  string
	CommentBody Prose
	CommentAt   time.Time
	Review      bool

	Label string // the one added or taken away

	Ref, Before, After string   // of a push; Before is also the old default branch of an EventRepo
	Paths              []string // touched by a push; nil with Truncated when not all are listed
	Truncated          bool

	Account string // of an installation or organisation event
	Team    Team
	Member  Login

	Filing *Filing
	Wrote  *FromReporter
	Answer *FromAccused
}

// Filing is the private form as it was sent.
type Filing struct {
	Repo     Repo          `json:"repo"`
	Account  Prose         `json:"account"`
	Where    Prose         `json:"where,omitzero"`
	When     Prose         `json:"when,omitzero"`
	Links    []Prose       `json:"links,omitempty"`
	Involved []Party       `json:"involved,omitempty"`
	Around   Circumstances `json:"around,omitzero"`
	Needs    Needs         `json:"needs,omitzero"`
	Files    []Upload      `json:"files,omitempty"`
	// Receipt is the keyed hash of the receipt that the reporter was given.
	Receipt []byte `json:"receipt"`
	// By is who signed in and chose to report as themself; zero is anonymous.
	By Person    `json:"by,omitzero"`
	At time.Time `json:"at"`
}

// Source is where an intake came from.
type Source string

// Intakes come from GitHub's webhook, from our form, from the page behind a receipt, or
// from the one where somebody who is accused answers.
const (
	SourceHook    Source = "hook"
	SourceForm    Source = "form"
	SourceReceipt Source = "receipt"
	SourceAccused Source = "accused"
)

// Intake is something that was made durable before it was answered. Payload
// is the raw delivery, or the marshalled Filing, FromReporter or FromAccused, sealed at rest.
type Intake struct {
	ID       int64
	Source   Source
	App      App
	Event    string // X-GitHub-Event; "" for a form
	Delivery string // unique
	Object   string // unique: the same happening under another GUID has the same
	Lane     string // intakes of one lane are worked in order of arrival
	Received time.Time
	Payload  Prose
	// Urgent work (reports) goes before commands, commands before the rest.
	Priority int // 1 report, 2 command, 3 the rest
}
