package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// answered is who said in private, in one home of a case, whether they are clear.
type answered struct {
	home int
	who  coc.Login
}

// asks reports whether the committee of a home lets nobody read a word before they have
// said that they are clear.
func (h home) asks() bool {
	return h.separate && h.panel != nil && h.panel.file && h.panel.separate == "always"
}

// isIn reports whether somebody answered in a home, or was let in by a member.
func (a *affair) isIn(who coc.Login, n int) bool {
	return slices.Contains(a.admitted, string(who)) ||
		slices.ContainsFunc(a.inPrivate, func(x answered) bool { return x.home == n && x.who.Is(who) })
}

// waitsForAnswers reports whether members are asked about a case that nobody has yet.
func (w *fates) waitsForAnswers() bool {
	return slices.ContainsFunc(w.affairs, func(a *affair) bool {
		h := a.last()
		return h != nil && h.asks() && h.issue == 0
	})
}

// reads reports whether somebody is in any case now.
func (w *fates) reads(login string) bool {
	return slices.ContainsFunc(w.affairs, func(a *affair) bool {
		return a.last() != nil && slices.Contains(a.responders(), login)
	})
}

// inPrivate is members who look at their own page, and mostly answer what they are asked
// there; now and then somebody steps back from a case that they have.
func (w *fates) inPrivate() {
	some := []string{of(w.r, w.people)}
	for _, a := range slices.Backward(w.affairs) {
		if h := a.last(); h != nil && h.asks() && w.r.IntN(6) > 0 {
			for _, l := range h.roster.Logins() {
				some = append(some, string(l))
			}
			break
		}
	}
	for n, login := range some {
		// Several answer at one moment; of those who read, one after the other, because
		// what was written a moment before is judged by what they say.
		if n > 0 && (w.r.IntN(2) == 0 || w.reads(login)) {
			w.rest()
			w.judge()
		}
		if w.r.IntN(4) > 0 {
			w.answersInPrivate(login)
		}
	}
}

func (w *fates) answersInPrivate(login string) {
	token := w.signedIn(login)
	_, list := w.page(token, "/cases")
	form := askForm.FindStringSubmatch(list)
	kind := of(w.r, []coc.ConflictKind{coc.ConflictClear, coc.ConflictClear, coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard})
	if form == nil {
		if form = caseLink.FindStringSubmatch(list); form == nil || w.r.IntN(3) > 0 {
			return
		}
		kind = of(w.r, []coc.ConflictKind{coc.ConflictSoft, coc.ConflictHard})
	}
	a := w.behind(strings.TrimPrefix(form[1], "/cases/"))
	if a == nil {
		w.t.Errorf("%s is shown what is no case", login)
		return
	}
	n := len(a.homes) - 1
	status := w.sends(token, form[1], url.Values{"say": {string(kind)}})
	w.note("%s says in private that they are %s in home %d of %s: %d", login, kind, n, a.name, status)
	if status != http.StatusOK {
		return
	}
	a.said = append(a.said, coc.Declaration{Login: coc.Login(login), Kind: kind})
	if a.homes[n].asks() && !a.isIn(coc.Login(login), n) {
		a.inPrivate = append(a.inPrivate, answered{n, coc.Login(login)})
		w.asked++
	}
	a.settle()
}

// behind is the report of a case.
func (w *fates) behind(id string) *affair {
	for word, c := range w.cases() {
		if string(c.ID) == id {
			return w.of(word)
		}
	}
	return nil
}

// sends is a form that somebody who is signed in sends.
func (w *fates) sends(token, path string, form url.Values) int {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "cocrouter", Value: token}) //nolint:gosec // a browser sends no attributes
	rec := httptest.NewRecorder()
	w.server.handler.ServeHTTP(rec, r)
	return rec.Code
}

// judgeAsked looks at somebody's page: nobody is asked whom the case bars, who is not on
// its committee, or who has answered; nobody is shown as invited whom it bars; and there is
// no word of a report.
func (w *fates) judgeAsked(login, token string, cases map[string]coc.Case) {
	w.t.Helper()
	_, list := w.page(token, "/cases")
	if found := w.wordsIn(list); len(found) > 0 {
		w.t.Errorf("the page of %s has words of a report", login)
	}
	asked, invited, _ := strings.Cut(list, invitedTo)
	for _, form := range askForm.FindAllStringSubmatch(asked, -1) {
		for word, c := range cases {
			a := w.of(word)
			if "/cases/"+string(c.ID) != form[1] {
				continue
			}
			n := len(a.homes) - 1
			h, k, who := a.homes[n], a.known(n), coc.Login(login)
			if !h.asks() || k.Barred(who) || !coc.HasLogin(h.panel.roster().Logins(), who) || a.isIn(who, n) {
				w.t.Errorf("%s is asked about %s, home %d", login, a.name, n)
			}
		}
	}
	for _, form := range askForm.FindAllStringSubmatch(invited, -1) {
		for word, c := range cases {
			a := w.of(word)
			if "/cases/"+string(c.ID) == form[1] && a.known(len(a.homes)-1).Barred(coc.Login(login)) {
				w.t.Errorf("%s is invited to %s, which bars them", login, a.name)
			}
		}
	}
}
