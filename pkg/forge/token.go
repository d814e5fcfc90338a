package forge

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v62/github"
)

// tokenGood is how long a token must still be good for, to be used.
const tokenGood = time.Minute

// tokens has a token of an installation at hand, renewed as needed. It does what
// ghinstallation.Transport would do, by GitHub's clock as far as we know it: the
// library knows only the system's.
type tokens struct {
	app     *registered
	install int64
	now     func() time.Time
	next    http.RoundTripper
	options tokenOptions // set before the first use

	mu    sync.Mutex
	token *github.InstallationToken
}

// have returns a token that is good for another minute.
func (t *tokens) have(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != nil && t.now().Add(tokenGood).Before(t.token.GetExpiresAt().Time) {
		return t.token.GetToken(), nil
	}
	token, err := t.create(ctx)
	if a, ok := answered(err); ok {
		a.token = true
		return "", a
	}
	if err != nil {
		return "", err
	}
	t.token = token
	return token.GetToken(), nil
}

// tokenOptions narrow a token: the library's own know no discussions.
type tokenOptions struct {
	Repositories  []string    `json:"repositories,omitempty"`
	RepositoryIDs []int64     `json:"repository_ids,omitempty"`
	Permissions   permissions `json:"permissions"`
}

type permissions struct {
	github.InstallationPermissions
	Discussions string `json:"discussions,omitempty"`
}

func (t *tokens) create(ctx context.Context) (*github.InstallationToken, error) {
	r, err := t.app.client.NewRequest(http.MethodPost, fmt.Sprintf("app/installations/%d/access_tokens", t.install), &t.options)
	if err != nil {
		return nil, err
	}
	token := new(github.InstallationToken)
	_, err = t.app.client.Do(ctx, r, token)
	return token, err
}

// covered is the repositories that GitHub named when it gave the token.
func (t *tokens) covered() []*github.Repository {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == nil {
		return nil
	}
	return t.token.Repositories
}

func (t *tokens) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.have(r.Context())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "token "+token)
	return t.next.RoundTrip(r)
}

// signedFor is for how long the App says who it is in the same words: GitHub takes them
// for two minutes. Signing takes longer than most of what is asked with it.
const signedFor = 30 * time.Second

// signer signs by such a clock what the library would sign by the system's.
type signer struct {
	key *rsa.PrivateKey
	now func() time.Time

	mu     sync.Mutex
	issuer string
	issued time.Time
	signed string
}

func (s *signer) Sign(claims jwt.Claims) (string, error) {
	c, ok := claims.(*jwt.RegisteredClaims)
	if !ok {
		return s.sign(claims)
	}
	issued := s.now().Add(-30 * time.Second).Truncate(time.Second)
	c.IssuedAt, c.ExpiresAt = jwt.NewNumericDate(issued), jwt.NewNumericDate(issued.Add(2*time.Minute))
	s.mu.Lock()
	defer s.mu.Unlock()
	// A clock that was put right since may have gone back, too.
	if since := issued.Sub(s.issued); s.signed != "" && s.issuer == c.Issuer && since >= 0 && since < signedFor {
		return s.signed, nil
	}
	signed, err := s.sign(claims)
	if err == nil {
		s.issuer, s.issued, s.signed = c.Issuer, issued, signed
	}
	return signed, err
}

func (s *signer) sign(claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(s.key)
}
