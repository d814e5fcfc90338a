package notice

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Defuse turns people's text into Markdown that reads as they wrote it and
// does nothing else: it mentions nobody, refers to nothing, links nowhere,
// embeds nothing, is no command, and cannot pass for a marker of ours.
//
// Every line is a paragraph's line: what would begin a list, a heading, a
// quotation, a table or code is escaped. A word that GitHub would make into a
// mention, a reference, a link, a formula or an emoji stands in a code span.
// Characters that nobody sees (controls, bidirectional overrides, zero-width
// ones) are taken out, except joiners within a script that needs them. Line
// breaks stay; GitHub shows them in issues and comments.
//
// The result is at most eight times as long as the text.
func Defuse(p coc.Prose) string {
	lines := plainLines(p.Reveal())
	for i, line := range lines {
		lines[i] = defuseLine(line)
	}
	return strings.Join(lines, "\n")
}

// defuseInline is Defuse for a name or an address that has to stay on the line
// it is put into.
func defuseInline(p coc.Prose) string {
	return defuseLine(oneLine(p.Reveal()))
}

// codeSpan shows a value of ours, such as a login or the name of a repository,
// exactly as it is. The empty value is an empty string.
func codeSpan(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	return fence(s)
}

// plainLines takes out what cannot be seen, breaks what could be taken for a
// marker of ours, and splits the text into lines without surrounding blank
// ones.
func plainLines(text string) []string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = lineBreaks.Replace(text)
	text = visible(text)
	text = fakeMarker.ReplaceAllString(text, "$1 :")
	text = strings.ReplaceAll(text, "<!--", "< !--")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc(line, unicode.IsSpace)
	}
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

var (
	lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
		"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	fakeMarker = regexp.MustCompile(`(?i)(cocrouter):`)
)

// maxMarks is how many combining marks may follow one another. Scripts need
// two or three; hundreds of them paint over the lines above and below.
const maxMarks = 5

// visible takes out the characters that cannot be seen.
func visible(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	marks := 0
	var before rune
	for i, r := range text {
		if r < utf8.RuneSelf {
			marks = 0
			if r >= ' ' && r != 0x7F || r == '\n' || r == '\t' {
				b.WriteByte(byte(r))
				before = r
			}
			continue
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		switch {
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
			if !joins(before) || !joins(after) {
				continue
			}
		case hidden(r):
			continue
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
)

// joins reports whether a joiner beside r has a meaning: letters outside
// ASCII, their marks, and pictures.
func joins(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError &&
		(unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r))
}

// hidden reports whether r shows nothing, or changes how others are shown.
func hidden(r rune) bool {
	switch r {
	case '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u2800', '\u3164', '\uFFA0': // fillers that Unicode counts as letters, marks or symbols
		return true
	case '\u0600', '\u0601', '\u0602', '\u0603', '\u0604', '\u0605', '\u06DD', '\u070F', '\u0890', '\u0891', '\u08E2': // format characters that are seen: Arabic number signs
		return false
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// defuseLine escapes one line.
func defuseLine(line string) string {
	var b strings.Builder
	body := strings.TrimLeftFunc(line, unicode.IsSpace)
	b.WriteString(indent(line[:len(line)-len(body)]))
	for start := true; body != ""; start = false {
		end := strings.IndexFunc(body, unicode.IsSpace)
		if end < 0 {
			end = len(body)
		}
		writeToken(&b, body[:end], start)
		body = body[end:]
		rest := strings.TrimLeftFunc(body, unicode.IsSpace)
		if rest != "" {
			b.WriteByte(' ')
		}
		body = rest
	}
	return b.String()
}

// indent keeps an indentation visible with spaces that Markdown does not
// count; four real ones would be code.
func indent(space string) string {
	n := 0
	for _, r := range space {
		if n++; r == '\t' {
			n++
		}
	}
	return strings.Repeat("\u00A0", min(n, 24))
}

var (
	loaded  = regexp.MustCompile(`(?i)[@#$]|://|www\.|(?:^|[^a-z0-9])(?:gh|ghsa|cve)-[0-9a-z]|[0-9a-f]{7}|:[a-z0-9+_-]+:|mailto:|xmpp:`)
	number  = regexp.MustCompile(`^[0-9]{1,9}[.)]`)
	opening = "([{\"'“‘«„¿¡"
	closing = ")]}\"'”’».,;:!?…"
)

// writeToken writes a word: as code if GitHub could make something of it.
func writeToken(b *strings.Builder, word string, start bool) {
	if loaded.MatchString(word) {
		core := strings.TrimLeft(word, opening)
		before := word[:len(word)-len(core)]
		core = strings.TrimRight(core, closing)
		after := word[len(before)+len(core):]
		// What was peeled off must not have been what made it a word to hide.
		if core == "" || loaded.MatchString(before) || loaded.MatchString(after) {
			before, core, after = "", word, ""
		}
		escape(b, before, start)
		b.WriteString(fence(core))
		escape(b, after, false)
		return
	}
	escape(b, word, start)
}

// escape writes text so that Markdown takes every character as itself. At the
// start of a line, what begins a block is escaped too, and so is the slash
// that begins a command.
func escape(b *strings.Builder, text string, start bool) {
	if start {
		if digits := number.FindString(text); digits != "" {
			b.WriteString(digits[:len(digits)-1] + `\` + digits[len(digits)-1:])
			text = text[len(digits):]
		} else if text != "" && strings.ContainsRune("-+=>:/#", rune(text[0])) {
			b.WriteByte('\\')
			b.WriteByte(text[0])
			text = text[1:]
		}
	}
	for _, r := range text {
		if strings.ContainsRune("\\`*_<>&[]|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// fence puts s into a code span whose backticks are more than any within.
func fence(s string) string {
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	ticks := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}
