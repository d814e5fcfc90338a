package evidence

import (
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Sign makes the keyed hash of an entry, whose Mac is empty.
type Sign func(coc.Evidence) (string, error)

// Add puts an entry behind those of a case, numbers it and signs it. The list that
// was given stays as it is.
func Add(chain []coc.Evidence, e coc.Evidence, sign Sign) ([]coc.Evidence, error) {
	e.Number, e.Prev, e.Mac = len(chain)+1, Head(chain), ""
	mac, err := sign(e)
	if err != nil {
		return nil, err
	}
	e.Mac = mac
	return append(slices.Clone(chain), e), nil
}

// Head is the Mac of the last entry, with which all that come before it are fixed.
func Head(chain []coc.Evidence) string {
	if len(chain) == 0 {
		return ""
	}
	return chain[len(chain)-1].Mac
}

// Fault is what is wrong with the evidence of a case. Number is the item's, as it
// was given when it was kept.
type Fault struct {
	Number int
	What   FaultKind
}

// FaultKind is what is wrong with an item.
type FaultKind string

// The faults.
const (
	Changed   FaultKind = "changed"   // the entry is not what was signed
	Removed   FaultKind = "removed"   // there is no such entry any more
	Reordered FaultKind = "reordered" // it stands before one that came earlier
	Repeated  FaultKind = "repeated"  // it stands there twice
	NotKept   FaultKind = "not-kept"  // what it is about is not in the store
	Altered   FaultKind = "altered"   // what is in the store is not what was kept
)

var faults = map[FaultKind]string{
	Changed: "the entry was changed", Removed: "the entry is missing", Reordered: "the entry is not in its place", Repeated: "the entry is there twice",
	NotKept: "its content is missing", Altered: "its content is not what was kept",
}

func (f Fault) String() string { return fmt.Sprintf("item %d: %s", f.Number, f.Why()) }

// Why is what is wrong, in words.
func (f Fault) Why() string { return faults[f.What] }

// Unchained is how many entries at the start of a chain are from before there were
// chains: addresses without a number, of which nothing was signed.
func Unchained(chain []coc.Evidence) int {
	n := 0
	for _, e := range chain {
		if e != (coc.Evidence{URL: e.URL, Title: e.Title, At: e.At, By: e.By}) {
			break
		}
		n++
	}
	return n
}

// Verify finds what is wrong with a chain; nothing, where it is whole. It cannot see
// that the end of one is missing, nor what was done to entries that are Unchained.
func Verify(chain []coc.Evidence, sign Sign) ([]Fault, error) {
	var out []Fault
	seen := map[int]string{}
	var entries []coc.Evidence
	highest := Unchained(chain)
	for n := range highest {
		seen[n+1] = ""
	}
	for _, e := range chain[highest:] {
		mac := e.Mac
		e.Mac = ""
		want, err := sign(e)
		if err != nil {
			return nil, err
		}
		if e.Mac = mac; mac != want {
			out = append(out, Fault{e.Number, Changed})
			continue
		}
		if _, twice := seen[e.Number]; twice {
			out = append(out, Fault{e.Number, Repeated})
			continue
		}
		if e.Number < highest {
			out = append(out, Fault{e.Number, Reordered})
		}
		highest = max(highest, e.Number)
		seen[e.Number] = mac
		entries = append(entries, e)
	}
	known := func(n int) bool {
		_, ok := seen[n]
		return ok || slices.ContainsFunc(out, func(f Fault) bool { return f.Number == n })
	}
	for n := 1; n <= min(highest, len(chain)+mostMissing); n++ {
		if !known(n) {
			out = append(out, Fault{n, Removed})
		}
	}
	for _, e := range entries {
		// One that was signed as coming after another than the one that is there: two
		// were put together that never stood in one chain.
		before, ok := seen[e.Number-1]
		if e.Number > 1 && ok && before != e.Prev || e.Number == 1 && e.Prev != "" {
			out = append(out, Fault{e.Number, Changed})
		}
	}
	slices.SortStableFunc(out, func(a, b Fault) int { return a.Number - b.Number })
	return slices.Compact(out), nil
}

// mostMissing bounds how many entries are told to be missing, one by one.
const mostMissing = 10000
