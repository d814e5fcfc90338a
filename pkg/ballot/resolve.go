package ballot

import (
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// farthest is how many years ahead a sanction may end. Whoever means longer means
// for ever, and is asked to say so.
const farthest = 100

// lasts reports whether an outcome goes on for some time.
func lasts(o coc.Outcome) bool { return o == coc.OutcomeBan || o == coc.OutcomeSuspension }

// day is the beginning of a day, by UTC, as the dates of proposals are written.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// MayPropose reports why something cannot be proposed at all: it ends when it
// cannot. The error is always a coc.Refusal.
func MayPropose(o coc.Outcome, until, now time.Time) error {
	no := func(what, next string) error { return coc.Refusal{What: what, Next: next, Rule: "proposal/until"} }
	switch {
	case until.IsZero():
		return nil
	case !lasts(o):
		return no("Only a `ban` or a `suspension` lasts until a day.", "Leave `until` and the day out, or propose one of those.")
	case !until.After(day(now)):
		return no("That day is not in the future, so it would be over before it begins.", "Write the first day on which it is over, like `until "+day(now).AddDate(0, 1, 0).Format(time.DateOnly)+"`.")
	case until.After(day(now).AddDate(farthest, 0, 0)):
		return no("That day is more than "+strconv.Itoa(farthest)+" years away.", "If it is to last for ever, leave `until` and the day out.")
	}
	return nil
}

// MayReplace reports whether another proposal may take the place of one that
// stands: it cannot be carried as the votes are, or it would be over already. What
// is open belongs to those who vote on it, so a new one does not push it away; what
// is carried was agreed on, and a single member must not undo that.
func MayReplace(p coc.Proposal, c Count, now time.Time) bool {
	return c.Result == Failed || over(p, now)
}

// over reports whether what is proposed would end before it begins.
func over(p coc.Proposal, now time.Time) bool {
	return !p.Until.IsZero() && !p.Until.After(day(now))
}

// Waits is the rule by which a proposal waits for counsel (jurisdiction row 12),
// "" where it does not, or counsel was consulted. What was held when it was
// proposed stays held, whatever the directory says since. A sanction is counted
// from the day of its proposal.
func Waits(g coc.Gate, p coc.Proposal) string {
	if p.Consulted != "" {
		return ""
	}
	if p.Held != "" {
		return p.Held
	}
	why, _ := Gate(g, Sanction{Outcome: p.Outcome, From: day(p.At), Until: p.Until, Naming: p.Naming}, false)
	return why.Rule
}

// Wish is that a case be resolved.
type Wish struct {
	By      coc.Login
	Outcome coc.Outcome // OutcomeNone: what is carried
	Until   time.Time   // zero: nothing was said of it
	Naming  bool
	At      time.Time
	Words   coc.Prose
}

// MayResolve says with which proposal a case may be resolved. p is the one that
// stands, nil where none does, and c how it stands; of a case without one, c is
// how an empty one would. Where one voter is all there is, their wish is a
// proposal that is carried. The error is always a coc.Refusal.
func MayResolve(p *coc.Proposal, c Count, g coc.Gate, w Wish) (coc.Proposal, error) {
	if err := unasked(c); err != nil {
		return coc.Proposal{}, err
	}
	if p != nil && c.Result == Carried {
		return carried(*p, g, w)
	}
	if c.Voters() == 1 && c.Quorum <= 1 && coc.HasLogin(append(c.Agreed, append(c.Objected, c.Silent...)...), w.By) {
		return alone(g, w)
	}
	if p == nil {
		return coc.Proposal{}, coc.Refusal{
			What: "A decision needs a proposal that is carried, and nothing is proposed.",
			Next: "Write it like `/coc propose warning They apologise in public.`; then the others write `/coc agree` or `/coc object`.", Rule: "resolve/proposal",
		}
	}
	return coc.Proposal{}, coc.Refusal{
		What: "The proposal is not carried: " + strings.Join(c.Missing(), "; ") + ".",
		Next: "Whoever has a vote writes `/coc agree` or `/coc object`.", Rule: "resolve/proposal",
	}
}

func carried(p coc.Proposal, g coc.Gate, w Wish) (coc.Proposal, error) {
	switch {
	case w.Outcome != coc.OutcomeNone && w.Outcome != p.Outcome:
		return coc.Proposal{}, coc.Refusal{
			What: "What is carried is `" + string(p.Outcome) + "`, and no other outcome.",
			Next: "`/coc resolve` takes it as it was carried.", Rule: "resolve/outcome",
		}
	case !w.Until.IsZero() && !w.Until.Equal(p.Until):
		return coc.Proposal{}, coc.Refusal{
			What: "What is carried lasts " + howLong(p) + ", and until no other day.",
			Next: "`/coc resolve` takes it as it was carried.", Rule: "resolve/outcome",
		}
	case w.Naming && !p.Naming:
		return coc.Proposal{}, coc.Refusal{
			What: "What is carried names nobody in public.",
			Next: "`/coc resolve` takes it as it was carried.", Rule: "resolve/outcome",
		}
	case over(p, w.At):
		return coc.Proposal{}, coc.Refusal{
			What: "What is carried would have ended already.",
			Next: "Propose it anew with a day that is in the future.", Rule: "resolve/over",
		}
	case Waits(g, p) != "":
		return coc.Proposal{}, coc.Refusal{
			What: Because(Waits(g, p)) + counsel(g) + " is consulted before it is done (row 12).",
			Next: "When that is done, write `/coc legal consulted`, and then `/coc resolve`.", Rule: "resolve/counsel",
		}
	}
	return p, nil
}

// howLong is until when something lasts.
func howLong(p coc.Proposal) string {
	switch {
	case !p.Until.IsZero():
		return "until " + p.Until.UTC().Format("2 January 2006")
	case lasts(p.Outcome):
		return "for ever"
	}
	return "for no time at all"
}

// alone is what one person decides.
func alone(g coc.Gate, w Wish) (coc.Proposal, error) {
	p := coc.Proposal{
		By: w.By, At: w.At, Outcome: w.Outcome, Until: w.Until, Naming: w.Naming, Words: w.Words,
		Votes: []coc.Vote{{Login: w.By, Agrees: true, At: w.At}},
	}
	switch {
	case w.Outcome == coc.OutcomeNone:
		return coc.Proposal{}, coc.Refusal{
			What: "You are the only one who has a vote, so you decide; but with which outcome?",
			Next: "Write it like `/coc resolve warning They apologised.`.", Rule: "resolve/alone",
		}
	case MayPropose(w.Outcome, w.Until, w.At) != nil:
		return coc.Proposal{}, MayPropose(w.Outcome, w.Until, w.At)
	case Waits(g, p) != "":
		return coc.Proposal{}, coc.Refusal{
			What: Because(Waits(g, p)) + counsel(g) + " is consulted before it is done (row 12).",
			Next: "Propose it first, with `until` and a day if it is to end: `/coc propose " + string(w.Outcome) + " …`; then `/coc legal consulted`, and `/coc resolve`.", Rule: "resolve/counsel",
		}
	}
	return p, nil
}

// Because says why counsel is consulted, by the rules of Gate. A sentence goes on
// behind it.
func Because(rule string) string {
	if rule == "gate/naming" {
		return "It names somebody in public, so "
	}
	return "It lasts too long to be done without counsel, so "
}

func counsel(g coc.Gate) string {
	if g.Counsel == "" {
		return "counsel"
	}
	return g.Counsel
}

// Missing says what keeps a proposal from being carried, in parts of a sentence;
// nothing where it is carried. It names nobody.
func (c Count) Missing() []string {
	if c.Asked.IsZero() {
		return c.missing()
	}
	return append(c.missing(), c.stillAsked())
}

func (c Count) missing() []string {
	var out []string
	say := func(s string) { out = append(out, s) }
	n := c.Voters()
	switch {
	case c.Result == Carried:
		return nil
	case n == 0:
		return []string{"nobody has a vote"}
	case c.Quorum > n:
		return []string{"only " + strconv.Itoa(n) + " can vote, and the quorum is " + strconv.Itoa(c.Quorum)}
	case c.Result == Failed:
		return []string{"as long as those who object do so, it cannot be carried"}
	}
	agree, vote := c.Need-len(c.Agreed), c.Quorum-c.Spoken()
	if agree > 0 {
		say(strconv.Itoa(agree) + " more must agree")
	}
	if vote > max(agree, 0) {
		say(strconv.Itoa(vote) + " more must vote, for the quorum")
	}
	switch {
	case c.Rule != Consensus || c.Need == n || !c.Asked.IsZero() && len(c.Silent) == 0:
	case len(c.Objected) > 0:
		say("somebody objects, so everybody has to have voted")
	case !c.Silence.IsZero():
		say("the rest must agree too, or nobody may object until the window is over")
	default:
		say("the rest must agree too")
	}
	return out
}
