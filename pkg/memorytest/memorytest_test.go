package memorytest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFolderIsGoneAfterTheTests(t *testing.T) {
	t.Parallel()
	dir, release, err := take(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	release()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestOnlyFoldersThatNobodyHoldsAreSwept(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	used, release, err := take(root)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	dead := filepath.Join(root, prefix+"dead")        // its process was killed
	begun := filepath.Join(root, prefix+"begun")      // its process comes to it
	other := filepath.Join(root, "cocrouter-pg-1234") // is swept by others
	for _, dir := range []string{dead, begun, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{dead, other} {
		if err := os.WriteFile(filepath.Join(dir, held), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sweep(root)
	for dir, stays := range map[string]bool{used: true, dead: false, begun: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: stays %v, %v", dir, err == nil, err)
		}
	}
}

func TestMemoryWithoutRoomIsNotUsed(t *testing.T) {
	t.Parallel()
	if !roomy(t.TempDir(), 1) {
		t.Error("there is no byte of room")
	}
	if roomy(t.TempDir(), 1<<62) {
		t.Error("there is room for all there is")
	}
	if roomy(filepath.Join(t.TempDir(), "missing"), 0) {
		t.Error("there is room in what is not there")
	}
}
