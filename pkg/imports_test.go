// Package pkg_test holds the table of the house: which package may lean on
// which, and what none of the core may touch. The table is DESIGN's, "arrows
// point only down"; it is asserted against what the go command sees, so that a
// wrong arrow fails a test before it becomes a habit.
//
// What a package's tests import is not looked at: an edge may well be tested
// against the simulated GitHub.
package pkg_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cocrouter/cocrouter/"

// layer says what kind of package one is, and so what it may import from
// outside of this module.
type layer int

const (
	core     layer = iota // values in, values out
	workflow              // casework: decisions meet the world, through ports
	sealing               // seal: encryption
	edge                  // hook web forge store worker
	beside                // githubsim and its validator, a database and a browser for tests
	command               // cmd: wiring
)

// row is one package: its layer, and which of ours it may import.
type row struct {
	layer layer
	ours  []string
}

var wholeCore = []string{"pkg/coc", "pkg/policy", "pkg/conflict", "pkg/route", "pkg/stage", "pkg/ballot", "pkg/command", "pkg/notice", "pkg/evidence"}

var house = map[string]row{
	"pkg/coc":      {core, nil},
	"pkg/policy":   {core, []string{"pkg/coc"}},
	"pkg/conflict": {core, []string{"pkg/coc"}},
	"pkg/route":    {core, []string{"pkg/coc", "pkg/policy", "pkg/conflict", "pkg/ballot"}},
	"pkg/stage":    {core, []string{"pkg/coc"}},
	"pkg/ballot":   {core, []string{"pkg/coc"}},
	"pkg/command":  {core, []string{"pkg/coc"}},
	"pkg/evidence": {core, []string{"pkg/coc"}},
	"pkg/notice":   {core, wholeCore},

	"pkg/casework": {workflow, wholeCore},
	"pkg/seal":     {sealing, []string{"pkg/coc"}},

	"pkg/hook":   {edge, append([]string{"pkg/casework"}, wholeCore...)},
	"pkg/web":    {edge, append([]string{"pkg/casework"}, wholeCore...)},
	"pkg/forge":  {edge, append([]string{"pkg/casework"}, wholeCore...)},
	"pkg/store":  {edge, append([]string{"pkg/seal"}, wholeCore...)}, // never casework: what it keeps has no rules
	"pkg/worker": {edge, []string{"pkg/coc"}},                        // never a rule of conduct: it runs jobs

	"pkg/githubsim":             {beside, nil}, // shares nothing with what it is to catch
	"pkg/githubsim/openapitest": {beside, []string{"pkg/githubsim", "pkg/npmtest"}},
	"pkg/npmtest":               {beside, nil},
	"pkg/memorytest":            {beside, nil},
	"pkg/web/browsertest":       {beside, []string{"pkg/npmtest"}},
	"pkg/store/postgrestest":    {beside, []string{"pkg/memorytest"}},
	"pkg/conflict/conflicttest": {beside, []string{"pkg/coc", "pkg/conflict"}}, // its words, and none of its code

	"cmd/cocrouter": {command, append([]string{
		"pkg/casework", "pkg/seal", "pkg/hook", "pkg/web", "pkg/forge", "pkg/store", "pkg/worker", "pkg/githubsim",
	}, wholeCore...)},
}

// A core package has neither context, clock, logger, randomness nor I/O.
var (
	impure = []string{"context", "database/sql", "net", "net/http", "os", "os/exec", "os/signal", "io/fs", "io/ioutil",
		"log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "syscall", "plugin", "unsafe", "testing", "runtime/debug"}
	// Modules that only compute. One more is a decision: add it here.
	pureModules = []string{"gopkg.in/yaml.v3", "github.com/invopop/jsonschema", "github.com/pb33f/ordered-map/v2",
		"github.com/rickar/cal/v2", "github.com/agnivade/levenshtein", "golang.org/x/text", "golang.org/x/image", "github.com/yuin/goldmark"}
	// casework speaks to the world through its ports and in no other way.
	portsOnly = []string{"net/http", "database/sql", "log", "log/slog", "os", "math/rand", "math/rand/v2", "crypto/rand",
		"github.com/google/go-github", "github.com/palantir/go-githubapp", "github.com/bradleyfalzon/ghinstallation",
		"github.com/shurcooL", "github.com/rs/zerolog", "github.com/riverqueue/river", "modernc.org/sqlite"}
	// The clock, as functions of package time. Time arrives as a value.
	clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
)

// exclusive libraries belong to the packages named and to nobody else.
var exclusive = map[string][]string{
	"github.com/go-json-experiment/json":          {"pkg/seal"},             // encodes Prose in the clear
	"github.com/go-json-experiment/json/jsontext": {"pkg/seal", "pkg/hook"}, // syntax only
	"filippo.io/age":                             {"pkg/seal"},
	"github.com/google/go-github":                {"pkg/hook", "pkg/forge"},
	"github.com/bradleyfalzon/ghinstallation":    {"pkg/forge"},
	"github.com/shurcooL":                        {"pkg/forge"},
	"modernc.org/sqlite":                         {"pkg/store"},
	"github.com/spf13/cobra":                     {"cmd/cocrouter"},
	"github.com/prometheus/client_golang":        {"cmd/cocrouter"},
	"github.com/getkin/kin-openapi":              {"pkg/githubsim/openapitest"},
	"github.com/vektah/gqlparser":                {"pkg/githubsim", "pkg/githubsim/openapitest"},
	"testing":                                    {"pkg/githubsim/openapitest", "pkg/store/postgrestest", "pkg/conflict/conflicttest", "pkg/web/browsertest", "pkg/memorytest"},
	"github.com/chromedp":                        {"pkg/web/browsertest"},
	"github.com/jackc/pgx":                       {"pkg/store", "pkg/store/postgrestest"},
	module + "pkg/githubsim":                     {"cmd/cocrouter", "pkg/githubsim/openapitest"},
	"github.com/riverqueue/river":                {"pkg/store", "pkg/worker"},
	"github.com/microcosm-cc/bluemonday":         {"pkg/githubsim"},
	"github.com/palantir/go-githubapp/githubapp": {"pkg/hook", "pkg/forge"},
}

// revealers are the packages that may take the words out of a coc.Prose:
// command reads orders in them, evidence addresses and the names of files, notice
// writes them to a committee, seal encrypts them, and at the edges they come in
// (hook, web).
var revealers = []string{"pkg/command", "pkg/evidence", "pkg/notice", "pkg/seal", "pkg/hook", "pkg/web"}

// facts are what is known of one package, by its path below the module.
type facts struct {
	imports []string // of the package itself, not of its tests
	reveals []string // where it calls Reveal(), as file:line
	clocks  []string // where it asks time for the time
}

// complaints holds the graph against the table. It is empty when the house
// stands.
func complaints(graph map[string]facts) []string {
	var all []string
	complain := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for name, f := range graph {
		row, known := house[name]
		if !known {
			complain("%s is not in the table: say what it may import", name)
			continue
		}
		for _, imported := range f.imports {
			if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(row.ours, ours) {
				complain("%s may not import %s", name, ours)
			}
			if reason := foreign(row.layer, imported); reason != "" {
				complain("%s imports %s: %s", name, imported, reason)
			}
			if owners := ownersOf(imported); owners != nil && !slices.Contains(owners, name) {
				complain("%s imports %s, which is for %s only", name, imported, strings.Join(owners, " and "))
			}
		}
		for _, at := range f.reveals {
			if !slices.Contains(revealers, name) {
				complain("%s: %s may not reveal what people wrote", at, name)
			}
		}
		for _, at := range f.clocks {
			if row.layer == core || row.layer == workflow {
				complain("%s: in %s time arrives as a value", at, name)
			}
		}
	}
	for name := range house {
		if _, exists := graph[name]; !exists {
			complain("%s is in the table and does not exist", name)
		}
	}
	slices.Sort(all)
	return all
}

// foreign says why a package of a layer may not import something that is not
// ours, or "".
func foreign(l layer, imported string) string {
	listed := func(list []string) bool {
		return slices.ContainsFunc(list, func(m string) bool { return within(imported, m) })
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case strings.HasPrefix(imported, module):
		return ""
	case l == core && slices.Contains(impure, imported):
		return "the core takes values and returns values"
	case l == core && strings.Contains(first, ".") && !listed(pureModules):
		return "not among the modules that only compute"
	case l == workflow && listed(portsOnly):
		return "casework reaches the world through its ports only"
	}
	return ""
}

// ownersOf is who alone may import something, by the nearest library that is
// listed; nil: anybody may.
func ownersOf(imported string) (owners []string) {
	nearest := ""
	for library, whose := range exclusive {
		if within(imported, library) && len(library) > len(nearest) {
			nearest, owners = library, whose
		}
	}
	return owners
}

// within reports whether path is library itself or a package below it.
func within(path, library string) bool {
	return path == library || strings.HasPrefix(path, library+"/")
}

func TestArrowsPointOnlyDown(t *testing.T) {
	t.Parallel()
	for _, c := range complaints(readHouse(t)) {
		t.Error(c)
	}
}

// readHouse asks the go command for the packages, and their sources for calls.
func readHouse(t *testing.T) map[string]facts {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports", "./...", "../cmd/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	graph := map[string]facts{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir  string
			GoFiles, Imports []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) == 0 {
			continue // this folder itself: tests only
		}
		f := facts{imports: p.Imports}
		for _, file := range p.GoFiles {
			reveals, clocks := calls(t, filepath.Join(p.Dir, file))
			f.reveals, f.clocks = append(f.reveals, reveals...), append(f.clocks, clocks...)
		}
		graph[strings.TrimPrefix(p.ImportPath, module)] = f
	}
	return graph
}

// calls finds where a file says x.Reveal, called or passed on, and time.Now
// and its kin.
func calls(t *testing.T, path string) (reveals, clocks []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		at := set.Position(s.Pos())
		where := fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
		of, _ := s.X.(*ast.Ident)
		switch {
		case s.Sel.Name == "Reveal":
			reveals = append(reveals, where)
		case of != nil && of.Name == "time" && slices.Contains(clock, s.Sel.Name):
			clocks = append(clocks, where)
		}
		return true
	})
	return reveals, clocks
}

// TestWrongArrowIsFound gives the checker houses that must not stand: without
// it, a checker that found nothing would look like a house in order.
func TestWrongArrowIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		of   string
		is   facts
		want string
	}{
		{"the core with a database", "pkg/stage", facts{imports: []string{"database/sql"}}, "the core takes values"},
		{"the core with a context", "pkg/conflict", facts{imports: []string{"context"}}, "the core takes values"},
		{"the core with a logger", "pkg/route", facts{imports: []string{"github.com/rs/zerolog"}}, "not among the modules"},
		{"the core with a clock", "pkg/ballot", facts{clocks: []string{"ballot.go:7"}}, "ballot.go:7: in pkg/ballot time arrives"},
		{"the core leaning upwards", "pkg/policy", facts{imports: []string{module + "pkg/casework"}}, "pkg/policy may not import pkg/casework"},
		{"an edge leaning on an edge", "pkg/web", facts{imports: []string{module + "pkg/store"}}, "pkg/web may not import pkg/store"},
		{"the store knowing the workflow", "pkg/store", facts{imports: []string{module + "pkg/casework"}}, "pkg/store may not import pkg/casework"},
		{"the workflow speaking HTTP", "pkg/casework", facts{imports: []string{"net/http"}}, "through its ports only"},
		{"the workflow speaking GitHub", "pkg/casework", facts{imports: []string{"github.com/google/go-github/v62/github"}}, "through its ports only"},
		{"the simulation sharing code", "pkg/githubsim", facts{imports: []string{module + "pkg/conflict"}}, "pkg/githubsim may not import"},
		{"the simulation in the product", "pkg/forge", facts{imports: []string{module + "pkg/githubsim"}}, "pkg/forge may not import pkg/githubsim"},
		{"prose encoded in the clear", "pkg/store", facts{imports: []string{"github.com/go-json-experiment/json"}}, "for pkg/seal only"},
		{"words taken out", "pkg/worker", facts{reveals: []string{"worker.go:3"}}, "worker.go:3: pkg/worker may not reveal"},
		{"a package nobody placed", "pkg/util", facts{}, "pkg/util is not in the table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			graph := map[string]facts{}
			for name := range house {
				graph[name] = facts{}
			}
			if got := complaints(graph); len(got) != 0 {
				t.Fatalf("an empty house is complained of: %q", got)
			}
			graph[c.of] = c.is
			got := complaints(graph)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("complaints are %q, want one with %q", got, c.want)
			}
		})
	}
	t.Run("a row for a package that is gone", func(t *testing.T) {
		t.Parallel()
		if got := complaints(map[string]facts{}); len(got) != len(house) {
			t.Errorf("%d complaints for %d missing packages", len(got), len(house))
		}
	})
}

// TestCallsAreSeen keeps the scanner honest on a source of its own.
func TestCallsAreSeen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "calls.go")
	const source = `package calls

func leak(p interface{ Reveal() string }) (string, func() string) {
	_ = time.Now()
	return p.Reveal(), p.Reveal
}
`
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	reveals, clocks := calls(t, path)
	if !slices.Equal(reveals, []string{"calls.go:5", "calls.go:5"}) || !slices.Equal(clocks, []string{"calls.go:4"}) {
		t.Errorf("saw %q and %q, want two reveals in line 5 and a clock in line 4", reveals, clocks)
	}
}
