package route

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Words is what somebody may be told of a case.
type Words string

// What is told. None of it ever tells who reported.
const (
	WordsSummary Words = "summary" // a short summary, and the accused's name
	WordsNotice  Words = "notice"  // that there is a case which touches them, and who has it
	WordsMoved   Words = "moved"   // to whom it belongs
)

// Tell is a duty to tell somebody of the case.
type Tell struct {
	// Committee is who is told; the zero Committee is the reporter, unless
	// they cannot be reached.
	Committee coc.Committee
	// Way is the World.Chain by which Decide must find where it may be told,
	// with the case's parties: the accused may sit there too. Where that is
	// sealed, nobody is told yet. It is nil for the reporter.
	Way []coc.Committee
	// Whose such a report is, of WordsMoved; the zero Committee otherwise.
	Whose  coc.Committee
	What   Words
	When   []coc.Moment
	Reason coc.Reason
}

// Act is what somebody is asked before.
type Act string

// The acts.
const (
	ActAnything Act = "anything" // first of all
	ActDeciding Act = "deciding"
	ActBan      Act = "ban"    // or a suspension; see Consult.LongerThan
	ActNaming   Act = "naming" // naming the accused in public
)

// Consult is somebody who must be asked before an act; what they said is
// recorded. ballot's Gate holds the last two acts until it is.
type Consult struct {
	Whom       string // in words
	Before     Act
	LongerThan coc.Span // of a ban: only those; zero for other acts
	Reason     coc.Reason
}

// AtStake is what rows 0 and 4 say of an incident, wherever its case is.
func AtStake(d policy.Directory, i Incident) (trace []coc.Reason, flags []coc.Flag) {
	return World{Incident: i}.atStake(d.Jurisdiction())
}

// MustLeave reports whether a committee may not keep a case with such risks.
func MustLeave(d policy.Directory, risks []coc.Risk, c coc.Committee) bool {
	return World{Incident: Incident{Risks: risks}}.mustLeave(d.Jurisdiction(), c)
}

// atStake is rows 0 and 4, as far as they need no committee.
func (w World) atStake(j policy.Jurisdiction) (trace []coc.Reason, flags []coc.Flag) {
	if w.Incident.Danger {
		trace = append(trace, about("danger", coc.Committee{}, ""))
		flags = append(flags, coc.FlagSafetyRisk)
	}
	if len(w.risks(j.Consult)) > 0 || len(w.risks(j.Transfer)) > 0 {
		trace = append(trace, about("legal/consult", coc.Committee{}, j.Counsel))
		flags = append(flags, coc.FlagLegalRisk)
	}
	return trace, flags
}

// risks are those of the incident that a list of the table has.
func (w World) risks(list []coc.Risk) []coc.Risk {
	var out []coc.Risk
	for _, r := range w.Incident.Risks {
		if slices.Contains(list, r) {
			out = append(out, r)
		}
	}
	return out
}

// consult is everybody who must be asked, by rows 0, 4 and 12.
func (w World) consult(j policy.Jurisdiction) []Consult {
	var out []Consult
	if w.Incident.Danger {
		out = append(out, Consult{Whom: "emergency services", Before: ActAnything, Reason: about("danger", coc.Committee{}, "")})
	}
	counsel := func(before Act, longer coc.Span, rule string) {
		out = append(out, Consult{j.Counsel, before, longer, about(rule, coc.Committee{}, j.Counsel)})
	}
	if len(w.risks(j.Consult)) > 0 || len(w.risks(j.Transfer)) > 0 {
		counsel(ActDeciding, coc.Span{}, "legal/consult")
	}
	if !j.Gate.LongerThan.IsZero() {
		counsel(ActBan, j.Gate.LongerThan, "gate/long")
	}
	if j.Gate.Naming {
		counsel(ActNaming, coc.Span{}, "gate/naming")
	}
	return out
}

// duties is everybody who is told that d's committee has the case.
func (w World) duties(j policy.Jurisdiction, v way, d Decision) []Tell {
	var out []Tell
	for _, c := range v.projects {
		if !c.Incidents.IsZero() && identity(c) != identity(d.Committee) {
			out = append(out, Tell{Committee: c, Way: []coc.Committee{c}, What: WordsNotice, When: []coc.Moment{coc.WhenOpened}, Reason: about(v.told, c, "")})
		}
	}
	if chain := w.Directory.Chain(j.Tell.Committee); len(chain) > 0 && slices.Contains(j.Tell.Levels, d.Committee.Level) && identity(chain[0]) != identity(d.Committee) {
		out = append(out, Tell{Committee: chain[0], Way: chain, What: WordsSummary, When: j.Tell.When, Reason: about("tell/central", chain[0], "")})
	}
	// By the project that is touched, and not by who could take the case.
	if v.moved && w.seenByAll() && !w.mustLeave(j, v.rungs[0]) {
		out = append(out, Tell{What: WordsMoved, Whose: v.rungs[0], When: []coc.Moment{coc.WhenOpened}, Reason: about("tell/reporter", v.rungs[0], "")})
	}
	return out
}
