package forge

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// Reply posts into a case's own issue.
//
// On a locked one GitHub lets no App comment, whatever its permissions are, though it
// may lock and unlock (https://github.com/Expensify/App/issues/14862,
// https://github.com/open-telemetry/opentelemetry-dotnet/issues/6554). Members who
// write there can still give commands, and are to be answered: so the lock is taken
// off for the moment of the answer, and put back. Whoever dies in between leaves the
// issue unlocked: so every later attempt looks at its events first, and where the last
// of them is that we took a lock off, puts it back. Where nothing is to be answered any
// more, PutLockBack does.
//
// coc.ErrConverted: it was made into a discussion, and takes no comment of anybody.
func (f *Forge) Reply(ctx context.Context, ref coc.IssueRef, text notice.Private, marker string, again bool) error {
	begun := again
	return f.in(ctx, coc.AppRooms, ref.Repo, writeIssues, "reply", func(ctx context.Context, s *session) error {
		again, left, reason := begun, false, ""
		if again {
			var err error
			if left, reason, err = f.leftUnlocked(ctx, s, ref); err != nil {
				return err
			}
		}
		post := func() error {
			return f.comment(ctx, s, coc.AppRooms, ref, text.Marked(marker).Markdown(), marker, again)
		}
		err := post()
		if left && err == nil {
			return f.lock(ctx, s, ref, reason)
		}
		if statusOf(err) != http.StatusForbidden {
			return err
		}
		if err = f.orConverted(ctx, s, ref, err); errors.Is(err, coc.ErrConverted) {
			return err
		}
		i, _, looked := s.rest.Issues.Get(ctx, s.repo.Owner, s.repo.Name, ref.Number)
		if looked != nil {
			return err
		}
		if !i.GetLocked() {
			return orLockedAgain(err)
		}
		begun = true // a token that ends between this and the lock has all of it done again
		if err := s.send(ctx, http.MethodDelete, nil, "repos/%s/%s/issues/%d/lock", s.repo.Owner, s.repo.Name, ref.Number); err != nil {
			return err
		}
		return errors.Join(orLockedAgain(post()), f.lock(ctx, s, ref, i.GetActiveLockReason()))
	})
}

// PutLockBack locks a case's own issue again where an attempt of ours at an answer took
// the lock off and did not live to put it back. Of any other it leaves all as it is.
func (f *Forge) PutLockBack(ctx context.Context, ref coc.IssueRef) error {
	return f.in(ctx, coc.AppRooms, ref.Repo, writeIssues, "lock again", func(ctx context.Context, s *session) error {
		left, reason, err := f.leftUnlocked(ctx, s, ref)
		if err != nil || !left {
			return err
		}
		return f.lock(ctx, s, ref, reason)
	})
}

func (f *Forge) lock(ctx context.Context, s *session, ref coc.IssueRef, reason string) error {
	var why any
	if reason != "" {
		why = github.LockIssueOptions{LockReason: reason}
	}
	return s.send(ctx, http.MethodPut, why, "repos/%s/%s/issues/%d/lock", s.repo.Owner, s.repo.Name, ref.Number)
}

// orLockedAgain is err, unless that says that an issue is locked of which we know that
// it was not, a moment ago or a moment later: another answer was being given there at
// the same time. It is tried again, and is no reason to give the room up.
func orLockedAgain(err error) error {
	if a, ok := answered(err); ok && a.status == http.StatusForbidden && strings.Contains(a.message, "locked") {
		return coc.Later{Cause: "two answers in a locked issue at once"}
	}
	return err
}

// leftUnlocked reports whether an issue is unlocked because an attempt of ours took its
// lock off and did not live to put it back, and for which reason it was locked. We take
// none off for anything else.
func (f *Forge) leftUnlocked(ctx context.Context, s *session, ref coc.IssueRef) (left bool, reason string, err error) {
	us, err := f.bot(ctx, coc.AppRooms)
	if err != nil {
		return false, "", err
	}
	err = f.eachEvent(ctx, s, ref, func(e *github.IssueEvent) {
		switch e.GetEvent() {
		case "locked":
			left, reason = false, e.GetLockReason()
		case "unlocked":
			left = us.Is(coc.Login(e.GetActor().GetLogin()))
		}
	})
	return left, reason, err
}

// orConverted is err, unless what refused a write is that the issue was made into a
// discussion.
func (f *Forge) orConverted(ctx context.Context, s *session, ref coc.IssueRef, err error) error {
	var is casework.Issue
	if looked := f.converted(ctx, s, ref, &is); looked == nil && is.Converted {
		return coc.ErrConverted
	}
	return err
}

// converted finds out whether an issue was made into a discussion, of which nothing
// but its list of events tells.
func (f *Forge) converted(ctx context.Context, s *session, ref coc.IssueRef, is *casework.Issue) error {
	return f.eachEvent(ctx, s, ref, func(e *github.IssueEvent) {
		is.Converted = is.Converted || e.GetEvent() == "converted_to_discussion"
	})
}

// eachEvent shows see every event of an issue, the oldest first.
func (f *Forge) eachEvent(ctx context.Context, s *session, ref coc.IssueRef, see func(*github.IssueEvent)) error {
	list := &github.ListOptions{PerPage: searchPage}
	for {
		events, resp, err := s.rest.Issues.ListIssueEvents(ctx, s.repo.Owner, s.repo.Name, ref.Number, list)
		if err != nil {
			return f.absentIssue(ctx, coc.AppRooms, ref, err)
		}
		for _, e := range events {
			see(e)
		}
		if list.Page = resp.NextPage; list.Page == 0 {
			return nil
		}
	}
}
