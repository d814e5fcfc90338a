package route

import (
	"fmt"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

var (
	somePeople = []coc.Login{"ann", "ben", "cho", "dov", "eli", "fay", "gil", "hua"}
	someOwners = []string{"my-org", "other-org", "third-org"}
	someKeys   = []string{"alpha", "beta", "gamma", "delta"}
	badStates  = []State{StateInvalid, StateInaccessible, StateDenied, StateNotAFile, StateTooLarge, StateUnreadable, ""}
)

// dice throw worlds.
type dice struct{ *rand.Rand }

func (d dice) oneIn(n int) bool { return d.Intn(n) == 0 }

func (d dice) of(list ...string) string { return list[d.Intn(len(list))] }

func (d dice) repo() coc.Repo {
	return coc.Repo{Owner: d.of(someOwners...), Name: d.of("cases", "alpha", "thing")}
}

// someone is an account in any letters, most often one that may be on a roster.
func (d dice) someone() coc.Login {
	return d.spelt(append(somePeople, "out-sider", "helper[bot]")[d.Intn(len(somePeople)+2)])
}

func (d dice) spelt(l coc.Login) coc.Login {
	return coc.Login(d.of(string(l), strings.ToUpper(string(l))))
}

func (d dice) people(least, most int) []coc.Login {
	var out []coc.Login
	for _, i := range d.Perm(len(somePeople))[:least+d.Intn(most-least+1)] {
		out = append(out, somePeople[i])
	}
	return out
}

func (d dice) roster(least int) []coc.Member {
	roles := []coc.MemberRole{"", coc.MemberMember, coc.MemberChair, coc.MemberAlternate, coc.MemberLiaison}
	var out []coc.Member
	for _, l := range d.people(least, 5) {
		out = append(out, coc.Member{Login: l, Role: roles[d.Intn(len(roles))], Employer: d.of("", "", "Acme", "acme", "Other")})
	}
	return out
}

func (d dice) state() State {
	switch d.Intn(6) {
	case 0:
		return badStates[d.Intn(len(badStates))]
	case 1, 2:
		return StateMissing
	}
	return StateFound
}

func (d dice) pointer() policy.Pointer {
	p := policy.Pointer{PublicCommand: policy.CommandLink}
	if d.oneIn(3) {
		p.EscalateTo = d.of(append(someKeys, "nowhere")...)
	}
	if d.oneIn(3) {
		p.Named = d.of(append(someKeys, "nowhere")...)
		return p
	}
	repo := d.repo()
	p.Declared = coc.Committee{Key: repo.Key(), Name: "Own", Level: coc.LevelProject, Incidents: repo, EscalateTo: p.EscalateTo}
	switch d.Intn(4) {
	case 0:
		p.Declared.Team = coc.Team{Org: d.of(someOwners...), Slug: "conduct"}
	case 1, 2:
		p.Declared.Members = d.roster(1)
	}
	return p
}

func (d dice) file() RosterFile {
	f := RosterFile{State: d.state()}
	c := &f.File.Committee
	c.Members = d.roster(1)
	if d.oneIn(8) {
		c.Members, c.Team = nil, coc.Team{Org: d.of(someOwners...), Slug: "conduct"}
	}
	if d.oneIn(2) {
		c.Accepts = []coc.Pattern{"my-org/*"}
	}
	if d.oneIn(2) {
		c.Custodians = d.people(1, 3)
	}
	if d.oneIn(3) {
		c.EscalateTo = d.of(someKeys...)
	}
	if d.oneIn(6) {
		c.Minimum = coc.Minimum{Clear: d.Intn(4), WithoutHardConflict: d.Intn(3)}
	}
	if d.oneIn(10) {
		f.State, f.Problems = StateFound, policy.Problems{{Line: 2, Column: 1}}
	}
	return f
}

// room is read by some of the committee's own people, and now and then by
// anybody, in other letters than the roster has.
func (d dice) room(repo string, c coc.Committee) coc.RoomFacts {
	r := room(repo)
	r.ID = int64(100 + d.Intn(1000))
	r.Visibility = d.of("private", "private", "private", "private", "private", "private", "private", "public", "internal", "")
	r.Archived, r.HasIssues = d.oneIn(15), !d.oneIn(15)
	for _, m := range c.Members {
		if !d.oneIn(4) {
			r.Readers = append(r.Readers, coc.Reader{Login: coc.Login(strings.ToUpper(string(m.Login)))})
		}
	}
	for _, l := range c.Custodians {
		r.Readers = append(r.Readers, coc.Reader{Login: l, Admin: true})
	}
	if d.oneIn(5) {
		for range d.Intn(3) {
			r.Readers = append(r.Readers, coc.Reader{Login: d.someone(), Admin: d.oneIn(2)})
		}
	}
	if d.oneIn(15) {
		r.Problem = coc.Later{Cause: "503"}
	}
	if d.oneIn(15) {
		r.Repo.Owner = "sold-org"
	}
	if d.oneIn(15) {
		r.ID = int64(d.Intn(3))
	}
	return r
}

// directories are a few dozen, parsed once: parsing is not what is tried here.
func directories(t testing.TB) []policy.Directory {
	t.Helper()
	out := []policy.Directory{{}}
	for seed := range int64(40) {
		d := dice{rand.New(rand.NewSource(seed))}
		var b strings.Builder
		b.WriteString("version: 1\ncommittees:\n")
		for i, k := range someKeys {
			fmt.Fprintf(&b, "  %s:\n    level: %s\n    contact: %s@a.example\n", k, d.of("project", "governance", "foundation", "events"), k)
			if !d.oneIn(4) {
				fmt.Fprintf(&b, "    incidents: %s/%s\n", d.of(someOwners...), k)
				if d.oneIn(2) {
					fmt.Fprintf(&b, "    members: [{login: ann}, {login: %s}]\n", d.of("ben", "cho", "dov"))
				}
			}
			if i+1 < len(someKeys) && d.oneIn(2) {
				fmt.Fprintf(&b, "    escalate_to: %s\n", someKeys[i+1])
			}
		}
		if d.oneIn(2) {
			fmt.Fprintf(&b, "projects: {my-org/*: %s}\n", d.of(someKeys...))
		}
		if !d.oneIn(5) {
			fmt.Fprintf(&b, "fallback: %s\n", d.of(someKeys...))
		}
		b.WriteString(d.table())
		out = append(out, directory(t, b.String()))
	}
	return out
}

// table is a jurisdiction of any kind, with a few events.
func (d dice) table() string {
	var b strings.Builder
	b.WriteString("events:\n")
	for _, e := range []string{"name: Days, producer: Us", "name: Days, producer: Them", "name: Week, from: 2026-03-01, to: 2026-03-03", "name: Meeting"} {
		if d.oneIn(3) {
			continue
		}
		fmt.Fprintf(&b, "  - {%s, committee: %s}\n", e, d.of(someKeys...))
	}
	b.WriteString("  - {name: Always, committee: alpha}\njurisdiction:\n  counsel: somebody\n")
	for _, k := range []string{"central", "beyond", "elsewhere", "other_events", "several_projects", "no_project"} {
		if d.oneIn(3) {
			fmt.Fprintf(&b, "  %s: %s\n", k, d.of(someKeys...))
		}
	}
	if d.oneIn(2) {
		fmt.Fprintf(&b, "  event_desks: [{producer: Us, committee: %s, joint: [%s]}]\n", d.of(someKeys...), d.of(someKeys...))
	}
	if d.oneIn(3) {
		fmt.Fprintf(&b, "  tell: %s\n  appeals: %s\n", d.of("none", "{when: [opens]}", "{levels: [foundation, project]}"), d.of("none", "{committee: beta}"))
	}
	if d.oneIn(3) {
		fmt.Fprintf(&b, "  legal_risk: {transfer: %s, transfer_to: %s}\n  counsel_before: none\n", d.of("none", "[injury, attorney]"), d.of(someKeys...))
	}
	return b.String()
}

// incident is anything that can be said of where and what.
func (d dice) incident() Incident {
	i := Incident{
		Space:  coc.Space(d.of("", "", "repository", "repositories", "chat", "event", "event", "event", "elsewhere", "nowhere")),
		Event:  d.of("", "days", "WEEK!", "Meeting", "always", "unheard of"),
		Inside: d.oneIn(2), Danger: d.oneIn(5), FiledWith: d.of("", "", someKeys[d.Intn(len(someKeys))]),
	}
	if d.oneIn(2) {
		i.On = noon.AddDate(0, 0, d.Intn(9)-4)
	}
	for range d.Intn(4) {
		i.Projects = append(i.Projects, d.of(append(someKeys, "ALPHA", "beta", "gamma", "nobody-knows")...))
	}
	for range d.Intn(3) {
		a := About{Source: coc.RepoFacts{Repo: coc.Repo{Owner: d.of("my-org", "other-org"), Name: d.of("thing", "cases", "alpha")}, ID: int64(d.Intn(9)), Visibility: "public"}}
		if d.oneIn(3) {
			a.Standing = d.standing(&facts{places: map[string]Place{}, World: World{Source: a.Source}})
		}
		i.Repos = append(i.Repos, a)
	}
	if d.oneIn(3) {
		i.Risks = append(i.Risks, coc.Risks()[d.Intn(6)])
	}
	return i
}

// randomFacts is any world at all, much of it out of order.
func randomFacts(d dice, directories []policy.Directory) *facts {
	f := &facts{places: map[string]Place{}, files: map[string]RosterFile{}, teams: map[string]TeamFacts{}, rooms: map[string]coc.RoomFacts{}, orgs: map[string]coc.OrgFacts{}}
	f.Directory = directories[d.Intn(len(directories))]
	f.Now = noon.Add(time.Duration(d.Intn(100)) * time.Hour)
	f.Source = coc.RepoFacts{Repo: coc.Repo{Owner: "my-org", Name: d.of("thing", ".github", "cases")}, ID: int64(d.Intn(4)), Fork: d.oneIn(5), Visibility: "public"}
	if d.oneIn(2) {
		f.Incident = d.incident()
	}
	if d.oneIn(20) {
		c, _ := f.Directory.Committee(d.of(someKeys...))
		f.Appealed = &c
		f.Deciders = d.people(0, 3)
	}
	if d.oneIn(15) {
		f.Source = coc.RepoFacts{}
	}
	for _, source := range f.sources() {
		for _, ref := range Places(source) {
			f.places[ref.String()] = Place{State: d.state(), Pointer: d.pointer()}
		}
	}
	for _, owner := range someOwners {
		f.orgs[owner] = d.org(owner)
		f.teams[owner+"/conduct"] = TeamFacts{State: d.state(), Logins: d.people(0, 3)}
		for _, name := range append(someKeys, "cases", "thing") {
			repo := owner + "/" + name
			f.files[repo] = d.file()
			f.rooms[repo] = d.room(repo, f.files[repo].File.Committee)
		}
	}
	f.Parties = d.parties()
	if d.oneIn(5) {
		f.Declarations = d.declarations()
	}
	if d.oneIn(2) {
		f.Standing = d.standing(f)
	}
	if d.oneIn(2) {
		f.mend(d)
	}
	f.SignIn = !d.oneIn(4)
	for _, repo := range slices.Sorted(maps.Keys(f.files)) {
		if file := f.files[repo]; d.oneIn(6) {
			file.File.Committee.Separate = coc.SeparateAlways
			f.files[repo] = file
		}
	}
	return f
}

// org is an organisation in which a repository may often be made.
func (d dice) org(login string) coc.OrgFacts {
	o := coc.OrgFacts{Login: login, MayCreate: !d.oneIn(4), Owners: d.people(0, 1), Members: d.people(2, 8), Base: d.of("none", "none", "none", "read", "")}
	if !d.oneIn(3) {
		o.Owners, o.Members = nil, somePeople
	}
	if d.oneIn(10) {
		o.Problem = coc.ErrDenied
	}
	return o
}

// mend puts all in order but the people: every file and team can be read, every
// room is fit, and read by those whose it is, often without whom the report names.
func (f *facts) mend(d dice) {
	for at, p := range f.places {
		if p.State != StateMissing {
			p.State = StateFound
		}
		f.places[at] = p
	}
	for key, team := range f.teams {
		f.teams[key] = TeamFacts{State: StateFound, Logins: append(team.Logins, "ivo")}
	}
	for _, repo := range slices.Sorted(maps.Keys(f.rooms)) {
		file, owner := f.files[repo], strings.Split(repo, "/")[0]
		if file.State != StateMissing {
			file.State, file.Problems = StateFound, nil
		}
		c := &file.File.Committee
		if c.Team.Slug != "" {
			c.Team.Org = owner
		}
		f.files[repo] = file
		r := room(repo)
		r.ID = int64(100 + d.Intn(1000))
		named := conflicttest.Case{Parties: f.Parties}
		if d.oneIn(2) {
			named.Parties = nil
		}
		if homes, _ := f.homes(coc.Committee{Incidents: r.Repo}); len(homes) > 0 {
			for _, m := range homes[0].Members {
				if !named.Barred(m.Login) {
					r.Readers = append(r.Readers, coc.Reader{Login: d.spelt(m.Login)})
				}
			}
			for _, l := range homes[0].Custodians {
				if !named.Barred(l) {
					r.Readers = append(r.Readers, coc.Reader{Login: d.spelt(l), Admin: true})
				}
			}
		}
		f.rooms[repo] = r
	}
}

// parties are few, and now and then an awkward lot.
func (d dice) parties() []coc.Party {
	roles := []coc.Role{coc.RoleUnset, coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter, coc.RoleKeptOut}
	var out []coc.Party
	for range d.Intn(3) {
		out = append(out, coc.Party{Login: d.someone(), Role: roles[d.Intn(len(roles))]})
	}
	switch d.Intn(30) {
	case 0: // a name, which no roster has
		out = append(out, coc.Party{Name: coc.NewProse("Ann"), Role: coc.RoleAccused})
	case 1: // the reporter accuses themself
		l := d.someone()
		out = append(out, coc.Party{Login: l, Role: coc.RoleReporter}, coc.Party{Login: d.spelt(l), Role: coc.RoleAccused})
	case 2: // everybody
		for _, l := range somePeople {
			out = append(out, coc.Party{Login: l, Role: roles[d.Intn(len(roles))]})
		}
	}
	return out
}

func (d dice) declarations() []coc.Declaration {
	kinds := []coc.ConflictKind{coc.ConflictClear, coc.ConflictSoft, coc.ConflictSoft, coc.ConflictHard, ""}
	var out []coc.Declaration
	for range d.Intn(6) {
		said := coc.Declaration{
			Login: d.someone(), Kind: kinds[d.Intn(len(kinds))], Basis: coc.ConflictBasis(d.of("", "comment", "employer")),
		}
		if d.oneIn(3) {
			said.By, said.Confirmed, said.Settled = d.someone(), d.people(0, 4), d.oneIn(4)
		}
		out = append(out, said)
	}
	return out
}

// standing is something in force, and often a change to what the source's own
// file says now.
func (d dice) standing(f *facts) *coc.Standing {
	was := d.pointer()
	st := &coc.Standing{Source: f.Source.Repo, Pointer: d.of("", "community:", "directory:") + was.Canonical(), Committee: was.Declared}
	if was.Named != "" {
		st.Committee, _ = f.Directory.Committee(was.Named)
	}
	if d.oneIn(2) {
		now := f.places[Places(f.Source)[0].String()].Pointer
		st.Waiting = &coc.Waiting{Pointer: now.Canonical(), Committee: now.Declared, EffectAt: noon.Add(50 * time.Hour)}
		switch d.Intn(3) {
		case 0:
			st.Waiting.Objected = st.Committee.Logins()
		case 1:
			st.Waiting.Agreed = st.Committee.Logins()
		}
	}
	return st
}

// Over random worlds: there is always an answer that explains itself, nobody
// barred is let in, no room is used that may not be, and the same facts give
// the same answer. That no need comes twice is checked by every answer.
func TestEveryWorldHasAnAnswerThatLetsNobodyBarredIn(t *testing.T) {
	t.Parallel()
	taken, sealed, rulesSeen := 0, 0, map[string]bool{}
	known := directories(t)
	worlds := conflicttest.Worlds(t)
	for seed := range worlds {
		f := randomFacts(dice{rand.New(rand.NewSource(seed))}, known)
		d := f.decide(t)
		most := len(f.places) + len(f.files) + len(f.teams) + len(f.rooms) + len(f.orgs)
		if len(f.asked) > most {
			t.Fatalf("seed %d: %d needs for %d things", seed, len(f.asked), most)
		}
		if again := f.decide(t); !reflect.DeepEqual(d, again) {
			t.Fatalf("seed %d: the same facts, another answer", seed)
		}
		if len(d.Trace) == 0 {
			t.Fatalf("seed %d: no reason is given", seed)
		}
		for _, r := range reasonsOf(d) {
			if _, ok := RuleNamed(r.Rule); !ok {
				t.Fatalf("seed %d: %s is not in the table", seed, r.Rule)
			}
			rulesSeen[r.Rule] = true
			for _, l := range somePeople {
				if strings.Contains(r.Detail, string(l)) {
					t.Fatalf("seed %d: %+v names somebody", seed, r)
				}
			}
		}
		checkTable(t, seed, f, d)
		if d.Sealed {
			sealed++
			if d.Committee.Key != "" || d.Responders != nil || d.Room.ID != 0 || len(d.Alarms) == 0 {
				t.Fatalf("seed %d: sealed, and yet %+v", seed, d)
			}
			continue
		}
		taken++
		checkTaken(t, seed, f, d)
	}
	if least := int(worlds / 8); taken < least || sealed < least {
		t.Errorf("the worlds are one-sided: %d taken, %d sealed", taken, sealed)
	}
	if testing.Short() { // so few worlds do not meet every rule
		return
	}
	for _, r := range Rules() {
		// What happens later is casework's to say, a ground is ballot's, and what a
		// survey finds decides nothing.
		later := []string{"room/issue-gone", "room/issue-converted", "room/issue-anew", "room/issue-anew-gone", "room/made-private", "committee/silent", "committee/nobody-above",
			"committee/unanswered", "committee/undecided", "committee/unrelieved", "separate/too-few-clear", "appeal/ground", "added"}
		if !rulesSeen[r.Key] && !slices.Contains(later, r.Key) && !strings.HasPrefix(r.Key, "survey/") {
			t.Errorf("%s never spoke", r.Key)
		}
	}
}

// reasonsOf is every reason that a decision gives, wherever it stands.
func reasonsOf(d Decision) []coc.Reason {
	out := slices.Clone(d.Trace)
	for _, duty := range d.Duties {
		out = append(out, duty.Reason)
	}
	for _, c := range d.Consult {
		out = append(out, c.Reason)
	}
	return out
}

// checkTable is what the jurisdiction table promises in every world.
func checkTable(t *testing.T, seed int64, f *facts, d Decision) {
	t.Helper()
	j := f.Directory.Jurisdiction()
	for _, r := range f.Incident.Risks {
		if slices.Contains(j.Transfer, r) && !d.Sealed && !d.Committee.Level.Central() {
			t.Fatalf("seed %d: %s keeps a case with %s", seed, d.Committee.Key, r)
		}
	}
	if f.Incident.Danger != slices.Contains(d.Flags, coc.FlagSafetyRisk) {
		t.Fatalf("seed %d: danger %t, and the flags are %v", seed, f.Incident.Danger, d.Flags)
	}
	if f.Appealed != nil && !d.Sealed && d.Committee.Key == f.Appealed.Key {
		t.Fatalf("seed %d: %s hears an appeal of its own decision", seed, d.Committee.Key)
	}
	if d.Desk != nil && (d.Desk.Contact == "" || !d.Desk.Incidents.IsZero() || d.Desk.Key == d.Committee.Key) {
		t.Fatalf("seed %d: nobody can write to the desk %+v", seed, d.Desk)
	}
	for _, c := range d.Joint {
		if c.Key == d.Committee.Key {
			t.Fatalf("seed %d: %s handles it jointly with itself", seed, c.Key)
		}
	}
	for _, duty := range d.Duties {
		reporter := duty.Committee.Key == ""
		if !d.Sealed && identity(duty.Committee) == identity(d.Committee) || reporter != (duty.Way == nil) || len(duty.When) == 0 || duty.Reason.Row == "" {
			t.Fatalf("seed %d: nobody can do %+v", seed, duty)
		}
		if !reporter && duty.Way[0].Key != duty.Committee.Key {
			t.Fatalf("seed %d: %+v leads to another", seed, duty)
		}
	}
}

func checkTaken(t *testing.T, seed int64, f *facts, d Decision) {
	t.Helper()
	if len(d.Responders) == 0 || d.Chain[0].Key != d.Committee.Key {
		t.Fatalf("seed %d: nobody to respond, or another at the head of %v", seed, d.Chain)
	}
	for _, l := range d.Responders {
		if why, barred := conflict.Barred(l, f.Parties); barred {
			t.Fatalf("seed %d: %s responds although %s", seed, l, why)
		}
		if declaredHard(f.Declarations, l) {
			t.Fatalf("seed %d: %s responds although they declared a hard conflict", seed, l)
		}
	}
	r := d.Room
	if d.Separate {
		o := f.orgs[OrgKey(r.Repo.Owner)]
		if r.ID != 0 || !o.MayCreate || o.Problem != nil || !strings.EqualFold(r.Repo.Owner, d.Committee.Incidents.Owner) || d.Committee.Separate == coc.SeparateNever {
			t.Fatalf("seed %d: no repository can be made: %+v, %+v", seed, r, o)
		}
		// Whoever is let in reads, besides those who cannot be kept out.
		for _, l := range d.Responders {
			if o.Belongs(l) {
				r.Readers = append(slices.Clip(r.Readers), coc.Reader{Login: l})
			}
		}
	} else if r.Problem != nil || r.ID == 0 || r.Visibility != "private" || r.Archived || !r.HasIssues || r.ID == f.Source.ID {
		t.Fatalf("seed %d: the room is not fit: %+v", seed, r)
	}
	if asks := d.Committee.Separate == coc.SeparateAlways; asks && (!d.Separate || !f.SignIn) {
		t.Fatalf("seed %d: a committee that asks its members in private has a case unasked", seed)
	}
	seen := false
	for _, reader := range r.Readers {
		if why, barred := conflict.Barred(reader.Login, f.Parties); barred {
			t.Fatalf("seed %d: %s reads although %s", seed, reader.Login, why)
		}
		if declaredHard(f.Declarations, reader.Login) {
			t.Fatalf("seed %d: %s reads although they declared a hard conflict", seed, reader.Login)
		}
		responds := coc.HasLogin(d.Responders, reader.Login)
		if !responds && !(reader.Admin && coc.HasLogin(d.Committee.Custodians, reader.Login)) {
			t.Fatalf("seed %d: %s reads and is neither responder nor custodian", seed, reader.Login)
		}
		seen = seen || responds
	}
	if !seen {
		t.Fatalf("seed %d: nobody who responds can read", seed)
	}
	keys := map[string]bool{}
	for _, c := range d.Chain {
		if keys[c.Key] {
			t.Fatalf("seed %d: %s is in the chain twice", seed, c.Key)
		}
		keys[c.Key] = true
	}
}

// declaredHard: somebody has said of themself that they may not read.
func declaredHard(declarations []coc.Declaration, l coc.Login) bool {
	return slices.ContainsFunc(declarations, func(d coc.Declaration) bool {
		return d.Login.Is(l) && d.By == "" && d.Kind != coc.ConflictClear && d.Kind != coc.ConflictSoft
	})
}

// BenchmarkDecide is a report about an event that touches two projects, with
// 50 people named, where the directory has 500 committees.
func BenchmarkDecide(b *testing.B) {
	var text strings.Builder
	text.WriteString("version: 1\ncommittees:\n  foundation: {level: foundation, incidents: foundation/cases, members: [fay, fin, flo, fox, fro]}\n  desk: {level: events, contact: a@b.example}\n")
	for i := range 498 {
		fmt.Fprintf(&text, "  p%d: {level: project, incidents: p%d/cases, members: [a%d, b%d], escalate_to: foundation}\n", i, i, i, i)
	}
	text.WriteString("fallback: foundation\nevents:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "  - {name: Days of %d, aliases: [D%d], from: 2026-03-01, to: 2026-03-03, producer: Us}\n", i, i)
	}
	text.WriteString("jurisdiction: {event_desks: [{producer: Us, committee: desk}]}\n")
	big := directory(b, text.String())

	for name, incident := range map[string]Incident{
		"repository": {},
		"projects":   {Space: coc.SpaceRepositories, Projects: []string{"p7", "p400"}},
		"event":      {Space: coc.SpaceEvent, Event: "#d99", On: noon, Projects: []string{"p7", "p400"}, Risks: coc.Risks()},
	} {
		b.Run(name, func(b *testing.B) {
			f := newFacts(b)
			f.Directory, f.Incident = big, incident
			f.rooms["foundation/cases"] = room("foundation/cases", "fay", "fin", "flo", "fox", "fro")
			for i := range 50 {
				f.Parties = append(f.Parties, coc.Party{Login: coc.Login(fmt.Sprintf("somebody-%d", i)), Role: coc.RoleAccused})
			}
			w := f.start()
			for {
				_, need := Decide(w)
				if need == nil {
					break
				}
				f.answer(b, &w, *need)
			}
			b.ReportAllocs()
			for b.Loop() {
				if d, need := Decide(w); need != nil || d.Sealed {
					b.Fatal("no answer")
				}
			}
		})
	}
}
