package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"math/bits"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// crowd lets reports in one after the other while very many come at once, from
// everybody together: it knows nobody's address. Whoever comes while few do never
// notices it.
//
// In a crowd the form carries a challenge, which a script works out in the
// background while somebody writes: a report with its answer goes first. One
// without, because there is no JavaScript or the form is older than the crowd,
// waits its turn, for a moment while the page loads, or at home: then the form comes
// back with all that was written and a place in the queue, which is kept. Nobody is
// refused for good, and nothing of this is remembered: challenges and places are
// signed with a key of this process.
type crowd struct {
	key [32]byte
	// queue is everybody's, quick is that of those who have worked for it.
	queue, quick *rate.Limiter
	sleep        func(context.Context, time.Duration)
}

const (
	// UsualCrowd is how many reports are taken in a second before it is a crowd.
	// Four hundred in twenty seconds are none either: something has happened that
	// many have seen.
	UsualCrowd   = 20
	crowdAtOnce  = 20              // seconds' worth that may come at once
	moment       = 2 * time.Second // how long an answer may wait for its turn
	quicker      = 10              // times as many of those who have worked for it
	proofBits    = 15              // a second or two of a phone
	proofHours   = 2               // how long a challenge holds, at least one less
	longestQueue = 10 * time.Minute
	placeKept    = 15 * time.Minute // after its time has come
)

// newCrowd begins to count at so many reports a second; 0 is UsualCrowd.
func newCrowd(aSecond int, sleep func(context.Context, time.Duration)) *crowd {
	if aSecond == 0 {
		aSecond = UsualCrowd
	}
	c := &crowd{
		queue: rate.NewLimiter(rate.Limit(aSecond), aSecond*crowdAtOnce),
		quick: rate.NewLimiter(rate.Limit(aSecond*quicker), aSecond*quicker),
		sleep: sleep,
	}
	if sleep == nil {
		c.sleep = doze
	}
	_, _ = rand.Read(c.key[:]) // never fails
	return c
}

// turn is what somebody is told who must wait.
type turn struct {
	Wait time.Duration // 0: go ahead
	// Place is kept for them until then; "" where the queue is full, too.
	Place string
}

// Seconds is the wait in whole ones, Minutes too, where it is long.
func (t turn) Seconds() int { return int((t.Wait + time.Second - 1) / time.Second) }

func (t turn) Minutes() int {
	if t.Wait < 2*time.Minute {
		return 0
	}
	return int((t.Wait + time.Minute - 1) / time.Minute)
}

// enter waits for the turn of a form, which is known by its token, for a moment.
func (c *crowd) enter(ctx context.Context, token, proof, place string, now time.Time) turn {
	if at, ok := c.placed(token, place); ok && now.Before(at.Add(placeKept)) {
		if wait := at.Sub(now); wait > 0 {
			return turn{wait, place}
		}
		return turn{}
	}
	if c.queue.AllowN(now, 1) || c.proven(token, proof, now) && c.quick.AllowN(now, 1) {
		return turn{}
	}
	r := c.queue.ReserveN(now, 1)
	switch wait := r.DelayFrom(now); {
	case wait <= moment:
		c.sleep(ctx, wait)
		return turn{}
	case wait <= longestQueue:
		// Whole seconds, so that who comes when they were told to is not too early.
		at := now.Add(wait).Truncate(time.Second).Add(time.Second)
		return turn{at.Sub(now), c.place(token, at)}
	default:
		r.CancelAt(now)
		return turn{Wait: time.Minute}
	}
}

// holds reports whether a place in the queue is kept for a form.
func (c *crowd) holds(token, place string) bool {
	_, ok := c.placed(token, place)
	return ok
}

// doze waits, at most until ctx ends.
func doze(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// challenge is what the form of a token carries in a crowd; "" while there is none.
func (c *crowd) challenge(token string, now time.Time) string {
	if c.queue.TokensAt(now) >= float64(c.queue.Burst())/2 {
		return ""
	}
	return c.challengeOf(token, hour(now))
}

func hour(now time.Time) int64 { return now.Unix() / 3600 }

func (c *crowd) challengeOf(token string, hour int64) string {
	return c.sign("challenge", token, hour)
}

// proven reports whether the challenge of a token was worked out: a number that,
// written behind the challenge, gives a hash that begins with so many zeros.
func (c *crowd) proven(token, proof string, now time.Time) bool {
	if proof == "" || len(proof) > 20 {
		return false
	}
	for back := range int64(proofHours) {
		sum := sha256.Sum256([]byte(c.challengeOf(token, hour(now)-back) + ":" + proof))
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= proofBits {
			return true
		}
	}
	return false
}

// place is a place in the queue, for the form of a token alone.
func (c *crowd) place(token string, at time.Time) string {
	return strconv.FormatInt(at.Unix(), 36) + "." + c.sign("place", token, at.Unix())
}

// placed is when a place's time comes, if it is one of ours.
func (c *crowd) placed(token, place string) (time.Time, bool) {
	written, signature, _ := strings.Cut(place, ".")
	at, err := strconv.ParseInt(written, 36, 64)
	if err != nil || !hmac.Equal([]byte(signature), []byte(c.sign("place", token, at))) {
		return time.Time{}, false
	}
	return time.Unix(at, 0), true
}

func (c *crowd) sign(what, token string, number int64) string {
	mac := hmac.New(sha256.New, c.key[:])
	_, _ = mac.Write([]byte(what + " " + token + " " + strconv.FormatInt(number, 10)))
	return base32.StdEncoding.EncodeToString(mac.Sum(nil)[:15])
}

// turn is when a form that was sent has its turn: by who sent it, where that can be
// told, and by how many others come.
func (s *site) turn(r *http.Request, form url.Values) turn {
	now, token, place := s.Now(), form.Get("token"), form.Get("place")
	if _, placed := s.crowd.placed(token, place); !placed {
		if wait := s.tries.wait(filing, r.RemoteAddr, now); wait > 0 {
			return turn{Wait: wait}
		}
	}
	return s.crowd.enter(r.Context(), token, form.Get("proof"), place, now)
}

// placeOf is the place that a form keeps which comes back for another reason: the one
// that it came with, or that of the turn that it had, which is not taken from it.
func (s *site) placeOf(token string, form url.Values, had *turn) string {
	place := form.Get("place")
	switch {
	case s.crowd.holds(token, place):
		return place
	case had == nil:
		return ""
	case had.Wait > 0:
		return had.Place
	}
	return s.crowd.place(token, s.Now())
}

// later gives a form back until its turn has come, with all that was written.
func (s *site) later(w http.ResponseWriter, r *http.Request, page formPage) {
	w.Header().Set("Retry-After", strconv.Itoa(page.Turn.Seconds()))
	s.again(w, r, http.StatusTooManyRequests, page)
}

// ProofBits is how hard a challenge is.
func (p formPage) ProofBits() int { return proofBits }
