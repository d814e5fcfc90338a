// Mutate breaks a package on purpose, one small thing at a time, and asks its
// tests whether they notice. A mutant that no test kills is a rule that could
// be lost without anybody seeing it.
//
//	go run ./.ci/mutate -known .ci/mutate/equivalent.txt ./pkg/conflict
//	go run ./.ci/mutate -known .ci/mutate/equivalent.txt -sample 60 -last 'World|Step' ./pkg/route ./pkg/conflict
//	go run ./.ci/mutate -only 'room.go:checkPlace' ./pkg/route
//
// What is broken is in mutants.go. The compiler is given what is broken as an
// overlay, so that the tree is never touched; the mutants of functions are built
// together and chosen while they run (schemata.go), because building takes longer
// than testing. The tests run with -short. A mutant that hangs or eats the memory
// is killed too.
//
// Some mutants change nothing that anybody could see. The file given by -known
// lists them, each followed by an indented line with the reason; they are not
// tried. Every other one that lives fails the run, and so does an entry that
// fits no mutant any more.
//
// With -sample so many are drawn, by -seed, which is printed; 0 draws a new one.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout)) }

func run(args []string, out io.Writer) int {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(out)
	only := flags.String("only", "", "try only mutants whose name matches this regular expression")
	parallel := flags.Int("parallel", 1, "how many are tried at once")
	sample := flags.Int("sample", 0, "how many are drawn; 0 is all")
	seed := flags.Int64("seed", 0, "what they are drawn by; 0 draws anew")
	known := flags.String("known", "", "file with the mutants that change nothing, and why")
	last := flags.String("last", "", "ask the tests whose names match this regular expression last, because they take long")
	patience := flags.Duration("patience", 10*time.Second, "how long tests may take beside ten times what they take with nothing broken")
	list := flags.Bool("list", false, "list the mutants and try none")
	if flags.Parse(args) != nil {
		return 2
	}
	matches, err := regexp.Compile(*only)
	if err != nil || flags.NArg() == 0 || *parallel < 1 || *sample < 0 {
		fmt.Fprintln(out, "mutate: name packages as folders, -parallel from 1, -sample from 0, and a regular expression as -only")
		return 2
	}

	var all []mutant
	for _, dir := range flags.Args() {
		found, err := mutantsOf(dir)
		if err != nil {
			fmt.Fprintln(out, "mutate:", err)
			return 2
		}
		all = append(all, found...)
	}
	var same map[string]bool
	if *known != "" {
		text, err := os.ReadFile(*known)
		if err != nil {
			fmt.Fprintln(out, "mutate:", err)
			return 2
		}
		var complaints []string
		if same, complaints = equivalent(string(text), flags.Args(), all); len(complaints) > 0 {
			for _, c := range complaints {
				fmt.Fprintf(out, "mutate: %s: %s\n", *known, c)
			}
			return 1
		}
	}
	tried := slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return same[m.name] || !matches.MatchString(m.name) })
	if *sample > 0 && *sample < len(tried) {
		if *seed == 0 {
			*seed = time.Now().UnixNano()
		}
		rnd := rand.New(rand.NewSource(*seed))
		rnd.Shuffle(len(tried), func(i, j int) { tried[i], tried[j] = tried[j], tried[i] })
		fmt.Fprintf(out, "%d of %d mutants, drawn by -seed %d\n", *sample, len(tried), *seed)
		tried = tried[:*sample]
	}
	if *list {
		for _, m := range tried {
			fmt.Fprintln(out, m.name)
		}
		return 0
	}
	if len(tried) == 0 {
		fmt.Fprintln(out, "mutate: no mutant to try")
		return 1
	}

	bench, err := newBench(tried, *last, *patience)
	defer bench.close()
	if err != nil {
		fmt.Fprintln(out, "mutate:", err)
		return 1
	}
	return report(out, tried, tryAll(bench, tried, *parallel, out))
}

// tryAll tries each mutant, and says at once which lives: a run may be long.
func tryAll(b *bench, tried []mutant, parallel int, out io.Writer) []verdict {
	verdicts := make([]verdict, len(tried))
	next := make(chan int)
	var workers sync.WaitGroup
	var said sync.Mutex
	for range parallel {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = b.try(tried[i])
				if verdicts[i] == lived {
					said.Lock()
					fmt.Fprintf(out, "lives: line %d of %s\n", tried[i].line, tried[i].name)
					said.Unlock()
				}
			}
		})
	}
	for i := range tried {
		next <- i
	}
	close(next)
	workers.Wait()
	return verdicts
}

// report prints the score of each file and of all, and gives the exit code.
func report(out io.Writer, tried []mutant, verdicts []verdict) int {
	type count map[verdict]int
	files, all := map[string]count{}, count{}
	for i, m := range tried {
		if files[m.file] == nil {
			files[m.file] = count{}
		}
		files[m.file][verdicts[i]]++
		all[verdicts[i]]++
	}
	line := func(name string, c count) {
		score := "–"
		if n := c[killed] + c[lived]; n > 0 {
			score = fmt.Sprintf("%.1f %%", 100*float64(c[killed])/float64(n))
		}
		fmt.Fprintf(out, "%8s  %4d killed %4d lived %4d did not compile  %s\n", score, c[killed], c[lived], c[broken], name)
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line(name, files[name])
	}
	line("in all", all)
	if all[lived] > 0 || all[killed] == 0 {
		return 1
	}
	return 0
}

// equivalent reads the list of mutants that change nothing. It complains of an
// entry without a reason, and of one of these packages that fits no mutant.
func equivalent(text string, dirs []string, all []mutant) (same map[string]bool, complaints []string) {
	exists := map[string]bool{}
	for _, m := range all {
		exists[m.name] = true
	}
	same = map[string]bool{}
	entry, reasoned := "", true
	unreasoned := func() {
		if !reasoned {
			complaints = append(complaints, "no reason follows: "+entry)
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\n")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, "\t"):
			reasoned = true
		default:
			unreasoned()
			entry, reasoned = line, false
			same[entry] = true
			file, _, _ := strings.Cut(entry, ":")
			ours := slices.ContainsFunc(dirs, func(d string) bool { return filepath.Clean(d) == filepath.Dir(file) })
			if ours && !exists[entry] {
				complaints = append(complaints, "there is no such mutant any more: "+entry)
			}
		}
	}
	unreasoned()
	return same, complaints
}
