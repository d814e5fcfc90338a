package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// edits lets somebody change the body of a case's issue, and tells of it.
func (w *world) edits(c coc.Case, who coc.Login, change func(string) string) {
	i := w.issueOf(c, len(c.Placements)-1)
	ev := w.inRoom(c, len(c.Placements)-1, coc.EventEdited, who)
	ev.BodyBefore = coc.NewProse(i.Body)
	i.Body = change(i.Body)
	ev.IssueBody = coc.NewProse(i.Body)
	w.take(ev)
}

// echoes tells of our own writes to the body, as GitHub does.
func (w *world) echoes(c coc.Case) {
	w.gh.drawn = func(before, after string) {
		ev := w.inRoom(c, len(c.Placements)-1, coc.EventEdited, "cocrouter-rooms[bot]")
		ev.Own, ev.BodyBefore, ev.IssueBody = true, coc.NewProse(before), coc.NewProse(after)
		w.take(ev)
	}
}

func TestWhatSomebodyWritesWhileWeDrawIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ first, then func(string) string }{
		"below": {same, func(b string) string { return b + "\n\nWhat I found." }},
		"above": {same, func(b string) string { return "What I found.\n\n" + b }},
		"a word of theirs mended": {
			func(b string) string { return b + "\n\nWhat I fund." },
			func(b string) string { return strings.Replace(b, "fund", "found", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			w.echoes(c)
			w.edits(c, "ben-river", tc.first)
			w.rest()
			raced := false
			w.gh.beforeDraw = func() { // after our reading, before our write
				if !raced {
					raced = true
					w.edits(c, "ben-river", tc.then)
				}
			}
			c = w.says(c, "ada-river", "/coc ack")
			body := w.issueOf(c, 0).Body
			if !raced || strings.Count(body, "What I found.") != 1 || strings.Contains(body, "fund") {
				t.Errorf("raced %v, the body is\n%s", raced, body)
			}
			if !strings.Contains(body, "acknowledged") {
				t.Errorf("our own part was lost:\n%s", body)
			}
			shows := w.gh.shows
			c = w.says(c, "ada-river", "/coc screen")
			if body := w.issueOf(c, 0).Body; strings.Count(body, "What I found.") != 1 || w.gh.shows != shows+1 {
				t.Errorf("drawn %d times more, and then\n%s", w.gh.shows-shows, body)
			}
			if p := c.Home(); len(p.Overwritten)+len(p.Returned) > 0 {
				t.Errorf("%d texts and %d signs are kept", len(p.Overwritten), len(p.Returned))
			}
			w.invariants()
		})
	}
}

func same(b string) string { return b }

// Their words were to be given back in an issue that is gone by then.
func TestWhatWasToBeGivenBackIsGivenBackInTheNextIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.echoes(c)
	draws := 0
	w.gh.beforeDraw = func() { // after our reading, before our write
		switch draws++; draws {
		case 1:
			w.edits(c, "ben-river", func(b string) string { return b + "\n\nWhat I found." })
		case 2:
			w.take(w.byHand(c, coc.EventDeleted, "ada-river", ""))
		}
	}
	c = w.says(c, "ada-river", "/coc ack")
	w.gh.beforeDraw = nil
	w.pass(3 * time.Hour)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 2 || len(c.Home().Overwritten) > 0 {
		t.Fatalf("%d homes, %d texts are kept", len(c.Placements), len(c.Home().Overwritten))
	}
	if body := w.issueOf(c, 1).Body; draws < 2 || strings.Count(body, "What I found.") != 1 {
		t.Errorf("drawn %d times, the next issue shows\n%s", draws, body)
	}
	w.invariants()
}

// Two people race with us, one after the other, and both keep their words.
func TestWhoeverRacesWithAReturnKeepsTheirWordsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.echoes(c)
	races := 0
	w.gh.beforeDraw = func() {
		if races < 4 {
			races++
			w.edits(c, "ben-river", func(b string) string { return b + fmt.Sprintf("\n\nNote %d.", races) })
		}
	}
	c = w.says(c, "ada-river", "/coc ack")
	body := w.issueOf(c, 0).Body
	for n := range races {
		if strings.Count(body, fmt.Sprintf("Note %d.", n+1)) != 1 {
			t.Errorf("note %d of %d is not there once:\n%s", n+1, races, body)
		}
	}
	c = w.caseOf(c.ID)
	if p := c.Home(); races < 2 || len(p.Overwritten) > 0 {
		t.Errorf("%d races, %d texts are kept", races, len(p.Overwritten))
	}
	w.invariants()
}

func TestOurPartAndTheTitleArePutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.echoes(c)
	before := *w.issueOf(c, 0)
	w.edits(c, "ben-river", func(b string) string {
		w.issueOf(c, 0).Title = "About the " + canary
		return strings.Replace(b, "received", "closed", 1)
	})
	w.rest()
	if now := w.issueOf(c, 0); now.Body != before.Body || now.Title != before.Title {
		t.Errorf("title %q, body\n%s", now.Title, now.Body)
	}
	w.invariants()
}
