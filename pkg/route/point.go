package route

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Pointed is where files and directory point, before any room or party is
// looked at. It depends on the source and on settings only, so what it says
// may be said in public, as far as its rules are not private.
type Pointed struct {
	// Settings is the file that counts, for how public things are answered;
	// the defaults where none does. While a file is there that says nothing,
	// because it is broken or cannot be read, it is what that file said last.
	Settings policy.Pointer
	// Unsettled is such a file where it is not known to have said anything: a
	// report may have come by a label that only that file knows.
	Unsettled *coc.Reason
	// Found is the file's place; nil where no file counts.
	Found *PlaceRef
	// Pointer is what Standing.Pointer would be with what is pointed to now:
	// the canonical form, and how near it stands. "" points nowhere.
	Pointer string
	// Committee is the source's own committee that is in force, with its
	// roster; nil where it has none, or none that could take any case.
	Committee *coc.Committee
	// Chain begins with whoever is first to be asked and could take a case,
	// with their roster; then those above, as far as the directory knows.
	// Where nobody could, it is those who can only be written to.
	Chain []coc.Committee
	Trace []coc.Reason
	// Fallback: no file and no entry of the directory gave a committee.
	Fallback bool

	// Standing is what was in force before this look, by World's Standing or
	// Community; nil where nothing was known.
	Standing *coc.Standing
	// Change is a replacement that was not waiting yet: it has to be written
	// down, and the committee in force told. nil: nothing new.
	Change *Change
	// Held: what is pointed to is not in force, because the committee in
	// force has time to answer or has objected. Committee is that one.
	Held bool
	// Adopt: Committee is in force from now under Pointer. It has to be
	// written down as the source's Standing.
	Adopt bool
}

// found is what a lookup came to.
type found struct {
	at      *PlaceRef // nil: the directory
	near    nearness
	pointer policy.Pointer
	base    coc.Committee // as it is pointed to, without its own file
	// sure: every nearer place is plainly empty. What is found after a file
	// that is broken or cannot be read for now serves, but is not adopted.
	sure bool
}

// Point follows files and directory.
func Point(w World) (Pointed, *Need) {
	p, _, need := point(w)
	return p, need
}

// start is where the way up begins.
type start struct {
	first *coc.Committee // as it is pointed to, or in force; nil: the fallback
	trace []coc.Reason   // how it was found
}

// point also says where the way up begins.
func point(w World) (Pointed, start, *Need) {
	p := Pointed{Settings: policy.Pointer{
		PublicCommand: policy.CommandLink, Original: policy.OriginalKeep, ReportLabel: policy.DefaultReportLabel,
	}}
	f, trace, need := lookup(w)
	if need != nil {
		return Pointed{}, start{}, need
	}
	p.Trace = trace
	var first *coc.Committee
	if f != nil {
		if f.at != nil {
			p.Found, p.Settings = f.at, f.pointer
		}
		p.Pointer = written(f.near, f.pointer)
		if first, need = p.settle(w, *f); need != nil {
			return Pointed{}, start{}, need
		}
	}
	p.remember(w, trace)
	p.Fallback = f == nil
	begin := start{first, slices.Clone(p.Trace)}
	l := ladderFrom(w.Directory, one(first))
	var contacts []coc.Committee
	for {
		p.Trace = append(p.Trace, l.told()...)
		c, ok := l.next()
		if !ok {
			p.Chain = contacts
			return p, begin, nil
		}
		resolved, problem, need := w.serves(c)
		if need != nil {
			return Pointed{}, start{}, need
		}
		if problem == nil {
			p.Chain = append([]coc.Committee{resolved}, l.above(resolved)...)
			return p, begin, nil
		}
		p.Trace = append(p.Trace, *problem)
		if c.Incidents.IsZero() {
			contacts = append(contacts, c)
		}
		l.climb(resolved)
	}
}

// remember puts what the nearest silent file said last before what was found
// behind it. One whose committee could not be heard is not silent: whom it points
// to waits for that committee's word, and how public things are answered does not,
// because a report that is answered with a link is lost.
func (p *Pointed) remember(w World, trace []coc.Reason) {
	silent := slices.IndexFunc(trace, func(r coc.Reason) bool {
		return r.Rule == "lookup/"+string(unheard) || slices.Contains(silences, r.Rule)
	})
	if silent < 0 {
		return
	}
	if trace[silent].Rule == "lookup/"+string(unheard) {
		i := slices.IndexFunc(w.Places, func(at Place) bool {
			return PlaceRef{Repo: at.Repo, Path: at.Path}.String() == trace[silent].Place
		})
		p.Settings = w.Places[i].Pointer
		return
	}
	st := w.Community
	if strings.HasPrefix(trace[silent].Place, w.Source.Repo.String()+"/") {
		st = w.Standing
	}
	if st == nil || st.Settings == (coc.Settings{}) {
		p.Unsettled = &trace[silent]
		return
	}
	p.Settings.PublicCommand = policy.PublicCommand(st.Settings.PublicCommand)
	p.Settings.Original = policy.Original(st.Settings.Original)
	p.Settings.ReportLabel = st.Settings.ReportLabel
}

// silences are the rules for a file that is there and says nothing, or that may be
// there: GitHub also hides a whole repository for a while.
var silences = []string{"lookup/invalid", "lookup/not-a-file", "lookup/too-large", "lookup/unreadable", "lookup/inaccessible", "lookup/denied"}

// Said is what the source's own file says now, zero where none is in use.
func (p Pointed) Said(source coc.Repo) coc.Settings {
	if p.Unsettled != nil || p.Found == nil || !p.Found.Repo.Is(source) {
		return coc.Settings{}
	}
	return coc.Settings{
		PublicCommand: string(p.Settings.PublicCommand), Original: string(p.Settings.Original), ReportLabel: p.Settings.ReportLabel,
	}
}

// lookup goes through the places and the directory. nil: none of them counts.
func lookup(w World) (*found, []coc.Reason, *Need) {
	var trace []coc.Reason
	sure := true
	if w.Source.ID == 0 {
		trace = append(trace, coc.Reason{Rule: "lookup/unknown-source", Place: w.Source.Repo.String()})
	} else {
		for _, ref := range Places(w.Source) {
			place, ok := w.place(ref)
			if !ok {
				return nil, nil, &Need{Place: &ref}
			}
			f, reason, need := w.weigh(ref, place)
			if need != nil {
				return nil, nil, need
			}
			trace = append(trace, reason)
			if f != nil {
				f.sure = sure
				return f, trace, nil
			}
			sure = sure && reason.Rule == "lookup/missing"
		}
	}
	key, ok := w.Directory.Project(w.Source.Repo)
	if c, known := w.Directory.Committee(key); ok && known {
		trace = append(trace, coc.Reason{Rule: "lookup/directory", Committee: c.Name})
		return &found{near: nearDirectory, pointer: policy.Pointer{Named: c.Key}, base: c, sure: sure}, trace, nil
	}
	return nil, append(trace, coc.Reason{Rule: "lookup/none", Row: "6"}), nil
}

// weigh says whether a place counts, and why. It asks for a committee's file
// where only that can tell.
func (w World) weigh(ref PlaceRef, place Place) (*found, coc.Reason, *Need) {
	pass := func(rule, committee, detail string) (*found, coc.Reason, *Need) {
		return nil, coc.Reason{Rule: rule, Committee: committee, Place: ref.String(), Detail: detail}, nil
	}
	own := ref.Repo.Is(w.Source.Repo)
	switch place.State {
	case StateFound:
	case StateMissing:
		return pass("lookup/missing", "", "")
	case StateInaccessible:
		if !own { // an owner needs no .github repository
			return pass("lookup/missing", "", "")
		}
		return pass("lookup/inaccessible", "", "")
	case StateInvalid:
		return pass("lookup/invalid", "", position(place.Problems))
	case StateNotAFile, StateTooLarge, StateDenied:
		return pass("lookup/"+string(place.State), "", "")
	default:
		return pass("lookup/unreadable", "", "")
	}

	base := place.Pointer.Declared
	if named := place.Pointer.Named; named != "" {
		c, ok := w.Directory.Committee(named)
		if !ok {
			return pass("lookup/unknown-committee", "", "")
		}
		if c.EscalateTo == "" { // what the operator wrote is not the project's to change
			c.EscalateTo = place.Pointer.EscalateTo
		}
		base = c
	} else if base.Incidents.IsZero() {
		return pass("lookup/invalid", "", position(nil))
	}
	switch {
	case base.Incidents.Is(w.Source.Repo):
		return pass("lookup/refused-source", base.Name, "")
	case own && w.Source.Fork:
		if answer, need := w.accepts(base); need != nil || answer != accepted {
			_, r, _ := pass("lookup/fork", base.Name, "")
			return nil, r, need
		}
	case place.Pointer.Named == "" && !strings.EqualFold(base.Incidents.Owner, ref.Repo.Owner):
		answer, need := w.accepts(base)
		if need != nil {
			return nil, coc.Reason{}, need
		}
		if answer != accepted {
			return pass("lookup/"+string(answer), base.Name, "")
		}
	}
	f := &found{at: &ref, near: nearCommunity, pointer: place.Pointer, base: base}
	if own {
		f.near = nearSource
	}
	return f, coc.Reason{Rule: "lookup/found", Committee: base.Name, Place: ref.String()}, nil
}

// acceptance is a committee's word on a source of another owner.
type acceptance string

const (
	accepted acceptance = "accepted"
	refused  acceptance = "refused-owner"
	unheard  acceptance = "unheard-owner" // its own file cannot be read
)

// accepts is a committee's word on whether it takes reports about the source
// although nothing else ties the two: the directory's entry or its own file
// says so.
func (w World) accepts(c coc.Committee) (acceptance, *Need) {
	takes := func(p coc.Pattern) bool { return p.Matches(w.Source.Repo) }
	switch {
	case slices.ContainsFunc(c.Accepts, takes):
		return accepted, nil
	case c.Incidents.IsZero():
		return refused, nil
	}
	f, need := w.file(c.Incidents)
	switch {
	case need != nil:
		return "", need
	case f.State == StateFound && f.File.AcceptsSource(w.Source.Repo):
		return accepted, nil
	case f.State == StateFound, f.State == StateMissing:
		return refused, nil
	}
	return unheard, nil
}
