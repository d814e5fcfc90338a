package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// MakeRoom makes an empty private repository for one case, with issues and as
// little else as GitHub lets us choose. Of what is left on though we told it
// otherwise (an organisation's policy may win) the survey tells; that it is
// private and takes issues is made sure of here, or it is coc.ErrDenied.
//
// The mark stands in the description. With again an earlier attempt's
// repository is found by name and mark, and its configuration completed. Who
// is an owner there could copy the mark; but an owner reads every room anyway.
//
// coc.ErrTaken: the name is another repository's. coc.ErrInaccessible: an
// earlier attempt may have made it, and the App cannot see what has its name.
//
// # Rights
//
// Nothing narrows a token to a repository that is yet to come, so the one that
// makes it holds for the installation, with the permission to administer and no
// other. All that follows is asked for with tokens for the one repository, by
// its id. An installation on selected repositories gets what its App makes:
// https://docs.github.com/apps/using-github-apps/installing-your-own-github-app
func (f *Forge) MakeRoom(ctx context.Context, org, name, mark string, again bool) (coc.RepoFacts, error) {
	room := coc.Repo{Owner: org, Name: name}
	if again {
		facts, err := f.furnish(ctx, room, mark)
		if !errors.Is(err, coc.ErrInaccessible) {
			return facts, err
		}
	}
	err := f.create(ctx, room, mark)
	switch {
	case again && errors.Is(err, coc.ErrTaken):
		// We looked, and saw nothing. Were it called another's, a new name would be
		// tried, and a new one, each of them left behind.
		return coc.RepoFacts{}, fmt.Errorf("forge: make room: %w", coc.ErrInaccessible)
	case err != nil:
		return coc.RepoFacts{}, err
	}
	facts, err := f.furnish(ctx, room, mark)
	if errors.Is(err, coc.ErrInaccessible) {
		// GitHub does not say how soon the installation has it.
		return coc.RepoFacts{}, fmt.Errorf("forge: %w", coc.Later{Cause: "make room: what was made cannot be seen yet"})
	}
	return facts, err
}

// create makes the repository, private from its first moment. What the request
// cannot say (forks, Actions) is for furnish. There are no commits, so there can
// be no pull requests, and discussions are off until somebody wants them.
func (f *Forge) create(ctx context.Context, room coc.Repo, mark string) error {
	return f.inOrg(ctx, coc.AppRooms, room.Owner, administer, "make room", func(ctx context.Context, s *session) error {
		r, _, err := s.rest.Repositories.Create(ctx, room.Owner, &github.Repository{
			Name: &room.Name, Description: &mark, Private: github.Bool(true),
			HasIssues: github.Bool(true), HasProjects: github.Bool(false), HasWiki: github.Bool(false),
		})
		a, _ := answered(err)
		switch {
		case a.taken:
			return coc.ErrTaken
		case a.status == http.StatusUnprocessableEntity: // a policy: no private ones, a property that must be given …
			return coc.ErrDenied
		case err != nil:
			return err
		}
		f.seen(coc.AppRooms, room, r)
		return nil
	})
}

// furnish makes a repository that carries the mark what a room must be. Only
// what is not so yet is written: GitHub refuses to switch forks off where the
// organisation has done so. https://github.com/cli/cli/issues/10000
func (f *Forge) furnish(ctx context.Context, room coc.Repo, mark string) (coc.RepoFacts, error) {
	var facts coc.RepoFacts
	err := f.in(ctx, coc.AppRooms, room, administer, "furnish room", func(ctx context.Context, s *session) error {
		r, err := s.now(ctx)
		switch {
		case err != nil:
			return err
		case mark == "" || !strings.Contains(r.GetDescription(), mark), !strings.EqualFold(r.GetOwner().GetLogin(), room.Owner):
			return coc.ErrTaken
		}
		if r.GetVisibility() != "private" { // before all else; and forks cannot be forbidden in public
			if r, err = s.edit(ctx, &github.Repository{Visibility: github.String("private")}); err != nil {
				return err
			}
		}
		if change, needed := lacking(r); needed {
			if r, err = s.edit(ctx, change); err != nil {
				return err
			}
		}
		if r.GetVisibility() != "private" || !r.GetHasIssues() {
			return coc.ErrDenied
		}
		facts = factsOf(r)
		return withoutActions(ctx, s)
	})
	if err != nil {
		return coc.RepoFacts{}, err
	}
	return facts, nil
}

// lacking is what must change for a repository to have issues and nothing else.
func lacking(r *github.Repository) (change *github.Repository, needed bool) {
	change = &github.Repository{}
	for _, f := range []struct {
		is, want bool
		to       **bool
	}{
		{r.GetHasIssues(), true, &change.HasIssues},
		{r.GetHasProjects(), false, &change.HasProjects},
		{r.GetHasWiki(), false, &change.HasWiki},
		{r.GetAllowForking(), false, &change.AllowForking},
	} {
		if f.is != f.want {
			*f.to, needed = github.Bool(f.want), true
		}
	}
	return change, needed
}

// withoutActions switches Actions off. A server that has none says 404, and lacks
// nothing that anybody would miss.
func withoutActions(ctx context.Context, s *session) error {
	has, _, err := s.rest.Repositories.GetActionsPermissions(ctx, s.repo.Owner, s.repo.Name)
	switch {
	case statusOf(err) == http.StatusNotFound:
		return nil
	case err != nil || !has.GetEnabled():
		return err
	}
	return s.send(ctx, http.MethodPut, map[string]bool{"enabled": false}, "repos/%s/%s/actions/permissions", s.repo.Owner, s.repo.Name)
}

// now reads the session's repository as it is now, by the name it had when it
// was looked up: a token for one repository opens no other that has taken it
// over.
func (s *session) now(ctx context.Context) (*github.Repository, error) {
	r, _, err := s.rest.Repositories.Get(ctx, s.repo.Owner, s.repo.Name)
	return r, err
}

func (s *session) edit(ctx context.Context, change *github.Repository) (*github.Repository, error) {
	r, _, err := s.rest.Repositories.Edit(ctx, s.repo.Owner, s.repo.Name, change)
	return r, err
}
