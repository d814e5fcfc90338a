package casework_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// gitHubWeb is where the pages of the GitHub are that the tests speak of.
const gitHubWeb = "https://github.example"

// vault keeps contents in memory.
type vault struct {
	mu   sync.Mutex
	made int
	kept map[string][]byte
}

func (v *vault) Keep(_ context.Context, from io.Reader) (coc.Content, error) {
	b, err := io.ReadAll(from)
	if err != nil {
		return coc.Content{}, fmt.Errorf("keeping: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.made++
	id := strconv.Itoa(v.made)
	v.kept[id] = b
	sum := sha256.Sum256(b)
	return coc.Content{ID: id, Key: coc.NewProse("key " + id), Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}, nil
}

func (v *vault) KeepWords(ctx context.Context, words coc.Prose) (coc.Content, error) {
	return v.Keep(ctx, seal.Words(words))
}

func (v *vault) Content(_ context.Context, c coc.Content) (io.ReadCloser, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.kept[c.ID]
	if !ok {
		return nil, coc.ErrMissing
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != c.SHA256 {
		return nil, coc.ErrAltered
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (v *vault) ContentWords(ctx context.Context, c coc.Content) (coc.Prose, error) {
	r, err := v.Content(ctx, c)
	if err != nil {
		return coc.Prose{}, err
	}
	b, err := io.ReadAll(r)
	return coc.NewProse(string(b)), err
}

func (v *vault) Drop(_ context.Context, id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.kept, id)
	return nil
}

func (v *vault) Contents(context.Context) (n int64, _ error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.kept {
		n += int64(len(b))
	}
	return n, nil
}

// Capture gives what a test says that somebody said, where the repository is public
// or the one that may be read.
func (g *github) Capture(_ context.Context, at coc.Talk, private int64) (coc.Captured, error) {
	end, err := g.begin("capture")
	if err != nil {
		return coc.Captured{}, err
	}
	defer end()
	p, err := g.place(at.Repo)
	if err != nil {
		return coc.Captured{}, err
	}
	if p.Visibility != "public" && p.ID != private {
		return coc.Captured{}, coc.ErrInaccessible
	}
	told, ok := g.talks[at]
	if !ok {
		return coc.Captured{}, coc.ErrGone
	}
	told.At, told.Repo = g.clock.Now(), at.Repo
	return told, nil
}

// keeping is a world that keeps what is evidence.
func (w *world) keeping(limits casework.EvidenceLimits) *vault {
	v := &vault{kept: map[string][]byte{}}
	w.gh.talks = map[coc.Talk]coc.Captured{}
	w.Options.Vault, w.Options.Web, w.Options.Evidence = v, gitHubWeb, limits
	w.Desk = casework.New(w.Options)
	return v
}
