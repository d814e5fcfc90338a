package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

const (
	// copyRows and copyBytes bound one commit of a copy, and so what is done again
	// after a kill.
	copyRows  = 500
	copyBytes = 4 << 20
)

// Copied is what a copy did.
type Copied struct {
	Tables, Rows int
	// Before says that the copy was complete when it began: nothing was done and
	// nothing was looked at, because the destination may have moved on since.
	Before bool
}

// Copy copies the store at from, which is SQLite and in use by nobody, to to,
// which is PostgreSQL and empty: every record, its key and the jobs that are not
// done. progress is told of each table as it advances; nil: nobody is. opts are
// the destination's.
//
// It may be killed at any point and called again. Until it has returned nil, Open
// refuses the destination; then both stores hold the same, every sealed record
// of the destination opens, and the source is as it was. What the operator can
// mend is a coc.Refusal: a source that is missing or in use, a destination that
// holds something else.
//
// # Why the binding comes last
//
// It makes a store of the tables. It is written in the transaction that ends the
// copy, after rows and digests of all tables were compared, in both directions.
func Copy(ctx context.Context, from, to string, keys *seal.Keys, opts Options, progress func(table string, done, all int)) (Copied, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	path, isFile := strings.CutPrefix(from, "sqlite:")
	if _, err := os.Stat(path); !isFile || err != nil {
		return Copied{}, coc.Refusal{What: "There is no SQLite database to copy from.", Next: "Name it as sqlite:PATH, where PATH is its file."}
	}
	if strings.HasPrefix(to, "sqlite:") {
		return Copied{}, coc.Refusal{What: "A copy goes to PostgreSQL.", Next: "Name the destination as postgres://USER@HOST/DATABASE."}
	}
	source := newStore(keys, Options{})
	defer source.closeFiles() //nolint:errcheck // it was only read
	if err := source.open(ctx, from); err != nil {
		return Copied{}, err
	}
	c := &copying{from: source, to: newStore(keys, opts), progress: progress}
	release, err := c.to.connect(ctx, to)
	if err != nil {
		return Copied{}, errors.Join(err, c.to.closeFiles())
	}
	done, err := c.run(ctx)
	release()
	return done, errors.Join(err, c.to.closeFiles())
}

type copying struct {
	from, to *Store
	progress func(table string, done, all int)

	binding []byte
	source  string // which store is copied: a keyed hash of its binding
}

// table is one of ours with its columns, the first of which are its key.
type table struct {
	name    string
	columns []string
	key     int // so many
	keys    bool
	// contents: on SQLite it is in the file with the contents.
	contents bool
}

func (c *copying) run(ctx context.Context) (Copied, error) {
	if err := c.to.tables(ctx); err != nil {
		return Copied{}, err
	}
	if err := c.from.db.QueryRowContext(ctx, `SELECT sealed FROM binding`).Scan(&c.binding); err != nil {
		return Copied{}, fmt.Errorf("copying: %w", err)
	}
	c.source = c.from.keys.Digest("copy", hex.EncodeToString(c.binding))
	tables, err := c.list(ctx)
	if err != nil {
		return Copied{}, fmt.Errorf("copying: %w", err)
	}
	if finished, err := c.begin(ctx, tables); err != nil || finished {
		return Copied{Before: finished}, err
	}
	if err := c.all(ctx, tables); err != nil {
		return Copied{}, fmt.Errorf("copying: %w", err)
	}
	rows, err := c.compare(ctx, tables)
	if err != nil {
		return Copied{}, fmt.Errorf("verifying the copy: %w", err)
	}
	if err := c.openAll(ctx); err != nil {
		return Copied{}, fmt.Errorf("verifying the copy: %w", err)
	}
	if err := c.finish(ctx); err != nil {
		return Copied{}, fmt.Errorf("copying: %w", err)
	}
	return Copied{Tables: len(tables) + 1, Rows: rows}, nil
}

// list is every table of the source that holds records or keys, those first that
// others refer to. What is made anew everywhere is not in it, and jobs are the
// queue's.
func (c *copying) list(ctx context.Context) ([]table, error) {
	var all []table
	for _, db := range []*sql.DB{c.from.ring.db, c.from.contents, c.from.db} {
		names, err := queryAll[string](ctx, db, `
			SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'river\_%' ESCAPE '\'
			AND name NOT IN ('schema_version', 'binding', 'ready') ORDER BY name`)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			t := table{name: name, keys: db == c.from.ring.db, contents: db == c.from.contents}
			if t.columns, err = queryAll[string](ctx, db, `SELECT name FROM pragma_table_info(?) ORDER BY pk = 0, pk, cid`, name); err != nil {
				return nil, err
			}
			if err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info(?) WHERE pk > 0`, name).Scan(&t.key); err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return c.inOrder(ctx, all)
}

func (c *copying) inOrder(ctx context.Context, all []table) ([]table, error) {
	var out []table
	placed := map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
		for _, t := range all {
			if placed[t.name] {
				continue
			}
			refers, err := queryAll[string](ctx, c.from.db, `SELECT "table" FROM pragma_foreign_key_list(?)`, t.name)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(refers, func(r string) bool { return !placed[r] && r != t.name }) {
				out, placed[t.name] = append(out, t), true
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return out, nil
}

// begin claims an empty destination for this source, or finds it claimed.
func (c *copying) begin(ctx context.Context, tables []table) (finished bool, err error) {
	var source string
	var at sql.NullInt64
	err = c.to.db.QueryRowContext(ctx, `SELECT source, finished FROM copies`).Scan(&source, &at)
	switch {
	case err == nil && source == c.source:
		return at.Valid, nil
	case err == nil:
		return false, holdsOther
	case !errors.Is(err, sql.ErrNoRows):
		return false, fmt.Errorf("copying: %w", err)
	}
	for _, t := range append(tables, table{name: "binding"}, table{name: "river_job"}) {
		var used bool
		if err := c.at(t).QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.name+`)`).Scan(&used); err != nil {
			return false, fmt.Errorf("copying: table %s: %w", t.name, err)
		}
		if used {
			return false, holdsOther
		}
	}
	err = c.to.write(ctx, c.to.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO copies (source) VALUES (?)`, c.source)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("copying: %w", err)
	}
	return false, nil
}

var holdsOther = coc.Refusal{
	What: "The destination holds data that is not from this copy.",
	Next: "Give the copy two empty databases.",
}

// at is where a table is in the destination.
func (c *copying) at(t table) *sql.DB { return c.to.of(t) }

// of is the database that has a table.
func (s *Store) of(t table) *sql.DB {
	switch {
	case t.keys:
		return s.ring.db
	case t.contents:
		return s.contents
	}
	return s.db
}

func (c *copying) all(ctx context.Context, tables []table) error {
	for _, t := range tables {
		if t.name == "intakes" {
			if err := c.fence(ctx); err != nil {
				return err
			}
		}
		if err := c.table(ctx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := c.jobs(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return c.count(ctx)
}

// fence makes a row of key_uses for every key that an intake refers to. They
// are old enough to be erased as soon as nothing needs them.
func (c *copying) fence(ctx context.Context) error {
	ids, err := queryAll[int64](ctx, c.from.db, `SELECT DISTINCT data_key FROM intakes WHERE data_key IS NOT NULL`)
	if err != nil {
		return err
	}
	return c.to.write(ctx, c.to.db, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `INSERT INTO key_uses (id, born) VALUES (?, 0) ON CONFLICT DO NOTHING`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// table copies what of a table has not been copied. How far it came stands in
// copied: for records in the same transaction, for keys after it, so that a few
// may be written twice, which changes nothing.
func (c *copying) table(ctx context.Context, t table) error {
	from := c.from.of(t)
	var all int
	if err := from.QueryRowContext(ctx, `SELECT count(*) FROM `+t.name).Scan(&all); err != nil {
		return err
	}
	done, err := c.copied(ctx, t.name)
	if err != nil {
		return err
	}
	for c.progress(t.name, done, all); done < all; c.progress(t.name, done, all) {
		rows, err := c.read(ctx, from, t, done)
		if err != nil {
			return err
		}
		done += len(rows)
		if err := c.insert(ctx, t, rows, done); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) copied(ctx context.Context, name string) (done int, err error) {
	err = c.to.db.QueryRowContext(ctx, `SELECT coalesce(max(done), 0) FROM copied WHERE name = ?`, name).Scan(&done)
	return done, err
}

func (c *copying) mark(ctx context.Context, tx *sql.Tx, name string, done int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO copied (name, done) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET done = excluded.done`, name, done)
	return err
}

// read gives the rows after the first so many, in the order of the key, which
// does not change while nobody has the source.
func (c *copying) read(ctx context.Context, from *sql.DB, t table, after int) (rows [][]any, err error) {
	found, err := from.QueryContext(ctx, `SELECT `+strings.Join(t.columns, ", ")+` FROM `+t.name+
		` ORDER BY `+strings.Join(t.columns[:t.key], ", ")+` LIMIT ? OFFSET ?`, copyRows, after)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for size := 0; size < copyBytes && found.Next(); {
		row, bytes, err := scanRow(found, len(t.columns))
		if err != nil {
			return nil, err
		}
		rows, size = append(rows, row), size+bytes
	}
	return rows, found.Err()
}

func scanRow(rows *sql.Rows, columns int) (row []any, bytes int, err error) {
	row = make([]any, columns)
	into := make([]any, columns)
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, 0, err
	}
	for _, v := range row {
		if b, ok := v.([]byte); ok {
			bytes += len(b)
		}
	}
	return row, bytes, nil
}

func (c *copying) insert(ctx context.Context, t table, rows [][]any, done int) error {
	mark := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	var values []string
	var args []any
	for _, row := range rows {
		values, args = append(values, "("+mark+")"), append(args, row...)
	}
	err := c.to.write(ctx, c.at(t), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO `+t.name+` (`+strings.Join(t.columns, ", ")+`) VALUES `+
			strings.Join(values, ", ")+` ON CONFLICT DO NOTHING`, args...)
		if err != nil || t.keys {
			return err
		}
		return c.mark(ctx, tx, t.name, done)
	})
	if err != nil || !t.keys {
		return err
	}
	return c.to.write(ctx, c.to.db, func(tx *sql.Tx) error { return c.mark(ctx, tx, t.name, done) })
}

// undone are the states of jobs that are worth copying: all that will be run,
// and what was given up and an operator may still want.
var undone = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStatePending, rivertype.JobStateDiscarded,
}

// jobsOf calls do with the jobs of a store that are not done, some at a time, in
// the order in which they were made. It begins after the first so many.
func jobsOf(ctx context.Context, s *Store, after int, do func([]*rivertype.JobRow) error) error {
	which := river.NewJobListParams().States(undone...).OrderBy(river.JobListOrderByID, river.SortOrderAsc).First(copyRows)
	for {
		found, err := s.jobs.JobList(ctx, which)
		if err != nil {
			return err
		}
		jobs := found.Jobs
		if skip := min(after, len(jobs)); skip > 0 {
			jobs, after = jobs[skip:], after-skip
		}
		if len(jobs) > 0 {
			if err := do(jobs); err != nil {
				return err
			}
		}
		if len(found.Jobs) < copyRows {
			return nil
		}
		which = which.After(found.LastCursor)
	}
}

func (c *copying) jobs(ctx context.Context) error {
	const name = "river_job"
	var all int
	err := c.from.db.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled')`).Scan(&all)
	if err != nil {
		return err
	}
	done, err := c.copied(ctx, name)
	if err != nil {
		return err
	}
	queue := c.to.dialect.queue(c.to.db)
	c.progress("jobs", done, all)
	return jobsOf(ctx, c.from, done, func(jobs []*rivertype.JobRow) error {
		done += len(jobs)
		err := c.to.write(ctx, c.to.db, func(tx *sql.Tx) error {
			for _, j := range jobs {
				if err := insertJob(ctx, queue.UnwrapExecutor(tx), j); err != nil {
					return err
				}
			}
			return c.mark(ctx, tx, name, done)
		})
		c.progress("jobs", done, all)
		return err
	})
}

// insertJob gives a job another number; nothing refers to it by the one it had.
func insertJob(ctx context.Context, into riverdriver.ExecutorTx, j *rivertype.JobRow) error {
	var failures [][]byte
	for _, e := range j.Errors {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		failures = append(failures, b)
	}
	_, err := into.JobInsertFull(ctx, &riverdriver.JobInsertFullParams{
		Attempt: j.Attempt, AttemptedAt: j.AttemptedAt, AttemptedBy: j.AttemptedBy, CreatedAt: &j.CreatedAt,
		EncodedArgs: j.EncodedArgs, Errors: failures, FinalizedAt: j.FinalizedAt, Kind: j.Kind,
		MaxAttempts: j.MaxAttempts, Metadata: j.Metadata, Priority: j.Priority, Queue: j.Queue,
		ScheduledAt: &j.ScheduledAt, State: j.State, Tags: j.Tags,
	})
	return err
}

// count lets the numbers of new rows begin after those that were copied.
func (c *copying) count(ctx context.Context) error {
	for _, t := range []table{{name: "intakes"}, {name: "key_uses"}, {name: "intake_keys", keys: true}} {
		// The fence numbers keys, and must not give a number that a key has.
		highest := `(SELECT max(id) FROM ` + t.name + `)`
		if t.name == "key_uses" {
			var id int64
			if err := c.to.ring.db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM intake_keys`).Scan(&id); err != nil {
				return err
			}
			highest = `greatest(` + highest + `, ` + strconv.FormatInt(id, 10) + `)`
		}
		var next sql.NullInt64
		err := c.at(t).QueryRowContext(ctx, `
			SELECT setval(pg_get_serial_sequence(?, 'id'), greatest(coalesce(`+highest+`, 0), 1))`, t.name).Scan(&next)
		if err != nil {
			return fmt.Errorf("numbers of %s: %w", t.name, err)
		}
	}
	return nil
}

// finish makes a store of the copy.
func (c *copying) finish(ctx context.Context) error {
	return c.to.write(ctx, c.to.db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO binding (one, sealed) VALUES (1, ?)`, c.binding); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE copies SET finished = ?`, millis(c.to.opts.Now()))
		return err
	})
}

// --- verification

// digest is the number of rows of a table and a keyed hash of what they hold,
// whatever order a database gives them in.
type digest struct {
	rows int
	sum  [4]uint64
}

func (d *digest) add(k *seal.Keys, parts ...string) error {
	b, err := hex.DecodeString(k.Digest("copied row", parts...))
	if err != nil {
		return err
	}
	d.rows++
	for i := range d.sum {
		d.sum[i] += binary.BigEndian.Uint64(b[8*i:])
	}
	return nil
}

// compare holds both stores against each other, table by table, and counts the
// rows.
func (c *copying) compare(ctx context.Context, tables []table) (rows int, err error) {
	for _, t := range tables {
		from, err := c.from.digestOf(ctx, t)
		if err != nil {
			return 0, fmt.Errorf("table %s of the source: %w", t.name, err)
		}
		to, err := c.to.digestOf(ctx, t)
		if err != nil {
			return 0, fmt.Errorf("table %s: %w", t.name, err)
		}
		if from != to {
			return 0, differ(t.name, from, to)
		}
		rows += from.rows
		c.progress(t.name+", compared", to.rows, from.rows)
	}
	from, err := c.from.digestOfJobs(ctx)
	if err != nil {
		return 0, fmt.Errorf("jobs of the source: %w", err)
	}
	to, err := c.to.digestOfJobs(ctx)
	if err != nil {
		return 0, fmt.Errorf("jobs: %w", err)
	}
	if from != to {
		return 0, differ("river_job", from, to)
	}
	c.progress("jobs, compared", to.rows, from.rows)
	return rows + from.rows, nil
}

func differ(name string, from, to digest) error {
	return coc.Refusal{
		What: fmt.Sprintf("The copy of table %s is not what the source holds (%d rows there, %d here).", name, from.rows, to.rows),
		Next: "Something else has written to the destination. Empty both of its databases and copy again.",
	}
}

func (s *Store) digestOf(ctx context.Context, t table) (d digest, err error) {
	db := s.of(t)
	rows, err := db.QueryContext(ctx, `SELECT `+strings.Join(t.columns, ", ")+` FROM `+t.name)
	if err != nil {
		return d, err
	}
	defer rows.Close()
	for rows.Next() {
		row, _, err := scanRow(rows, len(t.columns))
		if err != nil {
			return d, err
		}
		parts := []string{t.name}
		for i, v := range row {
			text, err := inWords(v)
			if err != nil {
				return d, fmt.Errorf("column %s: %w", t.columns[i], err)
			}
			parts = append(parts, t.columns[i], text)
		}
		if err := d.add(s.keys, parts...); err != nil {
			return d, err
		}
	}
	return d, rows.Err()
}

// inWords is a value of a column, the same from either database.
func inWords(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "nothing", nil
	case int64:
		return "number " + strconv.FormatInt(v, 10), nil
	case string:
		return "text " + v, nil
	case []byte:
		return "bytes " + base64.StdEncoding.EncodeToString(v), nil
	}
	return "", fmt.Errorf("a value of type %T", v)
}

func (s *Store) digestOfJobs(ctx context.Context) (d digest, err error) {
	err = jobsOf(ctx, s, 0, func(jobs []*rivertype.JobRow) error {
		for _, j := range jobs {
			text, err := jobInWords(j)
			if err != nil {
				return fmt.Errorf("job %d: %w", j.ID, err)
			}
			if err := d.add(s.keys, "river_job", text); err != nil {
				return err
			}
		}
		return nil
	})
	return d, err
}

// jobInWords leaves out the number, and writes JSON in one order and times as
// exactly as both databases keep them.
func jobInWords(j *rivertype.JobRow) (string, error) {
	var args, metadata any
	if err := errors.Join(json.Unmarshal(j.EncodedArgs, &args), json.Unmarshal(j.Metadata, &metadata)); err != nil {
		return "", err
	}
	at := func(t *time.Time) int64 {
		if t == nil {
			return 0
		}
		return millis(*t)
	}
	var failures []string
	for _, e := range j.Errors {
		failures = append(failures, fmt.Sprint(millis(e.At), e.Attempt, e.Error, e.Trace))
	}
	text, err := json.Marshal([]any{
		j.Kind, j.Queue, j.State, j.Priority, j.Attempt, j.MaxAttempts, args, metadata, failures,
		millis(j.CreatedAt), millis(j.ScheduledAt), at(j.AttemptedAt), at(j.FinalizedAt),
	})
	return string(text), err
}

// openAll opens every sealed record of the destination with the keys that are
// there.
func (c *copying) openAll(ctx context.Context) error {
	s := c.to
	if err := s.ring.openStoreKey(ctx); err != nil {
		return err
	}
	if _, err := s.ring.own.Open(bindingPlace, c.binding); err != nil {
		return strangerKeys
	}
	cases, err := queryAll[coc.CaseID](ctx, s.db, `SELECT id FROM cases`)
	if err != nil {
		return err
	}
	for _, id := range cases {
		held, err := s.Case(ctx, id)
		if err != nil {
			return err
		}
		if err := s.openContents(ctx, held); err != nil {
			return err
		}
	}
	for _, of := range []struct {
		table, key string
		place      func(key string) seal.Place
	}{
		{"standings", "key", standingPlace}, {"errands", "id", errandPlace}, {"room_labels", "key", labelsPlace},
		{"watches", "key", watchPlace},
		{"sweeps", "key", sweepPlace}, {"accounts", "key", accountPlace}, {"sessions", "key", sessionPlace},
	} {
		if err := s.openOwn(ctx, of.table, of.key, of.place); err != nil {
			return err
		}
	}
	lines, err := s.whose(ctx)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for _, l := range lines {
		if _, err := s.prior(ctx, l); err != nil && !errors.Is(err, coc.ErrMissing) {
			return fmt.Errorf("record of notice %s: %w", l.notice, err)
		}
	}
	if err := s.openReporters(ctx); err != nil {
		return err
	}
	if err := s.openResponders(ctx); err != nil {
		return err
	}
	if err := s.openLooks(ctx, cases); err != nil {
		return err
	}
	return s.openIntakes(ctx)
}

// openReporters opens whom cases are from.
func (s *Store) openReporters(ctx context.Context) error {
	_, err := s.ReportsOf(ctx, 0)
	return err
}

// openLooks opens who looked at each case.
func (s *Store) openLooks(ctx context.Context, cases []coc.CaseID) error {
	for _, id := range cases {
		if _, err := s.Looks(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// openContents reads all that a case keeps, to its end. What was missing or altered
// before is so in the copy, too, and is told by the check of the evidence.
func (s *Store) openContents(ctx context.Context, held coc.Case) error {
	for _, e := range held.Evidence {
		if e.Content.IsZero() {
			continue
		}
		r, err := s.Content(ctx, e.Content)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil && !errors.Is(err, coc.ErrMissing) && !errors.Is(err, seal.ErrUnopened) {
			return fmt.Errorf("evidence %d of case %s: %w", e.Number, held.ID, err)
		}
	}
	return nil
}

// openOwn opens what is sealed under the store's key.
func (s *Store) openOwn(ctx context.Context, table, key string, place func(string) seal.Place) error {
	if err := s.openEach(ctx, `SELECT `+key+`, sealed FROM `+table+` WHERE sealed IS NOT NULL`, place); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

// openEach opens what a query gives with what each belongs to.
func (s *Store) openEach(ctx context.Context, query string, place func(string) seal.Place) error {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		if _, err := s.ring.own.Open(place(id), sealed); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return rows.Err()
}

func (s *Store) openIntakes(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, `SELECT id, delivery, data_key, sealed, cause FROM intakes WHERE sealed IS NOT NULL ORDER BY data_key`)
	if err != nil {
		return fmt.Errorf("intakes: %w", err)
	}
	defer rows.Close()
	var key *seal.DataKey
	for opened := int64(-1); rows.Next(); {
		var id, keyID int64
		var delivery string
		var sealed, cause []byte
		err := rows.Scan(&id, &delivery, &keyID, &sealed, &cause)
		if err == nil && keyID != opened {
			key, err = s.ring.intakeKey(ctx, keyID)
			opened = keyID
		}
		if err == nil {
			_, err = key.Open(intakePlace(delivery), sealed)
		}
		if err == nil && cause != nil {
			_, err = s.ring.own.Open(causePlace(id), cause)
		}
		if err != nil {
			return fmt.Errorf("intake %d: %w", id, err)
		}
	}
	return rows.Err()
}
