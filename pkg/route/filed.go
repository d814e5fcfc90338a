package route

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// FiledWith is the committee with which a report was filed that may belong to a
// project (row 10): the central one, where the form was that of the foundation's own
// repository, and the reporter said neither that it happened there nor that it
// concerns it, and named nothing but other repositories. "" is none.
func FiledWith(d policy.Directory, source coc.Repo, said coc.Circumstances) string {
	somewhere := !slices.Contains([]coc.Space{"", coc.SpaceRepositories, coc.SpaceElsewhere}, said.Space)
	here := said.Here || slices.ContainsFunc(said.Also, source.Is)
	if somewhere || here || said.Project != "" || !said.Whole || !d.IsOwn(source) {
		return ""
	}
	return d.Jurisdiction().Central
}

// onlyFiledHere reports whether the source is the door that a report came in by, and
// not what it is about: it was filed with the foundation by the foundation's own
// repository, no file there points anywhere else, and what it touches is one project
// with a committee of its own that has a room. In doubt it stays where it was filed.
func (w World) onlyFiledHere(begin start, named touched) bool {
	filed := w.Incident.FiledWith
	if filed == "" || !w.Directory.IsOwn(w.Source.Repo) || named.outside || len(named.projects) != 1 {
		return false
	}
	own := named.projects[0].committee
	led := begin.first == nil || strings.EqualFold(begin.first.Key, filed)
	return led && own != nil && !own.Level.Central() && !own.Incidents.IsZero()
}

// seenByAll reports whether everything that a report is about is public, so that
// what its files say may be told to whoever reported.
func (w World) seenByAll() bool {
	return !slices.ContainsFunc(w.sources(), func(s coc.RepoFacts) bool { return s.Visibility != "public" })
}
