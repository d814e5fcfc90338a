package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed is a tarball with one member, and the file that it is.
func packed(t *testing.T, content string) ([]byte, File) {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	header := &tar.Header{Name: "package/member", Size: int64(len(content)), Mode: 0o600}
	if err := errors.Join(files.WriteHeader(header), writeAll(files, content), files.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(out.Bytes())
	return out.Bytes(), File{Package: "@example/good", Version: "1.0.0", Path: "package/member", SHA512: base64.StdEncoding.EncodeToString(sum[:])}
}

// handsOut puts an npm before the real one, which packs whatever it is given.
func handsOut(t *testing.T, f File, tarball []byte) {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\ncp '" + folder + "/given' ./" + f.tarball() + "\n"
	if err := errors.Join(os.WriteFile(filepath.Join(folder, "given"), tarball, 0o600), os.WriteFile(filepath.Join(folder, "npm"), []byte(script), 0o700)); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestTarballIsBelievedOnlyByItsDigest(t *testing.T) {
	const content = "what the member holds"
	good, file := packed(t, content)
	forged, _ := packed(t, "what somebody else put there")

	// Whatever a registry hands out that is something else is not kept.
	handsOut(t, file, forged)
	cache := t.TempDir()
	if got, err := file.Read(cache); err == nil || !strings.Contains(err.Error(), "@example/good@1.0.0: digest is sha512-") {
		t.Errorf("a forged tarball from npm: %q, %v", got, err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
		t.Errorf("of a forged tarball is kept %v, %v", left, err)
	}

	// One that lies in the cache is fetched anew.
	handsOut(t, file, good)
	if err := WriteAtomically(filepath.Join(cache, file.tarball()), forged); err != nil {
		t.Fatal(err)
	}
	if got, err := file.Read(cache); err != nil || string(got) != content {
		t.Errorf("over a forged tarball: %q, %v", got, err)
	}

	// And a sound one is asked for once.
	handsOut(t, file, forged)
	if got, err := file.Read(cache); err != nil || string(got) != content {
		t.Errorf("from the cache: %q, %v", got, err)
	}
}

func writeAll(w io.Writer, content string) error {
	_, err := io.WriteString(w, content)
	return err
}
