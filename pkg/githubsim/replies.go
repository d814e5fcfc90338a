package githubsim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// fields is a JSON object on its way out. What is in here follows GitHub's
// OpenAPI description, field by field, also those nobody reads.
type fields = map[string]any

const timeLayout = "2006-01-02T15:04:05Z"

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// list makes sure that nothing is written as [] and not as null.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func mapAll[T any](in []T, f func(T) fields) []fields {
	out := make([]fields, len(in))
	for n, v := range in {
		out[n] = f(v)
	}
	return out
}

func (s *Sim) userJSON(a *account) fields {
	if a == nil {
		a = s.accounts["ghost"]
	}
	u := s.api() + "/users/" + url.PathEscape(a.login)
	return fields{
		"login": a.login, "id": a.id, "node_id": a.nodeID(),
		"avatar_url": fmt.Sprintf("%s/avatars/%d", s.url, a.id), "gravatar_id": "",
		"url": u, "html_url": s.url + "/" + url.PathEscape(a.login),
		"followers_url": u + "/followers", "following_url": u + "/following{/other_user}",
		"gists_url": u + "/gists{/gist_id}", "starred_url": u + "/starred{/owner}{/repo}",
		"subscriptions_url": u + "/subscriptions", "organizations_url": u + "/orgs",
		"repos_url": u + "/repos", "events_url": u + "/events{/privacy}",
		"received_events_url": u + "/received_events",
		"type":                a.kind, "site_admin": false, "user_view_type": "public",
	}
}

func (a *account) nodeID() string {
	switch a.kind {
	case kindOrg:
		return nodeID("O", a.id)
	case kindBot:
		return nodeID("BOT", a.id)
	}
	return nodeID("U", a.id)
}

func (s *Sim) userOrNull(a *account) any {
	if a == nil {
		return nil
	}
	return s.userJSON(a)
}

// profileJSON is a person in full.
func (s *Sim) profileJSON(a *account) fields {
	f := s.userJSON(a)
	for _, none := range []string{"name", "company", "location", "email", "hireable", "bio", "twitter_username"} {
		f[none] = nil
	}
	f["blog"] = ""
	public := 0
	for _, r := range s.repos {
		if r.owner == a && !r.isPrivate() {
			public++
		}
	}
	f["public_repos"], f["public_gists"], f["followers"], f["following"] = public, 0, 0, 0
	f["created_at"], f["updated_at"] = stamp(a.created), stamp(a.created)
	return f
}

func (s *Sim) orgSimpleJSON(o *account) fields {
	u := s.api() + "/orgs/" + o.login
	return fields{
		"login": o.login, "id": o.id, "node_id": o.nodeID(), "url": u,
		"repos_url": u + "/repos", "events_url": u + "/events", "hooks_url": u + "/hooks",
		"issues_url": u + "/issues", "members_url": u + "/members{/member}",
		"public_members_url": u + "/public_members{/member}",
		"avatar_url":         fmt.Sprintf("%s/avatars/%d", s.url, o.id), "description": nil,
	}
}

// orgJSON is an organisation in full; insider adds what only owners and Apps
// with organization_administration see.
func (s *Sim) orgJSON(o *account, insider bool) fields {
	f := s.orgSimpleJSON(o)
	public, private := 0, 0
	for _, r := range s.repos {
		switch {
		case r.owner != o:
		case r.isPrivate():
			private++
		default:
			public++
		}
	}
	f["html_url"], f["type"] = s.url+"/"+o.login, kindOrg
	f["has_organization_projects"], f["has_repository_projects"] = true, true
	f["public_repos"], f["public_gists"], f["followers"], f["following"] = public, 0, 0, 0
	f["created_at"], f["updated_at"], f["archived_at"] = stamp(o.created), stamp(o.created), nil
	if insider {
		f["default_repository_permission"] = o.org.base.String()
		f["total_private_repos"], f["owned_private_repos"] = private, private
		f["members_can_create_repositories"] = true
		f["two_factor_requirement_enabled"] = false
	}
	return f
}

// ownerJSON is the account as the past owner of a transferred repository.
func (s *Sim) ownerJSON(a *account) fields {
	if a.kind == kindOrg {
		return s.orgSimpleJSON(a)
	}
	return s.userJSON(a)
}

func (s *Sim) membershipJSON(o, a *account) fields {
	role := "member"
	if o.isOwner(a) {
		role = "admin"
	}
	u := s.api() + "/orgs/" + o.login
	return fields{
		"url": u + "/memberships/" + a.login, "state": "active", "role": role,
		"organization_url": u, "organization": s.orgSimpleJSON(o), "user": s.userJSON(a),
		"direct_membership": true,
	}
}

func (s *Sim) teamSimpleJSON(t *team) fields {
	u := fmt.Sprintf("%s/organizations/%d/team/%d", s.api(), t.org.id, t.id)
	return fields{
		"id": t.id, "node_id": nodeID("T", t.id), "name": t.slug, "slug": t.slug,
		"description": nil, "privacy": "closed", "notification_setting": "notifications_enabled",
		"url": u, "html_url": fmt.Sprintf("%s/orgs/%s/teams/%s", s.url, t.org.login, t.slug),
		"members_url": u + "/members{/member}", "repositories_url": u + "/repos",
		"permission": "pull", "type": "organization", "organization_id": t.org.id,
	}
}

func (s *Sim) teamJSON(t *team) fields {
	f := s.teamSimpleJSON(t)
	f["parent"] = nil
	if t.parent != nil {
		f["parent"] = s.teamSimpleJSON(t.parent)
	}
	return f
}

// restName is how REST names a role where it means a permission.
func (l level) restName() string {
	switch l {
	case levelRead:
		return "pull"
	case levelWrite:
		return "push"
	}
	return l.String()
}

func (l level) permissions() fields {
	return fields{
		"pull": l >= levelRead, "triage": l >= levelTriage, "push": l >= levelWrite,
		"maintain": l >= levelMaintain, "admin": l >= levelAdmin,
	}
}

// simpleRepoJSON is the part of a repository that every form of it has.
func (s *Sim) simpleRepoJSON(r *repo) fields {
	full := r.fullName()
	u := s.api() + "/repos/" + full
	f := fields{
		"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": full,
		"owner": s.userJSON(r.owner), "private": r.isPrivate(), "html_url": s.url + "/" + full,
		"description": textOrNull(r.description), "fork": r.fork, "url": u,
	}
	for name, path := range map[string]string{
		"archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
		"branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}",
		"commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}", "contents_url": "/contents/{+path}",
		"contributors_url": "/contributors", "deployments_url": "/deployments", "downloads_url": "/downloads",
		"events_url": "/events", "forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}",
		"git_tags_url": "/git/tags{/sha}", "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
		"issue_events_url": "/issues/events{/number}", "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}",
		"labels_url": "/labels{/name}", "languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
		"notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}",
		"stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers",
		"subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams", "trees_url": "/git/trees{/sha}",
	} {
		f[name] = u + path
	}
	return f
}

func (s *Sim) repoJSON(r *repo) fields {
	f := s.simpleRepoJSON(r)
	open := 0
	for _, i := range r.issues {
		if i.state == "open" && !i.deleted && i.movedTo == nil {
			open++
		}
	}
	forks := 0
	for _, other := range s.repos {
		if other.parent == r {
			forks++
		}
	}
	html := s.url + "/" + r.fullName()
	size := 0
	if head := r.head(r.defaultBranch); head != nil {
		for _, b := range head.tree {
			size += len(b.content)
		}
	}
	for name, value := range (fields{
		"git_url": html + ".git", "ssh_url": "git@localhost:" + r.fullName() + ".git", "clone_url": html + ".git", "svn_url": html,
		"mirror_url": nil, "homepage": nil, "language": nil, "license": nil,
		"size": size / 1024, "stargazers_count": 0, "watchers_count": 0, "watchers": 0, "forks_count": forks, "forks": forks,
		"open_issues_count": open, "open_issues": open, "default_branch": r.defaultBranch, "visibility": r.visibility,
		"is_template": false, "topics": []string{}, "has_issues": r.issuesOn, "has_projects": r.projects, "has_wiki": r.wiki,
		"has_pages": r.pages, "has_downloads": true, "has_discussions": r.discussions,
		"archived": r.archived, "disabled": r.disabled, "allow_forking": r.forkable(), "web_commit_signoff_required": false,
		"pushed_at": stamp(r.pushed), "created_at": stamp(r.created), "updated_at": stamp(r.updated),
	}) {
		f[name] = value
	}
	return f
}

// fullRepoJSON is what asking for one repository returns.
func (s *Sim) fullRepoJSON(c caller, r *repo) fields {
	f := s.repoJSON(r)
	f["network_count"], f["subscribers_count"] = 0, 0
	if c.kind() == "user" {
		f["permissions"] = r.role(c.user).permissions()
	}
	if r.owner.kind == kindOrg {
		f["organization"] = s.userJSON(r.owner)
	}
	if r.parent != nil && s.sees(c, r.parent) {
		f["parent"], f["source"] = s.repoJSON(r.parent), s.repoJSON(r.parent)
	}
	return f
}

// pushRepoJSON has numbers where every other event has times, as on GitHub.
func (s *Sim) pushRepoJSON(r *repo) fields {
	f := s.repoJSON(r)
	f["created_at"], f["pushed_at"] = r.created.Unix(), r.pushed.Unix()
	f["stargazers"], f["master_branch"] = 0, r.defaultBranch
	owner := s.userJSON(r.owner)
	owner["name"], owner["email"] = r.owner.login, nil
	f["owner"] = owner
	if r.owner.kind == kindOrg {
		f["organization"] = r.owner.login
	}
	return f
}

func (s *Sim) shortRepos(repos []*repo) []fields {
	return mapAll(repos, func(r *repo) fields {
		return fields{"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": r.fullName(), "private": r.isPrivate()}
	})
}

func (s *Sim) collaboratorJSON(r *repo, a *account) fields {
	f := s.userJSON(a)
	role := r.role(a)
	f["permissions"], f["role_name"] = role.permissions(), role.String()
	return f
}

func (s *Sim) invitationJSON(r *repo, i *invitation) fields {
	return fields{
		"id": i.id, "node_id": nodeID("RI", i.id), "repository": s.simpleRepoJSON(r),
		"invitee": s.userJSON(i.invitee), "inviter": s.userOrNull(i.inviter), "permissions": i.role.String(),
		"created_at": stamp(i.created), "expired": false,
		"url":      fmt.Sprintf("%s/user/repository_invitations/%d", s.api(), i.id),
		"html_url": s.url + "/" + r.fullName() + "/invitations",
	}
}

func (s *Sim) labelJSON(r *repo, l *label) fields {
	var description any
	if l.description != nil {
		description = *l.description
	}
	return fields{
		"id": l.id, "node_id": nodeID("LA", l.id), "name": l.name, "color": l.color, "default": l.builtIn,
		"description": description,
		"url":         s.api() + "/repos/" + r.fullName() + "/labels/" + url.PathEscape(l.name),
	}
}

func (s *Sim) labelsJSON(r *repo, labels []*label) []fields {
	return mapAll(labels, func(l *label) fields { return s.labelJSON(r, l) })
}

func (s *Sim) issueURL(i *issue) string {
	return fmt.Sprintf("%s/repos/%s/issues/%d", s.api(), i.repo.fullName(), i.number)
}

func (s *Sim) htmlURL(i *issue) string {
	kind := "issues"
	if i.pull {
		kind = "pull"
	}
	return fmt.Sprintf("%s/%s/%s/%d", s.url, i.repo.fullName(), kind, i.number)
}

func (s *Sim) issueJSON(i *issue) fields {
	u := s.issueURL(i)
	f := fields{
		"id": i.id, "node_id": nodeID("I", i.id), "number": i.number, "title": i.title, "body": textOrNull(i.body),
		"user": s.userJSON(i.author), "state": i.state, "state_reason": textOrNull(i.reason), "locked": i.locked,
		"active_lock_reason": textOrNull(i.lockWhy), "labels": s.labelsJSON(i.repo, i.labels),
		"assignee": nil, "assignees": mapAll(i.assignees, s.userJSON), "milestone": nil,
		"comments": len(i.comments), "created_at": stamp(i.created), "updated_at": stamp(i.updated),
		"closed_at": stampOrNull(i.closedAt), "author_association": i.repo.association(i.author),
		"performed_via_github_app": s.appOrNull(i.via), "reactions": reactionsJSON(u, i.reactions),
		"url": u, "repository_url": s.api() + "/repos/" + i.repo.fullName(), "html_url": s.htmlURL(i),
		"labels_url": u + "/labels{/name}", "comments_url": u + "/comments", "events_url": u + "/events",
		"timeline_url": u + "/timeline",
	}
	if len(i.assignees) > 0 {
		f["assignee"] = s.userJSON(i.assignees[0])
	}
	if i.pull {
		f["node_id"] = nodeID("PR", i.id)
		p := fmt.Sprintf("%s/repos/%s/pulls/%d", s.api(), i.repo.fullName(), i.number)
		html := s.htmlURL(i)
		f["draft"] = false
		f["pull_request"] = fields{"url": p, "html_url": html, "diff_url": html + ".diff", "patch_url": html + ".patch", "merged_at": nil}
	}
	return f
}

// oneIssueJSON adds what only asking for one issue tells.
func (s *Sim) oneIssueJSON(i *issue) fields {
	f := s.issueJSON(i)
	f["closed_by"] = s.userOrNull(i.closedBy)
	return f
}

// association is how GitHub describes an author to readers.
func (r *repo) association(a *account) string {
	if a == nil || a.kind == kindBot {
		return "NONE"
	}
	_, direct := r.direct[a.id]
	switch {
	case r.owner == a:
		return "OWNER"
	case r.owner.isMember(a):
		return "MEMBER"
	case direct:
		return "COLLABORATOR"
	}
	for _, c := range r.commits {
		if c.author == a {
			return "CONTRIBUTOR"
		}
	}
	return "NONE"
}

func noReactions(u string) fields {
	return fields{"url": u + "/reactions", "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0,
		"confused": 0, "heart": 0, "rocket": 0, "eyes": 0}
}

func (s *Sim) commentJSON(cm *comment) fields {
	u := fmt.Sprintf("%s/repos/%s/issues/comments/%d", s.api(), cm.issue.repo.fullName(), cm.id)
	f := fields{
		"id": cm.id, "node_id": cm.nodeID(), "url": u, "issue_url": s.issueURL(cm.issue),
		"html_url": fmt.Sprintf("%s#issuecomment-%d", s.htmlURL(cm.issue), cm.id),
		"user":     s.userJSON(cm.author), "body": cm.body, "created_at": stamp(cm.created), "updated_at": stamp(cm.updated),
		"author_association": cm.issue.repo.association(cm.author), "performed_via_github_app": s.appOrNull(cm.via),
		"reactions": reactionsJSON(u, cm.reactions),
	}
	if cm.minimized != "" {
		f["minimized"] = fields{"reason": cm.minimized}
	}
	return f
}

func (s *Sim) reviewJSON(cm *comment) fields {
	full := cm.issue.repo.fullName()
	u := fmt.Sprintf("%s/repos/%s/pulls/comments/%d", s.api(), full, cm.id)
	pull := fmt.Sprintf("%s/repos/%s/pulls/%d", s.api(), full, cm.issue.number)
	html := fmt.Sprintf("%s#discussion_r%d", s.htmlURL(cm.issue), cm.id)
	head := cm.issue.headSHA()
	f := fields{
		"id": cm.id, "node_id": cm.nodeID(), "url": u, "html_url": html, "pull_request_url": pull,
		"pull_request_review_id": cm.id, "diff_hunk": "@@ -1 +1 @@", "path": "README.md", "position": 1, "original_position": 1,
		"line": 1, "original_line": 1, "side": "RIGHT", "subject_type": "line",
		"start_line": nil, "original_start_line": nil, "start_side": nil,
		"commit_id": head, "original_commit_id": head, "user": s.userJSON(cm.author), "body": cm.body,
		"created_at": stamp(cm.created), "updated_at": stamp(cm.updated),
		"author_association": cm.issue.repo.association(cm.author), "reactions": noReactions(u),
		"_links": fields{"self": fields{"href": u}, "html": fields{"href": html}, "pull_request": fields{"href": pull}},
	}
	if cm.replyTo != 0 {
		f["in_reply_to_id"] = cm.replyTo
	}
	return f
}

// headSHA stands for the head of a pull request, whose branches are not
// simulated.
func (i *issue) headSHA() string {
	return objectSHA("pull", fmt.Sprintf("%d/%d", i.repo.id, i.number))
}

func (s *Sim) pullJSON(i *issue) fields {
	f := s.issueJSON(i)
	for _, only := range []string{"pull_request", "repository_url", "labels_url", "events_url", "timeline_url", "reactions", "performed_via_github_app", "state_reason"} {
		delete(f, only)
	}
	u := fmt.Sprintf("%s/repos/%s/pulls/%d", s.api(), i.repo.fullName(), i.number)
	html := s.htmlURL(i)
	statuses := fmt.Sprintf("%s/repos/%s/statuses/%s", s.api(), i.repo.fullName(), i.headSHA())
	base := zeroSHA
	if sha := i.repo.branches[i.repo.defaultBranch]; sha != "" {
		base = sha
	}
	side := func(owner *account, ref, sha string) fields {
		return fields{"label": owner.login + ":" + ref, "ref": ref, "sha": sha, "user": s.userJSON(owner), "repo": s.repoJSON(i.repo)}
	}
	for name, value := range (fields{
		"url": u, "html_url": html, "diff_url": html + ".diff", "patch_url": html + ".patch", "issue_url": s.issueURL(i),
		"commits_url": u + "/commits", "review_comments_url": u + "/comments", "statuses_url": statuses,
		"review_comment_url": fmt.Sprintf("%s/repos/%s/pulls/comments{/number}", s.api(), i.repo.fullName()),
		"comments_url":       s.issueURL(i) + "/comments", "merge_commit_sha": nil, "merged_at": nil, "auto_merge": nil,
		"requested_reviewers": []any{}, "requested_teams": []any{}, "draft": false,
		"head": side(i.author, "patch-1", i.headSHA()), "base": side(i.repo.owner, i.repo.defaultBranch, base),
		"merged": false, "mergeable": nil, "rebaseable": nil, "mergeable_state": "unknown", "merged_by": nil,
		"comments": len(i.comments), "review_comments": len(i.reviews), "maintainer_can_modify": false,
		"commits": 1, "additions": 1, "deletions": 0, "changed_files": 1,
		"_links": fields{
			"self": fields{"href": u}, "html": fields{"href": html}, "issue": fields{"href": s.issueURL(i)},
			"comments":        fields{"href": s.issueURL(i) + "/comments"},
			"review_comments": fields{"href": u + "/comments"},
			"review_comment":  fields{"href": fmt.Sprintf("%s/repos/%s/pulls/comments{/number}", s.api(), i.repo.fullName())},
			"commits":         fields{"href": u + "/commits"}, "statuses": fields{"href": statuses},
		},
	}) {
		f[name] = value
	}
	return f
}

// happeningJSON is a timeline entry, or an issue event.
func (s *Sim) happeningJSON(i *issue, h happening) fields {
	if h.kind == "commented" {
		f := s.commentJSON(h.comment)
		f["event"], f["actor"] = h.kind, s.userJSON(h.actor)
		return f
	}
	if h.kind == "cross-referenced" {
		source := s.issueJSON(h.source)
		source["repository"] = s.repoJSON(h.source.repo)
		return fields{"event": h.kind, "actor": s.userJSON(h.actor), "created_at": stamp(h.at), "updated_at": stamp(h.at),
			"source": fields{"type": "issue", "issue": source}}
	}
	f := fields{
		"id": h.id, "node_id": nodeID("EV", h.id), "event": h.kind, "actor": s.userJSON(h.actor),
		"url":       fmt.Sprintf("%s/repos/%s/issues/events/%d", s.api(), i.repo.fullName(), h.id),
		"commit_id": nil, "commit_url": nil, "created_at": stamp(h.at), "performed_via_github_app": s.appOrNull(h.via),
	}
	switch h.kind {
	case "labeled", "unlabeled":
		f["label"] = fields{"name": h.label, "color": h.color}
	case "renamed":
		f["rename"] = fields{"from": h.from, "to": h.to}
	case "assigned", "unassigned":
		f["assignee"], f["assigner"] = s.userJSON(h.person), s.userJSON(h.actor)
	case "locked":
		f["lock_reason"] = textOrNull(h.reason)
	case "closed":
		f["state_reason"] = textOrNull(h.reason)
	}
	return f
}

func (s *Sim) appJSON(a *app) fields {
	ghost := s.accounts["ghost"]
	permissions := fields{}
	for name, value := range a.permissions {
		permissions[name] = value
	}
	return fields{
		"id": a.id, "slug": a.slug, "node_id": nodeID("A", a.id), "client_id": fmt.Sprintf("Iv1.%016x", a.id), "owner": s.userJSON(ghost),
		"name": a.name, "description": "", "external_url": s.url + "/apps/" + a.slug, "html_url": s.url + "/apps/" + a.slug,
		"created_at": stamp(a.created), "updated_at": stamp(a.created), "permissions": permissions, "events": list(a.events),
	}
}

func (s *Sim) appOrNull(a *app) any {
	if a == nil {
		return nil
	}
	return s.appJSON(a)
}

func (s *Sim) installationJSON(i *installation) fields {
	html := fmt.Sprintf("%s/settings/installations/%d", s.url, i.id)
	if i.account.kind == kindOrg {
		html = fmt.Sprintf("%s/organizations/%s/settings/installations/%d", s.url, i.account.login, i.id)
	}
	return fields{
		"id": i.id, "client_id": fmt.Sprintf("Iv1.%016x", i.app.id), "account": s.userJSON(i.account), "app_id": i.app.id, "app_slug": i.app.slug,
		"target_id": i.account.id, "target_type": i.account.kind, "repository_selection": i.selection(),
		"access_tokens_url": fmt.Sprintf("%s/app/installations/%d/access_tokens", s.api(), i.id),
		"repositories_url":  s.api() + "/installation/repositories", "html_url": html,
		"permissions": i.permissions, "events": list(i.app.events),
		"created_at": stamp(i.created), "updated_at": stamp(i.updated),
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{},
		"suspended_by": s.userOrNull(i.suspendedBy), "suspended_at": stampOrNull(i.suspended),
	}
}

// entryJSON is one entry of a directory, and the head of a file.
func (s *Sim) entryJSON(r *repo, ref string, e entry) fields {
	escaped := (&url.URL{Path: e.path}).EscapedPath()
	self := fmt.Sprintf("%s/repos/%s/contents/%s?ref=%s", s.api(), r.fullName(), escaped, url.QueryEscape(ref))
	kind := "blob"
	if e.kind == "dir" {
		kind = "tree"
	}
	html := fmt.Sprintf("%s/%s/%s/%s/%s", s.url, r.fullName(), kind, url.PathEscape(ref), escaped)
	git := fmt.Sprintf("%s/repos/%s/git/%ss/%s", s.api(), r.fullName(), kind, e.sha)
	f := fields{
		"type": e.kind, "size": e.size, "name": e.name, "path": e.path, "sha": e.sha,
		"url": self, "git_url": git, "html_url": html, "download_url": nil,
		"_links": fields{"self": self, "git": git, "html": html},
	}
	if e.kind != "dir" {
		f["download_url"] = fmt.Sprintf("%s/%s/raw/%s/%s", s.url, r.fullName(), url.PathEscape(ref), escaped)
	}
	return f
}

// base64Lines breaks after 60 letters, as GitHub does.
func base64Lines(content string) string {
	all := base64.StdEncoding.EncodeToString([]byte(content))
	var b strings.Builder
	for len(all) > 60 {
		b.WriteString(all[:60] + "\n")
		all = all[60:]
	}
	return b.String() + all + "\n"
}

func (s *Sim) signature(c *commit) fields {
	return fields{"name": c.author.login, "email": noreply(c.author), "date": stamp(c.at)}
}

func (s *Sim) parentsJSON(r *repo, c *commit) []fields {
	if c.parent == nil {
		return []fields{}
	}
	return []fields{{"sha": c.parent.sha, "url": s.api() + "/repos/" + r.fullName() + "/commits/" + c.parent.sha,
		"html_url": s.url + "/" + r.fullName() + "/commit/" + c.parent.sha}}
}

func unverified() fields {
	return fields{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
}

func (s *Sim) commitJSON(r *repo, c *commit) fields {
	u := s.api() + "/repos/" + r.fullName()
	tree := treeSHA(c.tree, "")
	return fields{
		"sha": c.sha, "node_id": nodeID("C", c.at.Unix()), "url": u + "/commits/" + c.sha, "html_url": s.url + "/" + r.fullName() + "/commit/" + c.sha,
		"comments_url": u + "/commits/" + c.sha + "/comments",
		"commit": fields{"url": u + "/git/commits/" + c.sha, "author": s.signature(c), "committer": s.signature(c), "message": c.message,
			"comment_count": 0, "tree": fields{"sha": tree, "url": u + "/git/trees/" + tree}, "verification": unverified()},
		"author": s.userJSON(c.author), "committer": s.userJSON(c.author), "parents": s.parentsJSON(r, c),
	}
}

// fileCommitJSON answers a write of a file; content is nil for a removal.
func (s *Sim) fileCommitJSON(r *repo, c *commit, content any) fields {
	u := s.api() + "/repos/" + r.fullName()
	tree := treeSHA(c.tree, "")
	return fields{
		"content": content,
		"commit": fields{
			"sha": c.sha, "node_id": nodeID("C", c.at.Unix()), "url": u + "/git/commits/" + c.sha,
			"html_url": s.url + "/" + r.fullName() + "/commit/" + c.sha,
			"author":   s.signature(c), "committer": s.signature(c), "message": c.message,
			"tree": fields{"sha": tree, "url": u + "/git/trees/" + tree}, "parents": s.parentsJSON(r, c), "verification": unverified(),
		},
	}
}

func (s *Sim) pushCommitJSON(r *repo, c *commit, added, modified, removed []string) fields {
	person := fields{"name": c.author.login, "email": noreply(c.author), "username": c.author.login, "date": stamp(c.at)}
	return fields{
		"id": c.sha, "tree_id": treeSHA(c.tree, ""), "distinct": true, "message": c.message, "timestamp": stamp(c.at),
		"url": s.url + "/" + r.fullName() + "/commit/" + c.sha, "author": person, "committer": person,
		"added": added, "modified": modified, "removed": removed,
	}
}
