package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const storiesFolder = "../../testdata/cases"

// crowd is parts of a test of which eight run at a time. They mostly wait, so that
// it is more than the processors that t.Parallel would go by.
type crowd struct {
	sync.WaitGroup
	free chan struct{}
}

func newCrowd() *crowd { return &crowd{free: make(chan struct{}, 8)} }

func (c *crowd) run(t *testing.T, name string, part func(*testing.T)) {
	c.Go(func() {
		c.free <- struct{}{}
		defer func() { <-c.free }()
		t.Run(name, part)
	})
}

// TestStories tells every story of testdata/cases in a town of its own: the
// real server against the simulated GitHub. README.md there says how a story
// is written.
func TestStories(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(storiesFolder)
	if err != nil {
		t.Fatal(err)
	}
	told, stories := newCrowd(), 0
	for _, f := range folders {
		// A world that stories are like is no story.
		if !f.IsDir() || strings.HasPrefix(f.Name(), "_") {
			continue
		}
		stories++
		told.run(t, f.Name(), func(t *testing.T) { tellStory(t, filepath.Join(storiesFolder, f.Name())) })
	}
	told.Wait()
	if stories < 30 {
		t.Errorf("%d stories, some are gone", stories)
	}
}

func tellStory(t *testing.T, folder string) { tellStoryOn(t, folder, host{}) }

func tellStoryOn(t *testing.T, folder string, h host) {
	l, err := readLand(folder)
	if err != nil {
		t.Fatal(err)
	}
	l.host, l.ahead = h, untilFriday(time.Now())
	steps, err := readSteps(folder)
	if err != nil {
		t.Fatal(err)
	}
	want, err := readWant(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != len(want) {
		t.Fatalf("events.yaml has %d headings, want.md has %d", len(steps), len(want))
	}
	w := newTelling(t, l)
	w.surveys = slices.ContainsFunc(want, func(s section) bool {
		return slices.ContainsFunc(s.facts, func(f string) bool { return strings.HasPrefix(f, surveyAlarm) })
	})
	w.rest()
	before := w.look()
	for i, s := range steps {
		if s.heading != want[i].heading {
			t.Fatalf("events.yaml goes on with %q, want.md with %q", s.heading, want[i].heading)
		}
		w.mark = len(w.Deliveries())
		w.advance(stepTime)
		for _, act := range s.acts {
			if err := act(w); err != nil {
				t.Fatalf("%s: %v", s.heading, err)
			}
		}
		w.rest()
		now := w.look()
		for _, wrong := range w.calls() {
			t.Errorf("%s: %s", s.heading, wrong)
		}
		if diff := w.differ(want[i], before, now); len(diff) > 0 {
			t.Errorf("%s: want.md (-) and what is so (+) differ:\n%s", s.heading, strings.Join(diff, "\n"))
		}
		before = now
	}
	for _, wrong := range append(w.leaks(want), w.echoes()...) {
		t.Error(wrong)
	}
}

func newTelling(t *testing.T, l land) *telling {
	return &telling{town: build(t, l), land: l, byHand: map[string]bool{}, renamed: map[string]string{}, strays: map[string]bool{}, summoned: map[int64][]string{}}
}

// riverLand is the land that most stories are told in.
func riverLand(t *testing.T) land {
	t.Helper()
	l, err := readLand(filepath.Join(storiesFolder, "_river"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// riverCase is that land with one case, in the first issue of its committee's room.
func riverCase(t *testing.T) *telling {
	t.Helper()
	w := newTelling(t, riverLand(t))
	w.rest()
	if err := fill(w, report{About: "river-project/river", Account: "It was heliotrope."}); err != nil {
		t.Fatal(err)
	}
	w.rest()
	return w
}

// differ compares what is so with what must be so.
func (w *telling) differ(want section, before, now seen) []string {
	wanted := want.cases
	if wanted == nil {
		wanted = before.cases
	}
	diff := append(
		differences(wanted, now.cases, func(a, b string) bool { return a == b }),
		differences(want.facts, w.since(before, now), matches)...)
	for _, text := range want.claims {
		c, rest, err := claimNamed(text)
		if err == nil {
			err = c.hold(w, before, now, rest)
		}
		if err != nil {
			diff = append(diff, "- "+text, "  "+err.Error())
		}
	}
	return diff
}

// TestStoryThatIsNotTrueIsNoticed changes one thing after the other in what a
// true story wants.
func TestStoryThatIsNotTrueIsNoticed(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(storiesFolder, "public-command-capture")
	l, err := readLand(folder)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := readSteps(folder)
	if err != nil {
		t.Fatal(err)
	}
	want, err := readWant(folder)
	if err != nil {
		t.Fatal(err)
	}
	w := newTelling(t, l)
	w.rest()
	before := w.look()
	for _, act := range steps[0].acts {
		if err := act(w); err != nil {
			t.Fatal(err)
		}
	}
	w.rest()
	now := w.look()
	if diff := w.differ(want[0], before, now); len(diff) > 0 {
		t.Fatalf("the story itself is not true:\n%s", strings.Join(diff, "\n"))
	}
	if leaks := w.leaks(want[:1]); len(leaks) > 0 {
		t.Errorf("leaks: %q", leaks)
	}
	if leaks := w.leaks(nil); len(leaks) == 0 {
		t.Error("words in a room that the story does not know were not noticed")
	}
	w.writes = append(w.writes, written{request: "POST /graphql", words: []string{canary}})
	if leaks := w.leaks(want[:1]); len(leaks) != 1 {
		t.Errorf("words sent elsewhere: %q", leaks)
	}
	for lie, tell := range map[string]func(*section){
		"another reader":            func(s *section) { s.cases[0] = strings.Replace(s.cases[0], "ravi-responder", "otis-outsider", 1) },
		"one reader less":           func(s *section) { s.cases[0] = strings.Replace(s.cases[0], "ravi-responder ", "", 1) },
		"another label":             func(s *section) { s.cases[0] = strings.Replace(s.cases[0], "received", "closed", 1) },
		"another room":              func(s *section) { s.cases[0] = strings.Replace(s.cases[0], "river", "lake", 1) },
		"closed":                    func(s *section) { s.cases[0] = strings.Replace(s.cases[0], "open", "closed", 1) },
		"no case":                   func(s *section) { s.cases = []string{} },
		"a case as before":          func(s *section) { s.cases = nil },
		"a second case":             func(s *section) { s.cases = append(s.cases, s.cases[0]) },
		"nothing happened":          func(s *section) { s.facts = nil },
		"another way":               func(s *section) { s.facts[0] += ", taken" },
		"another sentence":          func(s *section) { s.facts[1] = strings.Replace(s.facts[1], "thanks", "link", 1) },
		"another comment is hidden": func(s *section) { s.facts[2] = strings.Replace(s.facts[2], "comment 1", "comment 2", 1) },
		"an alarm":                  func(s *section) { s.facts = append(s.facts, "alarm room/public") },
		"an answer":                 func(s *section) { s.facts = append(s.facts, "answer in river-conduct/cases#1: Hello") },
		"other words":               func(s *section) { s.claims = []string{"body of river-conduct/cases#1: forget-me-not"} },
		"words that are there":      func(s *section) { s.claims = []string{"body lacks of river-conduct/cases#1: third time"} },
		"a room left alone":         func(s *section) { s.claims = []string{"untouched: river-conduct/cases"} },
		"another title":             func(s *section) { s.claims = []string{"title of river-conduct/cases#1: Report"} },
		"a long report":             func(s *section) { s.claims = []string{"all lines in river-conduct/cases#1: 2"} },
		"forms alike":               func(s *section) { s.claims = []string{"forms alike: river-project/river, nobody/nothing"} },
		"another form":              func(s *section) { s.claims = []string{"form of river-project/river: Lake Committee"} },
	} {
		s := section{cases: slices.Clone(want[0].cases), facts: slices.Clone(want[0].facts), claims: slices.Clone(want[0].claims)}
		tell(&s)
		if diff := w.differ(s, before, now); len(diff) == 0 {
			t.Errorf("not noticed: %s", lie)
		}
	}
}

// TestStoryWithAnUnknownWordIsRefused: a typo must not make a story say less.
func TestStoryWithAnUnknownWordIsRefused(t *testing.T) {
	t.Parallel()
	put := func(t *testing.T, name, text string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for name, read := range map[string]func(t *testing.T) error{
		"a key of the world": func(t *testing.T) error {
			_, err := readLand(put(t, "world.yaml", "repos: {a/b: {visible: public}}"))
			return err
		},
		"a file that is not there": func(t *testing.T) error {
			_, err := readLand(put(t, "world.yaml", "without: [a/b/c]"))
			return err
		},
		"an act": func(t *testing.T) error {
			_, err := readSteps(put(t, "events.yaml", "One:\n  - coment: {}"))
			return err
		},
		"a key of an act": func(t *testing.T) error {
			_, err := readSteps(put(t, "events.yaml", "One:\n  - comment: {by: a, in: b}"))
			return err
		},
		"an issue without a number": func(t *testing.T) error {
			_, err := readSteps(put(t, "events.yaml", "One:\n  - close: {by: a, on: a/b}"))
			return err
		},
		"a claim": func(t *testing.T) error {
			_, err := readWant(put(t, "want.md", "## One\n\n- alrm room/public"))
			return err
		},
		"a claim before the first heading": func(t *testing.T) error {
			_, err := readWant(put(t, "want.md", "- alarm room/public"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := read(t); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

// leaks: the word that stands for the report was written only where the story
// says that the case was, before nobody but those whom it names, and not into
// the log.
func (w *telling) leaks(want []section) []string {
	readers := map[string][]string{}
	for _, s := range want {
		for _, row := range s.cases {
			cells := strings.Split(row, " | ")
			repo, _, _ := strings.Cut(strings.TrimPrefix(cells[0], "| "), "#")
			readers[repo] = append(readers[repo], strings.Fields(strings.TrimSuffix(cells[len(cells)-1], "|"))...)
		}
	}
	var leaks []string
	for _, x := range w.written(0) {
		if len(x.words) == 0 {
			continue
		}
		x.repo = w.called(x.repo)
		if x.repo == "" {
			leaks = append(leaks, "words of the report were sent to "+x.request)
		}
		for _, r := range x.readers {
			if r == "" || !slices.Contains(readers[x.repo], r) {
				leaks = append(leaks, fmt.Sprintf("%s carried words of the report where %q could read them", x.request, r))
			}
		}
	}
	if len(w.wordsIn(w.log.String())) > 0 {
		leaks = append(leaks, "words of the report are in the log")
	}
	return leaks
}
