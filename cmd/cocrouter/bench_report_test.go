package main

import (
	"context"
	"crypto/rand"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/forge"
)

// reportsASecond is the rate of BenchmarkReportAt200.
const reportsASecond = 200

// BenchmarkReportAt200 is how long the receipt takes while 200 reports a second
// arrive through the form, each of 20 KB and different from the others, whether or
// not the ones before them were answered. Each answer comes after its durable
// commit; at the end the reports in the database are counted. The limit on floods is
// out of the way: as it comes, it lets browsers that have worked for it through at
// this rate, and asks others to wait. A minute of it is
//
//	go test ./cmd/cocrouter -run '^$' -bench ReportAt200 -benchtime 12000x
func BenchmarkReportAt200(b *testing.B) {
	onBoth(b, func(b *testing.B, database func(*testing.B) string) {
		s, _ := benchSettings(b)
		s.Database, s.Limits.ReportsASecond = database(b), 1000
		srv, err := newServer(context.Background(), s, zerolog.Nop(), tuning{limits: forge.Unlimited})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := srv.store.Close(); err != nil {
				b.Error(err)
			}
		})
		peak := watchHeap(b)
		took := make([]time.Duration, b.N)
		var refused atomic.Int64
		var wait sync.WaitGroup
		b.ResetTimer()
		start := time.Now()
		for i := range b.N {
			r := filledReport()
			due := start.Add(time.Duration(i) * time.Second / reportsASecond)
			time.Sleep(time.Until(due))
			wait.Go(func() {
				w := httptest.NewRecorder()
				srv.handler.ServeHTTP(w, r)
				took[i] = time.Since(due)
				if w.Code != http.StatusOK || receiptIn(w.Body.String()) == "" {
					refused.Store(int64(w.Code))
				}
			})
		}
		wait.Wait()
		b.StopTimer()
		if code := refused.Load(); code != 0 {
			b.Fatalf("a report is answered with %d", code)
		}
		var kept int
		if err := srv.store.DB().QueryRowContext(context.Background(), `SELECT count(*) FROM intakes`).Scan(&kept); err != nil || kept != b.N {
			b.Fatalf("%d of %d reports are in the database, %v", kept, b.N, err)
		}
		slices.Sort(took)
		milliseconds := func(share float64) float64 {
			return float64(took[int(math.Round(share*float64(len(took)-1)))].Microseconds()) / 1000
		}
		b.ReportMetric(milliseconds(0.50), "p50-ms")
		b.ReportMetric(milliseconds(0.99), "p99-ms")
		b.ReportMetric(milliseconds(1), "max-ms")
		b.ReportMetric(float64(peak())/(1<<20), "peak-heap-MB")
	})
}

// filledReport is a form of 20 KB that nobody has sent before, in words, because
// what is sealed and kept depends on what it holds.
func filledReport() *http.Request {
	var account strings.Builder
	for account.Len() < 20<<10 {
		word := make([]byte, 2+mathrand.IntN(9))
		for i := range word {
			word[i] = byte('a' + mathrand.IntN(26))
		}
		account.Write(word)
		account.WriteByte(' ')
	}
	form := url.Values{"token": {rand.Text()}, "account": {account.String()}, "who1": {talker}, "role1": {"accused"}}
	r := httptest.NewRequest(http.MethodPost, "/report/"+toolsRepo, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "127.0.0.1:4711"
	return r
}

// watchHeap looks ten times a second at how much of the heap is in use, the senders'
// part of it too, and gives the most that it saw.
func watchHeap(b *testing.B) (peak func() uint64) {
	b.Helper()
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	stop := sync.OnceFunc(func() { close(done); <-ended })
	b.Cleanup(stop)
	return func() uint64 { stop(); return most.Load() }
}
