package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// TestPostgreSQL runs the suite that every database must pass, and what holds
// where several processes share one. Each has a store of its own in the tests,
// with its own pool: they share nothing but the database.
func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) database {
		d := database{url: postgrestest.URL(t), keys: newKeys(t)}
		d.pages = func(t *testing.T) []byte { return append(filesOf(t, d.url), filesOf(t, beside(t, d.url))...) }
		return d
	},
		ManyOpenANewStoreAtOnce,
		DeliveryIsTakenOnceAmongProcesses,
		LaneIsWorkedInOrderAmongProcesses,
		IntakeIsFinishedOnceAmongProcesses,
		CaseMovesOnceAmongProcesses,
		DeadlockIsAConflict,
		LeaseHasOneHolderAmongProcesses,
		ProcessesWithWrongClocksHaveOneTime,
		WhoWaitsForTheSchemaSaysSo,
		AccountChangesOneAtATimeAmongProcesses,
		KeyInUseElsewhereIsKept,
		KeyErasedTooEarlyLosesNothing,
		KeysOfADeadProcessAreErased,
		MissingDatabaseIsRefusedWithItsRemedy,
		DatabaseOfAnotherStoreIsRefused,
	)
}

func beside(t *testing.T, at string) string {
	t.Helper()
	keys, err := store.BesideURL(at)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func connectTo(t *testing.T, at string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// filesOf is all that a server has on disk of a database, and its log.
func filesOf(t *testing.T, at string) []byte {
	t.Helper()
	db := connectTo(t, at)
	if _, err := db.ExecContext(t.Context(), `CHECKPOINT`); err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), `
		SELECT pg_read_binary_file(folder || '/' || name, 0, (pg_stat_file(folder || '/' || name, true)).size, true)
		FROM (SELECT 'base/' || oid AS folder FROM pg_database WHERE datname = current_database() UNION SELECT 'pg_wal') f,
		     pg_ls_dir(folder, true, false) name
		WHERE NOT (pg_stat_file(folder || '/' || name, true)).isdir`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []byte
	for rows.Next() {
		var file []byte
		if err := rows.Scan(&file); err != nil {
			t.Fatal(err)
		}
		all = append(all, file...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func WhoWaitsForTheSchemaSaysSo(t *testing.T, d database) {
	d.open(t, store.Options{Waiting: func() { t.Error("it waits for nobody") }})
	tx, err := connectTo(t, d.url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock($1)`, store.MigrationLock); err != nil {
		t.Fatal(err)
	}
	waits, opened := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(opened)
		s, err := store.Open(t.Context(), d.url, d.keys, store.Options{Waiting: func() { close(waits) }})
		if err != nil {
			t.Error(err)
			return
		}
		_ = s.Close()
	}()
	<-waits
	d.open(t, store.Options{AsItIs: true}) // changes nothing, and so waits for nobody
	select {
	case <-opened:
		t.Error("it did not wait")
	default:
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	<-opened
}

// ProcessesWithWrongClocksHaveOneTime is about three machines, one of them right.
func ProcessesWithWrongClocksHaveOneTime(t *testing.T, d database) {
	behind := d.open(t, store.Options{Machine: wrong(-10 * time.Minute)})
	before := d.open(t, store.Options{Machine: wrong(10 * time.Minute)})
	right := d.open(t, store.Options{})
	for name, s := range map[string]*store.Store{"behind": behind, "before": before, "right": right} {
		if off := time.Since(s.Now()).Abs(); off > time.Second {
			t.Errorf("%s: it is off by %v", name, off)
		}
	}
	for i, holder := range []*store.Store{behind, before} {
		key := fmt.Sprint("case/", i)
		release, err := holder.Lease(t.Context(), key, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []*store.Store{behind, before, right} {
			if _, err := other.Lease(t.Context(), key, time.Minute); !errors.Is(err, coc.ErrBusy) {
				t.Errorf("a lease is given twice: %v", err)
			}
		}
		release()
		if _, err := right.Lease(t.Context(), key, time.Millisecond); err != nil {
			t.Error(err)
		}
		until(t, "the lease ends", func() bool { _, err := behind.Lease(t.Context(), key, time.Millisecond); return err == nil })
	}
	// What is due at once is due at once for all.
	mustTake(t, before, intake("guid-1"))
	mustTake(t, behind, intake("guid-2"))
	for _, j := range jobsOf(t, right) {
		if off := time.Since(j.at).Abs(); off > 10*time.Second {
			t.Errorf("a job is due at %v", j.at)
		}
	}
	// A clock that a test sets is nobody else's affair.
	if set := d.open(t, store.Options{Now: func() time.Time { return noon }}); !set.Now().Equal(noon) {
		t.Errorf("it is %v", set.Now())
	}
}

func wrong(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

func ManyOpenANewStoreAtOnce(t *testing.T, d database) {
	var steps atomic.Int32
	together(8, func(i int) {
		s, err := store.Open(t.Context(), d.url, d.keys, store.Options{Migrated: func(string) { steps.Add(1) }})
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := s.Take(t.Context(), intake(fmt.Sprint("guid-", i))); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s := d.open(t, store.Options{Migrated: func(step string) { t.Errorf("once more: %s", step) }})
	if n := len(jobsOf(t, s)); n != 8 {
		t.Errorf("%d jobs for 8 deliveries", n)
	}
	if n := steps.Load(); n < 3 || n > 20 {
		t.Errorf("%d steps: one of them makes the tables, the others wait", n)
	}
}

func DeliveryIsTakenOnceAmongProcesses(t *testing.T, d database) {
	stores := []*store.Store{d.open(t, store.Options{}), d.open(t, store.Options{}), d.open(t, store.Options{})}
	const deliveries = 20
	var fresh [deliveries]atomic.Int32
	together(120, func(i int) {
		// Each process gets them in another order, some as the same object only.
		n := (i/len(stores)*(1+i%len(stores)*6) + i%len(stores)) % deliveries
		in := intake(fmt.Sprintf("guid-%d-%d", n, i%2))
		in.Object = fmt.Sprint("object-", n)
		if n%3 == 0 {
			in.Lane = fmt.Sprint("lane-", n%2)
		}
		ok, err := stores[i%len(stores)].Take(t.Context(), in)
		if err != nil {
			t.Error(err)
		}
		if ok {
			fresh[n].Add(1)
		}
	})
	taken := 0
	for n := range fresh {
		if f := fresh[n].Load(); f > 1 {
			t.Errorf("object %d was fresh %d times", n, f)
		} else {
			taken += int(f)
		}
	}
	if n := len(jobsOf(t, stores[0])); n != taken || taken < deliveries/2 {
		t.Errorf("%d jobs, %d fresh", n, taken)
	}
}

// LaneIsWorkedInOrderAmongProcesses holds one process between its insert and its
// commit: what another takes into the lane meanwhile must not be seen before.
func LaneIsWorkedInOrderAmongProcesses(t *testing.T, d database) {
	var hold atomic.Bool
	held, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	slow := d.open(t, store.Options{Commit: func(before bool) {
		if before && hold.CompareAndSwap(true, false) {
			close(held)
			<-released
		}
	}})
	t.Cleanup(release) // before the store closes, which waits for its commit
	quick := d.open(t, store.Options{})
	in := func(guid, lane string) coc.Intake {
		i := intake(guid)
		i.Lane = lane
		return i
	}
	mustTake(t, slow, in("warm", "other")) // 1; makes the minute's key
	hold.Store(true)
	done := make(chan struct{}, 2)
	go func() { mustTake(t, slow, in("first", "a")); done <- struct{}{} }()
	<-held
	mustTake(t, quick, in("another lane", "b")) // waits for nobody
	go func() { mustTake(t, quick, in("second", "a")); done <- struct{}{} }()
	until(t, "the second waits for the lane", func() bool {
		var n int
		err := quick.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).Scan(&n)
		return err == nil && n > 0
	})
	release()
	<-done
	<-done
	order := map[string]int64{}
	for id := int64(1); id < 20; id++ {
		switch got, err := quick.Intake(t.Context(), id); {
		case err == nil:
			order[got.Delivery] = id
			mustCommit(t, quick, coc.Change{Intake: id})
		case !errors.Is(err, coc.ErrGone):
			t.Fatal(err)
		}
	}
	if len(order) != 4 || order["first"] > order["second"] {
		t.Errorf("%v", order)
	}
}

func IntakeIsFinishedOnceAmongProcesses(t *testing.T, d database) {
	stores := []*store.Store{d.open(t, store.Options{}), d.open(t, store.Options{})}
	mustTake(t, stores[0], intake("guid-1"))
	var won atomic.Int32
	together(16, func(i int) {
		c := aCase(coc.CaseID(fmt.Sprint("case-", i)), 1)
		switch err := stores[i%2].Commit(t.Context(), coc.Change{Intake: 1, Cases: []coc.Case{c}}); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, coc.ErrGone):
			t.Error(err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("one report became %d cases", won.Load())
	}
	if got, err := stores[1].Stages(t.Context()); err != nil || got[coc.StageReceived] != 1 {
		t.Errorf("%v %v", got, err)
	}
}

func CaseMovesOnceAmongProcesses(t *testing.T, d database) {
	stores := []*store.Store{d.open(t, store.Options{}), d.open(t, store.Options{})}
	mustCommit(t, stores[0], coc.Change{Cases: []coc.Case{aCase("one", 1), aCase("two", 1)}})
	var won atomic.Int32
	together(16, func(i int) {
		// Two cases in either order: two transactions that wait for each other.
		cases := []coc.Case{aCase("one", 2), aCase("two", 2)}
		if i%2 == 1 {
			cases[0], cases[1] = cases[1], cases[0]
		}
		switch err := stores[i%2].Commit(t.Context(), coc.Change{Cases: cases, Jobs: []coc.Job{{Kind: coc.JobShow, Case: "one"}}}); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, coc.ErrConflict):
			t.Error(err)
		}
	})
	if won.Load() > 1 || len(jobsOf(t, stores[0])) != int(won.Load()) {
		t.Errorf("%d won, %d jobs", won.Load(), len(jobsOf(t, stores[0])))
	}
}

// DeadlockIsAConflict has somebody hold the second case of a change, who then
// wants the first. PostgreSQL gives up whoever has waited for a second when it looks for
// circles, once: on a busy machine that may be the other one, and it is played again.
func DeadlockIsAConflict(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1), aCase("two", 1)}})
	other := connectTo(t, d.url)
	for revision := 2; !t.Failed(); revision++ {
		gaveUp, err := commitInACircle(t, s, other, revision)
		switch {
		case gaveUp && err == nil:
			continue
		case !errors.Is(err, coc.ErrConflict):
			t.Errorf("%v: it is to be decided again", err)
		}
		return
	}
}

// commitInACircle reports whether the other one gave up, and what the change comes to.
func commitInACircle(t *testing.T, s *store.Store, other *sql.DB, revision int) (gaveUp bool, err error) {
	t.Helper()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	touch := func(id string) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE cases SET stage = stage WHERE id = $1`, id)
		return err
	}
	if err := touch("two"); err != nil {
		t.Fatal(err)
	}
	committed := make(chan error, 1)
	go func() {
		committed <- s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase("one", revision), aCase("two", revision)}})
	}()
	until(t, "the change waits for the second case", func() bool {
		var n int
		err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		return err == nil && n > 0
	})
	switch err := touch("one"); {
	case err == nil:
	case strings.Contains(err.Error(), "SQLSTATE 40P01"):
		gaveUp = true
		_ = tx.Rollback()
	default:
		t.Fatal(err)
	}
	return gaveUp, <-committed
}

func LeaseHasOneHolderAmongProcesses(t *testing.T, d database) {
	var clock atomic.Int64
	opts := store.Options{LeaseNow: func() time.Time { return noon.Add(time.Duration(clock.Load())) }}
	one, other := d.open(t, opts), d.open(t, opts)
	release, err := one.Lease(t.Context(), "case/one", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	busy := func(s *store.Store, want error) func() {
		t.Helper()
		release, err := s.Lease(t.Context(), "case/one", time.Minute)
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		return release
	}
	busy(other, coc.ErrBusy)
	release()
	busy(other, nil)
	release() // a second time, when it is another's
	busy(one, coc.ErrBusy)
	clock.Store(int64(time.Minute)) // the other one died
	stale := busy(one, nil)
	clock.Store(int64(2 * time.Minute))
	busy(other, nil)
	stale()
	busy(one, coc.ErrBusy)
	// A process that ends in order leaves nothing behind.
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	busy(one, nil)
	var won atomic.Int32
	third := d.open(t, opts)
	together(20, func(i int) {
		if _, err := []*store.Store{one, third}[i%2].Lease(t.Context(), "case/two", time.Minute); err == nil {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d hold one lease", won.Load())
	}
}

func KeyInUseElsewhereIsKept(t *testing.T, d database) {
	var clock atomic.Int64
	opts := store.Options{Now: func() time.Time { return noon.Add(time.Duration(clock.Load())) }}
	one, other := d.open(t, opts), d.open(t, opts)
	mustTake(t, one, intake("guid-1"))
	mustTake(t, other, intake("guid-2"))
	for id := int64(1); id <= 2; id++ {
		mustCommit(t, one, coc.Change{Intake: id})
	}
	clock.Store(int64(2 * time.Minute))
	if err := one.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := store.IntakeKeys(t, one); n != 1 {
		t.Errorf("%d keys: its own is done, the other's may be in use", n)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if n := store.IntakeKeys(t, one); n != 0 {
		t.Errorf("%d keys after the other ended", n)
	}
}

// KeyErasedTooEarlyLosesNothing is a process that stood still for so long, in
// the middle of a commit, that another took its key for forgotten.
func KeyErasedTooEarlyLosesNothing(t *testing.T, d database) {
	var clock atomic.Int64
	now := func() time.Time { return noon.Add(time.Duration(clock.Load())) }
	other := d.open(t, store.Options{Now: now})
	var hold atomic.Bool
	held, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	slow := d.open(t, store.Options{Now: func() time.Time { return noon }, Commit: func(before bool) {
		if before && hold.CompareAndSwap(true, false) {
			close(held)
			<-released
		}
	}})
	t.Cleanup(release)
	mustTake(t, slow, intake("guid-1"))
	mustTake(t, other, intake("guid-2"))
	mustCommit(t, other, coc.Change{Intake: 1})
	mustCommit(t, other, coc.Change{Intake: 2})
	clock.Store(int64(time.Hour))
	tidy := func() {
		t.Helper()
		if err := other.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	// It has inserted and not committed: its key must stay.
	hold.Store(true)
	done := make(chan struct{})
	go func() { mustTake(t, slow, intake("guid-3")); close(done) }()
	<-held
	tidied := make(chan struct{})
	go func() { tidy(); close(tidied) }()
	until(t, "the key's row is waited for", func() bool {
		var n int
		err := other.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted`).Scan(&n)
		return err == nil && n > 0
	})
	release()
	<-done
	<-tidied
	id := lastIntake(t, other)
	if _, err := other.Intake(t.Context(), id); err != nil {
		t.Fatalf("it was promised and cannot be read: %v", err)
	}
	mustCommit(t, other, coc.Change{Intake: id})

	// It is about to insert under a key that is gone: it takes a new one.
	tidy()
	if n := store.IntakeKeys(t, other); n != 0 {
		t.Fatalf("%d keys; this test cannot fail", n)
	}
	mustTake(t, slow, intake("guid-4"))
	if _, err := other.Intake(t.Context(), lastIntake(t, other)); err != nil {
		t.Errorf("it was promised and cannot be read: %v", err)
	}
}

func lastIntake(t *testing.T, s *store.Store) (id int64) {
	t.Helper()
	if err := s.DB().QueryRowContext(t.Context(), `SELECT max(id) FROM intakes`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func KeysOfADeadProcessAreErased(t *testing.T, d database) {
	var clock atomic.Int64
	opts := store.Options{Now: func() time.Time { return noon.Add(time.Duration(clock.Load())) }}
	dead, s := d.open(t, opts), d.open(t, opts)
	mustTake(t, dead, intake("guid-1"))
	mustTake(t, s, intake("guid-2"))
	mustCommit(t, s, coc.Change{Intake: 2})
	// One more that died between its key's row and the key, and one that died
	// after the row was erased and before the key was.
	if _, err := s.DB().ExecContext(t.Context(), `INSERT INTO key_uses (id, born) VALUES (99, ?)`, noon.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if _, err := connectTo(t, beside(t, d.url)).ExecContext(t.Context(), `INSERT INTO intake_keys (id, wrapped) VALUES (98, 'x')`); err != nil {
		t.Fatal(err)
	}
	clock.Store(int64(time.Hour))
	tidy := func(want int) {
		t.Helper()
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := store.IntakeKeys(t, s); n != want {
			t.Errorf("%d keys, want %d", n, want)
		}
	}
	tidy(1)
	mustCommit(t, s, coc.Change{Intake: 1})
	tidy(0)
	var rows int
	if err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM key_uses`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows of keys are left, %v", rows, err)
	}
}

func MissingDatabaseIsRefusedWithItsRemedy(t *testing.T, d database) {
	u, err := url.Parse(d.url)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(u *url.URL)) string {
		c := *u
		change(&c)
		return c.String()
	}
	for name, c := range map[string]struct {
		d          database
		what, next string
	}{
		"no records":             {database{url: with(func(u *url.URL) { u.Path = "/no-such-records" })}, "no-such-records of the records does not exist", "createdb --owner cocrouter no-such-records"},
		"no keys":                {database{url: d.url, keysURL: with(func(u *url.URL) { u.Path = "/no-such-keys" })}, "no-such-keys of the keys does not exist", "createdb --owner cocrouter no-such-keys"},
		"one for both":           {database{url: d.url, keysURL: d.url}, "are the same", "Name two"},
		"no server":              {database{url: with(func(u *url.URL) { u.RawQuery = "host=/nowhere/at/all" })}, "cannot be reached at /nowhere/at/all", "Start the server"},
		"no such account":        {database{url: with(func(u *url.URL) { u.User = url.UserPassword("stranger", "canary-password") })}, "refuses the account stranger", "Correct the account"},
		"a promise that is none": {database{url: d.url + "&synchronous_commit=off"}, "synchronous_commit", "Remove"},
	} {
		c.d.keys = d.keys
		r := c.d.refused(t, name)
		if !strings.Contains(r.What, c.what) || !strings.Contains(r.Next, c.next) || strings.Contains(r.Error(), "canary") {
			t.Errorf("%s: %s / %s", name, r.What, r.Next)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := store.Open(ended, d.url, d.keys, store.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an Open whose context has ended: %v", err)
	}
}

func DatabaseOfAnotherStoreIsRefused(t *testing.T, d database) {
	other := database{url: postgrestest.URL(t), keys: d.keys}
	for _, d := range []database{d, other} {
		s := d.open(t, store.Options{})
		mustTake(t, s, intake("guid-1"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	d.keysURL = beside(t, other.url)
	if r := d.refused(t, "the keys of another"); !strings.Contains(r.What, "belong together") {
		t.Errorf("%s", r.What)
	}
	empty := database{url: postgrestest.URL(t), keys: d.keys}
	empty.keysURL = beside(t, other.url)
	if r := empty.refused(t, "keys without their records"); !strings.Contains(r.What, "belong together") {
		t.Errorf("%s", r.What)
	}
}
