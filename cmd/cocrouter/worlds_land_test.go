package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// panel is a committee as its world made it, and as it is today.
type panel struct {
	name, org, room string
	level           coc.Level
	minimum         coc.Minimum
	pool            []string     // who may come to sit on it
	members         []coc.Member // nil where it is a team
	team            bool
	council, nested []string // of the team, and of the one below it
	custodians      []string
	accepts         string
	separate        string
	file            bool // it has a file of its own
	broken          bool // which cannot be read today
	listed          bool // the directory lists its members
}

// project is something that people report about.
type project struct {
	repo       string
	maintainer string
	pointer    string // its coc.yaml
	at         string // the repository that holds it
}

// roster is the committee as conflicts are weighed on it.
func (p *panel) roster() coc.Committee {
	c := coc.Committee{Name: p.name, Level: p.level, Minimum: p.minimum}
	if p.broken {
		return c
	}
	for _, l := range p.custodians {
		c.Custodians = append(c.Custodians, coc.Login(l))
	}
	if !p.team {
		c.Members = slices.Clone(p.members)
		return c
	}
	for _, l := range slices.Concat(p.council, p.nested) {
		c.Members = append(c.Members, coc.Member{Login: coc.Login(l)})
	}
	return c
}

// text is the committee's own file.
func (p *panel) text() string {
	if p.broken {
		return "version: 1\nmembers: 7\n"
	}
	text := "version: 1\naccepts: [" + p.accepts + "]\nescalate_to: foundation\n"
	if p.separate != "" {
		text += "separate: " + p.separate + "\n"
	}
	return text + p.people("")
}

// people is how a file lists who is on the committee, and its custodians.
func (p *panel) people(indent string) string {
	var b strings.Builder
	if p.team {
		b.WriteString(indent + "team: " + p.org + "/council\n")
	} else {
		b.WriteString(indent + "members:\n")
	}
	for _, m := range p.members {
		b.WriteString(indent + "  - {login: " + string(m.Login))
		if m.Role != "" {
			b.WriteString(", role: " + string(m.Role))
		}
		if m.Employer != "" {
			b.WriteString(", employer: " + m.Employer)
		}
		b.WriteString("}\n")
	}
	if len(p.custodians) > 0 {
		b.WriteString(indent + "custodians: [" + strings.Join(p.custodians, ", ") + "]\n")
	}
	return b.String()
}

// maker makes a world.
type maker struct {
	*rand.Rand
	d        describedWorld
	panels   []*panel
	projects []project
	told     []string
}

func (m *maker) note(what string, about ...any) {
	m.told = append(m.told, "world: "+fmt.Sprintf(what, about...))
}

// chance is true once in n times.
func (m *maker) chance(n int) bool { return m.IntN(n) == 0 }

func of[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// The people who belong to no committee by the making of the world.
var bystanders = []string{"nell-newcomer", "tom-talker", "otis-outsider", "mira-maintainer", "owen-owner"}

// land makes a foundation, one to three projects, and everything in between.
func (m *maker) land() land {
	m.d = describedWorld{files: map[string]string{}}
	m.d.Orgs, m.d.Repos = map[string]worldOrg{}, map[string]worldRepo{}
	m.d.Install.Source, m.d.Install.Rooms = map[string][]string{}, map[string][]string{}
	m.d.People = slices.Clone(bystanders)

	foundation := m.panel("foundation", "foundation-conduct", coc.LevelFoundation)
	foundation.listed, foundation.minimum = true, coc.Minimum{Clear: 1, WithoutHardConflict: 2}
	directory := "version: 1\ncommittees:\n" + m.entry(foundation, "")
	if m.chance(2) {
		harbor := m.panel("harbor", "harbor-conduct", coc.LevelFoundation)
		harbor.listed = true
		directory += m.entry(harbor, "foundation")
	}
	for _, name := range []string{"river", "lake", "meadow"}[:1+m.IntN(3)] {
		m.project(name)
	}
	m.d.directory = directory + "fallback: foundation\n"
	for _, p := range m.panels {
		m.d.People = append(m.d.People, p.pool...)
	}
	return land{describedWorld: m.d}
}

func (m *maker) entry(p *panel, next string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s:\n    name: %s Committee\n    level: foundation\n    incidents: %s\n    contact: conduct@%s.example\n", p.name, p.name, p.room, p.name)
	if next != "" {
		b.WriteString("    escalate_to: " + next + "\n")
	}
	if p.minimum.Clear > 0 {
		fmt.Fprintf(&b, "    minimum: {clear: %d, without_hard_conflict: %d}\n", p.minimum.Clear, p.minimum.WithoutHardConflict)
	}
	return b.String() + p.people("    ")
}

// panel makes a committee with its organisation and its room.
func (m *maker) panel(name, org string, level coc.Level) *panel {
	p := &panel{name: name, org: org, room: org + "/cases", level: level}
	for i := range 6 {
		p.pool = append(p.pool, []string{"ana-", "ben-", "cleo-", "dan-", "eve-", "finn-"}[i]+name)
	}
	seats := slices.Clone(p.pool[:3+m.IntN(3)])
	if len(m.panels) > 0 && m.chance(4) {
		// Somebody sits on two committees.
		seats[0] = m.panels[0].pool[m.IntN(3)]
	}
	if p.team = m.chance(4) && (len(m.panels) > 0 || m.chance(2)); p.team {
		switch p.council = seats[1:]; m.IntN(5) {
		case 0: // nobody, or only in the team below
			p.council = nil
			if m.chance(2) {
				p.nested = seats[1:]
			}
		case 1:
			p.nested = seats[:1]
		}
	} else {
		employers := []string{"", "", "Boats", "Piers"}
		for i, l := range seats {
			member := coc.Member{Login: coc.Login(l), Employer: of(m.Rand, employers)}
			switch {
			case i == 0:
				member.Role = coc.MemberChair
			case i == len(seats)-1 && len(seats) > 3 && m.chance(2):
				member.Role = coc.MemberAlternate
			}
			p.members = append(p.members, member)
		}
	}
	m.house(p, seats)
	m.panels = append(m.panels, p)
	m.note("%s: %+v", p.name, *p)
	return p
}

// house makes the organisation of a committee and its room: mostly well, and
// with everything that goes wrong. Of the foundation, which comes after all
// others, it goes wrong less often.
func (m *maker) house(p *panel, seats []string) {
	wrong := func(n int) bool { return m.chance(n) && (len(m.panels) > 0 || m.chance(6)) }
	o := m.d.Orgs[p.org]
	room := worldRepo{Visibility: "private", Collaborators: map[string]string{}}
	members := func(logins []string) {
		o.Members = append(o.Members, slices.DeleteFunc(slices.Clone(logins), func(l string) bool { return slices.Contains(o.Owners, l) })...)
		for _, l := range logins {
			if !m.chance(12) {
				room.Collaborators[l] = "triage"
			}
		}
	}
	switch kind := m.IntN(7); {
	case len(o.Owners) > 0: // it is a project's
		members(seats)
		p.custodians = slices.Clone(o.Owners)
	case wrong(16):
		o.Owners = []string{"mira-maintainer"} // who is nobody there
		members(seats)
	case kind < 2:
		o.Owners = seats
	case kind == 2:
		o.Owners = seats[:1]
		members(seats[1:])
	default:
		o.Owners = []string{"owen-owner"}
		p.custodians = []string{"owen-owner"}
		members(seats)
	}
	if p.team {
		o.Teams = map[string][]string{"council": p.council}
		room.Teams = map[string]string{"council": "write"}
		room.Collaborators = nil
	}
	o.Base = "none"
	if wrong(14) {
		o.Base = "read"
	}
	if wrong(16) {
		o.Members = append(o.Members, "tom-talker")
	}
	if wrong(16) {
		if room.Collaborators == nil {
			room.Collaborators = map[string]string{}
		}
		room.Collaborators["otis-outsider"] = "read"
	}
	if wrong(8) {
		switch m.IntN(5) {
		case 0, 1:
			room.Visibility = "public"
		case 2:
			room.Visibility = "internal"
		case 3:
			room.Archived = true
		case 4:
			room.NoIssues = true
		}
	}
	slices.Sort(o.Members)
	o.Members = slices.Compact(o.Members)
	m.d.Orgs[p.org], m.d.Repos[p.room] = o, room
	if m.chance(3) {
		m.d.Install.Rooms[p.org] = []string{"cases"}
	} else {
		m.d.Install.Rooms[p.org] = nil
		m.d.Install.Administer = append(m.d.Install.Administer, p.org)
	}
	m.note("%s: owners %v, members %v, base %s, room %+v, administer %v", p.org, o.Owners, o.Members, o.Base, room, slices.Contains(m.d.Install.Administer, p.org))
}

const brokenPointer = "version: 1\ncommittee: [\n"

// project makes a project with a way to a committee, or none.
func (m *maker) project(name string) {
	org := name + "-project"
	p := project{repo: org + "/" + name, maintainer: "mira-maintainer", at: org + "/" + name}
	m.d.Orgs[org] = worldOrg{Owners: []string{p.maintainer}, Members: []string{"tom-talker"}, Base: "none"}
	m.d.Repos[p.repo] = worldRepo{Visibility: "public", Labels: []string{"code-of-conduct"}}
	m.d.Install.Source[org] = nil

	own := func(holder string) *panel {
		c := m.panel(name, holder, of(m.Rand, []coc.Level{coc.LevelProject, coc.LevelGovernance}))
		c.file, c.accepts = true, org+"/*"
		if m.chance(6) {
			c.separate = "never"
		} else if m.chance(2) {
			c.separate = "always"
			if owners := m.d.Orgs[holder].Owners; !m.chance(4) && !c.team {
				c.custodians = slices.Clone(owners) // as it needs
			}
		}
		return c
	}
	declare := func(c *panel) {
		p.pointer = fmt.Sprintf("version: 1\ncommittee:\n  name: %s Committee\n  level: %s\n  incidents: %s\n  contact: conduct@%s.example\n", name, c.level, c.room, name)
		if !c.file && c.team {
			p.pointer += "  team: " + c.org + "/council\n"
		} else if !c.file {
			p.pointer += "  members: [" + strings.Join(loginsOf(c.members), ", ") + "]\n"
			for i := range c.members {
				c.members[i].Role, c.members[i].Employer = "", ""
			}
			c.custodians = nil
		}
		p.pointer += "escalate_to: foundation\n"
	}
	switch kind := m.IntN(12); {
	case kind < 5:
		declare(own(name + "-conduct"))
	case kind < 7: // of the same organisation
		declare(own(org))
	case kind == 7: // the organisation's
		p.at = org + "/.github"
		m.d.Repos[p.at] = worldRepo{Visibility: "public"}
		declare(own(name + "-conduct"))
	case kind == 8: // whom the project's own file lists
		c := own(org)
		c.file = false
		declare(c)
	case kind == 9:
		listed := slices.DeleteFunc(slices.Clone(m.panels), func(c *panel) bool { return !c.listed })
		p.pointer = "version: 1\ncommittee: " + of(m.Rand, listed).name + "\n"
	case kind == 10:
		p.pointer = brokenPointer
	}
	if c := m.panels[len(m.panels)-1]; c.file && c.name == name {
		if m.chance(16) {
			c.accepts = "other-project/*"
		}
		c.broken = m.chance(16)
		m.d.files[c.room+"/"+policy.CommitteePath] = c.text()
	}
	if p.pointer != "" && p.pointer != brokenPointer && m.chance(2) {
		p.pointer += "public_command: capture\n"
	}
	if p.pointer != "" {
		m.d.files[p.at+"/"+policy.PointerPaths[0]] = p.pointer
	}
	m.projects = append(m.projects, p)
	m.note("%s in %s: %q", p.repo, p.at, p.pointer)
}

func loginsOf(members []coc.Member) (out []string) {
	for _, m := range members {
		out = append(out, string(m.Login))
	}
	return out
}
