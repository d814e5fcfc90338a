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
	all, err := s.Desk.Cases(ctx, who)
	if err != nil {
		s.failed(w, r, "cases", err)
		return
	}
	asked, err := s.Desk.Inquiries(ctx, who)
	if err != nil {
		s.failed(w, r, "inquiries", err)
		return
	}
	s.show(w, r, http.StatusOK, "cases", casesPage{Who: who.Login, Cases: all, Now: s.Now(), Asked: asked})
}

var caseForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// casePage is the record of a case.
type casePage struct {
	Who coc.Login
	Now time.Time
	casework.Record
}

// Late reports whether something that is due should have been done.
func (p casePage) Late(d coc.Due) bool { return !p.Now.Before(d.At) }

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
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	record, err := s.Desk.Record(ctx, who, coc.CaseID(id))
	switch {
	case errors.Is(err, coc.ErrMissing):
		s.message(w, r, http.StatusNotFound, "nocase")
	case err != nil:
		s.failed(w, r, "case", err)
	default:
		s.show(w, r, http.StatusOK, "case", casePage{Who: who.Login, Now: s.Now(), Record: record})
	}
}
