// Package postgrestest gives tests a PostgreSQL of their own: one throwaway
// server per test process, on a socket that only its account can reach, with a
// fresh pair of databases for every test.
//
//	s, err := store.Open(ctx, postgrestest.URL(t), keys, store.Options{})
//
// A pair is a database and the one for its keys, the same name with -keys
// appended; the URL is the first one's. The URL may be handed to a child process
// of the test. Both are dropped when the test ends.
//
// The server is started by the first test that needs one, from the programs on
// PATH or in /usr/lib/postgresql. It ends with the test process, however that
// ends: a shell watches a pipe that the kernel closes when the process is gone,
// stops the server and removes its files. PostgreSQL refuses to run as root;
// there it runs as the account postgres.
//
// The variable COCROUTER_TEST_POSTGRES=postgres://… names a running server
// instead, whose account there must be able to make databases. A machine that
// has neither skips the test, or fails it where COCROUTER_TEST_REQUIRE lists
// "postgres".
package postgrestest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database driver

	"github.com/cocrouter/cocrouter/pkg/memorytest"
)

const (
	// requireVariable lists, with commas, what a test run must not do without.
	requireVariable = "COCROUTER_TEST_REQUIRE"
	serverVariable  = "COCROUTER_TEST_POSTGRES"
	// account is the throwaway server's superuser.
	account = "cocrouter"
)

// URL names a fresh pair of databases on a server that keeps nothing should the
// machine lose power, which makes it fast. Where no server can be had the test
// is skipped, or fails if the run requires one.
func URL(t testing.TB) string {
	t.Helper()
	return pair(t, fast)
}

// Durable is URL on a server that waits for the disk as one in production does,
// for benchmarks.
func Durable(t testing.TB) string {
	t.Helper()
	return pair(t, durable)
}

// One server of each kind for the whole process, or why there is none.
var (
	fast = sync.OnceValues(func() (string, error) {
		// What it would write all the same lies in memory, where there is room.
		root, ok := memorytest.Root()
		if !ok {
			root = disk
		}
		return server(root, "fsync=off", "full_page_writes=off")
	})
	durable = sync.OnceValues(func() (string, error) { return server(disk, "fsync=on") })
	pairs   atomic.Int64
)

func pair(t testing.TB, kind func() (string, error)) string {
	t.Helper()
	at, err := kind()
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv(requireVariable), ","), "postgres") {
			t.Fatalf("%s lists postgres, but: %v", requireVariable, err)
		}
		t.Skipf("no PostgreSQL is at hand: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), pairs.Add(1))
	for _, database := range []string{name, name + "-keys"} {
		if err := execute(at, `CREATE DATABASE "`+database+`" TEMPLATE template0`); err != nil {
			t.Fatalf("making a database: %v", err)
		}
		t.Cleanup(func() {
			// Force: a process of the test that was killed may not be gone yet.
			if err := execute(at, `DROP DATABASE IF EXISTS "`+database+`" WITH (FORCE)`); err != nil {
				t.Errorf("dropping a database: %v", err)
			}
		})
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatalf("%s is not an address: %v", serverVariable, err)
	}
	u.Path = "/" + name
	return u.String()
}

// execute runs one statement outside of the pairs. It takes no context: the
// test's has ended when its databases are dropped.
func execute(at, statement string) error {
	db, err := sql.Open("pgx", at)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// server is the address of the database that every server has.
func server(root string, settings ...string) (string, error) {
	if at := os.Getenv(serverVariable); at != "" {
		return at, nil
	}
	programs, err := findPrograms()
	if err != nil {
		return "", err
	}
	dir, as, err := home(root)
	if err != nil {
		return "", err
	}
	watch, err := start(programs, dir, as, settings)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	heldMu.Lock()
	defer heldMu.Unlock()
	held = append(held, watch)
	return "postgres://" + account + "@/postgres?host=" + url.QueryEscape(dir), nil
}

// held keeps the pipes from being collected, which would close them: they stay
// open, and with them the servers, as long as this process lives.
var (
	heldMu sync.Mutex
	held   []io.Closer
)

// findPrograms is the folder with initdb and pg_ctl.
func findPrograms() (string, error) {
	candidates, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Reverse(candidates) // the newest first
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		candidates = append([]string{filepath.Dir(path)}, candidates...)
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("initdb is neither on PATH nor in /usr/lib/postgresql; install the package postgresql, or set %s", serverVariable)
}

// disk is where servers lie that do not lie in memory. Its name is short enough for a
// socket, which that of a folder for temporary files may not be.
const disk = "/tmp"

// home makes a folder in root for the account that the server is to run as: nil is this
// process's own.
func home(root string) (dir string, as *syscall.Credential, err error) {
	if dir, err = os.MkdirTemp(root, "cocrouter-pg-"); err != nil {
		return "", nil, err
	}
	if os.Geteuid() != 0 {
		return dir, nil, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	u, err := user.Lookup("postgres")
	if err != nil {
		return "", nil, fmt.Errorf("root may not run PostgreSQL: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return "", nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return "", nil, err
	}
	return dir, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, int(uid), int(gid))
}

// script makes a server, says that it is there, and waits until nobody wants it
// any more, which is when the process at the other end of its input is gone.
const script = `
trap '' INT TERM HUP
programs=$1 dir=$2 options=$3
cd "$dir"
if "$programs/initdb" -D "$dir/data" -U ` + account + ` -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 &&
   "$programs/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" -o "$options" start >>"$dir/log" 2>&1
then echo ready; else tail -n 3 "$dir/log" | tr '\n' ' '; echo; fi
read -r nothing
"$programs/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
cd /
rm -rf "$dir"
`

func start(programs, dir string, as *syscall.Credential, settings []string) (io.Closer, error) {
	options := []string{
		"-c listen_addresses=''", "-c unix_socket_directories='" + dir + "'", "-c max_connections=400",
		"-c shared_buffers=64MB", "-c max_wal_size=256MB",
	}
	for _, s := range settings {
		options = append(options, "-c "+s)
	}
	// Not bound to any context: it outlives the test that happens to start it.
	cmd := exec.Command("/bin/sh", "-c", script, "sh", programs, dir, strings.Join(options, " ")) //nolint:noctx // see above
	cmd.Dir = dir
	// A session of its own: an interrupt of the tests is not one of the watcher.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: as}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	answer, err := bufio.NewReader(out).ReadString('\n')
	if err == nil && answer != "ready\n" {
		err = errors.New("the server does not start: " + strings.TrimSpace(answer))
	}
	if err != nil {
		return nil, errors.Join(err, in.Close(), cmd.Wait())
	}
	return in, nil
}
