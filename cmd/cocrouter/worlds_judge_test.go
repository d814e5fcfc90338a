package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// judge asks, at rest, as everybody.
func (w *fates) judge() {
	w.t.Helper()
	w.records()
	w.judgeWrites()
	w.judgeReaders()
	w.judgePages()
	w.judgeHomes()
	w.judgeAnswers(false)
	if len(w.wordsIn(w.log.String())) > 0 {
		w.t.Error("words of a report are in the log")
	}
}

// cases is what the store holds, by the first word of the report.
func (w *fates) cases() map[string]coc.Case {
	w.t.Helper()
	ids, err := caseIDs(w.t.Context(), w.server.store.DB())
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]coc.Case{}
	for _, id := range ids {
		c, err := w.server.store.Case(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		words := w.wordsIn(c.Report.Account.Reveal())
		if len(words) != 1 {
			w.t.Fatalf("a case has the words of %d reports", len(words))
		}
		if _, twice := all[words[0]]; twice {
			w.t.Errorf("two cases are of one report")
		}
		all[words[0]] = c
	}
	return all
}

// records reads where each case is. Who may be there is not asked of the store.
func (w *fates) records() {
	cases := w.cases()
	for _, a := range w.affairs {
		c, ok := cases[a.words[0]]
		if !ok {
			if a.certain {
				w.t.Errorf("%s is no case", a.name)
			}
			continue
		}
		before := len(a.homes)
		for n, p := range c.Placements {
			if n == len(a.homes) {
				a.homes = append(a.homes, w.homeFor(p))
				if a.passing != nil && a.passing.home == n-1 {
					a.passed = append(a.passed, *a.passing)
				}
			}
			h := &a.homes[n]
			h.issue, h.screened, h.responders = p.Issue, p.Screened, p.Responders
			if !p.Sealed() {
				h.repo = p.Room.Repo.String()
			}
		}
		a.passing = nil
		for n := before; n < len(a.homes); n++ {
			w.judgeMade(a, n)
		}
		for _, e := range c.Journal[a.heard:] {
			if w.acts[e.Act]++; e.Act == "admit" {
				w.judgeAdmitted(a, e)
			}
		}
		a.stage, a.trace, a.heard = c.Stage, c.Trace, len(c.Journal)
		if len(a.trace) == 0 {
			w.t.Errorf("%s has no trace", a.name)
		}
		for _, r := range a.trace {
			if _, known := route.RuleNamed(r.Rule); !known {
				w.t.Errorf("%s: %q is no rule", a.name, r.Rule)
			}
		}
	}
}

// homeFor is a placement with its committee as it is today.
func (w *fates) homeFor(p coc.Placement) home {
	h := home{separate: p.Separate}
	for _, c := range w.panels {
		if strings.EqualFold(c.room, p.Committee.Incidents.String()) {
			h.panel, h.roster = c, c.roster()
		}
	}
	if !p.Sealed() && h.panel == nil {
		w.t.Errorf("a case went to %q, which is no committee of this world", p.Committee.Name)
	}
	return h
}

// judgeMade: a repository that was made for a case is not even seen by anybody who
// may not read the case.
func (w *fates) judgeMade(a *affair, n int) {
	h := a.homes[n]
	if !h.separate || h.asks() && h.issue == 0 { // or nobody was let in yet, and none is made
		return
	}
	for _, login := range w.readersOf(h.repo) {
		if err := a.mayRead(login, n); err != nil {
			w.t.Errorf("%s was made for %s, home %d: %v", h.repo, a.name, n, err)
		}
	}
}

// judgeAdmitted: only a member who is clear lets in, and only who is on the roster
// today and may see the case.
func (w *fates) judgeAdmitted(a *affair, e coc.Entry) {
	k := a.known(len(a.homes) - 1)
	by, whom := e.Actor, e.Whom
	switch h := a.homes[len(a.homes)-1]; {
	case k.Barred(by), k.Limited(by), !coc.HasLogin(k.Responders(), by):
		w.t.Errorf("%s: %s let %s in and has a conflict, or is nobody here", a.name, by, whom)
	case k.Barred(whom):
		w.t.Errorf("%s: %s was let in and is barred", a.name, whom)
	case h.panel == nil || !coc.HasLogin(h.panel.roster().Logins(), whom):
		w.t.Errorf("%s: %s was let in and is not on the committee", a.name, whom)
	}
	a.admitted = append(a.admitted, string(whom))
}

// of is the affair of a word.
func (w *fates) of(word string) *affair {
	for _, a := range w.affairs {
		if slices.Contains(a.words, word) {
			return a
		}
	}
	return nil
}

// judgeWrites: whoever could read what was written, when it was, may read it.
func (w *fates) judgeWrites() {
	w.t.Helper()
	fresh := w.written(w.judged)
	w.judged += len(fresh)
	for _, x := range fresh {
		if len(x.words) > 0 {
			w.carried++
		}
		for _, word := range x.words {
			a := w.of(word)
			n := a.homeIn(x.repo)
			if n < 0 {
				w.t.Errorf("%s carried words of %s, which had no home there", x.request, a.name)
				continue
			}
			for _, login := range x.readers {
				if err := a.mayRead(login, n); err != nil {
					w.t.Errorf("%s carried words of %s, home %d: %v", x.request, a.name, n, err)
				}
			}
		}
	}
}

// posts is all that GitHub shows somebody of what was written in a repository.
func (w *fates) posts(login, repo string) (all []ghIssue) {
	w.t.Helper()
	for _, path := range []string{"/issues?state=all&", "/issues/comments?"} {
		all = append(all, askAll[ghIssue](w.t, w.play, login, "/repos/"+repo+path)...)
	}
	return all
}

// shownToAll reports whether GitHub shows a repository to everybody. Its pages are
// asked: its API answers somebody without an account sixty times an hour.
func (w *fates) shownToAll(repo string) bool {
	_, err := w.play.browse(w.t.Context(), http.MethodGet, w.URL()+"/"+repo, nil)
	return err == nil
}

// judgeReaders asks as everybody what they find: nothing in a public place of the
// projects, and elsewhere only what they may, or what the world itself has shown
// them.
func (w *fates) judgeReaders() {
	w.t.Helper()
	sources := map[string]bool{}
	for _, p := range w.projects {
		sources[p.repo], sources[p.at] = true, true
	}
	for _, p := range w.places() {
		if sources[p.repo] {
			for _, said := range w.posts(bystanders[0], p.repo) {
				if strings.HasSuffix(said.User.Login, "[bot]") && len(w.wordsIn(said.Title+said.Body)) > 0 {
					w.t.Errorf("%s has words of a report in public: %s", p.repo, said.Body)
				}
			}
			continue
		}
		if !w.handed[p.repo][""] && w.shownToAll(p.repo) && len(w.wordsIn(fmt.Sprint(w.posts(bystanders[0], p.repo)))) > 0 {
			w.t.Errorf("everybody finds words of a report in %s", p.repo)
		}
		for _, login := range w.people {
			for _, word := range w.wordsIn(fmt.Sprint(w.posts(login, p.repo))) {
				w.judgeFound(login, p.repo, w.of(word))
			}
		}
	}
}

// judgeFound: somebody finds words of a case in a repository.
func (w *fates) judgeFound(login, repo string, a *affair) {
	w.t.Helper()
	n := a.homeIn(repo)
	if n < 0 {
		w.t.Errorf("%s finds words of %s in %s, where it never was", login, a.name, repo)
		return
	}
	err := a.mayRead(login, n)
	if err == nil || w.handed[repo][login] {
		return
	}
	// Whoever became barred later has read it before; then it does not stay. A
	// former home keeps what it had.
	if n == len(a.homes)-1 {
		w.t.Errorf("%s finds words of %s in its home %s: %v", login, a.name, repo, err)
	} else if k := a.known(n); !coc.HasLogin(k.Committee.Logins(), coc.Login(login)) && !coc.HasLogin(k.Committee.Custodians, coc.Login(login)) {
		w.t.Errorf("%s finds words of %s in %s, which it has left: %v", login, a.name, repo, err)
	}
}

// judgeHomes: each report is open or closed in one issue that is not marked as
// left, and which tells how it came there, or it is sealed.
func (w *fates) judgeHomes() {
	w.t.Helper()
	in := map[*affair][]ref{}
	ways := map[ref]string{}
	for _, p := range w.places() {
		view, err := w.ViewRepo(p.admin, p.repo)
		if err != nil || !view.HasIssues || view.Archived && !w.lives(p.repo) {
			continue // what was left there cannot be marked
		}
		for _, i := range w.issues(p) {
			if w.isIndex(p.repo, i) {
				continue
			}
			if !caseMark.MatchString(i.Body) || slices.ContainsFunc(i.Labels, func(l githubsim.LabelView) bool { return l.Name == coc.StageTransferred.Label() }) {
				continue
			}
			at := ref{p.repo, i.Number}
			ways[at] = wayOf(i.Body)
			for _, word := range w.wordsIn(i.Body) {
				if a := w.of(word); word == a.words[0] {
					in[a] = append(in[a], at)
				}
			}
		}
	}
	for _, a := range w.affairs {
		h := a.last()
		if h == nil {
			continue
		}
		want := []ref{{h.repo, h.issue}}
		if h.issue == 0 || !w.shows(h.repo) {
			want = nil
		}
		if !slices.Equal(in[a], want) {
			w.t.Errorf("%s is in %v, and its home is %v", a.name, in[a], want)
		}
		for _, at := range want {
			if way := strings.ReplaceAll(ways[at], "?… (steps left out here)", ""); way == "" || strings.Contains(way, "?") {
				w.t.Errorf("%s does not tell in %v how it came there: %q", a.name, at, way)
			}
		}
	}
}

// judgeOpened: where enough time went by, every case is open that is not sealed.
func (w *fates) judgeOpened() {
	w.t.Helper()
	for _, a := range w.affairs {
		if h := a.last(); h != nil && h.repo != "" && h.issue == 0 && !(h.asks() && len(h.responders) == 0 && !h.screened) {
			w.t.Errorf("%s has no issue in %s", a.name, h.repo)
		}
	}
}

// lives reports whether the home of a case is in a repository.
func (w *fates) lives(repo string) bool {
	return slices.ContainsFunc(w.affairs, func(a *affair) bool {
		h := a.last()
		return h != nil && strings.EqualFold(h.repo, repo)
	})
}

// shows reports whether a repository has issues at all.
func (w *fates) shows(repo string) bool {
	for _, login := range w.people {
		if view, err := w.ViewRepo(login, repo); err == nil {
			return view.HasIssues
		}
	}
	w.t.Errorf("nobody reads %s", repo)
	return false
}
