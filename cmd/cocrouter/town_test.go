package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// canary is the word that stands for what a report says: the stories write it
// into their reports, and a town tells where it was written on.
const canary = "heliotrope"

// town is a simulated GitHub with the real server beside it, in one process,
// with a clock that can be put forward.
type town struct {
	*githubsim.Sim
	t        *testing.T
	play     *play
	server   *server
	log      *lines
	apps     map[string]demoApp // source, rooms
	people   []string
	settable // the one clock of the town

	mu     sync.Mutex
	writes []written // what the Apps wrote since the start
	secret []string  // words that stand for what reports say, in small letters
}

// written is one write of an App.
type written struct {
	repo    string
	request string
	words   []string // of reports, that it carried
	readers []string // of the repository at that moment, where it carried any
}

// land is a world, and how a town is built from it.
type land struct {
	describedWorld
	host     host              // of its GitHub; the zero value is github.com
	database string            // "": a SQLite file of its own
	commit   func(before bool) // nil: nobody is told
	budget   forge.Limits      // what we may write; the zero value is without limits
	ahead    time.Duration     // of the machine's clock, from the beginning
}

// readLand reads the world of a folder, on top of the one that it is like.
func readLand(folder string) (land, error) {
	d, err := readDescribed(folder)
	return land{describedWorld: d}, err
}

// townKey is the one key of all Apps of all towns: making one takes longer
// than a story.
var townKey = sync.OnceValue(func() *rsa.PrivateKey {
	block, _ := pem.Decode([]byte(testKey()))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key
})

func townApp(id int64, slug string) demoApp {
	return demoApp{key: townKey(), registration: registration{
		Client: "Iv23li." + slug, ClientSecret: "client-secret-of-" + slug,
		ID: id, Slug: slug, Key: []byte(testKey()), Secrets: [][]byte{[]byte("secret-of-" + slug)},
	}}
}

// untilFriday is the time until it is nine o'clock on a Friday, when every story
// begins: what a committee is reminded of, and when, depends on its working days.
func untilFriday(now time.Time) time.Duration {
	now = now.UTC()
	days := (int(time.Friday-now.Weekday()) + 7) % 7
	friday := time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, time.UTC)
	if friday.Before(now) {
		friday = friday.AddDate(0, 0, 7)
	}
	return friday.Sub(now)
}

// build starts a town. It stops with the test.
func build(t *testing.T, l land) *town {
	t.Helper()
	w := &town{
		t: t, log: &lines{}, secret: []string{canary},
		apps: map[string]demoApp{"source": townApp(1001, "conduct-reports"), "rooms": townApp(1002, "conduct-rooms")},
	}
	w.advance(l.ahead)
	if l.OneApp {
		w.apps["rooms"] = w.apps["source"]
	}
	w.Sim = l.host.simulate(t, w.now)
	openapitest.Attach(t, w.Sim)
	if _, err := w.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	public, err := listenOn(t.Context(), "test", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + public.Addr().String()
	s := settings{config: defaults(), source: w.apps["source"].registration, rooms: w.apps["rooms"].registration}
	s.PublicURL = address
	s.GitHub.Web, s.GitHub.V3, s.GitHub.V4 = w.URL(), w.URL()+"/api/v3/", w.URL()+"/api/graphql"
	s.Database = cmp.Or(l.database, "sqlite:"+filepath.Join(t.TempDir(), "cocrouter.db"))
	key := filepath.Join(t.TempDir(), "sealing.key")
	if _, err := keygen(key); err != nil {
		t.Fatal(err)
	}
	if s.keys, err = seal.Open(key); err != nil {
		t.Fatal(err)
	}
	directory, problems := policy.ParseDirectory([]byte(l.directory))
	if len(problems) > 0 {
		t.Fatalf("directory.yaml: %v", problems)
	}
	s.directory = directory
	w.server, err = newServer(t.Context(), s, zerolog.New(w.log), tuning{limits: cmp.Or(l.budget, forge.Unlimited), now: w.now, commit: l.commit})
	if err != nil {
		t.Fatal(err)
	}
	w.play = &play{sim: w.Sim, github: w.URL(), address: address, patience: patience}
	w.settleDown(l, address)
	w.Intercept(w.watch)

	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.run(running, public, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return w
}

// stepTime passes from one step of a story to the next. GitHub's times have whole
// seconds, and people need some to do the same thing again.
const stepTime = 2 * time.Second

// settleDown puts the people, places and files of a land into the town.
func (w *town) settleDown(l land, address string) {
	w.people = l.everybody()
	if err := l.settle(w.Sim, w.apps, address+"/api/github/hook"); err != nil {
		w.t.Fatalf("the world: %v", err)
	}
}

// watch notes every write of an App, and who can read what is written at that
// moment.
func (w *town) watch(r *http.Request, phase string) {
	if phase != githubsim.PhaseBefore || r.Method == http.MethodGet {
		return
	}
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v3/"), "/")
	seen := written{request: r.Method + " " + r.URL.Path, words: w.wordsIn(body.String())}
	switch path[0] {
	case "app", "repositories": // tokens; what follows a rename
	case "repos":
		seen.repo = path[1] + "/" + path[2]
	}
	if len(seen.words) > 0 {
		seen.readers = w.readersOf(seen.repo)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, seen)
}

// wordsIn is the words of reports that stand in a text, whatever it is written in.
func (w *town) wordsIn(text string) (found []string) {
	text = strings.ToLower(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, word := range w.secret {
		if strings.Contains(text, word) {
			found = append(found, word)
		}
	}
	return found
}

// readersOf is everybody who can read a repository now, "" being the public.
func (w *town) readersOf(repo string) (who []string) {
	for _, login := range append(slices.Clone(w.people), "") {
		if w.CanRead(login, repo) {
			who = append(who, login)
		}
	}
	return who
}

// written gives what the Apps wrote after the first n writes.
func (w *town) written(n int) []written {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes[n:])
}

// patience is how long a town may take to come to rest, on a slow machine.
const patience = 40 * time.Second

// rest waits until nothing is under way: no delivery, and no job that is to
// run soon.
func (w *town) rest() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		// A job that ends has made its deliveries before, and a delivery that
		// was answered has made its job: seeing no job between two looks at
		// the same deliveries, all answered, is rest.
		sent := len(w.Deliveries())
		if err := w.Idle(ctx); err != nil {
			w.t.Fatalf("deliveries do not end: %v", err)
		}
		jobs := w.jobs(ctx)
		if jobs == 0 && len(w.Deliveries()) == sent {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.t.Fatalf("%d jobs do not end\nlog:\n%s", jobs, w.log)
		}
	}
}

// soon is what counts as under way; what waits longer waits for the clock. A
// job that found its case busy is tried again within five seconds.
const soon = 6 * time.Second

func (w *town) jobs(ctx context.Context) (n int) {
	rows, err := w.server.store.DB().QueryContext(ctx, `SELECT scheduled_at FROM river_job
		WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending')`)
	if err == nil {
		defer rows.Close()
		for rows.Next() && err == nil {
			var at time.Time
			if err = rows.Scan(&at); at.Before(w.now().Add(soon)) {
				n++
			}
		}
		err = errors.Join(err, rows.Err())
	}
	if err != nil && ctx.Err() == nil {
		w.t.Fatal(err)
	}
	return n
}

// asks is what GitHub answers a person who asks for something, "" being the
// public.
func (w *town) asks(login, path string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.URL()+"/api/v3"+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if login != "" {
		req.Header.Set("Authorization", "Bearer "+w.TokenFor(login))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// askAll reads all pages of a list as a person. A list that is not there for them
// is empty, and so is that of a repository without issues.
func askAll[T any](t *testing.T, p *play, login, path string) []T {
	t.Helper()
	var all []T
	for page := 1; ; page++ {
		var some []T
		status, err := p.ask(t.Context(), login, http.MethodGet, path+"per_page=100&page="+strconv.Itoa(page), nil, &some)
		if err != nil || status != http.StatusOK && status != http.StatusNotFound && status != http.StatusGone {
			t.Fatalf("%s asks for %s: %d, %v", login, path, status, err)
		}
		if all = append(all, some...); len(some) < 100 {
			return all
		}
	}
}

// place is a repository that exists, with somebody who administers it.
type place struct {
	repo   string
	public bool
	admin  string
}

// places is every repository of the town, as it is called now.
func (w *town) places() []place {
	found := map[string]place{}
	for _, login := range w.people {
		for _, r := range w.VisibleRepos(login) {
			if _, ok := found[r.FullName]; !ok || r.Role == "admin" {
				found[r.FullName] = place{r.FullName, r.Visibility == "public", login}
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b place) int { return strings.Compare(a.repo, b.repo) })
}

// issues is every issue and pull request of a place, oldest first.
func (w *town) issues(p place) []githubsim.IssueView {
	w.t.Helper()
	var all []githubsim.IssueView
	for _, pulls := range []bool{false, true} {
		list, err := w.ViewIssues(p.admin, p.repo, "all", pulls)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, i := range list {
			whole, err := w.ViewIssue(p.admin, p.repo, i.Number)
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, whole)
		}
	}
	slices.SortFunc(all, func(a, b githubsim.IssueView) int { return a.Number - b.Number })
	return all
}

// comments is what was said in an issue, review comments last.
func comments(i githubsim.IssueView) []githubsim.CommentView {
	var out []githubsim.CommentView
	for _, e := range i.Timeline {
		if e.Comment != nil {
			out = append(out, *e.Comment)
		}
	}
	return append(out, i.Reviews...)
}
