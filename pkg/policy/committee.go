package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// CommitteePath is where a committee's own file is, in the default branch of
// its incident repository.
const CommitteePath = ".github/coc-committee.yaml"

// CommitteeFile is what a committee says about itself. The zero value has
// nobody on it and accepts no source.
type CommitteeFile struct {
	// Committee holds what the file gives and nothing else: no key, level or
	// incident repository, and no defaults. Over makes it whole.
	Committee coc.Committee
	// Words are what the committee says to reporters, by language.
	Words map[string]Words

	showMembers *bool // nil: the file does not say
}

// ParseCommittee reads a committee's own file. The value is zero where there
// are problems.
func ParseCommittee(b []byte) (CommitteeFile, Problems) {
	var f committeeFile
	r, problems := read(b, &f)
	if problems != nil {
		return CommitteeFile{}, problems
	}
	if !r.given("members") && !r.given("team") {
		r.say("members", "`members` or `team` is missing: say who is on the committee", "")
	}
	r.checkRules("", f.rules)
	r.checkOwn("words", f.Words)
	if r.problems != nil {
		return CommitteeFile{}, r.problems.inOrder()
	}
	c := f.rules.given()
	c.Name, c.Contact = string(f.Name), string(f.Contact)
	return CommitteeFile{Committee: c, Words: spoken(f.Words), showMembers: f.ShowMembers}, nil
}

// Over is declared as the committee's own file has it: what the file says
// wins, what it does not say stays, what neither says is the default. Key,
// level and incident repository stay declared's. The roster is the file's
// alone, even where it is empty, because declared's may come from somebody
// who is not on the committee. Neither argument is changed.
func (f CommitteeFile) Over(declared coc.Committee) coc.Committee {
	file := f.Committee
	out := clone(declared)
	out.Name = cmp.Or(file.Name, out.Name)
	out.Contact = cmp.Or(file.Contact, out.Contact)
	out.Members, out.Team = slices.Clone(file.Members), file.Team
	if f.showMembers != nil {
		out.ShowMembers = *f.showMembers
	}
	if len(file.Custodians) > 0 {
		out.Custodians = slices.Clone(file.Custodians)
	}
	if len(file.Accepts) > 0 {
		out.Accepts = slices.Clone(file.Accepts)
	}
	out.DecideBy = cmp.Or(file.DecideBy, out.DecideBy)
	out.Quorum = cmp.Or(file.Quorum, out.Quorum)
	out.Minimum.Clear = cmp.Or(file.Minimum.Clear, out.Minimum.Clear)
	out.Minimum.WithoutHardConflict = cmp.Or(file.Minimum.WithoutHardConflict, out.Minimum.WithoutHardConflict)
	out.Separate = cmp.Or(file.Separate, out.Separate)
	out.Clocks = over(file.Clocks, out.Clocks)
	out.Timezone = cmp.Or(file.Timezone, out.Timezone)
	out.Holidays = cmp.Or(file.Holidays, out.Holidays)
	if !file.Rota.IsZero() {
		out.Rota = cloneRota(file.Rota)
	}
	out.EscalateTo = cmp.Or(file.EscalateTo, out.EscalateTo)
	return complete(out)
}

// AcceptsSource reports whether the committee takes reports about r although
// r's owner is not the owner of its incident repository.
func (f CommitteeFile) AcceptsSource(r coc.Repo) bool {
	return slices.ContainsFunc(f.Committee.Accepts, func(p coc.Pattern) bool { return p.Matches(r) })
}

// complete fills in what nobody said. Minimums stay as they are: their default
// depends on the roster, which may be a team.
func complete(c coc.Committee) coc.Committee {
	c.DecideBy = cmp.Or(c.DecideBy, "consensus")
	c.Quorum = cmp.Or(c.Quorum, "majority")
	c.Separate = cmp.Or(c.Separate, coc.SeparateOnConflict)
	c.Clocks = over(c.Clocks, standardClocks())
	return c
}

// clone shares no memory with c.
func clone(c coc.Committee) coc.Committee {
	c.Members = slices.Clone(c.Members)
	c.Custodians = slices.Clone(c.Custodians)
	c.Accepts = slices.Clone(c.Accepts)
	c.Clocks.FollowUp = slices.Clone(c.Clocks.FollowUp)
	c.Rota = cloneRota(c.Rota)
	return c
}

func cloneRota(r coc.Rota) coc.Rota {
	r.Order, r.Away = slices.Clone(r.Order), slices.Clone(r.Away)
	return r
}

// committeeFile is the shape of a committee's own file.
type committeeFile struct {
	Version version `yaml:"version" doc:"The version of this format: 1."`
	Name    title   `yaml:"name,omitempty" doc:"The committee's name; wins over the one in a project's coc.yaml."`
	Contact contact `yaml:"contact,omitempty" doc:"Where reporters reach the committee directly; wins over the one in a project's coc.yaml."`
	// Words are not among the rules: what stands on the form is the committee's to
	// say, and whoever can write to a project may be the one who is reported.
	Words map[tongue]ownWords `yaml:"words,omitempty" doc:"What the committee says to reporters in its own way, by language."`
	rules
}

func (committeeFile) belongs(key string) string {
	switch key {
	case "level", "incidents":
		return fmt.Sprintf("`%s` is said by the project's coc.yaml or by the committee directory, not in the committee's own file: take it out", key)
	case "committee", "public_command", "original", "report_label":
		return fmt.Sprintf("`%s` belongs in the project's coc.yaml", key)
	}
	return ""
}

// rules are the keys that a committee's own file and the directory share.
type rules struct {
	Accepts     []pattern `yaml:"accepts,omitempty" doc:"Repositories of other owners whose reports the committee takes: owner/name or owner/*."`
	EscalateTo  key       `yaml:"escalate_to,omitempty" doc:"The committee of the directory that takes what this one cannot. Default: the directory's fallback."`
	Members     []member  `yaml:"members,omitempty" doc:"Who is on the committee. Either this or team."`
	Team        team      `yaml:"team,omitempty" doc:"The team whose members are the committee, organisation/team, of the organisation that holds the incident repository. Either this or members."`
	ShowMembers *bool     `yaml:"show_members,omitempty" doc:"Whether reporters see who is on the committee. Default: true."`
	Custodians  []login   `yaml:"custodians,omitempty" doc:"Owners of the organisation that holds the incident repository who are not on the committee and may read it."`
	DecideBy    decideBy  `yaml:"decide_by,omitempty" doc:"How the committee decides. Default: consensus."`
	Quorum      quorum    `yaml:"quorum,omitempty" doc:"How many unconflicted members must take part: majority, or a number. Default: majority."`
	Minimum     minimum   `yaml:"minimum,omitempty" doc:"How many members must remain for the committee to take a case."`
	clocks
	Timezone zone       `yaml:"timezone,omitempty" doc:"The time zone in which business days are counted. Default: UTC."`
	Holidays country    `yaml:"holidays,omitempty" doc:"The country whose public holidays are not business days. Default: none."`
	Separate separation `yaml:"separate,omitempty" doc:"When a case gets a repository of its own. on-conflict: when somebody who may not see the case can read the incident repository; where none can be made, the next committee takes it. always: every case, and each member is asked in private, on the committee's pages, whether they are clear, before they are let in; where nobody can sign in or no repository can be made, the next committee takes it. never: the next committee. Default: on-conflict."`
	Rota     rota       `yaml:"rota,omitempty" doc:"Who answers first, in turn."`
}

type minimum struct {
	Clear               count `yaml:"clear,omitempty" doc:"Members without any conflict. Default: 1."`
	WithoutHardConflict count `yaml:"without_hard_conflict,omitempty" doc:"Members without a hard conflict. Default: a majority of the committee."`
}

type rota struct {
	Turn   span    `yaml:"turn,omitempty" doc:"How long a turn lasts. Default: 1 week, from Monday."`
	OnDuty count   `yaml:"on_duty,omitempty" doc:"How many are on duty at a time; two at least, where there are two. Default: 2."`
	Order  []login `yaml:"order,omitempty" doc:"The members in the order of their turns. Default: the order of members."`
	Away   []away  `yaml:"away,omitempty" doc:"Who does not take a turn, and when."`
}

type away struct {
	Login login `yaml:"login" doc:"Who is away."`
	From  day   `yaml:"from" doc:"The first day away."`
	Until day   `yaml:"until" doc:"The last day away."`
}

func (w rules) given() coc.Committee {
	c := coc.Committee{
		Team:        w.Team.Team,
		ShowMembers: w.ShowMembers == nil || *w.ShowMembers,
		Custodians:  logins(w.Custodians),
		DecideBy:    string(w.DecideBy),
		Quorum:      string(w.Quorum),
		Minimum:     w.Minimum.given(),
		Separate:    coc.Separation(w.Separate),
		Clocks:      w.clocks.given(),
		Timezone:    string(w.Timezone),
		Holidays:    string(w.Holidays),
		EscalateTo:  string(w.EscalateTo),
		Members:     roster(w.Members),
		Rota:        w.Rota.given(),
	}
	for _, p := range w.Accepts {
		c.Accepts = append(c.Accepts, coc.Pattern(p))
	}
	return c
}

func (w rota) given() coc.Rota {
	out := coc.Rota{Turn: coc.Span(w.Turn), OnDuty: int(w.OnDuty), Order: logins(w.Order)}
	for _, a := range w.Away {
		out.Away = append(out.Away, coc.Away{Login: coc.Login(a.Login), From: a.From.Time, Until: a.Until.Time})
	}
	return out
}

func logins(in []login) []coc.Login {
	var out []coc.Login
	for _, l := range in {
		out = append(out, coc.Login(l))
	}
	return out
}

// checkRules is what no single key can tell.
func (r *reader) checkRules(path string, w rules) {
	r.checkRoster(path, w.Members)
	unique(r, child(path, "custodians"), w.Custodians, func(l login) string { return coc.Login(l).Key() })
	unique(r, child(path, "accepts"), w.Accepts, func(p pattern) string { return strings.ToLower(string(p)) })
	r.checkClocks(path, w.clocks.given())
	r.checkNumbers(path, w)
	r.checkRota(child(path, "rota"), w.Rota, w.Members)
}

// checkNumbers refuses what the roster can never reach. A team's size is not
// known here.
func (r *reader) checkNumbers(path string, w rules) {
	able := 0 // alternates step in, a liaison never does
	for _, m := range w.Members {
		if m.Role != role(coc.MemberLiaison) {
			able++
		}
	}
	if able == 0 {
		return
	}
	most := func(path string, n int) {
		if n > able {
			r.say(path, fmt.Sprintf("%s is %d, but only %d on this committee can take part in a decision", called(path), n, able), "")
		}
	}
	most(child(child(path, "minimum"), "clear"), int(w.Minimum.Clear))
	most(child(child(path, "minimum"), "without_hard_conflict"), int(w.Minimum.WithoutHardConflict))
	if n, err := strconv.Atoi(string(w.Quorum)); err == nil {
		most(child(path, "quorum"), n)
	}
}

func (r *reader) checkRota(path string, w rota, members []member) {
	onCommittee := func(at string, l login) {
		if l == "" || len(members) == 0 {
			return // a team's members are not known here
		}
		var known []string
		for _, m := range members {
			if coc.Login(m.Login).Is(coc.Login(l)) {
				return
			}
			known = append(known, string(m.Login))
		}
		r.say(at, fmt.Sprintf("%s is not among the `members` of this file", quoted(string(l))), nearest(string(l), known))
	}
	unique(r, child(path, "order"), w.Order, func(l login) string { return coc.Login(l).Key() })
	for i, l := range w.Order {
		onCommittee(entry(child(path, "order"), i), l)
	}
	for i, a := range w.Away {
		at := entry(child(path, "away"), i)
		onCommittee(child(at, "login"), a.Login)
		if !a.From.IsZero() && !a.Until.IsZero() && a.Until.Before(a.From.Time) {
			r.say(child(at, "until"), "`until` is before `from`", "")
		}
	}
	if n := len(w.Order); n > 0 && int(w.OnDuty) > n {
		r.say(child(path, "on_duty"), fmt.Sprintf("`on_duty` is %d, but `order` lists %d", w.OnDuty, n), "")
	}
}

// unique refuses an entry that says the same as an earlier one. An entry that
// could not be read is "" and is passed over.
func unique[T comparable](r *reader, path string, list []T, same func(T) string) {
	var zero T
	seen := map[string]int{}
	for i, item := range list {
		if item == zero {
			continue
		}
		k := same(item)
		if first, twice := seen[k]; twice {
			r.say(entry(path, i), fmt.Sprintf("%s repeats entry %d: keep one", called(entry(path, i)), first+1), "")
			continue
		}
		seen[k] = i
	}
}
