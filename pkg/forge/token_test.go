package forge

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

func TestAppSaysWhoItIsInTheSameWordsWhileTheyAreGoodForLong(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	now := noon
	s := &signer{key: key, now: func() time.Time { return now }}
	sign := func(issuer string) string {
		signed, err := s.Sign(&jwt.RegisteredClaims{Issuer: issuer})
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for _, c := range []struct {
		name   string
		after  time.Duration
		issuer string
		same   bool
	}{
		{"at once", 0, "71", true},
		{"a moment later", signedFor - time.Second, "71", true},
		{"as long as it holds", signedFor, "71", false},
		{"long after it", 24 * time.Hour, "71", false},
		{"by a clock that went back", -time.Second, "71", false},
		{"as another App", 0, "72", false},
	} {
		now = noon
		s.signed = ""
		first := sign("71")
		now = noon.Add(c.after)
		second := sign(c.issuer)
		if (first == second) != c.same {
			t.Errorf("%s: the same words: %v", c.name, first == second)
		}
		var claims jwt.RegisteredClaims
		_, err := jwt.NewParser(jwt.WithoutClaimsValidation()).ParseWithClaims(second, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil })
		if err != nil || claims.Issuer != c.issuer || claims.IssuedAt.After(now) || claims.ExpiresAt.Before(now.Add(time.Minute)) {
			t.Errorf("%s: %+v, %v", c.name, claims, err)
		}
	}
}
