package casework_test

import (
	"testing"
	"time"
)

// A committee's own words come from its own file and from nowhere else: who can write
// to the project may be the one whom a report is about.
func TestGuideHasTheWordsOfTheCommitteesOwnFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const own = "version: 1\nmembers: [ada-river, ben-river, cy-river]\n"
	if g, err := w.Guide(t.Context(), source); err != nil || g.Words != nil {
		t.Fatalf("without any there are %v, %v", g.Words, err)
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = own + "words: {en: {before: We are few.}}\n"
	w.clock.set(w.clock.Now().Add(time.Hour)) // the file is read anew
	if g, err := w.Guide(t.Context(), source); err != nil || g.Words["en"].Before != "We are few." {
		t.Errorf("they are %v, %v", g.Words, err)
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = own + "words: {en: {before: ''}}\n"
	w.clock.set(w.clock.Now().Add(time.Hour)) // the file is read anew
	if g, err := w.Guide(t.Context(), source); err != nil || g.Words != nil {
		t.Errorf("a file with a mistake has %v, %v", g.Words, err)
	}
}
