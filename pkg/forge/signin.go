package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

var _ casework.Accounts = (*SignIn)(nil)

const (
	// A person waits for all three requests of a sign-in.
	signInWithin   = 10 * time.Second
	largestAccount = 64 << 10
)

// SignInOptions say through which App people sign in, and where GitHub is.
type SignInOptions struct {
	ClientID, ClientSecret string
	// Web and V3 are the addresses of GitHub's pages and of REST, used exactly as
	// given.
	Web, V3 string
	// Callback is our own address, one of the App's registered callbacks.
	Callback string
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Count hears of every request, as that of Options. Nil counts nothing.
	Count func(operation string, status int)
	Log   zerolog.Logger // gets what could not be revoked, without a name
}

// SignIn asks GitHub who somebody is. It is asked with a token of theirs, which is
// revoked before the answer is given, and never kept: who they are is all that we
// want to know. Neither a token nor a code nor the secret stands in any error.
type SignIn struct {
	o      SignInOptions
	client *http.Client
}

// NewSignIn checks the addresses. It asks GitHub nothing.
func NewSignIn(o SignInOptions) (*SignIn, error) {
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, errors.New("forge: signing in needs a client id and its secret")
	}
	for _, address := range []string{o.Web, o.V3, o.Callback} {
		if u, err := url.Parse(address); err != nil || u.Host == "" {
			return nil, fmt.Errorf("forge: not an address: %q", address)
		}
	}
	o.Web, o.V3 = strings.TrimRight(o.Web, "/"), strings.TrimRight(o.V3, "/")
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Count == nil {
		o.Count = func(string, int) {}
	}
	return &SignIn{o, &http.Client{
		Transport: o.Transport,
		// Each of these requests carries something that is nobody else's.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errAbroad },
	}}, nil
}

// Authorize is the address where GitHub asks somebody whether they want to sign in
// here, and sends them back from with a code.
func (s *SignIn) Authorize(state, challenge string) string {
	q := url.Values{
		"client_id": {s.o.ClientID}, "redirect_uri": {s.o.Callback}, "state": {state},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"}, "allow_signup": {"false"},
	}
	return s.o.Web + "/login/oauth/authorize?" + q.Encode()
}

// Identify is who came back with a code. coc.ErrDenied: GitHub does not accept the
// code, or what it stands for is no person.
func (s *SignIn) Identify(ctx context.Context, code, verifier string) (coc.Person, error) {
	ctx, cancel := context.WithTimeout(ctx, signInWithin)
	defer cancel()
	token, err := s.exchange(ctx, code, verifier)
	if err != nil {
		return coc.Person{}, err
	}
	who, err := s.whose(ctx, token)
	s.revoke(ctx, token)
	return who, err
}

func (s *SignIn) exchange(ctx context.Context, code, verifier string) (string, error) {
	const operation = "POST login/oauth/access_token"
	form := url.Values{
		"client_id": {s.o.ClientID}, "client_secret": {s.o.ClientSecret}, "redirect_uri": {s.o.Callback},
		"code": {code}, "code_verifier": {verifier},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.Web+"/login/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", errors.New("forge: sign in: no request")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		Token string `json:"access_token"`
		Kind  string `json:"token_type"`
		Error string `json:"error"`
	}
	if err := s.ask(r, operation, &got); err != nil {
		return "", err
	}
	switch {
	case got.Error == "incorrect_client_credentials" || got.Error == "redirect_uri_mismatch":
		// What is wrong is ours to mend, and no secret.
		s.o.Log.Error().Bool("alarm", true).Str("error", got.Error).Msg("nobody can sign in: are client_id, client_secret_file and the App's callback address right?")
		return "", fmt.Errorf("forge: sign in: %s", got.Error)
	case got.Error != "" || got.Token == "" || !strings.EqualFold(got.Kind, "bearer"):
		return "", fmt.Errorf("forge: sign in: %w", coc.ErrDenied)
	}
	return got.Token, nil
}

// whose is whom a token belongs to.
func (s *SignIn) whose(ctx context.Context, token string) (coc.Person, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.o.V3+"/user", nil)
	if err != nil {
		return coc.Person{}, errors.New("forge: sign in: no request")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-GitHub-Api-Version", apiVersion)
	var got struct {
		Login string `json:"login"`
		ID    int64  `json:"id"`
		Type  string `json:"type"`
	}
	if err := s.ask(r, "GET user", &got); err != nil {
		return coc.Person{}, err
	}
	login, err := coc.ParseLogin(got.Login)
	if err != nil || got.ID <= 0 || got.Type != "User" || login.IsBot() {
		return coc.Person{}, fmt.Errorf("forge: sign in: %w", coc.ErrDenied)
	}
	return coc.Person{Login: login, Account: got.ID}, nil
}

// revoke ends a token, also where the one who signs in has gone meanwhile. One that
// cannot be revoked is forgotten all the same, and ends by itself.
func (s *SignIn) revoke(ctx context.Context, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signInWithin)
	defer cancel()
	for range 2 {
		body, err := json.Marshal(map[string]string{"access_token": token})
		if err != nil {
			break
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodDelete, s.o.V3+"/applications/"+url.PathEscape(s.o.ClientID)+"/token", bytes.NewReader(body))
		if err != nil {
			break
		}
		r.SetBasicAuth(s.o.ClientID, s.o.ClientSecret)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-GitHub-Api-Version", apiVersion)
		if s.ask(r, "DELETE applications/:/token", nil) == nil {
			return
		}
	}
	s.o.Log.Warn().Msg("the token of a sign-in could not be revoked; it was forgotten, and ends by itself")
}

// ask sends a request and reads what comes back, all of it bounded.
func (s *SignIn) ask(r *http.Request, operation string, into any) error {
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	res, err := s.client.Do(r)
	if err != nil {
		s.o.Count(operation, 0)
		if errors.Is(err, errAbroad) {
			return fmt.Errorf("forge: sign in: %w", errAbroad)
		}
		return fmt.Errorf("forge: %w", coc.Later{Cause: "sign in: no answer"})
	}
	defer res.Body.Close()
	s.o.Count(operation, res.StatusCode)
	body, err := io.ReadAll(io.LimitReader(res.Body, largestAccount+1))
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case into == nil && res.StatusCode == http.StatusNoContent:
		return nil
	case res.StatusCode != http.StatusOK || into == nil:
		return fmt.Errorf("forge: %w", coc.Later{Cause: fmt.Sprintf("sign in: status %d", res.StatusCode)})
	case err != nil || len(body) > largestAccount || kind != "application/json" || json.Unmarshal(body, into) != nil:
		return fmt.Errorf("forge: %w", coc.Later{Cause: "sign in: an answer that is not GitHub's"})
	}
	return nil
}
