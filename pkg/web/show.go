package web

import (
	"bytes"
	"html/template"
	"net/url"
	"strings"
	"unicode"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

type buffer = bytes.Buffer

// address shows whom to write to: as a link where it is an address of mail or
// of the web, else as words.
func address(contact string) template.HTML {
	text := template.HTMLEscapeString(contact)
	u, err := url.Parse(contact)
	switch {
	case err == nil && u.Scheme == "https" && u.Host != "":
		return template.HTML(`<a href="` + text + `" dir="ltr">` + text + `</a>`) //nolint:gosec // escaped above
	case strings.Count(contact, "@") == 1 && !strings.ContainsAny(contact, " /:<>\"'?&"):
		return template.HTML(`<a href="mailto:` + text + `" dir="ltr">` + text + `</a>`) //nolint:gosec // escaped above
	}
	return template.HTML(`<bdi>` + text + `</bdi>`) //nolint:gosec // escaped above
}

// groups are the parts of a receipt, to be read out one by one.
func groups(receipt string) []string { return strings.Split(receipt, "-") }

// seen reports whether a character leaves a trace on paper.
func seen(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u2800', '\u3164', '\uFFA0', '\u034F': // fillers that count as letters, marks or symbols
		return false
	}
	return !unicode.IsSpace(r) && unicode.IsGraphic(r) && r != '\uFFFD'
}

// quotes reports whether a text holds a word of what somebody wrote. Short
// words are in every sentence and tell nothing.
func quotes(text string, written []coc.Prose) bool {
	for _, p := range written {
		for word := range strings.FieldsSeq(p.Reveal()) {
			if len(word) >= 6 && strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}
