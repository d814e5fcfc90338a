package conflicttest

import (
	"os"
	"strconv"
	"testing"
)

// Worlds is how many random worlds a test of values goes through.
func Worlds(t testing.TB) int64 {
	t.Helper()
	return Number(t, "COCROUTER_TEST_WORLDS", 2000, 300)
}

// Number is how many random worlds a test goes through: what the variable says;
// if it says nothing, as many as usual, or as few as are enough with -short.
func Number(t testing.TB, variable string, usual, short int64) int64 {
	t.Helper()
	said := os.Getenv(variable)
	switch {
	case said == "" && testing.Short():
		return short
	case said == "":
		return usual
	}
	n, err := strconv.ParseInt(said, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: it must be a number of worlds", variable, said)
	}
	return n
}
