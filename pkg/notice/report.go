package notice

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// reserve is what a body needs, at most, besides the reporter's words and the
// people they named. A test holds Case to it.
const reserve = 5185

// maxLine is how long a line of a report may be before it is cut, in bytes of
// what the reporter wrote: escaped, it must fit into a comment.
const maxLine = 6000

// split renders the words of a report and cuts them at ends of lines: the
// first part fits into the body, the others into comments. There is always a
// first part. It depends on nothing that changes while the issue is open.
func split(c coc.Case, placement int) []string {
	r := c.Report
	people, over := named(r.Involved)
	whose := theirWords
	var lines []string
	for _, entry := range c.PassedOn() {
		whose, ok := passedOn[entry.Act]
		if !ok {
			whose = "Why the committee before passed it on"
		}
		lines = append(lines, field(whose, entry.Text)...)
	}
	if o := r.Original; o != nil {
		lines = append(lines, field("Title", o.Title)...)
		if o.Labelled != "" {
			whose = "The text that was reported"
		}
	}
	lines = append(lines, told(coc.Addition{Text: r.Account, Where: r.Where, When: r.When, Links: r.Links, Involved: over, Around: r.Around, Needs: r.Needs}, whose)...)
	for _, a := range untold(c, placement) {
		lines = append(lines, "\n", "**"+added(a)+"**: "+at(a.At, "")+"\n", "\n")
		lines = append(lines, told(a, theirWords)...)
	}
	lines = append(lines, written(unwritten(c, placement))...)
	lines = append(lines, accounts(c, placement)...)
	lines = append(lines, before(c, placement)...)
	return pack(lines, Limit-reserve-len(people), Limit-numbering)
}

// passedOn says what words of a member are that go with a case, where they are not
// why it was given away.
var passedOn = map[string]string{
	"resolve": "What was decided before, in that committee's words",
	"appeal":  "What the appeal says, as that committee wrote it down",
}

// pack puts whole lines into parts, the first of at most first bytes, the
// others of at most other.
func pack(lines []string, first, other int) []string {
	var parts []string
	var b strings.Builder
	room := first
	for _, line := range lines {
		if b.Len()+len(line) > room && (b.Len() > 0 || room == first) {
			parts = append(parts, b.String())
			b.Reset()
			room = other
		}
		b.WriteString(line)
	}
	return append(parts, b.String())
}

// numbering is the room that a comment leaves for its heading and its marker.
const numbering = 400

const theirWords = "In the reporter's words"

// told is everything the reporter wrote at one time, in rendered lines that
// each stand for themselves. The text may be somebody else's: who sets a label
// later reports what another wrote.
func told(a coc.Addition, whose string) []string {
	out := append(circumstances(a.Around), needs(a.Needs)...)
	out = append(out, field("Where", a.Where)...)
	out = append(out, field("When", a.When)...)
	out = append(out, field("Links", joined(a.Links))...)
	for _, p := range a.Involved {
		out = append(out, "**"+roleText(p.Role)+"**: "+codeSpan(string(p.Login))+"\n", "\n")
		out = append(out, field("Name", p.Name)...)
	}
	if a.Answer != nil {
		out = append(out, field("What was asked", a.Answer.Question)...)
		whose = "The answer"
	}
	return append(out, field(whose, a.Text)...)
}

// added says from whom something is that came later.
func added(a coc.Addition) string {
	if a.Answer == nil {
		return "Added later"
	}
	return "Answered by " + codeSpan(string(a.Answer.By)) + " of " + plainly(clipped(a.Answer.Committee, 80))
}

func roleText(role coc.Role) string {
	for _, m := range roleMeans {
		if m.role == role {
			return m.text
		}
	}
	return "Named"
}

// field is one labelled answer of the form; a blank one is left out.
func field(label string, text coc.Prose) []string {
	lines := quoted(text)
	if len(lines) == 0 {
		return nil
	}
	out := append([]string{"**" + label + "**\n", "\n"}, lines...)
	return append(out, "\n")
}

func joined(links []coc.Prose) coc.Prose {
	var out []string
	for _, l := range links {
		if !l.IsBlank() {
			out = append(out, l.Reveal())
		}
	}
	return coc.NewProse(strings.Join(out, "\n"))
}

// quoted is defused text as a quotation, so that what people wrote cannot be
// taken for what we say about the case.
func quoted(text coc.Prose) []string {
	var out []string
	for _, line := range plainLines(text.Reveal()) {
		for _, piece := range cut(line) {
			out = append(out, strings.TrimRight("> "+defuseLine(piece), " ")+"\n")
		}
	}
	return out
}

// cut breaks a very long line, between words if there are any.
func cut(line string) []string {
	var out []string
	for len(line) > maxLine {
		at := strings.LastIndexByte(line[:maxLine], ' ')
		if at <= 0 {
			for at = maxLine; !utf8.RuneStart(line[at]); at-- {
			}
		}
		out = append(out, line[:at])
		line = strings.TrimLeft(line[at:], " ")
	}
	return append(out, line)
}

// continued is one comment of a long report.
func continued(part string, n, of int) Private {
	return private("**The report, part " + strconv.Itoa(n) + " of " + strconv.Itoa(of) + "**\n\n" + part)
}

// untold is what was added and no comment in this placement's issue
// says: it came before the issue was there. The journal has one entry "added" or
// "answered" for every addition, in order, and an addition that was posted left an
// effect at that entry's revision.
func untold(c coc.Case, placement int) []coc.Addition {
	var out []coc.Addition
	i := 0
	for _, entry := range c.Journal {
		if entry.Act != "added" && entry.Act != "answered" || i == len(c.Report.Added) {
			continue
		}
		posted := slices.ContainsFunc(c.Effects, func(e coc.Effect) bool {
			return e.Revision == entry.Revision && e.Placement == placement
		})
		if !posted {
			out = append(out, c.Report.Added[i])
		}
		i++
	}
	// Without an entry nothing was posted.
	return append(out, c.Report.Added[i:]...)
}
