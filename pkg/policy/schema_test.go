package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// compiled is the schema of a kind, as an editor would use it.
func compiled(t testing.TB, kind string) *jsonschema.Schema {
	t.Helper()
	b, err := Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(kind, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(kind)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is a node as JSON has it. A date is a string there, as it is to
// every YAML reader of version 1.2.
func instance(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return instance(n.Content[0])
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = instance(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, instance(c))
		}
		return out
	}
	switch n.Tag {
	case "!!int":
		return json.Number(n.Value)
	case "!!float":
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return n.Value
		}
		return f
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!null":
		return nil
	}
	return n.Value
}

// onlyTheParserKnows are the problems that a JSON Schema cannot express. Every
// other problem of the parser must be one of the schema too.
var onlyTheParserKnows = regexp.MustCompile(strings.Join([]string{
	`repeats entry \d+: keep one`,
	`is not among the`,
	`may be at most \d+ \w+`,
	`is later than .acknowledge_within.`,
	`can take part in a decision`,
	`nobody in .members. decides`,
	`names the committee itself`,
	`makes a loop`,
	`is also that of`,
	`are the same repositories`,
	`is already a name of`,
	`is before .from.`,
	`says who takes such an event`,
	`must be a team of the organisation that holds`,
	`but .order. lists`,
	`must be the short name of a language`, // likewise
	`must be a time zone`,                  // the schema knows only what one looks like
}, "|"))

func TestSchemaAndParserAgreeOnEveryMutationOfAGoodFile(t *testing.T) {
	t.Parallel()
	good := map[string][]byte{
		"coc":       readFile(t, "testdata", "policy", "coc.good.yaml"),
		"committee": readFile(t, "testdata", "policy", "committee.good.yaml"),
		"directory": readFile(t, "testdata", "policy", "directory.good.yaml"),
	}
	for kind, file := range good {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			schema, parse := compiled(t, kind), parsers[kind]
			var root yaml.Node
			if err := yaml.Unmarshal(file, &root); err != nil {
				t.Fatal(err)
			}
			tried, refused := 0, 0
			agree := func(what string) {
				t.Helper()
				text, err := yaml.Marshal(&root)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				problems := parse(text)
				complaint := schema.Validate(instance(&root))
				if complaint != nil {
					refused++
				}
				switch {
				case complaint != nil && problems == nil:
					t.Errorf("%s: the schema refuses what the parser takes: %v", what, complaint)
				case complaint == nil && slices.ContainsFunc(problems, func(p Problem) bool { return !onlyTheParserKnows.MatchString(p.Message) }):
					t.Errorf("%s: the parser refuses what the schema takes: %v", what, problems)
				}
			}
			agree("unchanged")
			if refused > 0 {
				t.Fatal("the good file is not good")
			}
			mutate(root.Content[0], "", agree)
			if refused < tried/2 {
				t.Errorf("only %d of %d mutations were refused: they try too little", refused, tried)
			}
		})
	}
}

// mutate changes one thing after another in place, calls try, and puts the
// thing back.
func mutate(n *yaml.Node, path string, try func(what string)) {
	was := *n
	for _, text := range []string{
		`x`, `""`, `" "`, `two words`, `off`, `yes`, `true`, `~`, `1`, `0`, `-1`, `2.5`, `101`, `"1"`, `[]`, `{}`, `[x]`, `{x: 1}`,
		`always`, `majority`, `link`, `project`, `events`, `24h`, `3 business days`, `3 buisness days`, `0 days`, `9999 months`,
		`2027-02-30`, `2027-02-03`, `owner/name`, `owner/*`, `owner/..`, `"*/*"`, `"@owner/team"`, `"@kim-responder"`, `some-robot[bot]`,
		`conduct@example.org`, `https://example.org/conduct`, `http://example.org`, `"https://user@example.org"`, `"evil\u202etxt"`,
		`Europe/Berlin`, `Local`, `Mars/Olympus`, `DE`, `de`, `CNCF`, `cncf`, strings.Repeat("long", 26), strings.Repeat("é", 51),
		`none`, `[none]`, `[injury, injury]`, `[events]`, `[opens]`, `[kim-responder, kim-responder]`, `[{login: kim-responder, role: liaison}]`, `{name: A, incidents: a/b, contact: a@b.example}`,
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			panic(err)
		}
		*n = *doc.Content[0]
		try(fmt.Sprintf("%s = %s", path, text))
		*n = was
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for i, c := range n.Content {
			mutate(c, entry(path, i), try)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, at := *n.Content[i], child(path, n.Content[i].Value)
			for _, name := range []string{"unheard_of", strings.ToUpper(key.Value), "team", "incidents"} {
				if slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Value == name }) {
					continue
				}
				n.Content[i].Value = name
				try(at + " renamed to " + name)
				*n.Content[i] = key
			}
			all := n.Content
			n.Content = slices.Concat(all[:i:i], all[i+2:])
			try(at + " removed")
			n.Content = all
			mutate(n.Content[i+1], at, try)
		}
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	t.Parallel()
	var look func(path string, v any)
	look = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, c := range v {
				look(entry(path, i), c)
			}
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for key, property := range properties {
					if d, _ := property.(map[string]any)["description"].(string); !strings.HasSuffix(d, ".") {
						t.Errorf("%s.%s has no sentence that describes it: %q", path, key, d)
					}
				}
			}
			for key, c := range v {
				look(child(path, key), c)
			}
		}
	}
	for kind := range parsers {
		b, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		look(kind, v)
		if i := bytes.IndexFunc(b, func(r rune) bool { return r > 0x7e }); i >= 0 {
			t.Errorf("the schema of %s holds a character beyond ASCII at %d, which a reviewer might not see", kind, i)
		}
	}
}
