package notice

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// github renders as GitHub renders an issue: GFM, raw HTML let through, every
// line break kept.
var github = goldmark.New(
	goldmark.WithExtensions(extension.GFM, extension.Footnote),
	goldmark.WithRendererOptions(html.WithHardWraps(), html.WithUnsafe()),
)

func TestDefusedTextReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"plain words, with (brackets) and \"quotes\"!",
		"# not a heading", "#", "####### seven", "- not a list", "+ nor this", "* nor this", "-", "1. nor this", "12) nor this", "123456789. x",
		"a\n===", "a\n---", "a\n- - -", "***", "___", "a\n:-:", "a | b\n--|--\n1 | 2", "|a|\n|-|",
		"> not a quotation", ">", "    not code", "\tnot code", "~~~\nnot code\n~~~", "```\nnot code\n```", "``` js", "`open", "``a`b``",
		"<b>bold</b>", "<!-- hidden -->", "<details><summary>x</summary>", "<img src=x onerror=y>", "<https://a.example/x>", "<a@b.example>", "</div>",
		"&lt; &#64;kim-example &amp", "AT&T & Q&A", "&copy;",
		"@kim-example", "(@kim-example),", "@example-org/team", "kim@mail.example", "\\@kim-example", "`@kim-example", "@`kim`", "``@``x`", "**@kim-example**",
		"see #12", "example/repo#12", "example/repo@abc1234", "GH-12", "gh-12", "(GH-12)", "abc1234", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "abc1234...def5678", "GHSA-aaaa-bbbb-cccc", "CVE-2020-1234",
		"https://github.example/a/b/issues/1", "www.example.com", "WWW.example.com", "ftp://x.example", "(https://a.example/x).", "mailto:x", "javascript://x",
		"[x](y)", "![x](y)", "[x]: y", "[ ] task", "- [ ] task", "[^1]: note", "[^1]", "[!NOTE]", "> [!NOTE]\n> x",
		"$x$", "$$\nx\n$$", "$`x`$", "costs 5$ and 6$", ":tada:", ":+1:", "it was 10:30",
		"*a* _b_ **c** ~~d~~ ~e~", "snake_case_word", "5*3*2", "back\\slash", "trailing\\", "a\\\nb",
		"/coc ack", "  /coc close", "text /coc ack", "/etc/passwd",
		"خمسة <b> ٤", "日本語のレポート、@kim-example を", "naïve café", "👩‍💻 works", "क्‍ष", "می‌خواهم",
		"(((", ":::", "...", "@", "#", "$", "://", "`", "``", "\\`@x\\`", "\\", "a  b", "!", "=", "= =",
	} {
		if got, want := words(t, Defuse(coc.NewProse(text))), plain(text); got != want {
			t.Errorf("%q\n defused: %q\n reads:   %q\n want:    %q", text, Defuse(coc.NewProse(text)), got, want)
		}
		harmless(t, text)
	}
}

// plain is what a person sees of text in a proportional font: indentation and
// runs of blanks do not count.
func plain(text string) string {
	var out []string
	for _, line := range plainLines(text) {
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(out, "\n")
}

func TestUnseenCharactersAreTakenOut(t *testing.T) {
	t.Parallel()
	for _, row := range [][2]string{
		{"a\u202Eb\u202Cc\u2066d\u2069", "abcd"},
		{"@\u200Bkim", "`@kim`"},
		{"/\u200Bcoc ack", `\/coc ack`},
		{"\uFEFFa\u00ADb\u2060c", "abc"},
		{"a\u200Db", "ab"},
		{"\u3164\u115F\u2800x", "x"},
		{"a\x00b\x1b[31mc\x7f", `ab\[31mc`},
		{"one\r\ntwo\rthree\u2028four\u0085five", "one\ntwo\nthree\nfour\nfive"},
		{"e" + strings.Repeat("\u0301", 200), "e" + strings.Repeat("\u0301", maxMarks)},
		{"\xff\xfea", "\uFFFDa"},
		{"\U000E0041x", "x"},
		{" \n\n ", ""},
		{"\n\na\n\n\nb\n\n", "a\n\n\nb"},
	} {
		if got := Defuse(coc.NewProse(row[0])); got != row[1] {
			t.Errorf("Defuse(%q) = %q, want %q", row[0], got, row[1])
		}
	}
}

// GitHub takes ":--" alone for the line under a table's head; goldmark, which
// the other tests render with, does not.
func TestTableOfOneColumnCannotBegin(t *testing.T) {
	t.Parallel()
	for _, line := range []string{":--", "--", ":-", "-:", "|-", "  :---"} {
		_, last, _ := strings.Cut(Defuse(coc.NewProse("head\n"+line)), "\n")
		if !strings.HasPrefix(strings.TrimLeft(last, "\u00a0"), `\`) && !strings.HasPrefix(last, "`") {
			t.Errorf("%q became %q", line, last)
		}
	}
}

func TestMarkersCannotBeForged(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		beginMark, endMark, Marker("abcdef", 1, 2), PublicMarker("key"),
		"<!-- COCROUTER:begin -->", "<!--\u200B cocrouter\u200B:end -->", "@<!--@cocrouter:x-->@", "cocrouter::begin", "<<!--!-- cocrouter:begin",
	} {
		got := Defuse(coc.NewProse(text))
		if lower := strings.ToLower(got); strings.Contains(lower, "cocrouter:") || strings.Contains(got, "<!--") {
			t.Errorf("Defuse(%q) = %q", text, got)
		}
	}
}

func TestInlineTextStaysOnItsLine(t *testing.T) {
	t.Parallel()
	got := defuseInline(coc.NewProse("Kim\n\n# Example\r\n- @kim"))
	if strings.ContainsAny(got, "\n\r") {
		t.Errorf("%q has a line break", got)
	}
	if got := codeSpan("a\nb `c` <!-- cocrouter:end -->"); got != "``a b `c` < !-- cocrouter :end -->``" {
		t.Errorf("codeSpan gave %q", got)
	}
	if got := codeSpan(" "); got != "" {
		t.Errorf("codeSpan of nothing is %q", got)
	}
}

// loose finds what GitHub would make something of outside of code.
var loose = regexp.MustCompile(`(?i)[@#$]|://|www\.|mailto:|\b(?:gh|ghsa|cve)-[0-9a-z]|:[a-z0-9+_-]+:|\b[0-9a-f]{7,40}\b`)

// harmless fails unless the defused text is nothing but words, line breaks and
// code.
func harmless(t *testing.T, text string) {
	t.Helper()
	out := Defuse(coc.NewProse(text))
	inspect(t, text, out)
	inspect(t, text, "> "+strings.ReplaceAll(out, "\n", "\n> "))
	inspect(t, text, "- Where: "+defuseInline(coc.NewProse(text)))
	if len(out) > 8*len(text)+8 {
		t.Errorf("%q: %d bytes became %d", text, len(text), len(out))
	}
	if commandsIn(out) != 0 {
		t.Errorf("%q: %q commands something", text, out)
	}
	if !utf8.ValidString(out) {
		t.Errorf("%q: not UTF-8", text)
	}
	if strings.Contains(out, "<!--") || strings.Contains(strings.ToLower(out), "cocrouter:") {
		t.Errorf("%q: %q has a marker", text, out)
	}
}

func inspect(t *testing.T, written, markdown string) {
	t.Helper()
	source := []byte(markdown)
	var outside bytes.Buffer
	_ = ast.Walk(github.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.Blockquote, *ast.List, *ast.ListItem:
			outside.WriteByte('\n')
			if l, ok := n.(*ast.List); ok && l.Parent().Kind() != ast.KindDocument {
				t.Errorf("%q: %q has a list", written, markdown)
			}
		case *ast.Text:
			outside.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				outside.WriteByte('\n')
			}
		case *ast.CodeSpan:
			outside.WriteByte(' ')
			return ast.WalkSkipChildren, nil
		default:
			t.Errorf("%q: %q has a %s", written, markdown, n.Kind())
		}
		return ast.WalkContinue, nil
	})
	if found := loose.FindString(outside.String()); found != "" {
		t.Errorf("%q: %q leaves %q outside of code", written, markdown, found)
	}
}

// words is what a reader sees of Markdown.
func words(t *testing.T, markdown string) string {
	t.Helper()
	var out bytes.Buffer
	if err := github.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	s := out.String()
	for _, r := range [][2]string{{"<br>\n", "\n"}, {"<p>", ""}, {"</p>\n", "\n\n"}, {"<code>", ""}, {"</code>", ""},
		{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}} {
		s = strings.ReplaceAll(s, r[0], r[1])
	}
	return plain(s)
}

func FuzzDefuse(f *testing.F) {
	for _, s := range []string{"@a", "# x\n> y", "`` @a `", "<!-- cocrouter:begin -->", "a\n:-:\n|", "\t\t- x", "\u202E#1", "/coc ack", "$`a`$", "[a]: b\n[a]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		harmless(t, s)
		harmless(t, Defuse(coc.NewProse(s)))
	})
}
