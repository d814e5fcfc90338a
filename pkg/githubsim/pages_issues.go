package githubsim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// conductLabel is the label of the one issue form that the pages offer. A form
// applies its labels whoever opens the issue, if the repository has them.
const conductLabel = "code-of-conduct"

type issuesView struct {
	Repo         RepoView
	Pulls        bool
	Closed       bool
	OpenCount    int
	ClosedCount  int
	Rows         []IssueView
	List         string // address without the query
	CanOpenIssue bool
}

type newIssueView struct {
	Repo       RepoView
	HasConduct bool // the form can be chosen
	Conduct    bool // and was
}

type issuePageView struct {
	IssueView
	SignedIn    bool
	StateText   string
	Entries     []timelineEntry
	OtherLabels []string // that could be added
	Action      string   // prefix of the addresses of the forms
	issueExtras
}

// issueExtras is what the pages show beyond the API.
type issueExtras struct {
	CommentRefusal string   // why the viewer cannot comment
	Readers        []string // people who can read, of a repository that is not public
	membership     string   // the author's
	movedTo        string   // page of the issue that this one was transferred to
}

// timelineEntry is a comment, or an event if Comment is nil.
type timelineEntry struct {
	ID      string
	Comment *CommentView
	Review  bool

	Kind           string
	Actor          string
	At             time.Time
	Added, Removed []LabelView
	Text           string
	Link, LinkText string
}

func (p *pages) issues(pulls bool) func(*http.Request) (webPage, error) {
	return func(r *http.Request) (webPage, error) {
		repo, err := p.repo(r)
		if err != nil {
			return webPage{}, err
		}
		all, err := p.sim.ViewIssues(p.viewer(r), repo.FullName, "all", pulls)
		if err != nil {
			return webPage{}, err
		}
		view := issuesView{Repo: repo, Pulls: pulls, Closed: r.URL.Query().Get("state") == "closed",
			List:         address(repo.Owner, repo.Name, "issues"),
			CanOpenIssue: !pulls && p.sim.mayOpenIssue(p.viewer(r), repo.FullName) == nil}
		title := "Issues"
		if pulls {
			title = "Pull requests"
			view.List = address(repo.Owner, repo.Name, "pulls")
		}
		for _, i := range all {
			closed := i.State == "closed"
			if closed {
				view.ClosedCount++
			} else {
				view.OpenCount++
			}
			if closed == view.Closed {
				view.Rows = append(view.Rows, i)
			}
		}
		return webPage{template: "issues.html", title: title + " · " + repo.FullName, view: view}, nil
	}
}

func (p *pages) newIssue(r *http.Request) (webPage, error) {
	repo, err := p.repo(r)
	if err != nil {
		return webPage{}, err
	}
	labels, err := p.sim.ViewLabels(p.viewer(r), repo.FullName)
	if err != nil {
		return webPage{}, err
	}
	view := newIssueView{Repo: repo}
	for _, l := range labels {
		view.HasConduct = view.HasConduct || strings.EqualFold(l.Name, conductLabel)
	}
	view.Conduct = view.HasConduct && r.URL.Query().Get("template") == conductLabel
	return webPage{template: "new_issue.html", title: "New issue", view: view}, p.sim.mayOpenIssue(p.viewer(r), repo.FullName)
}

// mayOpenIssue returns what OpenIssue would refuse with.
func (s *Sim) mayOpenIssue(login, full string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return err
	}
	if err := s.change(c, r, writing(levelRead, "issues")); err != nil {
		return err
	}
	if !r.issuesOn {
		return issuesOff()
	}
	return nil
}

func (p *pages) createIssue(login string, r *http.Request) (string, error) {
	in := NewIssue{Title: r.PostFormValue("title"), Body: r.PostFormValue("body")}
	if r.PostFormValue("template") == conductLabel {
		in.Template, in.Labels = true, []string{conductLabel}
	}
	n, err := p.sim.OpenIssue(login, fullName(r), in)
	return address(r.PathValue("owner"), r.PathValue("repo"), "issues", strconv.Itoa(n)), err
}

func (p *pages) comment(login string, r *http.Request) (string, error) {
	id, err := p.sim.Comment(login, fullName(r), number(r), r.PostFormValue("body"))
	return fmt.Sprintf("%s#issuecomment-%d", issuePage(r), id), err
}

// setState closes or reopens; with words in the box it comments first, as
// GitHub's button "Close with comment" does.
func (p *pages) setState(login string, r *http.Request) (string, error) {
	if body := r.PostFormValue("body"); strings.TrimSpace(body) != "" {
		if _, err := p.sim.Comment(login, fullName(r), number(r), body); err != nil {
			return "", err
		}
	}
	change := p.sim.ReopenIssue
	if r.PostFormValue("state") == "closed" {
		change = p.sim.CloseIssue
	}
	return issuePage(r), change(login, fullName(r), number(r))
}

func (p *pages) addLabel(login string, r *http.Request) (string, error) {
	return issuePage(r), p.sim.Label(login, fullName(r), number(r), r.PostFormValue("label"))
}

func (p *pages) removeLabel(login string, r *http.Request) (string, error) {
	return issuePage(r), p.sim.Unlabel(login, fullName(r), number(r), r.PostFormValue("label"))
}

// issuePage is good for pull requests as well: their page takes over.
func issuePage(r *http.Request) string {
	return address(r.PathValue("owner"), r.PathValue("repo"), "issues", r.PathValue("number"))
}

// Address is the page of an issue or pull request.
func (v IssueView) Address() string {
	kind := "issues"
	if v.Pull {
		kind = "pull"
	}
	return address(v.Repo.Owner, v.Repo.Name, kind, strconv.Itoa(v.Number))
}

func (p *pages) issue(pull bool) func(*http.Request) (webPage, error) {
	return func(r *http.Request) (webPage, error) {
		login := p.viewer(r)
		extras, err := p.sim.issueExtras(login, fullName(r), number(r))
		if err != nil {
			return webPage{}, err
		}
		if extras.movedTo != "" {
			return webPage{to: extras.movedTo}, nil
		}
		i, err := p.sim.ViewIssue(login, fullName(r), number(r))
		if err != nil {
			return webPage{}, err
		}
		if i.Pull != pull {
			return webPage{to: i.Address()}, nil
		}
		view := issuePageView{IssueView: i, SignedIn: login != "", StateText: stateText(i), Entries: conversation(i, extras.membership),
			Action: address(i.Repo.Owner, i.Repo.Name, "issues", strconv.Itoa(i.Number)), issueExtras: extras}
		if i.CanTriage {
			if view.OtherLabels, err = p.otherLabels(login, i); err != nil {
				return webPage{}, err
			}
		}
		return webPage{template: "issue.html", title: fmt.Sprintf("%s · #%d", i.Title, i.Number), view: view}, nil
	}
}

// issueExtras reads what the views of the API have no place for.
func (s *Sim) issueExtras(login, full string, n int) (issueExtras, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return issueExtras{}, err
	}
	if n >= 1 && n <= len(r.issues) && r.issues[n-1].movedTo != nil {
		to := r.issues[n-1].movedTo
		if !s.sees(c, to.repo) {
			return issueExtras{}, notFound() // where it went is none of their business
		}
		return issueExtras{movedTo: strings.TrimPrefix(s.htmlURL(to), s.url)}, nil
	}
	i, err := s.issueIn(r, n)
	if err != nil {
		return issueExtras{}, err
	}
	extras := issueExtras{membership: r.association(i.author)}
	if r.isPrivate() {
		for _, a := range r.readers() {
			extras.Readers = append(extras.Readers, a.login)
		}
	}
	if refused, ok := s.mayComment(c, i, i.perms()).(*APIError); ok {
		extras.CommentRefusal = refused.Message
	}
	return extras, nil
}

func (p *pages) otherLabels(login string, i IssueView) ([]string, error) {
	labels, err := p.sim.ViewLabels(login, i.Repo.FullName)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, l := range i.Labels {
		has[l.Name] = true
	}
	var others []string
	for _, l := range labels {
		if !has[l.Name] {
			others = append(others, l.Name)
		}
	}
	return others, nil
}

// stateText takes the reason from the last time that the issue was closed.
func stateText(i IssueView) string {
	if i.State == "open" {
		return "Open"
	}
	text := "Closed"
	for _, h := range i.Timeline {
		if h.Kind == "closed" {
			text = "Closed" + asReason(h.Reason)
		}
	}
	return text
}

func asReason(reason string) string {
	if reason == "" || reason == "completed" {
		return ""
	}
	return " as " + strings.ReplaceAll(reason, "_", " ")
}

// conversation is the opening text, then comments and events in their order,
// then the review comments.
func conversation(i IssueView, membership string) []timelineEntry {
	all := []timelineEntry{{ID: "top", Comment: &CommentView{Author: i.Author, Body: i.Body, Created: i.Created, Membership: membership}}}
	for _, h := range i.Timeline {
		if h.Kind == "mentioned" {
			continue // GitHub tells it to the API only
		}
		next := entryOf(h)
		if last := &all[len(all)-1]; last.joins(next) {
			last.Added = append(last.Added, next.Added...)
			last.Removed = append(last.Removed, next.Removed...)
			continue
		}
		all = append(all, next)
	}
	for _, c := range i.Reviews {
		all = append(all, timelineEntry{ID: fmt.Sprintf("discussion_r%d", c.ID), Comment: &c, Review: true})
	}
	return all
}

const labelsMoved = "labels"

// joins puts the labels that somebody moved within a minute into one line.
func (e timelineEntry) joins(next timelineEntry) bool {
	return e.Kind == labelsMoved && next.Kind == labelsMoved && e.Actor == next.Actor && next.At.Sub(e.At) < time.Minute
}

func entryOf(h TimelineView) timelineEntry {
	if h.Comment != nil {
		return timelineEntry{ID: fmt.Sprintf("issuecomment-%d", h.Comment.ID), Comment: h.Comment}
	}
	e := timelineEntry{Kind: h.Kind, Actor: h.Actor, At: h.At}
	switch h.Kind {
	case "labeled":
		e.Kind, e.Added = labelsMoved, []LabelView{h.Label}
	case "unlabeled":
		e.Kind, e.Removed = labelsMoved, []LabelView{h.Label}
	case "closed":
		e.Text = "closed this" + asReason(h.Reason)
	case "reopened":
		e.Text = "reopened this"
	case "renamed":
		e.Text = fmt.Sprintf("changed the title from “%s” to “%s”", h.From, h.To)
	case "locked":
		e.Text = "locked the conversation" + asReason(h.Reason) + " and limited it to collaborators"
	case "unlocked":
		e.Text = "unlocked the conversation"
	case "assigned":
		e.Text = "assigned " + h.Person
	case "unassigned":
		e.Text = "removed the assignment of " + h.Person
	case "comment_deleted":
		e.Text = "deleted a comment"
	case "transferred":
		e.Text = "transferred this issue from another repository"
	case "cross-referenced":
		e.Text, e.Link, e.LinkText = "mentioned this in", h.SourceURL, h.Source
	default:
		e.Text = strings.ReplaceAll(h.Kind, "_", " ")
	}
	return e
}
