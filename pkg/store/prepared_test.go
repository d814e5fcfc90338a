package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"

	"github.com/cocrouter/cocrouter/pkg/store"
)

// counted counts what its connections are asked to prepare and what is still open.
type counted struct {
	driver.Connector
	made, open, direct int
}

func (c *counted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countedConn{conn.(store.Preparer), c}, nil
}

type countedConn struct {
	store.Preparer
	by *counted
}

func (c countedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.Preparer.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.by.made++
	c.by.open++
	return countedStmt{s.(store.Runner), c.by}, nil
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.by.direct++
	return c.Preparer.ExecContext(ctx, query, args)
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.by.direct++
	return c.Preparer.QueryContext(ctx, query, args)
}

type countedStmt struct {
	store.Runner
	by *counted
}

func (s countedStmt) Close() error {
	s.by.open--
	return s.Runner.Close()
}

// keeping is a database with a table of the numbers up to three, on one connection.
func keeping(t *testing.T) (*sql.DB, *counted) {
	t.Helper()
	made, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "db") + "?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{Connector: made}
	db := sql.OpenDB(store.Preparing(c))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if c.open != 0 {
			t.Errorf("%d statements are left of a connection that is closed", c.open)
		}
	})
	execute(t, db, `CREATE TABLE numbers (n INTEGER PRIMARY KEY)`)
	for n := 1; n <= 3; n++ {
		execute(t, db, `INSERT INTO numbers (n) VALUES (?)`, n)
	}
	return db, c
}

func execute(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// number is what a query comes to, asked in a transaction or outside of all.
func number(t *testing.T, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, args ...any,
) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestWhatIsAskedAgainIsPreparedOnce(t *testing.T) {
	t.Parallel()
	db, c := keeping(t)
	before := *c
	for n := range 10 {
		if got := number(t, db, `SELECT max(n) FROM numbers WHERE n <= ?`, n%3+1); got != n%3+1 {
			t.Errorf("the greatest up to %d is %d", n%3+1, got)
		}
		tx := begin(t, db)
		if got := number(t, tx, `SELECT max(n) FROM numbers WHERE n <= ?`, 2); got != 2 {
			t.Errorf("in a transaction the greatest up to 2 is %d", got)
		}
		if _, err := tx.ExecContext(t.Context(), `INSERT INTO numbers (n) VALUES (?)`, 10+n); err != nil {
			t.Error(err)
		}
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	}
	if got := number(t, db, `SELECT count(*) FROM numbers`); got != 13 {
		t.Errorf("there are %d numbers, not 13", got)
	}
	if made := c.made - before.made; made != 2 || c.direct != before.direct {
		t.Errorf("%d are prepared and %d beside them, not the two that are new", made, c.direct-before.direct)
	}
}

func TestWhatIsAskedWhileItsRowsAreReadDisturbsThemNot(t *testing.T) {
	t.Parallel()
	db, c := keeping(t)
	tx := begin(t, db)
	defer tx.Rollback()
	const upTo = `SELECT n FROM numbers WHERE n <= ? ORDER BY n DESC`
	rows, err := tx.QueryContext(t.Context(), upTo, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		got = append(got, n, number(t, tx, upTo, n-1+n%2)) // itself if odd, else the one before
	}
	if err := rows.Err(); err != nil || fmt.Sprint(got) != "[3 3 2 1 1 1]" {
		t.Errorf("they are %v, %v", got, err)
	}
	made := c.made
	if n := number(t, tx, upTo, 2); n != 2 || c.made != made {
		t.Errorf("afterwards it is %d, and it is prepared anew: %v", n, c.made != made)
	}
}

func TestSoManyStatementsAreKeptAndNoMore(t *testing.T) {
	t.Parallel()
	db, c := keeping(t)
	for n := range 2 * store.KeptStatements {
		number(t, db, `SELECT count(*) FROM numbers`) // is not the one that goes
		number(t, db, fmt.Sprintf(`SELECT count(*) + %d FROM numbers`, n))
		if c.open > store.KeptStatements {
			t.Fatalf("%d are open", c.open)
		}
	}
	if c.open != store.KeptStatements {
		t.Errorf("%d are open", c.open)
	}
	made := c.made
	number(t, db, `SELECT count(*) FROM numbers`)
	if c.made != made {
		t.Error("what is asked all the time has gone")
	}
}

func TestStatementKnowsWhatHasBecomeOfItsTable(t *testing.T) {
	t.Parallel()
	db, _ := keeping(t)
	columns := func() []string {
		rows, err := db.QueryContext(t.Context(), `SELECT * FROM numbers`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err := errors.Join(err, rows.Err()); err != nil {
			t.Fatal(err)
		}
		return names
	}
	columns()
	execute(t, db, `ALTER TABLE numbers ADD COLUMN name TEXT`)
	if names := columns(); fmt.Sprint(names) != "[n name]" {
		t.Errorf("with a column more it has %v", names)
	}
	execute(t, db, `DROP TABLE numbers`)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO numbers (n) VALUES (?)`, 1); err == nil {
		t.Error("it writes into a table that is gone")
	}
	execute(t, db, `CREATE TABLE numbers (n INTEGER, more INTEGER)`)
	execute(t, db, `INSERT INTO numbers (n) VALUES (?)`, 1)
	if names := columns(); fmt.Sprint(names) != "[n more]" {
		t.Errorf("made anew it has %v", names)
	}
}

func TestWhatFailsIsPreparedAnew(t *testing.T) {
	t.Parallel()
	db, c := keeping(t)
	made, open := c.made, c.open
	if _, err := db.ExecContext(t.Context(), `INSERT INTO numbers (n) VALUES (?)`, 3); err == nil {
		t.Fatal("the same number is there twice")
	}
	if c.open != open-1 {
		t.Error("what has failed is kept")
	}
	execute(t, db, `INSERT INTO numbers (n) VALUES (?)`, 4)
	if c.made != made+1 || c.open != open {
		t.Errorf("%d are prepared, and of %d are open %d", c.made-made, open, c.open)
	}
}

// What makes tables comes once, and a setting may take effect when it is prepared.
func TestOnlyWhatReadsAndWritesRowsIsKept(t *testing.T) {
	t.Parallel()
	db, c := keeping(t)
	for query, kept := range map[string]bool{
		`SELECT 1`: true,
		"-- name: Of the queue's :one\n\n-- and more\n\tselect 2": true,
		"\n\t\tWITH a AS (SELECT 1) SELECT * FROM a":              true,
		`UPDATE numbers SET n = n`:                                true,
		"DELETE\nFROM numbers WHERE n > 100":                      true,
		`PRAGMA secure_delete(ON)`:                                false,
		`CREATE TABLE IF NOT EXISTS more (n INTEGER)`:             false,
		`DROP TABLE IF EXISTS more`:                               false,
		`SAVEPOINT a; RELEASE a`:                                  false,
		"-- nothing":                                              false,
	} {
		open := c.open
		execute(t, db, query)
		if (c.open > open) != kept {
			t.Errorf("%q is kept: %v", query, c.open > open)
		}
	}
}
