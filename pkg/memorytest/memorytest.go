// Package memorytest spends memory on the tests of a package, so that they take less
// time:
//
//	func TestMain(m *testing.M) { os.Exit(memorytest.Run(m)) }
//
// Their temporary folders lie in memory. Our stores wait for the disk at every commit,
// as they must in production, and a test that makes hundreds of commits then measures
// the machine's disk. In memory the same calls are made and cost nothing. What these
// tests claim is the same there: a process that is killed loses nothing that it gave to
// its kernel, wherever that keeps it, and a machine that loses power is played by none
// of them. Where there is no file system in memory, or less room in it than Room, the
// folders stay where they are: containers often have one of 64 MB.
//
// And their garbage is collected less often. A process of tests makes and drops whole
// worlds, and Go would look through all of it each time that it has doubled.
//
// Benchmarks measure the disk and the collector, and have neither.
package memorytest

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"
)

// Room is how many bytes must be free, several times what all tests need at once.
const Room = 2 << 30

// shared is where Linux has a file system in memory for everybody.
const shared = "/dev/shm"

// prefix is that of a folder of tests, and held the file in it that is locked as long
// as they run.
const (
	prefix = "cocrouter-test-"
	held   = "held"
)

// garbage is how much of it may lie about, in percent of what is in use, unless GOGC
// says so. It saves a sixth of the processor's time.
const garbage = 300

// Run runs the tests, with their temporary folders in memory where it has room, and
// leaves nothing behind. Processes that the tests start find the same folder. It
// returns what os.Exit is to be given.
func Run(m *testing.M) int {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() != "" {
		return m.Run()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	root, ok := Root()
	if !ok {
		return m.Run()
	}
	sweep(root)
	dir, release, err := take(root)
	if err != nil {
		return m.Run() // a folder on the disk is slower and does as well
	}
	defer release()
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err) // there is no zero byte in it
	}
	return m.Run()
}

// Root is the file system in memory, if it has room.
func Root() (path string, ok bool) { return shared, roomy(shared, Room) }

func roomy(path string, room uint64) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Bavail*uint64(s.Bsize) >= room
}

// take makes a folder for this process.
func take(root string) (dir string, release func(), err error) {
	dir, err = os.MkdirTemp(root, prefix)
	if err != nil {
		return "", nil, err
	}
	lock, err := hold(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() {
		_ = os.RemoveAll(dir) // what stays is swept by the next process
		_ = lock.Close()
	}, nil
}

// hold locks a folder. The kernel lets go of it when the process ends, however it
// ends.
func hold(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, held), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sweep removes the folders of tests that could not do so themselves: after a time-out
// or a SIGKILL they would lie in memory until the machine starts again.
func sweep(root string) {
	left, _ := filepath.Glob(filepath.Join(root, prefix+"*"))
	for _, dir := range left {
		// One that has no file yet is being made by somebody at this moment.
		if _, err := os.Stat(filepath.Join(dir, held)); err != nil {
			continue
		}
		if lock, err := hold(dir); err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
