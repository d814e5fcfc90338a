package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What the part of the form may hold that asks where it happened and what is at
// stake. More projects than are looked up stay in the words.
const (
	maxEvent = 200
	maxAlso  = 5
)

// own is how the form calls an event of the project alone, which is a space of
// its own there.
const own = "own-event"

// around is what somebody typed and ticked of where it happened and what is at
// stake.
type around struct {
	Space, Event, Day, Touches string
	Project                    string // only where the form is about no repository
	Here, Danger               bool
	Risks                      []string
}

// choice is something that can be chosen, with the key of its words.
type choice struct {
	Value, Key string
	Chosen     bool
}

// choices are the answers to one question, of which one is chosen, and choicesOf those
// of which several may be.
func choices[T ~string](question, chosen string, among []T) []choice {
	return choicesOf(question, []string{chosen}, among)
}

func choicesOf[T ~string](question string, chosen []string, among []T) []choice {
	var out []choice
	for _, value := range among {
		out = append(out, choice{string(value), question + "." + string(value), slices.Contains(chosen, string(value))})
	}
	return out
}

func aroundIn(form url.Values, get func(string) string) around {
	a := around{
		Space: get("space"), Event: get("event"), Day: get("day"), Touches: get("touches"), Project: get("project"),
		Here: form.Get("here") != "", Danger: form.Get("danger") != "",
	}
	if !slices.ContainsFunc(a.Spaces(), func(c choice) bool { return c.Value == a.Space }) {
		a.Space = ""
	}
	for _, r := range coc.Risks() {
		if slices.Contains(form["risk"], string(r)) {
			a.Risks = append(a.Risks, string(r))
		}
	}
	return a
}

// Spaces are the places that can be chosen, the first of them none.
func (a around) Spaces() []choice {
	return choices("space", a.Space, []coc.Space{"", coc.SpaceRepository, coc.SpaceChat, own, coc.SpaceEvent, coc.SpaceElsewhere})
}

// AtLaw are the legal risks that can be ticked.
func (a around) AtLaw() []choice {
	return choicesOf("risk", a.Risks, coc.Risks())
}

// Unfold reports whether anything folded away was said.
func (a around) Unfold() bool { return a.Touches != "" || a.Here || len(a.Risks) > 0 }

// UnfoldEvent reports whether it was an event.
func (a around) UnfoldEvent() bool {
	return a.Event != "" || a.Day != "" || a.Space == own || a.Space == string(coc.SpaceEvent)
}

func (a around) problems(out map[string]string) {
	if len(a.Event) > maxEvent {
		out["event"] = "error.field"
	}
	if len(a.Touches) > maxField {
		out["touches"] = "error.field"
	}
	if len(a.Day) > maxEvent {
		out["day"] = "error.field"
	}
	if len(a.Project) > maxEvent {
		out["project"] = "error.field"
	}
}

// size is the bytes that were typed.
func (a around) size() int { return len(a.Event) + len(a.Day) + len(a.Touches) + len(a.Project) }

// day is the day as midnight in UTC. A browser that knows dates sends it in one
// form; what another one sends that is no day stays with the words.
func (a around) day() (on time.Time, words string) {
	typed := strings.TrimSpace(a.Day)
	on, err := time.Parse(time.DateOnly, typed)
	if err != nil || on.Year() < 1 {
		return time.Time{}, typed
	}
	return on, ""
}

// circumstances is what was said, in the Desk's words. Whoever names an event and
// says nothing else of where it happened was there.
func (a around) circumstances(names directory) coc.Circumstances {
	c := coc.Circumstances{Space: coc.Space(a.Space), Here: a.Here, Danger: a.Danger}
	if !blank(a.Project) {
		// What the directory does not have is a project in words, like any other.
		if c.Project = names.Project(a.Project); c.Project == "" {
			a.Touches = strings.TrimSpace(a.Project + "\n" + a.Touches)
		}
	}
	c.Also, c.Whole = a.also()
	if !blank(a.Event) {
		c.Event = coc.NewProse(a.Event)
	}
	if !blank(a.Touches) {
		c.Touches = coc.NewProse(a.Touches)
	}
	for _, r := range a.Risks {
		c.Risks = append(c.Risks, coc.Risk(r))
	}
	c.On, _ = a.day()
	switch {
	case a.Space == own:
		c.Space, c.Inside = coc.SpaceEvent, true
	case a.Space == "" && !c.Event.IsBlank():
		c.Space = coc.SpaceEvent
	}
	if !c.Event.IsBlank() {
		c.Known = names.Event(a.Event, c.On)
	}
	return c
}

// also is the repositories that stand alone on a line, each once; whole where that
// is all that was written.
func (a around) also() (out []coc.Repo, whole bool) {
	rest := false
	for line := range strings.Lines(a.Touches) {
		repo, err := coc.ParseRepo(repositoryIn(line))
		switch {
		case blank(line), err == nil && slices.ContainsFunc(out, repo.Is):
		case err != nil, len(out) == maxAlso:
			rest = true
		default:
			out = append(out, repo)
		}
	}
	return out, len(out) > 0 && !rest
}

// written is all of it that is somebody's words.
func (a around) written() []coc.Prose {
	return []coc.Prose{coc.NewProse(a.Event), coc.NewProse(a.Day), coc.NewProse(a.Touches), coc.NewProse(a.Project)}
}

// filedPage shows the receipt, and what was chosen of where it happened and what
// is at stake. It follows from the form and the committee directory alone, and
// has none of the reporter's words: people print it.
type filedPage struct {
	Receipt string
	Said    coc.Circumstances
	Direct  []casework.Direct
	Guide   casework.Guide // what the form said; the zero value where it takes too long to ask
	// Others is the committee that public settings name now, where the form named
	// another one.
	Others string
}

// Anything reports whether there is something to repeat.
func (p filedPage) Anything() bool { return !p.Said.IsZero() }

// Where is the key of the place that was chosen.
func (p filedPage) Where() string {
	switch {
	case p.Said.Inside:
		return "space." + own
	case p.Said.Space == "":
		return ""
	}
	return "space." + string(p.Said.Space)
}

// AtLaw are the keys of the risks that were ticked.
func (p filedPage) AtLaw() []string {
	var out []string
	for _, r := range p.Said.Risks {
		out = append(out, "risk."+string(r))
	}
	return out
}
