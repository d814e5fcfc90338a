package notice

import "github.com/cocrouter/cocrouter/pkg/coc"

// HandOver announces that the turn of a case's point of contact is over, and who is it
// now. It mentions nobody: everybody who reads the case follows it. A case without a
// point of contact has nobody to go to, and nothing is said.
func HandOver(c coc.Case, from coc.Login) Private {
	if c.Contact == "" || from == "" {
		return Private{}
	}
	return private("**Hand-over.** The turn of " + codeSpan(string(from)) + " is over: the point of contact for the reporter is " +
		codeSpan(string(c.Contact)) + " from now on. What is due stands above. Who wants to have the case writes " + codeSpan("/coc claim") + ".\n")
}
