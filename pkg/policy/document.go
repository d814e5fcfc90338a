package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// MaxSize is the most that is read of a routing file, in bytes.
const MaxSize = 64 << 10

// maxDepth is how deeply lists and mappings may be nested. The deepest file
// that makes sense has six.
const maxDepth = 20

// document gives the mapping that the bytes hold, free of everything that can
// hide a meaning from a reader. It is nil where there are problems.
func document(b []byte) (*yaml.Node, Problems) {
	if len(b) > MaxSize {
		return nil, Problems{{Message: "the file is larger than 64 KiB, the most that is read"}}
	}
	b, problem := asUTF8(b)
	if problem != nil {
		return nil, Problems{*problem}
	}
	root, problem := single(b)
	if problem != nil {
		return nil, Problems{*problem}
	}
	var hidden Problems
	refuseHidden(root, "", 1, &hidden)
	if hidden != nil {
		return nil, hidden.inOrder()
	}
	// Nodes alone do not show everything that makes a document invalid, so it
	// is decoded the ordinary way as well.
	var plain map[string]any
	if err := root.Decode(&plain); err != nil {
		return nil, Problems{syntaxProblem(err, b)}
	}
	return root, nil
}

// asUTF8 drops the mark that some editors put before UTF-8, and refuses every
// other encoding.
func asUTF8(b []byte) ([]byte, *Problem) {
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	if bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("\xFE\xFF")) || bytes.IndexByte(b, 0) >= 0 {
		return nil, &Problem{Message: "the file is not UTF-8 text, it looks like UTF-16: save it again as UTF-8"}
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			before := b[:i]
			return nil, &Problem{
				Line:    1 + bytes.Count(before, []byte("\n")),
				Column:  1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
				Message: "the file is not UTF-8 text from here on: save it again as UTF-8",
			}
		}
		i += size
	}
	return b, nil
}

// single parses the one document of a file and gives its mapping.
func single(b []byte) (root *yaml.Node, problem *Problem) {
	// The YAML library panics on some states it calls internal errors. The
	// bytes come from strangers, so that is a problem of the file, not of ours.
	defer func() {
		if recover() != nil {
			root, problem = nil, &Problem{Line: 1, Column: 1, Message: "the file is not valid YAML"}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(b))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty"}
	case err != nil:
		p := syntaxProblem(err, b)
		return nil, &p
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &Problem{Line: second.Line, Column: second.Column, Message: "the file holds a second document after `---`: one is expected"}
	case !errors.Is(err, io.EOF):
		p := syntaxProblem(err, b)
		return nil, &p
	}
	root = first.Content[0]
	if root.Kind == yaml.MappingNode || root.Kind == yaml.AliasNode {
		return root, nil
	}
	if root.Tag == "!!null" && root.Value == "" {
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty"}
	}
	return nil, &Problem{Line: root.Line, Column: root.Column, Message: "the file must consist of lines of the form `key: value`, beginning with `version: 1`"}
}

// refuseHidden reports what lets one place of a file act on another, or lets
// two readers see two files.
func refuseHidden(n *yaml.Node, path string, depth int, found *Problems) {
	say := func(n *yaml.Node, message string) {
		*found = append(*found, Problem{Line: n.Line, Column: n.Column, Path: path, Message: message})
	}
	if depth > maxDepth {
		say(n, fmt.Sprintf("lists and mappings are nested more than %d deep", maxDepth))
		return
	}
	if n.Kind == yaml.AliasNode {
		say(n, "aliases (*name) are not used in this file: write the value out")
		return
	}
	if n.Anchor != "" {
		say(n, "anchors (&name) are not used in this file: take it out")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		say(n, "tags (!name) are not used in this file: take it out")
	}
	if n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			refuseHidden(item, entry(path, i), depth+1, found)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			say(key, "a key must be a single word")
			continue
		}
		switch {
		case key.Tag == "!!merge":
			say(key, "merge keys (<<) are not used in this file: write the keys out")
		case key.Tag == "!!null":
			say(key, "a key is missing before the colon")
		case key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
			say(key, "anchors (&name) and tags (!name) are not used in this file: take it out")
		}
		switch before, twice := lines[key.Value]; {
		case !twice:
			lines[key.Value] = key.Line
		case before == key.Line:
			say(key, quoted(key.Value)+" is written twice in this line: keep one")
		default:
			say(key, fmt.Sprintf("%s is written twice, in line %d and in line %d: keep one", quoted(key.Value), before, key.Line))
		}
		refuseHidden(value, child(path, key.Value), depth+1, found)
	}
}

var yamlError = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n\s*)?(?:line (\d+): )?`)

// syntaxProblem puts what the YAML library says into words, for the mistakes
// that people make in files like these.
func syntaxProblem(err error, b []byte) Problem {
	text := err.Error()
	p := Problem{Line: 1, Column: 1}
	if m := yamlError.FindStringSubmatch(text); m != nil {
		text = strings.TrimPrefix(text, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			p.Line = n
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	switch {
	case strings.Contains(text, "cannot start any token"):
		// The library may name the line before the one it stopped at.
		if line, column, ok := badStart(b, p.Line); ok {
			p.Line, p.Column = line, column
		}
		p.Message = "a value cannot begin with @, `, % or a tab: indent with spaces, write account names without @, put other values in quotes"
	case strings.Contains(text, "did not find expected alphabetic or numeric"):
		p.Message = "a value cannot begin with * or &: put it in quotes"
	case strings.Contains(text, "mapping values are not allowed"):
		p.Message = "a colon followed by a space is not allowed inside a value, and a key must be indented like its neighbours: put the value in quotes or correct the indentation"
	case strings.Contains(text, "did not find expected key"):
		p.Message = "a key was expected near here: check that the keys of one block begin in the same column"
	case strings.Contains(text, "control characters are not allowed"):
		p.Message = "the file holds control characters: take them out"
	default:
		p.Message = "the file is not valid YAML: " + printable(text, 120)
	}
	return p
}

var cannotStart = regexp.MustCompile("(?:^[ \\t-]*|: *|, *|\\[ *|\\{ *)([@`%\\t])")

// badStart looks for the character that YAML does not let a value begin with,
// in the line that the library named and in the one after it.
func badStart(b []byte, line int) (int, int, bool) {
	lines := strings.Split(string(b), "\n")
	for n := line; n <= line+1 && n <= len(lines); n++ {
		if at := cannotStart.FindStringSubmatchIndex(lines[n-1]); at != nil {
			return n, 1 + utf8.RuneCountInString(lines[n-1][:at[2]]), true
		}
	}
	return 0, 0, false
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_/*-]+$`)

// child and entry spell the path to a key of a mapping and to an entry of a
// list.
func child(path, key string) string {
	switch {
	case !plainKey.MatchString(key):
		return fmt.Sprintf("%s[%q]", path, key)
	case path == "":
		return key
	}
	return path + "." + key
}

func entry(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
