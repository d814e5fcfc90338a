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
	"github.com/cocrouter/cocrouter/pkg/store"
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
	act  func(*crashWorld) error
	want string // the picture at the end
	// among is which points it dies at; nil: all. left looks at what the next start
	// has left of it; nil: nobody does.
	among func(crashPoint) bool
	left  func(w *crashWorld, st *store.Store, resent bool) error
}

func nothing(*crashWorld) error { return nil }

const crashAccount = "They called me names in the review, and again when I asked them to stop."

// longAccount goes on in two comments below its issue.
var longAccount = strings.Repeat(crashAccount+"\n", 130<<10/len(crashAccount))

func TestKillAnywhereLeavesExactlyOneIssue(t *testing.T) {
	t.Parallel()
	crashEverywhere(t, []crashStory{
		{
			name:   "form",
			before: func(w *crashWorld) error { return w.openForm(riverRepo, longAccount) },
			act:    (*crashWorld).sendForm,
			want: "journal: opened\n" +
				"river-conduct/cases#1 open [escalation/project flag/anonymous status/received] case=1 conduct-rooms[bot] conduct-rooms[bot]\n",
		},
		{
			name:   "labelled issue",
			before: nothing,
			act: func(w *crashWorld) error {
				_, err := w.OpenIssue(newcomer, riverRepo, githubsim.NewIssue{
					Title: "How people are spoken to here", Body: crashAccount, Labels: []string{"code-of-conduct"}, Template: true,
				})
				return err
			},
			want: "journal: opened\n" +
				"river-conduct/cases#1 open [escalation/project status/received] case=1\n" +
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
			want: "journal: opened\n" +
				"lantern-labs/council-cases#1 open [escalation/governance status/received] case=1\n" +
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
		return errors.Join(w.sendForm(), w.settled())
	}
	says := func(text string) func(*crashWorld) error {
		return func(w *crashWorld) error {
			_, err := w.Comment(riverCommittee[0], riverRoom, 1, text)
			return err
		}
	}
	decided := func(w *crashWorld) error {
		err := errors.Join(opened(w), says("/coc ack")(w), w.settled(), says("/coc propose warning They apologised.")(w), w.settled())
		for _, who := range riverCommittee[1:] {
			_, said := w.Comment(who, riverRoom, 1, "/coc agree")
			err = errors.Join(err, said, w.settled())
		}
		return errors.Join(err, says("/coc accused notified\n/coc resolve")(w), w.settled())
	}
	proposed := func(w *crashWorld) error {
		err := errors.Join(opened(w), says("/coc ack")(w), w.settled(), says("/coc propose warning They apologised.")(w), w.settled())
		_, said := w.Comment(riverCommittee[1], riverRoom, 1, "/coc agree")
		return errors.Join(err, said, w.settled())
	}
	crashEverywhere(t, []crashStory{
		{
			name: "acknowledge", before: opened, act: says("/coc ack"),
			want: "journal: opened ack\n" +
				"river-conduct/cases#1 open [escalation/project flag/anonymous status/acknowledged] case=1 rosa-responder\n",
		},
		{
			name: "answer with the receipt", act: (*crashWorld).sendAnswer,
			before: func(w *crashWorld) error { return errors.Join(opened(w), w.openReceipt("It was on a Monday.")) },
			want: "journal: opened wrote\n" +
				"river-conduct/cases#1 open [escalation/project flag/anonymous status/received] case=1 conduct-rooms[bot]\n",
		},
		{
			name: "refused command", before: opened, act: says("/coc close"),
			want: "journal: opened\n" +
				"river-conduct/cases#1 open [escalation/project flag/anonymous status/received] case=1 rosa-responder conduct-rooms[bot]\n",
		},
		{
			name: "escalate", before: opened, act: says("/coc escalate We know everybody involved."),
			want: "journal: opened escalate\n" +
				"river-conduct/cases#1 closed [escalation/project status/transferred] case=1 rosa-responder\n" +
				"foundation-conduct/cases#1 open [escalation/foundation flag/anonymous status/received] case=1\n",
		},
		{
			name: "the last vote", before: proposed, act: func(w *crashWorld) error {
				_, err := w.Comment(riverCommittee[2], riverRoom, 1, "/coc agree")
				return err
			},
			want: "journal: opened ack propose agree agree carried\n" +
				"river-conduct/cases#1 open [escalation/project flag/anonymous status/deciding] case=1 rosa-responder rosa-responder ravi-responder rune-responder conduct-rooms[bot]\n",
		},
		{
			name: "appeal", before: decided, act: says("/coc appeal conflicted-deciders They are friends."),
			want: "journal: opened ack propose agree agree carried accused notified resolve appeal\n" +
				"river-conduct/cases#1 closed [escalation/project status/transferred] case=1 rosa-responder rosa-responder ravi-responder rune-responder conduct-rooms[bot] rosa-responder rosa-responder\n" +
				"foundation-conduct/cases#1 open [escalation/appeal escalation/foundation flag/anonymous outcome/warning status/appealed] case=1\n",
		},
	})
}

// mostIdleMB is what an idle server may hold beside its program, which in the child
// has all these tests in it.
const mostIdleMB = 40

// crashRuns bounds how many worlds there are at a time.
var crashRuns = make(chan struct{}, 6)

func crashEverywhere(t *testing.T, stories []crashStory) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			all, _, _ := crashAt(t, s, crashPoint{})
			points := unlike(all)
			if s.among != nil {
				points = slices.DeleteFunc(points, func(p crashPoint) bool { return !s.among(p) })
			}
			var table strings.Builder
			for i, p := range points {
				fmt.Fprintf(&table, "%4d  %s\n", i+1, p)
			}
			t.Logf("killed at %d of %d points:\n%s", len(points), len(all), &table)
			if kinds := crashKinds(points); s.among == nil && len(kinds) < 4 || len(kinds) < 2 {
				t.Fatalf("there are no points but %q", kinds)
			}
			var kills sync.WaitGroup
			var mu sync.Mutex
			var slowest time.Duration
			for _, p := range points {
				kills.Go(func() {
					t.Run(p.String(), func(t *testing.T) {
						took := killAt(t, s, p)
						mu.Lock()
						defer mu.Unlock()
						slowest = max(slowest, took)
					})
				})
			}
			kills.Wait()
			t.Logf("the slowest recovery took %s", slowest)
		})
	}
}

// unlike leaves out points that are like others. A read changes nothing, so that after
// it the world is as before it. And a room gets its twenty labels one by one: of what
// happens so often, the first two and the last stay.
func unlike(points []crashPoint) []crashPoint {
	last := map[crashPoint]int{}
	for _, p := range points {
		last[crashPoint{phase: p.phase, what: p.what}] = p.nth
	}
	return slices.DeleteFunc(slices.Clone(points), func(p crashPoint) bool {
		if strings.HasPrefix(p.what, "GET ") {
			return p.phase == "after" || p.nth > 1
		}
		return p.nth > 2 && p.nth < last[crashPoint{phase: p.phase, what: p.what}]
	})
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

// killAt kills at one point. A run that did not come by it is played again. The
// queue marks as many jobs as done in one commit as happen to be done, so that
// there may be fewer of these than the first run had; all other points come.
func killAt(t *testing.T, s crashStory, at crashPoint) time.Duration {
	for range 3 {
		_, took, killed := crashAt(t, s, at)
		if killed {
			return took
		}
	}
	if at.what != jobsDone || at.nth == 1 {
		t.Fatal("no run came by the point")
	}
	t.Log("the jobs were done in fewer commits this time")
	return 0
}

// crashAt plays a story and kills the server at the point, or else when all is
// done, and returns the points that there were. took is how long the next
// server needed from its start until all was done.
func crashAt(t *testing.T, s crashStory, at crashPoint) (points []crashPoint, took time.Duration, killed bool) {
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
	if mb, known := resident(t, w.child.Process.Pid, ownMemory); known && mb > mostIdleMB {
		t.Errorf("a server with nothing to do holds %.0f MB, at most %d are promised", mb, mostIdleMB)
	}

	w.points.counting(true)
	if err := s.act(w); err != nil && !w.points.reached() {
		t.Fatal(err)
	}
	must(w.settled())
	w.points.counting(false)
	points, killed = w.points.seen, w.points.reached()
	must(w.died())

	began := time.Now()
	must(w.recover(func(st *store.Store) error {
		if s.left != nil {
			if err := s.left(w, st, false); err != nil {
				return err
			}
		}
		for _, all := range []bool{false, true} {
			if err := errors.Join(w.repeat(all), w.settled()); err != nil {
				return err
			}
			if !all {
				took = time.Since(began)
			}
			got, err := w.picture(st)
			if err != nil {
				return err
			}
			if got != s.want {
				return fmt.Errorf("everything sent once more: %v; people see\n%swant\n%s", all, got, s.want)
			}
		}
		if s.left != nil {
			return s.left(w, st, true)
		}
		return nil
	}))
	must(w.sound(1))
	if strings.Contains(w.log.String(), `"level":"error"`) {
		t.Error("a server logged an error")
	}
	return points, took, killed
}
