package githubsim

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Exchange is one request to the API with its reply.
type Exchange struct {
	Time   time.Time
	Method string
	// Path is escaped and without /api/v3; GraphQL is "/graphql".
	Path  string
	Query url.Values

	Auth           string // "app", "client", "installation", "user" or "anonymous"
	AppID          int64  // of app, client and installation
	InstallationID int64  // of installation
	Login          string // of user, and the bot of an installation

	RequestHeader  http.Header
	RequestBody    []byte
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
	// Fault says that Fail answered, and not the Sim.
	Fault bool
}

// The phases that Intercept is told of.
const (
	PhaseBefore = "before" // nothing has been applied
	PhaseAfter  = "after"  // applied, and the reply is not yet sent
)

type fault struct {
	match   func(*http.Request) bool
	left    int // negative: for ever
	respond http.HandlerFunc
}

// Observe calls f with every exchange from now on, one at a time, after the
// reply is known and before it is sent, whether or not it arrives. f must not
// call the API.
func (s *Sim) Observe(f func(Exchange)) {
	s.watch.Lock()
	defer s.watch.Unlock()
	s.watch.observers = append(s.watch.observers, f)
}

// Intercept calls f twice for every request to the API. f may block, and it may
// panic with http.ErrAbortHandler to cut the connection: after PhaseBefore
// nothing has happened then, after PhaseAfter everything has and the caller
// does not know. f may change the Sim meanwhile, as somebody else would between
// a program's check and its write. The body of the request can be read in both
// phases.
func (s *Sim) Intercept(f func(r *http.Request, phase string)) {
	s.watch.Lock()
	defer s.watch.Unlock()
	s.watch.intercepts = append(s.watch.intercepts, f)
}

// Fail answers the next requests that match by respond, the given number of
// times, or always where times is not positive. Nothing is applied. A nil match
// is every request, a nil respond is 502.
func (s *Sim) Fail(match func(*http.Request) bool, times int, respond http.HandlerFunc) {
	if match == nil {
		match = func(*http.Request) bool { return true }
	}
	if respond == nil {
		respond = func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"message":"Server Error"}`, http.StatusBadGateway)
		}
	}
	if times <= 0 {
		times = -1
	}
	s.watch.Lock()
	defer s.watch.Unlock()
	s.watch.faults = append(s.watch.faults, &fault{match: match, left: times, respond: respond})
}

// ClearFaults ends every fault.
func (s *Sim) ClearFaults() {
	s.watch.Lock()
	defer s.watch.Unlock()
	s.watch.faults = nil
}

// faultFor finds the fault that answers a request, and counts it.
func (s *Sim) faultFor(r *http.Request, body []byte) http.HandlerFunc {
	s.watch.Lock()
	defer s.watch.Unlock()
	for _, f := range s.watch.faults {
		if f.left == 0 || !f.match(withBody(r, body)) {
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return f.respond
	}
	return nil
}

func (s *Sim) intercept(r *http.Request, body []byte, phase string) {
	s.watch.RLock()
	all := slices.Clone(s.watch.intercepts)
	s.watch.RUnlock()
	for _, f := range all {
		f(withBody(r, body), phase)
	}
}

func (s *Sim) observe(e Exchange) {
	s.watch.RLock()
	all := slices.Clone(s.watch.observers)
	s.watch.RUnlock()
	s.observing.Lock()
	defer s.observing.Unlock()
	for _, f := range all {
		f(e)
	}
}

func withBody(r *http.Request, body []byte) *http.Request {
	again := r.Clone(r.Context())
	again.Body = http.NoBody
	if len(body) > 0 {
		again.Body = readCloser{bytes.NewReader(body)}
	}
	return again
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
