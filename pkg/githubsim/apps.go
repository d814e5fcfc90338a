package githubsim

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// App is a registration to be added.
type App struct {
	ID   int64
	Slug string
	Name string // empty means the slug
	// PrivateKey signs the App's tokens; only its public part is kept.
	PrivateKey *rsa.PrivateKey
	// WebhookURL must be on loopback; empty means no webhook.
	WebhookURL    string
	WebhookSecret string
	Permissions   map[string]string // "issues": "write"; metadata is always read
	Events        []string

	// ClientID, ClientSecret and Callbacks are for people who sign in through the
	// App (oauth.go). No ClientID: nobody can. Callbacks, up to ten, must be on
	// loopback.
	ClientID, ClientSecret string
	Callbacks              []string
	// UserTokensStay switches off that a person's token through the App ends
	// after eight hours.
	UserTokensStay bool
}

type app struct {
	id          int64
	slug, name  string
	key         *rsa.PublicKey
	hookURL     string
	hookSecret  string
	hookID      int64
	permissions map[string]string
	events      []string
	bot         *account
	created     time.Time
	oauth       oauthClient
}

type installation struct {
	id          int64
	app         *app
	account     *account
	repos       map[int64]bool // nil means all
	permissions map[string]string
	suspendedBy *account
	suspended   time.Time
	created     time.Time
	updated     time.Time
}

// token is a person's, without end or through an App for hours, or an
// installation's, for an hour.
type token struct {
	user        *account
	via         *app // of a person's; nil: their own
	inst        *installation
	permissions map[string]string
	repos       []int64 // nil means all of the installation
	expires     time.Time
}

func (i *installation) covers(r *repo) bool {
	return i.account == r.owner && i.suspended.IsZero() && (i.repos == nil || i.repos[r.id])
}

// drop forgets a repository that is no longer the account's.
func (i *installation) drop(r *repo) {
	if i.repos != nil {
		delete(i.repos, r.id)
	}
}

func (i *installation) selection() string {
	if i.repos == nil {
		return "all"
	}
	return "selected"
}

// eventNeeds is the permission that an App must have to be told of an event;
// one of them is enough. Events that are not here are let through.
var eventNeeds = map[string][]string{
	"issues":                      {"issues"},
	"issue_comment":               {"issues", "pull_requests"},
	"label":                       {"metadata"},
	"member":                      {"members"},
	"membership":                  {"members"},
	"organization":                {"members"},
	"public":                      {"metadata"},
	"pull_request":                {"pull_requests"},
	"pull_request_review_comment": {"pull_requests"},
	"push":                        {"contents"},
	"repository":                  {"metadata"},
	"team":                        {"members"},
}

// AddApp registers an App and its bot user. An event whose permission the App
// does not ask for is refused, as on GitHub.
func (s *Sim) AddApp(in App) error {
	if in.PrivateKey == nil {
		return fmt.Errorf("githubsim: app %s: no private key", in.Slug)
	}
	if err := checkHookURL(in.WebhookURL); err != nil {
		return fmt.Errorf("githubsim: app %s: %w", in.Slug, err)
	}
	if err := checkOAuth(in); err != nil {
		return fmt.Errorf("githubsim: app %s: %w", in.Slug, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.ID <= 0 || s.apps[in.ID] != nil {
		return fmt.Errorf("githubsim: app %s: ID %d is taken or not positive", in.Slug, in.ID)
	}
	permissions := maps.Clone(in.Permissions)
	if permissions == nil {
		permissions = map[string]string{}
	}
	permissions["metadata"] = "read"
	for _, event := range in.Events {
		if needs, known := eventNeeds[event]; known && !slices.ContainsFunc(needs, func(p string) bool { return enough(permissions[p], false) }) {
			return fmt.Errorf("githubsim: app %s: event %s needs permission %s", in.Slug, event, strings.Join(needs, " or "))
		}
	}
	bot, err := s.addAccount(in.Slug+"[bot]", kindBot)
	if err != nil {
		return err
	}
	name := in.Name
	if name == "" {
		name = in.Slug
	}
	s.apps[in.ID] = &app{id: in.ID, slug: in.Slug, name: name, key: &in.PrivateKey.PublicKey,
		hookURL: in.WebhookURL, hookSecret: in.WebhookSecret, hookID: s.nextID(),
		permissions: permissions, events: slices.Clone(in.Events), bot: bot, created: s.now(),
		oauth: oauthClient{id: in.ClientID, secret: in.ClientSecret, callbacks: slices.Clone(in.Callbacks), stay: in.UserTokensStay}}
	return nil
}

// SetWebhook changes where an App is told and with which secret.
func (s *Sim) SetWebhook(appID int64, hookURL, secret string) error {
	if err := checkHookURL(hookURL); err != nil {
		return fmt.Errorf("githubsim: app %d: %w", appID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil {
		return fmt.Errorf("githubsim: no app %d", appID)
	}
	a.hookURL, a.hookSecret = hookURL, secret
	return nil
}

// SetCallbacks changes where people are sent back to who sign in through an App.
func (s *Sim) SetCallbacks(appID int64, callbacks ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil {
		return fmt.Errorf("githubsim: no app %d", appID)
	}
	changed := App{ClientID: a.oauth.id, ClientSecret: a.oauth.secret, Callbacks: callbacks}
	if err := checkOAuth(changed); err != nil {
		return fmt.Errorf("githubsim: app %d: %w", appID, err)
	}
	a.oauth.callbacks = slices.Clone(callbacks)
	return nil
}

// checkHookURL keeps the promise that nothing leaves this machine.
func checkHookURL(raw string) error {
	if raw == "" {
		return nil
	}
	if !leadsHere(raw) {
		return fmt.Errorf("webhook %q is not on loopback", raw)
	}
	return nil
}

func leadsHere(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && loopback(u.Hostname())
}

// Install installs an App on an account, for the repositories named by full or
// short name, or for all. The App learns of it by an event.
func (s *Sim) Install(appID int64, accountLogin string, repos ...string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	owner := s.accounts[strings.ToLower(accountLogin)]
	if a == nil || owner == nil || owner.kind == kindBot {
		return 0, fmt.Errorf("githubsim: install app %d on %q: no such app or account", appID, accountLogin)
	}
	for _, i := range s.installs {
		if i.app == a && i.account == owner {
			return 0, fmt.Errorf("githubsim: app %d is installed on %s", appID, accountLogin)
		}
	}
	i := &installation{id: s.nextID(), app: a, account: owner, permissions: maps.Clone(a.permissions), created: s.now(), updated: s.now()}
	if len(repos) > 0 {
		i.repos = map[int64]bool{}
		for _, name := range repos {
			r, err := s.ownRepo(owner, name)
			if err != nil {
				return 0, err
			}
			i.repos[r.id] = true
		}
	}
	s.installs[i.id] = i
	s.emit(occurrence{event: "installation", action: "created", only: i, by: s.ownerOf(owner),
		fields: fields{"installation": s.installationJSON(i), "repositories": s.shortRepos(s.installedRepos(i)), "requester": nil}})
	return i.id, nil
}

// Withhold makes an installation one that has not accepted permissions which its
// App asked for later.
func (s *Sim) Withhold(id int64, permissions ...string) error {
	return s.onInstallation(id, func(i *installation) error {
		for _, name := range permissions {
			if _, ok := i.permissions[name]; !ok || name == "metadata" {
				return fmt.Errorf("githubsim: installation %d has no permission %q to withhold", id, name)
			}
			delete(i.permissions, name)
		}
		return nil
	})
}

// Uninstall removes an installation: its tokens die and its App is told.
func (s *Sim) Uninstall(id int64) error {
	return s.onInstallation(id, func(i *installation) error {
		s.emit(occurrence{event: "installation", action: "deleted", only: i, by: s.ownerOf(i.account),
			fields: fields{"installation": s.installationJSON(i), "repositories": s.shortRepos(s.installedRepos(i)), "requester": nil}})
		delete(s.installs, id)
		maps.DeleteFunc(s.tokens, func(_ string, t *token) bool { return t.inst == i })
		return nil
	})
}

// SuspendInstallation keeps an App out, or lets it in again.
func (s *Sim) SuspendInstallation(id int64, suspend bool) error {
	return s.onInstallation(id, func(i *installation) error {
		action := "suspend"
		by := s.ownerOf(i.account)
		if suspend {
			i.suspended, i.suspendedBy = s.now(), by.user
		} else {
			action = "unsuspend"
			i.suspended, i.suspendedBy = time.Time{}, nil
		}
		i.updated = s.now()
		s.emit(occurrence{event: "installation", action: action, only: i, by: by,
			fields: fields{"installation": s.installationJSON(i), "repositories": []any{}, "requester": nil}})
		return nil
	})
}

// SelectRepos adds repositories to an installation on selected ones and takes
// others away. An installation on all becomes one on what is added.
func (s *Sim) SelectRepos(id int64, add, remove []string) error {
	return s.onInstallation(id, func(i *installation) error {
		find := func(names []string) ([]*repo, error) {
			var found []*repo
			for _, name := range names {
				r, err := s.ownRepo(i.account, name)
				if err != nil {
					return nil, err
				}
				found = append(found, r)
			}
			return found, nil
		}
		added, err := find(add)
		if err != nil {
			return err
		}
		removed, err := find(remove)
		if err != nil {
			return err
		}
		if i.repos == nil {
			i.repos = map[int64]bool{}
		}
		for _, r := range added {
			i.repos[r.id] = true
		}
		for _, r := range removed {
			delete(i.repos, r.id)
		}
		by := s.ownerOf(i.account)
		if added != nil {
			s.emit(occurrence{event: "installation_repositories", action: "added", only: i, by: by, fields: s.repositoriesChanged(i, added, nil)})
		}
		if removed != nil {
			s.emit(occurrence{event: "installation_repositories", action: "removed", only: i, by: by, fields: s.repositoriesChanged(i, nil, removed)})
		}
		return nil
	})
}

func (s *Sim) repositoriesChanged(i *installation, added, removed []*repo) fields {
	return fields{
		"installation":         s.installationJSON(i),
		"repository_selection": i.selection(),
		"repositories_added":   s.shortRepos(added),
		"repositories_removed": s.shortRepos(removed),
		"requester":            nil,
	}
}

func (s *Sim) onInstallation(id int64, do func(*installation) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.installs[id]
	if i == nil {
		return fmt.Errorf("githubsim: no installation %d", id)
	}
	return do(i)
}

func (s *Sim) ownRepo(owner *account, name string) (*repo, error) {
	_, short, found := strings.Cut(name, "/")
	if !found {
		short = name
	}
	r := s.names[strings.ToLower(owner.login+"/"+short)]
	if r == nil || found && !strings.EqualFold(r.fullName(), name) {
		return nil, fmt.Errorf("githubsim: %s has no repository %q", owner.login, name)
	}
	return r, nil
}

func (s *Sim) installedRepos(i *installation) []*repo {
	return slices.DeleteFunc(s.sortedRepos(), func(r *repo) bool {
		return r.owner != i.account || i.repos != nil && !i.repos[r.id]
	})
}

func (s *Sim) sortedInstalls() []*installation {
	all := slices.Collect(maps.Values(s.installs))
	slices.SortFunc(all, func(a, b *installation) int { return int(a.id - b.id) })
	return all
}

// identify turns an Authorization header into a caller. Every way of being
// wrong is 401; GitHub does not say which.
func (s *Sim) identify(header string) (caller, error) {
	if header == "" {
		return caller{}, nil
	}
	scheme, value, _ := strings.Cut(header, " ")
	if scheme = strings.ToLower(scheme); scheme == "basic" {
		return s.identifyClient(strings.TrimSpace(value))
	}
	if scheme != "bearer" && scheme != "token" {
		return caller{}, badCredentials()
	}
	value = strings.TrimSpace(value)
	if strings.Count(value, ".") == 2 {
		return s.identifyApp(value)
	}
	t := s.tokens[value]
	switch {
	case t == nil, !t.expires.IsZero() && !s.now().Before(t.expires):
		return caller{}, badCredentials()
	case t.inst == nil:
		return caller{user: t.user, tok: t}, nil
	case !t.inst.suspended.IsZero():
		return caller{}, refuse(http.StatusForbidden, "This installation has been suspended")
	}
	return caller{user: t.inst.app.bot, app: t.inst.app, inst: t.inst, tok: t}, nil
}

func badCredentials() error { return refuse(http.StatusUnauthorized, "Bad credentials") }

// maxAppToken is the longest life of an App's own token; clockSkew is how far
// its issue may lie in the future.
const (
	maxAppToken = 10 * time.Minute
	clockSkew   = time.Minute
)

func (s *Sim) identifyApp(value string) (caller, error) {
	undecodable := refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation(), jwt.WithJSONNumber())
	claims := jwt.MapClaims{}
	var a *app
	stranger := false
	_, err := parser.ParseWithClaims(value, claims, func(*jwt.Token) (any, error) {
		for _, candidate := range s.apps {
			if fmt.Sprint(claims["iss"]) == fmt.Sprint(candidate.id) {
				a = candidate
				return a.key, nil
			}
		}
		stranger = true
		return nil, errors.New("unknown issuer")
	})
	if err != nil {
		if stranger {
			return caller{}, refuse(http.StatusNotFound, "Integration not found")
		}
		return caller{}, undecodable
	}
	// The signature is the App's; now the times, by our clock and not the library's.
	issued, err := claimTime(claims["iat"])
	if err != nil {
		return caller{}, refuse(http.StatusUnauthorized, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	}
	expires, err := claimTime(claims["exp"])
	if err != nil {
		return caller{}, refuse(http.StatusUnauthorized, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	}
	now := s.instant()
	switch {
	case issued.After(now.Add(clockSkew)):
		return caller{}, refuse(http.StatusUnauthorized, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	case !expires.After(now):
		return caller{}, refuse(http.StatusUnauthorized, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case expires.After(now.Add(maxAppToken)):
		return caller{}, refuse(http.StatusUnauthorized, "'Expiration time' claim ('exp') is too far in the future")
	}
	return caller{app: a}, nil
}

func claimTime(claim any) (time.Time, error) {
	n, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, errors.New("not a number")
	}
	seconds, err := n.Int64()
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(seconds, 0), nil
}

// tokenLife is how long an installation's token holds.
const tokenLife = time.Hour

// narrowing is what an access token is asked to be less than its installation.
type narrowing struct {
	Repositories  []string          `json:"repositories"`
	RepositoryIDs []int64           `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

func (s *Sim) issueToken(i *installation, n narrowing) (string, *token, error) {
	if !i.suspended.IsZero() {
		return "", nil, refuse(http.StatusForbidden, "This installation has been suspended")
	}
	t := &token{inst: i, permissions: maps.Clone(i.permissions), expires: s.now().Add(tokenLife)}
	if len(n.Permissions) > 0 {
		for name, wanted := range n.Permissions {
			if wanted != "read" && wanted != "write" && wanted != "admin" || !enough(i.permissions[name], wanted != "read") {
				return "", nil, refuse(http.StatusUnprocessableEntity, "The permissions requested are not granted to this installation.")
			}
		}
		t.permissions = maps.Clone(n.Permissions)
		t.permissions["metadata"] = "read"
	}
	if len(n.Repositories) > 0 || len(n.RepositoryIDs) > 0 {
		t.repos = []int64{}
		missing := refuse(http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation.")
		for _, name := range n.Repositories {
			r := s.names[strings.ToLower(i.account.login+"/"+name)]
			if r == nil || !i.covers(r) {
				return "", nil, missing
			}
			t.repos = append(t.repos, r.id)
		}
		for _, id := range n.RepositoryIDs {
			r := s.repos[id]
			if r == nil || !i.covers(r) {
				return "", nil, missing
			}
			t.repos = append(t.repos, id)
		}
	}
	value := "ghs_" + randomHex(18)
	s.tokens[value] = t
	return value, t, nil
}
