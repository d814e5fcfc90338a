package githubsim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Ready-made answers for [Sim.Fail], as GitHub gives them.

// ServerError is GitHub's own failure, 502.
func ServerError() http.HandlerFunc { return brokenGateway(1) }

// brokenGateway answers as what stands in front of GitHub's API does, which
// speaks JSON only sometimes.
func brokenGateway(kind int) http.HandlerFunc {
	const unicorn = "<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body><p>This page is taking too long to load.</p></body></html>"
	answers := []struct {
		status     int
		kind, body string
	}{
		{http.StatusInternalServerError, "application/json; charset=utf-8", ""},
		{http.StatusBadGateway, "application/json; charset=utf-8", `{"message":"Server Error"}`},
		{http.StatusServiceUnavailable, "text/html; charset=utf-8", unicorn},
		{http.StatusGatewayTimeout, "application/json", `{"message":"We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists."}`},
	}
	a := answers[kind]
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body))
	}
}

// Hang answers nothing for d, of real time, and then fails like ServerError. It
// ends when the caller goes; where d is zero, only then.
func Hang(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var over <-chan time.Time
		if d > 0 {
			timer := time.NewTimer(d)
			defer timer.Stop()
			over = timer.C
		}
		select {
		case <-over:
			ServerError()(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// Reset cuts the connection without an answer.
func Reset() http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}

// NotFound says that there is nothing, or nothing that the caller may see.
func NotFound() http.HandlerFunc { return refusing(notFound()) }

// BadCredentials says that the token is no good, or not any more.
func BadCredentials() http.HandlerFunc { return refusing(badCredentials()) }

// PrimaryLimit says that the hour's requests are spent until then. GraphQL says
// it by 200.
func PrimaryLimit(until time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b := bucket{limit: 5000, used: 5000, reset: until}
		b.write(w.Header(), resourceOf(apiPath(r)))
		refusing(b.spend(caller{}))(w, r)
	}
}

// SecondaryLimit says that the caller asks too much at once. Zero names no
// time, as GitHub mostly does where it concerns what is created; a caller must
// then wait a minute, and longer each time.
func SecondaryLimit(retryAfter time.Duration) http.HandlerFunc {
	return refusing(tooFast(http.StatusForbidden, retryAfter))
}

// refusing answers as the Sim itself would.
func refusing(err error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply := &recorder{header: w.Header()}
		reply.refuse(apiPath(r), err)
		w.WriteHeader(reply.status)
		_, _ = w.Write(reply.body)
	}
}

// Of matches the requests that concern an account: those of its installations,
// and those of Apps for a token or an installation there. It is for
// [Sim.Fail], so that what is broken for one organisation is whole for others.
func (s *Sim) Of(owner string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		who, err := s.identify(r.Header.Get("Authorization"))
		switch {
		case err != nil || who.app == nil:
			return false
		case who.inst != nil:
			return strings.EqualFold(who.inst.account.login, owner)
		}
		segments := strings.Split(strings.Trim(apiPath(r), "/"), "/")
		if len(segments) >= 3 && segments[0] == "app" && segments[1] == "installations" {
			id, err := strconv.ParseInt(segments[2], 10, 64)
			i := s.installs[id]
			return err == nil && i != nil && strings.EqualFold(i.account.login, owner)
		}
		if at := s.repoAt(apiPath(r)); at != nil {
			return strings.EqualFold(at.owner.login, owner)
		}
		return len(segments) >= 2 && strings.EqualFold(segments[1], owner)
	}
}
