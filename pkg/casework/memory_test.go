package casework_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

func labelsOf(c coc.Case) []string { return stage.Labels(c, len(c.Placements)-1) }

// memory is a store that keeps everything packed, so that nothing in it is
// shared with whoever put it there, and a queue that waits for the test. Its
// answers are those that the real store's suite of tests asks for.
type memory struct {
	keys  *seal.Keys
	clock *clock

	mu        watched
	intakes   []kept
	cases     map[coc.CaseID]packed
	revisions map[coc.CaseID]int
	places    map[string]at
	receipts  map[string]coc.CaseID
	errands   map[string]packed // zero once it is finished
	errKeys   map[string]bool
	standings map[string]packed
	names     map[string]string // of standings
	watches   map[string]coc.Watch
	labels    map[int64][]string
	priors    []coc.Prior
	leases    map[string]time.Time
	jobs      []*queued
	failed    []string
	people
	copies bool // what is kept is not packed before it is copied, which is faster
	// beforeCommit runs before a commit, outside of the lock.
	beforeCommit func(coc.Change)
	// afterOpenCases runs once, after the open cases of a room were read.
	afterOpenCases func()
}

type kept struct {
	coc.Intake
	state string // open, done, aside
}

type at struct {
	id coc.CaseID
	n  int
}

// queued is a job that waits.
type queued struct {
	coc.Job
	due      time.Time
	attempts int
	failures int
	number   int // while it is recorded who does what
}

func newMemory(keys *seal.Keys, c *clock) *memory {
	return &memory{
		keys: keys, clock: c, people: newPeople(), cases: map[coc.CaseID]packed{}, revisions: map[coc.CaseID]int{}, places: map[string]at{},
		receipts: map[string]coc.CaseID{}, errands: map[string]packed{}, errKeys: map[string]bool{},
		standings: map[string]packed{}, names: map[string]string{}, labels: map[int64][]string{}, watches: map[string]coc.Watch{}, leases: map[string]time.Time{},
	}
}

func (m *memory) Take(_ context.Context, in coc.Intake) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.intakes {
		if k.Delivery == in.Delivery || in.Object != "" && k.Object == in.Object {
			return false, nil
		}
	}
	in.ID = int64(len(m.intakes) + 1)
	m.intakes = append(m.intakes, kept{in, "open"})
	m.enqueue(coc.Job{Kind: coc.JobIntake, Intake: in.ID, Priority: in.Priority})
	return true, nil
}

// undone is the intake's state as Intake and Commit see it.
func (m *memory) undone(id int64) error {
	k := m.intakes[id-1]
	if k.state != "open" {
		return coc.ErrGone
	}
	for _, e := range m.intakes[:id-1] {
		if e.Lane == k.Lane && e.state == "open" {
			return coc.ErrBusy
		}
	}
	return nil
}

func (m *memory) Intake(ctx context.Context, id int64) (coc.Intake, error) {
	stop(ctx, "lane")
	m.mu.reading(ofLanes)
	defer m.mu.Unlock()
	if err := m.undone(id); err != nil {
		return coc.Intake{}, err
	}
	return m.intakes[id-1].Intake, nil
}

func (m *memory) Following(ctx context.Context, id int64) (int64, error) {
	stop(ctx, "lane")
	m.mu.reading(ofLanes)
	defer m.mu.Unlock()
	for _, k := range m.intakes[id:] {
		if k.Lane == m.intakes[id-1].Lane && k.Lane != "" && k.state == "open" {
			return k.ID, nil
		}
	}
	return 0, coc.ErrMissing
}

func (m *memory) SetAside(_ context.Context, id int64, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.intakes[id-1].state = "aside"
	return nil
}

func (m *memory) Case(ctx context.Context, id coc.CaseID) (coc.Case, error) {
	stop(ctx, "read")
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	c, err := load[coc.Case](m.cases[id])
	saw(ctx, c)
	return c, err
}

// look is a case to look at: it is shared, so that nothing of it may be changed.
func (m *memory) look(id coc.CaseID) (coc.Case, error) {
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	c, ok := m.cases[id].v.(coc.Case)
	if !ok {
		return c, fmt.Errorf("memory: %w", coc.ErrMissing)
	}
	return c, nil
}

func (m *memory) ids() []coc.CaseID {
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	var out []coc.CaseID
	for id := range m.cases {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func issueKey(repoID int64, issue int) string { return fmt.Sprintf("%d#%d", repoID, issue) }

func (m *memory) CaseAt(_ context.Context, repoID int64, issue int) (coc.CaseID, int, error) {
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	p, ok := m.places[issueKey(repoID, issue)]
	if !ok {
		return "", 0, coc.ErrMissing
	}
	return p.id, p.n, nil
}

func (m *memory) OpenCases(_ context.Context, room coc.RepoFacts) ([]coc.CaseID, error) {
	if then := m.afterOpenCases; then != nil {
		m.afterOpenCases = nil
		defer then()
	}
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	var out []coc.CaseID
	for id, p := range m.cases {
		c, err := load[coc.Case](p)
		if err != nil {
			return nil, err
		}
		home := c.Home().Room
		here := home.ID == room.ID
		if room.ID == 0 {
			here = strings.EqualFold(home.Repo.Owner, room.Repo.Owner)
		}
		if here && home.ID != 0 && !stage.Closed(c.Stage) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m *memory) Letters(context.Context) ([]coc.CaseID, error) {
	m.mu.reading(ofCases)
	defer m.mu.Unlock()
	var out []coc.CaseID
	for id, p := range m.cases {
		c, err := load[coc.Case](p)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(c.Duties, func(d coc.Duty) bool { return d.What == coc.WordLetter && d.Done.IsZero() }) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m *memory) CaseByReceipt(_ context.Context, receipt []byte) (coc.CaseID, error) {
	m.mu.reading(ofCases | ofLanes)
	defer m.mu.Unlock()
	if id, ok := m.receipts[string(receipt)]; ok {
		return id, nil
	}
	for _, k := range m.intakes {
		if k.Delivery == hex.EncodeToString(receipt) && k.state != "done" {
			return "", coc.ErrBusy
		}
	}
	return "", coc.ErrMissing
}

func (m *memory) Errand(_ context.Context, id string) (coc.Errand, error) {
	m.mu.reading(ofErrands)
	defer m.mu.Unlock()
	e, err := load[coc.Errand](m.errands[id])
	if err != nil {
		return e, coc.ErrGone
	}
	return e, nil
}

func (m *memory) Standing(ctx context.Context, source coc.RepoFacts) (coc.Standing, error) {
	st, err := m.StandingByKey(ctx, m.StandingKey(coc.Standing{ID: source.ID, Source: source.Repo}))
	if errors.Is(err, coc.ErrMissing) {
		m.mu.reading(ofRecords)
		key := m.names[source.Repo.Key()]
		m.mu.Unlock()
		return m.StandingByKey(ctx, key)
	}
	return st, err
}

func (m *memory) StandingByKey(_ context.Context, key string) (coc.Standing, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	return load[coc.Standing](m.standings[key])
}

func (m *memory) StandingAt(_ context.Context, repoID int64, issue int) (coc.Standing, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	for _, p := range m.standings {
		st, err := load[coc.Standing](p)
		if err == nil && st.Waiting != nil && st.Waiting.Room.ID == repoID && st.Waiting.Notice == issue && issue != 0 {
			return st, nil
		}
	}
	return coc.Standing{}, coc.ErrMissing
}

func (m *memory) StandingKey(st coc.Standing) string {
	if st.ID == 0 {
		return "standing of " + st.Source.Key()
	}
	return fmt.Sprint("standing of ", st.ID)
}

func (m *memory) WatchKey(room int64) string { return fmt.Sprint("watch of ", room) }

func (m *memory) Watch(_ context.Context, key string) (coc.Watch, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	w, ok := m.watches[key]
	if !ok {
		return w, coc.ErrMissing
	}
	w.Found = slices.Clone(w.Found)
	return w, nil
}

func (m *memory) Watches(_ context.Context, owner string) ([]coc.Watch, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	var all []coc.Watch
	for _, key := range slices.Sorted(maps.Keys(m.watches)) {
		if w := m.watches[key]; strings.EqualFold(w.Room.Repo.Owner, owner) {
			all = append(all, w)
		}
	}
	return all, nil
}

func (m *memory) Priors(_ context.Context, of []coc.Party) ([]coc.Prior, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	var found []coc.Prior
	for _, line := range m.priors {
		for _, p := range of {
			same := p.Account > 0 && p.Account == line.Account
			byName := !same && p.Login.Is(line.Login) && (p.Account <= 0 || line.Account <= 0)
			if p.Login != "" && (same || byName) {
				line.Login, line.Account, line.ByName = p.Login, 0, byName
				found = append(found, line)
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b coc.Prior) int { return a.At.Compare(b.At) })
	return found, nil
}

func (m *memory) Labels(_ context.Context, repoID int64) ([]string, error) {
	m.mu.reading(ofRecords)
	defer m.mu.Unlock()
	return slices.Clone(m.labels[repoID]), nil
}

func (m *memory) Lease(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	stop(ctx, "lease")
	m.mu.writing(ofLeases)
	defer m.mu.Unlock()
	if until, ok := m.leases[key]; ok && m.clock.Now().Before(until) {
		return nil, coc.ErrBusy
	}
	m.leases[key] = m.clock.Now().Add(ttl)
	return func() {
		m.mu.writing(ofLeases)
		defer m.mu.Unlock()
		delete(m.leases, key)
	}, nil
}

func (m *memory) Commit(ctx context.Context, change coc.Change) error {
	stop(ctx, "commit")
	if m.beforeCommit != nil {
		m.beforeCommit(change)
	}
	m.mu.reading(ofLanes | ofCases | ofRecords)
	defer m.mu.Unlock()
	if change.Intake != 0 {
		if err := m.undone(change.Intake); err != nil {
			return err
		}
	}
	for _, c := range change.Cases {
		if m.revisions[c.ID] != c.Revision-1 {
			return coc.ErrConflict
		}
	}
	for _, w := range change.Watches {
		if m.watches[m.WatchKey(w.Room.ID)].Revision != w.Revision-1 {
			return coc.ErrConflict
		}
	}
	if change.Intake != 0 {
		m.mu.writes(ofLanes)
		m.intakes[change.Intake-1].state = "done"
	}
	m.mu.writes(changed(change))
	for _, w := range change.Watches {
		m.watches[m.WatchKey(w.Room.ID)] = w
	}
	for _, c := range change.Cases {
		m.cases[c.ID], m.revisions[c.ID] = m.pack(c), c.Revision
		m.receipts[string(c.Receipt)] = c.ID
		for n, p := range c.Placements {
			if p.Issue != 0 {
				m.places[issueKey(p.Room.ID, p.Issue)] = at{c.ID, n}
			}
		}
	}
	for _, st := range change.Standings {
		m.standings[m.StandingKey(st)], m.names[st.Source.Key()] = m.pack(st), m.StandingKey(st)
	}
	for _, e := range change.Errands {
		if !m.errKeys[e.Key] {
			m.errKeys[e.Key], m.errands[e.ID] = true, m.pack(e)
		}
	}
	for _, id := range change.Finished {
		m.errands[id] = packed{}
	}
	for _, p := range change.Priors {
		if !slices.ContainsFunc(m.priors, func(o coc.Prior) bool {
			return o.Notice == p.Notice && o.Login.Is(p.Login) && o.When == p.When && o.Outcome == p.Outcome
		}) {
			m.priors = append(m.priors, p)
		}
	}
	for id, labels := range change.Labels {
		m.labels[id] = slices.Clone(labels)
	}
	for _, j := range change.Jobs {
		m.enqueue(j)
	}
	return nil
}

// changed is what a change writes besides what was taken in and jobs.
func changed(c coc.Change) (what parts) {
	if len(c.Cases) > 0 {
		what |= ofCases
	}
	if len(c.Errands)+len(c.Finished) > 0 {
		what |= ofErrands
	}
	if len(c.Watches)+len(c.Standings)+len(c.Priors)+len(c.Labels) > 0 {
		what |= ofRecords
	}
	return what
}

func (m *memory) enqueue(j coc.Job) {
	due := m.clock.Now()
	if j.At.After(due) {
		due = j.At
	}
	m.line(&queued{Job: j, due: due})
}

// next takes the most urgent job that is due out of the queue.
func (m *memory) next() (*queued, bool) {
	m.mu.reading(0)
	defer m.mu.Unlock()
	now, best := m.clock.Now(), -1
	for i, j := range m.jobs {
		if j.due.After(now) {
			continue
		}
		if best < 0 || cmp.Or(j.Priority, 3) < cmp.Or(m.jobs[best].Priority, 3) {
			best = i
		}
	}
	if best < 0 {
		return nil, false
	}
	j := m.jobs[best]
	m.jobs = slices.Delete(m.jobs, best, best+1)
	return j, true
}

func (m *memory) nextTime() (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.jobs) == 0 {
		return time.Time{}, false
	}
	first := slices.MinFunc(m.jobs, func(a, b *queued) int { return a.due.Compare(b.due) })
	return first.due, true
}

// answer does with a job what the worker would.
func (m *memory) answer(j *queued, err error) {
	if err == nil || errors.Is(err, coc.ErrGone) {
		return
	}
	m.mu.reading(0)
	defer m.mu.Unlock()
	j.attempts++
	now := m.clock.Now()
	later, isLater := coc.IsLater(err)
	switch {
	case isLater && later.After.After(now):
		j.due = now.Add(min(later.After.Sub(now), time.Hour))
	case isLater:
		j.due = now.Add(min(time.Second<<min(j.attempts, 10), 15*time.Minute))
	case errors.Is(err, coc.ErrBusy), errors.Is(err, coc.ErrConflict):
		j.due = now.Add(100 * time.Millisecond)
	default:
		j.failures++
		if j.failures >= 25 {
			m.failed = append(m.failed, fmt.Sprintf("%s: %v", j.Kind, err))
			if j.Kind == coc.JobIntake {
				m.mu.writes(ofLanes)
				m.intakes[j.Intake-1].state = "aside"
			}
			return
		}
		j.due = now.Add(min(time.Second<<min(j.failures, 10), 15*time.Minute))
	}
	m.line(j)
}

// line puts a job into the queue.
func (m *memory) line(j *queued) {
	switch r := m.mu.heard; {
	case r == nil:
	case j.due.After(m.clock.Now()):
		m.mu.writes(ofLater)
	default:
		r.jobs++
		j.number = r.jobs
		r.now.lines = append(r.now.lines, lined{j.number, j.Priority})
	}
	m.jobs = append(m.jobs, j)
}

// waiting counts the jobs of a kind that are in the queue.
func (m *memory) waiting(kind coc.JobKind) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, j := range m.jobs {
		if j.Kind == kind {
			n++
		}
	}
	return n
}
