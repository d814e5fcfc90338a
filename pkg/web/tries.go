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

// tries slows the guessing of receipts. A receipt has too many bits to be
// guessed; this keeps the attempt from costing us. It locks nobody out: a
// minute later the next try is free again. Behind a proxy all senders come from
// the proxy's address and cannot be told apart, so a peer on this machine or
// in a private network is not slowed: one sender would use up everybody's
// tries. Slowing them is then the proxy's to do.
//
// Addresses are not kept. A sender is known by a keyed hash of their address,
// in memory, under a key that is thrown away every hour together with all
// hashes.
type tries struct {
	mu    sync.Mutex
	key   [32]byte
	since time.Time
	by    map[[16]byte]*rate.Limiter
}

const (
	triesAtOnce   = 30
	triesEvery    = 2 * time.Second
	triesKept     = time.Hour
	maxTryingOnes = 20000
)

func newTries() *tries { return &tries{} }

// allow reports whether this sender may try a receipt now.
func (t *tries) allow(address string, now time.Time) bool {
	if proxied(address) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil || now.Sub(t.since) >= triesKept || len(t.by) >= maxTryingOnes {
		_, _ = rand.Read(t.key[:]) // never fails
		t.since, t.by = now, map[[16]byte]*rate.Limiter{}
	}
	mac := hmac.New(sha256.New, t.key[:])
	_, _ = mac.Write([]byte(network(address)))
	id := [16]byte(mac.Sum(nil)[:16])
	limiter, ok := t.by[id]
	if !ok {
		limiter = rate.NewLimiter(rate.Every(triesEvery), triesAtOnce)
		t.by[id] = limiter
	}
	return limiter.AllowN(now, 1)
}

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
