package openapitest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

var jsonHeader = http.Header{"Content-Type": {"application/json; charset=utf-8"}}

// refusal is a reply that fits every operation, so that a case about a request
// meets no other objection.
func refusal(e githubsim.Exchange) githubsim.Exchange {
	e.Status, e.ResponseHeader, e.ResponseBody = 403, jsonHeader, []byte(`{"message":"Forbidden","documentation_url":"https://example.org"}`)
	return e
}

func TestRequestThatGitHubDoesNotDescribeIsRefused(t *testing.T) {
	t.Parallel()
	document := Load(t)
	const issues = "/repos/example-org/project/issues"
	for _, tc := range []struct {
		name, method, path, query, body string
		want                            string // in the error; empty: allowed
	}{
		{"labels as a number", "POST", issues, "", `{"title":"t","labels":3}`, "at /labels: value must be an array"},
		{"misspelt field", "POST", issues, "", `{"title":"t","titel":"t"}`, `property "titel" is unsupported`},
		{"misspelt field of a label", "POST", issues, "", `{"title":"t","labels":[{"nmae":"bug"}]}`, "at /labels/0"},
		{"no title", "POST", issues, "", `{"body":"b"}`, `property "title" is missing`},
		{"no body at all", "POST", issues, "", ``, "required and missing"},
		{"not JSON", "POST", issues, "", `{"title":`, "not JSON"},
		{"unknown permission", "POST", "/app/installations/7/access_tokens", "", `{"permissions":{"isues":"write"}}`, `property "isues" is unsupported`},
		{"unknown access level", "POST", "/app/installations/7/access_tokens", "", `{"permissions":{"issues":"owner"}}`, "at /permissions/issues"},
		{"installation that is no number", "GET", "/app/installations/seven", "", "", "parameter installation_id"},
		{"unknown state", "GET", issues, "state=opened", "", "parameter state"},
		{"unknown parameter", "GET", issues, "pagesize=100", "", "parameter pagesize"},
		{"unknown lock reason", "PUT", issues + "/1/lock", "", `{"lock_reason":"heated"}`, "at /lock_reason"},
		{"body where there is none", "DELETE", issues + "/1/lock", "", `{"lock_reason":"spam"}`, "the description has none"},
		{"unknown path", "GET", "/repos/example-org/project/secrets-of", "", "", "no such operation"},
		{"unknown method", "PATCH", issues, "", `{}`, "no such operation: this path has no PATCH"},
		{"path that is too long", "GET", issues + "/1/labels/bug/more", "", "", "this path has no GET"},

		{"issue with labels", "POST", issues, "", `{"title":"t","body":"b","labels":["bug"],"assignees":["kim-responder"]}`, ""},
		{"labels as a bare list", "POST", issues + "/1/labels", "", `["bug"]`, ""},
		{"no labels any more", "PUT", issues + "/1/labels", "", `{"labels":[]}`, ""},
		{"label with an escaped slash", "DELETE", issues + "/1/labels/status%2Freceived", "", "", ""},
		{"label with a plain slash", "DELETE", issues + "/1/labels/status/received", "", "", ""},
		{"file in a folder", "GET", "/repos/example-org/project/contents/.github/coc.yaml", "ref=main", "", ""},
		{"root folder", "GET", "/repos/example-org/project/contents", "", "", ""},
		{"root folder with a slash", "GET", "/repos/example-org/project/contents/", "", "", ""},
		{"repository by its ID", "GET", "/repositories/42/issues", "state=all&per_page=100", "", ""},
		{"lock without a reason", "PUT", issues + "/1/lock", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			err = document.Check(refusal(githubsim.Exchange{
				Method: tc.method, Path: tc.path, Query: query, RequestBody: []byte(tc.body),
			}))
			wantError(t, err, tc.want)
		})
	}
}

const user = `{"login":"kim-responder","id":1,"node_id":"U_1","avatar_url":"https://example.org/a","gravatar_id":"",
	"url":"https://example.org/u","html_url":"https://example.org/u","followers_url":"https://example.org/u",
	"following_url":"https://example.org/u","gists_url":"https://example.org/u","starred_url":"https://example.org/u",
	"subscriptions_url":"https://example.org/u","organizations_url":"https://example.org/u","repos_url":"https://example.org/u",
	"events_url":"https://example.org/u","received_events_url":"https://example.org/u","type":"User","site_admin":false}`

const comment = `{"id":1,"node_id":"IC_1","url":"https://example.org/c","html_url":"https://example.org/c",
	"issue_url":"https://example.org/i","author_association":"MEMBER","body":"b","user":` + user + `,
	"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`

func TestReplyThatGitHubDoesNotDescribeIsRefused(t *testing.T) {
	t.Parallel()
	document := Load(t)
	const path = "/repos/example-org/project/issues/1/comments"
	text := http.Header{"Content-Type": {"text/html"}}
	for _, tc := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   string
	}{
		{"without its author", 201, jsonHeader, strings.Replace(comment, `"user":`, `"usr":`, 1), `property "user" is missing`},
		{"with an ID as text", 201, jsonHeader, strings.Replace(comment, `"id":1,"node_id":"IC_1"`, `"id":"1","node_id":"IC_1"`, 1), "at /id: value must be an integer"},
		{"with a time that is none", 201, jsonHeader, strings.Replace(comment, `"2026-01-02T03:04:05Z"`, `"yesterday"`, 1), "at /created_at"},
		{"of another success", 202, jsonHeader, comment, "no such status"},
		{"as a page", 201, text, "<p>created</p>", "content type is text/html, want JSON"},
		{"that is cut short", 201, jsonHeader, comment[:40], "not JSON"},
		{"of a refusal with a wrong message", 404, jsonHeader, `{"message":404}`, "at /message"},
		{"of a list for one", 201, jsonHeader, "[" + comment + "]", "at /: value must be an object"},

		{"as described", 201, jsonHeader, comment, ""},
		{"of a broken gateway", 502, text, "<h1>Unicorn!</h1>", ""},
		{"of a spent limit", 429, jsonHeader, `{"message":"slow down"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, document.Check(githubsim.Exchange{
				Method: "POST", Path: path, RequestBody: []byte(`{"body":"b"}`),
				Status: tc.status, ResponseHeader: tc.header, ResponseBody: []byte(tc.body),
			}), tc.want)
		})
	}
}

func TestGraphQLIsHeldToItsSchema(t *testing.T) {
	t.Parallel()
	document := Load(t)
	const query = `{"query":"query($owner:String!){repository(owner:$owner,name:\"cases\"){isPrivate visibility issues(first:1){totalCount}}}","variables":{"owner":"example-org"}}`
	const data = `{"data":{"repository":{"isPrivate":true,"visibility":"PRIVATE","issues":{"totalCount":0}}}}`
	for _, tc := range []struct{ name, query, reply, want string }{
		{"unknown field", strings.Replace(query, "isPrivate", "isPrivat", 1), data, `Cannot query field "isPrivat"`},
		{"wrong variable", strings.Replace(query, `"example-org"`, `7`, 1), data, "owner"},
		{"missing variable", strings.Replace(query, `"owner":"example-org"`, ``, 1), data, "owner"},
		{"undeclared variable", strings.Replace(query, `"owner":"example-org"`, `"owner":"o","name":"cases"`, 1), data, "variable name"},
		{"reply without a field", query, strings.Replace(data, `"isPrivate":true,`, ``, 1), "data.repository.isPrivate was asked for and is missing"},
		{"reply with a field too many", query, strings.Replace(data, `"isPrivate":true,`, `"isPrivate":true,"isFork":false,`, 1), "isFork was not asked for"},
		{"reply with null for a must", query, strings.Replace(data, `true`, `null`, 1), "isPrivate is null, want Boolean!"},
		{"reply with an unknown value", query, strings.Replace(data, `PRIVATE`, `SECRET`, 1), "visibility is SECRET"},
		{"reply with text for a number", query, strings.Replace(data, `{"totalCount":0}`, `{"totalCount":"0"}`, 1), "totalCount is 0, want Int!"},
		{"empty reply", query, `{}`, "neither data nor errors"},

		{"as described", query, data, ""},
		{"nothing there", query, `{"data":{"repository":null}}`, ""},
		{"refused", query, `{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","message":"Could not resolve to a Repository"}]}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, document.Check(githubsim.Exchange{
				Method: "POST", Path: "/api/graphql", RequestBody: []byte(tc.query),
				Status: 200, ResponseHeader: jsonHeader, ResponseBody: []byte(tc.reply),
			}), tc.want)
		})
	}
}

func TestTrimNamesOperationsThatTheDescriptionLacks(t *testing.T) {
	t.Parallel()
	const document = `{"openapi":"3.0.3","info":{},"paths":{"/app":{"get":{"responses":{}}}},"components":{"schemas":{"basic-error":{}}}}`
	_, err := Trim([]byte(document), []string{"GET /app", "POST /app", "GET /ap"})
	wantError(t, err, "it has no POST /app, GET /ap")
}

func TestTrimKeepsFieldsThatAreCalledExample(t *testing.T) {
	t.Parallel()
	const document = `{"openapi":"3.0.3","info":{},"paths":{"/app":{"get":{"responses":{"200":{"content":{"application/json":{"schema":
		{"$ref":"#/components/schemas/app"},"examples":{"one":{}}}}}}}}},
		"components":{"schemas":{"basic-error":{},"unused":{},"app":{"properties":{"example":{"type":"string","example":"x"}}}}}}`
	trimmed, err := Trim([]byte(document), []string{"GET /app"})
	if err != nil {
		t.Fatal(err)
	}
	got := string(trimmed)
	if want := `"app":{"properties":{"example":{"type":"string"}}}`; !strings.Contains(got, want) {
		t.Errorf("trimmed is %s, want %s in it", got, want)
	}
	if strings.Contains(got, "unused") || strings.Contains(got, `"one"`) {
		t.Errorf("trimmed is %s, want neither the unused schema nor the example", got)
	}
}

// A teller is a test that fails without failing this one.
type teller struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (t *teller) Helper()          {}
func (t *teller) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }
func (t *teller) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

// A source hands its exchanges to whoever observes it.
type source struct {
	observers  []func(githubsim.Exchange)
	deliveries []githubsim.Delivery
}

func (s *source) Enterprise() string { return "" }

func (s *source) Deliveries() []githubsim.Delivery { return s.deliveries }

func (s *source) Observe(f func(githubsim.Exchange)) { s.observers = append(s.observers, f) }
func (s *source) say(e githubsim.Exchange) {
	for _, f := range s.observers {
		f(e)
	}
}

func TestAttachedTestFailsOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	Load(t)
	wrong := githubsim.Exchange{Method: "GET", Path: "/nowhere", Status: 404, ResponseHeader: jsonHeader, ResponseBody: []byte(`{}`)}

	strict, sim := &teller{TB: t}, &source{}
	Attach(strict, sim)
	sim.say(wrong)
	if len(strict.errors) != 1 || !strings.Contains(strict.errors[0], "GET /nowhere: ") {
		t.Errorf("errors are %q, want one about GET /nowhere", strict.errors)
	}
	for _, f := range strict.cleanups {
		f()
	}
	sim.say(wrong)
	if len(strict.errors) != 1 {
		t.Errorf("errors after the end are %q, want no more", strict.errors[1:])
	}
}

func TestHandMadeGitHubHearsOnlyWhatIsDescribed(t *testing.T) {
	t.Parallel()
	Load(t)
	var heard string
	github := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		heard = string(body)
		return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, err
	})
	strict := &teller{TB: t}
	client := http.Client{Transport: Requests(strict, github)}
	for _, body := range []string{`{"title":"t"}`, `{"titel":"t"}`} {
		reply, err := client.Post("https://api.example.org/repos/example-org/project/issues", "application/json", strings.NewReader(body))
		if err != nil || heard != body {
			t.Fatalf("it heard %q, %v", heard, err)
		}
		_ = reply.Body.Close()
	}
	if len(strict.errors) != 1 || !strings.Contains(strict.errors[0], "titel") {
		t.Errorf("errors are %q, want one about the misspelt field", strict.errors)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestReplyMadeUpByATestIsNotHeldToTheDescription(t *testing.T) {
	t.Parallel()
	document := Load(t)
	made := githubsim.Exchange{Method: "GET", Path: "/app", Fault: true, Status: 200, ResponseHeader: jsonHeader, ResponseBody: []byte(`not JSON`)}
	wantError(t, document.Check(made), "")
	made.Path = "/ap"
	wantError(t, document.Check(made), "no such operation")
}

func TestOperationIsNamedAsInTheDescription(t *testing.T) {
	t.Parallel()
	document := Load(t)
	for _, tc := range []struct{ method, path, want string }{
		{"GET", "/repos/example-org/project/issues/comments", "GET /repos/{owner}/{repo}/issues/comments"},
		{"GET", "/repos/example-org/project/issues/7", "GET /repos/{owner}/{repo}/issues/{issue_number}"},
		{"GET", "/repositories/42/contents/.github/coc.yaml", "GET /repos/{owner}/{repo}/contents/{path}"},
		{"POST", "/graphql", "POST /graphql"},
	} {
		got, err := document.Operation(githubsim.Exchange{Method: tc.method, Path: tc.path})
		if err != nil || got != tc.want {
			t.Errorf("%s %s is %q, %v, want %q", tc.method, tc.path, got, err, tc.want)
		}
	}
}

func TestWebhookThatGitHubDoesNotDescribeFailsTheTestAtItsEnd(t *testing.T) {
	t.Parallel()
	Load(t)
	ended, sim := &teller{TB: t}, &source{deliveries: []githubsim.Delivery{
		{Event: "ping", RequestBody: []byte(`{"zen":"Keep it logically awesome.","hook_id":"seven"}`)},
		{Event: "ping", Redelivery: true, RequestBody: []byte(`{"hook_id":"seven"}`)},
		{Event: "issues", Action: "shelved", RequestBody: []byte(`{}`)},
		{Event: "label", Action: "created", RequestBody: []byte(`{"action":`)},
	}}
	Attach(ended, sim)
	for _, f := range ended.cleanups {
		f()
	}
	if len(ended.errors) != 3 {
		t.Fatalf("errors are %q, want three", ended.errors)
	}
	for i, want := range []string{"webhook ping: at /hook_id: value must be an integer", "webhook issues shelved: GitHub's description", "webhook label created: not JSON"} {
		if !strings.Contains(ended.errors[i], want) {
			t.Errorf("error is %q, want %q in it", ended.errors[i], want)
		}
	}
}

func TestWrongOnPurposeForgivesOnlyWhatWasRefused(t *testing.T) {
	t.Parallel()
	Load(t)
	lenient, sim := &teller{TB: t}, &source{}
	Attach(lenient, sim, WrongOnPurpose())
	create := githubsim.Exchange{Method: "POST", Path: "/repos/example-org/project/issues/1/comments", RequestBody: []byte(`{"boddy":"b"}`), ResponseHeader: jsonHeader}

	create.Status, create.ResponseBody = 422, []byte(`{"message":"Validation Failed","documentation_url":"https://example.org"}`)
	sim.say(create)
	if len(lenient.errors) != 0 {
		t.Errorf("errors are %q, want none for a request that was refused", lenient.errors)
	}
	create.Status, create.ResponseBody = 201, []byte(comment)
	sim.say(create)
	if len(lenient.errors) != 1 || !strings.Contains(lenient.errors[0], "boddy") {
		t.Errorf("errors are %q, want one about the misspelt field that was obeyed", lenient.errors)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want nothing to object to", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want %q in it", err, want)
	}
}
