// Package forge speaks with GitHub for casework: idempotently, within GitHub's
// limits, and with no more rights than each call needs.
//
// A call runs in a session: one App, one repository, one permission. The
// session's token is narrowed to exactly that, so a mistake elsewhere in the
// program (a case's number in the wrong repository) ends in 404 and not in
// words where they must not be. Tokens are kept until they end; installations
// until GitHub says that they are gone, or [Forge.Forget].
//
// Names follow people: a repository that was renamed or transferred is found
// under its old name, and what is returned carries its name and id of now. The
// look-ups ([Forge.Repository], [Forge.Readers]) always ask by the name they
// were given; what follows (a file, an issue) goes to the repository, by id,
// that the last look-up saw under that name. So the room that was checked is
// the room that is written to, also when another takes over its name between.
//
// Errors are coc's: Later with the exact time that GitHub names, ErrDenied,
// ErrArchived, ErrInaccessible, ErrMissing, ErrGone, ErrNotAFile, ErrTooLarge.
// None of them holds a body, an address, or a word that somebody wrote; go-github's
// own errors hold all three and never leave this package.
//
// # Doing it twice is doing it once
//
// Whatever creates takes a marker, a hidden comment that is unguessable. The
// first attempt just creates. Every later one looks first whether an earlier
// one came through although its answer was lost, in what our own bot wrote, the
// newest first. Only our bot's counts, because anybody who can read the marker
// can paste it.
//
// # Why 404 costs a read
//
// GitHub says 404 for a file that is not there and for a repository that may
// not be seen, and a report is routed differently for each. So a 404 is
// followed by a look at the repository, unless one succeeded a moment ago.
//
// # Links inside a repository
//
// GitHub answers with the file that a symbolic link leads to. Where the answer
// tells (another path, a target, a submodule's address), it is no file for us.
// Where it does not tell, the content is the repository's own all the same.
package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v62/github"
	"github.com/palantir/go-githubapp/githubapp"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

var _ casework.GitHub = (*Forge)(nil)

const (
	userAgent = "cocrouter"
	// One call of the port, with all its requests; a job has 30 s.
	callWithin = 25 * time.Second
	// GitHub asks for a second between writes, and allows eighty a minute that
	// create something: twenty at once and then one a second are just that.
	// Its five hundred an hour are left to its own answer, which says when.
	writesPerSecond = 1
	writesAtOnce    = 20
)

// Registration is one of our Apps as GitHub knows it.
type Registration struct {
	ID         int64
	PrivateKey []byte // PEM
}

// Options set up a Forge. V3, V4 and Apps are required.
type Options struct {
	// V3 and V4 are the addresses of REST and GraphQL, used exactly as given.
	V3, V4 string
	// Apps by role. One registration may serve both.
	Apps map[coc.App]Registration
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Writes paces what changes something; nil means one a second, twenty
	// at once.
	Writes *rate.Limiter
	// Count hears of every request: its operation ("POST repos/:/:/issues")
	// and the status, 0 where no answer came. Nil counts nothing.
	Count func(operation string, status int)
	// Log gets operations and statuses, at debug level.
	Log zerolog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Forge implements casework.GitHub. Its methods may be called from any
// goroutine.
type Forge struct {
	v3, v4 string
	wire   *wire
	apps   map[coc.App]*registered
	now    func() time.Time

	mu       sync.Mutex // guards what follows
	installs map[installKey]int64
	places   map[placeKey]place
	kept     map[accessKey]*access
	used     int64 // counts uses of what is kept, to find the one longest unused
}

// New checks the keys and addresses. It asks GitHub nothing.
func New(o Options) (*Forge, error) {
	if len(o.Apps) == 0 {
		return nil, errors.New("forge: no App")
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Writes == nil {
		o.Writes = rate.NewLimiter(writesPerSecond, writesAtOnce)
	}
	if o.Count == nil {
		o.Count = func(string, int) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &wire{next: o.Transport, hosts: map[string]bool{}, writes: o.Writes, count: o.Count, log: o.Log}
	f := &Forge{
		v3:       strings.TrimSuffix(o.V3, "/"),
		v4:       o.V4,
		wire:     w,
		apps:     map[coc.App]*registered{},
		now:      o.Now,
		installs: map[installKey]int64{},
		places:   map[placeKey]place{},
		kept:     map[accessKey]*access{},
	}
	for _, address := range []string{o.V3, o.V4} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("forge: not an address: %q", address)
		}
		w.hosts[u.Host] = true
		if address == o.V3 {
			w.base = strings.TrimSuffix(u.Path, "/")
		}
	}
	for role, r := range o.Apps {
		a, err := f.register(r)
		if err != nil {
			return nil, fmt.Errorf("forge: the %s App: %w", role, err)
		}
		f.apps[role] = a
	}
	return f, nil
}

// register makes the client that acts as the App itself, for looking up
// installations.
func (f *Forge) register(r Registration) (*registered, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(r.PrivateKey)
	if err != nil {
		return nil, errors.New("its private key is no RSA key in PEM form")
	}
	if r.ID <= 0 {
		return nil, errors.New("it has no id")
	}
	client, err := githubapp.NewClientCreator(f.v3, f.v4, r.ID, r.PrivateKey,
		githubapp.WithClientUserAgent(userAgent), githubapp.WithTransport(f.wire)).NewAppClient()
	if err != nil {
		return nil, fmt.Errorf("its client: %w", err)
	}
	return &registered{id: r.ID, key: key, client: client}, nil
}

// Slug is the App's name in its bot's login, without "[bot]". It is asked for
// once.
func (f *Forge) Slug(ctx context.Context, as coc.App) (string, error) {
	a, err := f.app(as)
	if err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.slug != "" {
		return a.slug, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	self, _, err := a.client.Apps.Get(ctx, "")
	if err != nil {
		return "", f.explain("read the App", err)
	}
	a.slug = self.GetSlug()
	return a.slug, nil
}

// bot is the login under which the App writes.
func (f *Forge) bot(ctx context.Context, as coc.App) (coc.Login, error) {
	slug, err := f.Slug(ctx, as)
	return coc.Login(slug + "[bot]"), err
}

func (f *Forge) app(as coc.App) (*registered, error) {
	if a := f.apps[as]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("forge: no %q App is configured: %w", as, coc.ErrInaccessible)
}

// Forget drops what is known of an owner: its installations and tokens, and
// which repository has which name. It is for when the owner's installation, or
// the name or visibility of one of its repositories, has changed. A write that
// follows a check still goes to the repository that was checked.
func (f *Forge) Forget(owner string) {
	owner = strings.ToLower(owner)
	f.mu.Lock()
	defer f.mu.Unlock()
	gone := map[int64]bool{}
	for key, id := range f.installs {
		if key.owner == owner {
			gone[id] = true
			delete(f.installs, key)
		}
	}
	for key := range f.kept {
		if gone[key.install] {
			delete(f.kept, key)
		}
	}
	for key, p := range f.places {
		if strings.HasPrefix(key.repo, owner+"/") || strings.EqualFold(p.repo.Owner, owner) {
			p.unsure, p.seen = true, time.Time{}
			f.places[key] = p
		}
	}
}

// issueOf turns go-github's issue into casework's.
func issueOf(i *github.Issue) casework.Issue {
	out := casework.Issue{
		Number: i.GetNumber(), Node: i.GetNodeID(), URL: i.GetHTMLURL(), Title: i.GetTitle(), Body: i.GetBody(),
		Open: i.GetState() == "open", Locked: i.GetLocked(),
	}
	for _, l := range i.Labels {
		out.Labels = append(out.Labels, l.GetName())
	}
	return out
}
