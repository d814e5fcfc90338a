package githubsim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// anonymousLimit is the number of requests an hour without a token.
const anonymousLimit = 60

// bucket counts the requests of one caller within an hour.
type bucket struct {
	limit, used int
	reset       time.Time
}

// bucketOf finds who pays for a request: an installation with all its tokens, a
// person, an App, or everybody without a token together.
func (s *Sim) bucketOf(c caller, resource string) *bucket {
	limit := s.rateLimit
	key := c.kind() + "/" + resource
	switch c.kind() {
	case "installation":
		key += fmt.Sprint("/", c.inst.id)
	case "app":
		key += fmt.Sprint("/", c.app.id)
	case "user":
		key += fmt.Sprint("/", c.user.id)
	default:
		limit = anonymousLimit
	}
	b := s.buckets[key]
	if b == nil || !s.now().Before(b.reset) {
		b = &bucket{limit: limit, reset: s.now().Add(time.Hour)}
		s.buckets[key] = b
	}
	return b
}

// spend counts a request, or refuses it.
func (b *bucket) spend() error {
	if b.used >= b.limit {
		return refuse(http.StatusForbidden, "API rate limit exceeded.")
	}
	b.used++
	return nil
}

// refund gives a request back: 304 costs nothing.
func (b *bucket) refund() { b.used-- }

func (b *bucket) write(h http.Header, resource string) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(b.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(b.limit-b.used))
	h.Set("X-RateLimit-Used", strconv.Itoa(b.used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(b.reset.Unix(), 10))
	h.Set("X-RateLimit-Resource", resource)
}

func (b *bucket) json() fields {
	return fields{"limit": b.limit, "remaining": b.limit - b.used, "used": b.used, "reset": b.reset.Unix()}
}
