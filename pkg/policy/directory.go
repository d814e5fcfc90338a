package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Directory is the operator's list of committees. The zero value is empty and
// has no fallback.
type Directory struct {
	committees map[string]coc.Committee
	projects   map[coc.Pattern]string // patterns in lower case
	events     []Event
	named      map[string][]int  // events by each of their names, folded
	yearless   map[string][]int  // those whose names end with a year, by the rest
	spelt      map[string]string // each of these names as it is written
	fallback   string

	jurisdiction Jurisdiction
}

// ParseDirectory reads the committee directory. The value is zero where there
// are problems.
func ParseDirectory(b []byte) (Directory, Problems) {
	var f directoryFile
	r, problems := read(b, &f)
	if problems != nil {
		return Directory{}, problems
	}
	f.check(r)
	if r.problems != nil {
		return Directory{}, r.problems.inOrder()
	}
	d := Directory{
		committees: map[string]coc.Committee{},
		projects:   map[coc.Pattern]string{},
		fallback:   string(f.Fallback),
	}
	for name, e := range f.Committees {
		d.committees[string(name)] = e.committee(string(name))
	}
	for p, name := range f.Projects {
		d.projects[coc.Pattern(strings.ToLower(string(p)))] = string(name)
	}
	d.jurisdiction = f.table(d)
	for _, e := range f.Events {
		d.events = append(d.events, e.event(d.jurisdiction))
	}
	d.index()
	return d, nil
}

// Committee gives a committee by its key, in any case.
func (d Directory) Committee(key string) (coc.Committee, bool) {
	c, ok := d.committees[strings.ToLower(key)]
	return clone(c), ok
}

// Project gives the key of the committee that a repository is pinned to. An
// exact pattern wins over owner/*.
func (d Directory) Project(r coc.Repo) (key string, ok bool) {
	if r.IsZero() {
		return "", false
	}
	if key, ok = d.projects[coc.Pattern(r.Key())]; ok {
		return key, true
	}
	key, ok = d.projects[coc.Pattern(strings.ToLower(r.Owner)+"/*")]
	return key, ok
}

// Fallback is the key of the committee that takes what has no other, "" if
// there is none.
func (d Directory) Fallback() string { return d.fallback }

// Names lists the keys of all committees, sorted.
func (d Directory) Names() []string { return slices.Sorted(maps.Keys(d.committees)) }

// Nearest is the key that a mistyped one was probably meant to be; "" where none
// is near.
func (d Directory) Nearest(key string) string { return nearest(key, d.Names()) }

// ProjectNamed is the key of the committee of the project that a name means: the
// short or the whole name of a project's own committee, or an owner whose
// repositories are all given to one; "" where there is none. Only case, spaces and
// signs do not count.
func (d Directory) ProjectNamed(name string) string {
	fold := folded(name)
	if fold == "" {
		return ""
	}
	for _, c := range d.Projects() {
		if folded(c.Key) == fold || folded(c.Name) == fold {
			return c.Key
		}
	}
	for _, p := range slices.Sorted(maps.Keys(d.projects)) {
		if owner, all := strings.CutSuffix(string(p), "/*"); all && folded(owner) == fold {
			return d.projects[p]
		}
	}
	return ""
}

// Projects lists the committees that are a project's own, sorted by their keys.
func (d Directory) Projects() []coc.Committee {
	var out []coc.Committee
	for _, key := range d.Names() {
		if c := d.committees[key]; !c.Level.Central() {
			out = append(out, clone(c))
		}
	}
	return out
}

// Chain is the committee and those that take what it cannot, nearest first,
// each once. It is empty where the key is unknown. The fallback is not added.
func (d Directory) Chain(key string) []coc.Committee {
	var out []coc.Committee
	been := map[string]bool{}
	for key = strings.ToLower(key); key != "" && !been[key]; {
		c, ok := d.Committee(key)
		if !ok {
			break
		}
		been[key] = true
		out = append(out, c)
		key = c.EscalateTo
	}
	return out
}

// directoryFile is the shape of the committee directory.
type directoryFile struct {
	Version    version                   `yaml:"version" doc:"The version of this format: 1."`
	Committees map[newKey]directoryEntry `yaml:"committees" doc:"The committees, by a short name in lower case."`
	Projects   map[pattern]key           `yaml:"projects,omitempty" doc:"Which committee takes reports about repositories without a coc.yaml: owner/name or owner/*, and a committee's name."`
	Events     []eventEntry              `yaml:"events,omitempty" doc:"Events and who takes their reports."`
	// What the table does not say is CNCF's, so that it may be left out.
	Jurisdiction jurisdictionPart `yaml:"jurisdiction,omitempty" doc:"Who takes what, who is told and who is asked first. Default: CNCF's policy, with the fallback as the central committee."`
	Fallback     key              `yaml:"fallback,omitempty" doc:"The committee that takes what has no other."`
}

type directoryEntry struct {
	Name      title    `yaml:"name,omitempty" doc:"The committee's name, as reporters read it. Default: its short name."`
	Level     anyLevel `yaml:"level" doc:"Where the committee stands."`
	Incidents repo     `yaml:"incidents,omitempty" doc:"The private repository, owner/name, in which the committee handles its cases. A committee without one has only a contact."`
	Contact   contact  `yaml:"contact,omitempty" doc:"Where reporters reach the committee directly: a mail address or an https address."`
	rules
}

func (e directoryEntry) committee(key string) coc.Committee {
	c := e.rules.given()
	c.Key = key
	c.Name = cmp.Or(string(e.Name), key)
	c.Level = coc.Level(e.Level)
	c.Incidents = e.Incidents.Repo
	c.Contact = string(e.Contact)
	return complete(c)
}

// check is what no single key can tell: that names lead somewhere, and that
// nothing is said twice.
func (f directoryFile) check(r *reader) {
	known := slices.Sorted(maps.Keys(f.Committees))
	rooms := map[string]newKey{}
	for _, name := range known {
		e, path := f.Committees[name], child("committees", string(name))
		if !r.given(child(path, "incidents")) && !r.given(child(path, "contact")) {
			r.say(path, fmt.Sprintf("`%s` cannot be reached: give it `incidents`, `contact` or both", name), "")
		}
		r.checkRules(path, e.rules)
		r.checkTeam(path, e.Team, e.Incidents)
		f.checkParent(r, child(path, "escalate_to"), name, e.EscalateTo)
		if e.Incidents.IsZero() {
			continue
		}
		if other, taken := rooms[e.Incidents.Key()]; taken {
			r.say(child(path, "incidents"), fmt.Sprintf("`incidents` is also that of `%s`: each committee needs a repository of its own", other), "")
		}
		rooms[e.Incidents.Key()] = name
	}
	f.checkLoops(r, known)
	f.checkProjects(r)
	f.checkJurisdiction(r)
	f.checkEvents(r)
	f.checkKnown(r, "fallback", f.Fallback)
}

func (f directoryFile) checkParent(r *reader, path string, name newKey, parent key) {
	if string(parent) == string(name) {
		r.say(path, "`escalate_to` names the committee itself: name another one, or take the line out", "")
		return
	}
	f.checkKnown(r, path, parent)
}

// checkKnown refuses a name that the directory does not have.
func (f directoryFile) checkKnown(r *reader, path string, name key) {
	if _, ok := f.Committees[newKey(name)]; ok || name == "" {
		return
	}
	var known []string
	for k := range f.Committees {
		known = append(known, string(k))
	}
	slices.Sort(known)
	r.say(path, fmt.Sprintf("%s leads to %s, which is not among the `committees`", called(path), quoted(string(name))), r.guess(string(name), known))
}

// checkLoops refuses committees that escalate to one another for ever, naming
// each loop once.
func (f directoryFile) checkLoops(r *reader, known []newKey) {
	settled := map[newKey]bool{}
	for _, start := range known {
		var way []newKey
		for at := start; !settled[at]; at = newKey(f.Committees[at].EscalateTo) {
			if _, ok := f.Committees[at]; !ok {
				break
			}
			settled[at] = true
			way = append(way, at)
			next := newKey(f.Committees[at].EscalateTo)
			from := slices.Index(way, next)
			if from < 0 || next == at { // one that names itself was told already
				continue
			}
			var loop strings.Builder
			for _, k := range way[from:] {
				fmt.Fprintf(&loop, "%s → ", k)
			}
			r.say(child(child("committees", string(at)), "escalate_to"),
				fmt.Sprintf("`escalate_to` makes a loop that no report could leave: %s%s", loop.String(), next), "")
		}
	}
}

func (f directoryFile) checkProjects(r *reader) {
	before := map[string]pattern{}
	patterns := slices.SortedFunc(maps.Keys(f.Projects), func(a, b pattern) int {
		x, y := r.at[child("projects", string(a))], r.at[child("projects", string(b))]
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	for _, p := range patterns {
		path := child("projects", string(p))
		if other, twice := before[strings.ToLower(string(p))]; twice {
			r.say(path, fmt.Sprintf("%s and %s are the same repositories: keep one", quoted(string(other)), quoted(string(p))), "")
		}
		before[strings.ToLower(string(p))] = p
		f.checkKnown(r, path, f.Projects[p])
	}
}
