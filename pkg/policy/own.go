package policy

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Words are what a committee says to reporters in its own way, beside what the pages
// say by themselves: Before they write, and After their report is saved. It is plain
// text, "" where there is none.
type Words struct{ Before, After string }

// ownWords is the shape of Words in one language.
type ownWords struct {
	Before plain `yaml:"before,omitempty" doc:"Shown above the form, before the first field. Plain text."`
	After  plain `yaml:"after,omitempty" doc:"Shown beside the receipt, once the report is saved. Plain text."`
}

func (r *reader) checkOwn(path string, own map[tongue]ownWords) {
	for lang := range own {
		if at := child(path, string(lang)); !r.given(child(at, "before")) && !r.given(child(at, "after")) {
			r.say(at, called(at)+" needs `before` or `after`", "")
		}
	}
}

func spoken(own map[tongue]ownWords) map[string]Words {
	if len(own) == 0 {
		return nil
	}
	out := map[string]Words{}
	for lang, w := range own {
		out[string(lang)] = Words{string(w.Before), string(w.After)}
	}
	return out
}

// tongue is a language, by its short name. Each has one spelling, so that none is
// given twice.
type tongue string

const tonguePattern = `[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}`

var tongueForm = regexp.MustCompile(`^` + tonguePattern + `$`)

func (l *tongue) read(text string) (string, bool) {
	tag, err := language.Parse(text)
	switch {
	case err != nil || !tongueForm.MatchString(tag.String()):
		return "", false
	case tag.String() != text:
		return tag.String(), false
	}
	*l = tongue(text)
	return "", true
}

func (tongue) expects() string {
	return "the short name of a language, such as en, de or zh-Hans"
}

// plain is text that people read as it stands, of one line or several. It may hold
// what joins letters in some scripts, and nothing that turns a line round.
type plain string

const (
	turning      = "\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
	plainPattern = `[^` + turning + `]*[^` + turning + `\s][^` + turning + `]*`
	maxPlain     = 1000
)

var plainForm = regexp.MustCompile(`^(?:` + plainPattern + `)$`)

func (p *plain) read(text string) (string, bool) {
	if text = strings.TrimSpace(text); utf8.RuneCountInString(text) > maxPlain || !plainForm.MatchString(text) {
		return "", false
	}
	*p = plain(text)
	return "", true
}

func (plain) expects() string {
	return fmt.Sprintf("plain text of at most %d characters", maxPlain)
}
