package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// A session's cookie is sent along when somebody follows a link to us, from an issue
// on GitHub among others, and never with a form of another site (Lax); what changes
// anything is a form, and ownForms refuses those of others as well. It is gone with
// the browser, and of no use after the session's own time. Where the site is reached
// by https its name has the prefix that keeps other hosts from setting it.
const (
	sessionCookie = "cocrouter"
	ticketCookie  = "cocrouter-signing-in"
	hostPrefix    = "__Host-"
	// identifyWithin is how long somebody waits for GitHub to say who they are.
	identifyWithin = 15 * time.Second
)

// canSignIn reports whether whoever asks can sign in here. GitHub sends them back to
// the public address, so who came by the onion service would be led out of it.
func (s *site) canSignIn(r *http.Request) bool {
	return s.Desk.CanSignIn() && (s.OnionURL == "" || s.OnionURL == s.PublicURL || r.Host != s.onionHost())
}

func (s *site) secure() bool { return strings.HasPrefix(s.PublicURL, "https:") }

func (s *site) cookieName(name string) string {
	if s.secure() {
		return hostPrefix + name
	}
	return name
}

func (s *site) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie gives the browser something to bring back; "" takes it away.
func (s *site) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// backForm is where somebody may be led after they signed in or out: our own pages,
// and nothing that anybody could put into a link.
var backForm = regexp.MustCompile(`^(?:/cases(?:/[a-z2-7]{1,64}(?:/evidence/[0-9]{1,6})?)?|/receipt|/report(?:/elsewhere|/[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100})?)(?:\?lang=[A-Za-z0-9-]{1,20})?$`)

func backTo(path string) string {
	if backForm.MatchString(path) {
		return path
	}
	return "/cases"
}

// signInPage says how it stands with signing in, and leads on; "" leads nowhere.
type signInPage struct{ Key, At string }

// signInAt is the address of a sign-in that leads back to a page of ours.
func signInAt(back string) string {
	return "/auth/github?" + url.Values{"back": {back}}.Encode()
}

// signIn sends somebody to GitHub. Only a page of ours, or nobody, may send them here:
// a sign-in that another site begins is not what they meant.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	switch from := r.Header.Get("Sec-Fetch-Site"); {
	case !s.canSignIn(r):
		s.show(w, r, http.StatusOK, "signin", signInPage{Key: "signin.off"})
		return
	case from != "" && from != "same-origin" && from != "none":
		s.message(w, r, http.StatusForbidden, "foreign")
		return
	}
	at, ticket, err := s.Desk.SignIn(speak(r).To(backTo(r.URL.Query().Get("back"))))
	if err != nil {
		s.failed(w, r, "sign in", err)
		return
	}
	s.setCookie(w, ticketCookie, ticket, 10*time.Minute)
	http.Redirect(w, r, at, http.StatusSeeOther)
}

// signedIn takes somebody back from GitHub. The ticket is good for this once, however
// it ends.
func (s *site) signedIn(w http.ResponseWriter, r *http.Request) {
	ticket := s.cookie(r, ticketCookie)
	s.setCookie(w, ticketCookie, "", 0)
	q := r.URL.Query()
	switch {
	case !s.canSignIn(r):
		s.show(w, r, http.StatusOK, "signin", signInPage{Key: "signin.off"})
		return
	case ticket != "" && q.Get("error") == "access_denied":
		s.show(w, r, http.StatusOK, "signin", signInPage{"signin.declined", signInAt("/cases")})
		return
	case ticket == "":
		s.show(w, r, http.StatusBadRequest, "signin", signInPage{"signin.refused", signInAt("/cases")})
		return
	}
	if s.tries.wait(signing, r.RemoteAddr, s.Now()) > 0 {
		w.Header().Set("Retry-After", askAgainAfter)
		s.message(w, r, http.StatusTooManyRequests, "failed")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), identifyWithin)
	defer cancel()
	token, back, err := s.Desk.SignedIn(ctx, ticket, q.Get("state"), q.Get("code"))
	switch {
	case errors.Is(err, coc.ErrDenied):
		s.show(w, r, http.StatusBadRequest, "signin", signInPage{"signin.refused", signInAt("/cases")})
		return
	case err != nil:
		s.failed(w, r, "sign in", err)
		return
	}
	// Whoever was signed in here before is not any more.
	if err := s.Desk.SignOut(ctx, s.cookie(r, sessionCookie)); err != nil {
		s.reference("sign out", err)
	}
	s.setCookie(w, sessionCookie, token, 0)
	http.Redirect(w, r, backTo(back), http.StatusSeeOther)
}

// signOut ends the session, and not only here: what the browser had is of no use to
// whoever has a copy of it.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	if err := s.Desk.SignOut(ctx, s.cookie(r, sessionCookie)); err != nil {
		s.failed(w, r, "sign out", err)
		return
	}
	s.setCookie(w, sessionCookie, "", 0)
	s.show(w, r, http.StatusOK, "signin", signInPage{"signin.ended", signInAt("/cases")})
}

// who is signed in, nobody where it cannot be found out.
func (s *site) who(r *http.Request) coc.Person {
	token := s.cookie(r, sessionCookie)
	if token == "" || !s.canSignIn(r) {
		return coc.Person{}
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	is, err := s.Desk.Who(ctx, token)
	if err != nil {
		s.reference("session", err)
		return coc.Person{}
	}
	return is
}
