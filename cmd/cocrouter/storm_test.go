package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// TestAStormOnOneCaseIsShownInFewWrites lets three members comment and move labels
// as fast as they can. Every command counts, and the issue is drawn anew far less
// often than it was asked for.
func TestAStormOnOneCaseIsShownInFewWrites(t *testing.T) {
	t.Parallel()
	l, err := readLand(filepath.Join(storiesFolder, "_river"))
	if err != nil {
		t.Fatal(err)
	}
	w := newTelling(t, l)
	w.rest()
	if err := fill(w, report{About: "river-project/river", Account: "It was heliotrope."}); err != nil {
		t.Fatal(err)
	}
	w.rest()
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
	if drawn > 2*each*len(people)/10 || replies > 0 {
		t.Errorf("%d commands and labels drew the issue %d times and were answered %d times", 2*each*len(people), drawn, replies)
	}
}
