package casework_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// accounts is a GitHub where people sign in: each code is somebody's, once, and
// holds for the challenge that was announced last.
type accounts struct {
	mu        sync.Mutex
	codes     map[string]coc.Person
	challenge string
	state     string
	asked     int
	broken    error
}

func (a *accounts) Authorize(state, challenge string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.challenge = state, challenge
	return "https://github.example/login/oauth/authorize?state=" + state
}

func (a *accounts) Identify(_ context.Context, code, verifier string) (coc.Person, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	sum := sha256.Sum256([]byte(verifier))
	who, ok := a.codes[code]
	if a.broken != nil {
		return coc.Person{}, a.broken
	}
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != a.challenge {
		return coc.Person{}, coc.ErrDenied
	}
	delete(a.codes, code)
	return who, nil
}

var ada = coc.Person{Login: "ada-river", Account: 101}

// door is a world where people can sign in.
func door(t *testing.T) (*world, *accounts) {
	t.Helper()
	w := newWorld(t)
	a := &accounts{codes: map[string]coc.Person{"one": ada, "two": ada, "three": ada}}
	w.Accounts = a
	return w, a
}

// begin begins a sign-in and gives its ticket and state.
func (w *world) begin(a *accounts) (ticket, state string) {
	w.Helper()
	_, ticket, err := w.SignIn("/cases")
	if err != nil {
		w.Fatal(err)
	}
	return ticket, a.state
}

func (w *world) who(token string) coc.Person {
	w.Helper()
	who, err := w.Who(w.Context(), token)
	if err != nil {
		w.Fatal(err)
	}
	return who
}

func TestWhoSignsInIsKnownByWhatTheirBrowserHas(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	ticket, state := w.begin(a)
	token, back, err := w.SignedIn(t.Context(), ticket, state, "one")
	if err != nil || back != "/cases" || w.who(token) != ada {
		t.Fatalf("%q back to %q, %v", token, back, err)
	}
	if !w.who("").IsZero() || !w.who(token+"x").IsZero() || !w.who(ticket).IsZero() {
		t.Error("somebody is known by something else")
	}
	if err := w.SignOut(t.Context(), token); err != nil || !w.who(token).IsZero() {
		t.Errorf("after they signed out they are %v, %v", w.who(token), err)
	}
}

// Whoever lures somebody to a sign-in of their own (login CSRF), or has seen one
// end, signs nobody in.
func TestSignInThatThisBrowserDidNotBeginIsRefused(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	_, theirs := w.begin(a)
	ticket, state := w.begin(a)
	forged := []byte(ticket) // the last characters of one may mean the same
	if forged[len(forged)/2]++; forged[len(forged)/2] > 'z' {
		forged[len(forged)/2] = 'A'
	}
	for name, c := range map[string]struct{ ticket, state, code string }{
		"no ticket":       {"", state, "one"},
		"another's state": {ticket, theirs, "one"},
		"no state":        {ticket, "", "one"},
		"no code":         {ticket, state, ""},
		"a forged ticket": {string(forged), state, "one"},
		"another kind":    {w.Keys.Ticket("another", []byte(`{}`)), "", "one"},
	} {
		if token, _, err := w.SignedIn(t.Context(), c.ticket, c.state, c.code); !errors.Is(err, coc.ErrDenied) || token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	if a.asked != 0 {
		t.Errorf("GitHub was asked %d times", a.asked)
	}
	if _, _, err := w.SignedIn(t.Context(), ticket, state, "one"); err != nil {
		t.Errorf("the one that it began: %v", err)
	}
	// With another code that GitHub would accept.
	if _, _, err := w.SignedIn(t.Context(), ticket, state, "two"); !errors.Is(err, coc.ErrDenied) || a.asked != 1 {
		t.Errorf("a second time: %v", err)
	}
}

func TestSignInThatTakesTooLongIsRefused(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	ticket, state := w.begin(a)
	w.clock.set(w.clock.Now().Add(10 * time.Minute))
	if _, _, err := w.SignedIn(t.Context(), ticket, state, "one"); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestGitHubThatCannotBeAskedIsNoRefusal(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	ticket, state := w.begin(a)
	a.broken = coc.Later{Cause: "sign in: status 502"}
	if _, _, err := w.SignedIn(t.Context(), ticket, state, "one"); err == nil || errors.Is(err, coc.ErrDenied) {
		t.Errorf("%v", err)
	}
}

func TestSessionEndsWhenItIsNotUsedAndAfterADayOfWork(t *testing.T) {
	t.Parallel()
	w, a := door(t)
	signIn := func(code string) string {
		t.Helper()
		ticket, state := w.begin(a)
		token, _, err := w.SignedIn(t.Context(), ticket, state, code)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	idle := signIn("one")
	w.clock.set(w.clock.Now().Add(59 * time.Minute))
	if w.who(idle) != ada {
		t.Error("ended before an hour")
	}
	w.clock.set(w.clock.Now().Add(time.Hour))
	if !w.who(idle).IsZero() {
		t.Error("an hour without use, and still signed in")
	}
	busy := signIn("two")
	for range 15 {
		w.clock.set(w.clock.Now().Add(31 * time.Minute))
		if w.who(busy) != ada {
			t.Fatal("ended while it was used")
		}
	}
	w.clock.set(w.clock.Now().Add(31 * time.Minute))
	if !w.who(busy).IsZero() {
		t.Error("signed in for more than eight hours")
	}
}

func TestNobodySignsInWhereItIsNotSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.SignIn("/cases"); err == nil || w.CanSignIn() {
		t.Error("a sign-in began")
	}
	if _, _, err := w.SignedIn(t.Context(), w.Keys.Ticket("sign-in", []byte(`{"state":"s"}`)), "s", "one"); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("%v", err)
	}
}
