package notice

import (
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// maxVoted bounds each list of those who voted, in bytes.
const maxVoted = 400

// proposed is the record of what is proposed, and of what was decided here last, in
// at most room bytes: it takes no room from a report that fills the issue. The words
// themselves are in the comments, where they were written.
func proposed(c coc.Case, p coc.Placement, room int) string {
	const elsewhere = "- **Votes**: `/coc status` tells how they stand\n"
	switch all := votes(c, p); {
	case len(all) <= room:
		return all
	case len(elsewhere) <= room:
		return elsewhere
	}
	return ""
}

// votes is all of it, as it was counted last: what time changes is counted when it
// does.
func votes(c coc.Case, p coc.Placement) string {
	if c.Notice != nil || len(c.Proposals) == 0 {
		return ""
	}
	last := c.Proposals[len(c.Proposals)-1]
	if last.Placement != len(c.Placements)-1 {
		return ""
	}
	switch last.State {
	case coc.ProposalOpen, coc.ProposalCarried:
		r := conflict.Of(c, p)
		count := ballot.Tally(last, p.Committee, r.Screen(p.Committee, c.Parties).Voters, last.Counted).WhileAsked(conflict.Ask(c, p).Deadline())
		return "\n### What is proposed\n\n" + ballotLines(last, p.Committee, count) + callToVote(count)
	case coc.ProposalDecided:
		heading := "\n### What was decided\n\n"
		if len(c.Decided) == 1 {
			return heading + what(last) + "- **Decided by one person**, who was all that had a vote: " + codeSpan(string(c.Decided[0])) + "\n" + aboutCounsel(last)
		}
		count := ballot.Tally(last, p.Committee, c.Decided, last.Counted)
		return heading + what(last) + voted(count) + aboutCounsel(last)
	}
	if c.Stage == coc.StageDeciding {
		return "\n### What is proposed\n\nNothing is, since proposal " + nth(last) + " was taken back. Write `/coc propose OUTCOME TEXT`.\n"
	}
	return ""
}

// Stands answers a word on a proposal: how it stands now.
func Stands(p coc.Proposal, k coc.Committee, c ballot.Count) Private {
	return private("**Proposal " + nth(p) + " " + standsNow[c.Result] + "**\n\n" + ballotLines(p, k, c))
}

var standsNow = map[ballot.Result]string{
	ballot.Open:    "is open.",
	ballot.Carried: "is carried. It takes effect with `/coc resolve`.",
	ballot.Failed:  "cannot be carried as the votes are. Another one may take its place, or somebody changes their mind.",
}

// Unsaid answers a proposal whose words seem to say more than it does.
func Unsaid(p coc.Proposal, u command.Unsaid) Private {
	text := "**Proposal " + nth(p) + " is put to the vote as it was read**"
	if u.Ends {
		text += "\n\n- It is " + codeSpan(string(p.Outcome)) + " **for ever**. If it is to end, the first day on which it is over stands right behind the outcome, like `until 2027-03-01`."
	}
	if u.Lasts {
		text += "\n\n- It is " + codeSpan(string(p.Outcome)) + ", and neither `ban` nor `suspension`. If it has one, propose it as that, so that counsel is consulted where they must be (row 12)."
	}
	if u.Naming {
		text += "\n\n- It does not say that somebody is named in public. If it is to, `naming` stands before the words, and counsel is consulted first (row 12)."
	}
	return private(text + "\n\nIf it was meant otherwise, take it back with `/coc object`, and propose it again.")
}

// Withdrawn answers whoever took their proposal back.
func Withdrawn(p coc.Proposal) Private {
	return private("**Proposal " + nth(p) + " is taken back.** Nothing is proposed now; its votes count for nothing else.")
}

func nth(p coc.Proposal) string { return strconv.Itoa(p.Number) }

// ballotLines is what is proposed, by which rule, how everybody voted and what is
// missing.
func ballotLines(p coc.Proposal, k coc.Committee, c ballot.Count) string {
	var b strings.Builder
	b.WriteString(what(p))
	b.WriteString("- **Rule**: `" + c.Rule + "`: " + ballot.Means(c.Rule) + "; quorum " + strconv.Itoa(c.Quorum) + " of " + strconv.Itoa(c.Voters()) + "\n")
	b.WriteString(voted(c))
	if missing := c.Missing(); len(missing) > 0 {
		b.WriteString("- **Missing**: " + strings.Join(missing, "; ") + "\n")
	}
	if c.Result == ballot.Open && !c.Silence.IsZero() {
		b.WriteString("- **Window**: over " + at(c.Silence, k.Timezone) + "\n")
	}
	b.WriteString(aboutCounsel(p))
	return b.String()
}

// what is a proposal without its words.
func what(p coc.Proposal) string {
	out := "- **Proposal " + nth(p) + "**: " + codeSpan(string(p.Outcome))
	switch lasts := p.Outcome == coc.OutcomeBan || p.Outcome == coc.OutcomeSuspension; {
	case !p.Until.IsZero():
		out += " until " + p.Until.UTC().Format("2 January 2006")
	case lasts:
		out += " for ever"
	}
	if p.Naming {
		out += ", naming somebody in public"
	}
	return out + ", by " + codeSpan(string(p.By)) + ", " + at(p.At, "") + "\n"
}

// voted is how everybody voted who has a vote.
func voted(c ballot.Count) string {
	var b strings.Builder
	for _, l := range []struct {
		label string
		who   []coc.Login
	}{{"Agree", c.Agreed}, {"Object", c.Objected}, {"Have not voted", c.Silent}} {
		if len(l.who) > 0 {
			b.WriteString("- **" + l.label + "**: " + logins(l.who, maxVoted) + "\n")
		}
	}
	return b.String()
}

// aboutCounsel is whether counsel must be consulted, or was.
func aboutCounsel(p coc.Proposal) string {
	switch {
	case p.Held == "":
		return ""
	case p.Consulted == "":
		return "- **Waits for counsel**: " + ballot.Because(p.Held) + "counsel is consulted first; then `/coc legal consulted`\n"
	}
	return "- **Counsel was consulted**, says " + codeSpan(string(p.Consulted)) + ", " + at(p.HeardAt, "") + "\n"
}

func callToVote(c ballot.Count) string {
	switch c.Result {
	case ballot.Carried:
		return "\nIt is carried, and takes effect with `/coc resolve`. Until then everybody may change their mind.\n"
	case ballot.Failed:
		return "\nAnother one may take its place: `/coc propose OUTCOME TEXT`.\n"
	}
	return "\nVote with `/coc agree` or `/coc object`; your last word counts. Whoever made it takes it back with `/coc object`.\n"
}
