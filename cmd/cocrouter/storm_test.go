package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// TestAStormOnOneCaseIsShownInFewWrites lets three members comment and move labels
// as fast as they can. Every command counts, the issue is drawn anew far less often
// than it was asked for, and that the labels are put back is said once.
func TestAStormOnOneCaseIsShownInFewWrites(t *testing.T) {
	t.Parallel()
	w := riverCase(t)
	const room = "river-conduct/cases"
	var mu sync.Mutex
	drawn, replies := 0, 0
	w.Observe(func(e githubsim.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case e.Auth != "installation":
		case e.Method == http.MethodPatch && strings.HasSuffix(e.Path, "/issues/1"):
			drawn++
		case e.Method == http.MethodPost && strings.HasSuffix(e.Path, "/issues/1/comments"):
			replies++
		}
	})
	const each = 40
	people := []string{"rosa-responder", "ravi-responder", "rune-responder"}
	var all sync.WaitGroup
	for i, who := range people {
		all.Go(func() {
			for range each {
				if _, err := w.Comment(who, room, 1, "/coc claim @"+people[(i+1)%3]); err != nil {
					t.Error(err)
				}
				if err := w.Label(who, room, 1, "status/closed"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	began := time.Now()
	w.rest()
	t.Logf("%d commands and labels: drawn %d times, %d replies, at rest after %s more", 2*each*len(people), drawn, replies, time.Since(began))
	if drawn == 0 || drawn > 2*each*len(people)/10 || replies > 1 {
		t.Errorf("%d commands and labels drew the issue %d times and were answered %d times", 2*each*len(people), drawn, replies)
	}
	if n := w.claims(t); n != each*len(people) {
		t.Errorf("of %d commands %d were carried out", each*len(people), n)
	}
	var shown ghIssue
	if _, err := w.play.ask(t.Context(), people[0], http.MethodGet, "/repos/"+room+"/issues/1", nil, &shown); err != nil {
		t.Fatal(err)
	}
	if labels := shown.labels(); !slices.Contains(labels, "status/received") || slices.Contains(labels, "status/closed") {
		t.Errorf("at rest it has %v", labels)
	}
}

// claims is how often the one case that there is was given to somebody.
func (w *telling) claims(t *testing.T) (n int) {
	t.Helper()
	ids, err := caseIDs(t.Context(), w.server.store.DB())
	if err != nil || len(ids) != 1 {
		t.Fatalf("%d cases, %v", len(ids), err)
	}
	c, err := w.server.store.Case(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Journal {
		if e.Act == "claim" {
			n++
		}
	}
	return n
}

// TestAHundredCopiesAreAnsweredOnce has a member's page send the same comment a
// hundred times, of which one half is done and the other refused: nothing is lost,
// and there is one answer. Who writes it again later is answered again.
func TestAHundredCopiesAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := riverCase(t)
	const room = "river-conduct/cases"
	write := func(times int) {
		var all sync.WaitGroup
		for range times {
			all.Go(func() {
				if _, err := w.Comment("rosa-responder", room, 1, "/coc claim @ravi-responder\n/coc close"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.rest()
	}
	answers := func() (n int) {
		t.Helper()
		for _, s := range askAll[chaosSaid](t, w.play, "rosa-responder", "/repos/"+room+"/issues/1/comments?") {
			if strings.Contains(s.Body, "**Not done.**") {
				n++
			}
		}
		return n
	}
	write(100)
	if answers() != 1 || w.claims(t) != 100 {
		t.Errorf("100 copies had %d answers, and %d were carried out", answers(), w.claims(t))
	}
	w.advance(10 * time.Minute)
	write(1)
	if answers() != 2 || w.claims(t) != 101 {
		t.Errorf("ten minutes later there are %d answers, and %d were carried out", answers(), w.claims(t))
	}
}
