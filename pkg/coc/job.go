package coc

import "time"

// JobKind is what a job does.
type JobKind string

// The jobs. Arguments are IDs only: the queue stores them in clear.
const (
	JobIntake   JobKind = "intake"   // decide on an intake
	JobOpen     JobKind = "open"     // open placement N's issue
	JobEffect   JobKind = "effect"   // post effect Revision/N
	JobShow     JobKind = "show"     // project the newest revision onto placement N
	JobErrand   JobKind = "errand"   // carry out an errand
	JobStanding JobKind = "standing" // look at a source's routing again, at its time
	JobScreen   JobKind = "screen"   // make silence count in placement N, at its time
	JobConsent  JobKind = "consent"  // count proposal N again, when silence becomes consent
	JobLeave    JobKind = "leave"    // take the case away from placement N if it may not stay
	JobSurvey   JobKind = "survey"   // look at a room that is watched, if its watch still stands at Revision
	JobTell     JobKind = "tell"     // carry out duty N, where no member has to; a notice hears of its case
	JobClock    JobKind = "clock"    // do what is due in a case, if its clock still stands at turn Revision
	JobCapture  JobKind = "capture"  // capture what stands at address N, unless it was captured Revision times
	JobIndex    JobKind = "index"    // show the newest stage of placement N in the committee's own room
	JobPrior    JobKind = "prior"    // put a case that the central committee resolved itself on its record, from accused N on
)

// Job is a piece of work that becomes durable together with what caused it.
type Job struct {
	Kind     JobKind   `json:"kind"`
	Intake   int64     `json:"intake,omitempty"`
	Case     CaseID    `json:"case,omitempty"`
	Revision int       `json:"revision,omitempty"`
	N        int       `json:"n,omitempty"`
	Errand   string    `json:"errand,omitempty"`
	Standing string    `json:"standing,omitempty"` // a keyed hash, as the store gives it
	Room     string    `json:"room,omitempty"`     // a keyed hash, as the store gives it
	Since    time.Time `json:"since,omitzero"`     // when it was asked for, where nothing else tells
	At       time.Time `json:"-"`                  // zero: now
	Priority int       `json:"-"`                  // 1 to 4; 0 is 3
}

// ErrandKind is something to do in the world that belongs to no case, so that
// nothing public can be traced to one.
type ErrandKind string

// The errands.
const (
	ErrandLink     ErrandKind = "link"     // say where the form is
	ErrandThank    ErrandKind = "thank"    // say that a report was taken in
	ErrandLock     ErrandKind = "lock"     // lock the original
	ErrandMinimize ErrandKind = "minimize" // minimise the original comment
	ErrandRelabel  ErrandKind = "relabel"  // give back a foreign label lost in a race
	ErrandNotice   ErrandKind = "notice"   // tell a committee that it is being replaced
	ErrandAnswer   ErrandKind = "answer"   // reply on such a notice
)

// Errand is sealed at rest and erased when it is done. Key makes it unique:
// a second errand with the same Key is not kept.
type Errand struct {
	ID       string
	Key      string
	Kind     ErrandKind
	Room     bool // acts under the rooms App, else under the source App
	Repo     Repo
	Issue    int
	Pull     bool
	Comment  int64
	Review   bool
	Node     string
	Label    string
	Title    string
	Text     Prose  // finished Markdown
	Standing string // of ErrandNotice: the key of the source's standing
	After    string // the errand that must be over before; "": none
}

// Standing is what is known to be in force for one source: the committee its
// files point to, and a change that waits.
type Standing struct {
	// ID is the source's repository id, which it keeps under every name; 0
	// where GitHub never showed it to us.
	ID      int64     `json:"id,omitempty"`
	Source  Repo      `json:"source"`  // the name it had last
	Pointer string    `json:"pointer"` // canonical form of the committee in force
	Since   time.Time `json:"since"`
	// Committee is who is in force, so that it can serve while a change waits.
	Committee Committee `json:"committee"`
	// Settings is what the source's own file said last while it could be used.
	Settings Settings `json:"settings,omitzero"`

	Waiting *Waiting `json:"waiting,omitempty"`
}

// Settings is how a source wants public things answered, in the words of its
// file. The zero value: never known.
type Settings struct {
	PublicCommand string `json:"public_command"`
	Original      string `json:"original"`
	ReportLabel   string `json:"report_label"`
}

// Waiting is a replaced committee's 72 hours.
type Waiting struct {
	Pointer   string    `json:"pointer"`
	Committee Committee `json:"committee"`
	SeenAt    time.Time `json:"seen_at"`
	EffectAt  time.Time `json:"effect_at"`
	Room      RepoFacts `json:"room,omitzero"` // where the notice is
	Notice    int       `json:"notice,omitempty"`
	Agreed    []Login   `json:"agreed,omitempty"`
	Objected  []Login   `json:"objected,omitempty"`
	// Answer is the key of the reply that a vote is owed once the files were
	// read again; "" owes none.
	Answer string `json:"answer,omitempty"`
}

// Change is one transaction: a decision and all that follows from it. It
// holds afterwards as a whole or not at all.
type Change struct {
	// Intake is marked done and its payload erased. 0: none. Commit returns
	// ErrGone if it was done before and ErrBusy if an earlier one of its lane
	// is not.
	Intake int64
	// Cases are written; each must stand at Revision-1 in the store (0: new),
	// otherwise ErrConflict.
	Cases     []Case
	Standings []Standing
	Errands   []Errand
	// Finished errands are erased.
	Finished []string
	// Watches are written; each must stand at Revision-1 in the store (0: new),
	// otherwise ErrConflict.
	Watches []Watch
	// Priors are added to the record; one that says nothing new of a notice is not
	// added again.
	Priors []Prior
	// Kept contents belong to their cases from now on.
	Kept []Kept
	// Known labels of a room, by repository id; nil forgets.
	Labels map[int64][]string
	Jobs   []Job
}
