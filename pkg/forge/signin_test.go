package forge_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
)

const (
	clientID     = "Iv23lirooms"
	clientSecret = "canary-5b1f-client-secret"
	callback     = "http://127.0.0.1:1/auth/github/callback"
	verifier     = "canary-5b1f-verifier-that-nobody-guesses-0123456789"
)

// signIn is a client of w's GitHub; change may be nil.
func (w *world) signIn(change func(*forge.SignInOptions)) *forge.SignIn {
	w.t.Helper()
	o := forge.SignInOptions{ClientID: clientID, ClientSecret: clientSecret, Web: w.api, V3: w.api + "/api/v3/", Callback: callback}
	if change != nil {
		change(&o)
	}
	s, err := forge.NewSignIn(o)
	w.must(err)
	return s
}

// codeOf has somebody agree on GitHub's page.
func (w *world) codeOf(s *forge.SignIn, as string) string {
	w.t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.PostForm(s.Authorize("the state", base64.RawURLEncoding.EncodeToString(sum[:])), url.Values{"as": {as}})
	w.must(err)
	w.must(res.Body.Close())
	to, err := url.Parse(res.Header.Get("Location"))
	w.must(err)
	if to.Query().Get("state") != "the state" || !strings.HasPrefix(to.String(), callback) {
		w.t.Fatalf("%d to %s", res.StatusCode, to)
	}
	return to.Query().Get("code")
}

func TestWhoSignsInIsKnownAndNoTokenOfTheirsIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signIn(nil)
	who, err := s.Identify(ctx(t), w.codeOf(s, "kim-responder"), verifier)
	w.must(err)
	account, err := w.f.Account(ctx(t), cases, "kim-responder")
	w.must(err)
	if who != (coc.Person{Login: "kim-responder", Account: account}) {
		t.Errorf("%+v, account %d", who, account)
	}
	if n := w.UserTokens(roomsID); n != 0 {
		t.Errorf("%d tokens are left", n)
	}
}

func TestCodeThatIsNotGoodSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.signIn(nil)
	used := w.codeOf(s, "kim-responder")
	_, err := s.Identify(ctx(t), used, verifier)
	w.must(err)
	for name, c := range map[string]struct{ code, verifier string }{
		"a second time":         {used, verifier},
		"made up":               {"0123456789abcdef0123", verifier},
		"with another verifier": {w.codeOf(s, "kim-responder"), verifier + "x"},
	} {
		if who, err := s.Identify(ctx(t), c.code, c.verifier); !errors.Is(err, coc.ErrDenied) || !who.IsZero() {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	if w.UserTokens(roomsID) != 0 {
		t.Error("a token is left")
	}
}

func TestTokenIsRevokedEvenWhereWhoItIsCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fail(to("GET", "/user"), 1, nil)
	w.Fail(to("DELETE", "/applications/"+clientID+"/token"), 1, nil)
	s := w.signIn(nil)
	_, err := s.Identify(ctx(t), w.codeOf(s, "kim-responder"), verifier)
	if _, ok := coc.IsLater(err); !ok {
		t.Errorf("%v", err)
	}
	if n := w.UserTokens(roomsID); n != 0 {
		t.Errorf("%d tokens are left", n)
	}
}

func TestWrongSecretIsToldToTheOperatorAndNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log bytes.Buffer
	right := w.signIn(nil)
	s := w.signIn(func(o *forge.SignInOptions) {
		o.ClientSecret, o.Log = "canary-5b1f-wrong", zerolog.New(&log)
	})
	_, err := s.Identify(ctx(t), w.codeOf(right, "kim-responder"), verifier)
	if err == nil || errors.Is(err, coc.ErrDenied) || !strings.Contains(log.String(), `"alarm":true`) {
		t.Errorf("%v, and the log has %s", err, log.String())
	}
	if strings.Contains(err.Error()+log.String(), "canary-5b1f") {
		t.Errorf("a secret is shown: %v %s", err, log.String())
	}
}

// Whatever stands in front of GitHub may answer anything.
func TestStrangeAnswerSignsNobodyInAndIsNotQuoted(t *testing.T) {
	t.Parallel()
	const good = `{"access_token":"ghu_canary-5b1f","token_type":"bearer"}`
	send := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, c := range map[string]struct{ token, user http.HandlerFunc }{
		"a page":       {send(200, "text/html", "<p>canary-5b1f"), nil},
		"no token":     {send(200, "application/json", `{"token_type":"bearer"}`), nil},
		"another kind": {send(200, "application/json", `{"access_token":"canary-5b1f","token_type":"mac"}`), nil},
		"not JSON":     {send(200, "application/json", "canary-5b1f"), nil},
		"500":          {send(500, "application/json", good), nil},
		"too much":     {send(200, "application/json", good+strings.Repeat(" ", 1<<20)), nil},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/canary-5b1f", http.StatusTemporaryRedirect)
		}, nil},
		"no account":          {nil, send(200, "application/json", `{"login":"kim-responder","type":"User"}`)},
		"no login":            {nil, send(200, "application/json", `{"id":7,"type":"User"}`)},
		"no login's form":     {nil, send(200, "application/json", `{"login":"canary 5b1f","id":7,"type":"User"}`)},
		"a bot":               {nil, send(200, "application/json", `{"login":"kim[bot]","id":7,"type":"Bot"}`)},
		"an organisation":     {nil, send(200, "application/json", `{"login":"kim-org","id":7,"type":"Organization"}`)},
		"a refusal":           {nil, send(401, "application/json", `{"message":"canary-5b1f"}`)},
		"a negative account":  {nil, send(200, "application/json", `{"login":"kim-responder","id":-7,"type":"User"}`)},
		"an account in words": {nil, send(200, "application/json", `{"login":"kim-responder","id":"7","type":"User"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			if c.token == nil {
				c.token = send(200, "application/json", good)
			}
			if c.user == nil {
				c.user = send(200, "application/json", `{"login":"kim-responder","id":7,"type":"User"}`)
			}
			mux.HandleFunc("POST /login/oauth/access_token", c.token)
			mux.HandleFunc("GET /user", c.user)
			server := httptest.NewServer(mux)
			defer server.Close()
			s, err := forge.NewSignIn(forge.SignInOptions{ClientID: clientID, ClientSecret: clientSecret, Web: server.URL, V3: server.URL, Callback: callback})
			if err != nil {
				t.Fatal(err)
			}
			who, err := s.Identify(ctx(t), "canary-5b1f-code", verifier)
			if err == nil || !who.IsZero() || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "ghu_") {
				t.Errorf("%+v, %v", who, err)
			}
		})
	}
}

func TestSignInWithoutAnAddressOrASecretIsRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]forge.SignInOptions{
		"no secret":   {ClientID: "c", Web: "https://github.com", V3: "https://api.github.com", Callback: callback},
		"no id":       {ClientSecret: "s", Web: "https://github.com", V3: "https://api.github.com", Callback: callback},
		"no callback": {ClientID: "c", ClientSecret: "s", Web: "https://github.com", V3: "https://api.github.com"},
		"no pages":    {ClientID: "c", ClientSecret: "s", V3: "https://api.github.com", Callback: callback},
	} {
		if _, err := forge.NewSignIn(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
