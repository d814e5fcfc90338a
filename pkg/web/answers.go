package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
)

// answers is what somebody typed into the form, as they typed it, so that it
// can be shown to them again.
type answers struct {
	Account, Where, When, Links string
	People                      []person // always maxPeople rows
	Around                      around
	Wishes                      wishes
	// Clean asks that pictures are drawn anew also where the report carries a name.
	Clean bool
}

// person is one row of those involved.
type person struct {
	N         int
	Who, Role string
}

// typed is what somebody typed into a field. Bytes that are not UTF-8 become U+FFFD.
func typed(form url.Values, name string) string {
	return strings.ToValidUTF8(form.Get(name), "\uFFFD")
}

// answersIn takes a sent form.
func answersIn(form url.Values) answers {
	get := func(name string) string { return typed(form, name) }
	a := answers{Account: get("account"), Where: get("where"), When: get("when"), Links: get("links"), Around: aroundIn(form, get), Wishes: wishesIn(form, get), Clean: form.Get("clean") != ""}
	for n := range maxPeople {
		suffix := strconv.Itoa(n + 1)
		p := person{N: n + 1, Who: get("who" + suffix), Role: get("role" + suffix)}
		switch coc.Role(p.Role) {
		case coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness:
		default:
			p.Role = "" // counts as accused
		}
		a.People = append(a.People, p)
	}
	return a
}

// problems are keys of sentences by the field they belong to.
func (a answers) problems() map[string]string {
	out := map[string]string{}
	switch {
	case blank(a.Account):
		out["account"] = "error.account"
	case len(a.Account) > maxAccount:
		out["account"] = "error.long"
	}
	if len(a.Where) > maxField {
		out["where"] = "error.field"
	}
	if len(a.When) > maxField {
		out["when"] = "error.field"
	}
	links := a.links()
	if len(links) > maxLinks {
		out["links"] = "error.links"
	}
	for _, l := range links {
		if l.Len() > maxField {
			out["links"] = "error.links"
		}
	}
	a.Around.problems(out)
	a.Wishes.problems(out)
	total := len(a.Account) + len(a.Where) + len(a.When) + len(a.Links) + a.Around.size() + a.Wishes.size()
	for _, p := range a.People {
		if total += len(p.Who); len(p.Who) > maxWho {
			out["who"+strconv.Itoa(p.N)] = "error.field"
		}
	}
	if total > maxTotal {
		out["total"] = "error.total"
	}
	return out
}

// blank reports whether nothing can be seen: white space, or characters that
// have no shape.
func blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return seen(r)
	}) < 0
}

func (a answers) links() []coc.Prose {
	var out []coc.Prose
	for line := range strings.Lines(a.Links) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, coc.NewProse(line))
		}
	}
	return out
}

// directory knows events and projects by their names; a Desk is one.
type directory interface {
	Event(name string, on time.Time) string
	Project(name string) string
}

// filing is the report as the Desk takes it, which knows events by their names.
func (a answers) filing(repo coc.Repo, names directory) coc.Filing {
	if !repo.IsZero() {
		a.Around.Project = "" // that form does not ask for it
	}
	f := coc.Filing{Repo: repo, Account: coc.NewProse(a.Account), Where: coc.NewProse(a.Where), Links: a.links(), Around: a.Around.circumstances(names), Needs: a.Wishes.needs()}
	when := a.When
	if _, words := a.Around.day(); words != "" {
		when = strings.TrimSpace(when + "\n" + words)
	}
	f.When = coc.NewProse(when)
	for _, p := range a.People {
		f.Involved = append(f.Involved, p.parties()...)
	}
	f.Involved = append(f.Involved, a.Wishes.parties()...)
	return f
}

// parties is who a row names. A word that could be an account is taken for
// one, because only an account can be kept from reading. Where a name comes
// with an account, the row is one person; with several, each of them has the
// part. Accounts that stand among other words without an @ are found where it
// is known who could read: most words of such a row are nobody's account, and
// a committee should not see them listed as if they were.
func (p person) parties() []coc.Party {
	who := strings.TrimSpace(p.Who)
	if who == "" {
		return nil
	}
	role := coc.Role(p.Role)
	if login, err := coc.ParseLogin(who); err == nil {
		return []coc.Party{{Login: login, Role: role}}
	}
	name := coc.NewProse(who)
	logins := command.Mentions(name)
	if len(logins) == 0 {
		return []coc.Party{{Name: name, Role: role}}
	}
	out := []coc.Party{{Login: logins[0], Name: name, Role: role}}
	for _, l := range logins[1:] {
		out = append(out, coc.Party{Login: l, Role: role})
	}
	return out
}

// written is everything, for the check that no log line quotes it.
func (a answers) written() []coc.Prose {
	out := []coc.Prose{coc.NewProse(a.Account), coc.NewProse(a.Where), coc.NewProse(a.When), coc.NewProse(a.Links)}
	out = append(out, a.Around.written()...)
	out = append(out, a.Wishes.written()...)
	for _, p := range a.People {
		out = append(out, coc.NewProse(p.Who))
	}
	return out
}
