package web

import (
	"fmt"
	"testing"
	"time"
)

func TestNoSenderKeepsTheFilesOfAllOthersOut(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	var u uploading
	var ends []func()
	count := func(address string, most int) (n int) {
		for range most {
			end, ok := u.begin(address, now)
			if !ok {
				return n
			}
			ends = append(ends, end)
			n++
		}
		return n
	}
	if n := count("192.0.2.1:1", 100); n != uploadsOfOne {
		t.Errorf("one sender has %d", n)
	}
	if n := count("192.0.2.1:2", 1) + count("[::ffff:192.0.2.1]:3", 1); n != 0 {
		t.Error("another port is another sender")
	}
	if n := count("192.0.2.2:1", 1) + count("[2001:db8::1]:1", 1); n != 2 {
		t.Error("another sender is kept out")
	}
	ends[0]()
	if n := count("192.0.2.1:1", 2); n != 1 {
		t.Errorf("after one has ended there is room for %d", n)
	}
	// Nobody is remembered for longer than an hour, whoever ends after that.
	now = now.Add(triesKept)
	if n := count("192.0.2.1:1", 100); n != uploadsOfOne {
		t.Errorf("an hour later one sender has %d", n)
	}
	for _, end := range ends[1:] {
		end()
	}
	// A proxy is everybody.
	if n := count("127.0.0.1:1", 100); n != uploadsAtOnce {
		t.Errorf("behind a proxy there are %d", n)
	}
	if n := count("192.0.2.9:1", 1); n != 0 {
		t.Error(fmt.Sprint("more than all are read: ", n))
	}
}
