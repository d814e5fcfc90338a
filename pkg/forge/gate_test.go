package forge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// orgs is a GitHub of many organisations, each with one repository, which
// answers what a look at a repository asks for.
type orgs struct {
	now      func() time.Time
	requests atomic.Int64

	mu    sync.Mutex
	wrong map[string]func(*http.Request) (*http.Response, error) // by owner; "" is everybody
	ids   map[string]int64
}

func newOrgs(now func() time.Time) *orgs {
	return &orgs{now: now, wrong: map[string]func(*http.Request) (*http.Response, error){}, ids: map[string]int64{}}
}

// goWrong makes an owner's requests go wrong, or go well again with nil.
func (o *orgs) goWrong(owner string, how func(*http.Request) (*http.Response, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wrong[owner] = how
}

func (o *orgs) RoundTrip(r *http.Request) (*http.Response, error) {
	o.requests.Add(1)
	owner, status, body := o.answer(r.URL.Path)
	o.mu.Lock()
	how := o.wrong[owner]
	if o.wrong[""] != nil {
		how = o.wrong[""]
	}
	o.mu.Unlock()
	if how != nil {
		return how(r)
	}
	return reply(r, status, body), nil
}

func reply(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func (o *orgs) answer(path string) (owner string, status int, body string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "app" {
		for name, id := range o.ids {
			if fmt.Sprint(id) == parts[2] {
				owner = name
			}
		}
		end := o.now().Add(time.Hour).UTC().Format(time.RFC3339)
		return owner, 201, fmt.Sprintf(`{"token":"t","expires_at":%q,"repositories":[{"id":%s,"name":"room","owner":{"login":%q}}]}`, end, parts[2], owner)
	}
	owner = parts[1]
	if o.ids[owner] == 0 {
		o.ids[owner] = int64(1000 + len(o.ids))
	}
	if parts[len(parts)-1] == "installation" {
		return owner, 200, fmt.Sprintf(`{"id":%d,"account":{"login":%q}}`, o.ids[owner], owner)
	}
	return owner, 200, fmt.Sprintf(`{"id":%d,"name":"room","owner":{"login":%q},"visibility":"private"}`, o.ids[owner], owner)
}

func (o *orgs) forge(t *testing.T, change func(*forge.Options)) *forge.Forge {
	t.Helper()
	options := forge.Options{
		V3: "https://github.example.test", V4: "https://github.example.test/graphql", Transport: openapitest.Requests(t, o), Now: o.now,
		Apps: map[coc.App]forge.Registration{coc.AppRooms: {ID: roomsID, PrivateKey: keyPEM()}},
	}
	if change != nil {
		change(&options)
	}
	f, err := forge.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func look(ctx context.Context, f *forge.Forge, owner string) error {
	_, err := f.Repository(ctx, coc.AppRooms, coc.Repo{Owner: owner, Name: "room"})
	return err
}

func refuses(r *http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

func fails(r *http.Request) (*http.Response, error) { return reply(r, 502, "<html>"), nil }

// hangs until the caller goes.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestARepositoryWithoutAProperAnswerIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	page := func(r *http.Request) (*http.Response, error) { return reply(r, 200, "<html>"), nil }
	for name, how := range map[string]func(*http.Request) (*http.Response, error){"refused": refuses, "502": fails, "a page in between": page} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			o := newOrgs(clock.now)
			var held refusals
			f := o.forge(t, func(o *forge.Options) { o.Refused = held.add })
			o.goWrong("poor-org", how)
			for range 3 {
				if _, later := coc.IsLater(look(ctx(t), f, "poor-org")); !later {
					t.Fatal("it is not for later")
				}
			}
			asked := o.requests.Load()
			for i := range 50 {
				later, ok := coc.IsLater(look(ctx(t), f, "Poor-Org"))
				wait := later.After.Sub(clock.now())
				if !ok || later.Ours || wait < 4*time.Second+time.Duration(i)*time.Second/2 || wait > 7*time.Second+time.Duration(i)*time.Second/2 {
					t.Fatalf("call %d comes back in %v", i, wait)
				}
			}
			if n := o.requests.Load() - asked; n != 0 || held.take()["failures"] != 50 {
				t.Errorf("%d requests while it is to be left alone", n)
			}
			if err := look(ctx(t), f, "other-org"); err != nil {
				t.Errorf("another owner is held back: %v", err)
			}
			// Nor does one repository answer for another.
			asked = o.requests.Load()
			_, _ = f.Repository(ctx(t), coc.AppRooms, coc.Repo{Owner: "poor-org", Name: ".github"})
			if n := o.requests.Load() - asked; n != 1 {
				t.Errorf("another repository of the owner: %d requests", n)
			}
			asked = o.requests.Load()
			_, _ = f.File(ctx(t), coc.AppRooms, coc.Repo{Owner: "poor-org", Name: "room"}, "coc.yaml", "")
			if n := o.requests.Load() - asked; n != 1 {
				t.Errorf("something else of the repository: %d requests", n)
			}
			// One call finds out, and the pause grows.
			clock.turn(7 * time.Second)
			asked = o.requests.Load()
			for range 5 {
				_ = look(ctx(t), f, "poor-org")
			}
			if n := o.requests.Load() - asked; n != 1 {
				t.Errorf("%d requests to find out", n)
			}
			if later, _ := coc.IsLater(look(ctx(t), f, "poor-org")); later.After.Sub(clock.now()) < 8*time.Second {
				t.Errorf("the second pause is %v", later.After.Sub(clock.now()))
			}
			o.goWrong("poor-org", nil)
			clock.turn(15 * time.Second)
			for range 10 {
				if err := look(ctx(t), f, "poor-org"); err != nil {
					t.Fatalf("it is well again: %v", err)
				}
			}
		})
	}
}

func TestOneCallAloneFindsOutWhetherARepositoryIsWell(t *testing.T) {
	t.Parallel()
	clock := newClock()
	o := newOrgs(clock.now)
	f := o.forge(t, nil)
	o.goWrong("poor-org", refuses)
	for range 3 {
		_ = look(ctx(t), f, "poor-org")
	}
	clock.turn(7 * time.Second)
	stop, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{}, 5)
	o.goWrong("poor-org", func(r *http.Request) (*http.Response, error) {
		begun <- struct{}{}
		return hangs(r)
	})
	var all sync.WaitGroup
	all.Go(func() { _ = look(stop, f, "poor-org") })
	<-begun
	for range 5 {
		if _, later := coc.IsLater(look(forge.Urgent(ctx(t), 1), f, "poor-org")); !later || len(begun) != 0 {
			t.Error("a second call went with it")
		}
	}
	cancel()
	all.Wait()
	o.goWrong("poor-org", nil)
	if err := look(ctx(t), f, "poor-org"); err != nil { // nobody heard the answer, so the next call finds out
		t.Error(err)
	}
}

// A call that began before the others failed may be answered while one is
// finding out.
func TestAnAnswerCountsWhileOneCallFindsOut(t *testing.T) {
	t.Parallel()
	clock := newClock()
	o := newOrgs(clock.now)
	f := o.forge(t, nil)
	begun := make(chan struct{})
	// until is a request that is under way until somebody says how it ends.
	until := func(end chan bool) {
		o.goWrong("slow-org", func(r *http.Request) (*http.Response, error) {
			begun <- struct{}{}
			if <-end {
				return reply(r, 404, `{"message":"Not Found"}`), nil
			}
			return refuses(r)
		})
	}
	first, probe := make(chan bool), make(chan bool)
	var calls [2]sync.WaitGroup
	until(first)
	calls[0].Go(func() { _ = look(ctx(t), f, "slow-org") })
	<-begun
	o.goWrong("slow-org", refuses)
	for range 3 {
		_ = look(forge.Urgent(ctx(t), 1), f, "slow-org")
	}
	clock.turn(7 * time.Second)
	until(probe)
	calls[1].Go(func() { _ = look(forge.Urgent(ctx(t), 1), f, "slow-org") })
	<-begun
	first <- true
	calls[0].Wait()
	probe <- false
	calls[1].Wait()
	o.goWrong("slow-org", nil)
	if err := look(ctx(t), f, "slow-org"); err != nil { // one failure since the answer closes nothing
		t.Error(err)
	}
}

func TestWhatGitHubRefusesIsAnAnswer(t *testing.T) {
	t.Parallel()
	clock := newClock()
	o := newOrgs(clock.now)
	f := o.forge(t, nil)
	o.goWrong("strict-org", func(r *http.Request) (*http.Response, error) { return reply(r, 404, `{"message":"Not Found"}`), nil })
	for range 10 {
		if err := look(ctx(t), f, "strict-org"); !errors.Is(err, coc.ErrInaccessible) {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	o.goWrong("left-org", hangs)
	for range 10 { // whoever asks went away: that is not GitHub's doing
		_ = look(gone, f, "left-org")
	}
	o.goWrong("left-org", nil)
	if err := look(ctx(t), f, "left-org"); err != nil {
		t.Error(err)
	}
}

func TestADeadGitHubIsAskedSeldom(t *testing.T) {
	t.Parallel()
	clock := newClock()
	o := newOrgs(clock.now)
	f := o.forge(t, nil)
	owners := []string{"a-org", "b-org", "c-org", "d-org", "e-org"}
	for _, owner := range owners {
		if err := look(ctx(t), f, owner); err != nil {
			t.Fatal(err)
		}
	}
	o.goWrong("", refuses)
	var all []*errand
	for i := range 200 {
		all = append(all, &errand{priority: 1 + i%3, at: clock.now(), do: func(ctx context.Context) error { return look(ctx, f, owners[i%5]) }})
	}
	asked := o.requests.Load()
	drive(t, clock, clock.now().Add(time.Hour), all)
	n := o.requests.Load() - asked
	if n < 5*15 || n > 5*30 {
		t.Errorf("200 jobs of five organisations made %d requests in an hour", n)
	}
	attempts := 0
	for _, e := range all {
		if attempts += e.attempts; e.done || e.failed != nil {
			t.Fatalf("done %v, %v", e.done, e.failed)
		}
	}
	if attempts > 200*40 {
		t.Errorf("%d attempts", attempts)
	}
	o.goWrong("", nil)
	back := clock.now()
	drive(t, clock, back.Add(time.Hour), all)
	for _, e := range all {
		if !e.done || e.at.Sub(back) > 7*time.Minute {
			t.Fatalf("GitHub is back, and a job is done %v after %v", e.done, e.at.Sub(back))
		}
	}
}

// Eight hands, and one organisation of five never answers.
func TestOneThatHangsDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	o := newOrgs(time.Now)
	var held refusals
	f := o.forge(t, func(o *forge.Options) { o.Refused = held.add })
	o.goWrong("a-org", hangs)
	type job struct {
		owner    string
		priority int
	}
	var waiting sync.WaitGroup
	jobs := make(chan job, 400)
	for i := range 200 {
		jobs <- job{"a-org", 1 + i%3} // all of them come first
	}
	others := 0
	for i := range 100 {
		jobs <- job{string("bcde"[i%4]) + "-org", 1 + i%3}
		others++
	}
	waiting.Add(others)
	stop, cancel := context.WithCancel(t.Context())
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			for {
				select {
				case <-stop.Done():
					return
				case j := <-jobs:
					err := look(forge.Urgent(stop, j.priority), f, j.owner)
					switch _, later := coc.IsLater(err); {
					case err == nil:
						waiting.Done()
					case later && j.owner != "a-org":
						jobs <- j // enough calls of its own were under way
					case !later:
						t.Errorf("%s: %v", j.owner, err)
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { waiting.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(15 * time.Second): // a call that hangs lasts longer
		t.Error("the others wait for the one that hangs")
	}
	cancel()
	hands.Wait()
	if held.take()["calls"] == 0 {
		t.Error("no call was sent away")
	}
}

func TestWhoIsUrgentFindsAPlaceWhereOthersHang(t *testing.T) {
	t.Parallel()
	o := newOrgs(time.Now)
	f := o.forge(t, nil)
	hanging := make(chan struct{}, 10)
	o.goWrong("a-org", func(r *http.Request) (*http.Response, error) {
		hanging <- struct{}{}
		return hangs(r)
	})
	stop, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	call := func(priority int) bool { // whether it found a place
		ended := make(chan error, 1)
		all.Go(func() { ended <- look(forge.Urgent(stop, priority), f, "a-org") })
		select {
		case <-hanging:
			return true
		case err := <-ended:
			if later, ok := coc.IsLater(err); !ok || !later.Ours {
				t.Errorf("%v", err)
			}
			return false
		}
	}
	var got []bool
	for _, priority := range []int{0, 0, 0, 2, 2, 1, 1} {
		got = append(got, call(priority))
	}
	if want := []bool{true, true, false, true, false, true, false}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found a place: %v, want %v", got, want)
	}
	cancel()
	all.Wait()
}

func TestAPersonWhoWaitsForAPageStandsInLineWhereOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	o := newOrgs(clock.now)
	f := o.forge(t, nil)
	begun, end := make(chan struct{}), make(chan struct{})
	o.goWrong("busy-org", func(r *http.Request) (*http.Response, error) {
		begun <- struct{}{}
		<-end
		return reply(r, 404, `{"message":"Not Found"}`), nil
	})
	var jobs sync.WaitGroup
	for range 3 {
		jobs.Go(func() { _ = look(forge.Urgent(ctx(t), 2), f, "busy-org") })
		<-begun
	}
	o.goWrong("busy-org", nil)
	command := forge.Urgent(ctx(t), 2)
	if l, ok := coc.IsLater(look(command, f, "busy-org")); !ok || !l.Ours {
		t.Error("a fourth job begins beside three that are under way")
	}
	gone, cancel := context.WithTimeout(command, 50*time.Millisecond)
	defer cancel()
	if l, ok := coc.IsLater(look(forge.Awaited(gone), f, "busy-org")); !ok || !l.Ours {
		t.Error("whoever waits for a page and goes away begins all the same")
	}
	read := make(chan error)
	go func() { read <- look(forge.Awaited(command), f, "busy-org") }()
	select {
	case err := <-read:
		t.Errorf("a page is answered while there is no place: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	if err := <-read; err != nil {
		t.Errorf("a page is answered %v when the others have ended", err)
	}
	jobs.Wait()
}
