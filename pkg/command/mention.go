package command

import (
	"regexp"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// mention is an @ that does not stand in an address, and what could be a login
// after it.
var mention = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.+-])@([A-Za-z0-9][A-Za-z0-9-_]{0,99})`)

// profile is the address of an account's page, on whatever host.
var profile = regexp.MustCompile(`(?i)https?://[^\s/]*github[^\s/]*/([A-Za-z0-9][A-Za-z0-9-_]{0,99})(?:[^A-Za-z0-9_/-]|/?$|/[\s)>\]])`)

// Mentions is everybody whom words name as an account: by @login, also in
// quotes and in code, or by the address of their page. Each once, in order of
// appearance. It is used to keep people out, so a word that only looks like a
// login does no harm and a missed one would: in doubt it is named.
func Mentions(p coc.Prose) []coc.Login {
	words := p.Reveal()
	var out []coc.Login
	for _, form := range []*regexp.Regexp{mention, profile} {
		for _, m := range form.FindAllStringSubmatch(words, -1) {
			login, err := coc.ParseLogin(trimEnd(m[1]))
			if err == nil && !slices.ContainsFunc(out, login.Is) {
				out = append(out, login)
			}
		}
	}
	return out
}

// trimEnd drops what ends a sentence and cannot end a login.
func trimEnd(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '-' || s[len(s)-1] == '_') {
		s = s[:len(s)-1]
	}
	return s
}
