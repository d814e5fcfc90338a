package coc

import (
	"slices"
	"time"
)

// CaseID identifies a case for ever. It is random and says nothing; it is the
// only thing of a case that may stand in a log or in a job.
type CaseID string

// Channel is how a report came.
type Channel string

// The ways in.
const (
	ChannelForm    Channel = "form"    // the private page
	ChannelLabel   Channel = "label"   // an issue with the project's report label
	ChannelComment Channel = "comment" // a captured /coc report
)

// RepoFacts is what is known of a repository at one moment. The zero value is
// unknown and counts as neither public nor writable.
type RepoFacts struct {
	Repo          Repo   `json:"repo"`
	ID            int64  `json:"id"`
	Visibility    string `json:"visibility"` // public | private | internal
	Archived      bool   `json:"archived,omitempty"`
	Disabled      bool   `json:"disabled,omitempty"`
	Fork          bool   `json:"fork,omitempty"`
	DefaultBranch string `json:"default_branch,omitempty"`
}

// Writable reports whether something may be posted there.
func (f RepoFacts) Writable() bool { return f.ID != 0 && !f.Archived && !f.Disabled }

// Reader is somebody who can read a room, with the most they can do there.
type Reader struct {
	Login Login `json:"login"`
	Admin bool  `json:"admin,omitempty"` // owners are administrators of every repository
	// Account is the number of theirs; 0: not known.
	Account int64 `json:"account,omitempty"`
}

// RoomFacts is one reader check. The zero value is "not looked at"; a room
// that could not be looked at carries Problem and no readers.
type RoomFacts struct {
	RepoFacts
	HasIssues bool
	Readers   []Reader
	// Problem is nil where the look succeeded; otherwise ErrInaccessible,
	// ErrDenied or Later, wrapped.
	Problem error
	Seen    time.Time
}

// Reads reports whether somebody is among the readers that were found.
func (f RoomFacts) Reads(who Login) bool {
	return slices.ContainsFunc(f.Readers, func(r Reader) bool { return r.Login.Is(who) })
}

// File is a file read from a default branch, or why it could not be.
type File struct {
	Content []byte
	SHA     string
}

// Original is the public thing a report arrived through, as it was delivered.
type Original struct {
	Issue    IssueRef  `json:"issue"`
	Pull     bool      `json:"pull,omitempty"`
	Comment  int64     `json:"comment,omitempty"` // 0: the issue itself
	Review   bool      `json:"review,omitempty"`  // a review comment
	Node     string    `json:"node,omitempty"`
	URL      string    `json:"url"`
	Author   Login     `json:"author"`
	At       time.Time `json:"at"`
	Title    Prose     `json:"title,omitzero"`
	Labelled Login     `json:"labelled,omitempty"` // who added the label later
}

// Report is what somebody filed. Only Account is required.
type Report struct {
	Account  Prose         `json:"account"`
	Where    Prose         `json:"where,omitzero"`
	When     Prose         `json:"when,omitzero"`
	Links    []Prose       `json:"links,omitempty"`
	Involved []Party       `json:"involved,omitempty"`
	Around   Circumstances `json:"around,omitzero"`
	Needs    Needs         `json:"needs,omitzero"`
	Reporter Login         `json:"reporter,omitempty"` // "" is anonymous
	// SignedIn is the number of the reporter's account, where they signed in to
	// report; 0 where they did not.
	SignedIn int64     `json:"reporter_account,omitempty"`
	Channel  Channel   `json:"channel"`
	Original *Original `json:"original,omitempty"`
	FiledAt  time.Time `json:"filed_at"`
	// Added is what came later: from the same reporter through the same form, or
	// from a project's liaison who was asked.
	Added []Addition `json:"added,omitempty"`
}

// Author is who wrote the words of a report, as far as it has a name: they may write
// their own there, and are not one of those whom it names by that. Whoever put a label
// on somebody else's issue reports it and wrote none of it; it may be about them.
func (r Report) Author() Login {
	if r.Original != nil && r.Original.Labelled != "" {
		return ""
	}
	return r.Reporter
}

// Reaches is how a person can write to the reporter, as they told it at first and
// later.
func (r Report) Reaches() []Prose {
	var out []Prose
	if !r.Needs.Reach.IsBlank() {
		out = append(out, r.Needs.Reach)
	}
	for _, a := range r.Added {
		if !a.Needs.Reach.IsBlank() {
			out = append(out, a.Needs.Reach)
		}
	}
	return out
}

// Addition is what the reporter sent later through the same form, or an Answer.
type Addition struct {
	At       time.Time     `json:"at"`
	Text     Prose         `json:"text"`
	Where    Prose         `json:"where,omitzero"`
	When     Prose         `json:"when,omitzero"`
	Links    []Prose       `json:"links,omitempty"`
	Involved []Party       `json:"involved,omitempty"`
	Around   Circumstances `json:"around,omitzero"`
	Needs    Needs         `json:"needs,omitzero"`
	// Files are the numbers of the files that came with it, among the evidence.
	Files []int `json:"files,omitempty"`
	// Answer is to which question Text is the answer; nil: the reporter sent it.
	Answer *Answer `json:"answer,omitempty"`
}

// Answer is what a project's liaison was asked, and who answered.
type Answer struct {
	Question  Prose  `json:"question"`
	By        Login  `json:"by"`
	Committee string `json:"committee"` // the name of theirs
}

// SaysTheSame reports whether both hold the same words of the same people,
// whenever they came.
func (a Addition) SaysTheSame(b Addition) bool {
	if (a.Answer == nil) != (b.Answer == nil) || a.Answer != nil && *a.Answer != *b.Answer {
		return false
	}
	return a.Text == b.Text && a.Where == b.Where && a.When == b.When &&
		slices.Equal(a.Links, b.Links) && slices.Equal(a.Involved, b.Involved) && a.Around.Same(b.Around) && a.Needs == b.Needs
}

// Reason is one step of the trace: which rule spoke, about what. The sentence
// for each audience is notice's; Detail holds our own words or a file's
// position, never a reporter's.
type Reason struct {
	Rule      string `json:"rule"`                // a key of route's rule table
	Row       string `json:"row,omitempty"`       // the jurisdiction row of DOMAIN.md, "" for steps outside it
	Committee string `json:"committee,omitempty"` // the committee's name, where one is concerned
	Place     string `json:"place,omitempty"`     // a repository or a path
	Detail    string `json:"detail,omitempty"`
}

// Placement is one home a case has had. The last one of a case is its home;
// those before it are closed and marked. A placement without a room is the
// sealed store at the top of the chain.
type Placement struct {
	Committee  Committee `json:"committee"`
	Responders []Login   `json:"responders,omitempty"` // pinned when placed
	CodeName   string    `json:"code_name"`            // the title; a new one in each room
	// Separate: the room is a repository for this case alone, named by the code
	// name. It has no ID until it is made.
	Separate bool   `json:"separate,omitempty"`
	Asked    Asking `json:"asked,omitzero"` // its members are asked in private, each
	// Leaving is who was let into a separate room, is recused since, and was not put out
	// there yet, or not seen to be: GitHub lists nobody who has only been invited.
	Leaving  []Login   `json:"leaving,omitempty"`
	Room     RepoFacts `json:"room,omitzero"`
	Issue    int       `json:"issue,omitempty"` // 0 until it is opened
	Node     string    `json:"node,omitempty"`
	URL      string    `json:"url,omitempty"`
	PlacedAt time.Time `json:"placed_at"`
	// Before is how many entries of the journal are older than this home.
	Before int `json:"before,omitempty"`
	// Shown is the newest revision whose labels and body the room shows.
	Shown int `json:"shown,omitempty"`
	// Frozen is why nothing may be written at present, "" if it may.
	Frozen   string    `json:"frozen,omitempty"`
	FrozenAt time.Time `json:"frozen_at,omitzero"` // when it was last looked at in vain
	// Found is what the last survey of the room found, as the room shows it.
	Found []Reason `json:"found,omitempty"`
	// Overwritten is what people wrote around our part of the body while we wrote
	// it, and is to be given back. Returned are the writes that were about to do so,
	// and have not come back as an echo.
	Overwritten []Overwritten `json:"overwritten,omitempty"`
	Returned    []Returned    `json:"returned,omitempty"`
	// ScreenBy is when silence on one's own conflicts begins to count here; zero
	// where the committee promises no time. Screened: it counts.
	ScreenBy time.Time `json:"screen_by,omitzero"`
	Screened bool      `json:"screened,omitempty"`
}

// Overwritten is what stood above and below our part of a body when a write of ours
// replaced it, and what that write put there, which had been read before.
type Overwritten struct {
	Above    Prose `json:"above,omitzero"`
	Below    Prose `json:"below,omitzero"`
	NowAbove Prose `json:"now_above,omitzero"`
	NowBelow Prose `json:"now_below,omitzero"`
	// Kept: that write gave others' words back, so they stay beside these.
	Kept bool `json:"kept,omitempty"`
}

// Returned is a write that gives people's words back, by keyed hashes: of what it
// replaced with what, and of what it put there alone.
type Returned struct {
	Exchange string `json:"exchange"`
	Wrote    string `json:"wrote"`
}

// Sealed reports whether the case stays in the store because no room passed.
func (p Placement) Sealed() bool { return p.Room.ID == 0 && !p.Separate }

// Ref is where the issue is; zero until it is opened.
func (p Placement) Ref() IssueRef { return IssueRef{Repo: p.Room.Repo, Number: p.Issue} }

// Due is something promised for a time.
type Due struct {
	What string    `json:"what"` // a key of stage's table: acknowledge, screen, update, decide …
	At   time.Time `json:"at"`
}

// Entry is one line of the journal: what happened, by whom, at which revision.
type Entry struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	Actor    Login     `json:"actor,omitempty"` // "" is cocrouter itself
	Act      string    `json:"act"`             // opened, a command's verb, projected, moved …
	From     Stage     `json:"from,omitempty"`
	To       Stage     `json:"to,omitempty"`
	Text     Prose     `json:"text,omitzero"`
	// Whom it concerns, where it is about a member, and the kind of conflict
	// that was declared or confirmed.
	Whom Login        `json:"whom,omitempty"`
	Kind ConflictKind `json:"kind,omitempty"`
	// Proposal is the number of the one that it is about, 0 where it is about none.
	Proposal int `json:"proposal,omitempty"`
}

// HandsOver reports whether with this entry a committee gave the case away, for
// the reason in its Text, or for the appeal that its Text is.
func (e Entry) HandsOver() bool {
	return e.Act == "escalate" || e.Act == "transfer" || e.Act == "appeal"
}

// Link is another case that belongs to a case.
type Link struct {
	Case CaseID    `json:"case"`
	At   time.Time `json:"at"`
	By   Login     `json:"by"`
	// Shown is the code name by which the body shows it, "" where it does not:
	// somebody who reads the one may not read the other.
	Shown string `json:"shown,omitempty"`
}

// Effect is a comment the case owes its room: a reply, or the continuation of
// a long report. Its key is case/revision/n.
type Effect struct {
	Revision  int   `json:"revision"`
	N         int   `json:"n"`
	Placement int   `json:"placement"`
	Text      Prose `json:"text"` // finished Markdown, made by notice
	Done      bool  `json:"done,omitempty"`
	// Against are notices, besides the case itself: whoever may not read one of
	// them may not read this.
	Against []CaseID `json:"against,omitempty"`
	// Here: it is not written once the case has left, because its next home is told the
	// same.
	Here bool `json:"here,omitempty"`
	// To is whom a reminder goes to, who are mentioned so that GitHub tells them;
	// nil: it is no reminder, and mentions nobody.
	To []Login `json:"to,omitempty"`
	// Answers is which comment it answers; nil: none.
	Answers *Answered `json:"answers,omitempty"`
}

// Answered is a comment with its answer, by a keyed hash of who wrote what and of
// what they are told, and when it was written; or what somebody did by hand and was
// told that it is put back.
type Answered struct {
	Sign string    `json:"sign"`
	At   time.Time `json:"at"`
	// Rules are those by which something was refused in it.
	Rules []string `json:"rules,omitempty"`
}

// Case is a report in a committee's hands: the journal and what follows from
// it. Labels and body of the issue are a projection of it.
type Case struct {
	ID       CaseID    `json:"id"`
	Revision int       `json:"revision"` // 1 when first committed
	Report   Report    `json:"report"`
	Source   RepoFacts `json:"source"`
	Parties  []Party   `json:"parties,omitempty"`

	Stage    Stage   `json:"stage"`
	Outcome  Outcome `json:"outcome,omitempty"`
	Severity string  `json:"severity,omitempty"`
	Flags    []Flag  `json:"flags,omitempty"`
	Holder   Login   `json:"holder,omitempty"`
	// Contact is who is to answer the reporter, and Coordinator who keeps the case
	// moving without a vote; "": nobody.
	Contact     Login `json:"point_of_contact,omitempty"`
	Coordinator Login `json:"coordinator,omitempty"`
	// Decided is who had a vote when it was resolved last.
	Decided []Login `json:"decided,omitempty"`
	// Proposals are what members proposed as the outcome, oldest first. At most the
	// last one stands.
	Proposals []Proposal `json:"proposals,omitempty"`
	// Declarations are what members said of conflicts, in the order in which
	// they said it; they go with the case to every committee.
	Declarations []Declaration `json:"declarations,omitempty"`
	// Hearings are what was done about the accused, in the order in which it was.
	Hearings []Hearing `json:"hearings,omitempty"`
	// Invitations are the addresses at which they could answer, numbered from 1.
	Invitations []Invitation `json:"invitations,omitempty"`
	// Advice is when counsel was consulted on the legal risk of the case.
	Advice []Advice `json:"advice,omitempty"`
	// Measures are what members did for now, in the order of their numbers.
	Measures []Measure `json:"measures,omitempty"`

	// Chain is the committees that may still take the case, nearest first,
	// pinned when the report was filed; the first is the one that has it.
	Chain      []Committee `json:"chain,omitempty"`
	Placements []Placement `json:"placements"`
	Trace      []Reason    `json:"trace,omitempty"`
	Due        []Due       `json:"due,omitempty"`
	Clock      Clock       `json:"clock,omitzero"`
	Journal    []Entry     `json:"journal,omitempty"`
	Effects    []Effect    `json:"effects,omitempty"`
	Receipt    []byte      `json:"receipt,omitempty"` // keyed hash; nil where the reporter has none
	Duties     []Duty      `json:"duties,omitempty"`
	// Appeal is why the case was decided on and is looked at again by others; nil:
	// it is not.
	Appeal *Appeal `json:"appeal,omitempty"`
	// Links are the cases that belong to this one; each is linked back.
	Links []Link `json:"links,omitempty"`
	// Evidence is what is kept of what can be looked at, numbered from 1. Nothing of
	// it is changed or taken away again: each entry holds on to the one before it.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remedies is what an outcome asks for, numbered from 1.
	Remedies []Remedy `json:"remedies,omitempty"`
	// Messages is what the reporter was told or asked, or has to be, and what they
	// wrote themself, in order.
	Messages []Message `json:"messages,omitempty"`
	// Notice: it is not a case, but tells of one. nil: it is one.
	Notice *Notice `json:"notice,omitempty"`
}

// PassedOn is the entries whose words every later home of the case reads: why it
// was given away, and before an appeal what was decided.
func (c Case) PassedOn() []Entry {
	var out []Entry
	for i, e := range c.Journal {
		if e.Act == "appeal" {
			if decided, ok := Decision(c.Journal[:i]); ok {
				out = append(out, decided)
			}
		}
		if e.HandsOver() {
			out = append(out, e)
		}
	}
	return out
}

// Decision is the last entry with which a case was decided; ok is false where it
// was not.
func Decision(journal []Entry) (decided Entry, ok bool) {
	for _, e := range slices.Backward(journal) {
		if e.Act == "resolve" {
			return e, true
		}
	}
	return Entry{}, false
}

// Deciders is who takes no part in a placement, because it is to look again at
// what they decided. In the home where they did, and before it, it is nobody.
func (c Case) Deciders(p Placement) []Login {
	if c.Appeal == nil || p.Before < c.Appeal.Since {
		return nil
	}
	return c.Appeal.Deciders
}

// Home is the placement that has the case now; nil before the first.
func (c *Case) Home() *Placement {
	if len(c.Placements) == 0 {
		return nil
	}
	return &c.Placements[len(c.Placements)-1]
}
