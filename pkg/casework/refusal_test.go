package casework_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestRefusalsAreToldByTheirRuleOnceEach(t *testing.T) {
	t.Parallel()
	var told []string
	w := newWorld(t)
	w.Refused = func(rule string) { told = append(told, rule) }
	c := w.report(account)
	for _, says := range []struct {
		who   coc.Login
		words string
		want  []string
	}{
		{"ada-river", "/coc help", nil},
		{"omar-outsider", "/coc ack\n/coc screen", []string{"responder"}},
		{"ada-river", "/coc close\n/coc what\n/coc resolve nonsense", []string{"stage/close", "command/unknown", "command/resolve"}},
		{"ada-river", "/coc claim @omar-outsider\n/coc agree", []string{"responder", "proposal"}},
	} {
		told = nil
		c = w.says(c, says.who, says.words)
		if !slices.Equal(told, says.want) {
			t.Errorf("%q was told of as %q, want %q", says.words, told, says.want)
		}
	}
	// Somebody else is quicker: the turn is taken again, and counts once.
	told = nil
	turns := 0
	w.st.beforeCommit = func(change coc.Change) {
		if turns++; turns == 1 {
			c.Revision++
			w.st.cases[c.ID], w.st.revisions[c.ID] = w.st.pack(c), c.Revision
		}
	}
	w.says(c, "ada-river", "/coc close")
	w.pass(time.Second)
	if turns < 2 || !slices.Equal(told, []string{"stage/close"}) {
		t.Errorf("after %d turns: %q", turns, told)
	}
}

// A rule that is not in the list would be counted among the others, where nobody
// finds it.
func TestEveryRefusalOfACaseIsInTheList(t *testing.T) {
	t.Parallel()
	rules := casework.RefusalRules()
	found := 0
	for _, pkg := range []string{"casework", "stage", "ballot", "command"} {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				literal, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				if of, ok := literal.Type.(*ast.SelectorExpr); !ok || of.Sel.Name != "Refusal" {
					return true
				}
				found++
				rule, whole := ruleOf(literal)
				if !slices.ContainsFunc(rules, func(r string) bool { return r == rule || !whole && strings.HasPrefix(r, rule) }) || rule == "" {
					t.Errorf("%s: the rule %q is not in RefusalRules", fset.Position(literal.Pos()), rule)
				}
				return true
			})
		}
	}
	if found < 10 {
		t.Errorf("only %d refusals were found", found)
	}
}

// ruleOf is the rule of a refusal as it is written; whole is false where a name
// of a table follows.
func ruleOf(literal *ast.CompositeLit) (rule string, whole bool) {
	for _, element := range literal.Elts {
		field, ok := element.(*ast.KeyValueExpr)
		if !ok || field.Key.(*ast.Ident).Name != "Rule" {
			continue
		}
		value, whole := field.Value, true
		if sum, ok := value.(*ast.BinaryExpr); ok {
			value, whole = sum.X, false
		}
		if text, ok := value.(*ast.BasicLit); ok {
			rule, _ := strconv.Unquote(text.Value)
			return rule, whole
		}
	}
	return "", true
}
