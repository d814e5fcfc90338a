package command

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// AccusedLink is the word for an address at which the accused can answer. It is no step:
// nothing is done about them before a member sends it.
const AccusedLink = "link"

// readAccused takes what was done about the accused, and of whom: with its sign,
// because the first word of a sentence could be somebody's login. Nothing at all
// asks for the text that tells them.
func (c *Command) readAccused(spec Spec, first, more string) {
	step, rest := word(first)
	switch coc.Step(tidy(step)) {
	case "":
		return
	case AccusedLink, coc.StepNotified, coc.StepDeferred, coc.StepHeard:
		c.Args = tidy(step)
	default:
		c.refuse(spec, "`/coc accused` takes `notified`, `deferred`, `heard` or `link`, or nothing.")
		return
	}
	if who, words := word(rest); strings.HasPrefix(who, "@") {
		login, err := coc.ParseLogin(tidy(who))
		if err != nil {
			c.refuse(spec, "What begins with an @ after `/coc accused "+c.Args+"` is to be one account name.")
			return
		}
		c.Member, rest = login, words
	}
	c.Text = coc.NewProse(strings.TrimSpace(rest + "\n" + more))
	switch {
	case !c.Text.IsBlank():
	case c.Args == string(coc.StepDeferred):
		c.refuse(spec, "`/coc accused deferred` needs a reason, which the record keeps.")
		c.Wrong.Next = "Write it like `/coc accused deferred They could still delete what they wrote.`"
	case c.Args == string(coc.StepHeard):
		c.refuse(spec, "`/coc accused heard` needs what they say, as you write it down.")
		c.Wrong.Next = "Write it like `/coc accused heard They say that they meant it as a joke.`"
	}
}

// readInterim tells a vote from a measure: a vote is the one word, and after it at
// most a number. "/coc interim confirm that he is muted" could be either.
func (c *Command) readInterim(spec Spec, first, whole string) {
	vote, rest := word(first)
	if vote = tidy(vote); vote != "confirm" && vote != "reverse" {
		c.need(spec, whole)
		return
	}
	c.Args = vote
	if rest == "" {
		return
	}
	n, err := strconv.Atoi(tidy(rest))
	if err != nil || n < 1 {
		c.refuse(spec, "`/coc interim "+vote+"` takes the number of a measure and nothing else, so that it is clear what was meant.")
		c.Wrong.Next = "Write it like `/coc interim " + vote + "` or `/coc interim " + vote + " 2`."
		return
	}
	c.Number = n
}

// mediationEnded is what leads out of a mediation.
const mediationEnded = "mediate ended"

// readMediation tells the beginning of a mediation, which needs words, from its end,
// which need none.
func (c *Command) readMediation(spec Spec, first, more, whole string) {
	if ended, rest := word(first); tidy(ended) == "ended" {
		c.Verb, c.Text = mediationEnded, coc.NewProse(strings.TrimSpace(rest+"\n"+more))
		return
	}
	if whole == "" {
		c.refuse(spec, "`/coc mediate` needs words that say that every party has consented, which the record keeps.")
		return
	}
	c.Text = coc.NewProse(whole)
}

// readTemplate takes the name of a text, or nothing.
func (c *Command) readTemplate(spec Spec, first string) {
	name, rest := word(first)
	name = tidy(name)
	if rest != "" || name != "" && !slices.Contains(coc.Templates(), name) {
		c.refuse(spec, "There are these texts: `"+strings.Join(coc.Templates(), "`, `")+"`.")
		return
	}
	c.Args = name
}
