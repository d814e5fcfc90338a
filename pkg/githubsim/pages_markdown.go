package githubsim

import (
	"bytes"
	"html/template"
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// commentHTML renders what people and Apps write in issues: GitHub's Markdown,
// where a line break is a line break, with the HTML that it allows.
func commentHTML(markdown string) template.HTML { return rendered(inComments, markdown) }

// documentHTML renders a Markdown file of a repository.
func documentHTML(markdown string) template.HTML { return rendered(inFiles, markdown) }

func rendered(renderer goldmark.Markdown, markdown string) template.HTML {
	var out bytes.Buffer
	if err := renderer.Convert([]byte(markdown), &out); err != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(markdown) + "</pre>")
	}
	return template.HTML(allowedHTML.Sanitize(out.String()))
}

// Neither is changed after it was made, and both may be shared.
var (
	inComments = goldmark.New(tables, goldmark.WithRendererOptions(html.WithUnsafe(), html.WithHardWraps()))
	inFiles    = goldmark.New(tables, goldmark.WithRendererOptions(html.WithUnsafe()))
	tables     = goldmark.WithExtensions(
		extension.Linkify, extension.Strikethrough, extension.TaskList,
		// Alignment in an attribute survives the sanitiser, in a style it does not.
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
	)
)

// allowedHTML is bluemonday's policy for content by users, spelt out because it
// has no way to leave out remote images, which would tell their host who reads
// an issue. Comments go as well: the markers in them are hidden on GitHub too.
var allowedHTML = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "div", "span",
		"ul", "ol", "li", "dl", "dt", "dd", "pre", "code", "kbd", "samp", "var", "em", "strong", "b", "i", "s", "del", "ins",
		"sub", "sup", "q", "details", "summary", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowStandardURLs()
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(open)?$`)).OnElements("details")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("th", "td")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	return p
}()
