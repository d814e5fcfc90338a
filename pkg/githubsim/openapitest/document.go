package openapitest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cocrouter/cocrouter/pkg/npmtest"
)

var graphqlSchema = npmtest.File{
	Package: "@octokit/graphql-schema",
	Version: "15.26.1",
	SHA512:  "RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
	Path:    "package/schema.graphql",
}

// restDescription is that of github.com, or of a release of Enterprise Server:
// one tarball has them all.
func restDescription(enterprise string) npmtest.File {
	p := npmtest.File{
		Package: "@octokit/openapi",
		Version: "23.0.2",
		SHA512:  "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
		Path:    "package/generated/api.github.com.json",
	}
	if enterprise != "" {
		p.Path = "package/generated/ghes-" + enterprise + ".json"
	}
	return p
}

// Document is GitHub's description of its REST API, of its GraphQL API and of
// its webhooks, cut to what operations.go lists. It may be used from any
// goroutine. Of the GraphQL API only github.com's is published in a package:
// it stands for that of Enterprise Server too.
type Document struct {
	rest *rest
	// These two are loaded when first asked for: many tests never do.
	graphql  func() (*graphql, error)
	webhooks func() (*openapi3.T, error)
}

var errUnknownOperation = errors.New("GitHub's description, as far as operations.go keeps it, has no such operation")

// documents are those of this process, by the release of Enterprise Server,
// "" being github.com. They are the only state of the package, each written
// once and never changed: every test of a package shares them.
var documents = map[string]func() (*Document, error){
	"": loading(""), "3.17": loading("3.17"), "3.18": loading("3.18"), "3.19": loading("3.19"),
}

// EnterpriseReleases are those of Enterprise Server that are described, the
// oldest first.
func EnterpriseReleases() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(documents)), func(release string) bool { return release == "" })
}

func load(enterprise string) (*Document, error) {
	if load := documents[enterprise]; load != nil {
		return load()
	}
	return nil, fmt.Errorf("there is no description of GitHub Enterprise Server %s here", enterprise)
}

func loading(enterprise string) func() (*Document, error) {
	return sync.OnceValues(func() (*Document, error) {
		cache, err := npmtest.Cache()
		if err != nil {
			return nil, err
		}
		return loadFrom(cache, restDescription(enterprise))
	})
}

func loadFrom(cache string, description npmtest.File) (*Document, error) {
	trimmed, err := cut(description, cache, "rest", operations, Trim)
	if err != nil {
		return nil, err
	}
	payloads, err := cut(description, cache, "webhooks", events, TrimWebhooks)
	if err != nil {
		return nil, err
	}
	rest, err := loadREST(trimmed)
	if err != nil {
		return nil, err
	}
	source, err := graphqlSchema.Read(cache)
	if err != nil {
		return nil, err
	}
	return &Document{
		rest:     rest,
		webhooks: sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(payloads) }),
		graphql:  sync.OnceValues(func() (*graphql, error) { return loadGraphQL(source) }),
	}, nil
}

// cut keeps a cut beside the tarball, under a name that says of which
// description, for what and by which form of trim it is.
func cut(p npmtest.File, cache, name string, kept []string, trim func([]byte, []string) ([]byte, error)) ([]byte, error) {
	key := sha256.Sum256([]byte(trimmedForm + p.SHA512 + p.Path + strings.Join(kept, "\n")))
	path := filepath.Join(cache, name+"-"+hex.EncodeToString(key[:8])+".json")
	trimmed, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return trimmed, err
	}
	whole, err := p.Read(cache)
	if err != nil {
		return nil, err
	}
	trimmed, err = trim(whole, kept)
	if err != nil {
		return nil, err
	}
	return trimmed, npmtest.WriteAtomically(path, trimmed)
}
