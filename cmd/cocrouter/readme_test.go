package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/policy"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block is what the first fence of a language holds, without its indentation.
func block(t *testing.T, text, language string) string {
	t.Helper()
	fence := regexp.MustCompile("(?ms)^( *)```" + language + "\n(.*?)^ *```")
	found := fence.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("README.md has no %s block", language)
	}
	return strings.ReplaceAll("\n"+found[2], "\n"+found[1], "\n")
}

// changing is what differs from run to run.
var changing = regexp.MustCompile(`127\.0\.0\.1:\d+|\([a-z]+-[a-z]+-\d+\)|[0-9A-Z]{5}(-[0-9A-Z]{5}){3}`)

func TestReadmeShowsWhatTheDemoPrints(t *testing.T) {
	t.Parallel()
	code, out, errs := watched(t, "demo", "--once")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	rest := changing.ReplaceAllString(out, "…")
	for line := range strings.Lines(changing.ReplaceAllString(block(t, readme(t), "text"), "…")) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		_, after, ok := strings.Cut(rest, line)
		if !ok {
			t.Fatalf("README.md shows a line that the demo does not print there:\n%s\nthe demo:\n%s", line, out)
		}
		rest = after
	}
}

func TestReadmeRoutesAProjectByAFileThatWorks(t *testing.T) {
	t.Parallel()
	p, problems := policy.ParsePointer([]byte(block(t, readme(t), "yaml")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d, problems := policy.ParseDirectory([]byte(demoDirectory()))
	if _, ok := d.Committee(p.Named); len(problems) > 0 || !ok {
		t.Errorf("the demo's directory has no committee %q", p.Named)
	}
}

func TestReadmeNamesCommandsAndFilesThatExist(t *testing.T) {
	t.Parallel()
	text := readme(t)
	_, help, _ := shell(t, "", "--help")
	for _, m := range regexp.MustCompile("`cocrouter ([a-z]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(help, "\n  "+m[1]+" ") {
			t.Errorf("README.md names the command %s, which does not exist", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat("../../" + m[1]); err != nil {
			t.Errorf("README.md leads to %s: %v", m[1], err)
		}
	}
	for _, name := range []string{outsider, maintainer, riverCommittee[0], foundationCommittee[0], toolsRepo, foundationRoom} {
		if !strings.Contains(text, name) {
			t.Errorf("README.md does not say %s any more, whom the demo seeds", name)
		}
	}
}

// What an operator is told to try works as it stands, and prints what is shown.
func TestReadmeAndHelpExplainByCommandsThatWork(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(readme(t), "## Where would a report go?\n")
	section, _, _ = strings.Cut(section, "\n## ")
	shown := strings.ReplaceAll(block(t, section, "sh"), "\\\n", "")
	code, out, errs := watched(t, explaining(t, shown)...)
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for line := range strings.Lines(strings.TrimSpace(block(t, section, "text"))) {
		_, after, ok := strings.Cut(out, line)
		if !ok {
			t.Fatalf("README.md shows a line that explain does not print there: %s\n%s", line, out)
		}
		out = after
	}
	_, help, _ := shell(t, "", "explain", "--help")
	if code, out, errs := watched(t, explaining(t, help)...); code != exitFine {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// explaining is the first command of a text that explains a described world.
func explaining(t *testing.T, text string) []string {
	t.Helper()
	command := regexp.MustCompile(`cocrouter (explain --world testdata/.*)`).FindStringSubmatch(text)
	if command == nil {
		t.Fatalf("no such command in\n%s", text)
	}
	return strings.Fields(strings.Replace(command[1], "testdata/", "../../testdata/", 1))
}

// The tour leads to every file: one that it does not name is one that nobody finds.
func TestTourNamesEveryFileOfThisPackage(t *testing.T) {
	t.Parallel()
	tour, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		name = strings.NewReplacer("_linux.go", ".go", "_other.go", ".go").Replace(name)
		if !strings.HasSuffix(name, "_test.go") && name != "doc.go" && !strings.Contains(string(tour), name) {
			t.Errorf("doc.go does not name %s", name)
		}
	}
}
