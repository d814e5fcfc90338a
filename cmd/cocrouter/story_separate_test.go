package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// Stories cannot know what a repository that is made for one case will be called.
// They call the n-th of an owner OWNER/separate-n.

// separate is the repositories that were made for one case, the oldest first.
func (w *telling) separate(owner string) []githubsim.RepoView {
	var first string
	for _, p := range w.land.Orgs[owner].Owners {
		first = p
	}
	return slices.DeleteFunc(w.VisibleRepos(first), func(r githubsim.RepoView) bool {
		return !strings.EqualFold(r.Owner, owner) || !codeName.MatchString(r.Name)
	})
}

// called is what stories call a repository.
func (w *telling) called(repo string) string {
	if now, ok := w.renamed[repo]; ok {
		if name := w.called(now); name != now {
			return name
		}
	}
	owner, name, _ := strings.Cut(repo, "/")
	if codeName.MatchString(name) {
		for n, r := range w.separate(owner) {
			if strings.EqualFold(r.FullName, repo) {
				return fmt.Sprintf("%s/separate-%d", owner, n+1)
			}
		}
	}
	return repo
}

// really puts the names that repositories have in place of those that stories
// have for them.
func (w *telling) really(text []byte) []byte {
	for owner := range w.land.Orgs {
		for n, r := range w.separate(owner) {
			text = bytes.ReplaceAll(text, []byte(fmt.Sprintf("%s/separate-%d", owner, n+1)), []byte(r.FullName))
		}
	}
	return bytes.ReplaceAll(text, []byte("{it}"), []byte(w.it))
}

func (w *telling) isArchived(repo string, want bool) error {
	for owner := range w.land.Orgs {
		for _, r := range w.separate(owner) {
			if w.called(r.FullName) != repo {
				continue
			}
			if r.Archived != want {
				return fmt.Errorf("archived: %t", r.Archived)
			}
			return nil
		}
	}
	return fmt.Errorf("there is no %s", repo)
}

// cannotFind holds that somebody gets a 404 for a repository, and does not find it
// among those that they can see: "LOGIN, OWNER/NAME".
func (w *telling) cannotFind(_, _ seen, rest string) error {
	login, repo, _ := strings.Cut(rest, ", ")
	if repo = string(w.really([]byte(repo))); strings.Contains(repo, "/separate-") {
		return fmt.Errorf("there is no %s", repo)
	}
	if status := w.asks(login, "/repos/"+repo); status != http.StatusNotFound {
		return fmt.Errorf("they get %d for %s", status, repo)
	}
	for _, r := range w.VisibleRepos(login) {
		if strings.EqualFold(r.FullName, repo) {
			return fmt.Errorf("they see %s", repo)
		}
	}
	return nil
}
