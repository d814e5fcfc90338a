package notice

import (
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// remedies is what the outcome asks for and what became of it. One whose day has
// passed without a word is seen.
func remedies(c coc.Case, now time.Time) []string {
	if len(c.Remedies) == 0 {
		return nil
	}
	zone := ""
	if home := c.Home(); home != nil {
		zone = home.Committee.Timezone
	}
	out := []string{"- **Remedies**:\n"}
	for i, r := range c.Remedies {
		line := "  - " + strconv.Itoa(i+1) + ": " + defuseInline(coc.NewProse(clipped(oneLine(r.Text.Reveal()), 200)))
		if !r.Until.IsZero() {
			line += ", until " + day(r.Until, zone)
		}
		switch {
		case r.State == coc.RemedyDone:
			line += "; done, " + day(r.Ended, zone)
		case r.State == coc.RemedyLapsed:
			line += "; **lapsed**, " + day(r.Ended, zone)
		case !r.Until.IsZero() && now.After(r.Until):
			line += "; **overdue**: nobody has said what became of it"
		}
		if !r.Words.IsBlank() {
			line += " (" + defuseInline(coc.NewProse(clipped(oneLine(r.Words.Reveal()), 100))) + ")"
		}
		if len(r.Checks) > 0 && stillAsked(c.Stage) {
			line += "; to be looked at again by " + day(r.Checks[0], zone)
		}
		out = append(out, line+"\n")
	}
	if stillAsked(c.Stage) {
		out = append(out, "  - "+codeSpan("/coc remedy done|checked|lapsed N")+" says what became of one\n")
	}
	return out
}

// stillAsked reports whether remedies are asked for at a stage.
func stillAsked(s coc.Stage) bool {
	return s == coc.StageFollowUp || s == coc.StageResolved
}

// day is a day by a committee's own calendar.
func day(t time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc).Format("2 January 2006")
}

// LooksEnd answers that a case was closed that was to be looked at again.
func LooksEnd(looks int) Private {
	return private("With the case end the looks at its remedies that were still to come: " + strconv.Itoa(looks) + ". " + codeSpan("/coc reopen") + " takes the case up again.")
}

// ReturnUnseen answers that a case was closed while somebody is suspended, of whom
// nothing says that they are to be looked after.
func ReturnUnseen(back time.Time, zone string) Private {
	return private("The suspension lasts until " + day(back, zone) + ", and nobody looks at the return: no remedy of this case asks for it any more. " + codeSpan("/coc reopen") + " takes the case up again.")
}
