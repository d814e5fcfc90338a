package hook

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// Priorities of an intake.
const (
	mayReport = 1
	isCommand = 2
	theRest   = 3
)

// need is why a delivery is kept, and under which keys.
type need struct {
	as       coc.App
	object   []string // nil: nothing but the GUID tells it apart
	lane     []string
	priority int
}

// needs is the one table of events that may be needed. What it does not name is
// dropped.
var needs = map[string]row{
	"issue_comment":               {actions: []string{"created"}, of: look.comment},
	"pull_request_review_comment": {actions: []string{"created"}, of: look.comment},
	"issues": {actions: []string{"opened", "edited", "labeled", "unlabeled", "closed", "reopened", "deleted", "transferred"},
		of: look.issue},
	"label": {actions: []string{"edited", "deleted"}, of: look.label},
	"push":  {of: look.push},
	"repository": {actions: []string{"renamed", "transferred", "archived", "unarchived", "publicized", "privatized", "deleted", "edited"},
		of: look.repository},
	"installation":              {of: look.installation, always: true},
	"installation_repositories": {of: look.installation, always: true},
	"installation_target":       {of: look.installation, always: true},
	"member":                    {actions: []string{"added", "removed", "edited"}, of: look.roster, always: true},
	"membership":                {actions: []string{"added", "removed"}, of: look.roster, always: true},
	"team": {actions: []string{"created", "deleted", "edited", "added_to_repository", "removed_from_repository"},
		of: look.roster, always: true},
	"organization": {actions: []string{"member_added", "member_removed", "renamed", "deleted"}, of: look.roster, always: true},
}

// row is one event of the table.
type row struct {
	// actions are those that may be needed; nil is all of them. They are what
	// GitHub's delivery log tells without the payload.
	actions []string
	// of decides from the bytes.
	of func(look) (need, bool)
	// always: whatever else the delivery says, it is needed.
	always bool
}

// mayNeed decides from what the delivery log's listing tells.
func mayNeed(event, action string) bool {
	row, ok := needs[event]
	return ok && (row.actions == nil || slices.Contains(row.actions, action))
}

// need decides from the bytes of a delivery.
func (l look) need(event string) (need, bool) {
	if !mayNeed(event, l.text("action")) {
		return need{}, false
	}
	return needs[event].of(l)
}

// routingFiles are the paths whose change may change where reports go.
var routingFiles = []string{".github/coc.yaml", "coc.yaml", ".github/coc-committee.yaml"}

// commitsListed is how many commits a push may hold before its list is no
// longer taken to be whole.
const commitsListed = 20

// look reads single fields of a delivery without decoding it. What it has found
// at the top it keeps, because each search goes through all that comes before.
type look struct {
	body        []byte
	found       map[string]gjson.Result
	app         App
	ours        ours
	reportLabel func(coc.Repo) (string, bool)
}

func (l look) at(path string) gjson.Result {
	name, below, deeper := strings.Cut(path, ".")
	top, ok := l.found[name]
	if !ok {
		top = gjson.GetBytes(l.body, name)
		l.found[name] = top
	}
	switch {
	case !deeper:
		return top
	case !top.IsObject():
		return gjson.Result{}
	}
	return top.Get(below)
}

func (l look) text(path string) string { return l.at(path).String() }

// role reports whether the registration serves a role.
func (l look) role(role coc.App) bool { return slices.Contains(l.app.Roles, role) }

// as prefers a role where the registration serves both.
func (l look) as(role coc.App) coc.App {
	if l.role(role) {
		return role
	}
	return l.app.Roles[0]
}

func (l look) bySelf() bool { return l.ours.login(l.text("sender.login")) }
func (l look) byBot() bool {
	return l.text("sender.type") == "Bot" || coc.Login(l.text("sender.login")).IsBot()
}

func (l look) repo() coc.Repo {
	return coc.Repo{Owner: l.text("repository.owner.login"), Name: l.text("repository.name")}
}

// comment: a person wrote something that may hold a line for us.
func (l look) comment() (need, bool) {
	body := []byte(l.text("comment.body"))
	if !command.HasCommand(body) || l.byBot() || l.ours.via(l.at("comment.performed_via_github_app.id").Int()) {
		return need{}, false
	}
	kind, number := "comment", "issue.number"
	if !l.at("issue").Exists() {
		kind, number = "review-comment", "pull_request.number"
	}
	priority := isCommand
	if bytes.Contains(bytes.ToLower(body), []byte("report")) {
		priority = mayReport
	}
	return need{
		as:       l.as(coc.AppSource),
		object:   []string{kind, l.text("comment.id"), "created"},
		lane:     []string{l.text("repository.id"), l.text(number)},
		priority: priority,
	}, true
}

// issue: opened with, or given, what may be the report label; or moved by hand
// in what may be a room. A move by hand is told by its GUID alone: GitHub's
// times have whole seconds, and somebody may close an issue again in the second
// in which it was put back. Taking one move twice does no harm.
//
// A move is as urgent as a command, whose lane it shares: what is less urgent than
// those behind it would be starved by them while they wait for it.
func (l look) issue() (need, bool) {
	action := l.text("action")
	id := l.text("issue.id")
	n := need{lane: []string{l.text("repository.id"), l.text("issue.number")}, priority: isCommand}
	switch action {
	case "opened":
		n.as, n.priority, n.object = coc.AppSource, mayReport, []string{"issue", id, action}
		return n, l.role(coc.AppSource) && !l.byBot() && !l.ours.via(l.at("issue.performed_via_github_app.id").Int()) &&
			l.opensReport()
	case "labeled", "unlabeled":
		label := l.text("label.name")
		switch {
		case l.movesRoom(action, label):
			n.as = coc.AppRooms
			return n, true
		case l.role(coc.AppSource) && action == "labeled" && !l.byBot() && l.mayBeReport(label):
			n.as, n.priority = coc.AppSource, mayReport
			n.object = []string{"issue", id, action, strings.ToLower(label), l.text("issue.updated_at")}
			return n, true
		}
		return need{}, false
	case "edited":
		n.as = coc.AppRooms
		return n, l.role(coc.AppRooms) && l.editsRoom()
	case "closed", "reopened":
		n.as = coc.AppRooms
		return n, l.role(coc.AppRooms) && !l.bySelf()
	case "deleted", "transferred":
		n.as, n.object = coc.AppRooms, []string{"issue", id, action}
		return n, l.role(coc.AppRooms) && !l.bySelf()
	}
	return need{}, false
}

// opensReport: the issue came with a label that makes it a report, or may.
func (l look) opensReport() bool {
	return slices.ContainsFunc(l.at("issue.labels").Array(), func(label gjson.Result) bool {
		return l.mayBeReport(label.Get("name").String())
	})
}

// mayBeReport: labels of our own stand on cases, never on what is to become
// one.
func (l look) mayBeReport(label string) bool {
	if label == "" || ourLabel(label) {
		return false
	}
	report, known := l.reportLabel(l.repo())
	return !known || strings.EqualFold(label, report)
}

// movesRoom: somebody else moved a label of ours, or we took away one that is
// not.
func (l look) movesRoom(action, label string) bool {
	if !l.role(coc.AppRooms) {
		return false
	}
	if l.bySelf() {
		return action == "unlabeled" && !ourLabel(label)
	}
	return ourLabel(label)
}

// editsRoom: somebody else changed the issue of a case, or we wrote over what
// somebody had just written around our part of it.
func (l look) editsRoom() bool {
	now, before := coc.NewProse(l.text("issue.body")), coc.NewProse(l.text("changes.body.from"))
	if l.bySelf() {
		_, lost := notice.Lost(before, now)
		return lost
	}
	_, shows := notice.CaseOf(now)
	_, showed := notice.CaseOf(before)
	return shows || showed
}

// ourLabel counts every status/ label as ours, also one that the table does
// not know: a case has exactly one.
func ourLabel(name string) bool {
	return coc.OurLabel(name) || strings.HasPrefix(strings.ToLower(name), "status/")
}

// label: somebody else renamed or deleted one of ours, in what may be a room. GitHub
// tells nothing of the issues that had it.
func (l look) label() (need, bool) {
	n := need{as: coc.AppRooms, lane: []string{l.text("repository.id")}, priority: theRest}
	ours := ourLabel(l.text("label.name")) || ourLabel(l.text("changes.name.from"))
	return n, ours && l.role(coc.AppRooms) && !l.bySelf()
}

// push: to the default branch, touching a routing file as far as we are told.
func (l look) push() (need, bool) {
	ref := l.text("ref")
	if branch := l.text("repository.default_branch"); branch == "" || ref != "refs/heads/"+branch {
		return need{}, false
	}
	p := pushed{forced: l.at("forced").Bool()}
	if json.Unmarshal([]byte(l.at("commits").Raw), &p.commits) != nil {
		p.commits = nil // not told: truncated
	}
	if !p.truncated() && !touchesRouting(p.paths()) {
		return need{}, false
	}
	return need{
		as: l.as(coc.AppSource),
		// The time is part of it: a branch can be pushed from one commit to
		// another twice, with a forced push back in between.
		object:   []string{"push", l.text("repository.id"), ref, l.text("before"), l.text("after"), l.text("repository.pushed_at")},
		lane:     []string{l.text("repository.id")},
		priority: theRest,
	}, true
}

func touchesRouting(paths []string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return slices.Contains(routingFiles, path) })
}

func (l look) repository() (need, bool) {
	action := l.text("action")
	if action == "edited" && !l.at("changes.default_branch").Exists() {
		return need{}, false
	}
	id, as := l.text("repository.id"), l.as(coc.AppRooms)
	return need{
		as: as,
		// It means something else for a room than for a source, so each of
		// two Apps hears of it.
		object:   []string{"repository", string(as), id, action, l.text("repository.updated_at")},
		lane:     []string{id},
		priority: theRest,
	}, true
}

// installation: ours was installed, removed, suspended, or covers other
// repositories or another name now.
func (l look) installation() (need, bool) {
	account := l.at("installation.account.id")
	if !account.Exists() {
		account = l.at("account.id")
	}
	return need{as: l.app.Roles[0], lane: []string{"account", account.String()}, priority: theRest}, true
}

// roster: who may read a repository, or is in a team, changed.
func (l look) roster() (need, bool) {
	account := l.at("organization.id")
	if !account.Exists() {
		account = l.at("repository.owner.id")
	}
	return need{as: l.app.Roles[0], lane: []string{"account", account.String()}, priority: theRest}, true
}

// ours tells our own Apps' doings from those of others.
type ours struct {
	bots []coc.Login
	ids  []int64
}

func ourApps(apps []App) ours {
	var o ours
	for _, app := range apps {
		o.bots = append(o.bots, coc.Login(app.Slug+"[bot]"))
		o.ids = append(o.ids, app.ID)
	}
	return o
}

func (o ours) login(login string) bool { return coc.HasLogin(o.bots, coc.Login(login)) }

func (o ours) via(app int64) bool { return slices.Contains(o.ids, app) }
