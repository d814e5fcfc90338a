package evidence_test

import (
	"testing"

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
