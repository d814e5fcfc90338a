package policy

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

const smallest = "version: 1\ncommittee: cncf\n"

func inUTF16(text string) []byte {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// TestBadDocumentsAreRefusedWithAPlace goes through what a hostile or tired
// hand can make of a file before its keys matter.
func TestBadDocumentsAreRefusedWithAPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"ten megabytes", smallest + "# " + strings.Repeat("x", 10<<20), "the file is larger than 64 KiB"},
		{"one byte too large", smallest + strings.Repeat("#", MaxSize-len(smallest)+1), "the file is larger than 64 KiB"},
		{"UTF-16", string(inUTF16(smallest)), "the file is not UTF-8 text, it looks like UTF-16"},
		{"UTF-16 without a mark", string(inUTF16(smallest)[2:]), "the file is not UTF-8 text, it looks like UTF-16"},
		{"Latin-1", "version: 1\n# caf\xE9\ncommittee: cncf\n", "line 2, column 6: the file is not UTF-8 text from here on"},
		{"a NUL", "version: 1\ncommittee: a\x00b\n", "the file is not UTF-8 text"},
		{"empty", "", "line 1, column 1: the file is empty"},
		{"only comments", "# nothing\n\n", "line 1, column 1: the file is empty"},
		{"only a marker", "---\n", "line 1, column 1: the file is empty"},
		{"a list", "- version: 1\n", "line 1, column 1: the file must consist of lines of the form `key: value`"},
		{"a word", "cncf\n", "line 1, column 1: the file must consist of lines of the form `key: value`"},
		{"null", "~\n", "line 1, column 1: the file must consist of lines"},
		{"two documents", smallest + "---\nversion: 1\n", "line 3, column 1: the file holds a second document"},
		{"a broken second document", smallest + "---\n[\n", "line"},
		{"nested 21 deep", "version: " + strings.Repeat("[", 21) + strings.Repeat("]", 21), "lists and mappings are nested more than 20 deep"},
		{"nested 30,000 deep", "a: " + strings.Repeat("[", 30_000), "valid YAML"},
		{"nested deep in blocks", deepBlocks(150), "lists and mappings are nested more than 20 deep"},
		{"an alias", "version: &v 1\ncommittee: *v\n", "line 1, column 10: anchors (&name) are not used"},
		{"an alias of itself", "version: 1\ncommittee: &c {name: *c}\n", "line 2, column 12: anchors"},
		{"an alias as key", "version: &v x\n*v : 1\n", "a key must be a single word"},
		{"a billion laughs", laughs(), "anchors (&name) are not used"},
		{"an unknown alias", "version: 1\ncommittee: *c\n", "unknown anchor"},
		{"a merge key", "version: 1\n<<: {committee: cncf}\n", "line 2, column 1: merge keys (<<) are not used"},
		{"a tag", "version: !!str 1\n", "line 1, column 10: tags (!name) are not used"},
		{"a tag of its own", "version: 1\ncommittee: !python/object cncf\n", "line 2, column 12: tags (!name) are not used"},
		{"a tagged mapping", "!!map\nversion: 1\n", "tags (!name) are not used"},
		{"a tagged key", "!!str version: 1\n", "anchors (&name) and tags (!name) are not used"},
		{"a key twice", smallest + "committee: other\n", `line 3, column 1: "committee" is written twice, in line 2 and in line 3: keep one`},
		{"a key twice, once in quotes", smallest + "\"committee\": other\n", `"committee" is written twice, in line 2 and in line 3`},
		{"a key twice further in", "version: 1\ncommittee:\n  name: A\n  name: B\n", `line 4, column 3: "name" is written twice, in line 3 and in line 4`},
		{"a list as key", "? [a]\n: b\n", "a key must be a single word"},
		{"an empty key", "?\n: b\n", "a key is missing before the colon"},
		{"a tab", "version: 1\ncommittee:\n\tname: x\n", "line 3, column 1: a value cannot begin with @, `, % or a tab"},
		{"an account name with @", "version: 1\nmembers: [@kim-responder]\n", "line 2, column 11: a value cannot begin with @, `, % or a tab"},
		{"a bare star", "version: 1\naccepts: [*]\n", "a value cannot begin with * or &"},
		{"a colon inside a value", "version: 1\ncommittee: name: x\n", "line 2, column 1: a colon followed by a space is not allowed inside a value"},
		{"crooked indentation", "version: 1\n  committee: cncf\n", "line"},
		{"an open bracket", "version: 1\nmembers: [kim-responder\n", "line"},
		{"a control character", "version: 1\ncommittee: \"a\x07\"\n", "the file holds control characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for kind, parse := range parsers {
				problems := parse([]byte(test.text))
				if len(problems) == 0 || !strings.Contains(problems.Error(), test.want) {
					t.Errorf("%s: got %v, want %q", kind, problems, test.want)
				}
			}
		})
	}
}

func deepBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

func laughs() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [lol, lol]\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return b.String()
}

func TestHarmlessWaysToWriteADocumentAreTaken(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":                  smallest,
		"exactly 64 KiB":         smallest + strings.Repeat("#", MaxSize-len(smallest)),
		"mark of UTF-8":          "\xEF\xBB\xBF" + smallest,
		"lines of Windows":       strings.ReplaceAll(smallest, "\n", "\r\n"),
		"no line end":            strings.TrimSuffix(smallest, "\n"),
		"one marker":             "---\n" + smallest,
		"closed":                 "---\n" + smallest + "...\n",
		"in braces":              "{version: 1, committee: cncf}",
		"as JSON":                `{"version": 1, "committee": "cncf"}`,
		"comments, beyond ASCII": "# Ünser Kommittee 🙂\n" + smallest,
		"in capitals":            "version: 1\ncommittee: CNCF\n",
	} {
		p, problems := ParsePointer([]byte(text))
		if problems != nil || p.Named != "cncf" {
			t.Errorf("%s: got %q with %v", name, p.Named, problems)
		}
	}
}

func TestAFloodOfProblemsIsCutAndCounted(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(smallest)
	for i := range 1000 {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	_, problems := ParsePointer([]byte(b.String()))
	if len(problems) != maxProblems+1 {
		t.Fatalf("got %d problems", len(problems))
	}
	if got, want := problems[maxProblems].String(), "line 53, column 1: and 950 more problems from here on"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProblemsRepeatNothingThatActsOnATerminal(t *testing.T) {
	t.Parallel()
	text := smallest + "\"a\\u202eb\\x1b[31m`\\n" + strings.Repeat("x", 100) + "\": 1\n"
	_, problems := ParsePointer([]byte(text))
	if len(problems) != 1 {
		t.Fatalf("got %v", problems)
	}
	if got, want := problems[0].String(), `line 3, column 1: unknown key "a?b?[31m??`+strings.Repeat("x", 30)+`…"`; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if strings.ContainsAny(problems[0].Path, "\u202e\x1b`\n") {
		t.Errorf("the path is %q", problems[0].Path)
	}
}

func TestSuggestionsAreWhatWasMeantOrNothing(t *testing.T) {
	t.Parallel()
	keys := namesOf[pointerFile]()
	for word, want := range map[string]string{
		"commitee":               "committee",
		"Committee":              "committee",
		"escalate-to":            "escalate_to",
		"escalateTo":             "escalate_to",
		"report label":           "report_label",
		"verison":                "version",
		"colour":                 "",
		"x":                      "",
		"":                       "",
		strings.Repeat("c", 200): "",
	} {
		if got := nearest(word, keys); got != want {
			t.Errorf("%q: suggested %q, want %q", word, got, want)
		}
	}
}
