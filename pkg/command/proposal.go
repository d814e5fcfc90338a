package command

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// readDecision takes nothing, or an outcome with the terms of a proposal and words: what
// is entered must not say another day than what was carried.
func (c *Command) readDecision(spec Spec, first, more string) {
	if c.readOutcome(spec, first, more); c.Wrong != nil || c.Args == "" {
		return
	}
	if rest, ok := c.readTerms(spec, c.Text.Reveal()); ok {
		c.Text = coc.NewProse(rest)
	}
}

// readProposal takes an outcome, and behind it in any order until when it lasts and
// whether somebody is named in public; the rest are the words. Where `until` stands
// first, a day must follow: "ban until they apologise" would otherwise be a ban for
// ever.
func (c *Command) readProposal(spec Spec, first, more string) {
	if first == "" {
		c.refuse(spec, "`/coc propose` needs an outcome, and what is to be done.")
		return
	}
	if c.readOutcome(spec, first, more); c.Wrong != nil {
		return
	}
	rest, ok := c.readTerms(spec, c.Text.Reveal())
	if !ok {
		return
	}
	if c.lasts() && c.Until.IsZero() && spanFirst(rest) {
		c.refuse(spec, "How long it lasts is not understood, only until which day, and without one it would be for ever.")
		return
	}
	if c.Text = coc.NewProse(rest); c.Text.IsBlank() {
		c.refuse(spec, "`/coc propose` needs words behind the outcome, which say what is to be done.")
	}
}

// readTerms takes until when something lasts and whether somebody is named, in any order,
// and gives the rest.
func (c *Command) readTerms(spec Spec, words string) (rest string, ok bool) {
	for rest = words; ; {
		keyword, behind := word(rest)
		switch tidy(keyword) {
		case "until":
			day, after, ok := readDay(behind)
			if !ok || !c.Until.IsZero() {
				c.refuse(spec, "Behind `until` stands one day, like `2027-03-01` or `1 March 2027`; 01/03/2027 could be two.")
				return "", false
			}
			c.Until, rest = day, after
			continue
		case "naming":
			c.Naming, rest = true, behind
			continue
		}
		return rest, true
	}
}

// lasts reports whether the outcome goes on until a day, or for ever.
func (c Command) lasts() bool {
	return c.Args == string(coc.OutcomeBan) || c.Args == string(coc.OutcomeSuspension)
}

// How people write how long something lasts. Where it stands first, without a "for", it
// may be the time of something else: "two days ago".
const (
	span     = `(?:[0-9]+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half an?|several|a few)[\s-]+(?:(?:more|full|whole|calendar|business|working) )?(?:hour|day|week|fortnight|month|quarter|year)s?\b`
	forASpan = `(?:for|of|lasting)\s+(?:about |at least |at most |up to |the next )?` + span
)

var (
	spanBegins = regexp.MustCompile(`(?i)^(?:(` + forASpan + `)|(` + span + `)\s*(\S*))`)
	spanWithin = regexp.MustCompile(`(?i)\b` + forASpan)
	forGood    = regexp.MustCompile(`(?i)\b(?:permanent(?:ly)?|for ?ever|for good|for life|indefinitely)\b`)
	sanction   = regexp.MustCompile(`(?i)\b(?:bans?|banned|suspend(?:s|ed)?|suspensions?)\b`)
	inPublic   = regexp.MustCompile(`(?i)\bnam(?:e|es|ed|ing)\b[^.\n]*\bpubli(?:c|sh)|\bpubli(?:c|sh)[a-z]*\b[^.\n]*\bnam(?:e|es|ed|ing)\b`)
)

func spanFirst(words string) bool {
	m := spanBegins.FindStringSubmatch(words)
	return m != nil && (m[1] != "" || !slices.Contains([]string{"ago", "after", "before", "later", "earlier"}, tidy(m[3])))
}

// Unsaid is what the words of a proposal seem to say, and its terms do not: nothing
// follows from it, and whoever wrote it may have meant it.
type Unsaid struct {
	Ends   bool // it is for ever, and the words have an end
	Lasts  bool // the words have a ban or a suspension, which is another outcome
	Naming bool // somebody is named in public
}

// Unsaid is that of a proposal.
func (c Command) Unsaid() Unsaid {
	words := c.Text.Reveal()
	ends := spanWithin.MatchString(words)
	for _, at := range untilWord.FindAllStringIndex(words, -1) {
		ends = ends || daylike.MatchString(words[at[1]:])
	}
	return Unsaid{
		Ends:   c.lasts() && c.Until.IsZero() && ends,
		Lasts:  !c.lasts() && sanction.MatchString(words) && (ends || forGood.MatchString(words)),
		Naming: !c.Naming && inPublic.MatchString(words),
	}
}

// readConsulted wants the word: "legal" alone could be a question.
func (c *Command) readConsulted(spec Spec, whole string) {
	said, rest := word(whole)
	if tidy(said) != "consulted" {
		c.refuse(spec, "`/coc legal` takes the word `consulted`, when counsel was consulted.")
		return
	}
	c.Args, c.Text = "consulted", coc.NewProse(strings.TrimSpace(rest))
}
