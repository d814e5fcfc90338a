package githubsim_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func tokensPath(installation int64) string {
	return fmt.Sprintf("/app/installations/%d/access_tokens", installation)
}

func TestAppTokenIsReallyChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := rsa.GenerateKey(rand.Reader, 1024)
	w.ok(err)
	sign := func(method jwt.SigningMethod, key any) string {
		s, err := jwt.NewWithClaims(method, jwt.MapClaims{"iss": "77", "iat": w.clock().Unix(), "exp": w.clock().Add(time.Minute).Unix()}).SignedString(key)
		w.ok(err)
		return s
	}
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"none of the algorithms":  {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), 401},
		"symmetric":               {sign(jwt.SigningMethodHS256, []byte("example-app")), 401},
		"another App's key":       {sign(jwt.SigningMethodRS256, other), 401},
		"longer than ten minutes": {w.appToken(func(c jwt.MapClaims) { c["exp"] = w.clock().Add(11 * time.Minute).Unix() }), 401},
		"expired":                 {w.appToken(func(c jwt.MapClaims) { c["exp"] = w.clock().Unix() }), 401},
		"from the future":         {w.appToken(func(c jwt.MapClaims) { c["iat"] = w.clock().Add(2 * time.Minute).Unix() }), 401},
		"without issue time":      {w.appToken(func(c jwt.MapClaims) { delete(c, "iat") }), 401},
		"without end":             {w.appToken(func(c jwt.MapClaims) { delete(c, "exp") }), 401},
		"times as text":           {w.appToken(func(c jwt.MapClaims) { c["exp"] = "soon" }), 401},
		"unknown App":             {w.appToken(func(c jwt.MapClaims) { c["iss"] = "78" }), 404},
		"a person's token":        {w.TokenFor("ada-owner"), 401},
		"nobody":                  {"", 401},
		"garbage":                 {"a.b.c", 401},
		"within the skew":         {w.appToken(func(c jwt.MapClaims) { c["iat"] = w.clock().Add(50 * time.Second).Unix() }), 200},
		"issuer as a number":      {w.appToken(func(c jwt.MapClaims) { c["iss"] = appID }), 200},
		"as it should be":         {w.appToken(nil), 200},
	} {
		if got := w.bearer(c.token, "GET", "/app", nil); got.status != c.want {
			t.Errorf("%s: %d, want %d: %s", name, got.status, c.want, got.body)
		}
	}
	w.wantToken(401, w.appToken(nil), "GET", "/repos/example-org/project", nil)
}

func TestNarrowedTokenReachesNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issue("example-org/cases", "code name")
	w.issue("example-org/intern", "another")
	w.ok(w.PutFile("example-org/cases", "README.md", "text"))
	all := w.install(nil)
	w.wantToken(200, all, "GET", "/repos/example-org/cases/issues/1", nil)
	w.wantToken(200, all, "GET", "/repos/example-org/intern/issues/1", nil)
	id := w.installationID()

	narrow := w.token(id, map[string]any{"repositories": []string{"cases"}, "permissions": map[string]string{"issues": "read"}})
	w.wantToken(200, narrow, "GET", "/repos/example-org/cases/issues/1", nil)
	w.wantToken(404, narrow, "GET", "/repos/example-org/intern/issues/1", nil)
	w.wantToken(403, narrow, "PATCH", "/repos/example-org/cases/issues/1", map[string]any{"state": "closed"})
	w.wantToken(403, narrow, "POST", "/repos/example-org/cases/issues", map[string]any{"title": "t"})
	w.wantToken(403, narrow, "GET", "/repos/example-org/cases/contents/README.md", nil)
	w.wantToken(403, narrow, "GET", "/orgs/example-org/members", nil)
	w.wantToken(403, narrow, "PUT", "/repos/example-org/cases/collaborators/mel-member", nil)
	w.wantToken(200, narrow, "GET", "/repos/example-org/cases/collaborators", nil)
	w.wantToken(200, narrow, "GET", "/repos/example-org/project/issues", nil)        // public: as anybody
	w.wantToken(403, narrow, "GET", "/repos/example-org/project/collaborators", nil) // and not further
	w.wantToken(403, narrow, "POST", "/repos/example-org/project/issues", map[string]any{"title": "t"})
	if got := w.wantToken(200, narrow, "GET", "/installation/repositories", nil).object()["total_count"]; got != 1.0 {
		t.Errorf("the narrowed token reaches %v repositories", got)
	}

	byID := w.wantToken(200, all, "GET", "/repos/example-org/intern", nil).object()["id"]
	second := w.token(id, map[string]any{"repository_ids": []any{byID}})
	w.wantToken(200, second, "GET", "/repos/example-org/intern/issues/1", nil)
	w.wantToken(404, second, "GET", "/repos/example-org/cases/issues/1", nil)
}

func (w *world) installationID() int64 {
	w.t.Helper()
	return int64(w.wantToken(200, w.appToken(nil), "GET", "/orgs/example-org/installation", nil).object()["id"].(float64))
}

func TestTokenCannotBeMoreThanItsInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.Install(appID, "example-org", "example-org/project")
	w.ok(err)
	for name, body := range map[string]any{
		"a permission not granted":   map[string]any{"permissions": map[string]string{"actions": "read"}},
		"write where read is":        map[string]any{"permissions": map[string]string{"contents": "write"}},
		"a level that is none":       map[string]any{"permissions": map[string]string{"contents": "none"}},
		"a repository not installed": map[string]any{"repositories": []string{"cases"}},
		"no such repository":         map[string]any{"repositories": []string{"nothing"}},
		"a repository ID":            map[string]any{"repository_ids": []int{4}},
		"permissions of wrong type":  `{"permissions": "all"}`,
	} {
		if got := w.bearer(w.appToken(nil), "POST", tokensPath(id), body); got.status != 422 {
			t.Errorf("%s: %d, want 422: %s", name, got.status, got.body)
		}
	}
	w.wantToken(404, w.appToken(nil), "POST", tokensPath(id+1), nil)
	w.wantToken(404, w.token(id, nil), "GET", "/repos/example-org/cases", nil)
	w.wantToken(200, w.appToken(nil), "GET", "/repos/example-org/project/installation", nil)
	w.wantToken(404, w.appToken(nil), "GET", "/repos/example-org/cases/installation", nil)
	w.wantToken(404, w.appToken(nil), "GET", "/users/ada-owner/installation", nil)
}

func TestTokenDiesWithTimeSuspensionAndRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	id := w.installationID()
	w.wait(59 * time.Minute)
	w.wantToken(200, token, "GET", "/repos/example-org/cases", nil)
	w.wait(time.Minute)
	w.wantToken(401, token, "GET", "/repos/example-org/cases", nil)

	token = w.token(id, nil)
	w.ok(w.SuspendInstallation(id, true))
	w.wantToken(403, token, "GET", "/repos/example-org/cases", nil)
	w.wantToken(403, w.appToken(nil), "POST", tokensPath(id), nil)
	w.ok(w.SuspendInstallation(id, false))
	w.wantToken(200, token, "GET", "/repos/example-org/cases", nil)
	w.ok(w.Uninstall(id))
	w.wantToken(401, token, "GET", "/repos/example-org/cases", nil)
	w.wantToken(404, w.appToken(nil), "GET", fmt.Sprintf("/app/installations/%d", id), nil)
	w.wantToken(404, w.appToken(nil), "GET", "/orgs/example-org/installation", nil)
}

func TestRepositoryMadeByASelectedInstallationBelongsToIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil, "project")
	w.wantToken(201, token, "POST", "/orgs/example-org/repos", map[string]any{"name": "separate", "private": true})
	w.wantToken(201, token, "POST", "/repos/example-org/separate/issues", map[string]any{"title": "t"})
	if w.CanRead("mel-member", "example-org/separate") {
		t.Error("a member without base permission reads the new repository")
	}
	w.wantToken(422, token, "POST", "/orgs/example-org/repos", map[string]any{"name": "Separate", "private": true})
	w.wantToken(404, token, "POST", "/orgs/nobody-at-all/repos", map[string]any{"name": "x"})
	narrow := w.token(w.installationID(), map[string]any{"permissions": map[string]string{"issues": "write"}})
	w.wantToken(403, narrow, "POST", "/orgs/example-org/repos", map[string]any{"name": "y"})
	w.idle()
	if got := names(w.hooks.take()); !slices.Contains(got, "installation_repositories.added") {
		t.Errorf("the App was not told: %v", got)
	}
}

func TestAppIsRefusedWhatGitHubRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, app := range map[string]githubsim.App{
		"an event without its permission": {ID: 5, Slug: "a", PrivateKey: appKey(), Events: []string{"issues"}},
		"a webhook that leaves":           {ID: 5, Slug: "b", PrivateKey: appKey(), WebhookURL: "http://192.0.2.1/hook"},
		"no key":                          {ID: 5, Slug: "c"},
		"an ID that is taken":             {ID: appID, Slug: "d", PrivateKey: appKey()},
		"a slug that is taken":            {ID: 5, Slug: "example-app", PrivateKey: appKey()},
	} {
		if err := w.AddApp(app); err == nil {
			t.Errorf("%s was let in", name)
		}
	}
	if _, err := w.Start("192.0.2.1:0"); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("listening elsewhere: %v", err)
	}
}
