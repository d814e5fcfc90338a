package main

import (
	"fmt"
	"syscall"
)

// forbidCoreDumps keeps what the memory holds, reports and keys, off the disk
// should the process crash, and on Linux from whatever else runs under the same
// account. It holds for the process from now on.
//
// Swap, hibernation and whoever is root are beyond it: an operator encrypts swap
// or has none.
func forbidCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("switch core dumps off: %w", err)
	}
	return forbidReadingMemory()
}
