package casework_test

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// What happens around a case, whoever works it: people come into its room and leave it,
// the room is opened to the world, its issue is deleted, its labels and body are changed
// by hand, and the accused answer.

// stranger belongs to no committee.
const stranger coc.Login = "omar-outsider"

// aroundIt is everything that can happen around a case next.
func aroundIt(c coc.Case) []happening {
	all := []happening{
		{what: "answer of the accused", do: func(w *walker) { w.accusedAnswers() }},
		{what: "somebody comes in", do: func(w *walker) { w.reads(stranger, true) }},
		{what: "somebody is out again", do: func(w *walker) { w.reads(stranger, false) }},
		{what: "public", do: func(w *walker) { w.isPublic(true) }},
		{what: "private again", do: func(w *walker) { w.isPublic(false) }},
		{what: "the issue is deleted", do: func(w *walker) { w.loses() }},
		{what: "a label is renamed", do: func(w *walker) { w.renames() }},
		{what: "the body is emptied", do: func(w *walker) { w.empties() }},
	}
	if n := len(c.Home().Committee.Members); n > 0 {
		member := c.Home().Committee.Members[n-1].Login
		all = append(all,
			happening{what: "a member has no access", do: func(w *walker) { w.reads(member, false) }},
			happening{what: "a member has access", do: func(w *walker) { w.reads(member, true) }})
	}
	for i := range all {
		all[i].name, all[i].around = all[i].what, true
	}
	if responders := c.Home().Responders; len(responders) > 0 {
		all = append(all, writing(responders[0], "/coc admit @"+string(stranger)))
	}
	return all
}

// room is the room of the case's home, where there is an issue that anything can be done
// to.
func (w *walker) room() (*place, bool) {
	c := w.lookAt(w.id)
	p, ok := w.gh.repos[c.Home().Room.Repo.Key()]
	return p, ok && p.Writable() && c.Home().Issue != 0 && !w.issueOf(c, len(c.Placements)-1).gone
}

// unarchives is what an owner does before anybody can write where a separate repository
// was put into the archive.
func (w *walker) unarchives(c coc.Case) {
	if p, ok := w.gh.repos[c.Home().Room.Repo.Key()]; ok && c.Home().Separate {
		p.Archived = false
	}
}

// reads lets somebody into the room, or out of it.
func (w *walker) reads(who coc.Login, in bool) {
	p, ok := w.room()
	if !ok || p.readers[who] == in {
		return
	}
	if p.readers[who] = in; !in {
		delete(p.readers, who)
	}
	w.take(coc.Event{Kind: coc.EventRoster, App: coc.AppRooms, Repo: p.RepoFacts, Account: p.Repo.Owner, Member: who})
}

func (w *walker) isPublic(public bool) {
	p, ok := w.room()
	visibility, action := "private", "privatized"
	if public {
		visibility, action = "public", "publicized"
	}
	if !ok || p.Visibility == visibility {
		return
	}
	p.Visibility = visibility
	w.take(coc.Event{Kind: coc.EventRepo, Action: action, App: coc.AppRooms, Repo: p.RepoFacts})
}

func (w *walker) loses() {
	if _, ok := w.room(); ok {
		c := w.lookAt(w.id)
		w.take(w.byHand(c, coc.EventDeleted, "ada-river", ""))
	}
}

// renames gives the label of the case's stage another name, in the whole room. A case that
// is closed is drawn again when it is opened, and not before: there may be hundreds.
func (w *walker) renames() {
	c := w.lookAt(w.id)
	p, ok := w.room()
	if !ok || stage.Closed(c.Stage) || !slices.Contains(p.labels, c.Stage.Label()) {
		return
	}
	other := func(labels []string) []string {
		labels = slices.Clone(labels)
		for i, l := range labels {
			if l == c.Stage.Label() {
				labels[i] = "nearly"
			}
		}
		return labels
	}
	p.labels = other(p.labels)
	for _, i := range p.issues {
		i.Labels = other(i.Labels)
	}
	w.take(coc.Event{Kind: coc.EventLabels, Action: "edited", App: coc.AppRooms, Repo: p.RepoFacts, Actor: "ada-river", Label: c.Stage.Label()})
}

// empties leaves nothing of our part of the body, and writes something else there.
func (w *walker) empties() {
	c := w.lookAt(w.id)
	if _, ok := w.room(); !ok {
		return
	}
	w.edits(c, "ben-river", func(string) string { return note })
}

// note is what somebody writes in place of our part.
const note = "Call me before you do anything."

// accusedAnswers is whoever is accused answering where they were asked last.
func (w *walker) accusedAnswers() {
	var token string
	for _, p := range w.gh.repos {
		for _, i := range p.issues {
			for _, m := range addressIn.FindAllStringSubmatch(strings.Join(i.comments, "\n"), -1) {
				if _, err := w.Invited(w.Context(), m[1]); err == nil {
					token = m[1]
				}
			}
		}
	}
	if token != "" {
		w.asked++
		if err := w.Answer(w.Context(), token, "a form", coc.NewProse("I was not there.")); err != nil {
			w.Errorf("the answer of the accused is not taken: %v", err)
		}
	}
}

// beginning is how a case comes about.
type beginning struct {
	name string
	file func(*walker)
}

// beginnings are a report of somebody who belongs to nothing, one of a committee's
// member, in a separate room, and one that came as a labelled issue, from somebody whom
// we cannot reach.
var beginnings = []beginning{
	{"a report is filed", func(w *walker) { w.files(coc.Party{Login: "stan-stranger", Role: coc.RoleAccused}) }},
	{"a report of a member is filed", func(w *walker) {
		w.administers()
		w.files(coc.Party{Login: "cy-river", Role: coc.RoleAccused})
	}},
	{"an issue is labelled", func(w *walker) {
		w.administers()
		w.settings("report_label: code-of-conduct\n")
		w.tell(w.labelled(7, "rae-reporter", "rae-reporter", "code-of-conduct"))
		w.pass(2 * time.Second)
		w.id = w.st.ids()[0]
	}},
}

func (w *walker) files(involved ...coc.Party) {
	f := says(canary)
	f.Involved = involved
	w.receipt = w.file("token", f)
	w.pass(time.Second)
	w.id = w.of(w.receipt).ID
}
