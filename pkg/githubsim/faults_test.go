package githubsim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

const casesPath = "/repos/example-org/cases"

// try sends a request with a token over a connection of its own, so that the
// transport repeats nothing that was cut.
func (w *world) try(token, method, path string, body string) (reply, error) {
	w.t.Helper()
	return w.tryFor(w.t.Context(), token, method, path, body)
}

func (w *world) tryFor(ctx context.Context, token, method, path, body string) (reply, error) {
	w.t.Helper()
	address := w.url + "/api/v3" + path
	if path == "/graphql" {
		address = w.url + "/api/graphql"
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	w.ok(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, raw}, err
}

func TestFaultsStrikeAsOftenAsTheySayAndTheSameAgain(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (string, map[string]int) {
		w := newWorld(t)
		token := w.install(nil)
		w.Misbehave(githubsim.Faults{Seed: seed, ServerError: 0.2, Reset: 0.1})
		var met strings.Builder
		for range 300 {
			r, err := w.try(token, "GET", casesPath, "")
			if err != nil {
				r.status = 0
			}
			fmt.Fprint(&met, r.status, " ")
		}
		return met.String(), w.Misfortunes()
	}
	first, struck := run(7)
	again, _ := run(7)
	other, _ := run(8)
	if first != again {
		t.Errorf("one seed, two runs:\n%s\n%s", first, again)
	}
	if first == other {
		t.Error("another seed, the same run")
	}
	if n := struck["ServerError"]; n < 35 || n > 90 {
		t.Errorf("a share of 0.2 struck %d of 300", n)
	}
	if n := struck["Reset"]; n < 12 || n > 55 || strings.Count(first, "0 ")-strings.Count(first, "00 ") != n {
		t.Errorf("a share of 0.1 struck %d of 300: %s", n, first)
	}
	if n := strings.Count(first, "200"); n != 300-struck["ServerError"]-struck["Reset"] {
		t.Errorf("%d requests were answered beside %v", n, struck)
	}
}

func TestWhatOneRepositoryMeetsDoesNotDependOnAnother(t *testing.T) {
	t.Parallel()
	run := func(beside bool) string {
		w := newWorld(t)
		token := w.install(nil)
		w.Misbehave(githubsim.Faults{Seed: 3, ServerError: 0.3})
		var met strings.Builder
		for range 60 {
			if beside {
				_, err := w.try(token, "GET", "/repos/example-org/intern", "")
				w.ok(err)
			}
			r, err := w.try(token, "GET", casesPath, "")
			w.ok(err)
			fmt.Fprint(&met, r.status/100)
		}
		return met.String()
	}
	if alone, crowd := run(false), run(true); alone != crowd {
		t.Errorf("alone:      %s\nwith others: %s", alone, crowd)
	}
}

func TestPeopleAreLeftAloneByFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.Misbehave(githubsim.Faults{ServerError: 1})
	w.want(200, "ada-owner", "GET", casesPath, nil)
	if r, err := w.try(token, "GET", casesPath, ""); err != nil || r.status < 500 {
		t.Errorf("an installation meets %d, %v", r.status, err)
	}
	w.Misbehave(githubsim.Faults{})
	w.wantToken(200, token, "GET", casesPath, nil)
	if got := w.Misfortunes(); !maps.Equal(got, map[string]int{"ServerError": 1}) {
		t.Errorf("misfortunes: %v", got)
	}
}

func TestConnectionIsResetBeforeOrAfterTheDeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	for _, c := range []struct {
		faults githubsim.Faults
		made   int
	}{{githubsim.Faults{Reset: 1}, 0}, {githubsim.Faults{ResetAfter: 1}, 1}} {
		w.Misbehave(c.faults)
		_, err := w.try(token, "POST", casesPath+"/issues", `{"title":"t"}`)
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%+v: %v, want a reset", c.faults, err)
		}
		w.Misbehave(githubsim.Faults{})
		if got := len(w.wantToken(200, token, "GET", casesPath+"/issues", nil).list()); got != c.made {
			t.Errorf("%+v: %d issues, want %d", c.faults, got, c.made)
		}
	}
}

func TestHangingRequestEndsWithItsCallerOrItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.Misbehave(githubsim.Faults{Hang: 1})
	ctx, giveUp := context.WithCancel(t.Context())
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { giveUp() }})
	if _, err := w.tryFor(ctx, token, "POST", casesPath+"/issues", `{"title":"t"}`); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	w.Misbehave(githubsim.Faults{Hang: 1, HangFor: time.Millisecond})
	if r, err := w.try(token, "POST", casesPath+"/issues", `{"title":"t"}`); err != nil || r.status != http.StatusBadGateway {
		t.Errorf("after a while: %d, %v", r.status, err)
	}
	w.Misbehave(githubsim.Faults{})
	if got := w.wantToken(200, token, "GET", casesPath+"/issues", nil).list(); len(got) != 0 {
		t.Errorf("hung, and yet applied: %v", got)
	}
}

func TestRepositoryIsNotFoundForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.issue("example-org/cases", "t")
	w.Misbehave(githubsim.Faults{NotFound: 1, NotFoundFor: time.Minute})
	w.wantToken(404, token, "GET", casesPath+"/issues/1", nil)
	w.Misbehave(githubsim.Faults{})
	w.wantToken(404, token, "GET", casesPath, nil)
	w.wantToken(404, w.appToken(nil), "GET", casesPath+"/installation", nil)
	w.wantToken(200, token, "GET", "/repos/example-org/intern", nil)
	w.want(200, "kim-responder", "GET", casesPath+"/issues/1", nil)
	query := `{"query":"{repository(owner:\"example-org\",name:\"cases\"){name}}"}`
	if r, err := w.try(token, "POST", "/graphql", query); err != nil || !strings.Contains(string(r.body), "NOT_FOUND") {
		t.Errorf("by GraphQL: %s, %v", r.body, err)
	}
	w.wait(time.Minute)
	w.wantToken(200, token, "GET", casesPath, nil)
	if !w.WasHidden("example-org/cases") || w.WasHidden("example-org/intern") {
		t.Error("it is not known what was hidden")
	}
}

func TestPrimaryLimitHoldsUntilTheResetThatItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.Misbehave(githubsim.Faults{PrimaryLimit: 1})
	r, err := w.try(token, "GET", casesPath, "")
	w.ok(err)
	w.Misbehave(githubsim.Faults{})
	until := w.resetOf(r)
	if r.status != 403 && r.status != 429 || r.header.Get("X-RateLimit-Remaining") != "0" || r.header.Get("Retry-After") != "" ||
		!strings.HasPrefix(r.object()["message"].(string), "API rate limit exceeded for installation ID ") {
		t.Fatalf("%d %v %s", r.status, r.header, r.body)
	}
	w.wait(until.Sub(w.clock()) - time.Second)
	if r, err = w.try(token, "GET", casesPath, ""); err != nil || r.status < 400 {
		t.Errorf("a second early: %d, %v", r.status, err)
	}
	w.wantToken(200, w.appToken(nil), "GET", "/app", nil) // who has an hour of its own
	w.wait(time.Second)
	w.wantToken(200, w.token(w.installationID(), nil), "GET", casesPath, nil)
	if got := w.Impatient(); got != 1 {
		t.Errorf("impatient %d times, want once", got)
	}
}

func TestGraphQLSaysThatTheHourIsSpentBy200(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.Misbehave(githubsim.Faults{PrimaryLimit: 1})
	r, err := w.try(token, "POST", "/graphql", `{"query":"{viewer{login}}"}`)
	w.ok(err)
	if r.status != 200 || !strings.Contains(string(r.body), "RATE_LIMITED") || r.header.Get("X-RateLimit-Remaining") != "0" ||
		r.header.Get("X-RateLimit-Resource") != "graphql" {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
}

func TestGraphQLSaysThatItIsAskedTooFastBy200Or403(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	ways := map[int]bool{}
	for seed := range uint64(12) {
		w.Misbehave(githubsim.Faults{Seed: seed, SecondaryLimit: 1})
		r, err := w.try(token, "POST", "/graphql", `{"query":"{viewer{login}}"}`)
		w.ok(err)
		if !strings.Contains(string(r.body), "secondary rate limit") {
			t.Fatalf("%d %s", r.status, r.body)
		}
		ways[r.status] = true
		w.wait(2 * time.Minute)
	}
	if !maps.Equal(ways, map[int]bool{200: true, 403: true}) {
		t.Errorf("said by %v", ways)
	}
}

func TestSecondaryLimitIsSaidInEveryWayAndEndsWhenItSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	id := w.installationID()
	ways := map[string]bool{}
	for seed := range uint64(12) {
		token := w.token(id, nil)
		w.Misbehave(githubsim.Faults{Seed: seed, SecondaryLimit: 1})
		r, err := w.try(token, "GET", casesPath, "")
		w.ok(err)
		w.Misbehave(githubsim.Faults{})
		if r.status != 403 && r.status != 429 || r.header.Get("X-RateLimit-Remaining") == "0" ||
			!strings.Contains(r.object()["message"].(string), "secondary rate limit") ||
			!strings.HasSuffix(r.object()["documentation_url"].(string), "#about-secondary-rate-limits") {
			t.Fatalf("%d %v %s", r.status, r.header, r.body)
		}
		wait, named := 60, r.header.Get("Retry-After")
		if named != "" {
			wait, err = strconv.Atoi(named)
			w.ok(err)
		}
		ways[fmt.Sprint(r.status, named != "")] = true
		w.wait(time.Duration(wait-1) * time.Second)
		if early, err := w.try(token, "GET", casesPath, ""); err != nil || early.status != r.status {
			t.Errorf("a second early: %d, %v", early.status, err)
		}
		w.wait(time.Second)
		w.wantToken(200, token, "GET", casesPath, nil)
	}
	if len(ways) != 4 {
		t.Errorf("said in %d ways, want 403 and 429 with Retry-After and without: %v", len(ways), ways)
	}
	if got := w.Impatient(); got != 12 {
		t.Errorf("impatient %d times, want 12", got)
	}
}

func TestTokenThatEndsEarlyIsRefusedForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.Misbehave(githubsim.Faults{TokenEndsEarly: 1})
	w.wantToken(200, w.appToken(nil), "GET", "/app", nil) // is signed anew each time
	w.wantToken(401, token, "GET", casesPath, nil)
	w.Misbehave(githubsim.Faults{})
	if got := w.wantToken(401, token, "GET", casesPath, nil).object()["message"]; got != "Bad credentials" {
		t.Errorf("said: %v", got)
	}
	w.wantToken(200, w.token(w.installationID(), nil), "GET", casesPath, nil)
}

func TestGitHubsClockIsSkewedInAllThatItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	const ahead = 3 * time.Minute
	w.Misbehave(githubsim.Faults{Skew: ahead})
	n := w.issue("example-org/cases", "t")
	r := w.wantToken(200, token, "GET", casesPath+"/issues/"+strconv.Itoa(n), nil)
	want := w.clock().Add(ahead)
	if date, err := http.ParseTime(r.header.Get("Date")); err != nil || !date.Equal(want) {
		t.Errorf("Date is %s, want %s", r.header.Get("Date"), want)
	}
	if got := r.object()["created_at"]; got != want.Format(time.RFC3339) {
		t.Errorf("created at %v, want %s", got, want)
	}
	fresh := w.wantToken(201, w.appToken(nil), "POST", tokensPath(w.installationID()), nil).object()["expires_at"]
	if got := fresh; got != want.Add(time.Hour).Format(time.RFC3339) {
		t.Errorf("a token ends at %v, want an hour after %s", got, want)
	}
	w.wait(time.Hour - ahead)
	w.wantToken(401, token, "GET", casesPath, nil)
}

func TestBrokenForOneOrganisationAndWholeForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.AddOrg("other-org", githubsim.Org{Owners: []string{"ada-owner"}}))
	w.ok(w.AddRepo("other-org/cases", githubsim.Repo{}))
	here := w.install(nil)
	other, err := w.Install(appID, "other-org")
	w.ok(err)
	there := w.token(other, nil)
	id := w.installationID()
	w.Fail(w.Of("Example-Org"), 0, githubsim.ServerError())
	w.wantToken(502, here, "GET", casesPath, nil)
	w.wantToken(502, w.appToken(nil), "POST", tokensPath(id), nil)
	w.wantToken(502, w.appToken(nil), "GET", casesPath+"/installation", nil)
	w.wantToken(502, w.appToken(nil), "GET", "/orgs/example-org/installation", nil)
	w.wantToken(200, there, "GET", "/repos/other-org/cases", nil)
	w.wantToken(201, w.appToken(nil), "POST", tokensPath(other), nil)
	w.wantToken(200, w.appToken(nil), "GET", "/orgs/other-org/installation", nil)
	w.wantToken(200, w.appToken(nil), "GET", "/app", nil)
}

func TestReadyMadeAnswersAreGitHubs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	until := w.clock().Add(20 * time.Minute)
	for _, c := range []struct {
		name    string
		respond http.HandlerFunc
		status  int
		header  map[string]string
		says    string
	}{
		{"not found", githubsim.NotFound(), 404, nil, "Not Found"},
		{"bad credentials", githubsim.BadCredentials(), 401, nil, "Bad credentials"},
		{"primary", githubsim.PrimaryLimit(until), 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(until.Unix(), 10)}, "API rate limit exceeded"},
		{"secondary", githubsim.SecondaryLimit(1500 * time.Millisecond), 403, map[string]string{"Retry-After": "2"}, "secondary rate limit"},
		{"secondary, unnamed", githubsim.SecondaryLimit(0), 403, map[string]string{"Retry-After": ""}, "secondary rate limit"},
		{"server error", githubsim.ServerError(), 502, nil, "Server Error"},
		{"hang", githubsim.Hang(time.Millisecond), 502, nil, "Server Error"},
	} {
		w.Fail(nil, 1, c.respond)
		r, err := w.try(token, "GET", casesPath, "")
		if err != nil || r.status != c.status || !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s: %d %s, %v", c.name, r.status, r.body, err)
		}
		for name, want := range c.header {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, name, got, want)
			}
		}
	}
	seen := make(chan githubsim.Exchange, 1)
	w.Fail(nil, 1, githubsim.Reset())
	w.Observe(func(e githubsim.Exchange) { seen <- e })
	if _, err := w.try(token, "GET", casesPath, ""); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	if e := <-seen; !e.Fault || e.Status != 0 {
		t.Errorf("a request that was reset is observed as %d, fault %v", e.Status, e.Fault)
	}
}

func TestContentIsCreatedNoFasterThanGitHubAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Options{Limits: githubsim.Limits{ContentPerMinute: 3, ContentPerHour: 5}})
	token := w.install(nil)
	create := func(want int) reply {
		t.Helper()
		return w.wantToken(want, token, "POST", casesPath+"/issues", map[string]any{"title": "t"})
	}
	for range 3 {
		create(201)
		w.wait(20 * time.Second)
	}
	create(403) // the minute slides: the first was exactly one ago
	w.wait(time.Second)
	create(201)
	w.wantToken(200, token, "GET", casesPath, nil)
	w.wait(time.Minute)
	w.wantToken(422, token, "POST", casesPath+"/issues", map[string]any{"title": ""}) // counts as well
	w.wait(time.Minute)
	r := create(403)
	if r.header.Get("Retry-After") != "" || r.header.Get("X-RateLimit-Remaining") == "0" || !strings.Contains(r.object()["message"].(string), "blocked from content creation") {
		t.Errorf("refused by %v %s", r.header, r.body)
	}
	w.want(201, "ada-owner", "POST", casesPath+"/issues", map[string]any{"title": "a person's"})
	if got := w.Exceeded(); got != 2 {
		t.Errorf("exceeded %d times, want 2", got)
	}
}

func TestPointsAreCountedByTheMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Options{Limits: githubsim.Limits{PointsPerMinute: 12}})
	token := w.install(nil)
	query, mutation := `{"query":"{viewer{login}}"}`, `{"query":"mutation{minimizeComment(input:{subjectId:\"x\",classifier:RESOLVED}){clientMutationId}}"}`
	for _, c := range []struct {
		cost         int
		method, path string
		body         string
	}{{1, "GET", casesPath, ""}, {5, "POST", casesPath + "/issues", `{"title":"t"}`}, {1, "POST", "/graphql", query}, {5, "POST", "/graphql", mutation}} {
		if r, err := w.try(token, c.method, c.path, c.body); err != nil || r.status >= 300 {
			t.Fatalf("%s %s: %d %s, %v", c.method, c.path, r.status, r.body, err)
		}
	}
	r := w.wantToken(429, token, "GET", casesPath, nil)
	wait, err := strconv.Atoi(r.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 61 {
		t.Fatalf("Retry-After is %q", r.header.Get("Retry-After"))
	}
	w.wait(time.Duration(wait) * time.Second)
	w.wantToken(200, token, "GET", casesPath, nil)
	if got := w.Exceeded(); got != 1 {
		t.Errorf("exceeded %d times, want once", got)
	}
}

func TestTooManyAtOnceAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Options{Limits: githubsim.Limits{Concurrent: 1}})
	token := w.install(nil)
	w.wantToken(200, token, "GET", casesPath, nil)
	arrived, leave := make(chan struct{}), make(chan struct{})
	w.Fail(func(r *http.Request) bool { return r.Header.Get("X-Slow") != "" }, 1, func(rw http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-leave
		rw.WriteHeader(http.StatusOK)
	})
	ended := make(chan reply, 1)
	go func() { ended <- w.bearer(token, "GET", casesPath, nil, "X-Slow", "yes") }()
	<-arrived
	w.wantToken(403, token, "GET", casesPath, nil)
	w.want(200, "ada-owner", "GET", casesPath, nil)
	close(leave)
	<-ended
	w.wantToken(200, token, "GET", casesPath, nil)
}

func TestNoLimitBindsAZeroSim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	for range 100 {
		w.wantToken(201, token, "POST", casesPath+"/issues", map[string]any{"title": "t"})
	}
	if w.Exceeded() != 0 || w.Impatient() != 0 {
		t.Error("limits were enforced that nobody asked for")
	}
	if got := githubsim.GitHubLimits(); got != (githubsim.Limits{ContentPerMinute: 80, ContentPerHour: 500, PointsPerMinute: 900, Concurrent: 100}) {
		t.Errorf("GitHub's limits: %+v", got)
	}
}

// titles are those of the issues that were delivered, in order of arrival.
func titles(hooks []hook) (all []string) {
	for _, h := range hooks {
		if issue, ok := h.payload()["issue"].(map[string]any); ok {
			all = append(all, issue["title"].(string))
		}
	}
	return all
}

func TestLostDeliveryIsLoggedAndComesWhenAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.idle()
	w.hooks.take()
	w.Misbehave(githubsim.Faults{Lost: 1})
	w.issue("example-org/project", "lost")
	w.idle()
	if got := w.hooks.take(); len(got) != 0 {
		t.Fatalf("lost, and yet delivered: %v", names(got))
	}
	w.Misbehave(githubsim.Faults{})
	app := w.appToken(nil)
	log := w.wantToken(200, app, "GET", "/app/hook/deliveries?status=failure", nil).list()
	if len(log) != 1 || log[0]["status_code"] != 502.0 || log[0]["event"] != "issues" {
		t.Fatalf("the log: %v", log)
	}
	one := w.wantToken(200, app, "GET", "/app/hook/deliveries/"+w.lastDelivery(), nil).object()
	if answer := one["response"].(map[string]any); answer["headers"] != nil || answer["payload"] != nil {
		t.Errorf("what nobody answered has an answer: %v", answer)
	}
	w.wantToken(202, app, "POST", "/app/hook/deliveries/"+w.lastDelivery()+"/attempts", nil)
	w.idle()
	if got := w.hooks.take(); !slices.Equal(titles(got), []string{"lost"}) || got[0].header.Get("X-GitHub-Delivery") != log[0]["guid"] {
		t.Errorf("redelivered: %v", names(got))
	}
}

func TestLateDeliveryIsOvertakenAndKeepsItsOldID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.idle()
	w.hooks.take()
	w.Misbehave(githubsim.Faults{Late: 1, LateBy: time.Minute})
	w.issue("example-org/project", "late")
	lateID := w.lastDelivery()
	w.Misbehave(githubsim.Faults{})
	w.issue("example-org/project", "in time")
	w.arrived("in time")
	if log := w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries?per_page=1", nil); log.list()[0]["guid"] == w.guidOf(lateID) {
		t.Error("the log tells of a delivery before it is made")
	}
	w.wait(time.Minute)
	w.idle()
	w.arrived("late")
	log := w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries", nil)
	if !strings.HasPrefix(strings.TrimSpace(string(log.body)), `[{"action":"opened","delivered_at":"`+w.clock().Format(time.RFC3339)) ||
		!strings.Contains(string(log.body), `"id":`+lateID) || log.list()[0]["guid"] != w.guidOf(lateID) {
		t.Errorf("the log does not begin with what was delivered last: %s", log.body)
	}
}

// arrived waits until the issue's delivery has come.
func (w *world) arrived(title string) {
	w.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !slices.Contains(titles(w.hooks.seen()), title) {
		select {
		case <-tick.C:
		case <-w.t.Context().Done():
			w.t.Fatalf("%q did not arrive", title)
		}
	}
}

func (w *world) guidOf(id string) string {
	for _, d := range w.Deliveries() {
		if strconv.FormatInt(d.ID, 10) == id {
			return d.GUID
		}
	}
	return ""
}

func TestReorderedDeliveryComesAfterTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.idle()
	w.hooks.take()
	w.Misbehave(githubsim.Faults{Reordered: 1})
	w.issue("example-org/project", "first")
	w.Misbehave(githubsim.Faults{})
	w.issue("example-org/project", "second")
	w.issue("example-org/project", "third")
	w.idle()
	if got := titles(w.hooks.take()); got[0] != "second" || !slices.Contains(got, "first") {
		t.Errorf("arrived: %v", got)
	}
	w.Misbehave(githubsim.Faults{Reordered: 1})
	w.issue("example-org/project", "alone")
	w.wait(10 * time.Second)
	w.idle()
	if got := titles(w.hooks.take()); !slices.Equal(got, []string{"alone"}) {
		t.Errorf("with nothing behind it: %v", got)
	}
}

func TestDoubledDeliveryHasOneGUIDAndASecondSayingHasTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		faults githubsim.Faults
		guids  int
	}{{githubsim.Faults{Doubled: 1}, 1}, {githubsim.Faults{SecondGUID: 1}, 2}} {
		w := newWorld(t)
		w.install(nil)
		w.idle()
		w.hooks.take()
		w.Misbehave(c.faults)
		w.issue("example-org/project", "once")
		w.idle()
		got := w.hooks.take()
		guids := map[string]bool{}
		for _, h := range got {
			guids[h.header.Get("X-GitHub-Delivery")] = true
		}
		if !slices.Equal(titles(got), []string{"once", "once"}) || len(guids) != c.guids || string(got[0].body) != string(got[1].body) {
			t.Errorf("%+v: %v under %d GUIDs", c.faults, names(got), len(guids))
		}
		if log := w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries", nil).list(); len(log) != 3 {
			t.Errorf("%+v: the log has %d, want both and the installation", c.faults, len(log))
		}
	}
}

func TestLoggedPayloadIsTheSameJSONInOtherBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(nil)
	w.issue("example-org/project", "<b> & ü")
	w.idle()
	sent := w.Deliveries()
	last := sent[len(sent)-1]
	raw := w.wantToken(200, w.appToken(nil), "GET", "/app/hook/deliveries/"+w.lastDelivery(), nil).body
	var logged struct {
		ID      json.Number
		Request struct {
			Headers map[string]string
			Payload json.RawMessage
		}
	}
	w.ok(json.Unmarshal(raw, &logged))
	if strings.Contains(string(raw), string(last.RequestBody)) || string(logged.Request.Payload) == string(last.RequestBody) {
		t.Error("the log has the bytes that were signed")
	}
	var want, got any
	w.ok(json.Unmarshal(last.RequestBody, &want))
	w.ok(json.Unmarshal(logged.Request.Payload, &got))
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Errorf("logged: %v\nsent: %v", got, want)
	}
	if id, err := logged.ID.Int64(); err != nil || id < 1<<53 {
		t.Errorf("ID %s fits a float", logged.ID)
	}
	if logged.Request.Headers["X-GitHub-Delivery"] != last.GUID || logged.Request.Headers["content-type"] != "application/json" ||
		logged.Request.Headers["X-GitHub-Hook-Installation-Target-ID"] == "" {
		t.Errorf("headers: %v", logged.Request.Headers)
	}
}

func TestDeliveryLogIsForTheAppAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.install(nil)
	w.idle()
	id := w.lastDelivery()
	for _, path := range []string{"/app/hook/deliveries", "/app/hook/deliveries/" + id} {
		w.wantToken(401, token, "GET", path, nil)
		w.want(401, "ada-owner", "GET", path, nil)
		w.want(401, "", "GET", path, nil)
	}
	w.wantToken(401, token, "POST", "/app/hook/deliveries/"+id+"/attempts", nil)
	w.wantToken(202, w.appToken(nil), "POST", "/app/hook/deliveries/"+id+"/attempts", nil) // was delivered well before
	for _, unknown := range []string{"7", "99999999999999999999", "x"} {
		w.wantToken(404, w.appToken(nil), "GET", "/app/hook/deliveries/"+unknown, nil)
		w.wantToken(404, w.appToken(nil), "POST", "/app/hook/deliveries/"+unknown+"/attempts", nil)
	}
	w.idle()
}
