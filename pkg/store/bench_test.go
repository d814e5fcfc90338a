package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// BenchmarkTake makes 10 KB deliveries durable, from many callers at a time.
func BenchmarkTake(b *testing.B) {
	payload := coc.NewProse(`{"text":"` + strings.Repeat(`words and \"words\" `, 520) + `"}`)
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var commits atomic.Int64
			d := database{url: "sqlite:" + filepath.Join(b.TempDir(), "db"), keys: newKeys(b)}
			s := d.open(b, store.Options{Commit: func(before bool) {
				if before {
					commits.Add(1)
				}
			}})
			var next atomic.Int64
			b.SetBytes(int64(payload.Len()))
			b.ResetTimer()
			together(callers, func(int) {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					in := intake(fmt.Sprint("guid-", i))
					in.Payload = payload
					if fresh, err := s.Take(b.Context(), in); err != nil || !fresh {
						b.Errorf("fresh %v, %v", fresh, err)
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "takes/s")
			b.ReportMetric(float64(b.N)/float64(commits.Load()), "takes/commit")
		})
	}
}
