package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lay puts files into a new folder, by their paths below it.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Dir(path), filepath.Base(path), files[name])
	}
	return folder
}

// A slip in a world must not make it say less, and whoever made it learns where.
func TestWorldWithAMistakeIsRefusedWithItsFix(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files      map[string]string
		what, next string
	}{
		"no world":              {map[string]string{"w/directory.yaml": ""}, "world.yaml", "Name a folder"},
		"an empty world":        {map[string]string{"w/world.yaml": "# nobody\n"}, "is empty", "README.md"},
		"a slip":                {map[string]string{"w/world.yaml": "repos:\n  a/b: {visibilty: public}\n"}, `line 2: unknown key "visibilty"`, `"visibility"`},
		"a list for a text":     {map[string]string{"w/world.yaml": "like: [one]\n"}, "line 1: expected a text", "README.md"},
		"no YAML":               {map[string]string{"w/world.yaml": "a: [\n"}, "line 1", "README.md"},
		"like nothing":          {map[string]string{"w/world.yaml": "like: v\n"}, "v" + string(filepath.Separator) + "world.yaml", "Name a folder"},
		"like itself":           {map[string]string{"w/world.yaml": "like: w\n"}, "like itself", "like"},
		"two like each other":   {map[string]string{"w/world.yaml": "like: v\n", "v/world.yaml": "like: w\n"}, "like itself", "like"},
		"without what is not":   {map[string]string{"w/world.yaml": "without: [a/b/c]\n"}, "no a/b/c to be without", "OWNER/REPO/PATH"},
		"a file of no one":      {map[string]string{"w/world.yaml": "people: [kim]\n", "w/files/kim/README.md": "x"}, "belongs to no repository", "files/OWNER/REPO/"},
		"a slip below the base": {map[string]string{"w/world.yaml": "like: v\n", "v/world.yaml": "pepole: [kim]\n"}, `unknown key "pepole"`, `"people"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readDescribed(filepath.Join(lay(t, c.files), "w"))
			var refused refusals
			if !errors.As(err, &refused) || len(refused) != 1 {
				t.Fatalf("got %v, want one refusal", err)
			}
			if !strings.Contains(refused[0].What, c.what) || !strings.Contains(refused[0].Next, c.next) {
				t.Errorf("got %q / %q, want %q / %q", refused[0].What, refused[0].Next, c.what, c.next)
			}
		})
	}
}
