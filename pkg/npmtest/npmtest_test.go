package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func TestTarballIsBelievedOnlyByItsDigest(t *testing.T) {
	t.Parallel()
	const content = "what the member holds"
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	files := tar.NewWriter(zipped)
	header := &tar.Header{Name: "package/member", Size: int64(len(content)), Mode: 0o600}
	if err := errors.Join(files.WriteHeader(header), writeAll(files, content), files.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(packed.Bytes())
	good := File{Package: "@example/good", Version: "1.0.0", Path: "package/member", SHA512: base64.StdEncoding.EncodeToString(sum[:])}
	cache := t.TempDir()
	if err := WriteAtomically(filepath.Join(cache, good.tarball()), packed.Bytes()); err != nil {
		t.Fatal(err)
	}
	got, err := good.Read(cache) // from the cache: there is no such package
	if err != nil || string(got) != content {
		t.Errorf("read %q, %v, want %q", got, err, content)
	}
	forged := good
	forged.SHA512 = base64.StdEncoding.EncodeToString(make([]byte, sha512.Size))
	if err := forged.verify(packed.Bytes()); err == nil || !strings.Contains(err.Error(), "@example/good@1.0.0: digest is sha512-") {
		t.Errorf("a forged tarball: %v", err)
	}
}

func writeAll(w io.Writer, content string) error {
	_, err := io.WriteString(w, content)
	return err
}
