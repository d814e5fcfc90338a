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
	"syscall"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	driver "modernc.org/sqlite"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var sqlite = dialect{
	name:    "SQLite",
	schema:  func(text string) string { return text },
	queue:   func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return unnotifiedSQLite{riversqlite.New(db)} },
	insert:  insertOneByOne,
	clash:   never, // there is one writer
	keyGone: never,
	noTable: func(err error) bool { return err != nil && strings.Contains(err.Error(), "no such table") },
}

// unnotifiedSQLite is the driver without River's table of notifications. The
// worker polls: on SQLite, listening would be polling too, with a row per
// insert.
type unnotifiedSQLite struct{ *riversqlite.Driver }

func (unnotifiedSQLite) SupportsListenNotify() bool { return false }

// contentsEnding is what the name of the file with the contents has behind that of
// the records. They are apart so that an upload, which is many commits, does not
// stand before a report.
const contentsEnding = "-evidence"

// openSQLite opens the files of the records, of the contents and of the keys, which
// this process has for itself from then on.
func (s *Store) openSQLite(path string) (keysDB *sql.DB, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unusable(path, err)
	}
	if s.lock, err = lockFile(path + ".lock"); err != nil {
		return nil, err
	}
	keysPath := path + "-keys"
	for _, p := range []string{path, keysPath} {
		file, err := private(p)
		if err != nil {
			return nil, unusable(p, err)
		}
		s.files = append(s.files, file)
	}
	if s.contentsFile, err = private(path + contentsEnding); err != nil {
		return nil, unusable(path+contentsEnding, err)
	}
	if s.contents, err = connect(path+contentsEnding, false); err != nil {
		return nil, err
	}
	if s.readContents, err = connect(path+contentsEnding, true); err != nil {
		return nil, err
	}
	if s.db, err = connect(path, false); err != nil {
		return nil, err
	}
	if s.read, err = connect(path, true); err != nil {
		return nil, err
	}
	return connect(keysPath, false)
}

// connect opens a database file, which must exist. A writer has one connection
// and takes the write lock when a transaction begins, so that it never finds
// out in the middle that it cannot have it.
func connect(path string, readOnly bool) (*sql.DB, error) {
	// A connection that is opened anew while the file is away must not make an
	// empty one in its place and stay with that.
	q := url.Values{"mode": {"rw"}, "_pragma": {
		// Only somebody else's program can be in the way; who waits here cannot be
		// told to stop waiting.
		"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)",
		"secure_delete(ON)", "foreign_keys(ON)", "temp_store(MEMORY)",
	}}
	conns := 1
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(ON)")
		conns = 4
	} else {
		// 16 MB instead of 2: a large batch touches a page of each index of random
		// keys per row, and what does not fit is written twice. For the same reason
		// the log may have 16 MB, and not 4, before it is moved into its file: the
		// more it holds, the more of its pages were touched again and move once.
		q["_pragma"] = append(q["_pragma"], "cache_size(-16000)", "wal_autocheckpoint(4000)")
		q.Set("_txlock", "immediate")
	}
	connector, err := driver.NewConnector((&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	db := sql.OpenDB(preparing{connector})
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
func private(path string) (openFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return openFile{}, err
	}
	info, err := f.Stat()
	return openFile{path, info}, errors.Join(err, f.Chmod(0o600), f.Close())
}

// openFile is a file of the database as it was when it was opened.
type openFile struct {
	path string
	info os.FileInfo
}

// there reports whether the files are where they were. SQLite goes on writing
// into one that was deleted or replaced, and what it promises then is gone with
// the process.
func (s *Store) there() error {
	for _, f := range s.files {
		if err := f.there(); err != nil {
			return err
		}
	}
	return nil
}

func (f openFile) there() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("the database's file: %w", err)
	}
	if !os.SameFile(info, f.info) {
		return fmt.Errorf("the database's file %s is another one now", f.path)
	}
	return nil
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

// cutLog moves a write-ahead log into its file and empties it. busy says that a
// reader is in the way, which is no error.
func cutLog(ctx context.Context, db *sql.DB) (busy bool, err error) {
	var pages, moved int
	err = db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	return busy, err
}
