package githubsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a person sees, as values: for the pages, and for tests that ask what
// somebody can read. An empty login is the public.

// RepoView is a repository as one viewer sees it.
type RepoView struct {
	FullName      string
	Owner, Name   string
	Description   string
	Visibility    string
	DefaultBranch string
	Archived      bool
	HasIssues     bool
	Role          string // the viewer's: none, read, triage, write, maintain or admin
	OpenIssues    int
	OpenPulls     int
}

// FileView is an entry of a directory.
type FileView struct {
	Name, Path string
	Kind       string // "file", "dir" or "symlink"
	Size       int
}

// LabelView is a label with its colour, six hexadecimal digits.
type LabelView struct{ Name, Color, Description string }

// IssueView is an issue or pull request with everything below it.
type IssueView struct {
	Repo       RepoView
	Number     int
	Pull       bool
	Title      string
	Body       string
	Author     string
	State      string // open or closed
	Locked     bool
	LockReason string
	Labels     []LabelView
	Assignees  []string
	Created    time.Time
	Updated    time.Time
	Comments   int
	Timeline   []TimelineView // nil in lists
	Reviews    []CommentView  // nil in lists
	CanTriage  bool           // the viewer may set labels and close
	CanWrite   bool           // the viewer may edit, lock and hide
	CanClose   bool
	CanComment bool
}

// TimelineView is one thing that happened, or one comment.
type TimelineView struct {
	Kind    string // as in the API: labeled, closed, commented, …
	Actor   string
	At      time.Time
	Label   LabelView    // of labeled and unlabeled
	From    string       // of renamed
	To      string       // of renamed
	Reason  string       // of locked and closed
	Person  string       // of assigned, unassigned and mentioned
	Comment *CommentView // of commented
	Source  string       // of cross-referenced: owner/name#number
	// SourceURL is the path of the page of Source.
	SourceURL string
}

// CommentView is a comment or review comment.
type CommentView struct {
	ID         int64
	Author     string
	Body       string
	Created    time.Time
	Edited     bool
	Minimized  string // the reason; empty while shown
	ReplyTo    int64
	CanEdit    bool
	OfAnApp    bool
	Membership string // author association
}

// VisibleRepos lists what a person can read, in the order in which it was
// added.
func (s *Sim) VisibleRepos(login string) []RepoView {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.viewer(login)
	if err != nil {
		return nil
	}
	var all []RepoView
	for _, r := range s.sortedRepos() {
		if s.sees(c, r) {
			all = append(all, s.repoView(c, r))
		}
	}
	return all
}

// ViewRepo shows a repository, or is 404. A former name shows the repository
// too: compare FullName.
func (s *Sim) ViewRepo(login, full string) (RepoView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return RepoView{}, err
	}
	return s.repoView(c, r), nil
}

// ViewLabels lists the labels of a repository.
func (s *Sim) ViewLabels(login, full string) ([]LabelView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r, err := s.view(login, full)
	if err != nil {
		return nil, err
	}
	return labelViews(r.labels), nil
}

// ViewDir lists a directory of the default branch, "" being the root. An empty
// repository has an empty root.
func (s *Sim) ViewDir(login, full, dir string) ([]FileView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r, err := s.view(login, full)
	if err != nil {
		return nil, err
	}
	head := r.head(r.defaultBranch)
	if head == nil && dir == "" {
		return nil, nil
	}
	if head == nil {
		return nil, notFound()
	}
	entries := head.list(strings.Trim(dir, "/"))
	if entries == nil && dir != "" {
		return nil, notFound()
	}
	var all []FileView
	for _, e := range entries {
		all = append(all, FileView{Name: e.name, Path: e.path, Kind: e.kind, Size: e.size})
	}
	return all, nil
}

// ViewFile returns a file of the default branch; of a symbolic link, its
// target's path.
func (s *Sim) ViewFile(login, full, file string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r, err := s.view(login, full)
	if err != nil {
		return "", err
	}
	b, err := r.fileAt(r.head(r.defaultBranch), file)
	return b.content, err
}

// ViewIssues lists issues or pull requests, newest first; state is "open",
// "closed" or "all".
func (s *Sim) ViewIssues(login, full, state string, pulls bool) ([]IssueView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return nil, err
	}
	if !pulls && !r.issuesOn {
		return nil, issuesOff()
	}
	var all []IssueView
	for _, i := range slices.Backward(r.issues) {
		if !i.deleted && i.movedTo == nil && i.pull == pulls && (state == "all" || i.state == state) {
			all = append(all, s.issueView(c, i))
		}
	}
	return all, nil
}

// ViewIssue shows one issue or pull request with its timeline.
func (s *Sim) ViewIssue(login, full string, number int) (IssueView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return IssueView{}, err
	}
	i, err := s.issueIn(r, number)
	if err != nil {
		return IssueView{}, err
	}
	v := s.issueView(c, i)
	for _, h := range s.seenTimeline(c, i) {
		v.Timeline = append(v.Timeline, s.timelineView(c, h))
	}
	for _, cm := range i.reviews {
		v.Reviews = append(v.Reviews, s.commentView(c, cm))
	}
	return v, nil
}

func (s *Sim) viewer(login string) (caller, error) {
	if login == "" {
		return caller{}, nil
	}
	a, err := s.person(login)
	return caller{user: a}, err
}

func (s *Sim) view(login, full string) (caller, *repo, error) {
	c, err := s.viewer(login)
	if err != nil {
		return caller{}, nil, err
	}
	key := strings.ToLower(full)
	r := s.names[key]
	if r == nil {
		r = s.oldNames[key]
	}
	if r == nil || !s.sees(c, r) {
		return caller{}, nil, notFound()
	}
	return c, r, nil
}

func (s *Sim) repoView(c caller, r *repo) RepoView {
	v := RepoView{FullName: r.fullName(), Owner: r.owner.login, Name: r.name, Description: r.description,
		Visibility: r.visibility, DefaultBranch: r.defaultBranch, Archived: r.archived, HasIssues: r.issuesOn,
		Role: r.role(c.user).String()}
	for _, i := range r.issues {
		switch {
		case i.state != "open" || i.deleted || i.movedTo != nil:
		case i.pull:
			v.OpenPulls++
		default:
			v.OpenIssues++
		}
	}
	return v
}

func labelViews(labels []*label) []LabelView {
	all := make([]LabelView, len(labels))
	for n, l := range labels {
		all[n] = LabelView{Name: l.name, Color: l.color, Description: orEmpty(l.description)}
	}
	return all
}

func (s *Sim) issueView(c caller, i *issue) IssueView {
	role := i.repo.role(c.user)
	writable := !i.repo.archived && !i.repo.disabled && c.user != nil
	v := IssueView{Repo: s.repoView(c, i.repo), Number: i.number, Pull: i.pull, Title: i.title, Body: i.body, Author: i.author.login,
		State: i.state, Locked: i.locked, LockReason: i.lockWhy, Labels: labelViews(i.labels),
		Created: i.created, Updated: i.updated, Comments: len(i.comments),
		CanTriage: writable && role >= levelTriage, CanWrite: writable && role >= levelWrite}
	mayReopen := i.state == "open" || i.closedBy == c.user
	v.CanClose = v.CanTriage || writable && c.user == i.author && mayReopen
	v.CanComment = c.user != nil && s.mayComment(c, i, i.perms()) == nil
	for _, a := range i.assignees {
		v.Assignees = append(v.Assignees, a.login)
	}
	return v
}

func (s *Sim) timelineView(c caller, h happening) TimelineView {
	v := TimelineView{Kind: h.kind, Actor: h.actor.login, At: h.at, From: h.from, To: h.to, Reason: h.reason,
		Label: LabelView{Name: h.label, Color: h.color}}
	if h.person != nil {
		v.Person = h.person.login
	}
	if h.comment != nil {
		cv := s.commentView(c, h.comment)
		v.Comment = &cv
	}
	if h.source != nil {
		v.Source = fmt.Sprintf("%s#%d", h.source.repo.fullName(), h.source.number)
		v.SourceURL = strings.TrimPrefix(s.htmlURL(h.source), s.url)
	}
	return v
}

func (s *Sim) commentView(c caller, cm *comment) CommentView {
	return CommentView{ID: cm.id, Author: cm.author.login, Body: cm.body, Created: cm.created, Edited: cm.updated.After(cm.created),
		Minimized: cm.minimized, ReplyTo: cm.replyTo, OfAnApp: cm.via != nil, Membership: cm.issue.repo.association(cm.author),
		CanEdit: c.user != nil && s.changeComment(c, cm) == nil}
}
