package route

import "github.com/cocrouter/cocrouter/pkg/coc"

// Foreseen is who would take a report, as far as the table, the directory and files
// tell. No room is looked at, no party and no case, so that it may be told to whoever
// fills in a form, as far as its sources may. The zero Foreseen: nobody is there.
type Foreseen struct {
	First coc.Committee // with its roster; zero: nobody who takes cases
	// Above is the way up from there, as far as the directory knows it.
	Above []coc.Committee
	// Left may not keep such a case (row 4).
	Left []coc.Committee
	// Joint handles it together with First, desks that have only an address among
	// them.
	Joint []coc.Committee
	// Told is whom First tells a summary and the name of the accused (row 8); zero:
	// nobody.
	Told coc.Committee
}

// Foresee goes the way of Decide up to the first committee that takes cases at all.
// Parties and what was declared are not for it, and neither is a pinned chain.
func Foresee(w World) (Foreseen, *Need) {
	j := w.Directory.Jurisdiction()
	var f Foreseen
	w.Parties, w.Declarations, w.Chain, w.Appealed = nil, nil, nil, nil
	_, v, need := w.begin()
	if need != nil {
		return Foreseen{}, need
	}
	l := ladderFrom(w.Directory, v.rungs)
	for {
		c, ok := l.next()
		if !ok {
			f.Joint = v.joined(coc.Committee{})
			return f, nil
		}
		if w.mustLeave(j, c) {
			f.Left = append(f.Left, c)
			l.divert(j.TransferTo, c)
			continue
		}
		resolved, problem, need := w.serves(c)
		if need != nil {
			return Foreseen{}, need
		}
		if problem != nil {
			l.climb(resolved)
			continue
		}
		f.First, f.Above, f.Joint = resolved, l.above(resolved), v.joined(resolved)
		for _, t := range w.duties(j, v, Decision{Committee: resolved}) {
			if t.What == WordsSummary {
				f.Told = t.Committee
			}
		}
		return f, nil
	}
}
