package forge

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// mostAnswers is how many answers to one comment come with it. The others are
	// asked for where the one that is meant may be among them.
	mostAnswers = 50
	// mostReads bounds the requests in which one discussion is listed.
	mostReads = mostTurns + 4
	// wordsAtOnce is how many comments are read with their words in one request: 8 MB,
	// where each has GitHub's 65,536 characters of four bytes.
	wordsAtOnce = 30
	// deleted is what is said of a comment whose place is all that is left.
	deleted = "deleted"
)

// spoken is what GraphQL tells of whatever somebody said in a discussion.
type spoken struct {
	ID         string
	DatabaseID int64 `graphql:"databaseId"`
	Body       string
	Author     *struct {
		Typename string `graphql:"__typename"`
		Login    string
		User     struct {
			DatabaseID int64 `graphql:"databaseId"`
		} `graphql:"... on User"`
	}
	CreatedAt, UpdatedAt time.Time
	ReactionGroups       []struct {
		Content  string
		Reactors struct{ TotalCount int }
	}
}

// remark is a comment, without what answers it.
type remark struct {
	spoken
	DeletedAt       *time.Time
	IsMinimized     bool
	MinimizedReason *string
}

// turn is a comment without its words. A page of comments with their answers could
// have 330 MB of them, so that they are asked for by themselves, and of those alone that
// are kept.
type turn struct {
	ID         string
	DatabaseID int64 `graphql:"databaseId"`
	DeletedAt  *time.Time
}

// placed is where a comment is: below which other, or none.
type placed struct {
	turn
	under int64
}

type pageInfo struct {
	HasNextPage bool
	EndCursor   string
}

type replies struct {
	TotalCount int
	PageInfo   pageInfo
	Nodes      []turn
}

type comment struct {
	turn
	Replies replies `graphql:"replies(first: $answers)"`
}

// signs are GraphQL's names of reactions, by which REST has others.
var signs = map[string]string{
	"THUMBS_UP": "+1", "THUMBS_DOWN": "-1", "LAUGH": "laugh", "HOORAY": "hooray", "CONFUSED": "confused", "HEART": "heart", "ROCKET": "rocket", "EYES": "eyes",
}

func (s spoken) said() coc.Said {
	out := coc.Said{ID: s.DatabaseID, Node: s.ID, Made: s.CreatedAt, Changed: s.UpdatedAt, Text: coc.NewProse(s.Body)}
	if s.Author != nil {
		out.Author, out.Account = coc.Login(s.Author.Login), s.Author.User.DatabaseID
		if s.Author.Typename == "Bot" && !out.Author.IsBot() {
			// Somebody else may have the name that GraphQL gives it.
			out.Author += "[bot]"
		}
	}
	for _, g := range s.ReactionGroups {
		if sign := signs[g.Content]; sign != "" && g.Reactors.TotalCount > 0 {
			if out.Reactions == nil {
				out.Reactions = map[string]int{}
			}
			out.Reactions[sign] = g.Reactors.TotalCount
		}
	}
	return out
}

func (m remark) said(under int64) coc.Said {
	out := m.spoken.said()
	out.Under, out.Hidden = under, hidden(m.IsMinimized, m.MinimizedReason)
	if m.DeletedAt != nil {
		out.Hidden = deleted
	}
	return out
}

// discussion reads a discussion, or a comment in one with what was said around it.
//
// GraphQL finds no comment by the number that its address has, so the discussion is
// read from its beginning until the comment is there, and as far behind it as is kept.
func (r capturing) discussion(ctx context.Context) error {
	p := passage{want: r.at.ID}
	after := (*githubv4.String)(nil)
	for reads := 0; reads < mostReads && !p.full(); reads++ {
		var of struct {
			Repository struct {
				Discussion *struct {
					spoken
					Title      string
					Repository struct{ NameWithOwner string }
					Comments   struct {
						TotalCount int
						PageInfo   pageInfo
						Nodes      []comment
					} `graphql:"comments(first: $page, after: $after)"`
				} `graphql:"discussion(number: $number)"`
			} `graphql:"repository(owner: $owner, name: $name)"`
		}
		err := r.graph.Query(asking(ctx), &of, map[string]any{
			"owner": githubv4.String(r.repo.Owner), "name": githubv4.String(r.repo.Name), "number": githubv4.Int(r.at.Number), //nolint:gosec // Point takes nine digits
			"page": githubv4.Int(perPage), "answers": githubv4.Int(mostAnswers), "after": after,
		})
		if err != nil {
			return err
		}
		d := of.Repository.Discussion
		if d == nil || !strings.EqualFold(d.Repository.NameWithOwner, r.repo.String()) {
			return coc.ErrGone // it is not there, or led to another repository
		}
		if reads == 0 {
			r.into.Title, p.opening, p.all = coc.NewProse(d.Title), d.said(), d.Comments.TotalCount
		}
		for _, c := range d.Comments.Nodes {
			p.take(placed{c.turn, 0})
			p.all += c.Replies.TotalCount
			all, err := r.answersTo(ctx, c, &reads, p.want)
			if err != nil {
				return err
			}
			for _, o := range all {
				p.take(placed{o, c.DatabaseID})
			}
		}
		if !d.Comments.PageInfo.HasNextPage {
			p.whole = true
			break
		}
		after = githubv4.NewString(githubv4.String(d.Comments.PageInfo.EndCursor))
	}
	around, err := p.kept()
	if err != nil {
		return err
	}
	all, err := r.words(ctx, around)
	if err != nil {
		return err
	}
	return p.into(r.into, all)
}

// words reads what was said. A comment that was deleted since it was listed is missing.
func (r capturing) words(ctx context.Context, of []placed) ([]coc.Said, error) {
	var out []coc.Said
	for some := range slices.Chunk(of, wordsAtOnce) {
		var read struct {
			Nodes []*struct {
				Comment remark `graphql:"... on DiscussionComment"`
			} `graphql:"nodes(ids: $ids)"`
		}
		var ids []githubv4.ID
		for _, m := range some {
			ids = append(ids, githubv4.ID(m.ID))
		}
		err := r.graph.Query(asking(ctx), &read, map[string]any{"ids": ids})
		if err != nil && !strings.Contains(strings.ToLower(err.Error()), "could not resolve to a node") {
			return nil, err
		}
		for i, n := range read.Nodes {
			if n != nil && i < len(some) && n.Comment.ID == some[i].ID {
				out = append(out, n.Comment.said(some[i].under))
			}
		}
	}
	return out, nil
}

// answersTo is the answers to a comment: those that came with it, and the others where
// the one that is meant is not among them.
func (r capturing) answersTo(ctx context.Context, c comment, reads *int, want int64) ([]turn, error) {
	all, page := c.Replies.Nodes, c.Replies.PageInfo
	for page.HasNextPage && want > c.DatabaseID && *reads < mostReads && !has(all, want) {
		*reads++
		var of struct {
			Node *struct {
				Comment struct {
					Replies replies `graphql:"replies(first: $page, after: $after)"`
				} `graphql:"... on DiscussionComment"`
			} `graphql:"node(id: $id)"`
		}
		err := r.graph.Query(asking(ctx), &of, map[string]any{"id": githubv4.ID(c.ID), "page": githubv4.Int(perPage), "after": githubv4.String(page.EndCursor)})
		if err != nil {
			return nil, err
		}
		if of.Node == nil {
			break // it was deleted at this moment
		}
		all, page = append(all, of.Node.Comment.Replies.Nodes...), of.Node.Comment.Replies.PageInfo
	}
	return all, nil
}

func has(all []turn, id int64) bool {
	for _, m := range all {
		if m.DatabaseID == id {
			return true
		}
	}
	return false
}

// passage is a discussion on its way in: what is meant, and so much before and behind it.
type passage struct {
	want           int64 // 0: the discussion itself
	opening        coc.Said
	found          *placed
	before, behind []placed
	all            int  // how many there are, as far as is known
	whole          bool // all of it was listed
}

func (p *passage) take(m placed) {
	switch {
	case p.want == m.DatabaseID && p.want != 0:
		p.found = &m
	case p.want == 0 || p.found != nil:
		p.behind = append(p.behind, m)
	default:
		if p.before = append(p.before, m); len(p.before) > mostAround {
			p.before = p.before[1:]
		}
	}
}

// full reports whether nothing more is kept.
func (p *passage) full() bool {
	if p.want == 0 {
		return len(p.behind) >= perPage
	}
	return p.found != nil && len(p.behind) >= mostAround
}

// kept is what is kept of it, besides the opening.
func (p *passage) kept() ([]placed, error) {
	switch {
	case p.want == 0:
		return p.behind[:min(len(p.behind), perPage)], nil
	case p.found == nil && !p.whole:
		return nil, coc.ErrTooLarge
	case p.found == nil, p.found.DeletedAt != nil: // what answered it may be there
		return nil, coc.ErrGone
	}
	return slices.Concat(p.before, []placed{*p.found}, p.behind[:min(len(p.behind), mostAround)]), nil
}

func (p *passage) into(c *coc.Captured, words []coc.Said) error {
	c.Left = max(0, p.all-len(words))
	if p.want == 0 {
		c.Said, c.Thread = p.opening, words
		return nil
	}
	at := slices.IndexFunc(words, func(s coc.Said) bool { return s.ID == p.want && s.Hidden != deleted })
	if at < 0 {
		return coc.ErrGone // since it was listed
	}
	c.Said = words[at]
	c.Thread = append([]coc.Said{p.opening}, slices.Delete(words, at, at+1)...)
	return nil
}
