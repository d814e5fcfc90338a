package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/policy"
)

// kinds of files that lint reads, as --kind and policy.Schema name them.
var lintKinds = map[string]func([]byte) policy.Problems{
	"coc":       func(b []byte) policy.Problems { _, p := policy.ParsePointer(b); return p },
	"committee": func(b []byte) policy.Problems { _, p := policy.ParseCommittee(b); return p },
	"directory": func(b []byte) policy.Problems { _, p := policy.ParseDirectory(b); return p },
}

func lintCommand(term terminal) *cobra.Command {
	var kind, output string
	cmd := &cobra.Command{
		Use:   "lint FILE…",
		Short: "Check coc.yaml, a committee's file or the committee directory",
		Long: `Checks files as the router reads them and prints every problem with its line
and column. The kind of a file follows from its name: coc.yaml,
coc-committee.yaml, committees*.yml; for any other name give --kind. A FILE
of - is the standard input.`,
		Example: "  cocrouter lint .github/coc.yaml\n  cocrouter lint --kind directory - < list.yml",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return misuse(fmt.Sprintf("--output is text or json, not %q", output))
			}
			findings, err := lint(term.in, kind, args)
			if err != nil {
				return err
			}
			if err := printFindings(term.out, output, findings); err != nil {
				return err
			}
			if len(findings) > 0 {
				return errFindings
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "what the files are: coc, committee or directory")
	cmd.Flags().StringVar(&output, "output", "text", "how to print: text or json")
	return cmd
}

// finding is one problem, where an editor or a workflow can find it.
type finding struct {
	File       string `json:"file"`
	Line       int    `json:"line"`   // 0: the file as a whole
	Column     int    `json:"column"` // 0: the line as a whole
	Path       string `json:"path,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

// lint checks the files in their order. It fails where a file cannot be read
// or its kind cannot be told; what is wrong *in* a file is a finding.
func lint(stdin io.Reader, kind string, files []string) ([]finding, error) {
	findings := []finding{} // not nil: JSON readers expect a list
	for _, file := range files {
		parse, err := parserFor(kind, file)
		if err != nil {
			return nil, err
		}
		text, err := lintInput(stdin, file)
		if err != nil {
			return nil, err
		}
		for _, p := range parse(text) {
			findings = append(findings, finding{file, p.Line, p.Column, p.Path, p.Message, p.Suggestion})
		}
	}
	return findings, nil
}

// parserFor picks by --kind, or else by the file's name.
func parserFor(kind, file string) (func([]byte) policy.Problems, error) {
	if kind == "" {
		kind = kindOf(filepath.Base(file))
	}
	if kind == "" {
		return nil, misuse(fmt.Sprintf("what is %s? Give --kind coc, committee or directory", file))
	}
	parse, ok := lintKinds[kind]
	if !ok {
		return nil, misuse(fmt.Sprintf("--kind is coc, committee or directory, not %q", kind))
	}
	return parse, nil
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
		fmt.Fprintf(w, "%s:%d:%d: %s\n", f.File, f.Line, f.Column, message)
	}
	return nil
}
