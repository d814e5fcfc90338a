package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// How long somebody is kept waiting for the store, and for what the form says
// first. Then they are told how it stands, with all that they wrote.
const (
	storeWithin = 5 * time.Second
	guideWithin = 5 * time.Second
	wordsWithin = time.Second
)

// What one report may hold, in bytes of what was typed. maxSent bounds the
// request itself, which may be three times as long as what it says.
const (
	maxAccount = 500 << 10
	maxField   = 4000
	maxWho     = 200
	maxLinks   = 50
	maxTotal   = 1 << 20
	maxSent    = 4 << 20
	maxPeople  = 10
	shownRows  = 2 // the other rows for people are folded away
)

// ask is the plain page that asks which repository it is about.
func (s *site) ask(w http.ResponseWriter, r *http.Request) {
	typed := r.URL.Query().Get("repository")
	data := struct {
		Typed   string
		Problem string
	}{Typed: strings.ToValidUTF8(typed, "\uFFFD")}
	if !r.URL.Query().Has("repository") {
		s.show(w, r, http.StatusOK, "ask", data)
		return
	}
	repo, err := coc.ParseRepo(repositoryIn(typed))
	if err != nil {
		data.Problem = "error.repo"
		s.show(w, r, http.StatusUnprocessableEntity, "ask", data)
		return
	}
	http.Redirect(w, r, speak(r).To(formPath(repo)), http.StatusSeeOther)
}

// repositoryIn takes owner/name out of an address, as people copy it. Owners
// have no dot in their names, hosts do.
func repositoryIn(typed string) string {
	_, rest, found := strings.Cut(strings.TrimSpace(typed), "://")
	if !found {
		rest = strings.TrimSpace(typed)
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if strings.Contains(parts[0], ".") || found {
		parts = parts[1:]
	}
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "/" + strings.TrimSuffix(parts[1], ".git")
}

func formPath(r coc.Repo) string {
	return "/report/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
}

// formPage is the form with everything around it.
type formPage struct {
	Repo  coc.Repo
	Guide casework.Guide
	Token string
	In    answers
	// Problems are keys of sentences by the field that they stand beside.
	Problems map[string]string
	Uploads  uploads
	// Failed is set when a whole report could not be saved, Unsure where it may
	// have been.
	Failed    bool
	Unsure    bool
	Reference string
	Refusal   coc.Refusal
	// Turn is set when they must wait for it, Challenge while very many come.
	Turn      turn
	Challenge string
	Named     named
}

// Path is where the form is sent.
func (p formPage) Path() string { return formPath(p.Repo) }

// First are the rows for people that are shown, Folded the others.
func (p formPage) First() []person  { return p.In.People[:shownRows] }
func (p formPage) Folded() []person { return p.In.People[shownRows:] }

// Row is one row for a person, with what is wrong in it.
func (p formPage) Row(q person) row {
	return row{person: q, Problem: p.Problems["who"+strconv.Itoa(q.N)]}
}

type row struct {
	person
	Problem string
}

// Unfold reports whether a folded row has something in it.
func (p formPage) Unfold() bool {
	for _, q := range p.Folded() {
		if q.Who != "" || q.Role != "" {
			return true
		}
	}
	return false
}

// form shows the empty form.
func (s *site) form(w http.ResponseWriter, r *http.Request) {
	repo, err := coc.ParseRepo(r.PathValue("owner") + "/" + r.PathValue("repo"))
	if err != nil {
		s.message(w, r, http.StatusNotFound, "missing")
		return
	}
	s.again(w, r, http.StatusOK, formPage{Repo: repo, In: answersIn(nil)})
}

// again shows the form, with what was written and what is wrong with it. A
// guide that cannot be had does not keep anybody from reporting.
func (s *site) again(w http.ResponseWriter, r *http.Request, status int, page formPage) {
	ctx, cancel := context.WithTimeout(r.Context(), guideWithin)
	defer cancel()
	guide, err := s.Desk.Guide(ctx, page.Repo)
	if err != nil {
		s.reference("guide", err, page.In.written()...)
	}
	page.Guide, page.Uploads = guide, s.uploads()
	page.Named = s.naming(r, page)
	if page.Token == "" {
		page.Token = rand.Text()
	}
	page.Challenge = s.crowd.challenge(page.Token, s.Now())
	s.show(w, r, status, "form", page)
}

var tokenForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// file takes a report. The receipt is shown only after File has returned it.
func (s *site) file(w http.ResponseWriter, r *http.Request) {
	repo, err := coc.ParseRepo(r.PathValue("owner") + "/" + r.PathValue("repo"))
	if err != nil {
		s.message(w, r, http.StatusNotFound, "missing")
		return
	}
	in, err := s.take(w, r, maxSent)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			s.message(w, r, http.StatusRequestEntityTooLarge, "toolarge")
			return
		}
		s.message(w, r, http.StatusBadRequest, "broken")
		return
	}
	page := formPage{Repo: repo, In: answersIn(in.form), Token: in.form.Get("token")}
	page.Problems = page.In.problems()
	defer func() { s.discard(r, in.files) }()
	by := s.by(r, page.Problems)
	status := http.StatusUnprocessableEntity
	if page.Problems["total"] != "" || page.Problems["account"] == "error.long" {
		status = http.StatusRequestEntityTooLarge
	}
	if !tokenForm.MatchString(page.Token) {
		page.Token = ""
		page.Problems["token"] = "error.token"
	}
	if page.withFiles(in); len(page.Problems) > 0 {
		s.again(w, r, status, page)
		return
	}
	if page.Turn = s.turn(r, page.Token); page.Turn.Wait > 0 {
		page.chooseAgain(in)
		s.later(w, r, page)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	filing := page.In.filing(repo, s.Desk.Event)
	filing.Files = in.files
	filing.By = by
	receipt, err := s.Desk.File(ctx, page.Token, filing)
	in.filed(err)
	if err != nil {
		page.chooseAgain(in)
		s.unsaved(w, r, page, err)
		return
	}
	s.show(w, r, http.StatusOK, "filed", filedPage{receipt, filing.Around, s.Desk.Direct(filing.Around), s.guideSoon(r, repo)})
}

// guideSoon is what the form said, for a page that must not wait for it.
func (s *site) guideSoon(r *http.Request, repo coc.Repo) casework.Guide {
	ctx, cancel := context.WithTimeout(r.Context(), wordsWithin)
	defer cancel()
	guide, err := s.Desk.Guide(ctx, repo)
	if err != nil {
		return casework.Guide{}
	}
	return guide
}

// unsaved says that nothing was saved, or that it is not certain, and gives
// everything back. The token stays the same, so that it cannot become two
// reports.
func (s *site) unsaved(w http.ResponseWriter, r *http.Request, page formPage, err error) {
	page.Failed, page.Unsure = true, errors.Is(err, coc.ErrUnsure)
	status := http.StatusServiceUnavailable
	if refused, ok := refusal(err); ok {
		page.Refusal, status = refused, http.StatusUnprocessableEntity
	} else {
		page.Reference = s.reference("report", err, page.In.written()...)
	}
	s.again(w, r, status, page)
}
