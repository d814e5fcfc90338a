package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// keptStatements is how many statements a connection keeps prepared. All that this
// package and the queue have are fewer; what is made up as it goes, such as an insert
// of so many rows at once, takes turns.
const keptStatements = 128

// preparing makes connections that prepare what they are asked again only once. In
// SQLite, which is in this process, parsing and planning a small statement takes longer
// than running it. PostgreSQL's driver keeps its own.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := conn.(preparer)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver gave a %T", conn), conn.Close())
	}
	return &preparedConn{preparer: own, kept: map[string]*prepared{}}, nil
}

// preparer is all that SQLite's driver can do that database/sql asks for.
type preparer interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// preparedConn, like every connection, is used by one goroutine at a time.
type preparedConn struct {
	preparer
	kept map[string]*prepared
	uses int64
}

// prepared is a statement that is kept. One whose rows are still read cannot begin anew.
type prepared struct {
	runner
	used int64 // at which use of the connection, so that the one longest unused can go
	busy bool
}

type runner interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// Unwrap is for the driver's own functions, which want its own connection.
func (c *preparedConn) Unwrap() driver.Conn { return c.preparer }

// Close closes what is kept, too: a connection with statements would stay open.
func (c *preparedConn) Close() error {
	var errs []error
	for query := range c.kept {
		errs = append(errs, c.drop(query))
	}
	return errors.Join(append(errs, c.preparer.Close())...)
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.preparer.ExecContext(ctx, query, args)
	}
	r, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.drop(query))
	}
	return r, nil
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.preparer.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.drop(query))
	}
	s.busy = true
	return preparedRows{rows, func() error {
		s.busy = false
		if err := rows.Close(); err != nil {
			return errors.Join(err, c.drop(query))
		}
		return nil
	}}, nil
}

// preparedRows leave their statement to others when they are closed.
type preparedRows struct {
	driver.Rows
	leave func() error
}

func (r preparedRows) Close() error { return r.leave() }

// prepared is a statement that can be run at once; nil where the query has none.
func (c *preparedConn) prepared(ctx context.Context, query string) (*prepared, error) {
	c.uses++
	if s := c.kept[query]; s != nil {
		if s.busy {
			return nil, nil
		}
		s.used = c.uses
		return s, nil
	}
	if !keepable(query) || len(c.kept) >= keptStatements && !c.makeRoom() {
		return nil, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	own, ok := made.(runner)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver gave a %T", made), made.Close())
	}
	s := &prepared{runner: own, used: c.uses}
	c.kept[query] = s
	return s, nil
}

// makeRoom drops the statement that was not used for the longest time.
func (c *preparedConn) makeRoom() bool {
	var oldest string
	for query, s := range c.kept {
		if !s.busy && (oldest == "" || s.used < c.kept[oldest].used) {
			oldest = query
		}
	}
	return oldest != "" && c.drop(oldest) == nil
}

// drop closes a statement: what has failed is prepared anew.
func (c *preparedConn) drop(query string) error {
	s, ok := c.kept[query]
	if !ok {
		return nil // its rows are closed after the connection
	}
	delete(c.kept, query)
	return s.Close()
}

// keepable reports whether a query is one of those that come again. What makes tables
// comes once, and some of the settings take effect when they are prepared.
func keepable(query string) bool {
	query = strings.TrimSpace(query)
	for strings.HasPrefix(query, "--") { // the queue's have their name before them
		_, query, _ = strings.Cut(query, "\n")
		query = strings.TrimSpace(query)
	}
	for _, word := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} {
		if len(query) > len(word) && strings.EqualFold(query[:len(word)], word) {
			return true
		}
	}
	return false
}
