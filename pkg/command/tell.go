package command

import (
	"regexp"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// severalParagraphs is words with a blank line between them.
var severalParagraphs = regexp.MustCompile(`\n\s*\n`)

// readUpdate takes what the reporter is told, or "sent" and words of the record.
func (c *Command) readUpdate(spec Spec, whole string) {
	if first, rest := word(whole); tidy(first) == "sent" {
		c.Args, c.Text = "sent", coc.NewProse(rest)
		return
	}
	c.readForReporter(spec, whole)
}

// readQuestion takes a question: to whom it begins with, if that is an account with
// its sign, and else to the reporter.
func (c *Command) readQuestion(spec Spec, whole string) {
	who, question := word(whole)
	if !strings.HasPrefix(who, "@") {
		c.readForReporter(spec, whole)
		return
	}
	login, err := coc.ParseLogin(tidy(who))
	switch {
	case err != nil:
		c.refuse(spec, "`/coc ask` begins with the account of a project's liaison, or with a question to the reporter.")
	case question == "":
		c.refuse(spec, "`/coc ask` needs a question.")
	default:
		c.Member, c.Text = login, coc.NewProse(question)
	}
}

// readForReporter takes one paragraph. What stands below a blank line may be meant
// for the others on the committee, and whoever it is about would have it from the
// reporter.
func (c *Command) readForReporter(spec Spec, whole string) {
	switch {
	case whole == "":
		c.refuse(spec, "`/coc "+spec.Verb+"` needs words for the reporter.")
	case severalParagraphs.MatchString(whole):
		c.refuse(spec, "Nothing was told: the reporter would read this comment up to its next command, and it has more than one paragraph.")
		c.Wrong.Next = "Put each paragraph for the reporter behind a `/coc " + spec.Verb + "` of its own, and everything else above them."
	default:
		c.Text = coc.NewProse(whole)
	}
}

// First is the login that the words begin with, written without the sign of an
// account; any word could be one, and "" is none.
func (c Command) First() coc.Login {
	first, _ := word(c.Text.Reveal())
	login, err := coc.ParseLogin(tidy(first))
	if err != nil {
		return ""
	}
	return login
}
