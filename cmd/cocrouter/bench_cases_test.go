package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// BenchmarkCasesAmongAThousand is how long a member waits for the list of their ten
// cases, while the store has a thousand that are not closed.
func BenchmarkCasesAmongAThousand(b *testing.B) {
	s, id := demoReported(b)
	if err := copyCase(b.Context(), s.server, id, 999, 9); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/cases", nil)
		r.Header.Set("Cookie", "cocrouter=token")
		w := httptest.NewRecorder()
		start := time.Now()
		s.server.handler.ServeHTTP(w, r)
		took = append(took, time.Since(start))
		if n := strings.Count(w.Body.String(), `href="/cases/`); w.Code != http.StatusOK || n != 10 {
			b.Fatalf("answered %d, with %d cases", w.Code, n)
		}
	}
	b.ReportMetric(float64(slices.Max(took).Microseconds())/1000, "max-ms")
}

// copyCase stores so many copies of a case, of which the first few have its responders
// and the rest have others.
func copyCase(ctx context.Context, s *server, id coc.CaseID, copies, theirs int) error {
	c, err := s.store.Case(ctx, id)
	for err == nil && c.Home().Issue == 0 { // GitHub has the issue a moment before the case knows it
		time.Sleep(time.Millisecond)
		c, err = s.store.Case(ctx, id)
	}
	if err != nil {
		return err
	}
	for n := range copies {
		other := c
		other.ID, other.Revision, other.Receipt, other.Effects = coc.CaseID(strings.ToLower(rand.Text())), 1, nil, nil
		other.Placements = slices.Clone(c.Placements)
		if home := other.Home(); n >= theirs {
			home.Responders = []coc.Login{"somebody-else", "and-another"}
		}
		err = errors.Join(err, s.store.Commit(ctx, coc.Change{Cases: []coc.Case{other}}))
	}
	return err
}
