package casework_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// TestTheMachine walks the life of a case from state to state: from each that it
// reaches it tries everything that somebody can write, every label, closing and
// reopening, the reporter's answer, what happens around it (machine_world_test.go) and time
// going by, and checks that the issue shows what the journal says, with exactly one status,
// that votes are counted right, that nobody is answered twice, and that there is a way on.
// And from each state it tries two things at once (machine_pairs_test.go), in both orders in
// which they can arrive, by all schedules of two workers of whom one is interrupted at most
// twice (machine_schedule_test.go).
//
// Two states are one where none of a case's aspects differs (machine_key_test.go), so
// there is an end to it: COCROUTER_TEST_MACHINE=all goes there, and tries two pairs from
// each state, or as many as COCROUTER_TEST_MACHINE_PAIRS says. With "every" instead of
// "all", whatever can meet in a stage is tried there at least once, too. Else it tries
// 2,500 transitions. States are left in rounds, each by everything that can happen: of the
// stage and committee of which the fewest were left, the nearest. It is the same walk each
// time, on any machine.
func TestTheMachine(t *testing.T) {
	t.Parallel()
	most := limits{transitions: 2500, pairs: 2, ofStage: 2}
	long := os.Getenv("COCROUTER_TEST_MACHINE")
	all := long == "all" || long == "every"
	switch {
	case all:
		most = limits{transitions: math.MaxInt, pairs: 2, ofStage: math.MaxInt, every: long == "every"}
		if n := os.Getenv("COCROUTER_TEST_MACHINE_PAIRS"); n != "" {
			var err error
			if most.pairs, err = strconv.Atoi(n); err != nil {
				t.Fatal(err)
			}
		}
	case testing.Short():
		most = limits{transitions: 300, pairs: 1, ofStage: 1}
	}
	m, walkers := newMachine(t, most, runtime.GOMAXPROCS(0))
	m.walk(walkers)
	t.Logf("%d states with %d aspects, of which %d were left in every way, over %d transitions: %s", m.reached, len(m.known), len(m.over), m.tried, m.counted())
	m.meet(walkers)
	t.Logf("%d pairs of things at once from those, of %d of the %d kinds that can meet in a stage, by %d schedules, and by %d which are like one of those", m.pairs, m.names, m.possible, m.followed, m.alike)
	if all && len(m.over) != m.reached || m.tried < most.transitions && len(m.queue) > 0 {
		t.Errorf("it stopped after %d transitions, and %d states were not left", m.tried, m.reached-len(m.over))
	}
	if most.every && m.names != m.possible {
		t.Errorf("%d kinds that can meet did not", m.possible-m.names)
	}
	for s, n := range m.done {
		if n > 0 && m.left[s] == 0 {
			t.Errorf("nothing leads on from %s", s)
		}
	}
}

// limits is how much is tried: transitions in all, pairs of things at once from each
// state and in each stage, and whether every kind of them is tried all the same.
type limits struct {
	transitions, pairs, ofStage int
	every                       bool
}

// machine is what was seen.
type machine struct {
	known   map[string]bool
	queue   map[string][]*point // by class
	begun   map[string]int      // states of a class that were taken from the queue
	tried   int
	reached int
	over    []*point          // those that were left in every way
	stages  map[coc.Stage]int // states in each
	done    map[coc.Stage]int // of those, how many were left in every way
	left    map[coc.Stage]int // transitions that led from it to another
	most    limits

	pairs, names, possible int // of things at once: tried, the kinds of those, and the kinds that there are
	followed, alike        int // schedules, and those that are like one
}

// point is a state that was reached, and how.
type point struct {
	from    *point
	by      string
	stage   coc.Stage
	aspects []string
	class   string      // of those, the one of which fewest were left is next
	at      snapshot    // where it was new, with
	may     []happening // everything that can happen there
	moving  []happening // of that, what changes the case, once it was left
	seed    []byte      // of what is drawn for it (machine_pairs_test.go)
}

func (p *point) path() string {
	var steps []string
	for ; p != nil; p = p.from {
		steps = append(steps, p.by)
	}
	slices.Reverse(steps)
	return strings.Join(steps, "\n  then ")
}

// newMachine has seen how a case comes about, and has so many walkers.
func newMachine(t *testing.T, most limits, walkers int) (*machine, []*walker) {
	m := &machine{
		most:  most,
		known: map[string]bool{}, queue: map[string][]*point{}, begun: map[string]int{},
		stages: map[coc.Stage]int{}, done: map[coc.Stage]int{}, left: map[coc.Stage]int{},
	}
	for _, b := range beginnings {
		w := newWalker(t)
		b.file(w)
		m.add(w.kept(w.reached(nil, b.name)))
	}
	var all []*walker
	for range max(1, walkers) {
		all = append(all, newWalker(t))
	}
	return m, all
}

// round is how many states are left before it is counted which of those that they led
// to are new. It is the same however many walk, and so is what they find.
const round = 32

// walk leaves states until there is none that was not left, or the limit is reached.
func (m *machine) walk(walkers []*walker) {
	for len(m.queue) > 0 && m.tried < m.most.transitions && !walkers[0].Failed() {
		var from []*point
		for len(m.queue) > 0 && len(from) < round && m.tried < m.most.transitions {
			p := m.next()
			m.tried += len(p.may)
			from = append(from, p)
		}
		led := make([][]*point, len(from))
		var next atomic.Int64
		var all sync.WaitGroup
		for _, w := range walkers {
			all.Go(func() {
				for n := next.Add(1) - 1; n < int64(len(from)) && !w.Failed(); n = next.Add(1) - 1 {
					led[n] = m.leave(w, from[n])
				}
			})
		}
		all.Wait()
		for n, p := range from {
			m.over = append(m.over, p)
			m.done[p.stage]++
			for _, to := range led[n] {
				if to.stage != p.stage {
					m.left[p.stage]++
				}
				m.add(to)
			}
		}
	}
}

// next takes the state that is to be left next out of the queue, which is not empty.
func (m *machine) next() *point {
	class := slices.MinFunc(slices.Sorted(maps.Keys(m.queue)), func(a, b string) int { return m.begun[a] - m.begun[b] })
	p := m.queue[class][0]
	if m.queue[class] = m.queue[class][1:]; len(m.queue[class]) == 0 {
		delete(m.queue, class)
	}
	m.begun[class]++
	return p
}

// leave tries everything from one state, and returns where that leads to.
func (m *machine) leave(w *walker, p *point) (led []*point) {
	w.restore(p.at)
	c := w.lookAt(w.id)
	for _, a := range p.may {
		w.restore(p.at)
		if said := w.try(a); said != "" {
			w.TB.Errorf("%s:\n  %s\n  then %s", said, p.path(), a.name)
			return led
		}
		if after := w.lookAt(w.id); len(after.Journal) > len(c.Journal) || a.around && after.Revision > c.Revision {
			p.moving = append(p.moving, a)
			if members := c.Home().Responders; alike(a) && len(members) > 1 {
				p.moving = append(p.moving, writing(members[1], a.what))
			}
		}
		to := w.reached(p, a.name)
		if m.isNew(to) {
			to = w.kept(to)
		}
		led = append(led, to)
	}
	return led
}

// isNew reports whether a state has an aspect that no other has had.
func (m *machine) isNew(p *point) bool {
	return slices.ContainsFunc(p.aspects, func(a string) bool { return !m.known[a] })
}

// add has a state left some time, where it is new.
func (m *machine) add(p *point) {
	if !m.isNew(p) {
		return
	}
	for _, a := range p.aspects {
		m.known[a] = true
	}
	m.reached++
	m.stages[p.stage]++
	m.queue[p.class] = append(m.queue[p.class], p)
}

// reached is the state in which the walker is.
func (w *walker) reached(from *point, by string) *point {
	c := w.lookAt(w.id)
	class := string(c.Stage) + " with " + c.Home().Committee.Key
	if p, ok := c.Standing(); ok {
		class += fmt.Sprintf(" and what is %s by %d", p.State, len(p.Votes))
		if p.Held != "" && p.Consulted == "" {
			class += ", and held"
		}
	}
	if len(c.Hearings) > 0 {
		class += ", with the accused told"
	}
	return &point{from: from, by: by, stage: c.Stage, aspects: w.aspects(), class: class}
}

// kept is the state with what is needed to leave it.
func (w *walker) kept(p *point) *point {
	p.at, p.may = w.snapshot(), whatMayHappen(w.lookAt(w.id))
	return p
}

func (m *machine) counted() string {
	var out []string
	for _, s := range coc.Stages() {
		if n := m.stages[s]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d", s, n))
		}
	}
	return strings.Join(out, ", ")
}

// happening is something that happens.
type happening struct {
	name   string
	who    coc.Login // "": nobody, or the reporter
	what   string    // the same, whoever does it
	do     func(*walker)
	around bool // it is nothing that is done to the case itself (machine_world_test.go)
}

// whatMayHappen is everything that can happen next, one thing at a time.
func whatMayHappen(c coc.Case) []happening {
	var all []happening
	members := c.Home().Responders
	for i, who := range members[:min(3, len(members))] {
		for _, line := range lines() {
			a := writing(who, line)
			if i == 0 || i == 1 && !alike(a) || line == "/coc agree" || line == "/coc object" {
				all = append(all, a)
			}
		}
	}
	for _, who := range []coc.Login{"omar-outsider", "helper[bot]"} {
		all = append(all, writing(who, "/coc ack\n/coc close"))
	}
	first, last := coc.Login("ada-river"), coc.Login("cy-river") // who may be no responders any more
	for _, who := range slices.Compact(append([]coc.Login{first}, members[:min(1, len(members))]...)) {
		for _, s := range coc.Stages() {
			all = append(all, byHand(who, "sets the label of "+string(s), "label "+string(s), coc.EventLabeled, s.Label()))
		}
	}
	for _, who := range slices.Compact(append([]coc.Login{last}, members[max(0, len(members)-1):]...)) {
		all = append(all,
			happening{name: string(who) + " takes the status away", who: who, what: "no label", do: func(w *walker) { w.sets(coc.EventUnlabeled, who, w.lookAt(w.id).Stage.Label()) }},
			byHand(who, "closes it", "close by hand", coc.EventClosed, ""),
			byHand(who, "opens it again", "reopen by hand", coc.EventReopened, ""))
	}
	return append(append(all, aroundIt(c)...),
		happening{name: "the reporter writes", what: "answer", do: func(w *walker) { w.reporterWrites() }},
		happening{name: "what is next comes due", what: "due", do: func(w *walker) { w.comesDue() }},
		happening{name: "five weeks go by", what: "weeks", do: func(w *walker) { w.pass(35 * 24 * time.Hour) }},
	)
}

func writing(who coc.Login, line string) happening {
	return happening{name: fmt.Sprintf("%s writes %q", who, line), who: who, what: line, do: func(w *walker) { w.writes(who, line) }}
}

func byHand(who coc.Login, does, what string, kind coc.EventKind, label string) happening {
	return happening{name: string(who) + " " + does, who: who, what: what, do: func(w *walker) { w.sets(kind, who, label) }}
}

// lines is every command, as the table's own example has it, and what else is worth
// writing.
func lines() []string {
	out := []string{
		"/coc ack\n/coc close\n/coc ack", "/coc claim @ben-river", "/coc recuse soft", "/coc recuse hard", "/coc recuse @cy-river hard",
		"/coc confirm-conflict @cy-river", "/coc clear", "/coc resolve ban", "/coc resolve", "/coc transfer foundation They know them.",
		"/coc object", "/coc propose ban For ever.", "/coc propose warning Talk to them.",
		"/coc remedy They talk.", "/coc remedy done 1", "/coc remedy checked 1", "/coc remedy lapsed 1 They left.", "/coc update sent",
	}
	for _, s := range command.Specs() {
		if s.Verb != "report" {
			out = append(out, strings.ReplaceAll(s.Example, "@member", "@cy-river"))
		}
	}
	return out
}

// alike reports whether something is a command of which it makes no difference who of
// the members writes it.
func alike(a happening) bool {
	verb, ok := strings.CutPrefix(a.what, "/coc ")
	return ok && slices.Contains([]string{"help", "status", "screen", "investigate", "ack", "close", "reopen", "escalate", "transfer", "appeal",
		"notify", "ask", "admit", "severity", "flag", "unflag", "evidence", "link", "remedy", "update", "accused", "mediate"}, strings.Fields(verb)[0])
}

// walker is a world that can be put back to what it was.
type walker struct {
	*world
	id      coc.CaseID
	receipt string
	replies int  // comments that were there before, in all issues
	asked   int  // comments that were written since
	around  bool // something happens around the case at once with something else
}

func newWalker(t *testing.T) *walker {
	w := &walker{world: newWorld(t)}
	w.st.copies = true
	return w
}

// here is an event in the issue where the case lives now; ok is false where it has
// none any more.
func (w *walker) here(kind coc.EventKind, who coc.Login) (ev coc.Event, ok bool) {
	c := w.lookAt(w.id)
	if c.Home().Issue == 0 || w.issueOf(c, len(c.Placements)-1).gone {
		return coc.Event{}, false
	}
	w.unarchives(c)
	return w.inRoom(c, len(c.Placements)-1, kind, who), true
}

func (w *walker) writes(who coc.Login, words string) {
	ev, ok := w.here(coc.EventComment, who)
	if !ok {
		return
	}
	w.asked++
	ev.Comment, ev.CommentBody, ev.CommentAt = int64(w.taken+1), coc.NewProse(words), w.clock.Now()
	w.take(ev)
}

// sets changes the issue by hand. What is so already, GitHub tells nobody.
func (w *walker) sets(kind coc.EventKind, who coc.Login, label string) {
	if _, ok := w.here(kind, who); !ok {
		return
	}
	c := w.lookAt(w.id)
	is := w.issueOf(c, len(c.Placements)-1)
	has := slices.Contains(is.Labels, label)
	switch {
	case kind == coc.EventLabeled && has, kind == coc.EventUnlabeled && !has, kind == coc.EventClosed && !is.Open, kind == coc.EventReopened && is.Open:
		return
	}
	w.take(w.byHand(c, kind, who, label))
}

// comesDue lets time go by until the next thing that the case waits for.
func (w *walker) comesDue() {
	if at, ok := w.nextOfCase(); ok && at.After(w.clock.Now()) {
		w.pass(at.Sub(w.clock.Now()) + time.Second)
	}
}

func (w *walker) nextOfCase() (next time.Time, ok bool) {
	for _, j := range w.st.jobs {
		if j.Case == w.id && (!ok || j.due.Before(next)) {
			next, ok = j.due, true
		}
	}
	return next, ok
}

// reporterWrites is the reporter answering with the receipt.
func (w *walker) reporterWrites() {
	if w.receipt == "" {
		return // they have none
	}
	w.asked++
	said := coc.FromReporter{Kind: coc.MessageAnswer, Text: coc.NewProse("It goes on.")}
	if err := w.Write(w.Context(), w.receipt, fmt.Sprint("written ", w.clock.Now().UnixNano()), said); err != nil {
		w.Errorf("an answer is not taken: %v", err)
	}
}

// try lets something happen and everything come to rest, and says what is wrong then.
func (w *walker) try(a happening) (wrong string) {
	real := w.TB
	heard := &hearing{TB: real}
	w.TB = heard
	defer func() {
		w.TB = real
		if p := recover(); p != nil {
			if _, ours := p.(stopped); !ours {
				panic(p)
			}
		}
		wrong = strings.Join(heard.said, "\n")
	}()
	w.asked, w.replies = 0, w.answersNow()
	a.do(w)
	w.pass(2 * time.Second)
	w.invariants()
	w.oneStatus()
	w.votesAreRight()
	// A case that is closed by hand may say which looks at its remedies end with that, as
	// it would in the answer to a command.
	byHand := 0
	for _, does := range []string{" closes it", " opens it again", " sets the label"} {
		byHand += strings.Count(a.name, does)
	}
	if n := w.answersNow() - w.replies; n > w.asked+byHand && w.asked > 0 && !strings.Contains(a.name, "due") {
		w.Errorf("%d comments were answered with %d; the last is %q", w.asked, n, w.lastComment())
	}
	if len(w.st.failed) > 0 {
		w.Errorf("given up: %q", w.st.failed)
	}
	return
}

// answersNow counts the comments of all rooms that answer somebody. A reminder begins
// with whom it is for, and answers nobody, nor does a word about who could read a room.
func (w *walker) answersNow() (n int) {
	for _, p := range w.gh.repos {
		for _, i := range p.issues {
			n += len(i.comments)
			for _, c := range i.comments {
				if strings.HasPrefix(c, "@") || strings.HasPrefix(c, "**This repository could be read") {
					n--
				}
			}
		}
	}
	return n
}

// lastComment is the last one in the case's home.
func (w *walker) lastComment() string {
	c := w.lookAt(w.id)
	if all := w.issueOf(c, len(c.Placements)-1).comments; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// oneStatus: at rest every issue of the case has exactly one status.
func (w *walker) oneStatus() {
	c := w.lookAt(w.id)
	for n, p := range c.Placements {
		if p.Issue == 0 || p.Frozen != "" || w.issueOf(c, n).gone {
			continue
		}
		status := slices.DeleteFunc(slices.Clone(w.issueOf(c, n).Labels), func(l string) bool { return !strings.HasPrefix(l, "status/") })
		if len(status) != 1 {
			w.Errorf("the issue in %s has %q", p.Room.Repo, status)
		}
	}
	if len(stage.Legal(c.Stage)) == 0 {
		w.Errorf("the case is stuck in %q", c.Stage)
	}
}

// votesAreRight counts the proposal that stands once more, by hand: by consensus, as
// all committees here decide.
func (w *walker) votesAreRight() {
	c := w.lookAt(w.id)
	p, ok := c.Standing()
	if !ok || c.Stage != coc.StageDeciding {
		return
	}
	able := voters(c)
	agree, object, late := 0, 0, 0
	for _, who := range able {
		last := -1
		for i, v := range p.Votes {
			if v.Login.Is(who) {
				last = i
			}
		}
		switch {
		case last < 0:
		case p.Votes[last].Agrees:
			agree++
		default:
			object++
			if p.Votes[last].At.After(p.Silence) {
				late++
			}
		}
	}
	all := len(able)
	over := !p.Silence.IsZero() && !w.clock.Now().Before(p.Silence)
	carried := all > 0 && 2*agree > all && (agree == all || over && object == late || object > 0 && agree+object == all)
	if carried != (p.State == coc.ProposalCarried) {
		w.Errorf("of %d, %d agree and %d object, %d of them late, the window is over %v, and the proposal is %s", all, agree, object, late, over, p.State)
	}
}

// hearing keeps what a check has to say.
type hearing struct {
	testing.TB
	said []string
}

type stopped struct{}

func (h *hearing) Helper() {}
func (h *hearing) Errorf(format string, args ...any) {
	h.said = append(h.said, fmt.Sprintf(format, args...))
}
func (h *hearing) Fatalf(format string, args ...any) { h.Errorf(format, args...); panic(stopped{}) }
func (h *hearing) Fatal(args ...any)                 { h.Errorf("%s", fmt.Sprintln(args...)); panic(stopped{}) }

// snapshot is everything that a world remembers.
type snapshot struct {
	now    time.Time
	st     *memory
	gh     *github
	events map[string]coc.Event
	alarms []string
	taken  int
	id     coc.CaseID

	receipt string
}

func (w *walker) snapshot() snapshot {
	return snapshot{w.clock.Now(), w.st.clone(), w.gh.clone(), maps.Clone(w.events), slices.Clone(w.alarms), w.taken, w.id, w.receipt}
}

func (w *walker) restore(s snapshot) {
	w.clock.set(s.now)
	w.st.become(s.st.clone())
	w.gh.become(s.gh.clone())
	w.mu.Lock()
	w.events, w.alarms, w.taken, w.id, w.receipt = maps.Clone(s.events), slices.Clone(s.alarms), s.taken, s.id, s.receipt
	w.mu.Unlock()
	w.Desk = casework.New(w.Options) // it remembers nothing of another time
}

// clone shares nothing that changes with m.
func (m *memory) clone() *memory {
	out := &memory{
		keys: m.keys, clock: m.clock, copies: m.copies, intakes: slices.Clone(m.intakes), cases: maps.Clone(m.cases), revisions: maps.Clone(m.revisions),
		places: maps.Clone(m.places), receipts: maps.Clone(m.receipts), errands: maps.Clone(m.errands), errKeys: maps.Clone(m.errKeys),
		standings: maps.Clone(m.standings), names: maps.Clone(m.names), watches: maps.Clone(m.watches), labels: maps.Clone(m.labels),
		priors: slices.Clone(m.priors), leases: maps.Clone(m.leases), failed: slices.Clone(m.failed),
	}
	for _, j := range m.jobs {
		copied := *j
		out.jobs = append(out.jobs, &copied)
	}
	return out
}

// become makes m what x is, for all who hold m.
func (m *memory) become(x *memory) {
	m.intakes, m.cases, m.revisions, m.places, m.receipts, m.errands, m.errKeys = x.intakes, x.cases, x.revisions, x.places, x.receipts, x.errands, x.errKeys
	m.standings, m.names, m.watches, m.labels, m.priors, m.leases, m.jobs, m.failed = x.standings, x.names, x.watches, x.labels, x.priors, x.leases, x.jobs, x.failed
}

func (g *github) clone() *github {
	out := &github{repos: make(map[string]*place, len(g.repos)), made: g.made, orgs: g.orgs}
	for key, p := range g.repos {
		copied := *p
		copied.readers, copied.owners, copied.files, copied.locked = maps.Clone(p.readers), maps.Clone(p.owners), maps.Clone(p.files), maps.Clone(p.locked)
		copied.labels, copied.invited, copied.issues = slices.Clone(p.labels), slices.Clone(p.invited), nil
		for _, i := range p.issues {
			same := *i
			same.Labels, same.comments = slices.Clone(i.Labels), slices.Clone(i.comments)
			copied.issues = append(copied.issues, &same)
		}
		out.repos[key] = &copied
	}
	return out
}

func (g *github) become(x *github) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.repos, g.made, g.orgs, g.writes, g.public = x.repos, x.made, x.orgs, nil, nil
}
