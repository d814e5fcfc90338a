package hook_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

// BenchmarkDelivery is a signed delivery of 10 KB through the handler, with
// nothing behind Take: what the webhook costs before the database.
func BenchmarkDelivery(b *testing.B) {
	filler := strings.Repeat("All work and no play. ", 340)
	for _, bm := range []struct{ name, event, body string }{
		{"taken", "issue_comment", commentPayload(with("issue.body", filler), with("comment.body", "/coc ack"))},
		{"comment nobody needs", "issue_comment", commentPayload(with("issue.body", filler))},
		{"event nobody needs", "star", commentPayload(with("issue.body", filler))},
	} {
		b.Run(bm.name, func(b *testing.B) {
			h, err := hook.New(hook.Options{
				Apps:   twoApps(),
				Take:   func(context.Context, coc.Intake) (bool, error) { return true, nil },
				Digest: digest,
			})
			if err != nil {
				b.Fatal(err)
			}
			template := deliver(sourceID, sourceSecret, bm.event, "guid", bm.body)
			b.SetBytes(int64(len(bm.body)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := template.Clone(context.Background())
					r.Body = readCloser{strings.NewReader(bm.body)}
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if w.Code/100 != 2 {
						b.Fatal(w.Code)
					}
				}
			})
		})
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
