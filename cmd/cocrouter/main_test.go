package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/seal"
)

// shell runs the program as a shell would.
func shell(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestExitCodesTellWrongUseFromFindings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := put(t, dir, "committees.yml", testDirectory)
	bad := put(t, dir, "coc.yaml", "version: 1\ncomittee: x\n")
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"an unknown command":         {[]string{"serv"}, exitUsage},
		"an unknown flag":            {[]string{"version", "--loud"}, exitUsage},
		"too many arguments":         {[]string{"version", "now"}, exitUsage},
		"lint of nothing":            {[]string{"lint"}, exitUsage},
		"lint of an unnamed kind":    {[]string{"lint", "notes.txt"}, exitUsage},
		"lint of a kind not there":   {[]string{"lint", "--kind", "poem", good}, exitUsage},
		"lint in a strange format":   {[]string{"lint", "--output", "xml", good}, exitUsage},
		"lint of a missing file":     {[]string{"lint", filepath.Join(dir, "gone", "coc.yaml")}, exitWrong},
		"lint with findings":         {[]string{"lint", good, bad}, exitWrong},
		"lint with findings, JSON":   {[]string{"lint", "--output=json", bad}, exitWrong},
		"lint of the wrong kind":     {[]string{"lint", "--kind", "committee", good}, exitWrong},
		"lint of a good file":        {[]string{"lint", good}, exitFine},
		"serve without a file":       {[]string{"serve", "--config", filepath.Join(dir, "gone.yml")}, exitUsage},
		"serve with an empty one":    {[]string{"serve", "--config", put(t, dir, "empty.yml", "")}, exitUsage},
		"help":                       {[]string{"--help"}, exitFine},
		"completion, by the library": {[]string{"completion", "bash"}, exitFine},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := shell(t, "", c.args...)
			if code != c.want {
				t.Errorf("exit %d, want %d\n%s%s", code, c.want, out, errs)
			}
			if (code == exitUsage) != (errs != "") && code != exitWrong {
				t.Errorf("exit %d and on the error stream: %q", code, errs)
			}
		})
	}
}

func TestVersionNamesTheBuild(t *testing.T) {
	t.Parallel()
	if code, out, _ := shell(t, "", "version"); code != exitFine || !strings.HasPrefix(out, "cocrouter devel") {
		t.Errorf("exit %d, %q", code, out)
	}
}

func TestLintPointsAtLineAndColumn(t *testing.T) {
	t.Parallel()
	code, out, _ := shell(t, "version: 1\ncomittee: foundation\n", "lint", "--kind", "coc", "-")
	if code != exitWrong || !strings.Contains(out, "-:2:1: ") || !strings.Contains(out, `did you mean "committee"?`) {
		t.Errorf("exit %d:\n%s", code, out)
	}
	_, out, _ = shell(t, "version: 1\ncomittee: foundation\n", "lint", "--kind", "coc", "--output", "json", "-")
	var findings []finding
	if err := json.Unmarshal([]byte(out), &findings); err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(findings, func(f finding) bool { return f.Path == "comittee" }); i < 0 ||
		findings[i].File != "-" || findings[i].Line != 2 || findings[i].Column != 1 || findings[i].Suggestion != "committee" {
		t.Errorf("findings: %+v", findings)
	}
	_, out, _ = shell(t, "version: 1\ncommittee: foundation\n", "lint", "--kind", "coc", "--output", "json", "-")
	if strings.TrimSpace(out) != "[]" {
		t.Errorf("a good file gives %q, want an empty list", out)
	}
}

func TestLintSaysThatAnEndlessFileIsTooLarge(t *testing.T) {
	t.Parallel()
	code, out, _ := shell(t, strings.Repeat("# comment\n", 1<<20), "lint", "--kind", "coc", "-")
	if code != exitWrong || strings.Count(out, "\n") != 1 {
		t.Errorf("exit %d:\n%.500s", code, out)
	}
}

func TestKeygenWritesAKeyThatOnlyItsOwnerCanRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sealing.key")
	code, out, _ := shell(t, "", "keygen", path)
	if code != exitFine || !strings.Contains(out, "age1") {
		t.Fatalf("exit %d, %q", code, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY") && strings.Contains(out, strings.TrimSpace(line)) {
			t.Error("the secret half was printed")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := seal.Open(path); err != nil {
		t.Errorf("the key does not open: %v", err)
	}
}

func TestKeygenNeverReplacesAKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := put(t, dir, "sealing.key", "the only key")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link} {
		if code, _, errs := shell(t, "", "keygen", p); code != exitWrong || !strings.Contains(errs, "never overwritten") {
			t.Errorf("exit %d, %q", code, errs)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != "the only key" {
		t.Errorf("the key became %q", text)
	}
}
