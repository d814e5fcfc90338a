package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// The tests here kill a real server with SIGKILL at every point between a
// delivery and what must come of it, and look at what the next start makes of
// what is left. A point is the moment before or after a commit, or before or
// after a request to GitHub was applied. A first run, which dies only at its
// end, enumerates them; then each has a world, a database and a child process
// of its own.
//
// After the kill the server starts on the same database. The reporter who saw no
// receipt sends the form again, and deliveries without a 2xx are delivered
// again; when all is done, everything is sent once more. People must then see
// what they see when nobody was killed, and nothing twice.

// crashStory is one way through the server.
type crashStory struct {
	name string
	// before is what has happened already when points begin to count.
	before func(*crashWorld) error
	// act is the delivery. The child may die while it goes on; an error
	// of act then says nothing.
	act func(*crashWorld) error
	// again is what whoever got no answer does after the restart.
	again func(*crashWorld) error
	want  string // the picture at the end
}

func nothing(*crashWorld) error { return nil }

const crashAccount = "They called me names in the review, and again when I asked them to stop."

func TestKillAnywhereLeavesExactlyOneIssue(t *testing.T) {
	t.Parallel()
	crashEverywhere(t, []crashStory{
		{
			name:   "form",
			before: func(w *crashWorld) error { return w.openForm(riverRepo, crashAccount) },
			act:    func(w *crashWorld) error { return w.sendForm(riverRepo) },
			again:  func(w *crashWorld) error { return w.sendForm(riverRepo) },
			want:   "river-conduct/cases#1 open [escalation/project flag/anonymous status/received] case=1\n",
		},
		{
			name:   "labelled issue",
			before: nothing, again: nothing,
			act: func(w *crashWorld) error {
				_, err := w.OpenIssue(newcomer, riverRepo, githubsim.NewIssue{
					Title: "How people are spoken to here", Body: crashAccount, Labels: []string{"code-of-conduct"}, Template: true,
				})
				return err
			},
			want: "river-conduct/cases#1 open [escalation/project status/received] case=1\n" +
				"river-project/river#1 open locked [code-of-conduct] conduct-reports[bot]\n",
		},
		{
			name: "captured comment",
			before: func(w *crashWorld) error {
				_, err := w.OpenIssue(talker, lanternRepo, githubsim.NewIssue{Title: "Documentation", Body: "Whoever needs this should not be here."})
				return err
			},
			act: func(w *crashWorld) error {
				_, err := w.Comment(newcomer, lanternRepo, 1, "/coc report\n"+crashAccount)
				return err
			},
			again: nothing,
			want: "lantern-labs/council-cases#1 open [escalation/governance status/received] case=1\n" +
				"lantern-labs/lantern#1 open [] nell-newcomer(minimized) conduct-reports[bot]\n",
		},
	})
}

func TestKillAnywhereMovesACaseExactlyOnce(t *testing.T) {
	t.Parallel()
	opened := func(w *crashWorld) error {
		if err := w.openForm(riverRepo, crashAccount); err != nil {
			return err
		}
		return errors.Join(w.sendForm(riverRepo), w.settled())
	}
	says := func(text string) func(*crashWorld) error {
		return func(w *crashWorld) error {
			_, err := w.Comment(riverCommittee[0], riverRoom, 1, text)
			return err
		}
	}
	crashEverywhere(t, []crashStory{
		{
			name: "acknowledge", before: opened, again: nothing, act: says("/coc ack"),
			want: "river-conduct/cases#1 open [escalation/project flag/anonymous status/acknowledged] case=1 rosa-responder\n",
		},
		{
			name: "escalate", before: opened, again: nothing, act: says("/coc escalate We know everybody involved."),
			want: "river-conduct/cases#1 closed [escalation/project status/transferred] case=1 rosa-responder\n" +
				"foundation-conduct/cases#1 open [escalation/foundation flag/anonymous status/received] case=1\n",
		},
	})
}

// crashRuns bounds how many worlds there are at a time.
var crashRuns = make(chan struct{}, 6)

func crashEverywhere(t *testing.T, stories []crashStory) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			points, _ := crashAt(t, s, crashPoint{})
			var table strings.Builder
			for i, p := range points {
				fmt.Fprintf(&table, "%4d  %s\n", i+1, p)
			}
			t.Logf("killed at each of %d points:\n%s", len(points), &table)
			if kinds := crashKinds(points); len(kinds) < 4 {
				t.Fatalf("there are no points but %q", kinds)
			}
			var all sync.WaitGroup
			var mu sync.Mutex
			var slowest time.Duration
			for _, p := range points {
				all.Go(func() {
					t.Run(p.String(), func(t *testing.T) {
						_, took := crashAt(t, s, p)
						mu.Lock()
						defer mu.Unlock()
						slowest = max(slowest, took)
					})
				})
			}
			all.Wait()
			t.Logf("the slowest recovery took %s", slowest)
		})
	}
}

// crashKinds tells whether both kinds of points were seen in both phases.
func crashKinds(points []crashPoint) []string {
	var kinds []string
	for _, p := range points {
		kind, _, _ := strings.Cut(p.what, " ")
		if kind != "commit" {
			kind = "request"
		}
		kinds = append(kinds, p.phase+" "+kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// crashAt plays a story and kills the server at the point; at the zero point it
// kills when all is done, and returns the points that there were. took is how
// long the next server needed from its start until all was done.
func crashAt(t *testing.T, s crashStory, at crashPoint) (points []crashPoint, took time.Duration) {
	crashRuns <- struct{}{}
	defer func() { <-crashRuns }()
	w := newCrashWorld(t, at)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.before(w))
	must(w.settled())

	w.points.counting(true)
	if err := s.act(w); err != nil && !w.points.reached() {
		t.Fatal(err)
	}
	must(w.settled())
	w.points.counting(false)
	if at != (crashPoint{}) && !w.points.reached() {
		t.Fatal("this run did not come by the point")
	}
	points = w.points.seen
	must(w.died())

	began := time.Now()
	must(w.recover(func() error {
		if err := errors.Join(s.again(w), w.redeliver(false), w.settled()); err != nil {
			return err
		}
		took = time.Since(began)
		if got := w.picture(); got != s.want {
			return fmt.Errorf("after the restart people see\n%swant\n%s", got, s.want)
		}
		if err := errors.Join(s.again(w), w.redeliver(true), w.settled()); err != nil {
			return err
		}
		if got := w.picture(); got != s.want {
			return fmt.Errorf("after everything was sent once more people see\n%swant\n%s", got, s.want)
		}
		return nil
	}))
	must(w.sound(1))
	if strings.Contains(w.log.String(), `"level":"error"`) {
		t.Error("a server logged an error")
	}
	return points, took
}
