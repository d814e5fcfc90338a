package forge_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Whoever edits what they said often enough, or makes it long enough, does not get rid
// of what it said at first.
func TestWhatWasSaidAtFirstIsCapturedHoweverOftenItWasEdited(t *testing.T) {
	t.Parallel()
	flood := bytes.Repeat([]byte(" "), 1<<20)
	for name, c := range map[string]struct {
		edits int
		large bool // in GitHub's answer, as a hundred texts of full length are
	}{
		"often":          {150, false},
		"at full length": {50, true},
		"once":           {1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			number, said := w.talk()
			for n := range c.edits {
				w.must(w.EditComment("bob-example", engine.String(), said, fmt.Sprint("kind words ", n)))
			}
			if c.large {
				w.Fail(to("POST", "/api/graphql"), 1, func(r http.ResponseWriter, _ *http.Request) {
					r.Header().Set("Content-Type", "application/json")
					for range 26 {
						_, _ = r.Write(flood)
					}
				})
			}
			got, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkComment, Repo: engine, Number: number, ID: said}, 0)
			if err != nil || got.Unasked || len(got.Said.Edits) == 0 {
				t.Fatalf("%d edits, unasked %t, %v", len(got.Said.Edits), got.Unasked, err)
			}
			edits := got.Said.Edits
			if last := edits[len(edits)-1]; last.Text.Reveal() != "You are heliotrope." {
				t.Errorf("the oldest of %d is %.20q", len(edits), last.Text.Reveal())
			}
			if want := fmt.Sprint("kind words ", c.edits-1); edits[0].Text.Reveal() != want {
				t.Errorf("the newest is %.20q", edits[0].Text.Reveal())
			}
			left := 0
			for _, e := range edits {
				left += e.Left
			}
			if len(edits)+left != c.edits+1 {
				t.Errorf("%d were read and %d left out, of %d", len(edits), left, c.edits+1)
			}
		})
	}
}

func TestHistoryOfAReviewAndOfWhatIsSaidOfACommitIsCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pull, err := w.OpenPull("alice-example", engine.String(), "A change", "I changed it.")
	w.must(err)
	whole, err := w.Review("bob-example", engine.String(), pull, "You are heliotrope.")
	w.must(err)
	w.must(w.EditReview("bob-example", engine.String(), whole, "Well done."))
	head := w.Head(engine.String())
	commit, err := w.CommentOnCommit("bob-example", engine.String(), head, "You are heliotrope.")
	w.must(err)
	w.must(w.EditCommitComment("bob-example", engine.String(), commit, "Well done."))
	for _, at := range []coc.Talk{{Kind: coc.TalkReview, Number: pull, ID: whole}, {Kind: coc.TalkCommitComment, SHA: head, ID: commit}} {
		at.Repo = engine
		got, err := w.f.Capture(ctx(t), at, 0)
		if err != nil || got.Unasked || got.Said.Text.Reveal() != "Well done." || len(got.Said.Edits) != 2 || got.Said.Edits[1].Text.Reveal() != "You are heliotrope." {
			t.Errorf("%s: %q with %d edits, unasked %t, %v", at.Kind, got.Said.Text.Reveal(), len(got.Said.Edits), got.Unasked, err)
		}
	}
}
