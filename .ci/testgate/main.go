// Testgate reads `go test -json` from its standard input, prints what `go
// test` would have printed, and fails where go test alone would pass: on a
// test that skipped itself, and on a test named in the must-pass list that was
// not seen passing (because somebody renamed it, or a build tag hid it).
//
//	go test -json ./... | go run ./.ci/testgate -must-pass .ci/must-pass.txt -tally FILE
//
// The tally file receives the one line "N passed, N failed, N skipped", so that
// the caller can print it last. Tests and subtests are counted alike. A package
// that fails without a failing test (it does not build, it panics outside a
// test, it exits) counts as one failure.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	mustPass := flag.String("must-pass", "", "file with one `package.Test` a line that must be seen passing")
	tally := flag.String("tally", "", "file that receives the closing line")
	flag.Parse()

	var required []string
	if *mustPass != "" {
		text, err := os.ReadFile(*mustPass)
		if err != nil {
			fmt.Fprintln(os.Stderr, "testgate:", err)
			os.Exit(2)
		}
		required = requiredTests(string(text))
	}
	result, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testgate:", err)
		os.Exit(2)
	}
	complaints := result.complaints(required)
	for _, c := range complaints {
		fmt.Println("testgate:", c)
	}
	if *tally != "" {
		if err := os.WriteFile(*tally, []byte(result.line()+"\n"), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "testgate:", err)
			os.Exit(2)
		}
	}
	if len(complaints) > 0 {
		os.Exit(1)
	}
}

// requiredTests takes the must-pass list apart: a test a line, # comments.
func requiredTests(text string) []string {
	var tests []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			tests = append(tests, line)
		}
	}
	return tests
}

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// name is how the must-pass list writes a test: the package's path below the
// module, a dot, the test.
func (e event) name() string {
	_, below, _ := strings.Cut(e.Package, "/cocrouter/cocrouter/")
	return below + "." + e.Test
}

// result is what a whole run came to. Each list holds names.
type result struct {
	passed, failed, skipped []string
	// unfinished tests began and were heard of no more: they hang, or their
	// process died.
	unfinished []string
}

func (r *result) ended(name string) {
	r.unfinished = slices.DeleteFunc(r.unfinished, func(n string) bool { return n == name })
}

func (r result) line() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", len(r.passed), len(r.failed), len(r.skipped))
}

// complaints says why the gate stays shut; none opens it.
func (r result) complaints(required []string) []string {
	var all []string
	for _, name := range r.failed {
		all = append(all, "failed: "+name)
	}
	for _, name := range r.skipped {
		all = append(all, "skipped, and nothing may be: "+name)
	}
	for _, name := range r.unfinished {
		all = append(all, "began and never ended: "+name)
	}
	for _, name := range required {
		if !slices.Contains(r.passed, name) {
			all = append(all, "must pass and was not seen passing: "+name)
		}
	}
	if len(r.passed) == 0 {
		all = append(all, "no test ran")
	}
	return all
}

// read consumes the whole stream and echoes to out the lines of packages, and
// everything that a failing or skipping test printed.
func read(in io.Reader, out io.Writer) (result, error) {
	var r result
	said := map[string][]string{}     // what a test printed so far, by name
	failedIn := map[string]struct{}{} // packages with a failing test
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			for _, name := range r.unfinished {
				fmt.Fprint(out, strings.Join(said[name], ""))
			}
			return r, nil
		}
		if err != nil && err != io.EOF {
			return r, fmt.Errorf("read the test stream: %w", err)
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			// Not an event: a message of the go command itself.
			fmt.Fprintf(out, "%s", line)
			continue
		}
		switch {
		case e.Action == "build-output":
			fmt.Fprint(out, e.Output)
		case e.Action == "output" && e.Test == "":
			fmt.Fprint(out, e.Output)
		case e.Action == "run":
			r.unfinished = append(r.unfinished, e.name())
		case e.Action == "output":
			said[e.name()] = append(said[e.name()], e.Output)
		case e.Test == "":
			_, explained := failedIn[e.Package]
			if e.Action == "fail" && !explained {
				r.failed = append(r.failed, e.Package+" (the package as a whole)")
			}
		case e.Action == "pass":
			r.passed = append(r.passed, e.name())
			r.ended(e.name())
			delete(said, e.name())
		case e.Action == "skip", e.Action == "fail":
			fmt.Fprint(out, strings.Join(said[e.name()], ""))
			r.ended(e.name())
			delete(said, e.name())
			if e.Action == "skip" {
				r.skipped = append(r.skipped, e.name())
			} else {
				r.failed = append(r.failed, e.name())
				failedIn[e.Package] = struct{}{}
			}
		}
	}
}
