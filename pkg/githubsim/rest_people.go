package githubsim

import (
	"net/http"
	"slices"
	"strings"
)

var peopleRoutes = []route{
	on("GET", "/user", (*call).getMe),
	on("GET", "/users/{user}", (*call).getUser),
	on("GET", "/orgs/{org}", (*call).getOrg),
	on("POST", "/orgs/{org}/repos", (*call).createOrgRepo),
	on("GET", "/orgs/{org}/members", (*call).listMembers),
	on("GET", "/orgs/{org}/members/{user}", (*call).checkMember),
	on("GET", "/orgs/{org}/memberships/{user}", (*call).getMembership),
	on("GET", "/orgs/{org}/teams/{team}", (*call).getTeam),
	on("GET", "/orgs/{org}/teams/{team}/members", (*call).listTeamMembers),
	on("GET", "/orgs/{org}/teams/{team}/teams", (*call).listChildTeams),
}

func (q *call) getMe() (int, any, error) {
	switch q.who.kind() {
	case "user":
	case "installation":
		return 0, nil, notByApp()
	default:
		return 0, nil, refuse(http.StatusUnauthorized, "Requires authentication")
	}
	f := q.s.profileJSON(q.who.user)
	for _, none := range []string{"private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators"} {
		f[none] = 0
	}
	f["two_factor_authentication"], f["user_view_type"] = true, "private"
	return http.StatusOK, f, nil
}

func (q *call) getUser() (int, any, error) {
	a := q.s.accounts[strings.ToLower(q.vars["user"])]
	if a == nil {
		return 0, nil, notFound()
	}
	return http.StatusOK, q.s.profileJSON(a), nil
}

func (q *call) org() (*account, error) {
	o, err := q.s.organisation(q.vars["org"])
	if err != nil {
		return nil, notFound()
	}
	return o, nil
}

// orgMay says whether an App installed on the organisation has a permission of
// the organisation.
func (q *call) orgMay(o *account, permission string, write bool) bool {
	return q.who.inst != nil && q.who.inst.account == o && q.who.has(permission, write)
}

func (q *call) getOrg() (int, any, error) {
	o, err := q.org()
	if err != nil {
		return 0, nil, err
	}
	insider := q.orgMay(o, "organization_administration", false) || q.who.kind() == "user" && o.isOwner(q.who.user)
	return http.StatusOK, q.s.orgJSON(o, insider), nil
}

// inside lets members of the organisation and Apps with members: read pass.
// Everybody else learns nothing about who belongs to it.
func (q *call) inside(o *account) error {
	switch {
	case q.who.inst != nil && !q.orgMay(o, "members", false):
		return notByApp()
	case q.who.inst == nil && !o.isMember(q.who.user):
		return notFound()
	}
	return nil
}

// listMembers shows outsiders the public members only, of which there are none.
func (q *call) listMembers() (int, any, error) {
	o, err := q.org()
	if err != nil {
		return 0, nil, err
	}
	if err := q.inside(o); err != nil {
		if q.who.inst != nil {
			return 0, nil, err
		}
		return http.StatusOK, []fields{}, nil
	}
	var people []*account
	role := q.query("role")
	if role != "member" {
		people = append(people, byID(o.org.owners)...)
	}
	if role != "admin" {
		people = append(people, byID(o.org.members)...)
	}
	if role != "" && role != "all" && role != "admin" && role != "member" {
		return 0, nil, invalid(FieldError{Resource: "OrganizationMember", Field: "role", Code: "invalid"})
	}
	slices.SortFunc(people, func(a, b *account) int { return int(a.id - b.id) })
	return http.StatusOK, mapAll(page(q, people), q.s.userJSON), nil
}

func (q *call) checkMember() (int, any, error) {
	o, err := q.org()
	if err != nil {
		return 0, nil, err
	}
	if err := q.inside(o); err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil || !o.isMember(a) {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func (q *call) getMembership() (int, any, error) {
	o, err := q.org()
	if err != nil {
		return 0, nil, err
	}
	if q.who.inst == nil && !o.isMember(q.who.user) {
		return 0, nil, refuse(http.StatusForbidden, "You must be a member of "+o.login+" to see membership information for "+q.vars["user"]+".")
	}
	if err := q.inside(o); err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil || !o.isMember(a) {
		return 0, nil, notFound()
	}
	return http.StatusOK, q.s.membershipJSON(o, a), nil
}

func (q *call) team() (*team, error) {
	o, err := q.org()
	if err != nil {
		return nil, err
	}
	if err := q.inside(o); err != nil {
		return nil, err
	}
	if t := o.org.teams[strings.ToLower(q.vars["team"])]; t != nil {
		return t, nil
	}
	return nil, notFound()
}

func (q *call) getTeam() (int, any, error) {
	t, err := q.team()
	if err != nil {
		return 0, nil, err
	}
	f := q.s.teamJSON(t)
	repos := 0
	for _, r := range q.s.repos {
		if r.teams[t] > levelNone {
			repos++
		}
	}
	f["members_count"], f["repos_count"] = len(t.everybody()), repos
	f["created_at"], f["updated_at"] = stamp(t.created), stamp(t.created)
	f["organization"] = q.s.orgJSON(t.org, false)
	return http.StatusOK, f, nil
}

func (q *call) listTeamMembers() (int, any, error) {
	t, err := q.team()
	if err != nil {
		return 0, nil, err
	}
	people := t.everybody()
	if q.query("role") == "maintainer" {
		people = nil // the Sim's teams have members only
	}
	return http.StatusOK, mapAll(page(q, people), q.s.userJSON), nil
}

// listChildTeams lists those directly below a team.
func (q *call) listChildTeams() (int, any, error) {
	t, err := q.team()
	if err != nil {
		return 0, nil, err
	}
	var below []*team
	for _, other := range t.org.org.teams {
		if other.parent == t {
			below = append(below, other)
		}
	}
	slices.SortFunc(below, func(a, b *team) int { return strings.Compare(a.slug, b.slug) })
	return http.StatusOK, mapAll(page(q, below), q.s.teamJSON), nil
}

// createOrgRepo is for owners, and for Apps with administration.
//
// A repository that an App creates belongs to its installation at once, also
// where that is on selected repositories: every edition of "Installing your own
// GitHub App" says that the App is granted access to what it creates. The App's
// bot is no collaborator of it. That a token narrowed to repositories creates
// none is our reading, the strict one: no document says.
func (q *call) createOrgRepo() (int, any, error) {
	o, err := q.org()
	if err != nil {
		return 0, nil, err
	}
	switch {
	case q.orgMay(o, "administration", true) && q.who.tok.repos == nil:
	case q.who.inst != nil:
		return 0, nil, notByApp()
	case !o.isOwner(q.who.user):
		return 0, nil, refuse(http.StatusForbidden, "You need admin access to the organization before adding a repository to it.")
	}
	p := q.payload()
	name, description, private, visibility := p.text("name"), p.text("description"), p.flag("private"), p.text("visibility")
	issues, init := p.flag("has_issues"), p.flag("auto_init")
	projects, wiki := p.flag("has_projects"), p.flag("has_wiki")
	switch {
	case p.err != nil:
		return 0, nil, p.err
	case name == nil:
		return 0, nil, missingField("Repository", "name")
	}
	v := "public"
	if private != nil && *private {
		v = "private"
	}
	if visibility != nil {
		v = *visibility
	}
	if err := checkDescription(description); err != nil {
		return 0, nil, err
	}
	r, err := q.s.addRepo(o, *name, v)
	if err != nil {
		return 0, nil, notCreated(err)
	}
	r.description = orEmpty(description)
	switchTo(&r.issuesOn, issues)
	switchTo(&r.projects, projects)
	switchTo(&r.wiki, wiki)
	q.s.emit(occurrence{event: "repository", action: "created", repo: r, by: q.who})
	if i := q.who.inst; i != nil && i.repos != nil {
		i.repos[r.id] = true
		q.s.emit(occurrence{event: "installation_repositories", action: "added", only: i, by: q.who,
			fields: q.s.repositoriesChanged(i, []*repo{r}, nil)})
	}
	if q.who.inst == nil {
		r.admit(q.who.user, levelAdmin)
	}
	if init != nil && *init {
		if _, err := q.s.commitFile(q.who, r, r.defaultBranch, "README.md", &blob{content: "# " + r.name + "\n"}, "Initial commit"); err != nil {
			return 0, nil, err
		}
	}
	return http.StatusCreated, q.s.fullRepoJSON(q.who, r), nil
}
