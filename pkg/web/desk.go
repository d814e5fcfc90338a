package web

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Desk is what these pages ask of the workflow.
type Desk interface {
	// Guide says who will read a report about a repository. It never fails
	// because a repository is unknown.
	Guide(ctx context.Context, repo coc.Repo) (Guide, error)
	// File makes a report durable and then gives its receipt. The same token
	// gives the same receipt. After an error nothing was saved.
	File(ctx context.Context, token string, f coc.Filing) (receipt string, err error)
	// Progress says how the case behind a receipt stands. coc.ErrMissing: no
	// report has this receipt.
	Progress(ctx context.Context, receipt string) (Progress, error)
}

// Guide is what the form says before its first field. The zero value names
// nobody.
type Guide struct {
	// Known is false for a repository that cannot be seen, and for a private
	// one alike; the rest then speaks of the committee of last resort.
	Known       bool
	Committee   string
	Members     []coc.Login // only where the committee shows them
	Size        int
	Contact     string
	Next        string // the committee above
	NextContact string
	Acknowledge coc.Span
}

// Progress is what a receipt shows.
type Progress struct {
	// State is TakenIn, WithCommittee or Sealed.
	State         string
	Stage         coc.Stage
	Committee     string
	Contact       string
	FiledAt       time.Time
	Changed       time.Time
	AcknowledgeBy time.Time
}

// Where a report is.
const (
	TakenIn       = "taken-in"       // durable, and on its way to a committee
	WithCommittee = "with-committee" // Stage says how far
	Sealed        = "sealed"         // kept here, because nobody could take it
)
