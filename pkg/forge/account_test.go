package forge

import (
	"container/heap"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMilli()

// writer is a job that has to write once, and comes back when it is told to.
type writer struct {
	at       int64
	urgency  Urgency
	began    int64
	attempts int
}

type queue []*writer

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*writer)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// work lets all writers write, each as it is told, and late says how long the
// queue takes to bring one back.
func work(t *testing.T, l Limits, late func() int64, all ...*writer) (wrote []int64) {
	t.Helper()
	q := queue(slices.Clone(all))
	heap.Init(&q)
	var kept []byte
	for len(q) > 0 {
		w := heap.Pop(&q).(*writer)
		if w.attempts++; w.attempts > 100 {
			t.Fatalf("a writer of class %d that came at %v spins", w.urgency, time.Duration(w.began-begin)*time.Millisecond)
		}
		a, err := readAccount(kept)
		if err != nil {
			t.Fatal(err)
		}
		now := w.at
		at, granted := a.spend(now, w.urgency, l)
		kept = a.pack()
		switch {
		case granted:
			if at < now || at > now+instant {
				t.Fatalf("granted for %d at %d", at, now)
			}
			w.at = at
			wrote = append(wrote, at)
		case at <= now:
			t.Fatalf("told to come back at %d, which is not after %d", at, now)
		default:
			w.at = at + late()
			heap.Push(&q, w)
		}
	}
	slices.Sort(wrote)
	return wrote
}

// within is the most that any window of some length holds.
func within(wrote []int64, long int64) (most int) {
	first := 0
	for i, at := range wrote {
		for wrote[first] <= at-long {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func punctual() int64 { return 0 }

// sloppy is River with other things to do.
func sloppy() int64 { return rand.Int64N(5 * pace) }

func TestNoWindowEverHoldsMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	l := Limits{}.orDefault()
	for seed := range uint64(6) {
		draw := rand.New(rand.NewPCG(seed, 1))
		var all []*writer
		for at := begin; at < begin+3*hour; at += draw.Int64N(2 * int64(1+draw.IntN(20)) * pace) {
			for range 1 + draw.IntN(3)*draw.IntN(20) {
				all = append(all, &writer{at: at, began: at, urgency: Urgency(draw.IntN(int(classes)))})
			}
			if len(all) > 900 {
				break
			}
		}
		late := func() int64 { return draw.Int64N(1 + draw.Int64N(10*pace)) }
		wrote := work(t, l, late, all...)
		if len(wrote) != len(all) {
			t.Errorf("seed %d: %d of %d have written", seed, len(wrote), len(all))
		}
		if n := within(wrote, minute); n > l.Minute {
			t.Errorf("seed %d: %d within a minute", seed, n)
		}
		if n := within(wrote, hour); n > l.Hour {
			t.Errorf("seed %d: %d within an hour", seed, n)
		}
		// A burst, and then one a second: so n writes take n-burst seconds.
		for _, n := range []int{16, 20, 40, 60} {
			for i := 0; i+n <= len(wrote); i++ {
				if took := wrote[i+n-1] - wrote[i]; took < int64(n-l.AtOnce)*pace-instant {
					t.Fatalf("seed %d: %d writes took %d ms", seed, n, took)
				}
			}
		}
	}
}

func TestAThousandThatWaitDoNotSpin(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]func() int64{"punctual": punctual, "sloppy": sloppy} {
		for u := range Urgency(classes) {
			var all []*writer
			for i := range 1000 {
				all = append(all, &writer{at: begin + int64(i), began: begin, urgency: u})
			}
			l := Limits{}.orDefault()
			wrote := work(t, l, late, all...)
			attempts, most := 0, 0
			for _, w := range all {
				attempts, most = attempts+w.attempts, max(most, w.attempts)
			}
			if attempts > 2500 || most > 8 {
				t.Errorf("%s, class %d: %d attempts, %d of one", name, u, attempts, most)
			}
			// No time is given away either.
			took, best := wrote[999]-begin, int64(1000/u.share(l.Hour))*hour
			if took > best+best/6+10*minute {
				t.Errorf("%s, class %d: it took %v, and could have taken %v", name, u,
					time.Duration(took)*time.Millisecond, time.Duration(best)*time.Millisecond)
			}
		}
	}
}

func TestAReportWaitsForNothingLessUrgent(t *testing.T) {
	t.Parallel()
	var all []*writer
	for i := range 400 {
		all = append(all, &writer{at: begin + int64(i), began: begin, urgency: Reminders}, &writer{at: begin + int64(i), began: begin, urgency: Commands})
	}
	var reports []*writer
	for i := range 60 {
		at := begin + 3*pace + int64(i)*2*minute
		reports = append(reports, &writer{at: at, began: at, urgency: Intake})
	}
	work(t, Limits{}.orDefault(), sloppy, append(all, reports...)...)
	for _, r := range reports {
		if r.at-r.began > 10*pace || r.attempts > 3 {
			t.Errorf("a report waited %v, %d attempts", time.Duration(r.at-r.began)*time.Millisecond, r.attempts)
		}
	}
}

func TestWhatCanWaitLeavesRoom(t *testing.T) {
	t.Parallel()
	l := Limits{}.orDefault()
	for u, want := range map[Urgency]int{Reminders: 288, Commands: 408, Intake: 480} {
		var all []*writer
		for i := range 700 {
			all = append(all, &writer{at: begin + int64(i), began: begin, urgency: u})
		}
		if n := within(work(t, l, punctual, all...), hour); n != want {
			t.Errorf("class %d wrote %d in an hour, want %d", u, n, want)
		}
	}
	if Urgency(0) != Reminders || Urgency(-1).share(100) != 60 || Reminders.share(1) != 1 {
		t.Error("the zero value is not the lowest class")
	}
}

func TestPromisesThatNobodyComesForHoldUpNobody(t *testing.T) {
	t.Parallel()
	var a account
	l := Limits{}.orDefault()
	for range l.Hour {
		a.spend(begin, Intake, l) // promised for the next eight minutes
	}
	later := begin + 12*minute
	if at, granted := a.spend(later, Commands, l); !granted {
		t.Errorf("a write is told to come back in %v", time.Duration(at-later)*time.Millisecond)
	}
}

func TestClockThatIsSetBackStopsNobody(t *testing.T) {
	t.Parallel()
	var a account
	l := Limits{}.orDefault()
	for i := range int64(10) {
		a.spend(begin+5*hour+i, Commands, l)
	}
	if at, _ := a.spend(begin, Commands, l); at > begin+minute {
		t.Errorf("a write is told to come back in %v", time.Duration(at-begin)*time.Millisecond)
	}
}

func TestAccountIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	var a account
	for i := range int64(300) {
		a.spend(begin+i*100, Urgency(i%3), Limits{}.orDefault())
	}
	got, err := readAccount(a.pack())
	if err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%v, %+v, want %+v", err, got, a)
	}
	if len(a.pack()) > 4*300 {
		t.Errorf("%d bytes", len(a.pack()))
	}
	// A replica that knows no pauses reads what has none.
	if a.pack()[0] != 1 {
		t.Error("an account without a pause has another form")
	}
	a.rests = rests{until: begin + minute, long: minute, core: begin + hour}
	if got, err = readAccount(a.pack()); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%v, %+v, want %+v", err, got.rests, a.rests)
	}
	whole := a.pack()
	for cut := 1; cut < len(whole); cut++ {
		if _, err := readAccount(whole[:cut]); err == nil {
			t.Fatalf("cut after %d bytes it was read", cut)
		}
	}
	draw := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		damaged := slices.Clone(whole[:1+draw.IntN(40)])
		damaged[draw.IntN(len(damaged))] ^= byte(1 + draw.IntN(255))
		_, _ = readAccount(damaged) // must neither panic nor ask for much memory
	}
}
