package main

import (
	"path/filepath"
	"testing"
	"time"
)

// The look at a room costs reads only, and about as few as there are things that
// GitHub tells apart: among the thousands of an hour they are nothing, and none
// of the 500 things that may be made in one.
func TestADayOfLookingAtARoomCostsAFewReadsAndNoWrite(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{
		"lake-conduct/cases":       10, // where the App may see all but webhooks
		"foundation-conduct/cases": 4,  // where it may see little
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := readLand(filepath.Join(storiesFolder, "_lake"))
			if err != nil {
				t.Fatal(err)
			}
			w := newTelling(t, l)
			w.rest()
			about := "lake-project/lake"
			if name != "lake-conduct/cases" {
				if err := w.DeleteFileAs("mira-maintainer", about, ".github/coc.yaml", "remove it"); err != nil {
					t.Fatal(err)
				}
				w.rest()
			}
			if err := fill(w, report{About: about, Account: "It was heliotrope."}); err != nil {
				t.Fatal(err)
			}
			w.rest()
			w.advance(10 * time.Minute)
			w.rest()
			var cost costs
			w.Observe(cost.see)
			w.advance(24*time.Hour + time.Minute)
			w.rest()
			reads, writes := cost.since()
			t.Logf("%s: %d reads %q", name, len(reads), reads)
			if len(reads) == 0 || len(reads) > most || len(writes) != 0 {
				t.Errorf("a day costs %d reads %q and %d writes %q", len(reads), reads, len(writes), writes)
			}
		})
	}
}
