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
	// Upload keeps a file as it comes in, and with redraw of a picture only what is
	// seen. An evidence.Wrong: it is not taken. After an error nothing is kept.
	Upload(ctx context.Context, name coc.Prose, from io.Reader, redraw bool) (coc.Upload, error)
	// Discard gives up files that nobody is going to file.
	Discard(ctx context.Context, files []coc.Upload)
	// Uploads is how much is taken; no Files: none are.
	Uploads() casework.EvidenceLimits
}
