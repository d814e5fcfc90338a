package githubsim_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

const contentsPath = "/repos/example-org/project/contents/"

func decoded(t *testing.T, r reply) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(r.object()["content"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestContentsAreReadAtAnyCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("a line of a file\n", 20)
	w.want(404, "", "GET", contentsPath+".github/coc.yaml", nil) // an empty repository
	w.ok(w.PutFile("example-org/project", ".github/coc.yaml", long))
	before := w.Head("example-org/project")
	w.ok(w.PutFileAs("wes-writer", "example-org/project", ".github/coc.yaml", "new", "Change it"))
	w.ok(w.DeleteFileAs("wes-writer", "example-org/project", ".github/coc.yaml", "Remove it"))

	w.want(404, "", "GET", contentsPath+".github/coc.yaml", nil)
	if got := decoded(t, w.want(200, "", "GET", contentsPath+".github/coc.yaml?ref="+before, nil)); got != long {
		t.Errorf("at the first commit: %q", got)
	}
	if got := decoded(t, w.want(200, "", "GET", contentsPath+".github/coc.yaml?ref="+before[:8], nil)); got != long {
		t.Errorf("at the first commit, shortened: %q", got)
	}
	w.want(404, "", "GET", contentsPath+".github/coc.yaml?ref=no-such-branch", nil)
	if status(w.PutFileAs("tri-triager", "example-org/project", "x", "", "")) != 403 {
		t.Error("triage wrote a file")
	}
	commits := w.want(200, "", "GET", "/repos/example-org/project/commits?path=.github/coc.yaml", nil).list()
	if len(commits) != 3 {
		t.Errorf("%d commits touch the file, want 3", len(commits))
	}
	w.want(200, "", "GET", "/repos/example-org/project/commits/"+before, nil)
	w.want(409, "ada-owner", "GET", "/repos/example-org/cases/commits/main", nil)
}

func TestKindsOfContents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	w.ok(w.PutFile(full, "docs/real.yaml", "version: 1"))
	w.ok(w.PutFile(full, "docs/deep/more.md", "x"))
	w.ok(w.PutSymlink(full, "inside.yaml", "docs/real.yaml"))
	w.ok(w.PutSymlink(full, "again.yaml", "inside.yaml"))
	w.ok(w.PutSymlink(full, "outside.yaml", "../../etc/passwd"))
	w.ok(w.PutSymlink(full, "absolute.yaml", "/etc/passwd"))
	w.ok(w.PutSymlink(full, "folder", "docs"))
	w.ok(w.PutSymlink(full, "loop", "loop"))
	w.ok(w.PutFile(full, "large.bin", strings.Repeat("x", 1<<20+1)))

	for path, want := range map[string]string{"docs/real.yaml": "file", "inside.yaml": "file", "again.yaml": "file",
		"outside.yaml": "symlink", "absolute.yaml": "symlink", "folder": "symlink", "loop": "symlink", "large.bin": "file"} {
		got := w.want(200, "", "GET", contentsPath+path, nil).object()
		if got["type"] != want || got["path"] != path {
			t.Errorf("%s is %v at %v, want %s", path, got["type"], got["path"], want)
		}
	}
	if got := decoded(t, w.want(200, "", "GET", contentsPath+"again.yaml", nil)); got != "version: 1" {
		t.Errorf("through two links: %q", got)
	}
	if got := w.want(200, "", "GET", contentsPath+"outside.yaml", nil).object(); got["target"] != "../../etc/passwd" {
		t.Errorf("a link that leads out: %v", got)
	}
	if got := w.want(200, "", "GET", contentsPath+"large.bin", nil).object(); got["encoding"] != "none" || got["content"] != "" {
		t.Errorf("a large file has encoding %v", got["encoding"])
	}
	root := w.want(200, "", "GET", contentsPath, nil)
	if got := root.each("name"); !slices.Contains(got, "docs") || !slices.Contains(got, "loop") || slices.Contains(got, "real.yaml") {
		t.Errorf("root: %v", got)
	}
	if got := w.want(200, "", "GET", contentsPath+"docs", nil).each("type"); !slices.Equal(got, []string{"dir", "file"}) {
		t.Errorf("docs: %v", got)
	}
	w.want(404, "", "GET", contentsPath+"folder/real.yaml", nil)
	w.want(404, "", "GET", contentsPath+"docs/real.yaml/more", nil)
	raw := w.bearer(w.TokenFor("ada-owner"), "GET", contentsPath+"docs/real.yaml", nil, "Accept", "application/vnd.github.raw+json")
	if string(raw.body) != "version: 1" {
		t.Errorf("raw: %q", raw.body)
	}
}

func TestWritingAFileNeedsTheFileThatIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	put := func(want int, login, path string, body map[string]any) reply {
		t.Helper()
		body["content"] = base64.StdEncoding.EncodeToString([]byte("text"))
		return w.want(want, login, "PUT", contentsPath+path, body)
	}
	put(403, "tri-triager", "a.md", map[string]any{"message": "m"})
	put(422, "wes-writer", "a.md", map[string]any{})
	sha := put(201, "wes-writer", "a.md", map[string]any{"message": "m"}).object()["content"].(map[string]any)["sha"]
	put(422, "wes-writer", "a.md", map[string]any{"message": "m"})
	put(409, "wes-writer", "a.md", map[string]any{"message": "m", "sha": strings.Repeat("0", 40)})
	put(200, "wes-writer", "a.md", map[string]any{"message": "m", "sha": sha})
	put(404, "wes-writer", "b.md", map[string]any{"message": "m", "branch": "no-such-branch"})
	put(422, "wes-writer", ".git/config", map[string]any{"message": "m"})
	put(422, "wes-writer", "a.md/below", map[string]any{"message": "m"})
	w.want(422, "wes-writer", "DELETE", contentsPath+"a.md", map[string]any{"message": "m"})
	w.want(404, "wes-writer", "DELETE", contentsPath+"b.md", map[string]any{"message": "m", "sha": sha})
	w.want(200, "wes-writer", "DELETE", contentsPath+"a.md", map[string]any{"message": "m", "sha": sha})
}
