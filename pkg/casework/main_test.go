package casework_test

import (
	"os"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/memorytest"
)

func TestMain(m *testing.M) { os.Exit(memorytest.Run(m)) }
