package forge_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Whoever writes as much below a thread as GitHub takes keeps nobody from capturing what
// was said in it. A hundred comments of 65,536 characters of four bytes are 26 MB.
func TestWhatIsMeantIsCapturedHoweverMuchStandsAroundIt(t *testing.T) {
	t.Parallel()
	flood := bytes.Repeat([]byte(" "), 1<<20)
	for name, below := range map[string]string{"where fewer can be read": "100", "where none can": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			number, said := w.talk()
			for range 30 {
				_, err := w.Comment("alice-example", engine.String(), number, "More.")
				w.must(err)
			}
			pull, err := w.OpenPull("alice-example", engine.String(), "A change", "I changed it.")
			w.must(err)
			first, err := w.ReviewComment("bob-example", engine.String(), pull, "heliotrope", 0)
			w.must(err)
			_, err = w.ReviewComment("alice-example", engine.String(), pull, "Pardon?", first)
			w.must(err)
			commit, err := w.CommentOnCommit("bob-example", engine.String(), w.Head(engine.String()), "Why?")
			w.must(err)
			_, err = w.CommentOnCommit("alice-example", engine.String(), w.Head(engine.String()), "So.")
			w.must(err)
			lists := func(r *http.Request) bool {
				return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/comments") && strings.HasPrefix(r.URL.Query().Get("per_page"), below)
			}
			w.Fail(lists, 100, func(r http.ResponseWriter, _ *http.Request) {
				r.Header().Set("Content-Type", "application/json")
				for range 26 {
					_, _ = r.Write(flood)
				}
			})
			for _, c := range []struct {
				at   coc.Talk
				want string
				all  int
			}{
				{coc.Talk{Kind: coc.TalkComment, Number: number, ID: said}, "You are heliotrope.", 31},
				{coc.Talk{Kind: coc.TalkReviewComment, Number: pull, ID: first}, "heliotrope", 1},
				{coc.Talk{Kind: coc.TalkCommitComment, SHA: w.Head(engine.String()), ID: commit}, "Why?", 1},
			} {
				c.at.Repo = engine
				got, err := w.f.Capture(ctx(t), c.at, 0)
				if err != nil || got.Said.Text.Reveal() != c.want {
					t.Errorf("%s: %q, %v", c.at.Kind, got.Said.Text.Reveal(), err)
				}
				if len(got.Thread)+got.Left < c.all || below == "" && got.Left == 0 || below != "" && len(got.Thread) == 0 {
					t.Errorf("%s: %d around it, and %d left", c.at.Kind, len(got.Thread), got.Left)
				}
			}
		})
	}
}
