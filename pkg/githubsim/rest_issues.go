package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

var issueRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/issues", (*call).listIssues),
	on("POST", "/repos/{owner}/{repo}/issues", (*call).postIssue),
	on("GET", "/repos/{owner}/{repo}/issues/comments", (*call).listRepoComments),
	on("GET", "/repos/{owner}/{repo}/issues/comments/{comment}", (*call).getComment),
	on("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment}", (*call).patchComment),
	on("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment}", (*call).removeComment),
	on("GET", "/repos/{owner}/{repo}/issues/{number}", (*call).getIssue),
	on("PATCH", "/repos/{owner}/{repo}/issues/{number}", (*call).patchIssue),
	on("GET", "/repos/{owner}/{repo}/issues/{number}/comments", (*call).listComments),
	on("POST", "/repos/{owner}/{repo}/issues/{number}/comments", (*call).postComment),
	on("PUT", "/repos/{owner}/{repo}/issues/{number}/lock", (*call).lockIssue),
	on("DELETE", "/repos/{owner}/{repo}/issues/{number}/lock", (*call).unlockIssue),
	on("POST", "/repos/{owner}/{repo}/issues/{number}/assignees", (*call).addAssignees),
	on("DELETE", "/repos/{owner}/{repo}/issues/{number}/assignees", (*call).removeAssignees),
	on("GET", "/repos/{owner}/{repo}/issues/{number}/timeline", (*call).listTimeline),
	on("GET", "/repos/{owner}/{repo}/issues/{number}/events", (*call).listEvents),
}

// issue finds what the path names. Who may do what with it is asked after.
func (q *call) issue() (*issue, error) {
	r, err := q.repo()
	if err != nil {
		return nil, err
	}
	n, err := q.number("number")
	if err != nil {
		return nil, err
	}
	// A number is looked up only for those who may know of it: Apps without
	// the permission get their 403 first.
	if err := q.s.allow(q.who, r, reading("issues", "pull_requests")); err != nil {
		return nil, err
	}
	i, err := q.s.issueIn(r, int(n))
	if err != nil {
		return nil, err
	}
	return i, nil
}

func (q *call) readIssue() (*issue, error) {
	i, err := q.issue()
	if err != nil {
		return nil, err
	}
	return i, q.s.allow(q.who, i.repo, reading(i.perms()...))
}

func (q *call) listIssues() (int, any, error) {
	r, err := q.allowed(reading("issues"))
	if err != nil {
		return 0, nil, err
	}
	keep, err := q.issueFilter()
	if err != nil {
		return 0, nil, err
	}
	var all []*issue
	for _, i := range r.issues {
		// With issues switched off GitHub lists the pull requests still.
		if !i.deleted && i.movedTo == nil && (i.pull || r.issuesOn) && keep(i) {
			all = append(all, i)
		}
	}
	if err := q.sortIssues(all); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, mapAll(page(q, all), q.s.issueJSON), nil
}

func (q *call) issueFilter() (func(*issue) bool, error) {
	state := q.query("state")
	if state == "" {
		state = "open"
	}
	if state != "open" && state != "closed" && state != "all" {
		return nil, invalid(FieldError{Resource: "Issue", Field: "state", Code: "invalid"})
	}
	since, err := q.moment("Issue", "since")
	if err != nil {
		return nil, err
	}
	var labels []string
	if list := q.query("labels"); list != "" {
		labels = strings.Split(list, ",")
	}
	creator, assignee := q.query("creator"), q.query("assignee")
	return func(i *issue) bool {
		switch {
		case state != "all" && i.state != state,
			i.updated.Before(since),
			creator != "" && !strings.EqualFold(i.author.login, creator),
			assignee == "none" && len(i.assignees) > 0,
			assignee == "*" && len(i.assignees) == 0,
			assignee != "" && assignee != "none" && assignee != "*" && !slices.ContainsFunc(i.assignees, func(a *account) bool { return strings.EqualFold(a.login, assignee) }):
			return false
		}
		for _, name := range labels {
			if !slices.ContainsFunc(i.labels, func(l *label) bool { return strings.EqualFold(l.name, strings.TrimSpace(name)) }) {
				return false
			}
		}
		return true
	}, nil
}

func (q *call) sortIssues(all []*issue) error {
	var by func(a, b *issue) int
	switch q.query("sort") {
	case "", "created":
		by = func(a, b *issue) int { return a.created.Compare(b.created) }
	case "updated":
		by = func(a, b *issue) int { return a.updated.Compare(b.updated) }
	case "comments":
		by = func(a, b *issue) int { return len(a.comments) - len(b.comments) }
	default:
		return invalid(FieldError{Resource: "Issue", Field: "sort", Code: "invalid"})
	}
	sign := -1
	if q.query("direction") == "asc" {
		sign = 1
	}
	slices.SortStableFunc(all, func(a, b *issue) int {
		if order := by(a, b); order != 0 {
			return sign * order
		}
		return sign * (a.number - b.number)
	})
	return nil
}

// moment is a time in the query, zero where it has none.
func (q *call) moment(resource, field string) (time.Time, error) {
	raw := q.query(field)
	if raw == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, raw)
	if err != nil {
		return time.Time{}, invalid(FieldError{Resource: resource, Field: field, Code: "invalid"})
	}
	return t, nil
}

func (q *call) postIssue() (int, any, error) {
	r, err := q.repo()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	title, body := p.title(), p.text("body")
	labels, assignees := p.names("labels"), p.names("assignees")
	if one := p.text("assignee"); one != nil && assignees == nil {
		assignees = &[]string{*one}
	}
	if p.err != nil {
		// Who may not write here learns that first.
		if err := q.s.change(q.who, r, writing(levelRead, "issues")); err != nil {
			return 0, nil, err
		}
		return 0, nil, p.err
	}
	in := NewIssue{Title: orEmpty(title), Body: orEmpty(body)}
	if labels != nil {
		in.Labels = *labels
	}
	if assignees != nil {
		in.Assignees = *assignees
	}
	i, err := q.s.openIssue(q.who, r, in)
	if err != nil {
		return 0, nil, err
	}
	q.header.Set("Location", q.s.issueURL(i))
	return http.StatusCreated, q.s.oneIssueJSON(i), nil
}

// title may be given as a number as well, which becomes its digits.
func (p *payload) title() *string {
	var n int64
	if p.err == nil && p.has("title") {
		number := &payload{values: p.values}
		if number.read("title", &n, "a number") {
			return text(fmt.Sprint(n))
		}
	}
	return p.text("title")
}

func (q *call) getIssue() (int, any, error) {
	i, err := q.readIssue()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.oneIssueJSON(i), nil
}

func (q *call) patchIssue() (int, any, error) {
	i, err := q.issue()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	e := issueEdit{title: p.title(), body: p.text("body"), state: p.text("state"), reason: p.text("state_reason"),
		labels: p.names("labels"), assignees: p.names("assignees")}
	if p.has("body") && e.body == nil {
		e.body = text("") // null empties it
	}
	if p.err != nil {
		return 0, nil, p.err
	}
	if err := q.s.editIssue(q.who, i.repo, i, e); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.oneIssueJSON(i), nil
}

func (q *call) listComments() (int, any, error) {
	i, err := q.readIssue()
	if err != nil {
		return 0, nil, err
	}
	since, err := q.moment("Issue", "since")
	if err != nil {
		return 0, nil, err
	}
	recent := slices.DeleteFunc(slices.Clone(i.comments), func(cm *comment) bool { return cm.updated.Before(since) })
	return http.StatusOK, mapAll(page(q, recent), q.s.commentJSON), nil
}

func (q *call) listRepoComments() (int, any, error) {
	r, err := q.allowed(reading("issues", "pull_requests"))
	if err != nil {
		return 0, nil, err
	}
	since, err := q.moment("Issue", "since")
	if err != nil {
		return 0, nil, err
	}
	var all []*comment
	for _, i := range r.issues {
		// A token for one kind does not show the comments of the other.
		if i.deleted || i.movedTo != nil || q.s.allow(q.who, r, reading(i.perms()...)) != nil {
			continue
		}
		for _, cm := range i.comments {
			if !cm.updated.Before(since) {
				all = append(all, cm)
			}
		}
	}
	sign := 1
	if q.query("direction") == "desc" && q.query("sort") != "" {
		sign = -1
	}
	slices.SortStableFunc(all, func(a, b *comment) int {
		if order := a.updated.Compare(b.updated); q.query("sort") == "updated" && order != 0 {
			return sign * order
		}
		return sign * int(a.id-b.id)
	})
	return http.StatusOK, mapAll(page(q, all), q.s.commentJSON), nil
}

// comment finds the comment that the path names, if the caller may read it.
func (q *call) comment(review bool) (*comment, error) {
	r, err := q.allowed(reading("issues", "pull_requests"))
	if err != nil {
		return nil, err
	}
	id, err := q.number("comment")
	if err != nil {
		return nil, err
	}
	cm := r.comment(id, review)
	if cm == nil {
		return nil, notFound()
	}
	return cm, q.s.allow(q.who, r, reading(cm.perms()...))
}

func (q *call) getComment() (int, any, error) {
	cm, err := q.comment(false)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.commentJSON(cm), nil
}

func (q *call) patchComment() (int, any, error) {
	cm, err := q.comment(false)
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	body := p.text("body")
	if p.err != nil {
		return 0, nil, p.err
	}
	if err := q.s.editComment(q.who, cm, orEmpty(body)); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.commentJSON(cm), nil
}

func (q *call) removeComment() (int, any, error) {
	cm, err := q.comment(false)
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.deleteComment(q.who, cm); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func (q *call) postComment() (int, any, error) {
	i, err := q.issue()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	body := p.text("body")
	if p.err != nil {
		return 0, nil, p.err
	}
	cm, err := q.s.addComment(q.who, i, orEmpty(body))
	if err != nil {
		return 0, nil, err
	}
	f := q.s.commentJSON(cm)
	q.header.Set("Location", f["url"].(string))
	return http.StatusCreated, f, nil
}

func (q *call) lockIssue() (int, any, error) {
	i, err := q.issue()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	reason := p.text("lock_reason")
	if p.err != nil {
		return 0, nil, p.err
	}
	if err := q.s.lock(q.who, i.repo, i, orEmpty(reason)); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func (q *call) unlockIssue() (int, any, error) {
	i, err := q.issue()
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.unlock(q.who, i.repo, i); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

// assignees reads who is to be assigned or not, for those who may.
func (q *call) assignees() (*issue, []string, error) {
	i, err := q.issueToTriage()
	if err != nil {
		return nil, nil, err
	}
	p := q.payload()
	names := p.names("assignees")
	switch {
	case p.err != nil:
		return nil, nil, p.err
	case names == nil:
		names = &[]string{}
	}
	return i, *names, nil
}

func (q *call) addAssignees() (int, any, error) {
	i, names, err := q.assignees()
	if err != nil {
		return 0, nil, err
	}
	for _, a := range i.repo.assignable(q.s, names) {
		q.s.assign(q.who, i, a)
	}
	return http.StatusCreated, q.s.oneIssueJSON(i), nil
}

func (q *call) removeAssignees() (int, any, error) {
	i, names, err := q.assignees()
	if err != nil {
		return 0, nil, err
	}
	for _, name := range names {
		if a, err := q.s.person(name); err == nil {
			q.s.unassign(q.who, i, a)
		}
	}
	return http.StatusOK, q.s.oneIssueJSON(i), nil
}

func (q *call) listTimeline() (int, any, error) {
	i, err := q.readIssue()
	if err != nil {
		return 0, nil, err
	}
	all := q.s.seenTimeline(q.who, i)
	return http.StatusOK, mapAll(page(q, all), func(h happening) fields { return q.s.happeningJSON(i, h) }), nil
}

// listEvents is the timeline without what is said.
func (q *call) listEvents() (int, any, error) {
	i, err := q.readIssue()
	if err != nil {
		return 0, nil, err
	}
	all := slices.DeleteFunc(slices.Clone(i.timeline), func(h happening) bool { return h.kind == "commented" || h.kind == "cross-referenced" })
	return http.StatusOK, mapAll(page(q, all), func(h happening) fields { return q.s.happeningJSON(i, h) }), nil
}
