package notice

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// reserve is what a body needs, at most, besides the reporter's words and the
// people they named. A test holds Case to it.
const reserve = 4700

// maxLine is how long a line of a report may be before it is cut, in bytes of
// what the reporter wrote: escaped, it must fit into a comment.
const maxLine = 6000

// split renders the words of a report and cuts them at ends of lines: the
// first part fits into the body, the others into comments. There is always a
// first part. It depends on the report alone.
func split(r coc.Report) []string {
	people, over := named(r.Involved)
	var parts []string
	var b strings.Builder
	room := Limit - reserve - len(people)
	for _, line := range told(r, over) {
		if b.Len()+len(line) > room {
			parts = append(parts, b.String())
			b.Reset()
			room = Limit - 400
		}
		b.WriteString(line)
	}
	return append(parts, b.String())
}

// told is everything the reporter wrote, in rendered lines that each stand
// for themselves.
func told(r coc.Report, over []coc.Party) []string {
	var out []string
	if o := r.Original; o != nil {
		out = append(out, field("Title", o.Title)...)
	}
	out = append(out, field("Where", r.Where)...)
	out = append(out, field("When", r.When)...)
	out = append(out, field("Links", joined(r.Links))...)
	for _, p := range over {
		out = append(out, field("Also named, "+roleText(p.Role), p.Name)...)
		if p.Login != "" {
			out = append(out, "Account: "+codeSpan(string(p.Login))+"\n\n")
		}
	}
	out = append(out, "**In the reporter's words**\n", "\n")
	return append(out, quoted(r.Account)...)
}

func roleText(role coc.Role) string {
	for _, m := range roleMeans {
		if m.role == role {
			return strings.ToLower(m.text)
		}
	}
	return "in a role we do not know"
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
