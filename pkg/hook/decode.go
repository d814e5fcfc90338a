package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// ErrNotADelivery: the intake did not come through the webhook, or is of an
// event that is never kept, or lacks what every delivery of its event has.
// Asking again does not help.
var ErrNotADelivery = errors.New("not a delivery")

// Decoder turns what Take kept into events.
type Decoder struct{ ours ours }

// NewDecoder knows the Apps whose doings are our own.
func NewDecoder(apps []App) *Decoder { return &Decoder{ours: ourApps(apps)} }

// Decode reads a delivery as it was taken. Delivery is the keyed hash that the
// intake carries, never the GUID. A form is not a delivery.
func (d *Decoder) Decode(in coc.Intake) (coc.Event, error) {
	if in.Source != coc.SourceHook {
		return coc.Event{}, fmt.Errorf("decode intake %d: %w", in.ID, ErrNotADelivery)
	}
	var p payload
	// The decoder's own errors quote what they stumble over, so they stay here.
	if json.Unmarshal([]byte(in.Payload.Reveal()), &p) != nil {
		return coc.Event{}, fmt.Errorf("decode %s, intake %d: %w", known(in.Event), in.ID, ErrNotADelivery)
	}
	e := coc.Event{
		Action:   p.Action,
		App:      in.App,
		Install:  p.Installation.ID,
		Delivery: in.Delivery,
		Received: in.Received,
		Repo:     p.Repository.facts(),
		Actor:    p.Sender.login(),
		ActorBot: p.Sender.Type == "Bot" || p.Sender.login().IsBot(),
		Own:      d.ours.login(p.Sender.Login),
		Account:  string(p.Organization.login()),
	}
	if !p.fill(&e, in.Event, d.ours) {
		return coc.Event{}, fmt.Errorf("decode %s, intake %d: %w", known(in.Event), in.ID, ErrNotADelivery)
	}
	return e, nil
}

// payload is the fields we use, of all events at once: GitHub gives the same
// thing the same name everywhere.
//
// # Why not go-github's structs
//
// Version 62 drops what we need (the App a comment was made through, the new
// owner of a transferred repository, an organisation's old name) and would
// have to be read a second time beside them.
type payload struct {
	Action       string     `json:"action"`
	Repository   repository `json:"repository"`
	Organization user       `json:"organization"`
	Sender       user       `json:"sender"`
	Installation struct {
		ID      int64 `json:"id"`
		Account user  `json:"account"`
	} `json:"installation"`
	Account user `json:"account"` // of installation_target

	Issue       thread  `json:"issue"`
	PullRequest thread  `json:"pull_request"`
	Comment     comment `json:"comment"`
	Label       label   `json:"label"`

	Ref     string         `json:"ref"`
	Before  string         `json:"before"`
	After   string         `json:"after"`
	Forced  bool           `json:"forced"`
	Commits []pushedCommit `json:"commits"`

	Team       team `json:"team"`
	Member     user `json:"member"`
	Membership struct {
		User user `json:"user"`
	} `json:"membership"`

	Changes struct {
		Repository struct {
			Name from `json:"name"`
		} `json:"repository"`
		Owner struct {
			From struct {
				User         user `json:"user"`
				Organization user `json:"organization"`
			} `json:"from"`
		} `json:"owner"`
		Login         from `json:"login"`
		DefaultBranch from `json:"default_branch"`
		Body          from `json:"body"`
	} `json:"changes"`
}

type from struct {
	From string `json:"from"`
}

type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (u user) login() coc.Login { return coc.Login(u.Login) }

type app struct {
	ID int64 `json:"id"`
}

type label struct {
	Name string `json:"name"`
}

type team struct {
	Slug string `json:"slug"`
}

type repository struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	FullName      string `json:"full_name"`
	Owner         user   `json:"owner"`
	Private       *bool  `json:"private"`
	Visibility    string `json:"visibility"`
	Archived      bool   `json:"archived"`
	Disabled      bool   `json:"disabled"`
	Fork          bool   `json:"fork"`
	DefaultBranch string `json:"default_branch"`
}

// facts leaves the visibility unknown where only "private: true" is told,
// because an internal repository is told in the same way.
func (r repository) facts() coc.RepoFacts {
	owner := r.Owner.Login
	if owner == "" {
		owner, _, _ = strings.Cut(r.FullName, "/")
	}
	visibility := r.Visibility
	if visibility == "" && r.Private != nil && !*r.Private {
		visibility = "public"
	}
	return coc.RepoFacts{
		Repo:          coc.Repo{Owner: owner, Name: r.Name},
		ID:            r.ID,
		Visibility:    visibility,
		Archived:      r.Archived,
		Disabled:      r.Disabled,
		Fork:          r.Fork,
		DefaultBranch: r.DefaultBranch,
	}
}

// thread is an issue or a pull request.
type thread struct {
	Number                int              `json:"number"`
	NodeID                string           `json:"node_id"`
	HTMLURL               string           `json:"html_url"`
	Title                 string           `json:"title"`
	Body                  string           `json:"body"`
	User                  user             `json:"user"`
	CreatedAt             time.Time        `json:"created_at"`
	Labels                []label          `json:"labels"`
	Locked                bool             `json:"locked"`
	PullRequest           *json.RawMessage `json:"pull_request"` // of an issue that is one
	PerformedViaGitHubApp app              `json:"performed_via_github_app"`
}

type comment struct {
	ID                    int64     `json:"id"`
	NodeID                string    `json:"node_id"`
	HTMLURL               string    `json:"html_url"`
	Body                  string    `json:"body"`
	CreatedAt             time.Time `json:"created_at"`
	PerformedViaGitHubApp app       `json:"performed_via_github_app"`
}

// fill sets what the event's kind has, and reports whether nothing essential
// is missing.
func (p payload) fill(e *coc.Event, event string, ours ours) bool {
	placed := e.Repo.ID > 0 && !e.Repo.Repo.IsZero()
	switch event {
	case "issue_comment", "pull_request_review_comment":
		p.fillComment(e, event == "pull_request_review_comment", ours)
		return placed && e.Issue > 0 && e.Comment > 0
	case "issues":
		p.fillIssue(e, ours)
		return placed && e.Issue > 0 && e.Kind != ""
	case "label":
		e.Kind, e.Label = coc.EventLabels, p.Label.Name
		return placed
	case "push":
		push := pushed{commits: p.Commits, forced: p.Forced}
		e.Kind, e.Ref, e.Before, e.After = coc.EventPushed, p.Ref, p.Before, p.After
		if e.Truncated = push.truncated(); !e.Truncated {
			e.Paths = push.paths()
		}
		return placed && e.Ref != ""
	case "repository":
		e.Kind, e.Was = coc.EventRepo, p.was(e.Repo.Repo)
		e.Before = p.Changes.DefaultBranch.From
		return placed
	case "installation", "installation_repositories", "installation_target":
		e.Kind = coc.EventInstalled
		e.Account = p.Installation.Account.Login
		if event == "installation_target" {
			e.Account, e.Was.Owner = p.Account.Login, p.Changes.Login.From
		}
		return e.Account != ""
	case "member", "membership", "team", "organization":
		e.Kind = coc.EventRoster
		if p.Team.Slug != "" {
			e.Team = coc.Team{Org: e.Account, Slug: p.Team.Slug}
		}
		e.Member = p.Member.login()
		if e.Member == "" {
			e.Member = p.Membership.User.login()
		}
		e.Was.Owner = p.Changes.Login.From
		if e.Account == "" { // a collaborator of a person's repository
			e.Account = e.Repo.Repo.Owner
		}
		return e.Account != ""
	}
	return false
}

// fillComment: a review comment stands in a pull request, any other in what
// the delivery calls an issue, which may be a pull request too.
func (p payload) fillComment(e *coc.Event, review bool, ours ours) {
	on := p.Issue
	if review {
		on = p.PullRequest
	}
	fillThread(e, on)
	e.Kind = coc.EventComment
	e.Pull = review || on.PullRequest != nil
	e.Review = review
	e.Comment = p.Comment.ID
	e.CommentNode = p.Comment.NodeID
	e.CommentURL = p.Comment.HTMLURL
	e.CommentBody = coc.NewProse(p.Comment.Body)
	e.CommentAt = p.Comment.CreatedAt
	e.Own = e.Own || ours.via(p.Comment.PerformedViaGitHubApp.ID)
}

var issueKinds = map[string]coc.EventKind{
	"opened":      coc.EventOpened,
	"labeled":     coc.EventLabeled,
	"unlabeled":   coc.EventUnlabeled,
	"closed":      coc.EventClosed,
	"reopened":    coc.EventReopened,
	"deleted":     coc.EventDeleted,
	"edited":      coc.EventEdited,
	"transferred": coc.EventDeleted,
}

func (p payload) fillIssue(e *coc.Event, ours ours) {
	fillThread(e, p.Issue)
	e.Kind = issueKinds[p.Action]
	e.Pull = p.Issue.PullRequest != nil
	e.Label = p.Label.Name
	if e.Kind == coc.EventEdited {
		e.BodyBefore = coc.NewProse(p.Changes.Body.From)
	}
	if e.Kind == coc.EventOpened {
		e.Own = e.Own || ours.via(p.Issue.PerformedViaGitHubApp.ID)
	}
}

func fillThread(e *coc.Event, t thread) {
	e.Issue = t.Number
	e.IssueNode = t.NodeID
	e.IssueURL = t.HTMLURL
	e.IssueTitle = coc.NewProse(t.Title)
	e.IssueBody = coc.NewProse(t.Body)
	e.IssueAuthor = t.User.login()
	e.IssueAt = t.CreatedAt
	e.Locked = t.Locked
	for _, l := range t.Labels {
		e.Labels = append(e.Labels, l.Name)
	}
}

// was is the repository's name before a rename or a transfer.
func (p payload) was(now coc.Repo) coc.Repo {
	old := p.Changes.Owner.From
	switch {
	case p.Changes.Repository.Name.From != "":
		return coc.Repo{Owner: now.Owner, Name: p.Changes.Repository.Name.From}
	case old.Organization.Login != "":
		return coc.Repo{Owner: old.Organization.Login, Name: now.Name}
	case old.User.Login != "":
		return coc.Repo{Owner: old.User.Login, Name: now.Name}
	}
	return coc.Repo{}
}
