package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed verdict = "killed" // a test failed, hung, or ran out of memory
	lived  verdict = "lived"
	broken verdict = "broken" // it does not compile, and so proves nothing
)

// bench is where mutants are built and tried.
type bench struct {
	dir      string
	last     string
	patience time.Duration
	built    map[string]string // the tests with the mutants of a package's functions, by folder
	numbers  map[string]int    // by which those are chosen, by name; what is missing is built alone
	patient  map[string]time.Duration
}

// newBench builds the mutants of functions, all of a package at once, and sees
// to it that the tests pass where none is chosen.
func newBench(tried []mutant, last string, patience time.Duration) (*bench, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	b := &bench{dir: dir, last: last, patience: patience, built: map[string]string{}, numbers: map[string]int{}, patient: map[string]time.Duration{}}
	if err != nil {
		return b, err
	}
	packages := map[string][]numbered{}
	for i, m := range tried {
		of := filepath.Dir(m.file)
		packages[of] = slices.Grow(packages[of], 1)
		if m.function != nil {
			packages[of] = append(packages[of], numbered{m, i + 1})
		}
	}
	for of, mutants := range packages {
		if err := b.buildAll(of, mutants); err != nil {
			return b, err
		}
		began := time.Now()
		b.patient[of] = 5 * time.Minute
		if v, said := b.test(of, b.built[of], 0); v != lived {
			return b, fmt.Errorf("the tests of %s fail before anything is broken:\n%s", of, said)
		}
		b.patient[of] = b.patience + 10*time.Since(began)
	}
	return b, nil
}

func (b *bench) close() { os.RemoveAll(b.dir) }

// buildAll builds a package's tests with these mutants in it. Those that do not
// compile are left out, and tried alone in the end, where they fail for sure.
func (b *bench) buildAll(of string, mutants []numbered) error {
	for {
		replace, lines := map[string]string{}, map[string]map[int]int{} // lines by the name of what was written
		for _, m := range mutants {
			if replace[m.file] != "" {
				continue
			}
			source, whose := together(slices.DeleteFunc(slices.Clone(mutants), func(o numbered) bool { return o.file != m.file }))
			replace[m.file] = b.write(source)
			lines[filepath.Base(replace[m.file])] = whose
		}
		if len(mutants) > 0 {
			name := regexp.MustCompile(`(?m)^package (\w+)`).FindSubmatch(mutants[0].original)[1]
			replace[filepath.Join(of, "chosen_mutant.go")] = b.write(fmt.Appendf(nil, chooser, name))
		}
		binary, said, ok := b.build(of, replace)
		if ok {
			b.built[of] = binary
			for _, m := range mutants {
				b.numbers[m.name] = m.number
			}
			return nil
		}
		wrong := map[int]bool{}
		for _, at := range regexp.MustCompile(`(?m)([^\s/]+\.go):(\d+):\d+: `).FindAllStringSubmatch(said, -1) {
			line, _ := strconv.Atoi(at[2])
			wrong[lines[at[1]][line]] = true
		}
		left := slices.DeleteFunc(slices.Clone(mutants), func(m numbered) bool { return wrong[m.number] })
		if len(left) == len(mutants) {
			return fmt.Errorf("%s does not build:\n%s", of, said)
		}
		mutants = left
	}
}

// try runs the tests of a mutant's package.
func (b *bench) try(m mutant) verdict {
	of := filepath.Dir(m.file)
	if number := b.numbers[m.name]; number > 0 {
		v, _ := b.test(of, b.built[of], number)
		return v
	}
	binary, _, ok := b.build(of, map[string]string{m.file: b.write(m.source())})
	if !ok {
		return broken
	}
	defer os.Remove(binary)
	v, _ := b.test(of, binary, 0)
	return v
}

// write keeps a text in a file of its own.
func (b *bench) write(text []byte) (path string) {
	file, err := os.CreateTemp(b.dir, "*.go")
	if err == nil {
		_, err = file.Write(text)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		panic(err)
	}
	return file.Name()
}

// build compiles a package's tests with some of its files replaced.
func (b *bench) build(of string, replace map[string]string) (binary, said string, ok bool) {
	whole := map[string]string{}
	for file, by := range replace {
		path, err := filepath.Abs(file)
		if err != nil {
			panic(err)
		}
		whole[path] = by
	}
	overlay, _ := json.Marshal(map[string]any{"Replace": whole})
	binary = b.write(nil) + ".test"
	out, err := exec.Command("go", "test", "-c", "-vet=off", "-gcflags=-e", "-ldflags=-s -w",
		"-overlay="+b.write(overlay), "-o", binary, "./"+filepath.ToSlash(of)).CombinedOutput()
	return binary, string(out), err == nil
}

// memory is how much a test may take, in KiB of addresses: some mutants loop
// and never stop appending.
const memory = 4 << 20

// test runs a package's tests where they stand, with the mutant of this number.
func (b *bench) test(of, binary string, number int) (verdict, string) {
	if b.last == "" {
		return b.ask(of, binary, number)
	}
	// Those that take long are not asked where another kills it. failfast alone
	// would not do: it stops no test that has begun, and parallel ones all have.
	if v, said := b.ask(of, binary, number, "-test.skip="+b.last); v != lived {
		return v, said
	}
	return b.ask(of, binary, number, "-test.run="+b.last)
}

func (b *bench) ask(of, binary string, number int, which ...string) (verdict, string) {
	ctx, cancel := context.WithTimeout(context.Background(), b.patient[of])
	defer cancel()
	// A test binary has no limit of its own that would hold.
	args := append([]string{"-c", fmt.Sprintf(`ulimit -v %d && exec "$0" "$@"`, memory), binary, "-test.short", "-test.failfast"}, which...)
	tests := exec.CommandContext(ctx, "sh", args...)
	// So short a run need not collect what it leaves behind.
	tests.Dir, tests.Env = of, append(os.Environ(), "GOGC=off", "GOMEMLIMIT=1GiB", "MUTANT="+strconv.Itoa(number))
	said, err := tests.CombinedOutput()
	if err != nil {
		return killed, string(said)
	}
	return lived, string(said)
}
