package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/policy"
)

// kinds of files that lint reads, as --kind and policy.Schema name them.
var lintKinds = map[string]lintKind{
	"coc": {
		func(b []byte) policy.Problems { _, p := policy.ParsePointer(b); return p },
		func([]byte, policy.Server) policy.Problems { return nil },
	},
	"committee": {func(b []byte) policy.Problems { _, p := policy.ParseCommittee(b); return p }, policy.CommitteeDoubts},
	"directory": {func(b []byte) policy.Problems { _, p := policy.ParseDirectory(b); return p }, policy.DirectoryDoubts},
}

// lintKind is how a kind of file is read: what refuses it, and what may stand in it and
// would not work.
type lintKind struct {
	problems func([]byte) policy.Problems
	doubts   func([]byte, policy.Server) policy.Problems
}

func lintCommand(term terminal) *cobra.Command {
	var kind, output, config string
	cmd := &cobra.Command{
		Use:   "lint FILE…",
		Short: "Check coc.yaml, a committee's file or the committee directory",
		Long: `Checks files as the router reads them and prints every problem with its line
and column. The kind of a file follows from its name: coc.yaml,
coc-committee.yaml, committees*.yml; for any other name give --kind. A FILE
of - is the standard input.

What is right in a file and would keep cases from the committee all the same, such
as asking members in private where nobody can sign in, is a warning. With --config
it is held against what that server can do, too; the server is not asked. Whether
it works on GitHub, cocrouter doctor --committees finds out.

Exit 0: the files can be used, with warnings or without. Exit 1: one has a
problem, or cannot be read. Exit 2: it was asked for in a way that cannot be.`,
		Example: "  cocrouter lint .github/coc.yaml\n  cocrouter lint --kind directory - < list.yml\n  cocrouter lint --config cocrouter.yml coc-committee.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return misuse(fmt.Sprintf("--output is text or json, not %q", output))
			}
			on, err := serverOf(config)
			if err != nil {
				return err
			}
			findings, err := lint(term.in, kind, args, on)
			if err != nil {
				return err
			}
			if err := printFindings(term.out, output, findings); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return !f.Warning }) {
				return errFindings
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "what the files are: coc, committee or directory")
	cmd.Flags().StringVar(&config, "config", "", "the configuration of the server that is to read them")
	cmd.Flags().StringVar(&output, "output", "text", "how to print: text or json")
	return cmd
}

// serverOf is what a configuration tells of its server, as it is written: no secret is
// read.
func serverOf(path string) (policy.Server, error) {
	if path == "" {
		return policy.Server{}, nil
	}
	c, err := readConfig(path, os.Environ())
	return policy.Server{NoSignIn: !c.Apps.Source.client() && !c.Apps.Rooms.client()}, err
}

// finding is one problem, where an editor or a workflow can find it.
type finding struct {
	File       string `json:"file"`
	Line       int    `json:"line"`   // 0: the file as a whole
	Column     int    `json:"column"` // 0: the line as a whole
	Path       string `json:"path,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
	Warning    bool   `json:"warning,omitempty"` // the file can be used as it is
}

// lint checks the files in their order. It fails where a file cannot be read
// or its kind cannot be told; what is wrong *in* a file is a finding.
func lint(stdin io.Reader, kind string, files []string, on policy.Server) ([]finding, error) {
	findings := []finding{} // not nil: JSON readers expect a list
	for _, file := range files {
		as, err := kindFor(kind, file)
		if err != nil {
			return nil, err
		}
		text, err := lintInput(stdin, file)
		if err != nil {
			return nil, err
		}
		for _, p := range as.problems(text) {
			findings = append(findings, finding{file, p.Line, p.Column, p.Path, p.Message, p.Suggestion, false})
		}
		for _, p := range as.doubts(text, on) {
			findings = append(findings, finding{file, p.Line, p.Column, p.Path, p.Message, p.Suggestion, true})
		}
	}
	return findings, nil
}

// kindFor picks by --kind, or else by the file's name.
func kindFor(kind, file string) (lintKind, error) {
	if kind == "" {
		kind = kindOf(filepath.Base(file))
	}
	if kind == "" {
		return lintKind{}, misuse(fmt.Sprintf("what is %s? Give --kind coc, committee or directory", file))
	}
	as, ok := lintKinds[kind]
	if !ok {
		return lintKind{}, misuse(fmt.Sprintf("--kind is coc, committee or directory, not %q", kind))
	}
	return as, nil
}

func kindOf(name string) string {
	stem, extension, _ := strings.Cut(strings.ToLower(name), ".")
	isYAML := strings.HasSuffix(extension, "yaml") || strings.HasSuffix(extension, "yml")
	switch {
	case !isYAML:
		return ""
	case stem == "coc":
		return "coc"
	case stem == "coc-committee":
		return "committee"
	case strings.HasPrefix(stem, "committees"):
		return "directory"
	}
	return ""
}

// lintInput reads a little more than a policy may have, so that the parser
// itself says that it is too large.
func lintInput(stdin io.Reader, file string) ([]byte, error) {
	if file != "-" {
		return readBounded(file, policy.MaxSize)
	}
	text, err := io.ReadAll(io.LimitReader(stdin, policy.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the standard input: %w", err)
	}
	return text, nil
}

// readBounded reads a file up to one byte past the limit: enough to be told
// that it is too large, and no more however large it is.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

func printFindings(w io.Writer, output string, findings []finding) error {
	if output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(findings)
	}
	for _, f := range findings {
		message := f.Message
		if f.Suggestion != "" {
			message += fmt.Sprintf(": did you mean %q?", f.Suggestion)
		}
		if f.Warning {
			message = "warning: " + message
		}
		fmt.Fprintf(w, "%s:%d:%d: %s\n", f.File, f.Line, f.Column, message)
	}
	return nil
}
