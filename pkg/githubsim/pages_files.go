package githubsim

import (
	"net/http"
	"path"
	"slices"
	"strings"
)

// filesView is a folder of the default branch, folders first.
type filesView struct {
	Repo    RepoView
	Crumbs  []crumb
	Entries []FileView
	CanEdit bool
	Readme  string
}

type fileView struct {
	Repo       RepoView
	Crumbs     []crumb
	Path       string
	Lines      []string
	Document   string // the same, of Markdown
	LinkTarget string // of a symbolic link
	Size       int
	CanEdit    bool
}

// editView is the editor, for a new file where Path is empty.
type editView struct {
	Repo    RepoView
	Path    string
	Content string
	Action  string
	Cancel  string
}

// crumb is one step from the repository's root to what is shown; the last one
// leads nowhere.
type crumb struct{ Name, Address string }

// Address is where a path of the default branch is shown ("blob" or "tree") or
// changed ("edit" or "delete").
func (v RepoView) Address(verb, file string) string {
	parts := []string{v.Owner, v.Name}
	if verb != "" {
		parts = append(parts, verb, v.DefaultBranch)
	}
	if file != "" {
		parts = append(parts, strings.Split(file, "/")...)
	}
	return address(parts...)
}

func (p *pages) files(r *http.Request) (webPage, error) {
	repo, err := p.repo(r)
	if err != nil {
		return webPage{}, err
	}
	dir := strings.Trim(r.PathValue("path"), "/")
	entries, err := p.sim.ViewDir(p.viewer(r), repo.FullName, dir)
	if err != nil {
		return webPage{}, err
	}
	slices.SortStableFunc(entries, func(a, b FileView) int { return rank(a) - rank(b) })
	view := filesView{Repo: repo, Crumbs: crumbs(repo, dir), Entries: entries, CanEdit: p.sim.mayWriteFiles(p.viewer(r), repo.FullName) == nil}
	if at := slices.IndexFunc(entries, func(e FileView) bool { return e.Name == "README.md" && e.Kind == "file" }); at >= 0 {
		if view.Readme, err = p.sim.ViewFile(p.viewer(r), repo.FullName, entries[at].Path); err != nil {
			return webPage{}, err
		}
	}
	return webPage{template: "files.html", title: repo.FullName, view: view}, nil
}

func rank(e FileView) int {
	if e.Kind == "dir" {
		return 0
	}
	return 1
}

func (p *pages) file(r *http.Request) (webPage, error) {
	repo, entry, content, err := p.entry(r)
	if err != nil {
		return webPage{}, err
	}
	view := fileView{Repo: repo, Crumbs: crumbs(repo, entry.Path), Path: entry.Path, Size: entry.Size,
		CanEdit: p.sim.mayWriteFiles(p.viewer(r), repo.FullName) == nil}
	if entry.Kind == "symlink" {
		view.LinkTarget = content
	} else {
		view.Lines = strings.Split(strings.TrimSuffix(content, "\n"), "\n")
		if strings.EqualFold(path.Ext(entry.Path), ".md") {
			view.Document = content
		}
	}
	return webPage{template: "file.html", title: entry.Path, view: view}, nil
}

func (p *pages) newFile(r *http.Request) (webPage, error) {
	repo, err := p.repo(r)
	if err != nil {
		return webPage{}, err
	}
	view := editView{Repo: repo, Action: repo.Address("new", ""), Cancel: repo.Address("", "")}
	return webPage{template: "edit.html", title: "New file", view: view}, p.sim.mayWriteFiles(p.viewer(r), repo.FullName)
}

func (p *pages) editFile(r *http.Request) (webPage, error) {
	repo, entry, content, err := p.entry(r)
	if err != nil {
		return webPage{}, err
	}
	if entry.Kind == "symlink" {
		return webPage{}, refuse(http.StatusUnprocessableEntity, "A symbolic link has no text to edit.")
	}
	view := editView{Repo: repo, Path: entry.Path, Content: content, Action: repo.Address("edit", entry.Path), Cancel: repo.Address("blob", entry.Path)}
	return webPage{template: "edit.html", title: "Editing " + entry.Path, view: view}, p.sim.mayWriteFiles(p.viewer(r), repo.FullName)
}

func (p *pages) createFile(login string, r *http.Request) (string, error) {
	return p.put(login, r, strings.TrimSpace(r.PostFormValue("path")))
}

func (p *pages) saveFile(login string, r *http.Request) (string, error) {
	return p.put(login, r, r.PathValue("path"))
}

// put commits the text of the editor. Browsers end the lines of a form with
// CR LF, which nobody wants in a file.
func (p *pages) put(login string, r *http.Request, file string) (string, error) {
	repo, err := p.repo(r)
	if err != nil {
		return "", err
	}
	content := strings.ReplaceAll(r.PostFormValue("content"), "\r\n", "\n")
	if content != "" && !strings.HasSuffix(content, "\n") {
		content += "\n"
	}
	return repo.Address("blob", file), p.sim.PutFileAs(login, repo.FullName, file, content, r.PostFormValue("message"))
}

func (p *pages) deleteFile(login string, r *http.Request) (string, error) {
	repo, err := p.repo(r)
	if err != nil {
		return "", err
	}
	file := r.PathValue("path")
	return repo.Address("", ""), p.sim.DeleteFileAs(login, repo.FullName, file, "Delete "+file)
}

// repo is the repository of the address. The pages know its default branch
// only; of every other they say that it does not exist.
func (p *pages) repo(r *http.Request) (RepoView, error) {
	repo, err := p.sim.ViewRepo(p.viewer(r), fullName(r))
	if branch := r.PathValue("branch"); err == nil && branch != "" && branch != repo.DefaultBranch {
		return RepoView{}, notFound()
	}
	return repo, err
}

// entry is the file or symbolic link of the address with its content.
func (p *pages) entry(r *http.Request) (RepoView, FileView, string, error) {
	repo, err := p.repo(r)
	if err != nil {
		return RepoView{}, FileView{}, "", err
	}
	file := r.PathValue("path")
	content, err := p.sim.ViewFile(p.viewer(r), repo.FullName, file)
	if err != nil {
		return RepoView{}, FileView{}, "", err
	}
	dir, _ := path.Split(file)
	siblings, err := p.sim.ViewDir(p.viewer(r), repo.FullName, strings.Trim(dir, "/"))
	if err != nil {
		return RepoView{}, FileView{}, "", err
	}
	at := slices.IndexFunc(siblings, func(e FileView) bool { return e.Path == file })
	if at < 0 { // somebody deleted it in between
		return RepoView{}, FileView{}, "", notFound()
	}
	return repo, siblings[at], content, nil
}

// mayWriteFiles returns what PutFileAs would refuse with.
func (s *Sim) mayWriteFiles(login, full string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.view(login, full)
	if err != nil {
		return err
	}
	return s.change(c, r, needContents)
}

func crumbs(repo RepoView, file string) []crumb {
	if file == "" {
		return nil
	}
	all := []crumb{{Name: repo.Name, Address: repo.Address("", "")}}
	parts := strings.Split(file, "/")
	for i, name := range parts {
		c := crumb{Name: name}
		if i < len(parts)-1 {
			c.Address = repo.Address("tree", path.Join(parts[:i+1]...))
		}
		all = append(all, c)
	}
	return all
}
