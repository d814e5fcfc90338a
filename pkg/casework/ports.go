package casework

import (
	"context"
	"io"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// GitHub is what casework asks of the world. Every method may return
// coc.Later (5xx, limits, a broken line), coc.ErrInaccessible (the App cannot
// see it) or coc.ErrDenied (it lacks the permission), wrapped. Repositories
// are found by name; what comes back carries the name and id they really have
// now, because GitHub follows renames.
//
// "again" is false on a job's first attempt. On every later one the method
// looks for the marker before it creates, so that doing it twice is doing it
// once.
type GitHub interface {
	// Repository reads what a repository is. Source: metadata only.
	Repository(ctx context.Context, as coc.App, repo coc.Repo) (coc.RepoFacts, error)
	// File reads one file of at most 64 KiB: ErrMissing, ErrNotAFile,
	// ErrTooLarge. An empty ref is the default branch.
	File(ctx context.Context, as coc.App, repo coc.Repo, path, ref string) (coc.File, error)
	// CommitThen is the commit that a branch stood at then, "" where it has not
	// moved since. ErrMissing: the repository is younger. ErrGone: the branch
	// is younger than the repository, so what counted then is not known.
	CommitThen(ctx context.Context, as coc.App, repo coc.Repo, branch string, at time.Time) (string, error)
	// Readers is the reader check: two reads for up to 100 readers. It always
	// returns facts; what went wrong is their Problem.
	Readers(ctx context.Context, room coc.Repo) coc.RoomFacts
	// Account is the number of an account, which it keeps under every name, asked
	// for under the App of a room. ErrMissing: nobody has that name now.
	Account(ctx context.Context, room coc.Repo, who coc.Login) (int64, error)
	// Team lists a team's members, nested teams among them, by the rooms App.
	Team(ctx context.Context, team coc.Team) ([]coc.Login, error)

	// OpenIssue creates an issue in a room: one write.
	OpenIssue(ctx context.Context, room coc.Repo, title string, body notice.Private, labels []string, marker string, again bool) (Issue, error)
	// FindIssue looks for the issue that an attempt at OpenIssue may have made
	// without our hearing of it. ErrMissing: it made none.
	FindIssue(ctx context.Context, room coc.Repo, marker string) (Issue, error)
	// Issue reads an issue of a room. ErrGone: deleted, or moved elsewhere.
	Issue(ctx context.Context, ref coc.IssueRef) (Issue, error)
	// ShowIssue sets title, body, the whole label set and open or closed in
	// one write, and returns what GitHub made of it.
	ShowIssue(ctx context.Context, ref coc.IssueRef, title string, body notice.Private, labels []string, open bool) (Issue, error)
	// Reply posts a comment in a room: one write.
	Reply(ctx context.Context, ref coc.IssueRef, text notice.Private, marker string, again bool) error
	// PutLockBack locks an issue of a room again from which an attempt at Reply took
	// the lock and that it did not live to put back. Any other stays as it is.
	PutLockBack(ctx context.Context, ref coc.IssueRef) error
	// AddLabel adds one label in a room.
	AddLabel(ctx context.Context, ref coc.IssueRef, label string) error
	// EnsureLabels creates those of ours that the room lacks, and returns the
	// names of all of ours that it has then.
	EnsureLabels(ctx context.Context, room coc.Repo, want []coc.Label) ([]string, error)

	// Organisation looks at who belongs to an organisation and what the rooms
	// App may do there. It always returns facts; what went wrong is their
	// Problem.
	Organisation(ctx context.Context, org string) coc.OrgFacts
	// MakeRoom makes an empty private repository for one case: issues only; no
	// forks, wiki, Projects, discussions or Actions. mark is unguessable and
	// stands in its description; with again an earlier attempt's repository is
	// found by name and mark, and its configuration completed. ErrTaken: the
	// name is another repository's. It invites nobody.
	MakeRoom(ctx context.Context, org, name, mark string, again bool) (coc.RepoFacts, error)
	// Admit gives somebody access to a separate room so that they can read,
	// comment, label, close and reopen (triage). Somebody who does not belong
	// to the organisation is only invited. Idempotent.
	Admit(ctx context.Context, room coc.Repo, who coc.Login) error
	// Expel takes direct access, and a pending invitation, from somebody.
	// Owners keep theirs. Idempotent.
	Expel(ctx context.Context, room coc.Repo, who coc.Login) error
	// Archive puts a separate room into the archive or takes it out.
	// Idempotent.
	Archive(ctx context.Context, room coc.Repo, archived bool) error
	// MakePrivate makes a room that was published private again.
	MakePrivate(ctx context.Context, room coc.Repo) error
	// Survey is the long look at a room, as far as the permissions allow.
	Survey(ctx context.Context, room coc.Repo) coc.Survey

	// Capture reads what somebody said on GitHub under the source App: public
	// repositories, and of the others only the one of this id. ErrInaccessible:
	// another, or none; ErrDenied; ErrGone: deleted or moved; ErrTooLarge: not among what
	// is read of a discussion.
	Capture(ctx context.Context, at coc.Talk, private int64) (coc.Captured, error)

	// Say posts in a public place, and so takes notice.Public only. For a
	// review comment (review > 0) it answers in its thread.
	Say(ctx context.Context, at coc.IssueRef, review int64, text notice.Public, marker string, again bool) error
	// Lock locks the conversation of an original.
	Lock(ctx context.Context, at coc.IssueRef) error
	// Minimize collapses a comment, by its node id.
	Minimize(ctx context.Context, repo coc.Repo, node string) error
}

// Issue is an issue as GitHub has it.
type Issue struct {
	Number int
	Node   string
	URL    string
	Title  string
	Body   string
	Labels []string
	Open   bool
	Locked bool
	// Converted: it was made into a discussion, and takes no comment.
	Converted bool
	Found     bool // an earlier attempt made it, and it may show less than was asked for
}

// Store is the memory. What Take and Commit have accepted survives a kill.
type Store interface {
	// Take makes an intake durable, together with the job that works on it.
	// fresh is false when the same delivery or object was taken before; that
	// is not an error. Concurrent calls share one commit. After an error nothing
	// was taken, unless it is ErrUnsure.
	Take(ctx context.Context, in coc.Intake) (fresh bool, err error)
	// Intake opens one that is not done. ErrGone: done before. ErrBusy: an
	// earlier one of its lane is not done yet.
	Intake(ctx context.Context, id int64) (coc.Intake, error)
	// Following is the earliest one that is not done and came after this one in its
	// lane. ErrMissing: there is none.
	Following(ctx context.Context, id int64) (int64, error)
	// SetAside takes an intake that cannot be worked out of its lane, keeping
	// it sealed for the operator.
	SetAside(ctx context.Context, id int64, cause string) error

	Case(ctx context.Context, id coc.CaseID) (coc.Case, error) // ErrMissing
	// CaseAt finds the case, and which of its placements, by the repository's
	// id and the issue's number. ErrMissing.
	CaseAt(ctx context.Context, repoID int64, issue int) (id coc.CaseID, placement int, err error)
	// OpenCases lists the cases that are not closed and live in this room; where
	// it has no id, in any room of its owner.
	OpenCases(ctx context.Context, room coc.RepoFacts) ([]coc.CaseID, error)
	// Letters lists the cases of which somebody has to be told by hand.
	Letters(ctx context.Context) ([]coc.CaseID, error)
	// CaseByReceipt finds it by the receipt's keyed hash: ErrMissing where
	// there is none, ErrBusy where the report is durable and not yet placed.
	CaseByReceipt(ctx context.Context, receipt []byte) (coc.CaseID, error)

	// Priors is everything that the record has of those parties that have a login,
	// the oldest first.
	Priors(ctx context.Context, of []coc.Party) ([]coc.Prior, error)

	Errand(ctx context.Context, id string) (coc.Errand, error) // ErrGone
	// Watch is what is kept of a room that is watched, by what WatchKey gave.
	// ErrMissing.
	Watch(ctx context.Context, key string) (coc.Watch, error)
	// Watches lists those of all rooms of an owner, as far as there ever was one.
	Watches(ctx context.Context, owner string) ([]coc.Watch, error)
	// WatchKey is the keyed hash of a room's id, which a job may carry.
	WatchKey(roomID int64) string
	// Standing is what was kept for a source under its id, or else what was
	// kept last for whichever repository had its name. ErrMissing.
	Standing(ctx context.Context, source coc.RepoFacts) (coc.Standing, error)
	StandingByKey(ctx context.Context, key string) (coc.Standing, error)
	// StandingAt finds the standing whose notice issue this is. ErrMissing.
	StandingAt(ctx context.Context, repoID int64, issue int) (coc.Standing, error)
	// StandingKey is the keyed hash of the source's id, which a job may carry;
	// of its name where it has no id.
	StandingKey(st coc.Standing) string
	// Labels are those of ours known to exist in a room, nil if not known.
	Labels(ctx context.Context, repoID int64) ([]string, error)

	// Commit makes a whole change durable, or nothing of it.
	Commit(ctx context.Context, change coc.Change) error
	// Lease gives the only right to work under a key for a while. ErrBusy.
	Lease(ctx context.Context, key string, ttl time.Duration) (release func(), err error)

	// BeginSession keeps that somebody is signed in by what their browser has, and
	// Session finds them until then. ErrMissing: nobody is, or not any more.
	BeginSession(ctx context.Context, token string, is coc.Session) error
	Session(ctx context.Context, token string) (coc.Session, error)
	ProlongSession(ctx context.Context, token string, until time.Time) error
	EndSession(ctx context.Context, token string) error
	// Spend uses up something that works once. ErrTaken: it was used before.
	Spend(ctx context.Context, what string, until time.Time) error

	// UnclosedCases lists every case that is not closed.
	UnclosedCases(ctx context.Context) ([]coc.CaseID, error)
	// CasesOf lists the cases that somebody has, the last written first: the closed ones,
	// or all others; unlisted are those about which they may be asked in private (by
	// MayCome), and those of which it is not known.
	CasesOf(ctx context.Context, who coc.Login, closed bool) (theirs, unlisted []coc.CaseID, err error)
	// ReportsOf lists the cases of which somebody signed in to report.
	ReportsOf(ctx context.Context, account int64) ([]coc.CaseID, error)
	// Looked writes down that somebody looks at something of a case, and Looks is
	// who did, the last first.
	Looked(ctx context.Context, id coc.CaseID, by coc.Person, what string, at time.Time) error
	Looks(ctx context.Context, id coc.CaseID) ([]coc.Look, error)
}

// Vault keeps what is evidence, sealed, piece by piece. What no Commit claims as Kept
// within hours is erased, unless a report waits that may have brought it.
type Vault interface {
	Keep(ctx context.Context, from io.Reader) (coc.Content, error)
	KeepWords(ctx context.Context, words coc.Prose) (coc.Content, error)
	// Content reads what was kept: ErrMissing, or another error, which may show as
	// late as at its end, where it is not what was kept.
	Content(ctx context.Context, c coc.Content) (io.ReadCloser, error)
	ContentWords(ctx context.Context, c coc.Content) (coc.Prose, error)
	Drop(ctx context.Context, id string) error
	// Contents is how many bytes are kept in all.
	Contents(ctx context.Context) (int64, error)
}

// Keys derives what must be the same each time and tell nothing.
type Keys interface {
	// Receipt is what a reporter is given for a form's one-time token.
	Receipt(token string) string
	// ReceiptHash is what is kept of a receipt, as written by a person.
	ReceiptHash(receipt string) ([]byte, error)
	// HasReceipt reports whether the receipt that a hash was kept of stands in
	// words.
	HasReceipt(words coc.Prose, hash []byte) bool
	// Digest is a keyed hash for idempotence keys; DigestOf one of words.
	Digest(kind string, parts ...string) string
	DigestOf(kind string, words coc.Prose) string
	// Pack makes a value into words for an intake's payload, Unpack reads it
	// back; both keep the prose in it.
	Pack(v any) (coc.Prose, error)
	Unpack(p coc.Prose, v any) error
	// Ticket seals something small for a browser to bring back, and OpenTicket opens
	// it for the same kind. Secret is 256 random bits.
	Ticket(kind string, plain []byte) string
	OpenTicket(kind, ticket string) ([]byte, error)
	Secret() string
	// CaseID makes a new random one; CodeName a fresh title.
	CaseID() coc.CaseID
	CodeName() string
}

// Operator is who hears of problems of rooms, never of parties.
type Operator interface {
	Alarm(ctx context.Context, n notice.Operator)
}

// Clock tells the time.
type Clock interface{ Now() time.Time }
