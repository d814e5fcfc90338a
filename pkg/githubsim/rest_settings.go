package githubsim

import (
	"fmt"
	"net/http"
	"slices"
)

var settingsRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/actions/permissions", (*call).getActions),
	on("PUT", "/repos/{owner}/{repo}/actions/permissions", (*call).setActions),
	on("GET", "/repos/{owner}/{repo}/keys", (*call).listKeys),
	on("GET", "/repos/{owner}/{repo}/hooks", (*call).listRepoHooks),
	on("GET", "/orgs/{org}/hooks", (*call).listOrgHooks),
	on("GET", "/orgs/{org}/installations", (*call).listOrgInstallations),
}

// The permissions are those of "Permissions required for GitHub Apps".
// https://docs.github.com/rest/authentication/permissions-required-for-github-apps
var (
	needSettings = need{role: levelAdmin, perms: []string{"administration"}}
	needHooks    = need{role: levelAdmin, perms: []string{"repository_hooks"}}
)

func (q *call) getActions() (int, any, error) {
	r, err := q.allowed(needSettings)
	if err != nil {
		return 0, nil, err
	}
	f := fields{"enabled": r.runsActions()}
	if r.runsActions() {
		f["allowed_actions"] = "all"
	}
	return http.StatusOK, f, nil
}

func (q *call) setActions() (int, any, error) {
	r, err := q.allowed(needAdministering)
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.change(q.who, r, needAdministering); err != nil {
		return 0, nil, err
	}
	p := q.payload()
	on := p.flag("enabled")
	switch {
	case p.err != nil:
		return 0, nil, p.err
	case on == nil:
		return 0, nil, refuse(http.StatusUnprocessableEntity, "Invalid request.\n\n\"enabled\" wasn't supplied.")
	}
	r.actions = *on // which helps nothing where the organisation forbids them
	return http.StatusNoContent, nil, nil
}

func (q *call) listKeys() (int, any, error) {
	r, err := q.allowed(needSettings)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, mapAll(page(q, r.keys), func(k *deployKey) fields {
		return fields{
			"id": k.id, "key": fmt.Sprintf("ssh-ed25519 AAAA%d", k.id), "url": fmt.Sprintf("%s/repos/%s/keys/%d", q.s.api(), r.fullName(), k.id),
			"title": k.title, "verified": true, "created_at": stamp(k.created), "read_only": !k.write,
			"added_by": k.addedBy.login, "last_used": nil, "enabled": true,
		}
	}), nil
}

// listRepoHooks hides from people who are no administrators that there is such
// a thing.
func (q *call) listRepoHooks() (int, any, error) {
	r, err := q.allowed(needHooks)
	if err != nil && q.who.inst == nil {
		return 0, nil, notFound()
	}
	if err != nil {
		return 0, nil, err
	}
	at := fmt.Sprintf("%s/repos/%s/hooks", q.s.api(), r.fullName())
	return http.StatusOK, mapAll(page(q, r.hooks), func(h *hook) fields {
		f := h.json(at, "Repository")
		f["test_url"] = fmt.Sprintf("%s/%d/test", at, h.id)
		f["last_response"] = fields{"code": nil, "status": "unused", "message": nil}
		return f
	}), nil
}

func (q *call) listOrgHooks() (int, any, error) {
	o, err := q.orgFor("organization_hooks")
	if err != nil {
		return 0, nil, err
	}
	at := fmt.Sprintf("%s/orgs/%s/hooks", q.s.api(), o.login)
	return http.StatusOK, mapAll(page(q, o.org.hooks), func(h *hook) fields { return h.json(at, "Organization") }), nil
}

// listOrgInstallations lists the Apps of an organisation. Of one on selected
// repositories it does not say on which.
func (q *call) listOrgInstallations() (int, any, error) {
	o, err := q.orgFor("organization_administration")
	if err != nil {
		return 0, nil, err
	}
	all := slices.DeleteFunc(q.s.sortedInstalls(), func(i *installation) bool { return i.account != o })
	return http.StatusOK, fields{"total_count": len(all), "installations": mapAll(page(q, all), q.s.installationJSON)}, nil
}

// orgFor is an organisation for its owners, and for an App installed there that
// may read such things of it.
func (q *call) orgFor(permission string) (*account, error) {
	o, err := q.org()
	switch {
	case err != nil:
		return nil, err
	case q.who.inst != nil && !q.orgMay(o, permission, false):
		return nil, notByApp()
	case q.who.inst == nil && !o.isOwner(q.who.user):
		return nil, notFound()
	}
	return o, nil
}

func (h *hook) json(at, kind string) fields {
	self := fmt.Sprintf("%s/%d", at, h.id)
	return fields{
		"type": kind, "id": h.id, "name": "web", "active": h.active, "events": list(h.events),
		"config":     fields{"url": "https://hooks.example.test/", "content_type": "json", "insecure_ssl": "0", "secret": "********"},
		"created_at": stamp(h.created), "updated_at": stamp(h.created),
		"url": self, "ping_url": self + "/pings", "deliveries_url": self + "/deliveries",
	}
}
