package notice

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// shownHead is how much of the chain's end a case shows: enough that nobody makes
// another chain with the same.
const shownHead = 24

// exhibits is the evidence of a case, by number, each kept item with a link to where
// it can be opened. Addresses are shown as code, so that nothing links to the place or
// tells it that somebody came from here.
func (on Pages) exhibits(c coc.Case) []string {
	if len(c.Evidence) == 0 {
		return nil
	}
	head := "- **Evidence**, by number"
	if on != "" {
		head += ", and all of it on " + leads("the case's page", on.of(c.ID))
	}
	if mark := evidence.Head(c.Evidence); mark != "" {
		head += " (the end of its chain: " + codeSpan(clipped(mark, shownHead)) + ")"
	}
	if slices.ContainsFunc(c.Evidence, func(e coc.Evidence) bool { return e.Why == coc.NoRoom }) {
		head += "; not all of it was kept, because " + whyNot[coc.NoRoom] // also where the line that tells which does not fit
	}
	out := []string{head + ":\n"}
	var ours []coc.Login
	if home := c.Home(); home != nil {
		ours = home.Committee.Logins()
	}
	for i, e := range c.Evidence {
		e.Number = i + 1 // one from before there were numbers has none
		line := "  - " + strconv.Itoa(e.Number) + ": "
		switch e.Kind {
		case coc.EvidenceCapture:
			continue // it stands with its address
		case coc.EvidenceFile:
			line += "a file, " + on.file(c.ID, e) + fileState(e, ours)
		default:
			line += addressOf(e.URL)
			if !e.Title.IsBlank() {
				line += ", " + titleOf(e)
			}
			if e.As == coc.RoleAccused {
				line += ", from whoever is accused"
			}
			line += on.addressState(c, e)
		}
		out = append(out, line+"\n")
	}
	return out
}

// file is its title, which leads to it where it was kept.
func (on Pages) file(id coc.CaseID, e coc.Evidence) string {
	title := cmp.Or(titleOf(e), "without a name")
	if e.Content.IsZero() {
		return title
	}
	return leads(title, on.exhibit(id, e.Number))
}

func titleOf(e coc.Evidence) string {
	return defuseInline(coc.NewProse(clipped(oneLine(e.Title.Reveal()), 80)))
}

// addressOf is an address as code, as far as fits a line.
func addressOf(url coc.Prose) string {
	return codeSpan(clipped(url.Reveal(), 250))
}

// fileState is what is kept of a file. Who of a committee before added it is told by
// nobody.
func fileState(e coc.Evidence, ours []coc.Login) string {
	out := " (" + bytesOf(e.Content.Size)
	switch {
	case e.Why != "":
		return ", which was not kept: " + whyNot[e.Why]
	case e.Content.Redrawn:
		out += ", a picture drawn anew without what its file told of place and time"
	case strings.HasPrefix(e.Content.Media, "video/"), e.Content.Media == string(evidence.PDF):
		out += "; what the file itself tells of who made it and where is still in it"
	}
	switch {
	case e.As == coc.RoleReporter:
		out += ", from the reporter"
	case e.Of > 0:
		out += "; it is " + strconv.Itoa(e.Of)
	}
	if coc.HasLogin(ours, e.By) {
		out += ", added by " + codeSpan(string(e.By))
	}
	return out + ")"
}

func bytesOf(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1023)/1024, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}

// addressState says what is kept of an address.
func (on Pages) addressState(c coc.Case, e coc.Evidence) string {
	all := c.Evidence
	var kept []string
	var last *coc.Evidence
	for i := range all {
		if all[i].Kind != coc.EvidenceCapture || all[i].Of != e.Number {
			continue
		}
		last = &all[i]
		if !last.Content.IsZero() {
			kept = append(kept, leads(strconv.Itoa(last.Number), on.exhibit(c.ID, last.Number))+" ("+last.At.UTC().Format("2 January 2006, 15:04 UTC")+")")
		}
	}
	if len(kept) > 5 {
		kept = append(kept[:2:2], append([]string{"…"}, kept[len(kept)-2:]...)...)
	}
	out := ""
	if len(kept) > 0 {
		out = "; captured as " + strings.Join(kept, ", ")
	}
	switch {
	case e.Why != "" && last == nil:
		return "; not captured: " + whyNot[e.Why] + "; it can still change or vanish"
	case last == nil && e.Mac != "" && e.As == coc.RoleReporter:
		return "" // told when the issue is drawn again, so that it need not be for this
	case last == nil && e.Mac != "":
		return "; being captured"
	case last == nil:
		return "; it can still change or vanish"
	case last.Why == coc.GoneThere && len(kept) > 0:
		return out + "; by now it is gone there"
	case last.Why != "" && len(kept) > 0:
		return out + "; not again: " + whyNot[last.Why]
	case last.Why == coc.GoneThere:
		return "; not captured: " + whyNot[last.Why]
	case last.Why != "":
		return "; not captured: " + whyNot[last.Why] + "; it can still change or vanish"
	}
	return out
}

var whyNot = map[coc.Uncaptured]string{
	coc.Elsewhere:    "it is on another site, and those are never asked",
	coc.NoTalk:       "it is a page where nobody says anything",
	coc.NoAccess:     "cocrouter can see no public repository there",
	coc.NoPermission: "cocrouter may not read this sort of thing",
	coc.GoneThere:    "it was gone already, or moved to another repository",
	coc.NoRoom:       "there is no more room for evidence",
	coc.GaveUp:       "GitHub did not answer for three days",
	coc.TooLong:      "the discussion is so long that it was not found in it",
}

// AddedByMember tells a room of what a member added on the case's page.
func (on Pages) AddedByMember(c coc.Case, who coc.Login, added []coc.Evidence) Private {
	text := codeSpan(string(who)) + " added evidence on the case's page:\n\n"
	for _, e := range added {
		text += "- " + strconv.Itoa(e.Number) + ": " + on.file(c.ID, e) + fileState(e, nil) + "\n"
	}
	return private(text)
}

// KeptAddress answers that an address was kept, and what comes of what stands there.
func KeptAddress(e coc.Evidence) Private {
	kept := "Kept as evidence " + strconv.Itoa(e.Number) + ": the address"
	if e.Why == "" {
		return private(kept + ". What stands there is being captured, with what was said around it; the issue shows what came of it. From then on it does not matter here if somebody changes or deletes it.")
	}
	return private(kept + ", and not what stands there: " + whyNot[e.Why] + ". It can still be changed or deleted, so save a copy where only the responders can read it. " +
		codeSpan("/coc unflag evidence-volatile") + " says that you have.")
}

// CapturesAgain answers that an address which is kept already is looked at once more.
func CapturesAgain(number int) Private {
	return private("That address is kept already, as evidence " + strconv.Itoa(number) + ". What stands there now is being captured, too; what is not as it was before is told here.")
}

// Differences is what is not as it was when an address was captured before.
type Differences struct {
	evidence.Difference
	Why    coc.Uncaptured // why nothing was captured now
	Number int            // of the capture that it is held against; 0: there is none
	Since  time.Time
	Unread bool // that one could not be read
}

// CapturedAgain tells what came of one more capture.
func CapturedAgain(e coc.Evidence, d Differences) Private {
	of := "**Evidence " + strconv.Itoa(e.Of) + "** "
	before := ""
	if d.Number > 0 {
		before = " What was captured as " + strconv.Itoa(d.Number) + " (" + at(d.Since, "") + ") stays."
	}
	if d.Why == coc.GoneThere && d.Number > 0 {
		return private(of + "is gone there: since then it was deleted, or moved to another repository." + before)
	}
	if d.Why != "" {
		return private(of + "could not be captured again: " + whyNot[d.Why] + "." + before)
	}
	of += "was captured again, as " + strconv.Itoa(e.Number) + "."
	switch {
	case d.Number == 0:
		return private(of)
	case d.Unread:
		return private(of + " What was captured before could not be read: tell whoever runs this server.")
	case !d.Any():
		return private(of + " Nothing is other than it was in " + strconv.Itoa(d.Number) + " (" + at(d.Since, "") + ").")
	}
	var what []string
	for _, s := range []struct {
		is   bool
		says string
	}{
		{d.Title, "the title is another"}, {d.Text, "the text is another"}, {d.Hidden, "it was hidden, or is shown again"}, {d.History && !d.Text, "it was edited, or something was taken out of its history"}, {d.Author, "it is of another account"}, {d.Reactions, "the reactions are others"},
		{d.New > 0, counted(d.New, "comment around it is new", "comments around it are new")},
		{d.Edited > 0, counted(d.Edited, "comment around it has another text", "comments around it have another text")},
		{d.Covered > 0, counted(d.Covered, "comment around it was hidden, or is shown again", "comments around it were hidden, or are shown again")},
		{d.Gone > 0, counted(d.Gone, "comment around it is gone", "comments around it are gone")},
	} {
		if s.is {
			what = append(what, "- "+s.says)
		}
	}
	return private(of + " Since " + strconv.Itoa(d.Number) + " (" + at(d.Since, "") + "):\n\n" + strings.Join(what, "\n") + "\n\n" + strings.TrimSpace(before))
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}
