package notice

import (
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// Shown is a case as its issue shows it.
type Shown struct {
	Title string  // the code name of the placement and nothing else
	Body  Private // between our two markers; see Splice
	// More is the rest of a report that is too long for the body, each part
	// to be posted once as a comment when the issue is opened.
	More []Private
}

// Case is what an issue shows where nobody can sign in; see Pages.Case.
func Case(c coc.Case, placement int, now time.Time) Shown { return Pages("").Case(c, placement, now) }

// Case renders what the issue of one placement shows at this moment. A
// placement that the case has left shows only that it moved. A placement that
// the case does not have shows nothing.
func (on Pages) Case(c coc.Case, placement int, now time.Time) Shown {
	if placement < 0 || placement >= len(c.Placements) {
		return Shown{}
	}
	p := c.Placements[placement]
	if placement < len(c.Placements)-1 {
		return Shown{Title: p.CodeName, Body: moved(c.ID, placement)}
	}
	if c.Notice != nil {
		return noticed(c, placement, nil)
	}
	parts := split(c, placement)
	way := traced(c)
	top := beginMark + "\n" + standing(c, p, now)
	l := letter{
		head:   top + workable(c.Stage) + conflicts(c, p) + reported(c, p, len(parts)),
		quoted: parts[0],
		tail:   way + readable(p, maxTrace-len(way)) + "\n" + IssueMarker(c.ID, placement) + "\n" + endMark,
	}
	room := Limit - len(l.head) - len(l.quoted) - len(l.tail)
	ballot := proposed(c, p, room)
	l.head = top + ballot + on.dashboard(c, now, min(room-len(ballot), maxDashboard)) + l.head[len(top):]
	l = shorten(l, Limit, func(s string) int { return len(s) })
	shown := Shown{Title: p.CodeName, Body: enclosed(l)}
	for i, part := range parts[1:] {
		shown.More = append(shown.More, continued(part, i+2, len(parts)))
	}
	return shown
}

// moved is what a former room shows. Nothing that happened afterwards, and
// nothing about why or where, may be learned from it.
func moved(id coc.CaseID, placement int) Private {
	return enclosed(letter{head: beginMark + `
**This case moved to another committee.** It is no longer worked on here: please add nothing to this issue, and do not talk about it elsewhere.

What stood here before can still be read in this issue's edit history by everybody who can read this repository.
`, tail: "\n" + IssueMarker(id, placement) + "\n" + endMark})
}

// standing is how the case stands: what a member wants to know first.
func standing(c coc.Case, p coc.Placement, now time.Time) string {
	var b strings.Builder
	b.WriteString("- **Stage**: " + stageLine(c) + "\n")
	b.WriteString("- **Who has it**: " + holder(c) + "\n")
	b.WriteString("- **Committee**: " + plainly(clipped(p.Committee.Name, 80)) + "\n")
	why := appealed(c)
	b.WriteString(why)
	if c.Notice == nil {
		b.WriteString(duties(c, p.Committee.Timezone, now))
	}
	b.WriteString(owed(c, maxOwed-len(why)))
	return b.String()
}

func stageLine(c coc.Case) string {
	means := stageMeans[c.Stage]
	if c.Notice != nil {
		return codeSpan(string(c.Stage)) + " (a notice of a case that another committee has)"
	}
	if c.Stage == coc.StageAcknowledged && c.Report.Reporter == "" {
		means = "a member has taken it up, which the reporter sees with the receipt"
	}
	line := codeSpan(string(c.Stage)) + " (" + means + ")"
	if c.Outcome != coc.OutcomeNone {
		line += ", with the outcome " + codeSpan(string(c.Outcome))
	}
	return line
}

// appealed is what is appealed, why, and what that asks of whoever has the case.
func appealed(c coc.Case) string {
	a := c.Appeal
	if a == nil {
		return ""
	}
	late := ""
	if a.Late {
		late = ", later than that committee allows"
	}
	return "- **Appealed**: " + a.At.UTC().Format("2 January 2006") + ", of what " + plainly(clipped(a.Of, 40)) + " decided, because " + groundMeans[a.Ground] + late + "\n"
}

func holder(c coc.Case) string {
	if c.Holder == "" {
		return "nobody yet"
	}
	return codeSpan(string(c.Holder))
}

// duties lists what is due, of each kind what was due first and what is next: the others
// would hide what else is. What was only hoped for is left out once its time is over.
func duties(c coc.Case, zone string, now time.Time) string {
	var b strings.Builder
	type kind struct {
		what string
		late bool
	}
	said := map[kind]bool{}
	for _, d := range c.Due {
		late := !now.Before(d.At)
		if said[kind{d.What, late}] || late && d.What == stage.DueAcknowledgeTarget {
			continue
		}
		if len(said) == maxDue {
			break
		}
		said[kind{d.What, late}] = true
		what, ok := dueMeans[d.What]
		if !ok {
			what = plainly(clipped(d.What, 40)) + " by"
		}
		label := "Due"
		if late {
			label = "Overdue"
		}
		b.WriteString("- **" + label + "**: " + what + " " + at(d.At, zone) + "\n")
	}
	if b.Len() == 0 {
		return "- **Due**: nothing at this stage\n"
	}
	return b.String()
}

// workable lists what a member can do now.
func workable(s coc.Stage) string {
	able := legal(s)
	if len(able) == 0 {
		return ""
	}
	return "\n### How to work this case\n\n" +
		"Write one of these in a comment, at the start of a line:\n\n" + commandList(able) +
		"\nMoving the `status/` label, or closing and reopening this issue, does the same. `/coc help` lists everything.\n"
}

// reported is what is known about the report besides its words.
func reported(c coc.Case, p coc.Placement, parts int) string {
	r := c.Report
	var b strings.Builder
	b.WriteString("\n### The report\n\n")
	b.WriteString("- **Filed**: " + at(r.FiledAt, p.Committee.Timezone))
	if how := channelMeans[r.Channel]; how != "" {
		b.WriteString(", " + how)
	}
	b.WriteString("\n- **Filed by**: " + filer(r) + "\n")
	if source := c.Source.Repo.String(); source != "" {
		b.WriteString("- **About**: " + codeSpan(source) + "\n")
	}
	if o := r.Original; o != nil {
		b.WriteString("- **Original**: " + codeSpan(clipped(o.URL, 250)) + ", written by " + author(o.Author) + ", " + at(o.At, "") + "\n")
	}
	parties := c.Parties
	if len(parties) == 0 {
		parties = r.Involved
	}
	b.WriteString(namedList(parties))
	if parts > 1 {
		b.WriteString("\nThe report is long and goes on in the comments of this issue: this is part 1 of " + strconv.Itoa(parts) + ".\n")
	}
	b.WriteString("\n")
	return b.String()
}

func filer(r coc.Report) string {
	switch {
	case r.Reporter != "" && r.Original != nil && r.Original.Labelled != "":
		return codeSpan(string(r.Reporter)) + ", who set the label on somebody's text"
	case r.Reporter != "":
		return codeSpan(string(r.Reporter))
	case len(r.Reaches()) > 0:
		return "somebody who says how to reach them. By receipt they read what you write to them, and can answer"
	}
	return "somebody whose name we do not have. With a receipt they read what you write to them, and can answer"
}

func author(l coc.Login) string {
	if l == "" {
		return "an account that no longer exists"
	}
	return codeSpan(string(l))
}

// maxNamed bounds the list of parties in bytes, so that a body does not
// outgrow the issue when members name more of them.
const maxNamed = 2400

// namedList shows the parties by role.
func namedList(parties []coc.Party) string {
	if len(parties) == 0 {
		return "- **Who is named**: nobody\n"
	}
	lines, over := named(parties)
	out := "- **Who is named**:\n" + lines
	if len(over) > 0 {
		out += "  - " + count(len(over), "more person is", "more people are") + " named in the report itself\n"
	}
	for _, p := range parties {
		if p.Role == coc.RoleUnset {
			return out + "\nSomebody named without a role counts as accused when it is decided who may read the case.\n"
		}
	}
	return out
}

// named lists the parties by role in at most maxNamed bytes, and gives back
// those that do not fit.
func named(parties []coc.Party) (lines string, over []coc.Party) {
	var b strings.Builder
	for _, m := range roleMeans {
		for _, p := range parties {
			if p.Role != m.role {
				continue
			}
			line := "  - " + m.text + ": " + who(p) + "\n"
			if b.Len()+len(line) > maxNamed {
				over = append(over, p)
				continue
			}
			b.WriteString(line)
		}
	}
	return b.String(), over
}

func who(p coc.Party) string {
	name := defuseInline(p.Name)
	switch {
	case p.Login != "" && name != "":
		return codeSpan(string(p.Login)) + " (" + name + ")"
	case p.Login != "":
		return codeSpan(string(p.Login))
	case name != "" && p.Role == coc.RoleKeptOut:
		return name + " (no account on GitHub was given, so this could not be seen to)"
	case name != "":
		return name + " (no account on GitHub was given)"
	}
	return "somebody without a name"
}

// What bounds the parts of a body that are ours, the number of things due and
// otherwise bytes.
const (
	maxDue        = 4
	maxTrace      = 620
	maxReaders    = 280
	maxCustodians = 160
	maxFound      = 260
)

// traced is the way the report took, newest steps last. Where it is too long,
// the steps in the middle are left out: how it began and how it ended matter.
func traced(c coc.Case) string {
	lines := clauses(c.Trace)
	if len(lines) == 0 {
		return ""
	}
	for size(lines) > maxTrace && len(lines) > 2 {
		middle := len(lines) / 2
		lines = append(lines[:middle:middle], lines[middle+1:]...)
		if len(lines) > 2 && size(lines) <= maxTrace {
			lines = append(lines[:middle:middle], append([]string{"- … (steps left out here)\n"}, lines[middle:]...)...)
			break
		}
	}
	return "\n### How it got here\n\n" + strings.Join(lines, "")
}

func size(lines []string) int {
	n := 0
	for _, l := range lines {
		n += len(l)
	}
	return n
}

// readable says who can read the issue, because members must know it before
// they write. What a survey found has the bytes that are left of those for the
// way: the way is told nowhere else.
func readable(p coc.Placement, left int) string {
	out := "\n### Who can read this\n\n- Responders: " + logins(p.Responders, maxReaders) + "\n"
	if len(p.Committee.Custodians) > 0 {
		out += "- Custodians, who own the organisation: " + logins(p.Committee.Custodians, maxCustodians) + "\n"
	}
	switch {
	case !p.Asked.IsZero():
		out += "\nThis repository was made for this case alone: whoever is here was asked first whether they are clear. Do not speak of it elsewhere, and let nobody in by hand.\n"
	case p.Separate:
		out += "\nThis repository was made for this case alone, because somebody reads the committee's own who may not see it. Do not speak of it there, and let nobody in by hand.\n"
	}
	out += overseen(p.Found, min(left, maxFound))
	return out + "\nThis was checked before the report was written here. Nothing can be kept from GitHub itself, or from the owners of an enterprise account.\n"
}

// overseen is what the last survey found besides readers, because members can
// mend it, in about as many bytes. What stops writing is left out: it could not
// be read here.
func overseen(found []coc.Reason, most int) string {
	const heading = "\nThe last look around here found:\n\n"
	var lines []string
	over := 0
	for _, r := range found {
		rule, ok := route.RuleNamed(r.Rule)
		if !ok || route.Stops(r) {
			continue
		}
		line := "- " + filled(sentence(rule.Clause), coc.Reason{Place: "this repository", Detail: plainly(clipped(r.Detail, 160))}) + "\n"
		if len(heading)+size(lines)+len(line) > most {
			over++
			continue
		}
		lines = append(lines, line)
	}
	if lines == nil {
		return ""
	}
	if over > 0 {
		lines = append(lines, "- "+count(over, "more thing", "more things")+", which the operators of cocrouter know\n")
	}
	return heading + strings.Join(lines, "")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
