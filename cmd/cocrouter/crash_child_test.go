package main

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"modernc.org/sqlite"

	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// childRole marks a process that is to be killed: this test binary, started
// again with this variable, whose value says which child it is.
const childRole = "COCROUTER_TEST_CHILD"

// Here and not in a TestMain, which a package has only one of.
func init() {
	serve := map[string]func(*bufio.Reader) error{
		"crash": serveUntilKilled,
		"chaos": serveFast,
	}[os.Getenv(childRole)]
	if serve == nil {
		return
	}
	fmt.Fprintln(os.Stderr, serve(bufio.NewReader(os.Stdin)))
	os.Exit(1)
}

// child is such a process, as its parent has it. What it writes to its standard
// output is for the parent alone.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// spawn starts a child and sends it its setup, one line of JSON. The child ends
// when its standard input does, and so cannot outlive this process; the files
// are its files 3 and on.
func spawn(role string, setup any, log io.Writer, files ...*os.File) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(setup)
	if err != nil {
		return nil, err
	}
	c := &child{Cmd: exec.Command(self)}
	c.Env = append(os.Environ(), childRole+"="+role)
	// Its Write alone: several children have one log, and a buffer's ReadFrom would
	// pass by the lock.
	c.ExtraFiles, c.Stderr = files, struct{ io.Writer }{log}
	if c.in, err = c.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	if err := c.Start(); err != nil {
		return nil, err
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return nil, errors.Join(err, c.Process.Kill(), c.Wait())
	}
	return c, nil
}

// readSetup is the child's side of spawn.
func readSetup(in *bufio.Reader, setup any) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, setup)
}

// crashSetup is all that a server has to know of its world.
type crashSetup struct {
	Folder          string // with the sealing key, and the database where it is a file
	Database        string // "": a file in the folder
	Directory       string // the committee directory; "": the demo's
	GitHub, Address string
	Source, Rooms   registration
}

func (c crashSetup) file() string { return c.Folder + "/cocrouter.db" }

func (c crashSetup) settings() (settings, error) {
	s := settings{config: defaults(), source: c.Source, rooms: c.Rooms}
	s.PublicURL = c.Address
	s.GitHub.Web, s.GitHub.V3, s.GitHub.V4 = c.GitHub, c.GitHub+"/api/v3/", c.GitHub+"/api/graphql"
	if s.Database = c.Database; s.Database == "" {
		s.Database = "sqlite:" + c.file()
	}
	var err error
	if s.keys, err = seal.Open(c.Folder + "/sealing.key"); err != nil {
		return s, err
	}
	directory, problems := policy.ParseDirectory([]byte(cmp.Or(c.Directory, demoDirectory())))
	if len(problems) > 0 {
		return s, problems
	}
	s.directory = directory
	return s, nil
}

// serveUntilKilled is the real server, with every commit reported. The listener
// is file 3, so that the address outlives the child.
func serveUntilKilled(in *bufio.Reader) error {
	var setup crashSetup
	if err := readSetup(in, &setup); err != nil {
		return err
	}
	s, err := setup.settings()
	if err != nil {
		return err
	}
	// One job at a time: a point then comes at the same place in every run.
	s.Limits.Jobs = 1

	g, err := newCrashGate(in, setup.file())
	if err != nil {
		return err
	}
	srv, err := newServer(context.Background(), s, zerolog.New(os.Stderr), tuning{limits: forge.Unlimited, commit: g.ofTheStore})
	if err != nil {
		return err
	}
	public, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	return srv.run(context.Background(), public, nil)
}

// crashGate tells the parent of every commit, before and after it, and goes on
// when the parent says so, which it does unless it kills.
//
// The store tells of its own commits. Those that the queue makes on the store's
// connection (a job was fetched, a job is done) are heard of from SQLite.
type crashGate struct {
	mu      sync.Mutex // held from a report until the go-ahead
	goAhead chan struct{}
	watch   *sql.DB // sees that a commit of another connection has happened
}

func newCrashGate(in io.Reader, database string) (*crashGate, error) {
	g := &crashGate{goAhead: make(chan struct{})}
	go func() {
		for one := make([]byte, 1); ; {
			if _, err := in.Read(one); err != nil {
				os.Exit(1) // the parent is gone
			}
			g.goAhead <- struct{}{}
		}
	}()
	var err error
	if g.watch, err = sql.Open("sqlite", "file:"+database+"?mode=ro"); err != nil {
		return nil, err
	}
	g.watch.SetMaxOpenConns(1) // data_version belongs to a connection
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		hooks, ok := conn.(sqlite.HookRegisterer)
		if !ok {
			return fmt.Errorf("%T tells of no commit", conn)
		}
		jobs := false
		hooks.RegisterPreUpdateHook(func(row sqlite.SQLitePreUpdateData) { jobs = jobs || row.TableName == "river_job" })
		hooks.RegisterRollbackHook(func() { jobs = false })
		hooks.RegisterCommitHook(func() int32 {
			// A fetch that found nothing commits too, and changes nothing.
			if jobs {
				g.ofTheQueue()
			}
			jobs = false
			return 0
		})
		return nil
	})
	return g, nil
}

// report returns when the parent lets the process go on.
func (g *crashGate) report(phase, what string) {
	fmt.Fprintf(os.Stdout, "%s\t%s\n", phase, what)
	<-g.goAhead
}

func (g *crashGate) ofTheStore(before bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.report(phaseOf(before), "commit of "+committer(callers()))
}

func phaseOf(before bool) string {
	if before {
		return "before"
	}
	return "after"
}

// ofTheQueue is called before a commit and cannot be called after it. No other
// commit is let through until this one is seen to have happened.
func (g *crashGate) ofTheQueue() {
	what, ok := queueing(callers())
	if !ok {
		return // of the store, which tells itself
	}
	g.mu.Lock()
	was, err := g.version()
	g.report("before", what)
	go func() {
		defer g.mu.Unlock()
		for now := was; now == was && err == nil; now, err = g.version() {
			time.Sleep(50 * time.Microsecond)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "watching the database:", err)
			os.Exit(1)
		}
		g.report("after", what)
	}()
}

func (g *crashGate) version() (v int64, err error) {
	err = g.watch.QueryRowContext(context.Background(), `PRAGMA data_version`).Scan(&v)
	return v, err
}

// callers is the functions that led here, the innermost first.
func callers() []string {
	pcs := make([]uintptr, 80)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var names []string
	for {
		f, more := frames.Next()
		names = append(names, f.Function)
		if !more {
			return names
		}
	}
}

// committer names a commit by the method of the store that made it and the one
// of casework that wanted it.
func committer(frames []string) string {
	did, _ := firstIn(frames, "pkg/store", "write")
	if wanted, ok := firstIn(frames, "pkg/casework", "amend"); ok {
		return did + " for " + wanted
	}
	return did
}

// The commits of the queue, which are of two kinds on the way of a job.
const (
	jobFetched = "commit of the queue: a job is fetched"
	jobsDone   = "commit of the queue: jobs are done"
)

// queueing names a commit that the queue makes for itself.
func queueing(frames []string) (what string, ok bool) {
	if _, store := firstIn(frames, "pkg/store"); store {
		return "", false
	}
	if _, done := firstIn(frames, "river/internal/jobcompleter"); done {
		return jobsDone, true
	}
	query, ok := firstIn(frames, "riverdriver/riversqlite")
	if query == "Executor.JobGetAvailable" {
		return jobFetched, ok
	}
	return "commit of the queue: " + query, ok
}

// firstIn is the innermost function of a package, without closures, that is not
// one of those.
func firstIn(frames []string, pkg string, not ...string) (string, bool) {
next:
	for _, f := range frames {
		_, name, ok := strings.Cut(f, pkg+".")
		if !ok {
			continue
		}
		name = strings.NewReplacer("(*", "", ")", "").Replace(name)
		if at := strings.Index(name, ".func"); at >= 0 {
			name = name[:at]
		}
		for _, n := range not {
			if strings.HasSuffix(name, "."+n) {
				continue next
			}
		}
		return name, true
	}
	return "", false
}
