package githubsim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The web flow by which somebody signs in to a program through its App, as GitHub
// documents it for GitHub Apps ("Generating a user access token for a GitHub App",
// "Troubleshooting OAuth app access token request errors", and the changelog of 14
// July 2025 on PKCE).

const (
	codeLife    = 10 * time.Minute
	userLife    = 8 * time.Hour
	refreshLife = 15897600 * time.Second // as GitHub tells it: 184 days
)

// oauthClient is an App as people sign in through it; without an id nobody can.
type oauthClient struct {
	id, secret string
	callbacks  []string
	stay       bool
}

// oauthCode is what somebody's consent is exchanged by, once.
type oauthCode struct {
	app       *app
	user      *account
	redirect  string // as it was asked for, "" where it was not
	challenge string // "" without PKCE
	expires   time.Time
}

// refresh renews a person's token, once.
type refresh struct {
	app     *app
	user    *account
	token   string // that it came with
	expires time.Time
}

func checkOAuth(in App) error {
	if in.ClientID == "" {
		return nil
	}
	if in.ClientSecret == "" || len(in.Callbacks) == 0 || len(in.Callbacks) > 10 {
		return errors.New("a client needs a secret and one to ten callbacks")
	}
	for _, c := range in.Callbacks {
		if !leadsHere(c) {
			return fmt.Errorf("callback %q is not on loopback", c)
		}
	}
	return nil
}

// client finds the App of a client ID.
func (s *Sim) client(id string) *app {
	for _, a := range s.apps {
		if id != "" && a.oauth.id == id {
			return a
		}
	}
	return nil
}

// asking is a request to sign somebody in that may be put before them.
type asking struct {
	app                        *app
	redirect, state, challenge string
	// to is where they are sent afterwards.
	to *url.URL
}

// answer is the address that tells the program how it went.
func (a asking) answer(params ...string) string {
	to := *a.to
	q := to.Query()
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	if a.state != "" {
		q.Set("state", a.state)
	}
	to.RawQuery = q.Encode()
	return to.String()
}

// challengeForm is base64url of a SHA-256 digest, without padding.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// asked reads what a program asks for in the address. A client that does not exist
// is not found; what else is wrong is told to the program, at the first of its
// registered addresses and never at one that it only asks for.
func (s *Sim) asked(q url.Values) (a asking, wrong string, err error) {
	if a.app = s.client(q.Get("client_id")); a.app == nil {
		return a, "", notFound()
	}
	for _, name := range []string{"client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"} {
		if len(q[name]) > 1 {
			return a, "", refuse(http.StatusBadRequest, name+" is given more than once.")
		}
	}
	a.redirect, a.state, a.challenge = q.Get("redirect_uri"), q.Get("state"), q.Get("code_challenge")
	at := a.app.oauth.callbacks[0]
	switch {
	case a.redirect == "":
	case slices.Contains(a.app.oauth.callbacks, a.redirect):
		at = a.redirect
	default:
		wrong = "redirect_uri_mismatch"
	}
	if a.to, err = url.Parse(at); err != nil {
		return a, "", notFound()
	}
	method := q.Get("code_challenge_method")
	if wrong == "" && (a.challenge != "" || method != "") && (method != "S256" || !challengeForm.MatchString(a.challenge)) {
		return a, "", refuse(http.StatusBadRequest, "code_challenge_method must be S256, and code_challenge 43 characters of a SHA-256 hash.")
	}
	return a, wrong, nil
}

var oauthSays = map[string]string{
	"redirect_uri_mismatch":        "The redirect_uri MUST match the registered callback URL for this application.",
	"access_denied":                "The user has denied your application access.",
	"incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
	"bad_verification_code":        "The code passed is incorrect or expired.",
	"bad_refresh_token":            "The refresh token passed is incorrect or expired.",
	"unsupported_grant_type":       "The grant type is not supported.",
}

const oauthExplained = "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#"

func oauthError(code string) fields {
	return fields{"error": code, "error_description": oauthSays[code], "error_uri": oauthExplained + strings.ReplaceAll(code, "_", "-")}
}

func (a asking) refused(code string) string {
	return a.answer("error", code, "error_description", oauthSays[code], "error_uri", oauthExplained+strings.ReplaceAll(code, "_", "-"))
}

// askToAuthorize is the page on which a person agrees, or does not. Whom "login"
// names comes first.
func (p *pages) askToAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.sim.mu.Lock()
	a, wrong, err := p.sim.asked(q)
	p.sim.mu.Unlock()
	switch {
	case err != nil:
		p.fail(w, r, err)
		return
	case wrong != "":
		http.Redirect(w, r, a.refused(wrong), http.StatusFound)
		return
	}
	users := p.sim.Users()
	first := q.Get("login")
	if first == "" {
		first = p.viewer(r)
	}
	slices.SortStableFunc(users, func(x, y string) int {
		if strings.EqualFold(x, y) || !strings.EqualFold(x, first) && !strings.EqualFold(y, first) {
			return 0
		}
		if strings.EqualFold(x, first) {
			return -1
		}
		return 1
	})
	// A browser holds where a form leads to against the policy, redirects too.
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+a.to.Scheme+"://"+a.to.Host, 1))
	p.render(w, r, http.StatusOK, webPage{template: "authorize.html", title: "Sign in to " + a.app.name, view: struct {
		App, To string
		Query   template.URL
		Users   []string
	}{a.app.name, a.to.String(), template.URL(q.Encode()), users}}) //nolint:gosec // encoded by url.Values
}

// authorize sends a person back with a code.
func (p *pages) authorize(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		p.fail(w, r, refuse(http.StatusBadRequest, "The form could not be read."))
		return
	}
	to, err := p.sim.consent(r.URL.Query(), r.PostForm.Get("as"), r.PostForm.Get("deny") != "")
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusFound)
}

func (s *Sim) consent(q url.Values, login string, deny bool) (to string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, wrong, err := s.asked(q)
	switch {
	case err != nil:
		return "", err
	case wrong != "":
		return a.refused(wrong), nil
	case deny:
		return a.refused("access_denied"), nil
	}
	user, err := s.person(login)
	if err != nil || user.kind != kindUser {
		return "", refuse(http.StatusUnprocessableEntity, "There is nobody of this name.")
	}
	code := randomHex(10)
	s.codes[code] = &oauthCode{app: a.app, user: user, redirect: a.redirect, challenge: a.challenge, expires: s.now().Add(codeLife)}
	return a.answer("code", code), nil
}

// accessToken exchanges a code, or a refresh token, for a person's token. Whatever
// is wrong is told with 200, as on GitHub; in JSON to whom asks for it.
func (p *pages) accessToken(w http.ResponseWriter, r *http.Request) {
	reply := oauthError("bad_verification_code")
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" && r.ParseForm() == nil {
		p.sim.mu.Lock()
		reply = p.sim.exchange(r.PostForm)
		p.sim.mu.Unlock()
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(mustJSON(reply))
		return
	}
	form := url.Values{}
	for name, value := range reply {
		form.Set(name, fmt.Sprint(value))
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	_, _ = w.Write([]byte(form.Encode()))
}

func (s *Sim) exchange(form url.Values) fields {
	a := s.client(form.Get("client_id"))
	if a == nil || subtle.ConstantTimeCompare([]byte(a.oauth.secret), []byte(form.Get("client_secret"))) != 1 {
		return oauthError("incorrect_client_credentials")
	}
	switch form.Get("grant_type") {
	case "", "authorization_code":
	case "refresh_token":
		return s.renew(a, form.Get("refresh_token"))
	default:
		return oauthError("unsupported_grant_type")
	}
	given := form.Get("code")
	code := s.codes[given]
	if code == nil || code.app != a || !s.now().Before(code.expires) {
		return oauthError("bad_verification_code")
	}
	delete(s.codes, given)
	switch {
	case form.Get("redirect_uri") != code.redirect:
		return oauthError("redirect_uri_mismatch")
	case code.challenge != challengeOf(form.Get("code_verifier")):
		return oauthError("bad_verification_code")
	}
	return s.userToken(a, code.user)
}

// challengeOf is what a verifier was announced by; "" is neither.
func challengeOf(verifier string) string {
	if verifier == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Sim) userToken(a *app, user *account) fields {
	value := "ghu_" + randomHex(18)
	t := &token{user: user, via: a}
	s.tokens[value] = t
	reply := fields{"access_token": value, "scope": "", "token_type": "bearer"}
	if a.oauth.stay {
		return reply
	}
	t.expires = s.now().Add(userLife)
	again := "ghr_" + randomHex(38)
	s.refreshes[again] = &refresh{app: a, user: user, token: value, expires: s.now().Add(refreshLife)}
	reply["expires_in"], reply["refresh_token"], reply["refresh_token_expires_in"] = int(userLife.Seconds()), again, int(refreshLife.Seconds())
	return reply
}

// renew gives a new token; the old one and what renewed it are of no use then.
func (s *Sim) renew(a *app, given string) fields {
	r := s.refreshes[given]
	if r == nil || r.app != a || !s.now().Before(r.expires) {
		return oauthError("bad_refresh_token")
	}
	delete(s.refreshes, given)
	delete(s.tokens, r.token)
	return s.userToken(a, r.user)
}

// UserTokens is how many tokens people have through an App that still open
// something, those that renew them among them.
func (s *Sim) UserTokens(appID int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.tokens {
		if t.via != nil && t.via.id == appID && (t.expires.IsZero() || s.now().Before(t.expires)) {
			n++
		}
	}
	for _, r := range s.refreshes {
		if r.app.id == appID && s.now().Before(r.expires) {
			n++
		}
	}
	return n
}

var whoAmI = []string{"user"}

var oauthRoutes = []route{
	forClient("DELETE", "/applications/{client}/token", (*call).revokeUserToken),
}

func forClient(method, pattern string, do func(*call) (int, any, error)) route {
	r := on(method, pattern, do)
	r.kind = "client"
	return r
}

// identifyClient is an App that shows its client secret.
func (s *Sim) identifyClient(value string) (caller, error) {
	plain, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return caller{}, badCredentials()
	}
	id, secret, _ := strings.Cut(string(plain), ":")
	a := s.client(id)
	if a == nil || subtle.ConstantTimeCompare([]byte(a.oauth.secret), []byte(secret)) != 1 {
		return caller{}, badCredentials()
	}
	return caller{app: a, client: true}, nil
}

// ownUserToken is the token in the body, which must be a person's through the App
// that asks.
func (q *call) ownUserToken() (string, *token, error) {
	if q.vars["client"] != q.who.app.oauth.id {
		return "", nil, notFound()
	}
	p := q.payload()
	given := p.text("access_token")
	switch {
	case p.err != nil:
		return "", nil, p.err
	case given == nil:
		return "", nil, invalid(FieldError{Resource: "OauthAccess", Field: "access_token", Code: "missing_field"})
	}
	t := q.s.tokens[*given]
	if t == nil || t.via != q.who.app || !t.expires.IsZero() && !q.s.now().Before(t.expires) {
		return "", nil, notFound()
	}
	return *given, t, nil
}

// revokeUserToken ends a token, and what would renew it.
func (q *call) revokeUserToken() (int, any, error) {
	value, _, err := q.ownUserToken()
	if err != nil {
		return 0, nil, err
	}
	delete(q.s.tokens, value)
	for again, r := range q.s.refreshes {
		if r.token == value {
			delete(q.s.refreshes, again)
		}
	}
	return http.StatusNoContent, nil, nil
}
