package githubsim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	kindUser = "User"
	kindBot  = "Bot"
	kindOrg  = "Organization"
)

// account is a person, a bot or an organisation: GitHub gives all three one
// space of logins and IDs.
type account struct {
	id      int64
	login   string
	kind    string
	created time.Time
	org     *orgState // only of organisations
}

type orgState struct {
	owners  map[int64]*account
	members map[int64]*account // without the owners
	base    level
	teams   map[string]*team // by slug
	policy  OrgPolicy
	hooks   []*hook
}

type team struct {
	id      int64
	org     *account
	slug    string
	parent  *team
	members map[int64]*account
	created time.Time
}

// Org describes an organisation to be added. Everybody named must exist.
type Org struct {
	Owners  []string
	Members []string
	// BasePermission is what every member has on every repository: "none",
	// "read", "write" or "admin"; empty means "none". (GitHub's own default
	// is "read"; here the safe value is the silent one.)
	BasePermission string
}

// AddUser adds a person, or a bot where the login ends in "[bot]".
func (s *Sim) AddUser(login string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.addAccount(login, kindUser)
	return err
}

// AddOrg adds an organisation.
func (s *Sim) AddOrg(login string, o Org) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	base, err := parseLevel(o.BasePermission)
	if err != nil {
		return fmt.Errorf("githubsim: organisation %s: %w", login, err)
	}
	state := &orgState{owners: map[int64]*account{}, members: map[int64]*account{}, base: base, teams: map[string]*team{}}
	for _, name := range o.Owners {
		a, err := s.person(name)
		if err != nil {
			return fmt.Errorf("githubsim: organisation %s: owner: %w", login, err)
		}
		state.owners[a.id] = a
	}
	for _, name := range o.Members {
		a, err := s.person(name)
		if err != nil {
			return fmt.Errorf("githubsim: organisation %s: member: %w", login, err)
		}
		if state.owners[a.id] == nil {
			state.members[a.id] = a
		}
	}
	a, err := s.addAccount(login, kindOrg)
	if err != nil {
		return err
	}
	a.org = state
	return nil
}

// AddTeam adds a team of people, who become members of the organisation if
// they were not.
func (s *Sim) AddTeam(org, slug string, members ...string) error {
	return s.AddNestedTeam(org, slug, "", members...)
}

// AddNestedTeam adds a team below parent: its people have whatever the parent
// is granted. An empty parent means a team at the top; a team that exists is
// moved below the parent and gets the people in addition.
func (s *Sim) AddNestedTeam(org, slug, parent string, members ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(org)
	if err != nil {
		return err
	}
	var above *team
	if parent != "" {
		if above = o.org.teams[strings.ToLower(parent)]; above == nil {
			return fmt.Errorf("githubsim: no team %s/%s", org, parent)
		}
	}
	people := make([]*account, 0, len(members))
	for _, login := range members {
		a, err := s.person(login)
		if err != nil {
			return fmt.Errorf("githubsim: team %s/%s: %w", org, slug, err)
		}
		people = append(people, a)
	}
	key := strings.ToLower(slug)
	t := o.org.teams[key]
	isNew := t == nil
	if isNew {
		t = &team{id: s.nextID(), org: o, slug: key, members: map[int64]*account{}, created: s.now()}
		o.org.teams[key] = t
	}
	if above != nil {
		for up := above; up != nil; up = up.parent {
			if up == t {
				return fmt.Errorf("githubsim: team %s/%s cannot be below itself", org, slug)
			}
		}
		t.parent = above
	}
	by := s.ownerOf(o)
	if isNew {
		s.emit(occurrence{event: "team", action: "created", org: o, by: by, fields: fields{"team": s.teamJSON(t)}})
	}
	for _, a := range people {
		s.joinTeam(by, t, a)
	}
	return nil
}

// AddTeamMember puts a person into a team, and so into the organisation.
func (s *Sim) AddTeamMember(org, slug, login string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, a, err := s.teamAndPerson(org, slug, login)
	if err != nil {
		return err
	}
	s.joinTeam(s.ownerOf(t.org), t, a)
	return nil
}

// RemoveTeamMember takes a person out of a team; the person stays in the
// organisation.
func (s *Sim) RemoveTeamMember(org, slug, login string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, a, err := s.teamAndPerson(org, slug, login)
	if err != nil {
		return err
	}
	s.leaveTeam(s.ownerOf(t.org), t, a)
	return nil
}

// AddMember puts a person into an organisation; asOwner makes them an owner.
func (s *Sim) AddMember(org, login string, asOwner bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(org)
	if err != nil {
		return err
	}
	a, err := s.person(login)
	if err != nil {
		return err
	}
	wasMember := o.isMember(a)
	delete(o.org.members, a.id)
	delete(o.org.owners, a.id)
	if asOwner {
		o.org.owners[a.id] = a
	} else {
		o.org.members[a.id] = a
	}
	if !wasMember {
		s.emitMembership("member_added", o, a)
	}
	return nil
}

// RemoveMember takes a person out of an organisation and all its teams.
func (s *Sim) RemoveMember(org, login string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(org)
	if err != nil {
		return err
	}
	a, err := s.person(login)
	if err != nil {
		return err
	}
	if !o.isMember(a) {
		return fmt.Errorf("githubsim: %s is not a member of %s", login, org)
	}
	for _, t := range o.org.teams {
		delete(t.members, a.id)
	}
	for _, r := range s.repos {
		if r.owner == o {
			delete(r.direct, a.id)
		}
	}
	s.emitMembership("member_removed", o, a)
	delete(o.org.members, a.id)
	delete(o.org.owners, a.id)
	return nil
}

// SetBasePermission changes what every member has on every repository. GitHub
// sends no event for it, and neither does the Sim.
func (s *Sim) SetBasePermission(org, permission string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.organisation(org)
	if err != nil {
		return err
	}
	base, err := parseLevel(permission)
	if err != nil {
		return fmt.Errorf("githubsim: organisation %s: %w", org, err)
	}
	o.org.base = base
	return nil
}

// TokenFor is a personal token of a person, the same on every call. For a
// login that does not exist it is empty, which the API treats as anonymous.
func (s *Sim) TokenFor(login string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.person(login)
	if err != nil {
		return ""
	}
	for value, t := range s.tokens {
		if t.user == a && t.via == nil {
			return value
		}
	}
	value := "ghp_" + randomHex(18)
	s.tokens[value] = &token{user: a}
	return value
}

// Users lists the logins of all people, sorted; bots and the ghost are not
// among them.
func (s *Sim) Users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for key, a := range s.accounts {
		if a.kind == kindUser && key != "ghost" {
			all = append(all, a.login)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return all
}

// RenameUser gives a person another login; the number stays, and with it whatever
// the account owns, may and did. The old login is free for whoever takes it.
func (s *Sim) RenameUser(login, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.person(login)
	if err != nil {
		return err
	}
	if !loginPattern.MatchString(to) || s.accounts[strings.ToLower(to)] != nil {
		return fmt.Errorf("githubsim: login %q is taken or none", to)
	}
	delete(s.accounts, strings.ToLower(a.login))
	s.accounts[strings.ToLower(to)] = a
	a.login = to
	return nil
}

var loginPattern = regexp.MustCompile(`^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:\[bot\])?$`)

func (s *Sim) addAccount(login, kind string) (*account, error) {
	if !loginPattern.MatchString(login) {
		return nil, fmt.Errorf("githubsim: %q is not a login", login)
	}
	key := strings.ToLower(login)
	if s.accounts[key] != nil {
		return nil, fmt.Errorf("githubsim: login %s is taken", login)
	}
	if strings.HasSuffix(key, "[bot]") {
		if kind == kindOrg {
			return nil, fmt.Errorf("githubsim: %q is not the login of an organisation", login)
		}
		kind = kindBot
	}
	a := &account{id: s.nextID(), login: login, kind: kind, created: s.now()}
	s.accounts[key] = a
	return a, nil
}

// person finds a person or bot.
func (s *Sim) person(login string) (*account, error) {
	a := s.accounts[strings.ToLower(login)]
	if a == nil || a.kind == kindOrg {
		return nil, fmt.Errorf("githubsim: no user %q", login)
	}
	return a, nil
}

func (s *Sim) organisation(login string) (*account, error) {
	a := s.accounts[strings.ToLower(login)]
	if a == nil || a.kind != kindOrg {
		return nil, fmt.Errorf("githubsim: no organisation %q", login)
	}
	return a, nil
}

func (s *Sim) teamAndPerson(org, slug, login string) (*team, *account, error) {
	o, err := s.organisation(org)
	if err != nil {
		return nil, nil, err
	}
	t := o.org.teams[strings.ToLower(slug)]
	if t == nil {
		return nil, nil, fmt.Errorf("githubsim: no team %s/%s", org, slug)
	}
	a, err := s.person(login)
	return t, a, err
}

func (s *Sim) joinTeam(by caller, t *team, a *account) {
	if t.members[a.id] != nil {
		return
	}
	if !t.org.isMember(a) {
		t.org.org.members[a.id] = a
		s.emitMembership("member_added", t.org, a)
	}
	t.members[a.id] = a
	s.emit(occurrence{event: "membership", action: "added", org: t.org, by: by,
		fields: fields{"scope": "team", "member": s.userJSON(a), "team": s.teamJSON(t)}})
}

func (s *Sim) leaveTeam(by caller, t *team, a *account) {
	if t.members[a.id] == nil {
		return
	}
	delete(t.members, a.id)
	s.emit(occurrence{event: "membership", action: "removed", org: t.org, by: by,
		fields: fields{"scope": "team", "member": s.userJSON(a), "team": s.teamJSON(t)}})
}

func (s *Sim) emitMembership(action string, o, a *account) {
	s.emit(occurrence{event: "organization", action: action, org: o, by: s.ownerOf(o),
		fields: fields{"membership": s.membershipJSON(o, a)}})
}

// ownerOf is the person who acts when the seeding does something to an account:
// the account itself, or the first owner of an organisation.
func (s *Sim) ownerOf(a *account) caller {
	if a.kind != kindOrg {
		return caller{user: a}
	}
	if owners := byID(a.org.owners); len(owners) > 0 {
		return caller{user: owners[0]}
	}
	return caller{user: s.accounts["ghost"]}
}

func (a *account) isOwner(who *account) bool {
	return a.kind == kindOrg && who != nil && a.org.owners[who.id] != nil
}

func (a *account) isMember(who *account) bool {
	return a.kind == kindOrg && who != nil && (a.org.owners[who.id] != nil || a.org.members[who.id] != nil)
}

// everybody lists the people of a team and of the teams below it, as GitHub
// does when it lists a team.
func (t *team) everybody() []*account {
	all := map[int64]*account{}
	for _, other := range t.org.org.teams {
		if other.within(t) {
			for id, a := range other.members {
				all[id] = a
			}
		}
	}
	return byID(all)
}

// within says whether the team is top or lies below it.
func (t *team) within(top *team) bool {
	for up := t; up != nil; up = up.parent {
		if up == top {
			return true
		}
	}
	return false
}

func byID(m map[int64]*account) []*account {
	all := make([]*account, 0, len(m))
	for _, a := range m {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *account) int { return int(a.id - b.id) })
	return all
}
