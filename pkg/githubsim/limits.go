package githubsim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// anonymousLimit is the number of requests an hour without a token.
const anonymousLimit = 60

// limitsExplained is where GitHub's refusals point to.
const limitsExplained = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"

// Limits are those that GitHub calls secondary: how fast one caller may be,
// whatever is left of its hour. They bind Apps and their installations, each by
// itself; what people ask is a test's own. A field that is 0 binds nobody.
//
// The windows slide, and every request counts that arrives and is not refused
// for these limits, also one that fails: whoever stays below on these terms
// stays below however GitHub counts. Whatever may create something counts as
// creating it: each POST, PATCH, PUT and DELETE of an installation, and each
// mutation of GraphQL.
type Limits struct {
	ContentPerMinute int
	ContentPerHour   int
	// PointsPerMinute: reading costs 1, writing 5.
	PointsPerMinute int
	// Concurrent requests under way.
	Concurrent int
}

// GitHubLimits are the figures of GitHub's documentation.
func GitHubLimits() Limits {
	return Limits{ContentPerMinute: 80, ContentPerHour: 500, PointsPerMinute: 900, Concurrent: 100}
}

// pace is what one caller did of late; it is guarded by the Sim's lock.
type pace struct {
	content []time.Time
	points  []time.Time // one for each
	flying  int
}

// Exceeded is the number of requests that were more than [Options.Limits]
// allow, each refused for it.
func (s *Sim) Exceeded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exceeded
}

// Impatient is the number of requests that came though their caller had been
// told to wait: before the reset of a spent limit, or within the pause of a
// secondary one. A request that was under way when another one was told counts
// too, so whoever asks several things at once may have a few.
func (s *Sim) Impatient() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.impatient
}

func (s *Sim) paceOf(who caller) *pace {
	p := s.paces[who.key()]
	if p == nil {
		p = &pace{}
		s.paces[who.key()] = p
	}
	return p
}

// enter counts a request as under way until leave is called.
func (s *Sim) enter(r *http.Request) (leave func()) {
	if s.limits.Concurrent == 0 {
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who, err := s.identify(r.Header.Get("Authorization"))
	if err != nil || who.app == nil {
		return func() {}
	}
	p := s.paceOf(who)
	p.flying++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		p.flying--
	}
}

// exceeds counts a request, or returns the refusal that it is one too many.
func (s *Sim) exceeds(who caller, method, path string, body []byte) error {
	if who.app == nil || s.limits == (Limits{}) {
		return nil
	}
	now := s.instant()
	p := s.paceOf(who)
	p.content, p.points = since(p.content, now.Add(-time.Hour)), since(p.points, now.Add(-time.Minute))
	writes, cost := mutates(method, path, body), 1
	if writes {
		cost = 5
	}
	creates := writes && who.inst != nil
	over := func(count, limit int) bool { return limit > 0 && count > limit }
	var refused error
	switch lastMinute := since(p.content, now.Add(-time.Minute)); {
	case over(p.flying, s.limits.Concurrent):
		refused = tooFast(http.StatusForbidden, 0)
	case over(len(p.points)+cost, s.limits.PointsPerMinute):
		refused = tooFast(http.StatusTooManyRequests, p.points[0].Add(time.Minute).Sub(now)+time.Second)
	case creates && (over(len(lastMinute)+1, s.limits.ContentPerMinute) || over(len(p.content)+1, s.limits.ContentPerHour)):
		refused = tooMuch()
	}
	if refused != nil {
		s.exceeded++
		return refused
	}
	for range cost {
		p.points = append(p.points, now)
	}
	if creates {
		p.content = append(p.content, now)
	}
	return nil
}

// since leaves out what was before; times are in order, save for a skew that
// changes.
func since(times []time.Time, start time.Time) []time.Time {
	for len(times) > 0 && times[0].Before(start) {
		times = times[1:]
	}
	return times
}

// mutates tells a request that may change something. A query of GraphQL is a
// POST and changes nothing.
func mutates(method, path string, body []byte) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	if path != "/graphql" {
		return true
	}
	var in struct {
		Query string `json:"query"`
	}
	if json.Unmarshal(body, &in) != nil {
		return true
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: in.Query})
	if err != nil {
		return true
	}
	for _, op := range doc.Operations {
		if op.Operation != ast.Query {
			return true
		}
	}
	return false
}

// tooFast refuses for a secondary limit; 0 names no time. GraphQL has two ways
// to say it, 403 and 200.
func tooFast(status int, retryAfter time.Duration) error {
	return &APIError{
		Status: status, by200: status == http.StatusTooManyRequests, retryAfter: retryAfter, explained: limitsExplained + "#about-secondary-rate-limits",
		Message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
	}
}

// tooMuch is how GitHub refuses what creates too much: it names no time, and
// its headers show that there is much left of the hour.
func tooMuch() error {
	return &APIError{
		Status: http.StatusForbidden, explained: limitsExplained + "#about-secondary-rate-limits",
		Message: "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.",
	}
}

func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// pause keeps a caller out for a secondary limit.
type pause struct {
	until  time.Time
	status int
	named  bool // by Retry-After
	told   bool
}

// pauseBy draws how long a pause is and how it is said.
func pauseBy(d *rand.Rand, now time.Time) *pause {
	p := &pause{status: http.StatusForbidden, until: now.Add(time.Minute)}
	if d.IntN(2) == 0 {
		p.status = http.StatusTooManyRequests
	}
	if d.IntN(2) == 0 {
		p.named, p.until = true, now.Add(time.Duration(20+d.IntN(71))*time.Second)
	}
	return p
}

// charge takes the price of a request from its caller's hour, or refuses it.
func (s *Sim) charge(who caller, b *bucket, exceeded error) error {
	if p := s.pauses[who.key()]; p != nil && s.instant().Before(p.until) {
		if p.told {
			s.impatient++
		}
		p.told = true
		if !p.named {
			return tooFast(p.status, 0)
		}
		return tooFast(p.status, p.until.Sub(s.instant()))
	}
	if exceeded != nil {
		return exceeded
	}
	told := b.told
	err := b.spend(who)
	if err != nil && told {
		s.impatient++
	}
	return err
}

// bucket counts the requests of one caller within an hour.
type bucket struct {
	limit, used int // a limit of 0 is none
	reset       time.Time
	status      int  // of the refusal; 0 means 403
	told        bool // that it is empty
}

// bucketOf finds what pays for a request.
func (s *Sim) bucketOf(c caller, resource string) *bucket {
	limit := s.rateLimit
	if c.kind() == "anonymous" {
		limit = min(limit, anonymousLimit)
	}
	key := c.key() + "/" + resource
	b := s.buckets[key]
	if b == nil || !s.now().Before(b.reset) {
		b = &bucket{limit: limit, reset: s.now().Add(time.Hour)}
		s.buckets[key] = b
	}
	return b
}

// key names who pays for a request: an installation with all its tokens, a
// person, an App, or everybody without a token together.
func (c caller) key() string {
	switch c.kind() {
	case "installation":
		return fmt.Sprint("installation/", c.inst.id)
	case "app", "client":
		return fmt.Sprint("app/", c.app.id)
	case "user":
		return fmt.Sprint("user/", c.user.id)
	}
	return "anonymous"
}

// spend counts a request, or refuses it.
func (b *bucket) spend(who caller) error {
	if b.used < b.limit || b.limit == 0 {
		b.used++
		return nil
	}
	b.told = true
	refusal := &APIError{Status: http.StatusForbidden, by200: true, explained: limitsExplained, Message: "API rate limit exceeded."}
	if b.status != 0 {
		refusal.Status = b.status
	}
	if who.inst != nil {
		refusal.Message = fmt.Sprintf("API rate limit exceeded for installation ID %d.", who.inst.id)
	}
	return refusal
}

// refund gives a request back: 304 costs nothing.
func (b *bucket) refund() { b.used-- }

func (b *bucket) write(h http.Header, resource string) {
	if b.limit == 0 {
		return
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(b.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(b.limit-b.used))
	h.Set("X-RateLimit-Used", strconv.Itoa(b.used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(b.reset.Unix(), 10))
	h.Set("X-RateLimit-Resource", resource)
}

func (b *bucket) json() fields {
	return fields{"limit": b.limit, "remaining": b.limit - b.used, "used": b.used, "reset": b.reset.Unix()}
}
