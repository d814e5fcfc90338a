package evidence

import (
	"maps"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Difference is what is not the same in two captures of one address.
type Difference struct {
	Title, Text, Hidden, Author bool // of what the address points to
	Reactions                   bool
	New, Gone, Edited           int // of what was said around it
}

// Any reports whether anything is.
func (d Difference) Any() bool { return d != Difference{} }

// Compare holds a later capture against an earlier one. What the later one left out,
// because a thread is long, is not held to be gone.
func Compare(before, after coc.Captured) Difference {
	d := Difference{
		Title: before.Title != after.Title, Text: before.Said.Text != after.Said.Text, Hidden: before.Said.Hidden != after.Said.Hidden,
		Author: !before.Said.Author.Is(after.Said.Author) && before.Said.Account != after.Said.Account, Reactions: !maps.Equal(before.Said.Reactions, after.Said.Reactions),
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
		delete(was, s.ID)
	}
	if after.Left == 0 {
		d.Gone = len(was)
	}
	return d
}
