// Package githubsim is a GitHub on loopback: strict about who may see and do
// what, stateful, and silent towards the rest of the world.
//
// A [Sim] holds accounts, organisations, teams, repositories with their files,
// issues, pull requests, labels, Apps and their installations. It answers the
// REST API under /api/v3 and GraphQL at /api/graphql, signs and delivers
// webhooks, and shows pages for people everywhere else. Every rule lives in one
// place: a method such as [Sim.Comment], the REST handler, the GraphQL mutation
// and the page's form all run the same code under the same permission checks.
//
// The awkward parts of GitHub are kept on purpose, because programs trip over
// them: a repository that a caller may not see answers 404 and never 403; a
// PATCH of an issue replaces its whole label set; labels that do not exist are
// created without description; names are compared without case; a renamed
// repository answers 301; installation tokens expire after an hour and can be
// narrowed; a webhook that fails is logged and never sent again by itself.
//
// # Misfortunes
//
// [Sim.Misbehave] makes a part of everything go wrong, drawn from a seed;
// [Sim.Fail] breaks what a test points at, with ready-made answers such as
// [SecondaryLimit]. Secondary limits are enforced where [Options.Limits] asks
// for them, and [Sim.Exceeded] tells whether a program kept them. All waits are
// on the Sim's clock, so that a run on an accelerated clock stays in proportion;
// only a hanging request, whose caller has a real timeout, takes real time.
//
// # Signing in
//
// People sign in to a program through one of its Apps at /login/oauth/authorize
// (oauth.go). What is asked there is held to GitHub's documentation by this package
// alone: GitHub's OpenAPI description has the API and not the web flow. The token
// that comes of it is looked up and revoked through the API, which it has.
//
// # Where it is stricter than GitHub
//
// A redirect_uri must be one of the callbacks to the letter, and be given again,
// the same, for the token. A code that was tried with a wrong verifier is spent. A
// person's token through an App opens GET /user and nothing else. There is no
// button that remembers: a person agrees every time.
//
// An installation token that covers a public repository without the permission
// of a call is refused here, where GitHub lets some public reads pass: a
// program that narrows its tokens wrongly should learn it in a test. Webhooks
// go to loopback addresses only, so that a demo can never post outside.
//
// # Why it shares no code with the rest
//
// The reader model in access.go is the opposing witness for the rules that keep
// conflicted people out. It is written from GitHub's documentation, not from
// the code it judges, and imports nothing of this module.
package githubsim

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options set up a Sim. The zero value works.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// PublicURL is the address that replies and payloads name, without a
	// trailing slash. Empty means the address that Start listens on.
	PublicURL string
	// RateLimit is the number of requests an hour for one installation or
	// person; 0 means GitHub's 5,000, and none on an Enterprise Server, where it
	// must be switched on. Anonymous callers have 60 where there is one.
	RateLimit int
	// Limits are the secondary ones; the zero value has none.
	Limits Limits
	// Enterprise is the release of GitHub Enterprise Server to be, such as
	// "3.17"; empty means github.com.
	Enterprise string
}

// Sim is one simulated GitHub. Its methods may be called from any goroutine.
type Sim struct {
	clock     func() time.Time
	publicURL string // as Options gave it
	rateLimit int    // 0 means none
	limits    Limits
	release   string // of Enterprise Server, empty for github.com

	mu        sync.Mutex // guards everything below up to the next blank line
	url       string
	lastID    int64
	accounts  map[string]*account // by lower-case login
	repos     map[int64]*repo
	names     map[string]*repo // by lower-case owner/name
	oldNames  map[string]*repo // names a repository had before
	apps      map[int64]*app
	installs  map[int64]*installation
	tokens    map[string]*token
	codes     map[string]*oauthCode
	refreshes map[string]*refresh
	comments  map[string]*comment // by node ID, for GraphQL
	buckets   map[string]*bucket
	paces     map[string]*pace
	pauses    map[string]*pause
	requests  int64
	exceeded  int // beyond limits
	impatient int // before the time that was named
	luck      luck
	hooks     deliverer

	watch struct {
		sync.RWMutex
		observers  []func(Exchange)
		intercepts []func(*http.Request, string)
		faults     []*fault
	}
	observing sync.Mutex // held while observers run, so that they need no lock

	run struct {
		sync.Mutex
		server *http.Server
		cancel context.CancelFunc
		done   sync.WaitGroup
	}
}

// New returns an empty GitHub. Nothing listens and nothing is delivered before
// Start.
func New(o Options) *Sim {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RateLimit <= 0 && o.Enterprise == "" {
		o.RateLimit = 5000
	}
	public := strings.TrimSuffix(o.PublicURL, "/")
	s := &Sim{
		clock:     o.Now,
		publicURL: public,
		rateLimit: o.RateLimit,
		limits:    o.Limits,
		release:   o.Enterprise,
		url:       public,
		lastID:    1000,
		accounts:  map[string]*account{},
		repos:     map[int64]*repo{},
		names:     map[string]*repo{},
		oldNames:  map[string]*repo{},
		apps:      map[int64]*app{},
		installs:  map[int64]*installation{},
		tokens:    map[string]*token{},
		codes:     map[string]*oauthCode{},
		refreshes: map[string]*refresh{},
		comments:  map[string]*comment{},
		buckets:   map[string]*bucket{},
		paces:     map[string]*pace{},
		pauses:    map[string]*pause{},
		luck:      luck{drawn: map[string]uint64{}, struck: map[string]int{}, hidden: map[int64]time.Time{}},
	}
	s.hooks.wake = make(chan struct{}, 1)
	// Content whose author is gone belongs to this account, as on GitHub.
	s.accounts["ghost"] = &account{id: 10137, login: "ghost", kind: kindUser, created: s.now()}
	return s
}

// Start listens on addr, which must be a loopback address (":0" means a free
// port), and begins to deliver webhooks. A closed Sim may be started again, with
// all that it holds.
func (s *Sim) Start(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("githubsim: listen on %q: %w", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if !loopback(host) {
		return "", fmt.Errorf("githubsim: listen on %q: not a loopback address", addr)
	}
	s.run.Lock()
	defer s.run.Unlock()
	if s.run.server != nil {
		return "", errors.New("githubsim: already started")
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", fmt.Errorf("githubsim: %w", err)
	}
	s.mu.Lock()
	if s.publicURL == "" {
		s.url = "http://" + ln.Addr().String()
	}
	url := s.url
	s.mu.Unlock()

	ctx, cancel := context.WithCancel(context.Background())
	s.run.cancel = cancel
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	s.run.server = server
	s.run.done.Go(func() { _ = server.Serve(ln) }) // ends with ErrServerClosed, by Close
	s.run.done.Go(func() { s.deliver(ctx) })
	return url, nil
}

// Close stops listening and delivering and waits for both. A request that does
// not end within a second is cut. Close before Start does nothing.
func (s *Sim) Close() error {
	s.run.Lock()
	defer s.run.Unlock()
	if s.run.server == nil {
		return nil
	}
	s.run.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.run.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.run.server.Close()
	}
	s.run.done.Wait()
	s.run.server = nil
	if err != nil {
		return fmt.Errorf("githubsim: close: %w", err)
	}
	return nil
}

// URL is the address of the pages; the API lies below it at /api/v3 and
// /api/graphql. It is empty before Start unless Options named it.
func (s *Sim) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// Handler answers the API and hands everything else to the pages.
func (s *Sim) Handler() http.Handler {
	pages := s.pages()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/v3/"), r.URL.Path == "/api/v3", r.URL.Path == "/api/graphql":
			s.serveAPI(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// instant is GitHub's clock, under the lock.
func (s *Sim) instant() time.Time { return s.clock().Add(s.luck.Skew).UTC() }

// now has GitHub's precision of one second.
func (s *Sim) now() time.Time { return s.instant().Truncate(time.Second) }

func (s *Sim) nextID() int64 {
	s.lastID++
	return s.lastID
}

func (s *Sim) api() string { return s.url + "/api/v3" }

// nodeID looks like GitHub's: a type prefix and opaque letters.
func nodeID(prefix string, id int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return prefix + "_kgDO" + base64.RawURLEncoding.EncodeToString(b[2:])
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it crashes the process instead
	return hex.EncodeToString(b)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
