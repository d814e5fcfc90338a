package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// A server has 100 connections by default. So many replicas as are sensible
	// leave some of them for others.
	recordConns, keyConns = 16, 4

	// migrationLock is the advisory lock of whoever makes tables; the number
	// means nothing.
	migrationLock = 7266518450321

	connectWithin = 5 * time.Second
)

// The SQLSTATEs that are told apart.
const (
	foreignKeyViolation = "23503"
	serializationFailed = "40001"
	deadlockDetected    = "40P01"
	noSuchDatabase      = "3D000"
	undefinedTable      = "42P01"
	notPermitted        = "42501"
	classAuthorization  = "28" // the first two characters: who are you, and wrong password
)

var postgres = dialect{
	name:    "PostgreSQL",
	shared:  true,
	schema:  postgresWords.Replace,
	queue:   func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return unnotifiedPostgres{riverdatabasesql.New(db)} },
	insert:  insertTogether,
	clash:   func(err error) bool { return sqlState(err, deadlockDetected) || sqlState(err, serializationFailed) },
	keyGone: func(err error) bool { return sqlState(err, foreignKeyViolation) },
	noTable: func(err error) bool { return sqlState(err, undefinedTable) },
}

// unnotifiedPostgres inserts without telling anybody: the worker polls, and a
// notification would make every commit of the server wait for every other.
type unnotifiedPostgres struct{ *riverdatabasesql.Driver }

func (unnotifiedPostgres) SupportsListenNotify() bool { return false }

func sqlState(err error, code string) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.HasPrefix(e.Code, code)
}

// openPostgres connects to both databases and holds, until release is called,
// the lock under which tables are made, where it may make any.
func (s *Store) openPostgres(ctx context.Context, records string) (keysDB *sql.DB, release func(), err error) {
	at, err := parsePostgres(records)
	if err != nil {
		return nil, nil, err
	}
	keysURL := s.opts.KeysURL
	if keysURL == "" {
		if keysURL, err = BesideURL(records); err != nil {
			return nil, nil, err
		}
	}
	keysAt, err := parsePostgres(keysURL)
	if err != nil {
		return nil, nil, err
	}
	if at.Host == keysAt.Host && at.Port == keysAt.Port && at.Database == keysAt.Database {
		return nil, nil, coc.Refusal{
			What: "The database of the records and the one of the keys are the same.",
			Next: "Name two: an erased key must be gone from every backup of the records, too.",
		}
	}
	s.db = sql.OpenDB(connector{stdlib.GetConnector(*at)})
	s.db.SetMaxOpenConns(recordConns)
	s.db.SetMaxIdleConns(recordConns)
	s.read, s.contents, s.readContents = s.db, s.db, s.db
	keysDB = sql.OpenDB(connector{stdlib.GetConnector(*keysAt)})
	keysDB.SetMaxOpenConns(keyConns)
	keysDB.SetMaxIdleConns(keyConns)
	if err := errors.Join(
		reachable(ctx, s.db, at, "records"),
		reachable(ctx, keysDB, keysAt, "keys"),
	); err != nil {
		return keysDB, nil, err
	}
	if s.opts.AsItIs {
		return keysDB, func() {}, nil
	}
	release, err = lockTables(ctx, s.db, s.opts.Waiting)
	return keysDB, release, err
}

// BesideURL is the URL of the database with the keys that go with the records
// at url, where nothing else is said.
func BesideURL(records string) (string, error) {
	u, err := url.Parse(records)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return "", notPostgres
	}
	u.Path += "-keys"
	u.RawPath = ""
	return u.String(), nil
}

// notPostgres does not show the URL, which may hold a password.
var notPostgres = coc.Refusal{
	What: "The database URL is not one of PostgreSQL.",
	Next: "Write it as postgres://USER@HOST/DATABASE.",
}

func parsePostgres(text string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(text)
	if err != nil || c.Database == "" {
		return nil, notPostgres
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectWithin
	}
	for name, value := range map[string]string{
		"application_name": "cocrouter",
		"timezone":         "UTC",
		// Every statement here is written for it.
		"default_transaction_isolation": "read committed",
		// What was promised survives the end of the server, too. An operator who
		// waits for standbys as well may say so.
		"synchronous_commit": "on",
		// The locks of a process whose machine went away are not held for ever.
		"idle_in_transaction_session_timeout": "60000",
		"tcp_keepalives_idle":                 "30",
	} {
		if _, given := c.RuntimeParams[name]; !given || name == "default_transaction_isolation" {
			c.RuntimeParams[name] = value
		}
	}
	if c.RuntimeParams["synchronous_commit"] == "off" {
		return nil, coc.Refusal{
			What: "The database URL switches synchronous_commit off, so that a report could be lost after its receipt.",
			Next: "Remove the setting.",
		}
	}
	return c, nil
}

// reachable refuses, with what mends it, a database that cannot be used.
func reachable(ctx context.Context, db *sql.DB, at *pgx.ConnConfig, of string) error {
	err := db.PingContext(ctx)
	what := fmt.Sprintf("The database %s of the %s ", at.Database, of)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case sqlState(err, noSuchDatabase):
		return coc.Refusal{
			What: what + "does not exist.",
			Next: fmt.Sprintf("Make it, owned by the account that cocrouter connects as: createdb --owner %s %s", at.User, at.Database),
		}
	case sqlState(err, classAuthorization), sqlState(err, notPermitted):
		return coc.Refusal{
			What: what + "refuses the account " + at.User + ".",
			Next: "Correct the account or its password, and let it own the database.",
		}
	default:
		return coc.Refusal{
			What: what + "cannot be reached at " + at.Host + ": " + reason(err) + ".",
			Next: "Start the server, or correct the database URL.",
		}
	}
}

// reason is the innermost error, which names no account and no password.
func reason(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if all := joined.Unwrap(); len(all) > 0 {
			return reason(all[0])
		}
	}
	return strings.TrimSuffix(err.Error(), ".")
}

// lockTables waits until this process alone makes tables, and tells that it has
// to. The lock goes with its connection, however the process ends.
func lockTables(ctx context.Context, db *sql.DB, waiting func()) (release func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("waiting for the lock of the schema: %w", err)
	}
	var free bool
	err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(?)`, migrationLock).Scan(&free)
	if err == nil && !free {
		waiting()
		_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock(?)`, migrationLock)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("waiting for the lock of the schema: %w", err)
	}
	return func() {
		// The connection goes back to the pool, so the lock has to be let go of; if
		// that is not possible, neither is anything else on this connection.
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(?)`, migrationLock); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		_ = conn.Close()
	}, nil
}

// connector makes connections on which an argument is a ?, as it is everywhere
// in this package.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver gave a %T", conn), conn.Close())
	}
	return connection{own}, nil
}

type connection struct{ *stdlib.Conn }

func (c connection) Prepare(query string) (driver.Stmt, error) {
	return c.Conn.Prepare(questionMarks(query))
}

func (c connection) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, questionMarks(query))
}

func (c connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, questionMarks(query), args)
}

func (c connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, questionMarks(query), args)
}

// insertTogether writes a batch in two round trips, however large it is.
//
// The lanes are locked first, until the commit: where one intake can be seen,
// every earlier one of its lane can be, too, whichever process took it. Without
// that a lane could be worked out of order.
func insertTogether(ctx context.Context, tx *sql.Tx, batch []*taking) error {
	var (
		lanes, deliveries []string
		objects, inLanes  []*string
		received, keys    []int64
		sealed            [][]byte
		first             = map[string]*taking{}
	)
	for _, t := range batch {
		t.id = 0
		if t.lane != "" && !slices.Contains(lanes, t.lane) {
			lanes = append(lanes, t.lane)
		}
		if _, twice := first[t.delivery]; twice {
			continue
		}
		first[t.delivery] = t
		deliveries, sealed = append(deliveries, t.delivery), append(sealed, t.sealed)
		objects, inLanes = append(objects, orNil(t.object)), append(inLanes, orNil(t.lane))
		received, keys = append(received, millis(t.received)), append(keys, t.key)
	}
	if len(lanes) > 0 {
		// In one order everywhere, so that two batches never wait for each other.
		_, err := tx.ExecContext(ctx, `
			SELECT pg_advisory_xact_lock(l) FROM (SELECT DISTINCT hashtextextended(lane, 0) AS l FROM unnest($1::text[]) lane ORDER BY l) locks`, lanes)
		if err != nil {
			return fmt.Errorf("locking lanes: %w", err)
		}
	}
	rows, err := tx.QueryContext(ctx, `
		INSERT INTO intakes (delivery, object, lane, received, data_key, sealed)
		SELECT delivery, object, lane, received, data_key, sealed
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
			WITH ORDINALITY AS batch (delivery, object, lane, received, data_key, sealed, n)
		ORDER BY n
		ON CONFLICT DO NOTHING RETURNING id, delivery`, deliveries, objects, inLanes, received, keys, sealed)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var delivery string
		if err := rows.Scan(&id, &delivery); err != nil {
			return err
		}
		first[delivery].id = id
	}
	return rows.Err()
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
