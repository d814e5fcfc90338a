package conflict

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// unemployed are words that people write for having no employer. Two who write
// them are no colleagues.
var unemployed = []string{"independent", "self", "self-employed", "freelance", "freelancer", "unaffiliated", "individual", "none", "n/a", "-"}

// employer is the form under which two spellings of one employer are equal,
// "" for none.
func employer(m coc.Member) string {
	e := strings.ToLower(strings.Join(strings.Fields(m.Employer), " "))
	if slices.Contains(unemployed, e) {
		return ""
	}
	return e
}

// colleagues gives the keys of those on the roster who work for the same
// employer as one of the barred, who are accused, harmed or named without a
// role. Only the roster tells employers, so a party's is known where they are
// on it. Colleagues of several parties have one conflict: it is the employer's.
// Of somebody who is only kept out it is not known that they are part of it.
func colleagues(c coc.Committee, bars map[string]string) []string {
	theirs := map[string]bool{}
	for _, m := range c.Members {
		if why := bars[m.Login.Key()]; why != "" && why != WhyKeptOut && employer(m) != "" {
			theirs[employer(m)] = true
		}
	}
	var out []string
	for _, m := range c.Members {
		if theirs[employer(m)] {
			out = append(out, m.Login.Key())
		}
	}
	return out
}
