package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// level is a role on a repository, weakest first.
type level int

const (
	levelNone level = iota
	levelRead
	levelTriage
	levelWrite
	levelMaintain
	levelAdmin
)

var levelNames = [...]string{"none", "read", "triage", "write", "maintain", "admin"}

func (l level) String() string { return levelNames[l] }

// coarse is the role in the older words, which know neither triage nor maintain.
func (l level) coarse() level {
	switch l {
	case levelTriage:
		return levelRead
	case levelMaintain:
		return levelWrite
	}
	return l
}

// parseLevel knows both names of a role: "pull" is "read", "push" is "write".
func parseLevel(name string) (level, error) {
	switch name {
	case "":
		return levelNone, nil
	case "pull":
		return levelRead, nil
	case "push":
		return levelWrite, nil
	}
	if i := slices.Index(levelNames[:], name); i >= 0 {
		return level(i), nil
	}
	return levelNone, fmt.Errorf("%q is not a permission", name)
}

// caller is who asks: nobody (the zero value), a person, an App with its own
// key or as the client that people sign in through, or an installation of an App,
// whose user is the App's bot.
type caller struct {
	user *account
	app  *app
	inst *installation
	tok  *token
	// client: the App asks with its client secret, which opens little.
	client bool
}

func (c caller) kind() string {
	switch {
	case c.client:
		return "client"
	case c.inst != nil:
		return "installation"
	case c.app != nil:
		return "app"
	case c.user != nil:
		return "user"
	}
	return "anonymous"
}

// via is the App through which something is done, nil for people.
func (c caller) via() *app {
	if c.inst == nil {
		return nil
	}
	return c.app
}

// CanRead says whether a person reads a repository. An empty login is the
// public; a person or repository that does not exist reads nothing.
func (s *Sim) CanRead(login, full string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.names[strings.ToLower(full)]
	if r == nil {
		return false
	}
	if login == "" {
		return s.sees(caller{}, r)
	}
	a, err := s.person(login)
	return err == nil && s.sees(caller{user: a}, r)
}

// role is what a person may do on a repository, from every way of having it.
func (r *repo) role(a *account) level {
	best := r.granted(a)
	if a != nil && r.visibility == "public" {
		best = max(best, levelRead)
	}
	return best
}

// granted is the role without what the public has: who has it is a
// collaborator.
func (r *repo) granted(a *account) level {
	if a == nil {
		return levelNone
	}
	if r.owner == a || r.owner.isOwner(a) {
		return levelAdmin
	}
	best := r.direct[a.id]
	if r.owner.isMember(a) {
		best = max(best, r.owner.org.base)
		if r.visibility == "internal" {
			best = max(best, levelRead)
		}
	}
	return max(best, r.byTeam(a))
}

// byTeam follows nesting upwards: a grant to a team holds for the people of
// every team below it.
func (r *repo) byTeam(a *account) level {
	best := levelNone
	for granted, l := range r.teams {
		for _, t := range granted.org.org.teams {
			if t.members[a.id] != nil && t.within(granted) {
				best = max(best, l)
			}
		}
	}
	return best
}

// readers lists the collaborators of a repository as GitHub does for
// affiliation=all: owners, teams with the teams below them, the base
// permission, and direct collaborators. Pending invitations are not readers.
func (r *repo) readers() []*account {
	all := map[int64]*account{}
	add := func(a *account) {
		if r.granted(a) >= levelRead {
			all[a.id] = a
		}
	}
	if r.owner.kind == kindOrg {
		for _, a := range r.owner.org.owners {
			add(a)
		}
		for _, a := range r.owner.org.members {
			add(a)
		}
	} else {
		add(r.owner)
	}
	for _, a := range r.collaborators {
		add(a)
	}
	return byID(all)
}

// sees says whether the caller may know that the repository exists.
func (s *Sim) sees(c caller, r *repo) bool {
	if r.visibility == "public" {
		return true
	}
	if c.inst != nil {
		return c.covers(r)
	}
	return r.role(c.user) >= levelRead
}

// covers says whether the installation and its token reach the repository.
func (c caller) covers(r *repo) bool {
	if c.inst == nil || !c.inst.covers(r) {
		return false
	}
	return c.tok == nil || c.tok.repos == nil || slices.Contains(c.tok.repos, r.id)
}

// has says whether the token carries the permission, at write where asked.
func (c caller) has(permission string, write bool) bool {
	if c.inst == nil {
		return false
	}
	granted := c.inst.permissions
	if c.tok != nil {
		granted = c.tok.permissions
	}
	return enough(granted[permission], write)
}

func enough(granted string, write bool) bool {
	return granted == "write" || granted == "admin" || granted == "read" && !write
}

// need is what one operation asks: a role of people, a permission of Apps.
type need struct {
	role    level
	perms   []string // an App needs one of them
	write   bool     // and it must be write
	message string   // of the 403 for people; empty means the usual one
}

func reading(perms ...string) need { return need{role: levelRead, perms: perms} }

func writing(role level, perms ...string) need {
	return need{role: role, perms: perms, write: true}
}

// allow returns nil, 404 for what the caller may not know of, 401 where signing
// in would help, or 403.
func (s *Sim) allow(c caller, r *repo, n need) error {
	if !s.sees(c, r) {
		return notFound()
	}
	switch {
	case c.inst != nil && c.covers(r):
		for _, p := range n.perms {
			if c.has(p, n.write) {
				return nil
			}
		}
		return notByApp()
	case c.inst != nil:
		// Public, but not installed here: as far as the public may go.
		if n.write || n.role > levelRead {
			return notByApp()
		}
		return nil
	case c.user == nil:
		if n.write || n.role > levelRead {
			return refuse(http.StatusUnauthorized, "Requires authentication")
		}
		return nil
	}
	if r.role(c.user) >= n.role {
		return nil
	}
	if n.message != "" {
		return refuse(http.StatusForbidden, n.message)
	}
	return refuse(http.StatusForbidden, "Must have admin rights to Repository.")
}

// change is allow for writes, which an archived repository refuses to all.
func (s *Sim) change(c caller, r *repo, n need) error {
	if err := s.allow(c, r, n); err != nil {
		return err
	}
	switch {
	case r.archived:
		return refuse(http.StatusForbidden, "Repository was archived so is read-only.")
	case r.disabled:
		return refuse(http.StatusForbidden, "Repository access blocked")
	}
	return nil
}
