package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// function is one whose mutants are chosen while the program runs, so that all
// of them are built at once: each is a copy of it under another name, to which
// the original hands over. A variable that is a literal is one that returns it.
type function struct {
	from, nameFrom, nameTo, body, to int // bytes of the file; body is the first in its braces, or of a literal

	receiver string // "" for none
	args     string // as they are handed over
	returns  bool
	literal  string // the type of a variable's literal; "" for a function
}

// literalOf is nil where a variable is not just a literal.
func (b *breaker) literalOf(s *ast.ValueSpec) *function {
	if len(s.Names) != 1 || len(s.Values) != 1 {
		return nil
	}
	lit, ok := s.Values[0].(*ast.CompositeLit)
	if !ok || strings.HasPrefix(b.words(lit.Type), "[...]") {
		return nil
	}
	name := s.Names[0]
	return &function{
		nameFrom: b.offset(name.Pos()), nameTo: b.offset(name.End()), body: b.offset(lit.Pos()), to: b.offset(lit.End()),
		returns: true, literal: b.words(lit.Type),
	}
}

// functionOf is nil where the parameters cannot be handed over, because some
// have no name, or their types are parameters.
func (b *breaker) functionOf(d *ast.FuncDecl) *function {
	f := &function{
		from: b.offset(d.Pos()), nameFrom: b.offset(d.Name.Pos()), nameTo: b.offset(d.Name.End()),
		body: b.offset(d.Body.Lbrace) + 1, to: b.offset(d.End()), returns: d.Type.Results != nil,
	}
	if d.Name.Name == "init" || d.Type.TypeParams != nil {
		return nil
	}
	if d.Recv != nil {
		names := d.Recv.List[0].Names
		if len(names) == 0 || names[0].Name == "_" || strings.Contains(b.words(d.Recv), "[") {
			return nil
		}
		f.receiver = names[0].Name
	}
	var args []string
	for _, field := range d.Type.Params.List {
		if len(field.Names) == 0 {
			return nil
		}
		for _, name := range field.Names {
			if name.Name == "_" {
				return nil
			}
			arg := name.Name
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	f.args = strings.Join(args, ", ")
	return f
}

// chooser is the file that says which mutant runs: the number in MUTANT, 0 for
// none.
const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutant_, _ = strconv.Atoi(os.Getenv("MUTANT"))
`

// numbered is a mutant of a function with the number by which it is chosen.
type numbered struct {
	mutant
	number int
}

// together is a file with all these mutants in it. lines says which of them the
// lines are of, by number.
func together(mutants []numbered) (source []byte, lines map[int]int) {
	original := mutants[0].original
	byFunction := map[int][]numbered{} // by where its body begins
	for _, m := range mutants {
		byFunction[m.function.body] = append(byFunction[m.function.body], m)
	}
	var bodies []int
	for at := range byFunction {
		bodies = append(bodies, at)
	}
	slices.Sort(bodies)
	var out strings.Builder
	done := 0
	for _, at := range bodies {
		out.Write(original[done:at])
		done = at
		f := byFunction[at][0].function
		if f.literal != "" {
			out.WriteString("func() " + f.literal + " {")
		}
		out.WriteString("\n\tswitch mutant_ {\n")
		for _, m := range byFunction[at] {
			call := f.copied(m, original) + "(" + f.args + ")"
			if f.receiver != "" {
				call = f.receiver + "." + call
			}
			if f.returns {
				call = "return " + call
			} else {
				call += "\n\t\treturn"
			}
			fmt.Fprintf(&out, "\tcase %d:\n\t\t%s\n", m.number, call)
		}
		out.WriteString("\t}\n")
		if f.literal != "" {
			fmt.Fprintf(&out, "return %s\n}()", original[f.body:f.to])
			done = f.to
		}
	}
	out.Write(original[done:])

	lines = map[int]int{}
	line := 1 + strings.Count(out.String(), "\n")
	for _, m := range mutants {
		f := m.function
		text := "\n" + string(original[f.from:f.nameFrom]) + f.copied(m, original) +
			string(original[f.nameTo:m.from]) + m.text + string(original[m.to:f.to]) + "\n"
		if f.literal != "" {
			text = fmt.Sprintf("\nfunc %s() %s {\nreturn %s%s%s\n}\n", f.copied(m, original), f.literal, original[f.body:m.from], m.text, original[m.to:f.to])
		}
		out.WriteString(text)
		for range strings.Count(text, "\n") {
			lines[line] = m.number
			line++
		}
		lines[line] = m.number
	}
	return []byte(out.String()), lines
}

// copied is the name of a mutant's copy.
func (f *function) copied(m numbered, original []byte) string {
	return fmt.Sprintf("%s__%d", original[f.nameFrom:f.nameTo], m.number)
}
