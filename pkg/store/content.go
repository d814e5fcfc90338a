package store

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

const (
	// pieceSize is how much of a content is in memory at once, and in one commit.
	pieceSize = 256 << 10
	// unclaimedFor is how long a content may wait for the commit that it belongs to,
	// where another process may be about to make it. An upload has less.
	unclaimedFor = 2 * time.Hour
)

// contentsSchema is of the file with the contents, on SQLite. On PostgreSQL the same
// tables are among the records.
var contentsSchema = []string{`
CREATE TABLE contents (
	id   TEXT PRIMARY KEY,          -- random
	born INTEGER NOT NULL,          -- Unix milliseconds
	size INTEGER                    -- NULL until all of it is there
);
CREATE TABLE pieces (
	content TEXT NOT NULL,
	n       INTEGER NOT NULL,
	sealed  BLOB NOT NULL,          -- under a key that stands in the record of a case
	PRIMARY KEY (content, n)
);`, `
CREATE TABLE binding (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	sealed BLOB NOT NULL            -- opens only with the keys of the store that has them
);`}

// Keep seals a content as it is read, piece by piece, and returns what it is found
// and opened by, once all of it is durable. After an error nothing is kept. What no
// commit claims (coc.Change.Kept), nor a report that waits, is swept away.
func (s *Store) Keep(ctx context.Context, from io.Reader) (coc.Content, error) {
	key, secret, err := seal.NewContentKey()
	if err != nil {
		return coc.Content{}, err
	}
	c := coc.Content{ID: rand.Text(), Key: secret}
	err = s.write(ctx, s.contents, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO contents (id, born) VALUES (?, ?)`, c.ID, millis(s.opts.Now()))
		return err
	})
	if err == nil {
		err = s.keepPieces(ctx, &c, key, from)
	}
	if err == nil {
		err = s.contentsThere()
	}
	if err != nil {
		// Whoever sent it may have gone; what came of it goes, too.
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return coc.Content{}, errors.Join(fmt.Errorf("keeping a content: %w", err), s.Drop(within, c.ID))
	}
	return c, nil
}

// KeepWords is Keep for words.
func (s *Store) KeepWords(ctx context.Context, words coc.Prose) (coc.Content, error) {
	return s.Keep(ctx, seal.Words(words))
}

func (s *Store) keepPieces(ctx context.Context, c *coc.Content, key *seal.DataKey, from io.Reader) error {
	in, sum := bufio.NewReaderSize(from, 4<<10), sha256.New()
	piece := make([]byte, pieceSize)
	for n, last := 0, false; !last; n++ {
		length, err := io.ReadFull(in, piece)
		switch {
		case err == nil:
			_, err = in.Peek(1)
			last = errors.Is(err, io.EOF)
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			// The reader's own error is behind it, where it is another than the end.
			if _, err = in.Peek(1); errors.Is(err, io.EOF) {
				last = true
			}
		}
		if err != nil && !last {
			return err
		}
		sum.Write(piece[:length])
		c.Size += int64(length)
		sealed := key.Seal(seal.Piece(c.ID, n, last), piece[:length])
		err = s.write(ctx, s.contents, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO pieces (content, n, sealed) VALUES (?, ?, ?)`, c.ID, n, sealed); err != nil || !last {
				return err
			}
			r, err := tx.ExecContext(ctx, `UPDATE contents SET size = ? WHERE id = ? AND size IS NULL`, c.Size, c.ID)
			return changedOne(r, err, coc.ErrGone)
		})
		if err != nil {
			return err
		}
	}
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// Content reads what was kept, piece by piece. coc.ErrMissing: there is no such
// content; coc.ErrAltered: it is not what was kept, which may show as late as at
// its end.
func (s *Store) Content(ctx context.Context, c coc.Content) (io.ReadCloser, error) {
	key, err := seal.ContentKey(c.Key)
	if err != nil {
		return nil, fmt.Errorf("content: %w: %w", coc.ErrAltered, err)
	}
	var size sql.NullInt64
	err = s.readContents.QueryRowContext(ctx, `SELECT size FROM contents WHERE id = ?`, c.ID).Scan(&size)
	if err == nil && !size.Valid {
		err = sql.ErrNoRows // it never came whole
	}
	if err != nil {
		return nil, fmt.Errorf("content: %w", missing(err))
	}
	return &pieces{ctx: ctx, db: s.readContents, c: c, key: key, sum: sha256.New()}, nil
}

// pieces is a content that is being read.
type pieces struct {
	ctx  context.Context //nolint:containedctx // of one reading
	db   *sql.DB
	c    coc.Content
	key  *seal.DataKey
	n    int
	left []byte
	sum  hash.Hash
	read int64
	err  error
}

func (p *pieces) Read(into []byte) (int, error) {
	for len(p.left) == 0 && p.err == nil {
		p.left, p.err = p.next()
	}
	if len(p.left) > 0 {
		n := copy(into, p.left)
		p.left = p.left[n:]
		return n, nil
	}
	return 0, p.err
}

func (p *pieces) next() ([]byte, error) {
	if p.n > 0 && p.read >= p.c.Size {
		if p.read != p.c.Size || hex.EncodeToString(p.sum.Sum(nil)) != p.c.SHA256 {
			return nil, fmt.Errorf("content: %w: %w", coc.ErrAltered, seal.ErrUnopened)
		}
		return nil, io.EOF
	}
	var sealed []byte
	err := p.db.QueryRowContext(p.ctx, `SELECT sealed FROM pieces WHERE content = ? AND n = ?`, p.c.ID, p.n).Scan(&sealed)
	if err != nil {
		return nil, fmt.Errorf("piece %d of a content: %w", p.n, missing(err))
	}
	last := p.read+pieceSize >= p.c.Size
	plain, err := p.key.Open(seal.Piece(p.c.ID, p.n, last), sealed)
	if err != nil {
		return nil, fmt.Errorf("piece %d of a content: %w: %w", p.n, coc.ErrAltered, err)
	}
	p.n++
	p.read += int64(len(plain))
	p.sum.Write(plain)
	return plain, nil
}

func (p *pieces) Close() error { p.err, p.left = os.ErrClosed, nil; return nil }

// ContentWords reads a content that was kept by KeepWords.
func (s *Store) ContentWords(ctx context.Context, c coc.Content) (coc.Prose, error) {
	r, err := s.Content(ctx, c)
	if err != nil {
		return coc.Prose{}, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return coc.Prose{}, err
	}
	return coc.NewProse(string(b)), nil
}

// Drop erases a content.
func (s *Store) Drop(ctx context.Context, id string) error {
	err := s.write(ctx, s.contents, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM pieces WHERE content = ?`, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM contents WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("erasing a content: %w", err)
	}
	s.erased.Store(true)
	return nil
}

// Contents is how many bytes all contents have together.
func (s *Store) Contents(ctx context.Context) (size int64, err error) {
	if err := s.readContents.QueryRowContext(ctx, `SELECT coalesce(sum(size), 0) FROM contents`).Scan(&size); err != nil {
		return 0, fmt.Errorf("counting contents: %w", err)
	}
	return size, nil
}

// claim writes which case a content belongs to from now on.
func claim(k coc.Kept) statement {
	return statement{
		query: `INSERT INTO kept (content, case_id) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		args:  []any{k.Content, string(k.Case)}, about: "content of case " + string(k.Case),
	}
}

// sweepContents erases what never came whole, and what nothing refers to: an upload
// whose form was never filed. alone says that nobody else has the store and that
// nothing is under way, so that nothing has to be waited for.
//
// # Why what a report brings is known by its time
//
// A report that waits names its files in words that are sealed, and a file in the
// other database cannot be claimed in the commit that takes it. But both came with
// one request. So as long as a report waits that came within two hours of a content,
// either way, that content stays; once none does, its case has claimed what it has.
func (s *Store) sweepContents(ctx context.Context, alone bool) error {
	age := unclaimedFor
	if alone {
		age = -time.Minute // the clock may have been put back
	}
	rows, err := s.readContents.QueryContext(ctx, `SELECT id, born, size IS NULL FROM contents WHERE born < ?`, millis(s.opts.Now().Add(-age)))
	if err != nil {
		return fmt.Errorf("sweeping contents: %w", err)
	}
	defer rows.Close()
	var ids []string
	born, partial := map[string]int64{}, map[string]bool{}
	for rows.Next() {
		var id string
		var at int64
		var part bool
		if err := rows.Scan(&id, &at, &part); err != nil {
			return fmt.Errorf("sweeping contents: %w", err)
		}
		ids, born[id], partial[id] = append(ids, id), at, part
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("sweeping contents: %w", err)
	}
	for _, id := range ids {
		needed := false
		if !partial[id] {
			err := s.read.QueryRowContext(ctx, `
				SELECT EXISTS (SELECT 1 FROM kept WHERE content = ?)
				    OR EXISTS (SELECT 1 FROM intakes WHERE state <> 'done' AND received BETWEEN ? AND ?)`,
				id, born[id]-unclaimedFor.Milliseconds(), born[id]+unclaimedFor.Milliseconds()).Scan(&needed)
			if err != nil {
				return fmt.Errorf("sweeping contents: %w", err)
			}
		}
		if needed {
			continue
		}
		if err := s.Drop(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// sweepNowAndThen sweeps once in so long as a content may wait.
func (s *Store) sweepNowAndThen(ctx context.Context, end bool) error {
	now := millis(s.opts.Now())
	if last := s.swept.Swap(now); end || last == 0 || now-last < unclaimedFor.Milliseconds() {
		if last != 0 {
			s.swept.Store(last)
		}
		return nil
	}
	return s.sweepContents(ctx, false)
}

// contentsThere is there for the file with the contents: that it is away is no
// reason to refuse a report.
func (s *Store) contentsThere() error {
	if s.contentsFile.path == "" {
		return nil
	}
	return s.contentsFile.there()
}
