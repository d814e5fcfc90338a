package command

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Command is one line that asks for something. Where Wrong is set, it asks for
// nothing that can be done, and Wrong says why.
type Command struct {
	Verb string // in lower case; "" where Wrong is set and there was none of ours
	// Args is the one word of our own vocabulary that the verb takes: an
	// outcome, how grave a conflict is, the "all" of an admission, the ground of an
	// appeal, how urgent a case is, a flag, a code name, what became of a remedy, that
	// an update was sent, what was done about the accused, a vote, the name of a text,
	// or what may be a committee.
	Args   string
	Member coc.Login
	Issue  coc.IssueRef      // of a link; without a repository it is in the same one
	URL    coc.Prose         // of evidence, in its usual spelling
	Number int               // of a remedy or a measure; 0: it was not said
	Basis  coc.ConflictBasis // where a recusal's reason begins with one
	// Until is the day until which what is proposed lasts, or a remedy is to be carried
	// out, and Naming whether the
	// accused is named in public.
	Until  time.Time
	Naming bool
	Text   coc.Prose // the rest of the line, and the lines up to the next command
	Line   int       // counted from 1
	Wrong  *coc.Refusal
}

// Words is everything after the verb: what Args took for a word of ours may
// have been the first of a reason.
func (c Command) Words() coc.Prose {
	return coc.NewProse(strings.TrimSpace(c.Args + " " + c.Text.Reveal()))
}

// reference is how a notice is referred to between two committees.
var reference = regexp.MustCompile(`^N-[0-9a-f]{8}$`)

// Record is what /coc notify asks for in a notice: that the earlier record be told
// of, or of it the lines with these references. ok is false for any other words.
func (c Command) Record() (references []string, ok bool) {
	words := strings.Fields(c.Text.Reveal())
	if len(words) == 0 || tidy(words[0]) != "record" {
		return nil, false
	}
	for _, w := range words[1:] {
		w = strings.Trim(w, ".,;`")
		if !reference.MatchString(w) {
			return nil, false
		}
		references = append(references, w)
	}
	return references, true
}

// most is how many commands of one comment are read: nobody means more, and
// each may cost a look at GitHub.
const most = 20

// After is what follows a name of several words at the beginning of the
// command's words; ok is false where they do not begin with it. Case and the
// number of spaces do not matter.
func (c Command) After(name string) (rest coc.Prose, ok bool) {
	words := c.Words().Reveal()
	for _, want := range strings.Fields(name) {
		var first string
		if first, words = word(words); !strings.EqualFold(first, want) {
			return coc.Prose{}, false
		}
	}
	return coc.NewProse(words), name != ""
}

// Parse finds the commands of a comment, in order. A comment without any gives
// nil; one with too many ends with one that is Wrong.
func Parse(body coc.Prose) []Command {
	source := normal(body)
	if !HasCommand(source) || absurd(source) {
		return nil
	}
	lines := spoken(source)
	var out []Command
	for i, l := range lines {
		if i == most {
			return append(out, Command{Line: l.number, Wrong: &coc.Refusal{
				What: "A comment holds at most 20 commands; the rest of this one was not read.",
				Next: "Write the rest in another comment.", Rule: "command/too-many",
			}})
		}
		end := len(source)
		if i+1 < len(lines) {
			end = lines[i+1].start
		}
		out = append(out, read(source, l, end))
	}
	return out
}

// Report finds the public command: `/coc report` at the beginning of a line.
// account is the whole comment as it was written.
func Report(body coc.Prose) (account coc.Prose, ok bool) {
	for _, c := range Parse(body) {
		if c.Verb == "report" {
			return body, true
		}
	}
	return coc.Prose{}, false
}

// HasCommand reports cheaply whether a comment could hold a command. It has no
// false negatives.
func HasCommand(body []byte) bool {
	for rest := body; ; {
		i := bytes.IndexByte(rest, '/')
		if i < 0 || len(rest) < i+len("/coc") {
			return false
		}
		if bytes.EqualFold(rest[i:i+len("/coc")], []byte("/coc")) {
			return true
		}
		rest = rest[i+1:]
	}
}

// normal is the comment with one kind of line end, as valid UTF-8.
func normal(body coc.Prose) []byte {
	s := strings.ToValidUTF8(body.Reveal(), "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return []byte(s)
}

// line is a line of plain text that begins with /coc.
type line struct {
	start  int // of the line in the source
	rest   int // behind /coc
	number int
}

// spoken lists the lines that begin with /coc and that GitHub shows as the
// writer's own plain text.
func spoken(source []byte) []line {
	var out []line
	root := markdown().Parse(text.NewReader(source))
	apart := setApart(source, root)
	say := func(start int) {
		if slices.ContainsFunc(apart, func(s text.Segment) bool { return s.Start <= start && start < s.Stop }) {
			return
		}
		if rest, ok := begins(source[start:]); ok {
			out = append(out, line{start: start, rest: start + rest, number: bytes.Count(source[:start], []byte("\n")) + 1})
		}
	}
	var listen func(block ast.Node)
	listen = func(block ast.Node) {
		switch block := block.(type) {
		case *ast.Document, *ast.List, *ast.ListItem:
			// A line right below a list, or indented a little, is shown in
			// it, and still begins with /coc and not with the list's mark.
			for b := block.FirstChild(); b != nil; b = b.NextSibling() {
				listen(b)
			}
		case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
			hidden := hiddenIn(block)
			for _, start := range starts(source, block.Lines()) {
				if indent := len(source[start:]) - len(bytes.TrimLeft(source[start:], " ")); !hidden(start + indent) {
					say(start)
				}
			}
		case *ast.HTMLBlock:
			for _, start := range outsideOfTags(source, block) {
				say(start)
			}
		}
	}
	listen(root)
	return out
}

// apartTag begins or ends what HTML sets apart as a quote or as code.
var apartTag = regexp.MustCompile(`(?i)<(/?)(blockquote|q|pre|code|samp|kbd|tt)(?:[\s/][^>]*)?>`)

// setApart is what stands between such tags, which Markdown does not know: to it they end
// with their line or with a blank one, and what is between them is plain text. A tag that
// is never closed counts to the end, as in a browser. Those within a quote end with it.
func setApart(source []byte, root ast.Node) []text.Segment {
	var out []text.Segment
	open, since := map[string]int{}, 0
	read := func(s text.Segment) {
		for _, m := range apartTag.FindAllSubmatchIndex(s.Value(source), -1) {
			name := strings.ToLower(string(s.Value(source)[m[4]:m[5]]))
			within := len(open) > 0
			if ends := m[2] < m[3]; !ends {
				open[name]++
			} else if open[name]--; open[name] <= 0 {
				delete(open, name)
			}
			switch now := len(open) > 0; {
			case now && !within:
				since = s.Start + m[1]
			case within && !now:
				out = append(out, text.NewSegment(since, s.Start+m[0]))
			}
		}
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Blockquote:
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			if entering {
				for i := range n.Lines().Len() {
					read(n.Lines().At(i))
				}
			}
		case *ast.RawHTML:
			if entering {
				for i := range n.Segments.Len() {
					read(n.Segments.At(i))
				}
			}
		}
		return ast.WalkContinue, nil
	})
	if len(open) > 0 {
		out = append(out, text.NewSegment(since, len(source)))
	}
	return out
}

// starts is where the lines of a block begin in the source, with whatever its
// containers put in front.
func starts(source []byte, lines *text.Segments) []int {
	out := make([]int, 0, lines.Len())
	for i := range lines.Len() {
		out = append(out, bytes.LastIndexByte(source[:lines.At(i).Start], '\n')+1)
	}
	return out
}

// setsApart is HTML that makes what follows a quote, code or invisible.
var setsApart = regexp.MustCompile(`(?i)<(?:!--|blockquote|pre|code|samp|kbd|tt)`)

// outsideOfTags lists the lines of a block of HTML tags that show as text.
// GitHub inserts a picture as such a tag, and Markdown counts whatever is
// written right below it to the block.
func outsideOfTags(source []byte, block *ast.HTMLBlock) []int {
	if k := block.HTMLBlockType; k != ast.HTMLBlockType6 && k != ast.HTMLBlockType7 {
		return nil
	}
	lines := block.Lines()
	var out []int
	for i, start := range starts(source, lines) {
		if segment := lines.At(i); setsApart.Match(segment.Value(source)) {
			break
		}
		out = append(out, start)
	}
	return out
}

// markdown reads all blocks, and of what stands in lines only what hides text.
// Emphasis and links are left out: they cannot hide a command, and nesting
// them costs a parser seconds.
func markdown() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
		),
	)
}

// absurd reports whether a line begins with more quote and list marks than
// anybody nests. Such a comment is meant to keep a parser busy.
func absurd(source []byte) bool {
	const most = 200
	for l := range bytes.Lines(source) {
		if len(l)-len(bytes.TrimLeft(l, "> \t-*+0123456789.)")) > most && bytes.ContainsAny(l[:most], ">-*+.)") {
			return true
		}
	}
	return false
}

// begins reports whether a line starts with /coc, after at most three spaces,
// as a word of its own; rest is where the next word may begin.
func begins(s []byte) (rest int, ok bool) {
	for rest < 3 && rest < len(s) && s[rest] == ' ' {
		rest++
	}
	word := len("/coc")
	if len(s) < rest+word || !bytes.EqualFold(s[rest:rest+word], []byte("/coc")) {
		return 0, false
	}
	rest += word
	next := bytes.Runes(s[rest:min(len(s), rest+4)])
	return rest, len(next) == 0 || unicode.IsSpace(next[0])
}

// hiddenIn tells which bytes of a paragraph are code or HTML: both may span
// lines.
func hiddenIn(block ast.Node) func(at int) bool {
	var spans []text.Segment
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					spans = append(spans, t.Segment)
				}
			}
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				spans = append(spans, n.Segments.At(i))
			}
		}
		return ast.WalkContinue, nil
	})
	return func(at int) bool {
		for _, s := range spans {
			if s.Start <= at && at < s.Stop {
				return true
			}
		}
		return false
	}
}

// read makes a command of one line and of what follows up to the next one.
func read(source []byte, l line, end int) Command {
	first, more, _ := strings.Cut(string(source[l.rest:end]), "\n")
	verb, first := word(first)
	verb = tidy(verb)
	c := Command{Line: l.number}
	if verb == "" {
		verb = "help"
	}
	spec, ok := specOf(verb)
	if !ok {
		c.Wrong = unknown(verb)
		return c
	}
	c.Verb = verb
	whole := strings.TrimSpace(first + "\n" + more)
	switch spec.shape {
	case nothing:
		if first != "" {
			c.refuse(spec, "`/coc "+verb+"` takes nothing after it, so that it is clear what was meant.")
		}
	case publicOnly:
		c.Text = coc.NewProse(whole)
	case member:
		c.readMember(spec, first)
	case reason:
		c.need(spec, whole)
	case words:
		c.Text = coc.NewProse(whole)
	case toReason:
		if c.need(spec, whole); c.Wrong == nil {
			c.Args, whole = word(whole)
			c.Text = coc.NewProse(whole)
		}
	case telling:
		c.readUpdate(spec, whole)
	case asking:
		c.readQuestion(spec, whole)
	case appealed:
		c.readGround(whole)
	case outcome:
		c.readDecision(spec, first, more)
	case proposal:
		c.readProposal(spec, first, more)
	case consulted:
		c.readConsulted(spec, whole)
	case recusal:
		c.readRecusal(spec, first, more)
	case someone, admission:
		c.readSomeone(spec, first)
	case level:
		c.readLevel(spec, whole)
	case flag:
		c.readFlag(spec, whole)
	case hearing:
		c.readAccused(spec, first, more)
	case measure:
		c.readInterim(spec, first, whole)
	case mediation:
		c.readMediation(spec, first, more, whole)
	case templated:
		c.readTemplate(spec, first)
	case address:
		c.readAddress(spec, whole)
	case remedying:
		c.readRemedy(spec, whole)
	case linking:
		c.readLink(spec, whole)
	}
	return c
}

func (c *Command) refuse(spec Spec, what string) {
	c.Wrong = &coc.Refusal{
		What: what,
		Next: "Write it like `" + spec.Example + "`.",
		Rule: "command/" + spec.Verb,
	}
}

func (c *Command) need(spec Spec, reason string) {
	if reason == "" {
		c.refuse(spec, "`/coc "+spec.Verb+"` needs a reason, which the record keeps.")
		return
	}
	c.Text = coc.NewProse(reason)
}

func (c *Command) readMember(spec Spec, first string) {
	if first == "" {
		return
	}
	login, err := coc.ParseLogin(first)
	if err != nil {
		c.refuse(spec, "`/coc "+spec.Verb+"` takes one account name, or nothing.")
		return
	}
	c.Member = login
}

func (c *Command) readOutcome(spec Spec, first, more string) {
	name, rest := word(first)
	if name == "" {
		return
	}
	for _, o := range coc.Outcomes() {
		if strings.EqualFold(tidy(name), string(o)) {
			c.Args, c.Text = string(o), coc.NewProse(strings.TrimSpace(rest+"\n"+more))
			return
		}
	}
	known := make([]string, 0, len(coc.Outcomes()))
	for _, o := range coc.Outcomes() {
		known = append(known, string(o))
	}
	c.refuse(spec, "An outcome is one of "+strings.Join(known, ", ")+".")
}

// readRecusal takes whose conflict it is from before the kind alone: "hard @kim"
// could mean that Kim is the reason, and a hard conflict is not taken back.
func (c *Command) readRecusal(spec Spec, first, more string) {
	kind, rest := word(first)
	if _, ok := conflictNamed(kind); !ok && kind != "" {
		login, err := coc.ParseLogin(kind)
		if err != nil {
			c.refuse(spec, "`/coc recuse` takes `hard` or `soft`, and before it nothing or one account name.")
			return
		}
		c.Member = login
		kind, rest = word(rest)
	}
	k, ok := conflictNamed(kind)
	switch {
	case !ok:
		c.refuse(spec, "`/coc recuse` needs `hard` (a party, close to one, or a personal interest: no access) or `soft` (the same employer, or a word in public: no vote).")
		return
	case strings.HasPrefix(rest, "@"):
		c.refuse(spec, "It is not clear whose conflict is meant: an account name stands before `hard` or `soft`, and a reason begins with another word.")
		return
	}
	c.Args, c.Text = string(k), coc.NewProse(strings.TrimSpace(rest+"\n"+more))
	begins, _ := word(rest)
	if i := slices.Index(coc.ConflictBases(), coc.ConflictBasis(tidy(begins))); i >= 0 {
		c.Basis = coc.ConflictBases()[i]
	}
}

// conflictNamed is the kind of conflict that a word names.
func conflictNamed(word string) (coc.ConflictKind, bool) {
	k := coc.ConflictKind(tidy(word))
	return k, k == coc.ConflictHard || k == coc.ConflictSoft
}

// tidy is a word of ours as people write it in a sentence.
func tidy(word string) string { return strings.ToLower(strings.TrimRight(word, ".,;:!")) }

// readSomeone needs an account, and for an admission takes an "all" behind it.
func (c *Command) readSomeone(spec Spec, first string) {
	who, rest := word(first)
	if spec.shape == admission && strings.EqualFold(rest, "all") {
		c.Args, rest = "all", ""
	}
	login, err := coc.ParseLogin(who)
	if err != nil || rest != "" {
		c.refuse(spec, "`/coc "+spec.Verb+"` takes this and no more: `"+spec.Args+"`.")
		return
	}
	c.Member = login
}

// word splits off the first word; spaces of every script count.
func word(s string) (first, rest string) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}
