package web

import (
	"context"

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
	// Progress says how the case behind a receipt stands. coc.ErrMissing: no
	// report has this receipt.
	Progress(ctx context.Context, receipt string) (casework.Progress, error)
}
