package githubsim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRequest bounds what the Sim reads of a request: a file of GitHub's 100 MB
// in base64 is more than any caller of ours may need.
const maxRequest = 32 << 20

// call is one request on its way through a handler, which runs under the lock.
type call struct {
	s      *Sim
	who    caller
	http   *http.Request
	vars   map[string]string
	raw    []byte
	header http.Header // of the reply
}

// route is one operation. In its pattern {name} is one segment of a path and
// {name...} all that are left.
type route struct {
	method  string
	pattern []string
	kind    string // of caller that it is for, who can do nothing else; "": for all others
	do      func(*call) (int, any, error)
}

func on(method, pattern string, do func(*call) (int, any, error)) route {
	return route{method: method, pattern: strings.Split(strings.Trim(pattern, "/"), "/"), do: do}
}

func forApp(method, pattern string, do func(*call) (int, any, error)) route {
	r := on(method, pattern, do)
	r.kind = "app"
	return r
}

// routes is tried from top to bottom.
var routes = slices.Concat(appRoutes, oauthRoutes, peopleRoutes, repoRoutes, settingsRoutes, talkRoutes, contentsRoutes, labelRoutes, issueRoutes, pullRoutes)

func (r route) match(segments []string) (map[string]string, bool) {
	vars := map[string]string{}
	for n, p := range r.pattern {
		name, isVar := strings.CutPrefix(p, "{")
		if !isVar {
			if n >= len(segments) || segments[n] != p {
				return nil, false
			}
			continue
		}
		name = strings.TrimSuffix(name, "}")
		if rest, all := strings.CutSuffix(name, "..."); all {
			vars[rest] = strings.Join(segments[min(n, len(segments)):], "/")
			return vars, true
		}
		if n >= len(segments) || segments[n] == "" {
			return nil, false
		}
		vars[name] = segments[n]
	}
	return vars, len(segments) == len(r.pattern)
}

// serveAPI is the way of every request: faults, the phase before, the handler
// under the lock, the observers, the phase after, the reply.
func (s *Sim) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, `{"message":"Request body cannot be read"}`, http.StatusBadRequest)
		return
	}
	path := apiPath(r)
	e := Exchange{Method: r.Method, Path: path, Query: r.URL.Query(), RequestHeader: r.Header.Clone(), RequestBody: body}

	defer s.enter(r)()
	s.intercept(r, body, PhaseBefore)
	reply := &recorder{header: http.Header{}, status: http.StatusOK, docs: s.documentation()}
	respond, misfortune := s.faultFor(r, body), ""
	if respond == nil {
		respond, misfortune = s.befall(r, path)
	}
	e.Fault = respond != nil
	s.answer(reply, withBody(r, body), path, body, &e)
	lost := misfortune == resetAfter
	if e.Fault {
		lost = reply.by(respond, withBody(r, body))
	}
	e.Status, e.ResponseHeader, e.ResponseBody = reply.status, reply.header.Clone(), reply.body
	s.observe(e)
	s.intercept(r, body, PhaseAfter)
	if lost {
		cut(w)
		return
	}
	maps.Copy(w.Header(), reply.header)
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // a caller that is gone does not read it
}

// apiPath is the path without what comes before the API, GraphQL's "/graphql".
func apiPath(r *http.Request) string {
	return strings.TrimPrefix(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3"), "/api")
}

func resourceOf(path string) string {
	if path == "/graphql" {
		return "graphql"
	}
	return "core"
}

// recorder is a reply that is not yet sent.
type recorder struct {
	header http.Header
	status int
	body   []byte
	docs   string // what a refusal names; empty means github.com's
}

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

// by lets a fault write the reply, and reports that there is none because it
// cut the connection.
func (r *recorder) by(respond http.HandlerFunc, req *http.Request) (lost bool) {
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			*r, lost = recorder{header: http.Header{}}, true
		}
	}()
	respond(r, req)
	return false
}

// answer does what is asked and writes down who asked. A request that a fault
// answers is only written down.
func (s *Sim) answer(reply *recorder, r *http.Request, path string, body []byte, e *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, err := s.identify(r.Header.Get("Authorization"))
	e.name(s.now(), who)
	exceeded := s.exceeds(who, r.Method, path, body)
	h := reply.header
	h.Set("Date", s.now().Format(http.TimeFormat))
	if s.release != "" {
		h.Set("X-GitHub-Enterprise-Version", s.installedVersion())
	}
	if e.Fault {
		return
	}
	s.requests++
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-GitHub-Media-Type", "github.v3; format=json")
	h.Set("X-GitHub-Request-Id", fmt.Sprintf("%04X:%06X", s.requests, s.lastID))

	if err == nil && r.UserAgent() == "" {
		err = refuse(http.StatusForbidden, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
	}
	if err != nil {
		reply.refuse(path, err)
		return
	}
	resource := resourceOf(path)
	b := s.bucketOf(who, resource)
	free := path == "/rate_limit"
	if !free {
		err = s.charge(who, b, exceeded)
	}
	b.write(h, resource)
	if err != nil {
		reply.refuse(path, err)
		return
	}
	q := &call{s: s, who: who, http: r, raw: body, header: h}
	status, value, err := q.run(path)
	if err != nil {
		reply.refuse(path, err)
		return
	}
	reply.status = status
	switch value := value.(type) {
	case nil:
		h.Del("Content-Type")
		return
	case []byte:
		reply.body = value
	default:
		reply.body = mustJSON(value)
	}
	if r.Method != http.MethodGet || status != http.StatusOK {
		return
	}
	// An ETag belongs to one token: with a new one everything is new.
	sum := sha256.Sum256(slices.Concat([]byte(r.Header.Get("Authorization")+"\x00"+r.Header.Get("Accept")+"\x00"), reply.body))
	tag := `W/"` + hex.EncodeToString(sum[:]) + `"`
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	h.Set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With")
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == strings.TrimPrefix(tag, "W/") {
		reply.status, reply.body = http.StatusNotModified, nil
		h.Del("Content-Type")
		if !free {
			b.refund()
			b.write(h, resource)
		}
	}
}

func (q *call) run(path string) (int, any, error) {
	if path == "/graphql" {
		if q.who.client || q.who.tok != nil && q.who.tok.via != nil {
			return 0, nil, notByApp()
		}
		return q.graphql()
	}
	segments, err := q.segments(path)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range routes {
		vars, ok := r.match(segments)
		if r.method != q.http.Method || !ok {
			continue
		}
		if is := q.who.kind(); r.kind != is && (r.kind != "" || is == "app" || is == "client") {
			if r.kind == "app" {
				return 0, nil, refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
			}
			return 0, nil, badCredentials() // an App's own key opens nothing else, nor its secret
		}
		if q.who.tok != nil && q.who.tok.via != nil && !slices.Equal(r.pattern, whoAmI) {
			return 0, nil, notByApp()
		}
		q.vars = vars
		return r.do(q)
	}
	return 0, nil, notFound()
}

// segments cuts a path and turns /repositories/ID into /repos/OWNER/NAME.
func (q *call) segments(path string) ([]string, error) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for n, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return nil, notFound()
		}
		segments[n] = plain
	}
	if len(segments) < 2 || segments[0] != "repositories" {
		return segments, nil
	}
	id, err := strconv.ParseInt(segments[1], 10, 64)
	r := q.s.repos[id]
	if err != nil || r == nil {
		return nil, notFound()
	}
	return slices.Concat([]string{"repos", r.owner.login, r.name}, segments[2:]), nil
}

func (e *Exchange) name(now time.Time, who caller) {
	e.Time, e.Auth = now, who.kind()
	if who.user != nil {
		e.Login = who.user.login
	}
	if who.app != nil {
		e.AppID = who.app.id
	}
	if who.inst != nil {
		e.InstallationID = who.inst.id
	}
}

// documentation is named by every refusal on github.com.
const documentation = "https://docs.github.com/rest"

func (r *recorder) refuse(path string, err error) {
	var refusal *APIError
	if !errors.As(err, &refusal) {
		// What the seeding refuses in its own words, such as an unknown login.
		refusal = &APIError{Status: http.StatusUnprocessableEntity, Message: strings.TrimPrefix(err.Error(), "githubsim: ")}
	}
	r.header.Set("Content-Type", "application/json; charset=utf-8")
	if refusal.retryAfter > 0 {
		r.header.Set("Retry-After", strconv.Itoa(wholeSeconds(refusal.retryAfter)))
	}
	if path == "/graphql" && refusal.by200 {
		r.status = http.StatusOK
		r.body = mustJSON(fields{"errors": []graphqlError{{Type: "RATE_LIMITED", Message: refusal.Message}}})
		return
	}
	body := fields{"message": refusal.Message, "documentation_url": cmp.Or(r.docs, documentation), "status": strconv.Itoa(refusal.Status)}
	if refusal.explained != "" {
		body["documentation_url"] = refusal.explained
	}
	if refusal.Errors != nil {
		body["errors"] = refusal.Errors
	}
	if refusal.location != "" {
		r.header.Set("Location", refusal.location)
		body["url"] = refusal.location
	}
	r.status, r.body = refusal.Status, mustJSON(body)
}

// repo finds the repository that the path names. After a rename the redirect
// keeps the rest of the path; a write is redirected in a way that keeps its
// method.
func (q *call) repo() (*repo, error) {
	r, err := q.s.lookup(q.who, q.vars["owner"]+"/"+q.vars["repo"])
	var moved *APIError
	if errors.As(err, &moved) && moved.location != "" {
		_, rest, _ := strings.Cut(strings.TrimPrefix(q.http.URL.EscapedPath(), "/api/v3/repos/"), "/")
		if _, deeper, more := strings.Cut(rest, "/"); more {
			moved.location += "/" + deeper
		}
		if q.http.URL.RawQuery != "" {
			moved.location += "?" + q.http.URL.RawQuery
		}
		if q.http.Method != http.MethodGet {
			moved.Status, moved.Message = http.StatusTemporaryRedirect, "Temporary Redirect"
		}
	}
	if err == nil && q.s.hides(q.who, r) {
		return nil, notFound()
	}
	return r, err
}

// allowed is repo and allow together.
func (q *call) allowed(n need) (*repo, error) {
	r, err := q.repo()
	if err != nil {
		return nil, err
	}
	return r, q.s.allow(q.who, r, n)
}

// number reads a numeric part of the path; what is no number is 404.
func (q *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(q.vars[name], 10, 64)
	if err != nil {
		return 0, notFound()
	}
	return n, nil
}

func (q *call) query(name string) string { return q.http.URL.Query().Get(name) }

// page cuts a list as the query asks and writes the Link header.
func page[T any](q *call, all []T) []T {
	size := q.perPage()
	current := 1
	if n, err := strconv.Atoi(q.query("page")); err == nil && n > 0 {
		current = n
	}
	last := max(1, (len(all)+size-1)/size)
	var links []string
	link := func(n int, rel string) {
		v := q.http.URL.Query()
		v.Set("page", strconv.Itoa(n))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, q.s.url, q.http.URL.EscapedPath(), v.Encode(), rel))
	}
	if current > 1 {
		link(min(current-1, last), "prev")
	}
	if current < last {
		link(current+1, "next")
		link(last, "last")
	}
	if current > 1 {
		link(1, "first")
	}
	if links != nil {
		q.header.Set("Link", strings.Join(links, ", "))
	}
	from := min((current-1)*size, len(all))
	return list(all[from:min(from+size, len(all))])
}

func (q *call) perPage() int {
	if n, err := strconv.Atoi(q.query("per_page")); err == nil && n > 0 {
		return min(n, 100)
	}
	return 30
}

// payload is the body of a request, read field by field. The first field of a
// wrong type is what err says.
type payload struct {
	values map[string]json.RawMessage
	err    error
}

// payload reads a JSON object. No body at all is an empty object.
func (q *call) payload() *payload {
	p := &payload{values: map[string]json.RawMessage{}}
	if len(strings.TrimSpace(string(q.raw))) == 0 {
		return p
	}
	if !json.Valid(q.raw) {
		p.err = refuse(http.StatusBadRequest, "Problems parsing JSON")
		return p
	}
	if json.Unmarshal(q.raw, &p.values) != nil {
		p.err = refuse(http.StatusBadRequest, "Body should be a JSON object")
	}
	return p
}

func (p *payload) has(name string) bool {
	_, ok := p.values[name]
	return ok
}

func (p *payload) read(name string, into any, kind string) bool {
	raw, ok := p.values[name]
	if !ok || string(raw) == "null" || p.err != nil {
		return false
	}
	if json.Unmarshal(raw, into) != nil {
		p.err = refuse(http.StatusUnprocessableEntity, fmt.Sprintf("Invalid request.\n\nFor 'properties/%s', %s is not %s.", name, raw, kind))
		return false
	}
	return true
}

// text is nil where the field is absent or null.
func (p *payload) text(name string) *string {
	var v string
	if !p.read(name, &v, "a string") {
		return nil
	}
	return &v
}

func (p *payload) flag(name string) *bool {
	var v bool
	if !p.read(name, &v, "a boolean") {
		return nil
	}
	return &v
}

// names reads a list of strings or of objects with a name, as labels and
// assignees may be given. It is nil where the field is absent.
func (p *payload) names(name string) *[]string {
	var items []json.RawMessage
	if !p.read(name, &items, "an array") {
		return nil
	}
	all := []string{}
	for n, raw := range items {
		var item string
		var object struct{ Name, Login string }
		switch {
		case json.Unmarshal(raw, &item) == nil:
		case json.Unmarshal(raw, &object) == nil && object.Name+object.Login != "":
			item = object.Name + object.Login
		default:
			p.err = refuse(http.StatusUnprocessableEntity, fmt.Sprintf("Invalid request.\n\nFor 'properties/%s/%d', %s is not a string.", name, n, raw))
			return nil
		}
		all = append(all, item)
	}
	return &all
}
