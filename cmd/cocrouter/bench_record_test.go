package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// BenchmarkRecordOfAThousandItems is how long a member waits for the page of a case
// with a thousand items of evidence, the most that a case keeps: who they are and what
// they may read is asked, that they looked is durable, and all of it is on the page.
// The simulated GitHub answers at once, and is asked every few seconds, as GitHub is.
func BenchmarkRecordOfAThousandItems(b *testing.B) {
	s, id := demoReported(b)
	if err := fillEvidence(b.Context(), s.server, id); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	size := 0
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/cases/"+string(id), nil)
		r.Header.Set("Cookie", "cocrouter=token")
		w := httptest.NewRecorder()
		start := time.Now()
		s.server.handler.ServeHTTP(w, r)
		took = append(took, time.Since(start))
		if size = w.Body.Len(); w.Code != http.StatusOK || strings.Count(w.Body.String(), "/evidence/") != 800 {
			b.Fatalf("answered %d: %s", w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(slices.Max(took).Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(size>>10), "KB")
}

// demoReported is a demo in which somebody has reported, and a member of the committee that
// has the case is signed in.
func demoReported(b *testing.B) (*scene, coc.CaseID) {
	b.Helper()
	s, err := demo{addr: "127.0.0.1:0"}.build(b.Context(), b.TempDir(), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.server.run(ctx, s.public, nil) }()
	b.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, s.sim.Close()); err != nil {
			b.Error(err)
		}
	})
	p := s.play(io.Discard, demoPatience)
	form := filledReport()
	form.URL.Path = "/report/" + riverRepo
	s.server.handler.ServeHTTP(httptest.NewRecorder(), form)
	if _, err := p.caseIn(b.Context(), riverCommittee[0], riverRoom); err != nil {
		b.Fatal(err)
	}
	ids, err := s.server.store.UnclosedCases(b.Context())
	if err != nil || len(ids) != 1 {
		b.Fatalf("%d cases, %v", len(ids), err)
	}
	var account struct{ ID int64 }
	if _, err := p.ask(b.Context(), riverCommittee[0], http.MethodGet, "/user", nil, &account); err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	err = s.server.store.BeginSession(b.Context(), "token", coc.Session{
		Person: coc.Person{Login: coc.Login(riverCommittee[0]), Account: account.ID}, Until: now.Add(time.Hour), End: now.Add(time.Hour),
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, ids[0]
}

// fillEvidence gives a case as much evidence as one keeps: two hundred addresses, each captured
// twice, and files.
func fillEvidence(ctx context.Context, s *server, id coc.CaseID) error {
	for {
		c, err := s.store.Case(ctx, id)
		if err != nil {
			return err
		}
		c.Evidence = nil
		add := func(e coc.Evidence) {
			e.Number, e.At, e.Mac = len(c.Evidence)+1, time.Now().UTC(), strings.Repeat("a", 64)
			c.Evidence = append(c.Evidence, e)
		}
		kept := coc.Content{ID: strings.Repeat("A", 26), Key: coc.NewProse(strings.Repeat("k", 43)), Media: "image/png", Size: 1 << 20, SHA256: strings.Repeat("b", 64), Redrawn: true}
		for i := range 200 {
			add(coc.Evidence{Kind: coc.EvidenceAddress, URL: coc.NewProse(fmt.Sprintf("https://github.example/%s/issues/%d#issuecomment-%d", riverRepo, i, i)), Title: coc.NewProse("What he said there")})
			add(coc.Evidence{Kind: coc.EvidenceCapture, Of: len(c.Evidence), Content: kept})
			add(coc.Evidence{Kind: coc.EvidenceCapture, Of: len(c.Evidence) - 1, Content: kept})
		}
		for i := range 400 {
			add(coc.Evidence{Kind: coc.EvidenceFile, Title: coc.NewProse(fmt.Sprintf("screenshot of message %d.png", i)), As: coc.RoleReporter, Content: kept})
		}
		c.Revision++
		if err := s.store.Commit(ctx, coc.Change{Cases: []coc.Case{c}}); !errors.Is(err, coc.ErrConflict) {
			return err
		}
	}
}
