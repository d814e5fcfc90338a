package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// discussion has a number in the sequence of issues and pull requests, and is told of
// by GraphQL alone. Categories, answers, polls and votes are not simulated.
type discussion struct {
	id        int64
	repo      *repo
	number    int
	title     string
	body      string
	author    *account
	comments  []*remark // those that answer no other
	edits     []edit
	reactions map[string]map[int64]bool
	deleted   bool
	created   time.Time
	updated   time.Time
}

// remark is a comment in a discussion. One that answers a comment is answered by none.
type remark struct {
	id        int64
	of        *discussion
	under     *remark
	body      string
	author    *account
	replies   []*remark
	edits     []edit
	reactions map[string]map[int64]bool
	minimized string
	deleted   time.Time // its replies stay, below what has no words any more
	created   time.Time
	updated   time.Time
}

func (d *discussion) nodeID() string { return nodeID("D", d.id) }
func (m *remark) nodeID() string     { return nodeID("DC", m.id) }

// Discuss opens a discussion as a person who may read the repository.
func (s *Sim) Discuss(login, full, title, body string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return 0, err
	}
	if err := s.change(c, r, writing(levelRead, "discussions")); err != nil {
		return 0, err
	}
	if !r.discussions {
		return 0, gone("Discussions are disabled for this repo")
	}
	if strings.TrimSpace(title) == "" || utf8.RuneCountInString(title) > maxTitle {
		return 0, invalid(FieldError{Resource: "Discussion", Field: "title", Code: "invalid"})
	}
	if err := checkComment("Discussion", body); err != nil {
		return 0, err
	}
	// Its number is taken from the issues, of which there is none by it.
	i := s.addIssue(c, r, "", "")
	i.deleted = true
	i.discussion = &discussion{id: s.nextID(), repo: r, number: i.number, title: title, body: body, author: c.user, created: s.now(), updated: s.now()}
	return i.number, nil
}

// CommentOnDiscussion says something in a discussion, or below the comment of an id.
func (s *Sim) CommentOnDiscussion(login, full string, number int, body string, under int64) (int64, error) {
	var id int64
	err := s.onDiscussion(login, full, number, func(c caller, d *discussion) error {
		if err := s.change(c, d.repo, writing(levelRead, "discussions")); err != nil {
			return err
		}
		if err := checkComment("DiscussionComment", body); err != nil {
			return err
		}
		m := &remark{id: s.nextID(), of: d, body: body, author: c.user, created: s.now(), updated: s.now()}
		if under == 0 {
			d.comments = append(d.comments, m)
		} else {
			at := d.remark(under)
			if at == nil || at.under != nil {
				return notFound() // no answer has answers
			}
			m.under = at
			at.replies = append(at.replies, m)
		}
		d.updated, id = s.now(), m.id
		return nil
	})
	return id, err
}

// EditInDiscussion changes what somebody said there: the comment of an id, or with 0
// the discussion itself.
func (s *Sim) EditInDiscussion(login, full string, number int, id int64, body string) error {
	return s.onDiscussion(login, full, number, func(c caller, d *discussion) error {
		if err := checkComment("DiscussionComment", body); err != nil {
			return err
		}
		m := d.remark(id)
		switch {
		case id == 0:
			if err := s.mayTouch(c, d.repo, d.author); err != nil {
				return err
			}
			d.edits = s.edited(d.edits, c, d.author, d.created, d.body, body)
			d.body, d.updated = body, s.now()
		case m == nil:
			return notFound()
		default:
			if err := s.mayTouch(c, d.repo, m.author); err != nil {
				return err
			}
			m.edits = s.edited(m.edits, c, m.author, m.created, m.body, body)
			m.body, m.updated = body, s.now()
		}
		return nil
	})
}

// DeleteInDiscussion takes a comment out, or with 0 the discussion itself, which only
// somebody who triages may. A comment that was answered stays without its words.
func (s *Sim) DeleteInDiscussion(login, full string, number int, id int64) error {
	return s.onDiscussion(login, full, number, func(c caller, d *discussion) error {
		m := d.remark(id)
		switch {
		case id == 0:
			if err := s.change(c, d.repo, writing(levelTriage, "discussions")); err != nil {
				return err
			}
			d.deleted = true
			return nil
		case m == nil:
			return notFound()
		}
		if err := s.mayTouch(c, d.repo, m.author); err != nil {
			return err
		}
		if len(m.replies) > 0 {
			m.deleted, m.body, m.edits, m.author = s.now(), "", nil, nil
			return nil
		}
		without := func(all []*remark) []*remark { return slices.DeleteFunc(all, func(o *remark) bool { return o == m }) }
		if m.under != nil {
			m.under.replies = without(m.under.replies)
		} else {
			d.comments = without(d.comments)
		}
		return nil
	})
}

// MinimizeInDiscussion hides a comment behind a reason; any reader can unfold it.
func (s *Sim) MinimizeInDiscussion(login, full string, number int, id int64, classifier string) error {
	return s.onDiscussion(login, full, number, func(c caller, d *discussion) error {
		m := d.remark(id)
		if m == nil {
			return notFound()
		}
		if err := s.change(c, d.repo, writing(levelTriage, "discussions")); err != nil {
			return err
		}
		if !slices.Contains(classifiers, classifier) {
			return invalid(FieldError{Resource: "Comment", Field: "classifier", Code: "invalid"})
		}
		m.minimized = strings.ReplaceAll(strings.ToLower(classifier), "_", "-")
		return nil
	})
}

// ReactInDiscussion lets somebody react to a comment, or with 0 to the discussion.
func (s *Sim) ReactInDiscussion(login, full string, number int, id int64, sign string) error {
	if reactionNames[sign] == "" {
		return invalid(FieldError{Resource: "Reaction", Field: "content", Code: "invalid"})
	}
	return s.onDiscussion(login, full, number, func(c caller, d *discussion) error {
		to := &d.reactions
		if id != 0 {
			m := d.remark(id)
			if m == nil {
				return notFound()
			}
			to = &m.reactions
		}
		react(to, sign, c)
		return nil
	})
}

// mayTouch is for what somebody wrote: themself, or who triages.
func (s *Sim) mayTouch(c caller, r *repo, author *account) error {
	if c.user == author && author != nil {
		return s.change(c, r, writing(levelRead, "discussions"))
	}
	return s.change(c, r, writing(levelTriage, "discussions"))
}

func (s *Sim) onDiscussion(login, full string, number int, do func(caller, *discussion) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	d := r.discussion(number)
	if d == nil {
		return notFound()
	}
	return do(c, d)
}

func (r *repo) discussion(number int) *discussion {
	if number < 1 || number > len(r.issues) || !r.discussions {
		return nil
	}
	if d := r.issues[number-1].discussion; d != nil && !d.deleted {
		return d
	}
	return nil
}

// remark finds a comment, also one that answers another; nil: there is none.
func (d *discussion) remark(id int64) *remark {
	for _, m := range d.comments {
		if m.id == id {
			return m
		}
		for _, o := range m.replies {
			if o.id == id {
				return o
			}
		}
	}
	return nil
}

// discussionField answers for a discussion of a repository by its number. Of one that is
// not there, or of an issue, GitHub gives null and says so.
func (q *call) discussionField(r *repo, args map[string]any) (any, error) {
	if err := q.s.allow(q.who, r, reading("discussions")); err != nil {
		return nil, err
	}
	number, _ := integer(args["number"])
	d := r.discussion(number)
	if d == nil {
		return nil, refuse(http.StatusNotFound, fmt.Sprintf("Could not resolve to a Discussion with the number of %d.", number))
	}
	return q.discussionObject(d), nil
}

func (q *call) discussionObject(d *discussion) object {
	return q.edits(object{
		"__typename": "Discussion", "id": d.nodeID(), "databaseId": d.id, "number": d.number, "title": d.title, "body": d.body, "author": q.actor(d.author),
		"createdAt": stamp(d.created), "updatedAt": stamp(d.updated), "reactionGroups": reactionGroups(d.reactions), "repository": q.repositoryObject(d.repo),
		"comments": func(args map[string]any) (any, error) { return q.remarks("comments", d.comments, args) },
	}, d.edits)
}

func (q *call) remarkObject(m *remark) object {
	o := object{
		"__typename": "DiscussionComment", "id": m.nodeID(), "databaseId": m.id, "body": m.body, "author": q.actor(m.author), "createdAt": stamp(m.created),
		"updatedAt": stamp(m.updated), "deletedAt": nil, "reactionGroups": reactionGroups(m.reactions), "isMinimized": m.minimized != "",
		"minimizedReason": textOrNull(m.minimized),
		"replies":         func(args map[string]any) (any, error) { return q.remarks("replies", m.replies, args) },
	}
	if !m.deleted.IsZero() {
		o["deletedAt"] = stamp(m.deleted)
	}
	return q.edits(o, m.edits)
}

// actor is who did something. Bots are without the ending that REST gives their logins,
// and somebody whose account is gone, or who is not told of any more, is nobody.
func (q *call) actor(a *account) any {
	if a == nil {
		return nil
	}
	o := q.accountObject(a)
	if a.kind == kindBot {
		o["__typename"], o["login"] = "Bot", strings.TrimSuffix(a.login, "[bot]")
	}
	return o
}

// reactionGroups has one for every sign, whether anybody gave it or not.
func reactionGroups(given map[string]map[int64]bool) []object {
	var out []object
	for sign, name := range reactionNames {
		out = append(out, object{"__typename": "ReactionGroup", "content": name, "reactors": object{"__typename": "ReactorConnection", "totalCount": len(given[sign])}})
	}
	return out
}

// remarks is a page of comments, from the front.
func (q *call) remarks(name string, all []*remark, args map[string]any) (any, error) {
	first, ok := integer(args["first"])
	switch {
	case !ok || args["last"] != nil || args["before"] != nil:
		return nil, refuse(http.StatusUnprocessableEntity, "You must provide a `first` or `last` value to properly paginate the `"+name+"` connection.")
	case first < 1 || first > 100:
		return nil, refuse(http.StatusUnprocessableEntity, fmt.Sprintf("Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", first, name))
	}
	start := 0
	if after, _ := args["after"].(string); after != "" {
		n, err := fromCursor(after)
		if err != nil || n > len(all) {
			return nil, refuse(http.StatusUnprocessableEntity, "`"+after+"` does not appear to be a valid cursor.")
		}
		start = n
	}
	end := min(start+first, len(all))
	nodes := []object{}
	for _, m := range all[start:end] {
		nodes = append(nodes, q.remarkObject(m))
	}
	info := object{"__typename": "PageInfo", "hasNextPage": end < len(all), "hasPreviousPage": start > 0, "endCursor": nil, "startCursor": nil}
	if len(nodes) > 0 {
		info["startCursor"], info["endCursor"] = cursor(start+1), cursor(end)
	}
	return object{"__typename": "DiscussionCommentConnection", "totalCount": len(all), "nodes": nodes, "pageInfo": info}, nil
}

// discussionNode finds a discussion, or a comment in one, by its node id.
func (q *call) discussionNode(id string) object {
	for _, r := range q.s.names {
		for _, i := range r.issues {
			d := r.discussion(i.number)
			if d == nil || q.s.allow(q.who, r, reading("discussions")) != nil || q.s.hides(q.who, r) {
				continue
			}
			if d.nodeID() == id {
				return q.discussionObject(d)
			}
			for _, m := range d.comments {
				for _, o := range append([]*remark{m}, m.replies...) {
					if o.nodeID() == id {
						return q.remarkObject(o)
					}
				}
			}
		}
	}
	return nil
}
