package web

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/bidi"
	"gopkg.in/yaml.v3"
)

//go:embed words/*.yaml
var wordFiles embed.FS

// catalogue is the words of one language, as its file under words/ has them.
type catalogue struct {
	Language language.Tag       `yaml:"language"`
	Name     string             `yaml:"name"` // of the language, in itself
	Reviewed bool               `yaml:"reviewed"`
	Dates    dates              `yaml:"dates"`
	Words    map[string]message `yaml:"words"`
}

// message is what stands under a key, by what it counts; most count nothing and
// have the form "other" alone.
type message map[string]string

// UnmarshalYAML takes a text, or its forms of the plural.
func (m *message) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*m = message{"other": n.Value}
		return nil
	}
	return n.Decode((*map[string]string)(m))
}

// catalogues are all languages, English first: it is what is spoken where
// nothing else is asked for, and what stands in for words that are missing.
var (
	catalogues = mustRead(wordFiles)
	fallback   = catalogues[0]
	matcher    = language.NewMatcher(tags(catalogues))
)

// mustRead takes the files as they are built in. That they can be read is our
// own matter, so that it cannot fail but while we build.
func mustRead(files fs.FS) (all []*catalogue) {
	names, err := fs.Glob(files, "words/*.yaml")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		c, err := readCatalogue(files, name)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		if c.Language == language.English {
			all = slices.Insert(all, 0, c)
			continue
		}
		all = append(all, c)
	}
	return all
}

func readCatalogue(files fs.FS, name string) (*catalogue, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var c catalogue
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	return &c, nil
}

func tags(all []*catalogue) (out []language.Tag) {
	for _, c := range all {
		out = append(out, c.Language)
	}
	return out
}

// words are what one page speaks with: a catalogue, by whoever reads the page.
type words struct {
	*catalogue
	kept bool // this language was chosen by its name, and goes along with links and forms
}

// Say gives the words for a key, with values put in. What a catalogue lacks is
// said in English. A key that does not exist there either is our own mistake,
// which a test finds.
func (w words) Say(key string, values ...any) (string, error) {
	in := w.catalogue
	m, ok := in.Words[key]
	if !ok {
		in = fallback
		if m, ok = in.Words[key]; !ok {
			return "", fmt.Errorf("no words for %q", key)
		}
	}
	text := m[in.form(values)]
	if text == "" {
		text = m["other"]
	}
	return filled(text, w.isolated(values)), nil
}

// isolated keeps names from turning the sentence around in which they stand. What
// runs the same way as the page needs no marks.
func (w words) isolated(values []any) []any {
	out := slices.Clone(values)
	for i, v := range values {
		if text, ok := v.(string); ok && (w.Dir() == "rtl" || strings.ContainsFunc(text, runsLeft)) {
			out[i] = "\u2068" + text + "\u2069" // from FIRST STRONG ISOLATE to POP DIRECTIONAL ISOLATE
		}
	}
	return out
}

// runsLeft reports whether a character belongs to a script that is written from
// right to left.
func runsLeft(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

// valueIn is where a text takes a value: the next one, or that of a number.
var valueIn = regexp.MustCompile(`%(?:\[([1-9])\])?v`)

// filled puts values into a text. A form of the plural need not say its number:
// in Arabic "two days" is one word.
func filled(text string, values []any) string {
	next := 0
	return valueIn.ReplaceAllStringFunc(text, func(at string) string {
		if n := valueIn.FindStringSubmatch(at)[1]; n != "" {
			next = int(n[0] - '1')
		}
		next++
		if next > len(values) {
			return at
		}
		return fmt.Sprint(values[next-1])
	})
}

// forms are the names of the forms of the plural in a catalogue.
var forms = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

// form is how this language counts the first number among the values.
func (c *catalogue) form(values []any) string {
	for _, v := range values {
		if n, ok := v.(int); ok {
			return forms[plural.Cardinal.MatchPlural(c.Language, n, 0, 0, 0, 0)]
		}
	}
	return "other"
}

// Lang is the language as HTML names it, Dir the direction it is written in.
func (w words) Lang() string { return w.Language.String() }

// Dir is where its lines begin: ltr or rtl.
func (w words) Dir() string {
	if script, _ := w.Language.Script(); slices.Contains([]string{"Arab", "Hebr"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Kept is the language that goes along with links and forms, so that nobody has
// to choose it again; "" where the browser asks for it by itself.
func (w words) Kept() string {
	if w.kept {
		return w.Lang()
	}
	return ""
}

// To is a path of ours, in the same language. A form that is sent with GET loses
// the query of its address; it has {{template "kept"}} instead.
func (w words) To(path string) string {
	if !w.kept {
		return path
	}
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + "lang=" + w.Lang()
}
