package policy

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Jurisdiction is who takes what, who is told, and who is asked first: the
// table of DOMAIN.md as the directory has it. Committees are keys of the
// directory; "" is none. What the directory does not say is CNCF's policy, with
// the directory's fallback in the place of CNCF's committee and the end of its
// way up in the place of the Linux Foundation.
type Jurisdiction struct {
	Central string // the foundation's own committee
	Beyond  string // row 3: other communities are touched
	// Desks take the events of a producer (row 1), OtherEvents all others
	// (row 2).
	Desks       []EventDesk
	OtherEvents string
	Elsewhere   string // row 3: it belongs to no community of ours
	Several     string // row 5: several projects
	NoProject   string // row 5: no project
	// Own are the repositories of the foundation itself (row 10), which are no
	// project; see IsOwn.
	Own []coc.Pattern

	Counsel    string     // who is consulted, in words
	Consult    []coc.Risk // row 4: factors for which counsel is consulted
	Transfer   []coc.Risk // row 4: factors with which a project may not keep a case
	TransferTo string

	// Minimums are those of committees that state none (rows 7 and 9), by
	// level. A level that is missing has the defaults of coc.Minimum.
	Minimums map[coc.Level]coc.Minimum
	Tell     Telling     // row 8
	Appeals  coc.Appeals // row 11
	Gate     coc.Gate    // row 12
}

// EventDesk is who takes the events of one producer, and who with them.
type EventDesk struct {
	Producer  string
	Committee string
	Joint     []string
}

// Telling is the duty to tell of a case: committees of these Levels tell
// Committee a short summary and the accused's name, and never the reporter's.
// The zero Telling is no duty.
type Telling struct {
	Committee string
	Levels    []coc.Level
	When      []coc.Moment
}

// own are the levels of a project's own responders.
var own = []coc.Level{coc.LevelProject, coc.LevelGovernance}

// Jurisdiction is the directory's table, whole.
func (d Directory) Jurisdiction() Jurisdiction {
	j := d.jurisdiction
	j.Desks = slices.Clone(j.Desks)
	for i := range j.Desks {
		j.Desks[i].Joint = slices.Clone(j.Desks[i].Joint)
	}
	j.Own = slices.Clone(j.Own)
	j.Consult, j.Transfer = slices.Clone(j.Consult), slices.Clone(j.Transfer)
	j.Minimums = maps.Clone(j.Minimums)
	j.Tell.Levels, j.Tell.When = slices.Clone(j.Tell.Levels), slices.Clone(j.Tell.When)
	j.Appeals.Levels, j.Appeals.Grounds = slices.Clone(j.Appeals.Levels), slices.Clone(j.Appeals.Grounds)
	return j
}

// IsOwn reports whether a repository is the foundation's own, by the operator's
// word alone. What is given to another committee by name is not, whatever all of
// its owner's are.
func (d Directory) IsOwn(r coc.Repo) bool {
	if key, pinned := d.Project(r); pinned && key != d.jurisdiction.Central {
		return false
	}
	return slices.ContainsFunc(d.jurisdiction.Own, func(p coc.Pattern) bool { return p.Matches(r) })
}

// pinnedTo is the repositories that are given to a committee, in order.
func (d Directory) pinnedTo(key string) []coc.Pattern {
	var out []coc.Pattern
	for p, to := range d.projects {
		if to == key {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// Minimum is what a committee must keep: what it states, and the table's where
// it states nothing.
func (d Directory) Minimum(c coc.Committee) coc.Minimum {
	table := d.jurisdiction.Minimums[c.Level]
	return coc.Minimum{
		Clear:               cmp.Or(c.Minimum.Clear, table.Clear),
		WithoutHardConflict: cmp.Or(c.Minimum.WithoutHardConflict, table.WithoutHardConflict),
	}
}

// Desk finds who takes the events of a producer, however it is spelt.
func (j Jurisdiction) Desk(producer string) (EventDesk, bool) {
	for _, d := range j.Desks {
		if folded(producer) != "" && folded(d.Producer) == folded(producer) {
			return d, true
		}
	}
	return EventDesk{}, false
}

// jurisdictionPart is the table as people write it.
type jurisdictionPart struct {
	Central     key                    `yaml:"central,omitempty" doc:"The foundation's own committee. Default: the fallback."`
	Beyond      key                    `yaml:"beyond,omitempty" doc:"Who takes what touches other communities (row 3). Default: the last committee above the central one."`
	Elsewhere   key                    `yaml:"elsewhere,omitempty" doc:"Who takes what belongs to no community (row 3). Default: as for beyond."`
	Desks       []deskEntry            `yaml:"event_desks,omitempty" doc:"Who takes the events of which producer (row 1)."`
	OtherEvents key                    `yaml:"other_events,omitempty" doc:"Who takes the events of everybody else (row 2). Default: the central committee."`
	Several     key                    `yaml:"several_projects,omitempty" doc:"Who takes what touches several projects (row 5). Default: the central committee."`
	NoProject   key                    `yaml:"no_project,omitempty" doc:"Who takes what touches no project (row 5). Default: the central committee."`
	Own         orNone[[]pattern]      `yaml:"own,omitempty" doc:"The foundation's own repositories, which are no project: what is filed about one of them and touches one project alone is that project's (row 10). Or none. Default: those that projects gives to the central committee; list them if that has small projects among them."`
	Counsel     title                  `yaml:"counsel,omitempty" doc:"Who is consulted on legal matters. Default: the foundation's counsel."`
	Legal       legalPart              `yaml:"legal_risk,omitempty" doc:"What follows from a legal risk factor (row 4)."`
	Minimum     levelMinimums          `yaml:"minimum,omitempty" doc:"How many members must remain on a committee that does not say so itself (row 9)."`
	Tell        orNone[tellPart]       `yaml:"tell,omitempty" doc:"Whom a project's committee tells of its cases (row 8), or none."`
	Appeals     orNone[appealsPart]    `yaml:"appeals,omitempty" doc:"Who hears appeals (row 11), or none."`
	Gate        orNone[counselledPart] `yaml:"counsel_before,omitempty" doc:"What needs counsel's word before it is done (row 12), or none."`
}

type deskEntry struct {
	Producer  title `yaml:"producer" doc:"Who puts the events on, as under events."`
	Committee key   `yaml:"committee" doc:"The committee of this directory that takes their reports."`
	Joint     []key `yaml:"joint,omitempty" doc:"Committees that handle them jointly. Default: the central committee."`
}

type legalPart struct {
	Consult    orNone[[]risk] `yaml:"consult,omitempty" doc:"Factors for which counsel is consulted, or none. Default: all of them."`
	Transfer   orNone[[]risk] `yaml:"transfer,omitempty" doc:"Factors with which a project may not keep a case, or none. Default: suspected-illegality."`
	TransferTo key            `yaml:"transfer_to,omitempty" doc:"Who takes such a case. Default: the central committee."`
}

type levelMinimums struct {
	Project    minimum `yaml:"project,omitempty" doc:"On a project's committee."`
	Governance minimum `yaml:"governance,omitempty" doc:"On a governance body that acts as committee."`
	Foundation minimum `yaml:"foundation,omitempty" doc:"On a foundation's committee."`
	Events     minimum `yaml:"events,omitempty" doc:"On an event desk."`
}

type tellPart struct {
	Committee key        `yaml:"committee,omitempty" doc:"Who is told. Default: the central committee."`
	Levels    []anyLevel `yaml:"levels,omitempty" doc:"Whose cases it is told of. Default: project and governance."`
	When      []moment   `yaml:"when,omitempty" doc:"When it is told. Default: when the case opens and when it resolves."`
}

type appealsPart struct {
	Committee key        `yaml:"committee,omitempty" doc:"Who hears them. Default: the central committee."`
	Levels    []anyLevel `yaml:"levels,omitempty" doc:"Whose decisions can be appealed. Default: project and governance."`
	Grounds   []ground   `yaml:"grounds,omitempty" doc:"On which grounds. Default: all of them."`
}

type counselledPart struct {
	LongerThan span  `yaml:"longer_than,omitempty" doc:"A ban or suspension that is longer than this. Default: 2 months."`
	Naming     *bool `yaml:"naming,omitempty" doc:"Whether naming the accused in public needs it. Default: true."`
}

type (
	risk   coc.Risk
	moment coc.Moment
	ground coc.Ground
)

func (risk) words() []string   { return wordsOf(coc.Risks()) }
func (moment) words() []string { return wordsOf(coc.Moments()) }
func (ground) words() []string { return wordsOf(coc.Grounds()) }

func wordsOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// orNone is a value that may be switched off by the word none. An absent value
// is the default, which is something else.
type orNone[T any] struct {
	none  bool
	given T
}

func (o *orNone[T]) from(r *reader, path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value == "none" {
		o.none = true
		return
	}
	if n.Kind == yaml.ScalarNode {
		expects := "none, or a list, written [one, two] or with a dash before each entry"
		if t := reflect.TypeFor[T](); t.Kind() == reflect.Struct {
			expects = "none, or a mapping with the keys " + strings.Join(names(fieldsOf(t)), ", ")
		}
		r.wrong(path, expects, nearest(n.Value, []string{"none"}))
		return
	}
	r.value(path, n, reflect.ValueOf(&o.given).Elem())
}

func (orNone[T]) schema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Const: "none"}, schemaOf[T]()}}
}

// table is what the file says, over CNCF's policy.
func (f directoryFile) table(d Directory) Jurisdiction {
	p := f.Jurisdiction
	central := cmp.Or(string(p.Central), d.fallback)
	beyond := string(p.Beyond)
	if way := d.Chain(central); beyond == "" && len(way) > 0 {
		beyond = way[len(way)-1].Key
	}
	j := Jurisdiction{
		Central:     central,
		Beyond:      beyond,
		OtherEvents: cmp.Or(string(p.OtherEvents), central),
		Elsewhere:   cmp.Or(string(p.Elsewhere), beyond),
		Several:     cmp.Or(string(p.Several), central),
		NoProject:   cmp.Or(string(p.NoProject), central),
		Own:         chosen(p.Own, d.pinnedTo(central)),
		Counsel:     cmp.Or(string(p.Counsel), "the foundation's counsel"),
		TransferTo:  cmp.Or(string(p.Legal.TransferTo), central),
		Consult:     chosen(p.Legal.Consult, coc.Risks()),
		Transfer:    chosen(p.Legal.Transfer, []coc.Risk{coc.RiskIllegality}),
		Minimums: map[coc.Level]coc.Minimum{
			coc.LevelProject: p.Minimum.Project.given(), coc.LevelGovernance: p.Minimum.Governance.given(),
			coc.LevelFoundation: p.Minimum.Foundation.given(), coc.LevelEvents: p.Minimum.Events.given(),
		},
	}
	for _, e := range p.Desks {
		desk := EventDesk{Producer: string(e.Producer), Committee: string(e.Committee), Joint: as[string](e.Joint)}
		if desk.Joint == nil && central != "" {
			desk.Joint = []string{central}
		}
		j.Desks = append(j.Desks, desk)
	}
	if t := p.Tell; !t.none {
		j.Tell = Telling{cmp.Or(string(t.given.Committee), central), orStandard(t.given.Levels, own), orStandard(t.given.When, coc.Moments())}
	}
	if a := p.Appeals; !a.none {
		j.Appeals = coc.Appeals{
			Committee: cmp.Or(string(a.given.Committee), central),
			Levels:    orStandard(a.given.Levels, own), Grounds: orStandard(a.given.Grounds, coc.Grounds()),
		}
	}
	if g := p.Gate; !g.none {
		j.Gate = coc.Gate{LongerThan: coc.Span(g.given.LongerThan), Naming: g.given.Naming == nil || *g.given.Naming, Counsel: j.Counsel}
		if j.Gate.LongerThan.IsZero() {
			j.Gate.LongerThan = coc.Span{N: 2, Unit: coc.Months}
		}
	}
	return j
}

func (m minimum) given() coc.Minimum {
	return coc.Minimum{Clear: int(m.Clear), WithoutHardConflict: int(m.WithoutHardConflict)}
}

// as is a list in another type of string.
func as[T, F ~string](list []F) []T {
	var out []T
	for _, w := range list {
		out = append(out, T(w))
	}
	return out
}

// orStandard is the list that was given, or the default.
func orStandard[T, F ~string](given []F, standard []T) []T {
	if len(given) == 0 {
		return slices.Clone(standard)
	}
	return as[T](given)
}

func chosen[T, F ~string](o orNone[[]F], standard []T) []T {
	if o.none {
		return nil
	}
	return orStandard(o.given, standard)
}

// checkJurisdiction is what no single key of the table can tell.
func (f directoryFile) checkJurisdiction(r *reader) {
	const path = "jurisdiction"
	p := f.Jurisdiction
	for at, k := range map[string]key{
		".central": p.Central, ".beyond": p.Beyond, ".elsewhere": p.Elsewhere, ".other_events": p.OtherEvents, ".several_projects": p.Several,
		".no_project": p.NoProject, ".legal_risk.transfer_to": p.Legal.TransferTo,
		".tell.committee": p.Tell.given.Committee, ".appeals.committee": p.Appeals.given.Committee,
	} {
		f.checkKnown(r, path+at, k)
	}
	for i, e := range p.Desks {
		at := entry(path+".event_desks", i)
		f.checkKnown(r, child(at, "committee"), e.Committee)
		for n, joint := range e.Joint {
			f.checkKnown(r, entry(child(at, "joint"), n), joint)
		}
		unique(r, child(at, "joint"), e.Joint, func(k key) string { return string(k) })
	}
	unique(r, path+".event_desks", producers(p.Desks), func(t title) string { return folded(string(t)) })
	for at, words := range map[string][]string{
		".legal_risk.consult": as[string](p.Legal.Consult.given), ".legal_risk.transfer": as[string](p.Legal.Transfer.given),
		".own": as[string](p.Own.given), ".tell.levels": as[string](p.Tell.given.Levels), ".tell.when": as[string](p.Tell.given.When),
		".appeals.levels": as[string](p.Appeals.given.Levels), ".appeals.grounds": as[string](p.Appeals.given.Grounds),
	} {
		unique(r, path+at, words, func(s string) string { return s })
	}
}

func producers(desks []deskEntry) []title {
	var out []title
	for _, e := range desks {
		out = append(out, e.Producer)
	}
	return out
}
