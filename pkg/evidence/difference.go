package evidence

import (
	"maps"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Difference is what is not the same in two captures of one address.
type Difference struct {
	// Of what the address points to. History: it was edited, or somebody took out of
	// its history what it said before.
	Title, Text, Hidden, Author bool
	Reactions, History          bool
	// Of what was said around it. Covered: it was hidden, or is shown again.
	New, Gone, Edited, Covered int
}

// Any reports whether anything is.
func (d Difference) Any() bool { return d != Difference{} }

// Compare holds a later capture against an earlier one. What the later one left out,
// because a thread is long, is not held to be gone, and what could not be read in one of
// them is not compared.
func Compare(before, after coc.Captured) Difference {
	asked := !before.Unasked && !after.Unasked
	d := Difference{
		Title: before.Title != after.Title, Text: before.Said.Text != after.Said.Text, Hidden: asked && before.Said.Hidden != after.Said.Hidden,
		History: asked && !slices.EqualFunc(before.Said.Edits, after.Said.Edits, sameEdit),
		Author:  !before.Said.Author.Is(after.Said.Author) && before.Said.Account != after.Said.Account, Reactions: !maps.Equal(before.Said.Reactions, after.Said.Reactions),
	}
	was := map[int64]coc.Said{}
	for _, s := range before.Thread {
		was[s.ID] = s
	}
	for _, s := range after.Thread {
		old, known := was[s.ID]
		switch {
		case !known:
			d.New++
		case old.Text != s.Text:
			d.Edited++
		}
		if known && asked && old.Hidden != s.Hidden {
			d.Covered++
		}
		delete(was, s.ID)
	}
	if after.Left == 0 {
		d.Gone = len(was)
	}
	return d
}

func sameEdit(a, b coc.Edit) bool {
	return a.At.Equal(b.At) && a.Deleted == b.Deleted && a.Text == b.Text
}
