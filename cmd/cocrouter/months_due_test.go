package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// leeway is between what somebody does and when the machine has done it, slow as it may
// be. The shortest time that is promised is a day.
const leeway = 10 * time.Minute

// What is due, in the words of an issue.
const (
	owesTarget   = "a first answer to the reporter, if you can,"
	owesAnswer   = "a first answer to the reporter at the latest"
	owesScreen   = "jurisdiction, conflicts and severity settled"
	owesUpdate   = "the next word to the reporter"
	owesOutcome  = "an outcome"
	owesDecision = "a decision, or a word to the committee above,"
	owesMediated = "the end of the mediation"
	owesCarried  = "what was decided carried out, or its remedies recorded,"
	owesRemedy   = "a remedy carried out"
	owesLook     = "a remedy looked at again"
	owesClose    = "the case closed, or what is left to do recorded,"
)

// promised is what is due in a case and when: DOMAIN.md's timers once more, from what
// its members did and when.
func (w *worked) promised(status string, created time.Time) map[string][]time.Time {
	due := map[string][]time.Time{}
	update, outcome := w.told.AddDate(0, 0, 7), w.outcomeFrom.AddDate(0, 0, 14)
	switch status {
	case "received", "reopened", "appealed":
		due[owesTarget] = []time.Time{created.Add(24 * time.Hour)}
		due[owesAnswer] = []time.Time{afterWorkdays(created, 3)}
	case "acknowledged", "screening":
		due[owesScreen] = []time.Time{afterWorkdays(w.acked, 2)}
		due[owesUpdate], due[owesOutcome] = []time.Time{update}, []time.Time{outcome}
	case "investigating":
		due[owesUpdate], due[owesOutcome] = []time.Time{update}, []time.Time{outcome}
	case "mediation": // a final decision waits
		due[owesMediated], due[owesUpdate] = []time.Time{w.since.AddDate(0, 0, 14)}, []time.Time{update}
	case "deciding":
		due[owesDecision] = []time.Time{w.since.AddDate(0, 0, 7)}
		due[owesUpdate], due[owesOutcome] = []time.Time{update}, []time.Time{outcome}
	case "resolved":
		due[owesCarried] = []time.Time{w.since.AddDate(0, 0, 7)}
	case "follow-up":
		if w.undone {
			due[owesRemedy] = []time.Time{w.until}
		}
		if due[owesLook] = w.looks; !w.undone && len(w.looks) == 0 {
			due[owesClose] = []time.Time{w.seen.AddDate(0, 0, 7)}
		}
	}
	return due
}

// remembers when the present status of a case began: as somebody spoke last, or with
// its issue.
func (w *worked) remembers(status string, created time.Time) {
	if status == w.status {
		return
	}
	w.status, w.since = status, created
	if !w.spoke.IsZero() {
		w.since = w.spoke
	}
}

// asks is what members write down of an outcome: an apology in five days, which is
// looked at after one week and after two, and on the return of whoever is suspended
// until back after one month and after three.
func (w *worked) asks(now, back time.Time) string {
	day := now.UTC().AddDate(0, 0, 5)
	w.until = time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, time.UTC)
	w.undone, w.looks = true, []time.Time{w.until.AddDate(0, 0, 7), w.until.AddDate(0, 0, 14)}
	if !back.IsZero() {
		w.looks = append(w.looks, monthsAfter(back, 1), monthsAfter(back, 3))
	}
	return "/coc remedy They write an apology. until " + day.Format(time.DateOnly)
}

// monthsAfter is the same day of a later month, or the last of one that is too short.
func monthsAfter(from time.Time, n int) time.Time {
	first := time.Date(from.Year(), from.Month()+time.Month(n), 1, from.Hour(), from.Minute(), from.Second(), 0, from.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(from.Day(), last)-1)
}

// looked is one look, which serves all that were due.
func (w *worked) looked(now time.Time) {
	w.looks = slices.DeleteFunc(w.looks, func(at time.Time) bool { return !at.After(now) })
	w.seen = now
}

var dueLine = regexp.MustCompile(`(?m)^- \*\*(Due|Overdue)\*\*: (.+?) by (\w+ \d+ \w+ \d{4}, \d\d:\d\d) UTC$`)

// dues holds what an issue shows as due against what was promised: the kinds, of each the
// first that is late and the next one, and when they are due. For what was only hoped for
// no issue is drawn anew once it is over.
func (m *months) dues(where string, w *worked, status string, i githubsim.IssueView) {
	now, want := m.now(), w.promised(status, i.Created)
	for _, line := range dueLine.FindAllStringSubmatch(i.Body, -1) {
		label, what := line[1], line[2]
		at, err := time.Parse("Monday 2 January 2006, 15:04", line[3])
		if err != nil {
			m.t.Errorf("%s: %s", where, err)
			continue
		}
		k := slices.IndexFunc(want[what], func(t time.Time) bool { return t.Sub(at).Abs() <= leeway })
		switch {
		case k < 0:
			m.t.Errorf("%s at %s: it says that %s is due by %s; promised is %v", where, now, what, at, want)
		case label == "Overdue" && now.Before(want[what][k].Add(-leeway)), label == "Due" && what != owesTarget && m.wasDone(want[what][k]):
			m.t.Errorf("%s at %s: %s by %s is shown as %s", where, now, what, at, label)
		}
	}
	for what, all := range want {
		late, next := false, false
		for _, at := range all {
			late, next = late || m.wasDone(at), next || now.Before(at.Add(-leeway))
			if m.judged[what]++; now.After(at.Add(leeway)) {
				m.lates[what]++
				if what != owesTarget && !slices.Contains(labelNames(i), coc.FlagOverdue.Label()) {
					m.t.Errorf("%s at %s: %s was promised by %s, and no label shows that it is late", where, now, what, at)
				}
			}
		}
		if late && what != owesTarget && !strings.Contains(i.Body, "- **Overdue**: "+what+" by ") {
			m.t.Errorf("%s at %s: nothing shows that %s is late, of %v\n%s", where, now, what, all, i.Body)
		}
		if next && !strings.Contains(i.Body, "- **Due**: "+what+" by ") {
			m.t.Errorf("%s at %s: nothing shows that %s is due, of %v\n%s", where, now, what, all, i.Body)
		}
	}
	m.first(where, status, i)
	m.consent(where, w, i)
	m.appealed(where, i)
	if status == "deciding" && !strings.Contains(i.Body, "It is carried") && now.After(w.since.AddDate(0, 0, 7).Add(leeway)) && !m.atTheTop(w) {
		m.t.Errorf("%s at %s: they have not agreed since %s, and it is still here", where, now, w.since)
	}
}

// wasDone reports whether something that was to be done at a time has been, if it waits
// for a working day: the clock is put forward, and nothing runs in between. A label shows
// at once that something is late, and an issue tells of what else is as people are
// reminded of it.
func (m *months) wasDone(at time.Time) bool {
	for weekend(at) {
		at = at.Add(24 * time.Hour)
	}
	return m.now().After(at.Add(leeway)) && !weekend(m.now())
}

// first holds what is done for a first answer: it is reminded of once its target is over,
// and the alternate is asked once it is late, each on a working day.
func (m *months) first(where, status string, i githubsim.IssueView) {
	if status != "received" && status != "appealed" {
		return
	}
	said := func(words string) bool {
		return slices.ContainsFunc(comments(i), func(c githubsim.CommentView) bool {
			return strings.HasSuffix(c.Author, "[bot]") && strings.Contains(c.Body, words)
		})
	}
	target, breach := i.Created.Add(24*time.Hour), afterWorkdays(i.Created, 3)
	if now := m.now(); m.wasDone(target) && now.Before(breach) {
		if m.judged["hoped for"]++; !said("A first answer to the reporter was hoped for by") {
			m.t.Errorf("%s at %s: nobody was reminded that an answer was hoped for", where, now)
		}
	} else if m.wasDone(breach) {
		if m.judged["alternates"]++; !said("@dan-") {
			m.t.Errorf("%s at %s: the alternate was not asked", where, now)
		}
	}
}

// consent: a majority agrees, and nobody objects for 24 hours from when it was proposed,
// no sooner and no later.
func (m *months) consent(where string, w *worked, i githubsim.IssueView) {
	if m.bodies[w.room].temper != silent || w.status != "deciding" {
		return
	}
	over, carried := w.since.Add(24*time.Hour), strings.Contains(i.Body, "It is carried")
	if now := m.now(); carried && now.Before(over.Add(-leeway)) || !carried && now.After(over.Add(leeway)) {
		m.t.Errorf("%s at %s: two of three agreed at %s, and it is carried: %v\n%s", where, now, w.since, carried, i.Body)
	}
	m.judged[fmt.Sprintf("consent %v", carried)]++
}

// appealed: within thirty days of what was decided, or later.
func (m *months) appealed(where string, i githubsim.IssueView) {
	for name, late := range m.appeals {
		if !strings.Contains(i.Body, "**Appealed**: ") || !strings.Contains(i.Body, "of what "+name+" Committee decided") {
			continue
		}
		if shown := strings.Contains(i.Body, "later than that committee allows"); shown != late {
			m.t.Errorf("%s: it was appealed too late %v, and shown is %v", where, late, shown)
		}
		m.judged[fmt.Sprintf("appeal %v", late)]++
	}
}

// appealsAtOnce reports whether somebody appeals what a committee has just decided: the
// first time, of a committee that is prompt.
func (m *months) appealsAtOnce(b *council, w *worked) bool {
	if _, done := m.appeals[b.name]; done || b.temper != prompt || m.atTheTop(w) {
		return false
	}
	m.appeals[b.name] = false
	return true
}

// somebodyAppeals, too late, what a committee that is slow has decided.
func (m *months) somebodyAppeals() {
	for room, b := range m.bodies {
		if _, done := m.appeals[b.name]; done || b.temper != slow {
			continue
		}
		closed, err := m.ViewIssues(b.members[0], room, "closed", false)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, i := range closed {
			w := m.issues[fmt.Sprintf("%s#%d", room, i.Number)]
			if w == nil || w.decided.IsZero() || statusOf(i) != "closed" || m.now().Before(w.decided.AddDate(0, 0, 31)) {
				continue
			}
			if _, err := m.Comment(b.members[0], room, i.Number, "/coc appeal unfair"); err != nil {
				m.t.Fatal(err)
			}
			m.appeals[b.name] = true
			break
		}
	}
}

// atTheTop reports whether no committee is above.
func (m *months) atTheTop(w *worked) bool {
	return m.bodies[w.room].name == "summit" || m.bodies[w.room].name == "foundation"
}

var saysDay = regexp.MustCompile(`\d+ [A-Z][a-z]+ 20\d\d`)

// receipt holds one reporter's page to what is never promised by itself: no day to come.
func (m *months) receipt(n int) {
	if len(m.receipts) == 0 {
		return
	}
	page, err := m.play.browse(m.t.Context(), http.MethodPost, m.play.address+"/receipt", url.Values{"receipt": {m.receipts[n%len(m.receipts)]}})
	if err != nil {
		m.t.Fatal(err)
	}
	day := func(in int) string { return m.now().UTC().AddDate(0, 0, in).Format("2 January 2006") }
	text := pageText(page)
	for in := 1; in <= 100; in++ {
		if strings.Contains(" "+text, " "+day(in)) {
			m.t.Errorf("a receipt promises %s: %s", day(in), text)
		}
	}
	if !saysDay.MatchString(text) {
		m.t.Errorf("a receipt tells no day at all: %s", text)
	}
}
