package githubsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// GitHub's limits, in characters.
const (
	maxTitle = 256
	maxBody  = 65536
)

// issue is an issue or, with pull set, a pull request: GitHub gives both one
// sequence of numbers and one set of comments.
type issue struct {
	id        int64
	repo      *repo
	number    int
	title     string
	body      string
	author    *account
	via       *app
	pull      bool
	state     string // "open" or "closed"
	reason    string // why it has its state; empty for open from the start
	closedBy  *account
	closedAt  time.Time
	assignees []*account
	labels    []*label
	locked    bool
	lockWhy   string
	comments  []*comment
	reviews   []*comment // review comments, of pull requests only
	timeline  []happening
	deleted   bool
	converted bool   // into a discussion; it stays, and takes nothing more
	movedTo   *issue // where a transfer led
	// discussion has the number; then there is no issue, and never was one.
	discussion *discussion
	edits      []edit
	reactions  map[string]map[int64]bool
	whole      []*review // of pull requests only
	created    time.Time
	updated    time.Time
}

// comment is a comment on an issue or pull request, or a review comment.
type comment struct {
	id        int64
	issue     *issue
	body      string
	author    *account
	via       *app
	review    bool
	replyTo   int64
	edits     []edit
	reactions map[string]map[int64]bool
	minimized string // the reason, such as "off-topic"; empty while shown
	created   time.Time
	updated   time.Time
}

// happening is one entry of an issue's timeline; comments are entries too.
type happening struct {
	id      int64
	kind    string
	actor   *account
	via     *app
	at      time.Time
	label   string
	color   string
	from    string // of a rename
	to      string
	reason  string // of a lock or a close
	person  *account
	comment *comment
	source  *issue // of a cross-reference
}

// NewIssue is what somebody fills in.
type NewIssue struct {
	Title, Body string
	Labels      []string
	Assignees   []string
	// Template says that the issue was opened through an issue form or
	// template, whose labels apply whoever opens it.
	Template bool
}

// OpenIssue opens an issue as a person who may read the repository.
func (s *Sim) OpenIssue(login, full string, in NewIssue) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return 0, err
	}
	i, err := s.openIssue(c, r, in)
	if err != nil {
		return 0, err
	}
	return i.number, nil
}

// OpenPull opens a pull request; its branches are not simulated.
func (s *Sim) OpenPull(login, full, title, body string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return 0, err
	}
	if err := s.change(c, r, writing(levelRead, "pull_requests")); err != nil {
		return 0, err
	}
	if err := checkTexts("PullRequest", &title, &body); err != nil {
		return 0, err
	}
	i := s.addIssue(c, r, title, body)
	i.pull = true
	s.emitIssue("opened", c, i, nil)
	s.references(c, i, body)
	return i.number, nil
}

// EditIssueBody replaces the text of an issue.
func (s *Sim) EditIssueBody(login, full string, number int, body string) error {
	return s.editAs(login, full, number, issueEdit{body: &body})
}

// EditIssueTitle replaces the title of an issue.
func (s *Sim) EditIssueTitle(login, full string, number int, title string) error {
	return s.editAs(login, full, number, issueEdit{title: &title})
}

// CloseIssue closes an issue or pull request, as its author or with triage.
func (s *Sim) CloseIssue(login, full string, number int) error {
	return s.editAs(login, full, number, issueEdit{state: text("closed")})
}

// ReopenIssue opens it again.
func (s *Sim) ReopenIssue(login, full string, number int) error {
	return s.editAs(login, full, number, issueEdit{state: text("open")})
}

// LockIssue keeps everybody but collaborators from commenting.
func (s *Sim) LockIssue(login, full string, number int, reason string) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error { return s.lock(c, r, i, reason) })
}

// UnlockIssue lets everybody comment again.
func (s *Sim) UnlockIssue(login, full string, number int) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error { return s.unlock(c, r, i) })
}

// DeleteIssue removes an issue for good, which takes admin; its number answers
// 410 from then on.
func (s *Sim) DeleteIssue(login, full string, number int) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error {
		if err := s.change(c, r, writing(levelAdmin, "issues")); err != nil {
			return err
		}
		s.emitIssue("deleted", c, i, nil)
		i.deleted = true
		for _, cm := range slices.Concat(i.comments, i.reviews) {
			delete(s.comments, cm.nodeID())
		}
		return nil
	})
}

// ConvertIssue makes a discussion of an issue, with everything that was said in it.
// The issue stays readable, is closed and locked, and only its events tell why. It
// takes no comment from then on, also once it is unlocked
// (https://github.com/dessant/lock-threads/issues/24). Whether it can be edited or
// opened again is nowhere said, so here it cannot. What is in the discussion then is not
// simulated.
func (s *Sim) ConvertIssue(login, full string, number int) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error {
		if err := s.change(c, r, writing(levelTriage, "issues")); err != nil {
			return err
		}
		if i.pull || i.converted || !r.discussions {
			return invalid(FieldError{Resource: "Issue", Field: "category", Code: "invalid"})
		}
		s.record(c, i, happening{kind: "converted_to_discussion"})
		s.setState(c, i, "closed", "")
		i.converted, i.locked, i.updated = true, true, s.now()
		s.record(c, i, happening{kind: "locked"})
		s.emitIssue("locked", c, i, nil)
		return nil
	})
}

// convertedError is what GitHub answers whoever writes to an issue that became a
// discussion.
func convertedError() error {
	return refuse(http.StatusForbidden, "This issue was converted to a discussion.")
}

// TransferIssue moves an issue to another repository of the same owner and
// returns its number there; the old number redirects.
func (s *Sim) TransferIssue(login, full string, number int, to string) (int, error) {
	var moved int
	err := s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error {
		if err := s.change(c, r, writing(levelWrite, "issues")); err != nil {
			return err
		}
		target, err := s.lookup(c, to)
		if err != nil {
			return err
		}
		if err := s.change(c, target, writing(levelWrite, "issues")); err != nil {
			return err
		}
		switch {
		case i.pull || target == r:
			return invalid(FieldError{Resource: "Issue", Field: "repository", Code: "invalid"})
		case target.owner != r.owner || r.isPrivate() && !target.isPrivate():
			return refuse(http.StatusForbidden, "Issues cannot be transferred there.")
		}
		moved = s.transfer(c, i, target).number
		return nil
	})
	return moved, err
}

// ReviewComment comments on a pull request's changes; inReplyTo 0 begins a
// thread.
func (s *Sim) ReviewComment(login, full string, number int, body string, inReplyTo int64) (int64, error) {
	var id int64
	err := s.onIssue(login, full, number, func(c caller, _ *repo, i *issue) error {
		cm, err := s.addReview(c, i, body, inReplyTo)
		if err == nil {
			id = cm.id
		}
		return err
	})
	return id, err
}

// Comment writes a comment on an issue or pull request.
func (s *Sim) Comment(login, full string, number int, body string) (int64, error) {
	var id int64
	err := s.onIssue(login, full, number, func(c caller, _ *repo, i *issue) error {
		cm, err := s.addComment(c, i, body)
		if err == nil {
			id = cm.id
		}
		return err
	})
	return id, err
}

// EditComment replaces the text of a comment or review comment.
func (s *Sim) EditComment(login, full string, id int64, body string) error {
	return s.onComment(login, full, id, func(c caller, cm *comment) error { return s.editComment(c, cm, body) })
}

// DeleteComment removes a comment or review comment.
func (s *Sim) DeleteComment(login, full string, id int64) error {
	return s.onComment(login, full, id, s.deleteComment)
}

// MinimizeComment hides a comment behind a reason such as "OFF_TOPIC"; any
// reader can unfold it.
func (s *Sim) MinimizeComment(login, full string, id int64, classifier string) error {
	return s.onComment(login, full, id, func(c caller, cm *comment) error { return s.minimize(c, cm, classifier) })
}

// onIssue finds what a person may see and runs do under the lock.
func (s *Sim) onIssue(login, full string, number int, do func(caller, *repo, *issue) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	i, err := s.issueIn(r, number)
	if err != nil {
		return err
	}
	return do(c, r, i)
}

func (s *Sim) onComment(login, full string, id int64, do func(caller, *comment) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	for _, review := range []bool{false, true} {
		if cm := r.comment(id, review); cm != nil {
			return do(c, cm)
		}
	}
	return notFound()
}

func (s *Sim) editAs(login, full string, number int, e issueEdit) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error { return s.editIssue(c, r, i, e) })
}

// issueIn finds an issue or pull request of a repository that the caller may
// see already.
func (s *Sim) issueIn(r *repo, number int) (*issue, error) {
	if number < 1 || number > len(r.issues) {
		return nil, notFound()
	}
	i := r.issues[number-1]
	switch {
	case i.movedTo != nil:
		to := i.movedTo
		return nil, &APIError{Status: http.StatusMovedPermanently, Message: "Moved Permanently", location: s.issueURL(to)}
	case i.discussion != nil:
		return nil, notFound()
	case i.deleted:
		return nil, gone("This issue was deleted")
	case !i.pull && !r.issuesOn:
		return nil, issuesOff()
	}
	return i, nil
}

func issuesOff() error { return gone("Issues has been disabled in this repository.") }

func (r *repo) comment(id int64, review bool) *comment {
	for _, i := range r.issues {
		if i.deleted || i.movedTo != nil {
			continue
		}
		all := i.comments
		if review {
			all = i.reviews
		}
		for _, cm := range all {
			if cm.id == id {
				return cm
			}
		}
	}
	return nil
}

// perms is what an App needs to work on the issue: either permission for a
// pull request, which is an issue as well.
func (i *issue) perms() []string {
	if i.pull {
		return []string{"issues", "pull_requests"}
	}
	return []string{"issues"}
}

func (i *issue) triage() need { return writing(levelTriage, i.perms()...) }

func (s *Sim) openIssue(c caller, r *repo, in NewIssue) (*issue, error) {
	if err := s.change(c, r, writing(levelRead, "issues")); err != nil {
		return nil, err
	}
	if !r.issuesOn {
		return nil, issuesOff()
	}
	if err := checkTexts("Issue", &in.Title, &in.Body); err != nil {
		return nil, err
	}
	var labels []*label
	var err error
	switch {
	case in.Template:
		// A form's labels must exist, or they are left out.
		for _, name := range in.Labels {
			if l := r.label(name); l != nil {
				labels = append(labels, l)
			}
		}
	case c.inst != nil || r.role(c.user) >= levelWrite:
		labels, err = s.labelsNamed(c, r, in.Labels)
	case r.role(c.user) >= levelTriage:
		known := slices.DeleteFunc(slices.Clone(in.Labels), func(name string) bool { return r.label(name) == nil })
		labels, err = s.labelsNamed(c, r, known)
	}
	if err != nil {
		return nil, err
	}
	i := s.addIssue(c, r, in.Title, in.Body)
	if c.inst != nil || r.role(c.user) >= levelTriage {
		i.assignees = r.assignable(s, in.Assignees)
	}
	// The event "opened" carries the labels, and each of them has an event of
	// its own after it.
	i.labels = slices.Clone(labels)
	s.emitIssue("opened", c, i, nil)
	i.labels = nil
	s.attach(c, r, i, labels)
	for _, a := range i.assignees {
		s.assigned(c, i, a)
	}
	s.references(c, i, in.Body)
	return i, nil
}

func (s *Sim) addIssue(c caller, r *repo, title, body string) *issue {
	i := &issue{id: s.nextID(), repo: r, number: len(r.issues) + 1, title: title, body: body,
		author: c.user, via: c.via(), state: "open", created: s.now(), updated: s.now()}
	r.issues = append(r.issues, i)
	return i
}

// issueEdit is a PATCH: nil means untouched.
type issueEdit struct {
	title, body   *string
	state, reason *string
	labels        *[]string
	assignees     *[]string
}

func (s *Sim) editIssue(c caller, r *repo, i *issue, e issueEdit) error {
	if err := s.change(c, r, writing(levelRead, i.perms()...)); err != nil {
		return err
	}
	role := r.role(c.user)
	if c.inst != nil {
		role = levelWrite // what its permission has just been found to give
	}
	if i.converted {
		return convertedError()
	}
	author := c.user == i.author
	if !author && role < levelTriage || !author && role < levelWrite && (e.title != nil || e.body != nil) {
		return refuse(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	if err := checkTexts("Issue", e.title, e.body); err != nil {
		return err
	}
	if e.state != nil && *e.state != "open" && *e.state != "closed" {
		return invalid(FieldError{Resource: "Issue", Field: "state", Code: "invalid"})
	}
	if e.reason != nil && !slices.Contains([]string{"completed", "not_planned", "duplicate", "reopened"}, *e.reason) {
		return invalid(FieldError{Resource: "Issue", Field: "state_reason", Code: "invalid"})
	}
	if e.state != nil && *e.state == "open" && i.state == "closed" && role < levelTriage && i.closedBy != c.user {
		return refuse(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	if role < levelTriage {
		e.labels, e.assignees = nil, nil // dropped without a word, as on GitHub
	}
	if e.labels != nil {
		if err := s.setLabels(c, r, i, *e.labels); err != nil {
			return err
		}
	}
	s.editWords(c, i, e.title, e.body)
	if e.assignees != nil {
		s.setAssignees(c, i, r.assignable(s, *e.assignees))
	}
	if e.state != nil {
		s.setState(c, i, *e.state, orEmpty(e.reason))
	}
	i.updated = s.now()
	return nil
}

func (s *Sim) editWords(c caller, i *issue, title, body *string) {
	changes := fields{}
	if title != nil && *title != i.title {
		changes["title"] = fields{"from": i.title}
		s.record(c, i, happening{kind: "renamed", from: i.title, to: *title})
		i.title = *title
	}
	if body != nil && *body != i.body {
		changes["body"] = fields{"from": i.body}
		i.edits = s.edited(i.edits, c, i.author, i.created, i.body, *body)
		i.body = *body
		s.references(c, i, i.body)
	}
	if len(changes) > 0 {
		i.updated = s.now()
		s.emitIssue("edited", c, i, fields{"changes": changes})
	}
}

func (s *Sim) setState(c caller, i *issue, state, reason string) {
	if i.state == state {
		return
	}
	i.state, i.updated = state, s.now()
	if state == "closed" {
		if reason == "" {
			reason = "completed"
		}
		i.reason, i.closedBy, i.closedAt = reason, c.user, s.now()
		s.record(c, i, happening{kind: "closed", reason: reason})
		s.emitIssue("closed", c, i, nil)
		return
	}
	i.reason, i.closedBy, i.closedAt = "reopened", nil, time.Time{}
	s.record(c, i, happening{kind: "reopened"})
	s.emitIssue("reopened", c, i, nil)
}

// assignable keeps those who can be assigned: whoever has a role of their own.
// Others are left out without a word, as on GitHub.
func (r *repo) assignable(s *Sim, logins []string) []*account {
	var all []*account
	for _, login := range logins {
		if a, err := s.person(login); err == nil && r.granted(a) >= levelRead && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

func (s *Sim) setAssignees(c caller, i *issue, wanted []*account) {
	for _, a := range slices.Clone(i.assignees) {
		if !slices.Contains(wanted, a) {
			s.unassign(c, i, a)
		}
	}
	for _, a := range wanted {
		s.assign(c, i, a)
	}
}

func (s *Sim) assign(c caller, i *issue, a *account) {
	if !slices.Contains(i.assignees, a) {
		i.assignees = append(i.assignees, a)
		s.assigned(c, i, a)
	}
}

func (s *Sim) assigned(c caller, i *issue, a *account) {
	s.record(c, i, happening{kind: "assigned", person: a})
	s.emitIssue("assigned", c, i, fields{"assignee": s.userJSON(a)})
}

func (s *Sim) unassign(c caller, i *issue, a *account) {
	at := slices.Index(i.assignees, a)
	if at < 0 {
		return
	}
	i.assignees = slices.Delete(i.assignees, at, at+1)
	s.record(c, i, happening{kind: "unassigned", person: a})
	s.emitIssue("unassigned", c, i, fields{"assignee": s.userJSON(a)})
}

func (s *Sim) lock(c caller, r *repo, i *issue, reason string) error {
	if err := s.change(c, r, writing(levelWrite, i.perms()...)); err != nil {
		return err
	}
	if reason != "" && !slices.Contains([]string{"off-topic", "too heated", "resolved", "spam"}, reason) {
		return invalid(FieldError{Resource: "Issue", Field: "lock_reason", Code: "invalid"})
	}
	if i.locked {
		return nil
	}
	i.locked, i.lockWhy, i.updated = true, reason, s.now()
	s.record(c, i, happening{kind: "locked", reason: reason})
	s.emitIssue("locked", c, i, nil)
	return nil
}

func (s *Sim) unlock(c caller, r *repo, i *issue) error {
	if err := s.change(c, r, writing(levelWrite, i.perms()...)); err != nil {
		return err
	}
	if !i.locked {
		return nil
	}
	i.locked, i.lockWhy, i.updated = false, "", s.now()
	s.record(c, i, happening{kind: "unlocked"})
	s.emitIssue("unlocked", c, i, nil)
	return nil
}

func (s *Sim) transfer(c caller, i *issue, to *repo) *issue {
	n := s.addIssue(c, to, i.title, i.body)
	n.author, n.via, n.state, n.reason, n.created = i.author, i.via, i.state, i.reason, i.created
	n.closedBy, n.closedAt = i.closedBy, i.closedAt
	for _, l := range i.labels {
		if same := to.label(l.name); same != nil {
			n.labels = append(n.labels, same)
		}
	}
	n.comments, n.timeline = i.comments, i.timeline
	for _, cm := range n.comments {
		cm.issue = n
	}
	s.record(c, n, happening{kind: "transferred"})
	s.emitIssue("transferred", c, i, fields{"changes": fields{"new_issue": s.issueJSON(n), "new_repository": s.repoJSON(to)}})
	i.movedTo = n
	i.comments = nil
	s.emitIssue("opened", c, n, fields{"changes": fields{"old_issue": s.issueJSON(i), "old_repository": s.repoJSON(i.repo)}})
	return n
}

func (s *Sim) addComment(c caller, i *issue, body string) (*comment, error) {
	if err := s.mayComment(c, i, i.perms()); err != nil {
		return nil, err
	}
	if err := checkComment("IssueComment", body); err != nil {
		return nil, err
	}
	cm := &comment{id: s.nextID(), issue: i, body: body, author: c.user, via: c.via(), created: s.now(), updated: s.now()}
	i.comments = append(i.comments, cm)
	i.updated = cm.created
	s.comments[cm.nodeID()] = cm
	s.record(c, i, happening{kind: "commented", comment: cm})
	s.emitComment("created", c, cm, nil)
	s.references(c, i, body)
	return cm, nil
}

func (s *Sim) addReview(c caller, i *issue, body string, replyTo int64) (*comment, error) {
	if !i.pull {
		return nil, notFound()
	}
	if err := s.mayComment(c, i, []string{"pull_requests"}); err != nil {
		return nil, err
	}
	if err := checkComment("PullRequestReviewComment", body); err != nil {
		return nil, err
	}
	if replyTo != 0 {
		at := slices.IndexFunc(i.reviews, func(cm *comment) bool { return cm.id == replyTo })
		if at < 0 {
			return nil, notFound()
		}
		if i.reviews[at].replyTo != 0 {
			replyTo = i.reviews[at].replyTo // a reply to a reply joins the thread
		}
	}
	cm := &comment{id: s.nextID(), issue: i, body: body, author: c.user, via: c.via(), review: true, replyTo: replyTo, created: s.now(), updated: s.now()}
	i.reviews = append(i.reviews, cm)
	i.updated = cm.created
	s.comments[cm.nodeID()] = cm
	s.emitComment("created", c, cm, nil)
	return cm, nil
}

// mayComment lets every reader comment, and on a locked issue only people with a
// role of their own, and no App (https://github.com/Expensify/App/issues/14862).
func (s *Sim) mayComment(c caller, i *issue, perms []string) error {
	if err := s.change(c, i.repo, writing(levelRead, perms...)); err != nil {
		return err
	}
	if _, direct := i.repo.direct[accountID(c.user)]; i.locked && (c.inst != nil || i.converted || !direct && i.repo.role(c.user) < levelTriage) {
		return refuse(http.StatusForbidden, "Unable to create comment because issue is locked.")
	}
	if i.converted {
		return convertedError()
	}
	return nil
}

func (s *Sim) editComment(c caller, cm *comment, body string) error {
	if err := s.changeComment(c, cm); err != nil {
		return err
	}
	if err := checkComment("IssueComment", body); err != nil {
		return err
	}
	if body == cm.body {
		return nil
	}
	old := cm.body
	cm.edits = s.edited(cm.edits, c, cm.author, cm.created, old, body)
	cm.body, cm.updated = body, s.now()
	s.emitComment("edited", c, cm, fields{"changes": fields{"body": fields{"from": old}}})
	s.references(c, cm.issue, body)
	return nil
}

func (s *Sim) deleteComment(c caller, cm *comment) error {
	if err := s.changeComment(c, cm); err != nil {
		return err
	}
	i := cm.issue
	i.comments = slices.DeleteFunc(i.comments, func(o *comment) bool { return o == cm })
	i.reviews = slices.DeleteFunc(i.reviews, func(o *comment) bool { return o == cm })
	i.timeline = slices.DeleteFunc(i.timeline, func(h happening) bool { return h.comment == cm })
	delete(s.comments, cm.nodeID())
	i.updated = s.now()
	if !cm.review {
		s.record(c, i, happening{kind: "comment_deleted"})
	}
	s.emitComment("deleted", c, cm, nil)
	return nil
}

// changeComment lets authors change their own and people with write everybody's.
func (s *Sim) changeComment(c caller, cm *comment) error {
	role := levelWrite
	if c.user == cm.author {
		role = levelRead
	}
	return s.change(c, cm.issue.repo, writing(role, cm.perms()...))
}

func (cm *comment) perms() []string {
	if cm.review {
		return []string{"pull_requests"}
	}
	return cm.issue.perms()
}

var classifiers = []string{"SPAM", "ABUSE", "OFF_TOPIC", "OUTDATED", "DUPLICATE", "RESOLVED", "LOW_QUALITY"}

func (s *Sim) minimize(c caller, cm *comment, classifier string) error {
	if err := s.change(c, cm.issue.repo, writing(levelWrite, cm.perms()...)); err != nil {
		return err
	}
	if !slices.Contains(classifiers, classifier) {
		return invalid(FieldError{Resource: "Comment", Field: "classifier", Code: "invalid"})
	}
	cm.minimized = strings.ReplaceAll(strings.ToLower(classifier), "_", "-")
	return nil
}

// record puts an entry into the timeline.
func (s *Sim) record(c caller, i *issue, h happening) {
	h.id, h.actor, h.via, h.at = s.nextID(), c.user, c.via(), s.now()
	i.timeline = append(i.timeline, h)
	i.updated = h.at
}

// emitIssue sends the event under the name that the kind of issue has.
func (s *Sim) emitIssue(action string, by caller, i *issue, more fields) {
	if more == nil {
		more = fields{}
	}
	event := "issues"
	if i.pull {
		event = "pull_request"
		more["number"] = i.number
		more["pull_request"] = s.pullJSON(i)
	} else {
		more["issue"] = s.issueJSON(i)
	}
	s.emit(occurrence{event: event, action: action, repo: i.repo, by: by, fields: more})
}

func (s *Sim) emitComment(action string, by caller, cm *comment, more fields) {
	if more == nil {
		more = fields{}
	}
	if cm.review {
		more["comment"] = s.reviewJSON(cm)
		more["pull_request"] = s.pullJSON(cm.issue)
		s.emit(occurrence{event: "pull_request_review_comment", action: action, repo: cm.issue.repo, by: by, fields: more})
		return
	}
	more["comment"] = s.commentJSON(cm)
	more["issue"] = s.issueJSON(cm.issue)
	s.emit(occurrence{event: "issue_comment", action: action, repo: cm.issue.repo, by: by, fields: more})
}

func checkTexts(resource string, title, body *string) error {
	if title != nil {
		switch {
		case strings.TrimSpace(*title) == "":
			return missingField(resource, "title")
		case utf8.RuneCountInString(*title) > maxTitle:
			return tooLong(resource, "title", maxTitle)
		}
	}
	if body != nil && utf8.RuneCountInString(*body) > maxBody {
		return tooLong(resource, "body", maxBody)
	}
	return nil
}

func checkComment(resource, body string) error {
	switch {
	case strings.TrimSpace(body) == "":
		return invalid(FieldError{resource, "body", "unprocessable", "Body cannot be blank"})
	case utf8.RuneCountInString(body) > maxBody:
		return tooLong(resource, "body", maxBody)
	}
	return nil
}

func accountID(a *account) int64 {
	if a == nil {
		return 0
	}
	return a.id
}

func (cm *comment) nodeID() string {
	if cm.review {
		return nodeID("PRRC", cm.id)
	}
	return nodeID("IC", cm.id)
}
