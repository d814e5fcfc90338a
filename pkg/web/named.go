package web

import (
	"context"
	"net/http"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// named is what the form says of reporting as oneself. It is never done by itself:
// whoever is signed in ticks a box, each time, and a report without it has nothing of
// the session.
type named struct {
	Who    coc.Login // who is signed in; "": nobody
	Ticked bool
	// SignIn is where somebody can, "" where not or not now: leaving a form that
	// something is written in would lose it.
	SignIn  string
	Problem string
}

// naming is what the form says of it to whoever asks.
func (s *site) naming(r *http.Request, page formPage) named {
	n := named{Who: s.who(r).Login, Problem: page.Problems["named"]}
	if r.Method == http.MethodPost {
		n.Ticked = n.Who != "" && r.PostForm.Get("named") != ""
	} else if n.Who == "" && s.canSignIn(r) {
		n.SignIn = signInAt(backTo(page.Path()))
	}
	return n
}

// by is whose name a report is to carry: nobody's, unless they ticked the box. Whoever
// did and is not signed in any more is asked again, because a report must neither
// carry a name by mistake nor lose it unnoticed.
func (s *site) by(r *http.Request, problems map[string]string) (who coc.Person) {
	if r.PostForm.Get("named") == "" {
		return coc.Person{}
	}
	if who = s.who(r); who.IsZero() {
		problems["named"] = "error.named"
	}
	return who
}

// mine are the reports of whoever is signed in, on the page that asks for a receipt.
type mine struct {
	Who     coc.Login
	SignIn  string // where somebody can, "" where not
	Reports []casework.Mine
}

// mine is nothing where nobody can sign in, or it cannot be found out.
func (s *site) mine(r *http.Request) mine {
	if !s.canSignIn(r) {
		return mine{}
	}
	who := s.who(r)
	if who.IsZero() {
		return mine{SignIn: signInAt("/receipt")}
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	all, err := s.Desk.Reports(ctx, s.cookie(r, sessionCookie))
	if err != nil {
		s.reference("reports", err)
	}
	return mine{Who: who.Login, Reports: all}
}
