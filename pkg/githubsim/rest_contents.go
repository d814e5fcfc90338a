package githubsim

import (
	"encoding/base64"
	"net/http"
	"path"
	"strings"
)

var contentsRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/activity", (*call).listActivities),
	on("GET", "/repos/{owner}/{repo}/commits", (*call).listCommits),
	on("GET", "/repos/{owner}/{repo}/commits/{ref...}", (*call).getCommit),
	on("GET", "/repos/{owner}/{repo}/contents/{path...}", (*call).getContents),
	on("PUT", "/repos/{owner}/{repo}/contents/{path...}", (*call).putContents),
	on("DELETE", "/repos/{owner}/{repo}/contents/{path...}", (*call).deleteContents),
}

// GitHub leaves the content out of larger files, and refuses the largest.
const (
	inlineFile  = 1 << 20
	largestFile = 100 << 20
)

func (q *call) listCommits() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	if len(r.branches) == 0 {
		return 0, nil, refuse(http.StatusConflict, "Git Repository is empty.")
	}
	c, err := r.resolve(q.query("sha"))
	if err != nil {
		return 0, nil, err
	}
	since, err := q.moment("Commit", "since")
	if err != nil {
		return 0, nil, err
	}
	until, err := q.moment("Commit", "until")
	if err != nil {
		return 0, nil, err
	}
	var all []*commit
	for ; c != nil; c = c.parent {
		p := q.query("path")
		switch {
		case p != "" && !c.touched(strings.Trim(p, "/")):
		case !since.IsZero() && c.at.Before(since), !until.IsZero() && c.at.After(until):
		default:
			all = append(all, c)
		}
	}
	return http.StatusOK, mapAll(page(q, all), func(c *commit) fields { return q.s.commitJSON(r, c) }), nil
}

// touched says whether the commit changed a file, or something in a directory.
func (c *commit) touched(file string) bool {
	before := map[string]blob{}
	if c.parent != nil {
		before = c.parent.tree
	}
	for _, trees := range [][2]map[string]blob{{c.tree, before}, {before, c.tree}} {
		for name, b := range trees[0] {
			if (name == file || strings.HasPrefix(name, file+"/")) && trees[1][name] != b {
				return true
			}
		}
	}
	return false
}

func (q *call) getCommit() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	if len(r.branches) == 0 {
		return 0, nil, refuse(http.StatusConflict, "Git Repository is empty.")
	}
	c, err := r.resolve(q.vars["ref"])
	if err != nil {
		return 0, nil, refuse(http.StatusUnprocessableEntity, "No commit found for SHA: "+q.vars["ref"])
	}
	if strings.Contains(q.http.Header.Get("Accept"), ".sha") {
		q.header.Set("Content-Type", "application/vnd.github.sha; charset=utf-8")
		return http.StatusOK, []byte(c.sha), nil
	}
	return http.StatusOK, q.s.commitJSON(r, c), nil
}

func (q *call) getContents() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	ref := q.query("ref")
	c, err := r.resolve(ref)
	if err != nil {
		return 0, nil, err
	}
	if ref == "" {
		ref = r.defaultBranch
	}
	file := strings.Trim(q.vars["path"], "/")
	if b, ok := c.tree[file]; ok {
		return q.file(r, c, ref, file, b)
	}
	entries := c.list(file)
	if entries == nil && file != "" {
		return 0, nil, notFound()
	}
	return http.StatusOK, mapAll(entries, func(e entry) fields { return q.s.entryJSON(r, ref, e) }), nil
}

// file answers with a file, or with what a link leads to when that is a file
// of the same tree, and else with the link.
func (q *call) file(r *repo, c *commit, ref, file string, b blob) (int, any, error) {
	e := entry{name: path.Base(file), path: file, kind: "file", sha: b.sha(), size: len(b.content)}
	if b.symlink {
		target, ok := c.follow(file, b)
		if !ok {
			e.kind = "symlink"
			f := q.s.entryJSON(r, ref, e)
			f["target"] = b.content
			return http.StatusOK, f, nil
		}
		b = target
		e.sha, e.size = b.sha(), len(b.content)
	}
	if len(b.content) > largestFile {
		return 0, nil, &APIError{Status: http.StatusForbidden, Message: "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.",
			Errors: []FieldError{{Resource: "Blob", Field: "data", Code: "too_large"}}}
	}
	if accept := q.http.Header.Get("Accept"); strings.Contains(accept, "application/vnd.github") && strings.Contains(accept, ".raw") {
		q.header.Set("Content-Type", "application/vnd.github.raw+json; charset=utf-8")
		return http.StatusOK, []byte(b.content), nil
	}
	f := q.s.entryJSON(r, ref, e)
	f["content"], f["encoding"] = base64Lines(b.content), "base64"
	if len(b.content) > inlineFile {
		f["content"], f["encoding"] = "", "none"
	}
	return http.StatusOK, f, nil
}

// written checks what every write of a file needs: the permission, a branch
// that exists, a message, and the SHA of what is replaced.
func (q *call) written(p *payload) (r *repo, branch string, existed bool, err error) {
	if r, err = q.repo(); err != nil {
		return nil, "", false, err
	}
	if err = q.s.change(q.who, r, needContents); err != nil {
		return nil, "", false, err
	}
	message, sha, wanted := p.text("message"), p.text("sha"), p.text("branch")
	switch {
	case p.err != nil:
		return nil, "", false, p.err
	case orEmpty(message) == "":
		return nil, "", false, missingField("Commit", "message")
	}
	branch = r.defaultBranch
	if wanted != nil {
		branch = strings.TrimPrefix(*wanted, "refs/heads/")
	}
	head := r.head(branch)
	if head == nil && len(r.branches) > 0 {
		return nil, "", false, refuse(http.StatusNotFound, "Branch "+branch+" not found")
	}
	file := strings.TrimSuffix(q.vars["path"], "/")
	old, err := r.fileAt(head, file)
	switch existed = err == nil; {
	case existed && sha == nil:
		return nil, "", false, refuse(http.StatusUnprocessableEntity, "Invalid request.\n\n\"sha\" wasn't supplied.")
	case existed && *sha != old.sha():
		return nil, "", false, refuse(http.StatusConflict, file+" does not match "+*sha)
	}
	return r, branch, existed, nil
}

func (q *call) putContents() (int, any, error) {
	p := q.payload()
	encoded := p.text("content")
	r, branch, existed, err := q.written(p)
	if err != nil {
		return 0, nil, err
	}
	if encoded == nil {
		return 0, nil, missingField("Commit", "content")
	}
	content, err := base64.StdEncoding.DecodeString(*encoded)
	if err != nil {
		return 0, nil, refuse(http.StatusUnprocessableEntity, "content is not valid Base64")
	}
	file := strings.TrimSuffix(q.vars["path"], "/")
	b := blob{content: string(content)}
	c, err := q.s.commitFile(q.who, r, branch, file, &b, *p.text("message"))
	if err != nil {
		return 0, nil, err
	}
	status := http.StatusCreated
	if existed {
		status = http.StatusOK
	}
	e := entry{name: path.Base(file), path: file, kind: "file", sha: b.sha(), size: len(b.content)}
	return status, q.s.fileCommitJSON(r, c, q.s.entryJSON(r, branch, e)), nil
}

func (q *call) deleteContents() (int, any, error) {
	p := q.payload()
	r, branch, existed, err := q.written(p)
	switch {
	case err != nil:
		return 0, nil, err
	case !existed:
		return 0, nil, notFound()
	}
	c, err := q.s.commitFile(q.who, r, branch, strings.TrimSuffix(q.vars["path"], "/"), nil, *p.text("message"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.fileCommitJSON(r, c, nil), nil
}
