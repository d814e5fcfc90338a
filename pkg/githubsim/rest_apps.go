package githubsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var appRoutes = []route{
	forApp("GET", "/app", func(q *call) (int, any, error) { return http.StatusOK, q.s.ownAppJSON(q.who.app), nil }),
	forApp("GET", "/app/installations", (*call).listInstallations),
	forApp("GET", "/app/installations/{id}", (*call).getInstallation),
	forApp("POST", "/app/installations/{id}/access_tokens", (*call).createToken),
	forApp("GET", "/repos/{owner}/{repo}/installation", (*call).repoInstallation),
	forApp("GET", "/orgs/{account}/installation", accountInstallation(kindOrg)),
	forApp("GET", "/users/{account}/installation", accountInstallation(kindUser)),
	forApp("GET", "/app/hook/deliveries", (*call).listDeliveries),
	forApp("GET", "/app/hook/deliveries/{id}", (*call).getDelivery),
	forApp("POST", "/app/hook/deliveries/{id}/attempts", (*call).redeliver),
	on("GET", "/installation/repositories", (*call).installationRepositories),
	on("GET", "/rate_limit", (*call).rateLimits),
	on("GET", "/meta", (*call).meta),
}

func (s *Sim) ownAppJSON(a *app) fields {
	f := s.appJSON(a)
	count := 0
	for _, i := range s.installs {
		if i.app == a {
			count++
		}
	}
	f["installations_count"] = count
	return f
}

// installations lists those of the App that asks.
func (q *call) installations() []*installation {
	return slices.DeleteFunc(q.s.sortedInstalls(), func(i *installation) bool { return i.app != q.who.app })
}

func (q *call) listInstallations() (int, any, error) {
	return http.StatusOK, mapAll(page(q, q.installations()), q.s.installationJSON), nil
}

func (q *call) installation() (*installation, error) {
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	i := q.s.installs[id]
	if i == nil || i.app != q.who.app {
		return nil, notFound()
	}
	return i, nil
}

func (q *call) getInstallation() (int, any, error) {
	i, err := q.installation()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.installationJSON(i), nil
}

func (q *call) repoInstallation() (int, any, error) {
	key := strings.ToLower(q.vars["owner"] + "/" + q.vars["repo"])
	r, moved := q.s.names[key], false
	if r == nil {
		r = q.s.oldNames[key]
		moved = r != nil
	}
	for _, i := range q.installations() {
		switch {
		case r == nil || !i.hasRepo(r) || q.s.hides(q.who, r):
		case moved:
			return 0, nil, &APIError{Status: http.StatusMovedPermanently, Message: "Moved Permanently",
				location: fmt.Sprintf("%s/repositories/%d/installation", q.s.api(), r.id)}
		default:
			return http.StatusOK, q.s.installationJSON(i), nil
		}
	}
	return 0, nil, notFound()
}

// hasRepo is covers, also while the installation is suspended.
func (i *installation) hasRepo(r *repo) bool {
	return i.account == r.owner && (i.repos == nil || i.repos[r.id])
}

func accountInstallation(kind string) func(*call) (int, any, error) {
	return func(q *call) (int, any, error) {
		for _, i := range q.installations() {
			if i.account.kind == kind && strings.EqualFold(i.account.login, q.vars["account"]) {
				return http.StatusOK, q.s.installationJSON(i), nil
			}
		}
		return 0, nil, notFound()
	}
}

func (q *call) createToken() (int, any, error) {
	i, err := q.installation()
	if err != nil {
		return 0, nil, err
	}
	var n narrowing
	p := q.payload()
	p.read("repositories", &n.Repositories, "an array of strings")
	p.read("repository_ids", &n.RepositoryIDs, "an array of integers")
	p.read("permissions", &n.Permissions, "an object of strings")
	if p.err != nil {
		return 0, nil, p.err
	}
	value, t, err := q.s.issueToken(i, n)
	if err != nil {
		return 0, nil, err
	}
	f := fields{"token": value, "expires_at": stamp(t.expires), "permissions": t.permissions, "repository_selection": i.selection()}
	if t.repos != nil {
		f["repository_selection"] = "selected"
		repos := []fields{}
		for _, id := range t.repos {
			repos = append(repos, q.s.repoJSON(q.s.repos[id]))
		}
		f["repositories"] = repos
	}
	return http.StatusCreated, f, nil
}

func (q *call) installationRepositories() (int, any, error) {
	if q.who.inst == nil {
		return 0, nil, refuse(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.")
	}
	repos := slices.DeleteFunc(q.s.sortedRepos(), func(r *repo) bool { return !q.who.covers(r) })
	selection := q.who.inst.selection()
	if q.who.tok.repos != nil {
		selection = "selected"
	}
	return http.StatusOK, fields{"total_count": len(repos), "repository_selection": selection,
		"repositories": mapAll(page(q, repos), q.s.repoJSON)}, nil
}

func (q *call) rateLimits() (int, any, error) {
	if q.s.rateLimit == 0 {
		return 0, nil, refuse(http.StatusNotFound, "Rate limiting is not enabled.")
	}
	core, graph := q.s.bucketOf(q.who, "core").json(), q.s.bucketOf(q.who, "graphql").json()
	search := fields{"limit": 30, "remaining": 30, "used": 0, "reset": core["reset"]}
	return http.StatusOK, fields{"resources": fields{"core": core, "graphql": graph, "search": search}, "rate": core}, nil
}

// deliveries lists what the App's log still remembers, the last that was sent
// first. That is not the order of the IDs: one that was late has an old one.
func (q *call) deliveries() []*Delivery {
	var all []*Delivery
	for _, d := range q.s.hooks.log {
		answered := d.turn > 0 && d.Status != statusQueued
		if answered && d.AppID == q.who.app.id && q.s.now().Sub(d.DeliveredAt) < q.s.deliveryKept() {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *Delivery) int { return cmp.Compare(b.turn, a.turn) })
	return all
}

// listDeliveries is paged by a cursor, which tells nobody but us where the next
// page begins.
func (q *call) listDeliveries() (int, any, error) {
	all := q.deliveries()
	if cursor := q.query("cursor"); cursor != "" {
		first, err := strconv.ParseInt(strings.TrimPrefix(cursor, "v1_"), 10, 64)
		if err != nil {
			return 0, nil, refuse(http.StatusUnprocessableEntity, "Invalid cursor")
		}
		all = slices.DeleteFunc(all, func(d *Delivery) bool { return d.turn > first })
	}
	switch status := q.query("status"); status {
	case "":
	case "success", "failure":
		all = slices.DeleteFunc(all, func(d *Delivery) bool { return (d.Status == "OK") != (status == "success") })
	default:
		return 0, nil, invalid(FieldError{Resource: "HookDelivery", Field: "status", Code: "invalid"})
	}
	if size := q.perPage(); len(all) > size {
		v := q.http.URL.Query()
		v.Set("cursor", fmt.Sprintf("v1_%d", all[size].turn))
		q.header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, q.s.url, q.http.URL.EscapedPath(), v.Encode()))
		all = all[:size]
	}
	return http.StatusOK, mapAll(all, deliveryItemJSON), nil
}

func deliveryItemJSON(d *Delivery) fields {
	f := fields{
		"id": d.ID, "guid": d.GUID, "delivered_at": stamp(d.DeliveredAt), "redelivery": d.Redelivery,
		"duration": d.Duration.Seconds(), "status": d.Status, "status_code": d.StatusCode, "event": d.Event,
		"action": textOrNull(d.Action), "installation_id": nil, "repository_id": nil, "throttled_at": nil,
	}
	if d.InstallationID != 0 {
		f["installation_id"] = d.InstallationID
	}
	if d.RepositoryID != 0 {
		f["repository_id"] = d.RepositoryID
	}
	return f
}

func (q *call) delivery() (*Delivery, error) {
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	for _, d := range q.deliveries() {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, notFound()
}

func (q *call) getDelivery() (int, any, error) {
	d, err := q.delivery()
	if err != nil {
		return 0, nil, err
	}
	payload, err := reencoded(d.RequestBody)
	if err != nil {
		return 0, nil, err
	}
	f := deliveryItemJSON(d)
	f["url"] = d.URL
	f["request"] = fields{"headers": loggedHeaders(d.RequestHeader), "payload": payload}
	f["response"] = fields{"headers": nil, "payload": nil}
	if d.ResponseHeader != nil {
		f["response"] = fields{"headers": loggedHeaders(d.ResponseHeader), "payload": string(d.ResponseBody)}
	}
	body, err := json.MarshalIndent(f, "", "  ")
	return http.StatusOK, body, err
}

// reencoded is a payload as the log shows it: the same JSON, and not the bytes
// that were signed. Its keys are in another order, its letters escaped
// otherwise; its numbers keep all their digits.
func reencoded(payload []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// loggedHeaders are written as GitHub writes them, which is not as Go does.
func loggedHeaders(h http.Header) fields {
	f := fields{}
	for name, values := range h {
		name = strings.Replace(name, "X-Github-", "X-GitHub-", 1)
		name = strings.Replace(name, "-Id", "-ID", 1)
		if name == "Content-Type" {
			name = "content-type"
		}
		f[name] = strings.Join(values, ", ")
	}
	return f
}

func (q *call) redeliver() (int, any, error) {
	d, err := q.delivery()
	if err != nil {
		return 0, nil, err
	}
	q.s.redeliver(d)
	return http.StatusAccepted, fields{}, nil
}
