package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// host is where a simulated GitHub stands; the zero value is github.com on an
// address of its own.
type host struct {
	release string // of GitHub Enterprise Server
	prefix  string // of every path, as behind a proxy that serves other things too
	limits  githubsim.Limits
}

// simulate makes the GitHub of a town.
func (h host) simulate(t *testing.T, now func() time.Time) *githubsim.Sim {
	t.Helper()
	o := githubsim.Options{Now: now, Enterprise: h.release, Limits: h.limits}
	if h.prefix == "" {
		return githubsim.New(o)
	}
	ln, err := listenOn(t.Context(), "test", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.PublicURL = "http://" + ln.Addr().String() + h.prefix
	sim := githubsim.New(o)
	proxy := &http.Server{Handler: http.StripPrefix(h.prefix, sim.Handler()), ReadHeaderTimeout: time.Minute}
	var done sync.WaitGroup
	done.Go(func() { _ = proxy.Serve(ln) }) // until it is closed
	t.Cleanup(func() {
		_ = proxy.Close()
		done.Wait()
	})
	return sim
}

// The main path, and what differs between servers: the command that hides a
// comment by GraphQL, addresses that move, what a person does by hand, and the
// delivery log.
var enterpriseStories = []string{
	"public-command-capture", "life-by-commands", "accused-sits-on-the-committee", "room-is-renamed-and-transferred", "room-is-internal",
	"lost-deliveries-are-swept",
}

func TestStoriesOnEnterpriseServer(t *testing.T) {
	t.Parallel()
	for n, release := range openapitest.EnterpriseReleases() {
		h := host{release: release}
		if n == 0 {
			h.prefix = "/gh/below"
		}
		for _, story := range enterpriseStories {
			t.Run(release+" "+story, func(t *testing.T) { tellStoryOn(t, filepath.Join(storiesFolder, story), h) })
		}
	}
}

func TestServerTellsWhichEnterpriseServerItSpeaksWith(t *testing.T) {
	t.Parallel()
	l, err := readLand(filepath.Join(storiesFolder, enterpriseStories[0]))
	if err != nil {
		t.Fatal(err)
	}
	l.host = host{release: forge.OldestRelease}
	w := build(t, l)
	waitFor(t, func() bool { return strings.Contains(w.log.String(), `"release":"3.17.0"`) })
	if strings.Contains(w.log.String(), `"alarm":true`) {
		t.Errorf("an alarm about a server that lacks nothing:\n%s", w.log)
	}
}

func TestOperatorHearsWhatAServerLacksAndWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server forge.Server
		says   []string // one line each
		alarms int
	}{
		"github.com":       {forge.Server{}, nil, 0},
		"a tested release": {forge.Server{Release: "3.18.2"}, []string{"3.18.2"}, 0},
		"an old release":   {forge.Server{Release: "3.4.0"}, []string{"3.4.0", "older than those that cocrouter is tested against, 3.17 to 3.19"}, 1},
		"a new release":    {forge.Server{Release: "3.20.1"}, []string{"3.20.1", "newer than"}, 0},
		"lacking much": {forge.Server{Lacks: []forge.Feature{forge.DeliveryLog, forge.MinimizeComment}},
			[]string{"what is lost on the way stays lost", "`original: minimize`"}, 2},
	} {
		log := &lines{}
		operator{zerolog.New(log), newMetrics()}.greet(t.Context(), func(context.Context) (forge.Server, error) { return c.server, nil })
		got := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(c.says) == 0 && log.String() != "" || len(c.says) > 0 && len(got) != len(c.says) {
			t.Errorf("%s: said\n%s", name, log)
			continue
		}
		for n, words := range c.says {
			if !strings.Contains(got[n], words) {
				t.Errorf("%s: line %d is %s, want %q in it", name, n, got[n], words)
			}
		}
		if alarms := strings.Count(log.String(), `"alarm":true`); alarms != c.alarms {
			t.Errorf("%s: %d alarms, want %d:\n%s", name, alarms, c.alarms, log)
		}
	}
}

func TestEveryFeatureThatMayLackHasASentence(t *testing.T) {
	t.Parallel()
	for _, feature := range []forge.Feature{forge.DeliveryLog, forge.MinimizeComment} {
		if lackSentences[feature] == "" {
			t.Errorf("nothing is said where %s lacks", feature)
		}
	}
}

func TestGitHubThatIsAwayDoesNotHoldTheStopUp(t *testing.T) {
	t.Parallel()
	log := &lines{}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		operator{zerolog.New(log), newMetrics()}.greet(ctx, func(context.Context) (forge.Server, error) {
			return forge.Server{}, fmt.Errorf("forge: %w", coc.Later{Cause: "no answer"})
		})
	}()
	waitFor(t, func() bool { return log.String() != "" })
	select {
	case <-done:
		t.Fatal("a GitHub that is away is not asked again")
	default:
	}
	stop()
	waitFor(t, func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
}

func TestGitHubThatRefusesIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	log := &lines{}
	asked := 0
	operator{zerolog.New(log), newMetrics()}.greet(t.Context(), func(context.Context) (forge.Server, error) {
		asked++
		return forge.Server{}, fmt.Errorf("forge: %w", coc.ErrDenied)
	})
	if asked != 1 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("asked %d times, said\n%s", asked, log)
	}
}
