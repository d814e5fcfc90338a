package forge

import (
	"context"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Survey sees nothing.
func (f *Forge) Survey(_ context.Context, room coc.Repo) coc.Survey {
	return coc.Survey{RepoFacts: coc.RepoFacts{Repo: room}, Problem: coc.ErrDenied, Seen: f.now()}
}
