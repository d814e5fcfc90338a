package openapitest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Document is GitHub's description of its REST API, cut to [operations], and of
// its GraphQL API. It may be used from any goroutine.
type Document struct {
	rest    *rest
	graphql func() (*graphql, error) // parsed when first asked for: it takes longest, and many tests never do
}

var errUnknownOperation = errors.New("GitHub's description, as far as operations.go keeps it, has no such operation")

// load is the document of this process. It is the only state of the package,
// written once and never changed: every test of a package shares it.
var load = sync.OnceValues(func() (*Document, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("GitHub's description needs a cache folder: %w", err)
	}
	return loadFrom(filepath.Join(cache, "cocrouter-test"))
})

func loadFrom(cache string) (*Document, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	trimmed, err := trimmedDescription(cache)
	if err != nil {
		return nil, err
	}
	rest, err := loadREST(trimmed)
	if err != nil {
		return nil, err
	}
	source, err := graphqlSchema.read(cache)
	if err != nil {
		return nil, err
	}
	return &Document{
		rest:    rest,
		graphql: sync.OnceValues(func() (*graphql, error) { return loadGraphQL(source) }),
	}, nil
}

// trimmedDescription keeps the cut beside the tarball, under a name that says
// of which version, for which operations and by which form of Trim it is.
func trimmedDescription(cache string) ([]byte, error) {
	key := sha256.Sum256([]byte(trimmedForm + restDescription.sha512 + strings.Join(operations, "\n")))
	path := filepath.Join(cache, "trimmed-"+hex.EncodeToString(key[:8])+".json")
	trimmed, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return trimmed, err
	}
	whole, err := restDescription.read(cache)
	if err != nil {
		return nil, err
	}
	trimmed, err = Trim(whole, operations)
	if err != nil {
		return nil, err
	}
	return trimmed, writeAtomically(path, trimmed)
}
