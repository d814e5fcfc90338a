package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/invopop/jsonschema"
)

// schemaHome is where the schemas are published, for editors.
const schemaHome = "https://raw.githubusercontent.com/cocrouter/cocrouter/main/config/"

// Schema is the JSON Schema of a kind of file: "coc", "committee" or
// "directory". It is made from the same shapes that the parser reads, and
// config/KIND.schema.json holds what it returns. What a schema cannot say
// (that a name leads somewhere, that nothing is said twice) only the parser
// checks.
func Schema(kind string) ([]byte, error) {
	var s *jsonschema.Schema
	switch kind {
	case "coc":
		s = schemaOf[pointerFile]()
		s.Title = "A project's coc.yaml"
		s.Description = "Says which committee takes Code of Conduct reports about this project."
	case "committee":
		s = schemaOf[committeeFile]()
		s.Title = "A committee's .github/coc-committee.yaml"
		s.Description = "Says who is on the committee and how it works, in its incident repository."
	case "directory":
		s = schemaOf[directoryFile]()
		s.Title = "The committee directory"
		s.Description = "The operator's list of committees, and of what is pinned to them."
	default:
		return nil, fmt.Errorf("schema: unknown kind %s: it is coc, committee or directory", quoted(kind))
	}
	s.Version = jsonschema.Version
	s.ID = jsonschema.ID(schemaHome + kind + ".schema.json")
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", kind, err)
	}
	return append(inASCII(b), '\n'), nil
}

func schemaOf[T any]() *jsonschema.Schema { return schemaOfType(reflect.TypeFor[T]()) }

// schemaOfType is a schema without references, so that each key can carry a
// description of its own.
func schemaOfType(t reflect.Type) *jsonschema.Schema {
	r := jsonschema.Reflector{FieldNameTag: "yaml", DoNotReference: true, Mapper: schemaOfWord, LookupComment: keyDoc}
	s := r.ReflectFromType(t)
	s.Version, s.ID = "", ""
	return s
}

func keyDoc(t reflect.Type, name string) string {
	f, _ := t.FieldByName(name)
	return f.Tag.Get("doc")
}

// schemaOfWord is the schema of everything that is no struct; nil leaves the
// type to the library.
func schemaOfWord(t reflect.Type) *jsonschema.Schema {
	switch {
	case t.Kind() == reflect.Slice:
		return &jsonschema.Schema{Type: "array", Items: schemaOfType(t.Elem()), MinItems: new(uint64(1)), MaxItems: new(uint64(maxEntries))}
	case t.Kind() == reflect.Map:
		return &jsonschema.Schema{Type: "object", PropertyNames: schemaOfType(t.Key()), AdditionalProperties: schemaOfType(t.Elem()), MinProperties: new(uint64(1))}
	}
	switch w := reflect.New(t).Elem().Interface().(type) {
	case interface{ schema() *jsonschema.Schema }:
		return w.schema()
	case choice:
		s := &jsonschema.Schema{Type: "string"}
		for _, word := range w.words() {
			s.Enum = append(s.Enum, word)
		}
		return s
	}
	return nil
}

// whole is a string that consists of the pattern and nothing else.
func whole(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^(?:" + pattern + ")$"}
}

func (version) schema() *jsonschema.Schema { return &jsonschema.Schema{Type: "integer", Const: 1} }

func (count) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "1", Maximum: json.Number(fmt.Sprint(maxCount))}
}

func (quorum) schema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Const: "majority"}, count(0).schema()}}
}

// An account name of digits alone is a number to YAML.
func (login) schema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{whole(`\s*@?` + ownerPattern + `\s*`), {Type: "integer", Minimum: "0"}}}
}

func (repo) schema() *jsonschema.Schema {
	s := whole(ownerPattern + `/[A-Za-z0-9._-]{1,100}`)
	s.Not = &jsonschema.Schema{Pattern: `/\.{1,2}$`}
	return s
}

func (pattern) schema() *jsonschema.Schema {
	s := whole(ownerPattern + `/(?:\*|[A-Za-z0-9._-]{1,100})`)
	s.Not = &jsonschema.Schema{Pattern: `/\.{1,2}$`}
	return s
}

func (team) schema() *jsonschema.Schema   { return whole(`@?` + ownerPattern + `/` + ownerPattern) }
func (key) schema() *jsonschema.Schema    { return whole(keyPattern) }
func (newKey) schema() *jsonschema.Schema { return whole(newKeyPattern) }
func (span) schema() *jsonschema.Schema   { return whole(spanPattern) }
func (zone) schema() *jsonschema.Schema   { return whole(zonePattern) }

func (contact) schema() *jsonschema.Schema {
	s := whole(contactPattern)
	s.MaxLength = new(uint64(maxContact))
	return s
}

func (title) schema() *jsonschema.Schema {
	s := whole(titlePattern)
	s.MaxLength = new(uint64(maxTitle))
	return s
}

func (tongue) schema() *jsonschema.Schema { return whole(tonguePattern) }

func (plain) schema() *jsonschema.Schema {
	s := whole(plainPattern)
	s.MaxLength = new(uint64(maxPlain))
	return s
}

func (ownWords) JSONSchemaExtend(s *jsonschema.Schema) { s.MinProperties = new(uint64(1)) }

func (label) schema() *jsonschema.Schema {
	s := whole(titlePattern)
	s.MaxLength = new(uint64(maxLabel))
	return s
}

func (day) schema() *jsonschema.Schema {
	s := whole(dayPattern)
	s.Format = "date"
	return s
}

func (country) schema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, c := range countries {
		s.Enum = append(s.Enum, c)
	}
	return s
}

func (member) schema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{login("").schema(), schemaOf[memberFields]()}}
}

func (committeePart) schema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{key("").schema(), schemaOf[declared]()}}
}

// The rules about several keys at once.

func (committeeFile) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{{Required: []string{"members"}}, {Required: []string{"team"}}}
}

func (declared) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Not = &jsonschema.Schema{Required: []string{"members", "team"}}
}

func (directoryEntry) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Not = &jsonschema.Schema{Required: []string{"members", "team"}}
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"incidents"}}, {Required: []string{"contact"}}}
}

// inASCII writes every other character as an escape: the pattern of a name
// holds the invisible ones, which must not stand in a file that people review.
func inASCII(b []byte) []byte {
	var out bytes.Buffer
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		default: // nothing here lies beyond the first plane
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		b = b[size:]
	}
	return out.Bytes()
}
