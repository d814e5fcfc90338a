package main

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// explained is an answer as a machine reads it; print tells the same to a person.
// Field names stay as they are, and lists are never null.
type explained struct {
	Report     explainedReport  `json:"report" doc:"what was asked"`
	Sealed     bool             `json:"sealed" doc:"nobody can take it"`
	Committee  *explainedBody   `json:"committee" doc:"who takes it; null where it is sealed"`
	Room       string           `json:"room" doc:"where its issue would be; of a separate repository its owner"`
	Separate   bool             `json:"separate" doc:"in a repository for the case alone, which is still to be made"`
	InPrivate  bool             `json:"in_private" doc:"the responders are only asked as yet: each in private whether they are clear, shown only whom it accuses; they read as they answer"`
	Responders []coc.Login      `json:"responders" doc:"who would read it and work it; with in_private, who would be asked first"`
	Contact    string           `json:"contact" doc:"whom a reporter can write to where it is sealed"`
	Labels     []string         `json:"labels" doc:"what it would carry besides its stage"`
	Next       []explainedBody  `json:"next" doc:"who would be next, as far as that is known"`
	Desk       *explainedBody   `json:"desk" doc:"whose it is by the table though they take no cases here, or null"`
	Joint      []explainedBody  `json:"joint" doc:"who handles it jointly"`
	Because    []explainedStep  `json:"because" doc:"every step of the way: rule, row, said and what it is about"`
	Asked      []explainedAsked `json:"asked" doc:"the committees that were asked, who is kept out, and the readers of each room"`
	Told       []explainedTold  `json:"told" doc:"who must be told what and when, and where they can be; room is empty where nowhere"`
	Consulted  []explainedWhom  `json:"consulted" doc:"who must be asked before which act"`
	Mend       []string         `json:"mend" doc:"what is wrong with rooms and files, and what mends it"`
	Unread     []string         `json:"unread" doc:"what could not be read now"`
	Recorded   recorded         `json:"recorded" doc:"whether the server told what it has recorded: asked, not-asked or nothing"`
}

type explainedReport struct {
	Repository string           `json:"repository"`
	Also       []string         `json:"also"`
	Space      coc.Space        `json:"space"`
	Event      string           `json:"event"`
	On         string           `json:"on"`
	Projects   []string         `json:"projects"`
	Risks      []coc.Risk       `json:"risks"`
	Danger     bool             `json:"danger"`
	Named      []explainedParty `json:"named"`
}

type explainedParty struct {
	Login coc.Login `json:"login"`
	Role  coc.Role  `json:"role"` // never empty: unset
}

// explainedBody is a committee.
type explainedBody struct {
	Key     string    `json:"key"`
	Name    string    `json:"name"`
	Level   coc.Level `json:"level"`
	Room    string    `json:"room"` // "": it takes no cases here
	Contact string    `json:"contact"`
}

type explainedStep struct {
	Rule      string `json:"rule"`
	Row       string `json:"row"`
	Committee string `json:"committee"`
	Place     string `json:"place"`
	Detail    string `json:"detail"`
	Said      string `json:"said"`
}

type explainedAsked struct {
	Committee explainedBody `json:"committee"`
	Takes     bool          `json:"takes"`
	// InPrivate: it asks each member before it has the case, and its room shows no more
	// than a code name and a stage.
	InPrivate bool `json:"in_private"`
	// Looked: what follows was looked at. Otherwise a rule before that decided.
	Looked              bool              `json:"looked"`
	Visibility          string            `json:"visibility"`
	KeptOut             []explainedPerson `json:"kept_out"`
	Limited             []explainedPerson `json:"limited"` // may read, have no vote
	Readers             []explainedReader `json:"readers"`
	Clear               int               `json:"clear"`
	WithoutHardConflict int               `json:"without_hard_conflict"`
}

type explainedPerson struct {
	Login coc.Login `json:"login"`
	Why   string    `json:"why"`
}

type explainedReader struct {
	Login coc.Login `json:"login"`
	Admin bool      `json:"admin"`
	// Unwelcome is why they may not read such a case: conflicted or stranger; ""
	// where they may.
	Unwelcome string `json:"unwelcome"`
}

type explainedTold struct {
	Committee *explainedBody   `json:"committee"` // null: the reporter
	What      route.Words      `json:"what"`
	When      []coc.Moment     `json:"when"`
	Room      string           `json:"room"`
	InPrivate bool             `json:"in_private"`
	Because   []explainedStep  `json:"because"` // the way to that room
	Asked     []explainedAsked `json:"asked"`
	Said      string           `json:"said"`
}

type explainedWhom struct {
	Whom       string    `json:"whom"`
	Before     route.Act `json:"before"`
	LongerThan string    `json:"longer_than"` // of a ban
	Said       string    `json:"said"`
}

// fieldsOf is the fields of an answer, for the help.
func fieldsOf() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	t := reflect.TypeFor[explained]()
	for i := range t.NumField() {
		fmt.Fprintf(table, "  %s\t%s\n", t.Field(i).Tag.Get("json"), t.Field(i).Tag.Get("doc"))
	}
	_ = table.Flush()
	return b.String()
}

// show is the answer to a question.
func show(q casework.Question, e casework.Explanation, known recorded) explained {
	d := e.Decision
	x := explained{
		Report: reportOf(q), Sealed: d.Sealed, Room: roomOf(d), Separate: d.Separate, InPrivate: inPrivate(d), Responders: full(d.Responders), Contact: d.Contact,
		Labels: full(labelsOf(d)), Next: []explainedBody{}, Joint: each(d.Joint, body), Because: each(d.Trace, stepOf), Asked: each(e.Asked, askedOf),
		Told: each(e.Told, toldOf), Consulted: each(d.Consult, consulted), Mend: []string{}, Unread: full(e.Unread), Recorded: known,
	}
	if !d.Sealed {
		b := body(d.Committee)
		x.Committee, x.Next = &b, each(d.Chain[1:], body)
	}
	if d.Desk != nil {
		b := body(*d.Desk)
		x.Desk = &b
	}
	for _, r := range d.Alarms {
		x.Mend = append(x.Mend, notice.Alarm(r).Text())
	}
	return x
}

// inPrivate reports whether those whom a decision names are still to be asked whether
// they are clear.
func inPrivate(d route.Decision) bool {
	return d.Separate && d.Committee.Separate == coc.SeparateAlways
}

func reportOf(q casework.Question) explainedReport {
	in := q.Incident
	r := explainedReport{
		Repository: q.Repo.String(), Also: each(q.Also, coc.Repo.String), Space: in.Space, Event: in.Event, Projects: full(in.Projects),
		Risks: full(in.Risks), Danger: in.Danger, Named: []explainedParty{},
	}
	if !in.On.IsZero() {
		r.On = in.On.Format(time.DateOnly)
	}
	for _, p := range q.Parties {
		r.Named = append(r.Named, explainedParty{p.Login, cmp.Or(p.Role, unset)})
	}
	return r
}

func labelsOf(d route.Decision) []string {
	var out []string
	if d.Escalation != "" {
		out = append(out, d.Escalation)
	}
	for _, f := range d.Flags {
		out = append(out, f.Label())
	}
	return out
}

func body(c coc.Committee) explainedBody {
	return explainedBody{c.Key, c.Name, c.Level, c.Incidents.String(), c.Contact}
}

func stepOf(r coc.Reason) explainedStep {
	return explainedStep{r.Rule, r.Row, r.Committee, r.Place, r.Detail, notice.Step(r).Text()}
}

func askedOf(a casework.Asked) explainedAsked {
	x := explainedAsked{
		Committee: body(a.Committee), Takes: a.Takes, InPrivate: a.Committee.Separate == coc.SeparateAlways, Looked: a.Looked, Visibility: a.Room.Visibility,
		KeptOut: each(a.Screening.Recused, person), Limited: each(a.Screening.Limited, person), Readers: []explainedReader{},
		Clear: a.Screening.Remain.Clear, WithoutHardConflict: a.Screening.Remain.WithoutHardConflict,
	}
	for _, r := range a.Room.Readers {
		reader := explainedReader{Login: r.Login, Admin: r.Admin}
		switch {
		case coc.HasLogin(a.Unwelcome.Conflicted, r.Login):
			reader.Unwelcome = "conflicted"
		case coc.HasLogin(a.Unwelcome.Strangers, r.Login):
			reader.Unwelcome = "stranger"
		}
		x.Readers = append(x.Readers, reader)
	}
	slices.SortFunc(x.Readers, func(a, b explainedReader) int { return strings.Compare(a.Login.Key(), b.Login.Key()) })
	return x
}

func person(f conflict.Finding) explainedPerson { return explainedPerson{f.Login, f.Why} }

func toldOf(t casework.Told) explainedTold {
	x := explainedTold{
		What: t.What, When: full(t.When), Room: roomOf(t.There), InPrivate: inPrivate(t.There), Because: each(t.There.Trace, stepOf), Asked: each(t.Asked, askedOf),
		Said: notice.Step(t.Reason).Text(),
	}
	if t.Way != nil {
		b := body(t.Committee)
		x.Committee = &b
	}
	return x
}

func consulted(c route.Consult) explainedWhom {
	x := explainedWhom{Whom: c.Whom, Before: c.Before, Said: notice.Step(c.Reason).Text()}
	if !c.LongerThan.IsZero() {
		x.LongerThan = fmt.Sprintf("%d %s", c.LongerThan.N, c.LongerThan.Unit)
	}
	return x
}

// roomOf is where the issue would be.
func roomOf(d route.Decision) string {
	if d.Separate {
		return d.Room.Repo.Owner
	}
	return d.Room.Repo.String()
}

// each is a list of the same in another form; empty and not null.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, f(a))
	}
	return out
}

func full[A any](list []A) []A { return append([]A{}, list...) }

// print tells it to a person.
func (x explained) print(w io.Writer) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	x.Report.tell(say)
	say("")
	x.printHome(say)
	say("\nBecause:")
	for _, s := range x.Because {
		say("  - %s", s.Said)
	}
	say("\nAsked, in order:")
	for i, a := range x.Asked {
		a.print(say, i+1)
	}
	if len(x.Told) > 0 {
		say("\nMust be told:")
	}
	for _, t := range x.Told {
		t.print(say)
	}
	if len(x.Consulted) > 0 {
		say("\nMust be asked first:")
	}
	for _, c := range x.Consulted {
		say("  - %s, %s", c.Whom, c.before())
	}
	if len(x.Mend) > 0 {
		say("\nTo be mended:")
	}
	for _, m := range x.Mend {
		say("  - %s", m)
	}
	if len(x.Unread) > 0 {
		say("\nCould not be read now, so that the above is what follows if it stays so:")
	}
	for _, u := range x.Unread {
		say("  - %s", u)
	}
	if x.Recorded == recordedUnasked {
		say("\nNo server of this database answers here, so what it has recorded is not known. Who\n" +
			"is in force while a change of coc.yaml waits follows from the files alone.")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// spaceMeans is where something happened, in words.
var spaceMeans = map[coc.Space]string{
	coc.SpaceRepository: "in the repository", coc.SpaceRepositories: "in several repositories", coc.SpaceChat: "in a chat",
	coc.SpaceEvent: "at an event", coc.SpaceElsewhere: "elsewhere",
}

func (r explainedReport) tell(say func(string, ...any)) {
	say("A report about %s", r.Repository)
	row := func(name, value string) {
		if value != "" {
			say("  %-11s %s", name+":", value)
		}
	}
	row("also", strings.Join(r.Also, ", "))
	happened := spaceMeans[r.Space]
	if r.Event != "" {
		happened += ", " + r.Event
	}
	if r.On != "" {
		happened += ", on " + r.On
	}
	row("happened", happened)
	row("touches", strings.Join(r.Projects, ", "))
	row("names", strings.Join(each(r.Named, func(p explainedParty) string { return fmt.Sprintf("%s (%s)", p.Login, p.Role) }), ", "))
	row("legal risk", list(r.Risks))
	if r.Danger {
		row("danger", "somebody may be in danger now")
	}
}

func (x explained) printHome(say func(string, ...any)) {
	if x.Sealed {
		say("It would stay sealed here: nobody can take it.")
		say("  reporters are told to write to: %s", cmp.Or(x.Contact, "nobody, because no committee has an address"))
	} else {
		where := x.Room
		if x.Separate {
			where = "a repository of its own, to be made in " + x.Room
		}
		if x.InPrivate {
			where += ", as soon as one of those below has said in private that they are clear"
		}
		say("It would go to %s, as an issue in %s", x.Committee.Name, where)
		if x.InPrivate {
			say("  asked:      %s; they are shown only whom it accuses,\n"+
				"  and alternates are asked where somebody is missing", list(x.Responders))
		} else {
			say("  responders: %s", list(x.Responders))
		}
	}
	if len(x.Labels) > 0 {
		say("  labels:     %s", list(x.Labels))
	}
	if len(x.Next) > 0 {
		say("  next:       %s", strings.Join(each(x.Next, explainedBody.brief), "; "))
	}
	if x.Desk != nil {
		say("  first by the table is %s, who takes no cases here: somebody must\n"+
			"  carry them a notice, and the reporter is given %s", x.Desk.Name, cmp.Or(x.Desk.Contact, "no address, because there is none"))
	}
	if len(x.Joint) > 0 {
		say("  jointly:    %s", strings.Join(each(x.Joint, explainedBody.brief), "; "))
	}
}

// brief is a committee in few words.
func (c explainedBody) brief() string {
	if c.Room != "" {
		return c.Name
	}
	return fmt.Sprintf("%s (only %s)", c.Name, cmp.Or(c.Contact, "a name"))
}

func (a explainedAsked) print(say func(string, ...any), n int) {
	verdict := "does not take it"
	if a.Takes {
		verdict = "takes it"
	}
	switch {
	case a.Committee.Room == "":
		say("  %d. %s: can only be written to, %s", n, a.Committee.Name, cmp.Or(a.Committee.Contact, "and nobody says where"))
		return
	case !a.Looked:
		say("  %d. %s: %s, and %s was not looked at", n, a.Committee.Name, verdict, a.Committee.Room)
		return
	}
	say("  %d. %s: %s", n, a.Committee.Name, verdict)
	say("     kept out:   %s", people(a.KeptOut))
	if len(a.Limited) > 0 {
		say("     no vote:    %s", people(a.Limited))
	}
	say("     remain:     %d without any conflict, %d without a hard one", a.Clear, a.WithoutHardConflict)
	if a.Visibility == "" {
		say("     room:       %s, which cannot be seen", a.Committee.Room)
		return
	}
	shows := ""
	if a.InPrivate {
		shows = ", which shows a code name and a stage of it"
	}
	say("     room:       %s, %s%s", a.Committee.Room, a.Visibility, shows)
	say("     readers:    %s", strings.Join(each(a.Readers, explainedReader.brief), ", "))
}

func people(list []explainedPerson) string {
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(each(list, func(p explainedPerson) string {
		return fmt.Sprintf("%s (%s)", p.Login, notice.Why(p.Why).Text())
	}), ", ")
}

func (r explainedReader) brief() string {
	if r.Unwelcome == "" {
		return string(r.Login)
	}
	return fmt.Sprintf("%s (%s)", r.Login, r.Unwelcome)
}

func (t explainedTold) print(say func(string, ...any)) {
	when := strings.Join(each(t.When, func(m coc.Moment) string { return "when it " + string(m) }), " and ")
	switch {
	case t.Committee == nil:
		say("  - %s That is due %s.", t.Said, when)
	case t.Room == "":
		say("  - %s That is due %s, and cannot be done now:", t.Said, when)
		for _, s := range t.Because {
			if s.Rule != "sealed" { // it speaks of a case
				say("      - %s", s.Said)
			}
		}
	case t.InPrivate:
		say("  - %s That is due %s, in a repository of its own in %s, as soon as somebody there has said in private that they are clear.", t.Said, when, t.Room)
	default:
		say("  - %s That is due %s, in %s.", t.Said, when, t.Room)
	}
}

// actMeans is before what somebody must be asked, in words.
var actMeans = map[route.Act]string{
	route.ActAnything: "first of all", route.ActDeciding: "before the committee decides", route.ActBan: "before a ban or suspension",
	route.ActNaming: "before the accused is named in public",
}

func (c explainedWhom) before() string {
	if c.LongerThan != "" {
		return actMeans[c.Before] + " of more than " + c.LongerThan
	}
	return actMeans[c.Before]
}
