package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// In a flood of reports somebody with a browser notices nothing, because it works
// while they write, and somebody without scripts presses the button a second time,
// with all their words still there.
func TestInAFloodSomebodyWithABrowserStillReports(t *testing.T) {
	t.Parallel()
	source, rooms, err := newDemoApps()
	if err != nil {
		t.Fatal(err)
	}
	sim := newLeakSim(t)
	s, err := demoSettings(t.TempDir(), sim.URL(), "http://127.0.0.1:1", source.registration, rooms.registration)
	if err != nil {
		t.Fatal(err)
	}
	s.Limits.ReportsASecond = 1
	var clock settable
	srv, err := newServer(t.Context(), s, zerolog.Nop(), tuning{limits: forge.Unlimited, now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := runServer(t, srv)
	if err := seedDemo(sim, address+"/api/github/hook", source, rooms); err != nil {
		t.Fatal(err)
	}
	// So many at once that the last of them are sent home for more than a minute.
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/report/"+toolsRepo, strings.NewReader(url.Values{"token": {rand.Text()}, "account": {"noise"}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = "10.1.2.3:4711"
			srv.handler.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	all.Wait()
	for _, name := range []string{"with scripts", "without scripts"} {
		phone := phones[name]
		t.Run(name, func(t *testing.T) {
			tab := browsertest.Open(t, address, phone)
			wantPage(t, tab, tab.Visit("/report/"+toolsRepo), http.StatusOK)
			tab.Write("#account", "They called me names.")
			if !phone.NoScript {
				waits(t, "the challenge is worked out", func() bool { return tab.Value("#proof") != "" })
				wantPage(t, tab, tab.Press(send), http.StatusOK)
				tab.Text(".receipt .code")
				return
			}
			wantPage(t, tab, tab.Press(send), http.StatusTooManyRequests)
			if tab.Value("#account") != "They called me names." {
				t.Error("what was written is lost")
			}
			tab.Look("please wait")
			clock.advance(2 * time.Minute)
			wantPage(t, tab, tab.Press(send), http.StatusOK)
			tab.Text(".receipt .code")
		})
	}
}

func waits(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := new(play).await(ctx, what, func() (bool, error) { return so(), nil }); err != nil {
		t.Fatal(err)
	}
}
