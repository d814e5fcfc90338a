package forge

import (
	"context"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// Long texts make large pages.
	searchPage = 30
	// How far back a lost answer is looked for: nine hundred newer issues or
	// comments of our bot's room lie between two attempts only where
	// something else is badly wrong.
	searchPages = 30
)

// openedBefore finds the issue that an earlier attempt created. coc.ErrMissing:
// there is none among the newest of our bot's.
func (f *Forge) openedBefore(ctx context.Context, s *session, marker string) (casework.Issue, error) {
	bot, err := f.bot(ctx, s.key.as)
	if err != nil {
		return casework.Issue{}, err
	}
	options := &github.IssueListByRepoOptions{
		State: "all", Creator: string(bot), Sort: "created", Direction: "desc",
		ListOptions: github.ListOptions{PerPage: searchPage, Page: 1},
	}
	for range searchPages {
		issues, res, err := s.rest.Issues.ListByRepo(ctx, s.repo.Owner, s.repo.Name, options)
		if err != nil {
			return casework.Issue{}, err
		}
		for _, i := range issues {
			if strings.Contains(i.GetBody(), marker) && bot.Is(coc.Login(i.GetUser().GetLogin())) {
				found := issueOf(i)
				found.Found = true
				return found, nil
			}
		}
		if options.Page = res.NextPage; options.Page == 0 {
			break
		}
	}
	return casework.Issue{}, coc.ErrMissing
}

// saidBefore reports whether an earlier attempt's comment is there.
func (f *Forge) saidBefore(ctx context.Context, s *session, ref coc.IssueRef, marker string) (bool, error) {
	return f.newestFirst(ctx, s, marker, func(page github.ListOptions) ([]said, *github.Response, error) {
		comments, res, err := s.rest.Issues.ListComments(ctx, s.repo.Owner, s.repo.Name, ref.Number,
			&github.IssueListCommentsOptions{ListOptions: page})
		var all []said
		for _, c := range comments {
			all = append(all, said{coc.Login(c.GetUser().GetLogin()), c.GetBody()})
		}
		return all, res, err
	})
}

// repliedBefore is saidBefore for the review comments of a pull request.
func (f *Forge) repliedBefore(ctx context.Context, s *session, ref coc.IssueRef, marker string) (bool, error) {
	return f.newestFirst(ctx, s, marker, func(page github.ListOptions) ([]said, *github.Response, error) {
		comments, res, err := s.rest.PullRequests.ListComments(ctx, s.repo.Owner, s.repo.Name, ref.Number,
			&github.PullRequestListCommentsOptions{ListOptions: page})
		var all []said
		for _, c := range comments {
			all = append(all, said{coc.Login(c.GetUser().GetLogin()), c.GetBody()})
		}
		return all, res, err
	})
}

// said is a comment: who, and what.
type said struct {
	by   coc.Login
	text string
}

// newestFirst looks for our bot's marker from the last page of a list
// backwards, because GitHub gives the comments of one thread oldest first.
func (f *Forge) newestFirst(ctx context.Context, s *session, marker string, read func(github.ListOptions) ([]said, *github.Response, error)) (bool, error) {
	bot, err := f.bot(ctx, s.key.as)
	if err != nil {
		return false, err
	}
	mine := func(comments []said) bool {
		for _, c := range comments {
			if bot.Is(c.by) && strings.Contains(c.text, marker) {
				return true
			}
		}
		return false
	}
	first, res, err := read(github.ListOptions{PerPage: searchPage, Page: 1})
	if err != nil || mine(first) {
		return err == nil, err
	}
	last := res.LastPage
	for page := last; page > 1 && page > last-searchPages; page-- {
		comments, _, err := read(github.ListOptions{PerPage: searchPage, Page: page})
		if err != nil || mine(comments) {
			return err == nil, err
		}
	}
	return false, nil
}
