package casework_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// Two workers carry out what is due at the same time. Each stops before it takes
// something out of its lane, reads the case, commits, takes a lease, or draws the
// issue, and a schedule says who goes on. All schedules are tried in which nobody is
// interrupted more often than so many times; who has to wait for nobody is
// interrupted by nobody else.

// hand is one of the workers.
type hand struct {
	stops chan string   // it has come to such a point; closed: it has nothing left to do
	goOn  chan struct{} // it may pass
	at    string        // the point at which it stands; "": it is done
	read  map[coc.CaseID]int
}

type handKey struct{}

// stop waits until the hand that works here may go on; whoever is no hand does not
// wait.
func stop(ctx context.Context, at string) {
	h, ok := ctx.Value(handKey{}).(*hand)
	if !ok {
		return
	}
	h.stops <- at
	<-h.goOn
}

// saw keeps which revision of a case the hand that works here has read last.
func saw(ctx context.Context, c coc.Case) {
	if h, ok := ctx.Value(handKey{}).(*hand); ok {
		h.read[c.ID] = c.Revision
	}
}

// excuse forgives the write that was made just now that somebody read it who has been
// barred since its hand read the case: between the last look and the write there is a
// moment that nobody can close. Whoever read the room until then has read the case.
func (g *github) excuse(ctx context.Context) {
	h, ok := ctx.Value(handKey{}).(*hand)
	if !ok {
		return
	}
	x := &g.writes[len(g.writes)-1]
	if id, ok := notice.CaseOf(coc.NewProse(x.text)); ok && h.read[id] < g.revision(id) {
		x.barred = nil
	}
}

// schedule is who went on at each point: of the options there, in order, which.
type schedule []choice

type choice struct{ took, of int }

// next is the beginning of the schedule that is tried after this one; ok is false
// where it was the last.
func (s schedule) next() (begin []int, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].took+1 < s[i].of {
			for _, c := range s[:i] {
				begin = append(begin, c.took)
			}
			return append(begin, s[i].took+1), true
		}
	}
	return nil, false
}

// follow lets the hands work until all are done, as begin says and from there on as
// long as possible with the same one. It returns what was followed.
func follow(hands []*hand, begin []int, interruptions int) (done schedule) {
	settle := func(h *hand) {
		var open bool
		if h.at, open = <-h.stops; !open {
			h.at = ""
		}
	}
	for _, h := range hands {
		settle(h)
	}
	last := 0
	for {
		var options []int
		if hands[last].at != "" {
			options = append(options, last)
		}
		for i, h := range hands {
			if i != last && h.at != "" && (len(options) == 0 || interruptions > 0 || hands[last].at == "") {
				options = append(options, i)
			}
		}
		if len(options) == 0 {
			return done
		}
		took := 0
		if n := len(done); n < len(begin) {
			took = min(begin[n], len(options)-1)
		}
		done = append(done, choice{took, len(options)})
		if options[took] != last && hands[last].at != "" {
			interruptions--
		}
		last = options[took]
		hands[last].goOn <- struct{}{}
		settle(hands[last])
	}
}

// works lets two hands do what is due now, by a schedule. A job that is in jobs twice
// is done by both.
func (w *walker) works(begin []int, interruptions int) schedule {
	var hands []*hand
	for range 2 {
		h := &hand{stops: make(chan string), goOn: make(chan struct{}), read: map[coc.CaseID]int{}}
		hands = append(hands, h)
	}
	for _, h := range hands {
		go func() {
			defer close(h.stops)
			ctx := context.WithValue(w.Context(), handKey{}, h)
			stop(ctx, "begin")
			for {
				job, ok := w.st.next()
				if !ok {
					return
				}
				w.st.answer(job, w.Do(ctx, job.Job, job.attempts > 0))
			}
		}()
	}
	return follow(hands, begin, interruptions)
}

// atOnce tries things that change a case two at a time, by all schedules, from one
// state: each pair once in every stage, as far as the limits go.
//
// What comes due and what comes from the reporter meets a command in the middle, and so
// does the same delivery worked twice. Of two deliveries of one issue nothing is decided
// on the second before the first is done; what is drawn and said meanwhile meets it.
func (m *machine) atOnce(w *walker, p *point, s coc.Stage, moving []happening) (wrong string) {
	r := rand.New(rand.NewPCG(uint64(len(moving)), uint64(len(s))))
	moving = slices.Clone(moving)
	r.Shuffle(len(moving), func(i, j int) { moving[i], moving[j] = moving[j], moving[i] })
	for _, one := range moving {
		if one.what == "due" || one.what == "weeks" {
			continue
		}
		for _, two := range append([]happening{{name: "it is worked twice", what: "twice"}}, moving...) {
			if two.what == "weeks" || !m.mayTry(s, one, two) {
				continue
			}
			interruptions := 1
			if apart(one, two) {
				interruptions = 2
			}
			n, said := w.together(p.at, one, two, interruptions)
			m.mu.Lock()
			m.orders += n
			m.mu.Unlock()
			if said != "" {
				return fmt.Sprintf("%s, and at once %s: %s", one.name, two.name, said)
			}
		}
	}
	return ""
}

// apart reports whether two things do not wait for one another.
func apart(one, two happening) bool {
	return two.what == "due" || two.what == "twice" || (one.what == "answer") != (two.what == "answer")
}

// mayTry reports whether a pair is new in a stage, and the limits allow it.
func (m *machine) mayTry(s coc.Stage, one, two happening) bool {
	kind, most := string(s)+" in one issue", m.most.lane
	if apart(one, two) {
		kind, most = string(s)+" from two sides", m.most.apart
	}
	name := string(s) + ": " + one.what + " and " + two.what
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pairs[name] || m.of[kind] >= most {
		return false
	}
	m.pairs[name] = true
	m.of[kind]++
	return true
}

// together tries two things at once, by every schedule, from a state. What comes of
// it must be what comes of one after the other: of deliveries of one issue in the
// order in which they were taken in, else in either. It returns how many schedules
// there are, and what is wrong with one.
func (w *walker) together(from snapshot, one, two happening, interruptions int) (schedules int, wrong string) {
	nothing := func(*walker) {}
	begin := func() {
		w.restore(from)
		if two.what == "due" {
			w.untilDue()
		}
	}
	after := func(first, second func(*walker)) string {
		begin()
		_ = w.try(happening{do: func(w *walker) { first(w); second(w) }})
		return w.outcome()
	}
	at := func(w *walker) { one.do(w); two.do(w) }
	var serial []string
	switch {
	case two.what == "due":
		at = one.do
		for n := range 8 { // more than one thing may be due: it comes before, after or in between
			serial = append(serial, after(func(w *walker) { w.workSome(n) }, one.do))
		}
	case two.what == "twice":
		at = func(w *walker) { one.do(w); w.st.twice() }
		serial = []string{after(one.do, nothing)}
	case apart(one, two):
		serial = []string{after(rested(one.do), two.do), after(rested(two.do), one.do)}
	default:
		serial = []string{after(rested(one.do), two.do)}
	}
	for choices, ok := []int(nil), true; ok; {
		var followed schedule
		begin()
		wrong := w.try(happening{name: one.name + " " + two.name, do: func(w *walker) {
			at(w)
			followed = w.works(choices, interruptions)
		}})
		schedules++
		if wrong != "" {
			return schedules, fmt.Sprintf("by %v: %s", followed, wrong)
		}
		if got := w.outcome(); !slices.Contains(serial, got) {
			return schedules, fmt.Sprintf("by %v it comes to\n%s\none after the other to\n%s", followed, got, strings.Join(serial, "\nor\n"))
		}
		choices, ok = followed.next()
	}
	return schedules, ""
}

// rested is something and what follows from it at once.
func rested(do func(*walker)) func(*walker) { return func(w *walker) { do(w); w.rest() } }

// workSome has one worker do so many of the jobs that are due.
func (w *walker) workSome(n int) {
	for range n {
		if job, ok := w.st.next(); ok {
			w.work(job)
		}
	}
}

// outcome is what has come of a case, as far as it matters.
func (w *walker) outcome() string {
	var b strings.Builder
	for _, e := range w.lookAt(w.id).Journal {
		fmt.Fprintf(&b, "%s %s %s, ", e.Actor, e.Act, e.To)
	}
	return b.String() + "\n" + strings.Join(w.aspects(), "\n")
}

// untilDue moves the clock to when the next thing is due, and lets nobody do it.
func (w *walker) untilDue() {
	if at, ok := w.nextOfCase(); ok && at.After(w.clock.Now()) {
		w.clock.set(at.Add(time.Second))
	}
}

// twice has what waits to be done now done by both hands at once, as a job is whose
// worker was thought dead.
func (m *memory) twice() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	for _, j := range slices.Clone(m.jobs) {
		if !j.due.After(now) {
			same := *j
			same.attempts = 1
			m.jobs = append(m.jobs, &same)
		}
	}
}
