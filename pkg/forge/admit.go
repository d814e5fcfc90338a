package forge

import (
	"context"
	"net/http"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// roleInRoom lets somebody read, comment, label, close and reopen, and not
// push: nobody works on files there.
const roleInRoom = "triage"

// Admit gives somebody access to a separate room. Who does not belong to the
// organisation is only invited, and on an Enterprise Server nobody is: there
// GitHub's description knows no invitation. coc.ErrMissing: there is no such
// account. coc.ErrDenied: also where the organisation lets no outsiders in.
func (f *Forge) Admit(ctx context.Context, room coc.Repo, who coc.Login) error {
	return f.in(ctx, coc.AppRooms, room, administer, "admit", func(ctx context.Context, s *session) error {
		_, _, err := s.rest.Repositories.AddCollaborator(ctx, s.repo.Owner, s.repo.Name, string(who),
			&github.RepositoryAddCollaboratorOptions{Permission: roleInRoom})
		switch statusOf(err) {
		case http.StatusNotFound:
			return f.absent(ctx, coc.AppRooms, room, coc.ErrMissing)
		case http.StatusUnprocessableEntity:
			return coc.ErrDenied
		}
		return err
	})
}

// Expel takes direct access, and a pending invitation, from somebody. What an
// owner has, a team or the base permission gives, stays: the reader check tells.
//
// The invitation goes first: accepted in between, it is an access that the
// second step takes. An archived room, which lets nobody go, is taken out of the
// archive for it; see [Forge.Archive].
func (f *Forge) Expel(ctx context.Context, room coc.Repo, who coc.Login) error {
	return f.in(ctx, coc.AppRooms, room, administer, "expel", func(ctx context.Context, s *session) error {
		return s.opened(ctx, func() error {
			if err := uninvite(ctx, s, who); err != nil {
				return err
			}
			_, err := s.rest.Repositories.RemoveCollaborator(ctx, s.repo.Owner, s.repo.Name, string(who))
			if statusOf(err) == http.StatusNotFound {
				return f.absent(ctx, coc.AppRooms, room, nil) // the account is gone, and its access with it
			}
			return err
		})
	})
}

func uninvite(ctx context.Context, s *session, who coc.Login) error {
	var pending []int64
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		invitations, res, err := s.rest.Repositories.ListInvitations(ctx, s.repo.Owner, s.repo.Name, &page)
		for _, i := range invitations {
			if who.Is(coc.Login(i.GetInvitee().GetLogin())) {
				pending = append(pending, i.GetID())
			}
		}
		return res, err
	})
	if err != nil {
		return err
	}
	for _, id := range pending {
		_, err := s.rest.Repositories.DeleteInvitation(ctx, s.repo.Owner, s.repo.Name, id)
		if err != nil && statusOf(err) != http.StatusNotFound { // accepted or withdrawn since
			return err
		}
	}
	return nil
}
