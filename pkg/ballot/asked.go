package ballot

import (
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// WhileAsked is a count as it stands where members are still asked in private whether
// they are clear, until that time: who has a vote is not settled, so it is neither
// carried nor failed. The zero time changes nothing.
func (c Count) WhileAsked(until time.Time) Count {
	c.Asked = until
	if !until.IsZero() {
		c.Result = Open
	}
	return c
}

// stillAsked is what keeps a case from being decided meanwhile, as part of a sentence.
func (c Count) stillAsked() string {
	return "members of this committee are still asked whether they are clear (until " +
		c.Asked.UTC().Format("Monday 2 January 2006, 15:04 UTC") + ", unless all answer sooner), and nothing is decided before"
}

// unasked refuses a decision while members are still asked: the first who are in would
// decide for all.
func unasked(c Count) error {
	if c.Asked.IsZero() {
		return nil
	}
	return coc.Refusal{
		What: "This case cannot be decided yet: " + c.stillAsked() + ".",
		Next: "It can be proposed and voted on already, with `/coc propose`, `/coc agree` and `/coc object`; `/coc resolve` waits until then.", Rule: "resolve/asked",
	}
}
