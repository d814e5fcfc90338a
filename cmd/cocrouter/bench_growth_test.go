package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// BenchmarkGrowth times what must not become slow while cases pile up, with 10²,
// 10⁴ and 10⁵ of them stored: the deliveries of BenchmarkDelivery from 128
// senders and those of BenchmarkDeliveryAt500, and what is asked for a scrape and
// for every delivery of a case, in microseconds a call. Each case has a key, a
// place, a receipt, two deliveries that are done, and a timer that waits. What an
// idle worker asks is BenchmarkIdleWorker of pkg/worker.
func BenchmarkGrowth(b *testing.B) {
	onBoth(b, func(b *testing.B, database func(*testing.B) string) {
		for _, cases := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("cases=%d", cases), func(b *testing.B) { growth(b, database(b), cases) })
		}
	})
}

// What is sent once, whatever the benchmark's time: growing takes longer than it.
const (
	grownDeliveries = 20_000 // from all senders
	grownSeconds    = 4      // at 500 a second
)

func growth(b *testing.B, database string, cases int) {
	srv, p := benchServing(b, database)
	grow(b, srv.store, database, cases)
	asked := []struct {
		name string
		ask  func(context.Context, *store.Store) error
	}{
		{"oldest-job", func(ctx context.Context, s *store.Store) error { _, err := s.OldestDue(ctx); return err }},
		{"oldest-intake", func(ctx context.Context, s *store.Store) error { _, err := s.OldestUndone(ctx); return err }},
		{"stages", func(ctx context.Context, s *store.Store) error { _, err := s.Stages(ctx); return err }},
		{"job-counts", func(ctx context.Context, s *store.Store) error { _, err := s.JobCounts(ctx); return err }},
		{"case-at", func(ctx context.Context, s *store.Store) error { _, _, err := s.CaseAt(ctx, 1, 1); return err }},
		{"case", func(ctx context.Context, s *store.Store) error { _, err := s.Case(ctx, template); return err }},
	}
	spent := make([]time.Duration, len(asked))
	for b.Loop() {
		for i, a := range asked {
			start := time.Now()
			if err := a.ask(b.Context(), srv.store); err != nil {
				b.Fatalf("%s: %v", a.name, err)
			}
			spent[i] += time.Since(start)
		}
	}
	requests := many(grownDeliveries+grownSeconds*everySecond, p.signed)
	used, start := startTimes(b), time.Now()
	sendAll(b, srv.handler, requests[:grownDeliveries], 128, http.StatusAccepted)
	took, processors := time.Since(start), used()
	atRate(b, srv.handler, requests[grownDeliveries:])
	// Only now: what is reported before a timer is set anew is lost.
	for i, a := range asked {
		b.ReportMetric(float64(spent[i].Microseconds())/float64(b.N), a.name+"-µs")
	}
	b.ReportMetric(grownDeliveries/took.Seconds(), "deliveries/s")
	b.ReportMetric(float64(processors.Microseconds())/grownDeliveries, "cpu-µs/op")
	b.ReportMetric(0, "ns/op") // of all together: it says nothing
}

const template coc.CaseID = "template"

// grow stores so many cases as the store would, but many in one commit and each
// sealed like the first: only what is asked of the first can be opened.
func grow(b *testing.B, s *store.Store, database string, cases int) {
	b.Helper()
	first := coc.Case{
		ID: template, Revision: 1, Stage: coc.StageReceived, Receipt: []byte("receipt"),
		Report:     coc.Report{Channel: coc.ChannelForm, Account: coc.NewProse(someNoise())},
		Placements: []coc.Placement{{Room: coc.RepoFacts{ID: 1}, Issue: 1}},
	}
	if err := s.Commit(b.Context(), coc.Change{Cases: []coc.Case{first}, Jobs: []coc.Job{{
		Kind: coc.JobShow, Case: template, Revision: 1, At: time.Now().Add(1000 * time.Hour),
	}}}); err != nil {
		b.Fatal(err)
	}
	// Neighbours in time are no neighbours in an index of random keys.
	const (
		numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(%d AS BIGINT)) `
		key     = `CAST(n * 2654435761 %% 4294967296 AS TEXT) || '-of-the-length-of-a-keyed-hash-in-hexadecimal-digits'`
	)
	insert := func(db *sql.DB, statement string) {
		if _, err := db.ExecContext(b.Context(), fmt.Sprintf(statement, cases)); err != nil {
			b.Fatalf("%s: %v", statement, err)
		}
	}
	keys := keysOf(b, database)
	insert(keys, `INSERT INTO case_keys (case_id, wrapped) `+numbers+`SELECT `+key+`, wrapped FROM numbers, case_keys WHERE case_id = 'template'`)
	for _, statement := range []string{
		`INSERT INTO cases (id, revision, stage, sealed) ` + numbers + `SELECT ` + key + `, 1,
			CASE n %% 4 WHEN 0 THEN 'received' WHEN 1 THEN 'screening' WHEN 2 THEN 'follow-up' ELSE 'closed' END, t.sealed
			FROM numbers, cases t WHERE t.id = 'template'`,
		`INSERT INTO places (place, case_id, placement) ` + numbers + `SELECT ` + key + `, ` + key + `, 0 FROM numbers`,
		`INSERT INTO receipts (receipt, case_id) ` + numbers + `SELECT ` + key + `, ` + key + ` FROM numbers`,
		`INSERT INTO intakes (delivery, object, lane, received, state) ` + numbers + `SELECT ` + key + `, ` + key + `, 'lane', n, 'done' FROM numbers`,
		`INSERT INTO intakes (delivery, object, lane, received, state) ` + numbers + `SELECT 'x' || ` + key + `, 'x' || ` + key + `, 'lane', n, 'done' FROM numbers`,
		`INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags) ` + numbers + `
			SELECT args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags FROM numbers, river_job`,
	} {
		insert(s.DB(), statement)
	}
	if s.Shared() { // as the server does by itself, in a minute or so
		insert(s.DB(), `ANALYZE -- %d`)
	}
}

// keysOf is the database with the keys of the records in another.
func keysOf(b *testing.B, database string) *sql.DB {
	b.Helper()
	driver, url := "sqlite", strings.TrimPrefix(database, "sqlite:")+"-keys"
	if isPostgres(database) {
		var err error
		if url, err = store.BesideURL(database); err != nil {
			b.Fatal(err)
		}
		driver = "pgx"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// someNoise is three thousand letters that no compression makes fewer of.
func someNoise() string {
	var text strings.Builder
	for text.Len() < 3000 {
		text.WriteString(rand.Text())
	}
	return text.String()
}
