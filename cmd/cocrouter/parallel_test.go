package main

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/memorytest"
)

// TestMain lets twice as many tests run at once as there are processors, unless it is
// told how many: most of them wait for servers and clocks longer than they work.
func TestMain(m *testing.M) {
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "test.parallel" })
	if !told {
		if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	os.Exit(memorytest.Run(m))
}
