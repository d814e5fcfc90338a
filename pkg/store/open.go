package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	_ "modernc.org/sqlite" // the database driver

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Options of a store; the zero value is what a server uses.
type Options struct {
	// Commit is called just before and just after every commit but those that
	// make the tables. Tests kill the process here.
	Commit func(before bool)
	// Taken is told of every shared commit of intakes: how many, and how long
	// it took. Nil: nobody is.
	Taken func(intakes int, took time.Duration)
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Store keeps everything. It is safe for concurrent use. There is no usable
// zero value: get one from Open, and Close it.
type Store struct {
	keys *seal.Keys
	opts Options

	lock *os.File // holds PATH.lock
	db   *sql.DB  // the one connection that writes
	read *sql.DB  // connections that cannot
	ring *ring
	jobs *river.Client[*sql.Tx] // inserts only

	leases leases
	erased atomic.Bool // something was erased since the logs were last cut

	takes  chan *taking
	line   *line
	mu     sync.RWMutex // closed and the sending side of takes
	closed bool
	worked sync.WaitGroup // the committer
}

// Open opens or creates the store at url, "sqlite:PATH". What the operator can
// mend is a coc.Refusal: a url of another kind, a file in use by another
// process, a sealing key that is not the store's, a store of a newer version.
func Open(ctx context.Context, url string, keys *seal.Keys, opts Options) (*Store, error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok || path == "" {
		return nil, coc.Refusal{
			What: "The database URL names no database that this version can use.",
			Next: "Write it as sqlite:PATH, where PATH is a file.",
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if opts.Commit == nil {
		opts.Commit = func(bool) {}
	}
	if opts.Taken == nil {
		opts.Taken = func(int, time.Duration) {}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Store{keys: keys, opts: opts, takes: make(chan *taking, batchLimit), line: newLine()}
	if err := s.open(ctx, path); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.worked.Go(s.commitTakes)
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return unusable(path, err)
	}
	var err error
	if s.lock, err = lockFile(path + ".lock"); err != nil {
		return err
	}
	keysPath := path + "-keys"
	for _, p := range []string{path, keysPath} {
		if err := private(p); err != nil {
			return unusable(p, err)
		}
	}
	if s.db, err = connect(path, false); err != nil {
		return err
	}
	if s.read, err = connect(path, true); err != nil {
		return err
	}
	keysDB, err := connect(keysPath, false)
	if err != nil {
		return err
	}
	s.ring = &ring{keys: s.keys, db: keysDB, write: s.write, now: s.opts.Now, uses: map[int64]int{}}

	if err := migrate(ctx, keysDB, keysSchema); err != nil {
		return err
	}
	if err := migrate(ctx, s.db, mainSchema); err != nil {
		return err
	}
	if err := migrateJobs(ctx, s.db); err != nil {
		return err
	}
	if err := s.bind(ctx); err != nil {
		return err
	}
	if s.jobs, err = newJobs(s.db); err != nil {
		return err
	}
	return s.freeJobs(ctx)
}

// DB is the connection that the worker's queue runs on. It is the one that
// writes, so that the database never has two writers.
func (s *Store) DB() *sql.DB { return s.db }

// Close finishes the intakes that are waiting, cuts the logs and lets the files
// go. Nothing may be called afterwards, and the worker must have stopped before.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.takes)
	s.mu.Unlock()

	s.worked.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(s.tidy(ctx, true), s.closeFiles())
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.ring != nil {
		errs = append(errs, s.ring.db.Close())
	}
	if s.lock != nil {
		// Closing alone would leave the lock with a child that is being started at
		// this moment and has the file, too, until it runs its own program.
		errs = append(errs, syscall.Flock(int(s.lock.Fd()), syscall.LOCK_UN), s.lock.Close())
	}
	return errors.Join(errs...)
}

// write runs one transaction. Every commit of a record goes through here.
func (s *Store) write(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := do(tx); err != nil {
		return err
	}
	s.opts.Commit(true)
	err = tx.Commit()
	s.opts.Commit(false)
	if err != nil {
		// The database may have done it before the line broke.
		return fmt.Errorf("%w: %w", coc.ErrUnsure, err)
	}
	return nil
}

// connect opens a database file, which must exist. A writer has one connection
// and takes the write lock when a transaction begins, so that it never finds
// out in the middle that it cannot have it.
func connect(path string, readOnly bool) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"secure_delete(ON)", "foreign_keys(ON)", "temp_store(MEMORY)",
	}}
	conns := 1
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(ON)")
		conns = 4
	} else {
		q.Set("_txlock", "immediate")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// lockFile keeps a second process away. The kernel lets go when the process
// ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, coc.Refusal{
				What: fmt.Sprintf("Another process has the database open (%s is locked).", path),
				Next: "Stop it, or give this one a database of its own.",
			}
		}
		return nil, unusable(path, err)
	}
	return f, nil
}

// private makes sure that the file exists and that only its owner can read it;
// SQLite gives its logs the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func unusable(path string, err error) error {
	reason := err
	if p, ok := errors.AsType[*os.PathError](err); ok {
		reason = p.Err
	}
	return coc.Refusal{
		What: fmt.Sprintf("The database file %s cannot be used: %v.", path, reason),
		Next: "Give the account that cocrouter runs under a directory that it may write to.",
	}
}
