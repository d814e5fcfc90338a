package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// townsInATest is how many random worlds plain go test goes through.
const townsInATest = 20

// towns is that many, or what COCROUTER_TEST_TOWNS says.
func towns(t *testing.T) int {
	said := os.Getenv("COCROUTER_TEST_TOWNS")
	switch {
	case said == "" && testing.Short():
		return 3
	case said == "":
		return townsInATest
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 {
		t.Fatalf("COCROUTER_TEST_TOWNS is %q: it must be a number of worlds", said)
	}
	return n
}

// TestRandomWorlds lets random things happen in random worlds, through the real
// wiring, and asks the simulated GitHub as everybody there after each of them: no
// word of a report is written where somebody can read it who may not, and every
// report has exactly one home, which tells how it came there.
//
// A world follows from its number alone, and so does what people do in it.
func TestRandomWorlds(t *testing.T) {
	t.Parallel()
	var all shares
	var lived sync.WaitGroup
	var counting sync.Mutex
	free := make(chan struct{}, atOnce)
	for seed := range uint64(towns(t)) {
		lived.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				of := live(t, seed)
				counting.Lock()
				defer counting.Unlock()
				all.add(of)
			})
		})
	}
	lived.Wait()
	t.Log(all.String())
	if !t.Failed() && !testing.Short() {
		for _, rare := range all.rare() {
			t.Errorf("the worlds are one-sided: %s", rare)
		}
	}
}

// live is the life of one world.
func live(t *testing.T, seed uint64) shares {
	w := newFates(t, seed)
	defer func() {
		if t.Failed() {
			t.Logf("play it again: COCROUTER_TEST_TOWNS=%d go test ./cmd/cocrouter -run 'TestRandomWorlds/%d$'\nwhat happened:\n%s", seed+1, seed, strings.Join(w.told, "\n"))
		}
	}()
	w.rest()
	w.judge()
	for range 5 + w.r.IntN(6) {
		if w.step++; t.Failed() {
			return shares{}
		}
		// What is due meanwhile is over before the next thing happens, and no look
		// at a room is remembered.
		w.advance(pauseOfFates)
		w.rest()
		w.something()
		w.rest()
		w.judge()
	}
	w.step++
	w.advance(2 * time.Hour)
	w.rest()
	w.judge()
	return w.ends()
}

// pauseOfFates is longer than a look at a room is remembered.
const pauseOfFates = 15 * time.Second

// fates is a random world and what is known of it by whoever made it.
type fates struct {
	*telling
	r        *rand.Rand
	panels   []*panel
	projects []project
	step     int
	told     []string
	affairs  []*affair
	writes   int            // that were judged
	acts     map[string]int // of the journals

	mu     sync.Mutex
	read   []carried                  // writes since the last judgement
	words  []string                   // every word that stands for something said in confidence
	handed map[string]map[string]bool // repository to whom the world itself let in
}

// affair is a report, as the one who filed it knows it.
type affair struct {
	name     string
	about    string // the source
	reporter string // "" is nobody who is known
	token    int    // of the form, -1 for none
	words    []string
	named    map[string][]coc.Role
	certain  bool // it must become a case

	// What was heard of it since.
	said     []coc.Declaration
	admitted []string
	passed   []passed
	homes    []home
	stage    coc.Stage
	sealed   bool
	escalate *passed // asked for in this step
	admits   int     // entries of the journal that were seen
	gone     bool    // it is no report after all
}

// passed is whom the reason names for which a committee passed a case on: the
// committees after it may have them.
type passed struct {
	home  int
	login string
}

// home is one placement of a case: in which room, by what roster.
type home struct {
	repo     string
	issue    int
	separate bool
	screened bool
	level    coc.Level
	panel    *panel
	roster   coc.Committee
}

// carried is one write of an App that carried a word of a report.
type carried struct {
	request string
	repo    string
	words   []string
	readers []string
}

func newFates(t *testing.T, seed uint64) *fates {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 41))}
	l := m.land()
	w := &fates{
		telling: newTelling(t, l), r: m.Rand, panels: m.panels, projects: m.projects,
		acts: map[string]int{}, handed: map[string]map[string]bool{}, told: m.told,
	}
	for _, p := range w.panels {
		if len(p.nested) > 0 {
			if err := w.AddNestedTeam(p.org, "deputies", "council", p.nested...); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Intercept(w.carries)
	return w
}

// carries notes who can read what an App writes, at that moment.
func (w *fates) carries(r *http.Request, phase string) {
	if phase != githubsim.PhaseBefore || r.Method == http.MethodGet {
		return
	}
	body := bodyOf(r)
	seen := carried{request: r.Method + " " + r.URL.Path, words: w.wordsIn(body)}
	if len(seen.words) == 0 {
		return
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v3/"), "/")
	if path[0] == "repos" && len(path) > 2 {
		seen.repo = path[1] + "/" + path[2]
		seen.readers = w.readersOf(seen.repo)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read = append(w.read, seen)
}

// wordsIn is the words of reports that stand in a text, whatever it is written in.
func (w *fates) wordsIn(text string) (found []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, word := range w.words {
		if strings.Contains(text, word) {
			found = append(found, word)
		}
	}
	return found
}

// readersOf is everybody who can read a repository now, "" being the public.
func (w *fates) readersOf(repo string) (who []string) {
	for _, login := range append(slices.Clone(w.people), "") {
		if w.CanRead(login, repo) {
			who = append(who, login)
		}
	}
	return who
}

func (w *fates) note(what string, about ...any) {
	w.told = append(w.told, fmt.Sprintf("%d: ", w.step)+fmt.Sprintf(what, about...))
}

// shares is where reports came to be in the end.
type shares struct {
	writes, reports, project, foundation, separate, sealed, moved int
	acts                                                          map[string]int // what cases have seen, by the word of their journals
}

func (s *shares) add(o shares) {
	s.writes += o.writes
	for act, n := range o.acts {
		if s.acts == nil {
			s.acts = map[string]int{}
		}
		s.acts[act] += n
	}
	s.reports += o.reports
	s.project += o.project
	s.foundation += o.foundation
	s.separate += o.separate
	s.sealed += o.sealed
	s.moved += o.moved
}

func (s *shares) String() string {
	return fmt.Sprintf("%d reports: %d with a project, %d with a foundation, %d of them in a separate repository, %d sealed; %d have moved; %d times words were written; %v",
		s.reports, s.project, s.foundation, s.separate, s.sealed, s.moved, s.writes, s.acts)
}

// rare is what came about in fewer than one of fifty.
func (s *shares) rare() (out []string) {
	for _, x := range []struct {
		what string
		n    int
	}{{"with a project", s.project}, {"with a foundation", s.foundation}, {"separate", s.separate}, {"sealed", s.sealed}, {"moved", s.moved}} {
		if 50*x.n < s.reports || x.n == 0 {
			out = append(out, fmt.Sprintf("%d of %d reports are %s", x.n, s.reports, x.what))
		}
	}
	return out
}
