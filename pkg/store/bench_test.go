package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// BenchmarkGrowth times what must not become slow while cases pile up, with 10²,
// 10⁴ and 10⁵ of them stored. Each case has a key, a place, a receipt, two
// deliveries that are done, and a timer that waits. Every figure is of one call,
// in microseconds, but takes/s: 10 KB deliveries from 128 callers at a time.
func BenchmarkGrowth(b *testing.B) {
	for _, on := range []struct {
		name string
		url  func(*testing.B) string
	}{
		{"sqlite", func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "db") }},
		{"postgres", func(b *testing.B) string { return postgrestest.Durable(b) }},
	} {
		for _, cases := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/cases=%d", on.name, cases), func(b *testing.B) {
				growth(b, database{url: on.url(b), keys: newKeys(b)}, cases)
			})
		}
	}
}

func growth(b *testing.B, d database, cases int) {
	s := d.open(b, store.Options{})
	grow(b, s, cases)
	receipt, known := []byte("receipt"), make([]string, 100)
	for i := range known {
		known[i] = fmt.Sprint("guid-", i)
	}
	asked := []struct {
		name string
		ask  func(context.Context) error
	}{
		{"timers", timers(s)},
		{"oldest-job", func(ctx context.Context) error { _, err := s.OldestDue(ctx); return err }},
		{"oldest-intake", func(ctx context.Context) error { _, err := s.OldestUndone(ctx); return err }},
		{"stages", func(ctx context.Context) error { _, err := s.Stages(ctx); return err }},
		{"job-counts", func(ctx context.Context) error { _, err := s.JobCounts(ctx); return err }},
		{"asides", func(ctx context.Context) error { _, err := s.Asides(ctx); return err }},
		{"known-100", func(ctx context.Context) error { _, err := s.Known(ctx, known); return err }},
		{"case", func(ctx context.Context) error { _, err := s.Case(ctx, template); return err }},
		{"case-at", func(ctx context.Context) error { _, _, err := s.CaseAt(ctx, 1, 1); return err }},
		{"case-by-receipt", func(ctx context.Context) error { _, err := s.CaseByReceipt(ctx, receipt); return err }},
	}
	spent := make([]time.Duration, len(asked))
	for b.Loop() {
		for i, a := range asked {
			start := time.Now()
			if err := a.ask(b.Context()); err != nil {
				b.Fatalf("%s: %v", a.name, err)
			}
			spent[i] += time.Since(start)
		}
	}
	for i, a := range asked {
		b.ReportMetric(float64(spent[i].Microseconds())/float64(b.N), a.name+"-µs")
	}
	b.ReportMetric(takes(b, s), "takes/s")
	b.ReportMetric(0, "ns/op") // of all together: it says nothing
}

// takes is how many deliveries a second become durable. A third of each does not
// compress, as with GitHub's.
func takes(b *testing.B, s *store.Store) (everySecond float64) {
	const callers, each = 128, 20
	address := strings.Repeat("https://api.github.example/repos/example/widget/issues{/number}", 110)
	start := time.Now()
	together(callers, func(n int) {
		for i := range each {
			in := intake(fmt.Sprintf("take-%d-%d", n, i))
			in.Object, in.Lane = in.Delivery, fmt.Sprint("lane-", n)
			in.Payload = coc.NewProse(address + someNoise())
			if fresh, err := s.Take(b.Context(), in); err != nil || !fresh {
				b.Errorf("fresh %v, %v", fresh, err)
			}
		}
	})
	return callers * each / time.Since(start).Seconds()
}

// timers is the queue's own look for jobs whose time has come, which every
// worker has done every few seconds. None has.
func timers(s *store.Store) func(context.Context) error {
	var queue riverdriver.Driver[*sql.Tx] = riversqlite.New(s.DB())
	if s.Shared() {
		queue = riverdatabasesql.New(s.DB())
	}
	return func(ctx context.Context) error {
		due, err := queue.GetExecutor().JobSchedule(ctx, &riverdriver.JobScheduleParams{Max: 1000})
		if err == nil && len(due) > 0 {
			err = fmt.Errorf("%d jobs were due", len(due))
		}
		return err
	}
}

const template coc.CaseID = "template"

// grow stores so many cases as the store would, but many in one commit and each
// sealed like the first: only what is asked of the first can be opened.
func grow(b *testing.B, s *store.Store, cases int) {
	b.Helper()
	first := aCase(template, 1)
	first.Receipt = []byte("receipt")
	first.Report.Account = coc.NewProse(someNoise())
	first.Placements = []coc.Placement{{Room: coc.RepoFacts{ID: 1}, Issue: 1}}
	mustCommit(b, s, coc.Change{Cases: []coc.Case{first}, Jobs: []coc.Job{{
		Kind: coc.JobShow, Case: template, Revision: 1, At: time.Now().Add(1000 * time.Hour),
	}}})
	store.GrowKeys(b, s, string(template), cases)
	// Neighbours in time are no neighbours in an index of random keys.
	const (
		numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(? AS BIGINT)) `
		key     = `CAST(n * 2654435761 % 4294967296 AS TEXT) || '-of-the-length-of-a-keyed-hash-in-hexadecimal-digits'`
	)
	for _, statement := range []string{
		`INSERT INTO cases (id, revision, stage, sealed) ` + numbers + `SELECT ` + key + `, 1,
			CASE n % 4 WHEN 0 THEN 'received' WHEN 1 THEN 'screening' WHEN 2 THEN 'follow-up' ELSE 'closed' END, t.sealed
			FROM numbers, cases t WHERE t.id = 'template'`,
		`INSERT INTO places (place, case_id, placement) ` + numbers + `SELECT ` + key + `, ` + key + `, 0 FROM numbers`,
		`INSERT INTO receipts (receipt, case_id) ` + numbers + `SELECT ` + key + `, ` + key + ` FROM numbers`,
		`INSERT INTO intakes (delivery, object, lane, received, state) ` + numbers + `SELECT ` + key + `, ` + key + `, 'lane', n, 'done' FROM numbers`,
		`INSERT INTO intakes (delivery, object, lane, received, state) ` + numbers + `SELECT 'x' || ` + key + `, 'x' || ` + key + `, 'lane', n, 'done' FROM numbers`,
		`INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags) ` + numbers + `
			SELECT args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags FROM numbers, river_job`,
	} {
		if _, err := s.DB().ExecContext(b.Context(), statement, cases); err != nil {
			b.Fatalf("%s: %v", statement, err)
		}
	}
	if s.Shared() { // as the server does by itself, in a minute or so
		if _, err := s.DB().ExecContext(b.Context(), `ANALYZE`); err != nil {
			b.Fatal(err)
		}
	}
}

// someNoise is three thousand letters that no compression makes fewer of.
func someNoise() string {
	var text strings.Builder
	for text.Len() < 3000 {
		text.WriteString(rand.Text())
	}
	return text.String()
}
