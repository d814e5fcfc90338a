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
// can paste it. A separate room carries its mark in its description, because
// GitHub does not say who made a repository.
//
// # GitHub's limits
//
// What would be too much is not made: the call returns a coc.Later with the time
// to come back, and holds no place in the worker until then. Only waits of an
// instant are slept. Three things hold a request back; each says at which time,
// and of many that wait each is told another one, so that nobody polls.
//
// The account (account.go) of an installation has room for so many writes a
// minute and an hour; all that is not a reading request counts, before it is
// sent, and whatever became of it. Reports go first: what is less urgent
// ([Urgent]) may use only a part. The [Ledger] keeps accounts over restarts and
// for all replicas; what cannot be counted is not written. Requests have a pace
// too, which a process keeps by itself.
//
// What GitHub says of its limits (quota.go) holds for all who ask with the same
// credentials: an installation, or an App in its own name. Until the time that
// it named, or where it named none, for a minute and then longer each time,
// nothing is asked. That time stands in the ledger, too: a process that starts
// looks it up before it asks anything, and a replica hears of it before its next
// write, or within ten seconds. Of GitHub's hour, too, a part is kept for what is
// more urgent; that each process reckons from the answers it gets.
//
// There are gates (gate.go). Few calls for an owner may be under way at once, so
// that one whose answers hang cannot hold all of the worker; and what had no
// proper answer some times in a row (the files of one repository, its people,
// its issues) is left alone for a while, until a single call finds that it is
// well again.
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

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v62/github"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

var _ casework.GitHub = (*Forge)(nil)

const (
	userAgent = "cocrouter"
	// One call of the port, with all its requests; a job has 30 s.
	callWithin = 25 * time.Second
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
	// Limits are what an installation may write. The zero value is what GitHub
	// allows, with a margin.
	Limits Limits
	// Ledger keeps what was written and how long to wait; nil keeps it in memory,
	// so that a restart forgets it and replicas do not share it.
	Ledger Ledger
	// Refused hears of every request that was held back here, by one of
	// Reasons. Nil: nobody does.
	Refused func(reason string)
	// Count hears of every request: its operation ("POST repos/:/:/issues")
	// and the status, 0 where no answer came. Nil counts nothing.
	Count func(operation string, status int)
	// Lacks hears, once for each, of a feature that turned out to be missing
	// here when it was used. Nil: nobody does.
	Lacks func(Feature)
	// Log gets operations and statuses, at debug level.
	Log zerolog.Logger
	// Now is the clock, which GitHub must share: limits, tokens and signatures
	// are reckoned by it. Nil means time.Now.
	Now func() time.Time
}

// Forge implements casework.GitHub. Its methods may be called from any
// goroutine.
type Forge struct {
	v3, v4 string
	wire   *wire
	apps   map[coc.App]*registered
	now    func() time.Time
	lacks  func(Feature)

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
	if o.Ledger == nil {
		o.Ledger = &inMemory{accounts: map[int64][]byte{}}
	}
	if o.Refused == nil {
		o.Refused = func(string) {}
	}
	if o.Count == nil {
		o.Count = func(string, int) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &wire{
		next: o.Transport, hosts: map[string]bool{},
		gates:  gates{owners: map[string]*doorway{}, of: map[string]*gate{}, every: o.Limits.turns()},
		quotas: quotas{of: map[payer]*quota{}, unpaced: o.Limits.off()},
		books:  books{ledger: o.Ledger, limits: o.Limits.orDefault(), now: o.Now, last: map[int64][]int64{}},
		now:    o.Now, count: o.Count, refused: o.Refused, log: o.Log,
	}
	f := &Forge{
		v3:       strings.TrimSuffix(o.V3, "/"),
		v4:       o.V4,
		wire:     w,
		apps:     map[coc.App]*registered{},
		now:      o.Now,
		lacks:    oncePerFeature(o.Lacks),
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
	transport, err := ghinstallation.NewAppsTransportWithOptions(lane{f.wire, payer{app: r.ID}}, r.ID,
		ghinstallation.WithSigner(&signer{key: key, now: f.wire.theirs}))
	if err != nil {
		return nil, fmt.Errorf("its client: %w", err)
	}
	a := &registered{id: r.ID, client: github.NewClient(&http.Client{Transport: transport})}
	a.client.UserAgent = userAgent
	if a.client.BaseURL, err = url.Parse(f.v3 + "/"); err != nil {
		return nil, fmt.Errorf("its client: %w", err)
	}
	return a, nil
}

// Slug is the App's name in its bot's login, without "[bot]". It is asked for
// once, or a few times where several ask at once: none of them waits for
// another that hangs.
func (f *Forge) Slug(ctx context.Context, as coc.App) (string, error) {
	a, err := f.app(as)
	if err != nil {
		return "", err
	}
	if slug := a.slug.Load(); slug != nil {
		return *slug, nil
	}
	err = f.call(ctx, "", "app", "read the App", func(ctx context.Context) error {
		self, _, err := a.client.Apps.Get(ctx, "")
		if err == nil {
			a.slug.Store(self.Slug)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if slug := a.slug.Load(); slug != nil {
		return *slug, nil
	}
	return "", fmt.Errorf("forge: read the App: %w", coc.Later{Cause: "it has no name"})
}

// call makes a call about something of an owner's, within its time, and explains
// what went wrong. The gate is asked first, and hears how it ended.
func (f *Forge) call(ctx context.Context, owner, about, op string, do func(context.Context) error) error {
	ctx, leave, err := f.wire.gates.begin(ctx, owner, about, f.now)
	if err != nil {
		return f.explain(op, f.wire.held(err))
	}
	var after time.Time
	func() {
		end := fails // also of what panics
		defer func() { after = leave(end, f.now()) }()
		ctx, cancel := context.WithTimeout(ctx, callWithin)
		defer cancel()
		err = do(ctx)
		if statusOf(err) == http.StatusUnauthorized {
			// Who is not believed may have signed by a clock that has been put right
			// since: every answer tells GitHub's.
			err = do(ctx)
		}
		end = outcomeOf(err)
	}()
	err = f.explain(op, err)
	if later, ok := coc.IsLater(err); ok && later.After.IsZero() && !after.IsZero() {
		later.After = after
		return fmt.Errorf("forge: %w", later)
	}
	return err
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
			p.unsure = true
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
