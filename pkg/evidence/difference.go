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

// Compare holds a later capture against an earlier one. Of a thread that is so long that
// a part of it was left out, what is missing is gone only where it would have been among
// what was captured, and what is there is new only if it was said since. What could not be
// read in one of them is not compared.
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
	still := map[int64]bool{}
	for _, s := range after.Thread {
		old, known := was[s.ID]
		switch {
		case !known && (before.Left == 0 || s.Made.After(before.At)):
			d.New++
		case known && old.Text != s.Text:
			d.Edited++
		}
		if known && asked && old.Hidden != s.Hidden {
			d.Covered++
		}
		still[s.ID] = true
	}
	from, to := covered(before, after, still)
	for i, s := range before.Thread {
		if !still[s.ID] && from <= i && i < to {
			d.Gone++
		}
	}
	return d
}

// covered is from where to where the thread of an earlier capture was captured again: all
// that is between two comments which are there still is, because nothing is left out in
// between.
func covered(before, after coc.Captured, still map[int64]bool) (from, to int) {
	all := before.Thread
	if after.Left == 0 {
		return 0, len(all)
	}
	if len(after.Thread) == 0 {
		return 0, 0
	}
	// Below an issue the thread is read from its beginning. Around a comment, what opened
	// the thread comes first, and something may have been left out behind it.
	if from = 0; !opens(after) {
		for from = 1; from < len(all) && !still[all[from].ID]; from++ {
		}
	}
	for i, s := range all {
		// The comment itself stands among them by its time, but for discussions, where
		// answers stand with what they answer.
		if still[s.ID] || !discussed(before) && s.Made.Before(before.Said.Made) {
			to = i + 1
		}
	}
	return from, to
}

// opens reports whether what was captured opened its thread.
func opens(c coc.Captured) bool { return !c.Thread[0].Made.Before(c.Said.Made) }

// discussed reports whether there are answers among it that stand below others.
func discussed(c coc.Captured) bool {
	return c.Said.Under != 0 || slices.ContainsFunc(c.Thread, func(s coc.Said) bool { return s.Under != 0 })
}

func sameEdit(a, b coc.Edit) bool {
	return a.At.Equal(b.At) && a.Deleted == b.Deleted && a.Text == b.Text
}
