package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// talk is a thread in the open: an issue of alice's, what bob said in it, and an
// answer.
func (w *world) talk() (number int, said int64) {
	w.t.Helper()
	number, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "The engine", Body: "It stops."})
	w.must(err)
	said, err = w.Comment("bob-example", engine.String(), number, "You are heliotrope.")
	w.must(err)
	_, err = w.Comment("alice-example", engine.String(), number, "Please do not.")
	w.must(err)
	return number, said
}

func TestWhatWasSaidIsCapturedAsItStood(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	w := newWorldAt(t, func() time.Time { return now })
	number, said := w.talk()
	now = now.Add(time.Minute)
	w.must(w.EditComment("bob-example", engine.String(), said, "You are kind."))
	w.must(w.React("alice-example", engine.String(), number, said, "confused"))
	w.must(w.MinimizeComment("org-owner", engine.String(), said, "ABUSE"))
	at := coc.Talk{Kind: coc.TalkComment, Repo: coc.Repo{Owner: "Example-Org", Name: "ENGINE"}, Number: number, ID: said}
	got, err := w.f.Capture(ctx(t), at, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := got.Said
	if s.Text.Reveal() != "You are kind." || s.Author != "bob-example" || s.Account == 0 || s.Hidden != "abuse" || s.Reactions["confused"] != 1 || !s.Made.Equal(now.Add(-time.Minute)) {
		t.Errorf("%+v, %q", s, s.Text.Reveal())
	}
	if len(s.Edits) != 2 || s.Edits[0].Text.Reveal() != "You are kind." || s.Edits[1].Text.Reveal() != "You are heliotrope." || s.Edits[1].By != "bob-example" {
		t.Errorf("the history is %+v", s.Edits)
	}
	if got.Title.Reveal() != "The engine" || got.Repo != engine || len(got.Thread) != 2 || got.Left != 0 || got.Unasked ||
		got.Thread[0].Text.Reveal() != "It stops." || got.Thread[1].Text.Reveal() != "Please do not." {
		t.Errorf("around it: %+v", got)
	}
	at.Kind, at.ID = coc.TalkIssue, 0
	if got, err = w.f.Capture(ctx(t), at, 0); err != nil || got.Said.Text.Reveal() != "It stops." || len(got.Thread) != 2 || got.Thread[0].Hidden != "abuse" {
		t.Errorf("the issue: %+v, %v", got, err)
	}
	w.must(w.DeleteComment("bob-example", engine.String(), said))
	at.Kind, at.ID = coc.TalkComment, said
	if _, err = w.f.Capture(ctx(t), at, 0); !errors.Is(err, coc.ErrGone) {
		t.Errorf("what is deleted: %v", err)
	}
}

func TestEverySortOfTalkIsCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, err := w.OpenPull("alice-example", engine.String(), "A change", "I changed it.")
	w.must(err)
	first, err := w.ReviewComment("bob-example", engine.String(), n, "heliotrope", 0)
	w.must(err)
	answer, err := w.ReviewComment("alice-example", engine.String(), n, "Pardon?", first)
	w.must(err)
	_, err = w.ReviewComment("alice-example", engine.String(), n, "another thread", 0)
	w.must(err)
	whole, err := w.Review("bob-example", engine.String(), n, "All of it.")
	w.must(err)
	commit, err := w.CommentOnCommit("bob-example", engine.String(), w.Head(engine.String()), "Why?")
	w.must(err)
	other, err := w.CommentOnCommit("alice-example", engine.String(), w.Head(engine.String()), "So.")
	w.must(err)
	for name, c := range map[string]struct {
		at     coc.Talk
		want   string
		around []string
		or     error
	}{
		"a review comment":        {coc.Talk{Kind: coc.TalkReviewComment, Number: n, ID: answer}, "Pardon?", []string{"heliotrope"}, nil},
		"a review":                {coc.Talk{Kind: coc.TalkReview, Number: n, ID: whole}, "All of it.", []string{"I changed it."}, nil},
		"a comment on a commit":   {coc.Talk{Kind: coc.TalkCommitComment, SHA: w.Head(engine.String())[:8], ID: commit}, "Why?", []string{"So."}, nil},
		"of another commit":       {coc.Talk{Kind: coc.TalkCommitComment, SHA: "0000000", ID: other}, "", nil, coc.ErrGone},
		"of another pull request": {coc.Talk{Kind: coc.TalkReviewComment, Number: n + 1, ID: answer}, "", nil, coc.ErrGone},
		"a pull request":          {coc.Talk{Kind: coc.TalkIssue, Number: n}, "I changed it.", nil, nil},
		"nothing":                 {coc.Talk{Number: n}, "", nil, coc.ErrDenied},
		"an issue that is not":    {coc.Talk{Kind: coc.TalkIssue, Number: 99}, "", nil, coc.ErrGone},
	} {
		c.at.Repo = engine
		got, err := w.f.Capture(ctx(t), c.at, 0)
		var around []string
		for _, s := range got.Thread {
			around = append(around, s.Text.Reveal())
		}
		if !errors.Is(err, c.or) || got.Said.Text.Reveal() != c.want || !slices.Equal(around, c.around) {
			t.Errorf("%s: %q among %q, %v", name, got.Said.Text.Reveal(), around, err)
		}
	}
}

// Whoever asks must not learn whether a private repository is there, and nothing of
// it.
func TestPrivateRepositoryIsCapturedForItsOwnReportsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := coc.Repo{Owner: "example-org", Name: "secret"}
	w.must(w.AddRepo(secret.String(), githubsim.Repo{Visibility: "private", Collaborators: map[string]string{"alice-example": "write"}}))
	n, err := w.OpenIssue("alice-example", secret.String(), githubsim.NewIssue{Title: "A hole", Body: "heliotrope"})
	w.must(err)
	facts, err := w.f.Repository(ctx(t), coc.AppSource, secret)
	w.must(err)
	before := len(w.requests())
	for name, at := range map[string]coc.Talk{
		"a private one":         {Kind: coc.TalkIssue, Repo: secret, Number: n},
		"one that is not":       {Kind: coc.TalkIssue, Repo: coc.Repo{Owner: "example-org", Name: "nothing"}, Number: 1},
		"one without the App":   {Kind: coc.TalkIssue, Repo: cases, Number: 1},
		"an owner that is none": {Kind: coc.TalkIssue, Repo: coc.Repo{Owner: "nobody", Name: "nothing"}, Number: 1},
	} {
		if got, err := w.f.Capture(ctx(t), at, facts.ID+1); !errors.Is(err, coc.ErrInaccessible) || got.Said.Text.Len() > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range w.requests()[before:] {
		if strings.Contains(r, "/issues") {
			t.Errorf("it asked %s", r)
		}
	}
	if got, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkIssue, Repo: secret, Number: n}, facts.ID); err != nil || got.Said.Text.Reveal() != "heliotrope" {
		t.Errorf("the report's own: %v", err)
	}
}

func TestMovedTalkIsFoundUnderANewNameAndNotElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, said := w.talk()
	w.must(w.AddRepo("example-org/other", githubsim.Repo{Visibility: "public"}))
	w.must(w.Rename(engine.String(), "machine"))
	at := coc.Talk{Kind: coc.TalkComment, Repo: engine, Number: number, ID: said}
	if got, err := w.f.Capture(ctx(t), at, 0); err != nil || got.Repo.Name != "machine" {
		t.Errorf("renamed: %v, %v", got.Repo, err)
	}
	_, err := w.TransferIssue("org-owner", "example-org/machine", number, "example-org/other")
	w.must(err)
	if _, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkIssue, Repo: engine, Number: number}, 0); !errors.Is(err, coc.ErrGone) {
		t.Errorf("transferred: %v", err)
	}
	if _, err := w.f.Capture(ctx(t), at, 0); !errors.Is(err, coc.ErrGone) {
		t.Errorf("a comment in what is transferred: %v", err)
	}
}

func TestLongThreadIsCutAroundWhatIsMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "Long"})
	w.must(err)
	const all = 1300
	ids := make([]int64, all)
	for i := range ids {
		ids[i], err = w.Comment("bob-example", engine.String(), number, fmt.Sprint("number ", i))
		w.must(err)
	}
	for _, n := range []int{0, 1, 99, 100, 650, 1199, 1250, all - 1} {
		before := len(w.requests())
		got, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkComment, Repo: engine, Number: number, ID: ids[n]}, 0)
		if err != nil {
			t.Fatal(err)
		}
		around := got.Thread[1:]
		want := min(n, 100) + min(all-1-n, 100)
		first := around[0].Text.Reveal()
		if wantFirst := fmt.Sprint("number ", max(0, n-100)); n > 0 && first != wantFirst || len(around) != want || got.Left != all-1-want {
			t.Errorf("around number %d: %d from %q, %d left", n, len(around), first, got.Left)
		}
		if asked := len(w.requests()) - before; asked > 20 {
			t.Errorf("number %d took %d requests", n, asked)
		}
	}
}

func TestCaptureChangesNothingAndGoesOnWithoutAHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, said := w.talk()
	w.Fail(to("POST", "/api/graphql"), 1, func(r http.ResponseWriter, _ *http.Request) {
		_, _ = r.Write([]byte(`{"data":null,"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}`))
	})
	got, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkComment, Repo: engine, Number: number, ID: said}, 0)
	if err != nil || !got.Unasked || got.Said.Text.Reveal() != "You are heliotrope." {
		t.Errorf("%+v, %v", got, err)
	}
	for _, r := range w.requests() {
		if !strings.HasPrefix(r, "GET") && !strings.Contains(r, "access_tokens") && !strings.Contains(r, "graphql") {
			t.Errorf("it asked %s", r)
		}
	}
	w.Fail(func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/issues/comments/") }, 1, status(502, nil))
	if _, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkComment, Repo: engine, Number: number, ID: said}, 0); err == nil || !isLater(err) {
		t.Errorf("GitHub is away: %v", err)
	}
}
