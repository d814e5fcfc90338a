package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/conflict/conflicttest"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// affair is a report, as the one who filed it knows it.
type affair struct {
	name     string
	about    string // the source
	reporter string // "" is nobody who is known
	token    int    // of the form, -1 for none
	words    []string
	answers  []string // of those, what was sent with the receipt
	named    map[string][]coc.Role
	certain  bool // it must become a case

	// What was heard of it since.
	said      []coc.Declaration
	admitted  []string
	inPrivate []answered
	passed    []passed
	passing   *passed // what was asked for in this step
	homes     []home
	stage     coc.Stage
	trace     []coc.Reason
	heard     int // entries of the journal
}

// passed is whom the reason names for which a committee passed a case on: the
// committees after it may have them.
type passed struct {
	home  int
	login string
}

// home is one placement of a case: in which room, by what roster.
type home struct {
	repo       string // "" is sealed
	issue      int
	separate   bool
	screened   bool
	panel      *panel
	roster     coc.Committee
	responders []coc.Login // as the case has them, which is not believed
}

// last is the newest home; nil before the first.
func (a *affair) last() *home {
	if len(a.homes) == 0 {
		return nil
	}
	return &a.homes[len(a.homes)-1]
}

// homeIn is the newest home of a case in a repository; -1 for none.
func (a *affair) homeIn(repo string) int {
	for n := len(a.homes) - 1; n >= 0; n-- {
		if repo != "" && strings.EqualFold(a.homes[n].repo, repo) {
			return n
		}
	}
	return -1
}

// parties is whom a report names, as far as it keeps anybody out: who is named
// anywhere without a role counts, unless somewhere they are said to have seen it, or are
// kept out for no reason that is told.
func (a *affair) parties(at int) (out []coc.Party) {
	for login, roles := range a.named {
		seen := slices.Contains(roles, coc.RoleWitness) || slices.Contains(roles, coc.RoleKeptOut)
		for _, r := range roles {
			if r != coc.RoleUnset || !seen {
				out = append(out, coc.Party{Login: coc.Login(login), Role: r})
			}
		}
	}
	for _, p := range a.passed {
		if p.home < at && len(a.named[p.login]) == 0 {
			out = append(out, coc.Party{Login: coc.Login(p.login)})
		}
	}
	return out
}

// known is what is known of a case in one of its homes.
func (a *affair) known(n int) conflicttest.Case {
	h := a.homes[n]
	c := h.roster
	for _, l := range a.admitted {
		if !coc.HasLogin(c.Logins(), coc.Login(l)) {
			c.Members = append(slices.Clone(c.Members), coc.Member{Login: coc.Login(l)})
		}
	}
	r := conflict.Record{Declarations: a.said, Over: h.screened}
	if h.asks() { // whoever is not in counts for nothing
		r.Over = true
		for _, l := range c.Logins() {
			if !a.isIn(l, n) {
				r.Away = append(r.Away, l)
			}
		}
	}
	return conflicttest.Case{Committee: c, Parties: a.parties(n), Record: r}
}

// mayRead reports whether somebody may read a case where it was placed: nobody
// may whom it bars, and nobody who was not on the committee when it came.
func (a *affair) mayRead(login string, n int) error {
	k := a.known(n)
	who := coc.Login(login)
	switch {
	case login == "":
		return fmt.Errorf("everybody is nobody's responder")
	case k.Barred(who):
		return fmt.Errorf("%s is barred: named %q, declared %v", login, a.named[login], a.said)
	case !coc.HasLogin(k.Committee.Logins(), who) && !coc.HasLogin(k.Committee.Custodians, who):
		return fmt.Errorf("%s was neither on the committee when it came nor a custodian", login)
	case a.homes[n].asks() && !a.isIn(who, n) && !coc.HasLogin(k.Committee.Custodians, who):
		return fmt.Errorf("%s has not said that they are clear", login)
	}
	return nil
}

// responders is who works a case in its home.
func (a *affair) responders() (out []string) {
	n := len(a.homes) - 1
	for _, l := range a.known(n).Responders() {
		if a.homes[n].asks() && !a.isIn(l, n) {
			continue
		}
		out = append(out, string(l))
	}
	return out
}

// hears is what follows from a command for who is barred.
func (a *affair) hears(by, say string) {
	words := strings.Fields(say)
	n := len(a.homes) - 1
	if !slices.Contains(a.responders(), by) || stage.Closed(a.stage) {
		return
	}
	k := a.known(n)
	reads := func(who coc.Login) bool {
		return coc.HasLogin(k.Responders(), who) || coc.HasLogin(k.Committee.Custodians, who)
	}
	switch words[0] {
	case "clear":
		a.said = append(a.said, coc.Declaration{Login: coc.Login(by), Kind: coc.ConflictClear})
	case "recuse":
		d := coc.Declaration{Login: coc.Login(by)}
		if whom, ok := strings.CutPrefix(words[1], "@"); ok {
			words = words[1:]
			if d.Login = coc.Login(whom); whom != by {
				d.By = coc.Login(by)
			}
		}
		d.Kind = coc.ConflictKind(words[1])
		if len(words) > 2 {
			d.Basis = coc.ConflictBasis(words[2])
		}
		if !reads(d.Login) {
			return
		}
		for i, o := range a.said {
			if !d.Own() && !o.Own() && o.Login.Is(d.Login) && o.Kind == d.Kind && (o.Basis == d.Basis || o.Kind == coc.ConflictHard) {
				if !o.By.Is(d.By) {
					a.said[i].Confirmed = append(slices.Clone(o.Confirmed), d.By)
				}
				a.settle()
				return
			}
		}
		a.said = append(a.said, d)
	case "confirm-conflict":
		whom := coc.Login(strings.TrimPrefix(words[1], "@"))
		if !reads(whom) || whom.Is(coc.Login(by)) {
			return
		}
		for i, o := range a.said {
			if !o.Own() && !o.Settled && o.Login.Is(whom) && !o.By.Is(coc.Login(by)) && !coc.HasLogin(o.Confirmed, coc.Login(by)) {
				a.said[i].Confirmed = append(slices.Clone(o.Confirmed), coc.Login(by))
			}
		}
	}
	a.settle()
}

// settle keeps what a majority stands behind, whoever of them goes later: with
// this word alone, and as grave as can be, it would bar.
func (a *affair) settle() {
	k := a.known(len(a.homes) - 1)
	settled := slices.DeleteFunc(slices.Clone(a.said), func(d coc.Declaration) bool { return !d.Own() && !d.Settled })
	for i, d := range a.said {
		if d.Own() || d.Settled {
			continue
		}
		d.Kind = coc.ConflictHard
		k.Record.Declarations = append(slices.Clone(settled), d)
		if k.Barred(d.Login) {
			a.said[i].Settled = true
		}
	}
}
