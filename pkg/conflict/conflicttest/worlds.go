package conflicttest

import (
	"os"
	"strconv"
	"testing"
)

// Worlds is how many random worlds a test goes through: 2,000, or what
// COCROUTER_TEST_WORLDS says; with -short 300.
func Worlds(t testing.TB) int64 {
	t.Helper()
	said := os.Getenv("COCROUTER_TEST_WORLDS")
	switch {
	case said == "" && testing.Short():
		return 300
	case said == "":
		return 2000
	}
	n, err := strconv.ParseInt(said, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("COCROUTER_TEST_WORLDS is %q: it must be a number of worlds", said)
	}
	return n
}
