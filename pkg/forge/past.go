package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// CommitThen is the commit that a branch stood at then, "" where it has not
// moved since. ErrMissing: the repository is younger. ErrGone: the branch is
// younger than the repository, so what counted then is not known.
//
// GitHub's list of activities tells when each push arrived, by GitHub's clock.
// The dates in commits say something else: whoever makes a commit chooses them,
// and one that is merged today may have been made last week. They are asked
// only where the installation may not read the list, or GitHub has none.
//
// Neither tells which branch was the default one then.
func (f *Forge) CommitThen(ctx context.Context, as coc.App, repo coc.Repo, branch string, at time.Time) (string, error) {
	const op = "read a branch's past"
	var commit string
	err := f.in(ctx, as, repo, readContents, op, func(ctx context.Context, s *session) error {
		var err error
		commit, err = stoodAt(ctx, s, branch, at)
		if is := f.explain(op, err); errors.Is(is, coc.ErrDenied) || errors.Is(is, coc.ErrInaccessible) {
			commit, err = datedBefore(ctx, s, branch, at)
		}
		if statusOf(err) == http.StatusNotFound {
			return f.absent(ctx, as, repo, coc.ErrGone)
		}
		return err
	})
	return commit, err
}

// stoodAt goes through a branch's activities, the newest first, to the last one
// that is not newer than at.
func stoodAt(ctx context.Context, s *session, branch string, at time.Time) (string, error) {
	query := url.Values{"ref": {"refs/heads/" + branch}, "direction": {"desc"}, "per_page": {strconv.Itoa(perPage)}}
	stood := ""
	for range mostPages {
		var page []struct {
			Before    string    `json:"before"`
			Timestamp time.Time `json:"timestamp"`
		}
		req, err := s.rest.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/activity?%s", s.repo.Owner, s.repo.Name, query.Encode()), nil)
		if err != nil {
			return "", err
		}
		res, err := s.rest.Do(ctx, req, &page)
		if err != nil {
			return "", err
		}
		for _, a := range page {
			if !a.Timestamp.After(at) {
				return stood, nil
			}
			stood = a.Before
		}
		if res.After == "" {
			if stood != "" && strings.Trim(stood, "0") == "" { // the branch was made since
				return "", younger(ctx, s, at)
			}
			return stood, nil
		}
		query.Set("after", res.After)
	}
	return "", errTooMuch
}

// younger is why a branch was not there then.
func younger(ctx context.Context, s *session, at time.Time) error {
	r, _, err := s.rest.Repositories.Get(ctx, s.repo.Owner, s.repo.Name)
	switch {
	case err != nil:
		return err
	case r.GetCreatedAt().After(at):
		return coc.ErrMissing
	}
	return coc.ErrGone
}

// datedBefore is the newest commit of a branch that is dated at or before at.
func datedBefore(ctx context.Context, s *session, branch string, at time.Time) (string, error) {
	commits, _, err := s.rest.Repositories.ListCommits(ctx, s.repo.Owner, s.repo.Name,
		&github.CommitsListOptions{SHA: branch, Until: at, ListOptions: github.ListOptions{PerPage: 1}})
	if statusOf(err) == http.StatusConflict { // an empty repository
		return "", coc.ErrMissing
	}
	if err != nil {
		return "", err
	}
	if len(commits) == 0 { // a branch with a history of its own can be younger than the repository
		return "", younger(ctx, s, at)
	}
	return commits[0].GetSHA(), nil
}
