package command

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

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
	rest := c.Text.Reveal()
	for {
		keyword, behind := word(rest)
		switch tidy(keyword) {
		case "until":
			day, after, ok := readDay(behind)
			if !ok || !c.Until.IsZero() {
				c.refuse(spec, "Behind `until` stands one day, like `2027-03-01` or `1 March 2027`; 01/03/2027 could be two.")
				return
			}
			c.Until, rest = day, after
			continue
		case "naming":
			c.Naming, rest = true, behind
			continue
		}
		break
	}
	if c.Text = coc.NewProse(rest); c.Text.IsBlank() {
		c.refuse(spec, "`/coc propose` needs words behind the outcome, which say what is to be done.")
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
