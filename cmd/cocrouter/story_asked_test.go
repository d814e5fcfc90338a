package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// ownPage is what a member does on the committee's pages, where they are asked in
// private whether they are clear. Without Say they only look.
type ownPage struct {
	By    string `yaml:"by"`
	Say   string `yaml:"say"`
	Basis string `yaml:"basis"`
	// Accused is whom they are shown, and nothing else of the report. Nothing: they are
	// asked nothing, and have no case.
	Accused string `yaml:"accused"`
	Nothing bool   `yaml:"nothing"`
	// Back: they have a case, and say it on its own page.
	Back bool `yaml:"back"`
	// Twice presses the button twice.
	Twice bool `yaml:"twice"`
}

var (
	// invitedTo is behind whatever somebody is asked.
	invitedTo = `<section aria-labelledby="invited">`
	askForm   = regexp.MustCompile(`<form action="(/cases/[a-z2-7]{26})" method="post"`)
	caseLink  = regexp.MustCompile(`<a href="(/cases/[a-z2-7]{26})"`)
)

// answersInPrivate signs in and answers what they are asked, as a browser does.
func answersInPrivate(w *telling, a ownPage) error {
	b := w.browser()
	status, page := b.signIn(a.By, "/cases")
	if status != http.StatusOK || !strings.Contains(page, "@"+a.By) {
		return fmt.Errorf("%s cannot sign in: %d", a.By, status)
	}
	form, has := askForm.FindStringSubmatch(page), caseLink.FindStringSubmatch(page)
	if a.Nothing {
		return w.isAsked(b, page)
	}
	if found := w.wordsIn(page); len(found) > 0 {
		return fmt.Errorf("the page of those who are asked says %v", found)
	}
	switch {
	case a.Back && has == nil:
		return fmt.Errorf("%s has no case", a.By)
	case a.Back:
		form = has
	case form == nil:
		return fmt.Errorf("%s is not asked", a.By)
	case !strings.Contains(page, a.Accused):
		return fmt.Errorf("%s is not shown %s", a.By, a.Accused)
	}
	for _, p := range w.people {
		if a.Accused != "" && p != a.By && p != a.Accused && strings.Contains(page, p) {
			return fmt.Errorf("%s is shown %s", a.By, p)
		}
	}
	if a.Say == "" {
		return nil
	}
	for range map[bool]int{false: 1, true: 2}[a.Twice] {
		if status, page = b.post(form[1], url.Values{"say": {a.Say}, "basis": {a.Basis}}); status != http.StatusOK || !strings.Contains(page, "that is written down") {
			return fmt.Errorf("the answer of %s is answered with %d", a.By, status)
		}
		if a.Twice {
			w.rest()
		}
	}
	return nil
}

// isAsked fails where somebody is asked about any case, or heard in one, or reads one:
// they must get the bytes that stand for what is not there.
func (w *telling) isAsked(b *browser, page string) error {
	if askForm.MatchString(page) || caseLink.MatchString(page) {
		return fmt.Errorf("they are asked, or have a case: %s", page)
	}
	none := strings.Repeat("a", 26)
	_, unread := b.get("/cases/" + none)
	_, unheard := b.post("/cases/"+none, url.Values{"say": {"clear"}})
	ids, err := w.server.store.UnclosedCases(w.t.Context())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if status, page := b.get("/cases/" + string(id)); status != http.StatusNotFound || page != unread {
			return fmt.Errorf("they read a case: %d", status)
		}
		if status, page := b.post("/cases/"+string(id), url.Values{"say": {"clear"}}); status != http.StatusNotFound || page != unheard {
			return fmt.Errorf("they are heard in a case: %d", status)
		}
	}
	return nil
}

// isIndex reports whether an issue is the one by which a committee's own room shows of a
// case its code name and its stage, and fails unless there is nothing else in it.
func (w *telling) isIndex(at string, i githubsim.IssueView) bool {
	w.t.Helper()
	if !strings.Contains(i.Body, "case under this name") && !strings.Contains(i.Body, "The case of this name") {
		return false
	}
	pages := notice.Pages(w.play.address + "/cases/")
	stages := slices.ContainsFunc(i.Labels, func(l githubsim.LabelView) bool {
		is := coc.Stage(strings.TrimPrefix(l.Name, "status/"))
		return plainly(i.Body) == plainly(notice.Index(i.Title, is, pages, "").Body.Markdown())
	})
	if !stages || len(i.Labels) != 1 || len(i.Assignees) != 0 {
		w.t.Errorf("%s shows more than a code name and a stage: %v\n%s", at, i.Labels, i.Body)
	}
	return true
}

// plainly is a body without what cannot be seen of it.
func plainly(body string) string { return strings.TrimSpace(hiddenMark.ReplaceAllString(body, "")) }
