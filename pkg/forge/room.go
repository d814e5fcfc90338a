package forge

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// OpenIssue creates an issue in a room, in one write.
func (f *Forge) OpenIssue(ctx context.Context, room coc.Repo, title string, body notice.Private, labels []string, marker string, again bool) (casework.Issue, error) {
	var opened casework.Issue
	err := f.in(ctx, coc.AppRooms, room, writeIssues, "open issue", func(ctx context.Context, s *session) error {
		if again {
			found, err := f.openedBefore(ctx, s, marker)
			if !errors.Is(err, coc.ErrMissing) {
				opened = found
				return err
			}
		}
		text := body.Marked(marker).Markdown()
		i, _, err := s.rest.Issues.Create(ctx, s.repo.Owner, s.repo.Name,
			&github.IssueRequest{Title: &title, Body: &text, Labels: set(labels)})
		if err == nil {
			opened = issueOf(i)
		}
		return err
	})
	return opened, err
}

// FindIssue looks for the issue that carries the marker. coc.ErrMissing: there
// is none among the newest of our bot's.
func (f *Forge) FindIssue(ctx context.Context, room coc.Repo, marker string) (casework.Issue, error) {
	var out casework.Issue
	err := f.in(ctx, coc.AppRooms, room, writeIssues, "find issue", func(ctx context.Context, s *session) (err error) {
		out, err = f.openedBefore(ctx, s, marker)
		return err
	})
	return out, err
}

// set is a list of labels that is sent as a list also where it is empty.
func set(labels []string) *[]string {
	if labels == nil {
		labels = []string{}
	}
	return &labels
}

// Issue reads an issue of a room. ErrGone: deleted, or moved to another
// repository. Converted is looked for where it is closed and locked, which GitHub
// leaves it as.
func (f *Forge) Issue(ctx context.Context, ref coc.IssueRef) (casework.Issue, error) {
	return f.onIssue(ctx, ref, "read issue", func(ctx context.Context, s *session) (*github.Issue, error) {
		i, _, err := s.rest.Issues.Get(ctx, s.repo.Owner, s.repo.Name, ref.Number)
		return i, err
	})
}

// ShowIssue sets title, body, the whole label set and open or closed in one
// write.
func (f *Forge) ShowIssue(ctx context.Context, ref coc.IssueRef, title string, body notice.Private, labels []string, open bool) (casework.Issue, error) {
	text, state, reason := body.Markdown(), "closed", "completed"
	if open {
		state, reason = "open", "reopened"
	}
	show := &github.IssueRequest{Title: &title, Body: &text, Labels: set(labels), State: &state, StateReason: &reason}
	return f.onIssue(ctx, ref, "show issue", func(ctx context.Context, s *session) (*github.Issue, error) {
		i, _, err := s.rest.Issues.Edit(ctx, s.repo.Owner, s.repo.Name, ref.Number, show)
		return i, err
	})
}

// onIssue runs one request that answers with the issue, and makes sure that
// the answer is about this issue: GitHub redirects from one that was moved.
// The words of a write cannot follow it, because the token holds for one
// repository.
func (f *Forge) onIssue(ctx context.Context, ref coc.IssueRef, op string, do func(context.Context, *session) (*github.Issue, error)) (casework.Issue, error) {
	var out casework.Issue
	err := f.in(ctx, coc.AppRooms, ref.Repo, writeIssues, op, func(ctx context.Context, s *session) error {
		i, err := do(ctx, s)
		if statusOf(err) == http.StatusNotFound {
			return f.absent(ctx, coc.AppRooms, ref.Repo, coc.ErrGone)
		}
		if statusOf(err) == http.StatusForbidden {
			return f.orConverted(ctx, s, ref, err)
		}
		if err != nil {
			return err
		}
		if out = issueOf(i); !out.Open && out.Locked {
			if err := f.converted(ctx, s, ref, &out); err != nil {
				return err
			}
		}
		return f.same(ctx, s, ref, i)
	})
	if err != nil {
		return casework.Issue{}, err
	}
	return out, nil
}

// same tells an issue of a renamed repository from an issue that was moved to
// another one.
func (f *Forge) same(ctx context.Context, s *session, ref coc.IssueRef, i *github.Issue) error {
	if i.GetNumber() != ref.Number {
		return coc.ErrGone
	}
	if livesIn(i, s.repo) {
		return nil
	}
	facts, err := f.Repository(ctx, coc.AppRooms, ref.Repo)
	if err == nil && !livesIn(i, facts.Repo) {
		return coc.ErrGone
	}
	return err
}

func livesIn(i *github.Issue, repo coc.Repo) bool {
	return strings.HasSuffix(strings.ToLower(i.GetRepositoryURL()), "/repos/"+repo.Key())
}

// comment posts on an issue or a pull request, unless it is there already.
func (f *Forge) comment(ctx context.Context, s *session, as coc.App, ref coc.IssueRef, text, marker string, again bool) error {
	if again {
		if said, err := f.saidBefore(ctx, s, ref, marker); err != nil || said {
			return f.absentIssue(ctx, as, ref, err)
		}
	}
	_, _, err := s.rest.Issues.CreateComment(ctx, s.repo.Owner, s.repo.Name, ref.Number, &github.IssueComment{Body: &text})
	return f.absentIssue(ctx, as, ref, err)
}

// absentIssue makes ErrGone of a 404 where the repository is there.
func (f *Forge) absentIssue(ctx context.Context, as coc.App, ref coc.IssueRef, err error) error {
	if statusOf(err) == http.StatusNotFound {
		return f.absent(ctx, as, ref.Repo, coc.ErrGone)
	}
	return err
}

// AddLabel adds one label to an issue of a room; all others stay.
func (f *Forge) AddLabel(ctx context.Context, ref coc.IssueRef, label string) error {
	return f.in(ctx, coc.AppRooms, ref.Repo, writeIssues, "add label", func(ctx context.Context, s *session) error {
		_, _, err := s.rest.Issues.AddLabelsToIssue(ctx, s.repo.Owner, s.repo.Name, ref.Number, []string{label})
		return f.absentIssue(ctx, coc.AppRooms, ref, err)
	})
}

// EnsureLabels creates those that the room lacks and returns the names of all
// of want that it has then. Cut short by a limit, it has done a part, and goes
// on from there the next time.
func (f *Forge) EnsureLabels(ctx context.Context, room coc.Repo, want []coc.Label) ([]string, error) {
	var present []string
	err := f.in(ctx, coc.AppRooms, room, writeIssues, "ensure labels", func(ctx context.Context, s *session) error {
		has, err := labelsOf(ctx, s)
		if err != nil {
			return err
		}
		present = ours(has)
		for _, l := range want {
			if slices.Contains(present, l.Name) {
				continue
			}
			if err := createLabel(ctx, s, l); err != nil {
				return err
			}
			present = append(present, l.Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return present, nil
}

// ours is those of our labels that are among the names, as our table has them.
func ours(names []string) []string {
	var out []string
	for _, n := range names {
		if l, ok := coc.LabelNamed(n); ok {
			out = append(out, l.Name)
		}
	}
	return out
}

func labelsOf(ctx context.Context, s *session) ([]string, error) {
	var names []string
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		labels, res, err := s.rest.Issues.ListLabels(ctx, s.repo.Owner, s.repo.Name, &page)
		for _, l := range labels {
			names = append(names, l.GetName())
		}
		return res, err
	})
	return names, err
}

// createLabel is content with a label that somebody else created meanwhile.
func createLabel(ctx context.Context, s *session, l coc.Label) error {
	_, _, err := s.rest.Issues.CreateLabel(ctx, s.repo.Owner, s.repo.Name,
		&github.Label{Name: &l.Name, Color: &l.Color, Description: &l.Description})
	if a, ok := answered(err); ok && a.status == http.StatusUnprocessableEntity && slices.Contains(a.codes, "already_exists") {
		return nil
	}
	return err
}
