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

	"github.com/getkin/kin-openapi/openapi3"
)

// Document is GitHub's description of its REST API, of its GraphQL API and of
// its webhooks, cut to what operations.go lists. It may be used from any
// goroutine.
type Document struct {
	rest *rest
	// These two are loaded when first asked for: many tests never do.
	graphql  func() (*graphql, error)
	webhooks func() (*openapi3.T, error)
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
	trimmed, err := trimmedDescription(cache, "rest", operations, Trim)
	if err != nil {
		return nil, err
	}
	payloads, err := trimmedDescription(cache, "webhooks", events, TrimWebhooks)
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
		rest:     rest,
		webhooks: sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(payloads) }),
		graphql:  sync.OnceValues(func() (*graphql, error) { return loadGraphQL(source) }),
	}, nil
}

// trimmedDescription keeps a cut beside the tarball, under a name that says of
// which version, for what and by which form of trim it is.
func trimmedDescription(cache, name string, kept []string, trim func([]byte, []string) ([]byte, error)) ([]byte, error) {
	key := sha256.Sum256([]byte(trimmedForm + restDescription.sha512 + strings.Join(kept, "\n")))
	path := filepath.Join(cache, name+"-"+hex.EncodeToString(key[:8])+".json")
	trimmed, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return trimmed, err
	}
	whole, err := restDescription.read(cache)
	if err != nil {
		return nil, err
	}
	trimmed, err = trim(whole, kept)
	if err != nil {
		return nil, err
	}
	return trimmed, writeAtomically(path, trimmed)
}
