package web

import (
	"context"
	"io"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Desk is what these pages ask of the workflow; casework.Desk is one.
type Desk interface {
	// Guide says who will read a report about a repository. It never fails
	// because a repository is unknown. With an error comes what can be said
	// anyway.
	Guide(ctx context.Context, repo coc.Repo) (casework.Guide, error)
	// File makes a report durable and then gives its receipt. The same token
	// gives the same receipt. After an error nothing was saved, unless it is
	// coc.ErrUnsure; then nobody knows.
	File(ctx context.Context, token string, f coc.Filing) (receipt string, err error)
	// Event is the committee directory's own spelling of an event's name; "" where
	// it has no such event.
	Event(name string, on time.Time) string
	// Direct is whom a reporter can turn to themself after what they said. It
	// follows from that and the directory alone.
	Direct(said coc.Circumstances) []casework.Direct
	// Progress says how the case behind a receipt stands. coc.ErrMissing: no
	// report has this receipt.
	Progress(ctx context.Context, receipt string) (casework.Progress, error)
	// Write makes durable what somebody sends with their receipt; the same under the
	// same token is one. coc.ErrMissing: no report has this receipt. casework.ErrFull:
	// nothing more is kept. After any other error nothing was saved, unless it is
	// coc.ErrUnsure.
	Write(ctx context.Context, receipt, token string, said coc.FromReporter) error
	// Invited is what somebody who is accused reads at an address; to look uses nothing
	// up. coc.ErrMissing: nothing stands there, or nothing any more.
	Invited(ctx context.Context, token string) (casework.Invited, error)
	// Answer makes durable what they answer there, once; the same words of the same form
	// are one. coc.ErrMissing: as for Invited. After any other error nothing was saved,
	// unless it is coc.ErrUnsure.
	Answer(ctx context.Context, token, form string, words coc.Prose) error
	// Upload keeps a file as it comes in, and with redraw of a picture only what is
	// seen. An evidence.Wrong: it is not taken. After an error nothing is kept.
	Upload(ctx context.Context, name coc.Prose, from io.Reader, redraw bool) (coc.Upload, error)
	// Discard gives up files that nobody is going to file.
	Discard(ctx context.Context, files []coc.Upload)
	// Uploads is how much is taken; no Files: none are.
	Uploads() casework.EvidenceLimits

	// CanSignIn reports whether people can sign in at all.
	CanSignIn() bool
	// SignIn begins a sign-in that leads back to a page: at is GitHub's page, and the
	// browser brings the ticket back.
	SignIn(back string) (at, ticket string, err error)
	// SignedIn ends one: token is what the browser has from then on. coc.ErrDenied: it
	// is not one that this browser began just now, and has not ended.
	SignedIn(ctx context.Context, ticket, state, code string) (token, back string, err error)
	// Who is signed in by such a token; the zero value is nobody.
	Who(ctx context.Context, token string) (coc.Person, error)
	SignOut(ctx context.Context, token string) error
	// Cases are what somebody may read of what is not closed, or of what is.
	Cases(ctx context.Context, who coc.Person, closed bool) (casework.Cases, error)
	// Inquiries is what somebody is asked about their own conflicts, with all that they
	// are shown of each case.
	Inquiries(ctx context.Context, who coc.Person) ([]casework.Inquiry, error)
	// Declare takes what somebody says of their own conflicts; the same twice is one.
	// coc.ErrMissing: they are not asked, and have no such case. A coc.Refusal: it is not
	// taken. After any other error nothing was.
	Declare(ctx context.Context, who coc.Person, id coc.CaseID, kind coc.ConflictKind, basis coc.ConflictBasis) error
	// Record is a case, for somebody who may read it, and who is written down as
	// having done so. coc.ErrMissing: there is none that they may read.
	Record(ctx context.Context, who coc.Person, id coc.CaseID) (casework.Record, error)
	// Reports are those of whoever is signed in by such a token, the last first. Their
	// receipts open them for as long as they are.
	Reports(ctx context.Context, token string) ([]casework.Mine, error)
	// Exhibit opens an item of a case's evidence for somebody who may read it, and who is
	// written down as having done so. coc.ErrMissing: there is none that they may read.
	Exhibit(ctx context.Context, who coc.Person, id coc.CaseID, number int) (casework.Exhibit, error)
	// MayAdd reports whether somebody may add files to a case, before one is read.
	// coc.ErrMissing: there is none that they may read; an evidence.Wrong: no more is kept.
	MayAdd(ctx context.Context, who coc.Person, id coc.CaseID) error
	// AddFiles puts files among the evidence of a case. The errors are those of MayAdd, and
	// evidence.Known; after one, unless it is coc.ErrUnsure, the files belong to nobody.
	AddFiles(ctx context.Context, who coc.Person, id coc.CaseID, files []coc.Upload) error
	// Clean keeps a picture once more, without what its file tells of place and time.
	// The errors are those of MayAdd, or what is wrong with the picture.
	Clean(ctx context.Context, who coc.Person, id coc.CaseID, number int) error
	// Project is the committee directory's short name of a project; "" where it has
	// none of that name.
	Project(name string) string
	// Preview says who would read a report, by what was chosen and by what everybody
	// may know. After an error nothing can be said.
	Preview(ctx context.Context, f coc.Filing) (casework.Preview, error)
}
