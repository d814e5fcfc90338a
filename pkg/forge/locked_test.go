package forge_test

import (
	"errors"
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
