package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// Say posts in a public place. It is the only call that writes there, and it
// takes nothing but notice.Public. For a review comment it answers in the
// comment's thread.
func (f *Forge) Say(ctx context.Context, at coc.IssueRef, review int64, text notice.Public, marker string, again bool) error {
	if review > 0 {
		return f.in(ctx, coc.AppSource, at.Repo, writePulls, "answer a review comment", func(ctx context.Context, s *session) error {
			return f.absentIssue(ctx, coc.AppSource, at, f.answerReview(ctx, s, at, review, text.Marked(marker).Markdown(), marker, again))
		})
	}
	return f.in(ctx, coc.AppSource, at.Repo, writeIssues, "say", func(ctx context.Context, s *session) error {
		return f.comment(ctx, s, coc.AppSource, at, text.Marked(marker).Markdown(), marker, again)
	})
}

// answerReview replies to the first comment of the thread: GitHub refuses
// replies to replies.
func (f *Forge) answerReview(ctx context.Context, s *session, at coc.IssueRef, review int64, text, marker string, again bool) error {
	if again {
		if said, err := f.repliedBefore(ctx, s, at, marker); err != nil || said {
			return err
		}
	}
	c, _, err := s.rest.PullRequests.GetComment(ctx, s.repo.Owner, s.repo.Name, review)
	if err != nil {
		return err
	}
	if c.GetInReplyTo() != 0 {
		review = c.GetInReplyTo()
	}
	// go-github's own method for this uses the operation that starts a thread,
	// in a form that GitHub does not describe.
	return s.send(ctx, http.MethodPost, map[string]string{"body": text},
		"repos/%s/%s/pulls/%d/comments/%d/replies", s.repo.Owner, s.repo.Name, at.Number, review)
}

// Lock locks the conversation. It gives no reason: GitHub shows the reason to
// everybody, and each of the four ("off-topic", "too heated", "resolved",
// "spam") would be a public judgement about people in it.
func (f *Forge) Lock(ctx context.Context, at coc.IssueRef) error {
	return f.in(ctx, coc.AppSource, at.Repo, writeIssues, "lock", func(ctx context.Context, s *session) error {
		// go-github's own method sends "null" where there is no reason.
		err := s.send(ctx, http.MethodPut, nil, "repos/%s/%s/issues/%d/lock", s.repo.Owner, s.repo.Name, at.Number)
		return f.absentIssue(ctx, coc.AppSource, at, err)
	})
}

// Minimize collapses a comment. GitHub shows the classifier to everybody;
// RESOLVED is the one that says nothing about the comment or its author.
// ErrGone: there is no such comment.
func (f *Forge) Minimize(ctx context.Context, repo coc.Repo, node string) error {
	need := writeIssues
	if strings.HasPrefix(node, "PRRC_") {
		need = writePulls
	}
	return f.in(ctx, coc.AppSource, repo, need, "minimize", func(ctx context.Context, s *session) error {
		var done struct {
			MinimizeComment struct {
				MinimizedComment struct {
					IsMinimized githubv4.Boolean
				}
			} `graphql:"minimizeComment(input: $input)"`
		}
		err := s.graph.Mutate(ctx, &done, githubv4.MinimizeCommentInput{
			SubjectID: githubv4.ID(node), Classifier: githubv4.ReportedContentClassifiersResolved,
		}, nil)
		return f.graphError(ctx, s, err)
	})
}

// send makes a request whose answer is of no interest.
func (s *session) send(ctx context.Context, method string, body any, path string, parts ...any) error {
	req, err := s.rest.NewRequest(method, fmt.Sprintf(path, parts...), body)
	if err != nil {
		return err
	}
	_, err = s.rest.Do(ctx, req, nil)
	return err
}

// graphError reads GraphQL's refusals, of which the client keeps the sentence
// alone.
func (f *Forge) graphError(ctx context.Context, s *session, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := answered(err); ok || slices.ContainsFunc(worldErrors, func(is error) bool { return errors.Is(err, is) }) {
		return err
	}
	said := strings.ToLower(err.Error())
	switch {
	case strings.Contains(said, "could not resolve to a node"), strings.Contains(said, "could not resolve to a discussion"):
		return coc.ErrGone
	case strings.Contains(said, "could not resolve to a user"):
		return coc.ErrMissing
	case unknownField(said, string(MinimizeComment)):
		f.lacks(MinimizeComment)
		return coc.ErrDenied
	case strings.Contains(said, "not accessible"), strings.Contains(said, "permission"):
		return coc.ErrDenied
	case strings.Contains(said, "archived"):
		return coc.ErrArchived
	case strings.Contains(said, "rate limit"):
		l := lane{f.wire, payer{f.apps[s.key.as].id, s.key.install}}
		defer l.keep(ctx)
		return l.quotas.refusedByGraph(l.payer, f.now())
	}
	var broken *url.Error
	if errors.As(err, &broken) {
		return err
	}
	return errRefused
}
