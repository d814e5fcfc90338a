package githubsim

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// commit is a whole tree with its history; the trees are small.
type commit struct {
	sha     string
	tree    map[string]blob
	parent  *commit
	message string
	author  *account
	at      time.Time
}

// blob is a file, or a symbolic link whose content is its target.
type blob struct {
	content string
	symlink bool
}

func (b blob) sha() string { return objectSHA("blob", b.content) }

// objectSHA is Git's own naming of an object.
func objectSHA(kind, content string) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(content))
	h.Write([]byte(content))
	return hex.EncodeToString(h.Sum(nil))
}

// PutFile writes a file to the default branch in the owner's name and fires a
// push.
func (s *Sim) PutFile(full, path, content string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		_, err := s.commitFile(by, r, r.defaultBranch, path, &blob{content: content}, "Update "+path)
		return err
	})
}

// PutSymlink writes a symbolic link in the owner's name and fires a push.
func (s *Sim) PutSymlink(full, path, target string) error {
	return s.asOwner(full, func(by caller, r *repo) error {
		_, err := s.commitFile(by, r, r.defaultBranch, path, &blob{content: target, symlink: true}, "Link "+path)
		return err
	})
}

// PutFileAs writes a file to the default branch as a person with write access.
func (s *Sim) PutFileAs(login, full, path, content, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	if err := s.change(c, r, needContents); err != nil {
		return err
	}
	_, err = s.commitFile(c, r, r.defaultBranch, path, &blob{content: content}, message)
	return err
}

// DeleteFileAs removes a file from the default branch.
func (s *Sim) DeleteFileAs(login, full, path, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	if err := s.change(c, r, needContents); err != nil {
		return err
	}
	if _, err := r.fileAt(r.head(r.defaultBranch), path); err != nil {
		return err
	}
	_, err = s.commitFile(c, r, r.defaultBranch, path, nil, message)
	return err
}

// Head is the commit that the default branch points to, empty for an empty
// repository.
func (s *Sim) Head(full string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.names[strings.ToLower(full)]; r != nil {
		return r.branches[r.defaultBranch]
	}
	return ""
}

var needContents = writing(levelWrite, "contents")

const zeroSHA = "0000000000000000000000000000000000000000"

// commitFile puts one file, or removes it where b is nil, and fires a push.
func (s *Sim) commitFile(by caller, r *repo, branch, file string, b *blob, message string) (*commit, error) {
	if !validPath(file) {
		return nil, invalid(FieldError{"Commit", "path", "invalid", "path contains a malformed path component"})
	}
	parent := r.head(branch)
	if parent == nil && len(r.branches) > 0 {
		return nil, refuse(http.StatusNotFound, "Branch "+branch+" not found")
	}
	tree := map[string]blob{}
	before := zeroSHA
	if parent != nil {
		tree = maps.Clone(parent.tree)
		before = parent.sha
	}
	added, modified, removed := []string{}, []string{}, []string{}
	_, existed := tree[file]
	switch {
	case b == nil:
		delete(tree, file)
		removed = append(removed, file)
	case existed:
		modified = append(modified, file)
	default:
		added = append(added, file)
	}
	if b != nil {
		for other := range tree {
			if strings.HasPrefix(other, file+"/") || strings.HasPrefix(file, other+"/") {
				return nil, invalid(FieldError{"Commit", "path", "invalid", "a file and a directory cannot share a path"})
			}
		}
		tree[file] = *b
	}
	if strings.TrimSpace(message) == "" {
		message = "Update " + file
	}
	c := &commit{tree: tree, parent: parent, message: message, author: by.user, at: s.now()}
	c.sha = objectSHA("commit", fmt.Sprintf("tree %s\nparent %s\nauthor %s %d %d\n\n%s", treeSHA(tree, ""), before, by.user.login, c.at.Unix(), s.nextID(), message))
	r.commits[c.sha] = c
	r.branches[branch] = c.sha
	s.moved(by, r, branch, before, c.sha)
	r.pushed, r.updated = c.at, c.at

	change := s.pushCommitJSON(r, c, added, modified, removed)
	s.emit(occurrence{event: "push", repo: r, by: by, fields: fields{
		"ref":         "refs/heads/" + branch,
		"before":      before,
		"after":       c.sha,
		"created":     before == zeroSHA,
		"deleted":     false,
		"forced":      false,
		"base_ref":    nil,
		"compare":     fmt.Sprintf("%s/%s/compare/%.12s...%.12s", s.url, r.fullName(), before, c.sha),
		"commits":     []any{change},
		"head_commit": change,
		"pusher":      fields{"name": by.user.login, "email": noreply(by.user)},
	}})
	return c, nil
}

// head is the commit of a branch, nil where there is none.
func (r *repo) head(branch string) *commit { return r.commits[r.branches[branch]] }

// resolve finds what ref names: nothing (the default branch), a branch, a full
// reference, or a commit by its whole SHA or at least seven letters of it.
func (r *repo) resolve(ref string) (*commit, error) {
	if len(r.branches) == 0 {
		return nil, refuse(http.StatusNotFound, "This repository is empty.")
	}
	if ref == "" || ref == "HEAD" {
		ref = r.defaultBranch
	}
	if c := r.head(strings.TrimPrefix(strings.TrimPrefix(ref, "refs/"), "heads/")); c != nil {
		return c, nil
	}
	if len(ref) >= 7 {
		for sha, c := range r.commits {
			if strings.HasPrefix(sha, strings.ToLower(ref)) {
				return c, nil
			}
		}
	}
	return nil, refuse(http.StatusNotFound, "No commit found for the ref "+ref)
}

// fileAt returns a file or link of a commit, 404 for anything else.
func (r *repo) fileAt(c *commit, file string) (blob, error) {
	if c != nil {
		if b, ok := c.tree[file]; ok {
			return b, nil
		}
	}
	return blob{}, notFound()
}

// follow returns what a link leads to when that is an ordinary file of the same
// tree, as GitHub does.
func (c *commit) follow(file string, b blob) (blob, bool) {
	for range 8 {
		if strings.HasPrefix(b.content, "/") {
			return blob{}, false
		}
		file = path.Join(path.Dir(file), b.content)
		next, ok := c.tree[file]
		if !ok {
			return blob{}, false
		}
		if b = next; !b.symlink {
			return b, true
		}
	}
	return blob{}, false
}

// entry is one line of a directory.
type entry struct {
	name, path, kind, sha string
	size                  int
	target                string
}

// list returns the entries of a directory, nil where there is no such one.
func (c *commit) list(dir string) []entry {
	prefix := ""
	if dir != "" {
		prefix = dir + "/"
	}
	found := map[string]entry{}
	for file, b := range c.tree {
		rest, ok := strings.CutPrefix(file, prefix)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		switch {
		case deeper:
			found[name] = entry{name: name, path: prefix + name, kind: "dir", sha: treeSHA(c.tree, prefix+name+"/")}
		case b.symlink:
			found[name] = entry{name: name, path: file, kind: "symlink", sha: b.sha(), size: len(b.content), target: b.content}
		default:
			found[name] = entry{name: name, path: file, kind: "file", sha: b.sha(), size: len(b.content)}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Values(found), func(a, b entry) int { return strings.Compare(a.name, b.name) })
}

// treeSHA names the tree below a prefix; two trees share a name only when they
// hold the same files.
func treeSHA(tree map[string]blob, prefix string) string {
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(tree)) {
		if strings.HasPrefix(file, prefix) {
			fmt.Fprintf(&b, "%s\x00%s%v", strings.TrimPrefix(file, prefix), tree[file].sha(), tree[file].symlink)
		}
	}
	return objectSHA("tree", b.String())
}

func validPath(file string) bool {
	if file == "" || strings.HasPrefix(file, "/") || strings.HasSuffix(file, "/") || strings.ContainsRune(file, 0) {
		return false
	}
	for part := range strings.SplitSeq(file, "/") {
		if part == "" || part == "." || part == ".." || strings.EqualFold(part, ".git") {
			return false
		}
	}
	return true
}

func noreply(a *account) string {
	return fmt.Sprintf("%d+%s@users.noreply.github.com", a.id, strings.TrimSuffix(a.login, "[bot]"))
}
