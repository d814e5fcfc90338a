package web

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

const anOnion = "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"

func TestOnionServiceIsOfferedAndTrusted(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if a := w.get(path); a.Header.Get("Onion-Location") != "" {
		t.Error("an onion service is offered that does not exist")
	}
	w.Handler = New(Options{Desk: w.desk, PublicURL: "https://conduct.example", OnionURL: anOnion, Log: zerolog.Nop()})
	if got := w.get(path + "?a=b").Header.Get("Onion-Location"); got != anOnion+path+"?a=b" {
		t.Errorf("it is offered at %q", got)
	}
	w.github = newSignedUp()
	for _, signedIn := range []string{"/cases", "/auth/github/callback?state=st&code=c", "/answer/token"} {
		if got := w.get(signedIn).Header.Get("Onion-Location"); got != "" {
			t.Errorf("%s is offered at %q", signedIn, got)
		}
	}
	if a := w.get(path); !strings.Contains(a.body, english["signin.go"]) {
		t.Error("nobody can sign in where the pages are public")
	}
	for _, page := range []string{path, "/receipt", "/cases", "/auth/github?back=/receipt"} {
		a := w.do(httptest.NewRequest("GET", anOnion+page, nil))
		if strings.Contains(a.body, english["signin.go"]) || a.Header.Get("Location") != "" {
			t.Errorf("%s leads out of the onion service, to sign in", page)
		}
	}
	r := httptest.NewRequest("GET", anOnion+path, nil)
	a := w.do(r)
	if a.Header.Get("Onion-Location") != "" {
		t.Error("it is offered to whoever is there already")
	}
	for _, header := range []string{"Content-Security-Policy", "Strict-Transport-Security", "Location", "Content-Location", "Link"} {
		if got := a.Header.Get(header); strings.Contains(got, "upgrade-insecure") || strings.Contains(got, "conduct.example") || header == "Strict-Transport-Security" && got != "" {
			t.Errorf("%s: %s leads out of it", header, got)
		}
	}
	if out := regexp.MustCompile(`(?:href|src|action)="[^"]*conduct\.example/`).FindString(a.body); out != "" {
		t.Errorf("a link leads out of it: %s", out)
	}
	for _, proxied := range []string{anOnion, "https://conduct.example"} { // by a proxy that changes the Host header
		r := posts("http://127.0.0.1:8080"+path, url.Values{"token": {w.token(t, path)}, "account": {"x"}}.Encode())
		r.Header.Set("Origin", proxied)
		want(t, w.do(r), 200)
	}
}

// A browser that was told to send no referrer, and does not know of Sec-Fetch-Site,
// cannot say where a form comes from. Most of these are old telephones.
func TestFormOfABrowserThatCannotSayWhereItComesFromIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, c := range []struct {
		site, cookie string
		status       int
	}{
		{"", "", 200},
		{"cross-site", "", 403},
		{"same-site", "", 403},
		{"same-origin", "", 200},
		{"", "session=x", 403}, // somebody is signed in, and another site may be sending it
	} {
		r := posts(path, url.Values{"token": {w.token(t, path)}, "account": {"x"}}.Encode())
		r.Header.Set("Origin", "null")
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Cookie": c.cookie} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if a := w.do(r); a.StatusCode != c.status {
			t.Errorf("%+v: status %d", c, a.StatusCode)
		}
	}
}
