package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// tries slows whoever does the same thing again and again: tries receipts, sends
// reports, asks who would read one. Each costs us little once and too much ten thousand
// times. It locks nobody out: a refused try costs nothing, and the page says when the
// next one is free.
//
// Addresses are not kept. A sender is known by a keyed hash of their address,
// in memory, under a key that is thrown away every hour together with all
// hashes.
//
// Behind a proxy all senders come from the proxy's address and cannot be told
// apart, so a peer on this machine or in a private network is not slowed: one
// sender would use up everybody's tries. What all senders do together is bounded
// elsewhere: wrong receipts in guesses, reports in crowd, questions in curious.
type tries struct {
	mu    sync.Mutex
	key   [32]byte
	since time.Time
	by    map[[16]byte]*rate.Limiter
}

// act is what somebody does again and again.
type act string

const (
	looking act = "looking" // with a receipt
	filing  act = "filing"  // a report
	asking  act = "asking"  // who would read one, as a script does while somebody types
	signing act = "signing" // in; each has GitHub asked
	adding  act = "adding"  // evidence to a case
)

// paces are how much of each one sender may do at once, and how soon again after
// that. Many may share one address: a whole conference, a whole country's telephones.
var paces = map[act]struct {
	atOnce int
	every  time.Duration
}{
	looking: {triesAtOnce, 2 * time.Second},
	filing:  {20, 20 * time.Second},
	asking:  {120, time.Second},
	signing: {20, 5 * time.Second},
	adding:  {30, 10 * time.Second},
}

const (
	triesAtOnce   = 30
	triesKept     = time.Hour
	maxTryingOnes = 20000
)

func newTries() *tries { return &tries{} }

// wait is how long this sender must wait before doing this; 0: not at all, and it
// counts as done.
func (t *tries) wait(does act, address string, now time.Time) time.Duration {
	if proxied(address) {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil || now.Sub(t.since) >= triesKept || len(t.by) >= maxTryingOnes {
		_, _ = rand.Read(t.key[:]) // never fails
		t.since, t.by = now, map[[16]byte]*rate.Limiter{}
	}
	mac := hmac.New(sha256.New, t.key[:])
	_, _ = mac.Write([]byte(string(does) + " " + network(address)))
	id := [16]byte(mac.Sum(nil)[:16])
	limiter, ok := t.by[id]
	if !ok {
		limiter = rate.NewLimiter(rate.Every(paces[does].every), paces[does].atOnce)
		t.by[id] = limiter
	}
	return take(limiter, now)
}

// take takes from a limiter, or takes nothing and says when there is something.
func take(limiter *rate.Limiter, now time.Time) time.Duration {
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// allow reports whether this sender may try a receipt now.
func (t *tries) allow(address string, now time.Time) bool {
	return t.wait(looking, address, now) == 0
}

// guesses bounds the wrong receipts of everybody together. Whoever has a right one
// waits for nobody who guesses from another address.
type guesses struct{ limiter *rate.Limiter }

const (
	wrongAtOnce   = 200
	wrongASecond  = 10
	askAgainAfter = "60" // seconds, for whoever tried too much
)

func newGuesses() guesses { return guesses{rate.NewLimiter(wrongASecond, wrongAtOnce)} }

// tooMany counts a wrong receipt, and reports whether there were too many of late.
func (g guesses) tooMany(now time.Time) bool { return !g.limiter.AllowN(now, 1) }

// proxied reports whether an address can be that of a proxy in front of us.
func proxied(address string) bool {
	ip, err := peer(address)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

func peer(address string) (netip.Addr, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return ip.Unmap(), err
}

// network is what one sender has: an address, or with IPv6 the network of 64
// bits that one line is given.
func network(address string) string {
	ip, err := peer(address)
	if err != nil {
		return address
	}
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
