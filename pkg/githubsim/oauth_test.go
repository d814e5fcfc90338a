package githubsim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

const (
	clientID     = "Iv23liexample"
	clientSecret = "a-client-secret-of-the-example-app"
	callback     = "http://127.0.0.1:1/auth/github/callback"
	verifier     = "a-verifier-that-nobody-guesses-0123456789-0123456789"
)

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is a sign-in as a program asks for it; pairs change or, with "", remove.
func request(pairs ...string) url.Values {
	q := url.Values{"client_id": {clientID}, "redirect_uri": {callback}, "state": {"st"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	return with(q, pairs...)
}

func with(q url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return q
}

// agree posts the page's form and gives the status and where it leads.
func (w *world) agree(q url.Values, as string) (int, *url.URL) {
	w.t.Helper()
	form := url.Values{"as": {as}}
	if as == "" {
		form = url.Values{"deny": {"1"}}
	}
	to := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := to.PostForm(w.url+"/login/oauth/authorize?"+q.Encode(), form)
	w.ok(err)
	w.ok(res.Body.Close())
	at, err := url.Parse(res.Header.Get("Location"))
	w.ok(err)
	return res.StatusCode, at
}

type granted map[string]any

func (g granted) get(name string) string { s, _ := g[name].(string); return s }

// exchange asks for a token; pairs change what is sent.
func (w *world) exchange(code string, pairs ...string) granted {
	w.t.Helper()
	form := with(url.Values{"client_id": {clientID}, "client_secret": {clientSecret}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}, pairs...)
	req, err := http.NewRequest("POST", w.url+"/login/oauth/access_token", strings.NewReader(form.Encode()))
	w.ok(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	w.ok(err)
	body, err := io.ReadAll(res.Body)
	w.ok(err)
	w.ok(res.Body.Close())
	var out granted
	if res.StatusCode != 200 || json.Unmarshal(body, &out) != nil {
		w.t.Fatalf("%d %s", res.StatusCode, body)
	}
	return out
}

func (w *world) code(as string) string {
	w.t.Helper()
	_, at := w.agree(request(), as)
	if at.Query().Get("code") == "" {
		w.t.Fatalf("no code: %s", at)
	}
	return at.Query().Get("code")
}

func (w *world) signIn(as string) granted { w.t.Helper(); return w.exchange(w.code(as)) }

func (w *world) wantClient(status int, method, path string, body any, secret ...string) reply {
	w.t.Helper()
	secret = append(secret, clientSecret)
	got := w.bearer("", method, path, body, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret[0])))
	if got.status != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got
}

func TestSigningInTellsTheProgramAtItsOwnAddressWhoItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, at := w.agree(request(), "mel-member")
	if status != 302 || !strings.HasPrefix(at.String(), callback+"?") || at.Query().Get("state") != "st" {
		t.Fatalf("%d to %s", status, at)
	}
	got := w.exchange(at.Query().Get("code"))
	if !strings.HasPrefix(got.get("access_token"), "ghu_") || !strings.HasPrefix(got.get("refresh_token"), "ghr_") || got["expires_in"] != 28800.0 || got["token_type"] != "bearer" {
		t.Fatalf("granted %v", got)
	}
	if me := w.wantToken(200, got.get("access_token"), "GET", "/user", nil).object(); me["login"] != "mel-member" || me["id"] == nil {
		t.Errorf("signed in as %v", me)
	}
	w.wantToken(403, got.get("access_token"), "GET", "/repos/example-org/project", nil)
	w.wait(8 * time.Hour)
	w.wantToken(401, got.get("access_token"), "GET", "/user", nil)
}

func TestNobodyIsSentToAnAddressThatIsNotRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, asked := range map[string]string{
		"another host":  "http://127.0.0.1:2/auth/github/callback",
		"deeper":        callback + "/deeper",
		"with a query":  callback + "?next=1",
		"another case":  strings.ToUpper(callback),
		"shorter":       strings.TrimSuffix(callback, "/callback"),
		"a slash more":  callback + "/",
		"another place": "https://example.com/",
	} {
		status, at := w.agree(request("redirect_uri", asked), "mel-member")
		if status != 302 || !strings.HasPrefix(at.String(), callback+"?") || at.Query().Get("error") != "redirect_uri_mismatch" || at.Query().Get("code") != "" || at.Query().Get("state") != "st" {
			t.Errorf("%s: %d to %s", name, status, at)
		}
	}
	if _, at := w.agree(request("redirect_uri", callback+"/other"), "mel-member"); !strings.HasPrefix(at.String(), callback+"/other?code=") {
		t.Errorf("another registered address: %s", at)
	}
}

func TestSignInIsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		q    url.Values
		want int
	}{
		"an unknown client":   {request("client_id", "Iv23linone"), 404},
		"no client":           {request("client_id", ""), 404},
		"a plain challenge":   {request("code_challenge_method", "plain"), 400},
		"no method":           {request("code_challenge_method", ""), 400},
		"a method alone":      {request("code_challenge", ""), 400},
		"a short challenge":   {request("code_challenge", challenge()[1:]), 400},
		"nobody of this name": {request(), 422},
	} {
		as := "mel-member"
		if c.want == 422 {
			as = "nobody-at-all"
		}
		if status, at := w.agree(c.q, as); status != c.want || at.String() != "" {
			t.Errorf("%s: %d to %q, want %d", name, status, at, c.want)
		}
	}
	if status, at := w.agree(request(), ""); status != 302 || at.Query().Get("error") != "access_denied" || at.Query().Get("code") != "" {
		t.Errorf("declined: %d to %s", status, at)
	}
}

func TestCodeWorksOnceForItsOwnClientWithinTenMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	used := w.code("mel-member")
	if got := w.exchange(used); got.get("error") != "" {
		t.Fatalf("the first time: %v", got)
	}
	late := w.code("mel-member")
	w.wait(10 * time.Minute)
	for name, got := range map[string]granted{
		"a second time":                w.exchange(used),
		"after ten minutes":            w.exchange(late),
		"made up":                      w.exchange("0123456789abcdef0123"),
		"none":                         w.exchange(""),
		"with another verifier":        w.exchange(w.code("mel-member"), "code_verifier", verifier+"x"),
		"without its verifier":         w.exchange(w.code("mel-member"), "code_verifier", ""),
		"with another secret":          w.exchange(w.code("mel-member"), "client_secret", "wrong"),
		"of another client":            w.exchange(w.code("mel-member"), "client_id", "Iv23linone"),
		"for another address":          w.exchange(w.code("mel-member"), "redirect_uri", callback+"/other"),
		"without its address":          w.exchange(w.code("mel-member"), "redirect_uri", ""),
		"as a grant that is not there": w.exchange(w.code("mel-member"), "grant_type", "password"),
	} {
		want := "bad_verification_code"
		switch name {
		case "with another secret", "of another client":
			want = "incorrect_client_credentials"
		case "for another address", "without its address":
			want = "redirect_uri_mismatch"
		case "as a grant that is not there":
			want = "unsupported_grant_type"
		}
		if got.get("error") != want || got.get("error_description") == "" || got.get("access_token") != "" {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	wrong := w.code("mel-member")
	w.exchange(wrong, "code_verifier", "guessed")
	if got := w.exchange(wrong); got.get("error") != "bad_verification_code" {
		t.Errorf("after a wrong verifier the code is still good: %v", got)
	}
}

func TestRevokedTokenOpensNothingAndRenewsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.signIn("mel-member")
	body := map[string]any{"access_token": got.get("access_token")}
	path := "/applications/" + clientID + "/token"
	w.wantClient(401, "DELETE", path, body, "wrong")
	w.wantClient(404, "DELETE", "/applications/Iv23linone/token", body)
	w.wantClient(404, "DELETE", path, map[string]any{"access_token": w.TokenFor("mel-member")})
	w.wantClient(422, "DELETE", path, map[string]any{})
	w.wantClient(401, "GET", "/repos/example-org/project", nil)
	w.want(401, "mel-member", "DELETE", path, body)
	if w.UserTokens(appID) != 2 {
		t.Fatalf("%d tokens before", w.UserTokens(appID))
	}
	w.wantClient(204, "DELETE", path, body)
	w.wantToken(401, got.get("access_token"), "GET", "/user", nil)
	if again := w.exchange("", "grant_type", "refresh_token", "refresh_token", got.get("refresh_token")); again.get("error") == "" {
		t.Errorf("renewed after it was revoked: %v", again)
	}
	w.wantClient(404, "DELETE", path, body)
	if w.UserTokens(appID) != 0 {
		t.Errorf("%d tokens after", w.UserTokens(appID))
	}
}

func TestRenewedTokenReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn("mel-member")
	next := w.exchange("", "grant_type", "refresh_token", "refresh_token", first.get("refresh_token"))
	w.wantToken(401, first.get("access_token"), "GET", "/user", nil)
	w.wantToken(200, next.get("access_token"), "GET", "/user", nil)
	if again := w.exchange("", "grant_type", "refresh_token", "refresh_token", first.get("refresh_token")); again.get("error") != "bad_refresh_token" {
		t.Errorf("renewed twice: %v", again)
	}
}

func TestRenamedPersonKeepsTheirNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	was := id(w.want(200, "", "GET", "/users/kim-responder", nil))
	w.ok(w.RenameUser("kim-responder", "kim-renamed"))
	w.ok(w.AddUser("kim-responder"))
	if now := id(w.want(200, "", "GET", "/users/kim-renamed", nil)); now != was {
		t.Errorf("%d was %d", now, was)
	}
	if other := id(w.want(200, "", "GET", "/users/kim-responder", nil)); other == was {
		t.Error("whoever takes the login takes the number too")
	}
	if !w.CanRead("kim-renamed", "example-org/cases") || w.CanRead("kim-responder", "example-org/cases") {
		t.Error("access goes by the login")
	}
}

func TestAppWithAClientNobodyCanReachIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, in := range map[string]githubsim.App{
		"without a secret": {ClientID: "c", Callbacks: []string{callback}},
		"without callback": {ClientID: "c", ClientSecret: "s"},
		"outside":          {ClientID: "c", ClientSecret: "s", Callbacks: []string{"https://example.com/auth"}},
	} {
		in.ID, in.Slug, in.PrivateKey = 4711, "another-app", appKey()
		if w.AddApp(in) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
