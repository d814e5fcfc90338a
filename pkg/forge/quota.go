package forge

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// limitPause is how long GitHub wants us to wait after a limit for which it
	// names no time; each further one in a row doubles it.
	limitPause     = time.Minute
	longestPause   = time.Hour
	mostDoublings  = 6
	coreResource   = "core"
	graphResource  = "graphql"
	believableSkew = 15 * time.Minute
	// A clock that differs by less may be ours: GitHub tells whole seconds.
	noSkew = 2 * time.Second
	// What one caller asks within a minute, where reading costs 1 and changing
	// costs 5: GitHub allows 900. A process does not know what its replicas ask.
	pointsAtOnce   = 150
	pointsInterval = 100 * time.Millisecond
	pointsOfRead   = 1
	pointsOfWrite  = 5
)

// payer is whom GitHub counts a request for: an installation, or an App itself
// where installation is 0.
type payer struct{ app, installation int64 }

// quotas are what GitHub said of its limits, to each payer by itself.
type quotas struct {
	unpaced bool // only what GitHub says counts

	mu sync.Mutex
	of map[payer]*quota
}

type quota struct {
	until   time.Time // nothing is asked before
	strikes int       // limits in a row for which no time was named
	hours   map[string]hourly
	whole   time.Time // when all points will be there again
}

// hourly is the state of one of GitHub's hourly limits.
type hourly struct {
	limit, left int
	reset       time.Time
}

func (q *quotas) at(p payer) *quota {
	if q.of[p] == nil {
		q.of[p] = &quota{hours: map[string]hourly{}}
	}
	return q.of[p]
}

// ask returns an error where GitHub has said that it will not answer now, or
// where it has little left that something more urgent will need. at is when
// the request may leave: an instant from now, at most.
func (q *quotas) ask(p payer, resource string, points int, u Urgency, now time.Time) (at time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	if now.Before(is.until) {
		return now, heldBack{reason: heldByLimit, until: is.until, cause: "GitHub asked us to wait"}
	}
	h := is.hours[resource]
	if now.Before(h.reset) {
		switch {
		case h.left <= 0:
			return now, heldBack{reason: heldByLimit, until: h.reset, cause: "the hour's requests are spent"}
		case h.limit-h.left >= u.share(h.limit):
			return now, heldBack{reason: heldByHour, until: h.reset, cause: "what is left of the hour is kept", ours: true}
		}
	}
	if q.unpaced {
		return now, nil
	}
	cost := time.Duration(points) * pointsInterval
	burst := time.Duration(u.share(pointsAtOnce)) * pointsInterval
	whole := is.whole
	if whole.Before(now) {
		whole = now
	}
	at = whole.Add(cost - burst)
	if at.After(now.Add(instant * time.Millisecond)) {
		return now, heldBack{reason: heldByPoints, until: at, cause: "held back by our own pace", ours: true}
	}
	is.whole = whole.Add(cost)
	if at.Before(now) {
		at = now
	}
	return at, nil
}

// hear notes what an answer says of the limits. limited says that the answer is
// a refusal for one of them, and until when nothing must be asked.
func (q *quotas) hear(p payer, resource string, a answer, now time.Time) (until time.Time, limited bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	until, named, limited := namedTime(a, now)
	if h, ok := hourlyIn(a.header, now); ok {
		if r := a.header.Get("X-RateLimit-Resource"); r != "" {
			resource = r
		}
		is.hours[resource] = h
		if limited && !named && h.left == 0 && h.reset.After(now) {
			return h.reset, true
		}
	}
	if !limited {
		if a.status < http.StatusBadRequest {
			is.strikes = 0
		}
		return time.Time{}, false
	}
	if !named {
		until = now.Add(min(limitPause<<min(is.strikes, mostDoublings), longestPause))
		is.strikes++
	}
	if until.After(is.until) {
		is.until = until
	}
	return until, true
}

// refusedByGraph is hear for a refusal of GraphQL's that comes with status 200.
func (q *quotas) refusedByGraph(p payer, now time.Time) heldBack {
	until, _ := q.hear(p, graphResource, answer{status: http.StatusTooManyRequests, header: http.Header{}}, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	if h := q.at(p).hours[graphResource]; h.left == 0 && h.reset.After(now) {
		until = h.reset
	}
	return heldBack{until: until, cause: "a limit of GraphQL"}
}

// namedTime reads from an answer whether it means "too much", and the time that
// it names. 403 is a limit only where it shows one; 5xx only where it names a
// time.
func namedTime(a answer, now time.Time) (until time.Time, named, limited bool) {
	if a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusForbidden {
		return time.Time{}, false, false
	}
	if wait := a.header.Get("Retry-After"); wait != "" {
		if seconds, err := strconv.Atoi(wait); err == nil && seconds > 0 {
			return now.Add(time.Duration(seconds) * time.Second), true, true
		}
		if at, err := http.ParseTime(wait); err == nil && onOurClock(at, a.header, now).After(now) {
			return onOurClock(at, a.header, now), true, true
		}
	}
	limited = a.status == http.StatusTooManyRequests || a.status == http.StatusForbidden &&
		(a.header.Get("X-RateLimit-Remaining") == "0" || strings.Contains(a.message, "rate limit") ||
			strings.Contains(a.message, "rate-limit") || strings.Contains(a.message, "abuse"))
	return time.Time{}, false, limited
}

func hourlyIn(h http.Header, now time.Time) (hourly, bool) {
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err2 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || err2 != nil || reset <= 0 {
		return hourly{}, false
	}
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit < left {
		limit = left
	}
	return hourly{limit: limit, left: left, reset: onOurClock(time.Unix(reset, 0), h, now)}, true
}

// onOurClock turns a time of GitHub's into ours, where the two clocks differ
// noticeably, and not by so much that one of them is no clock.
func onOurClock(at time.Time, h http.Header, now time.Time) time.Time {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return at
	}
	if ahead := now.Sub(theirs); ahead.Abs() > noSkew && ahead.Abs() <= believableSkew {
		return at.Add(ahead)
	}
	return at
}

// left is the share of GitHub's own hour that each installation has.
func (q *quotas) left(now time.Time) map[int64]float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := map[int64]float64{}
	for p, is := range q.of {
		h := is.hours[coreResource]
		if p.installation == 0 || h.limit == 0 || h.reset.Before(now) {
			continue
		}
		out[p.installation] = min(float64(h.left)/float64(h.limit), 1)
	}
	return out
}

// explained is GitHub's message together with the address where it explains it,
// which names a secondary limit where the message does not. Both are "" where
// there is none.
func explained(body []byte) string {
	var said struct {
		Message string `json:"message"`
		About   string `json:"documentation_url"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	if strings.Contains(said.About, "secondary-rate-limit") || strings.Contains(said.About, "abuse-rate-limit") {
		return said.Message + " rate-limit"
	}
	return said.Message
}
