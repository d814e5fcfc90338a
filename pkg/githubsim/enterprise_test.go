package githubsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestEnterpriseServerDiffersFromGitHubWhereItsDescriptionDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Options{Enterprise: "3.18"})
	token := w.install(nil)
	r := w.wantToken(200, token, "GET", casesPath, nil)
	if got := r.header.Get("X-GitHub-Enterprise-Version"); got != "3.18.0" {
		t.Errorf("version in an answer: %q", got)
	}
	if got := r.header.Get("X-RateLimit-Limit"); got != "" {
		t.Errorf("a limit of %s, and none is switched on", got)
	}
	w.wantToken(404, token, "GET", "/rate_limit", nil)
	if got := w.want(200, "", "GET", "/meta", nil).object()["installed_version"]; got != "3.18.0" {
		t.Errorf("installed version: %v", got)
	}
	w.want(204, "ada-owner", "PUT", casesPath+"/collaborators/olu-outsider", map[string]any{"permission": "pull"})
	w.want(200, "olu-outsider", "GET", casesPath, nil) // without being asked
	refused := w.want(404, "", "GET", casesPath, nil).object()["documentation_url"].(string)
	if !strings.Contains(refused, "enterprise-server@3.18") {
		t.Errorf("a refusal points to %s", refused)
	}
	w.idle()
	for _, h := range w.hooks.take() {
		if h.header.Get("X-GitHub-Enterprise-Version") != "3.18.0" || h.header.Get("X-GitHub-Enterprise-Host") != "127.0.0.1" {
			t.Errorf("a delivery names %v", h.header)
		}
	}
	log := func() int {
		return len(w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries", nil).list())
	}
	kept := log()
	w.wait(7*24*time.Hour - time.Minute)
	if got := log(); got != kept || kept == 0 {
		t.Errorf("after nearly a week the log has %d of %d", got, kept)
	}
	w.wait(time.Minute)
	if got := log(); got != 0 {
		t.Errorf("after a week the log still has %d", got)
	}
}

func TestGitHubNamesNoEnterpriseVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.want(200, "", "GET", "/meta", nil)
	if r.header.Get("X-GitHub-Enterprise-Version") != "" || r.object()["installed_version"] != nil {
		t.Errorf("github.com calls itself %v %s", r.header, r.body)
	}
}

func TestEnterpriseServerHasALimitWhereItIsSwitchedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Options{Enterprise: "3.17", RateLimit: 2})
	token := w.install(nil)
	w.wantToken(200, token, "GET", casesPath, nil)
	w.wantToken(200, token, "GET", "/rate_limit", nil)
	w.wantToken(200, token, "GET", casesPath, nil)
	if got := w.wantToken(http.StatusForbidden, token, "GET", casesPath, nil).header.Get("X-RateLimit-Remaining"); got != "0" {
		t.Errorf("remaining: %q", got)
	}
}
