package route

import (
	"fmt"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
)

// Over random worlds, and at every step of a case in them: it is told to whom
// it must be told, things change while it is open, and it goes up until nobody
// is left. Every decision on the way keeps the promises, and no committee gets a
// case again.
func TestEveryStepOfEveryCaseKeepsThePromises(t *testing.T) {
	t.Parallel()
	known := directories(t)
	counted := map[string]int{}
	worlds := conflicttest.Worlds(t)
	for seed := range worlds {
		d := dice{rand.New(rand.NewSource(seed))}
		f := randomFacts(d, known)
		decision := f.decide(t)
		f.count(counted, decision)
		had := map[string]bool{}
		for step := 0; ; step++ {
			where := fmt.Sprintf("seed %d, step %d", seed, step)
			f.keepsThePromises(t, where, decision)
			f.tells(t, where, decision)
			if decision.Sealed {
				break
			}
			if had[decision.Committee.Key] || step > 10 {
				t.Fatalf("%s: %s gets the case again", where, decision.Committee.Key)
			}
			had[decision.Committee.Key] = true
			counted["steps"]++
			f.happens(d, decision)
			f.checksTheRoom(t, where, decision)
			f.Chain, f.Skip = decision.Chain, had
			decision = f.decide(t)
		}
	}
	if again := directories(t); !reflect.DeepEqual(known, again) {
		t.Error("a directory has changed")
	}
	for what, percent := range map[string]int64{
		"taken by a project": 15, "taken by a foundation": 3, "taken by an event desk": 3, "sealed": 20, "fallback": 10, "steps": 30,
		"by event": 4, "somebody is named": 50, "declared": 10, "a hard conflict on the roster": 2, "a team": 1,
		"held": 2, "legal risk": 3, "danger": 3, "appealed": 2, "tells": 5, "joint": 1, "desk": 1, "separate": 1,
		"asked": 1, "nobody can be asked": 1,
	} {
		if int64(counted[what])*100 < percent*worlds {
			t.Errorf("the worlds are one-sided: %q in %d of %d", what, counted[what], worlds)
		}
	}
}

// Over random worlds: the same facts give the same answer, in whatever order
// they are told and in whatever letters the accounts are written, and nothing
// of the world is changed.
func TestTheOrderOfFactsDecidesNothingAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	known := directories(t)
	for seed := range conflicttest.Worlds(t) {
		throw := func() *facts { return randomFacts(dice{rand.New(rand.NewSource(seed))}, known) }
		f := throw()
		w := f.start()
		var needs []Need
		decision, need := Decide(w)
		for ; need != nil; decision, need = Decide(w) {
			needs = append(needs, *need)
			f.answer(t, &w, *need)
		}
		twin := throw()
		untouched := twin.start()
		for _, n := range needs {
			twin.answer(t, &untouched, n)
		}
		if !reflect.DeepEqual(w, untouched) {
			t.Fatalf("seed %d: the world is another after it was decided about", seed)
		}
		other, need := Decide(shuffled(dice{rand.New(rand.NewSource(-seed))}, untouched))
		if need != nil || essence(other) != essence(decision) {
			t.Fatalf("seed %d: told in another order, it is\n%s\nand not\n%s", seed, essence(other), essence(decision))
		}
	}
}

// count notes what kind of world this was, so that the worlds are not all alike.
func (f *facts) count(counted map[string]int, d Decision) {
	own := d.Committee.Level == coc.LevelProject || d.Committee.Level == coc.LevelGovernance
	known, _ := f.homes(d.Committee)
	for what, is := range map[string]bool{
		"taken by a project":            !d.Sealed && own,
		"taken by a foundation":         d.Committee.Level == coc.LevelFoundation,
		"taken by an event desk":        d.Committee.Level == coc.LevelEvents,
		"sealed":                        d.Sealed,
		"fallback":                      slices.Contains(d.Flags, coc.FlagFallback),
		"by event":                      f.Incident.Space == coc.SpaceEvent,
		"somebody is named":             len(f.Parties) > 0,
		"declared":                      len(f.Declarations) > 0,
		"a hard conflict on the roster": len(known) > 0 && len(f.caseOf(known[0]).Recused()) > 0,
		"a team":                        len(known) > 0 && known[0].Team.Slug != "",
		"held":                          d.Pointed.Held,
		"legal risk":                    len(f.Incident.Risks) > 0,
		"danger":                        f.Incident.Danger,
		"appealed":                      f.Appealed != nil,
		"tells":                         len(d.Duties) > 0,
		"joint":                         len(d.Joint) > 0,
		"desk":                          d.Desk != nil,
		"separate":                      d.Separate,
		"asked":                         d.Committee.Separate == coc.SeparateAlways,
		"nobody can be asked":           slices.ContainsFunc(d.Trace, func(r coc.Reason) bool { return r.Rule == "separate/no-sign-in" }),
	} {
		if is {
			counted[what]++
		}
	}
}

// keepsThePromises holds a decision against what must hold in every world, by
// the facts alone: nothing of route or conflict is asked.
func (f *facts) keepsThePromises(t *testing.T, where string, d Decision) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s: %s\n%+v", where, fmt.Sprintf(format, args...), d.Trace)
	}
	home := d.Committee.Key != "" || !d.Committee.Incidents.IsZero()
	if home == d.Sealed || home != (len(d.Responders) > 0) || home != (d.Room.ID != 0 || d.Separate) {
		fail("the report has not exactly one home: %q, sealed %t, %v, %v", d.Committee.Key, d.Sealed, d.Responders, d.Room.Repo)
	}
	if f.Chain == nil && f.Appealed == nil && !reflect.DeepEqual(d.Pointed, f.point(t)) {
		fail("it does not say where the source points to: %+v", d.Pointed)
	}
	f.explains(d, fail)
	f.asksCounsel(d, fail)
	if d.Sealed {
		for _, c := range d.Chain {
			homes, all := f.homes(c)
			could := func(c coc.Committee) bool { return f.mayTake(c) == "" || f.mayTakeSeparately(c) == "" }
			if all && slices.ContainsFunc(homes, could) && !slices.ContainsFunc(homes, func(c coc.Committee) bool { return !could(c) }) {
				fail("sealed, although %s could have taken it", c.Key)
			}
		}
		if contact := f.contact(d.Chain); d.Contact != contact {
			fail("sealed, and %q is named and not %q", d.Contact, contact)
		}
		for _, duty := range d.Duties {
			if duty.What == WordsSummary || f.Chain != nil || f.Appealed != nil {
				fail("sealed, and yet %+v is owed, which follows from who takes it", duty)
			}
		}
		return
	}
	why := "nobody knows such a committee"
	homes, _ := f.homes(d.Committee)
	for _, c := range homes {
		if !slices.Equal(c.Members, d.Committee.Members) || !slices.Equal(c.Custodians, d.Committee.Custodians) || c.Level != d.Committee.Level {
			continue
		}
		may, k := f.mayTake, f.caseOf(c)
		if d.Separate {
			may, k = f.mayTakeSeparately, f.separateCaseOf(c)
		}
		if why = may(c); why == "" && !slices.Equal(k.Responders(), d.Responders) {
			why = fmt.Sprintf("%v respond", d.Responders)
		}
		if why == "" {
			break
		}
	}
	if why != "" {
		fail("%s has it: %s", d.Committee.Key, why)
	}
	for _, duty := range d.Duties {
		toReporter := reflect.DeepEqual(duty.Committee, coc.Committee{})
		sameRoom := !toReporter && duty.Committee.Incidents.Key() == d.Committee.Incidents.Key()
		if duty.Committee.Key == d.Committee.Key || sameRoom || toReporter != (duty.What == WordsMoved) {
			fail("nobody can be told %+v", duty)
		}
	}
}

// explains: the trace tells why (decide holds it against the table), and the
// alarms are those of its steps that raise one.
func (f *facts) explains(d Decision, fail func(string, ...any)) {
	table := map[string]Rule{}
	for _, r := range Rules() {
		table[r.Key] = r
	}
	var alarms []coc.Reason
	for _, r := range d.Trace {
		if table[r.Rule].Alarm {
			alarms = append(alarms, r)
		}
		asked := strings.HasPrefix(r.Rule, "committee/") || strings.HasPrefix(r.Rule, "room/") || r.Rule == "legal/transfer"
		if d.Sealed && asked && !slices.ContainsFunc(d.Chain, func(c coc.Committee) bool { return c.Name == r.Committee }) {
			fail("%s was asked, and is not told among %d", r.Committee, len(d.Chain))
		}
	}
	last := "taken"
	switch {
	case d.Sealed:
		last = "sealed"
	case d.Separate:
		last = "separate/taken"
	}
	if !slices.Equal(alarms, d.Alarms) || len(d.Trace) == 0 || d.Trace[len(d.Trace)-1].Rule != last {
		fail("the alarms are %+v", d.Alarms)
	}
}

// asksCounsel is rows 0, 4 and 12, whoever has the case.
func (f *facts) asksCounsel(d Decision, fail func(string, ...any)) {
	j := f.Directory.Jurisdiction()
	var want []Consult
	var first []string
	if f.Incident.Danger {
		first = append(first, "danger")
		want = append(want, Consult{"emergency services", "anything", coc.Span{}, coc.Reason{Rule: "danger", Row: "0"}})
	}
	risky := slices.ContainsFunc(f.Incident.Risks, func(r coc.Risk) bool { return slices.Contains(j.Consult, r) || slices.Contains(j.Transfer, r) })
	if risky {
		first = append(first, "legal/consult")
		want = append(want, Consult{j.Counsel, "deciding", coc.Span{}, coc.Reason{Rule: "legal/consult", Row: "4", Detail: j.Counsel}})
	}
	if j.Gate.LongerThan.N > 0 {
		want = append(want, Consult{j.Counsel, "ban", j.Gate.LongerThan, coc.Reason{Rule: "gate/long", Row: "12", Detail: j.Counsel}})
	}
	if j.Gate.Naming {
		want = append(want, Consult{j.Counsel, "naming", coc.Span{}, coc.Reason{Rule: "gate/naming", Row: "12", Detail: j.Counsel}})
	}
	if !slices.Equal(d.Consult, want) {
		fail("asked are %+v, and should be %+v", d.Consult, want)
	}
	for i, rule := range first {
		if len(d.Trace) <= i || d.Trace[i].Rule != rule {
			fail("it does not begin with %q", first)
		}
	}
	if slices.Contains(d.Flags, coc.FlagSafetyRisk) != f.Incident.Danger || slices.Contains(d.Flags, coc.FlagLegalRisk) != risky {
		fail("the flags are %v", d.Flags)
	}
}

// contact is whom a person can write to of those who were asked: the nearest that
// has only an address, and else the highest that has one.
func (f *facts) contact(asked []coc.Committee) string {
	highest := ""
	for _, c := range asked {
		switch {
		case c.Contact == "" || f.Skip[c.Key]:
		case c.Incidents.IsZero():
			return c.Contact
		default:
			highest = c.Contact
		}
	}
	return highest
}

// tells decides where everybody may be told whom the decision names.
func (f *facts) tells(t *testing.T, where string, d Decision) {
	t.Helper()
	for _, duty := range d.Duties {
		if duty.Way == nil {
			continue
		}
		telling := *f
		telling.Chain, telling.Skip, telling.Notice = duty.Way, nil, true
		telling.keepsThePromises(t, where+", telling "+duty.Committee.Key, telling.decide(t))
	}
}

// happens is something that changes while a case is open.
func (f *facts) happens(d dice, decision Decision) {
	switch d.Intn(6) {
	case 0: // somebody is named
		f.Parties = append(slices.Clone(f.Parties), coc.Party{Login: d.someone(), Role: coc.Role(d.of("", "accused", "harmed", "witness", "kept-out"))})
	case 1: // somebody declares something
		f.Declarations = slices.Concat(f.Declarations, d.declarations())
	case 2: // somebody is let into a room
		for _, repo := range slices.Sorted(maps.Keys(f.rooms)) {
			if strings.HasSuffix(repo, "/cases") {
				f.edit(repo, func(r *coc.RoomFacts) {
					r.Readers = append(slices.Clone(r.Readers), coc.Reader{Login: d.someone(), Admin: d.oneIn(2)})
				})
			}
		}
	case 3: // it is shown to everybody
		f.edit(decision.Committee.Incidents.Key(), func(r *coc.RoomFacts) { r.Visibility = d.of("public", "internal") })
	}
}

// checksTheRoom: words are written into the room only where each of its readers
// may see the case as it is now.
func (f *facts) checksTheRoom(t *testing.T, where string, d Decision) {
	t.Helper()
	room := f.rooms[d.Committee.Incidents.Key()]
	if d.Separate {
		room = f.made(d)
	}
	if CheckRoom(room, d.Committee, conflict.Screening{Responders: d.Responders}, f.Parties, f.Source) != nil {
		return
	}
	if room.Visibility != "private" {
		t.Fatalf("%s: words are written into a %s room", where, room.Visibility)
	}
	named := conflicttest.Case{Parties: f.Parties}
	for _, r := range room.Readers {
		custodian := r.Admin && has(d.Committee.Custodians, r.Login)
		if named.Barred(r.Login) || !custodian && !has(d.Responders, r.Login) {
			t.Fatalf("%s: %s would read what is written", where, r.Login)
		}
	}
}

// homes are the committees that may be meant by c: whoever this world knows
// under its incident repository, as the committee's own file and its team have
// it. all is false where the facts do not tell who is on one of them.
func (f *facts) homes(c coc.Committee) (out []coc.Committee, all bool) {
	var bases []coc.Committee
	know := func(o coc.Committee) {
		if !c.Incidents.IsZero() && o.Incidents.Key() == c.Incidents.Key() {
			bases = append(bases, o)
		}
	}
	inForce := func(st *coc.Standing) {
		if st != nil {
			know(st.Committee)
		}
	}
	for _, key := range f.Directory.Names() {
		o, _ := f.Directory.Committee(key)
		know(o)
	}
	for _, at := range slices.Sorted(maps.Keys(f.places)) {
		know(f.places[at].Pointer.Declared)
	}
	for _, o := range f.Chain {
		know(o)
	}
	inForce(f.Standing)
	for _, a := range f.Incident.Repos {
		inForce(a.Standing)
	}
	file := f.files[c.Incidents.Key()]
	for _, o := range bases {
		switch {
		case len(file.Problems) > 0:
			continue
		case file.State == StateFound:
			o.Members, o.Team = file.File.Committee.Members, file.File.Committee.Team
			o.Custodians = orElse(file.File.Committee.Custodians, o.Custodians)
			o.Separate = file.File.Committee.Separate
		case file.State != StateMissing && file.State != "" || file.State == "" && f.knowsFile(c.Incidents):
			continue
		}
		if o.Team.Slug != "" {
			team := f.teams[strings.ToLower(o.Team.Org+"/"+o.Team.Slug)]
			if team.State != StateFound || !strings.EqualFold(o.Team.Org, o.Incidents.Owner) {
				continue
			}
			o.Members = nil
			for _, l := range team.Logins {
				o.Members = append(o.Members, coc.Member{Login: l, Role: coc.MemberMember})
			}
		}
		if file.State == StateFound {
			o.Minimum = file.File.Over(o).Minimum
		}
		o.Minimum = f.Directory.Minimum(o)
		out = append(out, o)
	}
	return out, len(out) == len(bases)
}

// knowsFile: a repository that the world does not have has no file in it.
func (f *facts) knowsFile(r coc.Repo) bool {
	_, ok := f.files[r.Key()]
	return ok
}

func orElse(a, b []coc.Login) []coc.Login {
	if len(a) > 0 {
		return a
	}
	return b
}

// made is the repository that a separate decision asks for, with those in it who
// are let in at once and those who cannot be kept out.
func (f *facts) made(d Decision) coc.RoomFacts {
	org := f.orgs[strings.ToLower(d.Committee.Incidents.Owner)]
	out := room(d.Committee.Incidents.Owner + "/quiet-harbor-417")
	for _, l := range org.Owners {
		out.Readers = append(out.Readers, coc.Reader{Login: l, Admin: true})
	}
	for _, l := range org.Members {
		if org.Base != "none" || has(d.Responders, l) {
			out.Readers = append(out.Readers, coc.Reader{Login: l})
		}
	}
	return out
}

// mayTakeSeparately says why a committee may not take the case in a repository
// of its own, "" if it may. It must be because of who reads the shared room.
func (f *facts) mayTakeSeparately(c coc.Committee) string {
	if why := f.mayUse(c); why != "" {
		return why
	}
	if c.Separate == "always" {
		return f.mayAsk(c)
	}
	org := f.orgs[strings.ToLower(c.Incidents.Owner)]
	shared := f.mayRead(c)
	switch {
	case shared == "", shared == nobodyReads:
		return "nobody reads the shared room who may not"
	case c.Separate == "never", !org.MayCreate, org.Problem != nil:
		return "none can be made"
	}
	k := f.separateCaseOf(c)
	there := f.made(Decision{Committee: c, Responders: k.Responders()})
	if k.Why() != "" {
		return "of those who are let in at once too few are left: " + k.Why()
	}
	return mayRead(k, there)
}

// mayAsk says why a committee that asks each of its members in private may not take
// the case, whoever reads its shared room; "" if it may. Before anybody has answered,
// nobody but its custodians may read the repository.
func (f *facts) mayAsk(c coc.Committee) string {
	org := f.orgs[strings.ToLower(c.Incidents.Owner)]
	if !f.SignIn || !org.MayCreate || org.Problem != nil {
		return "nobody can be asked, or no repository made"
	}
	k := f.separateCaseOf(c)
	if k.Why() != "" {
		return "of those who are let in at once too few are left: " + k.Why()
	}
	for _, l := range org.Owners {
		if !has(c.Custodians, l) || k.Barred(l) || l.IsBot() {
			return "an owner would read before they are asked, or may not see it"
		}
	}
	if org.Base != "none" && len(org.Members) > 0 {
		return "members of the organisation would read before they are asked"
	}
	return ""
}

// separateCaseOf is caseOf where those count for nothing who would only be invited.
func (f *facts) separateCaseOf(c coc.Committee) conflicttest.Case {
	k, org := f.caseOf(c), f.orgs[strings.ToLower(c.Incidents.Owner)]
	for _, l := range c.Logins() {
		if !has(org.Owners, l) && !has(org.Members, l) {
			k.Record.Away = append(k.Record.Away, l)
		}
	}
	return k
}

// mayTake says why a committee may not take the case in its shared room, "" if it
// may.
func (f *facts) mayTake(c coc.Committee) string {
	if why := f.mayUse(c); why != "" {
		return why
	}
	if c.Separate == "always" {
		return "it asks each member in private"
	}
	return f.mayRead(c)
}

// mayRead says of a committee's shared room who reads it who may not, or that too few do
// who should: whoever cannot read there takes no part. Nobody decides on a notice, and
// one reader will do.
func (f *facts) mayRead(c coc.Committee) string {
	k, room := f.caseOf(c), f.rooms[c.Incidents.Key()]
	if why := mayRead(k, room); why != "" || f.Notice {
		return why
	}
	for _, l := range c.Logins() {
		if !slices.ContainsFunc(room.Readers, func(r coc.Reader) bool { return strings.EqualFold(string(r.Login), string(l)) }) {
			k.Record.Away = append(k.Record.Away, l)
		}
	}
	if k.Why() != "" {
		return "of those who read it too few are left: " + k.Why()
	}
	return ""
}

// mayUse says why neither a committee nor its room will do, whoever reads there.
func (f *facts) mayUse(c coc.Committee) string {
	k := f.caseOf(c)
	room, known := f.rooms[c.Incidents.Key()]
	own := c.Level != coc.LevelFoundation && c.Level != coc.LevelEvents
	switch {
	case f.Skip[c.Key], f.Appealed != nil && (f.Appealed.Incidents.Key() == c.Incidents.Key() || f.Appealed.Key == c.Key):
		return "it has had it"
	case own && slices.ContainsFunc(f.Incident.Risks, func(r coc.Risk) bool { return slices.Contains(f.Directory.Jurisdiction().Transfer, r) }):
		return "with such a risk it may not"
	case !known || room.Problem != nil || room.ID == 0 || room.Visibility != "private" || room.Archived || room.Disabled || !room.HasIssues:
		return "its room is not fit"
	case !strings.EqualFold(room.Repo.Owner, c.Incidents.Owner):
		return "its room is somebody else's"
	case k.Why() != "":
		return "it does not stand: " + k.Why()
	}
	for _, s := range append(f.Incident.Repos, About{Source: f.Source}) {
		if room.ID == s.Source.ID || strings.EqualFold(s.Source.Repo.String(), c.Incidents.String()) || strings.EqualFold(s.Source.Repo.String(), room.Repo.String()) {
			return "it is about the room itself"
		}
	}
	return ""
}

const nobodyReads = "nobody who responds reads"

// mayRead says who reads a room who may not, or that nobody does who should.
func mayRead(k conflicttest.Case, room coc.RoomFacts) string {
	c := k.Committee
	reads := false
	for _, r := range room.Readers {
		responds := has(k.Responders(), r.Login)
		switch {
		case k.Barred(r.Login):
			return string(r.Login) + " is barred and reads"
		case r.Login.IsBot(), !responds && !(r.Admin && has(c.Custodians, r.Login)):
			return string(r.Login) + " is a stranger and reads"
		}
		reads = reads || responds
	}
	if !reads {
		return nobodyReads
	}
	return ""
}

func (f *facts) caseOf(c coc.Committee) conflicttest.Case {
	return conflicttest.Case{Committee: c, Parties: f.Parties, Record: conflict.Record{Declarations: f.Declarations, Deciders: f.Deciders}}
}

func has(list []coc.Login, l coc.Login) bool {
	return slices.ContainsFunc(list, func(o coc.Login) bool { return strings.EqualFold(string(o), string(l)) })
}

// shuffled is the same world, told in another order and in other letters.
func shuffled(d dice, w World) World {
	w.Places = mixed(d, w.Places)
	w.Parties = mixed(d, w.Parties)
	for i := range w.Parties {
		w.Parties[i].Login = d.spelt(w.Parties[i].Login)
	}
	w.Incident.Risks = mixed(d, w.Incident.Risks)
	// Somebody's clear takes back what was before it.
	if !slices.ContainsFunc(w.Declarations, func(d coc.Declaration) bool { return d.Kind == coc.ConflictClear }) {
		w.Declarations = mixed(d, w.Declarations)
	}
	for key, r := range w.Rooms {
		r.Readers = mixed(d, r.Readers)
		w.Rooms[key] = r
	}
	for key, team := range w.Teams {
		team.Logins = mixed(d, team.Logins)
		w.Teams[key] = team
	}
	for key, file := range w.Files {
		c := &file.File.Committee
		c.Members, c.Custodians, c.Accepts = mixed(d, c.Members), mixed(d, c.Custodians), mixed(d, c.Accepts)
		w.Files[key] = file
	}
	return w
}

func mixed[T any](d dice, list []T) []T {
	out := slices.Clone(list)
	d.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// essence is all of a decision that may not depend on the order of facts.
func essence(d Decision) string {
	keys := func(list []coc.Committee) (out []string) {
		for _, c := range list {
			out = append(out, c.Key)
		}
		return out
	}
	var desk string
	if d.Desk != nil {
		desk = d.Desk.Key
	}
	var told []string
	for _, t := range d.Duties {
		told = append(told, fmt.Sprint(t.Committee.Key, keys(t.Way), t.What, t.When, t.Reason))
	}
	responders := slices.Sorted(slices.Values(d.Responders))
	return fmt.Sprintf("%q %v in %v, sealed %t with %q, chain %q\n%v\n%v %q %v\ndesk %q joint %q\ntold %q\nasked %v\nadopt %t held %t fallback %t %q",
		d.Committee.Key, responders, d.Room.Repo, d.Sealed, d.Contact, keys(d.Chain),
		d.Trace, d.Flags, d.Escalation, d.Alarms, desk, keys(d.Joint), told, d.Consult,
		d.Pointed.Adopt, d.Pointed.Held, d.Pointed.Fallback, d.Pointed.Pointer)
}
