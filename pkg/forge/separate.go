package forge

import (
	"context"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Organisation says of every organisation that nothing can be made there.
func (f *Forge) Organisation(_ context.Context, org string) coc.OrgFacts {
	return coc.OrgFacts{Login: org, Problem: coc.ErrDenied, Seen: f.now()}
}

// MakeRoom makes nothing.
func (f *Forge) MakeRoom(context.Context, string, string, string, bool) (coc.RepoFacts, error) {
	return coc.RepoFacts{}, coc.ErrDenied
}

// Admit lets nobody in.
func (f *Forge) Admit(context.Context, coc.Repo, coc.Login) error { return coc.ErrDenied }

// Expel takes nothing from anybody.
func (f *Forge) Expel(context.Context, coc.Repo, coc.Login) error { return coc.ErrDenied }

// Archive leaves a room as it is.
func (f *Forge) Archive(context.Context, coc.Repo, bool) error { return coc.ErrDenied }

// MakePrivate leaves a room as it is.
func (f *Forge) MakePrivate(context.Context, coc.Repo) error { return coc.ErrDenied }

// Survey sees nothing.
func (f *Forge) Survey(_ context.Context, room coc.Repo) coc.Survey {
	return coc.Survey{RepoFacts: coc.RepoFacts{Repo: room}, Problem: coc.ErrDenied, Seen: f.now()}
}
