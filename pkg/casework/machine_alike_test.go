package casework_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Most schedules of two hands differ only in which of them does a job, and in who goes
// first where two jobs do not meet: one reads the case, and the other looks at a room.
// So of each step of a job it is kept what it read and wrote, and which jobs it put into
// the queue. A schedule is left out where by those each job has the same steps as in
// one that was followed, and any two steps that meet are in the same order. Each job sees
// the same in both then, and they come to the same
// (TestScheduleThatIsLeftOutComesToTheSame).

// parts is what steps meet in. They meet in the queue, too; who takes which job from it
// is found out for each schedule.
type parts uint16

const (
	ofLater    parts = 1 << iota // the jobs that are not due yet, in their order
	ofLanes                      // what was taken in
	ofCases                      // with their places and receipts
	ofErrands                    // what is to be done once
	ofRecords                    // whatever else is kept
	ofLeases                     // who has one
	ofRooms                      // repositories, their files and who reads them
	ofLabels                     // those that a repository has
	ofIssues                     // as they are drawn
	ofComments                   // in those, and in public
	onGitHub   = ofRooms | ofLabels | ofIssues | ofComments
	everything = ofLater | ofLanes | ofCases | ofErrands | ofRecords | ofLeases | onGitHub
)

// step is what was done in a job from one stop to the next; the first begins where a
// hand takes the job.
type step struct {
	job           int // 0 is none yet
	reads, writes parts
	lines         []lined // put into the queue, due at once
}

// lined is a job in the queue.
type lined struct{ job, priority int }

// meets reports whether it may make a difference which of the two is first.
func (s step) meets(o step) bool {
	return s.job == o.job || s.writes&(o.reads|o.writes) != 0 || s.reads&o.writes != 0
}

// course is every step of a schedule that was followed, in order.
type course struct {
	begin []lined // the jobs that were due
	steps []step
	jobs  int // how many there were
}

// known is a course to compare schedules with.
type known struct {
	*course
	of    [][]int // where in the course the steps of each job are
	later []set   // of each step, the later ones that it meets
}

// set is steps of a course. What is in no set is not compared: such a course is like none.
type set [2]uint64

const inSet = 128

func (s *set) put(i int) { s[i/64] |= 1 << (i % 64) }

func (s *set) meets(o *set) bool { return s[0]&o[0]|s[1]&o[1] != 0 }

func (c *course) known() known {
	k := known{c, make([][]int, c.jobs+1), make([]set, len(c.steps))}
	for i, s := range c.steps {
		k.of[s.job] = append(k.of[s.job], i)
		for n := i + 1; n < min(len(c.steps), inSet); n++ {
			if s.meets(c.steps[n]) {
				k.later[i].put(n)
			}
		}
	}
	return k
}

// as is the schedule that begins so, where it comes to what the course does; ok is
// false where it does not, or where that cannot be known.
func (k known) as(begin []int, interruptions int) (like schedule, ok bool) {
	if len(k.steps) > inSet {
		return nil, false
	}
	queue := append(make([]lined, 0, 32), k.begin...)
	var made set
	left, wrong := len(k.steps), false
	var has [2][]int // the steps that are left of the job that a hand has
	over := [2]bool{}
	makes := func(hand int) {
		i := has[hand][0]
		has[hand] = has[hand][1:]
		wrong = wrong || k.later[i].meets(&made)
		made.put(i)
		left--
		queue = append(queue, k.steps[i].lines...)
	}
	like = turns(begin, interruptions, func(hand int) bool { return over[hand] || wrong }, func(hand int) {
		if len(has[hand]) > 0 {
			makes(hand)
		}
		for len(has[hand]) == 0 {
			next := mostUrgent(queue)
			if over[hand] = next < 0; over[hand] {
				return
			}
			has[hand] = k.of[queue[next].job]
			queue = slices.Delete(queue, next, next+1)
			makes(hand)
		}
	})
	return like, !wrong && left == 0
}

// mostUrgent is which job is taken next, as memory.next takes it; -1: there is none.
func mostUrgent(queue []lined) int {
	best := -1
	for i, j := range queue {
		if best < 0 || cmp.Or(j.priority, 3) < cmp.Or(queue[best].priority, 3) {
			best = i
		}
	}
	return best
}

// recorder writes down a course.
type recorder struct {
	course
	now step
}

// turn begins another step.
func (r *recorder) turn(job int) {
	r.end()
	r.now = step{job: job}
}

// end ends the step that is made now. One that belongs to no job is a hand that looks
// for the first.
func (r *recorder) end() {
	if r.now.job > 0 {
		r.steps = append(r.steps, r.now)
	}
	r.now = step{}
}

// watched is a lock that tells what it is taken for. Whoever does not say, writes
// everything.
type watched struct {
	sync.Mutex
	heard *recorder // nil: nobody asks
}

func (w *watched) Lock() { w.writing(everything) }

func (w *watched) reading(what parts) {
	w.Mutex.Lock()
	if w.heard != nil {
		w.heard.now.reads |= what
	}
}

func (w *watched) writing(what parts) {
	w.Mutex.Lock()
	w.writes(what)
}

// writes is for whoever holds the lock, and finds out only then that they write.
func (w *watched) writes(what parts) {
	if w.heard != nil {
		w.heard.now.writes |= what
	}
}

// TestScheduleThatIsLeftOutComesToTheSame follows those that the machine leaves out, too.
// What stands on GitHub is the same to the letter.
func TestScheduleThatIsLeftOutComesToTheSame(t *testing.T) {
	t.Parallel()
	m, walkers := newMachine(t, limits{transitions: 250, pairs: 1, ofStage: 1}, 1)
	m.walk(walkers)
	w := walkers[0]
	all, _, _ := m.chosen()
	left := 0
	for _, p := range all {
		var courses []known
		var came []string
		for begin, ok := []int(nil), true; ok; {
			followed, did, wrong := w.atOnce(p.from.at, p.one, p.two, begin)
			if wrong != "" {
				t.Fatalf("%s: by %v: %s", p.name, followed, wrong)
			}
			got := w.everythingShown()
			alike := false
			for i, c := range courses {
				like, ok := c.as(begin, interruptions)
				if !ok {
					continue
				}
				alike = true
				if !slices.Equal(like, followed) {
					t.Errorf("%s: %v was thought to be %v", p.name, followed, like)
				}
				if got != came[i] {
					t.Errorf("%s: by %v, which was thought to be like one before, it comes to\n%s\nand not to\n%s", p.name, followed, got, came[i])
				}
				left++
				break
			}
			if !alike {
				courses, came = append(courses, did.known()), append(came, got)
			}
			begin, ok = followed.next()
		}
		if t.Failed() {
			return
		}
	}
	if len(all) == 0 || left == 0 {
		t.Errorf("of %d pairs %d schedules were left out", len(all), left)
	}
}

// drawn is what is drawn anew each time: references, IDs and addresses.
var drawn = regexp.MustCompile("N-[0-9a-f]{8}|cocrouter:[a-z2-7]{26}|https://coc.example/[^ )`]*")

// everythingShown is what has come of a case, and all that stands on GitHub.
func (w *walker) everythingShown() string {
	var b strings.Builder
	b.WriteString(w.outcome())
	for _, key := range slices.Sorted(maps.Keys(w.gh.repos)) {
		for _, i := range w.gh.repos[key].issues {
			fmt.Fprintf(&b, "\n%s#%d %v %q\n%s\n%q", key, i.Number, i.Open, i.Labels, i.Body, i.comments)
		}
	}
	return drawn.ReplaceAllString(b.String(), "…")
}
