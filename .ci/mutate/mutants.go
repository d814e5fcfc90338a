package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is a file with one thing broken.
type mutant struct {
	file string
	line int
	// name says what is broken, by its function and its words and not by its
	// line, so that it holds when something else of the file changes.
	name     string
	original []byte
	from, to int // the bytes that are replaced
	text     string
	function *function // nil: it is not in one that can be chosen while it runs
}

// source is the whole file with this one thing broken.
func (m mutant) source() []byte {
	return slices.Concat(m.original[:m.from], []byte(m.text), m.original[m.to:])
}

// mutantsOf gives the mutants of all files of a package but its tests.
func mutantsOf(dir string) ([]mutant, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var out []mutant
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := mutantsIn(filepath.ToSlash(filepath.Clean(file)), source)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nothing of %s can be broken", dir)
	}
	return out, nil
}

// breaker walks through one file.
type breaker struct {
	file    string
	source  []byte
	set     *token.FileSet
	rules   []string // the keys of rules that the file names
	in      string   // the function or variable
	within  *function
	results []string // the types of what the innermost function returns
	names   map[string]int
	out     []mutant
}

func mutantsIn(file string, source []byte) ([]mutant, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	b := &breaker{file: file, source: source, set: set, names: map[string]int{}}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && isRule(lit) && !slices.Contains(b.rules, lit.Value) {
			b.rules = append(b.rules, lit.Value)
		}
		return true
	})
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				b.in, b.within = d.Name.Name, b.functionOf(d)
				b.body(d.Type, d.Body)
				b.within = nil
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
					b.in, b.within = s.Names[0].Name, b.literalOf(s)
					for _, v := range s.Values {
						b.walk(v)
					}
					b.within = nil
				}
			}
		}
	}
	return b.out, nil
}

// body walks a function's body, whose returns give what its type says.
func (b *breaker) body(t *ast.FuncType, body *ast.BlockStmt) {
	outer := b.results
	b.results = nil
	if t.Results != nil {
		for _, field := range t.Results.List {
			for range max(len(field.Names), 1) {
				b.results = append(b.results, b.words(field.Type))
			}
		}
	}
	b.walk(body)
	b.results = outer
}

func (b *breaker) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			b.body(n.Type, n.Body)
			return false
		case *ast.IfStmt:
			b.condition(n.Cond, true)
		case *ast.ForStmt:
			if n.Cond != nil {
				b.condition(n.Cond, false) // one that always holds hangs, and shows nothing
			}
		case *ast.SwitchStmt:
			b.cases(n)
		case *ast.BinaryExpr:
			b.operator(n)
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				b.replace(n, b.words(n.X))
			}
		case *ast.ExprStmt:
			b.replace(n, "")
		case *ast.IncDecStmt:
			b.replace(n, "")
		case *ast.BranchStmt:
			if n.Label == nil && (n.Tok == token.CONTINUE || n.Tok == token.BREAK) {
				b.replace(n, "{}")
			}
		case *ast.AssignStmt:
			b.assignment(n)
		case *ast.ReturnStmt:
			b.returned(n)
		case *ast.CompositeLit:
			b.elements(n)
		case *ast.CallExpr:
			b.call(n)
		case *ast.BasicLit:
			b.literal(n)
		case *ast.Ident:
			switch n.Name {
			case "true":
				b.replace(n, "false")
			case "false":
				b.replace(n, "true")
			}
		}
		return true
	})
}

// condition never holds, or always does.
func (b *breaker) condition(cond ast.Expr, always bool) {
	words := b.words(cond)
	b.as(cond, words+" never", "false && ("+words+")")
	if always {
		b.as(cond, words+" always", "true || ("+words+")")
	}
}

// cases never match, or always do where they are conditions.
func (b *breaker) cases(s *ast.SwitchStmt) {
	for _, stmt := range s.Body.List {
		clause := stmt.(*ast.CaseClause)
		for i, e := range clause.List {
			switch {
			case s.Tag == nil:
				b.condition(e, true)
			case len(clause.List) > 1:
				b.cut(clause.List, i, clause.Colon)
			default:
				b.as(clause, "case "+b.words(e)+" is gone", "")
			}
		}
	}
}

var otherOperator = map[token.Token][]string{
	token.LAND: {"||"}, token.LOR: {"&&"}, token.EQL: {"!="}, token.NEQ: {"=="},
	token.LSS: {"<=", ">="}, token.LEQ: {"<", ">"}, token.GTR: {">=", "<="}, token.GEQ: {">", "<"},
	token.ADD: {"-"}, token.SUB: {"+"}, token.MUL: {"+"}, token.QUO: {"*"},
}

func (b *breaker) operator(e *ast.BinaryExpr) {
	at := b.offset(e.OpPos)
	for _, other := range otherOperator[e.Op] {
		words := b.words(e.X) + " " + other + " " + b.words(e.Y)
		b.add(e, b.words(e)+" → "+words, at, at+len(e.Op.String()), other)
	}
}

// assignment: what is on the right is done, and kept nowhere.
func (b *breaker) assignment(s *ast.AssignStmt) {
	if s.Tok == token.DEFINE {
		return
	}
	blanks := strings.TrimSuffix(strings.Repeat("_, ", len(s.Lhs)), ", ")
	var right []string
	for _, e := range s.Rhs {
		right = append(right, b.words(e))
	}
	b.as(s, b.words(s)+" is not kept", blanks+" = "+strings.Join(right, ", "))
}

// returned: of what is returned, one thing is zero, or the opposite.
func (b *breaker) returned(s *ast.ReturnStmt) {
	if len(s.Results) != len(b.results) {
		return
	}
	for i, e := range s.Results {
		words, typed := b.words(e), b.results[i]
		lit, isLiteral := e.(*ast.CompositeLit)
		switch {
		case words == "nil", words == `""`, words == "0", words == "true", words == "false", isLiteral && len(lit.Elts) == 0:
		case typed == "bool":
			b.as(e, "return "+words+" is the opposite", "!("+words+")")
		default: // what is used for it stays used
			b.as(e, "return "+words+" is zero", fmt.Sprintf("func() (zero %s) { _ = %s; return }()", typed, words))
		}
	}
}

// elements go missing, one by one; but not prose, nor what is broken by itself.
func (b *breaker) elements(c *ast.CompositeLit) {
	for i, e := range c.Elts {
		value := e
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			value = kv.Value
			if _, literal := value.(*ast.BasicLit); literal || b.words(value) == "true" {
				continue
			}
		}
		if isProse(value) {
			continue
		}
		b.cut(c.Elts, i, c.Rbrace)
	}
}

// cut takes one of a list away, with its comma.
func (b *breaker) cut(list []ast.Expr, i int, end token.Pos) {
	from, to := b.offset(list[i].Pos()), b.offset(end)
	switch {
	case i+1 < len(list):
		to = b.offset(list[i+1].Pos())
	case i > 0:
		from = b.offset(list[i-1].End())
	}
	b.add(list[i], b.words(list[i])+" is gone", from, to, "")
}

// call: what makes a copy or takes no notice of letters does not.
func (b *breaker) call(c *ast.CallExpr) {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch {
	case len(c.Args) == 1 && (f.Sel.Name == "Clone" || f.Sel.Name == "ToLower"):
		b.replace(c, b.words(c.Args[0]))
	case len(c.Args) == 2 && f.Sel.Name == "EqualFold":
		b.replace(c, "("+b.words(c.Args[0])+" == "+b.words(c.Args[1])+")")
	}
}

func (b *breaker) literal(lit *ast.BasicLit) {
	switch {
	case isRule(lit) && len(b.rules) > 1:
		next := b.rules[(slices.Index(b.rules, lit.Value)+1)%len(b.rules)]
		b.replace(lit, next)
	case lit.Kind == token.STRING && !isProse(lit):
		b.replace(lit, `"mutated"`)
	case lit.Kind == token.INT:
		if n, err := strconv.Atoi(lit.Value); err == nil {
			b.replace(lit, strconv.Itoa(n+1))
		}
	}
}

// isRule: a literal such as "room/public".
func isRule(lit *ast.BasicLit) bool {
	if lit.Kind != token.STRING {
		return false
	}
	before, after, ok := strings.Cut(strings.Trim(lit.Value, "\"`"), "/")
	word := func(s string) bool {
		return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == ""
	}
	return ok && word(before) && word(after)
}

// isProse: a literal that people read, or none.
func isProse(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING && strings.Contains(lit.Value, " ")
}

// replace puts other words in the place of a node.
func (b *breaker) replace(n ast.Node, words string) {
	if words == "" {
		b.as(n, b.words(n)+" is not done", words)
		return
	}
	b.as(n, b.words(n)+" → "+words, words)
}

func (b *breaker) as(n ast.Node, what, text string) {
	b.add(n, what, b.offset(n.Pos()), b.offset(n.End()), text)
}

func (b *breaker) add(n ast.Node, what string, from, to int, text string) {
	name := fmt.Sprintf("%s:%s: %s", b.file, b.in, short(strings.Join(strings.Fields(what), " ")))
	b.names[name]++
	if again := b.names[name]; again > 1 {
		name += fmt.Sprintf(" (%d)", again)
	}
	b.out = append(b.out, mutant{b.file, b.set.Position(n.Pos()).Line, name, b.source, from, to, text, b.within})
}

// short leaves out the middle of what is long.
func short(s string) string {
	if r := []rune(s); len(r) > 160 {
		return string(r[:100]) + " … " + string(r[len(r)-50:])
	}
	return s
}

func (b *breaker) words(n ast.Node) string {
	return string(b.source[b.offset(n.Pos()):b.offset(n.End())])
}

func (b *breaker) offset(p token.Pos) int { return b.set.Position(p).Offset }
