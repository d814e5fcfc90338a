package forge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestLockIsLiftedForAnAnswerAndPutBack(t *testing.T) {
	t.Parallel()
	for _, why := range []string{"", "resolved"} {
		w := newWorld(t)
		issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
		w.must(err)
		ref := in(cases, issue.Number)
		w.must(w.LockIssue("kim-responder", cases.String(), issue.Number, why))
		w.must(w.f.Reply(ctx(t), ref, text("answer"), marker, false))
		w.must(w.f.Reply(ctx(t), ref, text("answer"), marker, true)) // twice is once
		view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number)
		w.must(err)
		said := slices.DeleteFunc(view.Timeline, func(e githubsim.TimelineView) bool { return e.Comment == nil })
		if !view.Locked || view.LockReason != why || len(said) != 1 || !strings.Contains(said[0].Comment.Body, "answer") {
			t.Errorf("locked %v for %q, want %q; %d comments", view.Locked, view.LockReason, why, len(said))
		}
	}
}

// A refusal that has nothing to do with a lock is what it was.
func TestRefusalOfAnUnlockedIssueIsToldAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
	w.must(err)
	w.must(w.Archive(cases.String()))
	if err := w.f.Reply(ctx(t), in(cases, issue.Number), text("answer"), marker, false); !errors.Is(err, coc.ErrArchived) {
		t.Errorf("an archived room: %v", err)
	}
}

func TestIssueThatBecameADiscussionIsKnown(t *testing.T) {
	t.Parallel()
	for _, unlocked := range []bool{false, true} {
		w := newWorld(t)
		issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
		w.must(err)
		ref := in(cases, issue.Number)
		w.must(w.CloseIssue("kim-responder", cases.String(), issue.Number))
		w.must(w.LockIssue("kim-responder", cases.String(), issue.Number, ""))
		if is, err := w.f.Issue(ctx(t), ref); err != nil || is.Converted {
			t.Errorf("closed and locked by hand: %+v, %v", is, err)
		}
		w.must(w.SetFeature(cases.String(), "discussions", true))
		w.must(w.ConvertIssue("kim-responder", cases.String(), issue.Number))
		if unlocked {
			w.must(w.UnlockIssue("kim-responder", cases.String(), issue.Number))
		}
		is, err := w.f.Issue(ctx(t), ref)
		if err != nil || is.Converted == unlocked {
			t.Errorf("unlocked %v: %+v, %v", unlocked, is, err)
		}
		if err := w.f.Reply(ctx(t), ref, text("answer"), marker, false); !errors.Is(err, coc.ErrConverted) {
			t.Errorf("unlocked %v: an answer: %v", unlocked, err)
		}
		if _, err := w.f.ShowIssue(ctx(t), ref, "Heron", text("report"), nil, true); !errors.Is(err, coc.ErrConverted) {
			t.Errorf("unlocked %v: a drawing: %v", unlocked, err)
		}
	}
}

// Whoever dies between the two leaves the issue unlocked until the next attempt.
func TestLockThatNobodyLivedToPutBackIsPutBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after string // what was done when the attempt died
		then  func(*world, int)
		lock  bool
	}{
		"unlocked, and not yet answered": {"DELETE", nil, true},
		"answered, and not yet locked":   {"POST", nil, true},
		"a member has unlocked it since": {"POST", func(w *world, number int) {
			w.must(w.LockIssue("kim-responder", cases.String(), number, "resolved"))
			w.must(w.UnlockIssue("kim-responder", cases.String(), number))
		}, false},
	} {
		for _, answered := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, answered %t", name, answered), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
				w.must(err)
				w.must(w.f.PutLockBack(ctx(t), in(cases, issue.Number))) // there was none
				if view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number); err != nil || view.Locked {
					t.Fatalf("a lock that nobody took off is put on: %v", err)
				}
				w.must(w.LockIssue("kim-responder", cases.String(), issue.Number, "resolved"))
				dying, die := context.WithCancel(ctx(t))
				unlocked := false
				w.Intercept(func(r *http.Request, phase string) {
					if phase != githubsim.PhaseAfter {
						return
					}
					unlocked = unlocked || r.Method == http.MethodDelete
					if unlocked && r.Method == tc.after && dying.Err() == nil {
						die()
						panic(http.ErrAbortHandler)
					}
				})
				if err := w.f.Reply(dying, in(cases, issue.Number), text("answer"), marker, false); err == nil {
					t.Fatal("it did not die")
				}
				if view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number); err != nil || view.Locked {
					t.Fatalf("it died with the issue locked: %v, %v", view.Locked, err)
				}
				if tc.then != nil {
					tc.then(w, issue.Number)
				}
				if answered {
					w.must(w.f.Reply(ctx(t), in(cases, issue.Number), text("answer"), marker, true))
				} else { // there is nothing to be said any more
					w.must(w.f.PutLockBack(ctx(t), in(cases, issue.Number)))
				}
				view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number)
				w.must(err)
				said := slices.DeleteFunc(view.Timeline, func(e githubsim.TimelineView) bool { return e.Comment == nil })
				if view.Locked != tc.lock || tc.lock && view.LockReason != "resolved" || answered && len(said) != 1 {
					t.Errorf("locked %v for %q; %d comments", view.Locked, view.LockReason, len(said))
				}
			})
		}
	}
}

// Two answers in one locked issue meet: neither takes the lock of the other's moment for
// a repository that is lost.
func TestTwoAnswersInALockedIssueAreBothGiven(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]struct {
		phase, method, path string
		does                func(*world, int) error
	}{
		"the other has just unlocked it": {githubsim.PhaseBefore, "GET", "/issues/1", func(w *world, n int) error { return w.UnlockIssue("kim-responder", cases.String(), n) }},
		"the other has locked it again":  {githubsim.PhaseAfter, "DELETE", "/lock", func(w *world, n int) error { return w.LockIssue("kim-responder", cases.String(), n, "") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
			w.must(err)
			w.must(w.LockIssue("kim-responder", cases.String(), issue.Number, ""))
			met := false
			w.Intercept(func(r *http.Request, phase string) {
				if !met && phase == meet.phase && to(meet.method, meet.path)(r) {
					met = true
					w.must(meet.does(w, issue.Number))
				}
			})
			err = w.f.Reply(ctx(t), in(cases, issue.Number), text("answer"), marker, false)
			if _, later := coc.IsLater(err); !met || !later {
				t.Fatalf("they met: %v, and the answer is told %v", met, err)
			}
			w.must(w.f.Reply(ctx(t), in(cases, issue.Number), text("answer"), marker, true))
			if said := w.bodies("kim-responder", cases); len(said) == 0 {
				t.Error("nothing is said")
			}
		})
	}
}

// A token may end between the answer and the lock. Then all of it is done with another
// one, and the answer is there already.
func TestAnswerInALockedIssueIsGivenOnceWhenTheTokenEndsBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
	w.must(err)
	w.must(w.LockIssue("kim-responder", cases.String(), issue.Number, "resolved"))
	locks := func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/lock")
	}
	w.Fail(locks, 1, func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json; charset=utf-8")
		out.WriteHeader(http.StatusUnauthorized)
		_, _ = out.Write([]byte(`{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`))
	})
	w.must(w.f.Reply(ctx(t), in(cases, issue.Number), text("answer"), marker, false))
	view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number)
	w.must(err)
	said := slices.DeleteFunc(view.Timeline, func(e githubsim.TimelineView) bool { return e.Comment == nil })
	if !view.Locked || view.LockReason != "resolved" || len(said) != 1 {
		t.Errorf("locked %v for %q; %d comments", view.Locked, view.LockReason, len(said))
	}
}
