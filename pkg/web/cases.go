package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// askWithin is how long a member waits for GitHub to say what they may read.
const askWithin = 20 * time.Second

// member finds who asks for a page of the committee's. Whoever is not signed in gets
// the same page whatever they ask for.
func (s *site) member(w http.ResponseWriter, r *http.Request) (who coc.Person, ok bool) {
	if !s.canSignIn(r) {
		s.show(w, r, http.StatusOK, "signin", signInPage{Key: "signin.off"})
		return who, false
	}
	if who = s.who(r); who.IsZero() {
		s.show(w, r, http.StatusOK, "signin", signInPage{"signin", signInAt(backTo(r.URL.Path))})
		return who, false
	}
	return who, true
}

// casesPage lists somebody's cases.
type casesPage struct {
	Who   coc.Login
	Cases []casework.Listed
	Now   time.Time
	Asked []casework.Inquiry // whether they are clear
	// Closed: these are the closed ones, and More: not all of them.
	Closed, More bool
	// Unshown is how many cannot be shown.
	Unshown int
}

// Late reports whether something that is due should have been done.
func (p casesPage) Late(d coc.Due) bool { return !p.Now.Before(d.At) }

func (s *site) cases(w http.ResponseWriter, r *http.Request) {
	who, ok := s.member(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	closed := r.URL.Query().Has("closed")
	all, err := s.Desk.Cases(ctx, who, closed)
	if err != nil {
		s.failed(w, r, "cases", err)
		return
	}
	for _, err := range all.Broken {
		s.reference("cases", err)
	}
	asked, err := s.asked(ctx, who, closed)
	if err != nil {
		s.failed(w, r, "inquiries", err)
		return
	}
	s.show(w, r, http.StatusOK, "cases", casesPage{
		Who: who.Login, Cases: all.Listed, Now: s.Now(), Closed: closed, More: all.More, Unshown: all.Unshown, Asked: asked,
	})
}

var caseForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// casePage is the record of a case.
type casePage struct {
	Who coc.Login
	Now time.Time
	casework.Record
	// Problem is the key of what kept something from being done.
	Problem string
	// Uploads, the key of a FilesProblem and a Token are for the form that adds files;
	// no Uploads.Files: there is none.
	Uploads      uploads
	FilesProblem string
	Token        string
}

// Late reports whether something that is due should have been done.
func (p casePage) Late(d coc.Due) bool { return !p.Now.Before(d.At) }

// Over reports whether the last day of something is over; zero is none.
func (p casePage) Over(t time.Time) bool { return !t.IsZero() && p.Now.After(t) }

// Named is somebody who is accused, in a sentence.
func (p casePage) Named(of coc.Party) string {
	if of.Login != "" {
		return "@" + string(of.Login)
	}
	return of.Name.Reveal()
}

// record shows one. Whoever may not read it gets the bytes that stand for what is
// not there.
func (s *site) record(w http.ResponseWriter, r *http.Request) {
	who, ok := s.member(w, r)
	if !ok {
		return
	}
	id := r.PathValue("id")
	if !caseForm.MatchString(id) {
		s.message(w, r, http.StatusNotFound, "nocase")
		return
	}
	s.showCase(w, r, who, coc.CaseID(id), http.StatusOK, casePage{})
}

// showCase shows it, with what the page has of what somebody sent.
func (s *site) showCase(w http.ResponseWriter, r *http.Request, who coc.Person, id coc.CaseID, status int, page casePage) {
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	record, err := s.Desk.Record(ctx, who, id)
	switch {
	case errors.Is(err, coc.ErrMissing):
		s.message(w, r, http.StatusNotFound, "nocase")
	case err != nil:
		s.failed(w, r, "case", err)
	default:
		page.Who, page.Now, page.Record = who.Login, s.Now(), record
		s.show(w, r, status, "case", s.withAdding(page))
	}
}
