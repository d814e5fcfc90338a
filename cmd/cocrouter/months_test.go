package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// TestMonthsOfCases lets committees of every temper work their cases for months,
// through the real wiring and with the clock put forward, as people do who look at
// their issues a few times a day. Whatever a committee has promised is held, or the
// issue shows that it was not: DOMAIN.md's times are counted here once more, by hand.
//
// COCROUTER_TEST_MONTHS is how many cases there are, 7 for seven committees if it is
// not set; with 100 and more there are twenty-one committees.
func TestMonthsOfCases(t *testing.T) {
	t.Parallel()
	cases := int(conflicttest.Number(t, "COCROUTER_TEST_MONTHS", 7, 7))
	committees, arriving, after, rare := int(tempers), 7, 43, 25 // in steps of half a day, and then of five
	if cases >= 100 {
		committees, arriving = 3*int(tempers), 120
	}
	m := newMonths(t, committees)
	filed := 0
	for step := 0; step < arriving+after+rare && !t.Failed(); step++ {
		between := 12 * time.Hour
		if step >= arriving+after {
			between = 5 * 24 * time.Hour
		}
		for ; filed < min(cases, 1+step*cases/arriving); filed++ {
			m.report(filed)
		}
		m.peopleLook()
		m.somebodyAppeals()
		m.rest()
		m.advance(between)
		m.rest()
		m.check()
		m.receipt(step)
	}
	m.over(cases)
}

// temper is how a committee works.
type temper int

const (
	prompt    temper = iota
	slow             // answers after its promise, and before the case moves
	gone             // answers nobody
	undecided        // proposes, and then nobody votes
	dawdling         // does everything once it is late
	mediating        // lets the parties talk for as long as they may, and suspends somebody then
	silent           // has a member who does not vote
	tempers
)

// council is a committee of these months.
type council struct {
	name, room string
	temper     temper
	members    []string
}

// months is the town and what is known of its cases.
type months struct {
	*telling
	r        *rand.Rand
	bodies   map[string]*council // by room
	rooms    []string
	projects []string
	issues   map[string]*worked
	writes   atomic.Int64
	lates    map[string]int  // what was late, and shown
	judged   map[string]int  // of what it was asked whether it was
	appeals  map[string]bool // by committee: whether somebody appealed too late
	reminds  int
}

// worked is an issue as those who work it remember it.
type worked struct {
	room        string
	number      int
	said        map[string]bool
	status      string
	since       time.Time // when it came to that
	spoke       time.Time // when somebody commanded something last
	acked       time.Time
	told        time.Time // when the reporter was last written to
	updates     int
	decided     time.Time
	back        time.Time // whoever is suspended
	until       time.Time // a remedy
	remedy      int
	undone      bool
	looks       []time.Time
	seen        time.Time // when somebody looked last
	outcomeFrom time.Time // when an outcome began to be owed
	spoken      bool      // somebody commanded something since the last look
	heard       int       // comments of the App
	remindedAt  string    // the day of the last reminder
}

func newMonths(t *testing.T, committees int) *months {
	m := &months{r: rand.New(rand.NewPCG(5, 5)), bodies: map[string]*council{}, issues: map[string]*worked{}, lates: map[string]int{}, judged: map[string]int{}, appeals: map[string]bool{}}
	d := describedWorld{files: map[string]string{}}
	d.Orgs, d.Repos = map[string]worldOrg{}, map[string]worldRepo{}
	d.Install.Source, d.Install.Rooms = map[string][]string{}, map[string][]string{}
	d.People = []string{"mira-maintainer", "tom-talker"}
	house := func(name string, how temper) *council {
		b := &council{name: name, room: name + "-conduct/cases", temper: how}
		for _, who := range []string{"ana-", "ben-", "cleo-", "dan-"} {
			b.members = append(b.members, who+name)
		}
		d.Orgs[name+"-conduct"] = worldOrg{Owners: b.members, Base: "none"}
		d.Repos[b.room] = worldRepo{Visibility: "private"}
		d.Install.Rooms[name+"-conduct"] = nil
		m.bodies[b.room] = b
		return b
	}
	people := func(b *council, indent string) string {
		var text strings.Builder
		text.WriteString(indent + "members:\n")
		for i, l := range b.members {
			role := coc.MemberMember
			if i == len(b.members)-1 {
				role = coc.MemberAlternate
			}
			fmt.Fprintf(&text, "%s  - {login: %s, role: %s}\n", indent, l, role)
		}
		return text.String()
	}
	d.directory = "version: 1\ncommittees:\n"
	for _, name := range []string{"foundation", "summit"} {
		b := house(name, prompt)
		next := "    escalate_to: summit\n"
		if name == "summit" {
			next = ""
		}
		d.directory += fmt.Sprintf("  %s:\n    name: %s Committee\n    level: foundation\n    incidents: %s\n    contact: conduct@%s.example\n%s%s",
			name, name, b.room, name, next, people(b, "    "))
	}
	d.directory += "fallback: foundation\n"
	for i := range committees {
		name := fmt.Sprintf("p%02d", i)
		b := house(name, temper(i)%tempers)
		org := name + "-project"
		d.Orgs[org] = worldOrg{Owners: []string{"mira-maintainer"}, Base: "none"}
		d.Repos[org+"/code"] = worldRepo{Visibility: "public"}
		d.Install.Source[org] = nil
		m.projects = append(m.projects, org+"/code")
		d.files[org+"/code/"+policy.PointerPaths[0]] = fmt.Sprintf(
			"version: 1\ncommittee:\n  name: %s Committee\n  level: project\n  incidents: %s\n  contact: conduct@%s.example\nescalate_to: foundation\n", name, b.room, name)
		d.files[b.room+"/"+policy.CommitteePath] = "version: 1\naccepts: [" + org + "/*]\nescalate_to: foundation\n" + people(b, "")
	}
	for room, b := range m.bodies {
		d.People = append(d.People, b.members...)
		m.rooms = append(m.rooms, room)
	}
	slices.Sort(m.rooms)
	m.telling = newTelling(t, land{describedWorld: d})
	m.Observe(func(e githubsim.Exchange) {
		if e.Auth == "installation" && e.Method != http.MethodGet {
			m.writes.Add(1)
		}
	})
	return m
}

// report files one about some project, of whom the talker is accused.
func (m *months) report(n int) {
	about := m.projects[n%len(m.projects)]
	if err := fill(m.telling, report{About: about, Account: "It was heliotrope.", Who: map[string]string{"tom-talker": "accused"}}); err != nil {
		m.t.Fatal(err)
	}
}

// each calls f with every open issue of every committee.
func (m *months) each(f func(*council, *worked, githubsim.IssueView)) {
	for _, room := range m.rooms {
		b := m.bodies[room]
		open, err := m.ViewIssues(b.members[0], room, "open", false)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, i := range open {
			key := fmt.Sprintf("%s#%d", room, i.Number)
			w := m.issues[key]
			if w == nil {
				w = &worked{room: room, number: i.Number, said: map[string]bool{}}
				m.issues[key] = w
			}
			whole, err := m.ViewIssue(b.members[0], room, i.Number)
			if err != nil {
				m.t.Fatal(err)
			}
			f(b, w, whole)
		}
	}
}

// peopleLook is the members of all committees looking at their issues, and doing
// what is next.
func (m *months) peopleLook() {
	m.each(func(b *council, w *worked, i githubsim.IssueView) {
		now, status := m.now(), statusOf(i)
		say := func(member int, words string) {
			w.spoken, w.spoke = true, now
			if _, err := m.Comment(b.members[member], w.room, w.number, words); err != nil {
				m.t.Fatal(err)
			}
		}
		once := func(what string, do func()) bool {
			if w.said[what] {
				return false
			}
			w.said[what] = true
			do()
			return true
		}
		if isNotice(i) {
			if b.temper != gone {
				once("noted", func() { say(0, "/coc ack\n/coc close") })
			}
			return
		}
		switch status {
		case "received", "reopened", "appealed":
			due := afterWorkdays(i.Created, 3)
			if b.temper == gone || b.temper == slow && now.Before(due.Add(20*time.Hour)) {
				return
			}
			say(0, "/coc ack\n/coc clear\n/coc claim")
			say(1, "/coc clear")
			say(2, "/coc clear")
			w.acked, w.told, w.outcomeFrom = now, now, now
		case "acknowledged":
			if b.temper != dawdling || now.After(afterWorkdays(w.acked, 2).Add(leeway)) {
				say(0, "/coc screen\n/coc severity medium")
			}
		case "screening":
			say(0, "/coc investigate")
		case "investigating":
			switch {
			case b.temper == mediating && once("mediated", func() { say(0, "/coc mediate Both of them have agreed by mail.") }):
			case now.Before(w.acked.Add(4 * 24 * time.Hour)), b.temper == dawdling && now.Before(w.outcomeFrom.AddDate(0, 0, 14).Add(leeway)):
			case b.temper == mediating:
				day := now.UTC().AddDate(0, 0, 7)
				w.back = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
				say(1, "/coc accused notified\n/coc propose suspension until "+day.Format(time.DateOnly)+" A week.")
			default:
				say(1, "/coc accused notified\n/coc propose warning Talk to them.")
				if b.temper == silent {
					m.rest()
					say(0, "/coc agree")
				}
			}
		case "mediation":
			if now.After(w.since.AddDate(0, 0, 14).Add(leeway)) {
				say(0, "/coc mediate ended They found no way.")
				w.outcomeFrom = now
			}
		case "deciding":
			switch {
			case b.temper == undecided:
			case b.temper == silent:
				if now.After(w.since.Add(24*time.Hour + leeway)) {
					say(0, "/coc resolve")
				}
			case !once("agreed", func() { say(0, "/coc agree"); say(2, "/coc agree") }):
				say(0, "/coc resolve")
			}
		case "resolved":
			if w.decided = w.since; m.appealsAtOnce(b, w) {
				say(0, "/coc appeal unfair")
			} else if b.temper != dawdling || now.After(w.since.AddDate(0, 0, 7).Add(leeway)) {
				w.remedy = 1 + strings.Count(i.Body, "They write an apology") // an appeal has what was asked for before
				say(0, w.asks(now, w.back))
			}
		case "follow-up":
			switch {
			case w.undone && now.After(w.until.Add(leeway)):
				say(0, fmt.Sprintf("/coc remedy done %d They did.", w.remedy))
				w.undone = false
			case !w.undone && len(w.looks) == 0:
				if b.temper != dawdling || now.After(w.seen.AddDate(0, 0, 7).Add(leeway)) {
					say(0, "/coc close")
				}
			case !w.undone && now.After(w.looks[0].Add(leeway)):
				say(0, fmt.Sprintf("/coc remedy checked %d All is calm.", w.remedy))
				w.looked(now)
			}
		}
		if !w.told.IsZero() && now.After(w.told.Add(6*24*time.Hour)) && status != "resolved" && status != "follow-up" && b.temper != undecided {
			w.updates++
			say(0, fmt.Sprintf("/coc update We are still at it, for the %d. time.", w.updates))
			w.told = now
		}
	})
}

// check holds every open case against what its committee promised.
func (m *months) check() {
	const grace = time.Minute // between a decision and its issue
	m.each(func(b *council, w *worked, i githubsim.IssueView) {
		now, status, labels := m.now(), statusOf(i), labelNames(i)
		where := fmt.Sprintf("%s#%d (%s, filed %s)", w.room, w.number, status, i.Created.Format(time.DateTime))
		overdue := slices.Contains(labels, coc.FlagOverdue.Label())
		if status == "" {
			m.t.Errorf("%s has the labels %q", where, labels)
		}
		if isNotice(i) {
			return
		}
		if shown := strings.Contains(i.Body, "**Overdue**"); shown != overdue {
			m.t.Errorf("%s at %s: the body shows something overdue %v, the labels %v\n%s", where, now, shown, overdue, i.Body)
		}
		switch status {
		case "received", "reopened", "appealed":
			breach := afterWorkdays(i.Created, 3)
			// What is filed at a midnight before a free day is placed on one, perhaps.
			if latest := afterWorkdays(i.Created.Add(grace), 5); b.name != "summit" && now.After(afterWorkdays(breach, 2).Add(grace)) && now.After(latest) {
				m.t.Errorf("%s: nobody has answered by %s, and it is still here", where, now)
			}
		}
		w.remembers(status, i.Created)
		m.dues(where, w, status, i)
		m.reminders(where, w, i)
	})
}

// reminders: at most one a day, and none on a Saturday or a Sunday. What the App
// writes where nobody has commanded anything is one, unless it tells what time has done.
func (m *months) reminders(where string, w *worked, i githubsim.IssueView) {
	var said []githubsim.CommentView
	for _, c := range comments(i) {
		if strings.HasSuffix(c.Author, "[bot]") {
			said = append(said, c)
		}
	}
	fresh := said[w.heard:]
	w.heard = len(said)
	if w.spoken {
		w.spoken = false
		return
	}
	for _, c := range fresh {
		if strings.Contains(c.Body, "**Proposal 1 is carried.") {
			continue
		}
		m.reminds++
		day := c.Created.UTC().Format(time.DateOnly)
		if day == w.remindedAt {
			m.t.Errorf("%s was reminded twice on %s", where, day)
		}
		if weekend(c.Created) {
			m.t.Errorf("%s was reminded on %s, a %s", where, day, c.Created.UTC().Weekday())
		}
		w.remindedAt = day
	}
}

// over: every report came somewhere, nothing has been given up, and what was done
// about all of them is told.
func (m *months) over(cases int) {
	if m.t.Failed() {
		return
	}
	ends := map[string]int{}
	for _, room := range m.rooms {
		all, err := m.ViewIssues(m.bodies[room].members[0], room, "all", false)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, i := range all {
			if !isNotice(i) {
				ends[statusOf(i)]++
			}
		}
	}
	if all := ends["closed"]; all != cases {
		m.t.Errorf("of %d cases %d are closed after months: %v", cases, all, ends)
	}
	for _, what := range []string{owesAnswer, owesScreen, owesUpdate, owesOutcome, owesMediated, owesCarried, owesRemedy, owesLook, owesClose} {
		if m.lates[what] == 0 {
			m.t.Errorf("nobody was ever late with %s", what)
		}
	}
	for _, what := range []string{owesTarget, owesDecision, "hoped for", "alternates", "consent false", "consent true", "appeal false", "appeal true"} {
		if m.judged[what] == 0 {
			m.t.Errorf("nothing was ever asked of %s", what)
		}
	}
	if m.reminds == 0 || ends["transferred"] == 0 {
		m.t.Errorf("%d reminders, %v", m.reminds, ends)
	}
	m.t.Logf("%d cases, %d committees: %.1f writes a case, %.1f reminders a case; ends %v; looked at while late %v",
		cases, len(m.bodies)-2, float64(m.writes.Load())/float64(cases), float64(m.reminds)/float64(cases), ends, m.lates)
}

func statusOf(i githubsim.IssueView) string {
	var found []string
	for _, l := range labelNames(i) {
		if s, ok := strings.CutPrefix(l, "status/"); ok {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

func labelNames(i githubsim.IssueView) []string {
	out := make([]string, len(i.Labels))
	for n, l := range i.Labels {
		out[n] = l.Name
	}
	return out
}

// isNotice reports whether the issue tells of a case that others have.
func isNotice(i githubsim.IssueView) bool { return strings.Contains(i.Body, "a notice of a case") }

// afterWorkdays counts days from Monday to Friday, by UTC.
func afterWorkdays(from time.Time, days int) time.Time {
	at := from.UTC()
	for weekend(at) {
		at = at.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	for days > 0 {
		if at = at.Add(24 * time.Hour); !weekend(at) {
			days--
		}
	}
	return at
}

func weekend(at time.Time) bool {
	d := at.UTC().Weekday()
	return d == time.Saturday || d == time.Sunday
}
