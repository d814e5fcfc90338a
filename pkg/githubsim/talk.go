package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// edit is a text as somebody left it. The first of a history is the original, and
// there is a history only once something was edited.
type edit struct {
	at   time.Time
	by   *account
	text string
}

// edited adds to a history.
func (s *Sim) edited(history []edit, c caller, author *account, made time.Time, old, text string) []edit {
	if len(history) == 0 {
		history = []edit{{made, author, old}}
	}
	return append(history, edit{s.now(), c.user, text})
}

// The reactions that there are, by their REST names and GraphQL's.
var reactionNames = map[string]string{
	"+1": "THUMBS_UP", "-1": "THUMBS_DOWN", "laugh": "LAUGH", "hooray": "HOORAY", "confused": "CONFUSED", "heart": "HEART", "rocket": "ROCKET", "eyes": "EYES",
}

// React lets somebody react to a comment, or with id 0 to the issue itself, once
// with each sign.
func (s *Sim) React(login, full string, number int, id int64, sign string) error {
	if reactionNames[sign] == "" {
		return invalid(FieldError{Resource: "Reaction", Field: "content", Code: "invalid"})
	}
	return s.onIssue(login, full, number, func(c caller, _ *repo, i *issue) error {
		to := &i.reactions
		if id != 0 {
			at := slices.IndexFunc(i.comments, func(cm *comment) bool { return cm.id == id })
			if at < 0 {
				return notFound()
			}
			to = &i.comments[at].reactions
		}
		react(to, sign, c)
		return nil
	})
}

func react(to *map[string]map[int64]bool, sign string, c caller) {
	if *to == nil {
		*to = map[string]map[int64]bool{}
	}
	if (*to)[sign] == nil {
		(*to)[sign] = map[int64]bool{}
	}
	(*to)[sign][c.user.id] = true
}

func reactionsJSON(u string, given map[string]map[int64]bool) fields {
	f, total := fields{"url": u + "/reactions"}, 0
	for sign := range reactionNames {
		f[sign] = len(given[sign])
		total += len(given[sign])
	}
	f["total_count"] = total
	return f
}

// review is what somebody said of a pull request as a whole.
type review struct {
	id     int64
	issue  *issue
	author *account
	body   string
	state  string
	at     time.Time
	edits  []edit
}

// Review says something of a pull request as a whole.
func (s *Sim) Review(login, full string, number int, body string) (int64, error) {
	var id int64
	err := s.onIssue(login, full, number, func(c caller, _ *repo, i *issue) error {
		if !i.pull {
			return notFound()
		}
		if err := s.mayComment(c, i, []string{"pull_requests"}); err != nil {
			return err
		}
		if err := checkComment("PullRequestReview", body); err != nil {
			return err
		}
		r := &review{id: s.nextID(), issue: i, author: c.user, body: body, state: "COMMENTED", at: s.now()}
		i.whole = append(i.whole, r)
		id = r.id
		return nil
	})
	return id, err
}

// commitComment is said of a commit.
type commitComment struct {
	id     int64
	repo   *repo
	sha    string
	author *account
	body   string
	at     time.Time
	edits  []edit
}

// CommentOnCommit says something of a commit.
func (s *Sim) CommentOnCommit(login, full, sha, body string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return 0, err
	}
	if err := s.change(c, r, writing(levelRead, "contents")); err != nil {
		return 0, err
	}
	at, err := r.resolve(sha)
	if err != nil {
		return 0, err
	}
	if err := checkComment("CommitComment", body); err != nil {
		return 0, err
	}
	cm := &commitComment{id: s.nextID(), repo: r, sha: at.sha, author: c.user, body: body, at: s.now()}
	r.onCommits = append(r.onCommits, cm)
	return cm.id, nil
}

// EditReview and EditCommitComment let somebody change what they said.
func (s *Sim) EditReview(login, full string, id int64, body string) error {
	return s.editSaid(login, full, id, body)
}

// EditCommitComment is said above.
func (s *Sim) EditCommitComment(login, full string, id int64, body string) error {
	return s.editSaid(login, full, id, body)
}

func (s *Sim) editSaid(login, full string, id int64, body string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	if err := checkComment("Comment", body); err != nil {
		return err
	}
	for _, cm := range r.onCommits {
		if cm.id == id && cm.author == c.user {
			cm.edits = s.edited(cm.edits, c, cm.author, cm.at, cm.body, body)
			cm.body = body
			return nil
		}
	}
	for _, i := range r.issues {
		for _, whole := range i.whole {
			if whole.id == id && whole.author == c.user {
				whole.edits = s.edited(whole.edits, c, whole.author, whole.at, whole.body, body)
				whole.body = body
				return nil
			}
		}
	}
	return notFound()
}

var talkRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews/{review}", (*call).getWholeReview),
	on("GET", "/repos/{owner}/{repo}/comments/{comment}", (*call).getCommitComment),
	on("GET", "/repos/{owner}/{repo}/commits/{sha}/comments", (*call).listCommitComments),
}

func (q *call) getWholeReview() (int, any, error) {
	i, err := q.pull()
	if err != nil {
		return 0, nil, err
	}
	id, err := q.number("review")
	if err != nil {
		return 0, nil, err
	}
	for _, r := range i.whole {
		if r.id == id {
			return http.StatusOK, q.s.wholeReviewJSON(r), nil
		}
	}
	return 0, nil, notFound()
}

func (s *Sim) wholeReviewJSON(r *review) fields {
	pull := fmt.Sprintf("%s/repos/%s/pulls/%d", s.api(), r.issue.repo.fullName(), r.issue.number)
	html := fmt.Sprintf("%s#pullrequestreview-%d", s.htmlURL(r.issue), r.id)
	return fields{
		"id": r.id, "node_id": nodeID("PRR", r.id), "user": s.userJSON(r.author), "body": r.body, "state": r.state, "html_url": html,
		"pull_request_url": pull, "submitted_at": stamp(r.at), "commit_id": r.issue.headSHA(), "author_association": r.issue.repo.association(r.author),
		"_links": fields{"html": fields{"href": html}, "pull_request": fields{"href": pull}},
	}
}

func (q *call) getCommitComment() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	id, err := q.number("comment")
	if err != nil {
		return 0, nil, err
	}
	for _, cm := range r.onCommits {
		if cm.id == id {
			return http.StatusOK, q.s.commitCommentJSON(cm), nil
		}
	}
	return 0, nil, notFound()
}

func (q *call) listCommitComments() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	at, err := r.resolve(q.vars["sha"])
	if err != nil {
		return 0, nil, err
	}
	var all []*commitComment
	for _, cm := range r.onCommits {
		if cm.sha == at.sha {
			all = append(all, cm)
		}
	}
	return http.StatusOK, mapAll(page(q, all), q.s.commitCommentJSON), nil
}

func (s *Sim) commitCommentJSON(cm *commitComment) fields {
	u := fmt.Sprintf("%s/repos/%s/comments/%d", s.api(), cm.repo.fullName(), cm.id)
	return fields{
		"id": cm.id, "node_id": nodeID("CC", cm.id), "url": u, "html_url": fmt.Sprintf("%s/%s/commit/%s#commitcomment-%d", s.url, cm.repo.fullName(), cm.sha, cm.id),
		"body": cm.body, "path": nil, "position": nil, "line": nil, "commit_id": cm.sha, "user": s.userJSON(cm.author),
		"created_at": stamp(cm.at), "updated_at": stamp(cm.at), "author_association": cm.repo.association(cm.author), "reactions": noReactions(u),
	}
}

// node finds what a GraphQL node id names and the caller may read.
func (q *call) node(args map[string]any) (any, error) {
	id := fmt.Sprint(args["id"])
	if o := q.nodeObject(id); o != nil {
		return o, nil
	}
	return nil, refuse(http.StatusNotFound, "Could not resolve to a node with the global id of '"+id+"'.")
}

// maxNodes is how many may be asked for at once.
const maxNodes = 100

func (q *call) nodes(args map[string]any) (any, error) {
	ids, _ := args["ids"].([]any)
	if len(ids) > maxNodes {
		return nil, refuse(http.StatusUnprocessableEntity, fmt.Sprintf("You may not provide more than %d node ids; you provided %d.", maxNodes, len(ids)))
	}
	out := make([]object, len(ids))
	for n, id := range ids {
		out[n] = q.nodeObject(fmt.Sprint(id)) // null where there is none
	}
	return out, nil
}

func (q *call) nodeObject(id string) object {
	if cm := q.s.comments[id]; cm != nil {
		if q.s.allow(q.who, cm.issue.repo, reading(cm.perms()...)) != nil || q.s.hides(q.who, cm.issue.repo) {
			return nil
		}
		kind := "IssueComment"
		if cm.review {
			kind = "PullRequestReviewComment"
		}
		o := q.edits(object{"__typename": kind, "id": id, "isMinimized": cm.minimized != "", "minimizedReason": textOrNull(cm.minimized)}, cm.edits)
		return o
	}
	for _, r := range q.s.names {
		if o := q.saidNode(r, id); o != nil {
			return o
		}
		for _, i := range r.issues {
			kind, prefix := "Issue", "I"
			if i.pull {
				kind, prefix = "PullRequest", "PR"
			}
			if nodeID(prefix, i.id) != id || i.deleted || i.movedTo != nil || q.s.allow(q.who, r, reading(i.perms()...)) != nil || q.s.hides(q.who, r) {
				continue
			}
			return q.edits(object{"__typename": kind, "id": id}, i.edits)
		}
	}
	return q.discussionNode(id)
}

// saidNode finds what was said of a commit, or of a pull request as a whole.
func (q *call) saidNode(r *repo, id string) object {
	reads := func(perm string) bool { return q.s.allow(q.who, r, reading(perm)) == nil && !q.s.hides(q.who, r) }
	for _, cm := range r.onCommits {
		if nodeID("CC", cm.id) == id && reads("contents") {
			return q.edits(object{"__typename": "CommitComment", "id": id, "isMinimized": false, "minimizedReason": nil}, cm.edits)
		}
	}
	for _, i := range r.issues {
		for _, whole := range i.whole {
			if nodeID("PRR", whole.id) == id && reads("pull_requests") {
				return q.edits(object{"__typename": "PullRequestReview", "id": id}, whole.edits)
			}
		}
	}
	return nil
}

// edits adds what is told of a history, the newest first.
func (q *call) edits(o object, history []edit) object {
	o["lastEditedAt"] = nil
	if len(history) > 0 {
		o["lastEditedAt"] = stamp(history[len(history)-1].at)
	}
	o["userContentEdits"] = func(args map[string]any) (any, error) {
		first, forward := integer(args["first"])
		last, backward := integer(args["last"])
		if forward == backward || max(first, last) < 1 || max(first, last) > 100 {
			return nil, refuse(http.StatusUnprocessableEntity, "You must provide a `first` or `last` value to properly paginate the `userContentEdits` connection.")
		}
		nodes := []object{}
		for n, e := range slices.Backward(history) {
			if forward && len(nodes) == first || backward && n >= last {
				continue
			}
			nodes = append(nodes, object{"__typename": "UserContentEdit", "editedAt": stamp(e.at), "diff": e.text, "deletedAt": nil,
				"editor": q.accountObject(e.by)})
		}
		return object{"__typename": "UserContentEditConnection", "totalCount": len(history), "nodes": nodes}, nil
	}
	return o
}
