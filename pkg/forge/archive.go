package forge

import (
	"context"
	"net/http"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// putBackWithin is how long a room may take to get back into the archive when
// the call that needed it open has run out of time.
const putBackWithin = 5 * time.Second

// Archive puts a separate room into the archive or takes it out.
//
// GitHub changes nothing of an archived repository but this. What must change
// all the same ([Forge.Expel], [Forge.MakePrivate]) takes it out and puts it back
// at once. Should the second fail, or the process be killed between, it stays
// out: whoever wants it archived asks for that afterwards, which costs a read
// where it is so.
func (f *Forge) Archive(ctx context.Context, room coc.Repo, archived bool) error {
	return f.in(ctx, coc.AppRooms, room, administer, "archive", func(ctx context.Context, s *session) error {
		r, err := s.now(ctx)
		if err != nil || r.GetArchived() == archived { // GitHub refuses to archive twice
			return err
		}
		return s.archive(ctx, archived)
	})
}

// MakePrivate makes a room that was published private again. Forks that were
// made meanwhile stay public. coc.ErrDenied: only owners may.
func (f *Forge) MakePrivate(ctx context.Context, room coc.Repo) error {
	return f.in(ctx, coc.AppRooms, room, administer, "make private", func(ctx context.Context, s *session) error {
		r, err := s.now(ctx)
		if err != nil || r.GetVisibility() == "private" {
			return err
		}
		return s.opened(ctx, func() error {
			r, err := s.edit(ctx, &github.Repository{Visibility: github.String("private")})
			if statusOf(err) == http.StatusUnprocessableEntity || err == nil && r.GetVisibility() != "private" {
				return coc.ErrDenied
			}
			return err
		})
	})
}

// opened makes a change, and where the archive is in its way takes the room out
// of it meanwhile. The change must bear being made twice.
func (s *session) opened(ctx context.Context, change func() error) error {
	err := change()
	if a, _ := answered(err); !a.archived() {
		return err
	}
	if err := s.archive(ctx, false); err != nil {
		return err
	}
	err = change()
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackWithin)
	defer cancel()
	if back := s.archive(within, true); err == nil {
		err = back
	}
	return err
}

func (s *session) archive(ctx context.Context, archived bool) error {
	_, err := s.edit(ctx, &github.Repository{Archived: &archived})
	return err
}
