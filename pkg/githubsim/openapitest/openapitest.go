// Package openapitest holds every request and reply of the simulated GitHub
// against GitHub's own description of its API, so that neither our client nor
// our simulation can agree on a GitHub that does not exist.
//
//	sim := githubsim.New(githubsim.Options{})
//	openapitest.Attach(t, sim)
//
// From then on the test fails on a call to an operation that the description
// lacks, on a parameter or a field of a request that it does not know or that
// is of the wrong kind, on a success of an undescribed status, and on a reply
// without a required field or with one of the wrong kind. GraphQL is held to
// GitHub's published schema in the same way, and so are the payloads of
// webhooks.
//
// A simulated Enterprise Server is held to the description of its release. Of a
// test that makes its GitHub by hand, [Requests] holds what is asked to it.
//
// The documents come from npm, as the tarballs of @octokit/openapi and
// @octokit/graphql-schema at the versions and digests in document.go. They are
// fetched by the first test that needs them, kept in the user's cache folder,
// and never committed. A machine that cannot have them still runs the tests:
// [Attach] then says so and checks nothing, and [Load] skips. Where the
// environment variable COCROUTER_TEST_REQUIRE lists "openapi", both fail.
//
// # Where the description is not taken at its word
//
// It leaves fields of requests open and GitHub ignores what it does not know;
// here unknown fields are refused, or a misspelt one would pass every test. It
// lists refusals (401, 403, 404, 429 …) for some operations only; here any
// operation may answer them. It does not describe /repositories/ID, where
// GitHub sends requests for renamed repositories, nor the bare list of labels
// that its text allows; here both are read as what they stand for. Alternatives
// that overlap are taken as such, though it says that exactly one must fit.
// Replies of 5xx are not looked at: they come from in front of GitHub's API and
// have any form.
package openapitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// requireVariable lists, with commas, what a test run must not do without.
const requireVariable = "COCROUTER_TEST_REQUIRE"

// Load returns the description of github.com. Where it cannot be had the test
// is skipped, or fails if the run requires it.
func Load(t testing.TB) *Document {
	t.Helper()
	return LoadEnterprise(t, "")
}

// LoadEnterprise is Load for a release of Enterprise Server; "" is github.com.
func LoadEnterprise(t testing.TB, release string) *Document {
	t.Helper()
	document, err := load(release)
	if err == nil {
		return document
	}
	if required() {
		t.Fatalf("%s lists openapi, but: %v", requireVariable, err)
	}
	t.Skipf("GitHub's description is not at hand: %v", err)
	return nil
}

// Sim is what [Attach] asks of a simulated GitHub.
type Sim interface {
	Observe(func(githubsim.Exchange))
	Deliveries() []githubsim.Delivery
	Enterprise() string
}

// Attach checks every exchange that sim sees from now until t ends, and at its
// end every webhook that sim has sent, against the description of what sim is:
// github.com, or a release of Enterprise Server. Where the description cannot be had it
// logs that and checks nothing, or fails the test if the run requires it.
func Attach(t testing.TB, sim Sim, options ...Option) {
	t.Helper()
	document := atHand(t, sim.Enterprise())
	if document == nil {
		return
	}
	var rules checks
	for _, option := range options {
		option(&rules)
	}
	t.Cleanup(func() {
		for _, sent := range sim.Deliveries() {
			if sent.Redelivery {
				continue // the same bytes again
			}
			if err := document.CheckDelivery(sent); err != nil {
				t.Errorf("against GitHub's description: %v", err)
			}
		}
	})
	tell := telling(t)
	sim.Observe(func(e githubsim.Exchange) { tell(document.check(e, rules)) })
}

// Requests is next, with every request that goes through it checked from now
// until t ends: for a test that makes its GitHub by hand. What that replies is
// made up and not looked at, like a fault of the simulation. Where the
// description cannot be had it does as Attach does.
func Requests(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	document := atHand(t, "")
	if document == nil {
		return next
	}
	return requests{document, next, telling(t)}
}

type requests struct {
	document *Document
	next     http.RoundTripper
	tell     func(error)
}

func (c requests) RoundTrip(r *http.Request) (*http.Response, error) {
	e := githubsim.Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), RequestHeader: r.Header, Fault: true}
	if r.Body != nil {
		var err error
		if e.RequestBody, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(e.RequestBody))
	}
	c.tell(c.document.Check(e))
	return c.next.RoundTrip(r)
}

// atHand is load for a test that goes on without it: nil says so in its log.
func atHand(t testing.TB, release string) *Document {
	t.Helper()
	document, err := load(release)
	switch {
	case err == nil:
		return document
	case required():
		t.Fatalf("%s lists openapi, but: %v", requireVariable, err)
	}
	t.Logf("not checked against GitHub's description: %v", err)
	return nil
}

// telling fails the test for every error, while it runs. A request may still be
// under way when the test is over, and a test that is over must not be told.
func telling(t testing.TB) func(error) {
	var mu sync.Mutex
	over := false
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
	})
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && !over {
			t.Errorf("against GitHub's description: %v", err)
		}
	}
}

// An Option changes what [Attach] lets pass.
type Option func(*checks)

type checks struct{ wrongOnPurpose bool }

// WrongOnPurpose is for tests of the simulation itself: a request may be wrong
// or unknown if it was refused for it, with 400, 404, 415 or 422.
func WrongOnPurpose() Option { return func(c *checks) { c.wrongOnPurpose = true } }

// Check returns everything about the exchange that GitHub's description does
// not allow, or nil.
func (d *Document) Check(e githubsim.Exchange) error { return d.check(e, checks{}) }

func (d *Document) check(e githubsim.Exchange, rules checks) error {
	request, reply := d.violations(e)
	if rules.wrongOnPurpose && refusedAsWrong(e) {
		request = nil
	}
	if err := errors.Join(request, reply); err != nil {
		return fmt.Errorf("%s %s: %w", e.Method, e.Path, err)
	}
	return nil
}

func refusedAsWrong(e githubsim.Exchange) bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	case http.StatusOK: // GraphQL says no in its body
		var reply struct {
			Errors []any `json:"errors"`
		}
		return isGraphQL(e) && json.Unmarshal(e.ResponseBody, &reply) == nil && len(reply.Errors) > 0
	}
	return false
}

func isGraphQL(e githubsim.Exchange) bool { return strings.HasSuffix(e.Path, "/graphql") }

func (d *Document) violations(e githubsim.Exchange) (request, reply error) {
	if isGraphQL(e) {
		return d.graphqlViolations(e)
	}
	c, err := d.rest.find(e.Method, e.Path)
	if err != nil {
		return err, nil
	}
	c.query, c.accept, c.body = e.Query, e.RequestHeader.Get("Accept"), e.RequestBody
	if e.Fault { // a test made this reply up, to see what a caller makes of it
		return d.rest.checkRequest(c), nil
	}
	return d.rest.checkRequest(c), d.rest.checkReply(c, e.Status, e.ResponseHeader, e.ResponseBody)
}

func (d *Document) graphqlViolations(e githubsim.Exchange) (request, reply error) {
	schema, err := d.graphql()
	if err != nil {
		return err, nil
	}
	c, err := schema.checkRequest(e.RequestBody)
	if err != nil || e.Fault {
		return err, nil
	}
	return nil, schema.checkReply(c, e.Status, e.ResponseBody)
}

// Operations lists what the description is kept for, each as "GET /app".
func (d *Document) Operations() []string { return slices.Clone(operations) }

// Fields lists what the description says a success of an operation answers, as
// paths: "owner.login". Elements of a list have the path of the list.
func (d *Document) Fields(operation string) ([]string, error) {
	o, err := d.rest.operation(operation)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for status, answer := range o.Responses.Map() {
		media := answer.Value.Content.Get("application/json")
		if strings.HasPrefix(status, "2") && media != nil && media.Schema != nil {
			fieldsOf(media.Schema.Value, "", found)
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// fieldsOf follows a schema as deep as anything of ours looks.
func fieldsOf(schema *openapi3.Schema, below string, into map[string]bool) {
	const deepest = 3
	if strings.Count(below, ".") > deepest {
		return
	}
	for _, alternatives := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, one := range alternatives {
			fieldsOf(one.Value, below, into)
		}
	}
	if schema.Items != nil {
		fieldsOf(schema.Items.Value, below, into)
	}
	for name, property := range schema.Properties {
		into[below+name] = true
		fieldsOf(property.Value, below+name+".", into)
	}
}

// Operation is the one of Operations that a request asks for, "POST /graphql"
// for GraphQL, or an error that there is none.
func (d *Document) Operation(e githubsim.Exchange) (string, error) {
	if isGraphQL(e) {
		return "POST /graphql", nil
	}
	c, err := d.rest.find(e.Method, e.Path)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", e.Method, e.Path, err)
	}
	return c.method + " " + c.route.path, nil
}

func required() bool {
	return slices.Contains(strings.Split(os.Getenv(requireVariable), ","), "openapi")
}
