// Package npmtest gives tests a file of a published npm package: GitHub's
// description of its API, the checker of accessibility that runs in a browser.
// It is fetched by npm when it is first asked for, kept in the user's cache
// folder, believed by its digest alone, and never committed.
package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A File is one file of one published version of an npm package.
type File struct {
	Package, Version string
	// SHA512 is npm's own "integrity" of that version, in base64, as npm prints
	// it: whatever registry answers, only these bytes are believed.
	SHA512 string
	Path   string // within the tarball, where everything lies in package/
}

// Cache is the folder of this user in which what tests fetch is kept. It exists
// afterwards.
func Cache() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("what tests fetch needs a cache folder: %w", err)
	}
	cache = filepath.Join(cache, "cocrouter-test")
	return cache, os.MkdirAll(cache, 0o700)
}

// fetchTimeout covers the whole download; the larger tarball has 28 MB.
const fetchTimeout = 3 * time.Minute

func (p File) tarball() string {
	return strings.NewReplacer("@", "", "/", "-").Replace(p.Package) + "-" + p.Version + ".tgz"
}

// Read returns the file, downloading its tarball only when no sound copy lies in
// cache.
func (p File) Read(cache string) ([]byte, error) {
	path := filepath.Join(cache, p.tarball())
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && p.verify(data) != nil {
		if err := p.fetch(cache); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	if err := p.verify(data); err != nil {
		return nil, err
	}
	return p.extract(data)
}

// fetch downloads the tarball to a folder of its own and renames it into place
// once its digest is right, so that test processes that start together at
// worst download it twice and never see half of it.
func (p File) fetch(cache string) error {
	dir, err := os.MkdirTemp(cache, "fetch-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	// No retries: on a machine without a network the tests should go on at once.
	cmd := exec.CommandContext(ctx, "npm", "pack", p.Package+"@"+p.Version, "--loglevel=error", "--fetch-retries=0")
	cmd.Dir = dir
	// A child of npm that outlives it must not keep the pipe, and us, open.
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack %s@%s: %w %s", p.Package, p.Version, err, bytes.TrimSpace(out))
	}
	made := filepath.Join(dir, p.tarball())
	data, err := os.ReadFile(made)
	if err != nil {
		return fmt.Errorf("npm pack %s@%s: %w", p.Package, p.Version, err)
	}
	if err := p.verify(data); err != nil {
		return err
	}
	return os.Rename(made, filepath.Join(cache, p.tarball()))
}

func (p File) verify(data []byte) error {
	sum := sha512.Sum512(data)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != p.SHA512 {
		return fmt.Errorf("%s@%s: digest is sha512-%s, want sha512-%s", p.Package, p.Version, got, p.SHA512)
	}
	return nil
}

func (p File) extract(data []byte) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s@%s: %w", p.Package, p.Version, err)
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s@%s: looking for %s: %w", p.Package, p.Version, p.Path, err)
		}
		if header.Name == p.Path {
			return io.ReadAll(files)
		}
	}
}

// WriteAtomically leaves either the old file or the whole new one.
func WriteAtomically(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
