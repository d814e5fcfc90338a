package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// BenchmarkDelivery is a signed delivery of more than 10 KB through the
// server's own handler to the durable commit: signature, decoding, sealing, one
// fsync that those who come at the same time share. The figures in README.md
// are its. Nothing works on what it takes: that is the jobs' time, not GitHub's.
func BenchmarkDelivery(b *testing.B) {
	onBoth(b, func(b *testing.B, database func(*testing.B) string) {
		bySenders(b, func(b *testing.B) (http.Handler, payloads) { return benchServer(b, database(b)) })
	})
}

// onBoth runs a benchmark on both databases. PostgreSQL waits for its disk, as
// it does where reports are kept.
func onBoth(b *testing.B, run func(b *testing.B, database func(*testing.B) string)) {
	b.Run("sqlite", func(b *testing.B) {
		run(b, func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "cocrouter.db") })
	})
	b.Run("postgres", func(b *testing.B) {
		run(b, func(b *testing.B) string { return postgrestest.Durable(b) })
	})
}

// bySenders delivers to a fresh handler from one sender, from 16 and from 128.
func bySenders(b *testing.B, fresh func(*testing.B) (http.Handler, payloads)) {
	for _, senders := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			h, p := fresh(b)
			requests := many(b.N, p.signed)
			b.SetBytes(int64(len(p.body(0))))
			used := startTimes(b)
			sendAll(b, h, requests, senders, http.StatusAccepted)
			reportRates(b, used)
		})
	}
}

// BenchmarkIrrelevantDelivery is what most deliveries are: a comment without a
// command. It touches neither the database nor GitHub.
func BenchmarkIrrelevantDelivery(b *testing.B) {
	h, p := benchServer(b, "sqlite:"+filepath.Join(b.TempDir(), "cocrouter.db"))
	requests := many(b.N, p.idle)
	b.SetBytes(int64(len(p.body(0))))
	used := startTimes(b)
	sendAll(b, h, requests, 16, http.StatusOK)
	reportRates(b, used)
}

// startTimes starts the clock, and tells how much of the processors' time this
// process used since. The senders' is in it, and PostgreSQL's is not.
func startTimes(b *testing.B) (used func() time.Duration) {
	processors := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := processors()
	b.ResetTimer()
	return func() time.Duration { return processors() - before }
}

func reportRates(b *testing.B, used func() time.Duration) {
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(used().Microseconds())/float64(b.N), "cpu-µs/op")
}

// benchSettings are those of a server with two Apps, and what is delivered to it.
func benchSettings(b *testing.B) (settings, payloads) {
	b.Helper()
	source, rooms, err := newDemoApps()
	if err != nil {
		b.Fatal(err)
	}
	p, err := newPayloads(source, rooms)
	if err != nil {
		b.Fatal(err)
	}
	s, err := demoSettings(b.TempDir(), "http://127.0.0.1:1", "http://127.0.0.1:2", source.registration, rooms.registration)
	if err != nil {
		b.Fatal(err)
	}
	return s, p
}

func benchServer(b *testing.B, database string) (http.Handler, payloads) {
	b.Helper()
	srv, p := benchServing(b, database)
	return srv.handler, p
}

// benchServing is a server that takes in and does not work.
func benchServing(b *testing.B, database string) (*server, payloads) {
	b.Helper()
	s, p := benchSettings(b)
	s.Database = database
	srv, err := newServer(context.Background(), s, zerolog.Nop(), tuning{limits: forge.Unlimited})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := srv.store.Close(); err != nil {
			b.Error(err)
		}
	})
	return srv, p
}

// sendAll lets so many senders take the requests in turn, each waiting for its
// answer before it sends the next.
func sendAll(b *testing.B, h http.Handler, requests []*http.Request, senders, want int) {
	b.Helper()
	var next, wrong atomic.Int64
	var wait sync.WaitGroup
	for range senders {
		wait.Go(func() {
			for i := next.Add(1); i <= int64(len(requests)); i = next.Add(1) {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, requests[i-1])
				if w.Code != want {
					wrong.Store(int64(w.Code))
				}
			}
		})
	}
	wait.Wait()
	if code := wrong.Load(); code != 0 {
		b.Fatalf("answered %d, want %d", code, want)
	}
}

// everySecond is the rate of BenchmarkDeliveryAt500.
const everySecond = 500

// BenchmarkDeliveryAt500 is how long an answer takes while 500 deliveries a
// second arrive, whether or not the ones before them were answered. A delivery
// that is sent late because the processors are busy has waited since it was due.
func BenchmarkDeliveryAt500(b *testing.B) {
	onBoth(b, func(b *testing.B, database func(*testing.B) string) {
		h, p := benchServer(b, database(b))
		atRate(b, h, many(b.N, p.signed))
	})
}

func atRate(b *testing.B, h http.Handler, requests []*http.Request) {
	b.Helper()
	took := make([]time.Duration, len(requests))
	var wrong atomic.Int64
	var wait sync.WaitGroup
	b.ResetTimer()
	start := time.Now()
	for i, r := range requests {
		due := start.Add(time.Duration(i) * time.Second / everySecond)
		time.Sleep(time.Until(due))
		wait.Go(func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			took[i] = time.Since(due)
			if w.Code != http.StatusAccepted {
				wrong.Store(int64(w.Code))
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	if code := wrong.Load(); code != 0 {
		b.Fatalf("answered %d, want %d", code, http.StatusAccepted)
	}
	slices.Sort(took)
	milliseconds := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(milliseconds(0.50), "p50-ms")
	b.ReportMetric(milliseconds(0.99), "p99-ms")
	b.ReportMetric(milliseconds(1), "max-ms")
}
