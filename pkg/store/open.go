package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/riverqueue/river"

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
	// Now is the clock; nil is Machine's, on PostgreSQL put right by the
	// database's, so that all who share it have one.
	Now func() time.Time
	// LeaseNow is the clock of leases, which bound work under way by the time that
	// it may really take; nil is Machine's, put right as well, whatever Now is.
	LeaseNow func() time.Time
	// Machine is the clock of this machine, right or wrong; nil is the system's.
	Machine func() time.Time
	// KeysURL is the database with the keys where the records are in PostgreSQL.
	// "" is the same server, and the database's name with -keys appended.
	KeysURL string
	// Migrated is told of every step that brought a schema to a newer version.
	// nil: nobody is.
	Migrated func(step string)
	// Waiting is told when another process makes the schema and this one waits for
	// it. nil: nobody is.
	Waiting func()
	// AsItIs opens only a store whose schema is the newest already, and waits for
	// nobody who makes it: for who looks into what servers use, and must not change
	// it under those of an older version.
	AsItIs bool
	// ContentsLost goes on with an empty file in place of the one with the contents,
	// where cases have some that are lost for good.
	ContentsLost bool
}

// Store keeps everything. It is safe for concurrent use. There is no usable
// zero value: get one from Open, and Close it.
type Store struct {
	keys *seal.Keys
	opts Options

	dialect dialect
	lock    *os.File   // of SQLite: holds PATH.lock
	files   []openFile // of SQLite: those that must stay where they are
	db      *sql.DB    // on SQLite the one connection that writes
	read    *sql.DB    // on SQLite connections that cannot
	// contents holds what is kept as evidence: on SQLite the one connection that
	// writes into a file of its own, else the same as db.
	contents, readContents *sql.DB
	contentsFile           openFile

	ring  *ring
	jobs  *river.Client[*sql.Tx] // inserts only
	clock machineClock

	leases leases
	erased atomic.Bool  // something was erased since the logs were last cut
	swept  atomic.Int64 // when contents were swept last, in Unix milliseconds

	takes  chan *taking
	line   *line
	mu     sync.RWMutex // closed and the sending side of takes
	closed bool
	worked sync.WaitGroup // the committer
}

// Open opens or creates the store at url: "sqlite:PATH", or "postgres://…" for
// the records and another database for the keys. The newest schema holds
// afterwards; of several processes that open at once, one makes it and the
// others wait. What the operator can mend is a coc.Refusal: a url of another
// kind, a file in use by another process, a database that cannot be reached, a
// sealing key that is not the store's, a store of a newer version; of an older
// one with Options.AsItIs.
func Open(ctx context.Context, url string, keys *seal.Keys, opts Options) (*Store, error) {
	s := newStore(keys, opts)
	if err := s.open(ctx, url); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	if !opts.AsItIs {
		if err := s.sweepContents(ctx, !s.dialect.shared); err != nil {
			return nil, errors.Join(err, s.closeFiles())
		}
		if err := s.listResponders(ctx); err != nil {
			return nil, errors.Join(err, s.closeFiles())
		}
	}
	s.worked.Go(s.commitTakes)
	return s, nil
}

// newStore is a store without its databases.
func newStore(keys *seal.Keys, opts Options) *Store {
	if opts.Commit == nil {
		opts.Commit = func(bool) {}
	}
	if opts.Taken == nil {
		opts.Taken = func(int, time.Duration) {}
	}
	if opts.Migrated == nil {
		opts.Migrated = func(string) {}
	}
	if opts.Waiting == nil {
		opts.Waiting = func() {}
	}
	s := &Store{keys: keys, opts: opts, takes: make(chan *taking, batchLimit), line: newLine()}
	if s.clock.machine = opts.Machine; opts.Machine == nil {
		s.clock.machine = time.Now
	}
	if opts.Now == nil {
		s.opts.Now = s.clock.now
	}
	if opts.LeaseNow == nil {
		s.opts.LeaseNow = s.clock.now
	}
	s.ring = &ring{
		keys: keys, write: s.write, now: s.opts.Now, making: make(chan struct{}, 1),
		uses: map[int64]int{}, made: map[int64]bool{},
	}
	return s
}

func (s *Store) open(ctx context.Context, url string) error {
	release, err := s.connect(ctx, url)
	if err != nil {
		return err
	}
	defer release()
	if err := s.compareClocks(ctx, comparisons); err != nil {
		return err
	}
	if err := s.tables(ctx); err != nil {
		return err
	}
	if err := s.bind(ctx); err != nil || s.dialect.shared {
		return err
	}
	if err := s.bindContents(ctx); err != nil {
		return err
	}
	return s.freeJobs(ctx)
}

// connect opens the databases. Until release is called, no other process makes
// tables in them or binds them together.
func (s *Store) connect(ctx context.Context, url string) (release func(), err error) {
	scheme, rest, _ := strings.Cut(url, ":")
	release = func() {}
	switch {
	case scheme == "sqlite" && rest != "":
		s.dialect = sqlite
		s.ring.db, err = s.openSQLite(rest)
	case scheme == "postgres" || scheme == "postgresql":
		s.dialect = postgres
		s.ring.db, release, err = s.openPostgres(ctx, url)
		s.ring.fence = s.db
	default:
		err = coc.Refusal{
			What: "The database URL names no database that cocrouter can use.",
			Next: "Write it as sqlite:PATH, where PATH is a file, or as postgres://USER@HOST/DATABASE.",
		}
	}
	return release, err
}

// tables brings every schema to its newest version.
func (s *Store) tables(ctx context.Context) error {
	if err := s.migrate(ctx, s.ring.db, "keys", keysSchema); err != nil {
		return err
	}
	if err := s.migrate(ctx, s.db, "records", mainSchema); err != nil {
		return err
	}
	if err := s.contentsLost(ctx); err != nil {
		return err
	}
	if err := s.contentsOurs(ctx); err != nil {
		return err
	}
	if !s.dialect.shared {
		if err := s.migrate(ctx, s.contents, "evidence", contentsSchema); err != nil {
			return err
		}
	}
	if err := s.migrateJobs(ctx); err != nil {
		return err
	}
	var err error
	s.jobs, err = s.newJobs()
	return err
}

// Shared reports whether other processes may have the store open, too, which is
// so on PostgreSQL and not on SQLite.
func (s *Store) Shared() bool { return s.dialect.shared }

// DB is what the worker's queue runs on. On SQLite it is the one connection that
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
	// On PostgreSQL one pool reads and writes; closing it twice does no harm.
	for _, db := range []*sql.DB{s.readContents, s.contents, s.read, s.db, s.ring.db} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		// Closing alone would leave the lock with a child that is being started at
		// this moment and has the file, too, until it runs its own program.
		errs = append(errs, syscall.Flock(int(s.lock.Fd()), syscall.LOCK_UN), s.lock.Close())
	}
	return errors.Join(errs...)
}

// whyOver is why a transaction is over already: it is rolled back as soon as its context
// ends, and from then on says only that it is not there.
func whyOver(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// write runs one transaction. Every commit of a record goes through here.
func (s *Store) write(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := do(tx); err != nil {
		return whyOver(ctx, err)
	}
	s.opts.Commit(true)
	err = whyOver(ctx, tx.Commit())
	s.opts.Commit(false)
	if err == nil {
		err = s.there()
	}
	if err != nil {
		// The database may have done it before the line broke.
		return fmt.Errorf("%w: %w", coc.ErrUnsure, err)
	}
	return nil
}
