package policy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write config/*.schema.json and the wanted problems anew")

// parsers are the three kinds of file, as the schemas name them.
var parsers = map[string]func([]byte) Problems{
	"coc":       func(b []byte) Problems { _, p := ParsePointer(b); return p },
	"committee": func(b []byte) Problems { _, p := ParseCommittee(b); return p },
	"directory": func(b []byte) Problems { _, p := ParseDirectory(b); return p },
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// isCurrent fails if a file does not hold want; with -update it is written.
func isCurrent(t *testing.T, want []byte, path ...string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(append([]string{"..", ".."}, path...)...), want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := readFile(t, path...); !bytes.Equal(got, want) {
		t.Errorf("%s is not current; run go test ./pkg/policy -update. It should be\n%s", filepath.Join(path...), want)
	}
}

func TestSchemasInConfigAreCurrent(t *testing.T) {
	t.Parallel()
	for kind := range parsers {
		want, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		isCurrent(t, want, "config", kind+".schema.json")
	}
	if _, err := Schema("roster"); err == nil {
		t.Error("there is a schema for a kind of file that does not exist")
	}
}

func TestProblemsReadAsWanted(t *testing.T) {
	t.Parallel()
	for kind, parse := range parsers {
		got := parse(readFile(t, "testdata", "policy", kind+".bad.yaml")).Error() + "\n"
		isCurrent(t, []byte(got), "testdata", "policy", kind+".bad.want")
	}
}
