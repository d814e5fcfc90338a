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
	limitPause   = time.Minute
	longestPause = time.Hour
	// longestNamed is the longest wait that is believed, or kept over a restart:
	// GitHub's are over within an hour, and something broken in between must not
	// silence us for years.
	longestNamed   = 24 * time.Hour
	coreResource   = "core"
	graphResource  = "graphql"
	believableSkew = 15 * time.Minute
	noSkew         = 2 * time.Second
	// What one caller asks within a minute, where reading costs 1 and changing
	// costs 5: GitHub allows 900. A process does not know what its replicas ask.
	pointsAtOnce  = 150
	pointInterval = 100 * time.Millisecond
	pointsOfRead  = 1
	pointsOfWrite = 5
	pointsOfCall  = 4 // about; those that are put off come back so far apart
)

// payer is whom GitHub counts a request for: an installation, or an App itself
// where installation is 0.
type payer struct{ app, installation int64 }

// quotas are what GitHub said of its limits, to each payer by itself. Until when
// it wants to be left alone stands in the ledger as well.
type quotas struct {
	unpaced bool // only what GitHub says counts

	mu sync.Mutex
	of map[payer]*quota
}

type quota struct {
	until time.Time     // nothing is asked before
	pause time.Duration // the last for which no time was named
	hours map[string]hourly
	whole time.Time // when all points will be there again
	told  time.Time // when the last that was put off for want of points comes back

	looked time.Time // when the ledger was looked into; zero: never
	ledger rests     // what it holds, as far as is known
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

// look reports whether the ledger is to be looked into, and whether nothing is
// known before. A look that follows another is one caller's alone.
func (q *quotas) look(p payer, now time.Time) (first, due bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	if is.looked.IsZero() {
		return true, true
	}
	if now.Sub(is.looked).Abs() < lookEvery {
		return false, false
	}
	is.looked = now
	return false, true
}

// learn notes what the ledger says, whose times are by GitHub's clock.
func (q *quotas) learn(p payer, told rests, now time.Time, ahead time.Duration) {
	ours := func(t int64) time.Time { return time.UnixMilli(t).Add(-ahead) }
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	is.looked, is.ledger = now, told
	if until := ours(told.until); told.until != 0 && until.After(is.until) {
		is.until, is.pause = until, time.Duration(told.long)*time.Millisecond
	}
	for resource, t := range map[string]int64{coreResource: told.core, graphResource: told.graph} {
		// One that is spent is over before the next can begin.
		h := is.hours[resource]
		if reset := ours(t); reset.After(now) && (h.left > 0 || reset.After(h.reset)) {
			is.hours[resource] = hourly{limit: h.limit, reset: reset}
		}
	}
}

// news is what GitHub wants and the ledger does not say.
func (q *quotas) news(p payer, now time.Time, ahead time.Duration) (told rests, news bool) {
	theirs := func(t time.Time) int64 {
		if !t.After(now) {
			return 0
		}
		if end := now.Add(longestNamed); t.After(end) {
			t = end
		}
		return t.Add(ahead + time.Millisecond - 1).UnixMilli() // never too early
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	if told.until = theirs(is.until); told.until != 0 {
		told.long = is.pause.Milliseconds()
	}
	for resource, to := range map[string]*int64{coreResource: &told.core, graphResource: &told.graph} {
		if h, known := is.hours[resource]; known && h.left <= 0 {
			*to = theirs(h.reset)
		}
	}
	return told, told.until > is.ledger.until || told.core > is.ledger.core || told.graph > is.ledger.graph
}

// kept notes what the ledger holds by now.
func (q *quotas) kept(p payer, told rests) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.at(p).ledger = told
}

// ask returns an error where GitHub has said that it will not answer now, or
// where it has little left that something more urgent will need.
func (q *quotas) ask(p payer, resource string, u Urgency, now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	if now.Before(is.until) {
		return heldBack{reason: heldByLimit, until: is.until, cause: "GitHub asked us to wait"}
	}
	if h := is.hours[resource]; now.Before(h.reset) {
		switch {
		case h.left <= 0:
			return heldBack{reason: heldByLimit, until: h.reset, cause: "the hour's requests are spent"}
		case h.limit-h.left >= u.share(h.limit):
			return heldBack{reason: heldByHour, until: h.reset, cause: "what is left of the hour is kept", ours: true}
		}
	}
	return nil
}

// read lets a reading request go at the time returned, which is now or an
// instant later, or says when to come back.
func (q *quotas) read(p payer, u Urgency, now time.Time) (at time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	whole := is.charge(pointsOfRead, now)
	at = whole.Add(-time.Duration(u.share(pointsAtOnce)) * pointInterval)
	if q.unpaced || !at.After(now) {
		return now, nil
	}
	if !at.After(now.Add(instant * time.Millisecond)) {
		return at, nil
	}
	is.whole = is.whole.Add(-pointsOfRead * pointInterval) // it is not made
	if next := is.told.Add(pointsOfCall * pointInterval); next.After(at) {
		at = next
	}
	is.told = at
	return now, heldBack{reason: heldByPoints, until: at, cause: "held back by our own pace", ours: true}
}

// write counts what our own budget of writes has let pass.
func (q *quotas) write(p payer, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.at(p).charge(pointsOfWrite, now)
}

// charge takes points, and returns when all of them would be there again.
func (is *quota) charge(points int, now time.Time) time.Time {
	if is.whole.Before(now) {
		is.whole = now
	}
	is.whole = is.whole.Add(time.Duration(points) * pointInterval)
	return is.whole
}

// hear notes what an answer says of the limits; ahead is how far GitHub's clock
// is before ours. limited says that the answer is
// a refusal for one of them, and until when nothing must be asked.
func (q *quotas) hear(p payer, resource string, a answer, now time.Time, ahead time.Duration) (until time.Time, limited bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := q.at(p)
	until, named, limited := namedTime(a, now, ahead)
	if h, ok := hourlyIn(a.header, now, ahead); ok {
		if r := a.header.Get("X-RateLimit-Resource"); r == "" || r == resource {
			is.hours[resource] = h
		}
		if limited && !named && h.left == 0 && h.reset.After(now) {
			return h.reset, true
		}
	}
	if !limited {
		return time.Time{}, false
	}
	if !named {
		// In a row are those that come before as much time has passed again.
		if now.After(is.until.Add(is.pause)) {
			is.pause = 0
		}
		is.pause = min(max(2*is.pause, limitPause), longestPause)
		until = now.Add(is.pause)
	}
	if until.After(is.until) {
		is.until = until
	}
	return until, true
}

// refusedByGraph is hear for a refusal of GraphQL's that comes with status 200.
func (q *quotas) refusedByGraph(p payer, now time.Time) heldBack {
	q.mu.Lock()
	h := q.at(p).hours[graphResource]
	q.mu.Unlock()
	until := h.reset
	if h.left > 0 || !until.After(now) {
		until, _ = q.hear(p, graphResource, answer{status: http.StatusTooManyRequests}, now, 0)
	}
	return heldBack{until: until, cause: "a limit of GraphQL"}
}

// namedTime reads from an answer whether it means "too much", and the time that
// it names. 403 is a limit only where it shows one; 5xx only where it names a
// time.
func namedTime(a answer, now time.Time, ahead time.Duration) (until time.Time, named, limited bool) {
	if a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusForbidden {
		return time.Time{}, false, false
	}
	if wait := a.header.Get("Retry-After"); wait != "" {
		if seconds, err := strconv.Atoi(wait); err == nil && seconds > 0 {
			return now.Add(time.Duration(min(seconds, int(longestNamed/time.Second))) * time.Second), true, true
		}
		if at, err := http.ParseTime(wait); err == nil && at.Add(-ahead).After(now) {
			return earlier(at.Add(-ahead), now.Add(longestNamed)), true, true
		}
	}
	limited = a.status == http.StatusTooManyRequests || a.status == http.StatusForbidden &&
		(a.header.Get("X-RateLimit-Remaining") == "0" || strings.Contains(a.message, "rate limit") ||
			strings.Contains(a.message, "rate-limit") || strings.Contains(a.message, "abuse"))
	return time.Time{}, false, limited
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// hourlyIn is the state of an hourly limit, where the answer tells one that can
// be.
func hourlyIn(h http.Header, now time.Time, ahead time.Duration) (hourly, bool) {
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	seconds, err2 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	reset := time.Unix(seconds, 0).Add(-ahead)
	if err != nil || err2 != nil || left < 0 || seconds <= 0 || reset.After(now.Add(longestNamed)) {
		return hourly{}, false
	}
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit < left {
		limit = left
	}
	return hourly{limit: limit, left: left, reset: reset}, true
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
