package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// mostAround is how much of a thread is captured on either side.
	mostAround = 100
	// mostTurns bounds the pages of a thread that are read to find a place in it.
	mostTurns = 12
	// fewAtOnce is how many comments are read in one answer where as many as usual are
	// too much for one.
	fewAtOnce = 20
	// mostEdits is how much of a text's history is read from either end, and fewEdits where
	// that is too much for one answer.
	mostEdits, fewEdits = 100, 20
)

var (
	readIssues = grant{"issues:read", github.InstallationPermissions{Issues: github.String("read")}, false, ""}
	readPulls  = grant{"pull_requests:read", github.InstallationPermissions{PullRequests: github.String("read")}, false, ""}
	// Not every App that projects have installed asks for it.
	readDiscussions = grant{"discussions:read", github.InstallationPermissions{}, false, "read"}
)

// Capture reads what somebody said on GitHub, and what was said around it, under the
// source App. It reads public repositories, and of the others only the one of this
// id. coc.ErrInaccessible: any other repository, whether it is there or not;
// coc.ErrDenied: the App may not read that sort of thing; coc.ErrGone: it is deleted,
// or was moved to another repository; coc.ErrTooLarge: it is not among what is read of
// a discussion, in which no comment can be asked for by its number, or is more than we
// read in one answer.
//
// It changes nothing and takes at most some 50 requests, however long the thread is and
// whatever stands in it: of what is too much for us less is read, and in the end only what
// is meant.
func (f *Forge) Capture(ctx context.Context, at coc.Talk, private int64) (coc.Captured, error) {
	const op = "capture"
	facts, err := f.Repository(ctx, coc.AppSource, at.Repo)
	if err != nil {
		return coc.Captured{}, err
	}
	if facts.Visibility != "public" && (private == 0 || facts.ID != private) {
		return coc.Captured{}, fmt.Errorf("forge: %s: %w", op, coc.ErrInaccessible)
	}
	need := readIssues
	switch at.Kind {
	case coc.TalkReviewComment, coc.TalkReview:
		need = readPulls
	case coc.TalkCommitComment:
		need = readContents
	case coc.TalkDiscussion:
		need = readDiscussions
	}
	c := coc.Captured{Repo: facts.Repo, At: f.now()}
	err = f.in(ctx, coc.AppSource, at.Repo, need, op, func(ctx context.Context, s *session) error {
		read := capturing{session: s, at: at, into: &c}
		var err error
		for _, read.per = range []int{perPage, fewAtOnce, 0} {
			c = coc.Captured{Repo: facts.Repo, At: c.At} // it may run again
			if err = read.talk(ctx); !errors.Is(err, errTooMuch) || at.Kind == coc.TalkDiscussion {
				break
			}
		}
		if at.Kind == coc.TalkDiscussion {
			if errors.Is(err, errTooMuch) {
				err = coc.ErrTooLarge
			}
			err = f.graphError(ctx, s, err)
		}
		if status := statusOf(err); status == http.StatusNotFound || status == http.StatusGone {
			return f.absent(ctx, coc.AppSource, at.Repo, coc.ErrGone)
		}
		if err != nil {
			return err
		}
		err = f.graphError(ctx, s, read.history(ctx))
		if errors.Is(err, coc.ErrGone) || errors.Is(err, coc.ErrDenied) || errors.Is(err, errRefused) {
			c.Unasked, err = true, nil
		}
		return err
	})
	if err != nil {
		return coc.Captured{}, err
	}
	return c, nil
}

// capturing is one capture.
type capturing struct {
	*session
	at   coc.Talk
	per  int // how many comments are read in one answer; 0: none
	into *coc.Captured
}

func (r capturing) talk(ctx context.Context) error {
	switch r.at.Kind {
	case coc.TalkIssue, coc.TalkComment:
		return r.issue(ctx)
	case coc.TalkReviewComment:
		return r.reviewComment(ctx)
	case coc.TalkReview:
		return r.review(ctx)
	case coc.TalkCommitComment:
		return r.commitComment(ctx)
	case coc.TalkDiscussion:
		return r.discussion(ctx)
	}
	return coc.ErrDenied
}

// opening reads the issue or pull request itself.
func (r capturing) opening(ctx context.Context) (coc.Said, int, error) {
	i, _, err := r.rest.Issues.Get(ctx, r.repo.Owner, r.repo.Name, r.at.Number)
	if err != nil {
		return coc.Said{}, 0, err
	}
	// The client follows GitHub to wherever an issue was moved to.
	if !strings.HasSuffix(strings.ToLower(i.GetRepositoryURL()), strings.ToLower("/repos/"+r.repo.String())) || i.GetNumber() != r.at.Number {
		return coc.Said{}, 0, coc.ErrGone
	}
	r.into.Title = coc.NewProse(i.GetTitle())
	return coc.Said{
		ID: i.GetID(), Node: i.GetNodeID(), Author: author(i.GetUser()), Account: i.GetUser().GetID(), Made: i.GetCreatedAt().Time, Changed: i.GetUpdatedAt().Time,
		Text: coc.NewProse(i.GetBody()), Reactions: reactions(i.GetReactions()),
	}, i.GetComments(), nil
}

// author leaves out whom GitHub calls a ghost: the account is gone.
func author(u *github.User) coc.Login {
	if u.GetID() == 0 {
		return ""
	}
	return coc.Login(u.GetLogin())
}

func reactions(given *github.Reactions) map[string]int {
	out := map[string]int{}
	for sign, n := range map[string]int{
		"+1": given.GetPlusOne(), "-1": given.GetMinusOne(), "laugh": given.GetLaugh(), "confused": given.GetConfused(),
		"heart": given.GetHeart(), "hooray": given.GetHooray(), "rocket": given.GetRocket(), "eyes": given.GetEyes(),
	} {
		if n > 0 {
			out[sign] = n
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (r capturing) issue(ctx context.Context) error {
	opening, comments, err := r.opening(ctx)
	if err != nil {
		return err
	}
	if r.at.Kind == coc.TalkIssue {
		r.into.Said = opening
		page, _, err := r.comments(ctx, 1)
		if err != nil {
			return err
		}
		r.into.Thread = page
		r.into.Left = max(0, comments-len(page))
		return nil
	}
	c, _, err := r.rest.Issues.GetComment(ctx, r.repo.Owner, r.repo.Name, r.at.ID)
	if err != nil {
		return err
	}
	if path.Base(c.GetIssueURL()) != strconv.Itoa(r.at.Number) {
		return coc.ErrGone // the address is of another thread
	}
	r.into.Said = commented(c)
	around, err := r.around(ctx)
	if err != nil {
		return err
	}
	r.into.Thread = append([]coc.Said{opening}, around...)
	r.into.Left = max(0, comments-1-len(around))
	return nil
}

func commented(c *github.IssueComment) coc.Said {
	return coc.Said{
		ID: c.GetID(), Node: c.GetNodeID(), Author: author(c.GetUser()), Account: c.GetUser().GetID(), Made: c.GetCreatedAt().Time, Changed: c.GetUpdatedAt().Time,
		Text: coc.NewProse(c.GetBody()), Reactions: reactions(c.GetReactions()),
	}
}

// comments reads a page of the thread, the oldest first, and says how many there
// are.
func (r capturing) comments(ctx context.Context, page int) (said []coc.Said, pages int, err error) {
	if r.per == 0 {
		return nil, page, nil
	}
	list, res, err := r.rest.Issues.ListComments(ctx, r.repo.Owner, r.repo.Name, r.at.Number,
		&github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: r.per, Page: page}})
	if err != nil {
		return nil, 0, err
	}
	for _, c := range list {
		said = append(said, commented(c))
	}
	return said, max(res.LastPage, page), nil
}

// around finds a comment's place in its thread by halves, and reads what is before
// and behind it.
func (r capturing) around(ctx context.Context) ([]coc.Said, error) {
	low, high, page := 1, 0, 1
	for turn := range mostTurns {
		said, pages, err := r.comments(ctx, page)
		if err != nil {
			return nil, err
		}
		if turn == 0 {
			high = pages
			if page == high {
				return r.cut(said), nil
			}
		}
		switch {
		case len(said) == 0 || said[0].ID > r.at.ID:
			high = page - 1
		case said[len(said)-1].ID < r.at.ID:
			low = page + 1
		default:
			return r.beside(ctx, said, page, pages)
		}
		if low > high {
			break
		}
		page = (low + high) / 2
	}
	return nil, nil // it was deleted at this moment: what it said was read before
}

// beside adds the pages before and behind the one that has the comment.
func (r capturing) beside(ctx context.Context, said []coc.Said, page, pages int) ([]coc.Said, error) {
	if page > 1 {
		before, _, err := r.comments(ctx, page-1)
		if err != nil {
			return nil, err
		}
		said = append(before, said...)
	}
	if page < pages {
		behind, _, err := r.comments(ctx, page+1)
		if err != nil {
			return nil, err
		}
		said = append(said, behind...)
	}
	return r.cut(said), nil
}

// cut leaves so many on either side of the comment, and the comment itself out.
func (r capturing) cut(said []coc.Said) []coc.Said {
	at := slices.IndexFunc(said, func(s coc.Said) bool { return s.ID == r.at.ID })
	if at < 0 {
		return said[:min(len(said), mostAround)]
	}
	behind := said[at+1:]
	return append(slices.Clone(said[max(0, at-mostAround):at]), behind[:min(len(behind), mostAround)]...)
}

func (r capturing) reviewComment(ctx context.Context) error {
	c, _, err := r.rest.PullRequests.GetComment(ctx, r.repo.Owner, r.repo.Name, r.at.ID)
	if err != nil {
		return err
	}
	if path.Base(c.GetPullRequestURL()) != strconv.Itoa(r.at.Number) {
		return coc.ErrGone
	}
	if _, _, err := r.opening(ctx); err != nil {
		return err
	}
	r.into.Said = reviewed(c)
	if r.per == 0 {
		r.into.Left = mostAround // or more
		return nil
	}
	first := c.GetID()
	if c.GetInReplyTo() != 0 {
		first = c.GetInReplyTo()
	}
	for page := 1; page != 0 && page <= mostTurns; {
		list, res, err := r.rest.PullRequests.ListComments(ctx, r.repo.Owner, r.repo.Name, r.at.Number,
			&github.PullRequestListCommentsOptions{ListOptions: github.ListOptions{PerPage: r.per, Page: page}})
		if err != nil {
			return err
		}
		for _, other := range list {
			if other.GetID() != c.GetID() && (other.GetID() == first || other.GetInReplyTo() == first) {
				r.into.Thread = append(r.into.Thread, reviewed(other))
			}
		}
		if page = res.NextPage; page > mostTurns {
			r.into.Left = (res.LastPage - mostTurns) * r.per
		}
	}
	if more := len(r.into.Thread) - 2*mostAround; more > 0 {
		r.into.Thread, r.into.Left = r.into.Thread[:2*mostAround], r.into.Left+more
	}
	return nil
}

func reviewed(c *github.PullRequestComment) coc.Said {
	return coc.Said{
		ID: c.GetID(), Node: c.GetNodeID(), Author: author(c.GetUser()), Account: c.GetUser().GetID(), Made: c.GetCreatedAt().Time, Changed: c.GetUpdatedAt().Time,
		Text: coc.NewProse(c.GetBody()), Reactions: reactions(c.GetReactions()),
	}
}

func (r capturing) review(ctx context.Context) error {
	c, _, err := r.rest.PullRequests.GetReview(ctx, r.repo.Owner, r.repo.Name, r.at.Number, r.at.ID)
	if err != nil {
		return err
	}
	opening, comments, err := r.opening(ctx)
	if err != nil {
		return err
	}
	r.into.Said = coc.Said{ID: c.GetID(), Node: c.GetNodeID(), Author: author(c.GetUser()), Account: c.GetUser().GetID(), Made: c.GetSubmittedAt().Time, Text: coc.NewProse(c.GetBody())}
	r.into.Thread, r.into.Left = []coc.Said{opening}, comments
	return nil
}

func (r capturing) commitComment(ctx context.Context) error {
	c, _, err := r.rest.Repositories.GetComment(ctx, r.repo.Owner, r.repo.Name, r.at.ID)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(c.GetCommitID(), r.at.SHA) {
		return coc.ErrGone
	}
	said := func(c *github.RepositoryComment) coc.Said {
		return coc.Said{
			ID: c.GetID(), Node: c.GetNodeID(), Author: author(c.GetUser()), Account: c.GetUser().GetID(), Made: c.GetCreatedAt().Time, Changed: c.GetUpdatedAt().Time,
			Text: coc.NewProse(c.GetBody()), Reactions: reactions(c.GetReactions()),
		}
	}
	r.into.Said = said(c)
	if r.per == 0 {
		r.into.Left = mostAround // or more
		return nil
	}
	list, res, err := r.rest.Repositories.ListCommitComments(ctx, r.repo.Owner, r.repo.Name, c.GetCommitID(), &github.ListOptions{PerPage: r.per})
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.GetID() != c.GetID() {
			r.into.Thread = append(r.into.Thread, said(other))
		}
	}
	if res.LastPage > 1 {
		r.into.Left = (res.LastPage - 1) * r.per
	}
	return nil
}

// edited is what GraphQL tells of a text, and past what it said before.
type edited struct {
	Comment struct {
		Edits *past `graphql:"userContentEdits(first: $edits)"`
	} `graphql:"... on Comment"`
	Minimizable struct {
		IsMinimized     bool
		MinimizedReason *string
	} `graphql:"... on Minimizable"`
}

type past struct {
	TotalCount int
	Nodes      []struct {
		EditedAt  time.Time
		DeletedAt *time.Time
		Diff      *string
		Editor    *struct{ Login string }
	}
}

func (p past) edits() []coc.Edit {
	var out []coc.Edit
	for _, e := range p.Nodes {
		kept := coc.Edit{At: e.EditedAt, Deleted: e.DeletedAt != nil}
		if e.Editor != nil {
			kept.By = coc.Login(e.Editor.Login)
		}
		if e.Diff != nil {
			kept.Text = coc.NewProse(*e.Diff)
		}
		out = append(out, kept)
	}
	return out
}

// history reads what only GraphQL tells: what a text said before, and what is hidden.
func (r capturing) history(ctx context.Context) error {
	var err error
	for _, most := range []int{mostEdits, fewEdits, 1} {
		if err = r.edits(ctx, most); !errors.Is(err, errTooMuch) {
			break
		}
	}
	if err != nil || r.at.Kind == coc.TalkDiscussion {
		return err // what is hidden in a discussion was told with the rest
	}
	for chunk := range slices.Chunk(r.into.Thread, mostAround) {
		if err := r.hiddenAmong(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// edits reads so much of a history from either end: what a text said at first must not be
// lost because somebody edited it often.
func (r capturing) edits(ctx context.Context, most int) error {
	var of struct {
		Node *edited `graphql:"node(id: $id)"`
	}
	id := githubv4.ID(r.into.Said.Node)
	if err := r.graph.Query(asking(ctx), &of, map[string]any{"id": id, "edits": githubv4.Int(most)}); err != nil { //nolint:gosec // at most mostEdits
		return err
	}
	if of.Node == nil {
		return coc.ErrGone
	}
	var all []coc.Edit
	if newest := of.Node.Comment.Edits; newest != nil {
		all = newest.edits()
		if more := newest.TotalCount - len(all); more > 0 && len(all) > 0 {
			var of struct {
				Node *struct {
					Comment struct {
						Edits *past `graphql:"userContentEdits(last: $edits)"`
					} `graphql:"... on Comment"`
				} `graphql:"node(id: $id)"`
			}
			if err := r.graph.Query(asking(ctx), &of, map[string]any{"id": id, "edits": githubv4.Int(min(more, most))}); err != nil { //nolint:gosec // likewise
				return err
			}
			if of.Node == nil || of.Node.Comment.Edits == nil {
				return coc.ErrGone
			}
			if oldest := of.Node.Comment.Edits.edits(); len(oldest) > 0 {
				oldest[0].Left = max(0, more-len(oldest))
				all = append(all, oldest...)
			}
		}
	}
	r.into.Said.Edits = all
	r.into.Said.Hidden = hidden(of.Node.Minimizable.IsMinimized, of.Node.Minimizable.MinimizedReason)
	return nil
}

func (r capturing) hiddenAmong(ctx context.Context, thread []coc.Said) error {
	var of struct {
		Nodes []*struct {
			ID          string
			Minimizable struct {
				IsMinimized     bool
				MinimizedReason *string
			} `graphql:"... on Minimizable"`
		} `graphql:"nodes(ids: $ids)"`
	}
	var ids []githubv4.ID
	for _, s := range thread {
		ids = append(ids, githubv4.ID(s.Node))
	}
	if err := r.graph.Query(asking(ctx), &of, map[string]any{"ids": ids}); err != nil {
		return err
	}
	for _, n := range of.Nodes {
		for i := range thread {
			if n != nil && thread[i].Node == n.ID {
				thread[i].Hidden = hidden(n.Minimizable.IsMinimized, n.Minimizable.MinimizedReason)
			}
		}
	}
	return nil
}

func hidden(is bool, why *string) string {
	switch {
	case !is:
		return ""
	case why == nil || *why == "":
		return "hidden"
	}
	return *why
}
