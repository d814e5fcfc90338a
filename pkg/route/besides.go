package route

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Besides is what the table says of a case that somebody has already, by what has
// become known since of where it happened and whom it touches. The zero Besides:
// nothing that concerns anybody else.
type Besides struct {
	// Whose it would have been first, of those who have a room; zero: nobody's.
	Whose coc.Committee
	// Joint handles it too, those who can only be written to among them.
	Joint  []coc.Committee
	Duties []Tell // who is told that there is a case
	Trace  []coc.Reason
}

// Beside holds the table against what is known now. It asks for no room and looks at
// no party: who has the case keeps it, and where others may be told is decided anew
// for each of them.
func Beside(w World, has coc.Committee) (Besides, *Need) {
	if w.Incident.plain() {
		return Besides{}, nil
	}
	j := w.Directory.Jurisdiction()
	_, v, need := w.begin()
	if need != nil {
		return Besides{}, need
	}
	b := Besides{Joint: v.joined(has), Trace: v.trace}
	if len(v.rungs) == 0 {
		if c, ok := w.Directory.Committee(w.Directory.Fallback()); ok {
			v.rungs = []coc.Committee{c}
		}
	}
	for i, c := range v.rungs {
		if !c.Incidents.IsZero() {
			b.Whose = c
			break
		}
		known := func(o coc.Committee) bool { return o.Key == c.Key }
		if i == 0 && c.Key != has.Key && !slices.ContainsFunc(b.Joint, known) {
			b.Joint = append([]coc.Committee{c}, b.Joint...)
		}
	}
	for _, t := range w.duties(j, v, Decision{Committee: has}) {
		if t.What == WordsNotice {
			b.Duties = append(b.Duties, t)
		}
	}
	own := !b.Whose.Incidents.IsZero() && !b.Whose.Level.Central()
	if own && identity(b.Whose) != identity(has) { // the one project that it is about
		b.Duties = append(b.Duties, Tell{
			Committee: b.Whose, Way: one(&b.Whose), What: WordsNotice, When: []coc.Moment{coc.WhenOpened}, Reason: about("tell/project", b.Whose, ""),
		})
	}
	return b, nil
}
