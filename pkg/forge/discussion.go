package forge

import (
	"context"
	"strings"
	"time"

	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// mostAnswers is how many answers to one comment come with it. The others are
	// asked for where the one that is meant may be among them.
	mostAnswers = 50
	// mostReads bounds the requests for one discussion.
	mostReads = mostTurns + 4
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

type pageInfo struct {
	HasNextPage bool
	EndCursor   string
}

type replies struct {
	TotalCount int
	PageInfo   pageInfo
	Nodes      []remark
}

type comment struct {
	remark
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
		out.Hidden = "deleted"
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
			p.take(c.remark, c.remark.said(0))
			p.all += c.Replies.TotalCount
			all, err := r.answersTo(ctx, c, &reads, p.want)
			if err != nil {
				return err
			}
			for _, o := range all {
				p.take(o, o.said(c.DatabaseID))
			}
		}
		if !d.Comments.PageInfo.HasNextPage {
			p.whole = true
			break
		}
		after = githubv4.NewString(githubv4.String(d.Comments.PageInfo.EndCursor))
	}
	return p.into(r.into)
}

// answersTo is the answers to a comment: those that came with it, and the others where
// the one that is meant is not among them.
func (r capturing) answersTo(ctx context.Context, c comment, reads *int, want int64) ([]remark, error) {
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

func has(all []remark, id int64) bool {
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
	found          *coc.Said
	gone           bool // it was deleted, and what answered it is there
	before, behind []coc.Said
	all            int  // how many there are, as far as is known
	whole          bool // all of it was read
}

func (p *passage) take(m remark, s coc.Said) {
	switch {
	case p.want == m.DatabaseID && p.want != 0:
		p.found, p.gone = &s, m.DeletedAt != nil
	case p.want == 0 || p.found != nil:
		p.behind = append(p.behind, s)
	default:
		if p.before = append(p.before, s); len(p.before) > mostAround {
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

func (p *passage) into(c *coc.Captured) error {
	switch {
	case p.want == 0:
		c.Said, c.Thread = p.opening, p.behind[:min(len(p.behind), perPage)]
	case p.gone, p.found == nil && p.whole:
		return coc.ErrGone
	case p.found == nil:
		return coc.ErrTooLarge
	default:
		c.Said = *p.found
		c.Thread = append(append([]coc.Said{p.opening}, p.before...), p.behind[:min(len(p.behind), mostAround)]...)
		p.all-- // it is not among the others
	}
	others := len(c.Thread)
	if p.want != 0 {
		others-- // the opening
	}
	c.Left = max(0, p.all-others)
	return nil
}
