package evidence_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

func TestDifferencesAreWhatChangedAndNotWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	said := func(id int64, text string) coc.Said {
		return coc.Said{ID: id, Author: "kim-example", Text: coc.NewProse(text)}
	}
	before := coc.Captured{Said: said(1, "one"), Thread: []coc.Said{said(2, "two"), said(3, "three")}}
	after := coc.Captured{Said: said(1, "uno"), Thread: []coc.Said{said(2, "due"), said(4, "four")}}
	after.Said.Author = "kim-renamed"
	if got := evidence.Compare(before, before); got.Any() {
		t.Errorf("from itself it differs by %+v", got)
	}
	if got := evidence.Compare(before, after); got != (evidence.Difference{Text: true, New: 1, Gone: 1, Edited: 1}) {
		t.Errorf("%+v", got)
	}
	after.Left = 5
	if got := evidence.Compare(before, after); got.Gone != 0 {
		t.Error("what was left out is held to be gone")
	}
}

// Somebody may edit what they wrote back to what it was, and take what it said
// meanwhile out of its history.
func TestWhatIsHiddenOrTakenOutOfAHistoryIsADifference(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	before := coc.Captured{
		Said:   coc.Said{ID: 1, Text: coc.NewProse("one"), Edits: []coc.Edit{{At: at, Text: coc.NewProse("one")}, {At: at, Text: coc.NewProse("worse")}}},
		Thread: []coc.Said{{ID: 2}},
	}
	after := before
	after.Said.Edits = []coc.Edit{{At: at, Text: coc.NewProse("one")}, {At: at, Deleted: true}}
	after.Said.Hidden, after.Thread = "abuse", []coc.Said{{ID: 2, Hidden: "resolved"}}
	if got := evidence.Compare(before, after); got != (evidence.Difference{Hidden: true, History: true, Covered: 1}) {
		t.Errorf("%+v", got)
	}
	// What could not be read is not other than it was.
	after.Unasked = true
	if got := evidence.Compare(before, after); got.Any() {
		t.Errorf("%+v", got)
	}
}
