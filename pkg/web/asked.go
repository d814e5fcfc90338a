package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxDeclared bounds what is sent with a word on one's own conflicts.
const maxDeclared = 4 << 10

// conflictForm is the form in which somebody says whether they are clear, or, once they
// have a case, that they are not.
type conflictForm struct {
	ID coc.CaseID
	// Back: they have the case already, and can step back from it.
	Back bool
	// Invited: they are to have it, and can say only that they must not.
	Invited bool
}

// Kinds are the answers there are, by the words for them.
func (f conflictForm) Kinds() []coc.ConflictKind {
	if f.Invited {
		return []coc.ConflictKind{coc.ConflictHard}
	}
	if f.Back {
		return []coc.ConflictKind{coc.ConflictSoft, coc.ConflictHard}
	}
	return []coc.ConflictKind{coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard}
}

// Bases is what it may rest on.
func (conflictForm) Bases() []coc.ConflictBasis { return coc.ConflictBases() }

// Ask is the form with which somebody answers whether they are clear.
func (casesPage) Ask(id coc.CaseID) conflictForm { return conflictForm{ID: id} }

// Invited is the form with which somebody says that an invitation is nothing for them.
func (casesPage) Invited(id coc.CaseID) conflictForm { return conflictForm{ID: id, Invited: true} }

// Asks reports whether something is asked, and Invites whether there is an invitation.
func (p casesPage) Asks() bool {
	return slices.ContainsFunc(p.Asked, func(q casework.Inquiry) bool { return !q.Invited })
}
func (p casesPage) Invites() bool {
	return slices.ContainsFunc(p.Asked, func(q casework.Inquiry) bool { return q.Invited })
}

// Back is the form with which whoever reads the case steps back from it.
func (p casePage) Back() conflictForm { return conflictForm{ID: p.ID, Back: true} }

// asked is what somebody is asked, beside their cases that are not closed.
func (s *site) asked(ctx context.Context, who coc.Person, closed bool) ([]casework.Inquiry, error) {
	if closed {
		return nil, nil
	}
	return s.Desk.Inquiries(ctx, who)
}

// declare takes what a member says of their own conflicts: the answer to what they are
// asked, or that they step back from a case that they have. Whoever is neither gets the
// bytes that stand for what is not there, whatever they sent.
func (s *site) declare(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxDeclared)
	err := r.ParseForm()
	if !s.canSignIn(r) {
		s.show(w, r, http.StatusOK, "signin", signInPage{Key: "signin.off"})
		return
	}
	who := s.who(r)
	if who.IsZero() {
		s.show(w, r, http.StatusOK, "signin", signInPage{"signin", signInAt("/cases")})
		return
	}
	id, kind, basis := r.PathValue("id"), coc.ConflictKind(r.PostForm.Get("say")), coc.ConflictBasis(r.PostForm.Get("basis"))
	if !caseForm.MatchString(id) {
		s.message(w, r, http.StatusNotFound, "nocase")
		return
	}
	if kind == coc.ConflictClear {
		basis = "" // there is nothing that could rest on it
	}
	if err != nil || !isAnswer(kind, basis) {
		s.message(w, r, http.StatusUnprocessableEntity, "clear.unsaid")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	err = s.Desk.Declare(ctx, who, coc.CaseID(id), kind, basis)
	var refused coc.Refusal
	switch {
	case err == nil:
		s.show(w, r, http.StatusOK, "heard", nil)
	case errors.Is(err, coc.ErrMissing):
		s.message(w, r, http.StatusNotFound, "nocase")
	case errors.As(err, &refused):
		s.message(w, r, http.StatusConflict, "clear.refused")
	default:
		s.failed(w, r, "declare", err)
	}
}

// isAnswer reports whether the form can have sent that.
func isAnswer(kind coc.ConflictKind, basis coc.ConflictBasis) bool {
	kinds := []coc.ConflictKind{coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard}
	return slices.Contains(kinds, kind) && (basis == "" || slices.Contains(coc.ConflictBases(), basis))
}
