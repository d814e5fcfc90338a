package casework_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
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
	job   int           // that it does; 0: none yet
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

// turns says who goes on until both are done, as begin says and from there on as long
// as possible the same one. It returns what was followed. Where both stand at the
// beginning, it makes no difference who is the first.
func turns(begin []int, interruptions int, done func(hand int) bool, goOn func(hand int)) schedule {
	followed := make(schedule, 0, 64)
	for last := 0; ; {
		goes, rests := !done(last), !done(1-last)
		if !goes && !rests {
			return followed
		}
		of, took := 1, 0
		if goes && rests && interruptions > 0 && len(followed) > 0 {
			of = 2
		}
		if n := len(followed); n < len(begin) {
			took = min(begin[n], of-1)
		}
		followed = append(followed, choice{took, of})
		switch {
		case !goes:
			last = 1 - last
		case took > 0:
			last = 1 - last
			interruptions--
		}
		goOn(last)
	}
}

// works lets two hands do what is due now, by a schedule, and tells what was done step
// by step. A job that is in jobs twice is done by both.
func (w *walker) works(begin []int, interruptions int) (schedule, *course) {
	heard := w.st.record()
	w.st.mu.heard, w.gh.mu.heard = heard, heard
	defer func() { w.st.mu.heard, w.gh.mu.heard = nil, nil }()
	var hands []*hand
	for range 2 {
		h := &hand{stops: make(chan string), goOn: make(chan struct{}), read: map[coc.CaseID]int{}}
		hands = append(hands, h)
		go func() {
			defer close(h.stops)
			ctx := context.WithValue(w.Context(), handKey{}, h)
			stop(ctx, "begin")
			for {
				job, ok := w.st.next()
				if !ok {
					return
				}
				h.job = job.number
				heard.turn(h.job)
				w.st.answer(job, w.Do(ctx, job.Job, job.attempts > 0))
			}
		}()
	}
	settle := func(h *hand) {
		var open bool
		if h.at, open = <-h.stops; !open {
			h.at = ""
		}
	}
	for _, h := range hands {
		settle(h)
	}
	followed := turns(begin, interruptions, func(n int) bool { return hands[n].at == "" }, func(n int) {
		heard.turn(hands[n].job)
		hands[n].goOn <- struct{}{}
		settle(hands[n])
		heard.turn(0)
	})
	return followed, &heard.course
}

// record begins to write down who does what of the jobs that are due.
func (m *memory) record() *recorder {
	r := &recorder{}
	for _, j := range m.jobs {
		if !j.due.After(m.clock.Now()) {
			r.jobs++
			j.number = r.jobs
			r.begin = append(r.begin, lined{j.number, j.Priority})
		}
	}
	return r
}

// schedules is how many were followed, and how many left out.
type schedules struct{ followed, alike int }

// interruptions is how often a hand is, at most, while it could go on.
const interruptions = 2

// together tries two things at once, by every schedule, from a state. What comes of
// it must be what comes of one after the other: of deliveries of one issue in the
// order in which they were taken in, else in either. It says what is wrong with the
// first schedule that is not right.
func (w *walker) together(from snapshot, one, two happening) (n schedules, wrong string) {
	w.around = one.around || two.around || two.what == "due" && w.surveys(from)
	serial := w.serial(from, one, two)
	var courses []known
	for begin, ok := []int(nil), true; ok; {
		var followed schedule
		for i := len(courses) - 1; i >= 0 && followed == nil; i-- {
			if like, ok := courses[i].as(begin, interruptions); ok {
				followed = like
			}
		}
		if followed != nil {
			n.alike++
			begin, ok = followed.next()
			continue
		}
		followed, did, wrong := w.atOnce(from, one, two, begin)
		n.followed++
		if wrong != "" {
			return n, fmt.Sprintf("by %v: %s", followed, wrong)
		}
		got := w.outcome()
		if !slices.Contains(serial, got) {
			serial = append(serial, w.inPart(from, one, two)...)
		}
		if !slices.Contains(serial, got) {
			return n, fmt.Sprintf("by %v it comes to\n%s\none after the other to\n%s", followed, got, strings.Join(serial, "\nor\n"))
		}
		courses = append(courses, did.known())
		begin, ok = followed.next()
	}
	return n, ""
}

// atOnce tries two things at once by one schedule.
func (w *walker) atOnce(from snapshot, one, two happening, begin []int) (followed schedule, did *course, wrong string) {
	w.begins(from, two)
	wrong = w.try(happening{name: one.name + " " + two.name, do: func(w *walker) {
		one.do(w)
		switch two.what {
		case "due":
		case "twice":
			w.st.twice()
		default:
			two.do(w)
		}
		followed, did = w.works(begin, interruptions)
	}})
	return followed, did, wrong
}

// begins puts a state back, and the clock forward where something is to be due.
func (w *walker) begins(from snapshot, two happening) {
	w.restore(from)
	if two.what == "due" {
		w.untilDue()
	}
}

// serial is what may come of two things, where one is done after the other.
func (w *walker) serial(from snapshot, one, two happening) (outcomes []string) {
	switch {
	case two.what == "due":
		return w.betweenDue(from, one, two, 8)
	case two.what == "twice":
		return []string{w.after(from, two, one.do, func(*walker) {})}
	case apart(one, two):
		return []string{w.after(from, two, rested(one.do), two.do), w.after(from, two, rested(two.do), one.do)}
	}
	return []string{w.after(from, two, rested(one.do), two.do)}
}

// inPart is what may come of them besides, where what follows from the first is done
// only in part before the second: a vote that opens anew after its time has the case
// leave at once, and may be carried again before it does.
func (w *walker) inPart(from snapshot, one, two happening) []string {
	switch two.what {
	case "due":
		return w.betweenDue(from, one, two, 64)
	case "twice":
		return nil
	}
	first := func(one, two happening) []string {
		return w.cut(func(n int) (string, bool) {
			more := false
			got := w.after(from, two, func(w *walker) { one.do(w); more = w.workSome(n) }, two.do)
			return got, more
		}, 8)
	}
	all := first(one, two)
	if apart(one, two) {
		all = append(all, first(two, one)...)
	}
	return all
}

// betweenDue is what may come of something where more than one thing is due, and follows
// from that: it comes before, after or in between.
func (w *walker) betweenDue(from snapshot, one, two happening, most int) []string {
	return w.cut(func(n int) (string, bool) {
		more := false
		got := w.after(from, two, func(w *walker) { more = w.workSome(n) }, one.do)
		return got, more
	}, most)
}

// after is what comes of a state where one thing is done after another.
func (w *walker) after(from snapshot, two happening, first, second func(*walker)) string {
	w.begins(from, two)
	_ = w.try(happening{do: func(w *walker) { first(w); second(w) }})
	return w.outcome()
}

// cut is what comes of doing more and more jobs before something, until there are no
// more, or so many were done.
func (w *walker) cut(at func(jobs int) (outcome string, more bool), most int) (all []string) {
	for n, more := 0, true; more && n < most; n++ {
		var got string
		if got, more = at(n); !slices.Contains(all, got) {
			all = append(all, got)
		}
	}
	return all
}

// rested is something and what follows from it at once.
func rested(do func(*walker)) func(*walker) { return func(w *walker) { do(w); w.rest() } }

// workSome has one worker do so many of the jobs that are due, and reports whether
// there were so many.
func (w *walker) workSome(n int) bool {
	for range n {
		job, ok := w.st.next()
		if !ok {
			return false
		}
		w.work(job)
	}
	return true
}

// outcome is what has come of a case, as far as it matters. Where something happens around
// it meanwhile, that is what people have done: the room may be found changed before the
// writes that follow from it, between two, or after them.
func (w *walker) outcome() string {
	var b strings.Builder
	c := w.lookAt(w.id)
	for _, e := range c.Journal {
		if !w.around || e.Actor != "" {
			fmt.Fprintf(&b, "%s %s %s, ", e.Actor, e.Act, e.To)
		}
	}
	if w.around {
		return b.String() + string(c.Stage)
	}
	aspects := strings.Join(w.aspects(), "\n")
	if why := c.Home().Frozen; why != "" { // where there is more than one reason, what was looked at last
		aspects = strings.ReplaceAll(aspects, why, "frozen")
	}
	return b.String() + "\n" + aspects
}

// untilDue moves the clock to when the next thing is due, and lets nobody do it.
func (w *walker) untilDue() {
	if at, ok := w.nextOfCase(); ok && at.After(w.clock.Now()) {
		w.clock.set(at.Add(time.Second))
	}
}

// surveys reports whether it is the room that is looked at next. That sees it as it is by
// then, and the case as it was.
func (w *walker) surveys(from snapshot) bool {
	w.begins(from, happening{what: "due"})
	return slices.ContainsFunc(w.st.jobs, func(j *queued) bool { return j.Kind == coc.JobSurvey && !j.due.After(w.clock.Now()) })
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

// The objection opens the vote anew after its time, which begins anew with that: the case
// leaves once it is over, unless whoever objected agrees again.
func TestVoteThatOpensAnewAfterItsTimeHasItsTimeAgain(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	beginnings[0].file(w)
	for _, step := range []struct {
		who  coc.Login
		line string
	}{
		{"ada-river", "/coc ack"}, {"ada-river", "/coc propose warning Talk to them."}, {"ben-river", "/coc object"}, {"cy-river", "/coc agree"},
		{"ben-river", "/coc recuse soft"}, {"ada-river", "/coc claim @ben-river"}, {"ada-river", "/coc clear"},
	} {
		if said := w.try(writing(step.who, step.line)); said != "" {
			t.Fatalf("%s: %s", step.line, said)
		}
	}
	w.pass(35 * 24 * time.Hour)
	late := w.snapshot()
	if n, said := w.together(late, writing("ada-river", "/coc object"), writing("ada-river", "/coc agree")); said != "" || n.followed < 2 {
		t.Errorf("by %d schedules: %s", n.followed, said)
	}
	for _, keeps := range []bool{false, true} {
		w.restore(late)
		w.writes("ada-river", "/coc object")
		if keeps {
			w.writes("ada-river", "/coc agree")
		}
		for _, step := range []struct {
			passes time.Duration
			stays  bool
		}{{6 * 24 * time.Hour, true}, {2 * 24 * time.Hour, keeps}} {
			w.pass(step.passes)
			c := w.lookAt(w.id)
			if stays := c.Home().Committee.Key == "river/conduct"; stays != step.stays {
				t.Errorf("with the other vote there %v, after %s the case stays %v", keeps, step.passes, stays)
			}
		}
	}
}
