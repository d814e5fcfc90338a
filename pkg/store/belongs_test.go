package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// withContent is a store on SQLite, closed, in which a case has a content.
func withContent(t *testing.T) (database, string, coc.Content) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	d := database{url: "sqlite:" + path, keys: newKeys(t)}
	s := d.open(t, store.Options{})
	kept := mustKeep(t, s, noise(10))
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d, path + "-evidence", kept
}

func (d database) refuses(t *testing.T, opts store.Options, says string) {
	t.Helper()
	s, err := store.Open(t.Context(), d.url, d.keys, opts)
	if err == nil {
		t.Fatal("it opens", s.Close())
	}
	var r coc.Refusal
	if !errors.As(err, &r) || !strings.Contains(r.What, says) {
		t.Errorf("%v", err)
	}
}

func TestEvidenceOfAnotherDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	d, file, kept := withContent(t)
	_, foreign, _ := withContent(t)
	theirs, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(theirs)
	for _, opts := range []store.Options{{}, {AsItIs: true}, {ContentsLost: true}} {
		d.refuses(t, opts, "belongs to another database")
	}
	if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, theirs) {
		t.Errorf("something was written to it: %v", err)
	}
	put(ours)
	s := d.open(t, store.Options{})
	if got, err := readAll(t, s, kept); err != nil || !bytes.Equal(got, noise(10)) {
		t.Errorf("%v", err)
	}
}

// unbound makes of a file with contents what it was before it was bound to a store.
func unbound(t *testing.T, file string) {
	t.Helper()
	onFile(t, file, func(db *sql.DB) error {
		_, err := db.ExecContext(t.Context(), `DROP TABLE binding; DELETE FROM schema_version WHERE version > 1`)
		return err
	})
}

func onFile(t *testing.T, file string, do func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func contentsIn(t *testing.T, file string) (n int) {
	t.Helper()
	onFile(t, file, func(db *sql.DB) error {
		return db.QueryRowContext(t.Context(), `SELECT count(*) FROM contents`).Scan(&n)
	})
	return n
}

func TestUnboundEvidenceOfAnotherDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	d, file, _ := withContent(t)
	_, foreign, _ := withContent(t)
	unbound(t, foreign)
	theirs, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, theirs, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, opts := range []store.Options{{}, {AsItIs: true}, {ContentsLost: true}} {
		d.refuses(t, opts, "belongs to another database")
	}
	if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, theirs) {
		t.Errorf("something was written to it: %v", err)
	}

	// Nor does a database take it that has no evidence yet.
	fresh := database{url: "sqlite:" + filepath.Join(t.TempDir(), "db"), keys: newKeys(t)}
	if err := os.WriteFile(strings.TrimPrefix(fresh.url, "sqlite:")+"-evidence", theirs, 0o600); err != nil {
		t.Fatal(err)
	}
	fresh.refuses(t, store.Options{}, "belongs to another database")
	if n := contentsIn(t, foreign); n != 1 {
		t.Errorf("it has %d contents", n)
	}
}

func TestUnboundEvidenceOfItsOwnIsBound(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *store.Store){
		"nothing": func(*testing.T, *store.Store) {},
		"a content of a case, and one of nobody": func(t *testing.T, s *store.Store) {
			kept := mustKeep(t, s, noise(10))
			mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
			mustKeep(t, s, noise(11))
		},
		"contents of a report that waits": func(t *testing.T, s *store.Store) {
			mustKeep(t, s, noise(10))
			mustTake(t, s, intake("one"))
		},
		"a part of one": func(t *testing.T, s *store.Store) {
			if _, err := store.ContentsDB(s).ExecContext(t.Context(), `INSERT INTO contents (id, born) VALUES ('part', 1)`); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "db")
			d, opts := database{url: "sqlite:" + path, keys: newKeys(t)}, store.Options{Now: func() time.Time { return noon }}
			s := d.open(t, opts)
			prepare(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			unbound(t, path+"-evidence")
			if err := d.open(t, opts).Close(); err != nil {
				t.Fatal(err)
			}
			onFile(t, path+"-evidence", func(db *sql.DB) error {
				var bound int
				err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM binding`).Scan(&bound)
				if bound != 1 {
					t.Error("it is not bound")
				}
				return err
			})
			want := 1
			if name == "nothing" || name == "a part of one" {
				want = 0
			}
			if n := contentsIn(t, path+"-evidence"); n != want {
				t.Errorf("%d contents, want %d", n, want)
			}
		})
	}
}

func TestMissingEvidenceIsNoticedBeforeAnythingIsKept(t *testing.T) {
	t.Parallel()
	d, file, kept := withContent(t)
	for _, empty := range []bool{false, true} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if empty {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d.refuses(t, store.Options{}, "is missing or empty, and cases have 1 files and captures in it")
		d.refuses(t, store.Options{AsItIs: true}, "is missing or empty")
	}
	// Who says that it is lost goes on with an empty one.
	s := d.open(t, store.Options{ContentsLost: true})
	if _, err := readAll(t, s, kept); err == nil {
		t.Error("what is lost is there")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open(t, store.Options{})
	if got, err := readAll(t, s, mustKeep(t, s, noise(11))); err != nil || len(got) != 11 {
		t.Errorf("%v", err)
	}
}
