package githubsim

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Repo describes a repository to be added.
type Repo struct {
	// Visibility is "public", "private" or "internal"; empty means private.
	Visibility         string
	Description        string
	Archived, Disabled bool
	Fork               bool
	ForkOf             string // full name of the parent; implies Fork
	DefaultBranch      string // empty means "main"
	NoIssues           bool   // issues are switched off
	// Collaborators are people with their permission: read (pull), triage,
	// write (push), maintain or admin. They have accepted.
	Collaborators map[string]string
	// Teams are slugs of the owning organisation with their permission.
	Teams map[string]string
}

type repo struct {
	id          int64
	owner       *account
	name        string
	description string
	visibility  string
	archived    bool
	disabled    bool
	fork        bool
	parent      *repo
	issuesOn    bool
	settings

	defaultBranch string
	branches      map[string]string // name to commit
	commits       map[string]*commit
	activities    []activity // oldest first

	direct        map[int64]level
	collaborators map[int64]*account // the same people
	teams         map[*team]level
	invitations   []*invitation

	labels    []*label
	issues    []*issue // index is number-1; deleted ones stay
	onCommits []*commitComment

	created, updated, pushed time.Time
}

// invitation waits for somebody outside the organisation to accept.
type invitation struct {
	id      int64
	invitee *account
	inviter *account
	role    level
	created time.Time
}

func (r *repo) fullName() string { return r.owner.login + "/" + r.name }

func (r *repo) isPrivate() bool { return r.visibility != "public" }

var repoNamePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// AddRepo adds a repository, empty but for the labels that GitHub gives every
// new one.
func (s *Sim) AddRepo(full string, in Repo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ownerName, name, ok := strings.Cut(full, "/")
	owner := s.accounts[strings.ToLower(ownerName)]
	if !ok || owner == nil {
		return fmt.Errorf("githubsim: repository %q: no such owner", full)
	}
	r, err := s.addRepo(owner, name, in.Visibility)
	if err != nil {
		return fmt.Errorf("githubsim: repository %q: %w", full, err)
	}
	// From here on a mistake leaves the repository behind; callers stop there.
	r.description, r.archived, r.disabled, r.issuesOn = in.Description, in.Archived, in.Disabled, !in.NoIssues
	r.fork = in.Fork || in.ForkOf != ""
	if in.ForkOf != "" {
		if r.parent = s.names[strings.ToLower(in.ForkOf)]; r.parent == nil {
			return fmt.Errorf("githubsim: repository %q: no parent %q", full, in.ForkOf)
		}
	}
	if in.DefaultBranch != "" {
		r.defaultBranch = in.DefaultBranch
	}
	for login, permission := range in.Collaborators {
		a, err := s.person(login)
		if err != nil {
			return fmt.Errorf("githubsim: repository %q: %w", full, err)
		}
		l, err := parseLevel(permission)
		if err != nil || l == levelNone {
			return fmt.Errorf("githubsim: repository %q: collaborator %s: %q is not a permission", full, login, permission)
		}
		r.admit(a, l)
	}
	for slug, permission := range in.Teams {
		if err := r.grantTeam(slug, permission); err != nil {
			return err
		}
	}
	s.emit(occurrence{event: "repository", action: "created", repo: r, by: s.ownerOf(owner)})
	return nil
}

// SetVisibility makes a repository public, private or internal.
func (s *Sim) SetVisibility(full, visibility string) error {
	return s.asOwner(full, func(by caller, r *repo) error { return s.setVisibility(by, r, visibility) })
}

// Archive makes a repository read-only.
func (s *Sim) Archive(full string) error {
	return s.asOwner(full, func(by caller, r *repo) error { s.setArchived(by, r, true); return nil })
}

// Unarchive makes it writable again.
func (s *Sim) Unarchive(full string) error {
	return s.asOwner(full, func(by caller, r *repo) error { s.setArchived(by, r, false); return nil })
}

// SetIssues switches the issues of a repository on or off.
func (s *Sim) SetIssues(full string, on bool) error {
	return s.asOwner(full, func(_ caller, r *repo) error { r.issuesOn = on; return nil })
}

// Rename gives a repository another name; the old one redirects.
func (s *Sim) Rename(full, newName string) error {
	return s.asOwner(full, func(by caller, r *repo) error { return s.rename(by, r, newName) })
}

// TransferRepo gives a repository to another owner; the old name redirects,
// and installations that selected it lose it.
func (s *Sim) TransferRepo(full, newOwner string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		to := s.accounts[strings.ToLower(newOwner)]
		if to == nil || to.kind == kindBot {
			return fmt.Errorf("githubsim: no owner %q", newOwner)
		}
		if s.names[strings.ToLower(to.login+"/"+r.name)] != nil {
			return fmt.Errorf("githubsim: %s has a repository %s already", newOwner, r.name)
		}
		from := r.owner
		for _, i := range s.sortedInstalls() {
			if i.covers(r) {
				i.drop(r)
				s.emit(occurrence{event: "installation_repositories", action: "removed", only: i, by: by,
					fields: s.repositoriesChanged(i, nil, []*repo{r})})
			}
		}
		s.move(r, to, r.name)
		r.teams = map[*team]level{}
		kind := "user"
		if from.kind == kindOrg {
			kind = "organization"
		}
		s.emit(occurrence{event: "repository", action: "transferred", repo: r, by: by,
			fields: fields{"changes": fields{"owner": fields{"from": fields{kind: s.ownerJSON(from)}}}}})
		return nil
	})
}

// SetDefaultBranch creates the branch where it does not exist, at the same
// commit, and makes it the default.
func (s *Sim) SetDefaultBranch(full, branch string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		old := r.defaultBranch
		if r.branches[branch] == "" && r.branches[old] != "" {
			r.branches[branch] = r.branches[old]
			s.moved(by, r, branch, zeroSHA, r.branches[branch])
		}
		r.defaultBranch = branch
		s.emit(occurrence{event: "repository", action: "edited", repo: r, by: by,
			fields: fields{"changes": fields{"default_branch": fields{"from": old}}}})
		return nil
	})
}

// DeleteRepo removes a repository with everything in it.
func (s *Sim) DeleteRepo(full string) error {
	return s.asOwner(full, func(by caller, r *repo) error { s.deleteRepo(by, r); return nil })
}

// AddCollaborator gives a person a role, as accepted at once.
func (s *Sim) AddCollaborator(full, login, permission string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		a, err := s.person(login)
		if err != nil {
			return err
		}
		l, err := parseLevel(permission)
		if err != nil || l == levelNone {
			return fmt.Errorf("githubsim: %q is not a permission", permission)
		}
		r.admit(a, l)
		s.emitMember("added", by, r, a)
		return nil
	})
}

// RemoveCollaborator takes a direct role away; others stay.
func (s *Sim) RemoveCollaborator(full, login string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		a, err := s.person(login)
		if err != nil {
			return err
		}
		s.dismiss(by, r, a)
		return nil
	})
}

// Invite asks a person whether they want a role. Until they accept they have
// none.
func (s *Sim) Invite(full, login, permission string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		a, err := s.person(login)
		if err != nil {
			return err
		}
		l, err := parseLevel(permission)
		if err != nil || l == levelNone {
			return fmt.Errorf("githubsim: %q is not a permission", permission)
		}
		s.ask(by, r, a, l)
		return nil
	})
}

// AcceptInvitation turns a pending invitation into a role.
func (s *Sim) AcceptInvitation(login, full string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		a, err := s.person(login)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(r.invitations, func(i *invitation) bool { return i.invitee == a })
		if i < 0 {
			return fmt.Errorf("githubsim: %s has no invitation to %s", login, full)
		}
		r.admit(a, r.invitations[i].role)
		s.emitMember("added", by, r, a)
		return nil
	})
}

// GrantTeam gives a team of the owning organisation a role on a repository;
// "none" takes it away.
func (s *Sim) GrantTeam(full, slug, permission string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		before := maps.Clone(r.teams)
		if err := r.grantTeam(slug, permission); err != nil {
			return err
		}
		t := r.owner.org.teams[strings.ToLower(slug)]
		_, had := before[t]
		action := "added_to_repository"
		switch _, has := r.teams[t]; {
		case had == has: // GitHub calls another role an edit, with fields that nobody reads
			return nil
		case had:
			action = "removed_from_repository"
		}
		s.emit(occurrence{event: "team", action: action, repo: r, by: by, fields: fields{"team": s.teamJSON(t)}})
		return nil
	})
}

// asOwner runs what the seeding does to a repository, in its owner's name.
func (s *Sim) asOwner(full string, do func(by caller, r *repo) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.names[strings.ToLower(full)]
	if r == nil {
		return fmt.Errorf("githubsim: no repository %q", full)
	}
	return do(s.ownerOf(r.owner), r)
}

// lookup finds a repository that the caller may see. A former name is answered
// like GitHub: 301 to the repository's ID, but only for those who may see it.
func (s *Sim) lookup(c caller, full string) (*repo, error) {
	key := strings.ToLower(full)
	if r := s.names[key]; r != nil && s.sees(c, r) {
		return r, nil
	}
	if r := s.oldNames[key]; r != nil && s.names[key] == nil && s.sees(c, r) {
		return nil, &APIError{Status: http.StatusMovedPermanently, Message: "Moved Permanently",
			location: fmt.Sprintf("%s/repositories/%d", s.api(), r.id)}
	}
	return nil, notFound()
}

// as is the start of every acting method: a person and a repository they see.
// Redirects are followed, as a browser would.
func (s *Sim) as(login, full string) (caller, *repo, error) {
	a, err := s.person(login)
	if err != nil {
		return caller{}, nil, err
	}
	c := caller{user: a}
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

func (s *Sim) addRepo(owner *account, name, visibility string) (*repo, error) {
	if !repoNamePattern.MatchString(name) || name == "." || name == ".." {
		return nil, invalid(FieldError{Resource: "Repository", Field: "name", Code: "invalid"})
	}
	if visibility == "" {
		visibility = "private"
	}
	if err := checkVisibility(owner, visibility); err != nil {
		return nil, err
	}
	key := strings.ToLower(owner.login + "/" + name)
	if s.names[key] != nil {
		return nil, invalid(FieldError{"Repository", "name", "custom", "name already exists on this account"})
	}
	r := &repo{
		id: s.nextID(), owner: owner, name: name, visibility: visibility, issuesOn: true, settings: newSettings(),
		defaultBranch: "main",
		branches:      map[string]string{},
		commits:       map[string]*commit{},
		direct:        map[int64]level{},
		collaborators: map[int64]*account{},
		teams:         map[*team]level{},
		created:       s.now(), updated: s.now(), pushed: s.now(),
	}
	for _, d := range defaultLabels {
		r.labels = append(r.labels, &label{id: s.nextID(), name: d.name, color: d.color, description: d.description, builtIn: true})
	}
	s.repos[r.id] = r
	s.names[key] = r
	return r, nil
}

func checkVisibility(owner *account, v string) error {
	if v != "public" && v != "private" && v != "internal" || v == "internal" && owner.kind != kindOrg {
		return invalid(FieldError{Resource: "Repository", Field: "visibility", Code: "invalid"})
	}
	return nil
}

func (s *Sim) setVisibility(by caller, r *repo, visibility string) error {
	if err := checkVisibility(r.owner, visibility); err != nil {
		return err
	}
	if r.visibility == visibility {
		return nil
	}
	r.visibility = visibility
	r.updated = s.now()
	action := "privatized"
	if visibility == "public" {
		action = "publicized"
		s.emit(occurrence{event: "public", repo: r, by: by})
	}
	s.emit(occurrence{event: "repository", action: action, repo: r, by: by})
	return nil
}

func (s *Sim) setArchived(by caller, r *repo, archived bool) {
	if r.archived == archived {
		return
	}
	r.archived = archived
	r.updated = s.now()
	action := "unarchived"
	if archived {
		action = "archived"
	}
	s.emit(occurrence{event: "repository", action: action, repo: r, by: by})
}

func (s *Sim) rename(by caller, r *repo, name string) error {
	if !repoNamePattern.MatchString(name) || name == "." || name == ".." {
		return invalid(FieldError{Resource: "Repository", Field: "name", Code: "invalid"})
	}
	if other := s.names[strings.ToLower(r.owner.login+"/"+name)]; other != nil && other != r {
		return invalid(FieldError{"Repository", "name", "custom", "name already exists on this account"})
	}
	old := r.name
	s.move(r, r.owner, name)
	s.emit(occurrence{event: "repository", action: "renamed", repo: r, by: by,
		fields: fields{"changes": fields{"repository": fields{"name": fields{"from": old}}}}})
	return nil
}

func (s *Sim) move(r *repo, owner *account, name string) {
	oldKey := strings.ToLower(r.fullName())
	delete(s.names, oldKey)
	r.owner, r.name, r.updated = owner, name, s.now()
	newKey := strings.ToLower(r.fullName())
	s.names[newKey] = r
	if oldKey != newKey {
		s.oldNames[oldKey] = r
	}
	delete(s.oldNames, newKey)
}

func (s *Sim) deleteRepo(by caller, r *repo) {
	s.emit(occurrence{event: "repository", action: "deleted", repo: r, by: by})
	delete(s.repos, r.id)
	delete(s.names, strings.ToLower(r.fullName()))
	for key, other := range s.oldNames {
		if other == r {
			delete(s.oldNames, key)
		}
	}
	for _, i := range s.installs {
		i.drop(r)
	}
}

// invite gives a member of the organisation the role at once, as GitHub does,
// and anybody else an invitation, which it returns. An Enterprise Server asks
// nobody: its description has no answer with an invitation.
func (s *Sim) invite(by caller, r *repo, a *account, l level) *invitation {
	if _, already := r.direct[a.id]; already || r.owner.isMember(a) || s.release != "" {
		if r.direct[a.id] != l {
			r.admit(a, l)
			action := "added"
			if already {
				action = "edited"
			}
			s.emitMember(action, by, r, a)
		}
		return nil
	}
	for _, i := range r.invitations {
		if i.invitee == a {
			i.role = l
			return i
		}
	}
	return s.ask(by, r, a, l)
}

func (s *Sim) ask(by caller, r *repo, a *account, l level) *invitation {
	i := &invitation{id: s.nextID(), invitee: a, inviter: by.user, role: l, created: s.now()}
	r.invitations = append(r.invitations, i)
	return i
}

// admit makes somebody a direct collaborator and settles their invitation.
func (r *repo) admit(a *account, l level) {
	r.direct[a.id] = l
	r.collaborators[a.id] = a
	r.invitations = slices.DeleteFunc(r.invitations, func(i *invitation) bool { return i.invitee == a })
}

// dismiss takes away what somebody has, with the invitations that they sent. One
// that they were sent and did not take stays: GitHub's documentation says "sent
// by the collaborator", and no more. https://docs.github.com/rest/collaborators/collaborators#remove-a-repository-collaborator
func (s *Sim) dismiss(by caller, r *repo, a *account) {
	r.invitations = slices.DeleteFunc(r.invitations, func(i *invitation) bool { return i.inviter == a })
	if _, ok := r.direct[a.id]; !ok {
		return
	}
	delete(r.direct, a.id)
	delete(r.collaborators, a.id)
	s.emitMember("removed", by, r, a)
}

func (s *Sim) emitMember(action string, by caller, r *repo, a *account) {
	more := fields{"member": s.userJSON(a)}
	if action != "removed" {
		l := r.direct[a.id]
		more["changes"] = fields{"permission": fields{"from": "", "to": l.coarse().String()}, "role_name": fields{"to": l.String()}}
	}
	s.emit(occurrence{event: "member", action: action, repo: r, by: by, fields: more})
}

func (r *repo) grantTeam(slug, permission string) error {
	if r.owner.kind != kindOrg {
		return fmt.Errorf("githubsim: %s belongs to no organisation", r.fullName())
	}
	t := r.owner.org.teams[strings.ToLower(slug)]
	if t == nil {
		return fmt.Errorf("githubsim: no team %s/%s", r.owner.login, slug)
	}
	l, err := parseLevel(permission)
	if err != nil {
		return fmt.Errorf("githubsim: team %s on %s: %w", slug, r.fullName(), err)
	}
	if l == levelNone {
		delete(r.teams, t)
	} else {
		r.teams[t] = l
	}
	return nil
}

func (s *Sim) sortedRepos() []*repo {
	all := make([]*repo, 0, len(s.repos))
	for _, r := range s.repos {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *repo) int { return int(a.id - b.id) })
	return all
}
