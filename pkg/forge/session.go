package forge

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"
	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	keptSessions = 512
	keptPlaces   = 4096
	// How long a repository that was seen counts as there.
	seenFor = time.Minute
)

// registered is an App with the client that acts as the App itself.
type registered struct {
	id     int64
	key    *rsa.PrivateKey
	client *github.Client

	mu   sync.Mutex
	slug string
}

type (
	installKey struct {
		as    coc.App
		owner string // lower case
	}
	placeKey struct {
		as   coc.App
		repo string // as asked for, by its key
	}
	sessionKey struct {
		as      coc.App
		install int64
		repo    string // "" for all of the installation
		id      int64  // of the repository, 0 if not known
		grant   string
	}
)

// place is the repository that was last seen under a name.
type place struct {
	repo coc.Repo
	id   int64
	seen time.Time
}

// grant is the permission that a call needs, by GitHub's names.
type grant struct {
	name        string
	permissions github.InstallationPermissions
}

var (
	readMetadata = grant{"metadata:read", github.InstallationPermissions{Metadata: github.String("read")}}
	readContents = grant{"contents:read", github.InstallationPermissions{Contents: github.String("read")}}
	readMembers  = grant{"members:read", github.InstallationPermissions{Members: github.String("read")}}
	writeIssues  = grant{"issues:write", github.InstallationPermissions{Issues: github.String("write")}}
	writePulls   = grant{"pull_requests:write", github.InstallationPermissions{PullRequests: github.String("write")}}
)

// session is one App in one repository with one permission.
type session struct {
	key    sessionKey
	repo   coc.Repo // its name of now, as far as known
	tokens *ghinstallation.Transport
	rest   *github.Client
	graph  *githubv4.Client
	used   int64
}

// errStale says that what we knew is out of date and was dropped: ask again.
var errStale = errors.New("out of date")

// in runs do in a session for a repository. Where the token, the installation
// or the place turns out to be out of date, it is dropped, and do runs once
// more; do must bear that, and does, because nothing was accepted before.
func (f *Forge) in(ctx context.Context, as coc.App, repo coc.Repo, need grant, op string, do func(context.Context, *session) error) error {
	return f.twice(ctx, op, func(ctx context.Context) (*session, error) {
		return f.session(ctx, as, repo, need)
	}, do)
}

// inOrg is in for what belongs to an organisation and not to a repository.
func (f *Forge) inOrg(ctx context.Context, as coc.App, org string, need grant, op string, do func(context.Context, *session) error) error {
	return f.twice(ctx, op, func(ctx context.Context) (*session, error) {
		install, err := f.installationOf(ctx, as, org)
		if err != nil {
			return nil, err
		}
		return f.open(ctx, sessionKey{as: as, install: install, grant: need.name}, need, coc.Repo{Owner: org})
	}, do)
}

func (f *Forge) twice(ctx context.Context, op string, open func(context.Context) (*session, error), do func(context.Context, *session) error) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	var err error
	for range 2 {
		var s *session
		if s, err = open(ctx); err == nil {
			err = do(ctx, s)
			if statusOf(err) == http.StatusUnauthorized {
				f.dropSession(s.key)
				continue
			}
		}
		if !errors.Is(err, errStale) {
			break
		}
	}
	return f.explain(op, err)
}

// session finds the installation and the place, and opens the token.
func (f *Forge) session(ctx context.Context, as coc.App, repo coc.Repo, need grant) (*session, error) {
	at, known := f.placeOf(as, repo)
	install, err := f.installation(ctx, as, at.repo)
	if err != nil {
		return nil, err
	}
	key := sessionKey{as: as, install: install, repo: at.repo.Key(), id: at.id, grant: need.name}
	s, err := f.open(ctx, key, need, at.repo)
	switch {
	case !notCovered(err):
		return s, err
	case known:
		// It was seen once, and is not there any more: begin with its name.
		f.dropPlace(as, repo)
		return nil, errStale
	}
	// A token cannot be narrowed by a name that the repository had before.
	if at, install, err = f.find(ctx, as, repo); err != nil {
		return nil, err
	}
	key = sessionKey{as: as, install: install, repo: at.repo.Key(), id: at.id, grant: need.name}
	if s, err = f.open(ctx, key, need, at.repo); notCovered(err) {
		return nil, coc.ErrInaccessible
	}
	return s, err
}

// find follows a name to the repository that has it or had it, with a token
// that can read nothing but metadata.
func (f *Forge) find(ctx context.Context, as coc.App, repo coc.Repo) (place, int64, error) {
	install, err := f.lookUp(ctx, as, repo)
	if err != nil {
		return place{}, 0, err
	}
	key := sessionKey{as: as, install: install, grant: readMetadata.name}
	s, err := f.open(ctx, key, readMetadata, repo)
	if err != nil {
		return place{}, 0, err
	}
	r, _, err := s.rest.Repositories.Get(ctx, repo.Owner, repo.Name)
	if err != nil {
		return place{}, 0, err
	}
	return f.setPlace(as, repo, r), install, nil
}

// open returns a kept session or makes one, and has its token at hand, so that
// a refused token is told apart from a refused call.
func (f *Forge) open(ctx context.Context, key sessionKey, need grant, repo coc.Repo) (*session, error) {
	s := f.keptSession(key)
	if s == nil {
		a, err := f.app(key.as)
		if err != nil {
			return nil, err
		}
		s = f.keep(f.newSession(a, key, need, repo))
	}
	if _, err := s.tokens.Token(ctx); err != nil {
		f.dropSession(key)
		err = tokenRefused(err)
		if statusOf(err) == http.StatusNotFound && f.dropInstallation(key) {
			return nil, errStale
		}
		return nil, err
	}
	return s, nil
}

func (f *Forge) newSession(a *registered, key sessionKey, need grant, repo coc.Repo) *session {
	// One of its own: ghinstallation writes to the Apps transport without a
	// lock whenever it asks for a token.
	apps := ghinstallation.NewAppsTransportFromPrivateKey(f.wire, a.id, a.key)
	apps.BaseURL = f.v3
	tokens := ghinstallation.NewFromAppsTransport(apps, key.install)
	permissions := need.permissions
	tokens.InstallationTokenOptions = &github.InstallationTokenOptions{Permissions: &permissions}
	switch {
	case key.id != 0:
		tokens.InstallationTokenOptions.RepositoryIDs = []int64{key.id}
	case key.repo != "":
		tokens.InstallationTokenOptions.Repositories = []string{repo.Name}
	}
	rest := github.NewClient(&http.Client{Transport: tokens})
	rest.BaseURL = a.client.BaseURL
	rest.UserAgent = userAgent
	return &session{
		key: key, repo: repo, tokens: tokens, rest: rest,
		graph: githubv4.NewEnterpriseClient(f.v4, &http.Client{Transport: plainErrors{tokens}}),
	}
}

// installation is the one that covers a repository, as far as its owner tells.
func (f *Forge) installation(ctx context.Context, as coc.App, repo coc.Repo) (int64, error) {
	if id, ok := f.keptInstallation(as, repo.Owner); ok {
		return id, nil
	}
	return f.lookUp(ctx, as, repo)
}

// lookUp asks GitHub, which follows renames and transfers.
func (f *Forge) lookUp(ctx context.Context, as coc.App, repo coc.Repo) (int64, error) {
	a, err := f.app(as)
	if err != nil {
		return 0, err
	}
	i, _, err := a.client.Apps.FindRepositoryInstallation(ctx, repo.Owner, repo.Name)
	if err != nil {
		return 0, err
	}
	f.keepInstallation(as, i)
	return i.GetID(), nil
}

func (f *Forge) installationOf(ctx context.Context, as coc.App, org string) (int64, error) {
	if id, ok := f.keptInstallation(as, org); ok {
		return id, nil
	}
	a, err := f.app(as)
	if err != nil {
		return 0, err
	}
	i, _, err := a.client.Apps.FindOrganizationInstallation(ctx, org)
	if err != nil {
		return 0, err
	}
	f.keepInstallation(as, i)
	return i.GetID(), nil
}

func (f *Forge) keptInstallation(as coc.App, owner string) (int64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.installs[installKey{as, strings.ToLower(owner)}]
	return id, ok
}

func (f *Forge) keepInstallation(as coc.App, i *github.Installation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.installs[installKey{as, strings.ToLower(i.GetAccount().GetLogin())}] = i.GetID()
}

// dropInstallation forgets an installation with all its sessions, and reports
// whether it was kept, so that looking it up again may help.
func (f *Forge) dropInstallation(gone sessionKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := false
	for key, id := range f.installs {
		if key.as == gone.as && id == gone.install {
			delete(f.installs, key)
			found = true
		}
	}
	for key := range f.sessions {
		if key.as == gone.as && key.install == gone.install {
			delete(f.sessions, key)
		}
	}
	return found
}

// placeOf is the repository that was last seen under the name, or else the
// name itself.
func (f *Forge) placeOf(as coc.App, repo coc.Repo) (place, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.places[placeKey{as, repo.Key()}]; ok {
		return p, true
	}
	return place{repo: repo}, false
}

func (f *Forge) setPlace(as coc.App, asked coc.Repo, r *github.Repository) place {
	p := place{repo: repoOf(r), id: r.GetID(), seen: f.now()}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.places) >= keptPlaces {
		for key := range f.places { // any: it is found again by asking
			delete(f.places, key)
			break
		}
	}
	f.places[placeKey{as, asked.Key()}] = p
	return p
}

func (f *Forge) dropPlace(as coc.App, repo coc.Repo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.places, placeKey{as, repo.Key()})
}

func (f *Forge) keptSession(key sessionKey) *session {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[key]
	if s != nil {
		f.used++
		s.used = f.used
	}
	return s
}

// keep keeps a session, and gives up the one longest unused where there are
// too many. Of two made at once the first is kept.
func (f *Forge) keep(s *session) *session {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first := f.sessions[s.key]; first != nil {
		return first
	}
	if len(f.sessions) >= keptSessions {
		var oldest *session
		for _, other := range f.sessions {
			if oldest == nil || other.used < oldest.used {
				oldest = other
			}
		}
		delete(f.sessions, oldest.key)
	}
	f.used++
	s.used = f.used
	f.sessions[s.key] = s
	return s
}

func (f *Forge) dropSession(key sessionKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, key)
}
