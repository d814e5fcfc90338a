package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// siege is a town whose database somebody breaks.
type siege struct {
	*town
	said func(words string) string // how somebody writes who wants to fill the disk
}

// besiege builds a town with a database, in which a project takes public
// comments as reports.
func besiege(t *testing.T, database string, commit func(before bool)) *siege {
	t.Helper()
	l, err := readLand(filepath.Join(storiesFolder, "public-command-capture"))
	if err != nil {
		t.Fatal(err)
	}
	l.database, l.commit = database, commit
	s := &siege{town: build(t, l), said: func(words string) string { return words }}
	s.rest()
	return s
}

// fault breaks the database of a town and says how it is mended.
type fault struct {
	name string
	// begin builds the town and returns what breaks it.
	begin func(t *testing.T) (s *siege, strike func() (mend func()))
	// roomy: a small row can still be written, so that the server is ready.
	roomy bool
}

// What a database may suffer, each seen through the server's own address: GitHub
// is told 503 in time and never 2xx, the form gives everything back, and
// afterwards all that was refused comes in once, without a restart.
func TestRefusedWhileTheDatabaseIsIllComesInOnceAfterwards(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{
		{name: "SQLite is full", begin: fullSQLite, roomy: true},
		{name: "SQLite cannot be written", begin: readOnlySQLite},
		{name: "SQLite is locked by another program", begin: lockedSQLite},
		{name: "SQLite's file is gone", begin: goneSQLite},
		{name: "a commit hangs in SQLite", begin: hangingCommit},
		{name: "PostgreSQL is stopped", begin: stoppedPostgres},
		{name: "PostgreSQL hangs", begin: hangingPostgres},
		{name: "PostgreSQL cannot be written", begin: readOnlyPostgres},
		{name: "PostgreSQL's table is locked", begin: lockedPostgres},
		{name: "PostgreSQL is full", begin: fullPostgres},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s, strike := f.begin(t)
			s.endure(f, strike)
		})
	}
}

// A report in each of so many issues, and one in the form.
const reportsInIssues = 4

// inTime is how long an answer may take while a database is ill. GitHub waits ten
// seconds; the hook gives a delivery two and a half, and a busy machine adds to that.
const inTime = 8 * time.Second

func (s *siege) endure(f fault, strike func() (mend func())) {
	s.t.Helper()
	form := s.filledForm()
	mend := sync.OnceFunc(strike())
	defer mend()

	// GitHub.
	refused := s.reported(reportsInIssues)
	for _, d := range refused {
		if d.StatusCode != http.StatusServiceUnavailable || d.Duration > inTime {
			s.t.Errorf("a delivery is answered %d after %v", d.StatusCode, d.Duration)
		}
	}
	if len(refused) != reportsInIssues {
		s.t.Errorf("%d deliveries", len(refused))
	}

	// Somebody with the form. What they typed must all be on the page.
	status, page := s.send(form)
	if status != http.StatusServiceUnavailable {
		s.t.Errorf("the form is answered %d", status)
	}
	for name, typed := range form {
		if !strings.Contains(html.UnescapeString(page), typed[0]) {
			s.t.Errorf("%s is not on the page any more", name)
		}
	}
	if receiptIn(page) != "" {
		s.t.Error("a receipt for what was not saved")
	}

	// The operator.
	if status, _, _ := fetch(s.t, "GET", s.play.address+"/healthz", nil); status != 200 {
		s.t.Errorf("it is not even alive: %d", status)
	}
	if !f.roomy {
		waitFor(s.t, func() bool { return s.ready() == http.StatusServiceUnavailable })
	}

	mend()
	s.sweepUntil(reportsInIssues) // the form's may have been durable, too
	status, page = s.send(form)
	receipt := receiptIn(page)
	if status != http.StatusOK || receipt == "" {
		s.t.Fatalf("the same form afterwards: %d", status)
	}
	if _, page := s.send(form); receiptIn(page) != receipt {
		s.t.Error("sent again it gets another receipt")
	}
	s.rest()
	if n := s.reports(); n != reportsInIssues+1 {
		s.t.Errorf("%d cases, want %d", n, reportsInIssues+1)
	}
}

// reported has a report written into each of so many issues, one right after the
// other, and gives their deliveries. What our own Apps write meanwhile is none.
func (s *siege) reported(reports int) (comments []githubsim.Delivery) {
	s.t.Helper()
	before := len(s.Deliveries())
	for n := range reports {
		issue, err := s.OpenIssue("tom-talker", "river-project/river", githubsim.NewIssue{Title: fmt.Sprint("Issue ", n)})
		if err == nil {
			_, err = s.Comment("nell-newcomer", "river-project/river", issue, "/coc report\n"+s.said("It was heliotrope."))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.Idle(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range s.Deliveries()[before:] {
		if d.Event == "issue_comment" && d.StatusCode != http.StatusOK {
			comments = append(comments, d)
		}
	}
	return comments
}

// sweepUntil sweeps a server that is well again until so many reports are in.
func (s *siege) sweepUntil(reports int) {
	s.t.Helper()
	waitFor(s.t, func() bool { return s.ready() == http.StatusOK })
	s.advance(2 * time.Minute) // so that no delivery counts as under way
	waitFor(s.t, func() bool {
		for _, app := range s.server.sweep.apps {
			_ = s.server.sweep.Round(s.t.Context(), app) // what fails is seen by what is missing
		}
		return s.reports() >= reports
	})
}

// A database that works and is slow: some are taken and some are sent away, each
// in time, and what was said was so.
func TestWhileCommitsAreSlowEveryAnswerIsInTimeAndTrue(t *testing.T) {
	t.Parallel()
	const reports, slow = 24, 700 * time.Millisecond
	for name, database := range map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + sqliteIn(t) },
		"PostgreSQL": func(t *testing.T) string { return postgrestest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var delay atomic.Int64
			s := besiege(t, database(t), func(before bool) {
				if before {
					time.Sleep(time.Duration(delay.Load()))
				}
			})
			delay.Store(int64(slow))
			answers := map[int]int{}
			for _, d := range s.reported(reports) {
				if answers[d.StatusCode]++; d.Duration > inTime {
					t.Errorf("a delivery is answered %d after %v", d.StatusCode, d.Duration)
				}
			}
			taken := answers[http.StatusAccepted]
			if taken == 0 || taken+answers[http.StatusServiceUnavailable] != reports {
				t.Errorf("answered %v", answers)
			}
			var kept int
			err := s.server.store.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM intakes`).Scan(&kept)
			if err != nil || kept < taken {
				t.Errorf("%d were told that they are taken, and %d are, %v", taken, kept, err)
			}
			delay.Store(0)
			s.sweepUntil(reports)
			s.rest()
			if n := s.reports(); n != reports {
				t.Errorf("%d cases of %d reports", n, reports)
			}
		})
	}
}

func (s *siege) ready() int {
	status, _, _ := fetch(s.t, "GET", s.play.address+"/readyz", nil)
	return status
}

// reports counts the cases, 0 where the store cannot say.
func (s *siege) reports() (n int) {
	stages, _ := s.server.store.Stages(s.t.Context())
	for _, cases := range stages {
		n += cases
	}
	return n
}

const siegedForm = "/report/river-project/river"

// filledForm is a form as somebody opened it while all was well.
func (s *siege) filledForm() url.Values {
	s.t.Helper()
	_, _, page := fetch(s.t, "GET", s.play.address+siegedForm, nil)
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		s.t.Fatal("the form has no token")
	}
	return url.Values{
		"token": {token[1]}, "account": {s.said("It was <heliotrope> & more.")}, "where": {"In the \"garden\""}, "when": {"Last spring"},
		"links": {"https://example.org/heliotrope"}, "who1": {"otis-outsider"}, "role1": {"accused"}, "who7": {"Lou Example"},
	}
}

func (s *siege) send(form url.Values) (status int, page string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.play.address+siegedForm, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// --- SQLite

func sqliteIn(t *testing.T) (path string) { return filepath.Join(t.TempDir(), "cocrouter.db") }

// pragma sets something on the connection that writes.
func (s *siege) pragma(text string) {
	s.t.Helper()
	rows, err := s.server.store.DB().QueryContext(context.WithoutCancel(s.t.Context()), "PRAGMA "+text)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	rows.Next() // runs it
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		s.t.Fatal(err)
	}
}

func fullSQLite(t *testing.T) (*siege, func() func()) {
	s := besiege(t, "sqlite:"+sqliteIn(t), nil)
	// What does not shrink does not fit into the pages that are free.
	s.said = func(words string) string {
		noise := make([]byte, 40<<10)
		_, _ = rand.Read(noise)
		return words + "\n" + base64.StdEncoding.EncodeToString(noise)
	}
	return s, func() func() {
		s.pragma("max_page_count = 1") // SQLite takes the number of pages that there are
		return func() { s.pragma("max_page_count = 1000000") }
	}
}

func readOnlySQLite(t *testing.T) (*siege, func() func()) {
	s := besiege(t, "sqlite:"+sqliteIn(t), nil)
	return s, func() func() {
		s.pragma("query_only = ON")
		return func() { s.pragma("query_only = OFF") }
	}
}

func lockedSQLite(t *testing.T) (*siege, func() func()) {
	path := sqliteIn(t)
	s := besiege(t, "sqlite:"+path, nil)
	return s, func() func() {
		db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			_ = db.Close()
		}
	}
}

func goneSQLite(t *testing.T) (*siege, func() func()) {
	path := sqliteIn(t)
	s := besiege(t, "sqlite:"+path, nil)
	return s, func() func() {
		move := func(from, to string) {
			if err := os.Rename(from, to); err != nil {
				t.Error(err)
			}
		}
		move(path, path+".away")
		return func() { move(path+".away", path) }
	}
}

// hangingCommit is a disk that does not come back from fsync.
func hangingCommit(t *testing.T) (*siege, func() func()) {
	var mu sync.RWMutex
	s := besiege(t, "sqlite:"+sqliteIn(t), func(before bool) {
		if before {
			mu.RLock()
			defer mu.RUnlock()
		}
	})
	return s, func() func() {
		mu.Lock()
		return mu.Unlock
	}
}

// --- PostgreSQL

// line is the way to a PostgreSQL server, which can be cut.
type line struct {
	t      *testing.T
	server string // its socket
	l      net.Listener
	flow   sync.RWMutex // held while nothing passes

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// postgresOver gives a fresh database, the address of its server by a line that
// can be cut, and the line.
func postgresOver(t *testing.T) (direct, over string, w *line) {
	t.Helper()
	direct = postgrestest.URL(t)
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	w = &line{t: t, conns: map[net.Conn]bool{}}
	query := u.Query()
	if folder := query.Get("host"); folder != "" {
		port := query.Get("port")
		if port == "" {
			port = "5432"
		}
		w.server = filepath.Join(folder, ".s.PGSQL."+port)
		query.Del("host")
		query.Del("port")
	} else {
		w.server = u.Host
	}
	if w.l, err = listenOn(t.Context(), "test", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.l.Close(); w.stop() })
	go w.accept()
	u.Host = w.l.Addr().String()
	query.Set("sslmode", "disable")
	u.RawQuery = query.Encode()
	return direct, u.String(), w
}

func (w *line) accept() {
	for {
		near, err := w.l.Accept()
		if err != nil {
			return
		}
		network := "tcp"
		if filepath.IsAbs(w.server) {
			network = "unix"
		}
		far, err := net.DialTimeout(network, w.server, time.Second)
		if err != nil {
			_ = near.Close()
			continue
		}
		if !w.keep(near, far) {
			_, _ = near.Close(), far.Close()
			continue
		}
		go w.pump(near, far)
		go w.pump(far, near)
	}
}

func (w *line) keep(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range ends {
		w.conns[c] = true
	}
	return !w.cut
}

func (w *line) pump(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	some := make([]byte, 32<<10)
	for {
		n, err := from.Read(some)
		w.flow.RLock()
		if n > 0 {
			_, _ = to.Write(some[:n])
		}
		w.flow.RUnlock()
		if err != nil {
			return
		}
	}
}

// stop ends every connection and refuses new ones until resume.
func (w *line) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for c := range w.conns {
		_ = c.Close()
	}
	clear(w.conns)
}

func (w *line) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

func stoppedPostgres(t *testing.T) (*siege, func() func()) {
	_, over, w := postgresOver(t)
	return besiege(t, over, nil), func() func() {
		w.stop()
		return w.resume
	}
}

func hangingPostgres(t *testing.T) (*siege, func() func()) {
	_, over, w := postgresOver(t)
	return besiege(t, over, nil), func() func() {
		w.flow.Lock()
		return w.flow.Unlock
	}
}

func readOnlyPostgres(t *testing.T) (*siege, func() func()) {
	direct, over, w := postgresOver(t)
	return besiege(t, over, nil), func() func() {
		db := operating(t, direct)
		become := func(setting string) {
			for _, statement := range []string{
				`SET default_transaction_read_only = off`,
				`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = ` + setting + `', current_database()); END $$`,
			} {
				if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
					t.Error(err)
				}
			}
			w.stop() // those that are open keep what they were opened with
			w.resume()
		}
		become("on")
		return func() { become("off") }
	}
}

func lockedPostgres(t *testing.T) (*siege, func() func()) {
	direct, over, _ := postgresOver(t)
	return besiege(t, over, nil), func() func() {
		tx, err := operating(t, direct).BeginTx(context.WithoutCancel(t.Context()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), `LOCK TABLE intakes, ready IN ACCESS EXCLUSIVE MODE`); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
	}
}

// fullPostgres answers whatever is to be kept as a full disk does. What is there
// can be read.
func fullPostgres(t *testing.T) (*siege, func() func()) {
	direct, over, _ := postgresOver(t)
	return besiege(t, over, nil), func() func() {
		db := operating(t, direct)
		do := func(statements ...string) {
			for _, statement := range statements {
				if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
					t.Errorf("%s: %v", statement, err)
				}
			}
		}
		do(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`)
		for _, table := range []string{"intakes", "key_uses", "cases", "river_job", "ready", "sweeps", "accounts"} {
			do(`CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON ` + table + ` FOR EACH STATEMENT EXECUTE FUNCTION no_room()`)
		}
		return func() { do(`DROP FUNCTION no_room() CASCADE`) }
	}
}

// operating is one connection to a database, beside the server's.
func operating(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
