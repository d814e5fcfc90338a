package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

// BenchmarkDelivery is a signed delivery of 10 KB through the server's own
// handler to the durable commit: signature, decoding, sealing, one fsync that
// those who come at the same time share. The figures in README.md are its.
// Nothing works on what it takes: that is the jobs' time, not GitHub's.
func BenchmarkDelivery(b *testing.B) {
	for _, senders := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			h, source := benchServer(b)
			requests := make([]*http.Request, b.N)
			for i := range requests {
				requests[i] = source.deliver("issue_comment", benchComment(i), i)
			}
			b.SetBytes(10 << 10)
			b.ResetTimer()
			sendAll(b, h, requests, senders, http.StatusAccepted)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// BenchmarkIrrelevantDelivery is what most deliveries are: a comment without a
// command. It touches neither the database nor GitHub.
func BenchmarkIrrelevantDelivery(b *testing.B) {
	h, source := benchServer(b)
	requests := make([]*http.Request, b.N)
	for i := range requests {
		requests[i] = source.deliver("issue_comment", strings.Replace(benchComment(i), "/coc report", "nothing here", 1), i)
	}
	b.ResetTimer()
	sendAll(b, h, requests, 16, http.StatusOK)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

func benchServer(b *testing.B) (http.Handler, demoApp) {
	b.Helper()
	source, rooms, err := newDemoApps()
	if err != nil {
		b.Fatal(err)
	}
	s, err := demoSettings(b.TempDir(), "http://127.0.0.1:1", "http://127.0.0.1:2", source.registration, rooms.registration)
	if err != nil {
		b.Fatal(err)
	}
	srv, err := newServer(context.Background(), s, zerolog.Nop(), tuning{writes: rate.NewLimiter(rate.Inf, 1)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.store.Close() })
	return srv.handler, source
}

// sendAll lets so many senders take the requests in turn, each waiting for its
// answer before it sends the next.
func sendAll(b *testing.B, h http.Handler, requests []*http.Request, senders, want int) {
	b.Helper()
	var next, wrong atomic.Int64
	var wait sync.WaitGroup
	for range senders {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, requests[i])
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

// deliver is a delivery as GitHub sends it.
func (a demoApp) deliver(event, body string, n int) *http.Request {
	mac := hmac.New(sha256.New, a.Secrets[0])
	mac.Write([]byte(body))
	r := httptest.NewRequest(http.MethodPost, "/api/github/hook", io.NopCloser(bytes.NewReader([]byte(body))))
	r.ContentLength = int64(len(body))
	for k, v := range map[string]string{
		"Content-Type":                           "application/json",
		"X-GitHub-Event":                         event,
		"X-GitHub-Delivery":                      fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		"X-GitHub-Hook-Installation-Target-Type": "integration",
		"X-GitHub-Hook-Installation-Target-ID":   fmt.Sprint(a.ID),
		"X-Hub-Signature-256":                    "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		r.Header.Set(k, v)
	}
	return r
}

// benchComment is a comment's payload of 10 KB.
func benchComment(n int) string {
	const shape = `{"action":"created","issue":{"id":7,"node_id":"I_7","number":3,"title":"A question","state":"open","locked":false,
"user":{"login":"tom-talker","id":5,"type":"User"},"labels":[],"body":%q,"html_url":"https://github.com/quiet-org/tool/issues/3","created_at":"2026-03-02T09:00:00Z","updated_at":"2026-03-02T09:00:00Z"},
"comment":{"id":%d,"node_id":"IC_%d","user":{"login":"nell-newcomer","id":6,"type":"User"},"body":"/coc report","html_url":"https://github.com/quiet-org/tool/issues/3#issuecomment-%d","created_at":"2026-03-02T09:00:00Z","updated_at":"2026-03-02T09:00:00Z"},
"repository":{"id":9,"node_id":"R_9","name":"tool","full_name":"quiet-org/tool","private":false,"visibility":"public","archived":false,"disabled":false,"fork":false,"default_branch":"main","owner":{"login":"quiet-org","id":8,"type":"Organization"}},
"sender":{"login":"nell-newcomer","id":6,"type":"User"},"installation":{"id":1}}`
	empty := len(shape) + 40
	return fmt.Sprintf(shape, strings.Repeat("x", 10<<10-empty), n+1, n+1, n+1)
}
