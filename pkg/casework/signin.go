package casework

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Accounts is where people sign in: GitHub. No token of theirs comes back from it.
type Accounts interface {
	// Authorize is the address where they are asked; GitHub sends them back with
	// the state and a code.
	Authorize(state, challenge string) string
	// Identify is who came back with a code. coc.ErrDenied: nobody did.
	Identify(ctx context.Context, code, verifier string) (coc.Person, error)
}

// How long a sign-in may take, and how long somebody stays signed in: for so long
// after they last asked for something, and in all.
const (
	signInLasts  = 10 * time.Minute
	sessionIdle  = time.Hour
	sessionLasts = 8 * time.Hour
	// A session's end is moved on at most so often.
	sessionStep = time.Minute
)

const signInTicket = "sign-in"

// signingIn is what a browser keeps while somebody is at GitHub.
type signingIn struct {
	State    string    `json:"state"`
	Verifier string    `json:"verifier"`
	Back     string    `json:"back"` // where they were
	Until    time.Time `json:"until"`
}

// CanSignIn reports whether signing in is set up at all.
func (d *Desk) CanSignIn() bool { return d.Accounts != nil }

// SignIn begins one: at is GitHub's page, and ticket is for the browser to bring
// back. Nothing is kept here.
func (d *Desk) SignIn(back string) (at, ticket string, err error) {
	if !d.CanSignIn() {
		return "", "", fmt.Errorf("sign in: %w", coc.ErrMissing)
	}
	s := signingIn{State: d.Keys.Secret(), Verifier: d.Keys.Secret(), Back: back, Until: d.Clock.Now().Add(signInLasts)}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", "", fmt.Errorf("sign in: %w", err)
	}
	challenge := sha256.Sum256([]byte(s.Verifier))
	return d.Accounts.Authorize(s.State, base64.RawURLEncoding.EncodeToString(challenge[:])), d.Keys.Ticket(signInTicket, plain), nil
}

// SignedIn ends a sign-in that this browser began, once: token is for it to keep.
// coc.ErrDenied: it did not begin this one, or too long ago, or it was ended
// before, or GitHub knows nothing of it.
func (d *Desk) SignedIn(ctx context.Context, ticket, state, code string) (token, back string, err error) {
	var s signingIn
	plain, err := d.Keys.OpenTicket(signInTicket, ticket)
	if err != nil || json.Unmarshal(plain, &s) != nil || !d.CanSignIn() {
		return "", "", fmt.Errorf("sign in: no ticket: %w", coc.ErrDenied)
	}
	now := d.Clock.Now()
	if code == "" || subtle.ConstantTimeCompare([]byte(s.State), []byte(state)) != 1 || !now.Before(s.Until) {
		return "", "", fmt.Errorf("sign in: another state: %w", coc.ErrDenied)
	}
	// Before the code is used: of two that bring the same, one is turned away.
	switch err := d.Store.Spend(ctx, "sign-in "+s.State, s.Until); {
	case errors.Is(err, coc.ErrTaken):
		return "", "", fmt.Errorf("sign in: again: %w", coc.ErrDenied)
	case err != nil:
		return "", "", err
	}
	who, err := d.Accounts.Identify(ctx, code, s.Verifier)
	if err != nil {
		return "", "", err
	}
	token, now = d.Keys.Secret(), d.Clock.Now()
	is := coc.Session{Person: who, Until: now.Add(sessionIdle), End: now.Add(sessionLasts)}
	if err := d.Store.BeginSession(ctx, token, is); err != nil {
		return "", "", err
	}
	return token, s.Back, nil
}

// Who is signed in by what a browser has; the zero Person is nobody. It counts as
// use of the session.
func (d *Desk) Who(ctx context.Context, token string) (coc.Person, error) {
	if token == "" {
		return coc.Person{}, nil
	}
	is, err := d.Store.Session(ctx, token)
	if errors.Is(err, coc.ErrMissing) {
		return coc.Person{}, nil
	}
	if err != nil {
		return coc.Person{}, err
	}
	now := d.Clock.Now()
	until := now.Add(sessionIdle)
	if until.After(is.End) {
		until = is.End
	}
	if !now.Before(is.End) {
		return coc.Person{}, nil
	}
	if until.Sub(is.Until) >= sessionStep {
		if err := d.Store.ProlongSession(ctx, token, until); err != nil {
			return coc.Person{}, err
		}
	}
	return is.Person, nil
}

// SignOut ends a session, wherever its token may have been copied to.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	return d.Store.EndSession(ctx, token)
}
