package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const storiesFolder = "../../testdata/cases"

// atOnce is how many stories are told at a time. They mostly wait, so that it
// is more than the processors that t.Parallel would go by.
const atOnce = 8

// TestStories tells every story of testdata/cases in a town of its own: the
// real server against the simulated GitHub. README.md there says how a story
// is written.
func TestStories(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(storiesFolder)
	if err != nil {
		t.Fatal(err)
	}
	var told sync.WaitGroup
	free := make(chan struct{}, atOnce)
	stories := 0
	for _, f := range folders {
		// A world that stories are like is no story.
		if !f.IsDir() || strings.HasPrefix(f.Name(), "_") {
			continue
		}
		stories++
		told.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			t.Run(f.Name(), func(t *testing.T) { tellStory(t, filepath.Join(storiesFolder, f.Name())) })
		})
	}
	told.Wait()
	if stories < 30 {
		t.Errorf("%d stories, some are gone", stories)
	}
}

func tellStory(t *testing.T, folder string) {
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
	if len(steps) != len(want) {
		t.Fatalf("events.yaml has %d headings, want.md has %d", len(steps), len(want))
	}
	w := &telling{town: build(t, l), folder: folder, byHand: map[string]bool{}}
	w.rest()
	before := w.look()
	for i, s := range steps {
		if s.heading != want[i].heading {
			t.Fatalf("events.yaml goes on with %q, want.md with %q", s.heading, want[i].heading)
		}
		w.mark = len(w.Deliveries())
		w.steps.Add(int64(stepTime))
		for _, act := range s.acts {
			if err := act(w); err != nil {
				t.Fatalf("%s: %v", s.heading, err)
			}
		}
		w.rest()
		now := w.look()
		w.hold(want[i], before, now)
		before = now
	}
	w.nothingLeaked(want)
}

// hold compares what is so with what must be so.
func (w *telling) hold(want section, before, now seen) {
	w.t.Helper()
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
	if len(diff) > 0 {
		w.t.Errorf("%s: want.md (-) and what is so (+) differ:\n%s", want.heading, strings.Join(diff, "\n"))
	}
}

// nothingLeaked: the word that stands for the report was written only where
// the story says that the case was, before nobody but those whom it names.
func (w *telling) nothingLeaked(want []section) {
	w.t.Helper()
	readers := map[string][]string{}
	for _, s := range want {
		for _, row := range s.cases {
			cells := strings.Split(row, " | ")
			repo, _, _ := strings.Cut(strings.TrimPrefix(cells[0], "| "), "#")
			readers[repo] = append(readers[repo], strings.Fields(strings.TrimSuffix(cells[len(cells)-1], "|"))...)
		}
	}
	for _, x := range w.written(0) {
		if !x.canary {
			continue
		}
		if x.repo == "" {
			w.t.Errorf("words of the report were sent to %s", x.request)
		}
		for _, r := range x.readers {
			if r == "" || !slices.Contains(readers[x.repo], r) {
				w.t.Errorf("%s carried words of the report where %q could read them", x.request, r)
			}
		}
	}
	if strings.Contains(strings.ToLower(w.log.String()), canary) {
		w.t.Error("words of the report are in the log")
	}
}
