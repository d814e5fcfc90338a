package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// BeginSession keeps that somebody is signed in, under what their browser was
// given, of which only a keyed hash is kept.
func (s *Store) BeginSession(ctx context.Context, token string, is coc.Session) error {
	if token == "" || is.Person.IsZero() {
		return errors.New("a session needs a token and a person")
	}
	key := s.sessionKey(token)
	record, err := sealed(s.ring.own, sessionPlace(key), is)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return s.one(ctx, "session", `INSERT INTO sessions (key, until, sealed) VALUES (?, ?, ?)`, key, millis(is.Until), record)
}

// Session is who is signed in by what a browser has: coc.ErrMissing where nobody
// is, or its time is over.
func (s *Store) Session(ctx context.Context, token string) (coc.Session, error) {
	key := s.sessionKey(token)
	var is coc.Session
	var until int64
	var record []byte
	err := s.read.QueryRowContext(ctx, `SELECT until, sealed FROM sessions WHERE key = ? AND until > ?`, key, millis(s.opts.Now())).Scan(&until, &record)
	if err == nil {
		err = open(s.ring.own, sessionPlace(key), record, &is)
	}
	if err != nil {
		return coc.Session{}, fmt.Errorf("session: %w", missing(err))
	}
	is.Until = time.UnixMilli(until).UTC()
	return is, nil
}

// ProlongSession moves on when a session ends that is still there.
func (s *Store) ProlongSession(ctx context.Context, token string, until time.Time) error {
	return s.one(ctx, "session", `UPDATE sessions SET until = ? WHERE key = ?`, millis(until), s.sessionKey(token))
}

// EndSession forgets a session. One that is not there is ended.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.one(ctx, "session", `DELETE FROM sessions WHERE key = ?`, s.sessionKey(token))
}

func (s *Store) sessionKey(token string) string { return s.keys.Digest("session", token) }

func sessionPlace(key string) seal.Place { return seal.Place{Purpose: "session", Of: key} }

// Spend uses up something that works once; coc.ErrTaken: it was used before. It is
// kept until it would be of no use anyway.
func (s *Store) Spend(ctx context.Context, what string, until time.Time) error {
	key := s.keys.Digest("spent", what)
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO spent (key, until) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, millis(until))
		return changedOne(r, err, coc.ErrTaken)
	})
	if err != nil {
		return fmt.Errorf("what works once: %w", err)
	}
	return nil
}

// forgetExpired deletes what has had its time.
func (s *Store) forgetExpired(ctx context.Context) error {
	now := millis(s.opts.Now())
	var some bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sessions WHERE until <= ?) OR EXISTS (SELECT 1 FROM spent WHERE until <= ?)`, now, now).Scan(&some)
	if err != nil || !some {
		return err
	}
	return s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE until <= ?`, now)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM spent WHERE until <= ?`, now)
		}
		return err
	})
}

// one runs a single statement.
func (s *Store) one(ctx context.Context, about, query string, args ...any) error {
	err := s.write(ctx, s.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", about, err)
	}
	return nil
}
