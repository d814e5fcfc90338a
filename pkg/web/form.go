package web

import (
	"context"
	"crypto/rand"
	"errors"
	"html/template"
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
	// Turn is set when they must wait for it, Challenge while very many come.
	Turn      turn
	Challenge string
	Named     named
	// Profiles is before the name of an account in the address of its page; "": it is
	// not known.
	Profiles string
	// Now is who would read it by what is chosen; nil: nobody asked.
	Now *readers
}

// Path is where the form is sent, ReadersPath where it is asked who would read it.
func (p formPage) Path() string        { return formPath(p.Repo) }
func (p formPage) ReadersPath() string { return readersPath(p.Repo) }

// Fallen is what stands beside a field, once more at the top, in the order of the
// fields.
func (p formPage) Fallen() []fallen {
	var out []fallen
	for _, name := range fieldsInOrder {
		if key := p.Problems[name]; key != "" {
			out = append(out, fallen{ID: name, Label: fieldLabels[name], Problem: key})
		}
	}
	for _, q := range p.In.People {
		name := "who" + strconv.Itoa(q.N)
		if key := p.Problems[name]; key != "" {
			out = append(out, fallen{ID: name, Label: "people.who", N: q.N, Problem: key})
		}
	}
	return out
}

// besides is what is wrong but for the account, of which nothing follows before the
// report is sent.
func (p formPage) besides() map[string]string {
	problems := p.In.problems()
	if problems["account"] == "error.account" {
		delete(problems, "account")
	}
	return problems
}

// fallen is a field that something is wrong with.
type fallen struct {
	ID, Label, Problem string
	N                  int // of a row for a person, which has no words of its own
}

// fieldLabels are the words beside each field that something can be wrong with, and
// fieldsInOrder is how they stand on the page, but for the rows of people.
var (
	fieldsInOrder = []string{"account", "project", "keepout", "where", "when", "links", "event", "day", "touches", "safety", "reach", "elsewhere"}
	fieldLabels   = map[string]string{
		"account": "account.label", "project": "project.label", "keepout": "keepout.label", "where": "where.label", "when": "when.label",
		"links": "links.label", "event": "event.label", "day": "day.label", "touches": "touches.label", "safety": "safety.label",
		"reach": "reach.label", "elsewhere": "elsewhere.label",
	}
)

// UnfoldDetails reports whether anything was said of where, when and how it can be
// seen, or something is wrong there.
func (p formPage) UnfoldDetails() bool {
	return p.In.Where != "" || p.In.When != "" || p.In.Links != "" || p.In.Wishes.Ongoing != "" ||
		p.Problems["where"] != "" || p.Problems["when"] != "" || p.Problems["links"] != ""
}

// First are the rows for people that are shown, Folded the others.
func (p formPage) First() []person  { return p.In.People[:shownRows] }
func (p formPage) Folded() []person { return p.In.People[shownRows:] }

// Instead reports whether there is anybody to turn to without the form.
func (p formPage) Instead() bool {
	return p.Guide.Contact != "" || p.Guide.Next != "" && p.Guide.NextContact != "" || len(p.Guide.Members) > 0 && p.Profiles != ""
}

// Profile is the name of an account, which leads to its page where that is known.
func (p formPage) Profile(l coc.Login) template.HTML {
	name := template.HTMLEscapeString(string(l))
	if p.Profiles == "" {
		return template.HTML(name) //nolint:gosec // escaped above
	}
	to := template.HTMLEscapeString(p.Profiles + url.PathEscape(string(l)))
	return template.HTML(`<a href="` + to + `" rel="noreferrer">` + name + `</a>`) //nolint:gosec // escaped above
}

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

// subject is the repository that a form is about: none where the address names none.
func subject(r *http.Request) (repo coc.Repo, ok bool) {
	if r.PathValue("owner") == "" {
		return coc.Repo{}, true
	}
	repo, err := coc.ParseRepo(r.PathValue("owner") + "/" + r.PathValue("repo"))
	return repo, err == nil
}

// form shows the empty form, or one in which the page before has said where it was.
func (s *site) form(w http.ResponseWriter, r *http.Request) {
	repo, ok := subject(r)
	if !ok {
		s.message(w, r, http.StatusNotFound, "missing")
		return
	}
	said := placed(r.URL.Query())
	page := formPage{Repo: repo, In: answersIn(said)}
	if (repo.IsZero() || len(said) > 0) && len(page.besides()) == 0 {
		page.Now = s.readersNow(r, page)
	}
	s.again(w, r, http.StatusOK, page)
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
	page.Guide, page.Uploads, page.Profiles = guide, s.uploads(), s.profiles()
	page.Named = s.naming(r, page)
	if page.Token == "" {
		page.Token = rand.Text()
	}
	page.Challenge = s.crowd.challenge(page.Token, s.Now())
	s.show(w, r, status, "form", page)
}

// profiles is before the name of an account in the address of its page.
func (s *site) profiles() string {
	if s.GitHubURL == "" {
		return ""
	}
	return strings.TrimRight(s.GitHubURL, "/") + "/"
}

var tokenForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// file takes a report. The receipt is shown only after File has returned it.
func (s *site) file(w http.ResponseWriter, r *http.Request) {
	repo, ok := subject(r)
	if !ok {
		s.message(w, r, http.StatusNotFound, "missing")
		return
	}
	var had *turn // before the files, if there are any
	in, err := s.take(w, r, maxSent, func(before url.Values) bool {
		t := s.turn(r, before)
		had = &t
		return t.Wait == 0
	}, cleansReport)
	if err != nil {
		s.unread(w, r, err)
		return
	}
	defer func() { s.discard(r, in.files) }()
	page := formPage{Repo: repo, In: answersIn(in.form), Token: in.form.Get("token")}
	page.Turn.Place = s.placeOf(page.Token, in.form, had) // also where something is wrong first
	if r.PostForm.Has("show") {
		s.shownAgain(w, r, page)
		return
	}
	page.Problems = page.In.problems()
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
	if had == nil {
		t := s.turn(r, in.form)
		had = &t
	}
	if page.Turn = *had; page.Turn.Wait > 0 {
		page.chooseAgain(in)
		s.later(w, r, page)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	filing := page.In.filing(repo, s.Desk)
	filing.Files = in.files
	filing.By = by
	receipt, err := s.Desk.File(ctx, page.Token, filing)
	in.filed(err)
	if err != nil {
		page.chooseAgain(in)
		page.Turn.Place = s.placeOf(page.Token, in.form, had)
		s.unsaved(w, r, page, err)
		return
	}
	said := filedPage{Receipt: receipt, Said: filing.Around, Direct: s.Desk.Direct(filing.Around), Guide: s.guideSoon(r, repo)}
	said.Others = othersNow(said.Guide, repo, r.PostForm.Get("shown"))
	s.show(w, r, http.StatusOK, "filed", said)
}

// sent reads a form that was sent, of at most so many bytes; where it cannot, it has
// answered.
func (s *site) sent(w http.ResponseWriter, r *http.Request, most int64) bool {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	err := r.ParseForm()
	if err != nil {
		s.unread(w, r, err)
	}
	return err == nil
}

// unread says why a form could not be read.
func (s *site) unread(w http.ResponseWriter, r *http.Request, err error) {
	if tooLarge(err) {
		s.message(w, r, http.StatusRequestEntityTooLarge, "toolarge")
		return
	}
	s.message(w, r, http.StatusBadRequest, "broken")
}

// tooLarge reports whether a form could not be read because there is too much of it.
func tooLarge(err error) bool {
	var large *http.MaxBytesError
	return errors.As(err, &large)
}

// othersNow is the committee that by public settings reads a report about this
// source now, where the form had named another one; "" where it is the same, or not
// known. What was typed has no part in it, so that it tells nothing of whom it names.
func othersNow(now casework.Guide, repo coc.Repo, shown string) string {
	if shown == "" || repo.IsZero() || now.Committee == shown {
		return ""
	}
	return now.Committee
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
	page.Reference = s.reference("report", err, page.In.written()...)
	s.again(w, r, http.StatusServiceUnavailable, page)
}
