package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
)

// livedTwice: of so many worlds one is lived a second time, from the start.
const livedTwice = 10

// TestRandomWorlds lets random things happen in random worlds, through the real
// wiring, and asks the simulated GitHub as everybody there after each of them: no
// word of a report is written where somebody can read it who may not, every
// report has exactly one home, which tells how it came there, and where the same
// happens again, every case goes the same way.
//
// A world follows from its number alone, and so does what people do in it.
func TestRandomWorlds(t *testing.T) {
	t.Parallel()
	came := shares{}
	var counting sync.Mutex
	lived, worlds := newCrowd(), conflicttest.Number(t, "COCROUTER_TEST_TOWNS", 6, 3)
	for seed := range uint64(worlds) {
		lived.run(t, fmt.Sprint(seed), func(t *testing.T) {
			w := live(t, seed)
			if seed%livedTwice == 0 && !t.Failed() {
				if first, second := w.ways(), live(t, seed).ways(); first != second {
					t.Errorf("what happened twice did not come out the same, first\n%s\nand then\n%s", first, second)
				}
			}
			counting.Lock()
			defer counting.Unlock()
			w.count(came)
		})
	}
	lived.Wait()
	t.Log(came)
	if worlds < 100 || t.Failed() {
		return // in a few worlds not everything comes about
	}
	for _, what := range []string{"with a project", "with a foundation", "separate", "sealed", "moved", "pages were read", "asked in private"} {
		if 50*came[what] < came["reports"] {
			t.Errorf("the worlds are one-sided: %d of %d reports are %s", came[what], came["reports"], what)
		}
	}
}

// shares is what came about, and how often.
type shares map[string]int

// live is the life of one world.
func live(t *testing.T, seed uint64) *fates {
	w := newFates(t, seed)
	defer func() {
		if t.Failed() {
			t.Logf("play it again: COCROUTER_TEST_TOWNS=%d go test ./cmd/cocrouter -run 'TestRandomWorlds/%d$'\nwhat happened:\n%s", seed+1, seed, strings.Join(w.told, "\n"))
		}
	}()
	w.rest()
	w.judge()
	for range 5 + w.r.IntN(6) {
		if t.Failed() {
			return w
		}
		w.after(pauseOfFates)
		w.something()
		w.rest()
		w.judge()
	}
	w.after(2 * time.Hour)
	w.judge()
	w.judgeOpened()
	w.judgeAnswers(true)
	return w
}

// pauseOfFates is longer than a look at a room is remembered.
const pauseOfFates = 15 * time.Second

// after begins the next step of a life, when all that is due by then is over.
func (w *fates) after(pause time.Duration) {
	w.step++
	w.advance(pause)
	w.rest()
}

// fates is a random world and what is known of it by whoever made it.
type fates struct {
	*telling
	r        *rand.Rand
	panels   []*panel
	projects []project
	affairs  []*affair
	step     int
	told     []string
	judged   int                        // writes of Apps that were
	carried  int                        // of those, with words
	paged    int                        // how often somebody was shown the page of a case
	asked    int                        // who answered in private whether they are clear
	answered int                        // words sent with a receipt that came to where the case is
	acts     shares                     // of the journals
	handed   map[string]map[string]bool // repository to whom the world itself let in
}

func newFates(t *testing.T, seed uint64) *fates {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 41))}
	l := m.land()
	w := &fates{
		telling: newTelling(t, l), r: m.Rand, panels: m.panels, projects: m.projects,
		acts: shares{}, handed: map[string]map[string]bool{}, told: m.told,
	}
	for _, p := range w.panels {
		if len(p.nested) > 0 {
			if err := w.AddNestedTeam(p.org, "deputies", "council", p.nested...); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

func (w *fates) note(what string, about ...any) {
	w.told = append(w.told, fmt.Sprintf("%d: ", w.step)+fmt.Sprintf(what, about...))
}

// ways is how every case went, without the names that are drawn anew each time.
func (w *fates) ways() string {
	var b strings.Builder
	for _, a := range w.affairs {
		fmt.Fprintf(&b, "%s is %s:", a.name, a.stage)
		for _, h := range a.homes {
			fmt.Fprintf(&b, " %s#%d separate %v responders %v,", h.roster.Name, h.issue, h.separate, h.responders)
		}
		for _, r := range a.trace {
			fmt.Fprintf(&b, " %s %s", r.Rule, r.Committee)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// count adds where everything came to be.
func (w *fates) count(came shares) {
	came["words were written"] += w.carried
	came["pages were read"] += w.paged
	came["answers in a home"] += w.answered
	came["asked in private"] += w.asked
	for act, n := range w.acts {
		came[act] += n
	}
	for _, a := range w.affairs {
		h := a.last()
		if h == nil {
			continue
		}
		came["reports"]++
		if len(a.homes) > 1 {
			came["moved"]++
		}
		switch {
		case h.repo == "":
			came["sealed"]++
		case h.roster.Level == coc.LevelFoundation:
			came["with a foundation"]++
		default:
			came["with a project"]++
		}
		if h.separate {
			came["separate"]++
		}
		if slices.ContainsFunc(a.homes, home.asks) {
			came["with a committee that asks"]++
		}
	}
}

func (s shares) String() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(s)) {
		all = append(all, fmt.Sprintf("%s %d", what, s[what]))
	}
	return strings.Join(all, ", ")
}
