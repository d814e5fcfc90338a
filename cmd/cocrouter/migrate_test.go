package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// storeConfig is a configuration with a database and its sealing key, and
// nothing else.
func storeConfig(t *testing.T, database string) string {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "sealing.key")
	if _, err := keygen(key); err != nil {
		t.Fatal(err)
	}
	if database == "" {
		database = "sqlite:" + filepath.Join(dir, "cocrouter.db")
	}
	return put(t, dir, "cocrouter.yml", fmt.Sprintf("database: %q\nsealing_key_file: %s\n", database, key))
}

func tell(t *testing.T, want int, args ...string) (out, problems string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := runContext(t.Context(), args, terminal{strings.NewReader(""), &o, &e}); got != want {
		t.Errorf("%s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

func TestMigrateSaysWhatItDidAndThenThatNothingIsLeft(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return postgrestest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := storeConfig(t, database(t))
			first, _ := tell(t, exitFine, "migrate", "--config", config)
			for _, of := range []string{"schema of the keys: version 1", "schema of the records: version 1", "schema of the jobs: version "} {
				if !strings.Contains(first, of) {
					t.Errorf("the first time it does not say %q:\n%s", of, first)
				}
			}
			if again, _ := tell(t, exitFine, "migrate", "--config", config); again != "The schema is the newest already.\n" {
				t.Errorf("the second time it says:\n%s", again)
			}
		})
	}
}

func TestMigrateOfEightReplicasAtOnceMakesOneSchema(t *testing.T) {
	t.Parallel()
	config := storeConfig(t, postgrestest.URL(t))
	var said [8]string
	var all sync.WaitGroup
	for i := range said {
		all.Go(func() { said[i], _ = tell(t, exitFine, "migrate", "--config", config) })
	}
	all.Wait()
	if n := strings.Count(strings.Join(said[:], ""), "schema of the records: version 1\n"); n != 1 {
		t.Errorf("%d of them made version 1", n)
	}
}

// A start that takes long must not look like one that hangs.
func TestServerThatWaitsForTheSchemaLogsIt(t *testing.T) {
	t.Parallel()
	c := strong(t, t.TempDir())
	c.Database = postgrestest.URL(t)
	s, err := c.settle()
	if err != nil {
		t.Fatal(err)
	}
	const lock = 7266518450321 // the store's, of whoever makes tables
	db := operating(t, c.Database)
	if _, err := db.ExecContext(t.Context(), `SELECT pg_advisory_lock($1)`, lock); err != nil {
		t.Fatal(err)
	}
	log := &lines{}
	started := make(chan error, 1)
	go func() {
		srv, err := newServer(t.Context(), s, zerolog.New(log), tuning{})
		if err == nil {
			err = srv.store.Close()
		}
		started <- err
	}()
	waitFor(t, func() bool { return strings.Contains(log.String(), "waiting for it") })
	if _, err := db.ExecContext(t.Context(), `SELECT pg_advisory_unlock($1)`, lock); err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil {
		t.Error(err)
	}
}

func TestMigrateRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	config := storeConfig(t, "")
	c, err := readConfig(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.settleStore()
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.openStore(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, problem := tell(t, exitWrong, "migrate", "--config", config); !strings.Contains(problem, "Another process has the database open") || !strings.Contains(problem, "Stop it") {
		t.Errorf("beside a running server:\n%s", problem)
	}
	missing := "postgres://nobody@/nothing?host=" + t.TempDir()
	if _, problem := tell(t, exitWrong, "migrate", "--config", storeConfig(t, missing)); !strings.Contains(problem, "cannot be reached") {
		t.Errorf("without a server:\n%s", problem)
	}
	if _, problem := tell(t, exitUsage, "migrate"); !strings.Contains(problem, "config") {
		t.Errorf("without a configuration:\n%s", problem)
	}
	if _, problem := tell(t, exitUsage, "migrate", "--config", put(t, t.TempDir(), "c.yml", "database: mysql:x")); !strings.Contains(problem, "neither of the form") || !strings.Contains(problem, "sealing_key_file is missing") {
		t.Errorf("with a wrong configuration:\n%s", problem)
	}
}

// TestServeChoosesByTheDatabaseURL opens a whole server on PostgreSQL, twice:
// two replicas.
func TestServeChoosesByTheDatabaseURL(t *testing.T) {
	t.Parallel()
	c := strong(t, t.TempDir())
	c.Database = postgrestest.URL(t)
	s, err := c.settle()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		srv, err := newServer(t.Context(), s, newLog(os.Stderr), tuning{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = srv.store.Close() })
		if !srv.store.Shared() {
			t.Error("it is not a database that replicas share")
		}
		if err := srv.store.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	}
	other := s
	other.Database = "sqlite:" + filepath.Join(t.TempDir(), "db")
	first, err := newServer(t.Context(), other, newLog(os.Stderr), tuning{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.store.Close()
	_, err = newServer(t.Context(), other, newLog(os.Stderr), tuning{})
	if r, ok := errors.AsType[coc.Refusal](err); !ok || !strings.Contains(r.What, "Another process has the database open") {
		t.Errorf("a second process on SQLite: %v", err)
	}
}
