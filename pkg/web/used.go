package web

import (
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// used is the places in the queue that have let a form through, each by its hash for as
// long as it would be good. What is forgotten sooner could be used again, so that
// nothing is: while there are too many, no place counts, and whoever has one queues
// anew.
type used struct {
	mu    sync.Mutex
	swept time.Time
	until map[[16]byte]time.Time
}

// maxUsed is far more than a crowd of the usual size lets through meanwhile.
const maxUsed = 100_000

// first reports whether a place, which is good until then, is used for the first time,
// and counts it.
func (u *used) first(place string, until, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.Sub(u.swept) >= time.Minute {
		u.swept = now
		maps.DeleteFunc(u.until, func(_ [16]byte, until time.Time) bool { return !now.Before(until) })
	}
	id := shortHash(place)
	if _, was := u.until[id]; was || len(u.until) >= maxUsed {
		return false
	}
	if u.until == nil {
		u.until = map[[16]byte]time.Time{}
	}
	u.until[id] = until
	return true
}

// has reports whether a place was used.
func (u *used) has(place string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, was := u.until[shortHash(place)]
	return was
}

func shortHash(s string) [16]byte {
	sum := sha256.Sum256([]byte(s))
	return [16]byte(sum[:16])
}
