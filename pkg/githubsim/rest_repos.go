package githubsim

import (
	"net/http"
	"slices"
	"strings"
)

var repoRoutes = []route{
	on("GET", "/repos/{owner}/{repo}", (*call).getRepo),
	on("PATCH", "/repos/{owner}/{repo}", (*call).editRepo),
	on("DELETE", "/repos/{owner}/{repo}", (*call).removeRepo),
	on("GET", "/repos/{owner}/{repo}/collaborators", (*call).listCollaborators),
	on("GET", "/repos/{owner}/{repo}/collaborators/{user}", (*call).checkCollaborator),
	on("PUT", "/repos/{owner}/{repo}/collaborators/{user}", (*call).addCollaborator),
	on("DELETE", "/repos/{owner}/{repo}/collaborators/{user}", (*call).removeCollaborator),
	on("GET", "/repos/{owner}/{repo}/collaborators/{user}/permission", (*call).getPermission),
	on("GET", "/repos/{owner}/{repo}/invitations", (*call).listInvitations),
	on("DELETE", "/repos/{owner}/{repo}/invitations/{id}", (*call).cancelInvitation),
	on("GET", "/repos/{owner}/{repo}/teams", (*call).listTeams),
}

var (
	needCollaborators = need{role: levelWrite, perms: []string{"metadata"}, message: "Must have push access to view repository collaborators."}
	needAdministering = writing(levelAdmin, "administration")
	needInvitations   = need{role: levelAdmin, perms: []string{"administration"}}
)

func (q *call) getRepo() (int, any, error) {
	r, err := q.allowed(reading("metadata"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.fullRepoJSON(q.who, r), nil
}

func (q *call) editRepo() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	name, description, branch := p.text("name"), p.text("description"), p.text("default_branch")
	private, archived, issues, visibility := p.flag("private"), p.flag("archived"), p.flag("has_issues"), p.text("visibility")
	projects, wiki, forking := p.flag("has_projects"), p.flag("has_wiki"), p.flag("allow_forking")
	if p.err != nil {
		return 0, nil, p.err
	}
	if r.archived && (archived == nil || *archived) {
		return 0, nil, refuse(http.StatusForbidden, "Repository was archived so is read-only.")
	}
	if branch != nil && r.branches[*branch] == "" {
		return 0, nil, invalid(FieldError{Resource: "Repository", Field: "default_branch", Code: "invalid"})
	}
	if err := checkDescription(description); err != nil {
		return 0, nil, err
	}
	if forking != nil {
		if err := r.mayChangeForking(); err != nil {
			return 0, nil, err
		}
	}
	if private != nil && visibility == nil {
		visibility = text("public")
		if *private {
			visibility = text("private")
		}
	}
	if visibility != nil {
		if err := r.mayChangeVisibility(q.who, *visibility); err != nil {
			return 0, nil, err
		}
		if err := q.s.setVisibility(q.who, r, *visibility); err != nil {
			return 0, nil, err
		}
	}
	if name != nil && *name != r.name {
		if err := q.s.rename(q.who, r, *name); err != nil {
			return 0, nil, err
		}
	}
	if archived != nil {
		q.s.setArchived(q.who, r, *archived)
	}
	changes := fields{}
	if description != nil && *description != r.description {
		changes["description"] = fields{"from": textOrNull(r.description)}
		r.description = *description
	}
	if branch != nil && *branch != r.defaultBranch {
		changes["default_branch"] = fields{"from": r.defaultBranch}
		r.defaultBranch = *branch
	}
	if len(changes) > 0 {
		q.s.emit(occurrence{event: "repository", action: "edited", repo: r, by: q.who, fields: fields{"changes": changes}})
	}
	switchTo(&r.issuesOn, issues)
	switchTo(&r.projects, projects)
	switchTo(&r.wiki, wiki)
	switchTo(&r.forking, forking)
	return http.StatusOK, q.s.fullRepoJSON(q.who, r), nil
}

func (q *call) removeRepo() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	q.s.deleteRepo(q.who, r)
	return http.StatusNoContent, nil, nil
}

func (q *call) listCollaborators() (int, any, error) {
	r, err := q.allowed(needCollaborators)
	if err != nil {
		return 0, nil, err
	}
	people := r.readers()
	switch q.query("affiliation") {
	case "", "all":
	case "direct":
		people = byID(r.collaborators)
	case "outside":
		people = slices.DeleteFunc(byID(r.collaborators), r.owner.isMember)
	default:
		return 0, nil, invalid(FieldError{Resource: "Collaborator", Field: "affiliation", Code: "invalid"})
	}
	if wanted := q.query("permission"); wanted != "" {
		l, err := parseLevel(wanted)
		if err != nil || l == levelNone {
			return 0, nil, invalid(FieldError{Resource: "Collaborator", Field: "permission", Code: "invalid"})
		}
		people = slices.DeleteFunc(people, func(a *account) bool { return r.role(a) != l })
	}
	return http.StatusOK, mapAll(page(q, people), func(a *account) fields { return q.s.collaboratorJSON(r, a) }), nil
}

func (q *call) checkCollaborator() (int, any, error) {
	r, err := q.allowed(needCollaborators)
	if err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil || r.granted(a) == levelNone {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

// getPermission answers for anybody who exists.
func (q *call) getPermission() (int, any, error) {
	r, err := q.allowed(needCollaborators)
	if err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil {
		return 0, nil, refuse(http.StatusNotFound, q.vars["user"]+" is not a user")
	}
	role := r.role(a)
	return http.StatusOK, fields{"permission": role.coarse().String(), "role_name": role.String(), "user": q.s.collaboratorJSON(r, a)}, nil
}

func (q *call) addCollaborator() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.change(q.who, r, needAdministering); err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil {
		return 0, nil, notFound()
	}
	p := q.payload()
	l := levelWrite
	if name := p.text("permission"); name != nil {
		if l, err = parseLevel(*name); err != nil || l == levelNone {
			return 0, nil, invalid(FieldError{Resource: "RepositoryInvitation", Field: "permission", Code: "invalid"})
		}
	}
	switch {
	case p.err != nil:
		return 0, nil, p.err
	case a == r.owner:
		return 0, nil, invalid(FieldError{"Repository", "invitee", "custom", "Repository owner cannot be a collaborator"})
	}
	if i := q.s.invite(q.who, r, a, l); i != nil {
		return http.StatusCreated, q.s.invitationJSON(r, i), nil
	}
	return http.StatusNoContent, nil, nil
}

// removeCollaborator takes away what was granted directly. Owners, teams and
// the base permission stay, as on GitHub.
func (q *call) removeCollaborator() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	// Nobody comes to an archived repository, or leaves it.
	// https://docs.github.com/repositories/archiving-a-github-repository/archiving-repositories
	if err := q.s.change(q.who, r, needAdministering); err != nil {
		return 0, nil, err
	}
	a, err := q.s.person(q.vars["user"])
	if err != nil {
		return 0, nil, notFound()
	}
	q.s.dismiss(q.who, r, a)
	return http.StatusNoContent, nil, nil
}

func (q *call) cancelInvitation() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return 0, nil, err
	}
	n := slices.IndexFunc(r.invitations, func(i *invitation) bool { return i.id == id })
	if n < 0 {
		return 0, nil, notFound()
	}
	r.invitations = slices.Delete(r.invitations, n, n+1)
	return http.StatusNoContent, nil, nil
}

func (q *call) listInvitations() (int, any, error) {
	r, err := q.allowed(needInvitations)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, mapAll(page(q, r.invitations), func(i *invitation) fields { return q.s.invitationJSON(r, i) }), nil
}

func (q *call) listTeams() (int, any, error) {
	r, err := q.allowed(need{role: levelWrite, perms: []string{"administration"}})
	if err != nil {
		return 0, nil, err
	}
	var teams []*team
	for t := range r.teams {
		teams = append(teams, t)
	}
	slices.SortFunc(teams, func(a, b *team) int { return strings.Compare(a.slug, b.slug) })
	return http.StatusOK, mapAll(page(q, teams), func(t *team) fields {
		f := q.s.teamJSON(t)
		f["permission"], f["permissions"] = r.teams[t].restName(), r.teams[t].permissions()
		return f
	}), nil
}
