package notice

import (
	"slices"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxOwed bounds what a body says of who is told, in bytes; and of an appeal, which
// is heard by those who owe nobody a word.
const maxOwed = 250

// owed is who must be told of a case, and then who was, in as many bytes.
func owed(c coc.Case, most int) string {
	var lines []string
	for _, d := range c.Duties {
		if !d.Owed(c.Stage) {
			continue
		}
		what := "a summary and the accused's name, never who reported"
		if d.When == coc.WhenResolved {
			what = "how it ended"
		}
		lines = append(lines, "- **Owed**: "+plainly(clipped(d.To.Name, 40))+" must be told "+what+": write `/coc notify TEXT`\n")
	}
	lines = append(lines, byHand(c)...)
	for i, d := range c.Duties {
		same := func(o coc.Duty) bool { return o.Told == d.Told }
		if d.What == coc.WordMoved {
			lines = append(lines, "- **Told with the receipt**: the reporter, that such reports belong to "+plainly(clipped(d.To.Name, 40))+"\n")
			continue
		}
		if !d.Done.IsZero() && d.What != coc.WordLetter && !slices.ContainsFunc(c.Duties[:i], same) {
			lines = append(lines, "- **Told**: "+plainly(clipped(d.To.Name, 40))+", "+d.Done.UTC().Format("2 January 2006")+"\n")
		}
	}
	out := ""
	for _, line := range lines {
		if len(out)+len(line) <= most {
			out += line
		}
	}
	return out
}

// noticed is a notice as its issue shows it. What a member wrote is quoted, and may
// go on in comments. seen is what it shows of the record, nil where that was not
// looked at.
func noticed(c coc.Case, placement int, seen *Look) Shown {
	p, n := c.Placements[placement], c.Notice
	parts := pack(field("In the words of a member there", c.Report.Account), Limit-reserve-maxNamed, Limit-numbering)
	head := beginMark + "\n"
	switch {
	case n.What == coc.WordQuestion:
		head += "**A committee asks for context**, of " + codeSpan(string(n.Asked)) + " as a liaison. It has a case. Nothing of a report is told here, and nobody asks you to decide anything.\n\n"
	case n.From == "":
		whose := "touches your project"
		if n.Joint {
			whose = "is for you to handle jointly with another committee"
		}
		head += "**There is a case that " + whose + ".** No committee could be given it here yet: it is kept sealed, and tried again by itself. Nothing more can be told here. This notice says who has it as soon as somebody does.\n\n"
	case n.Joint:
		head += "**There is a case that is for you to handle jointly with another committee**, by the jurisdiction policy. They have it, and nothing more can be told here: ask them, by the reference.\n\n"
	case n.When == coc.WhenAlone:
		head += "**A committee below you has a case in which one person alone has acted for now**, to protect somebody, and nobody else there could confirm it. Nothing more can be told here. Ask them, by the reference, whether you should take the case.\n\n"
	case n.What == coc.WordNotice:
		head += "**There is a case that touches your project.** Another committee has it. Nothing more can be told here, and nothing is asked of you.\n\n"
	case n.When == coc.WhenResolved:
		head += "**This is a notice of a case that another committee has resolved.** Nobody asks you to decide anything.\n\n"
	default:
		head += "**This is a notice of a case that another committee has.** Nobody asks you to decide anything.\n\n"
	}
	if n.From == "" {
		head += "- **Committee**: none yet" + orAsk(n.Ask) + "\n"
	} else {
		head += "- **Committee**: " + plainly(clipped(n.From, 80)) + "\n"
	}
	head += "- **Reference**: " + codeSpan(n.Reference) + ", which that committee knows too\n"
	switch n.What {
	case coc.WordQuestion:
		head += "\n`/coc notify TEXT` answers: your words go to that committee, with your name. Ask nobody else about it, and do not guess who is meant.\n" +
			"\n`/coc close` puts this away. Whoever is close to somebody in it writes `/coc recuse hard`.\n"
	case coc.WordSummary:
		head += accusedList(n.Accused)
		if n.Outcome != coc.OutcomeNone {
			head += "- **Outcome**: " + codeSpan(string(n.Outcome)) + "\n"
		}
		head += earlier(*n, seen) + onRelease(*n, seen)
		head += "\nWho reported is not told, and is not to be found out. The accused may not know of this yet.\n" +
			"\n`/coc ack` takes note of it, `/coc close` puts it away. Whoever is close to somebody in it writes `/coc recuse hard`.\n"
	default:
		head += "\n`/coc close` puts this away.\n"
	}
	if len(parts) > 1 {
		head += "\nThe text goes on in the comments of this issue: this is part 1 of " + strconv.Itoa(len(parts)) + ".\n"
	}
	shown := Shown{Title: p.CodeName, Body: enclosed(letter{
		head: head + "\n", quoted: parts[0], tail: readable(p, maxFound) + "\n" + IssueMarker(c.ID, placement) + "\n" + endMark,
	})}
	for i, part := range parts[1:] {
		shown.More = append(shown.More, private("**The notice, part "+strconv.Itoa(i+2)+" of "+strconv.Itoa(len(parts))+"**\n\n"+part))
	}
	return shown
}

// orAsk is whom one can write to while nobody has a case.
func orAsk(contact string) string {
	if contact == "" {
		return ""
	}
	return "; until then, write to " + plainly(clipped(contact, 120))
}

func accusedList(parties []coc.Party) string {
	if len(parties) == 0 {
		return "- **Accused**: nobody was named as such by the report; see below\n"
	}
	lines, over := named(parties)
	out := "- **Who is named**:\n" + lines
	if len(over) > 0 {
		out += "  - and " + count(len(over), "more", "more") + "\n"
	}
	return out
}

// NameWithheld stands in a notice for the name of somebody who is accused, where the
// words that the report has for them would tell who reported.
func NameWithheld() coc.Prose {
	return coc.NewProse("somebody whose name here would tell who reported: ask that committee")
}

// Notified answers that somebody was told.
func Notified(n coc.Notice) Private {
	return private("It is on its way to those who must be told, under the reference " + codeSpan(n.Reference) + ". They read your words, who is accused and which committee has the case, and not who reported.")
}

// WillAsk answers that a liaison is asked.
func WillAsk(n coc.Notice, committee string) Private {
	return private("The question is on its way to " + codeSpan(string(n.Asked)) + " of " + plainly(clipped(committee, 80)) + ", under the reference " + codeSpan(n.Reference) +
		". Whoever reads their committee's room reads it, and nothing of the report. What they answer is written here.")
}

// WillAnswer answers that an answer was taken. It says the same whatever becomes of
// the case.
func WillAnswer(n coc.Notice) Private {
	return private("It is on its way to the committee that asked, under the reference " + codeSpan(n.Reference) + ".")
}

// HelpOnNotice says what can be done with a notice.
func HelpOnNotice(n coc.Notice) Private {
	able := "`/coc notify record` tells that committee of the earlier record that is shown, and of nothing else; "
	if n.What == coc.WordQuestion {
		able = "`/coc notify TEXT` answers the question; "
	}
	return private("This is a notice, and the case is with another committee. `/coc ack` takes note of it, `/coc close` puts it away and `/coc reopen REASON` takes it out again; " + able + "`/coc claim` says who looks after it; `/coc admit @member` lets somebody read it who joined the committee; `/coc clear` and `/coc recuse hard|soft` are about your own conflicts.")
}
