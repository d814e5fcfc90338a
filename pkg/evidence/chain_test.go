package evidence_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

func sign(e coc.Evidence) (string, error) {
	m := hmac.New(sha256.New, []byte("a key"))
	fmt.Fprintf(m, "%d %s %q %q %d %s %s %s %s %s", e.Number, e.Kind, e.URL.Reveal(), e.Title.Reveal(), e.Of, e.At, e.By, e.As, e.Content.SHA256, e.Prev)
	return hex.EncodeToString(m.Sum(nil)), nil
}

// chained is five items.
func chained(t *testing.T) []coc.Evidence {
	t.Helper()
	var chain []coc.Evidence
	for n := range 5 {
		was := slices.Clone(chain)
		next, err := evidence.Add(chain, coc.Evidence{
			Kind: coc.EvidenceFile, Title: coc.NewProse(fmt.Sprint("file ", n)), At: time.Unix(int64(n), 0).UTC(), By: "ada-river",
			Content: coc.Content{ID: fmt.Sprint(n), SHA256: fmt.Sprintf("%064d", n)},
		}, sign)
		if err != nil || !slices.Equal(chain, was) {
			t.Fatal(err)
		}
		chain = next
	}
	return chain
}

func TestWhateverIsDoneToAChainIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	forged := func(c []coc.Evidence) []coc.Evidence { // by somebody without the key
		c[2].By = "ben-river"
		c[2].Mac = fmt.Sprintf("%064d", 7)
		c[3].Prev = c[2].Mac
		return c
	}
	for name, c := range map[string]struct {
		to   func([]coc.Evidence) []coc.Evidence
		want string
	}{
		"nothing":                {func(c []coc.Evidence) []coc.Evidence { return c }, "[]"},
		"one bit of a hash":      {func(c []coc.Evidence) []coc.Evidence { c[1].Content.SHA256 = "1" + c[1].Content.SHA256[1:]; return c }, "[item 2: the entry was changed]"},
		"a title":                {func(c []coc.Evidence) []coc.Evidence { c[4].Title = coc.NewProse("x"); return c }, "[item 5: the entry was changed]"},
		"a keyed hash":           {func(c []coc.Evidence) []coc.Evidence { c[0].Mac = ""; return c }, "[item 1: the entry was changed]"},
		"one is taken away":      {func(c []coc.Evidence) []coc.Evidence { return slices.Delete(c, 2, 3) }, "[item 3: the entry is missing]"},
		"the first is":           {func(c []coc.Evidence) []coc.Evidence { return c[1:] }, "[item 1: the entry is missing]"},
		"two change places":      {func(c []coc.Evidence) []coc.Evidence { c[1], c[2] = c[2], c[1]; return c }, "[item 2: the entry is not in its place]"},
		"one stands there twice": {func(c []coc.Evidence) []coc.Evidence { return append(c, c[1]) }, "[item 2: the entry is there twice]"},
		"one is forged":          {forged, "[item 3: the entry was changed item 4: the entry was changed]"},
		"one of another chain": {func(c []coc.Evidence) []coc.Evidence {
			other, _ := evidence.Add(c[:2], coc.Evidence{Title: coc.NewProse("another")}, sign)
			c[2] = other[2]
			return c
		}, "[item 4: the entry was changed]"},
	} {
		found, err := evidence.Verify(c.to(chained(t)), sign)
		if got := fmt.Sprint(found); err != nil || got != c.want {
			t.Errorf("%s: %s, want %s, %v", name, got, c.want, err)
		}
	}
}

func TestEntriesFromBeforeThereWereChainsAreNotTamperedWith(t *testing.T) {
	t.Parallel()
	old := func(n int) coc.Evidence {
		return coc.Evidence{URL: coc.NewProse(fmt.Sprint("https://chat.example/", n)), At: time.Unix(int64(n), 0).UTC(), By: "ada-river"}
	}
	chain := []coc.Evidence{old(1), old(2)}
	for n := range 2 {
		var err error
		if chain, err = evidence.Add(chain, coc.Evidence{Kind: coc.EvidenceFile, At: time.Unix(int64(n), 0).UTC()}, sign); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		chain []coc.Evidence
		want  string
		old   int
	}{
		"alone":                 {chain[:2], "[]", 2},
		"before others":         {chain, "[]", 2},
		"one is taken away":     {chain[1:], "[item 2: the entry is missing]", 1},
		"one is put in":         {append([]coc.Evidence{old(0)}, chain...), "[item 3: the entry is there twice item 4: the entry was changed]", 3},
		"one behind the others": {append(slices.Clone(chain), old(5)), "[item 0: the entry was changed]", 2},
		"one has content":       {[]coc.Evidence{{URL: old(1).URL, At: old(1).At, Content: coc.Content{ID: "x"}}}, "[item 0: the entry was changed]", 0},
	} {
		found, err := evidence.Verify(c.chain, sign)
		if got := fmt.Sprint(found); err != nil || got != c.want || evidence.Unchained(c.chain) != c.old {
			t.Errorf("%s: %s, want %s, %v; %d are old", name, got, c.want, err, evidence.Unchained(c.chain))
		}
	}
}

func TestHeadIsOfTheLastEntry(t *testing.T) {
	t.Parallel()
	chain := chained(t)
	if evidence.Head(nil) != "" || evidence.Head(chain) != chain[4].Mac || evidence.Head(chain[:4]) == evidence.Head(chain) {
		t.Error("the end of a chain cannot be told")
	}
}
