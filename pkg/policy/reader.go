package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A shape is a struct of a file as people write it. Its `yaml` tags name the
// keys, a key without omitempty is required, and `doc` says in the JSON Schema
// what the key is for. Fields are of the kinds below, or structs, pointers,
// slices and maps of them.

// word is a value written as one word or one line.
type word interface {
	// read takes the text and reports whether it is right; if not, what was
	// probably meant.
	read(text string) (suggestion string, ok bool)
	// expects completes "`key` must be …".
	expects() string
}

// loose is a word that may look like a number: an account name such as 123.
type loose interface{ alsoTagged() []string }

// choice is a word out of a short list.
type choice interface{ words() []string }

// either is a value that may be written in more than one way.
type either interface {
	from(r *reader, path string, n *yaml.Node)
}

// homesick is a shape that knows where keys belong that people put into it by
// mistake: a sentence, or "".
type homesick interface{ belongs(key string) string }

// reader fills a shape from a document. Every key and entry it meets is
// remembered under its path, so that checks which need the whole file can
// still say where.
type reader struct {
	at       map[string]*yaml.Node
	problems Problems
}

// read fills shape, a pointer to a struct, from the bytes of a file. The
// reader is for the checks that follow; where the document itself is refused
// it is nil, and the problems are returned.
func read(b []byte, shape any) (*reader, Problems) {
	root, problems := document(b)
	if problems != nil {
		return nil, problems
	}
	r := &reader{at: map[string]*yaml.Node{"": root}}
	r.value("", root, reflect.ValueOf(shape).Elem())
	return r, nil
}

// given reports whether the file has something at this path.
func (r *reader) given(path string) bool { return r.at[path] != nil }

// say adds a problem at a path, or at the nearest place above it that the
// file has.
func (r *reader) say(path, message, suggestion string) {
	place := path
	for r.at[place] == nil {
		place = place[:max(strings.LastIndexAny(place, ".["), 0)]
	}
	n := r.at[place]
	r.problems = append(r.problems, Problem{Line: n.Line, Column: n.Column, Path: path, Message: message, Suggestion: suggestion})
}

// wrong says what was expected at a path.
func (r *reader) wrong(path, expects, suggestion string) {
	r.say(path, fmt.Sprintf("%s must be %s", called(path), expects), suggestion)
}

// called is how a message names a path: by its last key, or as an entry.
func called(path string) string {
	if path == "" {
		return "the file"
	}
	if _, key, ok := strings.Cut(path, `["`); ok && strings.HasSuffix(key, `"]`) {
		return "`" + printable(strings.TrimSuffix(key, `"]`), 40) + "`"
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	if list, index, ok := strings.Cut(strings.TrimSuffix(last, "]"), "["); ok {
		if i, err := strconv.Atoi(index); err == nil {
			return fmt.Sprintf("entry %d of `%s`", i+1, list)
		}
	}
	return "`" + printable(last, 40) + "`"
}

func (r *reader) value(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		r.say(path, called(path)+" has no value: give it one, or take the line out", "")
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch into := v.Addr().Interface().(type) {
	case either:
		into.from(r, path, n)
		return
	case word:
		r.word(path, n, into)
		return
	case choice:
		r.choice(path, n, into.words(), v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		r.mapping(path, n, v)
	case reflect.Slice:
		r.list(path, n, v)
	case reflect.Map:
		r.table(path, n, v)
	case reflect.Bool:
		r.boolean(path, n, v)
	default:
		panic("policy: no way to read a " + v.Type().String())
	}
}

func (r *reader) word(path string, n *yaml.Node, into word) {
	if n.Kind != yaml.ScalarNode {
		r.wrong(path, into.expects(), "")
		return
	}
	suggestion, ok := into.read(n.Value)
	if !ok {
		r.wrong(path, into.expects(), suggestion)
		return
	}
	tags := []string{"!!str", "!!timestamp"} // in YAML 1.2 a date is a string
	if l, ok := into.(loose); ok {
		tags = append(tags, l.alsoTagged()...)
	}
	if !slices.Contains(tags, n.Tag) {
		reflect.ValueOf(into).Elem().SetZero() // later checks must not speak of it again
		r.wrong(path, into.expects()+"; YAML takes this for something else: put it in quotes", "")
	}
}

func (r *reader) choice(path string, n *yaml.Node, words []string, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && slices.Contains(words, n.Value) {
		v.SetString(n.Value)
		return
	}
	expects := "one of " + strings.Join(words, ", ")
	if n.Kind != yaml.ScalarNode {
		r.wrong(path, expects, "")
		return
	}
	r.wrong(path, expects+", not "+quoted(n.Value), nearest(n.Value, words))
}

func (r *reader) boolean(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		v.SetBool(strings.EqualFold(n.Value, "true"))
		return
	}
	meant := map[string]string{"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
	r.wrong(path, "true or false", meant[strings.ToLower(n.Value)])
}

// shape fills a struct that a value may be written as.
func (r *reader) shape(path string, n *yaml.Node, into any) {
	r.mapping(path, n, reflect.ValueOf(into).Elem())
}

func (r *reader) mapping(path string, n *yaml.Node, v reflect.Value) {
	fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		r.wrong(path, "a mapping with the keys "+strings.Join(names(fields), ", "), "")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := child(path, key.Value)
		r.at[at] = key
		f := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		if f < 0 {
			r.unknown(at, key.Value, fields, v)
			continue
		}
		r.value(at, value, v.FieldByIndex(fields[f].index))
	}
	for _, f := range fields {
		if f.required && !r.given(child(path, f.name)) {
			r.missing(child(path, f.name), f, v)
		}
	}
}

func (r *reader) unknown(at, key string, fields []field, v reflect.Value) {
	if h, ok := v.Addr().Interface().(homesick); ok {
		if sentence := h.belongs(key); sentence != "" {
			r.say(at, sentence, "")
			return
		}
	}
	r.say(at, "unknown key "+quoted(key), r.guess(key, names(fields)))
}

// guess is nearest, until there are more problems than anybody will read: it
// takes time, and a hostile file can ask for it thousands of times.
func (r *reader) guess(word string, candidates []string) string {
	if len(r.problems) > maxProblems {
		return ""
	}
	return nearest(word, candidates)
}

func (r *reader) missing(at string, f field, v reflect.Value) {
	message := called(at) + " is missing"
	if w, ok := v.FieldByIndex(f.index).Addr().Interface().(word); ok {
		message += ": it must be " + w.expects()
	}
	r.say(at, message, "")
}

func (r *reader) list(path string, n *yaml.Node, v reflect.Value) {
	switch {
	case n.Kind != yaml.SequenceNode:
		r.wrong(path, "a list, written [one, two] or with a dash before each entry", "")
		return
	case len(n.Content) == 0:
		r.say(path, called(path)+" is an empty list: take the line out, or list at least one", "")
		return
	case len(n.Content) > maxEntries:
		r.say(path, fmt.Sprintf("%s has %d entries, and %d is the most", called(path), len(n.Content), maxEntries), "")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := entry(path, i)
		r.at[at] = item
		r.value(at, item, v.Index(i))
	}
}

// maxEntries is the longest list that makes sense in any of the files.
const maxEntries = 200

func (r *reader) table(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.wrong(path, "a mapping with at least one entry", "")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := child(path, n.Content[i].Value)
		r.at[at] = n.Content[i]
		name, value := reflect.New(v.Type().Key()), reflect.New(v.Type().Elem()).Elem()
		w := name.Interface().(word)
		if suggestion, ok := w.read(n.Content[i].Value); !ok {
			r.say(at, fmt.Sprintf("%s in `%s` must be %s", quoted(n.Content[i].Value), path, w.expects()), suggestion)
			continue
		}
		r.value(at, n.Content[i+1], value)
		v.SetMapIndex(name.Elem(), value)
	}
}

// field is a key that a shape knows.
type field struct {
	name     string
	required bool
	index    []int
}

// fieldsOf lists the keys of a shape in the order they are declared, those of
// embedded shapes in their place.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for f := range t.Fields() {
		tag := f.Tag.Get("yaml")
		if f.Anonymous && tag == "" {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append(slices.Clone(f.Index), inner.index...)
				out = append(out, inner)
			}
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		out = append(out, field{name: name, required: option != "omitempty", index: f.Index})
	}
	return out
}

// namesOf lists the keys of the shape T.
func namesOf[T any]() []string { return names(fieldsOf(reflect.TypeFor[T]())) }

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
