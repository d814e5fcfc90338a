package command

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// mention is an @, of whatever width, that does not stand in an address, and what
// could be a login after it.
var mention = regexp.MustCompile(`(?:^|[^A-Za-z0-9])[@＠]([A-Za-z0-9][A-Za-z0-9-_]{0,99})`)

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

// NamesTeam reports whether words name a team, as org/slug or by the address of
// its page, in whatever letters.
func NamesTeam(t coc.Team, p coc.Prose) bool {
	if t.IsZero() {
		return false
	}
	words := strings.ToLower(strings.Map(typed, p.Reveal()))
	for _, form := range []string{t.String(), "orgs/" + t.Org + "/teams/" + t.Slug} {
		form = strings.ToLower(form)
		for rest := words; ; {
			before, after, found := strings.Cut(rest, form)
			if !found {
				break
			}
			if !endsInLogin(before) && !beginsInLogin(after) {
				return true
			}
			rest = after
		}
	}
	return false
}

// teamForms are the two ways in which GitHub writes a team: the one that tells its
// members, and the address of its page.
var teamForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(?:^|[^a-z0-9])[@＠]([a-z0-9][a-z0-9-]{0,99})/([a-z0-9][a-z0-9_-]{0,99})`),
	regexp.MustCompile(`(?i)/orgs/([a-z0-9][a-z0-9-]{0,99})/teams/([a-z0-9][a-z0-9_-]{0,99})`),
}

// Teams is every team that words name as GitHub does. Each once, in order of
// appearance.
func Teams(p coc.Prose) []coc.Team {
	words := strings.Map(typed, p.Reveal())
	var out []coc.Team
	for _, form := range teamForms {
		for _, m := range form.FindAllStringSubmatch(words, -1) {
			t := coc.Team{Org: m[1], Slug: trimEnd(m[2])}
			same := func(o coc.Team) bool { return strings.EqualFold(o.String(), t.String()) }
			if !t.IsZero() && !slices.ContainsFunc(out, same) {
				out = append(out, t)
			}
		}
	}
	return out
}

func endsInLogin(s string) bool {
	last, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && !notOfLogins(last)
}

func beginsInLogin(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && !notOfLogins(first)
}

// Among is those of the logins that stand as a whole word in the words, in
// whatever letters, with no mark that says it is an account. Mentions cannot
// see those, because any word could be somebody's login; asked about the few
// who could read a case, it can be answered. A login of one letter, or one that
// is a plain word, is found where nobody meant it: that keeps somebody out who
// could have stayed, and the other way round the accused would read.
func Among(logins []coc.Login, words ...coc.Prose) []coc.Login {
	said := map[string]bool{}
	for _, w := range words {
		plain := w.Reveal()
		for _, spelled := range slices.Compact([]string{plain, strings.Map(typed, plain)}) {
			for word := range strings.FieldsFuncSeq(strings.ToLower(spelled), notOfLogins) {
				said[bare(word)] = true
				for part := range strings.SplitSeq(word, "--") { // typed for a dash
					said[bare(part)] = true
				}
			}
		}
	}
	var out []coc.Login
	for _, l := range logins {
		if key := bare(l.Key()); key != "" && said[key] && !slices.ContainsFunc(out, l.Is) {
			out = append(out, l)
		}
	}
	return out
}

// bare drops what stands around a login in Markdown or ends a sentence.
func bare(word string) string { return strings.Trim(word, "-_") }

// typed is the character that somebody meant whose program put another in its
// place: a hyphen for the ones that look like it, nothing for what has no
// shape.
func typed(r rune) rune {
	switch {
	case r == '\u2010', r == '\u2011':
		return '-'
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

func notOfLogins(r rune) bool {
	ascii := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
	return !ascii && r != '-' && r != '_'
}

// Holds reports whether words have this in them, in whatever letters; "" is in
// none.
func Holds(p coc.Prose, what string) bool {
	return what != "" && strings.Contains(strings.ToLower(p.Reveal()), strings.ToLower(what))
}

// Reaches reports whether words have in them what leads to somebody by how they
// can be reached: all of it, or one of its words that looks like an address, an
// account or a number.
func Reaches(p, reach coc.Prose) bool {
	whole := strings.TrimSpace(reach.Reveal())
	if len(whole) >= leastReach && Holds(p, whole) {
		return true
	}
	for word := range strings.FieldsSeq(whole) {
		word = strings.Trim(word, "<>()[]{}\"',;:.!?")
		if len(word) >= leastReach && strings.ContainsAny(word, "@./+:_0123456789") && Holds(p, word) {
			return true
		}
	}
	return false
}

// leastReach is how long a word must be, in bytes, to lead to somebody. Shorter
// ones stand in any text.
const leastReach = 5
