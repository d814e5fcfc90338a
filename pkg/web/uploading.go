package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// uploadsAtOnce is how many forms with files are read at once, and uploadsOfOne how
	// many of one sender: a form may take half an hour, and somebody who sends as slowly
	// as that on purpose must not keep everybody else's files out, the committees' among
	// them.
	uploadsAtOnce = 64
	uploadsOfOne  = 16
)

// uploading counts the forms with files that are being read. Senders are known as in
// tries, and those behind a proxy cannot be told apart.
type uploading struct {
	mu    sync.Mutex
	all   int
	key   [32]byte
	since time.Time
	by    map[[32]byte]*int
}

// begin reports whether one more form of a sender may be read now; then end says that it
// was.
func (u *uploading) begin(address string, now time.Time) (end func(), ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= uploadsAtOnce {
		return nil, false
	}
	if u.by == nil || now.Sub(u.since) >= triesKept || len(u.by) >= maxTryingOnes {
		_, _ = rand.Read(u.key[:]) // never fails
		u.since, u.by = now, map[[32]byte]*int{}
	}
	one := new(int)
	if !proxied(address) {
		mac := hmac.New(sha256.New, u.key[:])
		_, _ = mac.Write([]byte(network(address)))
		id := [32]byte(mac.Sum(nil))
		if known := u.by[id]; known != nil {
			one = known
		} else {
			u.by[id] = one
		}
	}
	if *one >= uploadsOfOne {
		return nil, false
	}
	u.all++
	*one++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.all--
		*one--
	}, true
}
