package main

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// judgePages asks as everybody, signed in, for the page of every case: whoever is
// shown one may read it by what this world knows, and could read its issue on the
// simulated GitHub at this moment. Everybody else gets the bytes of what is not there.
func (w *fates) judgePages() {
	w.t.Helper()
	cases := w.cases()
	for _, login := range w.people {
		token := w.signedIn(login)
		w.judgeAsked(login, token, cases)
		_, none := w.page(token, "/cases/aaaaaaaaaaaaaaaaaaaaaaaaaa")
		for _, a := range w.affairs {
			c, ok := cases[a.words[0]]
			if !ok {
				continue
			}
			status, page := w.page(token, "/cases/"+string(c.ID))
			if status == http.StatusNotFound && page == none {
				continue
			}
			w.paged++
			h := a.last()
			switch {
			case status != http.StatusOK:
				w.t.Errorf("%s is told %d of %s", login, status, a.name)
			case h == nil || h.repo == "" || !w.CanRead(login, h.repo):
				w.t.Errorf("%s reads the page of %s, and not its issue", login, a.name)
			default:
				if err := a.mayRead(login, len(a.homes)-1); err != nil {
					w.t.Errorf("%s reads the page of %s: %v", login, a.name, err)
				}
			}
		}
	}
}

// signedIn begins a session of somebody's.
func (w *fates) signedIn(login string) (token string) {
	w.t.Helper()
	var who struct {
		ID int64 `json:"id"`
	}
	if status, err := w.play.ask(w.t.Context(), login, http.MethodGet, "/user", nil, &who); err != nil || status != http.StatusOK {
		w.t.Fatalf("who is %s: %d, %v", login, status, err)
	}
	token = "token of " + login + " at " + w.now().String()
	is := coc.Session{Person: coc.Person{Login: coc.Login(login), Account: who.ID}, Until: w.now().Add(time.Hour), End: w.now().Add(time.Hour)}
	if err := w.server.store.BeginSession(w.t.Context(), token, is); err != nil {
		w.t.Fatal(err)
	}
	return token
}

// page asks our server for one, with a session.
func (w *fates) page(token, path string) (int, string) {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: "cocrouter", Value: token}) //nolint:gosec // a browser sends no attributes
	rec := httptest.NewRecorder()
	w.server.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}
