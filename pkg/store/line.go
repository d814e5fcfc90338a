package store

import (
	"sync/atomic"
	"time"
)

// line knows how long whoever comes now will wait for the commit that holds
// their intake. Where that is too long they are sent away at once: waiting in
// vain costs memory here and seconds there, and what was sent away comes back.
// Commits take real time, whatever clock the records have.
type line struct {
	opened  time.Time
	waiting atomic.Int64 // intakes that no commit has taken up yet
	began   atomic.Int64 // since when the committer is busy, after opened; 0: it is not
	took    atomic.Int64 // how long it was the last time
}

func newLine() *line { return &line{opened: time.Now()} }

func (l *line) join()       { l.waiting.Add(1) }
func (l *line) leave(n int) { l.waiting.Add(-int64(n)) }

// busy times what the committer does.
func (l *line) busy(do func()) time.Duration {
	began := time.Since(l.opened)
	l.began.Store(int64(max(began, 1)))
	do()
	took := time.Since(l.opened) - began
	l.took.Store(int64(took))
	l.began.Store(0)
	return took
}

// wait is how long the next who comes will probably wait. A commit takes as long
// as the last one did; one that runs for longer than that is expected to run as
// long again. Where nothing runs and nobody waits it is zero, whatever the last
// one took: somebody has to find out that the disk is well again.
func (l *line) wait() time.Duration {
	began, waiting := l.began.Load(), l.waiting.Load()
	if began == 0 && waiting == 0 {
		return 0
	}
	each := time.Duration(l.took.Load())
	var left time.Duration
	if began != 0 {
		running := time.Since(l.opened) - time.Duration(began)
		left = each - running
		if running > each {
			left, each = running, running
		}
	}
	return left + each*time.Duration(1+waiting/batchLimit)
}
