package forge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/google/go-github/v62/github"
	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	keptTokens = 512
	keptPlaces = 4096
)

// registered is an App with the client that acts as the App itself.
type registered struct {
	id     int64
	client *github.Client
	slug   atomic.Pointer[string]
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
	accessKey struct {
		as      coc.App
		install int64
		repo    int64 // by id; 0 for all of the installation
		grant   string
	}
)

// place is the repository that was last seen under a name.
type place struct {
	repo coc.Repo
	id   int64
	// unsure: something has happened to the owner or the repository. Only a
	// write still goes there, because it must not go anywhere else before
	// somebody has looked.
	unsure bool
}

// grant is the permission that a call needs, by GitHub's names.
type grant struct {
	name        string
	permissions github.InstallationPermissions
	writes      bool
	// discussions is a permission that the library does not know.
	discussions string
}

var (
	readMetadata = grant{"metadata:read", github.InstallationPermissions{Metadata: github.String("read")}, false, ""}
	readContents = grant{"contents:read", github.InstallationPermissions{Contents: github.String("read")}, false, ""}
	readMembers  = grant{"members:read", github.InstallationPermissions{Members: github.String("read")}, false, ""}
	writeIssues  = grant{"issues:write", github.InstallationPermissions{Issues: github.String("write")}, true, ""}
	writePulls   = grant{"pull_requests:write", github.InstallationPermissions{PullRequests: github.String("write")}, true, ""}
	// Whoever administers may admit and expel, and makes rooms where the token is
	// for no repository.
	administer = grant{"administration:write", github.InstallationPermissions{Administration: github.String("write")}, true, ""}
	// What only owners and the Apps they trust may read of an organisation.
	readOrganisation = grant{"organization_administration:read", github.InstallationPermissions{OrganizationAdministration: github.String("read")}, false, ""}
	// What the survey reads beside.
	readSettings  = grant{"administration:read", github.InstallationPermissions{Administration: github.String("read")}, false, ""}
	readRepoHooks = grant{"repository_hooks:read", github.InstallationPermissions{RepositoryHooks: github.String("read")}, false, ""}
	readOrgHooks  = grant{"organization_hooks:read", github.InstallationPermissions{OrganizationHooks: github.String("read")}, false, ""}
)

// access is a token, renewed as needed, with the clients that use it. It is
// kept, for the next call that needs the same.
type access struct {
	key    accessKey
	tokens *tokens
	rest   *github.Client
	graph  *githubv4.Client
	used   int64
}

// session is one call's access to one repository, under its name of now.
type session struct {
	*access
	repo coc.Repo
}

// errStale says that what we knew is out of date and was dropped: ask again.
var errStale = errors.New("out of date")

// in runs do in a session for a repository. Where the token, the installation
// or the place turns out to be out of date, it is dropped, and do runs again;
// do must bear that, and does, because nothing was accepted before.
func (f *Forge) in(ctx context.Context, as coc.App, repo coc.Repo, need grant, op string, do func(context.Context, *session) error) error {
	return f.run(ctx, repo.Owner, repo.Name+" "+need.name, op, func(ctx context.Context) (*session, error) {
		return f.session(ctx, as, repo, need)
	}, do)
}

// inOrg is in for what belongs to an organisation and not to a repository.
func (f *Forge) inOrg(ctx context.Context, as coc.App, org string, need grant, op string, do func(context.Context, *session) error) error {
	return f.run(ctx, org, need.name, op, func(ctx context.Context) (*session, error) {
		install, err := f.installationOf(ctx, as, org)
		if err != nil {
			return nil, err
		}
		a, err := f.open(ctx, accessKey{as: as, install: install, grant: need.name}, need)
		return &session{access: a}, err
	}, do)
}

func (f *Forge) run(ctx context.Context, owner, about, op string, open func(context.Context) (*session, error), do func(context.Context, *session) error) error {
	return f.call(ctx, owner, about, op, func(ctx context.Context) error {
		var err error
		refused := false
		// Three times: for a token that was revoked because its installation
		// is not the one it was.
		for range 3 {
			var s *session
			if s, err = open(ctx); err == nil {
				err = do(ctx, s)
				if statusOf(err) == http.StatusUnauthorized && !refused {
					refused = true
					f.dropAccess(s.key)
					continue
				}
			}
			if !errors.Is(err, errStale) {
				break
			}
		}
		return err
	})
}

// session finds the installation and the repository, and has a token at hand.
func (f *Forge) session(ctx context.Context, as coc.App, repo coc.Repo, need grant) (*session, error) {
	at, known := f.placeOf(as, repo)
	if at.unsure && !need.writes {
		at, known = place{repo: repo}, false
	}
	install, err := f.installation(ctx, as, at.repo)
	if err != nil {
		return nil, err
	}
	if known {
		a, err := f.open(ctx, accessKey{as: as, install: install, repo: at.id, grant: need.name}, need)
		switch {
		case notCovered(err) && need.writes:
			// What has its name now was looked at by nobody.
			return nil, coc.ErrInaccessible
		case notCovered(err):
			// It was seen once, and is not there any more: begin with its name.
			f.dropPlace(as, repo)
			return nil, errStale
		}
		return &session{access: a, repo: at.repo}, err
	}
	s, err := f.openByName(ctx, as, install, repo, need)
	if !notCovered(err) {
		return s, err
	}
	// A token cannot be narrowed by a name that the repository had before.
	if at, install, err = f.find(ctx, as, repo); err != nil {
		return nil, err
	}
	a, err := f.open(ctx, accessKey{as: as, install: install, repo: at.id, grant: need.name}, need)
	return &session{access: a, repo: at.repo}, err
}

// open returns a kept access or makes one, and has its token at hand, so that
// a refused token is told apart from a refused call.
func (f *Forge) open(ctx context.Context, key accessKey, need grant) (*access, error) {
	a := f.keptAccess(key)
	if a == nil {
		made, err := f.newAccess(key, need)
		if err != nil {
			return nil, err
		}
		if key.repo != 0 {
			made.tokens.options.RepositoryIDs = []int64{key.repo}
		}
		a = f.keep(made)
	}
	if err := f.token(ctx, a); err != nil {
		return nil, err
	}
	return a, nil
}

// openByName is open for a repository that was not seen yet. GitHub names the
// repository, with its id, that it gave the token for: that is the look-up. By
// name it is not asked for again, because the name may come to belong to
// another repository while the token lives.
func (f *Forge) openByName(ctx context.Context, as coc.App, install int64, repo coc.Repo, need grant) (*session, error) {
	a, err := f.newAccess(accessKey{as: as, install: install, grant: need.name}, need)
	if err != nil {
		return nil, err
	}
	options := &a.tokens.options
	options.Repositories = []string{repo.Name}
	if err := f.token(ctx, a); err != nil {
		return nil, err
	}
	given := a.tokens.covered()
	told := len(given) == 1 && given[0].GetID() != 0 && given[0].GetName() != ""
	if !told {
		return &session{access: a, repo: repo}, nil // good for this call
	}
	at := place{repo: coc.Repo{Owner: repo.Owner, Name: given[0].GetName()}, id: given[0].GetID()}
	if owner := given[0].GetOwner().GetLogin(); owner != "" {
		at.repo.Owner = owner
	}
	f.setPlace(as, repo, at)
	a.key.repo = at.id
	options.Repositories, options.RepositoryIDs = nil, []int64{at.id}
	return &session{access: f.keep(a), repo: at.repo}, nil
}

// find follows a name to the repository that has it or had it, with a token
// that can read nothing but metadata.
func (f *Forge) find(ctx context.Context, as coc.App, repo coc.Repo) (place, int64, error) {
	install, err := f.lookUp(ctx, as, repo)
	if err != nil {
		return place{}, 0, err
	}
	a, err := f.open(ctx, accessKey{as: as, install: install, grant: readMetadata.name}, readMetadata)
	if err != nil {
		return place{}, 0, err
	}
	r, _, err := a.rest.Repositories.Get(ctx, repo.Owner, repo.Name)
	if err != nil {
		return place{}, 0, err
	}
	return f.seen(as, repo, r), install, nil
}

// token has a token that is good for another minute. Where GitHub does not
// know the installation any more, everything about it is dropped.
func (f *Forge) token(ctx context.Context, a *access) error {
	_, err := a.tokens.have(ctx)
	if err == nil {
		return nil
	}
	f.dropAccess(a.key)
	if statusOf(err) == http.StatusNotFound && f.dropInstallation(a.key) {
		return errStale
	}
	return err
}

func (f *Forge) newAccess(key accessKey, need grant) (*access, error) {
	app, err := f.app(key.as)
	if err != nil {
		return nil, err
	}
	tokens := &tokens{
		app: app, install: key.install, now: f.wire.theirs, next: lane{f.wire, payer{app.id, key.install}},
		options: tokenOptions{Permissions: permissions{need.permissions, need.discussions}},
	}
	rest := github.NewClient(&http.Client{Transport: tokens})
	rest.BaseURL = app.client.BaseURL
	rest.UserAgent = userAgent
	graph := githubv4.NewEnterpriseClient(f.v4, &http.Client{Transport: plainErrors{tokens}})
	return &access{key: key, tokens: tokens, rest: rest, graph: graph}, nil
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
func (f *Forge) dropInstallation(gone accessKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := false
	for key, id := range f.installs {
		if key.as == gone.as && id == gone.install {
			delete(f.installs, key)
			found = true
		}
	}
	for key := range f.kept {
		if key.as == gone.as && key.install == gone.install {
			delete(f.kept, key)
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

// seen notes what a look at a repository has shown.
func (f *Forge) seen(as coc.App, asked coc.Repo, r *github.Repository) place {
	at := place{repo: repoOf(r), id: r.GetID()}
	f.setPlace(as, asked, at)
	return at
}

func (f *Forge) setPlace(as coc.App, asked coc.Repo, at place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.places) >= keptPlaces {
		for key := range f.places { // any: it is found again by asking
			delete(f.places, key)
			break
		}
	}
	f.places[placeKey{as, asked.Key()}] = at
}

func (f *Forge) dropPlace(as coc.App, repo coc.Repo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.places, placeKey{as, repo.Key()})
}

func (f *Forge) keptAccess(key accessKey) *access {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.kept[key]
	if a != nil {
		f.used++
		a.used = f.used
	}
	return a
}

// keep keeps an access, and gives up the one longest unused where there are
// too many. Of two made at once the first is kept.
func (f *Forge) keep(a *access) *access {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first := f.kept[a.key]; first != nil {
		return first
	}
	if len(f.kept) >= keptTokens {
		var oldest *access
		for _, other := range f.kept {
			if oldest == nil || other.used < oldest.used {
				oldest = other
			}
		}
		delete(f.kept, oldest.key)
	}
	f.used++
	a.used = f.used
	f.kept[a.key] = a
	return a
}

func (f *Forge) dropAccess(key accessKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.kept, key)
}
