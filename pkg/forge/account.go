package forge

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// Limits are what one installation may write. The zero value is below what
// GitHub allows, by a margin; a negative Hour counts nothing.
//
// The margin is for what is under way: GitHub counts a write when it arrives,
// we when it leaves, so a window of GitHub's may hold what we counted before it
// began. That is never more than the calls that one installation may have
// under way, of each replica: the minute has room for four replicas, the hour
// for five.
type Limits struct {
	// AtOnce is how many may go without a pause; they come back one a second.
	// 0: 15.
	AtOnce int
	// Minute and Hour bound any sixty seconds and any sixty minutes. 0: 64 of
	// GitHub's 80, and 480 of its 500.
	Minute, Hour int
}

// Unlimited writes as fast as it can, for a GitHub that has no limits.
var Unlimited = Limits{Hour: -1}

func (l Limits) orDefault() Limits {
	for _, d := range []struct {
		to   *int
		from int
	}{{&l.AtOnce, 15}, {&l.Minute, 64}, {&l.Hour, 480}} {
		if *d.to == 0 {
			*d.to = d.from
		}
	}
	return l
}

func (l Limits) off() bool { return l.Hour < 0 }

// turns is how far apart calls come back that had to wait for a place; 0: as GitHub
// wants it.
func (l Limits) turns() time.Duration {
	if l.off() {
		return unpacedTurn
	}
	return 0
}

// All times of an account are Unix milliseconds.
const (
	pace   = int64(time.Second / time.Millisecond) // between two writes, when the burst is used up
	minute = 60 * pace
	hour   = 60 * minute
	// A wait as short as this is slept instead of putting the call off.
	instant = 250
	// A queue may bring a job back a few seconds late; what was promised is
	// promised so much later that the promises after it hold all the same.
	slack = 5 * pace
	// Whoever finds its promise taken by something more urgent waits as long as
	// this in place; if it would take longer, it goes to the end of the line.
	nudge = 3 * pace
	// A promise that nobody has come for is void.
	promiseHolds = 2 * minute
	// More than this are not written down: they come back and ask again.
	mostPromised = 4096
	// A promise that lies further ahead was made by a clock that ran away, and
	// would hold up all after it.
	longestPromise = 24 * hour
)

// account is what an installation wrote within the last hour, and the times
// that were promised to writes that had to wait. A promise has no name: when it
// is due, the next write of its class takes it. So the n-th write that must
// wait is told the n-th time that is free, comes back then and once, and never
// polls. With it stands until when GitHub wants to be left alone, so that it
// holds after a restart and for the replicas.
type account struct {
	spent    []int64   // in order
	promised []promise // in order
	rests    rests
}

// rests is until when GitHub wants nothing of a payer. Its times are by GitHub's
// clock, which is one for all replicas; 0: there is nothing to wait for.
type rests struct {
	until       int64 // of anything
	long        int64 // the last pause for which it named no time
	core, graph int64 // of what is counted by the hour, where that is spent
}

// of is when a resource may be asked for again.
func (r rests) of(resource string) int64 {
	if resource == graphResource {
		return max(r.until, r.graph)
	}
	return max(r.until, r.core)
}

// join adds what somebody else knows. Of what is over nothing is left.
func (r rests) join(o rests, now int64) rests {
	r = rests{max(r.until, o.until), max(r.long, o.long), max(r.core, o.core), max(r.graph, o.graph)}
	if r.until+r.long <= now {
		r.until, r.long = 0, 0
	}
	if r.core <= now {
		r.core = 0
	}
	if r.graph <= now {
		r.graph = 0
	}
	return r
}

type promise struct {
	at      int64
	urgency Urgency
}

// spend counts a write that leaves at the time returned, which is now or an
// instant later; or it promises a time at which to ask again.
func (a *account) spend(now int64, u Urgency, l Limits) (at int64, granted bool) {
	a.settle(now)
	if a.claim(now+instant, u) {
		at = next(a.spent, latest(now, a.spent), u, l, 0)
		if at > now+instant && at <= now+nudge {
			a.promise(at, u)
			return at, false
		}
	} else {
		ahead := a.ahead(u)
		at = next(ahead, latest(now, ahead), u, l, 0)
	}
	if at <= now+instant {
		a.spent = append(a.spent, at)
		return at, true
	}
	ahead := a.ahead(u)
	at = next(ahead, latest(now, ahead), u, l, slack)
	a.promise(at, u)
	return at, false
}

// settle forgets what counts no more. A time that lies ahead is of a clock that
// runs before ours, and counts as now.
func (a *account) settle(now int64) {
	a.spent = slices.DeleteFunc(a.spent, func(t int64) bool { return t <= now-hour })
	for i, t := range a.spent {
		a.spent[i] = min(t, now+instant)
	}
	a.promised = slices.DeleteFunc(a.promised, func(p promise) bool { return p.at < now-promiseHolds || p.at > now+longestPromise })
}

// claim takes the first promise of a class that is due.
func (a *account) claim(due int64, u Urgency) bool {
	i := slices.IndexFunc(a.promised, func(p promise) bool { return p.urgency == u && p.at <= due })
	if i >= 0 {
		a.promised = slices.Delete(a.promised, i, i+1)
	}
	return i >= 0
}

func sooner(x, y promise) int { return cmp.Compare(x.at, y.at) }

func (a *account) promise(at int64, u Urgency) {
	if len(a.promised) >= mostPromised {
		return
	}
	i, _ := slices.BinarySearchFunc(a.promised, at+1, func(p promise, t int64) int { return int(p.at - t) })
	a.promised = slices.Insert(a.promised, i, promise{at, u})
}

// ahead is all that a new write of a class waits for, in order: what was
// written, and what was promised to its own class and to those above.
func (a *account) ahead(u Urgency) []int64 {
	out := slices.Clone(a.spent)
	for _, p := range a.promised {
		if p.urgency >= u {
			out = append(out, p.at)
		}
	}
	slices.Sort(out)
	return out
}

// latest is now, or the last of times in order where that is later.
func latest(now int64, times []int64) int64 {
	if n := len(times); n > 0 {
		return max(now, times[n-1])
	}
	return now
}

// next is the first time, not before from, at which a class may write after
// all of before, none of which is later than from.
func next(before []int64, from int64, u Urgency, l Limits, slack int64) int64 {
	at := from
	for _, w := range []struct {
		most int
		long int64
	}{{u.share(l.Minute), minute}, {u.share(l.Hour), hour}} {
		if n := len(before); n >= w.most {
			at = max(at, before[n-w.most]+w.long+slack)
		}
	}
	var whole int64 // when the whole burst will be there again
	for _, t := range before {
		whole = max(whole, t) + pace
	}
	return max(at, whole-int64(u.share(l.AtOnce)-1)*pace)
}

// The first byte of an account as it is kept. One with nothing to wait for has
// the older form, which a replica of an older version can read.
const (
	accountForm = 1
	restsForm   = 2
)

var errAccount = errors.New("an account that cannot be read")

// pack writes an account down: both lists as their lengths and the steps
// between their times, and then the rests.
func (a *account) pack() []byte {
	form := byte(accountForm)
	if a.rests != (rests{}) {
		form = restsForm
	}
	out := binary.AppendUvarint([]byte{form}, uint64(len(a.spent)))
	last := int64(0)
	for _, t := range a.spent {
		out = binary.AppendVarint(out, t-last)
		last = t
	}
	out = binary.AppendUvarint(out, uint64(len(a.promised)))
	for _, p := range a.promised {
		out = append(binary.AppendVarint(out, p.at-last), byte(p.urgency))
		last = p.at
	}
	if form == restsForm {
		for _, t := range []int64{a.rests.until, a.rests.long, a.rests.core, a.rests.graph} {
			out = binary.AppendVarint(out, t)
		}
	}
	return out
}

// readAccount reads what pack wrote. No bytes are an account of nothing.
func readAccount(b []byte) (account, error) {
	if len(b) == 0 {
		return account{}, nil
	}
	if b[0] != accountForm && b[0] != restsForm {
		return account{}, errAccount
	}
	r := steps{rest: b[1:]}
	var a account
	for range r.count() {
		a.spent = append(a.spent, r.time())
	}
	for range r.count() {
		a.promised = append(a.promised, promise{r.time(), r.class()})
	}
	if b[0] == restsForm {
		for _, to := range []*int64{&a.rests.until, &a.rests.long, &a.rests.core, &a.rests.graph} {
			*to = r.step()
		}
	}
	if r.broken || len(r.rest) != 0 || !slices.IsSorted(a.spent) || !slices.IsSortedFunc(a.promised, sooner) {
		return account{}, errAccount
	}
	return a, nil
}

// steps reads times that are written as what lies between them.
type steps struct {
	rest   []byte
	last   int64
	broken bool
}

func (s *steps) take(n int) {
	if s.broken = s.broken || n <= 0 || n > len(s.rest); s.broken {
		s.rest = nil
		return
	}
	s.rest = s.rest[n:]
}

// count is never more than there can be.
func (s *steps) count() int {
	n, size := binary.Uvarint(s.rest)
	s.take(size)
	if n > uint64(len(s.rest)) {
		s.broken = true
		return 0
	}
	return int(n)
}

func (s *steps) time() int64 {
	s.last += s.step()
	return s.last
}

func (s *steps) step() int64 {
	step, size := binary.Varint(s.rest)
	s.take(size)
	return step
}

func (s *steps) class() Urgency {
	if len(s.rest) == 0 {
		s.broken = true
		return 0
	}
	u := Urgency(s.rest[0])
	s.take(1)
	if u >= classes {
		s.broken = true
	}
	return u
}
