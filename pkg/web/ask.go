package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// unsure is how the page that asks where it happened calls that somebody does not
// know.
const unsure = "unsure"

// place is what somebody answered to where it happened, before there is a form.
type place struct {
	Space, Project, Event string
}

// askPage is the page that asks where it happened.
type askPage struct {
	In       place
	Problems map[string]string
	Guide    casework.Guide
}

// Spaces are the places that can be chosen.
func (p askPage) Spaces() []choice {
	return choices("asked", p.In.Space, []coc.Space{coc.SpaceRepository, coc.SpaceChat, coc.SpaceEvent, coc.SpaceElsewhere, unsure})
}

// ask is the page that asks in plain words where it happened, and leads to the form
// for it. A repository is needed nowhere: what is about none has a form of its own.
func (s *site) ask(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := askPage{In: place{typed(q, "space"), typed(q, "repository"), typed(q, "event")}, Problems: map[string]string{}}
	if q.Has("repository") || q.Has("space") {
		to, problems := page.In.form(s.Desk)
		if to != "" {
			http.Redirect(w, r, speak(r).To(to), http.StatusSeeOther)
			return
		}
		page.Problems = problems
	}
	status := http.StatusOK
	if len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	// Of the form that is about no repository it is known without asking anybody.
	page.Guide, _ = s.Desk.Guide(r.Context(), coc.Repo{})
	s.show(w, r, status, "ask", page)
}

// form is the address of the form for what was answered, or what is wrong, by field.
func (p place) form(names directory) (to string, problems map[string]string) {
	problems = map[string]string{}
	if len(p.Project) > maxField || len(p.Event) > maxEvent {
		problems["repository"] = "error.repo"
		return "", problems
	}
	said := url.Values{}
	switch p.Space {
	case string(coc.SpaceRepository), unsure, "":
	case string(coc.SpaceChat), string(coc.SpaceElsewhere):
		said.Set("space", p.Space)
	case string(coc.SpaceEvent):
		said.Set("space", p.Space)
		if !blank(p.Event) {
			said.Set("event", p.Event)
		}
	default:
		problems["space"] = "error.space"
		return "", problems
	}
	repo, err := coc.ParseRepo(repositoryIn(p.Project))
	switch {
	case err == nil:
		return withQuery(formPath(repo), said), nil
	case names.Project(p.Project) != "":
		said.Set("project", p.Project)
	case blank(p.Project) && p.Space != "" && p.Space != string(coc.SpaceRepository):
	case p.Space == "" || p.Space == string(coc.SpaceRepository):
		problems["repository"] = "error.repo"
		return "", problems
	default: // in words; people read it
		said.Set("project", p.Project)
	}
	return withQuery(formPath(coc.Repo{}), said), nil
}

func withQuery(path string, said url.Values) string {
	if len(said) == 0 {
		return path
	}
	return path + "?" + said.Encode()
}

// placed is as much of an address as may fill in a form: where it happened, and
// nothing that somebody would say of anybody.
func placed(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"space", "event", "project"} {
		if q.Has(name) {
			out.Set(name, q.Get(name))
		}
	}
	return out
}

// repositoryIn takes owner/name out of an address, as people copy it. Owners
// have no dot in their names, hosts do.
func repositoryIn(typed string) string {
	_, rest, found := strings.Cut(strings.TrimSpace(typed), "://")
	if !found {
		rest = strings.TrimSpace(typed)
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if strings.Contains(parts[0], ".") || found {
		parts = parts[1:]
	}
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "/" + strings.TrimSuffix(parts[1], ".git")
}

// formPath is where the form about a repository is, or the one about none.
func formPath(r coc.Repo) string {
	if r.IsZero() {
		return "/report/elsewhere"
	}
	return "/report/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
}
