package ballot

import "github.com/cocrouter/cocrouter/pkg/coc"

// Uncounselled says why a case cannot be decided yet, where there is a legal risk in it
// and its committee has not consulted counsel (jurisdiction row 4); nil where it can.
// That holds for every outcome: also that nothing is done is a decision. It is voted on
// all the same. The error is a coc.Refusal.
func Uncounselled(c coc.Case, g coc.Gate) error {
	if _, ok := c.Advised(); ok || !c.AsksCounsel() {
		return nil
	}
	return coc.Refusal{
		What: "There is a legal risk in this case, so " + counsel(g) + " is consulted before it is decided (row 4).",
		Next: "When that is done, write `/coc legal consulted`, and then `/coc resolve`. If the case is to be somebody else's, `/coc escalate` or `/coc transfer` it.", Rule: "resolve/counsel",
	}
}
