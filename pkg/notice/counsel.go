package notice

import "github.com/cocrouter/cocrouter/pkg/coc"

// counselled is whether counsel must be consulted on the legal risk of a case before it
// is decided (row 4), or was.
func counselled(c coc.Case) []string {
	a, advised := c.Advised()
	switch {
	case !c.AsksCounsel():
		return nil
	case advised:
		return []string{"- **Counsel was consulted** on the legal risk, says " + codeSpan(string(a.By)) + ", " + at(a.At, "") + "\n"}
	case decided(c.Stage):
		return nil
	}
	return []string{"- **Waits for counsel**: there is a legal risk, so nothing is decided before counsel is consulted (row 4); then `/coc legal consulted`\n"}
}
