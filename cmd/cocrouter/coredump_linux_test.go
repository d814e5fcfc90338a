package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

// A dump of the memory would hold every report and every key.
func TestServeForbidsCoreDumps(t *testing.T) {
	t.Parallel()
	p, _ := newLeakProcess(t, &witness{}, "")
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.pid))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
		t.Errorf("a server that is started may dump its memory:\n%s", limits)
	}
}

// The limit does not hold where the kernel gives dumps to a program.
func TestServeCannotBeDumpedAtAll(t *testing.T) {
	t.Parallel()
	if err := serve(t.Context(), filepath.Join(t.TempDir(), "gone.yml"), nil, zerolog.Nop()); err == nil {
		t.Fatal("it serves without a configuration")
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); dumpable != 0 || err != nil {
		t.Errorf("the process can be dumped: %d, %v", dumpable, err)
	}
}
