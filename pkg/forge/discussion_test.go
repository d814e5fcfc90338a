package forge_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// discussed is a discussion of alice's, what bob said in it, and what she answered.
func (w *world) discussed() (number int, said, answer int64) {
	w.t.Helper()
	w.must(w.SetFeature(engine.String(), "discussions", true))
	number, err := w.Discuss("alice-example", engine.String(), "The engine", "It stops.")
	w.must(err)
	said, err = w.CommentOnDiscussion("bob-example", engine.String(), number, "You are heliotrope.", 0)
	w.must(err)
	answer, err = w.CommentOnDiscussion("alice-example", engine.String(), number, "Please do not.", said)
	w.must(err)
	return number, said, answer
}

func around(c coc.Captured) (out []string) {
	for _, s := range c.Thread {
		out = append(out, s.Text.Reveal())
	}
	return out
}

func TestDiscussionIsCapturedAsItStood(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	w := newWorldAt(t, func() time.Time { return now })
	number, said, answer := w.discussed()
	now = now.Add(time.Minute)
	w.must(w.EditInDiscussion("bob-example", engine.String(), number, said, "You are kind."))
	w.must(w.ReactInDiscussion("alice-example", engine.String(), number, said, "confused"))
	w.must(w.MinimizeInDiscussion("org-owner", engine.String(), number, said, "ABUSE"))
	at := coc.Talk{Kind: coc.TalkDiscussion, Repo: coc.Repo{Owner: "Example-Org", Name: "ENGINE"}, Number: number, ID: said}
	got, err := w.f.Capture(ctx(t), at, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := got.Said
	if s.Text.Reveal() != "You are kind." || s.Author != "bob-example" || s.Account == 0 || s.Hidden != "abuse" || s.Reactions["confused"] != 1 || !s.Made.Equal(now.Add(-time.Minute)) {
		t.Errorf("%+v, %q", s, s.Text.Reveal())
	}
	if len(s.Edits) != 2 || s.Edits[0].Text.Reveal() != "You are kind." || s.Edits[1].Text.Reveal() != "You are heliotrope." {
		t.Errorf("the history is %+v", s.Edits)
	}
	if got.Title.Reveal() != "The engine" || got.Repo != engine || !slices.Equal(around(got), []string{"It stops.", "Please do not."}) || got.Thread[1].Under != said || got.Left != 0 || got.Unasked {
		t.Errorf("around it: %q, %+v", around(got), got)
	}
	at.ID = answer
	if got, err = w.f.Capture(ctx(t), at, 0); err != nil || got.Said.Under != said || !slices.Equal(around(got), []string{"It stops.", "You are kind."}) || got.Thread[1].Hidden != "abuse" {
		t.Errorf("the answer: %+v, %v", got, err)
	}
	at.ID = 0
	if got, err = w.f.Capture(ctx(t), at, 0); err != nil || got.Said.Text.Reveal() != "It stops." || got.Said.Author != "alice-example" || len(got.Thread) != 2 {
		t.Errorf("the discussion: %+v, %v", got, err)
	}
}

func TestWhatIsNotInADiscussionAnyMoreIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, said, answer := w.discussed()
	issue, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "An issue"})
	w.must(err)
	at := coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: number, ID: said}
	gone := func(what string, at coc.Talk) {
		t.Helper()
		if _, err := w.f.Capture(ctx(t), at, 0); !errors.Is(err, coc.ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// What answered it stays, below a comment that has no words any more.
	w.must(w.DeleteInDiscussion("bob-example", engine.String(), number, said))
	gone("a comment that was answered", at)
	at.ID = answer
	if got, err := w.f.Capture(ctx(t), at, 0); err != nil || got.Thread[1].Hidden != "deleted" || got.Thread[1].Author != "" {
		t.Errorf("what answered it: %+v, %v", got, err)
	}
	w.must(w.DeleteInDiscussion("alice-example", engine.String(), number, answer))
	gone("a comment", at)
	gone("an issue's number", coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: issue})
	gone("nothing", coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: 99})
	gone("its number as an issue", coc.Talk{Kind: coc.TalkIssue, Repo: engine, Number: number})
	w.must(w.DeleteInDiscussion("org-owner", engine.String(), number, 0))
	gone("a discussion", coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: number})
}

// An App that was installed before discussions were captured does not ask for them.
func TestDiscussionIsDeniedToAnAppThatMayNotReadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, _, _ := w.discussed()
	w.must(w.Withhold(w.install[sourceID], "discussions"))
	before := len(w.requests())
	if _, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: number}, 0); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("%v", err)
	}
	if n := len(w.requests()) - before; n > 6 {
		t.Errorf("it took %d requests", n)
	}
}

func TestLongDiscussionIsCutAroundWhatIsMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.SetFeature(engine.String(), "discussions", true))
	number, err := w.Discuss("alice-example", engine.String(), "Long", "It stops.")
	w.must(err)
	const all = 1700
	var ids []int64
	for i := range all {
		id, err := w.CommentOnDiscussion("bob-example", engine.String(), number, fmt.Sprint("number ", i), 0)
		w.must(err)
		ids = append(ids, id)
	}
	var answers []int64
	for i := range 300 {
		id, err := w.CommentOnDiscussion("bob-example", engine.String(), number, fmt.Sprint("answer ", i), ids[700])
		w.must(err)
		answers = append(answers, id)
	}
	for name, c := range map[string]struct {
		id          int64
		said, first string
		around      int
		or          error
	}{
		"the first":           {ids[0], "number 0", "number 1", 100, nil},
		"in the middle":       {ids[650], "number 650", "number 550", 200, nil},
		"a late answer":       {answers[290], "answer 290", "answer 190", 200, nil},
		"the discussion":      {0, "It stops.", "number 0", 100, nil},
		"beyond what is read": {ids[all-1], "", "", 0, coc.ErrTooLarge},
	} {
		before := len(w.requests())
		got, err := w.f.Capture(ctx(t), coc.Talk{Kind: coc.TalkDiscussion, Repo: engine, Number: number, ID: c.id}, 0)
		if asked := len(w.requests()) - before; asked > 24 {
			t.Errorf("%s took %d requests", name, asked)
		}
		if !errors.Is(err, c.or) {
			t.Errorf("%s: %v", name, err)
		}
		if c.or != nil {
			continue
		}
		thread := around(got)
		if c.id != 0 {
			thread = thread[1:]
		}
		if got.Said.Text.Reveal() != c.said || len(thread) != c.around || thread[0] != c.first || got.Left < 100 {
			t.Errorf("%s: %q, %d around it from %q, %d left", name, got.Said.Text.Reveal(), len(thread), thread[0], got.Left)
		}
	}
}

func TestPrivateDiscussionIsCapturedForItsOwnReportsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := coc.Repo{Owner: "example-org", Name: "secret"}
	w.must(w.AddRepo(secret.String(), githubsim.Repo{Visibility: "private", Collaborators: map[string]string{"alice-example": "write"}}))
	w.must(w.SetFeature(secret.String(), "discussions", true))
	n, err := w.Discuss("alice-example", secret.String(), "A hole", "heliotrope")
	w.must(err)
	facts, err := w.f.Repository(ctx(t), coc.AppSource, secret)
	w.must(err)
	at := coc.Talk{Kind: coc.TalkDiscussion, Repo: secret, Number: n}
	if got, err := w.f.Capture(ctx(t), at, facts.ID+1); !errors.Is(err, coc.ErrInaccessible) || got.Said.Text.Len() > 0 {
		t.Errorf("%v", err)
	}
	if got, err := w.f.Capture(ctx(t), at, facts.ID); err != nil || got.Said.Text.Reveal() != "heliotrope" {
		t.Errorf("the report's own: %v", err)
	}
}
