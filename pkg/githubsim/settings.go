package githubsim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// settings is what is switched on in a repository beside its issues, and what
// else may come at it. Nothing hangs on most of it here: it is there to be
// found. A new repository has what a new one on github.com has.
type settings struct {
	projects, wiki, pages, discussions bool
	forking                            bool // what was asked for; the organisation may forbid it
	actions                            bool
	keys                               []*deployKey
	hooks                              []*hook
}

func newSettings() settings {
	return settings{projects: true, wiki: true, forking: true, actions: true}
}

type deployKey struct {
	id      int64
	title   string
	write   bool
	addedBy *account
	created time.Time
}

// hook is a webhook of a repository or an organisation. It is never called:
// Apps are all that the Sim tells anything.
type hook struct {
	id      int64
	events  []string
	active  bool
	created time.Time
}

// OrgPolicy is what an organisation forbids in all its repositories. The zero
// value forbids nothing, where a new organisation on GitHub forbids private
// forks.
type OrgPolicy struct {
	NoPrivateForks bool
	NoActions      bool
	// VisibilityByOwners: nobody else changes a repository's visibility, also
	// no App.
	VisibilityByOwners bool
}

// SetPolicy says what an organisation forbids from now on.
func (s *Sim) SetPolicy(org string, policy OrgPolicy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(org)
	if err == nil {
		o.org.policy = policy
	}
	return err
}

// SetFeature switches a part of a repository on or off: projects, wiki, pages,
// discussions, forking or actions.
func (s *Sim) SetFeature(full, feature string, on bool) error {
	return s.asOwner(full, func(_ caller, r *repo) error {
		at := map[string]*bool{"projects": &r.projects, "wiki": &r.wiki, "pages": &r.pages,
			"discussions": &r.discussions, "forking": &r.forking, "actions": &r.actions}[feature]
		if at == nil {
			return fmt.Errorf("githubsim: no feature %q", feature)
		}
		*at = on
		return nil
	})
}

// Features are the parts of a repository that are switched on, as SetFeature
// names them, in the order of the alphabet.
func (s *Sim) Features(full string) (on []string, err error) {
	err = s.asOwner(full, func(_ caller, r *repo) error {
		for _, f := range []struct {
			name string
			on   bool
		}{{"actions", r.runsActions()}, {"discussions", r.discussions}, {"forking", r.forkable()}, {"issues", r.issuesOn},
			{"pages", r.pages}, {"projects", r.projects}, {"wiki", r.wiki}} {
			if f.on {
				on = append(on, f.name)
			}
		}
		return nil
	})
	return on, err
}

// AddDeployKey gives a machine a key to a repository.
func (s *Sim) AddDeployKey(full, title string, write bool) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		r.keys = append(r.keys, &deployKey{id: s.nextID(), title: title, write: write, addedBy: by.user, created: s.now()})
		return nil
	})
}

// AddHook adds a webhook to a repository, by its full name, or to an
// organisation, by its login. It is never called.
func (s *Sim) AddHook(at string, active bool, events ...string) error {
	if strings.Contains(at, "/") {
		return s.asOwner(at, func(_ caller, r *repo) error {
			r.hooks = append(r.hooks, &hook{s.nextID(), events, active, s.now()})
			return nil
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(at)
	if err == nil {
		o.org.hooks = append(o.org.hooks, &hook{s.nextID(), events, active, s.now()})
	}
	return err
}

// policy is the owner's; a person has none.
func (r *repo) policy() OrgPolicy {
	if r.owner.kind != kindOrg {
		return OrgPolicy{}
	}
	return r.owner.org.policy
}

func (r *repo) forkable() bool {
	return !r.isPrivate() || r.forking && !r.policy().NoPrivateForks
}

func (r *repo) runsActions() bool { return r.actions && !r.policy().NoActions }

// mayChangeForking refuses whatever is asked for where the organisation has
// decided, also what is so already. https://github.com/cli/cli/issues/10000
func (r *repo) mayChangeForking() error {
	switch {
	case r.owner.kind != kindOrg || !r.isPrivate():
		return refuse(http.StatusUnprocessableEntity, "Allow forks can only be changed on org-owned private repositories.")
	case r.policy().NoPrivateForks:
		return refuse(http.StatusUnprocessableEntity, "This organization does not allow private repository forking")
	}
	return nil
}

// mayChangeVisibility refuses as the description of the operation says, which
// leaves the words open.
func (r *repo) mayChangeVisibility(by caller, to string) error {
	if to == r.visibility || !r.policy().VisibilityByOwners || by.inst == nil && r.owner.isOwner(by.user) {
		return nil
	}
	return invalid(FieldError{"Repository", "visibility", "custom", "Only organization owners can change the visibility of repositories."})
}

func switchTo(at *bool, wanted *bool) {
	if wanted != nil {
		*at = *wanted
	}
}

const longestDescription = 350

func checkDescription(d *string) error {
	switch {
	case d == nil:
		return nil
	case utf8.RuneCountInString(*d) > longestDescription:
		return invalid(FieldError{"Repository", "description", "custom", "description is too long (maximum is 350 characters)"})
	case strings.ContainsFunc(*d, unicode.IsControl):
		return invalid(FieldError{"Repository", "description", "custom", "description control characters are not allowed"})
	}
	return nil
}

// notCreated is how GitHub heads the refusal of a new repository.
func notCreated(err error) error {
	var refusal *APIError
	if errors.As(err, &refusal) && refusal.Status == http.StatusUnprocessableEntity {
		refusal.Message = "Repository creation failed."
	}
	return err
}
