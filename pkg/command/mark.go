package command

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// readLevel takes one of the severities and nothing behind it: "high or medium"
// names none.
func (c *Command) readLevel(spec Spec, words string) {
	named := strings.TrimPrefix(tidy(words), "severity/")
	if !slices.Contains(coc.Severities(), named) {
		c.refuse(spec, "How urgent a case is, is one of "+strings.Join(coc.Severities(), ", ")+".")
		return
	}
	c.Args = named
}

// readFlag takes a flag as it is written in the label, or apart. Whether a person
// may set it is not a matter of reading.
func (c *Command) readFlag(spec Spec, words string) {
	named := strings.Join(strings.Fields(spaced(strings.TrimPrefix(tidy(words), "flag/"))), "-")
	if !slices.Contains(coc.Flags(), coc.Flag(named)) {
		c.refuse(spec, "`/coc "+spec.Verb+"` takes one flag and no more.")
		return
	}
	c.Args = named
}
