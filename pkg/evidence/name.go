package evidence

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// longestName is of a name without its ending, in bytes.
const longestName = 80

// Name makes a name safe that somebody gave to a file: no folders, nothing that
// cannot be seen or turns the direction of writing, no second ending, and as its
// ending the one of what the file is.
func Name(said coc.Prose, kind Kind) coc.Prose {
	name := strings.ToValidUTF8(said.Reveal(), "_")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[:i]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp), r == utf8.RuneError,
			unicode.Is(unicode.Variation_Selector, r), !unicode.IsGraphic(r):
			return -1
		case strings.ContainsRune(`.:;*?"<>|%$&'`+"`", r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " _-~")
	for len(name) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name = strings.TrimRight(name, " _-~"); name == "" || reserved(name) {
		name = "file"
	}
	return coc.NewProse(name + endings[kind])
}

// Spaced is a name with a space for every underscore, which stands for one in the names
// of files.
func Spaced(name coc.Prose) coc.Prose {
	return coc.NewProse(strings.ReplaceAll(name.Reveal(), "_", " "))
}

// Runs is every run of words that follow each other in a name, joined by hyphens as in
// a login: between the words of a file's name a hyphen may also stand for a space.
func Runs(name coc.Prose) []coc.Prose {
	parts := strings.FieldsFunc(name.Reveal(), func(r rune) bool { return strings.ContainsRune("-\u2010\u2011_ .", r) })
	var out []coc.Prose
	for from := range parts {
		for to := from + 1; to <= len(parts); to++ {
			out = append(out, coc.NewProse(strings.Join(parts[from:to], "-")))
		}
	}
	return out
}

// reserved reports whether a name is a device's on some system.
func reserved(name string) bool {
	switch name = strings.ToUpper(name); name {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(name) == 4 && (strings.HasPrefix(name, "COM") || strings.HasPrefix(name, "LPT")) && name[3] >= '0' && name[3] <= '9'
}
