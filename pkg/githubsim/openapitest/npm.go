package openapitest

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

// A tarball is one published version of an npm package. The digest is npm's
// own "integrity" of that version: whatever registry answers, only these bytes
// are believed.
type tarball struct {
	name, version string
	sha512        string // base64, as npm prints it
	member        string // the one file of it that is read
}

var graphqlSchema = tarball{
	name:    "@octokit/graphql-schema",
	version: "15.26.1",
	sha512:  "RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
	member:  "package/schema.graphql",
}

// restDescription is that of github.com, or of a release of Enterprise Server:
// one tarball has them all.
func restDescription(enterprise string) tarball {
	p := tarball{
		name:    "@octokit/openapi",
		version: "23.0.2",
		sha512:  "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
		member:  "package/generated/api.github.com.json",
	}
	if enterprise != "" {
		p.member = "package/generated/ghes-" + enterprise + ".json"
	}
	return p
}

// fetchTimeout covers the whole download; the larger tarball has 28 MB.
const fetchTimeout = 3 * time.Minute

func (p tarball) file() string {
	return strings.NewReplacer("@", "", "/", "-").Replace(p.name) + "-" + p.version + ".tgz"
}

// read returns the member, downloading the tarball only when no sound copy lies
// in cache.
func (p tarball) read(cache string) ([]byte, error) {
	path := filepath.Join(cache, p.file())
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
func (p tarball) fetch(cache string) error {
	dir, err := os.MkdirTemp(cache, "fetch-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	// No retries: on a machine without a network the tests should go on at once.
	cmd := exec.CommandContext(ctx, "npm", "pack", p.name+"@"+p.version, "--loglevel=error", "--fetch-retries=0")
	cmd.Dir = dir
	// A child of npm that outlives it must not keep the pipe, and us, open.
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack %s@%s: %w %s", p.name, p.version, err, bytes.TrimSpace(out))
	}
	made := filepath.Join(dir, p.file())
	data, err := os.ReadFile(made)
	if err != nil {
		return fmt.Errorf("npm pack %s@%s: %w", p.name, p.version, err)
	}
	if err := p.verify(data); err != nil {
		return err
	}
	return os.Rename(made, filepath.Join(cache, p.file()))
}

func (p tarball) verify(data []byte) error {
	sum := sha512.Sum512(data)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != p.sha512 {
		return fmt.Errorf("%s@%s: digest is sha512-%s, want sha512-%s", p.name, p.version, got, p.sha512)
	}
	return nil
}

func (p tarball) extract(data []byte) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s@%s: %w", p.name, p.version, err)
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s@%s: looking for %s: %w", p.name, p.version, p.member, err)
		}
		if header.Name == p.member {
			return io.ReadAll(files)
		}
	}
}

// writeAtomically leaves either the old file or the whole new one.
func writeAtomically(path string, data []byte) error {
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
